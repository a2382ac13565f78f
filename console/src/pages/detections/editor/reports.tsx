// What a detection covers, by framework; MITRE ATT&CK first.
import { ListField } from './list-field';
import type { KeyProps } from './settings-fields';
import { listOf, type Values } from './yaml-read';

const MITRE = 'MITRE ATT&CK';

export function Reports({ work, values, isReadOnly }: KeyProps) {
  const found = values['Reports'];
  const reports = (typeof found === 'object' && found !== null && !Array.isArray(found) ? found : {}) as Values;
  const frameworks = [MITRE, ...Object.keys(reports).filter((name) => name !== MITRE)];
  return frameworks.map((name) => (
    <ListField key={name} id={`reports-${name}`} label={name} items={listOf(reports[name])} isReadOnly={isReadOnly}
      {...(name === MITRE ? { help: 'Tactic and technique, such as TA0001:T1078 or TA0006:T1110.003' } : {})}
      onChange={(items) => work.editList(['Reports', name], items)} />
  ));
}
