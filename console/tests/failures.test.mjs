// What a person sees, and does not lose, when something fails: connection, server, session, rights, patience.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { expectAccessible, expectFits, expectNoFaults, hold, member, open, PASSWORD, startBrowser, steps } from './browser.mjs';
import { startServer, until } from './server.mjs';

/** @type {import('./server.mjs').Server} */
let server;
/** @type {import('playwright-core').Browser} */
let browser;
/** @type {Awaited<ReturnType<typeof member>>} */
let admin;
before(async () => {
  server = await startServer();
  browser = await startBrowser();
  await server.sendEvents(['ada@example.com']);
  admin = await member(browser, server, 'mira@example.com', 'Admin');
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

const bar = () => admin.page.getByRole('status').filter({ hasText: 'The server does not answer' });

test('a lost connection is said at the top, keeps what was typed, and goes by itself', async (t) => {
  const { page, context, faults } = admin;
  const step = steps(t, browser);
  t.after(() => context.setOffline(false));
  await step('a change says that it failed, and the form stays', async () => {
    await open(page, '/settings/roles/new');
    await page.getByLabel('Name').fill('Night watch');
    await context.setOffline(true);
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByRole('alert').getByText(/does not answer/).waitFor();
    await bar().waitFor();
    assert.equal(await page.getByLabel('Name').inputValue(), 'Night watch');
    await expectAccessible(page, 'a lost connection');
    await page.setViewportSize({ width: 390, height: 844 });
    await expectFits(page, 'a page with the bar');
    await page.setViewportSize({ width: 1280, height: 900 });
  });
  await step('with the connection the bar goes, and the same button saves', async () => {
    await context.setOffline(false);
    await bar().waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByRole('link', { name: 'Night watch' }).waitFor();
    assert.equal((await server.api('GET', '/roles?name=Night%20watch')).results.length, 1, 'the role was made twice, or not');
  });
  await step('a page that was not loaded yet comes when the connection does', async () => {
    await open(page, '/profile');
    await context.setOffline(true);
    await page.getByRole('link', { name: 'Audit log' }).click();
    await bar().waitFor();
    await page.getByRole('heading', { level: 1, name: 'Profile' }).waitFor();
    await context.setOffline(false);
    await page.getByRole('heading', { level: 1, name: 'Audit log' }).waitFor();
    await page.getByRole('row').nth(1).waitFor();
    await bar().waitFor({ state: 'detached' });
  });
  await step('a list that could not be loaded is there afterwards, unasked', async () => {
    await open(page, '/alerts');
    await context.setOffline(true);
    await page.getByLabel('Title or detection').fill('ada');
    await page.getByText('Alerts could not be loaded').waitFor();
    await context.setOffline(false);
    await page.getByRole('link', { name: 'ada@example.com is locked out' }).waitFor();
    assert.equal(await page.getByText('Alerts could not be loaded').count(), 0);
  });
  expectNoFaults(faults);
});

test('a console that was updated meanwhile says so, and nothing typed is lost', async (t) => {
  const { page, faults } = admin;
  const step = steps(t, browser);
  /** The server of another version: until the console is loaded anew, what it asks for is not there. */
  const update = async () => {
    let isLoadedAnew = false;
    page.on('request', (request) => { isLoadedAnew ||= request.isNavigationRequest(); });
    await page.route('**/console/assets/**', (route) => (isLoadedAnew ? route.continue() : route.fulfill({ status: 404, body: 'no such file' })));
    await page.route('**/console/', (route) => (isLoadedAnew ? route.continue() : another(route)));
  };
  /** @param {import('playwright-core').Route} route */
  const another = async (route) => {
    const index = await (await route.fetch()).text();
    await route.fulfill({ contentType: 'text/html', body: index.replace(/index-[\w-]+\.js/, 'index-another1.js') });
  };
  t.after(() => page.unrouteAll({ behavior: 'ignoreErrors' }));
  await step('it is said when the server is there again, and what was typed stays', async () => {
    await open(page, '/settings/roles/new');
    await page.getByLabel('Name').fill('Day watch');
    await update();
    // The connection breaks off, as it does when a server is started anew.
    await admin.context.setOffline(true);
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await bar().waitFor();
    await admin.context.setOffline(false);
    await page.getByRole('status').getByText(/The console was updated/).waitFor();
    assert.equal(await page.getByLabel('Name').inputValue(), 'Day watch');
    await expectAccessible(page, 'an updated console');
  });
  await step('it is saved all the same; the next page is loaded from the new version by itself', async () => {
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByRole('link', { name: 'Day watch' }).waitFor();
    assert.equal(await page.getByText('The console was updated').count(), 0);
    await page.unrouteAll({ behavior: 'wait' });
  });
  await step('a chart that cannot be had leaves the overview as it is', async () => {
    await page.route('**/chart-drawing*', (route) => route.fulfill({ status: 404, body: 'no such file' }));
    await page.route('**/console/', another);
    await page.getByRole('link', { name: 'Overview', exact: true }).click();
    await page.getByText('The console was updated meanwhile').first().waitFor();
    await page.getByRole('link', { name: '1 High, < 1 h' }).waitFor();
    await page.getByRole('button', { name: 'Show as table: Alerts by severity' }).click();
    await page.getByRole('grid', { name: 'Alerts by severity' }).getByRole('link', { name: '1' }).waitFor();
    await page.unrouteAll({ behavior: 'wait' });
  });
  // What the browser says of the files that are not there is part of the test.
  assert.deepEqual(faults.filter((fault) => !/dynamically imported module|MIME type/.test(fault)), []);
  faults.length = 0;
});

test('a session that ends under a dialog asks for the password on top of it', async (t) => {
  const { page, context, faults } = admin;
  const step = steps(t, browser);
  await step('the dialog stays as it was', async () => {
    await open(page, '/settings/tokens');
    await page.getByRole('button', { name: 'Make a token' }).click();
    await page.getByLabel('Name').fill('of the night');
    await page.getByRole('checkbox', { name: 'Alerts: View' }).check();
    const asked = page.waitForEvent('dialog');
    await Promise.all([page.keyboard.press('Escape'), asked.then((dialog) => dialog.dismiss())]);
    assert.equal(await page.getByLabel('Name').inputValue(), 'of the night', 'closed by the way');
    await context.clearCookies();
    await page.getByRole('button', { name: 'Make', exact: true }).click();
    const over = page.getByRole('dialog').filter({ hasText: 'Your session is over' });
    await over.waitFor();
    await expectAccessible(page, 'the end of a session over a dialog');
    await over.getByLabel('Password').fill(PASSWORD);
    await over.getByRole('button', { name: 'Sign in' }).click();
    await over.waitFor({ state: 'detached' });
    assert.equal(await page.getByLabel('Name').inputValue(), 'of the night');
    assert.equal(await page.getByRole('checkbox', { name: 'Alerts: View' }).isChecked(), true);
  });
  await step('the refused call is repeated with the same button', async () => {
    await page.getByRole('button', { name: 'Make', exact: true }).click();
    await page.getByRole('textbox', { name: 'Value of the token' }).waitFor();
    await page.getByRole('button', { name: 'Done' }).click();
    assert.equal((await server.api('GET', '/api-tokens')).results.filter((/** @type {any} */ one) => one.name === 'of the night').length, 1);
  });
  expectNoFaults(faults);
});

test('another role changes the side bar and closes the page', async () => {
  const noor = await member(browser, server, 'noor@example.com', 'Admin');
  const { page, faults } = noor;
  await open(page, '/settings/users');
  const user = (await server.api('GET', '/users?contains=noor@example.com')).results[0];
  await server.api('POST', `/users/${user.id}`, { email: user.email, givenName: 'Noor', familyName: 'Ode', role: { name: 'AnalystReadOnly' } });
  await page.getByLabel('Name or address').fill('mira');
  await page.getByRole('heading', { name: 'Not open to you' }).waitFor();
  assert.equal(await page.getByRole('navigation').getByRole('link', { name: 'Users' }).count(), 0);
  assert.equal(await page.getByRole('navigation').getByRole('link', { name: 'Alerts' }).count(), 1);
  await expectAccessible(page, 'a page that is not open any more');
  expectNoFaults(faults);
});

test('a server that asks for patience is told with the time, and the form stays', async () => {
  const { page, faults } = admin;
  await open(page, '/settings/roles/new');
  await page.getByLabel('Name').fill('Patient role');
  for (const [status, message] of /** @type {const} */ ([[429, 'too many changes'], [503, 'the database is busy']])) {
    await page.route('**/roles', (route) => (route.request().method() === 'POST'
      ? route.fulfill({ status, headers: { 'Retry-After': '90' }, contentType: 'application/json', body: JSON.stringify({ message }) })
      : route.continue()));
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByRole('alert').getByText(new RegExp(`${message}.*possible again at \\d\\d:\\d\\d:\\d\\d`, 'i')).waitFor();
    assert.equal(await page.getByLabel('Name').inputValue(), 'Patient role');
    await page.unrouteAll({ behavior: 'wait' });
  }
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await page.getByRole('link', { name: 'Patient role' }).waitFor();

  // A list says it too, and does not ask in vain meanwhile.
  let asked = 0;
  await page.route('**/alerts?*', (route) => {
    asked += 1;
    return route.fulfill({ status: 503, headers: { 'Retry-After': '90' }, contentType: 'application/json', body: '{"message":"the index is being read"}' });
  });
  await page.getByRole('link', { name: 'Alerts' }).click();
  await page.getByRole('alert').getByText(/The index is being read.*possible again at/).waitFor();
  assert.equal(asked, 1);
  await page.unrouteAll({ behavior: 'wait' });
  await page.getByRole('button', { name: 'Try again' }).click();
  await page.getByRole('link', { name: 'ada@example.com is locked out' }).waitFor();
  expectNoFaults(faults);
});

test('an answer that takes long is not asked for twice', async () => {
  const { page, faults } = admin;
  const alert = (await server.api('GET', '/alerts?limit=1')).results[0].id;
  let sent = 0;
  /** @type {() => void} */
  let release = () => undefined;
  /** @type {Promise<void>} */
  const held = new Promise((resolve) => { release = resolve; });
  await page.route('**/alert-comments', async (route) => {
    if (route.request().method() === 'POST') {
      sent += 1;
      await held;
    }
    await route.continue();
  });
  await open(page, `/alerts/${alert}?tab=activity`);
  await page.getByLabel('Comment', { exact: true }).fill('said once');
  await page.getByRole('button', { name: 'Comment' }).dblclick();
  await until(() => sent > 0, 'the comment is sent');
  assert.equal(await page.getByRole('button', { name: 'Comment' }).isDisabled(), true);
  assert.equal(await page.getByLabel('Comment', { exact: true }).inputValue(), 'said once');
  release();
  await page.getByText('said once').and(page.locator('p')).first().waitFor();
  const comments = await server.api('GET', `/alert-comments?alert-id=${alert}`);
  assert.equal(comments.results.length, 1);
  assert.equal(sent, 1);
  await page.unrouteAll({ behavior: 'wait' });
  expectNoFaults(faults);
});

test('what somebody else changed meanwhile is not overwritten, and one’s own text stays', async (t) => {
  const { page, context, faults } = admin;
  const step = steps(t, browser);
  const role = await server.api('POST', '/roles', { name: 'Shared role', permissions: ['AlertRead'] });
  const theirs = () => server.api('POST', `/roles/${role.id}`, { name: 'Theirs', permissions: ['AlertRead'] });
  const name = page.getByRole('textbox', { name: 'Name' });
  const save = page.getByRole('button', { name: 'Save', exact: true });
  t.after(() => context.setOffline(false));
  await step('a role says that it was changed', async () => {
    await open(page, `/settings/roles/${role.id}`);
    await name.fill('Mine');
    await theirs();
    await save.click();
    await page.getByRole('alert').getByText(/was changed meanwhile/).waitFor();
    assert.equal(await name.inputValue(), 'Mine');
    assert.equal((await server.api('GET', `/roles/${role.id}`)).name, 'Theirs');
    await expectAccessible(page, 'a conflict');
  });
  await step('also when the page was read anew after a lost connection', async () => {
    await server.api('POST', `/roles/${role.id}`, { name: 'Shared role', permissions: ['AlertRead'] });
    page.once('dialog', (dialog) => void dialog.accept());
    await open(page, `/settings/roles/${role.id}`);
    await name.fill('Mine');
    await theirs();
    await context.setOffline(true);
    await save.click();
    await bar().waitFor();
    const read = page.waitForResponse((response) => response.url().endsWith(`/roles/${role.id}`) && response.request().method() === 'GET');
    await context.setOffline(false);
    await read;
    await bar().waitFor({ state: 'detached' });
    await save.click();
    await page.getByRole('alert').getByText(/was changed meanwhile/).waitFor();
    assert.equal(await name.inputValue(), 'Mine');
    assert.equal((await server.api('GET', `/roles/${role.id}`)).name, 'Theirs');
    page.once('dialog', (dialog) => void dialog.accept());
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.getByRole('heading', { level: 1, name: 'Roles' }).waitFor();
  });
  await step('a log source keeps what was typed over the end of a session, and says that it was changed', async () => {
    const form = { integrationLabel: 'night-shift', logTypes: ['Okta.SystemLog'], logStreamType: 'Auto', authMethod: 'None' };
    const source = await server.api('POST', '/log-sources/http', form);
    await open(page, `/log-sources/${source.integrationId}?tab=settings`);
    const label = page.getByRole('textbox', { name: 'Name' });
    await label.fill('mine');
    await server.api('PUT', `/log-sources/http/${source.integrationId}`, { ...form, integrationLabel: 'theirs' });
    await context.clearCookies();
    await save.click();
    const over = page.getByRole('dialog').filter({ hasText: 'Your session is over' });
    await over.getByLabel('Password').fill(PASSWORD);
    const read = page.waitForResponse((response) => response.url().endsWith(source.integrationId) && response.request().method() === 'GET');
    await over.getByRole('button', { name: 'Sign in' }).click();
    await over.waitFor({ state: 'detached' });
    await read;
    await page.getByRole('heading', { level: 1, name: 'theirs' }).waitFor();
    assert.equal(await label.inputValue(), 'mine');
    await save.click();
    await page.getByRole('alert').getByText(/was changed meanwhile/).waitFor();
    assert.equal(await label.inputValue(), 'mine');
    assert.equal((await server.api('GET', `/log-sources/http/${source.integrationId}`)).integrationLabel, 'theirs');
  });
  await step('what is saved here goes on from there', async () => {
    page.once('dialog', (dialog) => void dialog.accept());
    await page.reload();
    const label = page.getByRole('textbox', { name: 'Name' });
    for (const next of ['first', 'second']) {
      await label.fill(next);
      const path = `/log-sources/http/${new URL(page.url()).pathname.split('/').at(-1)}`;
      const release = await hold(page, 'PUT', path);
      const sent = page.waitForRequest((request) => request.method() === 'PUT');
      await save.click();
      await sent;
      assert.equal(await label.isDisabled(), true, 'what is typed now would be lost');
      await release();
      await page.getByRole('heading', { level: 1, name: next }).waitFor();
      assert.equal(await label.inputValue(), next);
      assert.equal(await save.isDisabled(), true);
    }
  });
  await step('of a person only what was changed here is changed', async () => {
    await open(page, '/settings/users?contains=noor');
    await page.getByRole('row', { name: /noor@example.com/ }).getByRole('button').click();
    await page.getByRole('menuitem', { name: 'Change', exact: true }).click();
    const [user] = (await server.api('GET', '/users?contains=noor@example.com')).results;
    await server.api('POST', `/users/${user.id}`, { familyName: 'Oda' });
    await page.getByLabel('First name').fill('Nora');
    await save.click();
    await page.getByRole('row', { name: /Nora Oda/ }).waitFor();
  });
  expectNoFaults(faults);
});

test('what is no answer of the server, or never comes, is said', async (t) => {
  const { context, faults } = admin;
  const page = await context.newPage();
  t.after(() => page.close());
  const step = steps(t, browser);
  const save = page.getByRole('button', { name: 'Save', exact: true });
  // Time limits are a tenth here.
  await page.addInitScript(() => {
    const timeout = AbortSignal.timeout.bind(AbortSignal);
    AbortSignal.timeout = (ms) => timeout(ms / 10);
  });
  /** @param {import('playwright-core').Route} route */
  const proxy = (route) => route.fulfill({ contentType: 'text/html', body: '<h1>Sign in to the network</h1>' });
  await step('a list for which a proxy answers says so', async () => {
    await page.route('**/api-tokens', proxy);
    await open(page, '/settings/tokens');
    await page.getByRole('alert').getByText(/such as a proxy or its sign-in page, answered instead/).waitFor();
    await page.unrouteAll({ behavior: 'wait' });
    await page.route('**/api-tokens', (route) => route.fulfill({ status: 200, body: '' }));
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByRole('alert').getByText(/answered instead/).waitFor();
    await page.unrouteAll({ behavior: 'wait' });
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByRole('alert').waitFor({ state: 'detached' });
  });
  await step('a change for which a proxy answers was not saved, nor one that is led elsewhere', async () => {
    await open(page, '/settings/roles/new');
    await page.getByLabel('Name').fill('Behind a proxy');
    for (const answer of [proxy, (/** @type {import('playwright-core').Route} */ route) => route.fulfill({ status: 302, headers: { Location: '/console/' } })]) {
      await page.route('**/roles', (route) => (route.request().method() === 'POST' ? answer(route) : route.continue()));
      await save.click();
      await page.getByRole('alert').getByText(/answered instead of it.*whether it was done/).waitFor();
      assert.equal(await page.getByLabel('Name').inputValue(), 'Behind a proxy');
      await page.unrouteAll({ behavior: 'wait' });
    }
  });
  await step('a server that hangs is given up after a minute', async () => {
    await page.route('**/healthz', () => undefined);
    await page.route('**/roles', (route) => (route.request().method() === 'POST' ? undefined : route.continue()));
    // The bar goes as soon as anything else is answered.
    const bar = page.getByRole('status').filter({ hasText: 'The server does not answer' }).waitFor();
    await save.click();
    await bar;
    await page.getByRole('alert').getByText(/no answer came within 60 s/i).waitFor();
    assert.equal(await page.getByLabel('Name').inputValue(), 'Behind a proxy');
    await page.unrouteAll({ behavior: 'ignoreErrors' });
    await page.getByRole('status').filter({ hasText: 'The server does not answer' }).waitFor({ state: 'detached' });
    await save.click();
    await page.getByRole('link', { name: 'Behind a proxy' }).waitFor();
  });
  expectNoFaults(faults);
});

test('a test alert is sent once, whatever is read anew meanwhile', async (t) => {
  const { page, context, faults } = admin;
  t.after(() => context.setOffline(false));
  const [destination] = (await server.api('GET', '/destinations')).results;
  let sent = 0;
  let read = 0;
  page.on('request', (request) => {
    if (request.url().endsWith('/test')) sent += 1;
    if (request.method() === 'GET' && request.url().endsWith(`/destinations/${destination.id}`)) read += 1;
  });
  await open(page, `/destinations/${destination.id}`);
  await page.getByRole('button', { name: `What can be done about ${destination.displayName}` }).click();
  await page.getByRole('menuitem', { name: 'Send test alert' }).click();
  const dialog = page.getByRole('dialog', { name: `Test alert to ${destination.displayName}` });
  await dialog.locator('.waiting').waitFor({ state: 'detached' });
  const before = await dialog.innerText();
  await context.setOffline(true);
  // Coming back to a page has it ask whose session it is.
  await page.evaluate(() => window.dispatchEvent(new Event('focus')));
  // A dialog hides what is behind it from roles.
  const lost = page.locator('.connection-bar');
  await lost.waitFor();
  await context.setOffline(false);
  await lost.waitFor({ state: 'detached' });
  await until(() => read > 1, 'the page is read anew');
  assert.equal(await dialog.innerText(), before);
  assert.equal(sent, 1);
  await dialog.getByRole('button', { name: 'Close' }).last().click();
  expectNoFaults(faults);
});

test('a page of one person does nothing in the name of another who signed in meanwhile', async (t) => {
  const mira = await member(browser, server, 'ines@example.com', 'Admin');
  await (await member(browser, server, 'otto@example.com', 'Admin')).context.close();
  const { page, context, faults } = mira;
  const step = steps(t, browser);
  /** In another tab, say. @param {string} email */
  const signInAs = async (email) => {
    const answer = await context.request.post('/internal/sign-in', { data: { email, password: PASSWORD, code: null } });
    assert.equal(answer.status(), 200);
  };
  const said = page.getByRole('dialog').filter({ hasText: 'Somebody else is signed in' });
  const save = page.getByRole('button', { name: 'Save', exact: true });
  await step('a change is not sent, who is signed in is said, and what was typed stays', async () => {
    await open(page, '/settings/roles/new');
    await page.getByLabel('Name').fill('Of ines alone');
    await signInAs('otto@example.com');
    await save.click();
    await said.getByText('otto@example.com').waitFor();
    await expectAccessible(page, 'somebody else is signed in');
    await page.setViewportSize({ width: 390, height: 844 });
    await expectFits(page, 'the page of somebody else');
    await page.setViewportSize({ width: 1280, height: 900 });
    await said.getByRole('button', { name: 'Look at what is here' }).click();
    await said.waitFor({ state: 'detached' });
    assert.equal(await page.getByLabel('Name').inputValue(), 'Of ines alone');
    await page.getByRole('alert').getByText(/otto@example.com.*is signed in in this browser now/).waitFor();
    assert.deepEqual((await server.api('GET', '/roles?name=Of%20ines%20alone')).results, []);
  });
  await step('nothing of the other is shown either', async () => {
    /** @type {string[]} */
    const asked = [];
    page.on('request', (request) => asked.push(new URL(request.url()).pathname));
    await page.getByRole('navigation').getByRole('link', { name: 'API tokens' }).click({ trial: true });
    page.once('dialog', (dialog) => void dialog.accept());
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.getByRole('navigation').getByRole('link', { name: 'API tokens' }).click();
    await page.getByRole('alert').getByText(/is signed in in this browser now/).waitFor();
    assert.equal(asked.includes('/api-tokens'), false);
  });
  await step('when the session is one’s own again the page goes on', async () => {
    await signInAs('ines@example.com');
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByText('No API tokens yet').or(page.getByRole('grid', { name: 'API tokens' })).first().waitFor();
    await signInAs('otto@example.com');
    await page.evaluate(() => window.dispatchEvent(new Event('focus')));
    await said.getByRole('button', { name: 'Load the page again' }).click();
    await page.getByRole('button', { name: 'Your menu: Otto Ode' }).waitFor();
  });
  expectNoFaults(faults);
  await context.close();
});
