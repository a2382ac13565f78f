// Changes names, address and role of a user.
import { useState } from 'react';
import { updateUser } from '../../api/people';
import type { Role, User } from '../../api/types';
import { useSay } from '../../app/notices';
import { covers, useSession } from '../../app/session';
import { FormDialog } from '../../parts/dialog';
import { Field } from '../../parts/field';
import { Select } from '../../parts/select';

export function EditUser({ user, roles, onClose }: { user: User; roles: Role[]; onClose: () => void }) {
  const session = useSession();
  const say = useSay();
  const [form, setForm] = useState({
    email: user.email, givenName: user.givenName, familyName: user.familyName, role: user.role.id ?? '',
  });
  const isSelf = user.id === session.user.id;
  const isReady = Object.values(form).every((text) => text.trim() !== '');
  return (
    <FormDialog title={`Change ${user.email}`} submit="Save" onClose={onClose} isReady={isReady} failed="Nothing was changed"
      onSubmit={async () => {
        const { role, ...rest } = form;
        await updateUser(user.id, isSelf || role === user.role.id ? rest : { ...rest, role: { id: role } });
        say(`Saved: ${form.email}`);
      }}>
      <Field id="user-given-name" label="First name" value={form.givenName} isRequired
        onChange={(givenName) => setForm({ ...form, givenName })} />
      <Field id="user-family-name" label="Last name" value={form.familyName} isRequired
        onChange={(familyName) => setForm({ ...form, familyName })} />
      <Field id="user-email" label="E-mail address" type="email" value={form.email} isRequired
        onChange={(email) => setForm({ ...form, email })} />
      {!isSelf && (
        <Select id="user-role" label="Role" value={form.role} onChange={(role) => setForm({ ...form, role })}
          options={roles.filter((role) => covers(session, role)).map(({ id, name }) => [id, name])} />
      )}
    </FormDialog>
  );
}
