// Log sources of every kind, what came in from them, and log schemas.
import { infiniteQueryOptions, queryOptions, type QueryClient } from '@tanstack/react-query';
import type { components } from '../../generated/api';
import { ask, askRevised } from './client';
import { sourcesQuery } from './sources';

type Shapes = components['schemas'];
export type SourceOverview = Shapes['SourceOverview'];
export type SourceVolumeSeries = Shapes['SourceVolumeSeries'];
export type HttpSource = Shapes['HttpSource'];
export type HttpSourceForm = Shapes['HttpSourceForm'];
export type AuthMethod = HttpSource['authMethod'];
export type StreamType = HttpSource['logStreamType'];
export type RecordFailure = Shapes['Failure'];
export type SchemaOverview = Shapes['SchemaOverview'];
export type KnownSchema = Shapes['KnownSchema'];
export type SavedSchema = Shapes['CustomSchema'];
export type SchemaForm = Shapes['CustomSchemaForm'];
export type SchemaTrial = Shapes['SchemaTrial'];
export type TriedRecord = Shapes['TriedRecord'];
export type TrialForm = Shapes['SchemaTrialForm'];

const idOf = encodeURIComponent;

export const sourceListQuery = queryOptions({
  queryKey: ['log-sources'],
  queryFn: ({ signal }) => ask<Shapes['SourceOverviewPage']>('GET', '/internal/log-sources', { signal }),
  refetchInterval: 30_000,
});

/** One HTTP source, and what a change of it is made from. */
export const httpSourceQuery = (id: string) =>
  queryOptions({
    queryKey: ['log-sources', id, 'http'],
    queryFn: ({ signal }) => askRevised<HttpSource>('GET', `/log-sources/http/${idOf(id)}`, { signal }),
  });

export const volumeQuery = (id: string, hours: number) =>
  queryOptions({
    queryKey: ['log-sources', id, 'volume', hours],
    queryFn: ({ signal }) =>
      ask<SourceVolumeSeries>('GET', `/internal/log-sources/${idOf(id)}/volume`, { query: { hours }, signal }),
  });

export const failuresQuery = (id: string) =>
  infiniteQueryOptions({
    queryKey: ['log-sources', id, 'failures'],
    queryFn: ({ pageParam, signal }) =>
      ask<Shapes['FailurePage']>('GET', `/log-sources/${idOf(id)}/failures`, { query: { cursor: pageParam, limit: 25 }, signal }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next ?? null,
  });

export const createSource = (body: HttpSourceForm) => ask<HttpSource>('POST', '/log-sources/http', { body });
export const updateSource = (id: string, body: HttpSourceForm, revision: string | null) =>
  askRevised<HttpSource>('PUT', `/log-sources/http/${idOf(id)}`, { body, revision });
export const deleteSource = (id: string) => ask<null>('DELETE', `/log-sources/http/${idOf(id)}`);

/** Has all that is kept of sources read anew: one was made, changed or deleted. */
export function renewSources(queries: QueryClient): void {
  void queries.invalidateQueries({ queryKey: sourceListQuery.queryKey });
  void queries.invalidateQueries({ queryKey: sourcesQuery.queryKey });
}

const alarmOf = (id: string) => `/log-source-alarms/${idOf(id)}/SOURCE_NO_DATA`;
export const putAlarm = (id: string, minutesThreshold: number) =>
  ask<Shapes['SourceAlarm']>('PUT', alarmOf(id), { body: { minutesThreshold } });
export const deleteAlarm = (id: string) => ask<null>('DELETE', alarmOf(id));

export const schemaListQuery = queryOptions({
  queryKey: ['schemas'],
  queryFn: ({ signal }) => ask<Shapes['SchemaOverviewPage']>('GET', '/internal/schemas', { signal }),
});

export const schemaQuery = (name: string) =>
  queryOptions({
    queryKey: ['schemas', name],
    queryFn: ({ signal }) => ask<KnownSchema>('GET', `/internal/schemas/${idOf(name)}`, { signal }),
  });

export const putSchema = (name: string, body: SchemaForm) =>
  ask<SavedSchema>('PUT', `/schemas/${idOf(name)}`, { body });
export const archiveSchema = (name: string, isArchived: boolean) =>
  ask<SavedSchema>('PATCH', `/schemas/${idOf(name)}`, { body: { isArchived } });
/** What the server would make of a sample; nothing of it is kept. */
export const trySchema = (body: TrialForm) => ask<SchemaTrial>('POST', '/internal/schemas/try', { body, isExact: true });
