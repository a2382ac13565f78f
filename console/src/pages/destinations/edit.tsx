// Changes of a destination that exists.
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate, useParams } from '@tanstack/react-router';
import { useRef, useState } from 'react';
import { destinationQuery, typesQuery, updateDestination, type DestinationType } from '../../api/destinations';
import type { Destination } from '../../api/types';
import { useSay } from '../../app/notices';
import { useMay } from '../../app/session';
import { Loaded, LoadedOnce } from '../../parts/loaded';
import { Nothing } from '../../parts/nothing';
import { PageFrame } from '../../parts/page';
import { Refused } from '../refused';
import { draftOf, shapeOf } from './draft';
import { DestinationEditor } from './form';
import { GuideLink } from './guide-link';

export function EditDestinationPage() {
  const { id } = useParams({ from: '/shell/destinations/$id/edit' });
  const types = useQuery(typesQuery);
  // Read once: what it is made from must not change under the hands of whoever types.
  const destination = useQuery({ ...destinationQuery(id), queryKey: ['destination-to-edit', id], staleTime: Infinity, gcTime: 0 });
  const may = useMay();
  if (!may('DestinationModify')) return <Refused needs={['DestinationModify']} />;
  return (
    <Loaded query={types} what="The types of destinations">
      {({ results }) => (
        <LoadedOnce key={id} query={destination} what="The destination">
          {({ value, revision }) => {
            const type = results.find((one) => one.type === value.type);
            if (!type) return <Nothing title="No such type">This version knows no destinations of type {value.type}.</Nothing>;
            if (value.provisioned) return <OfFile destination={value} />;
            return <Changer type={type} destination={value} revision={revision} />;
          }}
        </LoadedOnce>
      )}
    </Loaded>
  );
}

function OfFile({ destination: { id, displayName } }: { destination: Destination }) {
  return (
    <PageFrame title={displayName}>
      <Nothing title="Declared in the configuration file" action={<Link to="/destinations/$id" params={{ id }}>Look at it</Link>}>
        Change it there, under destinations, then let the server read the file again.
      </Nothing>
    </PageFrame>
  );
}

function Changer({ type, destination, revision }: { type: DestinationType; destination: Destination; revision: string | null }) {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const say = useSay();
  const saved = useRef(destination);
  const [shape] = useState(() => shapeOf(type, destination));
  const [start] = useState(() => draftOf(shape, destination, false));
  const leave = () => {
    // Somebody else may have changed it meanwhile.
    void queries.invalidateQueries({ queryKey: ['destinations'] });
    void navigate({ to: '/destinations/$id', params: { id: destination.id } });
  };
  return (
    <PageFrame title={`Edit ${destination.displayName}`} about={type.label} actions={<GuideLink type={type} />}>
      <DestinationEditor shape={shape} start={start} isNew={false} testId={destination.id}
        onSave={async (form) => { saved.current = await updateDestination(destination.id, form, revision); }}
        onSaved={() => {
          say(`Saved: ${saved.current.displayName}`);
          leave();
        }}
        onCancel={leave} />
    </PageFrame>
  );
}
