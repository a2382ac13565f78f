// The operations of the description in groups: by subject, and those of the console alone in one of their own.
import type { OpenApi, Operation } from '../../api/openapi';

export const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;
export type Method = (typeof METHODS)[number];
export type Entry = { id: string; method: Method; path: string; operation: Operation };
export type OperationGroup = { title: string; isPrivate: boolean; entries: Entry[] };

const PRIVATE = 'Private: the console’s own';

/** All operations, as the description has them. */
export function entriesOf(document: OpenApi): Entry[] {
  return Object.entries(document.paths).flatMap(([path, operations]) => METHODS.flatMap((method) => {
    const operation = operations[method];
    return operation ? [{ id: operation.operationId, method, path, operation }] : [];
  }));
}

/** Those that have every word of the text in method, path, id, summary, description or a parameter's name. */
export function matching(entries: readonly Entry[], text: string): Entry[] {
  const words = text.toLowerCase().split(/\s+/).filter((word) => word !== '');
  return entries.filter(({ id, method, path, operation }) => {
    const names = operation.parameters?.map(({ name }) => name) ?? [];
    const all = [method, path, id, operation.summary, operation.description, ...operation.tags ?? [], ...names].join(' ').toLowerCase();
    return words.every((word) => all.includes(word));
  });
}

/** By subject, in the order of their titles; the private ones last. */
export function grouped(entries: readonly Entry[]): OperationGroup[] {
  const groups = new Map<string, OperationGroup>();
  for (const entry of entries) {
    const isPrivate = entry.path.startsWith('/internal/');
    const title = isPrivate ? PRIVATE : titled(entry.operation.tags?.[0] ?? 'other');
    const group = groups.get(title) ?? { title, isPrivate, entries: [] };
    group.entries.push(entry);
    groups.set(title, group);
  }
  return [...groups.values()].sort((a, b) => Number(a.isPrivate) - Number(b.isPrivate) || a.title.localeCompare(b.title));
}

function titled(tag: string): string {
  const word = tag.replace(/\bapi\b/i, 'API').replace(/\bscim\b/i, 'SCIM');
  return word.charAt(0).toUpperCase() + word.slice(1);
}

/** Who may call an operation, in words. */
export function callers(operation: Operation): string {
  if (!operation.security) return 'A session or an API token, with the permission for it.';
  if (operation.security.some((one) => Object.keys(one).length === 0)) return 'Everybody; no token is needed.';
  const isSession = operation.security.every((one) => 'session' in one);
  return isSession ? 'A session of the console; API tokens are refused.' : 'A session or an API token, with the permission for it.';
}
