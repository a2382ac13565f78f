// JSON as it is typed for a test: whole numbers keep all of their digits, also in browsers that do not tell them.
import { readWhole, TELLS_DIGITS } from '../../../api/exact-json';
import { parse, valuesOf } from './yaml-read';

/** What a text says, or why it is no JSON. */
export function fromJson(text: string): { value: unknown; problem: null } | { problem: string } {
  try {
    const value = readWhole(text);
    // The same text is YAML too, and its reader keeps all digits.
    const isRounded = !TELLS_DIGITS && /\d{16}/.test(text);
    return { value: isRounded ? valuesOf(parse(text)) : value, problem: null };
  } catch (thrown) {
    return { problem: thrown instanceof Error ? thrown.message : String(thrown) };
  }
}
