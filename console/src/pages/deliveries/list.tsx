// Deliveries of a state and a destination, a page at a time, with one more attempt of one or of all that failed.
import { Button } from '@patternfly/react-core';
import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { allDeliveriesQuery, retryAllFailed, retryFailedOf, type DeliveryFilter } from '../../api/destinations';
import { useSay } from '../../app/notices';
import { useMay } from '../../app/session';
import { FormDialog } from '../../parts/dialog';
import { Failure } from '../../parts/failure';
import { Waiting } from '../../parts/loaded';
import { More } from '../../parts/more';
import { DeliveryTable } from './table';
import { useRetry } from './use-retry';

type Props = { filter: DeliveryFilter; empty: ReactNode; namesDestination?: boolean };

export function DeliveryList({ filter, empty, namesDestination = false }: Props) {
  const deliveries = useInfiniteQuery(allDeliveriesQuery(filter));
  const queries = useQueryClient();
  const may = useMay();
  const say = useSay();
  const [isAsking, setAsking] = useState(false);
  const refresh = () => queries.invalidateQueries({ queryKey: ['deliveries'] });
  const one = useRetry({ refresh, onSuccess: () => say('It is tried again now') });
  const all = useMutation({
    mutationFn: () => (filter.destination ? retryFailedOf(filter.destination) : retryAllFailed()),
    onSettled: refresh,
    onSuccess: ({ retried }) => {
      if (retried > 0) say(retried === 1 ? '1 delivery is tried again now' : `${retried} deliveries are tried again now`);
      else if (filter.destination) say('No delivery to it is failed any more');
      else say('Nothing was tried again: no failed delivery is to a destination that is enabled', 'danger');
    },
  });
  if (deliveries.isError && !deliveries.data) {
    return <Failure title="Deliveries could not be loaded" thrown={deliveries.error} onRetry={() => void deliveries.refetch()} />;
  }
  if (!deliveries.data) return <Waiting what="deliveries" />;
  const found = deliveries.data.pages.flatMap((page) => page.results);
  const mayRetry = may('AlertModify');
  const refused = one.error;
  const canRetryAll = mayRetry && (filter.state === 'failed' || filter.state === undefined) && found.some(({ state }) => state === 'failed');
  return (
    <>
      {refused && <Failure title="It was not tried again" thrown={refused} />}
      {found.length === 0 ? empty : (
        <>
          {canRetryAll && (
            <div className="above">
              <Button variant="secondary" isLoading={all.isPending} isDisabled={all.isPending} onClick={() => setAsking(true)}>
                Try all failed again
              </Button>
            </div>
          )}
          <DeliveryTable deliveries={found} namesDestination={namesDestination}
            retrying={one.pending} onRetry={mayRetry ? ({ id }) => one.retry(id) : undefined} />
          {isAsking && (
            <FormDialog title="Try all failed deliveries again" submit="Try again" size="small" failed="They were not tried again"
              onClose={() => setAsking(false)} onSubmit={() => all.mutateAsync()}>
              <p>{filter.destination ? 'Every failed delivery to this destination' : 'Every failed delivery to a destination that is enabled'} is sent once more, however old its alert is.</p>
              {!filter.destination && <p>What failed to go to destinations that are disabled or gone stays as it is.</p>}
            </FormDialog>
          )}
          <More query={deliveries} shown={found.length} what={found.length === 1 ? 'delivery' : 'deliveries'} />
        </>
      )}
    </>
  );
}
