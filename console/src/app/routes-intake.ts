// The pages of log sources and schemas.
import './intake.css';
import { createRoute } from '@tanstack/react-router';
import { latePage } from './late';
import type { shell } from './router';
import { newSourceSearch, schemaListSearch, schemaSearch, sourceSearch } from './searches-intake';

export function intakeRoutes(parent: typeof shell) {
  const sources = createRoute({
    getParentRoute: () => parent, path: '/log-sources',
    component: latePage(() => import('../pages/sources/list'), 'SourcesPage'),
  });
  const newSource = createRoute({
    getParentRoute: () => parent, path: '/log-sources/new', validateSearch: newSourceSearch,
    component: latePage(() => import('../pages/sources/new'), 'NewSourcePage'),
  });
  const source = createRoute({
    getParentRoute: () => parent, path: '/log-sources/$id', validateSearch: sourceSearch,
    component: latePage(() => import('../pages/sources/detail'), 'SourcePage'),
  });
  const schemas = createRoute({
    getParentRoute: () => parent, path: '/schemas', validateSearch: schemaListSearch,
    component: latePage(() => import('../pages/schemas/list'), 'SchemasPage'),
  });
  const schema = createRoute({
    getParentRoute: () => parent, path: '/schemas/$name', validateSearch: schemaSearch,
    component: latePage(() => import('../pages/schemas/schema'), 'SchemaPage'),
  });
  return [sources, newSource, source, schemas, schema] as const;
}

declare module '@tanstack/react-router' {
  interface HistoryState {
    /** A record that is to be tried on a schema: it stands in no address. */
    sample?: string;
  }
}
