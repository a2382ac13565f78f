// Debian's Chromium, without its network habits; every page is watched for what the policy blocks and what breaks.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { chromium } from 'playwright-core';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const FLAGS = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
  '--disable-background-networking', '--disable-component-update', '--disable-sync'];

/** A machine that does much else besides may be given more time. */
const WAIT_MS_MAX = Number(process.env['CONSOLE_WAIT_MS'] ?? 90_000);

export const PASSWORD = 'quiet harbour lantern';

/** @returns {Promise<import('playwright-core').Browser>} */
export function startBrowser() {
  return chromium.launch({ executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium', args: FLAGS });
}

/** A browser of one person: a page, and what went wrong in it.
 * @param {import('playwright-core').Browser} browser @param {string} base
 * @param {import('playwright-core').BrowserContextOptions} [options] */
export async function person(browser, base, options = {}) {
  const context = await browser.newContext({ baseURL: base, viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(WAIT_MS_MAX);
  /** @type {string[]} */
  const faults = [];
  page.on('response', (response) => noteCall(page, response));
  page.on('pageerror', (error) => faults.push(String(error)));
  page.on('console', (message) => {
    // The server's own "no" is part of the tests; what the policy blocks, or what React complains of, is not.
    if (message.type() === 'error' && !/Failed to load resource/.test(message.text())) faults.push(message.text());
  });
  page.on('request', (request) => {
    if (!request.url().startsWith(base) && !request.url().startsWith('data:')) faults.push(`asks ${request.url()}`);
  });
  return { context, page, faults };
}

/** What pages asked the server last, for who looks at a step that failed. @type {WeakMap<import('playwright-core').Page, string[]>} */
const calls = new WeakMap();
const CALLS_MAX = 12;

/** @param {import('playwright-core').Page} page @param {import('playwright-core').Response} response */
function noteCall(page, response) {
  const request = response.request();
  if (request.url().includes('/console/')) return;
  const { pathname, search } = new URL(request.url());
  calls.set(page, [...calls.get(page) ?? [], `${request.method()} ${pathname}${search} ${response.status()}`].slice(-CALLS_MAX));
}

/** Fails when the policy blocked something or a script broke. @param {string[]} faults */
export function expectNoFaults(faults) {
  assert.deepEqual(faults, [], 'the browser reported faults');
}

/** Opens a path of the console and waits until it stands. @param {import('playwright-core').Page} page @param {string} path */
export async function open(page, path) {
  await page.goto(`/console${path}`);
  await settled(page);
}

/** Waits until nothing loads any more. @param {import('playwright-core').Page} page */
export async function settled(page) {
  await page.getByRole('heading', { level: 1 }).first().waitFor();
  await page.waitForFunction(() => document.querySelector('.waiting') === null);
}

/** Keeps requests back until what it gives is called. @param {import('playwright-core').Page} page
 * @param {string} method @param {string} path */
export async function hold(page, method, path) {
  /** @type {() => void} */
  let release = () => undefined;
  /** @type {Promise<void>} */
  const released = new Promise((resolve) => { release = resolve; });
  await page.route((url) => url.pathname === path, async (route) => {
    if (route.request().method() === method) await released;
    await route.continue();
  });
  return async () => {
    release();
    await page.unrouteAll({ behavior: 'wait' });
  };
}

/** Waits until a page draws no part as still loading. The network is never idle: changes of alerts are followed.
 * @param {import('playwright-core').Page} page */
export async function drawn(page) {
  await page.waitForLoadState('load');
  await page.waitForFunction(() => document.querySelector('main *') !== null
    && document.querySelector('.waiting, .pf-v6-c-spinner, .pf-v6-c-skeleton') === null);
}

/** For how long nothing changes on a page that is looked at as a whole: axe fails on what goes while it looks. */
const QUIET_MS = 150;

/** Waits until nothing changed for a moment. @param {import('playwright-core').Page} page */
async function quiet(page) {
  await page.evaluate((ms) => new Promise((resolve) => {
    let timer = setTimeout(end, ms);
    const observer = new MutationObserver(() => {
      clearTimeout(timer);
      timer = setTimeout(end, ms);
    });
    function end() {
      observer.disconnect();
      resolve(undefined);
    }
    observer.observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
  }), QUIET_MS);
}

/** Nothing is cut off on a screen of this width: the page is no wider. The side bar and tabs follow a new width a moment later.
 * @param {import('playwright-core').Page} page @param {string} what @param {number} [width] pixels */
export async function expectFits(page, what, width = 390) {
  await page.waitForFunction((most) => document.documentElement.scrollWidth <= most, width, { timeout: 5_000 }).catch(() => null);
  const wide = await page.evaluate(() => document.documentElement.scrollWidth);
  assert.ok(wide <= width, `${what} is ${wide} pixels wide on a screen of ${width}`);
}

/** Zero violations of level A and AA. @param {import('playwright-core').Page} page @param {string} what */
export async function expectAccessible(page, what) {
  await quiet(page);
  await page.evaluate(AXE);
  const found = await page.evaluate(async () => {
    const axe = /** @type {any} */ (globalThis).axe;
    const result = await axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] });
    return result.violations.map((/** @type {any} */ one) =>
      `${one.id}: ${one.nodes.map((/** @type {any} */ node) => `${node.target} ${node.failureSummary}`).join(' | ')}`);
  });
  assert.deepEqual(found, [], `accessibility of ${what}`);
}

/** @param {import('playwright-core').Page} page @param {'light' | 'dark'} theme */
export async function setTheme(page, theme) {
  await page.evaluate((word) => localStorage.setItem('margay.theme', word), theme);
  await page.reload();
  await settled(page);
}

/** @param {import('playwright-core').Page} page @param {string} email @param {string} [code] */
export async function signIn(page, email, code) {
  await page.getByLabel('E-mail address').fill(email);
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in' }).click();
  if (code === undefined) return;
  await page.getByRole('textbox', { name: 'Code', exact: true }).fill(code);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

/** Somebody in a role, signed in. @param {import('playwright-core').Browser} browser
 * @param {import('./server.mjs').Server} server @param {string} email @param {string} role */
export async function member(browser, server, email, role) {
  const [name = ''] = email.split('@');
  const given = name.charAt(0).toUpperCase() + name.slice(1);
  const invited = await server.api('POST', '/users', { email, givenName: given, familyName: 'Ode', role: { name: role } });
  const one = await person(browser, server.base);
  await one.page.goto(invited.invitationLink);
  await one.page.getByLabel('Password').fill(PASSWORD);
  await one.page.getByLabel('The same again').fill(PASSWORD);
  await one.page.getByRole('button', { name: /Save the password/ }).click();
  await one.page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
  return one;
}

/** The six digits that an authenticator shows (RFC 6238). @param {string} secret base32 @param {number} [step] steps from now */
export function totp(secret, step = 0) {
  const bits = [...secret.replace(/=+$/, '')].map((letter) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0')).join('');
  const key = Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + step));
  const digest = createHmac('sha1', key).update(counter).digest();
  const at = (digest.at(-1) ?? 0) & 15;
  return String((digest.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}

/** Where the pages of failed steps are kept as pictures. */
const FAILURES = new URL('../../target/console-failures/', import.meta.url).pathname;

/** Steps of one story: after one that failed the rest tells nothing.
 * @param {import('node:test').TestContext} t @param {import('playwright-core').Browser} browser */
export function steps(t, browser) {
  let failed = false;
  return (/** @type {string} */ name, /** @type {() => Promise<void>} */ run) =>
    t.test(name, { skip: failed && 'a step before it failed' }, async () => {
      try {
        await run();
      } catch (thrown) {
        failed = true;
        const pages = browser.contexts().flatMap((context) => context.pages());
        for (const page of pages) t.diagnostic(`${page.url()} asked: ${(calls.get(page) ?? []).join(', ')}`);
        await Promise.all(pages.map((page, index) => page.screenshot({ path: `${FAILURES}${name.replace(/\W+/g, '-')}-${index}.png` })));
        throw thrown;
      }
    });
}
