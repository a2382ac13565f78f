// Destinations, their types, and what was sent to them.
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import type { components } from '../../generated/api';
import { ask, askRevised } from './client';
import type { Delivery, DeliveryList, Destination } from './types';

type Schemas = components['schemas'];
export type AlertType = Schemas['AlertType'];
export type DeliveryPolicy = Schemas['DeliveryPolicy'];
export type DestinationForm = Schemas['DestinationForm'];
export type DestinationType = Schemas['DestinationType'];
export type DeliveryState = Delivery['state'];
export type MuteForm = Schemas['MuteForm'];
export type TestResult = Schemas['TestResult'];

/** What the server writes in the place of a secret; sent back it keeps the secret. */
export const MASK = '********';
/** As many deliveries as one page of the server has. */
const PAGE_MAX = 50;

const pathOf = (id: string, end = '') => `/destinations/${encodeURIComponent(id)}${end}`;

export const typesQuery = queryOptions({
  queryKey: ['destination-types'],
  queryFn: ({ signal }) => ask<Schemas['DestinationTypePage']>('GET', '/destination-types', { signal }),
  staleTime: Infinity,
});

/** One destination, and what a change of it is made from. */
export const destinationQuery = (id: string) =>
  queryOptions({
    queryKey: ['destinations', id],
    queryFn: ({ signal }) => askRevised<Destination>('GET', pathOf(id), { signal }),
  });

export const createDestination = (body: DestinationForm) => ask<Destination>('POST', '/destinations', { body });
export const updateDestination = (id: string, body: DestinationForm, revision: string | null) =>
  ask<Destination>('PUT', pathOf(id), { body, revision });
export const deleteDestination = (id: string) => ask<null>('DELETE', pathOf(id));
export const testDestination = (id: string) => ask<TestResult>('POST', pathOf(id, '/test'), { isLong: true });
export const testForm = (body: DestinationForm) => ask<TestResult>('POST', '/destinations/test', { body, isLong: true });
export const muteDestination = (id: string, body: MuteForm) => ask<Destination>('PUT', pathOf(id, '/mute'), { body });
export const unmuteDestination = (id: string) => ask<null>('DELETE', pathOf(id, '/mute'));

/** Switches a destination on or off, if it is still what it was when it was read. */
export async function setEnabled(id: string, enabled: boolean): Promise<Destination> {
  const { value, revision } = await askRevised<Destination>('GET', pathOf(id));
  return updateDestination(id, { ...formOf(value), enabled }, revision);
}

/** A destination as a form has it; its secrets are kept. */
export function formOf(destination: Destination): DestinationForm {
  const { displayName, type, config, severities, alertTypes, logTypes, manualDispatch, enabled, delivery } = destination;
  return { displayName, type, config, severities, alertTypes, logTypes, manualDispatch, enabled, delivery };
}

/** Which deliveries are shown; also what stands in the address. */
export type DeliveryFilter = { state?: DeliveryState | undefined; destination?: string | undefined };

export const allDeliveriesQuery = ({ state, destination }: DeliveryFilter) =>
  infiniteQueryOptions({
    queryKey: ['deliveries', state ?? null, destination ?? null],
    queryFn: ({ pageParam, signal }) => ask<DeliveryList>('GET', '/deliveries', {
      query: { state, 'destination-id': destination, limit: PAGE_MAX, cursor: pageParam }, signal,
    }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next ?? null,
    refetchInterval: 10_000,
  });

export type Count = { count: number; isMore: boolean };

/** How many deliveries of a destination are in a state, counted up to one page. */
const countQuery = (state: DeliveryState, destination: string) =>
  queryOptions({
    queryKey: ['deliveries', 'count', state, destination],
    queryFn: async ({ signal }): Promise<Count> => {
      const query = { state, 'destination-id': destination, limit: PAGE_MAX };
      const page = await ask<DeliveryList>('GET', '/deliveries', { query, signal });
      return { count: page.results.length, isMore: Boolean(page.next) };
    },
    staleTime: 0,
  });

export const waitingQuery = (destination: string) => countQuery('pending', destination);
export const failedQuery = (destination: string) => countQuery('failed', destination);

export const retryFailedOf = (id: string) => ask<Schemas['Retried']>('POST', pathOf(id, '/retry-failed'));
export const retryAllFailed = () => ask<Schemas['Retried']>('POST', '/deliveries/retry-failed');

export const ALERT_TYPES: readonly (readonly [AlertType, string])[] = [
  ['RULE', 'Rule'], ['RULE_ERROR', 'Rule error'], ['SCHEDULED_RULE', 'Scheduled rule'],
  ['SCHEDULED_RULE_ERROR', 'Scheduled rule error'], ['CORRELATION_RULE', 'Correlation rule'],
  ['CORRELATION_RULE_ERROR', 'Correlation rule error'], ['POLICY', 'Policy'], ['POLICY_ERROR', 'Policy error'],
  ['SYSTEM_ERROR', 'System error'],
];

type Known = { data?: { schemas: { edges: { node: { name: string } }[] } } | null };

/** Log types that a schema makes, to choose from; REST knows those that people made alone. */
export const logTypesQuery = queryOptions({
  queryKey: ['schemas', 'log-types'],
  queryFn: async ({ signal }): Promise<string[]> => {
    const query = 'query { schemas(input: { isArchived: false }) { edges { node { name } } } }';
    const answer = await ask<Known>('POST', '/public/graphql', { body: { query }, signal });
    return answer.data?.schemas.edges.map(({ node }) => node.name).sort() ?? [];
  },
  staleTime: 60_000,
});
