// The pages on which detections are written.
import { createRoute } from '@tanstack/react-router';
import { latePage } from './late';
import type { shell } from './router';
import { editorSearch, newSearch } from './searches-editor';

/** Pages of their own below the same address: an id that is one of these words stands behind a sign. */
const TAKEN: readonly string[] = ['changes', 'data-models', 'globals', 'mitre', 'new', 'packs'];
const SIGN = '~';

export function editorRoutes(parent: typeof shell) {
  const make = createRoute({
    getParentRoute: () => parent, path: '/detections/new', validateSearch: newSearch,
    component: latePage(() => import('../pages/detections/editor/new'), 'NewDetectionPage'),
  });
  const edit = createRoute({
    getParentRoute: () => parent, path: '/detections/$id', validateSearch: editorSearch,
    params: {
      parse: ({ id }) => ({ id: id.startsWith(SIGN) ? id.slice(SIGN.length) : id }),
      stringify: ({ id }) => ({ id: TAKEN.includes(id) || id.startsWith(SIGN) ? `${SIGN}${id}` : id }),
    },
    component: latePage(() => import('../pages/detections/editor/page'), 'DetectionPage'),
  });
  return [make, edit] as const;
}
