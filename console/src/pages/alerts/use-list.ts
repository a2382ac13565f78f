// The list of alerts with what is loaded of it, and what came in since.
import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useMemo, useState } from 'react';
import { alertPage, alertQuery, alertsQuery, type AlertFilter } from '../../api/alerts';
import type { Alert, AlertPage } from '../../api/types';
import { useNews, usePolling, type Changed } from '../../live/use-news';
import { showRows } from './rows';

/** Changed rows that are asked for one by one. */
const ASKED_MAX = 20;
/** Rows below which an emptied list is asked for again. */
const ROWS_MIN = 10;

export function useAlertList(filter: AlertFilter) {
  const queries = useQueryClient();
  const options = alertsQuery(filter);
  const list = useInfiniteQuery(options);
  const pages = list.data?.pages;
  const found = useMemo(() => pages?.flatMap((page) => page.results) ?? [], [pages]);
  const key = JSON.stringify(filter);
  const [fresh, setFresh] = useState<{ key: string; page: AlertPage; count: number } | null>(null);

  const refresh = useCallback(async (changed: Changed) => {
    if (!pages) return;
    const known = new Set(found.map(({ id }) => id));
    const touched = [...changed ?? []].filter((id) => known.has(id));
    if (touched.length > 0 && touched.length <= ASKED_MAX) {
      showRows(queries, await Promise.all(touched.map((id) => queries.fetchQuery({ ...alertQuery(id), staleTime: 0 }))));
    }
    if (changed && touched.length === changed.size && touched.length <= ASKED_MAX) return;
    const page = await alertPage(filter, null);
    showRows(queries, page.results);
    const first = found[0];
    if (!first) {
      if (page.results.length > 0) await list.refetch();
      return;
    }
    if (filter['sort-dir'] === 'asc') return;
    const count = page.results.filter((alert) => !known.has(alert.id) && isNewer(alert, first)).length;
    setFresh(count > 0 ? { key, page, count } : null);
  }, [pages, found, queries, filter, key, list]);

  // A list that is not up to date any more stays as it is; the next change or look tells.
  const quietly = (changed: Changed) => void refresh(changed).catch(() => undefined);
  useNews(quietly);
  usePolling(() => quietly(null));
  useEffect(() => {
    // What was kept from an earlier visit of the page.
    if (pages) quietly(null);
  }, [key]);

  const isShort = found.length < ROWS_MIN && list.hasNextPage && !list.isFetching;
  useEffect(() => {
    if (isShort) void list.fetchNextPage();
  }, [isShort, list]);

  const waiting = fresh?.key === key ? fresh : null;
  const showFresh = () => {
    if (!waiting) return;
    queries.setQueryData(options.queryKey, { pages: [waiting.page], pageParams: [null] });
    setFresh(null);
  };
  return { list, pages: pages ?? [], found, waiting: waiting?.count ?? 0, showFresh };
}

function isNewer(a: Alert, b: Alert): boolean {
  const [first, second] = [Date.parse(a.createdAt), Date.parse(b.createdAt)];
  return first > second || (first === second && a.id > b.id);
}
