// Puts hostile texts through the real server, into every place that shows what somebody wrote.
import { ASCII, CONTROLS, HOSTILE, LINES } from './hostile.mjs';
import { PASSWORD } from './browser.mjs';
import { until } from './server.mjs';

/** Longest name that the server takes. */
const NAME_CHARS_MAX = 250;
const USER_AGENT_CHARS_MAX = 190;
/** Texts that go into one comment, or one object of a log: few enough to be shown without asking for more. */
const TOGETHER = 45;

/** Names that a file system takes. */
export const FILES = HOSTILE.filter((text) => !/[/\0-\x1f\u0080-\u009f]/.test(text) && text.trim() === text && Buffer.byteLength(text) <= 200)
  .map((text) => `${text}.yml`);

/** A rule that says whatever an event says, and rules in files whose names say something. */
export const RULE = {
  ...Object.fromEntries(FILES.map((name, number) => [name, `AnalysisType: rule
RuleID: Example.File.${number}
Enabled: false
LogTypes: [Custom.Hostile]
Severity: Info
Detection: [{ Key: text, Condition: Equals, Value: never }]
`])),
  'hostile.yml': `AnalysisType: rule
RuleID: Example.Hostile
Filename: hostile.py
Enabled: true
LogTypes: [Custom.Hostile]
Severity: Medium
`,
  'hostile.py': `def rule(event):
    return True

def title(event):
    return event.get("text")

def dedup(event):
    return event.get("text")

def alert_context(event):
    return {"first": event.get("first"), "second": event.get("second"), "third": event.get("third")}
`,
};

/** Texts, as many as fit into a name, with a blank between them. @param {string[]} texts @param {number} [max] */
export function packed(texts, max = NAME_CHARS_MAX) {
  /** @type {string[]} */
  const names = [];
  for (const text of texts.filter((one) => one.length <= max)) {
    const last = names.at(-1);
    if (last !== undefined && last.length + 1 + text.length <= max) names[names.length - 1] = `${last} ${text}`;
    else names.push(text);
  }
  return names.map((name) => name.trim());
}

/** @param {string[]} texts @param {number} size */
function chunks(texts, size) {
  return Array.from({ length: Math.ceil(texts.length / size) }, (_none, number) => texts.slice(number * size, (number + 1) * size));
}

/** A JSON text that keeps a field with the name `__proto__`. @param {Record<string, unknown>} fields @param {string[][]} parts */
function eventOf(fields, parts) {
  const bags = parts.map((texts, number) => {
    const pairs = texts.map((text) => `${JSON.stringify(text)}:${JSON.stringify(text)}`);
    return `"${['first', 'second', 'third'][number]}":{${pairs.join(',')}}`;
  });
  return `{${JSON.stringify(fields).slice(1, -1)},${bags.join(',')}}`;
}

/** Everything; what each place holds then. @param {import('./server.mjs').Server} server @param {string} email of somebody who is there */
export async function fill(server, email) {
  const { api } = server;
  const names = packed(LINES);
  const fields = ['text', 'first', 'second', 'third'].map((name) => `  - { name: ${name}, type: ${name === 'text' ? 'string' : 'json'}, description: ${JSON.stringify(LINES.join(' '))} }`);
  const spec = `schema: Custom.Hostile\ndescription: ${JSON.stringify(HOSTILE.filter((text) => !CONTROLS.includes(text)).join(' '))}\nreferenceURL: https://example.com/\nfields:\n${fields.join('\n')}\n`;
  await api('PUT', '/schemas/Custom.Hostile', { spec, description: LINES.join(' '), referenceURL: 'https://example.com/', revision: 0 });
  const sources = await Promise.all(names.map((label) => api('POST', '/log-sources/http', {
    integrationLabel: label, logStreamType: 'Lines', logTypes: ['Custom.Hostile'], authMethod: 'None' })));
  const address = `${server.base}/http/${sources[0].integrationId}`;
  const parts = chunks(HOSTILE, TOGETHER);
  const send = async (/** @type {string} */ body) => {
    const response = await fetch(address, { method: 'POST', body });
    if (!response.ok) throw new Error(await response.text());
  };
  await send(HOSTILE.map((text) => JSON.stringify({ text })).join('\n'));
  await send(eventOf({ text: 'all of them' }, parts));
  // What fits no schema is kept as a failure.
  await send(LINES.join('\n'));
  const count = async () => (await api('GET', '/alerts?limit=1&name-contains=all%20of%20them')).results[0];
  const alert = await until(count, 'alerts are made');

  for (const texts of parts) await api('POST', '/alert-comments', { alertId: alert.id, body: texts.join('\n'), format: 'HTML' });
  await api('PATCH', `/alerts/${alert.id}`, { contextTags: ['<b>tag</b>', '__proto__'] }).catch(() => null);
  for (const [number, name] of names.entries()) {
    const role = await api('POST', '/roles', { name, permissions: ['AlertRead'] });
    await api('POST', '/users', { email: `p${number}@example.com`, givenName: name, familyName: names.at(-1 - number), role: { name: role.name } });
    await api('POST', '/api-tokens', { name, permissions: ['AlertRead'] });
  }
  // Names of destinations hold none of the characters that markup begins with.
  const destinations = packed(LINES.filter((text) => !/[<>&"%']/.test(text)));
  for (const displayName of destinations) {
    await api('POST', '/destinations', { displayName, type: 'slack', severities: ['MEDIUM'], config: { webhook_url: `${server.dead}/hook` } });
  }
  await send(JSON.stringify({ text: 'and to all destinations' }));
  // What people write about a rule is Markdown; its names hold none of the characters that markup begins with.
  await api('PUT', '/rules/Example.Written', {
    body: 'def rule(event):\n    return event.get("text") == "written"\n', severity: 'LOW', logTypes: ['Custom.Hostile'],
    displayName: destinations[0], description: LINES.join('\n\n'), runbook: LINES.join('\n\n'), reference: LINES[0], tags: LINES,
    tests: LINES.map((name) => ({ name, expectedResult: false, resource: JSON.stringify({ text: name }) })),
  });
  await send(JSON.stringify({ text: 'written' }));
  await saveViews(server, email, names);
  const agents = packed(ASCII, USER_AGENT_CHARS_MAX);
  for (const agent of agents) {
    const signedIn = await fetch(`${server.base}/internal/sign-in`, {
      method: 'POST', headers: { 'User-Agent': agent, 'Content-Type': 'application/json' }, body: JSON.stringify({ email, password: PASSWORD }) });
    if (!signedIn.ok) throw new Error(await signedIn.text());
  }
  return { alert, names, destinations, agents, parts, source: sources[0].integrationId };
}

/** Views belong to people, not to tokens. @param {import('./server.mjs').Server} server @param {string} email @param {string[]} names */
async function saveViews({ base }, email, names) {
  const signedIn = await fetch(`${base}/internal/sign-in`, {
    method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ email, password: PASSWORD }) });
  const { csrfToken } = await signedIn.json();
  const cookie = signedIn.headers.getSetCookie().map((one) => one.split(';')[0]).join('; ');
  for (const name of names) {
    const made = await fetch(`${base}/internal/views`, {
      method: 'POST', headers: { 'Content-Type': 'application/json', 'X-CSRF-Token': csrfToken, Cookie: cookie },
      body: JSON.stringify({ page: 'alerts', name, search: 'status=OPEN', shared: true }) });
    if (!made.ok) throw new Error(await made.text());
  }
}
