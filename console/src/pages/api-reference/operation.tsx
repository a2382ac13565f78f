// One operation: what it does, who may call it, what it takes, what it answers.
import { Label, Title } from '@patternfly/react-core';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { useEffect, useRef } from 'react';
import type { Content, OpenApi, Operation, Parameter } from '../../api/openapi';
import { CopyField } from '../../parts/copy-field';
import { CopyText } from '../../parts/copy-text';
import { curlOf } from './curl';
import { callers, type Entry, type Method } from './operations';
import { SchemaTree } from './schema';
import { hasInside, kindOf, wordsOf } from './schemas';
import { canTry, TryIt } from './try-it';
import { Words } from '../../parts/words';

const COLOURS = { get: 'blue', post: 'green', put: 'orange', patch: 'orange', delete: 'red' } as const;

export function MethodLabel({ method }: { method: Method }) {
  return <Label isCompact variant="outline" color={COLOURS[method]} className="method">{method.toUpperCase()}</Label>;
}

type Props = { document: OpenApi; entry: Entry; base: string; isFocused: boolean };

export function OperationView({ document, entry, base, isFocused }: Props) {
  const { method, path, operation } = entry;
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (isFocused) heading.current?.focus();
  }, [isFocused]);
  const link = `${window.location.origin}/console/settings/api?operation=${encodeURIComponent(entry.id)}`;
  return (
    <article aria-labelledby="operation-title">
      <Title headingLevel="h2" size="xl" id="operation-title" ref={heading} tabIndex={-1} className="breakable">
        <MethodLabel method={method} /> <code>{path}</code>
      </Title>
      {operation.deprecated && <Label color="orange" isCompact>Deprecated</Label>}
      <p className="below breakable"><Words text={operation.summary} /></p>
      {operation.description && <p className="pre"><Words text={operation.description} /></p>}
      <p className="subtle small below">{callers(operation)}</p>
      <Parameters document={document} parameters={operation.parameters ?? []} />
      <Bodies document={document} operation={operation} />
      <Answers document={document} operation={operation} />
      <Title headingLevel="h3" size="lg" className="section-title">As a command</Title>
      <CopyText text={curlOf(document, entry, base)} label="the command" />
      {canTry(entry) && <TryIt key={entry.id} document={document} entry={entry} />}
      <Title headingLevel="h3" size="lg" className="section-title">Link to this operation</Title>
      <CopyField value={link} label="Link to this operation" />
    </article>
  );
}

function Parameters({ document, parameters }: { document: OpenApi; parameters: Parameter[] }) {
  if (parameters.length === 0) return null;
  return (
    <>
      <Title headingLevel="h3" size="lg" className="section-title">Parameters</Title>
      <Table variant="compact" aria-label="Parameters">
        <Thead><Tr><Th>Name</Th><Th>Value</Th><Th>Meaning</Th></Tr></Thead>
        <Tbody>
          {parameters.map(({ name, in: where, required, description, schema = {} }) => (
            <Tr key={`${where} ${name}`}>
              <Td dataLabel="Name" modifier="fitContent">
                <code>{name}</code><div className="subtle small">{where}{required && ', required'}</div>
              </Td>
              <Td dataLabel="Value">{kindOf(document, schema)}<Choices words={wordsOf(document, schema.items ?? schema)} /></Td>
              <Td dataLabel="Meaning" modifier="breakWord"><Words text={description} /></Td>
            </Tr>
          ))}
        </Tbody>
      </Table>
    </>
  );
}

function Choices({ words }: { words: unknown[] }) {
  if (words.length === 0) return null;
  return <div className="small">{words.map((word) => <code key={String(word)} className="word">{String(word)} </code>)}</div>;
}

function Bodies({ document, operation }: { document: OpenApi; operation: Operation }) {
  if (!operation.requestBody?.content) return null;
  return (
    <>
      <Title headingLevel="h3" size="lg" className="section-title">Body</Title>
      <p><Words text={operation.requestBody.description} /></p>
      <Contents document={document} content={operation.requestBody.content} isOpen />
    </>
  );
}

function Answers({ document, operation }: { document: OpenApi; operation: Operation }) {
  return (
    <>
      <Title headingLevel="h3" size="lg" className="section-title">Answers</Title>
      {Object.entries(operation.responses).map(([status, { description, content }]) => (
        <div key={status} className="answer">
          <Label isCompact color={status < '300' ? 'green' : 'grey'}>{status}</Label> <Words text={description} />
          {content && <Contents document={document} content={content} isOpen={status < '300'} />}
        </div>
      ))}
    </>
  );
}

function Contents({ document, content, isOpen }: { document: OpenApi; content: Content; isOpen: boolean }) {
  return (
    <>
      {Object.entries(content).map(([kind, { schema = {} }]) => (
        <details key={kind} className="schema-line" open={isOpen && hasInside(document, schema)}>
          <summary><code>{kindOf(document, schema)}</code> <span className="subtle small">{kind}</span></summary>
          <div className="json-children"><SchemaTree document={document} schema={schema} /></div>
        </details>
      ))}
    </>
  );
}
