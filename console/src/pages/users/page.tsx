// Settings, users: who they are, and what can be done about each.
import { Button, Checkbox, Form, Label } from '@patternfly/react-core';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { rolesQuery, usersQuery } from '../../api/people';
import type { Role, User } from '../../api/types';
import { covers, useMay, useSession } from '../../app/session';
import { Failure } from '../../parts/failure';
import { Waiting } from '../../parts/loaded';
import { Moment } from '../../parts/moment';
import { More } from '../../parts/more';
import { Nothing } from '../../parts/nothing';
import { PageFrame } from '../../parts/page';
import { RowActions } from '../../parts/row-actions';
import { SearchField } from '../../parts/search-field';
import { actionsOf, type Deed } from './deeds';
import { DeedDialog } from './deed-dialog';
import { Invite } from './invite';

export function UsersPage() {
  const { contains, all } = useSearch({ from: '/shell/settings/users' });
  const navigate = useNavigate({ from: '/settings/users' });
  const users = useInfiniteQuery(usersQuery({ contains, 'include-deactivated': all ? true : undefined }));
  const roles = useQuery(rolesQuery);
  const may = useMay();
  const [isInviting, setInviting] = useState(false);
  const [deed, setDeed] = useState<Deed | null>(null);
  const found = users.data?.pages.flatMap((page) => page.results) ?? [];
  const mayManage = may('UserModify');
  const invite = mayManage && roles.data && <Button onClick={() => setInviting(true)}>Invite a user</Button>;
  return (
    <PageFrame title="Users" about="People who sign in. Each has one role." actions={invite}>
      <Form className="filters" onSubmit={(event) => event.preventDefault()}>
        <SearchField id="contains" label="Name or address" value={contains ?? ''} className="wide"
          onChange={(text) => void navigate({ search: (old) => ({ ...old, contains: text || undefined }), replace: true })} />
        <Checkbox id="all" label="Disabled ones too" isChecked={all === true}
          onChange={(_event, isOn) => void navigate({ search: (old) => ({ ...old, all: isOn || undefined }), replace: true })} />
      </Form>
      {users.isError && <Failure title="Users could not be loaded" thrown={users.error} onRetry={() => void users.refetch()} />}
      {users.isPending && <Waiting what="users" />}
      {users.data && found.length === 0 && (
        <Nothing title="Nobody is like that">Look for another part of the name or address, or show disabled ones too.</Nothing>
      )}
      {found.length > 0 && (
        <>
          <UserTable users={found} roles={roles.data?.results ?? []} onDeed={setDeed} mayManage={mayManage} />
          <More query={users} shown={found.length} what={found.length === 1 ? 'user' : 'users'} />
        </>
      )}
      {isInviting && roles.data && <Invite roles={roles.data.results} onClose={() => setInviting(false)} />}
      {deed && <DeedDialog deed={deed} roles={roles.data?.results ?? []} onClose={() => setDeed(null)} />}
    </PageFrame>
  );
}

type TableProps = { users: User[]; roles: Role[]; mayManage: boolean; onDeed: (deed: Deed) => void };

function UserTable({ users, roles, mayManage, onDeed }: TableProps) {
  const session = useSession();
  const roleOf = (user: User) => roles.find(({ id }) => id === user.role.id);
  return (
    <Table variant="compact" aria-label="Users">
      <Thead>
        <Tr>
          <Th>Name</Th><Th>Address</Th><Th>Role</Th><Th>State</Th><Th>Last sign-in</Th>
          {mayManage && <Th screenReaderText="What can be done" />}
        </Tr>
      </Thead>
      <Tbody>
        {users.map((user) => {
          const role = roleOf(user);
          // Nobody changes somebody who may do more.
          const deeds = role && covers(session, role) ? actionsOf(user, user.id === session.user.id) : [];
          return (
            <Tr key={user.id}>
              <Td dataLabel="Name">{user.givenName} {user.familyName} {user.id === session.user.id && <Label isCompact>you</Label>}</Td>
              <Td dataLabel="Address" modifier="breakWord">{user.email}</Td>
              <Td dataLabel="Role">{user.role.name}</Td>
              <Td dataLabel="State"><UserState user={user} /></Td>
              <Td dataLabel="Last sign-in"><Moment at={user.lastLoggedInAt} isRelative /></Td>
              {mayManage && (
                <Td isActionCell>
                  {deeds.length > 0 && (
                    <RowActions of={user.email} items={deeds.map(({ kind, label }) => ({ title: label, onClick: () => onDeed({ kind, user }) }))} />
                  )}
                </Td>
              )}
            </Tr>
          );
        })}
      </Tbody>
    </Table>
  );
}

function UserState({ user }: { user: User }) {
  if (!user.enabled) return <Label isCompact color="grey">Disabled</Label>;
  if (user.status === 'FORCE_CHANGE_PASSWORD') return <Label isCompact color="yellow">Invited</Label>;
  if (user.status === 'EXTERNAL_PROVIDER') return <Label isCompact color="blue">By identity provider</Label>;
  return <Label isCompact color="green">Active</Label>;
}
