// The state of an editor: one text of YAML and one of Python. Forms and code are two views of them.
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import type { ItemKind, Texts } from '../../../api/editor';
import { useSession } from '../../../app/session';
import { differ, dropDraft, draftKey, readDraft, writeDraft, type Draft } from './draft';
import { KINDS } from './kinds';
import type { Path } from './values';
import { edit, editList } from './yaml-edit';
import { readYaml, textOf, type Reading } from './yaml-read';

/** What is saved. */
export type Base = { id: string | null; texts: Texts; revision: string | null };

export type Work = {
  kind: ItemKind; base: Base; texts: Texts; reading: Reading;
  /** The id of what is saved, else the one of the YAML. */
  id: string;
  isChanged: boolean;
  /** Whether the browser keeps what is not saved. */
  isKept: boolean;
  /** Logs of tests that are no JSON yet, by place. */
  typed: Readonly<Record<string, string>>;
  setYaml: (yaml: string) => void;
  setPython: (python: string) => void;
  edit: (path: Path, value: unknown) => void;
  editList: (path: Path, items: readonly string[]) => void;
  setTyped: (place: string, text: string | null) => void;
  /** Takes over what is saved now; the texts with it, unless they went on meanwhile. */
  rebase: (base: Base, texts: Texts | 'stay') => void;
  /** Keeps nothing more of what was typed: it is deleted. */
  forget: () => void;
  /** What was left unsaved the last time, until it is said what becomes of it. */
  left: Draft | null;
  takeLeft: () => void;
  dropLeft: () => void;
};

const WRITE_MS = 250;

export function useWork(kind: ItemKind, start: Base, isReadOnly: boolean): Work {
  const { user } = useSession();
  const keyOf = (id: string | null) => draftKey(user.id, id ?? `new.${kind}`);
  // Of what is saved the first time the id is known from then on.
  const key = useRef(keyOf(start.id));
  const [base, setBase] = useState(start);
  const [texts, setTexts] = useState(start.texts);
  const [typed, setAllTyped] = useState<Readonly<Record<string, string>>>({});
  const [isKept, setKept] = useState(true);
  const [left, setLeft] = useState(() => (isReadOnly ? null : differing(readDraft(key.current), start.texts)));
  const reading = useMemo(() => readYaml(texts.yaml), [texts.yaml]);
  const isChanged = differ({ ...texts, typed }, base.texts);
  const latest = useRef({ ...texts, typed });
  latest.current = { ...texts, typed };

  // Written a moment after the last letter, and at once when the page goes.
  const isForgotten = useRef(false);
  const write = useRef<() => void>(() => undefined);
  write.current = () => {
    if (left || isReadOnly || isForgotten.current) return;
    if (isChanged) {
      setKept(writeDraft(key.current, { ...texts, typed, revision: base.revision }));
    } else dropDraft(key.current);
  };
  useEffect(() => {
    // The page of what was saved the first time may take over at any moment, and begins with what is kept then.
    if (base.id !== start.id) {
      write.current();
      return undefined;
    }
    const timer = window.setTimeout(() => write.current(), WRITE_MS);
    return () => window.clearTimeout(timer);
  }, [texts, typed, base, left]);
  useEffect(() => {
    const atOnce = () => write.current();
    window.addEventListener('pagehide', atOnce);
    return () => {
      atOnce();
      window.removeEventListener('pagehide', atOnce);
    };
  }, []);

  const setYaml = useCallback((yaml: string) => setTexts((old) => ({ ...old, yaml })), []);
  const setPython = useCallback((python: string) => setTexts((old) => ({ ...old, python })), []);
  const editOne = useCallback((path: Path, value: unknown) =>
    setTexts((old) => ({ ...old, yaml: edit(old.yaml, path, value) })), []);
  const editAll = useCallback((path: Path, items: readonly string[]) =>
    setTexts((old) => ({ ...old, yaml: editList(old.yaml, path, items) })), []);
  const setTyped = useCallback((place: string, text: string | null) => setAllTyped((old) => {
    const { [place]: _before, ...others } = old;
    return text === null ? others : { ...others, [place]: text };
  }), []);
  return {
    kind, base, texts, reading, isChanged, isKept, typed, setYaml, setPython, edit: editOne, editList: editAll, setTyped, left,
    id: base.id ?? (reading.values ? textOf(reading.values, KINDS[kind].idKey) : ''),
    rebase: (next, taken) => {
      setBase(next);
      dropDraft(key.current);
      key.current = keyOf(next.id);
      if (taken === 'stay') {
        if (differ(latest.current, next.texts)) writeDraft(key.current, { ...latest.current, revision: next.revision });
        return;
      }
      setTexts(taken);
      setAllTyped({});
    },
    forget: () => {
      isForgotten.current = true;
      dropDraft(key.current);
    },
    takeLeft: () => {
      if (!left) return;
      setTexts({ yaml: left.yaml, python: left.python });
      setAllTyped(left.typed);
      // Saving is made from what it was made from: what others did meanwhile is told then.
      setBase((old) => ({ ...old, revision: left.revision ?? old.revision }));
      setLeft(null);
    },
    dropLeft: () => {
      dropDraft(key.current);
      setLeft(null);
    },
  };
}

function differing(draft: Draft | null, texts: Texts): Draft | null {
  return draft && differ(draft, texts) ? draft : null;
}
