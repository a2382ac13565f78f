// Settings, roles: named sets of permissions.
import { Button } from '@patternfly/react-core';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { rolesQuery } from '../../api/people';
import type { Role } from '../../api/types';
import { useMay } from '../../app/session';
import { Loaded } from '../../parts/loaded';
import { Moment } from '../../parts/moment';
import { Nothing } from '../../parts/nothing';
import { PageFrame } from '../../parts/page';

export function RolesPage() {
  const roles = useQuery(rolesQuery);
  const may = useMay();
  const make = may('UserModify') && (
    <Button component={(props) => <Link {...props} to="/settings/roles/$id" params={{ id: 'new' }} />}>Make a role</Button>
  );
  return (
    <PageFrame title="Roles" about="What people may do. A change counts for everybody with the role at once." actions={make}>
      <Loaded query={roles} what="Roles">
        {({ results }) => (results.length === 0
          ? <Nothing title="No roles" action={make}>Make one, so that people can be invited.</Nothing>
          : <RoleTable roles={results} />)}
      </Loaded>
    </PageFrame>
  );
}

function RoleTable({ roles }: { roles: Role[] }) {
  return (
    <Table variant="compact" aria-label="Roles">
      <Thead><Tr><Th>Name</Th><Th>Permissions</Th><Th>Log types</Th><Th>Changed</Th></Tr></Thead>
      <Tbody>
        {roles.map((role) => (
          <Tr key={role.id}>
            <Td dataLabel="Name"><Link to="/settings/roles/$id" params={{ id: role.id }}>{role.name}</Link></Td>
            <Td dataLabel="Permissions">{role.permissions.length}</Td>
            <Td dataLabel="Log types">{logTypesOf(role)}</Td>
            <Td dataLabel="Changed"><Moment at={role.updatedAt} isRelative /></Td>
          </Tr>
        ))}
      </Tbody>
    </Table>
  );
}

function logTypesOf({ logTypeAccessKind, logTypeAccess }: Role): string {
  switch (logTypeAccessKind) {
    case 'ALLOW_ALL': return 'all';
    case 'DENY_ALL': return 'none';
    case 'ALLOW': return `only ${logTypeAccess.join(', ')}`;
    default: return `all but ${logTypeAccess.join(', ')}`;
  }
}
