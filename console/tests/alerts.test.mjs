// Alerts to the end: filters and views, what others change meanwhile, work on many at once, runbooks, events, the
// timeline, alerts alike, keys, and what somebody sees who may only read.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { expectAccessible, expectFits, expectNoFaults, member, open, setTheme, startBrowser, steps } from './browser.mjs';
import { startServer, until } from './server.mjs';

/** More than one page of the list. */
const MANY = 120;
/** Alerts of a page of the list. */
const PAGE = 25;
const HOSTILE_RUNBOOK = `# Call <script>alert(1)</script> first

1. Look at [the page](https://example.com/help) and not at [this](javascript:alert(1)) or [that](data:text/html,x).
2. ![pixel](https://evil.example/pixel.png) <img src=x onerror=alert(2)> <https://example.com/auto>

| who | what |
|:--|--:|
| <svg/onload=alert(3)> | **bold** |

- [x] done
`;

/** @param {string} id @param {string} type of the event @param {string} severity @param {string} runbook @param {string} group */
const rule = (id, type, severity, runbook, group) => `AnalysisType: rule
RuleID: ${id}
Enabled: true
LogTypes: [Okta.SystemLog]
Severity: ${severity}
Runbook: ${JSON.stringify(runbook)}
Detection:
  - { Key: eventType, Condition: Equals, Value: ${type} }
AlertTitle: "{actor.alternateId} ${type}"
GroupBy: [{ KeyPath: ${group} }]
`;

/** @type {import('./server.mjs').Server} */
let server;
/** @type {import('playwright-core').Browser} */
let browser;
/** @type {Awaited<ReturnType<typeof member>>} */
let admin;
/** @type {Awaited<ReturnType<typeof member>>} */
let reader;

/** Numbers with more digits than those of JavaScript. */
const [LARGE, FINE] = ['12345678901234567890', '1.000000000000000001'];

/** @param {string} type @param {string[]} names */
async function send(type, names) {
  const lines = names.map((name) => JSON.stringify({
    uuid: `${name}-${Math.random()}`, published: new Date().toISOString(), eventType: type, version: '0', severity: 'WARN',
    actor: { id: '00u1', type: 'User', alternateId: name, displayName: name }, client: { ipAddress: '203.0.113.7' },
    outcome: { result: 'FAILURE' }, debugContext: { debugData: { 'odd.name': '<b>odd</b>', large: 'LARGE', fine: 'FINE' } },
  }).replace('"LARGE"', LARGE).replace('"FINE"', FINE));
  const response = await fetch(`${server.base}/http/okta`, { method: 'POST', body: lines.join('\n') });
  assert.equal(response.status, 200);
}

/** All alerts of a query, page by page. @param {string} query @returns {Promise<any[]>} */
async function alerts(query) {
  const found = [];
  for (let cursor = ''; ;) {
    const page = await server.api('GET', `/alerts?limit=50&${query}${cursor}`);
    found.push(...page.results);
    if (!page.next) return found;
    cursor = `&cursor=${page.next}`;
  }
}

/** Holds back what the list loads behind its first page; returns how to let it go. @param {import('playwright-core').Page} page */
async function holdBack(page) {
  /** @type {() => void} */
  let letGo = () => undefined;
  /** @type {Promise<void>} */
  const isLetGo = new Promise((resolve) => { letGo = resolve; });
  await page.route(({ pathname, searchParams }) => pathname === '/alerts' && searchParams.has('cursor'), async (route) => {
    await isLetGo;
    await route.continue();
  });
  return async () => {
    letGo();
    await page.unrouteAll({ behavior: 'wait' });
  };
}

const rows = (/** @type {import('playwright-core').Page} */ page) => page.locator('table[aria-label=Alerts] tbody tr:not(.far)');

before(async () => {
  server = await startServer({ rules: {
    'many.yml': rule('Example.Many', 'user.many', 'Low', 'Nothing.', 'actor.alternateId'),
    'hostile.yml': rule('Example.Hostile', 'user.hostile', 'High', HOSTILE_RUNBOOK, 'actor.alternateId'),
    'link.yml': rule('Example.Link', 'user.link', 'Medium', 'https://example.com/runbook', 'actor.alternateId'),
  } });
  browser = await startBrowser();
  await send('user.many', Array.from({ length: MANY }, (_, number) => `many-${number}@example.com`));
  await send('user.hostile', ['ada@example.com']);
  await send('user.link', ['grace@example.com', 'joan@example.com']);
  await until(async () => (await alerts('')).length === MANY + 3, 'alerts are made');
  admin = await member(browser, server, 'mira@example.com', 'Admin');
  await admin.context.grantPermissions(['clipboard-read', 'clipboard-write']);
  reader = await member(browser, server, 'noor@example.com', 'AnalystReadOnly');
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

test('filters are chips that one can take back, and views keep them', async (t) => {
  const { page, faults } = admin;
  const step = steps(t, browser);
  const view = page.getByRole('button', { name: /^View: / });
  const choose = async (/** @type {string | RegExp} */ name) => {
    await view.click();
    await page.getByRole('menuitem', { name }).click();
  };
  await step('errors of policies are a kind of their own', async () => {
    await open(page, '/alerts?type=DETECTION_ERROR&sub-type=%5B%22POLICY_ERROR%22%5D');
    await page.getByRole('group', { name: 'Filters that are set' }).getByText('Kind: Policy').waitFor();
  });
  await step('filters, each as a chip', async () => {
    await open(page, '/alerts?severity=%5B%22HIGH%22%2C%22MEDIUM%22%5D&range=24h');
    await page.waitForFunction(() => document.querySelectorAll('table[aria-label=Alerts] tbody tr').length === 3);
    const chips = page.getByRole('group', { name: 'Filters that are set' });
    await chips.getByText('Severity: High, Medium').waitFor();
    await page.getByRole('button', { name: 'More filters' }).click();
    await page.getByLabel('Detection id').fill('Example.Link');
    await page.getByLabel('Detection id').press('Enter');
    await page.waitForFunction(() => document.querySelectorAll('table[aria-label=Alerts] tbody tr').length === 2);
    await page.getByLabel('Order').selectOption({ label: 'Oldest first' });
    await page.waitForURL(/sort-dir=asc/);
    await chips.getByRole('button', { name: /Clear: Detection/ }).click();
    await page.waitForFunction(() => document.querySelectorAll('table[aria-label=Alerts] tbody tr').length === 3);
    assert.doesNotMatch(page.url(), /detection-id/);
  });
  await step('saved as a view for all, with which the page opens', async () => {
    await choose('Save as a new view');
    await page.getByRole('dialog').getByLabel('Name').fill('Night <i>shift</i>');
    await page.getByRole('dialog').getByLabel('Shared with everybody').check();
    await expectAccessible(page, 'the dialog of a view');
    await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
    await page.getByRole('button', { name: 'View: Night <i>shift</i>' }).waitFor();
    await choose('Open the page with it');
    await page.getByText('The page opens with Night').waitFor();
    await page.getByRole('navigation').getByRole('link', { name: 'Overview' }).click();
    await page.getByRole('navigation').getByRole('link', { name: 'Alerts' }).click();
    await page.waitForURL(/sort-dir=asc/);
    await page.getByRole('button', { name: 'Clear all filters' }).click();
    await page.waitForURL(/view=none/);
    await page.waitForFunction(() => document.querySelectorAll('table[aria-label=Alerts] tbody tr').length === 25);
  });
  await step('others open it and cannot change it', async () => {
    await open(reader.page, '/alerts');
    await reader.page.getByRole('button', { name: /^View: / }).click();
    await reader.page.getByRole('menuitem', { name: /Night/ }).click();
    await reader.page.waitForFunction(() => document.querySelectorAll('table[aria-label=Alerts] tbody tr').length === 3);
    await reader.page.getByRole('button', { name: /^View: Night/ }).click();
    await reader.page.getByRole('menuitem', { name: 'Save as a new view' }).waitFor();
    assert.equal(await reader.page.getByRole('menuitem', { name: /Rename|Delete/ }).count(), 0);
    await expectAccessible(reader.page, 'the menu of views');
    await reader.page.keyboard.press('Escape');
  });
  await step('a change of what somebody else changed is refused, and what was typed stays', async () => {
    await choose(/Night/);
    await choose(/^Rename/);
    await page.getByRole('dialog').getByLabel('Name').fill('Day shift');
    await page.evaluate(async () => {
      const session = await (await fetch('/internal/session')).json();
      const [found] = (await (await fetch('/internal/views?page=alerts')).json()).results;
      const headers = { 'X-CSRF-Token': session.csrfToken, 'Content-Type': 'application/json' };
      await fetch(`/internal/views/${found.id}`, { method: 'PUT', headers, body: JSON.stringify({ ...found, name: 'Late shift' }) });
    });
    await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
    await page.getByRole('dialog').getByText(/changed meanwhile/).waitFor();
    assert.equal(await page.getByRole('dialog').getByLabel('Name').inputValue(), 'Day shift');
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
    await page.reload();
    await choose(/^Delete/);
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('button', { name: 'View: none' }).waitFor();
    const left = await page.evaluate(async () => (await (await fetch('/internal/views?page=alerts')).json()).results);
    assert.deepEqual(left, []);
  });
  expectNoFaults(faults);
});

test('what others do appears, and nothing moves under the hand', async (t) => {
  const step = steps(t, browser);
  const { page } = reader;
  await step('a change of the status is seen in the row, which stays', async () => {
    await open(page, '/alerts?name-contains=user.link');
    await page.waitForFunction(() => document.querySelectorAll('table[aria-label=Alerts] tbody tr').length === 2);
    const [newest] = await alerts('name-contains=user.link');
    await server.api('PATCH', `/alerts/${newest.id}`, { status: 'RESOLVED' });
    await rows(page).first().getByText('Resolved').waitFor();
    assert.equal(await rows(page).count(), 2);
  });
  await step('new alerts wait until one asks for them', async () => {
    const first = await rows(page).first().innerText();
    await send('user.link', ['ida@example.com', 'emmy@example.com']);
    await page.getByRole('button', { name: '2 new alerts' }).waitFor();
    assert.equal(await rows(page).first().innerText(), first);
    await page.getByRole('button', { name: '2 new alerts' }).click();
    await page.getByRole('link', { name: 'emmy@example.com user.link' }).waitFor();
    assert.equal(await rows(page).count(), 3, 'what is resolved is not listed any more');
  });
  await step('two have the same alert open: the one hears what the other does', async () => {
    const [alert] = await alerts('name-contains=emmy');
    await Promise.all([open(admin.page, `/alerts/${alert.id}`), open(page, `/alerts/${alert.id}?tab=activity`)]);
    await page.getByText('The alert was made.').waitFor();
    await admin.page.getByLabel('Status').selectOption({ label: 'Triaged' });
    await page.getByText('Mira Ode changed the status to Triaged').or(page.getByText(/changed the status to Triaged/)).first().waitFor();
    await page.getByText(/changed status from Open to Triaged/).waitFor();
    await server.api('PATCH', `/alerts/${alert.id}`, { status: 'CLOSED' });
    await admin.page.getByText(/changed the status to Invalid/).waitFor();
    assert.equal(await admin.page.getByLabel('Status').inputValue(), 'CLOSED');
  });
  await step('another attempt is seen in the row, also where there were more than are listed', async () => {
    const [alert] = await alerts('detection-id=Example.Hostile');
    const deliveries = async () => (await server.api('GET', `/alerts/${alert.id}/deliveries`)).results;
    await until(async () => (await deliveries())[0]?.state === 'failed', 'it was sent');
    let isTaken = false;
    const withAttempts = (/** @type {any} */ one) => ({ ...one, deliveries: Array.from({ length: 100 }, (_, number) => ({
      outputId: 'chat', label: 'team-chat', message: '', statusCode: 404, success: isTaken && number === 99,
      dispatchedAt: new Date(Date.UTC(2026, 0, 1, 0, number + (isTaken ? 1 : 0))).toISOString(),
    })) });
    await page.route(({ pathname }) => pathname === '/alerts' || pathname === `/alerts/${alert.id}`, async (route) => {
      const found = await (await route.fetch()).json();
      await route.fulfill({ json: found.results ? { ...found, results: found.results.map(withAttempts) } : withAttempts(found) });
    });
    await open(page, '/alerts?detection-id=Example.Hostile');
    const sent = rows(page).first().locator('td.sent');
    await sent.getByText('team-chat: failed', { exact: true }).waitFor();
    isTaken = true;
    await server.api('POST', `/deliveries/${(await deliveries())[0].id}/retry`);
    await sent.getByText('team-chat', { exact: true }).waitFor();
    await page.unrouteAll({ behavior: 'wait' });
  });
  expectNoFaults(reader.faults);
});

test('many at once: all that match are selected over the pages, commented and resolved', async (t) => {
  const { page, faults } = admin;
  const step = steps(t, browser);
  await step('selected', async () => {
    await open(page, '/alerts?detection-id=Example.Many');
    await page.getByRole('checkbox', { name: 'Select all' }).check();
    await page.getByText('25 selected').waitFor();
    await page.getByRole('button', { name: 'Select every alert that matches' }).click();
    await page.getByText(`${MANY} selected`).waitFor();
    await expectAccessible(page, 'the list with alerts selected');
  });
  await step('commented', async () => {
    await page.getByRole('button', { name: 'Comment', exact: true }).click();
    await page.getByRole('dialog').getByLabel('Text').fill('A <b>test</b> of ours');
    // Closed by the way, it is there when it is opened again.
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Comment', exact: true }).click();
    assert.equal(await page.getByRole('dialog').getByLabel('Text').inputValue(), 'A <b>test</b> of ours');
    await expectAccessible(page, 'the dialog of a comment');
    await page.getByRole('dialog').getByRole('button', { name: 'Write' }).click();
    await page.getByText(`${MANY} alerts: commented`).waitFor();
    const all = await alerts('detection-id=Example.Many');
    for (const alert of [all[0], all[60], all.at(-1)]) {
      const written = (await server.api('GET', `/alert-comments?alert-id=${alert.id}`)).results;
      assert.deepEqual(written.map((/** @type {any} */ one) => one.body), ['A <b>test</b> of ours']);
    }
  });
  await step('resolved', async () => {
    await page.getByRole('checkbox', { name: 'Select all' }).check();
    await page.getByRole('button', { name: 'Select every alert that matches' }).click();
    await page.getByText(`${MANY} selected`).waitFor();
    await page.getByRole('button', { name: 'Resolved', exact: true }).click();
    await page.getByText('No alert is like that').waitFor();
    assert.equal((await alerts('detection-id=Example.Many&status=RESOLVED')).length, MANY);
  });
  await step('scrolled: pages come by themselves, and rows far away are not drawn', async () => {
    await open(page, '/alerts?detection-id=Example.Many&status=%5B%22RESOLVED%22%5D');
    await rows(page).nth(PAGE - 1).waitFor();
    await page.locator('#main').hover();
    await until(() => page.evaluate(([count, pages]) => {
      const main = document.getElementById('main');
      main?.scrollTo(0, main.scrollHeight);
      return document.body.innerText.includes(`${count} alerts`)
        && document.querySelectorAll('table[aria-label=Alerts] tbody').length === pages;
    }, /** @type {const} */ ([MANY, Math.ceil(MANY / PAGE)])), 'all pages are there');
    // Back at the top what is near is drawn, and the end is not.
    await page.waitForFunction(() => {
      document.getElementById('main')?.scrollTo(0, 0);
      const bodies = [...document.querySelectorAll('table[aria-label=Alerts] tbody')];
      return !bodies[1]?.querySelector('.far') && bodies.at(-1)?.querySelector('.far');
    });
  });
  expectNoFaults(faults);
});

test('what is selected is of the list that is shown, and work that went half way is undone', async (t) => {
  const { page, faults } = admin;
  const step = steps(t, browser);
  const resolved = '/alerts?detection-id=Example.Many&status=%5B%22RESOLVED%22%5D';
  const bar = page.getByRole('group', { name: 'Selected alerts' });
  await step('another address of the page begins with nothing selected', async () => {
    await open(page, resolved);
    await page.getByRole('checkbox', { name: 'Select all' }).check();
    await bar.getByText(`${PAGE} selected`, { exact: true }).waitFor();
    await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Alerts', exact: true }).click();
    await page.getByRole('link', { name: 'ada@example.com user.hostile' }).waitFor();
    await bar.waitFor({ state: 'detached' });
  });
  await step('what is being selected is given up when the filter changes', async () => {
    await open(page, resolved);
    await page.getByRole('checkbox', { name: 'Select all' }).check();
    const letGo = await holdBack(page);
    await bar.getByRole('button', { name: 'Select every alert that matches' }).click();
    await bar.getByText(`Selecting: ${PAGE}`, { exact: true }).waitFor();
    await page.getByRole('tab', { name: 'Detection errors' }).click();
    await page.waitForURL(/type=DETECTION_ERROR/);
    await bar.waitFor({ state: 'detached' });
    await letGo();
    await page.getByText('No alert is like that').waitFor();
    assert.equal(await bar.count(), 0, 'what matched before is selected');
  });
  await step('what was done of half the work is undone, and nothing before it', async () => {
    const [alert] = await alerts('detection-id=Example.Hostile');
    /** @type {any[]} */
    const changes = [];
    // One alert more than is sent at once; the part that has it is refused.
    await page.route(({ pathname }) => pathname === '/alerts', async (route) => {
      if (route.request().method() === 'GET') {
        const results = Array.from({ length: 501 }, (_, number) => ({ ...alert, id: `half-${number}` }));
        await route.fulfill({ json: { results, next: null } });
        return;
      }
      changes.push(route.request().postDataJSON());
      await route.fulfill(changes.length === 3 ? { status: 500, json: { message: 'the disk is full' } } : { status: 204 });
    });
    await open(page, '/alerts?name-contains=hostile');
    await rows(page).nth(500).waitFor();
    await page.keyboard.press('a');
    await page.getByText('1 alert: assigned to you').waitFor();
    await page.getByRole('checkbox', { name: 'Select all' }).check();
    await bar.getByRole('button', { name: 'Resolved', exact: true }).click();
    await page.getByText('500 alerts of 501: Resolved; the others were not changed: The disk is full').waitFor();
    await page.keyboard.press('z');
    await page.getByText('500 alerts: as before').waitFor();
    assert.equal(changes.length, 4);
    assert.equal(changes[3].ids.length, 500);
    assert.equal(changes[3].status, alert.status);
    await page.unrouteAll({ behavior: 'wait' });
  });
  expectNoFaults(faults);
});

test('a runbook in Markdown is drawn, and nothing in it runs or is fetched', async (t) => {
  const { page, faults } = admin;
  const step = steps(t, browser);
  await step('hostile', async () => {
    const [alert] = await alerts('detection-id=Example.Hostile');
    await open(page, `/alerts/${alert.id}`);
    const text = page.locator('.markdown');
    await text.getByRole('heading', { level: 3, name: 'Call <script>alert(1)</script> first' }).waitFor();
    assert.deepEqual(await text.getByRole('link').evaluateAll((links) => links.map((link) => link.getAttribute('href'))),
      ['https://example.com/help', 'https://evil.example/pixel.png', 'https://example.com/auto']);
    for (const link of await text.getByRole('link').all()) assert.equal(await link.getAttribute('rel'), 'noopener noreferrer');
    assert.equal(await text.locator('img, script, svg, iframe, input, [style]').count(), 0);
    await text.getByText('this (javascript:alert(1))').waitFor();
    await text.getByRole('cell', { name: '<svg/onload=alert(3)>' }).waitFor();
    await expectAccessible(page, 'a runbook');
  });
  await step('an address alone is a link', async () => {
    const [alert] = await alerts('name-contains=grace');
    await open(page, `/alerts/${alert.id}`);
    await page.getByRole('link', { name: 'https://example.com/runbook' }).waitFor();
    assert.equal(await page.locator('.markdown').count(), 0);
  });
  expectNoFaults(faults);
});

test('many alerts are in sight, and one works through them quickly', async (t) => {
  const { page, faults } = admin;
  const step = steps(t, browser);
  const titles = () => page.locator('table[aria-label=Alerts] .title').allInnerTexts();
  const now = () => page.locator('tr[aria-current=true] .title').innerText();
  await send('user.many', Array.from({ length: 14 }, (_, number) => `quick-${number}-${'long '.repeat(40)}@example.com`));
  await until(async () => (await alerts('name-contains=quick-')).length === 14, 'alerts are made');
  const whole = (/** @type {string} */ table) => page.evaluate((name) => [...document.querySelectorAll(`table[aria-label=${name}] tbody tr`)]
    .filter((row) => row.getBoundingClientRect().bottom <= innerHeight).length, table);
  await step('ten rows at least at 1280 by 900, where they went, and no row is higher for its menu', async () => {
    await page.setViewportSize({ width: 1280, height: 900 });
    await open(page, '/alerts?name-contains=quick-');
    await rows(page).nth(13).waitFor();
    assert.ok(await whole('Alerts') >= 10, `${await whole('Alerts')} whole rows`);
    await page.getByRole('columnheader', { name: 'Sent to' }).waitFor();
    const [withMenu, without] = await rows(page).first().evaluate((row) => {
      const menu = /** @type {HTMLElement} */ (row.querySelector('.row-menu'));
      const whole = row.getBoundingClientRect().height;
      menu.style.display = 'none';
      const rest = row.getBoundingClientRect().height;
      menu.style.display = '';
      return [whole, rest];
    });
    assert.equal(withMenu, without, 'the menu makes a row higher');
    await open(page, '/alerts?detection-id=Example.Hostile');
    await rows(page).first().locator('td.sent', { hasText: 'team-chat: failed' }).waitFor();
  });
  await step('the side bar shows where one is', async () => {
    await page.setViewportSize({ width: 1280, height: 500 });
    await open(page, '/settings/api');
    const place = await page.getByRole('navigation', { name: 'Pages' }).locator('[aria-current=page]').boundingBox();
    assert.ok(place && place.y + place.height <= 500, `at ${place?.y} of 500`);
    await page.setViewportSize({ width: 1280, height: 900 });
  });
  await step('three quick keys resolve three alerts, and the last is undone', async () => {
    await open(page, '/alerts?name-contains=quick-');
    await rows(page).nth(13).waitFor();
    const before = await titles();
    for (const key of ['e', 'e', 'e']) await page.keyboard.press(key);
    await page.waitForFunction(() => document.querySelectorAll('table[aria-label=Alerts] tbody tr').length === 11);
    const resolved = (await alerts('name-contains=quick-&status=RESOLVED')).map(({ title }) => title);
    assert.deepEqual(resolved.sort(), before.slice(0, 3).sort());
    await page.keyboard.press('z');
    await page.waitForFunction(() => document.querySelectorAll('table[aria-label=Alerts] tbody tr').length === 12);
    await page.getByText('1 alert: as before').waitFor();
    await page.getByRole('button', { name: 'Undo' }).first().click();
    await page.waitForFunction(() => document.querySelectorAll('table[aria-label=Alerts] tbody tr').length === 13);
    assert.equal((await alerts('name-contains=quick-&status=RESOLVED')).length, 1);
  });
  await step('a key that fails says so, and the alert stays', async () => {
    await page.route('**/alerts', (route) => (route.request().method() === 'PATCH'
      ? route.fulfill({ status: 500, contentType: 'application/json', body: '{"message":"the disk is full"}' }) : route.fallback()));
    await page.keyboard.press('e');
    await page.getByText(/Nothing was changed: The disk is full/).waitFor();
    assert.equal(await rows(page).count(), 13);
    await page.unroute('**/alerts');
  });
  await step('status and assignee are changed in the row', async () => {
    const first = (await titles())[0] ?? '';
    await rows(page).first().getByRole('button', { name: /^Actions/ }).click();
    await page.getByRole('menuitem', { name: 'Triaged' }).waitFor();
    await expectAccessible(page, 'the menu of a row');
    await page.getByRole('menuitem', { name: 'Triaged' }).click();
    await rows(page).first().getByText('Triaged').waitFor();
    await rows(page).first().getByRole('button', { name: /^Actions/ }).click();
    await page.getByRole('menuitem', { name: /\(you\)/ }).click();
    await rows(page).first().getByText('Mira Ode').waitFor();
    const [changed] = (await alerts('name-contains=quick-&status=TRIAGED')).filter(({ title }) => title === first);
    assert.ok(changed?.assignee);
  });
  await step('after going back, and after a reload, one is where one was', async () => {
    await page.getByRole('heading', { level: 1 }).click();
    for (const key of ['j', 'j', 'j', 'j']) await page.keyboard.press(key);
    const chosen = await now();
    await page.keyboard.press('o');
    await page.getByText(/of 13$/).waitFor();
    await page.reload();
    const at = Number((await page.getByText(/ of 13$/).innerText()).split(' ')[0]);
    await page.goBack();
    await page.locator('tr[aria-current=true]').waitFor();
    assert.equal(await now(), chosen);
    assert.equal((await titles()).indexOf(chosen) + 1, at);
    await page.keyboard.press('o');
    await page.getByText(/ of 13$/).waitFor();
    await page.keyboard.press('j');
    await page.getByText(`${at + 1} of 13`).waitFor();
    await page.reload();
    await page.getByRole('link', { name: 'Back to the list' }).click();
    await page.waitForURL(/name-contains=quick-/);
    await page.locator('tr[aria-current=true]').waitFor();
    assert.equal(await now(), (await titles())[at]);
  });
  await step('a long title leaves room for the alert, and is whole when one asks', async () => {
    await page.locator('tr[aria-current=true] .title').click();
    await page.getByRole('tab', { name: 'Details' }).waitFor();
    const place = await page.getByRole('tab', { name: 'Details' }).boundingBox();
    assert.ok(place && place.y < 300, `the tabs are at ${place?.y}`);
    await page.getByRole('button', { name: 'The whole title' }).click();
    await page.getByRole('button', { name: 'Less of the title' }).waitFor();
  });
  await step('an alert that is not there says so, within the frame', async () => {
    await open(page, '/alerts/nothing-of-the-kind');
    await page.getByRole('heading', { level: 1, name: 'The alert is not there' }).waitFor();
    assert.match(await page.title(), /^The alert is not there/);
    assert.equal(await page.getByRole('button', { name: 'Try again' }).count(), 0);
    await page.locator('#main').getByRole('link', { name: 'To Alerts' }).click();
    await page.getByRole('heading', { level: 1, name: 'Alerts' }).waitFor();
    await open(page, '/no/such/page');
    await page.getByRole('heading', { level: 1, name: 'No such page' }).waitFor();
    await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Overview' }).waitFor();
  });
  await step('filters suggest what there is, and take it in any case', async () => {
    await open(page, '/alerts?view=none');
    await page.getByRole('button', { name: 'More filters' }).click();
    assert.equal(await page.getByLabel('Resource types').count(), 0, 'no alert has a resource type');
    await page.locator('#alert-log-source-options option[value=okta]').waitFor({ state: 'attached' });
    await page.locator('#alert-log-type-options option[value="Okta.SystemLog"]').waitFor({ state: 'attached' });
    await page.locator('#alert-detection-options option[value="Example.Link"]').waitFor({ state: 'attached' });
    await page.getByLabel('Log types').fill('okta.systemlog');
    await page.waitForURL(/log-type=.*Okta\.SystemLog/);
    await page.getByLabel('Detection id').fill('example.link');
    await page.waitForURL(/detection-id=Example\.Link/);
  });
  expectNoFaults(faults);
});

test('events are searched and copied, comments are changed, and one goes on to the next alert', async (t) => {
  const { page, faults } = admin;
  const step = steps(t, browser);
  await step('keys lead through the list', async () => {
    await open(page, '/alerts?name-contains=user.&severity=%5B%22HIGH%22%2C%22MEDIUM%22%5D');
    await rows(page).first().waitFor();
    await page.keyboard.press('/');
    assert.equal(await page.evaluate(() => document.activeElement?.id), 'alert-text');
    await page.keyboard.press('Enter');
    await page.keyboard.press('?');
    await page.getByRole('dialog').getByText('takes what is selected, else it').waitFor();
    await expectAccessible(page, 'the list of keys');
    await page.getByRole('dialog').getByRole('button', { name: 'Close' }).last().click();
    await page.keyboard.press('j');
    await page.keyboard.press('a');
    await page.getByText('1 alert: assigned to you').waitFor();
    await rows(page).nth(1).getByText('Mira Ode').waitFor();
    await page.keyboard.press('o');
    await page.getByText(/^2 of /).waitFor();
    await page.keyboard.press('k');
    await page.getByText(/^1 of /).waitFor();
    await page.keyboard.press(']');
    await page.getByText(/^2 of /).waitFor();
  });
  await step('an event', async () => {
    await page.getByRole('tab', { name: 'Events' }).click();
    await page.getByRole('button', { name: 'What can be copied of actor.alternateId' }).click();
    await page.getByRole('button', { name: 'Copy the path' }).click();
    await page.getByText('Copied: actor.alternateId').waitFor();
    assert.equal(await page.evaluate(() => navigator.clipboard.readText()), 'actor.alternateId');
    await page.getByRole('button', { name: 'Expand all' }).click();
    await page.getByText('"<b>odd</b>"').waitFor();
    await page.getByLabel('Search in event 1').fill('odd.name');
    await page.getByText('1 field has it').waitFor();
    await page.getByRole('button', { name: 'What can be copied of debugContext.debugData["odd.name"]' }).click();
    await page.getByRole('button', { name: 'Copy the value' }).click();
    await page.getByText('Copied: the value').waitFor();
    assert.equal(await page.evaluate(() => navigator.clipboard.readText()), '<b>odd</b>');
    await expectAccessible(page, 'the search in an event');
  });
  await step('numbers keep all of their digits', async () => {
    const isCopied = (/** @type {(text: string) => boolean} */ fits, /** @type {string} */ what) =>
      until(async () => fits(await page.evaluate(() => navigator.clipboard.readText())), what);
    for (const [name, digits] of Object.entries({ large: LARGE, fine: FINE })) {
      await page.getByLabel('Search in event 1').fill(`debugdata.${name}`);
      await page.getByRole('button', { name: `What can be copied of debugContext.debugData.${name}` }).click();
      await page.getByText(digits, { exact: true }).waitFor();
      await page.getByRole('button', { name: 'Copy the value' }).click();
      await isCopied((text) => text === digits, `${digits} is copied`);
    }
    await page.getByRole('button', { name: 'Copy event 1' }).click();
    await isCopied((text) => text.startsWith('{') && text.includes(`"large": ${LARGE}`) && text.includes(`"fine": ${FINE}`), 'the whole event is copied');
  });
  await step('the timeline has comments and changes in order', async () => {
    await page.getByRole('tab', { name: 'Activity' }).click();
    await page.getByLabel('Comment', { exact: true }).fill('Firts look');
    await page.getByRole('button', { name: 'Comment' }).click();
    await page.getByRole('button', { name: 'Change what you wrote' }).click();
    await page.getByLabel('What you wrote').fill('First look');
    await page.getByRole('tab', { name: 'Details' }).click();
    await page.getByRole('tab', { name: 'Activity' }).click();
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByText('First look').waitFor();
    await page.getByText('(changed later)').waitFor();
    const lines = await page.getByRole('list', { name: 'Activity' }).getByRole('listitem').allInnerTexts();
    const times = lines.map((line) => line.slice(0, 19));
    assert.deepEqual(times, [...times].sort(), 'not in the order of time');
    assert.ok(lines.some((line) => line.includes('Mira Ode changed assignee from nothing to Mira Ode')), lines.join('\n'));
  });
  await step('a comment that is begun waits at its alert', async () => {
    const comment = page.getByLabel('Comment', { exact: true });
    await comment.fill('Half a thought');
    await page.getByRole('tab', { name: 'Events' }).click();
    await page.getByRole('tab', { name: 'Activity' }).click();
    assert.equal(await comment.inputValue(), 'Half a thought');
    await page.getByRole('button', { name: 'The alert before' }).click();
    await page.getByText(/^1 of /).waitFor();
    assert.equal(await comment.inputValue(), '');
    await page.getByRole('button', { name: 'The next alert' }).click();
    await page.getByText(/^2 of /).waitFor();
    assert.equal(await comment.inputValue(), 'Half a thought');
  });
  await step('deliveries and their attempts stand in the timeline of an alert that was sent', async () => {
    const [alert] = await alerts('detection-id=Example.Hostile');
    await until(async () => (await server.api('GET', `/alerts/${alert.id}/deliveries`)).results[0]?.state === 'failed', 'it was sent');
    await open(page, `/alerts/${alert.id}?tab=activity`);
    const entries = page.getByRole('list', { name: 'Activity' }).getByRole('listitem');
    await entries.filter({ hasText: /team-chat did not take it: 404 .*no_service/ }).first().waitFor();
    const lines = await entries.allInnerTexts();
    // One more attempt of it was asked for above.
    const places = ['The alert was made.', 'It was sent to a destination: team-chat.', 'team-chat did not take it: 404']
      .map((words) => lines.findIndex((line) => line.includes(words)));
    assert.ok(!places.includes(-1), lines.join('\n'));
    assert.deepEqual(places, [...places].sort((a, b) => a - b), 'not in the order of time');
  });
  expectNoFaults(faults);
});

test('alerts alike are shown, and the list has the same', async (t) => {
  const { page, faults } = admin;
  const step = steps(t, browser);
  await step('none yet', async () => {
    const [alert] = await alerts('name-contains=ada');
    await open(page, `/alerts/${alert.id}?tab=related`);
    await page.getByText('No other alert is like this one').waitFor();
  });
  await step('one', async () => {
    const [alert] = await alerts('name-contains=ada');
    // Another one of the same rule and text would belong to this one: what the server finds is told a second time.
    await page.route(({ pathname, searchParams }) => pathname === '/alerts' && searchParams.has('dedup'), async (route) => {
      const found = await (await route.fetch()).json();
      const results = found.results.flatMap((/** @type {any} */ one) => [one, { ...one, id: 'alike', title: 'An older one' }]);
      await route.fulfill({ json: { ...found, results } });
    });
    await open(page, `/alerts/${alert.id}?tab=related`);
    const others = page.getByRole('grid', { name: 'Related alerts' }).locator('tbody tr');
    await others.filter({ hasText: 'An older one' }).waitFor();
    assert.equal(await others.count(), 1, 'the alert is said to be like itself');
    await page.getByRole('link', { name: 'Show them in the list' }).click();
    await rows(page).nth(1).waitFor();
    assert.deepEqual(await rows(page).locator('.title').allInnerTexts(), [alert.title, 'An older one']);
    await page.unrouteAll({ behavior: 'wait' });
  });
  await step('the fault of a destination names it', async () => {
    const error = await until(async () => (await alerts('type=SYSTEM_ERROR'))[0], 'a delivery was given up');
    await open(page, '/alerts');
    await page.getByRole('tab', { name: 'System errors' }).click();
    await page.getByRole('link', { name: error.title }).click();
    await page.getByText('The destination').waitFor();
    await page.getByText('What failed last').waitFor();
    await page.getByRole('link', { name: 'Back to the list' }).click();
    await page.waitForURL(/type=SYSTEM_ERROR/);
  });
  expectNoFaults(faults);
});

test('who may only read sees no button that would fail, on any screen', async (t) => {
  const { page, faults } = reader;
  const step = steps(t, browser);
  const [alert] = await alerts('detection-id=Example.Hostile');
  await step('no way to change', async () => {
    await open(page, '/alerts');
    await rows(page).first().waitFor();
    assert.equal(await page.getByRole('checkbox').count(), 0);
    /** @type {string[]} */
    const changes = [];
    page.on('request', (request) => { if (request.method() === 'PATCH') changes.push(request.url()); });
    await page.keyboard.press('e');
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keys' }).getByText('next alert', { exact: true }).waitFor();
    assert.equal(await page.getByRole('dialog').getByText(/resolves|takes|comment/).count(), 0);
    assert.deepEqual(changes, [], 'a key changed something');
    await page.getByRole('dialog').getByRole('button', { name: 'Close' }).last().click();
    await open(page, `/alerts/${alert.id}?tab=activity`);
    await page.getByText('The alert was made.').waitFor();
    assert.equal(await page.getByRole('button', { name: /comment|take it|try again|change what/i }).count(), 0);
    const refused = await page.evaluate(async (id) => {
      const session = await (await fetch('/internal/session')).json();
      const headers = { 'X-CSRF-Token': session.csrfToken, 'Content-Type': 'application/json' };
      const body = JSON.stringify({ ids: [id], body: 'x', format: 'PLAIN_TEXT' });
      return (await fetch('/internal/alert-comments', { method: 'POST', headers, body })).status;
    }, alert.id);
    assert.equal(refused, 403);
  });
  for (const theme of /** @type {const} */ (['light', 'dark'])) {
    await step(`accessible, ${theme}`, async () => {
      await open(page, '/alerts?severity=%5B%22HIGH%22%5D');
      await setTheme(page, theme);
      await page.getByRole('button', { name: 'More filters' }).click();
      await expectAccessible(page, `all filters, ${theme}`);
      await open(page, `/alerts/${alert.id}`);
      await page.locator('.markdown').waitFor();
      await expectAccessible(page, `a runbook, ${theme}`);
    });
  }
  await step('nothing is wider than 390 pixels', async () => {
    await page.setViewportSize({ width: 390, height: 844 });
    for (const path of ['/alerts?severity=%5B%22HIGH%22%5D&range=7d', `/alerts/${alert.id}`, `/alerts/${alert.id}?tab=events`]) {
      await open(page, path);
      if (path.startsWith('/alerts?')) {
        const first = await rows(page).first().boundingBox();
        assert.ok(first && first.y < 340 && first.height < 130, `the first alert is at ${first?.y}, ${first?.height} high`);
        await page.getByRole('button', { name: 'Filters (2)' }).click();
        await page.getByRole('button', { name: 'More filters' }).click();
      }
      await expectFits(page, path);
    }
  });
  expectNoFaults(faults);
});

test('one goes on beyond what the list had loaded, and the list has it when one goes back', async (t) => {
  const { page, faults } = admin;
  const step = steps(t, browser);
  const all = (await alerts('name-contains=many-&status=RESOLVED')).map(({ title }) => title);
  const at = (/** @type {string} */ words) => page.getByText(words, { exact: true }).waitFor();
  await step('the next page comes with the next alert', async () => {
    await page.setViewportSize({ width: 1280, height: 900 });
    await open(page, '/alerts?name-contains=many-&status=%5B%22RESOLVED%22%5D');
    await rows(page).nth(PAGE - 1).waitFor();
    // Scrolling to it would load the next page.
    await rows(page).nth(PAGE - 1).locator('.title').evaluate((link) => /** @type {HTMLElement} */ (link).click());
    await at(`${PAGE} of ${PAGE} and more`);
    await page.keyboard.press('j');
    await at(`${PAGE + 1} of ${2 * PAGE} and more`);
    await page.getByRole('heading', { level: 1, name: all[PAGE], exact: true }).waitFor();
    await page.keyboard.press('u');
    await page.locator('tr[aria-current=true] .title').filter({ hasText: all[PAGE] }).waitFor();
  });
  await step('also after a reload, which takes the list away', async () => {
    await open(page, '/alerts?name-contains=many-&status=%5B%22RESOLVED%22%5D');
    await rows(page).nth(PAGE - 1).waitFor();
    await rows(page).nth(PAGE - 1).locator('.title').evaluate((link) => /** @type {HTMLElement} */ (link).click());
    await at(`${PAGE} of ${PAGE} and more`);
    await page.reload();
    await at(`${PAGE} of ${PAGE} and more`);
    const letGo = await holdBack(page);
    await page.getByRole('button', { name: 'The next alert' }).click();
    // What is pressed keeps the focus while it waits.
    await page.locator('button[aria-label="The next alert"][aria-disabled=true]:focus').waitFor();
    await letGo();
    await at(`${PAGE + 1} of ${2 * PAGE} and more`);
  });
  expectNoFaults(faults);
});

test('people have names for everybody, however many they are, and nothing of somebody who leaves stays', async (t) => {
  const step = steps(t, browser);
  const [alert] = await alerts('detection-id=Example.Hostile');
  const { page } = reader;
  await page.setViewportSize({ width: 1280, height: 900 });
  const invite = (/** @type {string} */ name) => server.api('POST', '/users',
    { email: `${name}@example.com`, givenName: name, familyName: 'Last', role: { name: 'Analyst' } });
  // More than the server gives of users at a time.
  for (let number = 0; number < 60; number += 1) await invite(`crew${number}`);
  const zoe = await invite('zoe');
  await step('the newest of many is given an alert', async () => {
    await open(admin.page, `/alerts/${alert.id}`);
    await admin.page.getByLabel('Assignee', { exact: true }).selectOption({ label: 'zoe Last' });
    await until(async () => (await server.api('GET', `/alerts/${alert.id}`)).assignee?.id === zoe.id, 'it is assigned');
  });
  await step('who may see no users reads the name', async () => {
    await open(page, `/alerts/${alert.id}`);
    await page.getByText('with zoe Last').waitFor();
  });
  await step('also of somebody who came after the names were read', async () => {
    const ines = await invite('ines');
    await server.api('PATCH', `/alerts/${alert.id}`, { assignee: ines.id });
    await page.getByText('with ines Last').waitFor();
  });
  await step('who is gone has none', async () => {
    await server.api('PATCH', `/alerts/${alert.id}`, { assignee: zoe.id });
    await page.getByText('with zoe Last').waitFor();
    await server.api('DELETE', `/users/${zoe.id}`);
    await page.reload();
    await page.getByText(`with somebody who is gone (${zoe.id.slice(0, 8)})`).waitFor();
  });
  await step('the list that one looked at is forgotten when one signs out', async () => {
    const kept = () => page.evaluate(() => Object.keys(sessionStorage).filter((key) => key.startsWith('margay.')));
    await open(page, '/alerts?range=7d');
    await rows(page).first().waitFor();
    assert.notDeepEqual(await kept(), []);
    await page.getByRole('button', { name: /Your menu/ }).click();
    await page.getByRole('menuitem', { name: 'Sign out' }).click();
    await page.getByRole('heading', { level: 1, name: 'Sign in' }).waitFor();
    assert.deepEqual(await kept(), []);
  });
  expectNoFaults(reader.faults);
});
