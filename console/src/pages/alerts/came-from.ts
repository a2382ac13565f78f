// The list from which an alert was opened and where one was in it, so that one can go on to the next, and back. The tab
// keeps it for the person until that one signs out: a reload loses neither.
import { idOfOwner } from '../../api/owner';
import { keep, kept } from '../../app/kept';
import type { AlertListSearch } from '../../app/searches-alerts';

declare module '@tanstack/react-router' {
  interface HistoryState {
    /** The alert at which a list begins that one comes back to. */
    alert?: string;
  }
}

/** `next` is the page behind the ids, if there is one; `entry` is the list's place in the browser's history. */
export type List = { search: AlertListSearch; ids: readonly string[]; next: string | null; entry: string | undefined };

const LIST = 'alerts.list';
const NOW = 'alerts.now';
/** Alerts of a list that are kept. */
const IDS_MAX = 5_000;

let last: List | null = null;

/** Notes what a list shows. Behind the alerts that are kept nothing is gone on to. */
export function noteList(list: List): void {
  last = list.ids.length > IDS_MAX ? { ...list, ids: list.ids.slice(0, IDS_MAX), next: null } : list;
  keep(idOfOwner(), LIST, JSON.stringify(last));
}

/** Notes the alert that one is at, in the list or out of it. */
export const noteNow = (id: string): void => keep(idOfOwner(), NOW, id);

/** The alert that one was at when one was at this place of the history. */
export function wasAt(entry: string | undefined): string | null {
  return entry !== undefined && lastList().entry === entry ? kept(idOfOwner(), NOW) : null;
}

type Place = {
  search: AlertListSearch; before: string | undefined; next: string | undefined; at: number; of: number;
  /** Whether the list goes on behind the alerts that are known. */
  isMore: boolean;
};

/** The list, and the neighbours of an alert in it. */
export function cameFrom(id: string): Place {
  const { search, ids, next } = lastList();
  const at = ids.indexOf(id);
  const found = at >= 0;
  return { search, at, of: ids.length, isMore: Boolean(next), before: found ? ids[at - 1] : undefined, next: found ? ids[at + 1] : undefined };
}

/** The list that was shown last. */
export function lastList(): List {
  last ??= parsed(kept(idOfOwner(), LIST)) ?? { search: {}, ids: [], next: null, entry: undefined };
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
