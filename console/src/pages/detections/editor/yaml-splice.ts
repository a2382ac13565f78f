// Cuts one value out of a YAML text and puts another one in. Gives null where the text is not written line by line.
import { isCollection, isMap, isScalar, isSeq, type Document, type Node, type Pair, type YAMLMap, type YAMLSeq } from 'yaml';
import { withValue, type Path } from './values';
import { write, writeScalar } from './yaml-write';

/** Long keys at the end of a file; new ones go before them. */
const LAST_KEYS: readonly unknown[] = ['Detection', 'Tests'];

export function splice(text: string, document: Document.Parsed, path: Path, value: unknown): string | null {
  const [holderPath, key] = [path.slice(0, -1), path.at(-1)];
  if (key === undefined) return null;
  const holder = holderPath.length === 0 ? document.contents : document.getIn(holderPath, true);
  if (holder === null && holderPath.length === 0) return value === undefined ? text : `${text}${write({ [key]: value }, 0)}\n`;
  if (!isCollection(holder)) {
    return value === undefined ? text : splice(text, document, holderPath, withValue(undefined, [key], value));
  }
  if (holder.flow) {
    if (holderPath.length === 0) return null;
    return splice(text, document, holderPath, withValue(holder.toJS(document), [key], value));
  }
  if (isMap(holder)) return inMap(text, holder, key, value, holderPath.length === 0);
  return isSeq(holder) && typeof key === 'number' ? inSeq(text, holder, key, value) : null;
}

function inMap(text: string, map: YAMLMap, key: string | number, value: unknown, isRoot: boolean): string | null {
  const pairs = map.items as Pair<Node, Node | null>[];
  const [first] = pairs;
  if (!first) return null;
  const column = columnOf(text, startOf(first.key));
  const pair = pairs.find((one) => isScalar(one.key) && one.key.value === key);
  if (!pair) {
    if (value === undefined) return text;
    const before = isRoot ? pairs.filter((one) => !(isScalar(one.key) && LAST_KEYS.includes(one.key.value))) : pairs;
    const anchor = before.at(-1);
    return anchor ? insertAfter(text, endOf(anchor), ' '.repeat(column) + write({ [key]: value }, column)) : null;
  }
  const [start, end] = [startOf(pair.key), endOf(pair)];
  if (value === undefined) return cut(text, start, end);
  return replaceScalar(text, pair.value, value)
    ?? replaceLines(text, start, end, write({ [key]: value }, column, staysFlow(pair.value)));
}

function inSeq(text: string, seq: YAMLSeq, index: number, value: unknown): string | null {
  const items = seq.items as Node[];
  const [first, last] = [items[0], items.at(-1)];
  if (!first || !last) return null;
  const dash = dashBefore(text, startOf(first));
  if (dash === null) return null;
  const column = columnOf(text, dash);
  const item = items[index];
  if (!item) {
    if (value === undefined) return text;
    return insertAfter(text, lastOf(last), `${' '.repeat(column)}- ${write(value, column + 2)}`);
  }
  const own = dashBefore(text, startOf(item));
  if (value === undefined) return own === null ? null : cut(text, own, lastOf(item));
  return replaceScalar(text, item, value)
    ?? replaceLines(text, startOf(item), lastOf(item), write(value, column + 2, staysFlow(item)));
}

/** A short list in brackets stays one. */
function staysFlow(node: Node | null): boolean {
  return isCollection(node) && node.flow === true && node.items.length > 0 && node.items.every((item) => isScalar(item));
}

function replaceScalar(text: string, node: Node | null, value: unknown): string | null {
  if (!isScalar(node) || !node.range || node.range[0] === node.range[1]) return null;
  // A comment at the end of the line has no place behind several lines.
  const written = writeScalar(value, text.slice(node.range[1], lineEnd(text, node.range[1])).trim() !== '');
  const before = text.slice(node.range[0], node.range[1]);
  if (written === null || before.includes('\n')) return null;
  return text.slice(0, node.range[0]) + written + text.slice(node.range[1]);
}

function replaceLines(text: string, start: number, end: number, written: string): string | null {
  if (text[end - 1] === '\n') return `${text.slice(0, start)}${written}\n${text.slice(end)}`;
  const rest = text.slice(end, lineEnd(text, end)).trim();
  return rest !== '' && written.includes('\n') ? null : text.slice(0, start) + written + text.slice(end);
}

function cut(text: string, start: number, end: number): string {
  const from = start - columnOf(text, start);
  return text.slice(0, from) + text.slice(text[end - 1] === '\n' ? end : Math.min(lineEnd(text, end) + 1, text.length));
}

function insertAfter(text: string, end: number, lines: string): string {
  const at = text[end - 1] === '\n' ? end : Math.min(lineEnd(text, end) + 1, text.length);
  const gap = at > 0 && text[at - 1] !== '\n' ? '\n' : '';
  return `${text.slice(0, at)}${gap}${lines}\n${text.slice(at)}`;
}

const startOf = (node: Node): number => node.range?.[0] ?? 0;
const lastOf = (node: Node): number => node.range?.[1] ?? 0;
const endOf = (pair: Pair<Node, Node | null>): number => Math.max(pair.value?.range?.[1] ?? 0, pair.key.range?.[1] ?? 0);
const columnOf = (text: string, at: number): number => at - (text.lastIndexOf('\n', at - 1) + 1);

function lineEnd(text: string, at: number): number {
  const end = text.indexOf('\n', at);
  return end === -1 ? text.length : end;
}

/** Where the `-` of an entry stands, when it is on the same line. */
function dashBefore(text: string, at: number): number | null {
  const line = text.slice(at - columnOf(text, at), at);
  const found = /^ *- +$/.exec(line);
  return found ? at - columnOf(text, at) + line.indexOf('-') : null;
}
