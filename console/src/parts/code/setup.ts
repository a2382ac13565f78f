// What every editor here can do, and what its language adds.
import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands';
import { json, jsonParseLinter } from '@codemirror/lang-json';
import { python } from '@codemirror/lang-python';
import { yaml } from '@codemirror/lang-yaml';
import { bracketMatching, codeFolding, foldGutter, foldKeymap, indentOnInput, indentUnit } from '@codemirror/language';
import { linter, lintGutter, lintKeymap } from '@codemirror/lint';
import { highlightSelectionMatches, search, searchKeymap } from '@codemirror/search';
import { EditorState, type Extension } from '@codemirror/state';
import {
  drawSelection, dropCursor, EditorView, highlightActiveLine, highlightActiveLineGutter, keymap, lineNumbers, tooltips,
} from '@codemirror/view';
import { HELP_ID } from './shadow';
import { colours, looks } from './theme';
import type { Language } from './types';
import { typingOver } from './typing';

/** Spaces of one step, as each language has it. */
const INDENTS: Record<Language, string> = { python: '    ', yaml: '  ', json: '  ', text: '  ' };

/** How a language is coloured, folded and indented. */
function languageOf(language: Language): Extension {
  const indent = indentUnit.of(INDENTS[language]);
  switch (language) {
    case 'python': return [python(), indent];
    case 'yaml': return [yaml(), indent];
    case 'json': return [json(), indent];
    default: return indent;
  }
}

/** What is read and not typed in. */
export const reading = (label: string): Extension => [
  EditorState.readOnly.of(true), lineNumbers(), drawSelection(), EditorView.lineWrapping, colours,
  search({ top: true }), keymap.of([...defaultKeymap, ...searchKeymap]), named(label),
];

/** What is typed in. */
export const writing = (label: string, language: Language, isSmall: boolean): Extension => [
  ...(isSmall ? [] : [lineNumbers(), highlightActiveLineGutter(), foldGutter(), lintGutter()]),
  ...(language === 'json' ? [linter(jsonParseLinter())] : []),
  typingOver, history(), drawSelection(), dropCursor(), indentOnInput(), bracketMatching(), closeBrackets(), codeFolding(),
  autocompletion(), highlightActiveLine(), highlightSelectionMatches(), search({ top: true }), colours,
  keymap.of([
    ...closeBracketsKeymap, ...defaultKeymap, ...searchKeymap, ...historyKeymap, ...foldKeymap, ...completionKeymap,
    ...lintKeymap, indentWithTab,
  ]),
  named(label),
];

/** The frame of both. */
export const framed = (language: Language): Extension => [languageOf(language), looks, tooltips({ position: 'fixed' })];

function named(label: string): Extension {
  return EditorView.contentAttributes.of({ 'aria-label': label, 'aria-describedby': HELP_ID, tabindex: '0' });
}
