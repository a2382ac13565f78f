// Changes names, address and role of a user.
import { useState } from 'react';
import { updateUser } from '../../api/people';
import type { Role, User, UserForm } from '../../api/types';
import { useSay } from '../../app/notices';
import { covers, useSession } from '../../app/session';
import { FormDialog } from '../../parts/dialog';
import { Field } from '../../parts/field';
import { Select } from '../../parts/select';

type Typed = { email: string; givenName: string; familyName: string; role: string };

const typedOf = ({ email, givenName, familyName, role }: User): Typed => ({ email, givenName, familyName, role: role.id ?? '' });

/** Only what was changed here: what others change meanwhile stays. */
function changed(before: Typed, now: Typed): Partial<Typed> {
  return Object.fromEntries(Object.entries(now).filter(([key, text]) => text !== before[key as keyof Typed]));
}

function formOf({ role, ...texts }: Partial<Typed>): UserForm {
  return role === undefined ? texts : { ...texts, role: { id: role } };
}

export function EditUser({ user, roles, onClose }: { user: User; roles: Role[]; onClose: () => void }) {
  const session = useSession();
  const say = useSay();
  const [before] = useState(() => typedOf(user));
  const [form, setForm] = useState(before);
  const isSelf = user.id === session.user.id;
  // Who came by single sign-on may have no name: only what is changed has to be something.
  const changes = changed(before, form);
  const isReady = Object.keys(changes).length > 0 && Object.values(changes).every((text) => text.trim() !== '');
  return (
    <FormDialog title={`Change ${user.email}`} submit="Save" onClose={onClose} isReady={isReady} failed="Nothing was changed"
      onSubmit={async () => {
        await updateUser(user.id, formOf(changes));
        say(`Saved: ${form.email}`);
      }}>
      <Field id="user-given-name" label="First name" value={form.givenName} isRequired={before.givenName !== ''}
        onChange={(givenName) => setForm({ ...form, givenName })} />
      <Field id="user-family-name" label="Last name" value={form.familyName} isRequired={before.familyName !== ''}
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
