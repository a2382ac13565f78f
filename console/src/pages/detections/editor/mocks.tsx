// What a test puts in place of names of the module: a call of the name gives the value.
import { Button, FormGroup } from '@patternfly/react-core';
import { Field } from '../../../parts/field';
import { fromJson } from './json';
import type { Path } from './values';
import { textOf, type Values } from './yaml-read';

type Props = { mocks: readonly Values[]; id: string; isReadOnly: boolean; onEdit: (path: Path, value: unknown) => void };

export function Mocks({ mocks, id, isReadOnly, onEdit }: Props) {
  return (
    <FormGroup label="Mocks" role="group">
      {mocks.map((mock, index) => (
        <div key={index} className="filters">
          <Field id={`${id}-${index}-name`} label="Function" value={textOf(mock, 'objectName')} isReadOnly={isReadOnly}
            onChange={(name) => onEdit([index, 'objectName'], name)} />
          <Field id={`${id}-${index}-value`} label="Gives" value={textOf(mock, 'returnValue')} isReadOnly={isReadOnly}
            onChange={(text) => onEdit([index, 'returnValue'], valueOf(text, mock['returnValue']))} />
          {!isReadOnly && (
            <Button variant="link" isDanger aria-label={`Remove the mock ${textOf(mock, 'objectName')}`}
              onClick={() => onEdit([index], undefined)}>Remove</Button>
          )}
        </div>
      ))}
      {!isReadOnly && (
        <Button variant="link" isInline onClick={() => onEdit([mocks.length], { objectName: '', returnValue: '' })}>Add a mock</Button>
      )}
      {mocks.length > 0 && (
        <p className="subtle small">The value is a text, but for <code>true</code> and <code>false</code>. Others are written under Code.</p>
      )}
    </FormGroup>
  );
}

/** A text is a text; what was no text before stays none, as long as it can. */
function valueOf(text: string, before: unknown): unknown {
  if (text === 'true' || text === 'false') return text === 'true';
  if (before === undefined || typeof before === 'string' || typeof before === 'boolean') return text;
  const json = fromJson(text);
  return json.problem === null ? json.value : text;
}
