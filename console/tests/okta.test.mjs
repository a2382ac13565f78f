// From an empty installation to a handled alert, all of it in the browser: logs of Okta come in, a detection finds a
// locked account, the team is told, and somebody takes care of it.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { expectAccessible, expectNoFaults, open, PASSWORD, person, startBrowser, steps } from './browser.mjs';
import { startServer, until } from './server.mjs';

const run = promisify(execFile);

const TITLE = 'ada@example.com is locked out of Okta';
const DETECTION = `AnalysisType: rule
RuleID: Okta.User.LockedOut
DisplayName: An Okta account is locked
Enabled: true
LogTypes: [Okta.SystemLog]
Severity: High
Description: Somebody failed to sign in so often that Okta locked the account.
Runbook: |
  ## What to do

  1. Ask the person whether it was them.
  2. If not, look at the **addresses** in the events.
DedupPeriodMinutes: 60
Threshold: 1
Detection:
  - KeyPath: outcome.reason
    Condition: Equals
    Value: LOCKED_OUT
AlertTitle: "{actor.alternateId} is locked out of Okta"
GroupBy:
  - KeyPath: actor.alternateId
Tests:
  - Name: Locked out
    ExpectedResult: true
    Log: {actor: {alternateId: ada@example.com}, outcome: {result: FAILURE, reason: LOCKED_OUT}}
  - Name: Signed in
    ExpectedResult: false
    Log: {actor: {alternateId: ada@example.com}, outcome: {result: SUCCESS}}
`;

/** What the demonstration sends: an hour of a small company, in which two accounts are locked. */
const SAMPLES = readFileSync(new URL('../../crates/margay/demo/logs/okta.jsonl', import.meta.url), 'utf8').trim().split('\n')
  .map((line) => line.replace(/@-(\d+)s/g, (_all, seconds) => new Date(Date.now() - Number(seconds) * 1000).toISOString()));
const QUIET = SAMPLES.filter((line) => !line.includes('LOCKED_OUT'));
const LOCKED = SAMPLES.filter((line) => line.includes('LOCKED_OUT'));

/** The team's chat: takes whatever comes. @type {{ path: string, body: string }[]} */
const taken = [];
const chat = createServer((request, response) => {
  let body = '';
  request.on('data', (chunk) => { body += chunk; });
  request.on('end', () => {
    taken.push({ path: request.url ?? '', body });
    response.writeHead(200).end('ok');
  });
});
/** Where the sender of the logs works. */
const folder = mkdtempSync(join(tmpdir(), 'margay-okta-'));
/** @type {import('./server.mjs').Server} */
let server;
/** @type {import('playwright-core').Browser} */
let browser;
let hook = '';

before(async () => {
  await new Promise((resolve) => chat.listen(0, '127.0.0.1', () => resolve(null)));
  const address = chat.address();
  hook = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}/services/T1/B2/secret`;
  server = await startServer({ bare: true });
  browser = await startBrowser();
});
after(async () => {
  await browser?.close();
  await server?.stop();
  chat.close();
  chat.closeAllConnections();
  rmSync(folder, { recursive: true, force: true });
});

/** Sends records as the page says. @param {string} command @param {string[]} records */
async function send(command, records) {
  writeFileSync(join(folder, 'logs.jsonl'), `${records.join('\n')}\n`);
  return (await run('sh', ['-c', command], { cwd: folder })).stdout;
}

test('logs of Okta, from an empty installation to a handled alert', async (t) => {
  const { page, faults } = await person(browser, server.base);
  const step = steps(t, browser);
  const pages = page.getByRole('navigation', { name: 'Pages' });
  let command = '';

  await step('the set-up link makes the first administrator, who sees what is still to be done', async () => {
    await page.goto(server.setUpLink);
    await page.getByLabel('E-mail address').fill('mira@example.com');
    await page.getByLabel('First name').fill('Mira');
    await page.getByLabel('Last name').fill('Ode');
    await page.getByLabel('Password').fill(PASSWORD);
    await page.getByLabel('The same again').fill(PASSWORD);
    await page.getByRole('button', { name: 'Begin' }).click();
    await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
    await page.getByRole('link', { name: 'Add a log source' }).click();
  });

  await step('a source for Okta is made, and the command of the page sends the first events', async () => {
    await page.getByRole('heading', { level: 1, name: 'A new log source' }).waitFor();
    await page.getByRole('textbox', { name: 'Name' }).fill('Okta');
    await page.getByPlaceholder('Look for a log type').fill('okta');
    await page.getByRole('checkbox', { name: 'Okta.SystemLog', exact: true }).check();
    await page.getByRole('button', { name: 'Next' }).click();
    await page.getByRole('radio', { name: /One record a line/ }).check();
    await page.getByRole('button', { name: 'Next' }).click();
    await page.getByRole('radio', { name: /Bearer token/ }).check();
    await page.getByRole('button', { name: 'Make the source' }).click();
    await page.getByText('Waiting for the first event').waitFor();
    command = await page.getByRole('region', { name: 'Text for curl' }).innerText();
    assert.match(await send(command, QUIET), /accepted/);
    await page.getByText(`${QUIET.length} events of Okta.SystemLog`).waitFor();
    assert.deepEqual((await server.api('GET', '/alerts')).results, [], 'an alert before there is a detection');
  });

  await step('the team’s chat is added, and a test alert arrives there', async () => {
    await pages.getByRole('link', { name: 'Destinations' }).click();
    await page.getByRole('link', { name: 'Add a destination' }).first().click();
    await page.getByRole('link', { name: 'Slack', exact: true }).click();
    await page.locator('#displayName').fill('security-chat');
    await page.locator('[id="config.webhook_url"]').fill(hook);
    await page.getByRole('checkbox', { name: 'Critical' }).check();
    await page.getByRole('checkbox', { name: 'High' }).check();
    await page.getByRole('button', { name: 'Send test alert' }).click();
    await page.getByText('The test alert arrived').waitFor();
    assert.match(taken.at(-1)?.body ?? '', /Test Alert/);
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByRole('heading', { level: 1, name: 'security-chat' }).waitFor();
  });

  await step('a detection is written; it is saved when its tests pass', async () => {
    await open(page, '/detections/new?kind=simple_rule&id=Okta.User.LockedOut&log-type=Okta.SystemLog');
    const yaml = page.getByRole('textbox', { name: 'YAML', exact: true });
    await yaml.click();
    await page.keyboard.press('ControlOrMeta+a');
    await page.keyboard.press('Delete');
    await page.keyboard.insertText(DETECTION.replace('Value: LOCKED_OUT', 'Value: LOCKED'));
    await page.keyboard.press('ControlOrMeta+s');
    const dialog = page.getByRole('dialog');
    await dialog.getByText('Locked out').first().waitFor();
    await dialog.getByRole('button', { name: 'Keep editing' }).click();
    await yaml.click();
    await page.keyboard.press('ControlOrMeta+a');
    await page.keyboard.press('Delete');
    await page.keyboard.insertText(DETECTION);
    await page.keyboard.press('ControlOrMeta+s');
    await page.getByText('Saved: Okta.User.LockedOut').first().waitFor();
    await page.getByRole('tab', { name: /Tests 2 passed/ }).waitFor();
  });

  await step('two accounts are locked: the alerts come into the open list by themselves', async () => {
    await pages.getByRole('link', { name: 'Alerts' }).click();
    await page.getByText('No alert is like that').waitFor();
    await page.evaluate(() => { Object.assign(globalThis, { isSamePage: true }); });
    assert.match(await send(command, LOCKED), /accepted/);
    await page.getByRole('link', { name: TITLE }).or(page.getByRole('button', { name: /new alert/ })).first().waitFor();
    // The second one may wait behind a line, so that nothing moves under the mouse.
    if (await page.getByRole('link', { name: TITLE }).count() === 0) await page.getByRole('button', { name: /new alert/ }).click();
    await page.getByRole('row', { name: new RegExp(`High.*${TITLE}.*Open`) }).waitFor();
    assert.equal(await page.evaluate(() => 'isSamePage' in globalThis), true, 'the page was loaded anew');
  });

  await step('it is opened, its runbook read, and taken', async () => {
    await page.getByRole('link', { name: TITLE }).click();
    await page.getByRole('heading', { level: 1, name: TITLE }).waitFor();
    await page.getByText('Ask the person whether it was them.').waitFor();
    assert.equal(await page.getByText('addresses', { exact: true }).evaluate((node) => node.tagName), 'STRONG');
    await page.getByRole('button', { name: 'Take it' }).click();
    await page.getByRole('button', { name: 'Take it' }).waitFor({ state: 'detached' });
    await page.getByRole('tab', { name: 'Events' }).click();
    await page.getByText('"LOCKED_OUT"').first().waitFor();
    await expectAccessible(page, 'the alert');
  });

  await step('what was found out is written down', async () => {
    await page.getByRole('tab', { name: 'Activity' }).click();
    await page.getByLabel('Comment', { exact: true }).fill('It was her: a new phone still had the old password.');
    await page.getByRole('button', { name: 'Comment', exact: true }).click();
    await page.getByText(/Mira Ode wrote/).waitFor();
  });

  await step('the chat has it, and the page says so', async () => {
    await page.getByRole('tab', { name: 'Deliveries' }).click();
    await page.getByRole('row', { name: /security-chat.*delivered/i }).waitFor();
    await until(() => taken.some(({ body }) => body.includes(TITLE)), 'the chat is told');
  });

  await step('it is resolved, and the overview counts only the other one', async () => {
    await page.getByLabel('Status').selectOption({ label: 'Resolved' });
    const [alert] = (await server.api('GET', '/alerts?name-contains=ada')).results;
    await until(async () => (await server.api('GET', `/alerts/${alert.id}`)).status === 'RESOLVED', 'it is resolved');
    const handled = await server.api('GET', `/alerts/${alert.id}`);
    assert.equal(handled.assignee?.type, 'user');
    await pages.getByRole('link', { name: 'Overview' }).click();
    await page.getByRole('link', { name: '1 High, < 1 h' }).waitFor();
    await page.getByRole('row', { name: /An Okta account is locked/ }).waitFor();
    await expectAccessible(page, 'the overview');
  });
  expectNoFaults(faults);
});
