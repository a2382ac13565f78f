// What may stand behind `?` in the addresses of log sources and schemas.
import type { AuthMethod, StreamType } from '../api/intake';

type Raw = Record<string, unknown>;

function text(raw: Raw, key: string): string | undefined {
  const value = raw[key];
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function texts(raw: Raw, key: string): string[] | undefined {
  const value = raw[key];
  const list = (Array.isArray(value) ? value : [value]).filter((one): one is string => typeof one === 'string' && one !== '');
  return list.length > 0 ? list : undefined;
}

function word<T extends string>(raw: Raw, key: string, known: readonly T[]): T | undefined {
  return known.find((one) => one === raw[key]);
}

function tidy<T extends object>(search: T): T {
  return Object.fromEntries(Object.entries(search).filter(([, value]) => value !== undefined)) as T;
}

export const STREAMS: readonly StreamType[] = ['Auto', 'Lines', 'JSON', 'JsonArray'];
export const METHODS: readonly AuthMethod[] = ['Bearer', 'Basic', 'SharedSecret', 'HMAC', 'None'];
export const ALGORITHMS = ['sha256', 'sha1'] as const;
export type Algorithm = (typeof ALGORITHMS)[number];
export const STEPS = ['name', 'records', 'senders', 'send'] as const;
export type Step = (typeof STEPS)[number];

/** All that was said about a new source but its secrets. */
export type NewSourceSearch = {
  step?: Step | undefined; label?: string | undefined; types?: string[] | undefined; stream?: StreamType | undefined;
  path?: string | undefined; auth?: AuthMethod | undefined; header?: string | undefined; user?: string | undefined;
  algorithm?: Algorithm | undefined; id?: string | undefined;
};

export function newSourceSearch(raw: Raw): NewSourceSearch {
  return tidy({
    step: word(raw, 'step', STEPS), label: text(raw, 'label'), types: texts(raw, 'types'), stream: word(raw, 'stream', STREAMS),
    path: text(raw, 'path'), auth: word(raw, 'auth', METHODS), header: text(raw, 'header'), user: text(raw, 'user'),
    algorithm: word(raw, 'algorithm', ALGORITHMS), id: text(raw, 'id'),
  });
}

export const SOURCE_TABS = ['events', 'failures', 'send', 'settings'] as const;
export type SourceTab = (typeof SOURCE_TABS)[number];
export const SPANS = [24, 168, 720] as const;
export type SourceSearch = { tab?: SourceTab | undefined; hours?: (typeof SPANS)[number] | undefined };

export function sourceSearch(raw: Raw): SourceSearch {
  return tidy({ tab: word(raw, 'tab', SOURCE_TABS), hours: SPANS.find((hours) => String(hours) === text(raw, 'hours')) });
}

export const ORIGINS = ['built-in', 'folder', 'custom', 'archived'] as const;
export type SchemaListSearch = { contains?: string | undefined; origin?: (typeof ORIGINS)[number] | undefined };

export function schemaListSearch(raw: Raw): SchemaListSearch {
  return tidy({ contains: text(raw, 'contains'), origin: word(raw, 'origin', ORIGINS) });
}

export const SCHEMA_TABS = ['fields', 'text'] as const;
export type SchemaSearch = { tab?: (typeof SCHEMA_TABS)[number] | undefined };

export function schemaSearch(raw: Raw): SchemaSearch {
  return tidy({ tab: word(raw, 'tab', SCHEMA_TABS) });
}
