// The pages about the API.
import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import type { shell } from './router';
import { referenceSearch } from './searches-api';

export const apiRoutes = (parent: typeof shell) => [
  createRoute({
    getParentRoute: () => parent, path: '/settings/api', validateSearch: referenceSearch,
    component: lazyRouteComponent(() => import('../pages/api-reference/page'), 'ApiReferencePage'),
  }),
] as const;
