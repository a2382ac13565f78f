// The name of a detection, log source or destination, as a link to its page where there is one and one may open it.
import { Link, useRouter } from '@tanstack/react-router';
import type { Permission } from '../api/types';
import { useMay } from '../app/session';

const THINGS = {
  detection: { path: '/detections/$id', needs: 'RuleRead' },
  'log-source': { path: '/log-sources/$id', needs: 'LogSourceRead' },
  destination: { path: '/destinations/$id', needs: 'DestinationRead' },
} as const satisfies Record<string, { path: string; needs: Permission }>;

export type Thing = keyof typeof THINGS;

export function ThingLink({ thing, id, children }: { thing: Thing; id: string; children?: string }) {
  const { routesByPath } = useRouter();
  const may = useMay();
  const { path, needs } = THINGS[thing];
  const text = children ?? id;
  if (!(path in routesByPath) || !may(needs)) return <span className="breakable">{text}</span>;
  // The page may be one that this file does not know by type.
  return <Link to={path as '/alerts/$id'} params={{ id }} search={{}} className="breakable">{text}</Link>;
}
