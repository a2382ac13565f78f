// Users, roles and API tokens.
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { ask, askRevised } from './client';
import type {
  ApiToken, ApiTokenForm, ApiTokenPage, InvitedUser, NamedPersonList, PasswordLink, Role, RoleForm, RolePage, User, UserForm,
  UserPage,
} from './types';

const idOf = encodeURIComponent;

export type UserFilter = { contains?: string | undefined; 'include-deactivated'?: boolean | undefined };

/** Users a page at a time. */
export const usersQuery = (filter: UserFilter) =>
  infiniteQueryOptions({
    queryKey: ['users', filter],
    queryFn: ({ pageParam, signal }) =>
      ask<UserPage>('GET', '/users', { query: { ...filter, limit: 60, cursor: pageParam }, signal }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next ?? null,
  });

/** What people are called, disabled ones too: for who may see no users as well. */
export const namesQuery = queryOptions({
  queryKey: ['users', 'names'],
  queryFn: ({ signal }) => ask<NamedPersonList>('GET', '/internal/people', { signal }),
  staleTime: 60_000,
});

export const rolesQuery = queryOptions({
  queryKey: ['roles'],
  queryFn: ({ signal }) => ask<RolePage>('GET', '/roles', { signal }),
});

/** One role, and what a change of it is made from. */
export const roleQuery = (id: string) =>
  queryOptions({
    queryKey: ['roles', id],
    queryFn: ({ signal }) => askRevised<Role>('GET', `/roles/${idOf(id)}`, { signal }),
  });

export const tokensQuery = queryOptions({
  queryKey: ['api-tokens'],
  queryFn: ({ signal }) => ask<ApiTokenPage>('GET', '/api-tokens', { signal }),
});

export const inviteUser = (body: UserForm) => ask<InvitedUser>('POST', '/users', { body });
export const updateUser = (id: string, body: UserForm) => ask<User>('POST', `/users/${idOf(id)}`, { body });
export const deleteUser = (id: string) => ask<null>('DELETE', `/users/${idOf(id)}`);
export const passwordLink = (id: string) => ask<PasswordLink>('POST', `/users/${idOf(id)}/password-link`);
export const unlockUser = (id: string) => ask<null>('POST', `/users/${idOf(id)}/unlock`);
export const signUserOut = (id: string) => ask<null>('DELETE', `/users/${idOf(id)}/sessions`);
export const removeFactorOf = (id: string) => ask<null>('DELETE', `/users/${idOf(id)}/second-factor`);

export const createRole = (body: RoleForm) => ask<Role>('POST', '/roles', { body });
export const updateRole = (id: string, body: RoleForm, revision: string | null) =>
  ask<Role>('POST', `/roles/${idOf(id)}`, { body, revision });
export const deleteRole = (id: string) => ask<null>('DELETE', `/roles/${idOf(id)}`);

export const createToken = (body: ApiTokenForm) => ask<ApiToken>('POST', '/api-tokens', { body });
/** One token, and what a change of it is made from. */
export const readToken = (id: string) => askRevised<ApiToken>('GET', `/api-tokens/${idOf(id)}`);
export const updateToken = (id: string, body: ApiTokenForm, revision: string | null) =>
  ask<ApiToken>('POST', `/api-tokens/${idOf(id)}`, { body, revision });
export const rotateToken = (id: string) => ask<ApiToken>('POST', `/api-tokens/${idOf(id)}/rotate`);
export const deleteToken = (id: string) => ask<null>('DELETE', `/api-tokens/${idOf(id)}`);
