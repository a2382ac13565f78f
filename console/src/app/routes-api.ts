// The pages about the API.
import { createRoute } from '@tanstack/react-router';
import { latePage } from './late';
import type { shell } from './router';
import { playgroundSearch, referenceSearch } from './searches-api';

export const apiRoutes = (parent: typeof shell) => [
  createRoute({
    getParentRoute: () => parent, path: '/settings/playground', validateSearch: playgroundSearch,
    component: latePage(() => import('../pages/playground/page'), 'PlaygroundPage'),
  }),
  createRoute({
    getParentRoute: () => parent, path: '/settings/api', validateSearch: referenceSearch,
    component: latePage(() => import('../pages/api-reference/page'), 'ApiReferencePage'),
  }),
] as const;
