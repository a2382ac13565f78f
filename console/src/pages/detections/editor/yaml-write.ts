// How values are written as YAML.
import { Document, isScalar, visit, type ToStringOptions } from 'yaml';

/** Nothing is folded: a line is as long as what it says. */
export const OPTIONS: ToStringOptions = { lineWidth: 0, flowCollectionPadding: false };

/** Texts that the detections' dialect of YAML takes for numbers: `1_000`, `0b1`. */
const LOOKS_LIKE_NUMBER = /^[-+]?[\d.][\w.+-]*$/;

/** Quotes new texts that would be read as something else. */
export function quote(document: Document): void {
  visit(document, {
    Scalar(_key, node) {
      const isNew = node.source === undefined;
      if (isNew && typeof node.value === 'string' && LOOKS_LIKE_NUMBER.test(node.value)) node.type = 'QUOTE_DOUBLE';
    },
  });
}

/** A value on lines that begin at a column; the first line stands where the caller puts it. `isFlow`: what is inside is in brackets. */
export function write(value: unknown, column: number, isFlow = false): string {
  const document = new Document(value, { aliasDuplicateObjects: false });
  quote(document);
  visit(document, { Collection: (key, node) => { if (isFlow && key !== null) node.flow = true; } });
  const text = document.toString(OPTIONS).replace(/\n$/, '');
  return text.split('\n').map((line, index) => (index === 0 || line === '' ? line : ' '.repeat(column) + line)).join('\n');
}

/** A scalar on one line, when that is how it is written best or `mustBeOne` says so. */
export function writeScalar(value: unknown, mustBeOne: boolean): string | null {
  if (!isScalar(new Document(value).contents)) return null;
  const text = write(value, 0);
  if (!text.includes('\n')) return text;
  return mustBeOne ? JSON.stringify(value) : null;
}
