// Asks an operation that only reads, with the session that is open, and shows what came.
import { ActionGroup, Button, Form, Title } from '@patternfly/react-core';
import { useMutation } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { askRaw } from '../../api/raw';
import { search } from '../../api/client';
import type { OpenApi, Parameter } from '../../api/openapi';
import { Failure } from '../../parts/failure';
import { Field } from '../../parts/field';
import { AnswerBody, AnswerHead } from '../../parts/raw-answer';
import { Select } from '../../parts/select';
import type { Entry } from './operations';
import { follow, kindOf, wordsOf } from './schemas';

/** Headers that say something about the answer. */
const SHOWN = ['content-type', 'content-disposition', 'etag', 'last-modified', 'retry-after', 'cache-control', 'link', 'location'];

/** Whether an operation reads, and answers with something that a page can show. */
export function canTry({ method, operation }: Entry): boolean {
  const answer = operation.responses['200'];
  const isStream = Object.keys(answer?.content ?? {}).some((kind) => kind.startsWith('text/event-stream'));
  return method === 'get' && answer !== undefined && !isStream && !operation.parameters?.some((one) => one.in === 'header' && one.required);
}

export function TryIt({ document, entry }: { document: OpenApi; entry: Entry }) {
  const [typed, setTyped] = useState<Record<string, string>>({});
  const running = useRef<AbortController | null>(null);
  const parameters = entry.operation.parameters?.filter((one) => one.in === 'path' || one.in === 'query') ?? [];
  const missing = parameters.filter((one) => one.required && !typed[one.name]);
  const asking = useMutation({
    mutationFn: () => {
      running.current = new AbortController();
      return askRaw('GET', addressOf(document, entry.path, parameters, typed), { signal: running.current.signal });
    },
  });
  const answer = asking.data;
  return (
    <section>
      <Title headingLevel="h3" size="lg" className="section-title">Try it</Title>
      <Form isHorizontal className="try-it" onSubmit={(event) => { event.preventDefault(); if (missing.length === 0) asking.mutate(); }}>
        {parameters.map((one) => (
          <Input key={`${one.in} ${one.name}`} document={document} parameter={one} value={typed[one.name] ?? ''}
            onChange={(value) => setTyped((old) => ({ ...old, [one.name]: value }))} />
        ))}
        <ActionGroup>
          <Button type="submit" variant="secondary" isDisabled={missing.length > 0 || asking.isPending} isLoading={asking.isPending}>Ask the server</Button>
          {asking.isPending && <Button variant="link" onClick={() => running.current?.abort()}>Cancel</Button>}
        </ActionGroup>
      </Form>
      {asking.isError && <Failure title="There is no answer" thrown={asking.error} />}
      {answer && (
        <div className="below" aria-label="Answer" role="group">
          <AnswerHead answer={answer} />
          <dl className="headers small">
            {answer.headers.filter(([name]) => SHOWN.includes(name)).map(([name, value]) => (
              <div key={name}><dt>{name}</dt><dd className="breakable">{value}</dd></div>
            ))}
          </dl>
          <AnswerBody answer={answer} />
        </div>
      )}
    </section>
  );
}

type InputProps = { document: OpenApi; parameter: Parameter; value: string; onChange: (value: string) => void };

function Input({ document, parameter, value, onChange }: InputProps) {
  const { name, schema = {}, required = false, description } = parameter;
  const id = `try-${parameter.in}-${name}`;
  const { schema: found } = follow(document, schema);
  const words = wordsOf(document, schema).map(String);
  const isYesNo = found.type === 'boolean';
  if (words.length > 0 || isYesNo) {
    const options = (isYesNo ? ['true', 'false'] : words).map((word) => [word, word] as const);
    return <Select id={id} label={name} value={value} options={[['', 'not said'], ...options]} onChange={onChange} />;
  }
  const help = found.items ? `${kindOf(document, schema)}, separated by commas` : description ?? kindOf(document, schema);
  return <Field id={id} label={name} value={value} onChange={onChange} isRequired={required} help={help} autoComplete="off" />;
}

function addressOf(document: OpenApi, path: string, parameters: Parameter[], typed: Record<string, string>): string {
  const isList = ({ schema = {} }: Parameter) => follow(document, schema).schema.items !== undefined;
  const query = Object.fromEntries(parameters.filter((one) => one.in === 'query').map((one) => {
    const text = typed[one.name] ?? '';
    return [one.name, isList(one) ? text.split(',').map((part) => part.trim()).filter((part) => part !== '') : text];
  }));
  return path.replace(/\{([^}]+)\}/g, (_all, name: string) => encodeURIComponent(typed[name] ?? '')) + search(query);
}
