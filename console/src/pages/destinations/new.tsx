// A new destination of a type, empty or as a copy of another.
import { Alert } from '@patternfly/react-core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { useRef, useState } from 'react';
import { createDestination, destinationQuery, typesQuery, type DestinationType } from '../../api/destinations';
import type { Destination } from '../../api/types';
import { useSay } from '../../app/notices';
import { useMay } from '../../app/session';
import { Loaded, Waiting } from '../../parts/loaded';
import { Nothing } from '../../parts/nothing';
import { PageFrame } from '../../parts/page';
import { Refused } from '../refused';
import { draftOf, shapeOf } from './draft';
import { DestinationEditor } from './form';
import { GuideLink } from './guide-link';

export function NewDestinationPage() {
  const { type } = useParams({ from: '/shell/destinations/new/$type' });
  const { from } = useSearch({ from: '/shell/destinations/new/$type' });
  const types = useQuery(typesQuery);
  const source = useQuery({ ...destinationQuery(from ?? ''), enabled: from !== undefined, staleTime: Infinity });
  const may = useMay();
  if (!may('DestinationModify')) return <Refused needs={['DestinationModify']} />;
  return (
    <Loaded query={types} what="The types of destinations">
      {({ results }) => {
        const found = results.find((one) => one.type === type);
        if (!found) return <Nothing title="No such type">The catalogue has all types of destinations.</Nothing>;
        if (from === undefined) return <Maker key={type} type={found} from={null} />;
        // What it was copied from may be gone; then it begins empty.
        if (source.isPending) return <Waiting what="the destination" />;
        return <Maker key={`${type} ${from}`} type={found} from={source.data?.value ?? null} />;
      }}
    </Loaded>
  );
}

function Maker({ type, from }: { type: DestinationType; from: Destination | null }) {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const say = useSay();
  const made = useRef<Destination | null>(null);
  const [shape] = useState(() => shapeOf(type, null));
  const [start] = useState(() => draftOf(shape, from, from !== null));
  return (
    <PageFrame title={`Add ${type.label}`} about={type.description} actions={<GuideLink type={type} />}>
      {from && (
        <Alert isInline variant="info" title={`A copy of ${from.displayName}`} className="above">
          Secrets are not copied: give them again.
        </Alert>
      )}
      <DestinationEditor shape={shape} start={start} isNew testId={null}
        onSave={async (form) => { made.current = await createDestination(form); }}
        onSaved={() => {
          void queries.invalidateQueries({ queryKey: ['destinations'] });
          say(`Saved: ${made.current?.displayName ?? type.label}`);
          void navigate({ to: '/destinations/$id', params: { id: made.current?.id ?? '' } });
        }}
        onCancel={() => void navigate({ to: '/destinations/new' })} />
    </PageFrame>
  );
}
