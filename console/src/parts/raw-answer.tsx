// What the server answered, as it came: status, time and size first, then what is in it.
import { Label } from '@patternfly/react-core';
import { useMemo, type ReactNode } from 'react';
import { readExact } from '../api/exact-json';
import type { RawAnswer } from '../api/raw';
import { JsonTree } from './json-tree';

/** Longer texts are cut on the page. */
const CHARACTERS_SHOWN = 100_000;

export function AnswerHead({ answer, children }: { answer: RawAnswer; children?: ReactNode }) {
  const { status, statusText, ms, bytes } = answer;
  const color = status < 300 ? 'green' : status < 500 ? 'orange' : 'red';
  return (
    <p role="status" className="answer-head">
      <Label color={color} isCompact>{`${status} ${statusText}`.trim()}</Label>
      <span className="subtle small"> {Math.round(ms)} ms, {sizeOf(bytes)}</span> {children}
    </p>
  );
}

/** The body: a tree when it is JSON, else text, else what it is. */
export function AnswerBody({ answer, opensTo = 3 }: { answer: RawAnswer; opensTo?: number }) {
  const kind = answer.headers.find(([name]) => name === 'content-type')?.[1] ?? '';
  const isJson = /json/.test(kind) && !answer.isCut;
  // Once for each answer: it may be long, and is drawn again with whatever changes beside it.
  const value = useMemo(() => (isJson ? jsonOf(answer.text) : undefined), [isJson, answer.text]);
  if (answer.isCut) return <p>The answer is larger than the console shows. Ask for less of it, or take it with the command above.</p>;
  if (answer.text === '') return <p className="subtle">There is nothing in it.</p>;
  if (value !== undefined) return <div className="json"><JsonTree value={value} opensTo={opensTo} /></div>;
  if (!/^text\/|json|xml/.test(kind)) return <p className="subtle">It is {sizeOf(answer.bytes)} of {kind || 'an unknown kind'}.</p>;
  const isLong = answer.text.length > CHARACTERS_SHOWN;
  return (
    <>
      <pre className="pre small">{answer.text.slice(0, CHARACTERS_SHOWN)}</pre>
      {isLong && <p className="subtle">The first {CHARACTERS_SHOWN} characters are shown.</p>}
    </>
  );
}

/** The value of a JSON text; `undefined` when it is none. */
export function jsonOf(text: string): unknown {
  try {
    return readExact(text);
  } catch {
    return undefined;
  }
}

function sizeOf(bytes: number): string {
  return bytes < 1024 ? `${bytes} bytes` : `${(bytes / 1024).toFixed(1)} KiB`;
}
