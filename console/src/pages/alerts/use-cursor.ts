// The row that keys act on: it is an alert and not a number, so that it stays when rows come and go.
import { useLocation } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';
import type { Alert } from '../../api/types';
import type { AlertListSearch } from '../../app/searches-alerts';
import { noteList, noteNow, wasAt } from './came-from';

/** `next` is the page behind what is found, if there is one. */
export function useCursor(search: AlertListSearch, found: readonly Alert[], next: string | null) {
  const { pathname, state } = useLocation();
  const [entry, setEntry] = useState(state.__TSR_key);
  // On the way to another page this one is still shown, and the place in the history is the other's already.
  if (pathname === '/alerts' && state.__TSR_key !== entry) setEntry(state.__TSR_key);
  const [now, setNow] = useState<string | null>(() => state.alert ?? wasAt(entry));
  const row = useRef(0);
  const there = found.findIndex(({ id }) => id === now);
  // The row of one that went is that of the one behind it.
  const at = there >= 0 ? there : Math.max(0, Math.min(row.current, found.length - 1));
  const current = found[at];
  const id = current?.id;
  useEffect(() => {
    row.current = at;
    if (id === undefined) return;
    setNow(id);
    noteNow(id);
  }, [at, id]);
  useEffect(() => {
    if (found.length > 0) noteList({ search, ids: found.map((alert) => alert.id), next, entry });
  }, [search, found, next, entry]);

  const go = (to: number) => setNow(found[Math.max(0, Math.min(to, found.length - 1))]?.id ?? null);
  return {
    at, current,
    next: () => go(at + 1), before: () => go(at - 1),
    first: () => {
      row.current = 0;
      setNow(null);
    },
    /** On to the next one that is not among these, which are about to go. */
    leave: (ids: ReadonlySet<string>) => {
      if (!current || !ids.has(current.id)) return;
      const behind = found.findIndex((alert, index) => index > at && !ids.has(alert.id));
      const to = behind >= 0 ? behind : found.findLastIndex((alert, index) => index < at && !ids.has(alert.id));
      if (to >= 0) go(to);
    },
  };
}
