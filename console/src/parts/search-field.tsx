// A text to look for. The list follows when one stops typing, and at once with Enter, which leaves the field too, so
// that single keys work on the list again.
import { FormGroup, TextInput } from '@patternfly/react-core';
import { useEffect, useRef, useState } from 'react';

const WAIT_MS = 300;

type Props = {
  id: string; label: string; value: string; onChange: (value: string) => void; className?: string; placeholder?: string;
};

export function SearchField({ id, label, value, onChange, className, placeholder }: Props) {
  const [typed, setTyped] = useState(value);
  const timer = useRef<number | undefined>(undefined);
  // The address changed by itself, as with the browser's "back".
  useEffect(() => setTyped(value), [value]);
  useEffect(() => () => window.clearTimeout(timer.current), []);
  const give = (text: string) => {
    window.clearTimeout(timer.current);
    if (text !== value) onChange(text);
  };
  return (
    <FormGroup label={label} fieldId={id} {...(className ? { className } : {})}>
      <TextInput id={id} type="search" value={typed} placeholder={placeholder} onBlur={() => give(typed)}
        onKeyDown={(event) => { if (event.key === 'Enter') event.currentTarget.blur(); }}
        onChange={(_event, text) => {
          setTyped(text);
          window.clearTimeout(timer.current);
          timer.current = window.setTimeout(() => give(text), WAIT_MS);
        }} />
    </FormGroup>
  );
}
