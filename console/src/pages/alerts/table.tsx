// The rows of the list of alerts.
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { Link } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import type { Alert } from '../../api/types';
import { Moment } from '../../parts/moment';
import { SeverityLabel, StatusLabel } from '../../parts/severity';
import type { People } from './people';

type Props = {
  alerts: Alert[]; people: People; now: number; selected: ReadonlySet<string>;
  onSelect: ((id: string) => void) | undefined; onSelectAll: (isOn: boolean) => void;
};

export function AlertTable({ alerts, people, now, selected, onSelect, onSelectAll }: Props) {
  const row = useRef<HTMLTableRowElement>(null);
  useEffect(() => {
    if (now > 0) row.current?.scrollIntoView({ block: 'nearest' });
  }, [now]);
  const isAll = alerts.every(({ id }) => selected.has(id));
  return (
    <Table variant="compact" aria-label="Alerts">
      <Thead>
        <Tr>
          {onSelect && <Th aria-label="Select all that are shown" select={{ isSelected: isAll, onSelect: (_event, isOn) => onSelectAll(isOn) }} />}
          <Th modifier="fitContent">Severity</Th><Th>Alert</Th><Th>Status</Th><Th>Assignee</Th><Th modifier="fitContent">Events</Th><Th>Created</Th>
        </Tr>
      </Thead>
      <Tbody>
        {alerts.map((alert, index) => (
          <Tr key={alert.id} ref={index === now ? row : undefined} className={index === now ? 'row-now' : ''}
            isRowSelected={selected.has(alert.id)} aria-current={index === now ? 'true' : undefined}>
            {onSelect && (
              <Td select={{ rowIndex: index, isSelected: selected.has(alert.id), onSelect: () => onSelect(alert.id) }} />
            )}
            <Td dataLabel="Severity"><SeverityLabel severity={alert.severity} /></Td>
            <Td dataLabel="Alert" modifier="breakWord">
              <Link to="/alerts/$id" params={{ id: alert.id }}>{alert.title}</Link>
              <div className="subtle small">{alert.detection?.id ?? alert.systemError?.type}</div>
            </Td>
            <Td dataLabel="Status"><StatusLabel status={alert.status} /></Td>
            <Td dataLabel="Assignee">{people.nameOf(alert.assignee) || <span className="subtle">nobody</span>}</Td>
            <Td dataLabel="Events">{alert.eventCount}</Td>
            <Td dataLabel="Created"><Moment at={alert.createdAt} isRelative /></Td>
          </Tr>
        ))}
      </Tbody>
    </Table>
  );
}
