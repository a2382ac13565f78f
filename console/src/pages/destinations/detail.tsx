// One destination: how it does, what it is set to, and what was sent to it.
import { Alert, Form, Title } from '@patternfly/react-core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { destinationQuery, typesQuery } from '../../api/destinations';
import type { Destination } from '../../api/types';
import { DELIVERY_STATES } from '../../app/searches-destinations';
import { useMay } from '../../app/session';
import { LoadedPage } from '../../parts/loaded-page';
import { Moment } from '../../parts/moment';
import { Nothing } from '../../parts/nothing';
import { PageFrame } from '../../parts/page';
import { Select } from '../../parts/select';
import { usePeople } from '../alerts/people';
import { DeliveryList } from '../deliveries/list';
import { STATES } from '../deliveries/states';
import { GuideLink } from './guide-link';
import { DestinationMenu } from './menu';
import { Settings } from './settings';
import { DestinationState } from './state';

export function DestinationPage() {
  const { id } = useParams({ from: '/shell/destinations/$id' });
  const destination = useQuery({ ...destinationQuery(id), refetchInterval: 10_000 });
  return <LoadedPage query={destination} what="The destination">{({ value }) => <Shown destination={value} />}</LoadedPage>;
}

function Shown({ destination }: { destination: Destination }) {
  const types = useQuery(typesQuery);
  const type = types.data?.results.find((one) => one.type === destination.type);
  const navigate = useNavigate();
  const may = useMay();
  return (
    <PageFrame title={destination.displayName} about={<>{type?.label ?? destination.type}{type && <>, <GuideLink type={type} /></>}</>}
      actions={may('DestinationModify')
        && <DestinationMenu destination={destination} onDeleted={() => void navigate({ to: '/destinations' })} />}>
      <div><DestinationState destination={destination} /></div>
      {destination.mute && <Muted mute={destination.mute} />}
      {destination.warnings?.map((warning) => <Alert key={warning} isInline variant="warning" title={warning} className="below" />)}
      <Title headingLevel="h2" size="lg" className="section-title">Settings</Title>
      <Settings destination={destination} type={type} />
      {may('AlertRead') && <Deliveries id={destination.id} />}
    </PageFrame>
  );
}

function Muted({ mute }: { mute: NonNullable<Destination['mute']> }) {
  const { nameOf } = usePeople();
  return <p className="small subtle">Muted by {nameOf(mute.by)}, since <Moment at={mute.since} />. Nothing new goes to it by itself until then.</p>;
}

function Deliveries({ id }: { id: string }) {
  const { state } = useSearch({ from: '/shell/destinations/$id' });
  const navigate = useNavigate({ from: '/destinations/$id' });
  const choices = [['any', 'Any'] as const, ...STATES.filter(([word]) => word !== 'any')];
  return (
    <>
      <Title headingLevel="h2" size="lg" className="section-title">Recent deliveries</Title>
      <Form className="filters" onSubmit={(event) => event.preventDefault()}>
        <Select id="delivery-state" label="State" value={state ?? 'any'} options={choices}
          onChange={(word) => void navigate({ search: { state: DELIVERY_STATES.find((one) => one === word) }, replace: true })} />
      </Form>
      <DeliveryList filter={{ state, destination: id }} empty={state
        ? <Nothing title="No such delivery">None of its deliveries is in this state.</Nothing>
        : <Nothing title="Nothing was sent yet">Send a test alert to see whether it works. Tests are not listed here.</Nothing>} />
    </>
  );
}
