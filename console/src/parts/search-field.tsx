// A text to look for. The list follows when one stops typing, and at once with Enter, which leaves the field too, so
// that single keys work on the list again. Where only certain words find anything they are suggested, and the list
// waits for a whole one.
import { FormGroup, TextInput } from '@patternfly/react-core';
import { useEffect, useRef, useState } from 'react';
import { meant, SUGGESTIONS_MAX, type Suggestion } from './suggestions';

const WAIT_MS = 300;

type Props = {
  id: string; label: string; value: string; onChange: (value: string) => void; className?: string; placeholder?: string;
  suggestions?: readonly Suggestion[] | undefined;
  /** Several words with commas between them. */
  isList?: boolean;
  onTyped?: (text: string) => void;
};

export function SearchField({ id, label, value, onChange, className, placeholder, suggestions, isList = false, onTyped }: Props) {
  const [typed, setTyped] = useState(value);
  const timer = useRef<number | undefined>(undefined);
  // The address changed by itself, as with the browser's "back".
  useEffect(() => setTyped(value), [value]);
  useEffect(() => () => window.clearTimeout(timer.current), []);
  const give = (text: string) => {
    window.clearTimeout(timer.current);
    if (text !== value) onChange(text);
  };
  const comma = isList ? typed.lastIndexOf(',') : -1;
  const before = comma < 0 ? '' : `${typed.slice(0, comma + 1)} `;
  const isWhole = (text: string) => !suggestions || text.trim() === '' || meant(text, suggestions) !== undefined
    || (isList && meant(text.slice(text.lastIndexOf(',') + 1), suggestions) !== undefined);
  return (
    <FormGroup label={label} fieldId={id} {...(className ? { className } : {})}>
      <TextInput id={id} type="search" value={typed} placeholder={placeholder} onBlur={() => give(typed)}
        {...(suggestions ? { list: `${id}-options`, autoComplete: 'off' } : {})}
        onKeyDown={(event) => { if (event.key === 'Enter') event.currentTarget.blur(); }}
        onChange={(_event, text) => {
          setTyped(text);
          onTyped?.(text);
          window.clearTimeout(timer.current);
          if (isWhole(text)) timer.current = window.setTimeout(() => give(text), WAIT_MS);
        }} />
      {suggestions && (
        <datalist id={`${id}-options`}>
          {suggestions.slice(0, SUGGESTIONS_MAX).map(({ word, shown, also }) => (
            <option key={word} value={`${before}${shown}`} {...(also && also !== shown ? { label: `${shown}: ${also}` } : {})} />
          ))}
        </datalist>
      )}
    </FormGroup>
  );
}
