// A real server of its own for a test run: a fresh data directory, one log source, one rule, a dead destination,
// an identity provider that answers nothing of use.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDoor } from './dist.mjs';

/** The administrator's token of the test's own calls. */
const TOKEN = 'console-tests-only-0123456789';
const START_MS_MAX = 90_000;

const RULE = `AnalysisType: rule
RuleID: Example.Locked.Out
DisplayName: Somebody is locked out
Enabled: true
LogTypes: [Okta.SystemLog]
Severity: High
Description: An account was locked after too many failed sign-ins.
Runbook: |
  1. Ask the person.
  2. Look where the attempts came from.
Reference: https://example.com/locked-out
Tags: [Identity]
Detection:
  - Key: eventType
    Condition: Equals
    Value: user.account.lock
AlertTitle: "{actor.alternateId} is locked out"
GroupBy:
  - KeyPath: actor.alternateId
AlertContext:
  - KeyName: address
    KeyValue: { KeyPath: client.ipAddress }
`;

/** @typedef {{ base: string, dead: string, dataDir: string, setUpLink: string, stop: () => Promise<void>,
 *   api: (method: string, path: string, body?: unknown) => Promise<any>,
 *   sendEvents: (names: string[]) => Promise<void> }} Server */

/** Waits until something is so. @template T @param {() => T | Promise<T>} look @param {string} what
 *  @returns {Promise<NonNullable<T>>} */
export async function until(look, what) {
  const end = Date.now() + START_MS_MAX;
  for (;;) {
    const found = await look();
    if (found) return /** @type {NonNullable<T>} */ (found);
    if (Date.now() > end) throw new Error(`waited ${START_MS_MAX} ms in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** `empty`: nothing is configured. `bare`: all that the file says is that local receivers may be told. `rules`: files
 * beside the one rule, by name. `dataDir`: one that is there already. `answers`: what the destination that refuses everything says.
 * @param {{ empty?: boolean, bare?: boolean, rules?: Record<string, string>, dataDir?: string, answers?: () => string }} [options]
 * @returns {Promise<Server>} */
export async function startServer({ empty = false, bare = false, rules = {}, dataDir: given, answers = () => 'no_service' } = {}) {
  const site = mkdtempSync(join(tmpdir(), 'margay-console-'));
  const dataDir = given ?? join(site, 'data');
  mkdirSync(join(site, 'rules'));
  if (!empty) writeFileSync(join(site, 'rules', 'locked_out.yml'), RULE);
  for (const [name, text] of Object.entries(rules)) writeFileSync(join(site, 'rules', name), text);
  // It refuses everything, so that there is a failed delivery.
  const dead = createServer((_request, response) => response.writeHead(404).end(answers()));
  await new Promise((resolve) => dead.listen(0, '127.0.0.1', () => resolve(null)));
  const address = dead.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  // While the console is worked on: its newest build, without building the server for it.
  const door = process.env['CONSOLE_DIST'] ? await openDoor() : null;
  writeFileSync(join(site, 'margay.yaml'), `${door ? `external_url: ${door.base}` : ''}
egress: { allow: ["127.0.0.1"] }
${bare ? '' : `content: [rules]
sign_in:
  oidc:
    - { id: own, label: Our provider, issuer: "http://127.0.0.1:${port}", client_id: margay, client_secret: of-the-tests }
${empty ? '' : `sources:
  - { id: okta, type: http, log_types: [Okta.SystemLog] }
destinations:
  - { name: team-chat, type: slack, config: { webhook_url: "http://127.0.0.1:${port}/hook" }, severities: [HIGH] }
`}`}`);
  const program = process.env['MARGAY'] ?? new URL('../../target/debug/margay', import.meta.url).pathname;
  const args = ['--config', join(site, 'margay.yaml'), '--data-dir', dataDir, 'serve', '--listen', '127.0.0.1:0'];
  const child = spawn(program, args, {
    stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, MARGAY_BOOTSTRAP_TOKEN: TOKEN },
  });
  let log = '';
  child.stderr.on('data', (chunk) => { log = (log + chunk).slice(-20_000); });
  /** @type {Promise<void>} */
  const over = new Promise((resolve) => child.on('exit', () => resolve()));
  const file = join(dataDir, 'address');
  const bound = await until(() => {
    if (child.exitCode !== null) throw new Error(`the server did not start:\n${log}`);
    return existsSync(file) ? `http://${readFileSync(file, 'utf8').trim()}` : null;
  }, 'the server writes its address');

  door?.leadTo(bound);
  const base = door?.base ?? bound;

  /** @param {string} method @param {string} path @param {unknown} [body] */
  const api = async (method, path, body) => {
    const response = await fetch(base + path, {
      method, headers: { 'X-API-Key': TOKEN }, ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return text === '' ? null : JSON.parse(text);
  };
  return {
    base, dataDir, api, dead: `http://127.0.0.1:${port}`,
    setUpLink: given ? '' : readFileSync(join(dataDir, 'set-up-link'), 'utf8').trim(),
    sendEvents: async (names) => {
      const lines = names.map((name, index) => JSON.stringify({
        uuid: `${index}-${Date.now()}`, published: new Date().toISOString(), eventType: 'user.account.lock', version: '0',
        severity: 'WARN', actor: { id: '00u1', type: 'User', alternateId: name, displayName: name },
        client: { ipAddress: '203.0.113.7' }, outcome: { result: 'FAILURE' },
      }));
      const response = await fetch(`${base}/http/okta`, { method: 'POST', body: lines.join('\n') });
      if (!response.ok) throw new Error(await response.text());
      await until(async () => (await api('GET', '/alerts?limit=50')).results.length >= names.length, 'alerts are made');
    },
    stop: async () => {
      child.kill('SIGTERM');
      await over;
      dead.close();
      door?.close();
      rmSync(site, { recursive: true, force: true });
    },
  };
}
