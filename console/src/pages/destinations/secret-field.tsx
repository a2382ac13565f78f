// A secret: typed like a password; one that the server has is not shown, stays unless it is replaced, and can be removed
// where it is not needed.
import { Button, FormGroup, FormHelperText, HelperText, HelperTextItem, InputGroup, InputGroupItem, TextInput } from '@patternfly/react-core';
import { MASK } from '../../api/destinations';
import { Field } from '../../parts/field';
import { LongField } from '../../parts/long-field';
import type { Secret } from './values';

type Props = {
  id: string; label: string; help: string | undefined; value: Secret; onChange: (value: Secret) => void;
  wrong: string | null; isRequired: boolean; isLong: boolean;
};

export function SecretField({ id, label, help, value, onChange, wrong, isRequired, isLong }: Props) {
  if (value.state === 'typed') {
    const shared = { id, label, wrong, isRequired, value: value.text, onChange: (text: string) => onChange({ ...value, text }) };
    return (
      <>
        {isLong ? <LongField {...shared} help={help} rows={4} isCode /> : <Field {...shared} help={help} type="password" autoComplete="new-password" />}
        {value.stored && (
          <Button variant="link" isInline className="under-field" onClick={() => onChange({ ...value, state: 'kept', text: '' })}>
            Keep the stored {label.toLowerCase()}
          </Button>
        )}
      </>
    );
  }
  const isKept = value.state === 'kept';
  return (
    <FormGroup label={label} fieldId={id} isRequired={isRequired}>
      <InputGroup>
        <InputGroupItem isFill>
          <TextInput id={id} value={isKept ? MASK : ''} readOnlyVariant="default" aria-describedby={`${id}-says`}
            validated={wrong ? 'error' : 'default'} />
        </InputGroupItem>
        <InputGroupItem>
          <Button variant="control" aria-label={`Replace: ${label}`} onClick={() => onChange({ ...value, state: 'typed' })}>Replace</Button>
        </InputGroupItem>
        {!isRequired && (
          <InputGroupItem>
            <Button variant="control" aria-label={isKept ? `Remove: ${label}` : `Keep: ${label}`}
              onClick={() => onChange({ ...value, state: isKept ? 'removed' : 'kept' })}>
              {isKept ? 'Remove' : 'Keep'}
            </Button>
          </InputGroupItem>
        )}
      </InputGroup>
      <FormHelperText>
        <HelperText id={`${id}-says`}>
          <HelperTextItem variant={wrong ? 'error' : 'default'}>
            {wrong ?? (isKept ? 'Stored; it is not shown, and stays as it is' : 'It is removed when you save')}
          </HelperTextItem>
        </HelperText>
      </FormHelperText>
    </FormGroup>
  );
}
