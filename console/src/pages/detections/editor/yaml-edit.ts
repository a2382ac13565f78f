// Changes of single values of a YAML text: comments, order and all that is not touched stay as they were written.
import { isMap } from 'yaml';
import { isSame, withValue, type Path } from './values';
import { parse, valuesOf } from './yaml-read';
import { splice } from './yaml-splice';
import { OPTIONS, quote } from './yaml-write';

/** The text with another value at a place; `undefined` takes the place away. A text that cannot be read stays. */
export function edit(text: string, path: Path, value: unknown): string {
  const document = parse(text);
  if (document.errors.length > 0 || (document.contents !== null && !isMap(document.contents))) return text;
  const now: unknown = valuesOf(document) ?? {};
  const holderPath = path.slice(0, -1);
  const holder = value === undefined && holderPath.length > 0 ? valueAt(now, holderPath) : null;
  // Nothing would be left of what it is in.
  if (typeof holder === 'object' && holder !== null && Object.keys(holder).length === 1) return edit(text, holderPath, undefined);
  const wanted = withValue(now, path, value);
  const spliced = splice(text, document, path, value);
  if (spliced !== null && says(spliced, wanted)) return spliced;
  // Written in a way that is not cut into: the whole text is written anew, with its comments.
  if (value === undefined) document.deleteIn(path);
  else document.setIn(path, document.createNode(value));
  quote(document);
  return document.toString(OPTIONS);
}

/** The text with other entries in a list: those that stay keep their comments. */
export function editList(text: string, path: Path, items: readonly string[]): string {
  const now = valueAt(valuesOf(parse(text)), path);
  if (items.length === 0) return edit(text, path, undefined);
  if (!Array.isArray(now) || now.length === 0) return edit(text, path, [...items]);
  const kept = now.filter((one) => items.includes(String(one)));
  if (kept.length === 0) return edit(text, path, [...items]);
  let next = text;
  for (let index = now.length - 1; index >= 0; index -= 1) {
    if (!items.includes(String(now[index]))) next = edit(next, [...path, index], undefined);
  }
  const added = items.filter((item) => !kept.some((one) => String(one) === item));
  added.forEach((item, index) => { next = edit(next, [...path, kept.length + index], item); });
  return next;
}

function valueAt(whole: unknown, path: Path): unknown {
  return path.reduce<unknown>((value, key) => (value as Record<string, unknown> | null | undefined)?.[key], whole);
}

function says(text: string, wanted: unknown): boolean {
  const document = parse(text);
  return document.errors.length === 0 && isSame(valuesOf(document) ?? {}, wanted);
}
