// JSON whose numbers keep all of their digits: events hold numbers, such as ids, that the browser's own cannot hold. Whole
// ones are `bigint` then, others an `ExactNumber`; a number that the browser holds as it is stays a plain one.

/** A number that is not whole and has more digits than the browser's own numbers, or is larger, as it was written. */
export class ExactNumber {
  constructor(readonly text: string) {}
  toString(): string {
    return this.text;
  }
}

/** What browsers tell of a value that they read. */
type Read = { source?: string };

/** Texts in which a number may have more digits than a browser keeps: most have none. */
const MAY_BE_LONG = /[\d.]{16}|(?:^|[:,[\s])-?\d[\d.]*[eE]/;

/** What a text says, with all digits of its numbers; throws where it is no JSON. */
export function readExact(text: string): unknown {
  return MAY_BE_LONG.test(text) ? JSON.parse(text, exactly) : JSON.parse(text);
}

/** The same for whole numbers alone: others stay the browser's own. */
export function readWhole(text: string): unknown {
  return MAY_BE_LONG.test(text) ? JSON.parse(text, wholly) : JSON.parse(text);
}

/** Whether this browser tells how a number was written; older ones do not, and then it is rounded. */
export const TELLS_DIGITS = JSON.parse('1', (_key: string, _value: unknown, read?: Read) => read?.source === '1') === true;

function wholly(_key: string, value: unknown, read?: Read): unknown {
  if (typeof value !== 'number' || read?.source === undefined) return value;
  return /^-?\d+$/.test(read.source) && !Number.isSafeInteger(value) ? BigInt(read.source) : value;
}

function exactly(key: string, value: unknown, read?: Read): unknown {
  const number = wholly(key, value, read);
  if (typeof number !== 'number' || read?.source === undefined) return number;
  return digitsOf(String(number)) === digitsOf(read.source) ? number : new ExactNumber(read.source);
}

/** A number as its digits and the power of ten that they are of, so that `1.50` and `15e-1` are the same. */
function digitsOf(text: string): string {
  const [, sign = '', whole = '', part = '', power = '0'] = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([-+]?\d+))?$/.exec(text) ?? [];
  const digits = whole + part;
  let end = digits.length;
  while (end > 0 && digits[end - 1] === '0') end -= 1;
  const kept = digits.slice(0, end).replace(/^0+/, '');
  return kept === '' ? '0' : `${sign}${kept}e${Number(power) - part.length + digits.length - end}`;
}

/** Whether a value holds others. */
export function isNested(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !(value instanceof ExactNumber);
}

/** Written for people: a step of two spaces; short things on one line when `isShort`. */
export function toJson(value: unknown, isShort = true): string {
  return written(value, isShort ? null : '');
}

function written(value: unknown, indent: string | null): string {
  if (typeof value === 'bigint' || value instanceof ExactNumber) return String(value);
  if (!isNested(value)) return JSON.stringify(value) ?? 'null';
  const inner = indent === null ? null : `${indent}  `;
  const parts = Array.isArray(value)
    ? value.map((one) => written(one, inner))
    : Object.entries(value).map(([key, one]) => `${JSON.stringify(key)}: ${written(one, inner)}`);
  const [open, close] = Array.isArray(value) ? ['[', ']'] : ['{', '}'];
  if (parts.length === 0) return open + close;
  if (inner === null) return open + parts.join(', ') + close;
  return `${open}\n${parts.map((part) => inner + part).join(',\n')}\n${indent}${close}`;
}
