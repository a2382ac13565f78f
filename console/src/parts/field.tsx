// One field of a form: label, input, and beside it what is wrong or what is meant.
import { FormGroup, FormHelperText, HelperText, HelperTextItem, TextInput } from '@patternfly/react-core';
import type { HTMLInputAutoCompleteAttribute, ReactNode } from 'react';

type Props = {
  id: string; label: string; value: string; onChange: (value: string) => void;
  type?: 'text' | 'email' | 'password' | 'search' | 'datetime-local'; autoComplete?: HTMLInputAutoCompleteAttribute;
  help?: ReactNode; wrong?: string | null; isRequired?: boolean; autoFocus?: boolean; isReadOnly?: boolean;
  inputMode?: 'numeric' | 'text'; maxLength?: number; list?: string;
};

export function Field({ id, label, value, onChange, type = 'text', help, wrong, isRequired = false, ...rest }: Props) {
  const says = wrong ?? help;
  return (
    <FormGroup label={label} fieldId={id} isRequired={isRequired}>
      <TextInput
        id={id} name={id} type={type} value={value} isRequired={isRequired} {...rest}
        {...(rest.isReadOnly ? { readOnlyVariant: 'default' as const } : {})}
        onChange={(_event, next) => onChange(next)} validated={wrong ? 'error' : 'default'}
        aria-invalid={Boolean(wrong)} aria-describedby={says ? `${id}-says` : undefined}
      />
      {says && (
        <FormHelperText>
          <HelperText id={`${id}-says`}>
            <HelperTextItem variant={wrong ? 'error' : 'default'}>{says}</HelperTextItem>
          </HelperText>
        </FormHelperText>
      )}
    </FormGroup>
  );
}
