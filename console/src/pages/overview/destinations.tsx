// Which destinations do not take what is sent, since when, and how many deliveries failed; how many are kept quiet.
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { Link } from '@tanstack/react-router';
import { Fragment } from 'react';
import type { OverviewDestination, OverviewDestinations } from '../../api/overview';
import { useMay } from '../../app/session';
import { HealthLabel, healthOf } from '../../parts/health';
import { Moment } from '../../parts/moment';
import { Nothing } from '../../parts/nothing';

export function Destinations({ found }: { found: OverviewDestinations }) {
  const { total, disabled, muted, failing, failedCountedMax } = found;
  const taking = total - disabled - muted;
  if (total === 0) {
    return <Nothing title="No destination yet">Alerts are kept and go nowhere.</Nothing>;
  }
  if (failing.length === 0) {
    return taking === total
      ? <p>{total === 1 ? 'The one destination takes' : `All ${total} destinations take`} what is sent.</p>
      : <p>{taking} of {total} {taking === 1 ? 'takes' : 'take'} what is sent; <Quiet found={found} />.</p>;
  }
  return (
    <>
      <Table variant="compact" aria-label="Destinations with failures">
        <Thead><Tr><Th width={45}>Destination</Th><Th>State</Th><Th>Failed</Th><Th>Since</Th></Tr></Thead>
        <Tbody>{failing.map((one) => <Row key={one.id} destination={one} max={failedCountedMax} />)}</Tbody>
      </Table>
      {taking < total && <p>Of {total} destinations <Quiet found={found} />.</p>}
    </>
  );
}

/** Those that get nothing because somebody said so. */
function Quiet({ found: { disabled, muted } }: { found: OverviewDestinations }) {
  const counts = ([['disabled', disabled], ['muted', muted]] as const).filter(([, count]) => count > 0);
  return counts.map(([word, count], index) => (
    <Fragment key={word}>
      {index > 0 && ', '}<Link to="/destinations">{`${count} ${count === 1 ? 'is' : 'are'} ${word}`}</Link>
    </Fragment>
  ));
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
