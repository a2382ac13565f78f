// Alerts, their events, history, comments and deliveries.
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { ask } from './client';
import type {
  Alert, AlertHistory, AlertKind, AlertPage, AlertPatch, AlertStatus, Comment, CommentPage, DeliveryPage,
  DestinationPage, EventPage, Severity,
} from './types';

const idOf = encodeURIComponent;

export type AlertClass = 'ALERT' | 'DETECTION_ERROR' | 'SYSTEM_ERROR';
/** How far back the list goes, counted from when it is asked for. */
export type AlertRange = '1h' | '24h' | '7d' | '30d';

/** What of the alerts is shown; also what stands in the page's address. */
export type AlertFilter = {
  type?: AlertClass | undefined; 'sub-type'?: AlertKind[] | undefined;
  status?: AlertStatus[] | undefined; severity?: Severity[] | undefined;
  assignee?: string[] | undefined; unassigned?: boolean | undefined; 'name-contains'?: string | undefined;
  'log-type'?: string[] | undefined; 'log-source'?: string[] | undefined; 'resource-type'?: string[] | undefined;
  'detection-id'?: string | undefined; dedup?: string | undefined; range?: AlertRange | undefined;
  'created-after'?: string | undefined; 'created-before'?: string | undefined;
  'event-count-min'?: number | undefined; 'event-count-max'?: number | undefined; 'sort-dir'?: 'asc' | undefined;
};

const RANGE_MS: Record<AlertRange, number> = { '1h': 3_600_000, '24h': 86_400_000, '7d': 604_800_000, '30d': 2_592_000_000 };
/** Alerts of one page: more than a screen shows, and few enough to be drawn at once. */
export const PAGE_ALERTS = 25;
/** How often the list is asked for while nothing tells of changes. */
const POLL_MS = 30_000;

/** One page of the list. */
export function alertPage({ range, ...filter }: AlertFilter, cursor: string | null, signal?: AbortSignal): Promise<AlertPage> {
  const after = range ? new Date(Date.now() - RANGE_MS[range]).toISOString() : filter['created-after'];
  const query = { ...filter, 'created-after': after, limit: PAGE_ALERTS, cursor };
  return ask<AlertPage>('GET', '/alerts', { query, ...(signal ? { signal } : {}) });
}

/** Of lists alone: what else is kept of alerts has other shapes. */
export const LISTS = ['alerts', 'list'] as const;

export const alertsQuery = (filter: AlertFilter) =>
  infiniteQueryOptions({
    queryKey: [...LISTS, filter],
    queryFn: ({ pageParam, signal }) => alertPage(filter, pageParam, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next ?? null,
    // Rows move when somebody asks for it, and not by themselves.
    staleTime: Infinity,
    refetchOnWindowFocus: false,
    gcTime: 60_000,
  });

export const alertQuery = (id: string) =>
  queryOptions({
    queryKey: ['alert', id],
    queryFn: ({ signal }) => ask<Alert>('GET', `/alerts/${idOf(id)}`, { signal, isExact: true }),
    refetchInterval: POLL_MS,
  });

export const eventsQuery = (id: string) =>
  infiniteQueryOptions({
    queryKey: ['alert', id, 'events'],
    queryFn: ({ pageParam, signal }) =>
      ask<EventPage>('GET', `/alerts/${idOf(id)}/events`, { query: { cursor: pageParam, limit: 25 }, signal, isExact: true }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next ?? null,
  });

export const historyQuery = (id: string) =>
  infiniteQueryOptions({
    queryKey: ['alert', id, 'history'],
    queryFn: ({ pageParam, signal }) =>
      ask<AlertHistory>('GET', `/alerts/${idOf(id)}/history`, { query: { cursor: pageParam, limit: 50 }, signal }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next ?? null,
  });

export const commentsQuery = (id: string) =>
  infiniteQueryOptions({
    queryKey: ['alert', id, 'comments'],
    queryFn: ({ pageParam, signal }) =>
      ask<CommentPage>('GET', '/alert-comments', { query: { 'alert-id': id, cursor: pageParam, limit: 50 }, signal }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next ?? null,
  });

export const deliveriesQuery = (id: string) =>
  queryOptions({
    queryKey: ['alert', id, 'deliveries'],
    queryFn: ({ signal }) => ask<DeliveryPage>('GET', `/alerts/${idOf(id)}/deliveries`, { signal }),
  });

export const destinationsQuery = queryOptions({
  queryKey: ['destinations'],
  queryFn: ({ signal }) => ask<DestinationPage>('GET', '/destinations', { signal }),
});

export const updateAlert = (id: string, body: AlertPatch) => ask<null>('PATCH', `/alerts/${idOf(id)}`, { body });
export const updateAlerts = (ids: string[], body: AlertPatch) => ask<null>('PATCH', '/alerts', { body: { ids, ...body } });
export const addComment = (alertId: string, body: string) =>
  ask<Comment>('POST', '/alert-comments', { body: { alertId, body, format: 'PLAIN_TEXT' } });
export const changeComment = ({ id, alertId, format }: Comment, body: string) =>
  ask<Comment>('POST', `/alert-comments/${idOf(id)}`, { body: { alertId, body, format } });
/** At most 500 alerts: all get the comment, or none. */
export const addComments = (ids: string[], body: string) =>
  ask<{ count: number }>('POST', '/internal/alert-comments', { body: { ids, body, format: 'PLAIN_TEXT' } });
export const retryDelivery = (id: string) => ask<null>('POST', `/deliveries/${idOf(id)}/retry`);
export const dispatchAlert = (id: string, destinationIds: string[]) =>
  ask<null>('POST', `/alerts/${idOf(id)}/deliveries`, { body: { destinationIds } });
