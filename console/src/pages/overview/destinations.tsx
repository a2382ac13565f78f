// Which destinations do not take what is sent, since when, and how much was given up.
import { Label } from '@patternfly/react-core';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { Link } from '@tanstack/react-router';
import type { OverviewDestination, OverviewDestinations } from '../../api/overview';
import { useMay } from '../../app/session';
import { Moment } from '../../parts/moment';
import { Nothing } from '../../parts/nothing';

export function Destinations({ found: { total, failing, failedCountedMax } }: { found: OverviewDestinations }) {
  if (total === 0) {
    return <Nothing title="No destination yet">Alerts are kept and go nowhere.</Nothing>;
  }
  if (failing.length === 0) {
    return <p>{total === 1 ? 'The one destination takes' : `All ${total} destinations take`} what is sent.</p>;
  }
  return (
    <Table variant="compact" aria-label="Destinations with failures">
      <Thead><Tr><Th>Destination</Th><Th>State</Th><Th>Given up</Th><Th>Failing since</Th></Tr></Thead>
      <Tbody>{failing.map((one) => <Row key={one.id} destination={one} max={failedCountedMax} />)}</Tbody>
    </Table>
  );
}

function Row({ destination, max }: { destination: OverviewDestination; max: number }) {
  const may = useMay();
  const { id, displayName, state, failed, failingSince, lastError } = destination;
  const count = `${failed.toLocaleString('en')}${failed >= max ? '+' : ''}`;
  return (
    <Tr>
      <Td dataLabel="Destination" modifier="breakWord">
        <Link to="/destinations/$id" params={{ id }}>{displayName}</Link>
        {lastError && <div className="subtle small breakable">{lastError}</div>}
      </Td>
      <Td dataLabel="State"><Label isCompact color={state === 'healthy' || state === 'disabled' ? 'grey' : 'red'}>{state}</Label></Td>
      <Td dataLabel="Given up">
        {failed > 0 && may('AlertRead') ? <Link to="/deliveries" search={{ destination: id }}>{count}</Link> : count}
      </Td>
      <Td dataLabel="Failing since"><Moment at={failingSince} isRelative never="–" /></Td>
    </Tr>
  );
}
