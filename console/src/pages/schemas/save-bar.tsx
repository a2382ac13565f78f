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
import { baseOf, baseOfSaved, formOf, type Base } from './base';
import { readSchema } from './fields';

const CONFLICT = 409;
/** By this it is known elsewhere that a schema is being saved. */
export const SAVING = ['save-schema'];

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
    mutationKey: SAVING,
    mutationFn: () => putSchema(name ?? (readSchema(text)?.name || 'Custom'), formOf(text, base)),
    onSuccess: async (saved) => {
      say(`Saved: ${saved.name}`);
      setTheirs(null);
      if (name === null) {
        isLeaving.current = true;
        void queries.invalidateQueries({ queryKey: schemaListQuery.queryKey });
        await navigate({ to: '/schemas/$name', params: { name: saved.name }, search: { tab: 'text' }, state: { sample } });
      } else {
        // What was typed meanwhile is not saved yet.
        onBase(baseOfSaved(saved));
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
    if (theirs) onBase(baseOf(theirs));
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
