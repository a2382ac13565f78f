// What may stand behind `?` in the address of a page. Anything else is left out, so that no link can break a page.
import type { AuditFilter } from '../api/audit';

export type Raw = Record<string, unknown>;

export function text(raw: Raw, key: string): string | undefined {
  const value = raw[key];
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

export function texts(raw: Raw, key: string): string[] | undefined {
  const value = raw[key];
  const list = (Array.isArray(value) ? value : [value]).filter((one): one is string => typeof one === 'string' && one !== '');
  return list.length > 0 ? list : undefined;
}

export function words<T extends string>(raw: Raw, key: string, known: readonly T[]): T[] | undefined {
  const list = texts(raw, key)?.filter((one): one is T => (known as readonly string[]).includes(one));
  return list && list.length > 0 ? list : undefined;
}

/** Leaves out what is not there, so that addresses stay short. */
export function tidy<T extends object>(search: T): T {
  return Object.fromEntries(Object.entries(search).filter(([, value]) => value !== undefined)) as T;
}

export type SignInSearch = { return?: string | undefined; error?: string | undefined };

/** Where to go after the sign-in, a page of the console and nothing else; and why single sign-on failed before. */
export function signInSearch(raw: Raw): SignInSearch {
  // The server's own links say it with the console's folder before it.
  const wanted = text(raw, 'return') ?? text(raw, 'return_to')?.replace(/^\/console(?=\/)/, '');
  const isOurs = wanted !== undefined && /^\/(?![/\\])/.test(wanted);
  return tidy({ return: isOurs ? wanted : undefined, error: text(raw, 'error') });
}

export type UserSearch = { contains?: string | undefined; all?: boolean | undefined };

export function userSearch(raw: Raw): UserSearch {
  return tidy({ contains: text(raw, 'contains'), all: raw['all'] === true ? true : undefined });
}

export function auditSearch(raw: Raw): AuditFilter {
  return tidy({
    kind: words(raw, 'kind', ['read'])?.[0],
    from: text(raw, 'from'), to: text(raw, 'to'), action: text(raw, 'action'), actor: text(raw, 'actor'),
    result: words(raw, 'result', ['SUCCEEDED', 'FAILED', 'PARTIALLY_FAILED'])?.[0], contains: text(raw, 'contains'),
  });
}
