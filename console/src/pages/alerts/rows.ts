// The rows of all lists that are in memory: changed in place, so that nothing moves under the reader's hand.
import type { InfiniteData, QueryClient } from '@tanstack/react-query';
import { LISTS, type AlertFilter } from '../../api/alerts';
import type { Alert, AlertPage, AlertPatch } from '../../api/types';

type Pages = InfiniteData<AlertPage, string | null>;

/** Has asked for again what is known of alerts, but for lists: their rows are changed in place. */
export const forgetAllButRows = (queries: QueryClient): Promise<void> => queries.invalidateQueries({
  predicate: ({ queryKey }) => queryKey[0] === 'alert' || (queryKey[0] === LISTS[0] && queryKey[1] !== LISTS[1]),
});

/** Puts alerts as they are now in place of what is shown of them; null takes a row away. */
function eachRow(queries: QueryClient, change: (alert: Alert, filter: AlertFilter) => Alert | null): void {
  for (const [key, data] of queries.getQueriesData<Pages>({ queryKey: LISTS })) {
    if (!data) continue;
    let isChanged = false;
    const pages = data.pages.map((page) => {
      const results = page.results.map((alert) => change(alert, key[2] as AlertFilter));
      if (results.every((alert, index) => alert === page.results[index])) return page;
      isChanged = true;
      return { ...page, results: results.filter((alert) => alert !== null) };
    });
    if (isChanged) queries.setQueryData<Pages>(key, { ...data, pages });
  }
}

/** What the lists know of alerts. */
export function knownRows(queries: QueryClient, ids: readonly string[]): Map<string, Alert> {
  const wanted = new Set(ids);
  const known = new Map<string, Alert>();
  const lists = queries.getQueryCache().findAll({ queryKey: LISTS });
  // The list that is shown has the last word.
  for (const list of [...lists.filter((one) => !one.isActive()), ...lists.filter((one) => one.isActive())]) {
    for (const page of (list.state.data as Pages | undefined)?.pages ?? []) {
      page.results.forEach((alert) => { if (wanted.has(alert.id)) known.set(alert.id, alert); });
    }
  }
  return known;
}

/** Shows alerts as they are now, also those that a list would not take any more. */
export function showRows(queries: QueryClient, alerts: readonly Alert[]): void {
  const now = new Map(alerts.map((alert) => [alert.id, alert]));
  eachRow(queries, (alert) => {
    const next = now.get(alert.id);
    return next && differs(alert, next) ? next : alert;
  });
}

function differs(a: Alert, b: Alert): boolean {
  return a.status !== b.status || a.eventCount !== b.eventCount || a.quality !== b.quality
    || a.assignee?.id !== b.assignee?.id || a.severity !== b.severity || wasSent(a, b);
}

/** Whether there was another attempt: the server gives the last ones alone, so that their number may stay. */
function wasSent({ deliveries: a }: Alert, { deliveries: b }: Alert): boolean {
  const [last, next] = [a.at(-1), b.at(-1)];
  return a.length !== b.length || last?.dispatchedAt !== next?.dispatchedAt || last?.outputId !== next?.outputId
    || last?.success !== next?.success;
}

/** Shows what one has just changed oneself; a row that its list would not take any more goes. */
export function changeRows(queries: QueryClient, ids: readonly string[], patch: AlertPatch): void {
  const changed = new Set(ids);
  eachRow(queries, (alert, filter) => {
    if (!changed.has(alert.id)) return alert;
    const next = withPatch(alert, patch);
    return isTaken(next, filter) ? next : null;
  });
}

/** Whether an alert is still in its list when it is changed. */
export const staysWith = (alert: Alert, patch: AlertPatch, filter: AlertFilter): boolean => isTaken(withPatch(alert, patch), filter);

function withPatch(alert: Alert, { status, assignee }: AlertPatch): Alert {
  return {
    ...alert, ...(status ? { status } : {}),
    ...(typeof assignee === 'string' ? { assignee: assignee === '' ? null : { id: assignee, type: 'user' } } : {}),
  };
}

function isTaken({ status, assignee }: Alert, filter: AlertFilter): boolean {
  if (filter.status && !filter.status.includes(status)) return false;
  if (!filter.assignee && !filter.unassigned) return true;
  return assignee ? filter.assignee?.includes(assignee.id) ?? false : filter.unassigned ?? false;
}
