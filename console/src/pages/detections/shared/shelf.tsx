// The list of what detections share, globals or data models: new ones, and those that are deleted.
import { Button } from '@patternfly/react-core';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState, type ReactNode } from 'react';
import { deleteItem, itemsQuery } from '../../../api/detections';
import type { ListedItem } from '../../../api/types';
import type { ShelfSearch } from '../../../app/searches-detections';
import { useSay } from '../../../app/notices';
import { useMay } from '../../../app/session';
import { Dotted } from '../../../parts/dotted';
import { FormDialog } from '../../../parts/dialog';
import { Failure, sentence } from '../../../parts/failure';
import { Waiting } from '../../../parts/loaded';
import { LogTypes } from '../../../parts/log-types';
import { Moment } from '../../../parts/moment';
import { More } from '../../../parts/more';
import { Nothing } from '../../../parts/nothing';
import { PageFrame } from '../../../parts/page';
import { SearchField } from '../../../parts/search-field';
import { usePeople } from '../../alerts/people';
import { ORIGIN_WORDS, stateOf, StateLabel } from '../words';

type Props = {
  kind: 'global' | 'data_model'; title: string; about: string; noun: string; empty: string;
  search: ShelfSearch; onSearch: (search: ShelfSearch) => void; dialog: (onClose: () => void) => ReactNode;
};

export function Shelf({ kind, title, about, noun, empty, search, onSearch, dialog }: Props) {
  const items = useInfiniteQuery(itemsQuery({ kind: [kind], ...search }));
  const found = items.data?.pages.flatMap((page) => page.results) ?? [];
  const total = items.data?.pages[0]?.total ?? 0;
  const mayChange = useMay()('RuleModify');
  const [isMaking, setMaking] = useState(false);
  const make = mayChange && <Button onClick={() => setMaking(true)}>New {noun}</Button>;
  return (
    <PageFrame title={title} about={about} actions={make}>
      <div className="filters">
        <SearchField id="shelf-text" label="Name or id" value={search['name-contains'] ?? ''}
          onChange={(text) => onSearch({ 'name-contains': text || undefined })} />
      </div>
      {items.isError && !items.isFetchNextPageError && (
        <Failure title={`${title} could not be loaded`} thrown={items.error} onRetry={() => void items.refetch()} />
      )}
      {items.isPending && <Waiting what={title} />}
      {items.data && found.length === 0 && (search['name-contains']
        ? <Nothing title={`No ${noun} is called so`} action={<Button variant="link" onClick={() => onSearch({})}>Show all</Button>}>Look for another name.</Nothing>
        : <Nothing title={`There are no ${title.toLowerCase()}`} action={make}>{empty}</Nothing>)}
      {found.length > 0 && <Rows items={found} title={title} noun={noun} hasSwitch={kind === 'data_model'} mayChange={mayChange} />}
      {found.length > 0 && <More query={items} shown={found.length} what={`of ${total}`} />}
      {isMaking && dialog(() => setMaking(false))}
    </PageFrame>
  );
}

type RowsProps = { items: ListedItem[]; title: string; noun: string; hasSwitch: boolean; mayChange: boolean };

function Rows({ items, title, noun, hasSwitch, mayChange }: RowsProps) {
  const people = usePeople();
  const queries = useQueryClient();
  const say = useSay();
  const [going, setGoing] = useState<string | null>(null);
  return (
    <>
      <Table variant="compact" aria-label={title}>
        <Thead>
          <Tr><Th width={40}>Name</Th>{hasSwitch && <><Th>State</Th><Th>Log types</Th></>}<Th>From</Th><Th>Changed</Th>{mayChange && <Th screenReaderText="Actions" />}</Tr>
        </Thead>
        <Tbody>
          {items.map((item) => (
            <Tr key={item.id}>
              <Td dataLabel="Name" modifier="breakWord">
                <Link to="/detections/$id" params={{ id: item.id }}><Dotted>{item.displayName || item.id}</Dotted></Link>
                {item.displayName && <div className="subtle small"><Dotted>{item.id}</Dotted></div>}
                {item.problem && <div className="small problem">{sentence(item.problem)}</div>}
              </Td>
              {hasSwitch && <Td dataLabel="State"><StateLabel state={stateOf(item)} /></Td>}
              {hasSwitch && <Td dataLabel="Log types"><LogTypes types={item.logTypes} /></Td>}
              <Td dataLabel="From">{ORIGIN_WORDS[item.origin]}</Td>
              <Td dataLabel="Changed">
                <Moment at={item.lastModified} isRelative never="not known" />
                {item.lastModifiedBy && <div className="subtle small breakable">{people.nameOf(item.lastModifiedBy)}</div>}
              </Td>
              {mayChange && (
                <Td isActionCell>
                  {item.origin === 'api' && (
                    <Button variant="link" isInline isDanger aria-label={`Delete ${item.id}`} onClick={() => setGoing(item.id)}>Delete</Button>
                  )}
                </Td>
              )}
            </Tr>
          ))}
        </Tbody>
      </Table>
      {going !== null && (
        <FormDialog title={`Delete the ${noun} ${going}`} submit="Delete" isDanger size="small" failed={`The ${noun} is still there`}
          onClose={() => setGoing(null)}
          onSubmit={async () => {
            await deleteItem(going);
            say(`The ${noun} ${going} is deleted`);
            await queries.invalidateQueries({ queryKey: ['detections'] });
          }}>
          <p>Detections that need it cannot run any more. When a directory has one with this id, that counts again.</p>
        </FormDialog>
      )}
    </>
  );
}
