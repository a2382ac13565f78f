// Settings, general and single sign-on: made in the browser, against a real identity provider.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { expectAccessible, expectFits, expectNoFaults, hold, member, open, person, setTheme, startBrowser, steps } from './browser.mjs';
import { startProvider } from './provider.mjs';
import { startServer } from './server.mjs';

/** Shown as it is, wherever a provider is named. */
const HOSTILE = 'Real <img src=x onerror=alert(1)>';
const ID = 'real';
const PROVIDER = `/internal/sign-on/providers/${ID}`;

/** @type {import('./server.mjs').Server} */
let server;
/** @type {import('playwright-core').Browser} */
let browser;
/** @type {Awaited<ReturnType<typeof person>>} */
let admin;
/** @type {Awaited<ReturnType<typeof startProvider>>} */
let provider;

before(async () => {
  [server, browser, provider] = await Promise.all([startServer(), startBrowser(), startProvider()]);
  admin = await member(browser, server, 'ada@example.com', 'Admin');
});
after(async () => {
  await browser?.close();
  await server?.stop();
  provider?.stop();
});

test('a provider is added in the browser, and somebody signs in through it', async (t) => {
  const { page, faults } = admin;
  const step = steps(t, browser);
  const button = (/** @type {string} */ name) => page.getByRole('button', { name, exact: true });

  await step('the one of the file is read-only, and says why', async () => {
    await open(page, '/settings/sign-on');
    await page.getByRole('row', { name: /Our provider.*From the file/ }).waitFor();
    await page.getByRole('link', { name: 'Our provider' }).click();
    await page.getByText('It stands in the configuration file').waitFor();
    assert.equal(await page.getByLabel('Client id').getAttribute('readonly'), '');
    assert.equal(await button('Save').count(), 0);
    await page.goBack();
  });

  await step('what the server refuses stays as it was typed', async () => {
    await page.getByRole('link', { name: 'Add OpenID Connect' }).click();
    await page.getByLabel('Steps for').selectOption({ label: 'Microsoft Entra ID' });
    await page.waitForURL(/vendor=entra/);
    assert.equal(await page.getByLabel('Scopes').inputValue(), 'openid profile email');
    await page.getByLabel('Steps for').selectOption({ label: 'Okta' });
    await page.getByLabel('Name on the button').fill(HOSTILE);
    assert.equal(await page.getByRole('textbox', { name: 'Id', exact: true }).inputValue(), 'real-img-src-x-onerror-alert-1');
    await page.getByRole('textbox', { name: 'Id', exact: true }).fill(ID);
    await page.getByLabel('Issuer').fill('no address');
    await page.getByLabel('Client id').fill('margay');
    await page.getByLabel('Client secret').fill('a secret of the client');
    await button('Save').click();
    await page.getByRole('alert').getByText(/oidc\.issuer/).waitFor();
    assert.equal(await page.getByLabel('Issuer').inputValue(), 'no address');
    assert.equal(await page.getByLabel('Client secret').inputValue(), 'a secret of the client');
    assert.equal((await server.api('GET', '/internal/sign-on/providers')).results.length, 1);
  });

  await step('a test says what is wrong, and what was found', async () => {
    await page.getByLabel('Issuer').fill(`${provider.issuer}/other`);
    await button('Test').click();
    await page.getByText('The provider cannot be used so').waitFor();
    await page.getByLabel('Issuer').fill(provider.issuer);
    const redirect = await page.getByRole('textbox', { name: /^Redirect URI/ }).inputValue();
    assert.equal(redirect, `${server.base}/internal/oidc/${ID}/callback`);
    await provider.know(redirect);
    await button('Test').click();
    await page.getByText('The provider answers, and can be used').waitFor();
    await page.getByText('Keys to sign with').waitFor();
    await expectAccessible(page, 'a provider that was tested');
  });

  await step('saved, and its secret is not shown again', async () => {
    await button('Add a group').click();
    await page.getByLabel('Group 1', { exact: true }).fill('siem-admins');
    await page.getByLabel('Role of group 1', { exact: true }).selectOption('Admin');
    await button('Save').click();
    await page.getByRole('row', { name: /On the sign-in page/ }).getByRole('link', { name: HOSTILE, exact: true }).waitFor();
    const saved = await server.api('GET', PROVIDER);
    assert.deepEqual(saved.roleMap, [{ group: 'siem-admins', role: 'Admin' }]);
    assert.equal(saved.oidc.clientSecret, '********');
  });

  await step('enforcing is refused as long as no administrator came through a provider', async () => {
    await button('Enforce single sign-on').click();
    await page.getByRole('dialog').getByRole('button', { name: 'Enforce' }).click();
    await page.getByRole('dialog').getByText(/nobody who manages users signs in through a provider/i).waitFor();
    await expectAccessible(page, 'a refused dialog');
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
  });

  await step('the button is on the sign-in page, and leads in', async () => {
    const mira = await person(browser, server.base);
    // The provider's own pages ask for fonts of somebody else's, which are not waited for.
    const known = [server.base, provider.issuer];
    await mira.context.route((url) => !known.includes(url.origin), (route) => route.abort());
    await open(mira.page, '/sign-in');
    await mira.page.getByRole('link', { name: HOSTILE, exact: true }).click();
    await mira.page.getByPlaceholder('Enter any login').fill('mira');
    await mira.page.getByPlaceholder('and password').fill('any');
    await mira.page.getByRole('button', { name: 'Sign-in' }).click();
    await mira.page.getByRole('button', { name: 'Continue' }).click();
    await mira.page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
    expectNoFaults(mira.faults.filter((fault) => !fault.startsWith('asks ')));
    const users = (await server.api('GET', '/users?email=mira%40example.com')).results;
    assert.deepEqual(users.map((/** @type {any} */ user) => [user.status, user.role.name]), [['EXTERNAL_PROVIDER', 'Admin']]);
    await mira.context.close();
  });

  await step('now it is enforced, and the last word is taken back', async () => {
    await button('Enforce single sign-on').click();
    await page.getByRole('dialog').getByRole('button', { name: 'Enforce' }).click();
    await page.getByText('Passwords work only for those who manage users').waitFor();
    assert.equal((await server.api('GET', '/internal/sign-in')).enforceSso, true);
    await button('Let everybody use passwords').click();
    await page.getByRole('dialog').getByRole('button', { name: 'Allow' }).click();
    await page.getByText('Passwords work beside the providers').waitFor();
  });

  await step('a change of what somebody else changed meanwhile is refused, and what was typed stays', async () => {
    await page.getByRole('link', { name: HOSTILE, exact: true }).click();
    await page.getByLabel('Name on the button').fill('Mine');
    const { label: _, ...rest } = await server.api('GET', PROVIDER);
    await server.api('PUT', PROVIDER, { ...rest, label: 'Theirs' });
    await button('Save').click();
    await page.getByRole('alert').getByText(/was changed meanwhile/).waitFor();
    assert.equal(await page.getByLabel('Name on the button').inputValue(), 'Mine');
    page.once('dialog', (dialog) => void dialog.accept());
    await button('Cancel').click();
    await page.getByRole('link', { name: 'Theirs' }).waitFor();
  });
  expectNoFaults(faults);
});

test('a person is connected with an identity, and a provider is deleted', async (t) => {
  const { page, faults } = admin;
  const step = steps(t, browser);
  const noor = await server.api('POST', '/users',
    { email: 'noor@example.com', givenName: 'Noor', familyName: 'Ide', role: { name: 'Analyst' } });
  await step('connected under Users', async () => {
    await open(page, '/settings/users');
    await page.getByRole('row', { name: /noor@example.com/ }).getByRole('button').click();
    await page.getByRole('menuitem', { name: 'Identities' }).click();
    await page.getByLabel('Provider').selectOption(provider.issuer);
    await page.getByLabel('Name of the person there').fill('noor');
    await expectAccessible(page, 'identities of a person');
    await page.getByRole('button', { name: 'Connect', exact: true }).click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    const { results } = await server.api('GET', `/users/${noor.id}/identities`);
    assert.deepEqual(results.map((/** @type {any} */ one) => [one.issuer, one.subject]), [[provider.issuer, 'noor']]);
  });
  await step('and disconnected', async () => {
    await page.getByRole('row', { name: /noor@example.com/ }).getByRole('button').click();
    await page.getByRole('menuitem', { name: 'Identities' }).click();
    await page.getByRole('button', { name: /^Disconnect noor/ }).click();
    await page.getByText('None is connected.').waitFor();
    await page.getByRole('button', { name: 'Cancel' }).click();
  });
  await step('deleted', async () => {
    await open(page, '/settings/sign-on');
    await page.getByRole('button', { name: 'Delete Theirs' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('link', { name: 'Theirs' }).waitFor({ state: 'detached' });
    assert.equal((await server.api('GET', '/internal/sign-in')).providers.length, 1);
  });
  await step('its address says that it is gone, and leads back', async () => {
    await open(page, `/settings/sign-on/providers/${ID}`);
    await page.getByRole('heading', { level: 1, name: 'The provider is not there' }).waitFor();
    await page.getByRole('main').getByRole('link', { name: 'Single sign-on' }).click();
    await page.getByRole('heading', { level: 1, name: 'Single sign-on', exact: true }).waitFor();
  });
  expectNoFaults(faults);
});

test('general settings count at once, say where they are set, and refuse by name', async (t) => {
  const { page, faults } = admin;
  const step = steps(t, browser);
  await step('refused by its key, and nothing typed is lost', async () => {
    await open(page, '/settings/general');
    await page.getByText('Data directory', { exact: true }).waitFor();
    await page.getByLabel('Name of the product in messages').fill('Watch <b>us</b>');
    await page.getByLabel('Records that did not parse').fill('soon');
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByRole('alert').getByText(/retention\.failures/).waitFor();
    assert.equal(await page.getByLabel('Records that did not parse').getAttribute('aria-invalid'), 'true');
    assert.equal(await page.getByLabel('Name of the product in messages').inputValue(), 'Watch <b>us</b>');
    await expectAccessible(page, 'refused settings');
  });
  await step('saved', async () => {
    await page.getByLabel('Records that did not parse').fill('14d');
    await page.getByLabel('Titles in messages').selectOption({ label: 'Classic' });
    const release = await hold(page, 'PUT', '/internal/settings');
    const sent = page.waitForRequest((request) => request.method() === 'PUT');
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await sent;
    assert.equal(await page.getByLabel('Time of one attempt').isDisabled(), true, 'what is typed now would be lost');
    await release();
    await page.getByText('The settings are saved').waitFor();
    assert.equal(await page.getByLabel('Time of one attempt').isEnabled(), true);
    const { settings } = await server.api('GET', '/internal/settings');
    const set = settings.filter((/** @type {any} */ one) => one.origin === 'console');
    assert.deepEqual(Object.fromEntries(set.map((/** @type {any} */ one) => [one.key, one.value])), {
      'alerting.product_name': 'Watch <b>us</b>', 'alerting.title_style': 'classic', 'retention.failures': '14d',
    });
  });
  await step('somebody else was quicker', async () => {
    await page.getByLabel('Time of one attempt').fill('9s');
    await server.api('PUT', '/internal/settings', { settings: { 'delivery.timeout': '7s' } });
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByRole('alert').getByText(/changed meanwhile/).waitFor();
    assert.equal(await page.getByLabel('Time of one attempt').inputValue(), '9s');
    await page.getByRole('button', { name: 'Put back' }).click();
  });
  expectNoFaults(faults);
});

test('who may not change settings sees them and no button, and the API refuses too', async (t) => {
  const reader = await member(browser, server, 'rui@example.com', 'AnalystReadOnly');
  const { page, faults } = reader;
  const step = steps(t, browser);
  await step('read-only pages', async () => {
    await open(page, '/settings/general');
    assert.equal(await page.getByLabel('Name of the product in messages').getAttribute('readonly'), '');
    assert.equal(await page.getByRole('button', { name: 'Save', exact: true }).count(), 0);
    await open(page, '/settings/sign-on');
    await page.getByRole('row', { name: /Our provider/ }).waitFor();
    assert.equal(await page.getByRole('link', { name: /^Add / }).count(), 0);
    assert.equal(await page.getByRole('button', { name: /Enforce|Delete/ }).count(), 0);
  });
  await step('refused', async () => {
    const refused = await page.evaluate(async () => {
      const session = await (await fetch('/internal/session')).json();
      const headers = { 'X-CSRF-Token': session.csrfToken, 'Content-Type': 'application/json' };
      const put = async (/** @type {string} */ path) => (await fetch(path, { method: 'PUT', headers, body: '{"settings":{}}' })).status;
      return [await put('/internal/settings'), await put('/internal/sign-on'), await put('/internal/sign-on/providers/own')];
    });
    assert.deepEqual(refused, [403, 403, 403]);
  });
  expectNoFaults(faults);
  await reader.context.close();
});

test('the pages are accessible in both themes, and fit 390 pixels', async (t) => {
  const { page, faults } = admin;
  const paths = ['/settings/general', '/settings/sign-on', '/settings/sign-on/new?kind=oidc&vendor=google',
    '/settings/sign-on/new?kind=saml&vendor=okta', '/settings/sign-on/providers/own'];
  for (const theme of /** @type {const} */ (['dark', 'light'])) {
    await t.test(`accessible, ${theme}`, async () => {
      for (const [index, path] of paths.entries()) {
        await open(page, path);
        if (index === 0) await setTheme(page, theme);
        await expectAccessible(page, `${path} ${theme}`);
      }
    });
  }
  await t.test('nothing is wider than 390 pixels', async () => {
    await page.setViewportSize({ width: 390, height: 844 });
    for (const path of paths) {
      await open(page, path);
      await expectFits(page, path);
    }
  });
  expectNoFaults(faults);
});
