// One row of the list of alerts: two lines, on a narrow screen three. Its cells are plain ones: those of the component
// library measure themselves, which is felt in a list of thousands.
import { Td, Tr } from '@patternfly/react-table';
import { Link } from '@tanstack/react-router';
import { memo, useEffect, useRef, type ReactNode } from 'react';
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
      <Cell label="Severity" className="severity"><SeverityLabel severity={alert.severity} /></Cell>
      <Cell label="Alert" className="what">
        <Link to="/alerts/$id" params={{ id: alert.id }} preload={false} className="title" title={alert.title}>{alert.title}</Link>
        <span className="line subtle small" title={about}>{about}</span>
      </Cell>
      <Cell label="Status" className="status"><StatusLabel status={alert.status} /></Cell>
      <Cell label="Assignee" className="who"><span className={who ? 'line' : 'line subtle'} title={who}>{who || 'nobody'}</span></Cell>
      <Cell label="Sent to" className="sent"><Sent alert={alert} /></Cell>
      <Cell label="Events" className="count-of">{alert.eventCount.toLocaleString('en')}</Cell>
      <Cell label="Created" className="when">
        <time dateTime={alert.createdAt} title={written(alert.createdAt, zoneName)}>{ago(alert.createdAt, Date.now())}</time>
      </Cell>
      {onAct && <Cell className="pf-v6-c-table__action menu-cell"><RowMenu alert={alert} people={people} onAct={onAct} /></Cell>}
    </Tr>
  );
});

function Cell({ label, className, children }: { label?: string; className: string; children: ReactNode }) {
  return <td className={`pf-v6-c-table__td ${className}`} data-label={label}>{children}</td>;
}
