// Suggestions in Python: fields where an event is asked for one, names of data models, helpers to import.
import type { Completion, CompletionContext, CompletionResult } from '@codemirror/autocomplete';
import type { Explanation } from '../../../parts/code';
import { explainField, fieldOption, offer, wordAt, type Known } from './complete';
import { childrenOf } from './fields';

/** As far back as a call may begin. */
const LOOK_BACK = 600;
const KEY = /^[^"'\n]*$/;

const STEP = String.raw`(?:\.get\(\s*["'][^"'\n]*["'][^()\n]*\)|\[\s*["'][^"'\n]*["']\s*\])`;
/** `event.get("…`, `event["…`, also after other steps of the same kind. */
const GET = new RegExp(String.raw`\bevent(${STEP}*)(?:\.get\(|\[)\s*["']([^"'\n]*)$`);
/** `event.deep_get("a", "…`, `deep_get(event, "a", "…`. */
const DEEP = /\b(?:event\.deep_(?:get|walk)\(|deep_(?:get|walk)\(\s*event\s*,)\s*((?:["'][^"'\n]*["']\s*,\s*)*)["']([^"'\n]*)$/;
const UDM = /\bevent\.udm\(\s*["']([^"'\n]*)$/;
const METHOD = /\bevent\.(\w*)$/;
const FROM = /^\s*from\s+(\w+)\s+import\s+(?:\(?[\w\s,]*?)(\w*)$/;
const IMPORT = /^\s*(?:from|import)\s+(\w*)$/;

const METHODS: readonly Completion[] = [
  ['get', 'The value of a field, or None'], ['deep_get', 'The value of a field inside of others'],
  ['deep_walk', 'The values of a field, also inside of lists'], ['udm', 'A field by its common name'],
  ['udm_path', 'Where a common name leads'], ['lookup', 'A row of a lookup table'], ['event_time_epoch', 'When it happened, in seconds'],
  ['to_dict', 'A copy as a dict'],
].map(([label = '', info = '']) => ({ label, info, type: 'method' }));

export function completePython(context: CompletionContext, known: Known): CompletionResult | null {
  const before = context.state.sliceDoc(Math.max(0, context.pos - LOOK_BACK), context.pos);
  const place = placeOf(before);
  if (place) return offer(context, place.typed, childrenOf(known.fields, place.keys).map((field) => fieldOption(field)), KEY);
  const udm = UDM.exec(before);
  if (udm) {
    return offer(context, udm[1] ?? '', known.names.map(({ name, about }) => ({ label: name, type: 'property', info: about })), KEY);
  }
  const line = before.slice(before.lastIndexOf('\n') + 1);
  const from = FROM.exec(line);
  const helper = known.helpers.find(({ id }) => id === from?.[1]);
  if (from && helper) return offer(context, from[2] ?? '', helper.functions.map((label) => ({ label, type: 'function' })), /^\w*$/);
  const module = IMPORT.exec(line);
  if (module) {
    const options = known.helpers.map(({ id, description }) => ({ label: id, type: 'namespace', ...(description ? { info: description } : {}) }));
    return offer(context, module[1] ?? '', options, /^\w*$/);
  }
  const method = METHOD.exec(before);
  return method ? offer(context, method[1] ?? '', METHODS, /^\w*$/) : null;
}

/** The field under the pointer. */
export function explainPython(text: string, position: number, known: Known): Explanation | null {
  const word = wordAt(text, position, /[^"'\s()[\],]/);
  if (!word) return null;
  const place = placeOf(text.slice(Math.max(0, word.from - LOOK_BACK), word.to));
  return place ? explainField(known.fields, [...place.keys, place.typed], word) : null;
}

/** The keys that lead to where something is typed, when an event is asked there. */
function placeOf(before: string): { keys: string[]; typed: string } | null {
  const found = GET.exec(before) ?? DEEP.exec(before);
  if (!found) return null;
  // A default is no key: `.get("a", "b")` leads into `a`.
  const steps = (found[1] ?? '').replaceAll(/(\.get\(\s*["'][^"']*["'])[^()]*\)/g, '$1');
  const keys = [...steps.matchAll(/["']([^"']*)["']/g)].map(([, key = '']) => key);
  return { keys, typed: found[2] ?? '' };
}
