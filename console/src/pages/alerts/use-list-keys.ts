// Triage by keyboard: every key acts on the alert that it was pressed on, however quickly the next one comes.
import { useNavigate } from '@tanstack/react-router';
import type { AlertFilter } from '../../api/alerts';
import type { Alert, AlertPatch } from '../../api/types';
import { useMay, useSession } from '../../app/session';
import { STATUS_WORDS } from '../../parts/severity';
import { useKeys } from './keys';
import { staysWith } from './rows';
import type { useCursor } from './use-cursor';
import type { useSelection } from './use-selection';

type Props = {
  filter: AlertFilter; found: readonly Alert[]; cursor: ReturnType<typeof useCursor>; selection: ReturnType<typeof useSelection>;
  onComment: (ids: readonly string[]) => void;
};

export function useListKeys({ filter, found, cursor, selection: { selected, choose, toggle, act, undo }, onComment }: Props): void {
  const navigate = useNavigate({ from: '/alerts' });
  const may = useMay();
  const { user } = useSession();
  const { current } = cursor;
  const ids = selected.size > 0 ? [...selected] : current ? [current.id] : [];
  const change = (patch: AlertPatch, done: string) => {
    const chosen = new Set(ids);
    cursor.leave(new Set(found.filter((alert) => chosen.has(alert.id) && !staysWith(alert, patch, filter)).map(({ id }) => id)));
    choose([]);
    void act(ids, { patch }, done).then((wrong) => {
      // What was not done is still to be done.
      if (wrong && selected.size > 0) choose(ids);
    });
  };
  useKeys({
    j: { does: 'next alert', act: cursor.next },
    k: { does: 'alert before', act: cursor.before },
    o: { does: 'opens it', act: () => { if (current) void navigate({ to: '/alerts/$id', params: { id: current.id } }); } },
    '/': { does: 'goes to the search', act: () => document.getElementById('alert-text')?.focus() },
    ...(may('AlertModify') ? {
      x: { does: 'selects it', act: () => { if (current) toggle(current.id); } },
      e: { does: 'resolves what is selected, else it', act: () => change({ status: 'RESOLVED' }, STATUS_WORDS.RESOLVED) },
      a: { does: 'takes what is selected, else it', act: () => change({ assignee: user.id }, 'assigned to you') },
      z: { does: 'undoes the last change', act: undo },
      c: { does: 'writes a comment on it', act: () => { if (ids.length > 0) onComment(ids); } },
    } : {}),
  }, 'Alerts');
}
