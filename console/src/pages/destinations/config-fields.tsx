// The fields of a type's own settings, as its JSON Schema describes them.
import { Button, Checkbox, FormFieldGroup, FormFieldGroupHeader } from '@patternfly/react-core';
import { Field } from '../../parts/field';
import { LongField } from '../../parts/long-field';
import { Select } from '../../parts/select';
import { MapRows } from './map-field';
import type { ConfigField, GroupField } from './schema';
import { SecretField } from './secret-field';
import { isFilled, type Group, type Row, type Secret, type Value, type Values } from './values';

export type Wrong = { path: string; message: string } | null;

type Props = {
  fields: readonly ConfigField[]; values: Values; wrong: Wrong; onChange: (path: string, value: Value) => void;
};

export function ConfigFields({ fields, values, wrong, onChange }: Props) {
  return fields.map((field) => (
    <OneField key={field.path} field={field} values={values} wrong={wrong} onChange={onChange} />
  ));
}

function OneField({ field, values, wrong, onChange }: Omit<Props, 'fields'> & { field: ConfigField }) {
  const { path, label, help, isRequired } = field;
  const value = values[path];
  const says = wrong?.path === path ? wrong.message : null;
  const change = (next: Value) => onChange(path, next);
  switch (field.kind) {
    case 'group': return <SettingsGroup field={field} group={value as Group} values={values} wrong={wrong} onChange={onChange} />;
    case 'map': return <MapRows field={field} rows={value as Row[]} onChange={change} wrong={says} />;
    case 'list': return (
      <LongField id={path} label={label} value={String(value)} onChange={change} wrong={says} isRequired={isRequired}
        help={`${help ? `${help} ` : ''}One a line.`} />
    );
    case 'switch': return (
      <Checkbox id={path} label={label} description={says ?? help} isChecked={value === true}
        onChange={(_event, isOn) => change(isOn)} />
    );
    case 'choice': {
      const words = isRequired || field.preset !== '' ? field.options : ['', ...field.options];
      return (
        <Select id={path} label={label} value={String(value)} onChange={change} options={words.map((word) => [word, word || 'As the server says'] as const)}
          {...(says ?? help ? { help: says ?? help ?? '' } : {})} />
      );
    }
    default: return field.isSecret
      ? <SecretField id={path} label={label} help={help} value={value as Secret} onChange={change} wrong={says} isRequired={isRequired} isLong={field.isLong} />
      : field.isLong
        ? <LongField id={path} label={label} help={help} value={String(value)} onChange={change} wrong={says} isRequired={isRequired} rows={4} isCode />
        : <Field id={path} label={label} help={help} value={String(value)} onChange={change} wrong={says} isRequired={isRequired}
          autoComplete="off" {...(field.isNumber ? { inputMode: 'numeric' as const } : {})} />;
  }
}

/** A group that may be left out needs nothing before something of it is there, and is removed as a whole. */
function SettingsGroup({ field, group, values, wrong, onChange }: Omit<Props, 'fields'> & { field: GroupField; group: Group }) {
  const { path, label, help, isRequired } = field;
  const { stored, removed } = group;
  const isAsked = isRequired || isFilled(field, values);
  const fields = isAsked ? field.fields : field.fields.map((one) => ({ ...one, isRequired: false }));
  const word = removed ? 'Keep' : 'Remove';
  const remove = stored && !isRequired && (
    <Button variant="secondary" size="sm" aria-label={`${word}: ${label}`} onClick={() => onChange(path, { stored, removed: !removed })}>{word}</Button>
  );
  return (
    <FormFieldGroup header={<FormFieldGroupHeader titleText={{ text: label, id: `${path}-title` }} titleDescription={help} actions={remove} />}>
      {wrong?.path === path && <p className="field-wrong" id={path} tabIndex={-1} role="status">{wrong.message}</p>}
      {removed
        ? <p className="small subtle" role="status">It is removed when you save</p>
        : <ConfigFields fields={fields} values={values} wrong={wrong} onChange={onChange} />}
    </FormFieldGroup>
  );
}
