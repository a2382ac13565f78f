// Suggestions in YAML: its keys, fields of events, log types, conditions.
import type { Completion, CompletionContext, CompletionResult } from '@codemirror/autocomplete';
import type { ItemKind } from '../../../api/editor';
import type { Explanation } from '../../../parts/code';
import { explainField, fieldOption, offer, wordAt, type Known } from './complete';
import { childrenOf, keyPathOf } from './fields';
import { CONDITIONS, INNER_KEYS, KEYS, keysOf } from './yaml-keys';

const FIELD = /^\s*(?:-\s+)*(?:\{\s*)?(?:.*[{,]\s*)?(Key|KeyPath|KeyName):\s*["']?([^\s"',}]*)$/;
const DEEP = /DeepKey:\s*\[((?:\s*["']?[^\s"',\]]+["']?\s*,)*)\s*["']?([^\s"',\]]*)$/;
const VALUE = /^\s*(?:-\s+)*(?:.*[{,]\s*)?(\w+):\s+["']?(\w*)$/;
const ENTRY = /^\s*-\s+["']?([^\s"']*)$/;
const INLINE = /^(\w+):\s*\[(?:[^\]]*,)?\s*["']?([^\s"',\]]*)$/;
const NEW_KEY = /^(\w*)$/;
const INNER_KEY = /^\s+(?:-\s+)*(\w*)$/;
const ANY = /^[^\s"',\]}]*$/;

export function completeYaml(context: CompletionContext, known: Known, kind: ItemKind): CompletionResult | null {
  const line = context.state.doc.lineAt(context.pos);
  const before = line.text.slice(0, context.pos - line.from);
  const field = FIELD.exec(before);
  if (field) return offer(context, field[2] ?? '', fieldOptions(known, field[1] === 'KeyPath'), ANY);
  const deep = DEEP.exec(before);
  if (deep) {
    const keys = (deep[1] ?? '').split(',').map((key) => key.trim().replace(/^["']|["']$/g, '')).filter((key) => key !== '');
    return offer(context, deep[2] ?? '', childrenOf(known.fields, keys).map((one) => fieldOption(one)), ANY);
  }
  const inline = INLINE.exec(before);
  if (inline) return offer(context, inline[2] ?? '', listOptions(known, inline[1] ?? ''), ANY);
  const value = VALUE.exec(before);
  if (value) return offer(context, value[2] ?? '', valueOptions(value[1] ?? ''), /^\w*$/);
  const entry = ENTRY.exec(before);
  const options = entry ? listOptions(known, keyAbove(context, line.number)) : [];
  if (entry && options.length > 0) return offer(context, entry[1] ?? '', options, ANY);
  const fresh = NEW_KEY.exec(before);
  if (fresh) {
    const text = context.state.doc.toString();
    const open = keysOf(kind).filter(([key]) => !new RegExp(`^${key}:`, 'm').test(text));
    return offer(context, fresh[1] ?? '', open.map(([key, { about }]) => keyOption(key, about)), /^\w*$/);
  }
  const inner = INNER_KEY.exec(before);
  if (!inner || (inner[1] === '' && !context.explicit)) return null;
  return offer(context, inner[1] ?? '', Object.entries(INNER_KEYS).map(([key, about]) => keyOption(key, about)), /^\w*$/);
}

/** The key, field or log type under the pointer. */
export function explainYaml(text: string, position: number, known: Known): Explanation | null {
  const word = wordAt(text, position, /[^\s"',{}:]/);
  if (!word) return null;
  const name = text.slice(word.from, word.to);
  const isKey = text[word.to] === ':';
  const about = isKey ? KEYS[name]?.about ?? INNER_KEYS[name] : undefined;
  if (about) return { ...word, title: name, text: about };
  const logType = known.logTypes.find((one) => one.name === name);
  if (logType) return { ...word, title: name, text: logType.description || 'A log type' };
  return isKey ? null : explainField(known.fields, name.replace(/\[[^\]]*\]/g, '').split('.'), word);
}

const keyOption = (key: string, info: string): Completion => ({ label: key, apply: `${key}: `, type: 'keyword', info });

function fieldOptions({ fields }: Known, isPath: boolean): Completion[] {
  const shown = isPath ? fields : childrenOf(fields, []);
  return shown.map((field) => fieldOption(field, keyPathOf(field)));
}

function listOptions(known: Known, key: string): Completion[] {
  if (key === 'LogTypes') {
    return known.logTypes.map(({ name, description }) => ({ label: name, type: 'class', ...(description ? { info: description } : {}) }));
  }
  return key === 'SummaryAttributes' ? fieldOptions(known, true) : [];
}

function valueOptions(key: string): Completion[] {
  const words = key === 'Condition' ? CONDITIONS : key === 'ChangeTo' ? KEYS['Severity']?.values
    : key === 'ExpectedResult' ? ['true', 'false'] : KEYS[key]?.values;
  return (words ?? []).map((label) => ({ label, type: 'enum' }));
}

/** The key at the beginning of a line that a list belongs to. */
function keyAbove(context: CompletionContext, from: number): string {
  for (let number = from - 1; number > 0; number -= 1) {
    const { text } = context.state.doc.line(number);
    const key = /^(\w+):\s*(?:#.*)?$/.exec(text)?.[1];
    if (key) return key;
    if (/^\S/.test(text) && !/^[-#]/.test(text)) return '';
  }
  return '';
}
