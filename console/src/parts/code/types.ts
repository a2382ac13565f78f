// What an editor of code is given. Types alone, so that a page does not load the editor to name them.
import type { CompletionSource } from '@codemirror/autocomplete';
import type { Extension } from '@codemirror/state';
import type { Ref } from 'react';

export type Language = 'python' | 'yaml' | 'json' | 'text';

/** Something to say about a place in the text. Lines and columns count from 1; the end column is behind the last character. */
export type Finding = {
  line: number; column: number; endLine: number; endColumn: number;
  level: 'error' | 'warning'; message: string; code?: string; hint?: string | null;
};

/** What is known of a word under the pointer. */
export type Explanation = { from: number; to: number; title: string; text: string };
/** Explains the word at a position of a text, when there is something to say. */
export type Explain = (text: string, position: number) => Explanation | null;

/** What a page may have the editor do. */
export type CodeHandle = { goTo: (line: number, column?: number) => void; focus: () => void };

export type CodeEditorProps = {
  /** What the text is, for those who do not see it. */
  label: string;
  value: string;
  language: Language;
  onChange?: (value: string) => void;
  isReadOnly?: boolean;
  findings?: readonly Finding[];
  complete?: CompletionSource;
  explain?: Explain;
  /** Small ones fit among the fields of a form: lower, and without the help on keys. */
  isSmall?: boolean;
  /** What a page adds: a language of its own, keys. */
  extensions?: Extension;
  ref?: Ref<CodeHandle>;
};

export type CodeDiffProps = {
  before: string; after: string; language: Language;
  /** What the two texts are. */
  beforeLabel: string; afterLabel: string;
};
