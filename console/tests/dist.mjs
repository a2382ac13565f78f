// A door in front of a server: `console/dist` as it was built last, under the server's policy; all else is passed on.
import { existsSync, readFileSync, statSync } from 'node:fs';
import { createServer, request } from 'node:http';
import { extname, join, normalize } from 'node:path';

const DIST = new URL('../dist/', import.meta.url).pathname;
const KINDS = /** @type {Record<string, string>} */ ({
  '.js': 'text/javascript', '.css': 'text/css', '.html': 'text/html', '.svg': 'image/svg+xml', '.woff2': 'font/woff2',
  '.txt': 'text/plain',
});

/** The policy of the server, so that the door is no kinder. */
const POLICY = /CONTENT_SECURITY_POLICY: &str = "([^"]+)"/.exec(
  readFileSync(new URL('../../crates/api/src/console/mod.rs', import.meta.url), 'utf8'))?.[1] ?? '';

/** @returns {Promise<{ base: string, leadTo: (server: string) => void, close: () => void }>} */
export async function openDoor() {
  let server = '';
  const door = createServer((asked, answer) => {
    const path = new URL(asked.url ?? '/', 'http://door').pathname;
    if (path.startsWith('/console/')) {
      const file = join(DIST, normalize(path.slice('/console/'.length)));
      const found = existsSync(file) && statSync(file).isFile() ? file : join(DIST, 'index.html');
      const kind = KINDS[extname(found)] ?? 'application/octet-stream';
      answer.writeHead(200, { 'Content-Type': kind, 'Content-Security-Policy': POLICY }).end(readFileSync(found));
      return;
    }
    const passed = request(server + asked.url, { method: asked.method, headers: asked.headers }, (came) => {
      answer.writeHead(came.statusCode ?? 502, came.headers);
      came.pipe(answer);
    });
    passed.on('error', () => answer.destroy());
    // A browser that goes takes along what it was still asking, such as the stream of what changes.
    answer.on('close', () => passed.destroy());
    asked.pipe(passed);
  });
  await new Promise((resolve) => door.listen(0, '127.0.0.1', () => resolve(null)));
  const address = door.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  return {
    base: `http://127.0.0.1:${port}`,
    leadTo: (base) => { server = base; },
    close: () => { door.close(); door.closeAllConnections(); },
  };
}
