// The editor of a GraphQL document: completed and checked against the server's schema.
import { Prec, type EditorState } from '@codemirror/state';
import { keymap } from '@codemirror/view';
import { graphql } from 'cm6-graphql';
import type { GraphQLSchema } from 'graphql';
import { useLayoutEffect, useMemo, useRef } from 'react';
import { CodeEditor, type Finding } from '../../parts/code';

type Keys = { onRun: (at: number) => void; onPrettify: () => void };
type Props = Keys & {
  value: string; onChange: (value: string) => void; schema: GraphQLSchema | undefined; findings: readonly Finding[];
  onShowType: (type: string) => void;
};

const head = (state: EditorState) => state.selection.main.head;

/** Keys that run and tidy from within an editor. */
function useEditorKeys(keys: Keys) {
  const latest = useRef(keys);
  useLayoutEffect(() => { latest.current = keys; });
  return useMemo(() => Prec.highest(keymap.of([
    { key: 'Mod-Enter', run: ({ state }) => { latest.current.onRun(head(state)); return true; } },
    { key: 'Shift-Mod-p', run: () => { latest.current.onPrettify(); return true; }, preventDefault: true },
  ])), []);
}

export function DocumentEditor({ value, onChange, schema, findings, onShowType, onRun, onPrettify }: Props) {
  const keys = useEditorKeys({ onRun, onPrettify });
  const show = useRef(onShowType);
  useLayoutEffect(() => { show.current = onShowType; });
  const extensions = useMemo(() => [keys, graphql(schema, {
    onShowInDocs: (_field, type, parent) => {
      const name = type ?? parent;
      if (name) show.current(name.replace(/[[\]!]/g, ''));
    },
  })], [keys, schema]);
  return <CodeEditor label="GraphQL document" language="text" value={value} onChange={onChange} extensions={extensions} findings={findings} />;
}

export function VariablesEditor({ value, onChange, onRun, onPrettify }: Keys & { value: string; onChange: (value: string) => void }) {
  const extensions = useEditorKeys({ onRun: () => onRun(-1), onPrettify });
  return <CodeEditor label="Variables" language="json" value={value} onChange={onChange} extensions={extensions} isSmall />;
}
