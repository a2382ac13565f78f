// The tabs of the playground and what was run, as the page has them; kept when they change.
import { useLocation } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { useSay } from '../../app/notices';
import { DRAFTS_MAX, keep, newDraft, readKept, withPast, withShown, type Draft, type Kept, type Start } from './drafts';
import { sharedIn } from './share';

export type Drafts = Kept & {
  draft: Draft; isFull: boolean;
  show: (id: string) => void; change: (part: Partial<Draft>) => void; add: (query: string, variables?: string) => boolean;
  close: (id: string) => void; remember: () => void; forget: () => void;
};

export function useDrafts(userId: string, start: Start): Drafts {
  const [kept, setKept] = useState(() => readKept(userId, start));
  useEffect(() => keep(userId, kept), [userId, kept]);
  const say = useSay();
  /** Whether there was room for it. */
  const add = (query: string, variables = '') => {
    const next = withShown(kept, query, variables);
    if (next) setKept(next);
    else say(`Close a tab first: ${DRAFTS_MAX} are open, and none of them is empty or was run as it is`, 'danger');
    return next !== null;
  };
  const hash = useLocation({ select: (location) => location.hash });
  const isFull = kept.drafts.length >= DRAFTS_MAX;
  useEffect(() => {
    if (hash === '') return;
    const shared = sharedIn(hash);
    // It stays in the address until a tab is closed for it. It is not run.
    if (shared && !add(shared.query, shared.variables)) return;
    window.history.replaceState(window.history.state, '', window.location.pathname + window.location.search);
  }, [hash, isFull]);
  const draft = kept.drafts.find(({ id }) => id === kept.shown) ?? kept.drafts[0] ?? newDraft(start.query, start.variables);
  return {
    ...kept, draft, isFull,
    show: (id) => setKept((old) => ({ ...old, shown: id })),
    change: (part) => setKept((old) => ({ ...old, drafts: old.drafts.map((one) => (one.id === draft.id ? { ...one, ...part } : one)) })),
    add,
    close: (id) => setKept((old) => {
      const left = old.drafts.filter((one) => one.id !== id);
      const drafts = left.length > 0 ? left : [newDraft('')];
      return { ...old, drafts, shown: drafts.find((one) => one.id === old.shown)?.id ?? drafts[0]?.id ?? '' };
    }),
    remember: () => setKept((old) => ({ ...old, history: withPast(old.history, draft) })),
    forget: () => setKept((old) => ({ ...old, history: [] })),
  };
}
