// What arrived from a source that was just made: the page looks again and again until something is there.
import { Alert, Spinner } from '@patternfly/react-core';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { failuresQuery, volumeQuery } from '../../api/intake';
import { Failure } from '../../parts/failure';
import { FailureRows } from './failure-rows';
import { counted } from './numbers';

const LOOK_MS = 1_000;
const LOOK_LATER_MS = 5_000;
/** Failures that are shown here; the page of the source has the others. */
const SHOWN_MAX = 3;

export function Arrivals({ id }: { id: string }) {
  const volume = useQuery({ ...volumeQuery(id, 24), staleTime: 0, refetchInterval: ({ state }) => (sum(state.data) > 0 ? LOOK_LATER_MS : LOOK_MS) });
  const failures = useInfiniteQuery({ ...failuresQuery(id), staleTime: 0, refetchInterval: LOOK_MS });
  const events = volume.data?.logTypes.filter((one) => one.events > 0) ?? [];
  const failed = failures.data?.pages[0]?.results ?? [];
  const thrown = volume.error ?? failures.error;
  return (
    <div aria-live="polite">
      {thrown && <Failure title="What arrived could not be looked at" thrown={thrown} />}
      {!thrown && events.length === 0 && failed.length === 0 && (
        <p><Spinner size="md" aria-label="Waiting" /> Waiting for the first event…</p>
      )}
      {events.length > 0 && (
        <Alert variant="success" isInline title="Events arrive" className="above">
          {events.map(({ logType, events: count }) => `${counted(count, 'event')} of ${logType}`).join(', ')}
        </Alert>
      )}
      {failed.length > 0 && (
        <>
          <Alert variant="warning" isInline title="Something arrived that fits no schema" className="above">
            It is kept with the reason. Try it on the schema, then correct the schema or the sender.
          </Alert>
          <FailureRows failures={failed.slice(0, SHOWN_MAX)} />
        </>
      )}
    </div>
  );
}

function sum(series: { results: { events: number }[] } | undefined): number {
  return series?.results.reduce((all, { events }) => all + events, 0) ?? 0;
}
