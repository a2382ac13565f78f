// Puts what happened to an alert into one order of time, as far as everything up to there is loaded.
import type { AlertHistory, AlertStep, Comment, CommentPage, Delivery } from '../../api/types';

export type Entry = { key: string; at: string } & (
  | { kind: 'step'; step: AlertStep } | { kind: 'comment'; comment: Comment }
  | { kind: 'delivery'; delivery: Delivery } | { kind: 'attempt'; delivery: Delivery; index: number });

type Loaded<T> = { pages: T[]; isMore: boolean };

export function merged(history: Loaded<AlertHistory>, comments: Loaded<CommentPage>, deliveries: readonly Delivery[]):
{ entries: Entry[]; isMore: boolean } {
  const steps: Entry[] = history.pages.flatMap((page) => page.results)
    .map((step, index) => ({ key: `step ${index}`, at: step.at, kind: 'step', step }));
  const said: Entry[] = comments.pages.flatMap((page) => page.results)
    .map((comment) => ({ key: `comment ${comment.id}`, at: comment.createdAt, kind: 'comment', comment }));
  const sent: Entry[] = deliveries.flatMap((delivery) => [
    { key: `delivery ${delivery.id}`, at: delivery.createdAt, kind: 'delivery' as const, delivery },
    ...delivery.attempts.map((attempt, index) => (
      { key: `attempt ${delivery.id} ${attempt.at}`, at: attempt.at, kind: 'attempt' as const, delivery, index })),
  ]);
  // Beyond the last one that is loaded, something that is not could belong in between.
  const ends = [history.isMore ? steps.at(-1) : undefined, comments.isMore ? said.at(-1) : undefined]
    .flatMap((entry) => (entry ? [Date.parse(entry.at)] : []));
  const end = Math.min(...ends, Number.POSITIVE_INFINITY);
  const entries = [...steps, ...said, ...sent].filter(({ at }) => Date.parse(at) <= end)
    .sort((a, b) => Date.parse(a.at) - Date.parse(b.at));
  return { entries, isMore: ends.length > 0 };
}
