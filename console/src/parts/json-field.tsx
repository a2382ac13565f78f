// One field of an event: its name, its value, and when it is chosen, what can be copied of it.
import { Button } from '@patternfly/react-core';
import { useState } from 'react';
import { toJson } from '../api/exact-json';
import { JsonValue } from './json-value';

type Props = { path: string; value: unknown; name: string; onCopy: (text: string, what: string) => void };

export function FieldLine({ path, value, name, onCopy }: Props) {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <button type="button" className="json-field" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}
        aria-label={`What can be copied of ${path}`}>
        <span className="json-name">{name}: </span>
      </button>
      <JsonValue value={value} />
      {isOpen && (
        <span className="json-copies">
          <Button variant="link" size="sm" isInline onClick={() => onCopy(typeof value === 'string' ? value : toJson(value), 'the value')}>Copy the value</Button>
          <Button variant="link" size="sm" isInline onClick={() => onCopy(path, path)}>Copy the path</Button>
        </span>
      )}
    </>
  );
}
