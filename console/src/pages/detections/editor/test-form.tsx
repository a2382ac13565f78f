// A unit test as a form: name, what is expected, the event, and what is put in place of functions.
import { Form, FormGroup } from '@patternfly/react-core';
import { useEffect, useState } from 'react';
import { toJson } from '../../../api/exact-json';
import { CodeEditor } from '../../../parts/code';
import { Field } from '../../../parts/field';
import { Select } from '../../../parts/select';
import { fromJson } from './json';
import { KINDS } from './kinds';
import { Mocks } from './mocks';
import { expectation } from './test-card';
import { isSame } from './values';
import type { Work } from './work';
import { mapsOf, textOf, type Values } from './yaml-read';

type Props = { work: Work; test: Values; index: number; isReadOnly: boolean };

const LABELS = { Log: 'Event (JSON)', Resource: 'Resource (JSON)', RuleOutputs: 'What its rules found (JSON)' };

export function TestForm({ work, test, index, isReadOnly }: Props) {
  const key = KINDS[work.kind].testKey ?? 'Log';
  const path = ['Tests', index] as const;
  return (
    <Form onSubmit={(event) => event.preventDefault()} className="test-form">
      <Field id={`test-${index}-name`} label="Name" value={textOf(test, 'Name')} isReadOnly={isReadOnly}
        onChange={(name) => work.edit([...path, 'Name'], name)} />
      <Select id={`test-${index}-expected`} label="Expected" value={String(test['ExpectedResult'] === true) as 'true' | 'false'}
        isDisabled={isReadOnly} options={[['true', `True: ${expectation(work, true)}`], ['false', `False: ${expectation(work, false)}`]]}
        onChange={(word) => work.edit([...path, 'ExpectedResult'], word === 'true')} />
      <FormGroup label={LABELS[key]}>
        <JsonValue work={work} label={`${LABELS[key]} of test ${index + 1}`} value={test[key]} isReadOnly={isReadOnly}
          onChange={(value) => work.edit([...path, key], value)} />
      </FormGroup>
      {KINDS[work.kind].hasPython && (
        <Mocks mocks={mapsOf(test['Mocks'])} id={`test-${index}-mock`} isReadOnly={isReadOnly}
          onEdit={(place, value) => work.edit([...path, 'Mocks', ...place], value)} />
      )}
    </Form>
  );
}

type JsonProps = { work: Work; label: string; value: unknown; isReadOnly: boolean; onChange: (value: unknown) => void };

/** What is typed may be no JSON for a while; it goes into the YAML when it is. */
function JsonValue({ work, label, value, isReadOnly, onChange }: JsonProps) {
  const [text, setText] = useState(() => work.typed[label] ?? toJson(value ?? {}, false));
  const wrong = work.typed[label] !== undefined;
  useEffect(() => {
    // The YAML was changed elsewhere, for example under Code.
    const typed = fromJson(text);
    if (!wrong && (typed.problem !== null || !isSame(typed.value, value ?? {}))) setText(toJson(value ?? {}, false));
  }, [value]);
  return (
    <>
      <CodeEditor label={label} language="json" isSmall value={text} isReadOnly={isReadOnly}
        onChange={(next) => {
          setText(next);
          const typed = fromJson(next);
          work.setTyped(label, typed.problem === null ? null : next);
          if (typed.problem === null) onChange(typed.value);
        }} />
      {wrong && <p role="status" className="small">This is no JSON yet. It is not saved like that.</p>}
    </>
  );
}
