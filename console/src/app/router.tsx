// Every page and its address. Pages are loaded when they are opened; filters stand in the address.
import { createRootRoute, createRoute, createRouter, lazyRouteComponent, Outlet } from '@tanstack/react-router';
import { NotFound } from '../pages/not-found';
import { PageBroken } from '../pages/page-broken';
import { apiRoutes } from './routes-api';
import { editorRoutes } from './routes-editor';
import { settingsRoutes } from './routes-settings';
import { auditSearch, signInSearch, userSearch } from './searches';
import { alertSearch, alertTabSearch } from './searches-alerts';
import { Shell } from './shell';

const root = createRootRoute({ component: Outlet, notFoundComponent: NotFound, errorComponent: PageBroken });

const signIn = createRoute({
  getParentRoute: () => root, path: '/sign-in', validateSearch: signInSearch,
  component: lazyRouteComponent(() => import('../pages/sign-in'), 'SignInPage'),
});
const setUp = createRoute({
  getParentRoute: () => root, path: '/set-up',
  component: lazyRouteComponent(() => import('../pages/set-up'), 'SetUpPage'),
});
const welcome = createRoute({
  getParentRoute: () => root, path: '/welcome',
  component: lazyRouteComponent(() => import('../pages/welcome'), 'WelcomePage'),
});

export const shell = createRoute({ getParentRoute: () => root, id: 'shell', component: Shell });
const overview = createRoute({
  getParentRoute: () => shell, path: '/',
  component: lazyRouteComponent(() => import('../pages/overview/page'), 'OverviewPage'),
});
const alerts = createRoute({
  getParentRoute: () => shell, path: '/alerts', validateSearch: alertSearch,
  component: lazyRouteComponent(() => import('../pages/alerts/list'), 'AlertsPage'),
});
const alert = createRoute({
  getParentRoute: () => shell, path: '/alerts/$id', validateSearch: alertTabSearch,
  component: lazyRouteComponent(() => import('../pages/alerts/detail'), 'AlertPage'),
});
const profile = createRoute({
  getParentRoute: () => shell, path: '/profile',
  component: lazyRouteComponent(() => import('../pages/profile/page'), 'ProfilePage'),
});
const users = createRoute({
  getParentRoute: () => shell, path: '/settings/users', validateSearch: userSearch,
  component: lazyRouteComponent(() => import('../pages/users/page'), 'UsersPage'),
});
const roles = createRoute({
  getParentRoute: () => shell, path: '/settings/roles',
  component: lazyRouteComponent(() => import('../pages/roles/list'), 'RolesPage'),
});
const role = createRoute({
  getParentRoute: () => shell, path: '/settings/roles/$id',
  component: lazyRouteComponent(() => import('../pages/roles/editor'), 'RolePage'),
});
const tokens = createRoute({
  getParentRoute: () => shell, path: '/settings/tokens',
  component: lazyRouteComponent(() => import('../pages/tokens/page'), 'TokensPage'),
});
const audit = createRoute({
  getParentRoute: () => shell, path: '/settings/audit', validateSearch: auditSearch,
  component: lazyRouteComponent(() => import('../pages/audit/page'), 'AuditPage'),
});

export const router = createRouter({
  routeTree: root.addChildren([
    signIn, setUp, welcome,
    shell.addChildren([
      overview, alerts, alert, profile, users, roles, role, tokens, audit, ...apiRoutes(shell), ...editorRoutes(shell),
      ...settingsRoutes(shell),
    ]),
  ]),
  basepath: '/console',
  defaultPreload: 'intent',
  scrollRestoration: true,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
