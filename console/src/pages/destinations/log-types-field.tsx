// Log types by name: those that a schema makes are suggested, any other can be typed.
import { Button, FormGroup, FormHelperText, HelperText, HelperTextItem, InputGroup, InputGroupItem, Label, LabelGroup, TextInput } from '@patternfly/react-core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { logTypesQuery } from '../../api/destinations';
import { useMay } from '../../app/session';

type Props = { chosen: readonly string[]; onChange: (chosen: string[]) => void; wrong: string | null };

export function LogTypesField({ chosen, onChange, wrong }: Props) {
  const may = useMay();
  const known = useQuery({ ...logTypesQuery, enabled: may('LogSourceRead') });
  const [typed, setTyped] = useState('');
  const add = () => {
    const names = typed.split(/[\s,]+/).filter((name) => name !== '' && !chosen.includes(name));
    if (names.length > 0) onChange([...chosen, ...names]);
    setTyped('');
  };
  return (
    <FormGroup label="Log types" fieldId="logTypes">
      {chosen.length > 0 && (
        <LabelGroup numLabels={20} className="above" aria-label="Chosen log types">
          {chosen.map((name) => (
            <Label key={name} onClose={() => onChange(chosen.filter((one) => one !== name))} closeBtnAriaLabel={`Remove: ${name}`}>{name}</Label>
          ))}
        </LabelGroup>
      )}
      <InputGroup>
        <InputGroupItem isFill>
          <TextInput id="logTypes" value={typed} list="known-log-types" autoComplete="off" aria-describedby="logTypes-says"
            validated={wrong ? 'error' : 'default'} onChange={(_event, text) => setTyped(text)} onBlur={add}
            onKeyDown={(event) => {
              if (event.key !== 'Enter') return;
              event.preventDefault();
              add();
            }} />
          <datalist id="known-log-types">
            {(known.data ?? []).filter((name) => !chosen.includes(name)).map((name) => <option key={name} value={name} />)}
          </datalist>
        </InputGroupItem>
        <InputGroupItem><Button variant="control" onClick={add}>Add</Button></InputGroupItem>
      </InputGroup>
      <FormHelperText>
        <HelperText id="logTypes-says">
          <HelperTextItem variant={wrong ? 'error' : 'default'}>
            {wrong ?? 'Only alerts of these log types, such as Okta.SystemLog; none means all. Counts for rules and their errors.'}
          </HelperTextItem>
        </HelperText>
      </FormHelperText>
    </FormGroup>
  );
}
