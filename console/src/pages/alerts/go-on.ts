// Beyond the alerts of the list that were loaded when one left it: the next page of the same list.
import type { QueryClient } from '@tanstack/react-query';
import { alertPage, alertsQuery } from '../../api/alerts';
import { filterOf } from '../../app/searches-alerts';
import { lastList, noteList } from './came-from';

/** Loads the next page of the list that one came from, for going on in it and for going back to it. */
export async function loadNextPage(queries: QueryClient): Promise<void> {
  const list = lastList();
  const { next } = list;
  if (!next) return;
  const filter = filterOf(list.search);
  const page = await alertPage(filter, next);
  // Another list was opened meanwhile.
  if (lastList() !== list) return;
  queries.setQueryData(alertsQuery(filter).queryKey, (kept) => (kept?.pages.at(-1)?.next === next
    ? { pages: [...kept.pages, page], pageParams: [...kept.pageParams, next] } : kept));
  const known = new Set(list.ids);
  const ids = page.results.map(({ id }) => id).filter((id) => !known.has(id));
  noteList({ ...list, ids: [...list.ids, ...ids], next: page.next ?? null });
}
