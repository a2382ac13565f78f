// Who saved what and when, how that differs from the text as it stands, and the way back.
import { Button, Title } from '@patternfly/react-core';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { itemKey, itemQuery, rollBack, versionQuery, versionsQuery } from '../../../api/editor';
import type { ContentVersion } from '../../../api/types';
import { useSay } from '../../../app/notices';
import { useMay } from '../../../app/session';
import { CodeDiff } from '../../../parts/code';
import { FormDialog } from '../../../parts/dialog';
import { Failure } from '../../../parts/failure';
import { Loaded, Waiting } from '../../../parts/loaded';
import { Moment } from '../../../parts/moment';
import { More } from '../../../parts/more';
import { Nothing } from '../../../parts/nothing';
import { usePeople } from '../../alerts/people';
import { textsOf } from './use-saving';
import type { Work } from './work';

const DEEDS: Readonly<Record<string, string>> = {
  api: 'Saved', upload: 'Uploaded', delete: 'Deleted', rollback: 'Rolled back', pypanther: 'Uploaded as a project',
};

type Props = { work: Work; shown: number | null; onShow: (version: number | null) => void; isReadOnly: boolean };

export function VersionsTab({ work, shown, onShow, isReadOnly }: Props) {
  const versions = useInfiniteQuery(versionsQuery(work.id));
  const people = usePeople();
  const may = useMay();
  const queries = useQueryClient();
  const say = useSay();
  const [back, setBack] = useState<number | null>(null);
  const found = versions.data?.pages.flatMap((page) => page.results) ?? [];
  const goBack = async (version: number) => {
    await rollBack(work.id, version);
    queries.removeQueries({ queryKey: itemKey(work.id) });
    const now = await queries.fetchQuery(itemQuery(work.id));
    work.rebase({ id: now.value.id, texts: textsOf(now.value), revision: now.revision }, textsOf(now.value));
    await queries.invalidateQueries({ queryKey: versionsQuery(work.id).queryKey });
    say(`It is again what it was in version ${version}`);
  };
  if (versions.isPending) return <Waiting what="versions" />;
  if (versions.isError && found.length === 0) {
    return <Failure title="Versions could not be loaded" thrown={versions.error} onRetry={() => void versions.refetch()} />;
  }
  if (found.length === 0) return <Nothing title="No version yet">It was never saved here; the first save makes version 1.</Nothing>;
  const newest = found.find(({ deleted }) => !deleted)?.version;
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
                  <Button variant="link" isInline aria-pressed={shown === one.version} aria-label={`Compare version ${one.version}`}
                    onClick={() => onShow(shown === one.version ? null : one.version)}>Compare</Button>
                )}{' '}
                {!one.deleted && one.version !== newest && !isReadOnly && may('BulkUpload') && (
                  <Button variant="link" isInline aria-label={`Roll back to version ${one.version}`} onClick={() => setBack(one.version)}>Roll back</Button>
                )}
              </Td>
            </Tr>
          ))}
        </Tbody>
      </Table>
      <More query={versions} shown={found.length} what={found.length === 1 ? 'version' : 'versions'} />
      {shown !== null && <Compared work={work} version={shown} />}
      {back !== null && (
        <FormDialog title={`Roll back to version ${back}`} submit="Roll back" size="small" failed="Nothing was rolled back"
          onClose={() => setBack(null)} onSubmit={() => goBack(back)}>
          <p>
            What it was in version {back} becomes its newest version, and counts at once.
            {work.isChanged && ' What you changed here and did not save is replaced.'}
          </p>
        </FormDialog>
      )}
    </>
  );
}

function Compared({ work, version }: { work: Work; version: number }) {
  const then = useQuery(versionQuery(work.id, version));
  const labels = { beforeLabel: `Version ${version}`, afterLabel: work.isChanged ? 'As it stands here, not saved' : 'As it is now' };
  return (
    <Loaded query={then} what={`Version ${version}`}>
      {({ yaml, python }) => (
        <>
          <Title headingLevel="h2" size="md" className="section-title">YAML</Title>
          <CodeDiff language="yaml" before={yaml} after={work.texts.yaml} {...labels} />
          {(python || work.texts.python !== null) && (
            <>
              <Title headingLevel="h2" size="md" className="section-title">Python</Title>
              <CodeDiff language="python" before={python?.text ?? ''} after={work.texts.python ?? ''} {...labels} />
            </>
          )}
        </>
      )}
    </Loaded>
  );
}
