// From the set-up link of a fresh server to an invited analyst who signs in with a second factor.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { expectAccessible, expectNoFaults, open, PASSWORD, person, settled, signIn, startBrowser, steps, totp } from './browser.mjs';
import { startServer, until } from './server.mjs';

/** @type {import('./server.mjs').Server} */
let server;
/** @type {import('playwright-core').Browser} */
let browser;
before(async () => {
  server = await startServer();
  browser = await startBrowser();
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

test('a team begins with the set-up link', async (t) => {
  const mira = await person(browser, server.base, { permissions: ['clipboard-read', 'clipboard-write'] });
  const noor = await person(browser, server.base);
  let invitation = '';
  let secret = '';
  const step = steps(t, browser);

  await step('before the link is used nobody can sign in, and the page says what to do', async () => {
    await open(mira.page, '/');
    assert.match(mira.page.url(), /\/console\/sign-in/);
    await mira.page.getByText('set-up-link').waitFor();
    await expectAccessible(mira.page, 'sign-in before the set-up');
  });

  await step('the link makes the first administrator, and its secret leaves the address', async () => {
    await mira.page.goto(server.setUpLink);
    await mira.page.getByLabel('E-mail address').fill('mira@example.com');
    assert.equal(new URL(mira.page.url()).hash, '');
    await mira.page.getByLabel('First name').fill('Mira');
    await mira.page.getByLabel('Last name').fill('Ode');
    await mira.page.getByLabel('Password').fill('too short');
    const begin = mira.page.getByRole('button', { name: 'Begin' });
    assert.equal(await begin.isDisabled(), true, 'a short password can be sent');
    await mira.page.getByLabel('Password').fill(PASSWORD);
    await mira.page.getByLabel('The same again').fill(PASSWORD);
    await expectAccessible(mira.page, 'set-up');
    await begin.click();
    await mira.page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
  });

  await step('she invites an analyst and gets a link to pass on', async () => {
    await mira.page.getByRole('link', { name: 'Users' }).click();
    await mira.page.getByRole('button', { name: 'Invite a user' }).click();
    const dialog = mira.page.getByRole('dialog');
    await dialog.getByLabel('E-mail address').fill('mira@example.com');
    await dialog.getByLabel('First name').fill('Noor');
    await dialog.getByLabel('Last name').fill('Ide');
    await dialog.getByLabel('Role').selectOption({ label: 'Analyst' });
    await dialog.getByRole('button', { name: 'Invite' }).click();
    await dialog.getByRole('alert').getByText(/Another user has the address/).waitFor();
    assert.equal(await dialog.getByLabel('First name').inputValue(), 'Noor', 'what was typed is lost');
    await dialog.getByLabel('E-mail address').fill('noor@example.com');
    await expectAccessible(mira.page, 'invitation');
    await dialog.getByRole('button', { name: 'Invite' }).click();
    invitation = await mira.page.getByRole('textbox', { name: 'Link', exact: true }).inputValue();
    await mira.page.getByRole('button', { name: 'Copy: Link' }).click();
    assert.equal(await mira.page.evaluate(() => navigator.clipboard.readText()), invitation);
    await mira.page.getByRole('button', { name: 'Done' }).click();
    await mira.page.getByRole('gridcell', { name: 'noor@example.com', exact: true }).or(mira.page.getByRole('cell', { name: 'noor@example.com', exact: true })).waitFor();
  });

  await step('the analyst chooses a password', async () => {
    await noor.page.goto(invitation);
    await noor.page.getByRole('heading', { level: 1, name: 'Welcome to Margay' }).waitFor();
    assert.equal(await noor.page.getByLabel('E-mail address').inputValue(), 'noor@example.com');
    await noor.page.getByLabel('Password').fill(PASSWORD);
    await noor.page.getByLabel('The same again').fill(PASSWORD);
    await expectAccessible(noor.page, 'welcome');
    await noor.page.getByRole('button', { name: /Save the password/ }).click();
    await noor.page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
  });

  await step('she sets up a second factor', async () => {
    await noor.page.getByRole('button', { name: /Your menu/ }).click();
    await noor.page.getByRole('menuitem', { name: 'Profile' }).click();
    await noor.page.getByRole('button', { name: 'Set up' }).click();
    const dialog = noor.page.getByRole('dialog');
    await dialog.getByLabel('Your password').fill('not my password');
    await dialog.getByRole('button', { name: 'Go on' }).click();
    await dialog.getByText(/password is wrong/i).waitFor();
    await dialog.getByLabel('Your password').fill(PASSWORD);
    await dialog.getByRole('button', { name: 'Go on' }).click();
    await noor.page.getByRole('img', { name: /QR code/ }).waitFor();
    secret = await noor.page.getByRole('textbox', { name: /Secret/ }).inputValue();
    await expectAccessible(noor.page, 'QR code');
    await noor.page.getByRole('textbox', { name: 'Code', exact: true }).fill(totp(secret));
    await noor.page.getByRole('button', { name: 'Confirm' }).click();
    await noor.page.getByRole('heading', { name: 'Your recovery codes' }).waitFor();
    assert.equal(await noor.page.locator('.codes li').count(), 10);
    await noor.page.getByRole('button', { name: 'Done' }).click();
    await noor.page.getByText('10 recovery codes are left').waitFor();
  });

  await step('she signs out, and in again with a code', async () => {
    await noor.page.getByRole('button', { name: /Your menu/ }).click();
    await noor.page.getByRole('menuitem', { name: 'Sign out' }).click();
    await noor.page.getByRole('heading', { level: 1, name: 'Sign in' }).waitFor();
    await open(noor.page, '/alerts?severity=%5B%22HIGH%22%5D');
    assert.match(noor.page.url(), /sign-in\?return=/);
    await signIn(noor.page, 'noor@example.com', '000000');
    await noor.page.getByRole('alert').getByText(/is wrong/).waitFor();
    await expectAccessible(noor.page, 'sign-in with a wrong code');
    // The code of now was used to confirm; the next one counts too.
    await noor.page.getByRole('textbox', { name: 'Code', exact: true }).fill(totp(secret, 1));
    await noor.page.getByRole('button', { name: 'Sign in' }).click();
    await noor.page.getByRole('heading', { level: 1, name: 'Alerts' }).waitFor();
    assert.match(noor.page.url(), /\/console\/alerts\?severity=/, 'the sign-in leads elsewhere');
  });

  await step('the invitation works once', async () => {
    const stranger = await person(browser, server.base);
    await stranger.page.goto(invitation);
    await stranger.page.getByRole('alert').getByText(/link/i).first().waitFor();
    assert.equal(await stranger.page.getByLabel('Password').count(), 0);
    await settled(stranger.page);
    expectNoFaults(stranger.faults);
  });

  await step('a session that ends while one types loses nothing', async () => {
    await open(mira.page, '/settings/roles/new');
    await mira.page.getByLabel('Name').fill('Half a role');
    await mira.context.clearCookies();
    await mira.page.getByRole('button', { name: 'Save' }).click();
    const dialog = mira.page.getByRole('dialog');
    await dialog.getByText('Your session is over').waitFor();
    await expectAccessible(mira.page, 'the end of a session');
    await dialog.getByLabel('Password').fill(PASSWORD);
    await dialog.getByRole('button', { name: 'Sign in' }).click();
    await dialog.waitFor({ state: 'detached' });
    assert.equal(await mira.page.getByLabel('Name').inputValue(), 'Half a role');
    await mira.page.getByRole('button', { name: 'Save' }).click();
    await mira.page.getByRole('link', { name: 'Half a role' }).waitFor();
  });

  expectNoFaults(mira.faults);
  expectNoFaults(noor.faults);
});

test('the policy of the server blocks what is inline, and the tests would notice', async () => {
  const { page, faults } = await person(browser, server.base);
  await open(page, '/sign-in');
  expectNoFaults(faults);
  await page.evaluate(() => {
    const script = document.createElement('script');
    script.textContent = 'globalThis.wasRun = true';
    const style = document.createElement('style');
    style.textContent = 'body { display: none }';
    document.body.append(script, style);
  });
  await until(() => faults.length >= 2, 'the policy reports both');
  assert.equal(await page.evaluate(() => 'wasRun' in globalThis), false);
  assert.equal(await page.locator('body').isVisible(), true);
  assert.equal(faults.filter((fault) => /Content Security Policy/.test(fault)).length, 2, faults.join('\n'));
});

test('the server leads browsers to the console and leaves programs alone', { skip: Boolean(process.env['CONSOLE_DIST']) && 'the door in front leads nobody' }, async () => {
  const page = await fetch(`${server.base}/`, { headers: { Accept: 'text/html' }, redirect: 'manual' });
  assert.equal(page.headers.get('Location'), '/console/');
  const program = await fetch(`${server.base}/`, { redirect: 'manual' });
  assert.equal(program.status, 200);
  const index = await fetch(`${server.base}/console/settings/users`);
  assert.equal(index.headers.get('Cache-Control'), 'no-store');
  const script = /src="(\/console\/assets\/[^"]+\.js)"/.exec(await index.text())?.[1];
  const asset = await fetch(`${server.base}${script}`, { headers: { 'Accept-Encoding': 'br' } });
  assert.equal(asset.headers.get('Content-Encoding'), 'br');
  assert.match(asset.headers.get('Cache-Control') ?? '', /immutable/);
});

test('single sign-on has a button, and a failure of it is told on the page', async () => {
  const { page, faults } = await person(browser, server.base);
  await open(page, '/alerts');
  await page.getByRole('link', { name: 'Our provider' }).click();
  await page.waitForURL(/\/console\/sign-in\?error=provider_/);
  await page.getByRole('alert').getByText(/identity provider/).waitFor();
  await expectAccessible(page, 'sign-in after a failure of the provider');
  await open(page, '/sign-in?error=%3Cb%3E&return_to=//evil.example/');
  assert.equal(await page.getByRole('alert').count(), 0, 'a link has the page say something');
  assert.equal(await page.getByRole('link', { name: 'Our provider' }).getAttribute('href'), '/internal/oidc/own/start?return_to=%2Fconsole%2F');
  expectNoFaults(faults);
});
