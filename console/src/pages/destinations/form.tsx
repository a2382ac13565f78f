// The form of a destination, made from its type's description: what it needs, what it gets, how it is sent.
import { ActionGroup, Button, Checkbox, Form, Title } from '@patternfly/react-core';
import { useMutation } from '@tanstack/react-query';
import { useBlocker } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';
import { ALERT_TYPES, testForm, type DestinationForm } from '../../api/destinations';
import { problemOf } from '../../api/problem';
import { CheckGroup } from '../../parts/check-group';
import { Failure, sentence } from '../../parts/failure';
import { Field } from '../../parts/field';
import { SEVERITIES, SEVERITY_WORDS } from '../../parts/severity';
import { ConfigFields, type Wrong } from './config-fields';
import { DeliveryFields } from './delivery-fields';
import { fieldNamed, formOfDraft, type Draft, type Shape } from './draft';
import { LogTypesField } from './log-types-field';
import { TestOutcome } from './test-result';
import { WayField } from './way-field';
import { fieldsOfWay } from './ways';

type Props = {
  shape: Shape; start: Draft; isNew: boolean; testId: string | null; onSave: (form: DestinationForm) => Promise<unknown>;
  onSaved: () => void; onCancel: () => void;
};

export function DestinationEditor({ shape, start, isNew, testId, onSave, onSaved, onCancel }: Props) {
  const [draft, setDraft] = useState(start);
  const isLeaving = useRef(false);
  const change = (next: Partial<Draft>) => setDraft((before) => ({ ...before, ...next }));
  const form = formOfDraft(shape, draft);
  const isChanged = JSON.stringify(form) !== JSON.stringify(formOfDraft(shape, start));
  const saving = useMutation({
    mutationFn: () => onSave(form),
    onSuccess: () => {
      isLeaving.current = true;
      onSaved();
    },
  });
  const testing = useMutation({ mutationFn: () => testForm(testId ? { ...form, id: testId } : form) });
  useBlocker({
    shouldBlockFn: () => isChanged && !isLeaving.current && !window.confirm('Leave without saving what you changed?'),
    enableBeforeUnload: () => isChanged && !isLeaving.current,
  });
  const refusal = saving.error ?? testing.error;
  const wrong = wrongOf(refusal, shape);
  const path = wrong?.path;
  useEffect(() => {
    if (path) document.getElementById(path)?.focus();
  }, [path, refusal]);
  const at = (name: string) => (wrong?.path === name ? wrong.message : null);
  const isBusy = saving.isPending || testing.isPending;
  return (
    <Form className="destination-form" noValidate onSubmit={(event) => {
      event.preventDefault();
      testing.reset();
      if (!isBusy) saving.mutate();
    }}>
      {refusal && !wrong && (
        <Failure title={saving.isError ? 'The destination was not saved' : 'No test alert was sent'} thrown={refusal} />
      )}
      <Field id="displayName" label="Name" value={draft.displayName} onChange={(displayName) => change({ displayName })} isRequired
        help="Rules name it by this" wrong={at('displayName')} maxLength={255} autoComplete="off" autoFocus={isNew} />
      {shape.ways.length > 1 && <WayField ways={shape.ways} chosen={draft.way} onChange={(way) => change({ way })} />}
      <ConfigFields fields={fieldsOfWay(shape.fields, shape.ways, draft.way)} values={draft.values} wrong={wrong}
        onChange={(name, value) => setDraft((before) => ({ ...before, values: { ...before.values, [name]: value } }))} />
      <Title headingLevel="h2" size="lg" className="section-title">What it gets</Title>
      <CheckGroup id="severities" label="Severities" options={SEVERITIES.map((one) => [one, SEVERITY_WORDS[one]] as const)} chosen={draft.severities}
        onChange={(severities) => change({ severities })} help="None means: only alerts of rules that name it" wrong={at('severities')} />
      <CheckGroup id="alertTypes" label="Alert types" options={ALERT_TYPES} chosen={draft.alertTypes}
        onChange={(alertTypes) => change({ alertTypes })} help="None means: all but system errors" wrong={at('alertTypes')} />
      <LogTypesField chosen={draft.logTypes} onChange={(logTypes) => change({ logTypes })} wrong={at('logTypes')} />
      <Checkbox id="manualDispatch" label="Alerts may be sent to it by hand" isChecked={draft.manualDispatch}
        onChange={(_event, manualDispatch) => change({ manualDispatch })} />
      <Checkbox id="enabled" label="Enabled" description="A disabled destination gets nothing" isChecked={draft.enabled}
        onChange={(_event, enabled) => change({ enabled })} />
      <DeliveryFields delivery={draft.delivery} onChange={(delivery) => change({ delivery })} wrong={wrong} />
      <div aria-live="polite">{testing.data && <TestOutcome result={testing.data} />}</div>
      <ActionGroup>
        <Button type="submit" isDisabled={isBusy || (!isNew && !isChanged)} isLoading={saving.isPending}>Save</Button>
        <Button variant="secondary" isDisabled={isBusy} isLoading={testing.isPending}
          onClick={() => { saving.reset(); testing.mutate(); }}>
          Send test alert
        </Button>
        <Button variant="link" onClick={onCancel}>Cancel</Button>
      </ActionGroup>
    </Form>
  );
}

/** The message without the field that it begins with: it stands beside that. */
function withoutKey(message: string, path: string): string {
  const rest = message.startsWith(`\`${path}\`: `) ? message.slice(path.length + 4) : message;
  return rest.replace(/^`` /, 'an empty text ');
}

/** The field that a refusal is about; a conflict with somebody's change is about all of it. */
function wrongOf(thrown: unknown, shape: Shape): Wrong {
  if (!thrown) return null;
  const { status, message } = problemOf(thrown);
  const path = status === 400 || status === 409 ? fieldNamed(message, shape) : null;
  if (path) return { path, message: sentence(withoutKey(message, path)) };
  const isTaken = status === 409 && /\bname\b/.test(message);
  return isTaken ? { path: 'displayName', message: sentence(message) } : null;
}
