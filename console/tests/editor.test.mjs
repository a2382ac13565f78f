// Detections are written in the browser: code, forms, tests, versions, and what keeps something from being saved.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { expectAccessible, expectFits, expectNoFaults, member, open, setTheme, settled, startBrowser, steps } from './browser.mjs';
import { startServer, until } from './server.mjs';

/** @type {import('./server.mjs').Server} */
let server;
/** @type {import('playwright-core').Browser} */
let browser;
/** @type {Awaited<ReturnType<typeof member>>} */
let admin;

const HOSTILE = '<img src=x onerror=alert(1)>';
const COMMENTED = `# why it is there: <b>people</b>
AnalysisType: rule # of events
RuleID: Example.Commented
Enabled: true
LogTypes: # where it looks
  - Okta.SystemLog # the main one
# how bad
Severity: Low # for now
Detection:
  - KeyPath: eventType
    Condition: Equals
    Value: user.session.start
Tests:
  - Name: a start # kept
    ExpectedResult: true
    Log: {eventType: user.session.start, large: 12345678901234567890}
`;
const PYTHON_YAML = `AnalysisType: rule
RuleID: Example.Edited
Enabled: true
Filename: example_edited.py
LogTypes: [Okta.SystemLog]
Severity: Medium
`;
const PYTHON = 'def rule(event):\n    return False\n';

before(async () => {
  server = await startServer();
  browser = await startBrowser();
  admin = await member(browser, server, 'mira@example.com', 'Admin');
  await server.api('PUT', '/internal/detections/Example.Commented', { kind: 'simple_rule', yaml: COMMENTED, python: null });
  await server.api('PUT', '/internal/detections/Example.Edited', { kind: 'rule', yaml: PYTHON_YAML, python: PYTHON });
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

const item = (/** @type {string} */ id) => server.api('GET', `/internal/detections/${id}`);
const editor = (/** @type {string} */ name) => admin.page.getByRole('textbox', { name, exact: true });
const textIn = async (/** @type {string} */ name) => (await editor(name).innerText()).replaceAll('\n\n', '\n');
const tab = (/** @type {string} */ name) => admin.page.getByRole('tab', { name: new RegExp(`^${name}`) }).click();
const save = () => admin.page.getByRole('button', { name: 'Save', exact: true }).click();
const saved = (/** @type {string} */ id) => admin.page.getByText(`Saved: ${id}`).first().waitFor();
/** The whole text of an editor is another one. @param {string} name @param {string} text */
async function write(name, text) {
  await editor(name).click();
  await admin.page.keyboard.press('ControlOrMeta+a');
  await admin.page.keyboard.insertText(text);
}

test('a Python rule is written, tested, saved, and makes an alert', async (t) => {
  const { page, faults } = admin;
  const step = steps(t, browser);

  await step('it begins with something that works', async () => {
    await open(page, '/detections/new');
    await expectAccessible(page, 'a new detection');
    await page.getByRole('textbox', { name: /^Id/ }).fill('Example.Often');
    await page.getByLabel('Log type').fill('Okta.SystemLog');
    await page.getByRole('button', { name: 'Write it' }).click();
    await editor('Python').waitFor();
    await expectAccessible(page, 'the editor of a new rule');
  });

  await step('fields of the event are suggested, with what they are', async () => {
    await editor('Python').click();
    await page.keyboard.press('ControlOrMeta+a');
    await page.keyboard.type('def rule(event):\nreturn event.deep_get("actor", "alt');
    const option = page.getByRole('option', { name: /alternateId/ });
    await option.waitFor();
    await page.locator('.cm-completionInfo', { hasText: 'Login or mail address of the actor' }).waitFor();
    await option.click();
    assert.match(await textIn('Python'), /event\.deep_get\("actor", "alternateId/);
  });

  await step('what is wrong is seen on its line, and goes when it is mended', async () => {
    await write('Python', 'def rule(event):\n    return evnt.get("eventType") == "user.account.lock"\n');
    await page.getByRole('button', { name: 'Python, line 2' }).waitFor();
    await page.getByRole('list', { name: 'Findings' }).getByText(/nothing defines `evnt`/i).waitFor();
    const marked = page.locator('.cm-lintRange-warning', { hasText: 'evnt' });
    assert.equal(await marked.count(), 1, 'the name is not underlined');
    await page.getByRole('button', { name: 'Python, line 2' }).click();
    await page.keyboard.press('Control+ArrowRight');
    await page.keyboard.press('Control+Backspace');
    await page.keyboard.insertText('event');
    await page.getByText(/nothing defines/i).waitFor({ state: 'detached' });
    assert.equal(await textIn('Python'), 'def rule(event):\n    return event.get("eventType") == "user.account.lock"\n');
  });

  await step('a failing test keeps it from being saved, and says what came of it', async () => {
    await page.keyboard.press('ControlOrMeta+s');
    const dialog = page.getByRole('dialog');
    await dialog.getByText('What is to be found').waitFor();
    await expectAccessible(page, 'tests that fail');
    await dialog.getByRole('button', { name: 'Keep editing' }).click();
    await page.getByRole('tab', { name: /Tests 1 failed/ }).click();
    await page.getByRole('row', { name: /rule false/ }).waitFor();
    await expectAccessible(page, 'a failing test');
    await assert.rejects(item('Example.Often'), /404/);
  });

  await step('the test is mended and run by itself; what every function gave stands beside it', async () => {
    await page.getByRole('button', { name: 'What is to be found', exact: true }).click();
    await write('Event (JSON) of test 1', '{"eventType": "user.account.lock", "id": 12345678901234567890');
    await page.getByText('This is no JSON yet').waitFor();
    await editor('Event (JSON) of test 1').press('End');
    await page.keyboard.insertText('}');
    await page.getByRole('button', { name: 'Run: What is to be found' }).click();
    await page.getByRole('grid', { name: 'What came of What is to be found' }).getByRole('row', { name: /rule true/ }).waitFor();
    await page.getByRole('button', { name: 'Run all tests' }).click();
    await page.getByRole('tab', { name: /Tests 2 passed/ }).waitFor();
  });

  await step('it is saved as it is written, and is live', async () => {
    await page.keyboard.press('ControlOrMeta+s');
    await saved('Example.Often');
    await page.waitForURL(/\/detections\/Example\.Often/);
    const now = await item('Example.Often');
    assert.match(now.yaml, /id: 12345678901234567890/, 'a large number lost digits');
    assert.equal(now.version, 1);
    assert.match(now.python.text, /event\.get\("eventType"\)/);
    await page.getByRole('tab', { name: /Tests 2 passed/ }).waitFor();
    await server.sendEvents(['ada@example.com']);
    await until(async () => (await server.api('GET', '/alerts?detection-id=Example.Often')).results.length === 1, 'its alert');
  });
  expectNoFaults(faults);
});

test('a simple rule is completed, a mock and a test are added, and hostile texts are text', async (t) => {
  const { page, faults } = admin;
  const step = steps(t, browser);
  await step('keys, fields and conditions of the YAML are suggested', async () => {
    const fields = page.waitForResponse((response) => response.url().endsWith('/fields'));
    await open(page, '/detections/new?kind=simple_rule&id=Example.Simple&log-type=Okta.SystemLog');
    await fields;
    await editor('YAML').click();
    await page.keyboard.press('ControlOrMeta+Home');
    await page.keyboard.type('Desc');
    await page.getByRole('option', { name: 'Description' }).click();
    await page.keyboard.type(`${HOSTILE}\n`);
    await editor('YAML').locator('.cm-line', { hasText: 'Value: example' }).click();
    await page.keyboard.press('End');
    await page.keyboard.type('\nKeyPath: client.ip');
    await page.getByRole('option', { name: /client\.ipAddress/ }).click();
    await page.keyboard.press('Control+Shift+k');
    assert.match(await textIn('YAML'), /^Description: <img src=x onerror=alert\(1\)>\n/);
  });
  await step('a test with a hostile name', async () => {
    await tab('Tests');
    await page.getByRole('button', { name: 'Add a test' }).click();
    await page.getByRole('region', { name: 'Test: A new test' }).getByLabel('Name').fill(HOSTILE);
    await write('Event (JSON) of test 3', JSON.stringify({ eventType: 'example', actor: { alternateId: HOSTILE } }));
    await page.getByRole('button', { name: 'Run all tests' }).click();
    await page.getByText('3 passed in').waitFor();
    await page.getByRole('grid', { name: `What came of ${HOSTILE}` }).getByText(`${HOSTILE} did it`).first().waitFor();
    await save();
    await saved('Example.Simple');
    assert.equal((await item('Example.Simple')).kind, 'simple_rule');
  });
  await step('a mock is put in place of a function', async () => {
    await open(page, '/detections/Example.Edited?tab=tests');
    await page.getByRole('button', { name: 'Add a test' }).click();
    await page.getByRole('button', { name: 'Add a mock' }).click();
    await page.getByLabel('Function').fill('is_known');
    await page.getByLabel('Gives').fill('true');
    await tab('Code');
    await write('Python', 'def is_known(name):\n    return False\n\n\ndef rule(event):\n    return is_known(event.get("a"))\n');
    await tab('Tests');
    await page.getByRole('button', { name: 'Run all tests' }).click();
    await page.getByText('1 passed in').waitFor();
    await save();
    await saved('Example.Edited');
    assert.match((await item('Example.Edited')).yaml, /Mocks:\n +- objectName: is_known\n +returnValue: true\n/);
  });
  expectNoFaults(faults);
});

test('tests of a correlation rule run', async () => {
  const { page, faults } = admin;
  await open(page, '/detections/new?kind=correlation_rule&id=Example.Together&tab=tests');
  await page.getByRole('button', { name: 'Run all tests' }).click();
  await page.getByText(/No test can run|1 passed/).first().waitFor();
  await tab('Code');
  const yaml = (await textIn('YAML')).replace('Id.Of.A.Rule', 'Example.Locked.Out').replace('Id.Of.Another.Rule', 'Example.Commented');
  await write('YAML', yaml);
  await tab('Tests');
  await page.getByRole('button', { name: 'Run all tests' }).click();
  await page.getByRole('tab', { name: /Tests 1 passed/ }).waitFor();
  await page.getByRole('button', { name: 'One after the other', exact: true }).click();
  await write('What its rules found (JSON) of test 1', '[{"ID": "First", "Matches": {"p_any_usernames": {"ada": [0]}}}]');
  await page.getByRole('button', { name: 'Run all tests' }).click();
  await page.getByRole('tab', { name: /Tests 1 failed/ }).waitFor();
  await save();
  await page.getByRole('dialog').getByRole('button', { name: 'Save anyway' }).click();
  await saved('Example.Together');
  assert.equal((await item('Example.Together')).kind, 'correlation_rule');
  expectNoFaults(faults);
});

test('the form changes what it is asked to, and keeps comments, order and all else', async () => {
  const { page, faults } = admin;
  await open(page, '/detections/Example.Commented?tab=settings');
  await page.getByLabel('Severity', { exact: true }).selectOption('Critical');
  await page.getByRole('textbox', { name: 'Tags' }).fill('Identity');
  await page.keyboard.press('Enter');
  await page.getByLabel('Threshold').fill('3');
  await page.getByLabel('Runbook').fill('1. Ask.\n2. Look.');
  await page.getByRole('textbox', { name: 'MITRE ATT&CK' }).fill('TA0001:T1078');
  await page.keyboard.press('Enter');
  await page.getByRole('combobox', { name: 'Log types' }).fill('AWS.CloudTrail');
  await page.getByRole('button', { name: 'Add to Log types' }).click();
  await page.getByText('Not saved', { exact: true }).waitFor();
  await save();
  await saved('Example.Commented');
  const added = 'Tags:\n  - Identity\nThreshold: 3\nRunbook: |-\n  1. Ask.\n  2. Look.\nReports:\n  MITRE ATT&CK:\n    - TA0001:T1078\nDetection:';
  const wanted = COMMENTED.replace('Severity: Low #', 'Severity: Critical #').replace('Detection:', added)
    .replace('# the main one\n', '# the main one\n  - AWS.CloudTrail\n');
  assert.equal((await item('Example.Commented')).yaml, wanted);
  expectNoFaults(faults);
});

test('versions are compared and rolled back', async () => {
  const { page, faults } = admin;
  await open(page, '/detections/Example.Commented?tab=versions&version=1');
  await page.getByRole('textbox', { name: 'As it is now' }).getByText('TA0001:T1078').waitFor();
  await page.locator('.cm-merge-a .cm-changedLine', { hasText: 'Severity: Low' }).waitFor();
  await expectAccessible(page, 'the difference of two versions');
  await page.getByRole('row', { name: /^2/ }).getByText('Mira Ode').waitFor();
  await page.getByRole('button', { name: 'Roll back to version 1' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Roll back' }).click();
  await page.getByText('It is again what it was in version 1').waitFor();
  await page.getByRole('row', { name: /^3.*Rolled back/ }).waitFor();
  await page.getByText(/made here, version 3/).waitFor();
  assert.equal((await item('Example.Commented')).yaml, COMMENTED);
  await tab('Code');
  assert.match(await textIn('YAML'), /Severity: Low # for now/);
  expectNoFaults(faults);
});

test('a browser that does not tell digits keeps them, and a rollback that is not read afterwards is said to be done', async () => {
  const page = await admin.context.newPage();
  const id = 'Example.Digits';
  const yaml = COMMENTED.replace('Example.Commented', id);
  await server.api('PUT', `/internal/detections/${id}`, { kind: 'simple_rule', yaml, python: null });
  await page.addInitScript(() => {
    const read = JSON.parse;
    JSON.parse = (text, /** @type {any} */ reviver) => read(text, reviver && ((key, value) => reviver(key, value)));
  });
  await open(page, `/detections/${id}?tab=tests`);
  await page.getByRole('button', { name: 'a start', exact: true }).click();
  await page.getByRole('textbox', { name: 'Event (JSON) of test 1', exact: true }).click();
  await page.keyboard.press('ControlOrMeta+a');
  await page.keyboard.insertText('{"eventType": "user.session.start", "large": 12345678901234567891}');
  await page.keyboard.press('ControlOrMeta+s');
  await page.getByText(`Saved: ${id}`).first().waitFor();
  assert.match((await item(id)).yaml, /large: 12345678901234567891/, 'a large number lost digits');

  await page.getByRole('tab', { name: /^Versions/ }).click();
  let aborted = 0;
  await page.route((url) => url.pathname === `/internal/detections/${id}`, (route) => { aborted += 1; return route.abort(); });
  await page.getByRole('button', { name: 'Roll back to version 1', exact: true }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Roll back' }).click();
  await page.getByText('It was rolled back; load the page again').waitFor();
  assert.ok(aborted < 10, `what is swallowed while all else is answered is asked for ${aborted} times`);
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  assert.equal((await item(id)).yaml, yaml);
  await page.close();
  await server.api('DELETE', `/internal/detections/${id}`);
});

test('what was deleted is found among the changes, read, and brought back', async () => {
  const { page, faults } = admin;
  const first = COMMENTED.replace('Example.Commented', 'Example.Regretted');
  const second = first.replace('Severity: Low', 'Severity: High');
  for (const yaml of [first, second]) await server.api('PUT', '/internal/detections/Example.Regretted', { kind: 'simple_rule', yaml, python: null });
  await server.api('DELETE', '/internal/detections/Example.Regretted');
  await open(page, '/detections/changes');
  await page.getByRole('row', { name: /Deleted Example\. ?Regretted/ }).getByRole('link').click();
  await page.getByRole('heading', { level: 1, name: 'Example.Regretted', exact: true }).waitFor();
  await page.getByText('It was deleted, and does not run').waitFor();
  await page.getByRole('button', { name: 'Show version 1', exact: true }).click();
  await page.getByRole('textbox', { name: 'YAML of version 1' }).locator('.cm-line', { hasText: 'Severity: Low' }).waitFor();
  await expectAccessible(page, 'a deleted detection');
  await page.getByRole('button', { name: 'Roll back to version 2', exact: true }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Roll back' }).click();
  await page.getByText(/made here, version 4/).waitFor();
  assert.equal((await item('Example.Regretted')).yaml, second);
  expectNoFaults(faults);
});

test('what is typed while a new one is saved the first time stays with it', async () => {
  const { page, faults } = admin;
  const address = '/detections/new?kind=simple_rule&log-type=Okta.SystemLog';
  const left = page.getByRole('dialog', { name: 'Something was left unsaved here' });
  let goOn = () => {};
  /** @type {Promise<void>} */
  const isHeld = new Promise((resolve) => { goOn = resolve; });
  await open(page, `${address}&id=Example.Awaited`);
  await editor('YAML').waitFor();
  await page.route(/\/internal\/detections\/Example\.Awaited\?/, async (route) => {
    await isHeld;
    await route.continue();
  });
  const asked = page.waitForRequest((request) => request.method() === 'PUT');
  await save();
  await asked;
  await editor('YAML').click();
  await page.keyboard.press('ControlOrMeta+Home');
  await page.keyboard.insertText('# typed meanwhile\n');
  goOn();
  await page.waitForURL(/\/detections\/Example\.Awaited/);
  await page.unrouteAll({ behavior: 'wait' });
  await left.getByRole('button', { name: 'Go on with it' }).click();
  await left.waitFor({ state: 'detached' });
  assert.match(await textIn('YAML'), /^# typed meanwhile\n/);
  await save();
  await page.getByText('Not saved', { exact: true }).waitFor({ state: 'detached' });
  assert.match((await item('Example.Awaited')).yaml, /^# typed meanwhile\n/);
  // The next new one begins with nothing of it.
  await open(page, `${address}&id=Example.Next`);
  await editor('YAML').waitFor();
  assert.equal(await left.count(), 0);
  expectNoFaults(faults);
});

test('nothing that was typed is lost', async (t) => {
  const { page, faults } = admin;
  const step = steps(t, browser);
  const id = 'Example.Edited';
  // What the browser asks before one leaves, and what is answered.
  let leaves = true;
  /** @type {string[]} */
  const asked = [];
  page.on('dialog', (dialog) => {
    asked.push(dialog.type());
    void (leaves ? dialog.accept() : dialog.dismiss());
  });
  const theirs = (/** @type {string} */ word) => server.api('PUT', `/internal/detections/${id}`, { kind: 'rule', yaml: PYTHON_YAML, python: `${PYTHON}# ${word}\n` });

  // Without the mocks of the tests before.
  await server.api('PUT', `/internal/detections/${id}`, { kind: 'rule', yaml: PYTHON_YAML, python: PYTHON });
  await step('a reload offers what was not saved', async () => {
    await open(page, `/detections/${id}`);
    await write('Python', `${PYTHON}# mine\n`);
    await page.getByText('Not saved', { exact: true }).waitFor();
    await page.reload();
    assert.deepEqual(asked.splice(0), ['beforeunload']);
    const dialog = page.getByRole('dialog', { name: 'Something was left unsaved here' });
    await dialog.waitFor();
    await expectAccessible(page, 'what was left unsaved');
    await dialog.getByRole('button', { name: 'Go on with it' }).click();
    await page.waitForFunction(() => document.querySelector('[role=dialog]') === null);
    assert.match(await textIn('Python'), /# mine/);
  });

  await step('the server cannot be reached: it is said, and saved later', async () => {
    await admin.context.setOffline(true);
    await save();
    await page.getByRole('alert').getByText(/does not answer/).waitFor();
    assert.match(await textIn('Python'), /# mine/);
    await admin.context.setOffline(false);
    await save();
    await saved(id);
    assert.match((await item(id)).python.text, /# mine/);
  });

  await step('somebody else saved meanwhile: who, what, and every way on', async () => {
    await write('Python', `${PYTHON}# mine again\n`);
    await theirs('theirs');
    await save();
    const dialog = page.getByRole('dialog', { name: 'Somebody else changed it meanwhile' });
    await dialog.getByText(/API token.* saved version/).waitFor();
    await dialog.locator('.cm-changedLine', { hasText: '# theirs' }).waitFor();
    await expectAccessible(page, 'a conflict');
    await dialog.getByRole('button', { name: 'Keep editing' }).click();
    assert.match(await textIn('Python'), /# mine again/);
    assert.match((await item(id)).python.text, /# theirs/);
    await save();
    await dialog.getByRole('button', { name: 'Save mine over it' }).click();
    await until(async () => /# mine again/.test((await item(id)).python.text), 'mine is saved');
  });

  await step('or theirs is taken', async () => {
    await dialogGone();
    await write('Python', `${PYTHON}# mine at last\n`);
    await theirs('theirs again');
    await save();
    await page.getByRole('dialog').getByRole('button', { name: 'Take theirs' }).click();
    await dialogGone();
    assert.match(await textIn('Python'), /# theirs again/);
    await page.getByText('Not saved', { exact: true }).waitFor({ state: 'detached' });
  });

  await step('leaving is asked about', async () => {
    await write('Python', `${PYTHON}# half\n`);
    leaves = false;
    await page.getByRole('link', { name: 'Alerts' }).click();
    assert.deepEqual(asked.splice(0), ['confirm']);
    assert.match(page.url(), /Example\.Edited/);
    leaves = true;
    await page.getByRole('link', { name: 'Alerts' }).click();
    await page.getByRole('heading', { level: 1, name: 'Alerts' }).waitFor();
    await open(page, `/detections/${id}`);
    await page.getByRole('button', { name: 'Throw it away' }).click();
    await dialogGone();
    assert.match(await textIn('Python'), /# theirs again/);
  });

  await step('it is switched off and on, and deleted', async () => {
    const menu = page.getByRole('button', { name: 'What else can be done' });
    await menu.click();
    await page.getByRole('menuitem', { name: 'Disable' }).click();
    await page.getByText(`Disabled: ${id}`).waitFor();
    assert.equal((await item(id)).enabled, false);
    await menu.click();
    await page.getByRole('menuitem', { name: 'Enable' }).click();
    await page.getByText(`Enabled: ${id}`).waitFor();
    await menu.click();
    await page.getByRole('menuitem', { name: 'Delete' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await page.getByText(`Deleted: ${id}`).waitFor();
    await assert.rejects(item(id), /404/);
  });
  page.removeAllListeners('dialog');
  expectNoFaults(faults);

  async function dialogGone() {
    await page.waitForFunction(() => document.querySelector('[role=dialog]') === null);
  }
});

test('a file is read only, until a copy takes its place', async () => {
  const { page, faults } = admin;
  await open(page, '/detections/Example.Locked.Out');
  assert.equal(await editor('YAML').getAttribute('aria-readonly'), 'true');
  assert.equal(await page.getByRole('button', { name: 'Save', exact: true }).count(), 0);
  await page.getByRole('button', { name: /Make a copy of it/ }).click();
  await tab('Settings');
  await page.getByLabel('Name', { exact: true }).fill('Somebody is locked out, we say');
  await save();
  await saved('Example.Locked.Out');
  const copy = await item('Example.Locked.Out');
  assert.deepEqual([copy.origin, copy.version], ['api', 1]);
  assert.match(copy.yaml, /^DisplayName: Somebody is locked out, we say$/m);
  await page.getByText(/made here, version 1/).waitFor();
  // When the copy is deleted the file counts again, and the copy can be had back.
  await server.api('DELETE', '/internal/detections/Example.Locked.Out');
  await open(page, '/detections/Example.Locked.Out?tab=versions');
  await page.getByText('It comes from a file').waitFor();
  await page.getByRole('button', { name: 'Roll back to version 1', exact: true }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Roll back' }).click();
  await page.getByText(/made here, version 3/).waitFor();
  assert.equal((await item('Example.Locked.Out')).yaml, copy.yaml);
  expectNoFaults(faults);
});

test('who may not change rules sees no button that would fail, and the API refuses too', async () => {
  const { page, faults } = await member(browser, server, 'noor@example.com', 'AnalystReadOnly');
  await open(page, '/detections/Example.Commented');
  await page.getByRole('textbox', { name: 'YAML' }).waitFor();
  assert.equal(await page.getByRole('textbox', { name: 'YAML' }).getAttribute('aria-readonly'), 'true');
  const parts = {
    Tests: page.getByRole('region', { name: 'Test: a start' }), Settings: page.getByLabel('Threshold', { exact: true }),
    Versions: page.getByRole('button', { name: 'Compare version 1', exact: true }),
  };
  for (const [name, part] of Object.entries(parts)) {
    await page.getByRole('tab', { name }).click();
    await part.waitFor();
    assert.equal(await page.getByRole('button', { name: /^(Save|Run|Add|Delete|Duplicate|Roll back|What else)/ }).count(), 0, name);
  }
  const refused = await page.evaluate(async () => {
    const session = await (await fetch('/internal/session')).json();
    const headers = { 'X-CSRF-Token': session.csrfToken, 'Content-Type': 'application/json' };
    const body = JSON.stringify({ kind: 'simple_rule', yaml: 'RuleID: Example.Commented', python: null });
    const [put, test] = await Promise.all([['PUT', 'Example.Commented'], ['POST', 'test']].map(([method, path]) =>
      fetch(`/internal/detections/${path}`, { method: method ?? '', headers, body })));
    return [put?.status, test?.status];
  });
  assert.deepEqual(refused, [403, 403]);
  await page.goto('/console/detections/new');
  await page.getByText('Not open to you').waitFor();
  expectNoFaults(faults);
});

test('every part is accessible in both themes, by keyboard, and at 390 pixels', async () => {
  const { page, faults } = admin;
  for (const theme of /** @type {const} */ (['dark', 'light'])) {
    await open(page, '/detections/Example.Often');
    await setTheme(page, theme);
    for (const name of ['Code', 'Tests', 'Settings', 'Versions']) {
      await tab(name);
      await settled(page);
      await expectAccessible(page, `${name} ${theme}`);
    }
  }
  await tab('Code');
  await editor('Python').focus();
  await page.keyboard.press('Escape');
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate(() => document.activeElement?.textContent), 'Keys', 'Escape, then Tab does not leave the editor');
  await page.setViewportSize({ width: 390, height: 844 });
  for (const name of ['Code', 'Tests', 'Settings', 'Versions']) {
    await tab(name);
    await expectFits(page, name);
  }
  expectNoFaults(faults);
});
