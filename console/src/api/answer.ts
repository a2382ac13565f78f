// What stands in an answer.
import { readExact } from './exact-json';

/** Whether an answer of success is none of the server: it answers with JSON, and with nothing only where nothing was asked for. */
export function isStrange(method: string, text: string, value: unknown): boolean {
  return text === '' ? method === 'GET' : value === undefined;
}

/** Null for nothing at all; undefined for what is no JSON. `isExact`: numbers keep all of their digits. */
export function parse(text: string, isExact: boolean): unknown {
  if (text === '') return null;
  try {
    return isExact ? readExact(text) : JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What the server says of what went wrong. */
export function messageOf(value: unknown): string | null {
  if (typeof value !== 'object' || value === null || !('message' in value)) return null;
  return typeof value.message === 'string' ? value.message : null;
}
