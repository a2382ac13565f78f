// Oneself: signing in and out, links that work once, profile, second factor, own sessions.
import { queryOptions } from '@tanstack/react-query';
import { ask, call, type Result } from './client';
import { othersProblem, takeSession } from './owner';
import type { LinkInfo, Profile, RecoveryCodes, SecondFactor, SessionInfo, SessionList, SignInOptions } from './types';

/** Who is signed in; null when nobody is. */
export const sessionQuery = queryOptions({
  queryKey: ['session'],
  staleTime: Infinity,
  retry: false,
  queryFn: async ({ signal }): Promise<SessionInfo | null> => {
    const result = await call<SessionInfo>('GET', '/internal/session', { signal });
    if (result.ok) {
      if (!takeSession(result.value)) throw othersProblem(true);
      return result.value;
    }
    if (result.problem.status === 401) return null;
    throw result.problem;
  },
});

/** How one can sign in; and what `error` means, the word with which single sign-on came back. */
export const signInOptionsQuery = (error?: string) =>
  queryOptions({
    queryKey: ['sign-in-options', error ?? null],
    queryFn: ({ signal }) => ask<SignInOptions>('GET', '/internal/sign-in', { query: { error }, signal }),
  });

export const profileQuery = queryOptions({
  queryKey: ['profile'],
  queryFn: ({ signal }) => ask<Profile>('GET', '/internal/profile', { signal }),
});

export const ownSessionsQuery = queryOptions({
  queryKey: ['own-sessions'],
  queryFn: ({ signal }) => ask<SessionList>('GET', '/internal/sessions', { signal }),
});

/** Notes the token that goes with an opened session. */
function opening(result: Result<SessionInfo>): Result<SessionInfo> {
  if (result.ok) takeSession(result.value);
  return result;
}

export async function signIn(email: string, password: string, code: string | null): Promise<Result<SessionInfo>> {
  return opening(await call<SessionInfo>('POST', '/internal/sign-in', { body: { email, password, code } }));
}

export const signOut = () => ask<null>('DELETE', '/internal/session');

export type FirstAdministrator = {
  token: string; email: string; givenName: string; familyName: string; password: string;
};

export async function setUp(body: FirstAdministrator): Promise<Result<SessionInfo>> {
  return opening(await call<SessionInfo>('POST', '/internal/set-up', { body }));
}

export const linkInfo = (token: string) => ask<LinkInfo>('POST', '/internal/link', { body: { token } });

/** Sets the password. Null: the second factor is still asked for, so that one has to sign in. */
export async function useLink(token: string, password: string): Promise<Result<SessionInfo | null>> {
  const result = await call<SessionInfo | null>('PUT', '/internal/link', { body: { token, password } });
  if (result.ok && result.value) takeSession(result.value);
  return result;
}

export const updateProfile = (body: { givenName: string; familyName: string }) =>
  ask<Profile>('PUT', '/internal/profile', { body });
export const changePassword = (body: { current: string; new: string }) =>
  ask<null>('PUT', '/internal/password', { body });
export const beginSecondFactor = (password: string) =>
  ask<SecondFactor>('POST', '/internal/second-factor', { body: { password } });
export const confirmSecondFactor = (code: string) =>
  ask<RecoveryCodes>('PUT', '/internal/second-factor', { body: { code } });
export const removeSecondFactor = (password: string) =>
  ask<null>('DELETE', '/internal/second-factor', { body: { password } });
export const endOwnSession = (id: string) =>
  ask<null>('DELETE', `/internal/sessions/${encodeURIComponent(id)}`);
export const endOwnSessions = () => ask<null>('DELETE', '/internal/sessions');
