// The settings of an HTTP source: all that its steps asked for, on one page.
import { ActionGroup, Alert, Button, Form, Title } from '@patternfly/react-core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useBlocker } from '@tanstack/react-router';
import { useState } from 'react';
import type { Revised } from '../../api/client';
import { httpSourceQuery, renewSources, updateSource, type HttpSource } from '../../api/intake';
import { useSay } from '../../app/notices';
import { useMay } from '../../app/session';
import { CopyField } from '../../parts/copy-field';
import { ShownOnce } from '../../parts/dialog';
import { Failure } from '../../parts/failure';
import { LoadedOnce } from '../../parts/loaded';
import { draftOf, formOf, lacking } from './draft';
import { NameFields, RecordFields, SECRET_WORDS, SenderFields } from './fields';

export function SourceSettings({ id }: { id: string }) {
  // Read of its own: what other parts of the page keep of the source may be older.
  const source = useQuery({ ...httpSourceQuery(id), queryKey: ['http-source-to-edit', id], staleTime: Infinity, gcTime: 0 });
  return (
    <LoadedOnce key={id} query={source} what="The settings">
      {(read) => <Settings read={read} />}
    </LoadedOnce>
  );
}

/** The form begins anew with what was saved here, and with nothing else. */
function Settings({ read }: { read: Revised<HttpSource> }) {
  const [{ base, times }, setMade] = useState({ base: read, times: 0 });
  return <Editor key={times} base={base} onSaved={(saved) => setMade({ base: saved, times: times + 1 })} />;
}

type Props = { base: Revised<HttpSource>; onSaved: (saved: Revised<HttpSource>) => void };

function Editor({ base: { value: source, revision }, onSaved }: Props) {
  const start = draftOf(source);
  const [draft, setDraft] = useState(start);
  const [isShown, setShown] = useState(false);
  const queries = useQueryClient();
  const mayManage = useMay()('LogSourceModify');
  const say = useSay();
  const isReadOnly = !mayManage || source.provisioned;
  const keeps = draft.method === start.method && draft.method !== 'None';
  const isChanged = JSON.stringify(draft) !== JSON.stringify(start);
  const missing = lacking(draft, keeps);
  useBlocker({
    shouldBlockFn: ({ current, next }) => isChanged && !isReadOnly && !(next.pathname === current.pathname && 'tab' in next.search && next.search.tab === 'settings')
      && !window.confirm('Leave without saving what you changed?'),
    enableBeforeUnload: () => isChanged && !isReadOnly,
  });
  const goOn = (saved: Revised<HttpSource>) => {
    onSaved(saved);
    renewSources(queries);
  };
  const saving = useMutation({
    mutationFn: () => updateSource(source.integrationId, formOf(draft), revision),
    onSuccess: (saved) => {
      say(`Saved: ${draft.label.trim()}`);
      if (draft.secret !== '' && draft.method !== 'None') setShown(true);
      else goOn(saved);
    },
  });
  const change = (part: Partial<typeof draft>) =>
    // Back to the method that it has: its secret stays.
    setDraft((old) => ({ ...old, ...part, ...(part.method === start.method ? { secret: '', header: start.header } : {}) }));
  return (
    <Form className="narrow" onSubmit={(event) => { event.preventDefault(); if (!missing && isChanged) saving.mutate(); }}>
      {source.provisioned && <Alert variant="info" isInline title="Declared in the configuration file">Change it there.</Alert>}
      {saving.isError && <Failure title="The source was not changed" thrown={saving.error} />}
      {/* What would be typed now would be replaced by what was saved. */}
      <fieldset className="plain-fieldset" disabled={saving.isPending}>
        <NameFields draft={draft} onChange={change} isReadOnly={isReadOnly} />
        <Title headingLevel="h2" size="lg">Records</Title>
        <RecordFields draft={draft} onChange={change} isReadOnly={isReadOnly} />
        <Title headingLevel="h2" size="lg">Senders</Title>
        <SenderFields draft={draft} onChange={change} isReadOnly={isReadOnly} keeps={keeps} />
      </fieldset>
      {missing && !isReadOnly && <p className="subtle" aria-live="polite">{missing}.</p>}
      {!isReadOnly && (
        <ActionGroup>
          <Button type="submit" isDisabled={missing !== null || !isChanged || saving.isPending} isLoading={saving.isPending}>Save</Button>
          <Button variant="link" isDisabled={!isChanged || saving.isPending} onClick={() => setDraft(start)}>Undo my changes</Button>
        </ActionGroup>
      )}
      {isShown && saving.data && (
        <ShownOnce title="The new secret" onClose={() => goOn(saving.data)}>
          <p className="above">Copy it now: it is shown this one time.</p>
          <CopyField value={draft.secret} label={SECRET_WORDS[draft.method]} />
        </ShownOnce>
      )}
    </Form>
  );
}
