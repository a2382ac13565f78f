// The pages on which detections are written.
import { createRoute } from '@tanstack/react-router';
import { latePage } from './late';
import type { shell } from './router';
import { editorSearch, newSearch } from './searches-editor';

export function editorRoutes(parent: typeof shell) {
  const make = createRoute({
    getParentRoute: () => parent, path: '/detections/new', validateSearch: newSearch,
    component: latePage(() => import('../pages/detections/editor/new'), 'NewDetectionPage'),
  });
  const edit = createRoute({
    getParentRoute: () => parent, path: '/detections/$id', validateSearch: editorSearch,
    component: latePage(() => import('../pages/detections/editor/page'), 'DetectionPage'),
  });
  return [make, edit] as const;
}
