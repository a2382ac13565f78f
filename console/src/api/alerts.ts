// Alerts, their events, history, comments and deliveries.
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { ask } from './client';
import type {
  Alert, AlertHistory, AlertPage, AlertPatch, AlertStatus, Comment, CommentPage, DeliveryPage, DeliveryList,
  DestinationPage, EventPage, Severity,
} from './types';

const idOf = encodeURIComponent;

/** What of the alerts is shown; also what stands in the page's address. */
export type AlertFilter = {
  type?: 'ALERT' | 'DETECTION_ERROR' | 'SYSTEM_ERROR' | undefined;
  status?: AlertStatus[] | undefined; severity?: Severity[] | undefined;
  assignee?: string[] | undefined; 'name-contains'?: string | undefined; 'log-type'?: string[] | undefined;
  'detection-id'?: string | undefined; 'created-after'?: string | undefined; 'created-before'?: string | undefined;
};

export const alertsQuery = (filter: AlertFilter, limit = 50) =>
  infiniteQueryOptions({
    queryKey: ['alerts', filter, limit],
    queryFn: ({ pageParam, signal }) =>
      ask<AlertPage>('GET', '/alerts', { query: { ...filter, limit, cursor: pageParam }, signal }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next ?? null,
    refetchInterval: 30_000,
  });

export const alertQuery = (id: string) =>
  queryOptions({
    queryKey: ['alert', id],
    queryFn: ({ signal }) => ask<Alert>('GET', `/alerts/${idOf(id)}`, { signal }),
    refetchInterval: 30_000,
  });

export const eventsQuery = (id: string) =>
  infiniteQueryOptions({
    queryKey: ['alert', id, 'events'],
    queryFn: ({ pageParam, signal }) =>
      ask<EventPage>('GET', `/alerts/${idOf(id)}/events`, { query: { cursor: pageParam, limit: 25 }, signal }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next ?? null,
  });

export const historyQuery = (id: string) =>
  queryOptions({
    queryKey: ['alert', id, 'history'],
    queryFn: ({ signal }) => ask<AlertHistory>('GET', `/alerts/${idOf(id)}/history`, { query: { limit: 50 }, signal }),
  });

export const commentsQuery = (id: string) =>
  queryOptions({
    queryKey: ['alert', id, 'comments'],
    queryFn: ({ signal }) =>
      ask<CommentPage>('GET', '/alert-comments', { query: { 'alert-id': id, limit: 50 }, signal }),
  });

export const deliveriesQuery = (id: string) =>
  queryOptions({
    queryKey: ['alert', id, 'deliveries'],
    queryFn: ({ signal }) => ask<DeliveryPage>('GET', `/alerts/${idOf(id)}/deliveries`, { signal }),
  });

export const failedDeliveriesQuery = queryOptions({
  queryKey: ['deliveries', 'failed'],
  queryFn: ({ signal }) => ask<DeliveryList>('GET', '/deliveries', { query: { state: 'failed', limit: 10 }, signal }),
});

export const destinationsQuery = queryOptions({
  queryKey: ['destinations'],
  queryFn: ({ signal }) => ask<DestinationPage>('GET', '/destinations', { signal }),
});

export const updateAlert = (id: string, body: AlertPatch) => ask<null>('PATCH', `/alerts/${idOf(id)}`, { body });
export const updateAlerts = (ids: string[], body: AlertPatch) => ask<null>('PATCH', '/alerts', { body: { ids, ...body } });
export const addComment = (alertId: string, body: string) =>
  ask<Comment>('POST', '/alert-comments', { body: { alertId, body, format: 'PLAIN_TEXT' } });
export const retryDelivery = (id: string) => ask<null>('POST', `/deliveries/${idOf(id)}/retry`);
export const dispatchAlert = (id: string, destinationIds: string[]) =>
  ask<null>('POST', `/alerts/${idOf(id)}/deliveries`, { body: { destinationIds } });

/** As many alerts as one page of the server has. */
const COUNTED_MAX = 50;
export type OpenCount = { count: number; isMore: boolean };

/** How many alerts are open, by severity, counted up to one page of each. */
export const openCountsQuery = queryOptions({
  queryKey: ['alerts', 'open-counts'],
  queryFn: async ({ signal }): Promise<Record<Severity, OpenCount>> => {
    const count = async (severity: Severity): Promise<OpenCount> => {
      const page = await ask<AlertPage>('GET', '/alerts', { query: { status: 'OPEN', severity, limit: COUNTED_MAX }, signal });
      return { count: page.results.length, isMore: Boolean(page.next) };
    };
    const [CRITICAL, HIGH, MEDIUM, LOW, INFO] = await Promise.all(
      [count('CRITICAL'), count('HIGH'), count('MEDIUM'), count('LOW'), count('INFO')]);
    return { CRITICAL, HIGH, MEDIUM, LOW, INFO };
  },
  refetchInterval: 30_000,
});
