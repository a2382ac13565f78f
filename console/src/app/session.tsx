// Who is signed in, for every component below the shell.
import { createContext, useContext, type ReactNode } from 'react';
import type { Permission, Role, SessionInfo } from '../api/types';

const Context = createContext<SessionInfo | null>(null);

/** Gives the session to what is inside. */
export function SessionProvider({ session, children }: { session: SessionInfo; children: ReactNode }) {
  return <Context.Provider value={session}>{children}</Context.Provider>;
}

/** The session; only below the shell, where there is one. */
export function useSession(): SessionInfo {
  const session = useContext(Context);
  if (!session) throw new Error('no session here: this part belongs below the shell');
  return session;
}

/** Whether the person holds a permission: what would be refused is not shown. */
export function useMay(): (...permissions: Permission[]) => boolean {
  const { permissions } = useSession();
  return (...wanted) => wanted.every((permission) => permissions.includes(permission));
}

/** Whether the person may do and see everything that a role permits; nobody gives or changes more than that. */
export function covers(session: SessionInfo, role: Role): boolean {
  const holdsAll = role.permissions.every((permission) => session.permissions.includes(permission));
  return holdsAll && seesAll(session, role);
}

function seesAll(session: SessionInfo, role: Role): boolean {
  const [own, other] = [session.logTypeAccess, role.logTypeAccess];
  switch (session.logTypeAccessKind) {
    case 'ALLOW_ALL':
      return true;
    case 'ALLOW':
      return role.logTypeAccessKind === 'DENY_ALL'
        || (role.logTypeAccessKind === 'ALLOW' && other.every((type) => own.includes(type)));
    case 'DENY':
      return role.logTypeAccessKind === 'DENY_ALL'
        || (role.logTypeAccessKind === 'DENY' && own.every((type) => other.includes(type)))
        || (role.logTypeAccessKind === 'ALLOW' && other.every((type) => !own.includes(type)));
    default:
      return role.logTypeAccessKind === 'DENY_ALL';
  }
}
