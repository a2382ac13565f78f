// Saving the text of a custom schema. Somebody else's change in between is shown beside one's own, and nothing is lost.
import { ActionGroup, Button } from '@patternfly/react-core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useBlocker, useNavigate } from '@tanstack/react-router';
import { useRef, useState } from 'react';
import { putSchema, schemaListQuery, schemaQuery, type KnownSchema } from '../../api/intake';
import { problemOf } from '../../api/problem';
import { useSay } from '../../app/notices';
import { CodeDiff } from '../../parts/code';
import { Failure } from '../../parts/failure';
import { readSchema } from './fields';

const CONFLICT = 409;

export type Base = { spec: string; revision: number };
type Props = { text: string; base: Base; onBase: (base: Base) => void; name: string | null; sample: string };

export function SaveBar({ text, base, onBase, name, sample }: Props) {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const say = useSay();
  const [theirs, setTheirs] = useState<KnownSchema | null>(null);
  const isLeaving = useRef(false);
  const isChanged = text !== base.spec;
  useBlocker({
    shouldBlockFn: ({ current, next }) => isChanged && !isLeaving.current && current.pathname !== next.pathname
      && !window.confirm('Leave without saving what you changed?'),
    enableBeforeUnload: () => isChanged && !isLeaving.current,
  });
  const saving = useMutation({
    mutationFn: () => {
      const read = readSchema(text);
      return putSchema(name ?? (read?.name || 'Custom'), {
        spec: text, revision: base.revision, description: read?.description ?? '', referenceURL: read?.referenceURL ?? '',
        isFieldDiscoveryEnabled: read?.isFieldDiscoveryEnabled ?? false,
      });
    },
    onSuccess: async (saved) => {
      say(`Saved: ${saved.name}`);
      setTheirs(null);
      if (name === null) {
        isLeaving.current = true;
        void queries.invalidateQueries({ queryKey: schemaListQuery.queryKey });
        await navigate({ to: '/schemas/$name', params: { name: saved.name }, search: { tab: 'text' }, state: { sample } });
      } else {
        onBase({ spec: text, revision: saved.revision });
        await queries.invalidateQueries({ queryKey: schemaListQuery.queryKey });
      }
    },
    onError: async (thrown) => {
      const isConflict = name !== null && problemOf(thrown).status === CONFLICT;
      setTheirs(isConflict ? await queries.fetchQuery({ ...schemaQuery(name), staleTime: 0 }).catch(() => null) : null);
    },
  });
  // What is there now has been seen; the next save is made from it.
  const takeNote = () => {
    if (theirs) onBase({ spec: theirs.spec, revision: theirs.schema.revision });
    setTheirs(null);
    saving.reset();
  };
  return (
    <div className="below">
      {saving.isError && <Failure title={theirs ? 'Somebody else was first' : 'The schema was not saved'} thrown={saving.error} />}
      {theirs && (
        <>
          <CodeDiff before={theirs.spec} after={text} language="yaml" beforeLabel="As it is now" afterLabel="As you have it" />
          <p>Your text is as you left it. Take over what you want of the other one, then save again.</p>
          <Button variant="secondary" onClick={takeNote}>Go on with mine</Button>
        </>
      )}
      <ActionGroup className="below">
        <Button isDisabled={(!isChanged && name !== null) || saving.isPending || theirs !== null} isLoading={saving.isPending}
          onClick={() => saving.mutate()}>Save</Button>
      </ActionGroup>
    </div>
  );
}
