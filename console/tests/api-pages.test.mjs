// The API reference and the playground, and what the keyboard does on every page.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { drawn, expectAccessible, expectFits, expectNoFaults, member, open, setTheme, startBrowser, steps } from './browser.mjs';
import { startServer } from './server.mjs';

/** @type {import('./server.mjs').Server} */
let server;
/** @type {import('playwright-core').Browser} */
let browser;
/** @type {Awaited<ReturnType<typeof member>>} */
let admin;
/** @type {Awaited<ReturnType<typeof member>>} */
let reader;

before(async () => {
  server = await startServer();
  browser = await startBrowser();
  await server.sendEvents(['ada@example.com', 'grace@example.com']);
  [admin, reader] = await Promise.all([
    member(browser, server, 'mira@example.com', 'Admin'), member(browser, server, 'noor@example.com', 'AnalystReadOnly'),
  ]);
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

/** What has the focus, in words. @param {import('playwright-core').Page} page */
const focused = (page) => page.evaluate(() => `${document.activeElement?.tagName} ${document.activeElement?.textContent?.slice(0, 60)}`);
/** @param {import('playwright-core').Page} page @param {string} name */
const heading = (page, name) => page.getByRole('heading', { level: 1, name, exact: true }).waitFor();

/** The addresses that a page is led to, from now on. @param {import('playwright-core').Page} page */
function followed(page) {
  /** @type {string[]} */
  const addresses = [];
  page.on('framenavigated', (frame) => addresses.push(new URL(frame.url()).pathname));
  return addresses;
}

/** Another text in an editor, by its own keys: what the browser does by itself gives words a style, which is blocked.
 * @param {import('playwright-core').Page} page @param {import('playwright-core').Locator} editor @param {string} text */
async function retype(page, editor, text) {
  await editor.click();
  await page.keyboard.press('Control+a');
  await page.keyboard.press('Delete');
  await page.keyboard.insertText(text);
}

test('the keyboard leads everywhere and steals nothing from who types', async (t) => {
  const { page, faults } = admin;
  const step = steps(t, browser);

  await step('g and a letter opens a page, whose heading then has the focus', async () => {
    await open(page, '/alerts');
    await page.keyboard.press('g');
    await page.keyboard.press('u');
    await heading(page, 'Users');
    assert.equal(await focused(page), 'H1 Users');
    await page.keyboard.press('g');
    await page.keyboard.press('o');
    await heading(page, 'Overview');
    assert.equal(await focused(page), 'H1 Overview', 'o after g was taken as the key of the list');
  });

  await step('a filter moves no focus, and letters typed into it lead nowhere', async () => {
    await page.keyboard.press('g');
    await page.keyboard.press('a');
    await page.getByLabel('Title or detection').pressSequentially('gu?');
    await page.waitForURL(/name-contains=gu/);
    assert.equal(await page.getByLabel('Title or detection').inputValue(), 'gu?');
    await page.getByLabel('Title or detection').press('Control+k');
    assert.equal(await page.getByRole('dialog').count(), 0, 'a field lost its keys');
    assert.equal(await page.evaluate(() => document.activeElement?.tagName), 'INPUT');
  });

  await step('the first stop of Tab leads past the side bar', async () => {
    await page.reload();
    await heading(page, 'Alerts');
    await page.keyboard.press('Tab');
    assert.match(await focused(page), /Skip to the page/);
    await page.keyboard.press('Enter');
    assert.equal(await page.evaluate(() => document.activeElement?.id), 'main');
  });

  await step('? lists the keys: every page of the side bar has a letter', async () => {
    const pages = await page.getByRole('navigation', { name: 'Pages' }).getByRole('link').allInnerTexts();
    await page.keyboard.press('?');
    const dialog = page.getByRole('dialog', { name: 'Keys' });
    const goTo = dialog.locator('section').filter({ has: page.getByRole('heading', { name: 'Go to' }) });
    assert.deepEqual(await goTo.locator('dd').allInnerTexts(), pages);
    await expectAccessible(page, 'the list of keys');
    const addresses = followed(page);
    await page.keyboard.press('g');
    await page.keyboard.press('u');
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    await page.keyboard.press('g');
    await page.keyboard.press('o');
    await heading(page, 'Overview');
    assert.ok(!addresses.includes('/console/settings/users'), 'keys reach below a dialog');
  });

  await step('Ctrl-K jumps to an alert by its title and by its id, to a detection, a destination, a user and a page', async () => {
    const palette = page.getByRole('dialog', { name: 'Jump to' });
    const jump = async (/** @type {string} */ text, /** @type {RegExp} */ option) => {
      await page.keyboard.press('Control+k');
      await palette.getByRole('combobox').pressSequentially(text);
      await palette.getByRole('option', { name: option }).first().waitFor();
      await palette.getByText('Looking…').waitFor({ state: 'detached' });
    };
    await jump('grace@', /grace@example.com is locked out/);
    await expectAccessible(page, 'the jump palette');
    await page.keyboard.press('Enter');
    await heading(page, 'grace@example.com is locked out');
    assert.equal(await focused(page), 'H1 grace@example.com is locked out');
    const alert = (await server.api('GET', '/alerts?limit=1&name-contains=ada')).results[0];
    await jump(alert.id, /ada@example.com is locked out/);
    await page.keyboard.press('Enter');
    await page.waitForURL(new RegExp(alert.id));
    // Alerts are found by the id of their detection too, and stand before it.
    await jump('locked.o', /Somebody is locked out/);
    await palette.getByRole('option', { name: /Somebody is locked out/ }).click();
    await page.waitForURL(/detections\/Example\.Locked\.Out/);
    await jump('team-ch', /team-chat/);
    await page.keyboard.press('Enter');
    await heading(page, 'team-chat');
    await jump('noor', /Noor Ode/);
    await page.keyboard.press('Enter');
    await page.waitForURL(/settings\/users\?contains=noor/);
    await jump('o', /API tokens/);
    const chosen = (/** @type {number} */ place) => palette.locator(`[role=option]:nth-child(${place})[aria-selected=true]`).waitFor();
    await chosen(1);
    await page.keyboard.press('ArrowDown');
    await chosen(2);
    await page.keyboard.press('ArrowUp');
    await chosen(1);
    await palette.getByRole('combobox').fill('api tok');
    await palette.getByRole('option', { name: 'API tokens' }).click();
    await heading(page, 'API tokens');
  });
  expectNoFaults(faults);
});

test('who may see less is led to less', async (t) => {
  const { page, faults } = reader;
  const step = steps(t, browser);
  await step('the palette has neither the pages nor the people', async () => {
    await open(page, '/');
    /** @type {string[]} */
    const asked = [];
    page.on('request', (request) => asked.push(new URL(request.url()).pathname));
    await page.keyboard.press('Control+k');
    await page.getByRole('combobox').pressSequentially('noor');
    await page.getByText('Nothing is called that.').waitFor();
    assert.ok(asked.includes('/alerts'), 'alerts were not looked through');
    assert.ok(!asked.includes('/users'), 'users were asked about without the permission');
    await page.getByRole('combobox').fill('use');
    await page.getByText('Nothing is called that.').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    const addresses = followed(page);
    await page.keyboard.press('g');
    await page.keyboard.press('u');
    await page.keyboard.press('g');
    await page.keyboard.press('a');
    await heading(page, 'Alerts');
    assert.ok(!addresses.includes('/console/settings/users'), 'a key leads to a page that is closed');
  });
  expectNoFaults(faults);
});

test('the API reference shows every operation and asks those that read', async (t) => {
  const { page, faults } = admin;
  const step = steps(t, browser);
  const answer = page.getByRole('group', { name: 'Answer' });

  await step('found by words, opened, and its schema unfolded', async () => {
    await open(page, '/settings/api');
    await page.getByLabel('Find').fill('get alerts lists');
    await page.waitForURL(/contains=get/);
    const operations = page.getByRole('navigation', { name: 'Operations' });
    await operations.getByRole('link', { name: /^GET \/alerts$/ }).waitFor();
    assert.equal(await operations.getByRole('link', { name: /^GET \/roles$/ }).count(), 0, 'what is not like the words is listed');
    await operations.getByRole('link', { name: /^GET \/alerts$/ }).click();
    await page.getByRole('heading', { level: 2, name: 'GET /alerts' }).waitFor();
    assert.match(page.url(), /operation=list_alerts/);
    await page.getByText('1 to 50, 25 by default').first().waitFor();
    await page.locator('summary', { hasText: 'results' }).click();
    await page.locator('summary', { hasText: 'detection' }).first().click();
    await expectAccessible(page, 'an operation');
  });

  await step('tried with the session', async () => {
    await page.locator('#try-query-name-contains').fill('grace');
    await page.locator('#try-query-status').fill('OPEN, TRIAGED');
    await page.getByRole('button', { name: 'Ask the server' }).click();
    await answer.getByText('200 OK').waitFor();
    await answer.getByText('"grace@example.com is locked out"').waitFor();
    assert.equal(await answer.getByText('"ada@example.com is locked out"').count(), 0);
    await answer.getByText('application/json').waitFor();
    await page.locator('#try-query-limit').fill('1000');
    await page.getByRole('button', { name: 'Ask the server' }).click();
    await answer.getByText('400 Bad Request').waitFor();
  });

  await step('the command does the same', async () => {
    const command = await page.getByText(/^curl -sS/).innerText();
    assert.match(command, new RegExp(`^curl -sS '${server.base}/alerts'`));
    assert.match(command, /-H "X-API-Key: \$MARGAY_TOKEN"/);
  });

  await step('a link opens one that changes something: a body, a command, and nothing to try', async () => {
    await open(page, '/settings/api?operation=update_alerts');
    await page.getByRole('heading', { level: 2, name: 'PATCH /alerts' }).waitFor();
    assert.match(await page.getByText(/^curl -sS -X PATCH/).innerText(), /-d '\{"ids":\["…"\]\}'/);
    assert.equal(await page.getByRole('button', { name: 'Ask the server' }).count(), 0);
    await page.keyboard.press('j');
    await page.getByRole('heading', { level: 2, name: 'GET /alerts/{id}', exact: true }).waitFor();
    assert.match(await focused(page), /^H2/);
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keys' }).getByText('next operation').waitFor();
    await page.keyboard.press('Escape');
  });

  await step('private operations are in a folded group of their own', async () => {
    const group = page.getByRole('navigation', { name: 'Operations' }).locator('details').filter({ hasText: 'Private' });
    assert.equal(await group.getAttribute('open'), null);
    const others = await page.getByRole('navigation', { name: 'Operations' }).locator('details').filter({ hasNotText: 'Private' }).getByRole('link').allInnerTexts();
    assert.ok(!others.some((name) => name.includes('/internal/')), 'a private operation is among the others');
    await open(page, '/settings/api?operation=sign_out');
    await page.getByText('A session of the console; API tokens are refused.').waitFor();
  });

  await step('one that is not there is told', async () => {
    await open(page, '/settings/api?operation=%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E');
    await page.getByText('There is no such operation').waitFor();
    await page.getByText('<img src=x onerror=alert(1)>').waitFor();
  });

  await step('the document can be taken along', async () => {
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'Download as OpenAPI' }).click()]);
    assert.equal(download.suggestedFilename(), 'openapi.json');
  });
  expectNoFaults(faults);
});

test('the playground runs documents, as oneself or with a token', async (t) => {
  const { page, faults } = admin;
  const step = steps(t, browser);
  const typed = page.getByRole('textbox', { name: 'GraphQL document' });
  const variables = page.getByRole('textbox', { name: 'Variables' });
  const answer = page.getByRole('region', { name: 'Answer' });
  const kept = (of = page) => of.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }]));
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  /** @type {any} */
  let token;
  /** @type {string} */
  let link;

  await step('what one begins with can be run', async () => {
    await open(page, '/settings/playground');
    await page.getByRole('button', { name: 'Run', exact: true }).click();
    await answer.getByText('200 OK').waitFor();
    await answer.getByText('"grace@example.com is locked out"').waitFor();
  });

  await step('an example is run with Ctrl-Enter, from the document', async () => {
    await page.getByRole('button', { name: 'Examples' }).click();
    await page.getByRole('menuitem', { name: 'List alerts' }).click();
    await typed.click();
    await page.keyboard.press('Control+Enter');
    await answer.getByText('200 OK').waitFor();
    await answer.getByText('"grace@example.com is locked out"').waitFor();
    assert.ok(!(await kept()).includes('grace@example.com'), 'an answer is kept in the browser');
    await expectAccessible(page, 'the playground with an answer');
  });

  await step('fields are completed from the schema of the server', async () => {
    await page.getByRole('button', { name: 'New document' }).click();
    await retype(page, typed, '{ roles { n');
    await page.keyboard.press('Control+Space');
    await page.locator('.cm-tooltip-autocomplete').getByText('name', { exact: true }).waitFor();
    await page.keyboard.press('Enter');
    await page.keyboard.type(' noSuchField } }');
    await page.keyboard.press('Control+Enter');
    await answer.getByText('400 Bad Request').waitFor();
    await answer.getByText(/noSuchField/).first().waitFor();
    await answer.getByText(/line 1, column \d+/).first().waitFor();
    await page.locator('.cm-lintRange-error').first().waitFor();
  });

  await step('it is put in order, and a document with comments is left alone', async () => {
    await retype(page, typed, 'query Roles{roles{name}}');
    await page.getByRole('button', { name: 'Prettify' }).click();
    await page.waitForFunction(() => document.querySelector('.code-host')?.shadowRoot?.querySelectorAll('.cm-line').length === 5);
    await retype(page, typed, '{ roles { name } } # mine');
    await page.getByRole('button', { name: 'Prettify' }).click();
    await page.getByText(/it has comments/).waitFor();
    assert.match(await typed.innerText(), /# mine/);
  });

  await step('variables that are no JSON are told, and nothing is sent', async () => {
    await retype(page, variables, '{"a": ');
    await page.getByRole('button', { name: 'Run', exact: true }).click();
    await answer.getByText(/variables cannot be sent: they are no JSON/).waitFor();
    await retype(page, variables, '{}');
  });

  await step('a mutation asks first, once for the same document', async () => {
    const alert = (await server.api('GET', '/alerts?limit=1&name-contains=ada')).results[0].id;
    await retype(page, typed, 'mutation M($i: UpdateAlertStatusByIdInput!) { updateAlertStatusById(input: $i) { alerts { id } } }');
    await retype(page, variables, JSON.stringify({ i: { ids: [alert], status: 'TRIAGED' } }));
    await page.getByRole('button', { name: 'Run', exact: true }).click();
    const dialog = page.getByRole('dialog', { name: 'Run the mutation M' });
    await expectAccessible(page, 'the question before a mutation');
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    assert.equal((await server.api('GET', `/alerts/${alert}`)).status, 'OPEN', 'it was run unasked');
    await page.getByRole('button', { name: 'Run', exact: true }).click();
    await dialog.getByRole('button', { name: 'Run it' }).click();
    await answer.getByText('200 OK').waitFor();
    assert.equal((await server.api('GET', `/alerts/${alert}`)).status, 'TRIAGED');
    await retype(page, variables, JSON.stringify({ i: { ids: [alert], status: 'OPEN' } }));
    await Promise.all([
      page.waitForResponse((response) => response.url().endsWith('/public/graphql')),
      page.getByRole('button', { name: 'Run', exact: true }).click(),
    ]);
    assert.equal((await server.api('GET', `/alerts/${alert}`)).status, 'OPEN');
  });

  await step('a token runs with its own permissions, without the session, and is kept nowhere', async () => {
    token = await server.api('POST', '/api-tokens', { name: 'playground', permissions: ['AlertRead'] });
    await retype(page, variables, '{}');
    await retype(page, typed, 'query Mine { roles { name } }');
    await page.getByRole('radio', { name: 'an API token' }).check();
    await page.getByLabel('X-API-Key').fill(token.value);
    const [request] = await Promise.all([
      page.waitForRequest((one) => one.url().endsWith('/public/graphql')), page.getByRole('button', { name: 'Run', exact: true }).click(),
    ]);
    assert.equal((await request.allHeaders())['cookie'], undefined, 'the session went along');
    await answer.getByText('1 error').waitFor();
    await answer.getByText(/FORBIDDEN/).first().waitFor();
    assert.ok(!(await kept()).includes(token.value), 'the token is kept in the browser');
    await page.getByRole('radio', { name: 'you', exact: true }).check();
    await page.getByRole('button', { name: 'Run', exact: true }).click();
    await answer.getByText('1 error').waitFor({ state: 'detached' });
    await answer.getByText('"AnalystReadOnly"').waitFor();
  });

  await step('a document that takes long is cancelled', async () => {
    await page.route('**/public/graphql', async (route) => {
      await new Promise((resolve) => page.once('requestfailed', resolve));
      await route.abort().catch(() => undefined);
    });
    await page.getByRole('button', { name: 'Run', exact: true }).click();
    await page.getByRole('button', { name: 'Cancel' }).click();
    await answer.getByText(/It was cancelled/).waitFor();
    await page.unrouteAll({ behavior: 'ignoreErrors' });
  });

  await step('a link opens the same document elsewhere and does not run it; tabs and history stay', async () => {
    await page.getByRole('button', { name: 'Copy link' }).click();
    await page.getByText(/The link is copied/).waitFor();
    link = await page.evaluate(() => navigator.clipboard.readText());
    assert.match(link, /\/console\/settings\/playground#/);
    await reader.page.goto(link);
    await reader.page.getByRole('textbox', { name: 'GraphQL document' }).filter({ hasText: 'query Mine' }).waitFor();
    await reader.page.getByText('The answer is shown here.').waitFor();
    assert.equal(new URL(reader.page.url()).hash, '');
    // Documents and variables are the tab's own, and end with the session.
    const elsewhere = await page.context().newPage();
    await open(elsewhere, '/settings/playground');
    assert.ok(!(await kept(elsewhere)).includes('query Mine'), 'documents are kept for other tabs');
    await elsewhere.close();
    assert.ok((await kept(reader.page)).includes('query Mine'));
    await reader.page.getByRole('button', { name: /^Your menu/ }).click();
    await reader.page.getByRole('menuitem', { name: 'Sign out' }).click();
    await reader.page.getByLabel('E-mail address').waitFor();
    assert.ok(!(await kept(reader.page)).includes('query Mine'), 'documents are kept after signing out');
    await page.reload();
    await typed.filter({ hasText: 'query Mine' }).waitFor();
    await page.getByRole('button', { name: 'History' }).click();
    await page.getByRole('menuitem', { name: 'Alerts', exact: false }).first().click();
    await typed.filter({ hasText: 'query Alerts' }).waitFor();
    await expectAccessible(page, 'a document from the history');
  });

  await step('the schema is searched and read beside it', async () => {
    await page.getByLabel('Find a type or field').fill('deduplicat');
    await page.waitForURL(/contains=deduplicat/);
    await page.getByLabel('Find a type or field').fill('Alert.');
    await page.getByText('0 found').waitFor();
    await page.getByLabel('Find a type or field').fill('AlertsInput');
    await page.getByRole('region', { name: 'Schema' }).getByRole('link', { name: 'AlertsInput', exact: true }).click();
    await page.waitForURL(/type=AlertsInput/);
    await page.getByRole('region', { name: 'Schema' }).getByText('nameContains').waitFor();
    await page.getByRole('link', { name: '[Severity!]' }).first().click();
    await page.waitForURL(/type=Severity/);
  });

  await step('with as many tabs as there may be, what was typed and not run makes no place for another', async () => {
    const tabs = page.getByRole('list', { name: 'Documents' }).getByRole('listitem');
    const tab = (/** @type {string} */ name) => page.getByRole('button', { name, exact: true });
    const example = async () => {
      await page.getByRole('button', { name: 'Examples' }).click();
      await page.getByRole('menuitem', { name: 'List alerts' }).click();
    };
    await page.evaluate(() => {
      const key = Object.keys(sessionStorage).find((one) => one.startsWith('margay.kept.') && one.endsWith('.playground')) ?? '';
      const drafts = Array.from({ length: 20 }, (_one, index) => ({ id: `${index}`, query: `query Full${index} { roles { name } }`, variables: '{}' }));
      sessionStorage.setItem(key, JSON.stringify({ drafts, shown: '19', history: [] }));
    });
    await page.reload();
    await tab('Full19').waitFor();
    await example();
    await page.getByText(/Close a tab first/).first().waitFor();
    assert.deepEqual([await tabs.count(), await tab('Full0').count()], [20, 1]);
    // One that was run is in the history, and may go.
    await tab('Full0').click();
    await page.getByRole('button', { name: 'Run', exact: true }).click();
    await answer.getByText('200 OK').waitFor();
    await example();
    await typed.filter({ hasText: 'query Alerts' }).waitFor();
    assert.deepEqual([await tabs.count(), await tab('Full0').count(), await tab('Full1').count()], [20, 0, 1]);
    await tab('Full1').click();
    await typed.filter({ hasText: 'query Full1 ' }).waitFor();
    await example();
    await typed.filter({ hasText: 'query Alerts' }).waitFor();
    assert.deepEqual([await tabs.count(), await tab('Full1').count()], [20, 1], 'an example that is open is opened again');
  });
  expectNoFaults(faults);
  expectNoFaults(reader.faults);
});

test('a description with circles and hostile texts is shown as it is', async () => {
  const { page, faults } = admin;
  const hostile = '<img src=x onerror=alert(1)> `<b>code</b>`';
  await page.route('**/openapi.json', (route) => route.fulfill({ json: {
    openapi: '3.1.0', info: { title: 'x', version: '1' },
    paths: { '/a/{<b>}': { post: {
      operationId: 'circle', tags: ['<i>tag</i>'], summary: hostile,
      requestBody: { content: { 'application/json': { schema: { $ref: '#/components/schemas/Node' } } } },
      responses: { 200: { description: hostile, content: { 'application/json': { schema: { $ref: '#/components/schemas/Loop' } } } } },
    } } },
    components: { schemas: {
      Node: { type: 'object', required: ['next', 'value'], properties: {
        value: { type: 'string', description: hostile, default: "it's" }, next: { $ref: '#/components/schemas/Node' },
        list: { $ref: '#/components/schemas/List' } } },
      List: { type: 'array', items: { $ref: '#/components/schemas/List' } },
      Loop: { $ref: '#/components/schemas/Loop' },
    } },
  } }));
  await open(page, '/settings/api?operation=circle');
  await page.getByText('<img src=x onerror=alert(1)>').first().waitFor();
  const body = page.locator('details').filter({ has: page.getByText('Node') }).first();
  await body.locator('summary', { hasText: 'next' }).click();
  await page.getByText('as above: Node').waitFor();
  assert.match(await page.getByText(/^curl -sS/).innerText(), /"value":"it'\\''s"/);
  await page.unroute('**/openapi.json');
  expectNoFaults(faults);
});

test('the pages about the API are accessible in both themes, and fit 390 pixels', async (t) => {
  const { page, faults } = admin;
  const paths = ['/settings/api', '/settings/api?operation=create_rule', '/settings/playground?type=Query'];
  for (const theme of /** @type {const} */ (['dark', 'light'])) {
    for (const path of paths) {
      await t.test(`${path} ${theme}`, async () => {
        await open(page, path);
        if (path === paths[0]) await setTheme(page, theme);
        await drawn(page);
        await expectAccessible(page, `${path} ${theme}`);
      });
    }
  }
  await t.test('nothing is wider than 390 pixels', async () => {
    await page.setViewportSize({ width: 390, height: 844 });
    for (const path of paths) {
      await open(page, path);
      await expectFits(page, path);
    }
    await page.setViewportSize({ width: 1280, height: 900 });
  });
  expectNoFaults(faults);
});
