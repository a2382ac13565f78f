// The editor of code and the difference of two texts. What they are made of is loaded when one is first shown.
import { lazy, Suspense } from 'react';
import { Waiting } from '../loaded';
import type { CodeDiffProps, CodeEditorProps } from './types';

export type { CodeHandle, Explain, Explanation, Finding, Language } from './types';

const Editor = lazy(() => import('./editor'));
const Diff = lazy(() => import('./diff'));

/** A text that is edited. Escape, then Tab leaves it. */
export function CodeEditor(props: CodeEditorProps) {
  return <Suspense fallback={<Waiting what={props.label} />}><Editor {...props} /></Suspense>;
}

/** Two texts, and what differs between them. */
export function CodeDiff(props: CodeDiffProps) {
  return <Suspense fallback={<Waiting what={props.afterLabel} />}><Diff {...props} /></Suspense>;
}
