// A document in an address: behind `#`, which browsers do not send, so that no log has it.
import { NO_VARIABLES } from './drafts';

type Shared = { query: string; variables: string };

/** Longer addresses are cut by chat programs and mail. */
const CHARACTERS_MAX = 2_000;

/** The address that opens the playground with a document; none when it would be too long. */
export function addressOf({ query, variables }: Shared): string | null {
  const bytes = new TextEncoder().encode(JSON.stringify(variables.trim() === NO_VARIABLES ? [query] : [query, variables]));
  const code = btoa(String.fromCharCode(...bytes.subarray(0, CHARACTERS_MAX))).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
  if (bytes.length > CHARACTERS_MAX || code.length > CHARACTERS_MAX) return null;
  return `${window.location.origin}/console/settings/playground#${code}`;
}

/** The document in an address, if there is one. */
export function sharedIn(hash: string): Shared | null {
  const code = hash.replace(/^#/, '');
  if (code === '' || code.length > CHARACTERS_MAX) return null;
  try {
    const bytes = Uint8Array.from(atob(code.replaceAll('-', '+').replaceAll('_', '/')), (letter) => letter.charCodeAt(0));
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes));
    const [query, variables = NO_VARIABLES] = Array.isArray(value) ? value as unknown[] : [];
    return typeof query === 'string' && typeof variables === 'string' ? { query, variables } : null;
  } catch {
    return null;
  }
}
