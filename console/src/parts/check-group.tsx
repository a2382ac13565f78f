// Several of a few, side by side.
import { Checkbox, FormGroup, FormHelperText, HelperText, HelperTextItem } from '@patternfly/react-core';

type Props<T extends string> = {
  id: string; label: string; options: readonly (readonly [T, string])[]; chosen: readonly T[]; onChange: (chosen: T[]) => void;
  help: string; wrong?: string | null;
};

export function CheckGroup<T extends string>({ id, label, options, chosen, onChange, help, wrong = null }: Props<T>) {
  return (
    <FormGroup label={label} role="group" fieldId={id} isInline>
      {options.map(([word, text]) => (
        <Checkbox key={word} id={`${id}-${word}`} label={text} isChecked={chosen.includes(word)}
          onChange={(_event, isOn) => onChange(options.map(([one]) => one).filter((one) => (one === word ? isOn : chosen.includes(one))))} />
      ))}
      <FormHelperText>
        <HelperText id={`${id}-says`}><HelperTextItem variant={wrong ? 'error' : 'default'}>{wrong ?? help}</HelperTextItem></HelperText>
      </FormHelperText>
    </FormGroup>
  );
}
