// Lists of detections and other items, their switches, what they cover, packs, and the history of changes.
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import type { components } from '../../generated/api';
import { ask, call } from './client';
import type {
  ContentChangePage, CoverageMatrix, ItemKind, ItemOrigin, ItemSort, ItemState, KnownLogTypes, ListedItem, ListedItemPage,
  PackPage, Severity, Switched,
} from './types';

/** What of the items is shown; also what stands in the page's address. */
export type ItemFilter = {
  kind?: ItemKind[] | undefined; 'name-contains'?: string | undefined; state?: ItemState | undefined;
  severity?: Severity[] | undefined; 'log-type'?: string[] | undefined; tag?: string[] | undefined;
  origin?: ItemOrigin[] | undefined; mitre?: string | undefined; sort?: ItemSort | undefined;
};

/** Detections that are switched at once; the server takes no more. */
export const SWITCHED_MAX = 500;
/** Rows of one page; the server's most. */
const PAGE = 100;

const BASE = '/internal/detections';
/** Words that are routes of their own below the same address: an id that is one is written otherwise. */
const TAKEN = ['check', 'test', 'enabled', 'matrix'];

/** The address of an item. */
export function addressOf(id: string): string {
  const path = encodeURIComponent(id);
  return `${BASE}/${TAKEN.includes(path) ? `%${path.charCodeAt(0).toString(16)}${path.slice(1)}` : path}`;
}

const page = (filter: ItemFilter, cursor: string | null, signal?: AbortSignal) =>
  ask<ListedItemPage>('GET', BASE, { query: { ...filter, limit: PAGE, cursor }, ...(signal ? { signal } : {}) });

export const itemsQuery = (filter: ItemFilter) =>
  infiniteQueryOptions({
    queryKey: ['detections', 'list', filter],
    queryFn: ({ pageParam, signal }) => page(filter, pageParam, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next ?? null,
  });

/** The ids of all items that a filter keeps and that are meant, as far as they can be switched at once. */
export async function allIds(filter: ItemFilter, isMeant: (item: ListedItem) => boolean): Promise<string[]> {
  const ids: string[] = [];
  let cursor: string | null = null;
  do {
    const { results, next }: ListedItemPage = await page(filter, cursor);
    ids.push(...results.filter(isMeant).map(({ id }) => id));
    cursor = next ?? null;
  } while (cursor !== null && ids.length < SWITCHED_MAX);
  return ids.slice(0, SWITCHED_MAX);
}

export const switchItems = (ids: string[], enabled: boolean) =>
  ask<Switched>('POST', `${BASE}/enabled`, { body: { ids, enabled } });

export const matrixQuery = queryOptions({
  queryKey: ['detections', 'matrix'],
  queryFn: ({ signal }) => ask<CoverageMatrix>('GET', `${BASE}/matrix`, { signal }),
});

/** A layer of the ATT&CK Navigator, for downloading. */
export const LAYER_ADDRESS = `${BASE}/matrix/layer`;

export const packsQuery = queryOptions({
  queryKey: ['detections', 'packs'],
  queryFn: ({ signal }) => ask<PackPage>('GET', '/internal/packs', { signal }),
});

export const switchPack = (id: string, enabled: boolean) =>
  ask<Switched>('POST', `/internal/packs/${encodeURIComponent(id)}/enabled`, { body: { enabled } });

/** Makes an item where there is none of its id. */
export const makeItem = (id: string, kind: ItemKind, yaml: string, python: string | null) =>
  ask<unknown>('PUT', addressOf(id), { body: { kind, yaml, python }, isNew: true });

export const deleteItem = (id: string) => ask<null>('DELETE', addressOf(id));

export const changesQuery = infiniteQueryOptions({
  queryKey: ['detections', 'changes'],
  queryFn: ({ pageParam, signal }) =>
    ask<ContentChangePage>('GET', '/content/changes', { query: { cursor: pageParam, limit: 50 }, signal }),
  initialPageParam: null as string | null,
  getNextPageParam: (last) => last.next ?? null,
});

type Shown = components['schemas']['Detection'];
type Kind = components['schemas']['DetectionKind'];
const WAYS: Readonly<Record<Kind, readonly string[]>> = {
  RULE: ['rules', 'simple-rules'], SCHEDULED_RULE: ['scheduled-rules'], CORRELATION_RULE: ['correlation-rules'], POLICY: ['policies'],
};

/** The detection of an alert, which does not say whether a rule is a simple one; null when it is gone. */
export const detectionQuery = (kind: Kind, id: string) =>
  queryOptions({
    queryKey: ['detections', 'shown', kind, id],
    queryFn: async ({ signal }): Promise<Shown | null> => {
      for (const way of WAYS[kind]) {
        const result = await call<Shown>('GET', `/${way}/${encodeURIComponent(id)}`, { signal });
        if (result.ok) return result.value;
        if (result.problem.status !== 404) throw result.problem;
      }
      return null;
    },
    staleTime: 60_000,
  });

export const logTypeNamesQuery = queryOptions({
  queryKey: ['log-types', 'names'],
  queryFn: async ({ signal }) => {
    const { results } = await ask<KnownLogTypes>('GET', '/internal/log-types', { signal });
    return results.map(({ name }) => name);
  },
});
