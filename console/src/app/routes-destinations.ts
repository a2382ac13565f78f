// The pages of destinations and of what was sent to them.
import { createRoute } from '@tanstack/react-router';
import { latePage } from './late';
import type { shell } from './router';
import { catalogueSearch, deliverySearch, destinationSearch, newDestinationSearch } from './searches-destinations';

export function destinationRoutes(parent: typeof shell) {
  const list = createRoute({
    getParentRoute: () => parent, path: '/destinations',
    component: latePage(() => import('../pages/destinations/list'), 'DestinationsPage'),
  });
  const catalogue = createRoute({
    getParentRoute: () => parent, path: '/destinations/new', validateSearch: catalogueSearch,
    component: latePage(() => import('../pages/destinations/catalogue'), 'CataloguePage'),
  });
  const make = createRoute({
    getParentRoute: () => parent, path: '/destinations/new/$type', validateSearch: newDestinationSearch,
    component: latePage(() => import('../pages/destinations/new'), 'NewDestinationPage'),
  });
  const guide = createRoute({
    getParentRoute: () => parent, path: '/destinations/guide/$type',
    component: latePage(() => import('../pages/destinations/guide'), 'GuidePage'),
  });
  const detail = createRoute({
    getParentRoute: () => parent, path: '/destinations/$id', validateSearch: destinationSearch,
    component: latePage(() => import('../pages/destinations/detail'), 'DestinationPage'),
  });
  const edit = createRoute({
    getParentRoute: () => parent, path: '/destinations/$id/edit',
    component: latePage(() => import('../pages/destinations/edit'), 'EditDestinationPage'),
  });
  const deliveries = createRoute({
    getParentRoute: () => parent, path: '/deliveries', validateSearch: deliverySearch,
    component: latePage(() => import('../pages/deliveries/page'), 'DeliveriesPage'),
  });
  return [list, catalogue, make, guide, detail, edit, deliveries] as const;
}
