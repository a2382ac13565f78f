// Which destinations do not take what is sent, since when, and how many deliveries failed.
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { Link } from '@tanstack/react-router';
import type { OverviewDestination, OverviewDestinations } from '../../api/overview';
import { useMay } from '../../app/session';
import { HealthLabel, healthOf } from '../../parts/health';
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
      <Thead><Tr><Th width={45}>Destination</Th><Th>State</Th><Th>Failed</Th><Th>Since</Th></Tr></Thead>
      <Tbody>{failing.map((one) => <Row key={one.id} destination={one} max={failedCountedMax} />)}</Tbody>
    </Table>
  );
}

function Row({ destination, max }: { destination: OverviewDestination; max: number }) {
  const may = useMay();
  const { id, displayName, state, failed, failuresInARow, failingSince, lastError } = destination;
  const count = `${failed.toLocaleString('en')}${failed >= max ? '+' : ''}`;
  return (
    <Tr>
      <Td dataLabel="Destination" modifier="breakWord">
        <Link to="/destinations/$id" params={{ id }}>{displayName}</Link>
        {lastError && <div className="subtle small breakable">{lastError}</div>}
      </Td>
      <Td dataLabel="State"><HealthLabel health={healthOf({ state, failuresInARow })} /></Td>
      <Td dataLabel="Failed">
        {failed > 0 && may('AlertRead') ? <Link to="/deliveries" search={{ destination: id }}>{count}</Link> : count}
      </Td>
      <Td dataLabel="Since"><Moment at={failingSince} isRelative never="–" /></Td>
    </Tr>
  );
}
