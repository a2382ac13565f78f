// Whether somebody is at the page: what it asks by itself meanwhile must not keep a session alive.

/** What only a person does. A page scrolls by itself too, so that scrolling tells nothing; what is done for it does. */
const SIGNS = ['pointerdown', 'pointermove', 'keydown', 'wheel', 'touchstart', 'click', 'input'] as const;
/** More than the page waits between two looks at the session, so that the server hears of every sign. */
const AWAY_MS = 90_000;

/** A page that was just opened was opened by somebody. */
let lastSign = Date.now();

for (const sign of SIGNS) {
  window.addEventListener(sign, () => { lastSign = Date.now(); }, { capture: true, passive: true });
}

/** What goes with a request while nobody is at the page: the server does not count it as use of the session then. */
export function unattended(): Record<string, string> {
  return Date.now() - lastSign < AWAY_MS ? {} : { 'Margay-Unattended': 'true' };
}
