// What is wrong with the texts, asked of the server a moment after one stops typing.
import { useEffect, useState } from 'react';
import { checkItem, type ItemFinding } from '../../../api/editor';
import { problemOf } from '../../../api/problem';
import type { Work } from './work';

const WAIT_MS = 400;

export type Check = { findings: readonly ItemFinding[]; isChecking: boolean; problem: string | null };
const NONE: Check = { findings: [], isChecking: false, problem: null };

export function useCheck({ kind, base, id, texts }: Work, isOn: boolean): Check {
  const [check, setCheck] = useState(NONE);
  useEffect(() => {
    if (!isOn) return undefined;
    const stop = new AbortController();
    setCheck((old) => ({ ...old, isChecking: true }));
    const timer = window.setTimeout(() => {
      checkItem({ kind, id: base.id ?? (id || null), ...texts }, stop.signal).then(
        ({ findings }) => setCheck({ findings, isChecking: false, problem: null }),
        (thrown: unknown) => {
          // Typing went on: the next answer counts.
          if (!stop.signal.aborted) setCheck((old) => ({ ...old, isChecking: false, problem: problemOf(thrown).message }));
        });
    }, WAIT_MS);
    return () => {
      window.clearTimeout(timer);
      stop.abort();
    };
  }, [kind, base.id, id, texts, isOn]);
  return isOn ? check : NONE;
}
