// How a destination does: a word, what is behind it, and how many deliveries failed for good.
import { Label } from '@patternfly/react-core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { failedQuery } from '../../api/destinations';
import type { Destination } from '../../api/types';
import { useMay } from '../../app/session';
import { HealthLabel, healthOf } from '../../parts/health';
import { Moment } from '../../parts/moment';

export function DestinationState({ destination: { id, health, mute } }: { destination: Destination }) {
  const shown = healthOf(health);
  return (
    <>
      <HealthLabel health={shown} />{mute && <>{' '}<Label isCompact color="purple">Muted</Label></>}
      {shown === 'degraded' && <div className="small">The last attempt failed</div>}
      {health.failingSince && <div className="small">Failing since <Moment at={health.failingSince} /></div>}
      {health.failuresInARow > 0 && <Failed id={id} />}
      {health.lastError && <div className="subtle small breakable last-error">{health.lastError}</div>}
      {mute && <div className="small">Muted until <Moment at={mute.until} />{mute.reason && <>: <span className="breakable">{mute.reason}</span></>}</div>}
    </>
  );
}

/** How many deliveries to it failed, and are not tried any more. */
function Failed({ id }: { id: string }) {
  const may = useMay();
  const failed = useQuery({ ...failedQuery(id), enabled: may('AlertRead') });
  if (!failed.data || failed.data.count === 0) return null;
  const { count, isMore } = failed.data;
  return (
    <div className="small">
      <Link to="/deliveries" search={{ destination: id }}>
        {isMore ? `More than ${count}` : count} failed {count === 1 ? 'delivery' : 'deliveries'}
      </Link>
    </div>
  );
}
