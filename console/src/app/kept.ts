// What this tab keeps for a person beyond a page: until it is sent, the tab is closed, or the person signs out.

const PREFIX = 'margay.kept.';
const keyOf = (userId: string, what: string) => `${PREFIX}${userId}.${what}`;

/** What is kept; whatever is in the way of reading it is taken for nothing. */
export function kept(userId: string, what: string): string | null {
  try {
    return sessionStorage.getItem(keyOf(userId, what));
  } catch {
    return null;
  }
}

/** Keeps a text; nothing is not kept. */
export function keep(userId: string, what: string, text: string): void {
  try {
    if (text === '') sessionStorage.removeItem(keyOf(userId, what));
    else sessionStorage.setItem(keyOf(userId, what), text);
  } catch {
    // A browser that stores nothing, or no more, forgets it with the page.
  }
}

/** Somebody signs out: nothing of anybody stays. */
export function forgetKept(): void {
  try {
    Object.keys(sessionStorage).filter((key) => key.startsWith(PREFIX)).forEach((key) => sessionStorage.removeItem(key));
  } catch {
    // Nothing was stored then.
  }
}
