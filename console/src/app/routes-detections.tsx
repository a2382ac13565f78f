// The pages that list detections and what belongs to them.
import { createRoute } from '@tanstack/react-router';
import { latePage } from './late';
import type { shell } from './router';
import { itemSearch, mitreSearch, shelfSearch } from './searches-detections';

export function detectionRoutes(parent: typeof shell) {
  const list = createRoute({
    getParentRoute: () => parent, path: '/detections', validateSearch: itemSearch,
    component: latePage(() => import('../pages/detections/list'), 'DetectionsPage'),
  });
  const mitre = createRoute({
    getParentRoute: () => parent, path: '/detections/mitre', validateSearch: mitreSearch,
    component: latePage(() => import('../pages/detections/mitre/page'), 'MitrePage'),
  });
  const packs = createRoute({
    getParentRoute: () => parent, path: '/detections/packs',
    component: latePage(() => import('../pages/detections/packs/list'), 'PacksPage'),
  });
  const pack = createRoute({
    getParentRoute: () => parent, path: '/detections/packs/$id',
    component: latePage(() => import('../pages/detections/packs/pack'), 'PackPage'),
  });
  const globals = createRoute({
    getParentRoute: () => parent, path: '/detections/globals', validateSearch: shelfSearch,
    component: latePage(() => import('../pages/detections/shared/globals'), 'GlobalsPage'),
  });
  const dataModels = createRoute({
    getParentRoute: () => parent, path: '/detections/data-models', validateSearch: shelfSearch,
    component: latePage(() => import('../pages/detections/shared/data-models'), 'DataModelsPage'),
  });
  const changes = createRoute({
    getParentRoute: () => parent, path: '/detections/changes',
    component: latePage(() => import('../pages/detections/changes'), 'ChangesPage'),
  });
  return [list, mitre, packs, pack, globals, dataModels, changes] as const;
}
