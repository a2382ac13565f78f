// Which group gives which role, in the order in which they are looked at.
import { Button, FormGroup, FormHelperText, FormSelect, FormSelectOption, HelperText, HelperTextItem, TextInput } from '@patternfly/react-core';
import type { GroupRole } from '../../api/settings';

type Props = { map: GroupRole[]; roles: string[]; onChange: (map: GroupRole[]) => void; isReadOnly: boolean };

export function RoleMap({ map, roles, onChange, isReadOnly }: Props) {
  const set = (at: number, change: Partial<GroupRole>) =>
    onChange(map.map((entry, index) => (index === at ? { ...entry, ...change } : entry)));
  const up = (at: number) => {
    const next = [...map];
    const [entry] = next.splice(at, 1);
    if (entry) next.splice(at - 1, 0, entry);
    onChange(next);
  };
  const names = (role: string) => [...new Set([...roles, role])];
  return (
    <FormGroup label="Groups and roles" role="group" fieldId="role-map">
      {map.map((entry, index) => (
        <div key={index} className="role-map-row">
          <TextInput aria-label={`Group ${index + 1}`} value={entry.group} onChange={(_event, group) => set(index, { group })}
            {...(isReadOnly ? { readOnlyVariant: 'default' as const } : {})} />
          <FormSelect aria-label={`Role of group ${index + 1}`} value={entry.role} isDisabled={isReadOnly}
            onChange={(_event, role) => set(index, { role })}>
            {names(entry.role).map((name) => <FormSelectOption key={name} value={name} label={name} />)}
          </FormSelect>
          {!isReadOnly && (
            <>
              <Button variant="link" isDisabled={index === 0} onClick={() => up(index)} aria-label={`Move group ${index + 1} up`}>Up</Button>
              <Button variant="link" onClick={() => onChange(map.filter((_one, other) => other !== index))}
                aria-label={`Remove group ${index + 1}`}>Remove</Button>
            </>
          )}
        </div>
      ))}
      {!isReadOnly && (
        <Button variant="link" isInline onClick={() => onChange([...map, { group: '', role: roles[0] ?? '' }])}>Add a group</Button>
      )}
      <FormHelperText>
        <HelperText>
          <HelperTextItem>
            The first one that somebody is in decides, at each sign-in. With none here, roles are given under Users.
          </HelperTextItem>
        </HelperText>
      </FormHelperText>
    </FormGroup>
  );
}
