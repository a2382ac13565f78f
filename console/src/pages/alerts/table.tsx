// The rows of the list of alerts. Pages that are far from what is seen are kept as empty room of the same height, so
// that a list of thousands stays as quick as one of fifty.
import { Table, Tbody, Th, Thead, Tr } from '@patternfly/react-table';
import { memo, useEffect, useRef, useState } from 'react';
import type { AlertPage } from '../../api/types';
import type { People } from './people';
import { AlertRow } from './row';
import type { Act } from './use-selection';

type Props = {
  pages: AlertPage[]; people: People; now: number; selected: ReadonlySet<string>;
  onSelect: ((id: string) => void) | undefined; onAct: Act | undefined; onSelectAll: (isOn: boolean) => void;
};

/** How far above and below the screen rows are kept. */
const MARGIN = '1200px 0px';
/** Height of a row that was not seen yet. */
const ROW_PX = 46;

export function AlertTable({ pages, people, now, selected, onSelect, onAct, onSelectAll }: Props) {
  const isAll = pages.every(({ results }) => results.every(({ id }) => selected.has(id)));
  const columns = 7 + (onSelect ? 1 : 0) + (onAct ? 1 : 0);
  let first = 0;
  return (
    <Table variant="compact" aria-label="Alerts" className="alert-table dense" gridBreakPoint="">
      <Thead>
        <Tr>
          {onSelect && <Th aria-label="Select all that are shown" select={{ isSelected: isAll, onSelect: (_event, isOn) => onSelectAll(isOn) }} />}
          <Th className="column-s">Severity</Th><Th>Alert</Th><Th className="column-s">Status</Th><Th className="column-m">Assignee</Th><Th className="sent column-m">Sent to</Th>
          <Th className="column-xs">Events</Th><Th className="column-m">Created</Th>{onAct && <Th className="column-menu menu-cell" screenReaderText="What can be done" />}
        </Tr>
      </Thead>
      {pages.map((page, index) => {
        const start = first;
        first += page.results.length;
        const nowHere = now >= start && now < first ? now - start : -1;
        return <PageRows key={index} {...{ page, start, people, selected, onSelect, onAct, columns }} now={nowHere} isFirst={index === 0} isLast={index === pages.length - 1} />;
      })}
    </Table>
  );
}

type PageProps = Pick<Props, 'people' | 'selected' | 'onSelect' | 'onAct'> & {
  page: AlertPage; start: number; now: number; columns: number; isFirst: boolean; isLast: boolean;
};

const PageRows = memo(function PageRows({ page, start, now, columns, isFirst, isLast, people, selected, onSelect, onAct }: PageProps) {
  const body = useRef<HTMLTableSectionElement>(null);
  // Of a list that one comes back to, only what is seen is drawn.
  const [isNear, setNear] = useState(isFirst || isLast);
  const height = useRef(page.results.length * ROW_PX);
  useEffect(() => {
    const element = body.current;
    if (!element) return undefined;
    const observer = new IntersectionObserver((entries) => {
      // Several come at once when the page was busy; the last one counts.
      const entry = entries.at(-1);
      if (!entry) return;
      if (!entry.isIntersecting) height.current = entry.boundingClientRect.height;
      setNear(entry.isIntersecting);
    }, { root: document.getElementById('main'), rootMargin: MARGIN });
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  if (page.results.length === 0) return <Tbody ref={body} />;
  if (!isNear && now < 0 && !isFirst) {
    return <Tbody ref={body}><tr className="far" style={{ height: height.current }}><td colSpan={columns} /></tr></Tbody>;
  }
  return (
    <Tbody ref={body}>
      {page.results.map((alert, index) => (
        <AlertRow key={alert.id} {...{ alert, people, onSelect, onAct }} index={start + index} isNow={index === now} isSelected={selected.has(alert.id)} />
      ))}
    </Tbody>
  );
});
