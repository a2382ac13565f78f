// A new HTTP source, step by step: each step has an address of its own, and going back loses nothing.
import { ActionGroup, Button, Form, ProgressStep, ProgressStepper } from '@patternfly/react-core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { createSource, renewSources } from '../../api/intake';
import { STEPS, type NewSourceSearch, type Step } from '../../app/searches-intake';
import { useMay } from '../../app/session';
import { Failure } from '../../parts/failure';
import { PageFrame } from '../../parts/page';
import { Refused } from '../refused';
import { formOf, freshSecret, lacking, usualHeader, type Draft } from './draft';
import { NameFields, RecordFields, SenderFields } from './fields';
import { Sending } from './sending';

const TITLES: Record<Step, string> = { name: 'Name and log types', records: 'Records', senders: 'Senders', send: 'Send' };

export function NewSourcePage() {
  const may = useMay();
  return may('LogSourceModify') ? <Steps /> : <Refused needs={['LogSourceModify']} />;
}

function begin({ label, types, stream, path, auth, header, user, algorithm }: NewSourceSearch): Draft {
  const method = auth ?? 'Bearer';
  return {
    label: label ?? '', types: types ?? [], stream: stream ?? 'Auto', path: path ?? '', method,
    header: header ?? usualHeader(method), user: user ?? '', algorithm: algorithm ?? 'sha256', secret: freshSecret(),
  };
}

function Steps() {
  const search = useSearch({ from: '/shell/log-sources/new' });
  const navigate = useNavigate({ from: '/log-sources/new' });
  const queries = useQueryClient();
  const [draft, setDraft] = useState(() => begin(search));
  /** The source that was made here; after a reload its secret is not known any more. */
  const [made, setMade] = useState<string | null>(null);
  const step: Step = search.id ? 'send' : search.step === 'send' ? 'senders' : search.step ?? 'name';
  const { label, types, stream, path, method, header, user, algorithm } = draft;
  const said = JSON.stringify({ label, types, stream, path, method, header, user, algorithm });
  useEffect(() => {
    // The address has all but the secret, so that a reload and the way back lose nothing.
    const shown: NewSourceSearch = {
      label: label || undefined, types: types.length > 0 ? types : undefined, stream, path: path || undefined, auth: method,
      header: method === 'SharedSecret' || method === 'HMAC' ? header : undefined, user: user || undefined,
      algorithm: method === 'HMAC' ? algorithm : undefined,
    };
    void navigate({ search: ({ step: at, id }) => ({ step: at, ...shown, id }), replace: true });
  }, [said]);
  const goTo = (next: Step) => void navigate({ search: (old) => ({ ...old, step: next }) });
  const making = useMutation({
    mutationFn: () => createSource(formOf(draft)),
    onSuccess: async ({ integrationId }) => {
      setMade(integrationId);
      renewSources(queries);
      await navigate({ search: (old) => ({ ...old, step: 'send', id: integrationId }) });
    },
  });
  const at = STEPS.indexOf(step);
  const missing = step === 'name' ? (lacking({ ...draft, method: 'None' }, true)) : lacking(draft, false);
  const change = (part: Partial<Draft>) => setDraft((old) => ({ ...old, ...part }));
  return (
    <PageFrame title="A new log source" about={`Step ${at + 1} of ${STEPS.length}: ${TITLES[step]}`}>
      <ProgressStepper isCompact aria-label="Steps" className="above">
        {STEPS.map((one, index) => (
          <ProgressStep key={one} id={`step-${one}`} titleId={`step-${one}-title`} variant={index < at ? 'success' : index === at ? 'info' : 'pending'}
            isCurrent={index === at} aria-label={`${TITLES[one]}: ${index < at ? 'done' : index === at ? 'now' : 'later'}`}>
            {TITLES[one]}
          </ProgressStep>
        ))}
      </ProgressStepper>
      {search.id ? <Sending id={search.id} draft={search.id === made ? draft : { ...draft, secret: '' }} /> : (
        <Form key={step} className="narrow" onSubmit={(event) => {
          event.preventDefault();
          if (missing || making.isPending) return;
          if (step === 'senders') making.mutate();
          else goTo(STEPS[at + 1] ?? 'senders');
        }}>
          {making.isError && <Failure title="The source was not made" thrown={making.error} />}
          {step === 'name' && <NameFields draft={draft} onChange={change} />}
          {step === 'records' && <RecordFields draft={draft} onChange={change} />}
          {step === 'senders' && <SenderFields draft={draft} onChange={change} />}
          {missing && <p className="subtle" aria-live="polite">{missing}.</p>}
          <ActionGroup>
            <Button type="submit" isDisabled={missing !== null || making.isPending} isLoading={making.isPending}>
              {step === 'senders' ? 'Make the source' : 'Next'}
            </Button>
            {at > 0 && <Button variant="secondary" onClick={() => goTo(STEPS[at - 1] ?? 'name')}>Back</Button>}
            <Button variant="link" onClick={() => void navigate({ to: '/log-sources' })}>Cancel</Button>
          </ActionGroup>
        </Form>
      )}
    </PageFrame>
  );
}
