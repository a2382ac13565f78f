// The overview: numbers that lead to what they count, charts that can be read as tables, an installation with nothing.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { expectAccessible, expectFits, expectNoFaults, member, open, setTheme, settled, startBrowser, steps } from './browser.mjs';
import { startServer } from './server.mjs';

/** @type {import('./server.mjs').Server} */
let server;
/** @type {import('./server.mjs').Server} */
let empty;
/** @type {import('playwright-core').Browser} */
let browser;
before(async () => {
  [server, empty, browser] = await Promise.all([startServer(), startServer({ empty: true }), startBrowser()]);
  await server.sendEvents(['ada@example.com', 'grace@example.com', 'joan@example.com']);
});
after(async () => {
  await browser?.close();
  await Promise.all([server?.stop(), empty?.stop()]);
});

/** The canvas of a chart, drawn. @param {import('playwright-core').Page} page @param {RegExp} name */
async function drawn(page, name) {
  const chart = page.getByRole('img', { name });
  await chart.locator('canvas').waitFor();
  return chart;
}

/** Whether anything is drawn: a pixel that is not clear. @param {import('playwright-core').Locator} chart */
async function hasInk(chart) {
  return chart.locator('canvas').evaluate((node) => {
    const canvas = /** @type {HTMLCanvasElement} */ (node);
    const { data } = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d')).getImageData(0, 0, canvas.width, canvas.height);
    return data.some((part, index) => index % 4 === 3 && part > 0);
  });
}

test('what is counted is what the list shows', async (t) => {
  const { page, faults } = await member(browser, server, 'mira@example.com', 'Admin');
  const step = steps(t, browser);
  const rows = () => page.locator('table[aria-label=Alerts] tbody tr');

  await step('each number leads to those alerts', async () => {
    await open(page, '/');
    const count = page.getByRole('link', { name: '3 High, < 1 h' });
    await count.click();
    await page.getByRole('heading', { level: 1, name: 'Alerts' }).waitFor();
    await page.waitForFunction(() => document.querySelectorAll('table[aria-label=Alerts] tbody tr').length === 3);
    const { searchParams } = new URL(page.url());
    assert.deepEqual(JSON.parse(searchParams.get('severity') ?? '[]'), ['HIGH']);
    await server.api('PATCH', '/alerts', { ids: [(await server.api('GET', '/alerts?name-contains=ada')).results[0].id], status: 'RESOLVED' });
    await open(page, '/');
    await page.getByRole('link', { name: '2 High, < 1 h' }).waitFor();
  });

  await step('a rule says how many of its alerts wait, and leads to all of them', async () => {
    await page.getByRole('row', { name: /Somebody is locked out 3 3 67\s% none/ }).getByRole('link').click();
    await page.waitForFunction(() => document.querySelectorAll('table[aria-label=Alerts] tbody tr').length === 3);
    await page.goBack();
    await settled(page);
  });

  await step('the failing destination says why, and the source what came in', async () => {
    await page.getByRole('row', { name: /team-chat.*no_service/ }).waitFor();
    await page.getByRole('row', { name: /okta .*takes logs from anybody.* Degraded .* 3 0 .*B/ }).waitFor();
  });

  await step('headers of tables are read in full, and words are whole', async () => {
    const faulty = await page.evaluate(() => {
      const cut = [...document.querySelectorAll('th')].filter((one) => one.scrollWidth > one.clientWidth + 1);
      const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT, (node) =>
        node.parentElement?.closest('td') ? NodeFilter.FILTER_ACCEPT : NodeFilter.FILTER_SKIP);
      const broken = [];
      for (let node = texts.nextNode(); node; node = texts.nextNode()) {
        for (const word of (node.nodeValue ?? '').matchAll(/[A-Za-z]+/g)) {
          const range = document.createRange();
          range.setStart(node, word.index);
          range.setEnd(node, word.index + word[0].length);
          if (new Set([...range.getClientRects()].map(({ top }) => Math.round(top))).size > 1) broken.push(word[0]);
        }
      }
      return [...cut.map((one) => one.textContent), ...broken];
    });
    assert.deepEqual(faulty, []);
  });

  await step('charts are drawn, and are read as tables', async () => {
    assert.equal(await hasInk(await drawn(page, /Alerts by severity: 3 in all/)), true, 'nothing is drawn');
    await drawn(page, /Events by log type: 3 in all/);
    await page.getByRole('button', { name: 'Show as table: Alerts by severity' }).click();
    const table = page.getByRole('grid', { name: 'Alerts by severity' });
    assert.equal(await table.locator('tbody tr').count(), 24);
    assert.deepEqual(await table.getByRole('link').allInnerTexts(), ['3']);
    await expectAccessible(page, 'a chart as a table');
    await table.getByRole('link').click();
    await page.waitForFunction(() => document.querySelectorAll('table[aria-label=Alerts] tbody tr').length === 3);
    await page.goBack();
    await settled(page);
  });

  await step('a bar leads to the alerts of its time', async () => {
    const canvas = (await drawn(page, /Alerts by severity/)).locator('canvas');
    const box = await canvas.boundingBox();
    assert.ok(box);
    // The last interval is the one that runs; its bar is as high as the chart.
    await page.waitForTimeout(300);
    await page.mouse.move(box.x + box.width - 18, box.y + 100);
    await page.mouse.click(box.x + box.width - 18, box.y + 100);
    await page.getByRole('heading', { level: 1, name: 'Alerts' }).waitFor();
    await page.waitForFunction(() => document.querySelectorAll('table[aria-label=Alerts] tbody tr').length === 3);
    assert.match(page.url(), /created-before=/);
    assert.equal(await rows().count(), 3);
  });

  await step('span and measure stand in the address', async () => {
    await open(page, '/');
    await page.getByRole('button', { name: '30 days' }).click();
    await page.getByRole('heading', { name: 'Alerts, 30 days' }).waitFor();
    await page.getByRole('button', { name: 'Bytes', exact: true }).click();
    await drawn(page, /Bytes by log type: .*B in all/);
    const { search } = new URL(page.url());
    assert.equal(search, '?hours=720&volume=bytes');
    await page.reload();
    await page.getByRole('heading', { name: 'Alerts, 30 days' }).waitFor();
    await drawn(page, /Bytes by log type/);
    assert.equal(await page.getByRole('button', { name: '30 days' }).getAttribute('aria-pressed'), 'true');
  });

  for (const theme of /** @type {const} */ (['light', 'dark'])) {
    await step(`accessible in the ${theme} theme, with its charts`, async () => {
      await setTheme(page, theme);
      await drawn(page, /Alerts by severity/);
      await drawn(page, /Bytes by log type/);
      await expectAccessible(page, `overview ${theme}`);
    });
  }

  await step('a chart follows the width of the page, down to 390 pixels', async () => {
    await page.setViewportSize({ width: 390, height: 844 });
    await page.waitForFunction(() => [...document.querySelectorAll('.chart canvas')].every((one) => one.clientWidth < 390));
    await expectFits(page, 'the overview');
  });
  expectNoFaults(faults);
});

test('parts that are not open to somebody are not there', async () => {
  await server.api('POST', '/roles', { name: 'Chat keepers', permissions: ['DestinationRead'] });
  const { page, faults } = await member(browser, server, 'noor@example.com', 'Chat keepers');
  await page.getByRole('heading', { level: 2, name: 'Destinations' }).waitFor();
  assert.deepEqual(await page.locator('#main').getByRole('heading', { level: 2 }).allInnerTexts(), ['Destinations']);
  const found = await page.evaluate(async () => (await fetch('/internal/overview')).json());
  for (const part of ['alerts', 'volumes', 'sources', 'enabledDetections', 'people']) assert.equal(found[part], null, part);
  const refused = await page.evaluate(async () => (await fetch('/internal/overview?hours=25')).json());
  assert.match(refused.message, /`hours`: `25` is not 24, 168 or 720/);
  expectNoFaults(faults);
});

test('whoever sees other log types sees nothing of these', async () => {
  await server.api('POST', '/roles', {
    name: 'Cloud team', permissions: ['AlertRead', 'LogSourceRead'], logTypeAccessKind: 'ALLOW', logTypeAccess: ['AWS.CloudTrail'] });
  const { page, faults } = await member(browser, server, 'joan@example.com', 'Cloud team');
  await page.getByRole('heading', { name: 'No open alert' }).waitFor();
  await page.getByRole('heading', { name: 'No rule made an alert' }).waitFor();
  await page.getByRole('heading', { name: 'Nothing came in' }).waitFor();
  await page.getByRole('row', { name: /okta .*takes logs from anybody.* Degraded .* – – –/ }).waitFor();
  expectNoFaults(faults);
});

test('an empty installation says what to do next, and each step ticks itself off', async () => {
  const { page, faults } = await member(browser, empty, 'mira@example.com', 'Admin');
  await page.getByRole('heading', { level: 2, name: 'Next steps' }).waitFor();
  await page.getByRole('heading', { name: 'No open alert' }).waitFor();
  await page.getByRole('heading', { name: 'Nothing came in' }).waitFor();
  await expectAccessible(page, 'an empty overview');
  await page.getByRole('listitem').filter({ hasText: 'To do: Invite people' }).waitFor();
  await empty.api('POST', '/users', { email: 'noor@example.com', givenName: 'Noor', familyName: 'Ode', role: { name: 'Analyst' } });
  await page.reload();
  await page.getByRole('listitem').filter({ hasText: 'Done: Invite people' }).waitFor();
  assert.equal(await page.getByRole('link', { name: 'Invite people' }).count(), 0, 'the step does not tick itself off');
  expectNoFaults(faults);
});

test('a destination that is disabled or muted is not said to take what is sent', async () => {
  const form = (/** @type {string} */ displayName) =>
    ({ displayName, type: 'webhook', severities: [], config: { webhook_url: `${empty.dead}/hook` } });
  await empty.api('POST', '/destinations', form('calm'));
  await empty.api('POST', '/destinations', { ...form('off'), enabled: false });
  const { id } = await empty.api('POST', '/destinations', form('quiet'));
  await empty.api('PUT', `/destinations/${id}/mute`, { until: new Date(Date.now() + 3_600_000).toISOString() });
  const { page, faults } = await member(browser, empty, 'rosa@example.com', 'Admin');
  await page.getByText('1 of 3 takes what is sent; 1 is disabled, 1 is muted.', { exact: true }).waitFor();
  await expectAccessible(page, 'an overview with destinations that are kept quiet');
  await page.getByRole('link', { name: '1 is muted', exact: true }).click();
  await page.getByRole('heading', { level: 1, name: 'Destinations', exact: true }).waitFor();
  expectNoFaults(faults);
});
