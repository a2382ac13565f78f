// The rows of the list of detections. A broken one says why in its row.
import { Table, Tbody, Td, Th, Thead, Tr, type ThProps } from '@patternfly/react-table';
import { Link } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import type { ItemSort, ListedItem, Severity } from '../../api/types';
import { Dotted } from '../../parts/dotted';
import { sentence } from '../../parts/failure';
import { LogTypes } from '../../parts/log-types';
import { Moment } from '../../parts/moment';
import { SEVERITIES, SeverityLabel } from '../../parts/severity';
import type { People } from '../alerts/people';
import { KIND_WORDS, ORIGIN_WORDS, stateOf, StateLabel } from './words';

type Props = {
  items: ListedItem[]; people: People; now: number; selected: ReadonlySet<string>; sort: ItemSort;
  onSort: (sort: ItemSort) => void; onSelect: ((id: string) => void) | undefined; onSelectAll: (isOn: boolean) => void;
  /** What cannot be selected is shown all the same. */
  mayTake: (item: ListedItem) => boolean;
};

/** Columns that the table can be sorted by, in their order. */
const SORTED = ['state', 'severity', 'name', 'kind', 'lastModified'] as const;
type Sorted = (typeof SORTED)[number];

export function DetectionTable({ items, people, now, selected, sort, onSort, onSelect, onSelectAll, mayTake }: Props) {
  const row = useRef<HTMLTableRowElement>(null);
  useEffect(() => {
    if (now > 0) row.current?.scrollIntoView({ block: 'nearest' });
  }, [now]);
  const taken = items.filter(mayTake);
  const isAll = taken.length > 0 && taken.every(({ id }) => selected.has(id));
  const isDown = sort.startsWith('-');
  const by = (column: Sorted): ThProps['sort'] => ({
    columnIndex: SORTED.indexOf(column),
    sortBy: { index: SORTED.indexOf(sort.replace('-', '') as Sorted), direction: isDown ? 'desc' : 'asc' },
    onSort: (_event, _index, direction) => onSort(direction === 'desc' ? `-${column}` : column),
  });
  return (
    <Table variant="compact" aria-label="Detections" className="dense detection-table">
      <Thead>
        <Tr>
          {onSelect && <Th aria-label="Select all that are shown" select={{ isSelected: isAll, onSelect: (_event, isOn) => onSelectAll(isOn) }} />}
          <Th className="column-m" sort={by('state')}>State</Th><Th className="column-m" sort={by('severity')}>Severity</Th>
          <Th sort={by('name')}>Detection</Th><Th className="column-m" sort={by('kind')}>Kind</Th><Th className="column-l">Log types</Th>
          <Th className="column-xs">Tests</Th><Th className="column-m" sort={by('lastModified')}>Changed</Th>
        </Tr>
      </Thead>
      <Tbody>
        {items.map((item, index) => (
          <Tr key={item.id} ref={index === now ? row : undefined} className={index === now ? 'row-now' : ''}
            isRowSelected={selected.has(item.id)} aria-current={index === now ? 'true' : undefined}>
            {onSelect && (
              <Td select={{ rowIndex: index, isSelected: selected.has(item.id), isDisabled: !mayTake(item), onSelect: () => onSelect(item.id) }} />
            )}
            <Td dataLabel="State"><StateLabel state={stateOf(item)} /></Td>
            <Td dataLabel="Severity">{isSeverity(item.severity) ? <SeverityLabel severity={item.severity} /> : <span className="subtle">none</span>}</Td>
            <Td dataLabel="Detection"><Name item={item} /></Td>
            <Td dataLabel="Kind">{KIND_WORDS[item.kind]}<div className="subtle small">{ORIGIN_WORDS[item.origin]}</div></Td>
            <Td dataLabel="Log types"><LogTypes types={item.logTypes} /></Td>
            <Td dataLabel="Tests">{item.tests}</Td>
            <Td dataLabel="Changed">
              <Moment at={item.lastModified} isRelative never="not known" />
              {item.lastModifiedBy && <span className="line subtle small" title={people.nameOf(item.lastModifiedBy)}>{people.nameOf(item.lastModifiedBy)}</span>}
            </Td>
          </Tr>
        ))}
      </Tbody>
    </Table>
  );
}

function Name({ item }: { item: ListedItem }) {
  return (
    <>
      <Link to="/detections/$id" params={{ id: item.id }} className="title" title={item.displayName || item.id}><Dotted>{item.displayName || item.id}</Dotted></Link>
      {item.displayName && <span className="line subtle small" title={item.id}><Dotted>{item.id}</Dotted></span>}
      {item.problem && <div className="small problem">{sentence(item.problem)}</div>}
    </>
  );
}

function isSeverity(word: string | null | undefined): word is Severity {
  return (SEVERITIES as readonly string[]).includes(word ?? '');
}
