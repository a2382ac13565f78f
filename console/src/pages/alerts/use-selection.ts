// Which alerts are selected, and what is being done to them: one after another, so that nothing that was asked for is
// lost, each with the way back.
import { useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useRef, useState } from 'react';
import type { AlertFilter } from '../../api/alerts';
import { problemOf } from '../../api/problem';
import { useSay } from '../../app/notices';
import { sentence } from '../../parts/failure';
import { doToAll, idsOfAll, Partly, type Deed } from './many';
import { changeRows, forgetAllButRows } from './rows';
import { counted, onlyOf, useUndo } from './use-undo';

/** Work that goes on: how far it is, of how many where that is known. */
export type Work = { label: string; done: number; of: number | null; stop: (() => void) | null };
/** Does something to alerts; tells what went wrong, null when all of it was done. */
export type Act = (ids: readonly string[], deed: Deed, done: string) => Promise<unknown>;

export function useSelection(filter: AlertFilter) {
  const queries = useQueryClient();
  const say = useSay();
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const [work, setWork] = useState<Work | null>(null);
  const [isMore, setMore] = useState(false);
  const selecting = useRef<AbortController | null>(null);
  const queue = useRef<Promise<unknown>>(Promise.resolve());
  const { before, offer, undo } = useUndo();

  const key = JSON.stringify(filter);
  const shown = useRef(key);
  // Of another list nothing is selected, however one came to it.
  useEffect(() => {
    shown.current = key;
    return () => {
      selecting.current?.abort();
      setSelected(new Set());
      setMore(false);
    };
  }, [key]);

  /** Selects alerts of the list, unless another one is shown meanwhile. */
  const choose = useCallback((ids: Iterable<string>) => {
    if (shown.current !== key) return;
    setSelected(new Set(ids));
    setMore(false);
  }, [key]);
  const toggle = useCallback((id: string) => setSelected((old) => {
    const next = new Set(old);
    if (!next.delete(id)) next.add(id);
    return next;
  }), []);

  const selectAll = async () => {
    if (selecting.current) return;
    const stopping = new AbortController();
    selecting.current = stopping;
    const show = (done: number) => setWork({ label: 'Selecting', done, of: null, stop: () => stopping.abort() });
    show(0);
    try {
      const found = await idsOfAll(filter, stopping.signal, show);
      if (!stopping.signal.aborted) {
        setSelected(new Set(found.ids));
        setMore(found.isMore);
      }
    } catch (thrown) {
      if (!stopping.signal.aborted) say(`Not all were selected: ${sentence(problemOf(thrown).message)}`, 'danger');
    }
    setWork(null);
    selecting.current = null;
  };

  const run = useCallback<Act>(async (ids, deed, done) => {
    const show = (count: number) => setWork({ label: 'Changing', done: count, of: ids.length, stop: null });
    if (ids.length > 1) show(0);
    const were = 'patch' in deed ? before(ids, deed.patch) : null;
    let finished = ids;
    let wrong: unknown = null;
    try {
      await doToAll(ids, deed, show);
      say(`${counted(ids.length)}: ${done}`, 'success', offer(were));
    } catch (thrown) {
      finished = thrown instanceof Partly ? thrown.done : [];
      wrong = thrown instanceof Partly ? thrown.cause : thrown;
      const what = finished.length === 0 ? 'Nothing was changed' : `${counted(finished.length)} of ${ids.length}: ${done}; the others were not changed`;
      // Where nothing was changed, the last change is still the one before.
      const back = finished.length === 0 ? undefined : offer(onlyOf(were, finished));
      say(`${what}: ${sentence(problemOf(wrong).message)}`, 'danger', back);
    }
    if ('patch' in deed) changeRows(queries, finished, deed.patch);
    const gone = new Set(finished);
    setSelected((old) => new Set([...old].filter((id) => !gone.has(id))));
    setMore(false);
    setWork(null);
    void forgetAllButRows(queries);
    return wrong;
  }, [queries, say, before, offer]);

  const act = useCallback<Act>((ids, deed, done) => {
    if (ids.length === 0) return Promise.resolve(null);
    const next = queue.current.then(() => run(ids, deed, done));
    queue.current = next;
    return next;
  }, [run]);
  return { selected, choose, toggle, selectAll, act, undo, work, isMore };
}
