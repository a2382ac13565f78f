// Alerts like this one: of the same detection, grouped by the same text.
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { alertPage, type AlertClass, type AlertFilter } from '../../api/alerts';
import type { Alert, AlertPage } from '../../api/types';
import { STATUSES, SeverityLabel, StatusLabel } from '../../parts/severity';
import { Loaded } from '../../parts/loaded';
import { Moment } from '../../parts/moment';
import { Nothing } from '../../parts/nothing';
import { usePeople } from './people';

/** Before every alert: related ones may be old. */
const EVER = '1970-01-01T00:00:00Z';

/** What lists them, this one among them. */
export function relatedFilter(alert: Alert): AlertFilter {
  const type: AlertClass = alert.type === 'SYSTEM_ERROR' ? 'SYSTEM_ERROR' : alert.type.endsWith('_ERROR') ? 'DETECTION_ERROR' : 'ALERT';
  const detection = alert.detection?.id ?? alert.systemError?.type;
  return {
    ...(type === 'ALERT' ? {} : { type }), ...(detection ? { 'detection-id': detection } : {}), dedup: alert.dedup,
    'created-after': EVER, status: [...STATUSES],
  };
}

export function Related({ alert }: { alert: Alert }) {
  const filter = relatedFilter(alert);
  const related = useQuery({
    queryKey: ['alert', alert.id, 'related'],
    queryFn: ({ signal }) => alertPage(filter, null, signal),
  });
  return (
    <Loaded query={related} what="Related alerts">
      {(page) => <Found page={page} id={alert.id} filter={filter} />}
    </Loaded>
  );
}

function Found({ page, id, filter }: { page: AlertPage; id: string; filter: AlertFilter }) {
  const people = usePeople();
  const others = page.results.filter((alert) => alert.id !== id);
  if (others.length === 0) return <Nothing title="No other alert is like this one">Alerts of the same detection that are grouped by the same text are shown here.</Nothing>;
  return (
    <>
      <p className="above">
        {others.length}{page.next ? ' or more' : ''} {others.length === 1 ? 'other alert is' : 'other alerts are'} of the same detection and grouped by the same text.{' '}
        <Link to="/alerts" search={filter}>Show them in the list</Link>
      </p>
      <Table variant="compact" aria-label="Related alerts">
        <Thead><Tr><Th modifier="fitContent">Severity</Th><Th>Alert</Th><Th>Status</Th><Th>Assignee</Th><Th modifier="fitContent">Events</Th><Th>Created</Th></Tr></Thead>
        <Tbody>
          {others.map((alert) => (
            <Tr key={alert.id}>
              <Td dataLabel="Severity"><SeverityLabel severity={alert.severity} /></Td>
              <Td dataLabel="Alert" modifier="breakWord"><Link to="/alerts/$id" params={{ id: alert.id }}>{alert.title}</Link></Td>
              <Td dataLabel="Status"><StatusLabel status={alert.status} /></Td>
              <Td dataLabel="Assignee">{people.nameOf(alert.assignee) || <span className="subtle">nobody</span>}</Td>
              <Td dataLabel="Events">{alert.eventCount}</Td>
              <Td dataLabel="Created"><Moment at={alert.createdAt} isRelative /></Td>
            </Tr>
          ))}
        </Tbody>
      </Table>
    </>
  );
}
