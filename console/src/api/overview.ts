// The first page's one look at everything.
import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import type { components } from '../../generated/api';
import { ask } from './client';

export type Overview = components['schemas']['Overview'];
export type OverviewAlerts = components['schemas']['OverviewAlerts'];
export type OverviewDestinations = components['schemas']['OverviewDestinations'];
export type OverviewDestination = components['schemas']['OverviewDestination'];
export type OverviewSource = components['schemas']['OverviewSource'];
export type OverviewSources = components['schemas']['OverviewSources'];
export type OverviewVolumes = components['schemas']['OverviewVolumes'];

/** Hours that the page can look back. */
export const SPANS = [24, 168, 720] as const;
export type Hours = (typeof SPANS)[number];

export const overviewQuery = (hours: Hours) =>
  queryOptions({
    queryKey: ['overview', hours],
    queryFn: ({ signal }) => ask<Overview>('GET', '/internal/overview', { query: { hours }, signal }),
    refetchInterval: 60_000,
    // Another span replaces the one that is shown when it is there.
    placeholderData: keepPreviousData,
  });
