// Who saved what and when, how that differs from what is there now, and the way back.
import { Button } from '@patternfly/react-core';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { refreshOthers, rollBack, versionsQuery, type Texts } from '../../../api/editor';
import type { ContentVersion } from '../../../api/types';
import { useSay } from '../../../app/notices';
import { useMay } from '../../../app/session';
import { FormDialog } from '../../../parts/dialog';
import { Failure } from '../../../parts/failure';
import { Waiting } from '../../../parts/loaded';
import { Moment } from '../../../parts/moment';
import { More } from '../../../parts/more';
import { Nothing } from '../../../parts/nothing';
import { usePeople } from '../../alerts/people';
import { Compared } from './compared';

const DEEDS: Readonly<Record<string, string>> = {
  api: 'Saved', upload: 'Uploaded', delete: 'Deleted', rollback: 'Rolled back', pypanther: 'Uploaded as a project',
};

type Props = {
  id: string;
  /** The texts as they stand; null when it is deleted. */
  now: Texts | null;
  isChanged: boolean;
  /** Whether the person may change what it is. */
  hasWayBack: boolean;
  shown: number | null;
  onShow: (version: number | null) => void;
  /** It is another one now. */
  onBack: () => Promise<void>;
};

export function Versions({ id, now, isChanged, hasWayBack, shown, onShow, onBack }: Props) {
  const versions = useInfiniteQuery(versionsQuery(id));
  const people = usePeople();
  const may = useMay();
  const queries = useQueryClient();
  const say = useSay();
  const [back, setBack] = useState<number | null>(null);
  const found = versions.data?.pages.flatMap((page) => page.results) ?? [];
  const goBack = async (version: number) => {
    await rollBack(id, version);
    // It is done, whatever becomes of reading it.
    const isRead = await onBack().then(() => true, () => false);
    await refreshOthers(queries);
    if (isRead) say(`It is again what it was in version ${version}`);
    else say('It was rolled back; load the page again', 'danger');
  };
  if (versions.isPending) return <Waiting what="versions" />;
  if (versions.isError && found.length === 0) {
    return <Failure title="Versions could not be loaded" thrown={versions.error} onRetry={() => void versions.refetch()} />;
  }
  if (found.length === 0) return <Nothing title="No version yet">It was never saved here; the first save makes version 1.</Nothing>;
  // After a deletion no version is what it is now, also where a file of a directory counts again.
  const [last] = found;
  const isOpen = (one: ContentVersion) => hasWayBack && may('BulkUpload') && !one.deleted && one.version !== last?.version;
  const word = now === null ? 'Show' : 'Compare';
  return (
    <>
      <Table variant="compact" aria-label="Versions">
        <Thead><Tr><Th>Version</Th><Th>When</Th><Th>Who</Th><Th>What</Th><Th screenReaderText="What can be done" /></Tr></Thead>
        <Tbody>
          {found.map((one: ContentVersion) => (
            <Tr key={one.version} isRowSelected={shown === one.version}>
              <Td dataLabel="Version">{one.version}</Td>
              <Td dataLabel="When"><Moment at={one.createdAt} /></Td>
              <Td dataLabel="Who" modifier="breakWord">{people.nameOf(one.createdBy)}</Td>
              <Td dataLabel="What">{DEEDS[one.kind] ?? one.kind}</Td>
              <Td>
                {!one.deleted && (
                  <Button variant="link" isInline aria-pressed={shown === one.version} aria-label={`${word} version ${one.version}`}
                    onClick={() => onShow(shown === one.version ? null : one.version)}>{word}</Button>
                )}{' '}
                {isOpen(one) && (
                  <Button variant="link" isInline aria-label={`Roll back to version ${one.version}`} onClick={() => setBack(one.version)}>Roll back</Button>
                )}
              </Td>
            </Tr>
          ))}
        </Tbody>
      </Table>
      <More query={versions} shown={found.length} what={found.length === 1 ? 'version' : 'versions'} />
      {shown !== null && <Compared id={id} version={shown} now={now} isChanged={isChanged} />}
      {back !== null && (
        <FormDialog title={`Roll back to version ${back}`} submit="Roll back" size="small" failed="Nothing was rolled back"
          onClose={() => setBack(null)} onSubmit={() => goBack(back)}>
          <p>
            What it was in version {back} becomes its newest version, and counts at once.
            {isChanged && ' What you changed here and did not save is replaced.'}
          </p>
        </FormDialog>
      )}
    </>
  );
}
