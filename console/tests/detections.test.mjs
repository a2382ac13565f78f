// The lists of detections: filters, switches, coverage, packs, globals, data models and changes.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { expectAccessible, expectFits, expectNoFaults, member, open, person, setTheme, settled, startBrowser, steps } from './browser.mjs';
import { startServer, until } from './server.mjs';

/** @type {import('./server.mjs').Server} */
let server;
/** @type {import('playwright-core').Browser} */
let browser;
/** @type {Awaited<ReturnType<typeof person>>} */
let admin;
/** @type {Awaited<ReturnType<typeof person>>} */
let reader;

const HOSTILE = '<img src=x onerror=alert(1)>';

/** @param {string} id @param {string} keys */
const rule = (id, keys) => `AnalysisType: rule\nRuleID: ${id}\nEnabled: true\nLogTypes: [Okta.SystemLog]\n${keys}`
  + 'Detection:\n  - { Key: eventType, Condition: Equals, Value: nothing }\n';
const RULES = {
  'guess.yml': rule('Example.Guess', 'Severity: High\nTests: [{ Name: Something else, ExpectedResult: false, Log: { eventType: other } }]\nDisplayName: Somebody guesses passwords\nTags: [Identity]\n'
    + 'Reports: { "MITRE ATT&CK": ["TA0006:T1110", "TA0006:T1110.003"] }\n'),
  'spray.yml': rule('Example.Spray', 'Severity: Low\nReports: { "MITRE ATT&CK": ["TA0006:T1110", "TA0099:T9999"] }\n'),
  'hostile.yml': rule('Example.Hostile', `Severity: Info\nDisplayName: "${HOSTILE}"\nTags: ["${HOSTILE}"]\n`),
  'broken.yml': rule('Example.Broken', 'Severity: Hgih\n'),
  'pack.yml': 'AnalysisType: pack\nPackID: Example.Pack\nDisplayName: Passwords\nDescription: What is about passwords\n'
    + 'PackDefinition: { IDs: [Example.Guess, Example.Spray, example_helpers] }\n',
  'helpers.yml': 'AnalysisType: global\nGlobalID: example_helpers\nFilename: helpers.py\n',
  'helpers.py': 'X = 1\n',
};

before(async () => {
  server = await startServer({ rules: RULES });
  browser = await startBrowser();
  admin = await member(browser, server, 'mira@example.com', 'Admin');
  reader = await member(browser, server, 'noor@example.com', 'AnalystReadOnly');
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

/** @param {import('playwright-core').Page} page @param {number} count */
const rows = (page, count) => page.waitForFunction(
  (wanted) => document.querySelectorAll('table[aria-label=Detections] tbody tr').length === wanted, count);

/** What of some detections runs, as the API says. */
const enabled = async () => {
  const { results } = await server.api('GET', '/internal/detections');
  return results.filter((/** @type {any} */ one) => one.enabled).map((/** @type {any} */ one) => one.id).sort();
};

test('detections are found, sorted and switched, with the mouse and by keyboard', async (t) => {
  const { page, faults } = admin;
  const step = steps(t, browser);

  await step('all are listed; a broken one says why, and hostile names are text', async () => {
    await open(page, '/detections');
    await rows(page, 5);
    await page.getByText('5 of 5 detections').waitFor();
    await page.getByRole('link', { name: HOSTILE, exact: true }).waitFor();
    const broken = page.getByRole('row', { name: /Example\.Broken/ });
    await broken.getByText('Broken', { exact: true }).waitFor();
    await broken.getByText(/Hgih/).waitFor();
    await page.getByRole('row', { name: /Somebody guesses passwords/ }).getByText('High').waitFor();
  });

  await step('filters and order stand in the address', async () => {
    await page.getByLabel('Name or id').fill('GUESS');
    await page.waitForURL(/name-contains=GUESS/);
    await rows(page, 1);
    await page.reload();
    await settled(page);
    await rows(page, 1);
    await page.getByLabel('Name or id').fill('example.');
    await page.getByLabel('State').selectOption({ label: 'Enabled' });
    await rows(page, 3);
    await page.getByRole('button', { name: 'Severity', exact: true }).click();
    await page.waitForURL(/sort=severity/);
    await page.waitForFunction(() => /Example\.Spray/.test(document.querySelector('table[aria-label=Detections] tbody tr')?.textContent ?? ''));
    await page.getByRole('button', { name: 'Severity', exact: true }).click();
    await page.waitForURL(/sort=-severity/);
    await page.getByLabel('Tag').fill('identity');
    await page.waitForURL(/tag=/);
    await page.waitForFunction(() => /is locked out|guesses/.test(document.querySelector('table[aria-label=Detections] tbody tr')?.textContent ?? ''));
    await rows(page, 2);
    await page.getByRole('button', { name: 'Show all' }).click();
    await rows(page, 5);
  });

  await step('j, x and a button disable one; the API says so', async () => {
    await page.getByLabel('Name or id').fill('spray');
    await rows(page, 1);
    await page.getByLabel('Name or id').press('Enter');
    await page.keyboard.press('x');
    await page.getByText('1 selected').waitFor();
    await page.getByRole('button', { name: 'Disable', exact: true }).click();
    await page.getByText('Example.Spray: disabled').waitFor();
    await page.getByRole('row', { name: /Example\.Spray/ }).getByText('Disabled').waitFor();
    assert.ok(!(await enabled()).includes('Example.Spray'));
  });

  await step('all that match are switched at once', async () => {
    await page.getByLabel('Name or id').fill('example.');
    await rows(page, 5);
    await page.getByLabel('Name or id').press('Enter');
    await page.keyboard.press('j');
    await page.locator('table[aria-label=Detections] tbody tr:nth-child(2)[aria-current=true]').waitFor();
    await page.keyboard.press('x');
    await page.getByRole('button', { name: 'Select all 5 that match' }).click();
    await page.getByText('5 selected').waitFor();
    await page.getByRole('button', { name: 'Disable', exact: true }).click();
    await page.getByText('5 detections: disabled').waitFor();
    assert.deepEqual(await enabled(), []);
    await page.getByRole('checkbox', { name: 'Select all' }).check();
    await page.getByText('5 selected').waitFor();
    await page.getByRole('button', { name: 'Enable', exact: true }).click();
    await page.getByText('5 detections: enabled').waitFor();
    await until(async () => (await enabled()).length === 5, 'all run again');
    await expectAccessible(page, 'detections');
  });
  expectNoFaults(faults);
});

test('the matrix shows what is covered, leads to the detections, and is exported', async (t) => {
  const { page, faults } = admin;
  const step = steps(t, browser);
  await step('a technique with its detections', async () => {
    await open(page, '/detections/mitre');
    await page.getByText('2 techniques have a detection that runs.', { exact: false }).waitFor();
    await page.getByLabel('Only what detections name').check({ force: true });
    await page.waitForURL(/covered=true/);
    assert.equal(await page.locator('.technique').count(), 2);
    await page.getByRole('button', { name: 'Brute Force T1110 2 enabled' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('link', { name: 'Example.Guess' }).waitFor();
    assert.match(page.url(), /technique=/);
    await expectAccessible(page, 'a technique');
    await dialog.getByRole('link', { name: 'Show them in the list' }).click();
    await rows(page, 2);
    await page.goBack();
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
  });
  await step('looking for one, and arrow keys', async () => {
    await page.getByLabel('Only what detections name').uncheck({ force: true });
    await page.getByLabel('Name or id of a technique').fill('password');
    await page.waitForURL(/find=password/);
    const cells = page.locator('.technique');
    await page.waitForFunction(() => [...document.querySelectorAll('.technique')].every((one) => /password/i.test(one.textContent ?? '')));
    const count = await cells.count();
    assert.ok(count > 3, String(count));
    assert.equal(await page.locator('.technique[tabindex="0"]').count(), 1);
    await page.locator('.technique[tabindex="0"]').focus();
    const place = () => page.evaluate(() =>
      `${document.activeElement?.closest('section')?.getAttribute('aria-label')}: ${document.activeElement?.textContent}`);
    const first = await place();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowRight');
    const next = await place();
    assert.ok(/password/i.test(next) && next.split(':')[0] !== first.split(':')[0], `${first} and ${next}`);
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
  });
  await step('what has no place is told, and the layer is the Navigator’s', async () => {
    await page.getByRole('row', { name: /TA0099:T9999.*unknown tactic.*Example\.Spray/ }).waitFor();
    const [download] = await Promise.all([
      page.waitForEvent('download'), page.getByRole('link', { name: 'Export for the Navigator' }).click(),
    ]);
    assert.equal(download.suggestedFilename(), 'margay-detections.json');
    const layer = await server.api('GET', '/internal/detections/matrix/layer');
    assert.deepEqual(layer.techniques.map((/** @type {any} */ one) => [one.techniqueID, one.score]), [['T1110', 2], ['T1110.003', 1]]);
    await page.getByLabel('Name or id of a technique').fill('');
    await page.waitForURL((address) => !address.search.includes('find'));
    await page.getByText('covered only by disabled detections').waitFor();
    await expectAccessible(page, 'the matrix');
  });
  expectNoFaults(faults);
});

test('tests of a detection from a file run, and an id that is a page has its own', async () => {
  const { page, faults } = admin;
  await open(page, '/detections/Example.Guess?tab=tests');
  await page.getByText('Not run').waitFor();
  await page.getByRole('button', { name: 'Run: Something else' }).click();
  await page.getByText('Passed', { exact: true }).waitFor();
  const [answer] = await Promise.all([
    page.waitForResponse('**/internal/detections/test'), page.getByRole('button', { name: 'Run all tests' }).click(),
  ]);
  assert.equal(answer.status(), 200);
  await page.getByRole('status').getByText('1 passed').waitFor();
  assert.equal(await page.getByRole('button', { name: /^Duplicate/ }).count(), 0);
  await server.api('PUT', '/internal/detections/mitre', { kind: 'simple_rule', yaml: rule('mitre', 'Severity: Low\n'), python: null });
  await open(page, '/detections?name-contains=mitre');
  await page.getByRole('row', { name: /mitre/ }).getByRole('link', { name: 'mitre' }).click();
  await page.getByRole('heading', { level: 1, name: 'mitre' }).waitFor();
  await page.getByRole('tab', { name: 'Settings' }).click();
  await page.waitForURL(/\/detections\/~mitre\?tab=settings/);
  await page.reload();
  await page.getByRole('heading', { level: 1, name: 'mitre' }).waitFor();
  await server.api('DELETE', '/internal/detections/mitre');
  expectNoFaults(faults);
});

test('a pack is switched as a whole', async () => {
  const { page, faults } = admin;
  await open(page, '/detections/packs');
  const row = page.getByRole('row', { name: /Passwords/ });
  await row.getByText('3 of 3').waitFor();
  await row.getByText('2 of 2').waitFor();
  await expectAccessible(page, 'packs');
  await row.getByRole('button', { name: 'Disable all of Passwords' }).click();
  await row.getByText('0 of 2').waitFor();
  assert.ok((await enabled()).every((/** @type {string} */ id) => !['Example.Guess', 'Example.Spray'].includes(id)));
  await row.getByRole('link', { name: 'Passwords' }).click();
  await page.getByText('3 of 3 items are there, 0 of 2 detections are enabled.').waitFor();
  await page.getByText('What is about passwords').waitFor();
  await page.getByRole('button', { name: 'Enable all of Passwords' }).click();
  await page.getByText('3 of 3 items are there, 2 of 2 detections are enabled.').waitFor();
  await page.getByRole('row', { name: /example_helpers Global has no switch/ }).waitFor();
  await expectAccessible(page, 'a pack');
  assert.ok((await enabled()).includes('Example.Spray'));
  expectNoFaults(faults);
});

test('globals and data models are made, opened and deleted, and every change is listed', async (t) => {
  const { page, faults } = admin;
  const step = steps(t, browser);
  await step('a global', async () => {
    await open(page, '/detections/globals');
    await page.getByRole('row', { name: /example_helpers/ }).waitFor();
    await page.getByRole('button', { name: 'New global' }).click();
    await page.getByRole('textbox', { name: 'Id', exact: true }).fill('not a module');
    await page.getByText('no digit first').waitFor();
    await page.getByRole('textbox', { name: 'Id', exact: true }).fill('example_helpers');
    await page.getByRole('button', { name: 'Make it' }).click();
    await page.getByRole('dialog').getByText(/is taken by a global/).waitFor();
    assert.equal(await page.getByRole('textbox', { name: 'Id', exact: true }).inputValue(), 'example_helpers', 'what was typed stays');
    await expectAccessible(page, 'a new global');
    await page.getByRole('textbox', { name: 'Id', exact: true }).fill('company_helpers');
    await page.getByRole('button', { name: 'Make it' }).click();
    await page.waitForURL(/\/detections\/company_helpers/);
    const made = await server.api('GET', '/internal/detections/company_helpers');
    assert.deepEqual([made.kind, made.origin, made.problem], ['global', 'api', null]);
  });
  await step('a data model', async () => {
    await open(page, '/detections/data-models');
    await page.getByRole('heading', { name: 'There are no data models' }).waitFor();
    await page.getByRole('button', { name: 'New data model' }).first().click();
    await page.getByRole('textbox', { name: 'Id', exact: true }).fill('Company.Okta');
    await page.getByLabel('Log type').selectOption('Okta.SystemLog');
    await page.getByRole('button', { name: 'Make it' }).click();
    await page.waitForURL(/\/detections\/Company\.Okta/);
    const made = await server.api('GET', '/internal/detections/Company.Okta');
    assert.deepEqual([made.kind, made.enabled, made.problem], ['data_model', false, null]);
    await open(page, '/detections/data-models');
    await page.getByRole('row', { name: /Company\.Okta Disabled Okta\.SystemLog/ }).waitFor();
    await expectAccessible(page, 'data models');
  });
  await step('a global is deleted, one of a directory is not', async () => {
    await open(page, '/detections/globals');
    assert.equal(await page.getByRole('button', { name: 'Delete example_helpers' }).count(), 0);
    await page.getByRole('button', { name: 'Delete company_helpers' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await page.getByText('The global company_helpers is deleted').waitFor();
    await page.getByRole('row', { name: /company_helpers/ }).waitFor({ state: 'detached' });
    const { results } = await server.api('GET', '/internal/detections?kind=global');
    assert.deepEqual(results.map((/** @type {any} */ one) => one.id), ['example_helpers']);
  });
  await step('the changes', async () => {
    await open(page, '/detections/changes');
    await page.getByRole('row', { name: /Mira Ode Deleted company_ ?helpers 0 0 1/ }).waitFor();
    await page.getByRole('row', { name: /Mira Ode Saved company_ ?helpers 1 0 0/ }).getByRole('link').first().waitFor();
    await expectAccessible(page, 'changes');
  });
  expectNoFaults(faults);
});

test('what is switched on its own page is so in the list', async () => {
  const { page, faults } = admin;
  await open(page, '/detections');
  await page.getByRole('link', { name: /^Example\. ?Spray$/ }).click();
  await page.getByRole('heading', { level: 1, name: 'Example.Spray', exact: true }).waitFor();
  await page.getByRole('button', { name: 'What else can be done' }).click();
  await page.getByRole('menuitem', { name: 'Disable' }).click();
  await page.getByText('Disabled: Example.Spray').waitFor();
  await page.goBack();
  await page.getByRole('row', { name: /Example\. ?Spray/ }).getByText('Disabled', { exact: true }).waitFor();
  await server.api('POST', '/internal/detections/enabled', { ids: ['Example.Spray'], enabled: true });
  expectNoFaults(faults);
});

test('who may not change policies selects none of them, and sees no switch of a pack that has one', async () => {
  const policy = 'AnalysisType: policy\nPolicyID: Example.Bucket\nEnabled: true\nFilename: example_bucket.py\nResourceTypes: [AWS.S3.Bucket]\nSeverity: Low\n';
  const pack = 'AnalysisType: pack\nPackID: Example.Buckets\nDisplayName: Buckets\nPackDefinition: { IDs: [Example.Bucket, Example.Guess] }\n';
  await server.api('PUT', '/internal/detections/Example.Bucket', { kind: 'policy', yaml: policy, python: 'def policy(resource):\n    return True\n' });
  await server.api('PUT', '/internal/detections/Example.Buckets', { kind: 'pack', yaml: pack, python: null });
  await server.api('POST', '/roles', { name: 'Rule writers', permissions: ['RuleRead', 'RuleModify', 'PolicyRead'] });
  const before = await enabled();
  const { page, faults } = await member(browser, server, 'joan@example.com', 'Rule writers');
  await open(page, '/detections');
  await rows(page, 6);
  assert.ok(await page.getByRole('row', { name: /Example\. ?Bucket/ }).getByRole('checkbox').isDisabled());
  await page.getByRole('checkbox', { name: 'Select all' }).check();
  await page.getByText('5 selected').waitFor();
  await page.getByText(/^Policies are left out/).waitFor();
  await page.getByRole('checkbox', { name: 'Select all' }).uncheck();
  await page.getByRole('row', { name: /Example\. ?Spray/ }).getByRole('checkbox').check();
  await page.getByText('1 selected').waitFor();
  const selectAll = page.getByRole('button', { name: 'Select all that match and are no policies' });
  await selectAll.click();
  await page.getByText('5 selected').waitFor();
  await selectAll.waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'Disable', exact: true }).click();
  await page.getByText('5 detections: disabled').waitFor();
  assert.deepEqual(await enabled(), ['Example.Bucket']);
  await open(page, '/detections/packs');
  await page.getByRole('button', { name: 'Enable all of Passwords' }).waitFor();
  assert.equal(await page.getByRole('button', { name: /able all of Buckets/ }).count(), 0);
  await open(page, '/detections/packs/Example.Buckets');
  await page.getByRole('row', { name: /Example\. ?Bucket/ }).waitFor();
  assert.equal(await page.getByRole('button', { name: /able all of/ }).count(), 0);
  await server.api('POST', '/internal/detections/enabled', { ids: before, enabled: true });
  for (const id of ['Example.Buckets', 'Example.Bucket']) await server.api('DELETE', `/internal/detections/${id}`);
  expectNoFaults(faults);
});

test('who may only look sees no button that would fail, and the API refuses', async () => {
  const { page, faults } = reader;
  await open(page, '/detections');
  await rows(page, 5);
  assert.equal(await page.getByRole('checkbox').count(), 0);
  assert.equal(await page.getByRole('link', { name: 'New detection' }).count(), 0);
  await open(page, '/detections/packs');
  await page.getByRole('row', { name: /Passwords/ }).waitFor();
  assert.equal(await page.getByRole('button', { name: /able all of/ }).count(), 0);
  await open(page, '/detections/globals');
  await page.getByRole('row', { name: /example_helpers/ }).waitFor();
  assert.equal(await page.getByRole('button', { name: /New global|Delete/ }).count(), 0);
  for (const [path, body] of [
    ['/internal/detections/enabled', { ids: ['Example.Guess'], enabled: false }], ['/internal/packs/Example.Pack/enabled', { enabled: false }],
  ]) {
    const status = await page.evaluate(async ([address, form]) => {
      const session = await (await fetch('/internal/session')).json();
      const headers = { 'X-CSRF-Token': session.csrfToken, 'Content-Type': 'application/json' };
      return (await fetch(/** @type {string} */ (address), { method: 'POST', headers, body: JSON.stringify(form) })).status;
    }, [path, body]);
    assert.equal(status, 403, String(path));
  }
  assert.ok((await enabled()).includes('Example.Guess'));
  expectNoFaults(faults);
});

test('in the dark, and on a narrow screen', async () => {
  const { page, faults } = reader;
  await open(page, '/detections');
  await setTheme(page, 'dark');
  await rows(page, 5);
  await expectAccessible(page, 'detections in the dark');
  await open(page, '/detections/mitre');
  await expectAccessible(page, 'the matrix in the dark');
  for (const [path, name] of [['packs', 'Packs'], ['data-models', 'Data models'], ['globals', 'Globals'], ['changes', 'Changes']]) {
    await open(page, `/detections/${path}`);
    await page.getByRole('heading', { level: 1, name, exact: true }).waitFor();
    await expectAccessible(page, `${name} in the dark`);
  }
  await open(page, '/detections/mitre');
  await page.setViewportSize({ width: 390, height: 800 });
  await page.locator('.matrix-list').waitFor();
  await page.locator('summary', { hasText: 'Credential Access' }).click();
  await page.getByRole('button', { name: /^Brute Force T1110/ }).click();
  await page.getByRole('dialog').getByRole('link', { name: 'Example.Guess' }).waitFor();
  await page.keyboard.press('Escape');
  for (const path of ['/detections/mitre', '/detections', '/detections/packs', '/detections/packs/Example.Pack', '/detections/globals', '/detections/changes']) {
    if (path !== '/detections/mitre') await open(page, path);
    await expectFits(page, path);
  }
  expectNoFaults(faults);
});
