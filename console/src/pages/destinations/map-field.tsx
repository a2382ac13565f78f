// Names with values, such as headers: a row each.
import { Button, FormFieldGroup, FormFieldGroupHeader, TextInput } from '@patternfly/react-core';
import { MASK } from '../../api/destinations';
import type { MapField } from './schema';
import { freshRow, twice, type Row } from './values';

type Props = { field: MapField; rows: Row[]; onChange: (rows: Row[]) => void; wrong: string | null };

export function MapRows({ field, rows, onChange, wrong }: Props) {
  const { path, label, help, isSecret } = field;
  const change = (key: number, next: Partial<Row>) => onChange(rows.map((row) => (row.key === key ? { ...row, ...next } : row)));
  const same = twice(rows);
  const says = wrong ?? (same ? `“${same}” stands here twice; the last one counts` : null);
  return (
    <FormFieldGroup header={<FormFieldGroupHeader titleText={{ text: label, id: `${path}-title` }} titleDescription={help}
      actions={<Button id={path} variant="secondary" size="sm" onClick={() => onChange([...rows, freshRow()])}>Add to {label.toLowerCase()}</Button>} />}>
      {rows.map(({ key, name, value }, index) => (
        <div className="map-row" key={key}>
          <TextInput aria-label={`${label}: name ${index + 1}`} placeholder="Name" value={name}
            readOnlyVariant={value.stored ? 'default' : undefined} onChange={(_event, text) => change(key, { name: text })} />
          {value.state === 'kept'
            ? <TextInput aria-label={`${label}: stored value of ${name}`} value={MASK} readOnlyVariant="default" />
            : <TextInput aria-label={`${label}: value ${index + 1}`} placeholder="Value" type={isSecret ? 'password' : 'text'} autoComplete="off"
              value={value.text} onChange={(_event, text) => change(key, { value: { ...value, text } })} />}
          {value.state === 'kept' && (
            <Button variant="link" aria-label={`Replace: ${name}`} onClick={() => change(key, { value: { ...value, state: 'typed' } })}>Replace</Button>
          )}
          <Button variant="link" aria-label={`Remove: ${name || `row ${index + 1}`}`}
            onClick={() => onChange(rows.filter((row) => row.key !== key))}>
            Remove
          </Button>
        </div>
      ))}
      {says && <p className="field-wrong" id={`${path}-says`} role="status">{says}</p>}
    </FormFieldGroup>
  );
}
