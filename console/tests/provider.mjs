// The real identity provider that the server's own tests use, started from here.
import { execFileSync, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

const SCRIPT = new URL('../../crates/margay/tests/e2e/testdata/identity_providers/oidc.mjs', import.meta.url).pathname;
const SETUP = new URL('../../scripts/setup-identity-providers', import.meta.url).pathname;

/** Starts it; `know` tells it where browsers come back to.
 * @returns {Promise<{ issuer: string, know: (address: string) => Promise<void>, stop: () => void }>} */
export async function startProvider() {
  const packages = execFileSync(SETUP, ['-p'], { encoding: 'utf8' }).trim();
  const child = spawn('node', [SCRIPT, packages], { stdio: ['pipe', 'pipe', 'ignore'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const issuer = (await lines.next()).value;
  return {
    issuer,
    know: async (address) => {
      child.stdin.write(`${address}\n`);
      if ((await lines.next()).value !== 'ready') throw new Error('the provider is not ready');
    },
    stop: () => { child.kill(); },
  };
}
