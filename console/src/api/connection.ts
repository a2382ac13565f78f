// Whether the server answers, and whether it still has the console that runs here.
import { useSyncExternalStore } from 'react';

/** `lost`: nothing answers. `updated`: the server has another version of the console than the one that runs. */
export type Connection = 'there' | 'lost' | 'updated';

/** How often a server that does not answer is asked again. */
const ASK_AGAIN_MS = 2_000;
/** How long it may take to answer that. */
const TIME_MS_MAX = 10_000;
/** What is lost again so soon is no outage: something in between swallows some calls and not others. All that is asked
 *  for anew when the server is back would be asked for without end. The pause before that grows. */
const SOON_MS = 10_000;
const PAUSE_MS_MAX = 20_000;
/** The script that an index of the console begins with. */
const SCRIPT = /\/console\/assets\/index-[\w-]+\.js/;
const own = SCRIPT.exec(document.querySelector('script[type=module]')?.getAttribute('src') ?? '')?.[0];

let state: Connection = 'there';
let timer: number | undefined;
let pause = 0;
let lostAt = 0;
let backAt = -SOON_MS;
const followers = new Set<() => void>();

function become(next: Connection): void {
  if (state === next) return;
  state = next;
  followers.forEach((tell) => tell());
}

/** A call had no answer: it is asked for until there is one. */
export function noteLost(): void {
  if (state !== 'lost') {
    lostAt = performance.now();
    pause = lostAt - backAt < SOON_MS ? Math.min(Math.max(2 * pause, ASK_AGAIN_MS), PAUSE_MS_MAX) : 0;
  }
  become('lost');
  timer ??= window.setTimeout(askAgain, Math.max(pause, ASK_AGAIN_MS));
}

/** A call was answered. */
export function noteAnswered(): void {
  const now = performance.now();
  if (state !== 'lost' || now - lostAt < pause) return;
  backAt = now;
  window.clearTimeout(timer);
  timer = undefined;
  become('there');
  // It may have been away to be updated.
  void lookForUpdate();
}

async function askAgain(): Promise<void> {
  window.clearTimeout(timer);
  timer = undefined;
  if (state !== 'lost') return;
  try {
    await fetch('/healthz', { cache: 'no-store', signal: AbortSignal.timeout(TIME_MS_MAX) });
    noteAnswered();
  } catch {
    // It is asked again.
  }
  if (state === 'lost') timer ??= window.setTimeout(askAgain, ASK_AGAIN_MS);
}

/** Whether the server has a console of another version now; then that is said. */
export async function lookForUpdate(): Promise<boolean> {
  try {
    const index = await (await fetch('/console/', { cache: 'no-store', signal: AbortSignal.timeout(TIME_MS_MAX) })).text();
    const theirs = SCRIPT.exec(index)?.[0];
    if (own !== undefined && theirs !== undefined && theirs !== own) become('updated');
  } catch {
    noteLost();
  }
  return state === 'updated';
}

/** Ends when the server answers. */
export function answered(): Promise<void> {
  if (state !== 'lost') return Promise.resolve();
  return new Promise((resolve) => {
    const stop = followConnection(() => {
      if (state === 'lost') return;
      stop();
      resolve();
    });
  });
}

/** Calls back whenever the state changes; returns how to stop that. */
export function followConnection(tell: () => void): () => void {
  followers.add(tell);
  return () => followers.delete(tell);
}

export function useConnection(): Connection {
  return useSyncExternalStore(followConnection, () => state);
}

window.addEventListener('online', () => {
  pause = 0;
  void askAgain();
});
