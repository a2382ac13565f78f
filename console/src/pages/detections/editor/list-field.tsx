// A list of texts in a form: each can be taken out, others are typed or chosen.
import { Button, FormGroup, FormHelperText, HelperText, HelperTextItem, Label, LabelGroup, TextInput } from '@patternfly/react-core';
import { useState } from 'react';

type Props = {
  id: string; label: string; items: readonly string[]; onChange: (items: string[]) => void; isReadOnly: boolean;
  /** What may be chosen: the word that is kept, and how it is shown. */
  options?: readonly (readonly [string, string])[]; help?: string;
};

/** Suggestions below a field; a longer list is found by typing. */
const SUGGESTIONS_MAX = 500;

export function ListField({ id, label, items, onChange, isReadOnly, options = [], help }: Props) {
  const [typed, setTyped] = useState('');
  const shownAs = (item: string) => options.find(([word]) => word === item)?.[1] ?? item;
  const add = () => {
    const text = typed.trim();
    if (text === '') return;
    const word = options.find(([, shown]) => shown === text)?.[0] ?? text;
    if (!items.includes(word)) onChange([...items, word]);
    setTyped('');
  };
  return (
    <FormGroup label={label} fieldId={id}>
      {items.length > 0 && (
        <LabelGroup aria-label={label} numLabels={50} className="list-items">
          {items.map((item) => (
            <Label key={item} isCompact variant="outline" textMaxWidth="40ch"
              {...(isReadOnly ? {} : { onClose: () => onChange(items.filter((one) => one !== item)), closeBtnAriaLabel: `Remove ${shownAs(item)}` })}>
              {shownAs(item)}
            </Label>
          ))}
        </LabelGroup>
      )}
      {isReadOnly && items.length === 0 && <span className="subtle">none</span>}
      {!isReadOnly && (
        <div className="list-add">
          <TextInput id={id} value={typed} onChange={(_event, text) => setTyped(text)} {...(options.length > 0 ? { list: `${id}-options` } : {})}
            aria-describedby={help ? `${id}-says` : undefined}
            onKeyDown={(event) => {
              if (event.key !== 'Enter') return;
              event.preventDefault();
              add();
            }} />
          <Button variant="secondary" onClick={add} isDisabled={typed.trim() === ''} aria-label={`Add to ${label}`}>Add</Button>
        </div>
      )}
      {options.length > 0 && (
        <datalist id={`${id}-options`}>
          {options.slice(0, SUGGESTIONS_MAX).map(([word, shown]) => <option key={word} value={shown} />)}
        </datalist>
      )}
      {help && !isReadOnly && (
        <FormHelperText><HelperText id={`${id}-says`}><HelperTextItem>{help}</HelperTextItem></HelperText></FormHelperText>
      )}
    </FormGroup>
  );
}
