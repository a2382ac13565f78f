// Which alerts are selected, and what is being done to them.
import { useQueryClient } from '@tanstack/react-query';
import { useCallback, useRef, useState } from 'react';
import type { AlertFilter } from '../../api/alerts';
import { problemOf } from '../../api/problem';
import { useSay } from '../../app/notices';
import { sentence } from '../../parts/failure';
import { doToAll, idsOfAll, Partly, SELECTED_MAX, type Deed } from './many';
import { changeRows, forgetAllButRows } from './rows';

/** Work that goes on: how far it is, of how many where that is known. */
export type Work = { label: string; done: number; of: number | null; stop: (() => void) | null };

const counted = (count: number) => (count === 1 ? '1 alert' : `${count.toLocaleString('en')} alerts`);

export function useSelection(filter: AlertFilter) {
  const queries = useQueryClient();
  const say = useSay();
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const [work, setWork] = useState<Work | null>(null);
  const [isMore, setMore] = useState(false);
  const isBusy = useRef(false);

  const choose = useCallback((ids: Iterable<string>) => {
    setSelected(new Set(ids));
    setMore(false);
  }, []);
  const toggle = useCallback((id: string) => setSelected((old) => {
    const next = new Set(old);
    if (!next.delete(id)) next.add(id);
    return next;
  }), []);

  const selectAll = async () => {
    if (isBusy.current) return;
    isBusy.current = true;
    const stopping = new AbortController();
    const show = (done: number) => setWork({ label: 'Selecting', done, of: null, stop: () => stopping.abort() });
    show(0);
    try {
      const found = await idsOfAll(filter, stopping.signal, show);
      setSelected(new Set(found.ids));
      setMore(found.isMore);
    } catch (thrown) {
      if (!stopping.signal.aborted) say(`Not all were selected: ${sentence(problemOf(thrown).message)}`, 'danger');
    }
    setWork(null);
    isBusy.current = false;
  };

  /** What went wrong; null when all of it was done. */
  const act = async (ids: readonly string[], deed: Deed, done: string): Promise<unknown> => {
    if (isBusy.current || ids.length === 0) return new Error('something else is being done; try again when that is over');
    isBusy.current = true;
    const show = (count: number) => setWork({ label: 'Changing', done: count, of: ids.length, stop: null });
    if (ids.length > 1) show(0);
    let finished = ids;
    let wrong: unknown = null;
    try {
      await doToAll(ids, deed, show);
      say(`${counted(ids.length)}: ${done}`);
    } catch (thrown) {
      finished = thrown instanceof Partly ? thrown.done : [];
      wrong = thrown instanceof Partly ? thrown.cause : thrown;
      const what = finished.length === 0 ? 'Nothing was changed' : `${counted(finished.length)} of ${ids.length}: ${done}; the others were not changed`;
      say(`${what}: ${sentence(problemOf(wrong).message)}`, 'danger');
    }
    if ('patch' in deed) changeRows(queries, finished, deed.patch);
    const gone = new Set(finished);
    setSelected((old) => new Set([...old].filter((id) => !gone.has(id))));
    setMore(false);
    setWork(null);
    isBusy.current = false;
    void forgetAllButRows(queries);
    return wrong;
  };
  return { selected, choose, toggle, selectAll, act, work, isMore, max: SELECTED_MAX };
}
