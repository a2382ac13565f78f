// What may stand behind `?` in the addresses of the editor of detections.
import type { ItemKind } from '../api/editor';
import { NEW_KINDS } from '../pages/detections/editor/kinds';

type Raw = Record<string, unknown>;

export const EDITOR_TABS = ['code', 'tests', 'settings', 'versions'] as const;
export type EditorTab = (typeof EDITOR_TABS)[number];
/** `test` and `version` count from 1. */
export type EditorSearch = { tab?: EditorTab | undefined; test?: number | undefined; version?: number | undefined };

export function editorSearch(raw: Raw): EditorSearch {
  const tab = EDITOR_TABS.find((one) => one === raw['tab']);
  const [test, version] = [whole(raw['test']), whole(raw['version'])];
  return { ...(tab ? { tab } : {}), ...(test ? { test } : {}), ...(version ? { version } : {}) };
}

/** What a new one begins with; without an id it is asked for. */
export type NewSearch = EditorSearch & {
  kind?: ItemKind | undefined; id?: string | undefined; name?: string | undefined; 'log-type'?: string | undefined;
};

export function newSearch(raw: Raw): NewSearch {
  const kind = NEW_KINDS.find((one) => one === raw['kind']);
  const texts = (['id', 'name', 'log-type'] as const).flatMap((key) => {
    const value = raw[key];
    return (typeof value === 'string' && value !== '') || typeof value === 'number' ? [[key, String(value)]] : [];
  });
  return { ...editorSearch(raw), ...(kind ? { kind } : {}), ...Object.fromEntries(texts) };
}

function whole(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isInteger(value) && value > 0 ? value : undefined;
}
