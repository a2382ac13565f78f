// Saving: the tests run first; what keeps it from being saved is told, and nothing that was typed goes.
import { useState } from 'react';
import { useQueryClient } from '@tanstack/react-query';
import { itemKey, readItem, refreshOthers, saveItem, type Item, type SaveFrom, type TestResult } from '../../../api/editor';
import type { ItemRefusal } from '../../../api/types';
import { Problem } from '../../../api/problem';
import { useSay } from '../../../app/notices';
import type { Tests } from './use-tests';
import type { Work } from './work';

/** What somebody else saved meanwhile; null when it was deleted. */
export type Theirs = { item: Item; revision: string | null } | null;

export type Saving = {
  isSaving: boolean;
  problem: Problem | null;
  /** What is wrong file by file, when that is why. */
  issues: readonly { path: string; message: string }[];
  /** Tests that failed, and with them the saving. */
  failing: readonly TestResult[] | null;
  conflict: { theirs: Theirs } | null;
  save: (how?: { withoutTests?: boolean; over?: Theirs }) => Promise<void>;
  takeTheirs: () => void;
  /** Goes back to the editor, as it was. */
  goOn: () => void;
};

export const textsOf = (item: Item) => ({ yaml: item.yaml, python: item.python?.text ?? null });

export function useSaving(work: Work, tests: Tests, onSaved: (item: Item) => void): Saving {
  const [isSaving, setSaving] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [failing, setFailing] = useState<readonly TestResult[] | null>(null);
  const [conflict, setConflict] = useState<{ theirs: Theirs } | null>(null);
  const queries = useQueryClient();
  const say = useSay();
  const goOn = () => {
    setFailing(null);
    setConflict(null);
  };
  const refused = async (found: Problem, isNew: boolean) => {
    const refusal = (found.body ?? {}) as Partial<ItemRefusal>;
    if (found.status === 400 && refusal.results && refusal.results.length > 0) {
      tests.take(refusal.results);
      setFailing(refusal.results.filter(({ passed }) => !passed));
      return;
    }
    setProblem(found);
    if (found.status !== 412 || isNew) return;
    const now = await readItem(work.id);
    if (now.ok) setConflict({ theirs: { item: now.value, revision: now.revision } });
    else if (now.problem.status === 404) setConflict({ theirs: null });
    if (now.ok || now.problem.status === 404) setProblem(null);
  };
  const save: Saving['save'] = async ({ withoutTests = false, over } = {}) => {
    goOn();
    const hindrance = hindranceOf(work);
    setProblem(hindrance);
    if (hindrance || isSaving) return;
    setSaving(true);
    const revision = over === undefined ? work.base.revision : over?.revision ?? null;
    const from: SaveFrom = revision === null ? { isNew: true } : { revision };
    const result = await saveItem(work.id, { kind: work.kind, ...work.texts }, from, !withoutTests);
    setSaving(false);
    if (!result.ok) {
      await refused(result.problem, revision === null);
      return;
    }
    say(`Saved: ${result.value.id}`);
    work.rebase({ id: result.value.id, texts: work.texts, revision: result.revision }, 'stay');
    // Beside each test stands what came of it, also when nothing failed.
    void tests.run();
    queries.setQueryData(itemKey(result.value.id), { value: result.value, revision: result.revision });
    void refreshOthers(queries);
    onSaved(result.value);
  };
  const takeTheirs = () => {
    const theirs = conflict?.theirs;
    if (!theirs) return;
    work.rebase({ id: theirs.item.id, texts: textsOf(theirs.item), revision: theirs.revision }, textsOf(theirs.item));
    queries.setQueryData(itemKey(theirs.item.id), { value: theirs.item, revision: theirs.revision });
    goOn();
  };
  return {
    isSaving, problem, failing, conflict, save, takeTheirs, goOn,
    issues: ((problem?.body ?? {}) as Partial<ItemRefusal>).issues ?? [],
  };
}

/** What the server need not be asked for. */
function hindranceOf({ id, typed }: Work): Problem | null {
  if (id.trim() === '') return new Problem(400, 'it has no id; give it one in its YAML');
  const [place] = Object.keys(typed);
  return place === undefined ? null : new Problem(400, `${place} is no JSON; mend it under Tests`);
}
