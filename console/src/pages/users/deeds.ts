// What can be done about a user, as far as it would not be refused.
import type { User } from '../../api/types';

export type DeedKind = 'edit' | 'link' | 'unlock' | 'sign-out' | 'factor' | 'identities' | 'disable' | 'enable' | 'delete';
export type Deed = { kind: DeedKind; user: User };

const LABELS: Record<DeedKind, string> = {
  edit: 'Change', link: 'Link for a new password', unlock: 'Unlock', 'sign-out': 'Sign out everywhere',
  factor: 'Remove the second factor', identities: 'Identities', disable: 'Disable', enable: 'Enable', delete: 'Delete',
};

/** The deeds that are open; of oneself only those that lock nobody out. */
export function actionsOf(user: User, isSelf: boolean): { kind: DeedKind; label: string }[] {
  const isExternal = user.status === 'EXTERNAL_PROVIDER';
  const kinds: DeedKind[] = isSelf ? ['edit', 'identities'] : [
    'edit',
    ...(isExternal || !user.enabled ? [] : ['link', 'unlock', 'factor'] as const),
    'identities',
    'sign-out',
    user.enabled ? 'disable' : 'enable',
    'delete',
  ];
  return kinds.map((kind) => ({ kind, label: LABELS[kind] }));
}
