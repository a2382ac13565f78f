// Where an alert went, why, what came of each attempt, and how to send it again.
import { Button, Label, List, ListItem, Title } from '@patternfly/react-core';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { deliveriesQuery } from '../../api/alerts';
import type { Alert, Delivery, DeliveryPage } from '../../api/types';
import { useMay } from '../../app/session';
import { Failure } from '../../parts/failure';
import { Loaded } from '../../parts/loaded';
import { Moment } from '../../parts/moment';
import { Nothing } from '../../parts/nothing';
import { OutsideLink } from '../../parts/outside-link';
import { ThingLink } from '../../parts/thing-link';
import { STATE_COLOURS, STATE_WORDS } from '../deliveries/states';
import { useRetry } from '../deliveries/use-retry';
import { SendByHand } from './send-by-hand';

export function Deliveries({ alert }: { alert: Alert }) {
  const deliveries = useQuery({ ...deliveriesQuery(alert.id), refetchInterval: 10_000 });
  const may = useMay();
  const queries = useQueryClient();
  const { retry, pending, error } = useRetry({ refresh: () => queries.invalidateQueries({ queryKey: deliveriesQuery(alert.id).queryKey }) });
  return (
    <Loaded query={deliveries} what="Deliveries">
      {(page) => (
        <>
          {error && <Failure title="It was not tried again" thrown={error} />}
          {page.results.length === 0
            ? <Nothing title="It went nowhere">No destination asked for an alert like this one, or none is configured.</Nothing>
            : <DeliveryTable deliveries={page.results} retrying={pending} onRetry={may('AlertModify') ? retry : undefined} />}
          {may('AlertModify', 'DestinationRead') && <SendByHand alert={alert} />}
          <Why page={page} />
        </>
      )}
    </Loaded>
  );
}

type TableProps = { deliveries: Delivery[]; onRetry: ((id: string) => void) | undefined; retrying: readonly string[] };

function DeliveryTable({ deliveries, onRetry, retrying }: TableProps) {
  // Few destinations say what they made of an alert, such as the number of a ticket.
  const hasRemote = deliveries.some(({ remoteUrl, remoteId }) => remoteUrl || remoteId);
  return (
    <Table variant="compact" aria-label="Deliveries">
      <Thead><Tr><Th width={25}>Destination</Th><Th>State</Th><Th width={40}>Attempts</Th>{hasRemote && <Th width={15}>Made there</Th>}<Th screenReaderText="What can be done" /></Tr></Thead>
      <Tbody>
        {deliveries.map((delivery) => (
          <Tr key={delivery.id}>
            <Td dataLabel="Destination" modifier="breakWord"><ThingLink thing="destination" id={delivery.outputId}>{delivery.displayName}</ThingLink><div className="subtle small">{delivery.type}</div></Td>
            <Td dataLabel="State">
              <Label isCompact color={STATE_COLOURS[delivery.state]}>{STATE_WORDS[delivery.state]}</Label>
              {delivery.nextAttemptAt && <div className="small">next <Moment at={delivery.nextAttemptAt} isRelative /></div>}
            </Td>
            <Td dataLabel="Attempts" modifier="breakWord"><Attempts delivery={delivery} /></Td>
            {hasRemote && (
              <Td dataLabel="Made there" modifier="breakWord">
                {delivery.remoteUrl ? <OutsideLink address={delivery.remoteUrl}>{delivery.remoteId ?? 'open'}</OutsideLink> : delivery.remoteId}
              </Td>
            )}
            <Td isActionCell>
              {onRetry && delivery.state === 'failed' && (
                <Button variant="link" size="sm" isAriaDisabled={retrying.includes(delivery.id)} isLoading={retrying.includes(delivery.id)}
                  aria-label={`Try again: ${delivery.displayName}`} onClick={() => onRetry(delivery.id)}>
                  Try again
                </Button>
              )}
            </Td>
          </Tr>
        ))}
      </Tbody>
    </Table>
  );
}

function Attempts({ delivery: { attempts } }: { delivery: Delivery }) {
  const last = attempts.at(-1);
  if (!last) return <span className="subtle">none yet</span>;
  return (
    <details>
      <summary>{attempts.length}: {last.statusCode ?? 'no reply'} {last.message.slice(0, 80)}</summary>
      <List isPlain>
        {attempts.map(({ at, durationMs, statusCode, message }) => (
          <ListItem key={at}><Moment at={at} /> {statusCode ?? 'no reply'} after {durationMs} ms: <span className="pre">{message}</span></ListItem>
        ))}
      </List>
    </details>
  );
}

function Why({ page: { routing } }: { page: DeliveryPage }) {
  return (
    <>
      <Title headingLevel="h2" size="lg" className="section-title">Why it went there</Title>
      <p>Routed by: {routing.scenario}.</p>
      {routing.warnings.map((warning) => <p key={warning}>{warning}</p>)}
      <List>
        {routing.explanation.map(({ outputId, displayName, chosen, reason }) => (
          <ListItem key={outputId}><ThingLink thing="destination" id={outputId}>{displayName}</ThingLink>: {chosen ? 'sent' : 'not sent'}, {reason}</ListItem>
        ))}
      </List>
    </>
  );
}
