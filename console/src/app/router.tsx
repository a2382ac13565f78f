// Every page and its address. Pages are loaded when they are opened; filters stand in the address.
import { createRootRoute, createRoute, createRouter } from '@tanstack/react-router';
import { sessionQuery } from '../api/account';
import { NotFound } from '../pages/not-found';
import { AllBroken, PageBroken } from '../pages/page-broken';
import { Frame } from './frame';
import { latePage } from './late';
import { queries } from './queries';
import { apiRoutes } from './routes-api';
import { destinationRoutes } from './routes-destinations';
import { detectionRoutes } from './routes-detections';
import { editorRoutes } from './routes-editor';
import { intakeRoutes } from './routes-intake';
import { settingsRoutes } from './routes-settings';
import { auditSearch, signInSearch, userSearch } from './searches';
import { alertSearch, alertTabSearch } from './searches-alerts';
import { overviewSearch } from './searches-overview';
import { Shell } from './shell';

const root = createRootRoute({ component: Frame, notFoundComponent: NotFound, errorComponent: AllBroken });

const signIn = createRoute({
  getParentRoute: () => root, path: '/sign-in', validateSearch: signInSearch,
  component: latePage(() => import('../pages/sign-in'), 'SignInPage'),
});
const setUp = createRoute({
  getParentRoute: () => root, path: '/set-up',
  component: latePage(() => import('../pages/set-up'), 'SetUpPage'),
});
const welcome = createRoute({
  getParentRoute: () => root, path: '/welcome',
  component: latePage(() => import('../pages/welcome'), 'WelcomePage'),
});

export const shell = createRoute({
  getParentRoute: () => root, id: 'shell', component: Shell,
  // Who is signed in is asked while the page itself is loaded.
  loader: () => void queries.prefetchQuery(sessionQuery),
});
const overview = createRoute({
  getParentRoute: () => shell, path: '/', validateSearch: overviewSearch,
  component: latePage(() => import('../pages/overview/page'), 'OverviewPage'),
});
const alerts = createRoute({
  getParentRoute: () => shell, path: '/alerts', validateSearch: alertSearch,
  component: latePage(() => import('../pages/alerts/list'), 'AlertsPage'),
});
const alert = createRoute({
  getParentRoute: () => shell, path: '/alerts/$id', validateSearch: alertTabSearch,
  component: latePage(() => import('../pages/alerts/detail'), 'AlertPage'),
});
// Within the frame, so that the side bar is there.
const nowhere = createRoute({ getParentRoute: () => shell, path: '$', component: NotFound });
const profile = createRoute({
  getParentRoute: () => shell, path: '/profile',
  component: latePage(() => import('../pages/profile/page'), 'ProfilePage'),
});
const users = createRoute({
  getParentRoute: () => shell, path: '/settings/users', validateSearch: userSearch,
  component: latePage(() => import('../pages/users/page'), 'UsersPage'),
});
const roles = createRoute({
  getParentRoute: () => shell, path: '/settings/roles',
  component: latePage(() => import('../pages/roles/list'), 'RolesPage'),
});
const role = createRoute({
  getParentRoute: () => shell, path: '/settings/roles/$id',
  component: latePage(() => import('../pages/roles/editor'), 'RolePage'),
});
const tokens = createRoute({
  getParentRoute: () => shell, path: '/settings/tokens',
  component: latePage(() => import('../pages/tokens/page'), 'TokensPage'),
});
const audit = createRoute({
  getParentRoute: () => shell, path: '/settings/audit', validateSearch: auditSearch,
  component: latePage(() => import('../pages/audit/page'), 'AuditPage'),
});

export const router = createRouter({
  routeTree: root.addChildren([
    signIn, setUp, welcome,
    shell.addChildren([
      overview, alerts, alert, profile, users, roles, role, tokens, audit, ...apiRoutes(shell), ...editorRoutes(shell),
      ...destinationRoutes(shell), ...detectionRoutes(shell), ...settingsRoutes(shell), ...intakeRoutes(shell), nowhere,
    ]),
  ]),
  basepath: '/console',
  defaultPreload: 'intent',
  scrollRestoration: true,
  defaultErrorComponent: PageBroken,
  defaultNotFoundComponent: NotFound,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
