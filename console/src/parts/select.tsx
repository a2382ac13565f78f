// One of a few, in a form.
import { FormGroup, FormHelperText, FormSelect, FormSelectOption, HelperText, HelperTextItem } from '@patternfly/react-core';

type Props<T extends string> = {
  id: string; label: string; value: T; options: readonly (readonly [T, string])[]; onChange: (value: T) => void;
  help?: string; isDisabled?: boolean;
};

export function Select<T extends string>({ id, label, value, options, onChange, help, isDisabled = false }: Props<T>) {
  return (
    <FormGroup label={label} fieldId={id}>
      <FormSelect id={id} value={value} isDisabled={isDisabled} aria-describedby={help ? `${id}-says` : undefined}
        onChange={(_event, next) => onChange(next as T)}>
        {options.map(([word, text]) => <FormSelectOption key={word} value={word} label={text} />)}
      </FormSelect>
      {help && (
        <FormHelperText>
          <HelperText id={`${id}-says`}><HelperTextItem>{help}</HelperTextItem></HelperText>
        </FormHelperText>
      )}
    </FormGroup>
  );
}
