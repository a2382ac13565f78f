// Whose page this is: the token that goes with every change, and word of somebody else who signed in in this browser.
import { useSyncExternalStore } from 'react';
import { Problem } from './problem';
import type { SessionInfo } from './types';

/** Somebody who signed in while this page was another person's. A new object for each time that it is to be said. */
export type Other = { email: string };

let owner: { id: string; email: string; token: string } | null = null;
let other: Other | null = null;
const followers = new Set<() => void>();

function become(next: Other | null): void {
  if (other === next) return;
  other = next;
  followers.forEach((tell) => tell());
}

/** Takes over the token of a session, unless the page is somebody else's: then that is said, and it is false. */
export function takeSession({ user: { id, email }, csrfToken }: SessionInfo): boolean {
  if (owner && owner.id !== id) {
    if (other?.email !== email) become({ email });
    return false;
  }
  owner = { id, email, token: csrfToken };
  become(null);
  return true;
}

/** Of whom the page is; nothing as long as nobody is signed in. */
export const idOfOwner = (): string => owner?.id ?? '';

/** Goes with every request that changes something. */
export const tokenOfSession = (): string => owner?.token ?? '';

/** Whether the browser's session was somebody else's when it was looked at last. */
export const isOthers = (): boolean => other !== null;

/** Why nothing is asked for: it would be done in another name. `isLoud`: that is said in a dialog once more. */
export function othersProblem(isLoud: boolean): Problem {
  if (other && isLoud) become({ ...other });
  const who = other ? `\`${other.email}\`` : 'somebody else';
  return new Problem(403, `nothing was sent: this page is \`${owner?.email ?? ''}\`’s, and ${who} is signed in in this browser now;`
    + ' copy what you need, then load the page again');
}

/** Who else is signed in; null while the browser's session is the page's own. */
export function useOther(): Other | null {
  return useSyncExternalStore((tell) => {
    followers.add(tell);
    return () => followers.delete(tell);
  }, () => other);
}
