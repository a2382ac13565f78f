// A detection that was deleted: by whom and when, what it was, and the way back.
import { Alert } from '@patternfly/react-core';
import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { itemKey, versionsQuery } from '../../../api/editor';
import { useMay } from '../../../app/session';
import { Waiting } from '../../../parts/loaded';
import { Moment } from '../../../parts/moment';
import { PageFrame } from '../../../parts/page';
import { usePeople } from '../../alerts/people';
import { Versions } from './versions';

/** `otherwise` is shown when there never was such a detection. */
export function Deleted({ id, otherwise }: { id: string; otherwise: ReactNode }) {
  const search = useSearch({ from: '/shell/detections/$id' });
  const navigate = useNavigate({ from: '/detections/$id' });
  const versions = useInfiniteQuery({ ...versionsQuery(id), staleTime: 0 });
  const queries = useQueryClient();
  const people = usePeople();
  const may = useMay();
  if (versions.isPending) return <Waiting what="versions" />;
  const last = versions.data?.pages[0]?.results[0];
  if (!last?.deleted) return otherwise;
  const who = people.nameOf(last.createdBy);
  return (
    <PageFrame title={id} about={<>Deleted <Moment at={last.createdAt} isRelative />{who && ` by ${who}`}</>}>
      <Alert variant="info" isInline title="It was deleted, and does not run" className="above">
        {may('RuleModify', 'BulkUpload') ? 'Roll back to one of its versions to bring it back.' : 'What it was in its versions can still be read.'}
      </Alert>
      <Versions id={id} now={null} isChanged={false} hasWayBack={may('RuleModify')} shown={search.version ?? null}
        onShow={(version) => void navigate({ search: { tab: 'versions', ...(version === null ? {} : { version }) }, replace: true })}
        onBack={() => queries.refetchQueries({ queryKey: itemKey(id), exact: true }, { throwOnError: true })} />
    </PageFrame>
  );
}
