// Fields of the settings, one for each kind of key. What is empty is taken out of the YAML.
import { FormGroup, FormHelperText, HelperText, HelperTextItem, Switch, TextArea } from '@patternfly/react-core';
import { Field } from '../../../parts/field';
import { Select } from '../../../parts/select';
import { SEVERITIES, SEVERITY_WORDS } from '../../../parts/severity';
import { ListField } from './list-field';
import type { Work } from './work';
import { listOf, textOf, type Values } from './yaml-read';

export type KeyProps = { work: Work; values: Values; isReadOnly: boolean };
type Named = KeyProps & { name: string; label: string; help?: string };

const idOf = (name: string) => `key-${name}`;

export function Text({ work, values, isReadOnly, name, label, help, isNumber = false }: Named & { isNumber?: boolean }) {
  const value = textOf(values, name);
  const wrong = isNumber && value !== '' && !/^\d+$/.test(value) ? 'A whole number' : null;
  return (
    <Field id={idOf(name)} label={label} value={value} isReadOnly={isReadOnly} help={help} wrong={wrong}
      inputMode={isNumber ? 'numeric' : 'text'}
      onChange={(text) => work.edit([name], text === '' ? undefined : isNumber && /^\d{1,15}$/.test(text) ? Number(text) : text)} />
  );
}

/** A longer text. */
export function Words({ work, values, isReadOnly, name, label, help }: Named) {
  return (
    <FormGroup label={label} fieldId={idOf(name)}>
      <TextArea id={idOf(name)} value={textOf(values, name)} rows={3} autoResize resizeOrientation="vertical"
        readOnlyVariant={isReadOnly ? 'default' : undefined} aria-describedby={help ? `${idOf(name)}-says` : undefined}
        onChange={(_event, text) => work.edit([name], text === '' ? undefined : text)} />
      {help && (
        <FormHelperText><HelperText id={`${idOf(name)}-says`}><HelperTextItem>{help}</HelperTextItem></HelperText></FormHelperText>
      )}
    </FormGroup>
  );
}

/** `otherwise`: what it means when the key is not there. */
export function Bool({ work, values, isReadOnly, name, label, help, otherwise }: Named & { otherwise: boolean }) {
  const value = values[name];
  return (
    <FormGroup fieldId={idOf(name)}>
      <Switch id={idOf(name)} label={label} isChecked={typeof value === 'boolean' ? value : otherwise} isDisabled={isReadOnly}
        onChange={(_event, isOn) => work.edit([name], isOn)} />
      {help && <FormHelperText><HelperText><HelperTextItem>{help}</HelperTextItem></HelperText></FormHelperText>}
    </FormGroup>
  );
}

export function List({ work, values, isReadOnly, name, label, help, options }: Named & { options?: readonly (readonly [string, string])[] }) {
  return (
    <ListField id={idOf(name)} label={label} items={listOf(values[name])} isReadOnly={isReadOnly} {...(help ? { help } : {})}
      {...(options ? { options } : {})} onChange={(items) => work.editList([name], items)} />
  );
}

export function SeverityKey({ work, values, isReadOnly }: KeyProps) {
  const value = textOf(values, 'Severity');
  const known = SEVERITIES.find((severity) => severity === value.toUpperCase());
  const options: (readonly [string, string])[] = SEVERITIES.map((severity) => [severity, SEVERITY_WORDS[severity]]);
  return (
    <Select id={idOf('Severity')} label="Severity" value={known ?? value} isDisabled={isReadOnly}
      options={known ? options : [[value, value === '' ? 'Not said' : value], ...options]}
      // The files have `High`, not `HIGH`.
      onChange={(word) => work.edit(['Severity'], SEVERITY_WORDS[word as keyof typeof SEVERITY_WORDS] ?? word)} />
  );
}
