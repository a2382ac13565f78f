// A detection as it is edited: its texts, what is wrong with them, its tests and versions; and what completes what is typed.
import { infiniteQueryOptions, queryOptions, type QueryClient } from '@tanstack/react-query';
import { ask, askRevised, call, type Result } from './client';
import { addressOf, switchItems } from './detections';
import type {
  ContentVersionPage, DataModelPage, EditableItem, GlobalPage, ItemFindings, ItemKind, ItemTestResults, ItemVersion, KnownLogTypes,
  LogTypeFields,
} from './types';

const idOf = encodeURIComponent;

/** What is saved, or is to be. */
export type Texts = { yaml: string; python: string | null };
export type { EditableItem as Item, ItemFinding, ItemKind, ItemTestResult as TestResult } from './types';

const BASE = '/internal/detections';

export const itemKey = (id: string) => ['detections', 'item', id];

export const itemQuery = (id: string) =>
  queryOptions({
    queryKey: itemKey(id),
    queryFn: ({ signal }) => askRevised<EditableItem>('GET', addressOf(id), { signal }),
  });

/** Lists, packs, coverage and versions are asked for again after a change; the texts that are edited stay. */
export const refreshOthers = (queries: QueryClient) =>
  queries.invalidateQueries({ queryKey: ['detections'], predicate: ({ queryKey }) => queryKey[1] !== 'item' });

export const readItem = (id: string): Promise<Result<EditableItem>> => call<EditableItem>('GET', addressOf(id));

/** Where a save is made from: a revision that was read, or nothing, so that it must not be there yet. */
export type SaveFrom = { revision: string } | { isNew: true };

export const saveItem = (id: string, body: Texts & { kind: ItemKind }, from: SaveFrom, runsTestsFirst: boolean) =>
  call<EditableItem>('PUT', addressOf(id), { body, query: { 'run-tests-first': runsTestsFirst }, ...from });

export const deleteItem = (id: string, revision: string | null) =>
  ask<null>('DELETE', addressOf(id), { revision });

type Unsaved = Texts & { kind: ItemKind; id: string | null };

export const checkItem = (body: Unsaved, signal: AbortSignal) =>
  ask<ItemFindings>('POST', `${BASE}/check`, { body, signal });

export const testItem = (body: Unsaved & { only?: string[] }) => ask<ItemTestResults>('POST', `${BASE}/test`, { body, isLong: true });

export const switchItem = (id: string, enabled: boolean) => switchItems([id], enabled);

export const versionsQuery = (id: string) =>
  infiniteQueryOptions({
    queryKey: ['detections', 'versions', id],
    queryFn: async ({ pageParam, signal }): Promise<ContentVersionPage> => {
      const query = { cursor: pageParam, limit: 25 };
      const result = await call<ContentVersionPage>('GET', `/content/versions/${idOf(id)}`, { query, signal });
      if (result.ok) return result.value;
      // What only a directory has was never saved here.
      if (result.problem.status === 404) return { results: [], next: null };
      throw result.problem;
    },
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next ?? null,
  });

export const versionQuery = (id: string, version: number) =>
  queryOptions({
    queryKey: ['detections', 'versions', id, version],
    queryFn: ({ signal }) => ask<ItemVersion>('GET', `${addressOf(id)}/versions/${version}`, { signal }),
    staleTime: Infinity,
  });

export const rollBack = (id: string, version: number) =>
  ask<unknown>('POST', `/content/versions/${idOf(id)}/rollback`, { body: { version } });

export const logTypesQuery = queryOptions({
  queryKey: ['log-types'],
  queryFn: ({ signal }) => ask<KnownLogTypes>('GET', '/internal/log-types', { signal }),
  staleTime: 60_000,
});

export const fieldsQuery = (logType: string) =>
  queryOptions({
    queryKey: ['log-types', logType, 'fields'],
    queryFn: async ({ signal }) => {
      const result = await call<LogTypeFields>('GET', `/internal/log-types/${idOf(logType)}/fields`, { signal });
      if (result.ok) return result.value.results;
      // A log type that nobody knows (yet) has no fields; `check` says so.
      if (result.problem.status === 404) return [];
      throw result.problem;
    },
    staleTime: 60_000,
  });

/** As many as one page of the server has; more helpers than that are rare. */
const PAGE = 100;

export const globalsQuery = queryOptions({
  queryKey: ['globals', 'for-completion'],
  queryFn: ({ signal }) => ask<GlobalPage>('GET', '/globals', { query: { limit: PAGE }, signal }),
  staleTime: 60_000,
});

export const dataModelsQuery = queryOptions({
  queryKey: ['data-models', 'for-completion'],
  queryFn: ({ signal }) => ask<DataModelPage>('GET', '/data-models', { query: { limit: PAGE }, signal }),
  staleTime: 60_000,
});
