// One row of the list of alerts: two lines, on a narrow screen three.
import { Td, Tr } from '@patternfly/react-table';
import { Link } from '@tanstack/react-router';
import { memo, useEffect, useRef } from 'react';
import type { Alert } from '../../api/types';
import { useStored } from '../../app/stored';
import { ago, written, zone } from '../../app/time';
import { SeverityLabel, StatusLabel } from '../../parts/severity';
import { systemErrorWords } from '../../parts/system-errors';
import type { People } from './people';
import { RowMenu } from './row-menu';
import { Sent } from './sent';
import type { Act } from './use-selection';

type Props = {
  alert: Alert; people: People; index: number; isNow: boolean; isSelected: boolean;
  onSelect: ((id: string) => void) | undefined; onAct: Act | undefined;
};

export const AlertRow = memo(function AlertRow({ alert, people, index, isNow, isSelected, onSelect, onAct }: Props) {
  const row = useRef<HTMLTableRowElement>(null);
  const zoneName = useStored(zone);
  useEffect(() => {
    if (isNow && index > 0) row.current?.scrollIntoView({ block: 'nearest' });
  }, [isNow, index]);
  const who = people.nameOf(alert.assignee);
  const about = alert.detection?.id ?? systemErrorWords(alert.systemError?.type);
  return (
    <Tr ref={row} className={isNow ? 'row-now' : ''} isRowSelected={isSelected} aria-current={isNow ? 'true' : undefined}>
      {onSelect && <Td className="tick" select={{ rowIndex: index, isSelected, onSelect: () => onSelect(alert.id) }} />}
      <Td dataLabel="Severity" className="severity"><SeverityLabel severity={alert.severity} /></Td>
      <Td dataLabel="Alert" className="what">
        <Link to="/alerts/$id" params={{ id: alert.id }} preload={false} className="title" title={alert.title}>{alert.title}</Link>
        <span className="line subtle small" title={about}>{about}</span>
      </Td>
      <Td dataLabel="Status" className="status"><StatusLabel status={alert.status} /></Td>
      <Td dataLabel="Assignee" className="who"><span className={who ? 'line' : 'line subtle'} title={who}>{who || 'nobody'}</span></Td>
      <Td dataLabel="Sent to" className="sent"><Sent alert={alert} /></Td>
      <Td dataLabel="Events" className="count-of">{alert.eventCount.toLocaleString('en')}</Td>
      <Td dataLabel="Created" className="when">
        <time dateTime={alert.createdAt} title={written(alert.createdAt, zoneName)}>{ago(alert.createdAt, Date.now())}</time>
      </Td>
      {onAct && <Td isActionCell className="menu-cell"><RowMenu alert={alert} people={people} onAct={onAct} /></Td>}
    </Tr>
  );
});
