// Invites somebody: the link is shown to whoever invites, because no mail is sent.
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { inviteUser } from '../../api/people';
import type { InvitedUser, Role } from '../../api/types';
import { covers, useSession } from '../../app/session';
import { FormDialog } from '../../parts/dialog';
import { Field } from '../../parts/field';
import { Select } from '../../parts/select';
import { LinkShown } from './deed-dialog';

export function Invite({ roles, onClose }: { roles: Role[]; onClose: () => void }) {
  const session = useSession();
  const queries = useQueryClient();
  const open = roles.filter((role) => covers(session, role));
  const first = open.find(({ name }) => name === 'AnalystReadOnly') ?? open[0];
  const [form, setForm] = useState({ email: '', givenName: '', familyName: '', role: first?.id ?? '' });
  const [invited, setInvited] = useState<InvitedUser | null>(null);
  if (invited) {
    return (
      <LinkShown title={`${invited.email} is invited`} link={invited.invitationLink} expiresAt={invited.invitationExpiresAt}
        onClose={onClose} />
    );
  }
  const isReady = Object.values(form).every((text) => text.trim() !== '');
  return (
    <FormDialog title="Invite a user" submit="Invite" onClose={onClose} isReady={isReady} failed="Nobody was invited" keepsOpen
      onSubmit={async () => {
        const { role, ...rest } = form;
        const made = await inviteUser({ ...rest, role: { id: role } });
        void queries.invalidateQueries({ queryKey: ['users'] });
        setInvited(made);
      }}>
      <Field id="user-email" label="E-mail address" type="email" value={form.email} isRequired autoFocus
        onChange={(email) => setForm({ ...form, email })} />
      <Field id="user-given-name" label="First name" value={form.givenName} isRequired
        onChange={(givenName) => setForm({ ...form, givenName })} />
      <Field id="user-family-name" label="Last name" value={form.familyName} isRequired
        onChange={(familyName) => setForm({ ...form, familyName })} />
      <Select id="user-role" label="Role" value={form.role} options={open.map(({ id, name }) => [id, name])}
        onChange={(role) => setForm({ ...form, role })} help="What the person may do; it can be changed at any time" />
    </FormDialog>
  );
}
