// A moment to choose, in the zone in which moments are shown.
import { FormGroup, TextInput } from '@patternfly/react-core';
import { useStored } from '../app/stored';
import { zone, type Zone } from '../app/time';

type Props = { id: string; label: string; value: string | undefined; onChange: (value: string | undefined) => void };

export function MomentField({ id, label, value, onChange }: Props) {
  const name = useStored(zone);
  return (
    <FormGroup label={name === 'UTC' ? `${label} (UTC)` : label} fieldId={id}>
      <TextInput id={id} type="datetime-local" value={value ? toInput(value, name) : ''}
        onChange={(_event, text) => onChange(text === '' ? undefined : fromInput(text, name))} />
    </FormGroup>
  );
}

/** `2026-03-01T10:00`, as the browser's field has it. */
function toInput(at: string, name: Zone): string {
  const date = new Date(at);
  if (Number.isNaN(date.getTime())) return '';
  const shift = name === 'UTC' ? 0 : date.getTimezoneOffset() * 60_000;
  return new Date(date.getTime() - shift).toISOString().slice(0, 16);
}

function fromInput(text: string, name: Zone): string | undefined {
  const date = new Date(name === 'UTC' ? `${text}Z` : text);
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString().replace('.000Z', 'Z');
}
