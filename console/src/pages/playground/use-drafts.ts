// The tabs of the playground and what was run, as the page has them; kept when they change.
import { useLocation } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { DRAFTS_MAX, keep, newDraft, readKept, withPast, type Draft, type Kept, type Start } from './drafts';
import { sharedIn } from './share';

export type Drafts = Kept & {
  draft: Draft; isFull: boolean;
  show: (id: string) => void; change: (part: Partial<Draft>) => void; add: (query: string, variables?: string) => void;
  close: (id: string) => void; remember: () => void; forget: () => void;
};

export function useDrafts(userId: string, start: Start): Drafts {
  const [kept, setKept] = useState(() => readKept(userId, start));
  useEffect(() => keep(userId, kept), [userId, kept]);
  const hash = useLocation({ select: (location) => location.hash });
  useEffect(() => {
    if (hash === '') return;
    const shared = sharedIn(hash);
    if (shared) setKept((old) => opened(old, shared));
    // A link that was opened is a tab now; opening it again would make a second one.
    window.history.replaceState(window.history.state, '', window.location.pathname + window.location.search);
  }, [hash]);
  const draft = kept.drafts.find(({ id }) => id === kept.shown) ?? kept.drafts[0] ?? newDraft(start.query, start.variables);
  return {
    ...kept, draft, isFull: kept.drafts.length >= DRAFTS_MAX,
    show: (id) => setKept((old) => ({ ...old, shown: id })),
    change: (part) => setKept((old) => ({ ...old, drafts: old.drafts.map((one) => (one.id === draft.id ? { ...one, ...part } : one)) })),
    add: (query, variables) => setKept((old) => added(old, newDraft(query, variables))),
    close: (id) => setKept((old) => {
      const left = old.drafts.filter((one) => one.id !== id);
      const drafts = left.length > 0 ? left : [newDraft('')];
      return { ...old, drafts, shown: drafts.find((one) => one.id === old.shown)?.id ?? drafts[0]?.id ?? '' };
    }),
    remember: () => setKept((old) => ({ ...old, history: withPast(old.history, draft) })),
    forget: () => setKept((old) => ({ ...old, history: [] })),
  };
}

/** A new tab; the oldest goes when there is no room. */
function added(old: Kept, draft: Draft): Kept {
  return { ...old, drafts: [...old.drafts.slice(-(DRAFTS_MAX - 1)), draft], shown: draft.id };
}

/** With the document of the link that led here, in a tab of its own. It is not run. */
function opened(kept: Kept, shared: Pick<Draft, 'query' | 'variables'>): Kept {
  const same = kept.drafts.find(({ query, variables }) => query === shared.query && variables === shared.variables);
  return same ? { ...kept, shown: same.id } : added(kept, newDraft(shared.query, shared.variables));
}
