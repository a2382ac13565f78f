// The list from which an alert was opened, so that one can go on to the next of it, and back.
import type { AlertListSearch } from '../../app/searches-alerts';

type List = { search: AlertListSearch; ids: readonly string[] };

let last: List = { search: {}, ids: [] };

/** Notes what a list shows. */
export function noteList(search: AlertListSearch, ids: readonly string[]): void {
  last = { search, ids };
}

/** The list, and the neighbours of an alert in it. */
export function cameFrom(id: string): { search: AlertListSearch; before: string | undefined; next: string | undefined; at: number; of: number } {
  const at = last.ids.indexOf(id);
  const found = at >= 0;
  return {
    search: last.search, at, of: last.ids.length,
    before: found ? last.ids[at - 1] : undefined, next: found ? last.ids[at + 1] : undefined,
  };
}
