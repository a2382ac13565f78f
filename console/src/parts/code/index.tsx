// The editor of code and the difference of two texts. What they are made of is loaded when one is first shown.
import { latePart } from '../late-part';
import { Waiting } from '../loaded';
import type { CodeDiffProps, CodeEditorProps } from './types';

export type { CodeHandle, Explain, Explanation, Finding, Language } from './types';

const WAITS = <Waiting what="the editor" />;

/** A text that is edited. Escape, then Tab leaves it. */
export const CodeEditor = latePart<CodeEditorProps>(() => import('./editor'), WAITS);

/** Two texts, and what differs between them. */
export const CodeDiff = latePart<CodeDiffProps>(() => import('./diff'), WAITS);
