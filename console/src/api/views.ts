// Saved views: filters of a page that people keep, for themselves or for all.
import { queryOptions } from '@tanstack/react-query';
import { ask } from './client';
import type { SavedView, SavedViewForm, SavedViewPage } from './types';

const idOf = encodeURIComponent;

export const viewsQuery = queryOptions({
  queryKey: ['views', 'alerts'],
  staleTime: 60_000,
  queryFn: ({ signal }) => ask<SavedViewPage>('GET', '/internal/views', { query: { page: 'alerts' }, signal }),
});

export const createView = (form: SavedViewForm) =>
  ask<SavedView>('POST', '/internal/views', { body: { page: 'alerts', ...form } });
/** Refused with 412 when somebody changed the view since it was read. */
export const updateView = ({ id, revision }: SavedView, form: SavedViewForm) =>
  ask<SavedView>('PUT', `/internal/views/${idOf(id)}`, { body: form, revision: `"${revision}"` });
export const deleteView = (id: string) => ask<null>('DELETE', `/internal/views/${idOf(id)}`);
export const setDefaultView = (id: string, isDefault: boolean) =>
  ask<null>(isDefault ? 'PUT' : 'DELETE', `/internal/views/${idOf(id)}/default`);
