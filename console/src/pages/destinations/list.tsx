// Where alerts go: every destination, what it gets, and how it does.
import { Button } from '@patternfly/react-core';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { destinationsQuery } from '../../api/alerts';
import { typesQuery } from '../../api/destinations';
import type { Destination } from '../../api/types';
import { useMay } from '../../app/session';
import { Loaded } from '../../parts/loaded';
import { LogTypes } from '../../parts/log-types';
import { Nothing } from '../../parts/nothing';
import { PageFrame } from '../../parts/page';
import { Glyph } from './glyph';
import { DestinationMenu } from './menu';
import { DestinationState } from './state';
import { alertTypesOf, severitiesOf } from './words';

export function DestinationsPage() {
  const destinations = useQuery({ ...destinationsQuery, refetchInterval: 10_000 });
  const may = useMay();
  const mayModify = may('DestinationModify');
  const add = mayModify && <Button component={(props) => <Link {...props} to="/destinations/new" />}>Add a destination</Button>;
  return (
    <PageFrame title="Destinations" about="Who is told about alerts: chats, pagers, tickets, queues, automations." actions={add}>
      <Loaded query={destinations} what="Destinations">
        {({ results }) => (results.length === 0
          ? <Nothing title="No destination yet" action={add}>Alerts are kept here and nobody is told. Add a destination, and they go there too.</Nothing>
          : <DestinationTable destinations={results} mayModify={mayModify} />)}
      </Loaded>
    </PageFrame>
  );
}

function DestinationTable({ destinations, mayModify }: { destinations: Destination[]; mayModify: boolean }) {
  const types = useQuery(typesQuery);
  const labelOf = (type: string) => types.data?.results.find((one) => one.type === type)?.label ?? type;
  return (
    <Table variant="compact" aria-label="Destinations" gridBreakPoint="grid-lg">
      <Thead>
        <Tr>
          <Th width={25}>Name</Th><Th modifier="nowrap">Severities</Th><Th>Alert types</Th><Th modifier="nowrap">Log types</Th><Th width={25}>State</Th>
          {mayModify && <Th screenReaderText="What can be done" />}
        </Tr>
      </Thead>
      <Tbody>
        {destinations.map((destination) => (
          <Tr key={destination.id}>
            <Td dataLabel="Name" modifier="breakWord">
              <span className="with-glyph">
                <Glyph type={destination.type} />
                <span>
                  <Link to="/destinations/$id" params={{ id: destination.id }}>{destination.displayName}</Link>
                  <span className="subtle small block">
                    {labelOf(destination.type)}{destination.provisioned && ', declared in the configuration file'}
                  </span>
                </span>
              </span>
            </Td>
            <Td dataLabel="Severities">{severitiesOf(destination)}</Td>
            <Td dataLabel="Alert types">{alertTypesOf(destination)}</Td>
            <Td dataLabel="Log types"><LogTypes types={destination.logTypes} none="all" /></Td>
            <Td dataLabel="State" modifier="breakWord"><DestinationState destination={destination} /></Td>
            {mayModify && <Td isActionCell><DestinationMenu destination={destination} /></Td>}
          </Tr>
        ))}
      </Tbody>
    </Table>
  );
}
