// One role: its name, what it permits, and which log types its people see.
import { ActionGroup, Button, Form, Title } from '@patternfly/react-core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useBlocker, useNavigate, useParams } from '@tanstack/react-router';
import { useRef, useState } from 'react';
import { createRole, deleteRole, roleQuery, rolesQuery, updateRole } from '../../api/people';
import type { LogTypeAccessKind, Permission, Role, RoleForm } from '../../api/types';
import { useSay } from '../../app/notices';
import { covers, useMay, useSession } from '../../app/session';
import { FormDialog } from '../../parts/dialog';
import { Failure } from '../../parts/failure';
import { Field } from '../../parts/field';
import { Once } from '../../parts/loaded';
import { LoadedPage } from '../../parts/loaded-page';
import { PageFrame } from '../../parts/page';
import { PermissionEditor } from '../../parts/permission-editor';
import { whole } from '../../parts/permissions';
import { LogTypes } from './log-types';

const NEW: Pick<Role, 'name' | 'permissions' | 'logTypeAccessKind' | 'logTypeAccess'> = {
  name: '', permissions: [], logTypeAccessKind: 'ALLOW_ALL', logTypeAccess: [],
};

export function RolePage() {
  const { id } = useParams({ from: '/shell/settings/roles/$id' });
  if (id === 'new') return <Editor key="new" role={null} revision={null} />;
  return <Existing id={id} />;
}

function Existing({ id }: { id: string }) {
  const role = useQuery({ ...roleQuery(id), staleTime: Infinity, gcTime: 0 });
  return (
    <LoadedPage query={role} what="The role">
      {(found) => <Once key={id} value={found}>{({ value, revision }) => <Editor role={value} revision={revision} />}</Once>}
    </LoadedPage>
  );
}

function Editor({ role, revision }: { role: Role | null; revision: string | null }) {
  const start = role ?? NEW;
  const session = useSession();
  const may = useMay();
  const [name, setName] = useState(start.name);
  const [chosen, setChosen] = useState<Set<Permission>>(new Set(start.permissions));
  const [kind, setKind] = useState<LogTypeAccessKind>(start.logTypeAccessKind);
  const [types, setTypes] = useState(start.logTypeAccess.join('\n'));
  const [isDeleting, setDeleting] = useState(false);
  const isLeaving = useRef(false);
  const queries = useQueryClient();
  const navigate = useNavigate();
  const say = useSay();
  const isReadOnly = !may('UserModify') || (role !== null && !covers(session, role));
  const isListed = kind === 'ALLOW' || kind === 'DENY';
  const form: RoleForm = {
    name: name.trim(), permissions: [...whole(chosen)], logTypeAccessKind: kind,
    ...(isListed ? { logTypeAccess: types.split(/\s+/).filter((type) => type !== '') } : {}),
  };
  const isChanged = JSON.stringify([form.name, [...form.permissions].sort(), kind, form.logTypeAccess ?? []])
    !== JSON.stringify([start.name, [...whole(start.permissions)].sort(), start.logTypeAccessKind, start.logTypeAccess]);
  useBlocker({
    shouldBlockFn: () => isChanged && !isLeaving.current && !window.confirm('Leave without saving what you changed?'),
    enableBeforeUnload: () => isChanged && !isLeaving.current,
  });
  const leave = async (done: string) => {
    isLeaving.current = true;
    say(done);
    await queries.invalidateQueries({ queryKey: rolesQuery.queryKey });
    await navigate({ to: '/settings/roles' });
  };
  const saving = useMutation({
    mutationFn: () => (role ? updateRole(role.id, form, revision) : createRole(form)),
    onSuccess: () => leave(`The role ${form.name} is saved`),
  });
  return (
    <PageFrame title={role ? role.name : 'A new role'}
      about={isReadOnly ? 'You may look at this role; it permits more than yours, or you do not manage users.' : undefined}
      actions={role && !isReadOnly && <Button variant="secondary" isDanger onClick={() => setDeleting(true)}>Delete</Button>}>
      <Form onSubmit={(event) => { event.preventDefault(); saving.mutate(); }}>
        {saving.isError && <Failure title="The role was not saved" thrown={saving.error} />}
        <Field id="role-name" label="Name" value={name} onChange={setName} isRequired isReadOnly={isReadOnly} maxLength={255} />
        <Title headingLevel="h2" size="lg">Permissions</Title>
        <PermissionEditor chosen={chosen} onChange={setChosen} isReadOnly={isReadOnly} />
        <Title headingLevel="h2" size="lg">Log types</Title>
        <LogTypes kind={kind} types={types} onKind={setKind} onTypes={setTypes} isReadOnly={isReadOnly} />
        {!isReadOnly && (
          <ActionGroup>
            <Button type="submit" isDisabled={form.name === '' || saving.isPending || (role !== null && !isChanged)}
              isLoading={saving.isPending}>Save</Button>
            <Button variant="link" onClick={() => void navigate({ to: '/settings/roles' })}>Cancel</Button>
          </ActionGroup>
        )}
      </Form>
      {isDeleting && role && (
        <FormDialog title={`Delete the role ${role.name}`} submit="Delete" isDanger size="small" keepsOpen
          failed="The role is still there" onClose={() => setDeleting(false)}
          onSubmit={async () => { await deleteRole(role.id); await leave(`The role ${role.name} is deleted`); }}>
          <p>This works when no user and no API token has it.</p>
        </FormDialog>
      )}
    </PageFrame>
  );
}
