// Asks before it does something about a user, and shows what came of it.
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { deleteUser, passwordLink, removeFactorOf, signUserOut, unlockUser, updateUser } from '../../api/people';
import type { PasswordLink, Role, User } from '../../api/types';
import { useSay } from '../../app/notices';
import { FormDialog, ShownOnce } from '../../parts/dialog';
import { CopyField } from '../../parts/copy-field';
import { Moment } from '../../parts/moment';
import type { Deed } from './deeds';
import { EditUser } from './edit-user';
import { Identities } from './identities';

type Question = { title: string; submit: string; text: string; done: string; isDanger?: boolean; act: (user: User) => Promise<unknown> };

const QUESTIONS: Record<Exclude<Deed['kind'], 'edit' | 'link' | 'identities'>, Question> = {
  unlock: { title: 'Unlock', submit: 'Unlock', text: 'Failed sign-ins are forgotten, so that the next one is looked at.',
    done: 'Unlocked', act: ({ id }) => unlockUser(id) },
  'sign-out': { title: 'Sign out everywhere', submit: 'Sign out', text: 'All sessions of this person end now.',
    done: 'Signed out', act: ({ id }) => signUserOut(id) },
  factor: { title: 'Remove the second factor', submit: 'Remove', isDanger: true,
    text: 'For somebody who lost it. From then on the password alone is enough, until a new one is set up.',
    done: 'The second factor is removed', act: ({ id }) => removeFactorOf(id) },
  disable: { title: 'Disable', submit: 'Disable', isDanger: true, done: 'Disabled',
    text: 'This person cannot sign in any more, and all sessions end now. It can be enabled again.',
    act: ({ id }) => updateUser(id, { enabled: false }) },
  enable: { title: 'Enable', submit: 'Enable', text: 'This person can sign in again.', done: 'Enabled',
    act: ({ id }) => updateUser(id, { enabled: true }) },
  delete: { title: 'Delete', submit: 'Delete', isDanger: true, done: 'Deleted',
    text: 'The account is gone for good. What this person did stays in the audit log.', act: ({ id }) => deleteUser(id) },
};

export function DeedDialog({ deed, roles, onClose }: { deed: Deed; roles: Role[]; onClose: () => void }) {
  const queries = useQueryClient();
  const say = useSay();
  const { kind, user } = deed;
  const close = () => {
    onClose();
    void queries.invalidateQueries({ queryKey: ['users'] });
  };
  if (kind === 'edit') return <EditUser user={user} roles={roles} onClose={close} />;
  if (kind === 'link') return <NewLink user={user} onClose={close} />;
  if (kind === 'identities') return <Identities user={user} onClose={close} />;
  const { title, submit, text, done, isDanger = false, act } = QUESTIONS[kind];
  return (
    <FormDialog title={`${title}: ${user.email}`} submit={submit} isDanger={isDanger} size="small" onClose={close}
      onSubmit={async () => {
        await act(user);
        say(`${done}: ${user.email}`);
      }}>
      <p>{text}</p>
    </FormDialog>
  );
}

function NewLink({ user, onClose }: { user: User; onClose: () => void }) {
  const [made, setMade] = useState<PasswordLink | null>(null);
  if (made) return <LinkShown title={`Link for ${user.email}`} link={made.link} expiresAt={made.expiresAt} onClose={onClose} />;
  return (
    <FormDialog title={`Link for a new password: ${user.email}`} submit="Make a link" size="small" keepsOpen onClose={onClose}
      onSubmit={async () => setMade(await passwordLink(user.id))}>
      <p>Whoever opens the link chooses the password. Older links of this person stop working.</p>
    </FormDialog>
  );
}

/** A link that is to be passed on. */
export function LinkShown(props: { title: string; link: string; expiresAt: string; onClose: () => void }) {
  return (
    <ShownOnce title={props.title} onClose={props.onClose}>
      <p className="above">
        Pass this on by a way that only this person reads: whoever opens it becomes that person.
        It works once, until <Moment at={props.expiresAt} />, and is shown this one time. Nobody is sent a mail.
      </p>
      <CopyField value={props.link} label="Link" />
    </ShownOnce>
  );
}
