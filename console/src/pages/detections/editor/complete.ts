// Suggestions of the editors, and what is said of the word under the pointer, from what is known of events and content.
import type { Completion, CompletionContext, CompletionResult } from '@codemirror/autocomplete';
import type { LogTypeField as LogField } from '../../../api/types';
import type { Explanation } from '../../../parts/code';
import { aboutField, fieldAt, nameOf } from './fields';

/** A global, with the names that it offers. */
export type Helper = { id: string; description: string; functions: readonly string[] };

/** What is known, as far as it has come from the server. */
export type Known = {
  fields: readonly LogField[];
  logTypes: readonly { name: string; description: string }[];
  /** Names of data models, with what they stand for. */
  names: readonly { name: string; about: string }[];
  helpers: readonly Helper[];
};

/** A field by its last key. */
export const fieldOption = (field: LogField, label = nameOf(field)): Completion =>
  ({ label, type: 'property', detail: field.type, info: aboutField(field) });

/** The suggestions for what begins `typed` letters before the cursor. */
export function offer(context: CompletionContext, typed: string, options: readonly Completion[], validFor: RegExp): CompletionResult | null {
  return options.length === 0 ? null : { from: context.pos - typed.length, options, validFor };
}

/** The text around a position that letters, digits and a few marks make up. */
export function wordAt(text: string, position: number, marks: RegExp): { from: number; to: number } | null {
  let [from, to] = [position, position];
  while (from > 0 && marks.test(text[from - 1] ?? '')) from -= 1;
  while (to < text.length && marks.test(text[to] ?? '')) to += 1;
  return from === to ? null : { from, to };
}

export function explainField(fields: readonly LogField[], keys: readonly string[], word: { from: number; to: number }): Explanation | null {
  const field = fieldAt(fields, keys);
  return field ? { ...word, title: field.path, text: aboutField(field) } : null;
}
