// The pages of general settings and of single sign-on.
import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import type { shell } from './router';
import { newProviderSearch } from './searches-settings';

export function settingsRoutes(parent: typeof shell) {
  const general = createRoute({
    getParentRoute: () => parent, path: '/settings/general',
    component: lazyRouteComponent(() => import('../pages/general/page'), 'GeneralPage'),
  });
  const signOn = createRoute({
    getParentRoute: () => parent, path: '/settings/sign-on',
    component: lazyRouteComponent(() => import('../pages/sign-on/page'), 'SignOnPage'),
  });
  const make = createRoute({
    getParentRoute: () => parent, path: '/settings/sign-on/new', validateSearch: newProviderSearch,
    component: lazyRouteComponent(() => import('../pages/sign-on/provider'), 'NewProviderPage'),
  });
  const provider = createRoute({
    getParentRoute: () => parent, path: '/settings/sign-on/providers/$id',
    component: lazyRouteComponent(() => import('../pages/sign-on/provider'), 'ProviderPage'),
  });
  return [general, signOn, make, provider] as const;
}
