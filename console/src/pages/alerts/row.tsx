// One row of the list of alerts.
import { Td, Tr } from '@patternfly/react-table';
import { Link } from '@tanstack/react-router';
import { memo, useEffect, useRef } from 'react';
import type { Alert } from '../../api/types';
import { useStored } from '../../app/stored';
import { ago, written, zone } from '../../app/time';
import { SeverityLabel, StatusLabel } from '../../parts/severity';
import { systemErrorWords } from '../../parts/system-errors';
import type { People } from './people';

type Props = {
  alert: Alert; people: People; index: number; isNow: boolean; isSelected: boolean;
  onSelect: ((id: string) => void) | undefined;
};

export const AlertRow = memo(function AlertRow({ alert, people, index, isNow, isSelected, onSelect }: Props) {
  const row = useRef<HTMLTableRowElement>(null);
  const zoneName = useStored(zone);
  useEffect(() => {
    if (isNow && index > 0) row.current?.scrollIntoView({ block: 'nearest' });
  }, [isNow, index]);
  return (
    <Tr ref={row} className={isNow ? 'row-now' : ''} isRowSelected={isSelected} aria-current={isNow ? 'true' : undefined}>
      {onSelect && <Td select={{ rowIndex: index, isSelected, onSelect: () => onSelect(alert.id) }} />}
      <Td dataLabel="Severity"><SeverityLabel severity={alert.severity} /></Td>
      <Td dataLabel="Alert" modifier="breakWord">
        <Link to="/alerts/$id" params={{ id: alert.id }} preload={false}>{alert.title}</Link>
        <div className="subtle small">{alert.detection?.id ?? systemErrorWords(alert.systemError?.type)}</div>
      </Td>
      <Td dataLabel="Status"><StatusLabel status={alert.status} /></Td>
      <Td dataLabel="Assignee" modifier="breakWord">{people.nameOf(alert.assignee) || <span className="subtle">nobody</span>}</Td>
      <Td dataLabel="Events">{alert.eventCount}</Td>
      <Td dataLabel="Created">
        <time dateTime={alert.createdAt} title={written(alert.createdAt, zoneName)}>{ago(alert.createdAt, Date.now())}</time>
      </Td>
    </Tr>
  );
});
