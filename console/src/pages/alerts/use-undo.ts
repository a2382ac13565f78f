// The way back after a change of status or assignee: each alert gets what it had.
import { useQueryClient } from '@tanstack/react-query';
import { useCallback, useRef } from 'react';
import { LISTS } from '../../api/alerts';
import { problemOf } from '../../api/problem';
import type { AlertPatch } from '../../api/types';
import { useSay, type NoticeAction } from '../../app/notices';
import { sentence } from '../../parts/failure';
import { doToAll } from './many';
import { changeRows, forgetAllButRows, knownRows } from './rows';

export const counted = (count: number) => (count === 1 ? '1 alert' : `${count.toLocaleString('en')} alerts`);

/** What gives alerts back what they had, by alerts that had the same. */
type Before = { ids: string[]; patch: AlertPatch }[];

/** The same of some of the alerts. */
export function onlyOf(were: Before | null, ids: readonly string[]): Before | null {
  if (!were) return null;
  const kept = new Set(ids);
  return were.map((group) => ({ ...group, ids: group.ids.filter((id) => kept.has(id)) })).filter((group) => group.ids.length > 0);
}

export function useUndo() {
  const queries = useQueryClient();
  const say = useSay();
  const last = useRef<(() => void) | null>(null);

  /** What alerts have that a patch changes; null when that is not known of each. */
  const before = useCallback((ids: readonly string[], patch: AlertPatch): Before | null => {
    const known = knownRows(queries, ids);
    const groups = new Map<string, Before[number]>();
    for (const id of ids) {
      const alert = known.get(id);
      if (!alert) return null;
      const had: AlertPatch = {
        ...(patch.status ? { status: alert.status } : {}),
        ...(typeof patch.assignee === 'string' ? { assignee: alert.assignee?.id ?? '' } : {}),
      };
      const key = JSON.stringify(had);
      const group = groups.get(key) ?? { ids: [], patch: had };
      group.ids.push(id);
      groups.set(key, group);
    }
    return [...groups.values()];
  }, [queries]);

  const takeBack = useCallback(async (were: Before) => {
    const all = were.reduce((sum, { ids }) => sum + ids.length, 0);
    try {
      for (const { ids, patch } of were) {
        await doToAll(ids, { patch }, () => undefined);
        changeRows(queries, ids, patch);
      }
      say(`${counted(all)}: as before`);
    } catch (thrown) {
      const cause = thrown instanceof Error && thrown.cause !== undefined ? thrown.cause : thrown;
      say(`Not all was undone: ${sentence(problemOf(cause).message)}`, 'danger');
    }
    // Rows that went are in their places again.
    await Promise.all([queries.invalidateQueries({ queryKey: LISTS }), forgetAllButRows(queries)]);
  }, [queries, say]);

  /** What a notice offers; nothing where it is not known how it was. */
  const offer = useCallback((were: Before | null): NoticeAction | undefined => {
    if (!were || were.length === 0) {
      last.current = null;
      return undefined;
    }
    let isDone = false;
    const act = () => {
      if (isDone) return;
      isDone = true;
      if (last.current === act) last.current = null;
      void takeBack(were);
    };
    last.current = act;
    return { label: 'Undo', act };
  }, [takeBack]);

  const undo = useCallback(() => {
    if (last.current) last.current();
    else say('There is nothing to undo');
  }, [say]);
  return { before, offer, undo };
}
