// Ticks for permissions: one line for each area. Modify ticks Read and holds it there.
import { Checkbox } from '@patternfly/react-core';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import type { Permission } from '../api/types';
import { useSession } from '../app/session';
import { AREAS, whole } from './permissions';

type Props = { chosen: ReadonlySet<Permission>; onChange: (chosen: Set<Permission>) => void; isReadOnly?: boolean };

export function PermissionEditor({ chosen, onChange, isReadOnly = false }: Props) {
  const { permissions: own } = useSession();
  const all = whole(chosen);
  const toggle = (permission: Permission, isOn: boolean) => {
    const next = whole(chosen);
    if (isOn) next.add(permission);
    else next.delete(permission);
    onChange(whole(next));
  };
  const box = (area: string, word: 'View' | 'Manage', permission: Permission | null, modify: Permission | null) => {
    if (!permission) return null;
    const isHeld = modify !== null && all.has(modify);
    const isOwn = own.includes(permission);
    return (
      <Checkbox id={`permission-${permission}`} aria-label={`${area}: ${word}`} label={word}
        description={!isReadOnly && !isOwn ? 'Not yours to give' : undefined}
        isChecked={all.has(permission)} isDisabled={isReadOnly || isHeld || !isOwn}
        onChange={(_event, isOn) => toggle(permission, isOn)} />
    );
  };
  return (
    <Table variant="compact" aria-label="Permissions" className="permission-table">
      <Thead><Tr><Th>Area</Th><Th>View</Th><Th>Manage</Th></Tr></Thead>
      <Tbody>
        {AREAS.map(({ title, about, read, modify }) => (
          <Tr key={title}>
            <Td dataLabel="Area">{title}<div className="subtle small">{about}</div></Td>
            <Td dataLabel="View">{box(title, 'View', read, modify)}</Td>
            <Td dataLabel="Manage">{box(title, 'Manage', modify, null)}</Td>
          </Tr>
        ))}
      </Tbody>
    </Table>
  );
}
