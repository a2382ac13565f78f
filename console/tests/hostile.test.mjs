// Whatever others write is shown as what they wrote: nothing of it runs, loads, leads away or breaks a page.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { expectFits, expectNoFaults, member, open, settled, startBrowser } from './browser.mjs';
import { CANARY, HOSTILE, LINES } from './hostile.mjs';
import { FILES, fill, packed, RULE } from './hostile-data.mjs';
import { startServer, until } from './server.mjs';

/** Widths at which every page is looked at. */
const WIDTHS = [390, 1280];

/** @type {import('./server.mjs').Server} */
let server;
/** @type {import('playwright-core').Browser} */
let browser;
/** @type {Awaited<ReturnType<typeof member>>} */
let admin;
/** @type {Awaited<ReturnType<typeof fill>>} */
let filled;
let asked = 0;

before(async () => {
  const answers = packed(HOSTILE, 900);
  // What a vendor answers: every time something else.
  server = await startServer({ rules: RULE, answers: () => answers[asked++ % answers.length] ?? '' });
  browser = await startBrowser();
  admin = await member(browser, server, 'mira@example.com', 'Admin');
  admin.page.on('dialog', (dialog) => { admin.faults.push(`dialog: ${dialog.message()}`); void dialog.dismiss(); });
  filled = await fill(server, 'mira@example.com');
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

/** What of a page is not as it should be: `texts` have to be in it, letter by letter.
 * @param {import('playwright-core').Page} page @param {string[]} texts */
async function wrongOf(page, texts) {
  return page.evaluate(({ canary, expected }) => {
    /** @type {string[]} */
    const wrong = [];
    if (canary in globalThis) wrong.push('a script ran');
    const unwanted = new Set(['base', 'embed', 'frame', 'frameset', 'iframe', 'image', 'marquee', 'math', 'object', 'audio', 'video',
      'animate', 'set', 'use', 'foreignobject', 'style', 'template', 'xmp', 'plaintext', 'noembed', 'portal']);
    const own = (/** @type {string | null} */ address) => {
      const { origin, pathname } = new URL(address ?? 'about:blank', location.href);
      return origin === location.origin && pathname.startsWith('/console/');
    };
    /** Editors live in shadow trees. @type {(root: Document | ShadowRoot) => (Document | ShadowRoot)[]} */
    const trees = (root) => [root, ...[...root.querySelectorAll('*')].flatMap(({ shadowRoot }) => (shadowRoot ? trees(shadowRoot) : []))];
    const roots = trees(document);
    for (const element of roots.flatMap((root) => [...root.querySelectorAll('*')])) {
      const tag = element.localName.toLowerCase();
      // What editors put beside a mark is an image of nothing.
      const isEmpty = element.getAttributeNames().every((name) => name === 'class' || name === 'aria-hidden');
      const isOwn = {
        script: own(element.getAttribute('src')), link: own(element.getAttribute('href')), img: isEmpty || own(element.getAttribute('src')),
        meta: !element.hasAttribute('http-equiv'), svg: /pf-v6|qr-code|sparkline|bars|glyph/.test(element.getAttribute('class') ?? ''),
        form: !element.hasAttribute('action'),
      }[tag] ?? !unwanted.has(tag);
      if (!isOwn) wrong.push(`an element: ${element.outerHTML.slice(0, 120)}`);
      for (const { name, value } of element.attributes) {
        if (/^on/.test(name) || ['srcdoc', 'formaction', 'background'].includes(name)) wrong.push(`an attribute: ${name}=${value.slice(0, 80)}`);
        if (!['href', 'src', 'xlink:href', 'action', 'data'].includes(name)) continue;
        const { protocol, origin } = new URL(value, location.href);
        const isOutside = origin !== location.origin;
        if (!['http:', 'https:'].includes(protocol)) wrong.push(`an address: ${value.slice(0, 80)}`);
        else if (isOutside && !/noopener/.test(element.getAttribute('rel') ?? '')) wrong.push(`an open door: ${value.slice(0, 80)}`);
      }
    }
    if (!document.title.endsWith(' · Margay')) wrong.push(`the title: ${document.title}`);
    if (document.querySelector('#main') === null) wrong.push('the frame of the page is gone');
    if (Object.getOwnPropertyNames(Object.prototype).some((name) => name.includes('<'))) wrong.push('a prototype was changed');
    const text = roots.map((root) => (root instanceof Document ? root.body : root).textContent).join('\n');
    const missing = expected.filter((one) => !text.includes(one));
    if (missing.length > 0) wrong.push(`${missing.length} texts are not shown, as ${JSON.stringify(missing[0]?.slice(0, 200))}`);
    return wrong;
  }, { canary: CANARY, expected: texts });
}

/** @param {string} what @param {string[]} texts */
async function expectHarmless(what, texts) {
  const { page, faults } = admin;
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: 900 });
    assert.deepEqual(await wrongOf(page, texts), [], `${what} at ${width} pixels`);
    await expectFits(page, what, width);
  }
  expectNoFaults(faults);
}

/** Asks for more until there is no more; a list may ask by itself meanwhile. */
async function all() {
  const more = admin.page.getByRole('button', { name: 'Show more' });
  await until(async () => {
    if (await more.count() === 0) return true;
    await more.dispatchEvent('click', {}, { timeout: 1_000 }).catch(() => null);
    return false;
  }, 'the whole list is there');
}

/** How a tree of JSON writes a text. @param {string[]} texts */
const quoted = (texts) => texts.map((text) => JSON.stringify(text));

test('the corpus is large, and nothing in it is there twice', () => {
  assert.ok(new Set(HOSTILE).size === HOSTILE.length && HOSTILE.length >= 60, `${HOSTILE.length} texts`);
  assert.ok(HOSTILE.filter((text) => text.includes(`${CANARY}=1`)).length >= 50, 'too few would be noticed');
});

test('a text that runs would be noticed', async () => {
  const { page, faults } = admin;
  await open(page, '/settings/tokens');
  // The page is what it should be; then something is put into it as markup.
  assert.deepEqual(await wrongOf(page, []), []);
  await page.evaluate((text) => { document.querySelector('h1')?.insertAdjacentHTML('beforeend', text); }, `<img src="x:x" onerror="${CANARY}=1"><a href="javascript:1">x</a>`);
  assert.equal((await wrongOf(page, ['not there'])).length, 5);
  await until(() => faults.length >= 3, 'the handler and the image are blocked, and the request is seen');
  faults.length = 0;
});

test('titles of alerts', async () => {
  const alerts = await until(async () => {
    const first = await server.api('GET', '/alerts?limit=50&detection-id=Example.Hostile');
    const second = first.next && await server.api('GET', `/alerts?limit=50&detection-id=Example.Hostile&cursor=${first.next}`);
    const third = second?.next && await server.api('GET', `/alerts?limit=50&detection-id=Example.Hostile&cursor=${second.next}`);
    const found = [first, second, third].flatMap((page) => page?.results ?? []);
    return found.length > HOSTILE.length ? found : null;
  }, 'all alerts are made');
  const titles = alerts.map((/** @type {any} */ alert) => alert.title);
  const whole = HOSTILE.filter((text) => titles.includes(text));
  assert.ok(whole.length >= HOSTILE.length - 5, `only ${whole.length} titles are as they were sent`);
  await open(admin.page, '/alerts?detection-id=Example.Hostile');
  await all();
  // Rows that are far from what is seen are not kept: every part of the list is looked at.
  /** @type {Set<string>} */
  const seen = new Set();
  for (const part of [0, 0.5, 1]) {
    const text = await admin.page.evaluate(async (share) => {
      const main = document.getElementById('main');
      main?.scrollTo(0, share * main.scrollHeight);
      await new Promise((resolve) => setTimeout(resolve, 200));
      return document.body.textContent ?? '';
    }, part);
    titles.filter((/** @type {string} */ title) => text.includes(title)).forEach((/** @type {string} */ title) => seen.add(title));
    await expectHarmless('the list of alerts', []);
  }
  assert.deepEqual(titles.filter((/** @type {string} */ title) => !seen.has(title)), [], 'titles that the list does not show');
  const name = '<img src=x onerror=margayRan=1>';
  await open(admin.page, `/alerts/${alerts.find((/** @type {any} */ alert) => alert.title === name).id}`);
  await admin.page.getByRole('heading', { level: 1, name, exact: true }).waitFor();
  await expectHarmless('an alert whose title and dedup string are hostile', [name]);
});

test('names and values of events and contexts, comments, answers of vendors', async () => {
  const { page } = admin;
  const { alert, parts } = filled;
  const { context } = await server.api('GET', `/alerts/${alert.id}`);
  assert.deepEqual(Object.keys(context.first), parts[0], 'the context is not as it was sent');
  await open(page, `/alerts/${alert.id}`);
  const texts = quoted(parts.flat());
  await page.getByText('second').first().waitFor();
  await expectHarmless('the context of an alert', [...texts, ...parts.flat().map((text) => `${text}: `)]);
  await page.getByRole('tab', { name: 'Events' }).click();
  await page.waitForFunction(() => document.querySelectorAll('.json-branch').length >= 4);
  await expectHarmless('the events of an alert', [...texts, ...parts.flat().map((text) => `${text}: `)]);
  await page.getByRole('tab', { name: 'Activity' }).click();
  await page.getByText('wrote').first().waitFor();
  await page.getByRole('button', { name: 'Load more' }).waitFor({ state: 'detached' });
  await expectHarmless('the comments on an alert', parts.map((part) => part.join('\n')));
  const told = await until(async () => (await server.api('GET', '/alerts?limit=1&name-contains=and%20to%20all')).results[0], 'the last alert is made');
  const answers = await until(async () => {
    const { results } = await server.api('GET', `/alerts/${told.id}/deliveries`);
    const messages = results.map((/** @type {any} */ one) => one.attempts.at(-1)?.message).filter(Boolean);
    return messages.length >= filled.destinations.length && messages;
  }, 'every destination has answered');
  assert.ok(answers.some((/** @type {string} */ text) => text.includes('<')), 'no answer is hostile');
  await open(page, `/alerts/${told.id}?tab=deliveries`);
  await page.getByText(filled.destinations[0] ?? '').first().waitFor();
  await expectHarmless('the deliveries of an alert', [...filled.destinations, ...answers]);
});

test('the overview', async () => {
  await open(admin.page, '/');
  await admin.page.getByRole('img', { name: /Alerts by severity/ }).locator('canvas').waitFor();
  await expectHarmless('the overview', [...filled.names, ...filled.destinations]);
});

test('users, roles and tokens', async () => {
  const { page } = admin;
  const { names } = filled;
  await open(page, '/settings/users');
  await all();
  await expectHarmless('users', names);
  await open(page, '/settings/roles');
  await expectHarmless('roles', names);
  const role = (await server.api('GET', `/roles?name=${encodeURIComponent(names[0] ?? '')}`)).results[0];
  await open(page, `/settings/roles/${role.id}`);
  assert.equal(await page.getByRole('textbox', { name: 'Name' }).inputValue(), names[0]);
  await expectHarmless('a role', []);
  await open(page, '/settings/tokens');
  await all();
  await expectHarmless('API tokens', names);
});

test('sessions and the audit log', async () => {
  const { page } = admin;
  await open(page, '/profile');
  await page.getByText(filled.agents[0] ?? '').first().waitFor();
  await expectHarmless('where one is signed in', filled.agents);
  await open(page, '/settings/audit?action=CREATE_USER');
  const rows = page.getByRole('row').filter({ has: page.getByRole('button') });
  await rows.first().waitFor();
  for (const number of [0, 1, 2]) await rows.nth(number).getByRole('button').click();
  await page.getByRole('heading', { name: /^Entry/ }).nth(2).waitFor();
  await settled(page);
  await expectHarmless('entries of the audit log', []);
  await open(page, '/settings/audit?action=SIGN_IN');
  await page.getByRole('row').filter({ has: page.getByRole('button') }).first().getByRole('button').click();
  await page.getByRole('heading', { name: /^Entry/ }).waitFor();
  await expectHarmless('a sign-in of the audit log', [JSON.stringify(filled.agents.at(-1) ?? '')]);
});

test('what people write about a rule, as Markdown and in the editor', async () => {
  const { page } = admin;
  const alert = await until(async () => (await server.api('GET', '/alerts?limit=1&detection-id=Example.Written')).results[0], 'the rule makes an alert');
  await open(page, `/alerts/${alert.id}`);
  await page.locator('.markdown').nth(1).waitFor();
  // Markdown takes its own marks away; what is HTML in it is text, letter by letter.
  await expectHarmless('description and runbook of an alert', ['<img src=x onerror=margayRan=1>', '<body onload=margayRan=1>', 'javascript:margayRan=1']);
  await open(page, '/detections');
  await page.getByText(filled.destinations[0] ?? '').first().waitFor();
  await expectHarmless('the list of detections', [filled.destinations[0] ?? '']);
  await open(page, '/detections/Example.Written');
  const written = LINES[0] ?? '';
  await page.getByRole('textbox', { name: 'YAML', exact: true }).getByText(written).first().waitFor();
  await expectHarmless('the editor of a rule', [written]);
  await open(page, '/detections/changes');
  await expectHarmless('changes of detections', []);
});

test('names of files of detections', async () => {
  const { page } = admin;
  assert.ok(FILES.length >= 40, `only ${FILES.length} names of files`);
  /** @type {string[]} */
  const shown = [];
  // A page of the editor is slow to come: some of each kind are enough.
  for (let number = 0; number < FILES.length; number += 6) {
    await open(page, `/detections/Example.File.${number}`);
    await page.getByText(FILES[number] ?? '').first().waitFor();
    assert.deepEqual(await wrongOf(page, [FILES[number] ?? '']), [], FILES[number]);
    shown.push(FILES[number] ?? '');
  }
  assert.ok(shown.length >= 7);
  await expectHarmless('a rule of a file', shown.slice(-1));
});

test('log sources, what they could not read, and schemas', async () => {
  const { page } = admin;
  await open(page, '/log-sources');
  await page.getByText(filled.names[0] ?? '').first().waitFor();
  await expectHarmless('the list of log sources', filled.names);
  await open(page, `/log-sources/${filled.source}`);
  await page.getByRole('heading', { level: 1, name: filled.names[0], exact: true }).waitFor();
  await expectHarmless('a log source', filled.names.slice(0, 1));
  await page.getByRole('tab', { name: /Failures/ }).click();
  await page.getByRole('region', { name: 'The record' }).first().waitFor();
  await all();
  await expectHarmless('failures of a log source', LINES);
  await open(page, '/schemas?contains=Hostile');
  await page.getByRole('link', { name: 'Custom.Hostile' }).waitFor();
  await expectHarmless('the list of schemas', [LINES.join(' ')]);
  await open(page, '/schemas/Custom.Hostile');
  await page.getByText(LINES[0] ?? '').first().waitFor();
  await expectHarmless('a schema', [LINES.join(' ')]);
});

test('destinations and what they answered', async () => {
  const { page } = admin;
  await open(page, '/destinations');
  await page.getByText(filled.destinations[0] ?? '').first().waitFor();
  await expectHarmless('the list of destinations', filled.destinations);
  const { results } = await server.api('GET', '/destinations');
  const hostile = results.find((/** @type {any} */ one) => one.displayName === filled.destinations[0]);
  await open(page, `/destinations/${hostile.id}`);
  await page.getByRole('heading', { level: 1, name: filled.destinations[0], exact: true }).waitFor();
  await expectHarmless('a destination', filled.destinations.slice(0, 1));
  await open(page, '/deliveries');
  await page.getByRole('row').filter({ hasText: filled.destinations[0] ?? '' }).first().waitFor();
  await all();
  await expectHarmless('failed deliveries', filled.destinations);
});

test('names of saved views', async () => {
  const { page } = admin;
  await open(page, '/alerts');
  await page.getByRole('button', { name: 'View: none' }).click();
  const item = page.getByRole('menuitem').filter({ hasText: filled.names[0] ?? '' });
  await item.waitFor();
  await expectHarmless('the menu of views', filled.names);
  await page.setViewportSize({ width: 1280, height: 900 });
  await item.click();
  await page.getByRole('button', { name: `View: ${filled.names[0]}` }).waitFor();
  await expectHarmless('a view whose name is hostile', filled.names.slice(0, 1));
});
