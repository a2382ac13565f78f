// The list from which an alert was opened and where one was in it, so that one can go on to the next, and back. The tab
// keeps it: a reload loses neither.
import type { AlertListSearch } from '../../app/searches-alerts';

declare module '@tanstack/react-router' {
  interface HistoryState {
    /** The alert at which a list begins that one comes back to. */
    alert?: string;
  }
}

/** `entry` is the list's place in the browser's history. */
type List = { search: AlertListSearch; ids: readonly string[]; entry: string | undefined };

const LIST = 'margay.alerts.list';
const NOW = 'margay.alerts.now';
/** Alerts of a list that are kept. */
const IDS_MAX = 5_000;

let last: List | null = null;

/** Notes what a list shows. */
export function noteList(list: List): void {
  last = { ...list, ids: list.ids.slice(0, IDS_MAX) };
  keep(LIST, JSON.stringify(last));
}

/** Notes the alert that one is at, in the list or out of it. */
export const noteNow = (id: string): void => keep(NOW, id);

/** The alert that one was at when one was at this place of the history. */
export function wasAt(entry: string | undefined): string | null {
  return entry !== undefined && lastList().entry === entry ? read(NOW) : null;
}

/** The list, and the neighbours of an alert in it. */
export function cameFrom(id: string): { search: AlertListSearch; before: string | undefined; next: string | undefined; at: number; of: number } {
  const { search, ids } = lastList();
  const at = ids.indexOf(id);
  const found = at >= 0;
  return { search, at, of: ids.length, before: found ? ids[at - 1] : undefined, next: found ? ids[at + 1] : undefined };
}

function lastList(): List {
  last ??= parsed(read(LIST)) ?? { search: {}, ids: [], entry: undefined };
  return last;
}

function parsed(text: string | null): List | null {
  if (text === null) return null;
  try {
    return JSON.parse(text) as List;
  } catch {
    return null;
  }
}

function keep(key: string, text: string): void {
  try {
    sessionStorage.setItem(key, text);
  } catch {
    // A browser that stores nothing forgets the list with the page.
  }
}

function read(key: string): string | null {
  try {
    return sessionStorage.getItem(key);
  } catch {
    return null;
  }
}
