// From nothing to events: a source is made step by step, the texts for its senders are run, what fails is tried on
// the schema, and the schema is mended. Who may only look sees no button that would fail.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { expectAccessible, expectFits, expectNoFaults, hold, member, open, settled, startBrowser, steps } from './browser.mjs';
import { startServer, until } from './server.mjs';

const run = promisify(execFile);

/** @type {import('./server.mjs').Server} */
let server;
/** @type {import('playwright-core').Browser} */
let browser;
/** @type {Awaited<ReturnType<typeof member>>} */
let admin;
/** @type {Awaited<ReturnType<typeof member>>} */
let reader;
/** Where the texts for senders are run. */
const folder = mkdtempSync(join(tmpdir(), 'margay-sender-'));

const SCHEMA = `schema: Custom.Door
description: Doors of the house
fields:
  - name: door
    type: string
    required: true
    indicators: [hostname]
    description: Which one
  - name: floor
    type: int
`;
const GOOD = '{"door": "north", "floor": 2}';
/** A record that the schema does not take, with texts that would run where they are taken for something else. */
const BAD = '{"door": "<img src=x onerror=alert(1)>", "floor": "<script>alert(1)</script>", "javascript:alert(1)": "\\"><svg/onload=alert(1)>"}';

before(async () => {
  server = await startServer();
  browser = await startBrowser();
  admin = await member(browser, server, 'mira@example.com', 'Admin');
  reader = await member(browser, server, 'noor@example.com', 'AnalystReadOnly');
});
after(async () => {
  await browser?.close();
  await server?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Runs a text of the page as a sender would. @param {string} text @param {string} records */
async function send(text, records) {
  writeFileSync(join(folder, 'logs.jsonl'), `${records}\n`);
  return (await run('sh', ['-c', text], { cwd: folder })).stdout;
}

/** @param {import('playwright-core').Page} page */
const snippetOf = (page) => page.getByRole('region', { name: 'Text for curl' }).innerText();

/** Puts a text into the editor. @param {import('playwright-core').Page} page @param {string} text */
async function write(page, text) {
  const editor = page.getByRole('textbox', { name: 'Text of the schema' });
  await editor.click();
  await page.keyboard.press('Control+A');
  await page.keyboard.press('Delete');
  await page.keyboard.insertText(text);
}

/** The other theme, when its colours are there. @param {import('playwright-core').Page} page */
const turn = (page) => page.evaluate(async () => {
  document.documentElement.classList.toggle('pf-v6-theme-dark');
  await new Promise((resolve) => requestAnimationFrame(resolve));
  const changing = document.getAnimations().filter((one) => one instanceof CSSTransition);
  await Promise.all(changing.map((one) => one.finished.catch(() => null)));
});

/** Accessible in both themes, and not wider than a narrow screen. @param {import('playwright-core').Page} page @param {string} what */
async function sound(page, what) {
  await expectAccessible(page, what);
  await turn(page);
  await expectAccessible(page, `${what}, dark`);
  await turn(page);
  await page.setViewportSize({ width: 390, height: 844 });
  await expectFits(page, what);
  await page.setViewportSize({ width: 1280, height: 900 });
}

test('a source is made, its first event seen, a failure tried on the schema, and the schema mended', async (t) => {
  const { page, faults } = admin;
  const step = steps(t, browser);
  let id = '';

  await step('the list leads to a new source, and its first step to a new schema', async () => {
    await open(page, '/log-sources');
    await page.getByRole('link', { name: 'okta' }).waitFor();
    await page.getByRole('link', { name: 'Add a log source' }).click();
    await page.getByRole('textbox', { name: 'Name' }).fill('House');
    await page.waitForURL(/label=House/);
    await page.getByText('Choose at least one log type').waitFor();
    assert.equal(await page.getByRole('button', { name: 'Next' }).isDisabled(), true);
    await sound(page, 'the first step');
    await page.getByRole('link', { name: 'Write a schema' }).click();
  });

  await step('a schema is written beside a sample, and where it is wrong is said', async () => {
    await write(page, SCHEMA.replace('type: int', 'type: number'));
    await page.getByLabel('Sample').fill(`${GOOD}\n{"floor": 1}`);
    await page.getByRole('button', { name: 'Try' }).click();
    await page.getByText(/Line 10, column \d+/).waitFor();
    await sound(page, 'a schema with a mistake');
    await write(page, SCHEMA);
    await page.getByRole('button', { name: 'Try' }).click();
    await page.getByText('2 records, 1 event, 1 record failed.').waitFor();
    await page.getByText('"Custom.Door"').first().waitFor();
    await page.getByText('Required field "door" is missing.').waitFor();
    await sound(page, 'a sample that was tried');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('heading', { level: 1, name: 'Custom.Door' }).waitFor();
    assert.equal((await server.api('GET', '/schemas/Custom.Door')).spec, SCHEMA);
    assert.equal(await page.getByLabel('Sample').inputValue(), `${GOOD}\n{"floor": 1}`, 'the sample is lost');
    assert.ok(!page.url().includes('north'), 'the sample stands in the address');
  });

  await step('the way back loses nothing', async () => {
    await page.goBack();
    await page.goBack();
    await page.waitForURL(/log-sources\/new/);
    assert.equal(await page.getByRole('textbox', { name: 'Name' }).inputValue(), 'House');
    await page.getByPlaceholder('Look for a log type').fill('door');
    await page.getByRole('checkbox', { name: 'Custom.Door' }).check();
    await page.getByRole('button', { name: 'Next' }).click();
    await page.getByRole('radio', { name: /One record a line/ }).check();
    await sound(page, 'the second step');
    await page.getByRole('button', { name: 'Next' }).click();
    await page.getByRole('radio', { name: /Nothing/ }).check();
    await page.getByText('Anybody can send').waitFor();
    await page.getByRole('radio', { name: /Bearer token/ }).check();
    await sound(page, 'the third step');
    await page.reload();
    await settled(page);
    await page.getByRole('radio', { name: /Bearer token/ }).waitFor();
    await page.goBack();
    assert.equal(await page.getByRole('radio', { name: /One record a line/ }).isChecked(), true);
    await page.goForward();
    await page.getByRole('button', { name: 'Make the source' }).click();
    await page.getByText('Waiting for the first event').waitFor();
    id = new URL(page.url()).searchParams.get('id') ?? '';
    const made = await server.api('GET', `/log-sources/http/${id}`);
    assert.deepEqual([made.integrationLabel, made.logTypes, made.logStreamType, made.authMethod], ['House', ['Custom.Door'], 'Lines', 'Bearer']);
  });

  await step('the text for curl is run as it is, and the page shows the event, then the failure', async () => {
    const secret = await page.getByRole('textbox', { name: 'Token', exact: true }).inputValue();
    assert.match(secret, /^[0-9a-f]{64}$/);
    assert.ok(!page.url().includes(secret), 'the secret stands in the address');
    const text = await snippetOf(page);
    assert.match(await send(text, GOOD), /accepted/);
    await page.getByText('1 event of Custom.Door').waitFor();
    await assert.rejects(send(text.replace(secret, 'another'), GOOD), /401/);
    await send(text, BAD);
    await page.getByText('Something arrived that fits no schema').waitFor();
    await page.getByRole('region', { name: 'The record' }).getByText(BAD).waitFor();
    for (const [tool, word] of [['Fluent Bit', 'json_lines'], ['Vector', 'newline_delimited'], ['OpenTelemetry Collector', 'export_raw']]) {
      await page.getByRole('tab', { name: tool }).click();
      const shown = await page.getByRole('region', { name: `Text for ${tool}` }).innerText();
      assert.ok(shown.includes(secret) && shown.includes(String(word)), shown);
    }
    await sound(page, 'the last step');
  });

  await step('after a reload the secret is not known any more, and the page says so', async () => {
    await page.reload();
    await settled(page);
    await page.getByText('The secret is not shown again').waitFor();
    assert.match(await snippetOf(page), /YOUR-SECRET/);
  });

  await step('the failure is tried on the schema, which is mended; what fits now is an event', async () => {
    await page.getByRole('link', { name: 'Try this on Custom.Door' }).first().click();
    await page.getByRole('heading', { level: 1, name: 'Custom.Door' }).waitFor();
    assert.ok(!page.url().includes('onerror'), 'the record stands in the address');
    assert.equal(await page.getByLabel('Sample').inputValue(), BAD);
    await page.getByRole('button', { name: 'Try' }).click();
    await page.getByText(/1 record, 0 events, 1 record failed/).waitFor();
    await page.getByRole('tab', { name: 'Text' }).click();
    await write(page, SCHEMA.replace('type: int', 'type: string'));
    await page.getByRole('button', { name: 'Try' }).click();
    await page.getByText('1 record, 1 event, nothing failed.').waitFor();
    await page.getByText('"<script>alert(1)</script>"', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Saved: Custom.Door').waitFor();
    assert.equal((await server.api('GET', '/schemas/Custom.Door')).revision, 2);
  });

  await step('the list says how much came', async () => {
    await until(async () => (await server.api('GET', '/internal/log-sources')).results.find((/** @type {any} */ one) => one.id === id).volume.day.failures === 1, 'counts');
    await open(page, '/log-sources');
    const row = page.getByRole('row', { name: /House/ });
    await row.getByRole('img', { name: /House: 1 event in 24 hours/ }).waitFor();
    await row.getByText('Failing').waitFor();
    const types = await page.locator('.log-type').evaluateAll((all) => all.map((one) => one.getBoundingClientRect().height));
    assert.ok(types.length > 0 && types.every((height) => height < 30), `a log type is on two lines: ${types}`);
    await sound(page, 'the list of sources');
    await row.getByRole('button', { name: 'What can be done about House' }).click();
    await page.getByRole('menuitem', { name: 'Alarm for silence' }).click();
    await page.getByLabel('An alert is made when no event came for').selectOption({ label: '1 hour' });
    await expectAccessible(page, 'the alarm');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('House may be silent for 1 hour').waitFor();
    assert.equal((await server.api('GET', `/log-source-alarms/${id}/SOURCE_NO_DATA`)).minutesThreshold, 60);
  });

  await step('the alert about it leads to the failures', async () => {
    const { results } = await server.api('GET', '/alerts?type=SYSTEM_ERROR');
    const alert = results.find((/** @type {any} */ one) => one.systemError.sourceId === id);
    await open(page, `/alerts/${alert.id}`);
    await page.getByText('Records fit no schema').first().waitFor();
    await page.getByRole('link', { name: 'The list of its failures' }).click();
    await page.waitForURL(/tab=failures/);
    await open(page, '/log-sources');
  });

  await step('its page has volume, failures and settings; a change by somebody else is said', async () => {
    await page.getByRole('link', { name: 'House' }).click();
    await page.getByText(/1 event, .* 1 failure in 24 hours/).waitFor();
    await page.getByRole('button', { name: '7 days' }).click();
    await page.waitForURL(/hours=168/);
    await sound(page, 'what came in');
    await page.getByRole('tab', { name: 'Failures' }).click();
    await page.getByRole('region', { name: 'The record' }).getByText(BAD).waitFor();
    await sound(page, 'the failures');
    await page.getByRole('tab', { name: 'Settings' }).click();
    await page.getByRole('textbox', { name: 'Name' }).fill('House of doors');
    const { authMethod, logTypes, logStreamType } = await server.api('GET', `/log-sources/http/${id}`);
    await server.api('PUT', `/log-sources/http/${id}`, { integrationLabel: 'House', authMethod, logTypes, logStreamType: logStreamType === 'Auto' ? 'Lines' : 'Auto' });
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('alert').getByText(/was changed meanwhile/).waitFor();
    assert.equal(await page.getByRole('textbox', { name: 'Name' }).inputValue(), 'House of doors', 'what was typed is lost');
    await sound(page, 'the settings after a conflict');
    page.once('dialog', (dialog) => void dialog.accept());
    await page.getByRole('tab', { name: 'Events' }).click();
    await page.getByRole('tab', { name: 'Settings' }).click();
    await page.getByRole('textbox', { name: 'Name' }).fill('House of doors');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Saved: House of doors').waitFor();
    assert.equal((await server.api('GET', `/log-sources/http/${id}`)).integrationLabel, 'House of doors');
  });
  expectNoFaults(faults);
});

test('a source that checks signatures takes what the text for curl signs; rotated credentials count at once', async (t) => {
  const { page, faults } = admin;
  await steps(t, browser)('signed, rotated, deleted', async () => {
  await open(page, '/log-sources/new?step=senders&label=Gateway&types=%5B%22Custom.Door%22%5D&auth=HMAC&header=X-Hub-Signature-256');
  // A secret that a shell would take apart.
  const secret = `it's "$HOME" \\ \`id\` 秘`;
  await page.getByRole('textbox', { name: 'Secret' }).fill(secret);
  await page.getByRole('button', { name: 'Make the source' }).click();
  await page.getByText('Waiting for the first event').waitFor();
  const text = await snippetOf(page);
  assert.match(await send(text, GOOD), /accepted/);
  await page.getByText('1 event of Custom.Door').waitFor();
  await page.getByRole('tab', { name: 'Vector' }).click();
  await page.getByText('This tool cannot sign').waitFor();
  await open(page, '/log-sources');
  await page.getByRole('button', { name: 'What can be done about Gateway' }).click();
  await page.getByRole('menuitem', { name: 'Rotate the credentials' }).click();
  await page.getByRole('button', { name: 'Rotate' }).click();
  const fresh = await page.getByRole('textbox', { name: 'Secret', exact: true }).inputValue();
  await page.getByRole('button', { name: 'Done' }).click();
  await assert.rejects(send(text, GOOD), /401/);
  const quoted = `'${secret.replaceAll("'", String.raw`'\''`)}'`;
  assert.match(await send(text.replace(quoted, fresh), GOOD), /accepted/);
  const palette = page.getByRole('dialog', { name: 'Jump to' });
  await page.keyboard.press('Control+k');
  await palette.getByRole('combobox').fill('gatew');
  await palette.getByRole('option', { name: /Gateway/ }).waitFor();
  await page.keyboard.press('Escape');
  await palette.waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'What can be done about Gateway' }).click();
  await page.getByRole('menuitem', { name: 'Delete' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
  await page.getByText('Deleted: Gateway').waitFor();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await page.keyboard.press('Control+k');
  await palette.getByRole('combobox').fill('gateway');
  await palette.getByText('Nothing is called that.').waitFor();
  await page.keyboard.press('Escape');
  await palette.waitFor({ state: 'detached' });
  await assert.rejects(send(text, GOOD), /404/);
  });
  expectNoFaults(faults);
});

test('schemas of every origin are found and read; one is archived and taken back', async () => {
  const { page, faults } = admin;
  await open(page, '/schemas?contains=okta');
  await page.getByRole('link', { name: 'Okta.SystemLog' }).waitFor();
  assert.equal(await page.getByRole('table', { name: 'Schemas' }).or(page.getByRole('grid', { name: 'Schemas' })).getByRole('link').count(), 1);
  await sound(page, 'the list of schemas');
  await page.getByRole('link', { name: 'Okta.SystemLog' }).click();
  await page.getByText('client.ipAddress').waitFor();
  assert.equal(await page.getByRole('button', { name: 'Save' }).count(), 0, 'a built-in schema is not written');
  await sound(page, 'the fields of a schema');
  await open(page, '/schemas/Custom.Door');
  await page.getByRole('button', { name: 'Archive' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Archive' }).click();
  await page.getByText('Custom.Door is archived').waitFor();
  assert.equal((await server.api('GET', '/schemas/Custom.Door')).isArchived, true);
  await page.getByRole('button', { name: 'Take back' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Take back' }).click();
  await page.getByText('Custom.Door takes logs again').waitFor();
  // Somebody else is first.
  await page.getByRole('tab', { name: 'Text' }).click();
  const { spec, revision } = await server.api('GET', '/schemas/Custom.Door');
  await server.api('PUT', '/schemas/Custom.Door', { spec: spec.replace('Doors', 'Gates'), revision });
  await write(page, `${SCHEMA}    description: Mine\n`);
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Somebody else was first').waitFor();
  await page.getByText('Gates of the house').first().waitFor();
  await sound(page, 'a conflict of two texts');
  await page.getByRole('button', { name: 'Go on with mine' }).click();
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Saved: Custom.Door').waitFor();
  const mine = await server.api('GET', '/schemas/Custom.Door');
  assert.deepEqual([mine.spec, mine.revision], [`${SCHEMA}    description: Mine\n`, revision + 2]);
  expectNoFaults(faults);
});

test('what stands beside the text of a schema stays, and what is typed during a save is not taken for saved', async () => {
  const { page, faults } = admin;
  const spec = SCHEMA.replace('Custom.Door', 'Custom.Gate').replace('description: Doors of the house\n', '');
  const beside = { description: 'Told beside', referenceURL: 'https://example.com/gates', isFieldDiscoveryEnabled: true };
  await server.api('PUT', '/schemas/Custom.Gate', { spec, ...beside });
  await open(page, '/schemas/Custom.Gate?tab=text');
  const save = page.getByRole('button', { name: 'Save', exact: true });
  const release = await hold(page, 'PUT', '/schemas/Custom.Gate');
  await write(page, `${spec}    description: First\n`);
  await Promise.all([page.waitForRequest((request) => request.method() === 'PUT'), save.click()]);
  await write(page, `${spec}    description: Second\n`);
  await release();
  await page.getByText('Saved: Custom.Gate').waitFor();
  assert.equal((await server.api('GET', '/schemas/Custom.Gate')).spec, `${spec}    description: First\n`);
  await save.click();
  await until(async () => (await server.api('GET', '/schemas/Custom.Gate')).revision === 3, 'the second save');
  const saved = await server.api('GET', '/schemas/Custom.Gate');
  assert.equal(saved.spec, `${spec}    description: Second\n`);
  assert.deepEqual([saved.description, saved.referenceURL, saved.isFieldDiscoveryEnabled], Object.values(beside));
  expectNoFaults(faults);
});

test('who may only look sees no button that would fail, and the API refuses', async () => {
  const { page, faults } = reader;
  await open(page, '/log-sources');
  await page.getByRole('link', { name: 'House of doors' }).waitFor();
  assert.equal(await page.getByRole('link', { name: 'Add a log source' }).count(), 0);
  assert.equal(await page.getByRole('button', { name: /What can be done/ }).count(), 0);
  await page.getByRole('link', { name: 'House of doors' }).click();
  await page.getByText('Alarm for silence').waitFor();
  assert.equal(await page.getByRole('button', { name: /the alarm/ }).count(), 0);
  await page.getByRole('tab', { name: 'Settings' }).click();
  await page.getByRole('textbox', { name: 'Name' }).waitFor();
  assert.equal(await page.getByRole('button', { name: 'Save' }).count(), 0);
  await sound(page, 'settings that are only read');
  await open(page, '/schemas/Custom.Door?tab=text');
  await page.getByRole('textbox', { name: 'Text of the schema' }).waitFor();
  for (const name of ['Save', 'Archive']) assert.equal(await page.getByRole('button', { name }).count(), 0, name);
  // Trying a sample of one's own changes nothing.
  await page.getByLabel('Sample').fill(GOOD);
  await page.getByRole('button', { name: 'Try' }).click();
  await page.getByText('1 record, 1 event, nothing failed.').waitFor();
  for (const path of ['/log-sources/new', '/schemas/new']) {
    await page.goto(`/console${path}`);
    await page.getByText('Not open to you').waitFor();
  }
  const statuses = await page.evaluate(async () => {
    const { csrfToken } = await (await fetch('/internal/session')).json();
    const ask = async (/** @type {string} */ method, /** @type {string} */ path, /** @type {unknown} */ body) =>
      (await fetch(path, { method, headers: { 'X-CSRF-Token': csrfToken }, body: JSON.stringify(body) })).status;
    const source = { integrationLabel: 'x', logStreamType: 'Auto', logTypes: ['Custom.Door'], authMethod: 'None' };
    return [await ask('POST', '/log-sources/http', source), await ask('PUT', '/schemas/Custom.X', { spec: 'x' }),
      await ask('PUT', '/log-source-alarms/okta/SOURCE_NO_DATA', { minutesThreshold: 60 }), await ask('DELETE', '/log-sources/http/okta', {})];
  });
  assert.deepEqual(statuses, [403, 403, 403, 403]);
  expectNoFaults(faults);
});

