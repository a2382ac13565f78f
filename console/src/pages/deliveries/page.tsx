// What could not be delivered, over all destinations; by the filters in the address any other delivery too.
import { Form } from '@patternfly/react-core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import CheckCircleIcon from '@patternfly/react-icons/dist/esm/icons/check-circle-icon';
import { destinationsQuery } from '../../api/alerts';
import { useMay } from '../../app/session';
import { Nothing } from '../../parts/nothing';
import { PageFrame } from '../../parts/page';
import { Select } from '../../parts/select';
import { DeliveryList } from './list';
import { STATES } from './states';

export function DeliveriesPage() {
  const { state = 'failed', destination } = useSearch({ from: '/shell/deliveries' });
  const navigate = useNavigate({ from: '/deliveries' });
  const may = useMay();
  const destinations = useQuery({ ...destinationsQuery, enabled: may('DestinationRead') });
  const known = destinations.data?.results ?? [];
  // A link may name one that is gone.
  const others = destination && known.every(({ id }) => id !== destination) ? [[destination, destination] as const] : [];
  return (
    <PageFrame title="Failed deliveries" about="What could not be delivered is kept here until somebody has it tried again.">
      <Form className="toolbar labelled filters" onSubmit={(event) => event.preventDefault()}>
        <Select id="delivery-state" label="State" value={state} options={STATES}
          onChange={(next) => void navigate({ search: (now) => ({ ...now, state: next === 'failed' ? undefined : next }), replace: true })} />
        {may('DestinationRead') && (
          <Select id="delivery-destination" label="Destination" value={destination ?? ''}
            options={[['', 'All'], ...known.map(({ id, displayName }) => [id, displayName] as const), ...others]}
            onChange={(id) => void navigate({ search: (now) => ({ ...now, destination: id || undefined }), replace: true })} />
        )}
      </Form>
      <DeliveryList filter={{ state: state === 'any' ? undefined : state, destination }} namesDestination empty={state === 'failed'
        ? <Nothing title="No failed deliveries" icon={CheckCircleIcon}>Every alert that was to go somewhere went, or is still tried.</Nothing>
        : <Nothing title="No such delivery">Choose another state or destination.</Nothing>} />
    </PageFrame>
  );
}
