// What may stand behind `?` in the addresses of the lists of detections.
import type { ItemFilter } from '../api/detections';
import type { ItemKind, ItemOrigin, ItemSort, ItemState } from '../api/types';
import { SEVERITIES } from '../parts/severity';

type Raw = Record<string, unknown>;

export const DETECTION_KINDS: readonly ItemKind[] = ['rule', 'simple_rule', 'scheduled_rule', 'correlation_rule', 'policy'];
export const STATES: readonly ItemState[] = ['enabled', 'disabled', 'broken'];
export const ORIGINS: readonly ItemOrigin[] = ['directory', 'api', 'pypanther'];
export const SORTS: readonly ItemSort[] = [
  'name', '-name', 'id', '-id', 'kind', '-kind', 'severity', '-severity', 'lastModified', '-lastModified',
  'state', '-state', 'origin', '-origin',
];

function texts(value: unknown): string[] {
  const list = Array.isArray(value) ? value : [value];
  return list.flatMap((one) => (typeof one === 'string' && one !== '' ? [one] : typeof one === 'number' ? [String(one)] : []));
}

function words<T extends string>(value: unknown, known: readonly T[]): T[] {
  return texts(value).filter((one): one is T => (known as readonly string[]).includes(one));
}

/** Leaves out what is empty, so that addresses stay short. */
function tidy<T extends object>(search: T): T {
  const isThere = (value: unknown) => value !== undefined && !(Array.isArray(value) && value.length === 0);
  return Object.fromEntries(Object.entries(search).filter(([, value]) => isThere(value))) as T;
}

export function itemSearch(raw: Raw): ItemFilter {
  return tidy({
    kind: words(raw['kind'], DETECTION_KINDS), 'name-contains': texts(raw['name-contains'])[0],
    state: words(raw['state'], STATES)[0], severity: words(raw['severity'], SEVERITIES),
    'log-type': texts(raw['log-type']), tag: texts(raw['tag']), origin: words(raw['origin'], ORIGINS),
    mitre: texts(raw['mitre'])[0], sort: words(raw['sort'], SORTS)[0],
  });
}

/** `technique` is that of one tactic, such as `TA0006:T1110`. */
export type MitreSearch = { covered?: boolean | undefined; find?: string | undefined; technique?: string | undefined };

export function mitreSearch(raw: Raw): MitreSearch {
  return tidy({
    covered: raw['covered'] === true ? true : undefined, find: texts(raw['find'])[0], technique: texts(raw['technique'])[0],
  });
}

export type ShelfSearch = { 'name-contains'?: string | undefined };

export function shelfSearch(raw: Raw): ShelfSearch {
  return tidy({ 'name-contains': texts(raw['name-contains'])[0] });
}
