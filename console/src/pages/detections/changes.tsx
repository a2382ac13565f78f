// What became of the detections made in the console and by the API: one row for each change.
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { changesQuery } from '../../api/detections';
import type { ContentChange } from '../../api/types';
import { Dotted } from '../../parts/dotted';
import { Failure } from '../../parts/failure';
import { Waiting } from '../../parts/loaded';
import { Moment } from '../../parts/moment';
import { More } from '../../parts/more';
import { Nothing } from '../../parts/nothing';
import { PageFrame } from '../../parts/page';
import { usePeople, type People } from '../alerts/people';

const WAYS: Readonly<Record<string, string>> = {
  upload: 'Upload', api: 'Saved', delete: 'Deleted', rollback: 'Rolled back', pypanther: 'pypanther project',
};

/** Items that are named in a row. */
const SHOWN_MAX = 5;

export function ChangesPage() {
  const changes = useInfiniteQuery(changesQuery);
  const people = usePeople();
  const found = changes.data?.pages.flatMap((page) => page.results) ?? [];
  return (
    <PageFrame title="Changes" about="What was saved, uploaded, deleted and rolled back. Enabling and disabling detections is in the audit log.">
      {changes.isError && !changes.isFetchNextPageError && (
        <Failure title="Changes could not be loaded" thrown={changes.error} onRetry={() => void changes.refetch()} />
      )}
      {changes.isPending && <Waiting what="changes" />}
      {changes.data && found.length === 0 && (
        <Nothing title="Nothing was changed yet">What is saved in the console, uploaded or changed by the API is listed here.</Nothing>
      )}
      {found.length > 0 && <ChangeTable changes={found} people={people} />}
      {found.length > 0 && <More query={changes} shown={found.length} what={found.length === 1 ? 'change' : 'changes'} />}
    </PageFrame>
  );
}

function ChangeTable({ changes, people }: { changes: ContentChange[]; people: People }) {
  return (
    <Table variant="compact" aria-label="Changes">
      <Thead>
        <Tr><Th modifier="fitContent">Number</Th><Th>When</Th><Th>Who</Th><Th>How</Th><Th width={30}>What</Th><Th>Added</Th><Th>Changed</Th><Th>Deleted</Th></Tr>
      </Thead>
      <Tbody>
        {changes.map((change) => (
          <Tr key={change.id}>
            <Td dataLabel="Number">{change.id}</Td>
            <Td dataLabel="When"><Moment at={change.createdAt} /></Td>
            <Td dataLabel="Who" modifier="breakWord">{people.nameOf(change.createdBy)}</Td>
            <Td dataLabel="How">{WAYS[change.kind] ?? change.kind}</Td>
            <Td dataLabel="What" modifier="breakWord"><Items change={change} /></Td>
            <Td dataLabel="Added">{change.added}</Td>
            <Td dataLabel="Changed">{change.modified}</Td>
            <Td dataLabel="Deleted">{change.deleted}</Td>
          </Tr>
        ))}
      </Tbody>
    </Table>
  );
}

/** Items that one may read. The page of one that is gone says so, and has its versions. */
function Items({ change: { items, added, modified, deleted } }: { change: ContentChange }) {
  const shown = items.slice(0, SHOWN_MAX);
  const left = added + modified + deleted - shown.length;
  return (
    <>
      {shown.map(({ id }, index) => (
        <span key={id}>
          {index > 0 && ', '}
          <Link to="/detections/$id" params={{ id }} search={{ tab: 'versions' }}><Dotted>{id}</Dotted></Link>
        </span>
      ))}
      {left > 0 && <span className="subtle">{shown.length > 0 ? ` and ${left} more` : `${left} others`}</span>}
    </>
  );
}
