// Deliveries, newest first: of what alert, where to, what came of each attempt, and one more try of what failed.
import { Button, Label, List, ListItem } from '@patternfly/react-core';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { Link } from '@tanstack/react-router';
import type { Delivery } from '../../api/types';
import { useMay } from '../../app/session';
import { Moment } from '../../parts/moment';
import { OutsideLink } from '../../parts/outside-link';
import { STATE_COLOURS, STATE_WORDS } from './states';

/** Characters of the last answer that stand in the row; all of it is one click away. */
const SHOWN_MAX = 120;

type Props = {
  deliveries: readonly Delivery[]; onRetry: ((delivery: Delivery) => void) | undefined; namesDestination?: boolean;
  /** For which one more attempt is just asked for. */
  retrying: readonly string[];
};

export function DeliveryTable({ deliveries, onRetry, namesDestination = false, retrying }: Props) {
  const may = useMay();
  const linksDestination = may('DestinationRead');
  return (
    <Table variant="compact" aria-label="Deliveries" gridBreakPoint="grid-lg" className="dense delivery-table">
      <Thead>
        <Tr>
          <Th width={25}>Alert</Th>{namesDestination && <Th>Destination</Th>}<Th>State</Th><Th width={35}>Attempts</Th><Th>Made</Th>
          {onRetry && <Th screenReaderText="What can be done" />}
        </Tr>
      </Thead>
      <Tbody>
        {deliveries.map((delivery) => (
          <Tr key={delivery.id}>
            <Td dataLabel="Alert" modifier="breakWord">
              <Link to="/alerts/$id" params={{ id: delivery.alertId }} search={{ tab: 'deliveries' }} className="clamped" title={delivery.alertTitle || delivery.alertId}>{delivery.alertTitle || delivery.alertId}</Link>
            </Td>
            {namesDestination && (
              <Td dataLabel="Destination" modifier="breakWord">
                {linksDestination ? <Link to="/destinations/$id" params={{ id: delivery.outputId }}>{delivery.displayName}</Link> : delivery.displayName}
              </Td>
            )}
            <Td dataLabel="State"><State delivery={delivery} /></Td>
            <Td dataLabel="Attempts" modifier="breakWord"><Attempts delivery={delivery} /></Td>
            <Td dataLabel="Made"><Moment at={delivery.createdAt} isRelative /></Td>
            {onRetry && (
              <Td isActionCell>
                {delivery.state === 'failed' && (
                  <Button variant="link" size="sm" isAriaDisabled={retrying.includes(delivery.id)} isLoading={retrying.includes(delivery.id)}
                    aria-label={`Try again: ${delivery.alertTitle || delivery.alertId}`} onClick={() => onRetry(delivery)}>
                    Try again
                  </Button>
                )}
              </Td>
            )}
          </Tr>
        ))}
      </Tbody>
    </Table>
  );
}

function State({ delivery: { state, trigger, nextAttemptAt, remoteUrl, remoteId } }: { delivery: Delivery }) {
  return (
    <>
      <Label isCompact color={STATE_COLOURS[state]}>{STATE_WORDS[state]}</Label>{trigger === 'manual' && <span className="small"> by hand</span>}
      {nextAttemptAt && <div className="small">next <Moment at={nextAttemptAt} isRelative /></div>}
      {(remoteUrl || remoteId) && (
        <div className="small breakable">{remoteUrl ? <OutsideLink address={remoteUrl}>{remoteId ?? 'open'}</OutsideLink> : remoteId}</div>
      )}
    </>
  );
}

function Attempts({ delivery: { attempts } }: { delivery: Delivery }) {
  const last = attempts.at(-1);
  if (!last) return <span className="subtle">none yet</span>;
  return (
    <details>
      <summary>{attempts.length === 1 ? '1 attempt' : `${attempts.length} attempts`}, the last: {last.statusCode ?? 'no reply'} {last.message.slice(0, SHOWN_MAX)}</summary>
      <List isPlain>
        {attempts.map(({ at, durationMs, statusCode, message }) => (
          <ListItem key={at}><Moment at={at} /> {statusCode ?? 'no reply'} after {durationMs} ms: <span className="pre">{message}</span></ListItem>
        ))}
      </List>
    </details>
  );
}
