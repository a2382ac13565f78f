// Running a document: one at a time, cancelled when asked to; what changes something is asked about the first time.
import { useMutation } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { errorsIn, runDocument, type GraphqlError } from '../../api/graphql';
import type { RawAnswer } from '../../api/raw';
import { jsonOf } from '../../parts/raw-answer';
import { operationsOf, variablesOf, type Operation } from './document';
import type { Draft } from './drafts';

export type Outcome = { answer: RawAnswer; value: unknown; errors: GraphqlError[]; query: string };
export type Running = {
  outcome: Outcome | undefined; thrown: unknown; isRunning: boolean; asked: Operation | null;
  run: (operationName?: string | null) => void; confirm: () => void; refuse: () => void; cancel: () => void;
};
type Order = { draft: Draft; operationName: string | null; token: string | null };

/** `operationName` says which operation when there are several; the one at the cursor is for the page to find. */
export function useRun(draft: Draft, token: string | null, onRun: () => void): Running {
  const controller = useRef<AbortController | null>(null);
  const confirmed = useRef(new Set<string>());
  const [asked, setAsked] = useState<{ operation: Operation; order: Order } | null>(null);
  const running = useMutation({
    mutationFn: async ({ draft: { query, variables }, operationName, token: own }: Order): Promise<Outcome> => {
      const read = variablesRead(variables);
      controller.current = new AbortController();
      onRun();
      const answer = await runDocument({ query, variables: read, operationName, token: own }, controller.current.signal);
      const value = answer.isCut ? undefined : jsonOf(answer.text);
      return { answer, value, errors: errorsIn(value), query };
    },
  });
  const run = (operationName: string | null = null) => {
    if (running.isPending) return;
    const operations = operationsOf(draft.query);
    const chosen = operations.length > 1 ? operations.find(({ name }) => name === operationName) ?? operations[0] : operations[0];
    const order: Order = { draft, operationName: operations.length > 1 ? chosen?.name ?? null : null, token };
    if (chosen?.kind === 'mutation' && !confirmed.current.has(draft.query)) setAsked({ operation: chosen, order });
    else running.mutate(order);
  };
  return {
    outcome: running.data, thrown: running.error, isRunning: running.isPending, asked: asked?.operation ?? null, run,
    confirm: () => {
      if (asked) {
        confirmed.current.add(asked.order.draft.query);
        running.mutate(asked.order);
      }
      setAsked(null);
    },
    refuse: () => setAsked(null),
    cancel: () => controller.current?.abort(),
  };
}

function variablesRead(text: string): unknown {
  try {
    return variablesOf(text);
  } catch (thrown) {
    throw new Error(`the variables cannot be sent: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
  }
}
