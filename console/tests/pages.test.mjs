// Each page's main task, accessibility in both themes, narrow screens, and who sees what.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { drawn, expectAccessible, expectFits, expectNoFaults, hold, member, open, person, setTheme, settled, signIn, startBrowser, steps } from './browser.mjs';
import { SOME as HOSTILE } from './hostile.mjs';
import { startServer, until } from './server.mjs';

/** @type {import('./server.mjs').Server} */
let server;
/** @type {import('playwright-core').Browser} */
let browser;
/** @type {Awaited<ReturnType<typeof person>>} */
let admin;
/** @type {Awaited<ReturnType<typeof person>>} */
let reader;

before(async () => {
  server = await startServer();
  browser = await startBrowser();
  await server.sendEvents(['ada@example.com', 'grace@example.com', 'joan@example.com', ...HOSTILE]);
  admin = await member(browser, server, 'mira@example.com', 'Admin');
  reader = await member(browser, server, 'noor@example.com', 'AnalystReadOnly');
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

test('alerts are triaged by keyboard, and a link shows the same list', async (t) => {
  const { page, faults } = admin;
  const step = steps(t, browser);
  const titles = page.getByRole('link', { name: /is locked out/ });

  await step('the list has all of them, and hostile titles are text', async () => {
    await open(page, '/alerts');
    await titles.first().waitFor();
    assert.equal(await titles.count(), 3 + HOSTILE.length);
    for (const text of HOSTILE) await page.getByRole('link', { name: `${text} is locked out`, exact: true }).waitFor();
  });

  await step('a filter stands in the address', async () => {
    await page.getByLabel('Title or detection').fill('ada@');
    await page.waitForURL(/name-contains=ada/);
    await page.waitForFunction(() => document.querySelectorAll('table[aria-label=Alerts] tbody tr').length === 1);
    await page.reload();
    await settled(page);
    assert.equal(await titles.count(), 1);
    await page.getByLabel('Title or detection').fill('example.com');
    await page.waitForFunction(() => document.querySelectorAll('table[aria-label=Alerts] tbody tr').length === 3);
  });

  await step('j, x and e resolve the second alert; nothing else changes', async () => {
    await page.getByLabel('Title or detection').press('Enter');
    await page.keyboard.press('j');
    const second = await titles.nth(1).innerText();
    await page.keyboard.press('x');
    await page.getByText('1 selected').waitFor();
    await page.keyboard.press('e');
    await page.waitForFunction(() => document.querySelectorAll('table[aria-label=Alerts] tbody tr').length === 2);
    const alerts = (await server.api('GET', '/alerts?limit=50')).results;
    const resolved = alerts.filter((/** @type {any} */ alert) => alert.status === 'RESOLVED');
    assert.deepEqual(resolved.map((/** @type {any} */ alert) => alert.title), [second]);
  });

  await step('several at once: all that are shown', async () => {
    await page.getByRole('checkbox', { name: 'Select all' }).check();
    await page.getByText('2 selected').waitFor();
    await page.getByRole('button', { name: 'Triaged', exact: true }).click();
    await page.getByText('2 alerts: Triaged').waitFor();
    const triaged = await server.api('GET', '/alerts?limit=50&status=TRIAGED');
    assert.equal(triaged.results.length, 2);
  });

  await step('o opens the alert; it is taken, commented and closed', async () => {
    await page.getByRole('heading', { level: 1 }).click();
    await page.keyboard.press('o');
    await page.getByRole('heading', { level: 1, name: /is locked out/ }).waitFor();
    await page.getByText('An account was locked after').waitFor();
    await page.getByText('"203.0.113.7"').waitFor();
    await page.getByRole('button', { name: 'Take it' }).click();
    await page.getByRole('button', { name: 'Take it' }).waitFor({ state: 'detached' });
    await page.getByLabel('Status').selectOption({ label: 'Invalid' });
    await page.getByRole('tab', { name: 'Activity' }).click();
    await page.getByLabel('Comment', { exact: true }).fill('<b>They</b> forgot the password.');
    await page.getByRole('button', { name: 'Comment' }).click();
    await page.getByText('<b>They</b> forgot the password.').waitFor();
    await page.getByText(/Mira Ode changed status from Triaged to Invalid/).waitFor();
  });

  await step('its events and deliveries are there, and a failed one is tried again', async () => {
    await page.getByRole('tab', { name: 'Events' }).click();
    await page.getByText('"user.account.lock"').first().waitFor();
    assert.match(page.url(), /tab=events/);
    await page.getByRole('tab', { name: 'Deliveries' }).click();
    await page.getByText('no_service').first().waitFor();
    await page.getByText(/pass its filters|passes/).first().waitFor();
    const id = new URL(page.url()).pathname.split('/').at(-1);
    const attempts = async () => (await server.api('GET', `/alerts/${id}/deliveries`)).results
      .flatMap((/** @type {any} */ delivery) => delivery.attempts).length;
    const again = page.getByRole('button', { name: 'Try again: team-chat' });
    await again.waitFor();
    const before = await attempts();
    await again.click();
    await until(async () => await attempts() > before, 'it is tried again');
  });
  expectNoFaults(faults);
});

test('a role is made; Modify brings Read and holds it', async (t) => {
  const { page, faults } = admin;
  const step = steps(t, browser);
  await step('made', async () => {
    await open(page, '/settings/roles');
    await page.getByRole('link', { name: 'Make a role' }).click();
    await page.getByLabel('Name').fill('Identity team');
    await page.getByRole('checkbox', { name: 'Alerts: Manage' }).check();
    const view = page.getByRole('checkbox', { name: 'Alerts: View' });
    assert.equal(await view.isChecked(), true);
    assert.equal(await view.isDisabled(), true);
    await page.getByLabel('Alerts and data are seen of').selectOption({ label: 'Only these' });
    await page.getByLabel('Log types', { exact: true }).fill('Okta.SystemLog');
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByRole('row', { name: /Identity team.*only Okta.SystemLog/ }).waitFor();
    const role = (await server.api('GET', '/roles?name=Identity%20team')).results[0];
    assert.deepEqual([...role.permissions].sort(), ['AlertModify', 'AlertRead']);
    assert.deepEqual(role.logTypeAccess, ['Okta.SystemLog']);
  });
  await step('a taken name is said, and nothing typed is lost', async () => {
    await page.getByRole('link', { name: 'Make a role' }).click();
    await page.getByLabel('Name').fill('Analyst');
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByRole('alert').getByText(/Analyst/).waitFor();
    assert.equal(await page.getByLabel('Name').inputValue(), 'Analyst');
    page.once('dialog', (dialog) => void dialog.accept());
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.getByRole('heading', { level: 1, name: 'Roles' }).waitFor();
  });
  await step('a change of what somebody else changed meanwhile is refused, and what was typed stays', async () => {
    await open(page, '/settings/roles');
    await page.getByRole('link', { name: 'Identity team' }).click();
    await page.getByLabel('Name').fill('Identity people');
    const role = (await server.api('GET', '/roles?name=Identity%20team')).results[0];
    await server.api('POST', `/roles/${role.id}`, { name: 'Identity team', permissions: ['AlertRead'] });
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByRole('alert').getByText(/was changed meanwhile/).waitFor();
    assert.equal(await page.getByLabel('Name').inputValue(), 'Identity people');
    page.once('dialog', (dialog) => void dialog.accept());
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.getByRole('heading', { level: 1, name: 'Roles' }).waitFor();
  });
  await step('deleted', async () => {
    await page.getByRole('link', { name: 'Identity team' }).click();
    await page.getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('heading', { level: 1, name: 'Roles', exact: true }).waitFor();
    await page.getByRole('link', { name: 'Identity team' }).waitFor({ state: 'detached' });
    assert.deepEqual((await server.api('GET', '/roles?name=Identity%20team')).results, []);
  });
  expectNoFaults(faults);
});

test('an API token is made, works, is rotated and deleted', async (t) => {
  const { page, faults } = admin;
  const step = steps(t, browser);
  /** @type {string} */
  let first;
  const status = async (/** @type {string} */ value) =>
    (await fetch(`${server.base}/alerts`, { headers: { 'X-API-Key': value } })).status;
  const value = () => page.getByRole('textbox', { name: 'Value of the token' }).inputValue();
  await step('made', async () => {
    await open(page, '/settings/tokens');
    await page.getByRole('button', { name: 'Make a token' }).click();
    await page.getByLabel('Name').fill('pipeline');
    await page.getByRole('checkbox', { name: 'Alerts: View' }).check();
    await page.getByLabel('May be used from').fill('not a block');
    await page.getByRole('button', { name: 'Make', exact: true }).click();
    await page.getByRole('dialog').getByRole('alert').getByText(/not a block|`not`/).waitFor();
    await page.getByLabel('May be used from').fill('127.0.0.0/8');
    await page.getByRole('button', { name: 'Make', exact: true }).click();
    first = await value();
    assert.equal(await status(first), 200);
    await page.getByRole('button', { name: 'Done' }).click();
    await page.getByRole('row', { name: /pipeline.*127.0.0.0\/8/ }).waitFor();
  });
  const menu = page.getByRole('row', { name: /pipeline/ }).getByRole('button');
  await step('rotated', async () => {
    await menu.click();
    await page.getByRole('menuitem', { name: 'Rotate' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Rotate' }).click();
    const next = await value();
    assert.notEqual(next, first);
    assert.equal(await status(first), 401);
    assert.equal(await status(next), 200);
    await page.getByRole('button', { name: 'Done' }).click();
  });
  await step('a change that is read slowly leaves the dialog that was opened meanwhile', async () => {
    const dialog = page.getByRole('dialog');
    const { id } = (await server.api('GET', '/api-tokens')).results.find((/** @type {any} */ one) => one.name === 'pipeline');
    const release = await hold(page, 'GET', `/api-tokens/${id}`);
    await menu.click();
    await page.getByRole('menuitem', { name: 'Change' }).click();
    await page.getByRole('progressbar', { name: 'Loading: pipeline' }).waitFor();
    await page.getByRole('button', { name: 'Make a token' }).click();
    await dialog.getByRole('textbox', { name: 'Name' }).fill('begun meanwhile');
    await Promise.all([page.waitForResponse((response) => response.url().endsWith(`/api-tokens/${id}`)), release()]);
    await page.evaluate(() => new Promise((resolve) => { setTimeout(resolve, 100); }));
    await dialog.getByRole('heading', { name: 'Make an API token' }).waitFor();
    assert.equal(await dialog.getByRole('textbox', { name: 'Name' }).inputValue(), 'begun meanwhile');
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    await dialog.waitFor({ state: 'detached' });
  });
  await step('a permission that somebody took away meanwhile is not given again; then a change is made', async () => {
    const dialog = page.getByRole('dialog');
    const begin = async () => {
      await menu.click();
      await page.getByRole('menuitem', { name: 'Change' }).click();
      await dialog.getByRole('textbox', { name: 'Name' }).fill('pipeline of the night');
    };
    const { id } = (await server.api('GET', '/api-tokens')).results.find((/** @type {any} */ one) => one.name === 'pipeline');
    const path = `/api-tokens/${id}`;
    const permissions = async () => (await server.api('GET', path)).permissions;
    await begin();
    await server.api('POST', path, { name: 'pipeline', permissions: ['RuleRead'] });
    await dialog.getByRole('button', { name: 'Save', exact: true }).click();
    await dialog.getByRole('alert').getByText(/was changed meanwhile/).waitFor();
    assert.deepEqual(await permissions(), ['RuleRead']);
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    await dialog.waitFor({ state: 'detached' });
    await begin();
    await dialog.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByRole('row', { name: /pipeline of the night/ }).waitFor();
    assert.deepEqual(await permissions(), ['RuleRead']);
  });
  await step('deleted', async () => {
    await menu.click();
    await page.getByRole('menuitem', { name: 'Delete' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('row', { name: /pipeline/ }).waitFor({ state: 'detached' });
  });
  expectNoFaults(faults);
});

test('a user is disabled and enabled; a new password can be chosen by link', async (t) => {
  const { page, faults } = admin;
  const step = steps(t, browser);
  await server.api('POST', '/users', { email: 'ida@example.com', givenName: 'Ida', familyName: 'Rose', role: { name: 'Analyst' } });
  const menu = page.getByRole('row', { name: /ida@example.com/ }).getByRole('button');
  await step('disabled and enabled', async () => {
    await open(page, '/settings/users');
    await menu.click();
    await page.getByRole('menuitem', { name: 'Disable' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Disable' }).click();
    await page.getByRole('row', { name: /ida@example.com/ }).waitFor({ state: 'detached' });
    await page.getByLabel('Disabled ones too').check();
    await page.getByRole('row', { name: /ida@example.com.*Disabled/ }).waitFor();
    await menu.click();
    await page.getByRole('menuitem', { name: 'Enable' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Enable' }).click();
    await page.getByRole('row', { name: /ida@example.com.*Invited/ }).waitFor();
  });
  await step('changed', async () => {
    await menu.click();
    await page.getByRole('menuitem', { name: 'Change' }).click();
    await page.getByRole('dialog').getByLabel('Role').selectOption({ label: 'AnalystReadOnly' });
    await page.getByRole('dialog').getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByRole('row', { name: /ida@example.com.*AnalystReadOnly/ }).waitFor();
  });
  await step('the role of who has no name is changed too', async () => {
    await page.route((url) => url.pathname === '/users', async (route) => {
      const response = await route.fetch();
      const answer = await response.json();
      for (const one of answer.results) Object.assign(one, one.email === 'ida@example.com' ? { givenName: '', familyName: '' } : {});
      await route.fulfill({ response, json: answer });
    });
    await open(page, '/settings/users');
    await menu.click();
    await page.getByRole('menuitem', { name: 'Change' }).click();
    const save = page.getByRole('dialog').getByRole('button', { name: 'Save', exact: true });
    assert.equal(await save.isDisabled(), true, 'nothing was changed yet');
    await page.getByRole('dialog').getByLabel('Role').selectOption({ label: 'Analyst' });
    await save.click();
    await page.getByRole('row', { name: /ida@example\.com.*Analyst(?!ReadOnly)/ }).waitFor();
    await page.unrouteAll({ behavior: 'wait' });
  });
  await step('link', async () => {
    await menu.click();
    await page.getByRole('menuitem', { name: 'Link for a new password' }).click();
    await page.getByRole('button', { name: 'Make a link' }).click();
    assert.match(await page.getByRole('textbox', { name: 'Link', exact: true }).inputValue(), /\/console\/welcome#/);
    await page.getByRole('button', { name: 'Done' }).click();
  });
  await step('a link is copied where the page has no clipboard, and the page says when it cannot be', async () => {
    const plain = await page.context().newPage();
    plain.on('pageerror', (error) => faults.push(String(error)));
    await plain.addInitScript(() => { Object.defineProperty(navigator, 'clipboard', { value: undefined }); });
    await open(plain, '/settings/users');
    await plain.getByRole('row', { name: /ida@example.com/ }).getByRole('button').click();
    await plain.getByRole('menuitem', { name: 'Link for a new password' }).click();
    await plain.getByRole('button', { name: 'Make a link' }).click();
    const link = await plain.getByRole('textbox', { name: 'Link', exact: true }).inputValue();
    await plain.getByRole('button', { name: 'Copy: Link' }).click();
    await plain.locator('.pf-v6-c-tooltip').getByText('Copied', { exact: true }).waitFor();
    assert.equal(await plain.evaluate(() => document.activeElement?.getAttribute('aria-label')), 'Copy: Link', 'the focus is elsewhere');
    await plain.evaluate(() => { document.execCommand = () => false; });
    await plain.getByRole('button', { name: 'Copy: Link' }).click();
    await plain.getByRole('alert').getByText('It could not be copied; select it and copy it by hand.').waitFor();
    assert.equal(await plain.locator('.pf-v6-c-tooltip').getByText('Copied', { exact: true }).count(), 0, 'it says that it was copied');
    await plain.getByRole('button', { name: 'Done' }).click();
    const field = plain.getByLabel('Name or address');
    await field.press('ControlOrMeta+v');
    assert.equal(await field.inputValue(), link);
    await plain.close();
  });
  expectNoFaults(faults);
});

test('the audit log tells what was done, before and after', async (t) => {
  const { page, faults } = admin;
  const step = steps(t, browser);
  await step('filtered by text, opened', async () => {
    await open(page, '/settings/audit');
    await page.getByLabel('Text').fill('ida@example.com');
    await page.waitForURL(/contains=ida/);
    await page.getByLabel('Result').selectOption({ label: 'Done' });
    await page.waitForURL(/result=SUCCEEDED/);
    const row = page.getByRole('row', { name: /Mira Ode|mira@example.com/ }).filter({ hasText: /changed a user|updated a user/i }).first();
    await row.getByRole('button').click();
    await page.getByRole('heading', { name: 'Before' }).waitFor();
    assert.ok(await page.locator('.json-changed').count() > 0, 'what changed is not marked');
    await expectAccessible(page, 'an entry of the audit log');
  });
  await step('an entry names what it is about; filters are chosen by their words', async () => {
    await server.api('PUT', '/rules/Example.Audited', {
      id: 'Example.Audited', enabled: false, severity: 'LOW', logTypes: ['Okta.SystemLog'], body: 'def rule(event):\n    return False\n',
    });
    await open(page, '/settings/audit');
    await page.getByLabel('Action').selectOption({ label: 'Changed a rule' });
    await page.waitForURL(/action=UPDATE_RULE/);
    await page.getByRole('row', { name: /a rule Example\.Audited/ }).getByRole('link', { name: 'Example.Audited' }).waitFor();
    await page.getByLabel('Who did it').selectOption({ label: 'Mira Ode' });
    await page.getByText('No entries').waitFor();
    await page.getByRole('link', { name: 'Export what is found' }).waitFor();
    await server.api('DELETE', '/rules/Example.Audited');
  });
  await step('what was looked at is a kind of its own, and is exported as such', async () => {
    await server.api('GET', '/destination-types');
    await until(async () => (await server.api('GET', '/audit-log?kind=read&action=LIST_ALERT_DESTINATION_TYPES')).results.length > 0,
      'what was looked at is written down');
    await open(page, '/settings/audit?action=UPDATE_RULE');
    await page.getByRole('row', { name: /a rule Example\.Audited/ }).first().waitFor();
    await page.getByLabel('Kind', { exact: true }).selectOption({ label: 'Reads' });
    await page.waitForURL((url) => url.search === '?kind=read');
    await page.getByLabel('Action').selectOption({ label: 'Looked at the types of destinations' });
    await page.waitForURL(/action=LIST_ALERT_DESTINATION_TYPES/);
    await page.getByRole('row', { name: /Looked at the types of destinations/ }).first().waitFor();
    const address = await page.getByRole('link', { name: 'Export what is found' }).getAttribute('href');
    assert.match(address ?? '', /\/audit-log\/export\?kind=read&action=LIST_ALERT_DESTINATION_TYPES$/);
    await expectAccessible(page, 'the log of reads');
  });
  expectNoFaults(faults);
});

test('who may not change anything sees no button that would fail, and the API refuses too', async (t) => {
  const { page, faults } = reader;
  const step = steps(t, browser);
  await step('the side bar has what is open', async () => {
    await open(page, '/');
    const listed = await page.getByRole('navigation', { name: 'Pages' }).getByRole('link').allInnerTexts();
    assert.deepEqual(listed.slice(0, 2), ['Overview', 'Alerts']);
    for (const name of ['Users', 'Roles', 'API tokens', 'Audit log']) assert.ok(!listed.includes(name), `${name} is listed`);
  });
  await step('system errors are in the settings, and are the tab of the alerts', async () => {
    await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'System errors' }).click();
    await page.getByRole('heading', { level: 1, name: 'Alerts' }).waitFor();
    await page.getByRole('tab', { name: 'System errors', selected: true }).waitFor();
  });
  await step('alerts are read and not changed', async () => {
    await open(page, '/alerts');
    assert.equal(await page.getByRole('checkbox').count(), 0);
    await page.getByRole('link', { name: 'joan@example.com is locked out' }).or(page.getByRole('link', { name: /is locked out/ })).first().click();
    await page.getByRole('tab', { name: 'Activity' }).click();
    await page.getByText('The alert was made.').waitFor();
    assert.equal(await page.getByLabel('Status').count(), 0);
    assert.equal(await page.getByRole('button', { name: 'Comment' }).count(), 0);
    const id = new URL(page.url()).pathname.split('/').at(-1) ?? '';
    const refused = await page.evaluate(async (alert) => {
      const session = await (await fetch('/internal/session')).json();
      const headers = { 'X-CSRF-Token': session.csrfToken, 'Content-Type': 'application/json' };
      return (await fetch(`/alerts/${alert}`, { method: 'PATCH', headers, body: '{"status":"CLOSED"}' })).status;
    }, id);
    assert.equal(refused, 403);
  });
  await step('pages of others say so', async () => {
    for (const path of ['/settings/users', '/settings/roles', '/settings/tokens', '/settings/audit']) {
      await page.goto(`/console${path}`);
      await page.getByText('Not open to you').waitFor();
    }
  });
  expectNoFaults(faults);
});

test('every page is accessible in both themes, and at 390 and 1024 pixels', async (t) => {
  // Independent of one another: all that is to be mended is told at once.
  const { page, faults } = admin;
  const alert = (await server.api('GET', '/alerts?limit=1&name-contains=grace')).results[0].id;
  const paths = ['/', '/alerts', `/alerts/${alert}`, `/alerts/${alert}?tab=events`, `/alerts/${alert}?tab=activity`,
    `/alerts/${alert}?tab=deliveries`, '/profile', '/settings/users', '/settings/roles', '/settings/roles/new',
    '/settings/tokens', '/settings/audit', '/no/such/page'];
  for (const theme of /** @type {const} */ (['light', 'dark'])) {
    for (const path of paths) {
      await t.test(`${path.replace(alert, 'ID')} ${theme}`, async () => {
        if (path.startsWith('/no/')) await page.goto(`/console${path}`);
        else await open(page, path);
        if (path === paths[0]) await setTheme(page, theme);
        await drawn(page);
        const isDark = await page.evaluate(() => document.documentElement.classList.contains('pf-v6-theme-dark'));
        assert.equal(isDark, theme === 'dark');
        await expectAccessible(page, `${path} ${theme}`);
      });
    }
  }
  for (const width of [390, 1024]) {
    await t.test(`nothing is wider than ${width} pixels`, async () => {
      await page.setViewportSize({ width, height: 844 });
      for (const path of paths) {
        await page.goto(`/console${path}`);
        await drawn(page);
        await expectFits(page, path, width);
      }
    });
  }
  await t.test('an alert is acknowledged at 390 pixels', async () => {
    await page.setViewportSize({ width: 390, height: 844 });
    await open(page, `/alerts/${alert}`);
    await page.getByLabel('Status').selectOption({ label: 'Resolved' });
    await until(async () => (await server.api('GET', `/alerts/${alert}`)).status === 'RESOLVED', 'it is resolved');
  });
  await page.setViewportSize({ width: 1280, height: 900 });
  expectNoFaults(faults);
});

test('what a page asks while nobody is at it does not count as use of the session', async () => {
  const page = await reader.context.newPage();
  await open(page, '/profile');
  const later = (/** @type {number} */ ms) => page.evaluate((more) => {
    const now = Date.now.bind(Date);
    Date.now = () => now() + more;
  }, ms);
  const look = async () => {
    const asked = page.waitForRequest('**/internal/session');
    await page.evaluate(() => window.dispatchEvent(new Event('focus')));
    return (await asked).headers()['margay-unattended'];
  };
  assert.equal(await look(), undefined, 'just opened');
  await later(120_000);
  assert.equal(await look(), 'true', 'left alone');
  await page.keyboard.press('Shift');
  await later(2_000);
  assert.equal(await look(), undefined, 'somebody is there again');
  await page.close();
});

test('too many wrong passwords lock the door, and the page says for how long', async () => {
  const stranger = await person(browser, server.base);
  await open(stranger.page, '/sign-in');
  for (let attempt = 0; attempt < 10; attempt += 1) {
    const answered = stranger.page.waitForResponse('**/internal/sign-in');
    await signIn(stranger.page, 'nobody@example.com');
    await answered;
    await stranger.page.getByRole('alert').getByText(attempt < 9 ? 'Signing in failed' : /Locked for/).first().waitFor();
  }
  await stranger.page.getByText(/Locked for 1[0-5]:\d\d minutes/).waitFor();
  assert.equal(await stranger.page.getByRole('button', { name: 'Sign in' }).isDisabled(), true);
  await expectAccessible(stranger.page, 'a locked door');
  expectNoFaults(stranger.faults);
});
