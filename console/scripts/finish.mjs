// After `vite build`: writes the licences of what is in it, and every text file a second time compressed, for the
// server to send. Fails when a licence is not permissive, that of a font too, or the JavaScript of the first load outgrows its budget.
import { existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { saysOfItself } from './fonts.mjs';

/** Compressed JavaScript that a browser may have to fetch before the first page is there. */
const FIRST_LOAD_BYTES_MAX = 350 * 1024;
const dist = new URL('../dist/', import.meta.url).pathname;

/** Names of all files below a folder. @param {string} folder @returns {string[]} */
function filesOf(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? filesOf(join(folder, entry.name)) : [join(folder, entry.name)]);
}

/** Licences that ask for no more than to be named, or not even for that. */
const LICENCES = ['MIT', 'ISC', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', '0BSD', 'Unlicense'];
const root = new URL('../', import.meta.url).pathname;
/** @type {{packages: Record<string, {dev?: boolean, license?: string, version?: string}>}} */
const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
const licences = Object.entries(lock.packages).filter(([path, entry]) => path !== '' && !entry.dev).map(([path, entry]) => {
  if (!LICENCES.includes(entry.license ?? '')) {
    console.error(`console: ${path} has the licence ${entry.license}; use another package, or add it to LICENCES`);
    process.exit(1);
  }
  const folder = join(root, path);
  const entries = existsSync(folder) ? readdirSync(folder, { withFileTypes: true }) : [];
  const texts = entries.filter((one) => one.isFile() && /^(licen[cs]e|notice)/i.test(one.name)).map(({ name }) => name).sort();
  const text = texts.map((name) => readFileSync(join(folder, name), 'utf8')).join('\n');
  return `${path.replace(/^.*node_modules\//, '')} ${entry.version} (${entry.license})\n\n${text}`;
});

/** What fonts say of themselves when they may be passed on with their licence beside them. */
const FONT_LICENCE = /SIL Open Font License, Version 1\.1/;
/** Fonts that say nothing of themselves, and the package whose licence they have. @type {[RegExp, string][]} */
const SILENT_FONTS = [[/^pf-v6-pficon-/, '@patternfly/react-core']];
const fonts = filesOf(dist).filter((file) => /\.(woff2?|ttf|otf)$/.test(file)).map((file) => {
  const { copyright, licence } = saysOfItself(file);
  if (FONT_LICENCE.test(licence)) return `${basename(file)} (OFL-1.1): ${copyright}`;
  const owner = SILENT_FONTS.find(([name]) => licence === '' && name.test(basename(file)))?.[1];
  if (owner && licences.some((text) => text.startsWith(`${owner} `))) return `${basename(file)}: as ${owner}`;
  console.error(`console: the font ${basename(file)} has the licence \`${licence || 'nothing said'}\`; use another font, or add it to scripts/finish.mjs`);
  process.exit(1);
});
if (fonts.length > 0) licences.push(`Fonts\n\n${fonts.join('\n')}\n\n${readFileSync(join(root, 'scripts/licences/OFL-1.1.txt'), 'utf8')}`);
writeFileSync(join(dist, 'licences.txt'), licences.join(`\n${'-'.repeat(80)}\n\n`));

for (const file of filesOf(dist).filter((name) => /\.(js|css|html|svg|txt)$/.test(name))) {
  const text = readFileSync(file);
  writeFileSync(`${file}.gz`, gzipSync(text, { level: 9 }));
  writeFileSync(`${file}.br`, brotliCompressSync(text, { params: { [constants.BROTLI_PARAM_SIZE_HINT]: text.length } }));
}

/** @type {Record<string, {file: string, imports?: string[], isEntry?: boolean}>} */
const manifest = JSON.parse(readFileSync(join(dist, 'manifest.json'), 'utf8'));
/** What the entry needs, directly or not. @type {Set<string>} */
const needed = new Set(Object.keys(manifest).filter((name) => manifest[name]?.isEntry));
for (const name of needed) manifest[name]?.imports?.forEach((other) => needed.add(other));
const sizes = [...needed].map((name) => readFileSync(join(dist, `${manifest[name]?.file}.gz`)).length);
const firstLoad = sizes.reduce((sum, size) => sum + size, 0);
rmSync(join(dist, 'manifest.json'));

console.log(`console: the first load is ${(firstLoad / 1024).toFixed(0)} KiB of compressed JavaScript`);
if (firstLoad > FIRST_LOAD_BYTES_MAX) {
  console.error(`console: that is over the budget of ${FIRST_LOAD_BYTES_MAX / 1024} KiB; load parts with their page`);
  process.exit(1);
}
