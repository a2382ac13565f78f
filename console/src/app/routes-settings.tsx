// The pages of general settings and of single sign-on; and the way to system errors, which are handled as alerts are.
import { createRoute, redirect } from '@tanstack/react-router';
import { latePage } from './late';
import type { shell } from './router';
import { newProviderSearch } from './searches-settings';

export function settingsRoutes(parent: typeof shell) {
  const general = createRoute({
    getParentRoute: () => parent, path: '/settings/general',
    component: latePage(() => import('../pages/general/page'), 'GeneralPage'),
  });
  const signOn = createRoute({
    getParentRoute: () => parent, path: '/settings/sign-on',
    component: latePage(() => import('../pages/sign-on/page'), 'SignOnPage'),
  });
  const make = createRoute({
    getParentRoute: () => parent, path: '/settings/sign-on/new', validateSearch: newProviderSearch,
    component: latePage(() => import('../pages/sign-on/provider'), 'NewProviderPage'),
  });
  const provider = createRoute({
    getParentRoute: () => parent, path: '/settings/sign-on/providers/$id',
    component: latePage(() => import('../pages/sign-on/provider'), 'ProviderPage'),
  });
  const systemErrors = createRoute({
    getParentRoute: () => parent, path: '/settings/system-errors',
    beforeLoad: () => { throw redirect({ to: '/alerts', search: { type: 'SYSTEM_ERROR' }, replace: true }); },
  });
  return [general, signOn, make, provider, systemErrors] as const;
}
