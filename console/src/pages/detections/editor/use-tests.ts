// The unit tests of the texts as they stand, run by the server, and what came of them.
import { skipToken, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { testItem, type ItemFinding, type Texts, type TestResult } from '../../../api/editor';
import { problemOf, type Problem } from '../../../api/problem';
import { isSame } from './values';
import type { Work } from './work';

type Results = ReadonlyMap<string, TestResult>;

export type Tests = {
  /** By the name of the test. */
  results: Results;
  /** What keeps all of them from running. */
  findings: readonly ItemFinding[];
  elapsedMs: number | null;
  problem: Problem | null;
  isRunning: boolean;
  /** Whether something was typed since. */
  isOld: boolean;
  failed: number;
  run: (only?: string[]) => Promise<void>;
  /** Takes over what came of them elsewhere, as when saving. */
  take: (results: readonly TestResult[]) => void;
};

type State = { results: Results; findings: readonly ItemFinding[]; elapsedMs: number | null; of: Texts | null };
const NONE: State = { results: new Map(), findings: [], elapsedMs: null, of: null };

export function useTests({ kind, base, id, texts }: Work): Tests {
  // Kept beside the page, which is another one after the first save.
  const queries = useQueryClient();
  const key = ['detections', 'tests', id];
  const state = useQuery<State>({ queryKey: key, queryFn: skipToken, structuralSharing: false }).data ?? NONE;
  const setState = (change: (old: State) => State) => queries.setQueryData<State>(key, (old) => change(old ?? NONE));
  const [problem, setProblem] = useState<Problem | null>(null);
  const [isRunning, setRunning] = useState(false);
  const byName = (results: readonly TestResult[], before: Results = new Map()): Results =>
    new Map([...before, ...results.map((result) => [result.name, result] as const)]);
  return {
    ...state, problem, isRunning,
    isOld: state.of !== null && !isSame(state.of, texts),
    failed: [...state.results.values()].filter(({ passed }) => !passed).length,
    take: (results) => setState(() => ({ ...NONE, results: byName(results), of: texts })),
    run: async (only) => {
      setRunning(true);
      setProblem(null);
      try {
        const run = await testItem({ kind, id: base.id ?? (id || null), ...texts, ...(only ? { only } : {}) });
        setState((old) => ({
          results: byName(run.results, only && run.findings.length === 0 && isSame(old.of, texts) ? old.results : undefined),
          findings: run.findings, elapsedMs: run.elapsedMs, of: texts,
        }));
      } catch (thrown) {
        setProblem(problemOf(thrown));
      }
      setRunning(false);
    },
  };
}
