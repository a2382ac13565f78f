// Destinations from the catalogue to a dead letter that arrives after all, against a vendor that answers as it is told.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import { drawn, expectAccessible, expectFits, expectNoFaults, member, open, setTheme, startBrowser, steps } from './browser.mjs';
import { startServer, until } from './server.mjs';

const HOSTILE = '<img src=x onerror=alert(1)> <script>alert(2)</script>';
const SECRET_PATH = '/services/T0/secret-of-the-hook';

/** @type {import('./server.mjs').Server} */
let server;
/** @type {import('playwright-core').Browser} */
let browser;
/** @type {Awaited<ReturnType<typeof member>>} */
let admin;
/** @type {Awaited<ReturnType<typeof member>>} */
let reader;

/** @typedef {{ path: string, body: string, token: string | undefined }} Taken */
const vendor = { base: '', status: 200, body: 'ok', taken: /** @type {Taken[]} */ ([]) };
const door = createServer((request, response) => {
  let body = '';
  request.on('data', (chunk) => { body += chunk; });
  request.on('end', () => {
    const token = request.headers['x-token'];
    vendor.taken.push({ path: request.url ?? '', body, token: typeof token === 'string' ? token : undefined });
    response.writeHead(vendor.status).end(vendor.body);
  });
});

before(async () => {
  await new Promise((resolve) => door.listen(0, '127.0.0.1', () => resolve(null)));
  const address = door.address();
  vendor.base = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`;
  server = await startServer();
  browser = await startBrowser();
  admin = await member(browser, server, 'mira@example.com', 'Admin');
  reader = await member(browser, server, 'noor@example.com', 'AnalystReadOnly');
});
after(async () => {
  await browser?.close();
  await server?.stop();
  door.close();
  door.closeAllConnections();
});

/** @param {string} name @returns {Promise<any>} */
async function named(name) {
  const { results } = await server.api('GET', '/destinations');
  return results.find((/** @type {any} */ one) => one.displayName === name);
}

/** Makes an alert and gives it. @param {string} who @returns {Promise<any>} */
async function alertAbout(who) {
  await server.sendEvents([who]);
  return until(async () => (await server.api('GET', `/alerts?limit=50&name-contains=${encodeURIComponent(who)}`)).results[0], `an alert about ${who}`);
}

/** The deliveries of an alert to a destination. @param {any} alert @param {string} name @returns {Promise<any[]>} */
async function deliveriesOf(alert, name) {
  const { results } = await server.api('GET', `/alerts/${alert.id}/deliveries`);
  return results.filter((/** @type {any} */ one) => one.displayName === name);
}

/** @param {import('playwright-core').Page} page @param {string} name @param {string} item */
async function choose(page, name, item) {
  await page.getByRole('button', { name: `What can be done about ${name}` }).click();
  await page.getByRole('menuitem', { name: item, exact: true }).click();
}

test('a destination from the catalogue to its end', async (t) => {
  const { page, faults } = admin;
  const step = steps(t, browser);

  await step('what the file declares says so, and can neither be edited nor deleted', async () => {
    await open(page, '/destinations');
    const row = page.getByRole('row', { name: /team-chat/ });
    await row.getByText('declared in the configuration file').waitFor();
    await page.getByRole('button', { name: 'What can be done about team-chat' }).click();
    const items = await page.getByRole('menuitem').allInnerTexts();
    assert.deepEqual(items, ['Send test alert', 'Duplicate', 'Mute']);
    await page.keyboard.press('Escape');
  });

  await step('the catalogue is searched, and the search stands in the address', async () => {
    await page.getByRole('link', { name: 'Add a destination' }).click();
    await page.getByRole('heading', { level: 2, name: 'Automation' }).waitFor();
    await page.getByLabel('Name or what it does').fill('incoming webhook');
    await page.waitForURL(/contains=incoming/);
    assert.deepEqual(await page.locator('.type-link').allInnerTexts(), ['Slack']);
    await page.getByRole('link', { name: 'Slack', exact: true }).click();
    await page.getByRole('heading', { level: 1, name: 'Add Slack' }).waitFor();
  });

  await step('a refused form names the field and keeps what was typed', async () => {
    await page.getByLabel('Name', { exact: false }).first().fill('sec-chat');
    await page.getByRole('checkbox', { name: 'High' }).check();
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    const hook = page.locator('[id="config.webhook_url"]');
    await page.locator('[id="config.webhook_url-says"]').getByText(/URL|address/i).waitFor();
    assert.equal(await hook.getAttribute('aria-invalid'), 'true');
    assert.equal(await page.evaluate(() => document.activeElement?.id), 'config.webhook_url');
    assert.equal(await page.locator('#displayName').inputValue(), 'sec-chat');
    await expectAccessible(page, 'a refused form');
    await page.locator('#displayName').fill('team-chat');
    await hook.fill(vendor.base + SECRET_PATH);
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.locator('#displayName-says').getByText(/`team-chat` is taken/).waitFor();
    assert.equal(await hook.inputValue(), vendor.base + SECRET_PATH);
    await page.locator('#displayName').fill('sec-chat');
  });

  await step('a test says what the vendor said, as text; then it arrives, before anything is saved', async () => {
    Object.assign(vendor, { status: 403, body: HOSTILE });
    await page.getByRole('button', { name: 'Send test alert' }).click();
    await page.getByText('The test alert did not arrive').waitFor();
    await page.getByText('Status 403').waitFor();
    await page.getByText(HOSTILE).waitFor();
    Object.assign(vendor, { status: 200, body: 'ok' });
    await page.getByRole('button', { name: 'Send test alert' }).click();
    await page.getByText('The test alert arrived').waitFor();
    assert.match(vendor.taken.at(-1)?.body ?? '', /This is a Test Alert/);
    assert.equal(await named('sec-chat'), undefined);
  });

  await step('it is saved as it was filled in', async () => {
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByRole('heading', { level: 1, name: 'sec-chat' }).waitFor();
    const made = await named('sec-chat');
    assert.deepEqual([made.type, made.severities, made.config], ['slack', ['HIGH'], { webhook_url: '********' }]);
    await page.getByText('Nothing was sent yet').waitFor();
    assert.equal(await page.getByText('secret-of-the-hook').count(), 0);
  });

  await step('a webhook with a secret header, delivery settings and a log type', async () => {
    await page.getByRole('link', { name: 'Destinations' }).click();
    await page.getByRole('link', { name: 'Add a destination' }).click();
    await page.getByRole('link', { name: 'Custom Webhook' }).click();
    await page.locator('#displayName').fill('hook');
    await page.locator('[id="config.webhook_url"]').fill(`${vendor.base}/hook`);
    await page.getByRole('button', { name: 'Add to headers' }).click();
    await page.getByLabel('Headers: name 1').fill('X-Token');
    await page.getByLabel('Headers: value 1').fill('quiet-token');
    await page.getByRole('checkbox', { name: 'High' }).check();
    await page.getByLabel('Log types').fill('Okta.SystemLog');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Retries, time limits and pace' }).click();
    await page.getByLabel('Attempts per time').fill('often');
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.locator('[id="delivery.rate-says"]').getByText(/often/).waitFor();
    await page.getByLabel('Attempts per time').fill('600/min');
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByRole('heading', { level: 1, name: 'hook' }).waitFor();
    const made = await named('hook');
    assert.deepEqual(made.config, { webhook_url: '********', headers: { 'X-Token': '********' } });
    assert.deepEqual([made.logTypes, made.delivery.rate], [['Okta.SystemLog'], '600/min']);
  });

  await step('an alert goes to both', async () => {
    const alert = await alertAbout('ada@example.com');
    await until(async () => (await deliveriesOf(alert, 'hook'))[0]?.state === 'delivered', 'hook took it');
    await until(async () => (await deliveriesOf(alert, 'sec-chat'))[0]?.state === 'delivered', 'sec-chat took it');
    assert.ok(vendor.taken.some(({ path, body }) => path === SECRET_PATH && /ada@example.com is locked out/.test(body)));
    assert.equal(vendor.taken.find(({ path }) => path === '/hook')?.token, 'quiet-token');
    await page.getByLabel('State').selectOption({ label: 'Delivered' });
    await page.waitForURL(/state=delivered/);
    await page.getByRole('link', { name: 'ada@example.com is locked out' }).waitFor();
  });

  await step('an edit keeps the secrets that nobody touches', async () => {
    await choose(page, 'hook', 'Edit');
    await page.getByRole('heading', { level: 1, name: 'Edit hook' }).waitFor();
    assert.equal(await page.locator('[id="config.webhook_url"]').inputValue(), '********');
    // What is to be replaced and is left empty is kept too.
    await page.getByRole('button', { name: 'Replace: Webhook URL' }).click();
    await page.getByRole('button', { name: 'Replace: X-Token' }).click();
    assert.equal(await page.locator('[id="config.webhook_url"]').inputValue(), '');
    await page.locator('#displayName').fill('hook-2');
    await page.getByRole('checkbox', { name: 'Medium' }).check();
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByRole('heading', { level: 1, name: 'hook-2' }).waitFor();
    const before = vendor.taken.filter(({ path }) => path === '/hook').length;
    await alertAbout('grace@example.com');
    const sent = await until(() => vendor.taken.filter(({ path }) => path === '/hook')[before], 'the alert at the kept address');
    assert.equal(sent.token, 'quiet-token');
  });

  await step('two people at once: the second is told, and what she typed stays', async () => {
    await choose(page, 'hook-2', 'Edit');
    await page.getByRole('heading', { level: 1, name: 'Edit hook-2' }).waitFor();
    await page.getByRole('button', { name: 'Remove: X-Token' }).click();
    await page.locator('#displayName').fill('hook-3');
    const { id, displayName, type, config, severities } = await named('hook-2');
    await server.api('PUT', `/destinations/${id}`, { displayName, type, config, severities, manualDispatch: false });
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByText(/The destination `hook-2` was changed meanwhile/).waitFor();
    assert.equal(await page.locator('#displayName').inputValue(), 'hook-3');
    assert.equal((await named('hook-2')).manualDispatch, false);
    page.once('dialog', (dialog) => void dialog.accept());
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.getByRole('heading', { level: 1, name: 'hook-2' }).waitFor();
    await page.getByText('not open to alerts by hand').waitFor();
    // Made from what it is now, it counts, and the header is gone.
    await choose(page, 'hook-2', 'Edit');
    await page.getByRole('button', { name: 'Remove: X-Token' }).click();
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByRole('heading', { level: 1, name: 'hook-2' }).waitFor();
    assert.equal((await named('hook-2')).config.headers?.['X-Token'], undefined);
  });

  await step('muted, nothing new goes there, and the reason is kept; unmuted it does', async () => {
    await page.getByRole('link', { name: 'Destinations' }).click();
    await choose(page, 'hook-2', 'Mute');
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('How long').selectOption({ label: 'For 8 hours' });
    await dialog.getByLabel('Why').fill('they <b>move</b>');
    await expectAccessible(page, 'the dialog of a mute');
    await dialog.getByRole('button', { name: 'Mute' }).click();
    await page.getByText('they <b>move</b>').waitFor();
    const { mute } = await named('hook-2');
    const hours = (new Date(mute.until).getTime() - new Date(mute.since).getTime()) / 3_600_000;
    assert.ok(hours > 7.9 && hours < 8.1, `${hours} hours`);
    const alert = await alertAbout('joan@example.com');
    assert.deepEqual(await deliveriesOf(alert, 'hook-2'), []);
    assert.equal((await deliveriesOf(alert, 'sec-chat')).length, 1);
    const { routing } = await server.api('GET', `/alerts/${alert.id}/deliveries`);
    const line = routing.explanation.find((/** @type {any} */ one) => one.displayName === 'hook-2');
    assert.match(line.reason, /it is muted until 20/);
    await choose(page, 'hook-2', 'Unmute');
    await page.getByText('they <b>move</b>').waitFor({ state: 'detached' });
    assert.equal((await named('hook-2')).mute, null);
    await until(async () => (await deliveriesOf(await alertAbout('emmy@example.com'), 'hook-2')).length === 1, 'it hears again');
  });

  await step('disabled and enabled again', async () => {
    await choose(page, 'hook-2', 'Disable');
    await page.getByRole('dialog').getByRole('button', { name: 'Disable' }).click();
    await page.getByRole('row', { name: /hook-2/ }).getByText('Disabled', { exact: true }).waitFor();
    assert.equal((await named('hook-2')).enabled, false);
    await choose(page, 'hook-2', 'Enable');
    await page.getByRole('row', { name: /hook-2/ }).getByText('Healthy').waitFor();
  });

  await step('a dead letter is seen and tried again with success', async () => {
    Object.assign(vendor, { status: 404, body: `no_service ${HOSTILE}` });
    const alert = await alertAbout('rosa@example.com');
    await until(async () => (await deliveriesOf(alert, 'sec-chat'))[0]?.state === 'failed', 'it is given up');
    Object.assign(vendor, { status: 200, body: 'ok' });
    // One failure is not five: it is not healthy all the same, and says what was lost.
    await open(page, '/destinations');
    const sick = page.getByRole('row', { name: /sec-chat/ });
    await sick.getByText('Degraded', { exact: true }).waitFor();
    await sick.getByText('The last attempt failed').waitFor();
    await sick.getByText(/Failing since 20/).waitFor();
    await sick.getByRole('link', { name: '1 failed delivery' }).waitFor();
    await page.getByRole('link', { name: 'Failed deliveries', exact: true }).click();
    await page.getByLabel('Destination').selectOption({ label: 'sec-chat' });
    await page.waitForURL(/destination=/);
    const row = page.getByRole('row', { name: /rosa@example.com/ });
    await row.getByText(/1 attempt/).click();
    await row.locator('.pre').filter({ hasText: `no_service ${HOSTILE}` }).waitFor();
    /** @type {string[]} */
    const asked = [];
    page.on('request', (request) => { if (request.url().endsWith('/retry')) asked.push(request.url()); });
    await page.getByRole('button', { name: /Try again: rosa/ }).dblclick();
    await row.waitFor({ state: 'detached' });
    assert.equal(asked.length, 1, 'two clicks ask twice');
    await until(async () => (await deliveriesOf(alert, 'sec-chat'))[0]?.state === 'delivered', 'it arrives after all');
    await page.getByText('No failed deliveries').waitFor();
    // All of the dead destination of the file at once: they fail again, each with one more attempt.
    await page.getByLabel('Destination', { exact: true }).selectOption({ label: 'All' });
    const all = page.getByRole('button', { name: 'Try all failed again' });
    const tryAll = page.getByRole('dialog').getByRole('button', { name: 'Try again' });
    await page.route('**/deliveries/retry-failed', (route) => route.fulfill({ json: { retried: 0 } }));
    await all.click();
    await page.getByRole('dialog').getByText('What failed to go to destinations that are disabled or gone stays as it is.').waitFor();
    await tryAll.click();
    await page.getByText('Nothing was tried again: no failed delivery is to a destination that is enabled').waitFor();
    await page.unroute('**/deliveries/retry-failed');
    // Of one destination somebody else was quicker, which is nothing bad.
    await page.getByLabel('Destination', { exact: true }).selectOption({ label: 'team-chat' });
    await page.waitForURL(/destination=/);
    await page.route('**/destinations/*/retry-failed', (route) => route.fulfill({ json: { retried: 0 } }));
    await all.click();
    await page.getByRole('dialog').getByText('Every failed delivery to this destination').waitFor();
    await tryAll.click();
    await page.locator('.pf-v6-c-alert.pf-m-success').filter({ hasText: 'No delivery to it is failed any more' }).waitFor();
    await page.unroute('**/destinations/*/retry-failed');
    await page.getByLabel('Destination', { exact: true }).selectOption({ label: 'All' });
    await page.waitForURL((address) => !address.searchParams.has('destination'));
    await all.click();
    await page.getByRole('dialog').getByText('Every failed delivery to a destination that is enabled').waitFor();
    await tryAll.click();
    await page.getByText(/deliveries are tried again now/).waitFor();
    await until(async () => (await deliveriesOf(alert, 'team-chat'))[0]?.attempts.length === 2, 'a second attempt');
  });

  await step('a test of one that exists, then a copy, then its end', async () => {
    await page.getByRole('link', { name: 'Destinations' }).click();
    await choose(page, 'team-chat', 'Send test alert');
    await page.getByRole('dialog').getByText('The test alert did not arrive').waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Close', exact: true }).last().click();
    await choose(page, 'hook-2', 'Duplicate');
    await page.getByText('Secrets are not copied').waitFor();
    assert.equal(await page.locator('#displayName').inputValue(), 'hook-2 (copy)');
    assert.equal(await page.locator('[id="config.webhook_url"]').inputValue(), '');
    assert.equal(await page.getByRole('checkbox', { name: 'Medium' }).isChecked(), true);
    await page.locator('#displayName').fill('');
    await page.getByRole('button', { name: 'Save' }).click();
    const says = page.locator('#displayName-says');
    await says.getByText('An empty text is no legal name', { exact: false }).waitFor();
    assert.doesNotMatch(await says.innerText(), /displayName/);
    await page.locator('#displayName').fill('hook-2 (copy)');
    await page.goBack();
    await choose(page, 'sec-chat', 'Delete');
    await page.getByText('No delivery waits for it').waitFor();
    await expectAccessible(page, 'the dialog of deleting');
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('row', { name: /sec-chat/ }).waitFor({ state: 'detached' });
    assert.equal(await named('sec-chat'), undefined);
  });
  expectNoFaults(faults);
});

test('the form of every type opens and marks what its schema requires', async () => {
  const { page, faults } = admin;
  const { results } = await server.api('GET', '/destination-types');
  assert.equal(results.length, 22);
  await page.getByRole('link', { name: 'Destinations' }).click();
  await page.getByRole('link', { name: 'Add a destination' }).click();
  for (const { type, label, configSchema } of results) {
    await page.getByRole('link', { name: label, exact: true }).click();
    await page.getByRole('heading', { level: 1, name: `Add ${label}`, exact: true }).waitFor();
    const required = configSchema.required ?? configSchema.oneOf[0].required;
    const shown = await page.evaluate((keys) => keys.map((/** @type {string} */ key) => {
      const field = /** @type {HTMLElement | null} */ (document.getElementById(`config.${key}`));
      const mark = document.querySelector(`label[for="config.${key}"] .pf-v6-c-form__label-required`);
      return `${key} ${field?.offsetParent ? 'shown' : 'missing'} ${mark ? 'marked' : 'unmarked'}`;
    }), required);
    assert.deepEqual(shown, required.map((/** @type {string} */ key) => `${key} shown marked`), type);
    const paths = await page.locator('.destination-form [id^="config."]').evaluateAll((all) => all.map((one) => one.id));
    for (const key of Object.keys(configSchema.properties)) {
      const isElsewhere = configSchema.oneOf && (key === 'webhook_url' || configSchema.oneOf[0].properties[key] === false);
      assert.ok(isElsewhere || paths.some((path) => path === `config.${key}` || path.startsWith(`config.${key}.`)), `${type}: ${key}`);
    }
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.getByRole('heading', { level: 1, name: 'Add a destination' }).waitFor();
  }
  expectNoFaults(faults);
});

test('of two ways one is asked for, and the other is not sent', async () => {
  const { page } = admin;
  await page.getByRole('link', { name: 'ServiceNow' }).click();
  await page.locator('#displayName').fill('records');
  await page.locator('[id="config.instance_url"]').fill('https://instance.example');
  assert.equal(await page.locator('[id="config.bearer"], [id="config.basic.username"]').count(), 0);
  await page.getByRole('radio', { name: 'By Webhook URL' }).check();
  assert.equal(await page.locator('[id="config.instance_url"], [id="config.table"]').count(), 0);
  await page.locator('[id="config.webhook_url"]').fill(`${vendor.base}/records`);
  await page.locator('[id="config.basic.username"]').fill('margay');
  await page.locator('[id="config.basic.password"]').fill('quiet');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await page.getByRole('heading', { level: 1, name: 'records', exact: true }).waitFor();
  const { id, config } = await named('records');
  assert.deepEqual(config, { webhook_url: '********', basic: { username: 'margay', password: '********' } });
  // A secret that is not needed is taken away.
  await choose(page, 'records', 'Edit');
  await page.getByRole('button', { name: 'Remove: Basic authentication' }).click();
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await page.getByRole('heading', { level: 1, name: 'records', exact: true }).waitFor();
  assert.deepEqual((await named('records')).config, { webhook_url: '********' });
  await server.api('DELETE', `/destinations/${id}`);
});

test('what may be left out is not marked as needed before it is begun, and goes as a whole', async () => {
  const { page, faults } = admin;
  const needed = page.locator('label[for="config.basic.password"] .pf-v6-c-form__label-required');
  await open(page, '/destinations/new/webhook');
  await page.locator('[id="config.basic.password"]').waitFor();
  assert.equal(await needed.count(), 0);
  await page.locator('[id="config.basic.username"]').fill('margay');
  await needed.waitFor();
  await page.locator('[id="config.basic.username"]').fill('');
  await needed.waitFor({ state: 'detached' });
  const made = await server.api('POST', '/destinations', { displayName: 'gateway', type: 'webhook', severities: [],
    config: { webhook_url: `${vendor.base}/gateway`, basic: { username: 'margay', password: 'quiet' } } });
  await open(page, `/destinations/${made.id}/edit`);
  await page.getByRole('button', { name: 'Remove: Basic authentication' }).click();
  await page.getByText('It is removed when you save', { exact: true }).waitFor();
  await expectAccessible(page, 'a group that is to be removed');
  await page.getByRole('button', { name: 'Keep: Basic authentication' }).click();
  await page.locator('[id="config.basic.username"]').waitFor();
  await page.getByRole('button', { name: 'Remove: Basic authentication' }).click();
  await page.locator('[id="config.bearer"]').fill('quiet-too');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await page.getByRole('heading', { level: 1, name: 'gateway', exact: true }).waitFor();
  assert.deepEqual((await named('gateway')).config, { webhook_url: '********', bearer: '********' });
  await server.api('DELETE', `/destinations/${made.id}`);
  expectNoFaults(faults);
});

test('where a vendor sends what people do is shown whole, to be copied', async () => {
  const { page, faults } = admin;
  const made = await server.api('POST', '/destinations', { displayName: 'bot', type: 'slack_bot', severities: [],
    config: { bot_token: 'xoxb-quiet', signing_secret: 'quiet', channels: ['C024BE91L'] } });
  await open(page, `/destinations/${made.id}`);
  const address = page.getByRole('textbox', { name: 'Request URL', exact: true });
  await address.waitFor();
  assert.equal(await address.inputValue(), `${server.base}/destinations/${made.id}/callback`);
  await page.getByText('The vendor must reach this address.').waitFor();
  assert.equal(await page.getByText('It is made of the address of this page').count(), made.callbackUrl ? 0 : 1);
  await expectAccessible(page, 'a destination that takes something back');
  // Where the server has a name of its own, it counts, wherever the console is looked at.
  const ofServer = 'https://siem.example/destinations/bot/callback';
  await page.route(`**/destinations/${made.id}`, async (route) => {
    if (route.request().resourceType() === 'document') return route.continue();
    const answer = await route.fetch();
    return route.fulfill({ response: answer, json: { ...await answer.json(), callbackUrl: ofServer } });
  });
  await open(page, `/destinations/${made.id}`);
  await address.waitFor();
  assert.equal(await address.inputValue(), ofServer);
  assert.equal(await page.getByText('It is made of the address of this page').count(), 0);
  await page.unroute(`**/destinations/${made.id}`);
  await server.api('DELETE', `/destinations/${made.id}`);
  expectNoFaults(faults);
});

test('who may only look sees no button that would fail, and the API refuses', async () => {
  const { page, faults } = reader;
  await open(page, '/destinations');
  await page.getByRole('link', { name: 'team-chat' }).waitFor();
  assert.equal(await page.getByRole('link', { name: 'Add a destination' }).count(), 0);
  assert.equal(await page.getByRole('button', { name: /What can be done/ }).count(), 0);
  await page.getByRole('link', { name: 'team-chat' }).click();
  await page.getByText('Recent deliveries').waitFor();
  await page.getByRole('grid', { name: 'Deliveries' }).locator('tbody tr', { hasText: 'no_service' }).first().waitFor();
  assert.equal(await page.getByRole('button', { name: /Try|What can be done/ }).count(), 0);
  const { id } = await named('team-chat');
  const statuses = await page.evaluate(async (path) => {
    const session = await (await fetch('/internal/session')).json();
    const headers = { 'X-CSRF-Token': session.csrfToken, 'Content-Type': 'application/json' };
    const ask = async (/** @type {string} */ method, /** @type {string} */ end) =>
      (await fetch(path + end, { method, headers, body: method === 'PUT' ? '{"until": "2126-01-01T00:00:00Z"}' : null })).status;
    return [await ask('PUT', '/mute'), await ask('DELETE', '/mute'), await ask('POST', '/test'), await ask('POST', '/retry-failed')];
  }, `/destinations/${id}`);
  assert.deepEqual(statuses, [403, 403, 403, 403]);
  for (const path of ['/destinations/new', '/destinations/new/slack', `/destinations/${id}/edit`]) {
    await page.goto(`/console${path}`);
    await page.getByText(/does not hold DestinationModify/).waitFor();
  }
  expectNoFaults(faults);
});

test('the pages are accessible in both themes and fit a narrow screen', async (t) => {
  const { page, faults } = admin;
  const [hook, ofFile] = [await named('hook-2'), await named('team-chat')];
  const paths = ['/destinations', '/destinations/new', '/destinations/new/webhook', `/destinations/${hook.id}/edit`,
    `/destinations/${ofFile.id}`, '/deliveries', '/destinations/guide/slack'];
  for (const theme of /** @type {const} */ (['dark', 'light'])) {
    for (const path of paths) {
      await t.test(`${path} ${theme}`, async () => {
        await open(page, path);
        if (path === paths[0]) await setTheme(page, theme);
        await drawn(page);
        await expectAccessible(page, `${path} ${theme}`);
        if (theme === 'dark') return;
        await page.setViewportSize({ width: 390, height: 844 });
        await expectFits(page, path);
        await page.setViewportSize({ width: 1280, height: 900 });
      });
    }
  }
  await t.test('the guide is the page of the documentation', async () => {
    await page.getByRole('heading', { level: 1, name: 'Guide: Slack' }).waitFor();
    await page.getByRole('heading', { level: 3, name: 'Set up' }).waitFor();
  });
  expectNoFaults(faults);
});
