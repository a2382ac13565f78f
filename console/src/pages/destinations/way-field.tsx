// Which of several ways of a type is gone, where it has them.
import { FormGroup, Radio } from '@patternfly/react-core';
import type { Way } from './ways';

type Props = { ways: readonly Way[]; chosen: number; onChange: (chosen: number) => void };

export function WayField({ ways, chosen, onChange }: Props) {
  return (
    <FormGroup label="How it is reached" role="radiogroup" fieldId="way">
      {ways.map(({ label }, index) => (
        <Radio key={label} id={`way-${index}`} name="way" label={label} isChecked={index === chosen} onChange={() => onChange(index)} />
      ))}
    </FormGroup>
  );
}
