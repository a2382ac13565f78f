// The YAML of a detection as values, for the parts of the editor that are forms.
import { isMap, LineCounter, parseDocument, type Document } from 'yaml';
import { toJson } from '../../../api/exact-json';

export type Values = Readonly<Record<string, unknown>>;
/** What the YAML says, or why it says nothing. */
export type Reading = { values: Values; problem: null } | { values: null; problem: { line: number; message: string } };

/** The text as a tree. Large numbers, such as ids, keep all of their digits. */
export function parse(text: string, lineCounter?: LineCounter): Document.Parsed {
  return parseDocument(text, { intAsBigInt: true, prettyErrors: false, ...(lineCounter ? { lineCounter } : {}) });
}

/** What a tree says; numbers are `bigint` only where they must be. */
export function valuesOf(document: Document): unknown {
  const small = (_key: unknown, value: unknown): unknown => {
    const number = typeof value === 'bigint' ? Number(value) : null;
    return number !== null && Number.isSafeInteger(number) ? number : value;
  };
  return document.toJS({ reviver: small });
}

export function readYaml(text: string): Reading {
  const lines = new LineCounter();
  const document = parse(text, lines);
  const [fault] = document.errors;
  if (fault) return { values: null, problem: { line: lines.linePos(fault.pos[0]).line, message: fault.message } };
  if (document.contents !== null && !isMap(document.contents)) {
    return { values: null, problem: { line: 1, message: 'keys with values are expected, such as `Severity: High`' } };
  }
  try {
    return { values: (valuesOf(document) ?? {}) as Values, problem: null };
  } catch (thrown) {
    // An alias without its anchor, or too many of them.
    return { values: null, problem: { line: 1, message: thrown instanceof Error ? thrown.message : String(thrown) } };
  }
}

export function textOf(values: Values, key: string): string {
  const value = values[key];
  if (typeof value === 'string') return value;
  return value === undefined || value === null ? '' : typeof value === 'object' ? toJson(value) : String(value);
}

/** The texts of a list; of one that stands alone, a list of it. */
export function listOf(value: unknown): string[] {
  if (value === undefined || value === null) return [];
  return (Array.isArray(value) ? value : [value]).map((one) => (typeof one === 'string' ? one : toJson(one)));
}

/** The mappings of a list; what is none is an empty one, so that places stay. */
export function mapsOf(value: unknown): Values[] {
  if (!Array.isArray(value)) return [];
  return value.map((one) => (typeof one === 'object' && one !== null && !Array.isArray(one) ? one as Values : {}));
}
