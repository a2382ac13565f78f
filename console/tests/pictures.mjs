// The pictures of the documentation, in both themes: `PICTURES=DIR make test-console`. Not part of the tests.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expectNoFaults, member, open, settled, startBrowser } from './browser.mjs';
import { startServer, until } from './server.mjs';

const folder = process.env['PICTURES'] ?? '';
if (folder === '') throw new Error('PICTURES names no folder; run: PICTURES=$PWD/docs/images/console make test-console');

const PEOPLE = ['ada', 'ben', 'cleo', 'dana', 'emmy', 'finn', 'gina', 'hugo', 'ida', 'jo', 'kim', 'lena', 'max', 'noor'];

/** What happens in the company: event, name of the rule, severity, title, how many people it concerns. */
const KINDS = /** @type {const} */ ([
  ['user.account.privilege.grant', 'Okta.Admin.Granted', 'An administrator was made in Okta', 'Critical', '{actor.alternateId} made an administrator in Okta', 2],
  ['user.mfa.factor.reset_all', 'Okta.Factors.Reset', 'All second factors were reset', 'High', 'All second factors of {actor.alternateId} were reset', 4],
  ['user.session.impersonation.grant', 'Okta.Support.Access', 'Okta support was let in', 'Medium', 'Okta support was let in by {actor.alternateId}', 5],
  ['system.api_token.create', 'Okta.Token.Made', 'An API token was made', 'Low', '{actor.alternateId} made an API token', 9],
  ['user.session.access_admin_app', 'Okta.Admin.App', 'The admin app was opened', 'Info', '{actor.alternateId} opened the admin app', 12],
]);

/** @param {typeof KINDS[number]} kind */
const rule = ([event, id, name, severity, title]) => `AnalysisType: rule
RuleID: ${id}
DisplayName: ${name}
Enabled: true
LogTypes: [Okta.SystemLog]
Severity: ${severity}
Description: ${name}.
Runbook: |
  1. Ask **who did it** whether it was meant.
  2. Look at the addresses in the events: are they of the company?
  3. If not, sign the person out everywhere and reset the password.
Tags: [Identity]
Reports: { "MITRE ATT&CK": ["TA0004:T1098"] }
Detection:
  - { Key: eventType, Condition: Equals, Value: ${event} }
AlertTitle: "${title}"
GroupBy: [{ KeyPath: actor.alternateId }]
AlertContext:
  - { KeyName: person, KeyValue: { KeyPath: actor.displayName } }
  - { KeyName: address, KeyValue: { KeyPath: client.ipAddress } }
`;

/** @param {string} event @param {number} at */
function record(event, at) {
  const who = PEOPLE[at % PEOPLE.length] ?? '';
  const name = who.charAt(0).toUpperCase() + who.slice(1);
  return JSON.stringify({
    uuid: `${event}-${at}-${Math.random()}`, published: new Date(Date.now() - at * 1000).toISOString(), eventType: event, version: '0',
    severity: 'WARN', displayMessage: event, actor: { id: `00u${at % PEOPLE.length}`, type: 'User', alternateId: `${who}@example.com`, displayName: name },
    client: { ipAddress: `203.0.113.${(at * 37) % 250}`, userAgent: { os: 'Linux', browser: 'FIREFOX' }, geographicalContext: { country: 'Norway', city: 'Bergen' } },
    outcome: { result: at % 3 === 0 ? 'FAILURE' : 'SUCCESS' }, target: [{ id: '00g1', type: 'UserGroup', displayName: 'Everyone' }],
  });
}

const dataDir = mkdtempSync(join(tmpdir(), 'margay-pictures-'));
const rules = Object.fromEntries(KINDS.map((kind) => [`${kind[1]}.yml`, rule(kind)]));
const quiet = Array.from({ length: 400 }, (_, at) => record('user.session.start', at));
const found = KINDS.flatMap(([event, , , , , count]) => Array.from({ length: count * 3 }, (_, at) => record(event, at % count)));
const expected = KINDS.reduce((sum, kind) => sum + kind[5], 0);

let server = await startServer({ dataDir, rules });
const sent = await fetch(`${server.base}/http/okta`, { method: 'POST', body: [...quiet, ...found].join('\n') });
if (!sent.ok) throw new Error(await sent.text());
await until(async () => (await server.api('GET', '/alerts?limit=50')).results.length >= expected, 'alerts are made');
await server.stop();
execFileSync('python3', [new URL('past.py', import.meta.url).pathname, dataDir]);
rmSync(join(dataDir, 'address'), { force: true });
server = await startServer({ dataDir, rules });

const browser = await startBrowser();
const { page, faults } = await member(browser, server, 'mira@example.com', 'Admin');
// With somebody else the overview has no more steps to tell.
await server.api('POST', '/users', { email: 'noor@example.com', givenName: 'Noor', familyName: 'Ide', role: { name: 'Analyst' } });
const { results: alerts } = await server.api('GET', '/alerts?limit=50&severity=HIGH');
const { results: [mira] } = await server.api('GET', '/users?email=mira@example.com');
await server.api('PATCH', '/alerts', { ids: alerts.slice(0, 2).map((/** @type {any} */ one) => one.id), status: 'TRIAGED', assignee: mira.id });
const alert = alerts[0]?.id ?? '';

/** In both themes, when nothing moves any more. @param {string} name */
async function picture(name) {
  for (const colorScheme of /** @type {const} */ (['light', 'dark'])) {
    await page.emulateMedia({ colorScheme });
    await page.mouse.move(0, 0);
    // What turns for ever, as while one waits, is no reason to wait.
    await page.waitForFunction(() => document.getAnimations().every((one) =>
      one.playState !== 'running' || one.effect?.getTiming().iterations === Infinity));
    // Charts are drawn anew in the next frames.
    await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
    await page.screenshot({ path: join(folder, `${name}-${colorScheme}.png`) });
  }
}

/** The whole text of an editor is another one. @param {string} name @param {string} text */
async function write(name, text) {
  await page.getByRole('textbox', { name, exact: true }).click();
  await page.keyboard.press('ControlOrMeta+a');
  await page.keyboard.press('Delete');
  await page.keyboard.insertText(text);
}

mkdirSync(folder, { recursive: true });
await open(page, '/');
await page.locator('canvas').nth(1).waitFor();
await picture('overview');

await open(page, '/alerts');
await page.getByRole('link', { name: /second factors/ }).first().waitFor();
await picture('alerts');

await open(page, `/alerts/${alert}`);
await page.getByText('Ask who did it').waitFor();
await picture('alert');

await open(page, '/destinations/new');
await page.getByRole('link', { name: 'Slack', exact: true }).waitFor();
await picture('destination-catalogue');

await page.getByRole('link', { name: 'Slack', exact: true }).click();
await page.locator('#displayName').fill('security-chat');
await page.locator('[id="config.webhook_url"]').fill('https://hooks.slack.example/services/T0/B1/secret');
for (const name of ['Critical', 'High']) await page.getByRole('checkbox', { name }).check();
await picture('destination-form');

page.on('dialog', (dialog) => void dialog.accept());
await open(page, '/detections/new?kind=rule&id=Okta.User.LockedOut&name=An+Okta+account+is+locked&log-type=Okta.SystemLog');
await write('Python', `def rule(event):
    return event.deep_get("outcome", "reason") == "LOCKED_OUT"


def title(event):
    who = event.deep_get("actor", "alternateId", default="somebody")
    return f"{who} is locked out of Okta"
`);
await page.getByRole('tab', { name: /^Tests/ }).click();
await page.getByRole('button', { name: 'Run all tests' }).click();
await page.getByRole('tab', { name: /Tests 1 failed/ }).waitFor();
await picture('detection-editor');

await open(page, '/log-sources/new?label=Okta&types=%5B%22Okta.SystemLog%22%5D&step=senders&auth=Bearer&stream=Lines');
await page.getByRole('button', { name: 'Make the source' }).click();
await page.getByText('Waiting for the first event').waitFor();
await settled(page);
await page.waitForFunction(() => document.querySelector('h1')?.textContent === 'A new log source');
await picture('log-source-wizard');

expectNoFaults(faults);
await browser.close();
await server.stop();
rmSync(dataDir, { recursive: true, force: true });
console.log(`${readdirSync(folder).length} files in ${folder}`);
