// Several of a few, in a menu with ticks.
import { FormGroup, MenuToggle, Select, SelectList, SelectOption } from '@patternfly/react-core';
import { useState } from 'react';

type Props<T extends string> = {
  id: string; label: string; chosen: readonly T[]; options: readonly (readonly [T, string])[];
  onChange: (chosen: T[]) => void;
};

export function Several<T extends string>({ id, label, chosen, options, onChange }: Props<T>) {
  const [isOpen, setOpen] = useState(false);
  const isAny = chosen.length === 0 || chosen.length === options.length;
  const words = isAny ? 'Any' : options.filter(([word]) => chosen.includes(word)).map(([, text]) => text).join(', ');
  const toggle = (word: T) => {
    const next = chosen.includes(word) ? chosen.filter((one) => one !== word) : [...chosen, word];
    onChange(next);
  };
  return (
    <FormGroup label={label} fieldId={id}>
      <Select role="menu" isOpen={isOpen} onOpenChange={setOpen} onSelect={(_event, word) => toggle(word as T)} selected={[...chosen]}
        toggle={(ref) => (
          <MenuToggle ref={ref} id={id} isExpanded={isOpen} onClick={() => setOpen(!isOpen)} isFullWidth aria-label={`${label}: ${words}`}>
            <span className="in-toolbar">{label}: </span>{words}
          </MenuToggle>
        )}>
        <SelectList>
          {options.map(([word, text]) => (
            <SelectOption key={word} value={word} hasCheckbox isSelected={chosen.includes(word)}>{text}</SelectOption>
          ))}
        </SelectList>
      </Select>
    </FormGroup>
  );
}
