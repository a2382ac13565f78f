// Log types, chosen by looking for them; the order is the one in which they were chosen.
import { Checkbox, FormGroup, FormHelperText, HelperText, HelperTextItem, Label, LabelGroup, TextInput } from '@patternfly/react-core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { schemaListQuery } from '../api/intake';
import { Loaded } from './loaded';

type Props = { id: string; chosen: readonly string[]; onChange: (chosen: string[]) => void; isReadOnly?: boolean };

/** Log types that are listed at once; looking for them shows the others. */
const LISTED_MAX = 30;

export function LogTypePicker({ id, chosen, onChange, isReadOnly = false }: Props) {
  const schemas = useQuery(schemaListQuery);
  const [part, setPart] = useState('');
  const toggle = (name: string, isOn: boolean) => onChange(isOn ? [...chosen, name] : chosen.filter((one) => one !== name));
  return (
    <FormGroup label="Log types" fieldId={`${id}-search`} isRequired role="group">
      {chosen.length > 0 && (
        <LabelGroup aria-label="Chosen log types" numLabels={20} className="above">
          {chosen.map((name) => (
            <Label key={name} {...(isReadOnly ? {} : { onClose: () => toggle(name, false), closeBtnAriaLabel: `Remove ${name}` })}>
              {name}
            </Label>
          ))}
        </LabelGroup>
      )}
      {!isReadOnly && (
        <>
          <TextInput id={`${id}-search`} type="search" value={part} placeholder="Look for a log type"
            aria-describedby={`${id}-says`} onChange={(_event, text) => setPart(text)}
            onKeyDown={(event) => { if (event.key === 'Enter') event.preventDefault(); }} />
          <FormHelperText>
            <HelperText id={`${id}-says`}>
              <HelperTextItem>Each record is tried on them in this order; the first that fits makes the event</HelperTextItem>
            </HelperText>
          </FormHelperText>
          <Loaded query={schemas} what="Log types">
            {({ results }) => {
              const found = results.filter(({ name, isArchived }) => !isArchived && name.toLowerCase().includes(part.trim().toLowerCase()));
              return (
                <div className="picker" role="group" aria-label="Log types that can be chosen" tabIndex={0}>
                  {found.slice(0, LISTED_MAX).map(({ name, description }) => (
                    <Checkbox key={name} id={`${id}-${name}`} label={name} description={description} isChecked={chosen.includes(name)}
                      onChange={(_event, isOn) => toggle(name, isOn)} />
                  ))}
                  {found.length > LISTED_MAX && <p className="subtle small">{found.length - LISTED_MAX} more: type a part of the name</p>}
                  {found.length === 0 && <p className="subtle">No log type has that in its name.</p>}
                </div>
              );
            }}
          </Loaded>
        </>
      )}
    </FormGroup>
  );
}
