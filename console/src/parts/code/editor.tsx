// The editor of code, mounted. Loaded by `index.tsx`.
import type { CompletionSource } from '@codemirror/autocomplete';
import { setDiagnostics } from '@codemirror/lint';
import { Compartment, EditorState } from '@codemirror/state';
import { EditorView } from '@codemirror/view';
import { useEffect, useImperativeHandle, useLayoutEffect, useRef } from 'react';
import { explained } from './explained';
import { KeyHelp } from './key-help';
import { diagnosticsOf, positionOf } from './places';
import { framed, reading, writing } from './setup';
import { shadowOf } from './shadow';
import { FROM_OUTSIDE, take, Told } from './sync';
import { height } from './theme';
import type { CodeEditorProps } from './types';

export default function Editor(props: CodeEditorProps) {
  const { label, value, language, isReadOnly = false, isSmall = false, findings, extensions, ref } = props;
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  // What the page gives may change with every letter; the editor asks for it when it needs it.
  const latest = useRef(props);
  useLayoutEffect(() => { latest.current = props; });
  const told = useRef(new Told());

  useEffect(() => {
    if (!host.current) return undefined;
    const root = shadowOf(host.current);
    const made = new EditorView({ root, parent: root, state: stateOf(latest, told.current) });
    view.current = made;
    return () => {
      view.current = null;
      made.destroy();
    };
  }, []);
  useEffect(() => {
    view.current?.dispatch({ effects: MODE.reconfigure(modeOf({ label, language, isReadOnly, isSmall })) });
  }, [label, language, isReadOnly, isSmall]);
  useEffect(() => {
    view.current?.dispatch({ effects: ADDED.reconfigure(extensions ?? []) });
  }, [extensions]);
  useEffect(() => { if (view.current && !told.current.cameBack(value)) take(view.current, value); }, [value]);
  useEffect(() => {
    const now = view.current;
    if (now && findings) now.dispatch(setDiagnostics(now.state, diagnosticsOf(now.state.doc, findings)));
  }, [findings]);
  useImperativeHandle(ref, () => ({
    focus: () => view.current?.focus(),
    goTo: (line, column = 1) => {
      const now = view.current;
      if (!now) return;
      const anchor = positionOf(now.state.doc, line, column);
      now.dispatch({ selection: { anchor }, effects: EditorView.scrollIntoView(anchor, { y: 'center' }) });
      now.focus();
    },
  }), []);
  return (
    <div className="code">
      <div ref={host} className="code-host" />
      {!isSmall && !isReadOnly && <KeyHelp />}
    </div>
  );
}

const MODE = new Compartment();
const ADDED = new Compartment();
type Mode = Required<Pick<CodeEditorProps, 'label' | 'language' | 'isReadOnly' | 'isSmall'>>;

function modeOf({ label, language, isReadOnly, isSmall }: Mode) {
  const size = height(isSmall ? 'small' : isReadOnly ? 'read' : 'large');
  return [framed(language), size, isReadOnly ? reading(label) : writing(label, language, isSmall)];
}

function stateOf(latest: { readonly current: CodeEditorProps }, told: Told): EditorState {
  const { label, language, isReadOnly = false, isSmall = false, extensions, value } = latest.current;
  const complete: CompletionSource = (context) => latest.current.complete?.(context) ?? null;
  return EditorState.create({
    doc: value,
    extensions: [
      // First, so that its keys win.
      ADDED.of(extensions ?? []),
      MODE.of(modeOf({ label, language, isReadOnly, isSmall })),
      // Python's own words are completed as before; what the page knows comes with them.
      EditorState.languageData.of(() => [{ autocomplete: complete }]),
      explained(() => latest.current.explain),
      EditorView.updateListener.of((update) => {
        if (update.docChanged && !update.transactions.some((one) => one.annotation(FROM_OUTSIDE))) {
          const text = update.state.doc.toString();
          told.add(text, latest.current.value);
          latest.current.onChange?.(text);
        }
      }),
    ],
  });
}
