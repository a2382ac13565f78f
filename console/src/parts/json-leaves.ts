// The fields of a JSON value, each with the path that leads to it, as one writes it in a rule or a query.
import { isNested } from '../api/exact-json';

export type Leaf = { path: string; value: unknown };

/** `actor.emails[0]`; a name that is no plain word stands in brackets: `labels["a.b"]`. */
export function pathTo(parent: string, key: string, isList: boolean): string {
  if (isList) return `${parent}[${key}]`;
  if (!/^[A-Za-z_][A-Za-z0-9_-]*$/.test(key)) return `${parent}[${JSON.stringify(key)}]`;
  return parent === '' ? key : `${parent}.${key}`;
}

/** Every value that holds no others, in order. */
export function* leavesOf(value: unknown, path = ''): Generator<Leaf> {
  if (!isNested(value)) {
    yield { path, value };
    return;
  }
  for (const [key, child] of Object.entries(value)) yield* leavesOf(child, pathTo(path, key, Array.isArray(value)));
}
