// A text of several lines, or a list with one entry a line.
import { FormGroup, FormHelperText, HelperText, HelperTextItem, TextArea } from '@patternfly/react-core';
import type { ReactNode } from 'react';

type Props = {
  id: string; label: string; value: string; onChange: (value: string) => void; help?: ReactNode; wrong?: string | null;
  isRequired?: boolean; rows?: number; isCode?: boolean;
};

export function LongField({ id, label, value, onChange, help, wrong, isRequired = false, rows = 2, isCode = false }: Props) {
  const says = wrong ?? help;
  return (
    <FormGroup label={label} fieldId={id} isRequired={isRequired}>
      <TextArea id={id} name={id} value={value} onChange={(_event, next) => onChange(next)} rows={rows} autoResize
        resizeOrientation="vertical" isRequired={isRequired} validated={wrong ? 'error' : 'default'}
        aria-invalid={Boolean(wrong)} aria-describedby={says ? `${id}-says` : undefined}
        {...(isCode ? { className: 'code-text', spellCheck: false } : {})} />
      {says && (
        <FormHelperText>
          <HelperText id={`${id}-says`}><HelperTextItem variant={wrong ? 'error' : 'default'}>{says}</HelperTextItem></HelperText>
        </FormHelperText>
      )}
    </FormGroup>
  );
}
