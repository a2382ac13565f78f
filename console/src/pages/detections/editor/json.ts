// JSON as it is typed and shown: numbers with more digits than the browser's own numbers have keep all of them.
import { parse, valuesOf } from './yaml-read';

/** Written for people: a step of two spaces; short things on one line when `isShort`. */
export function toJson(value: unknown, isShort = true): string {
  return written(value, isShort ? null : '');
}

function written(value: unknown, indent: string | null): string {
  if (typeof value === 'bigint') return String(value);
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const inner = indent === null ? null : `${indent}  `;
  const parts = Array.isArray(value)
    ? value.map((one) => written(one, inner))
    : Object.entries(value).map(([key, one]) => `${JSON.stringify(key)}: ${written(one, inner)}`);
  const [open, close] = Array.isArray(value) ? ['[', ']'] : ['{', '}'];
  if (parts.length === 0) return open + close;
  if (inner === null) return open + parts.join(', ') + close;
  return `${open}\n${parts.map((part) => inner + part).join(',\n')}\n${indent}${close}`;
}

/** What a text says, or why it is no JSON. */
export function fromJson(text: string): { value: unknown; problem: null } | { problem: string } {
  try {
    const value: unknown = JSON.parse(text);
    // The same text is YAML too, and its reader keeps all digits.
    const hasLarge = /\d{16}/.test(text);
    return { value: hasLarge ? valuesOf(parse(text)) : value, problem: null };
  } catch (thrown) {
    return { problem: thrown instanceof Error ? thrown.message : String(thrown) };
  }
}
