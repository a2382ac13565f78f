// General settings, identity providers, and who somebody is to them.
import { queryOptions } from '@tanstack/react-query';
import type { components } from '../../generated/api';
import { ask, askRevised } from './client';
import type { User } from './types';

type Schemas = components['schemas'];
export type GeneralSettings = Schemas['GeneralSettings'];
export type Setting = Schemas['Setting'];
export type ServerFacts = Schemas['ServerFacts'];
export type Fact = Schemas['Fact'];
export type SignOn = Schemas['SignOn'];
export type SignOnForm = Schemas['SignOnForm'];
export type IdentityProvider = Schemas['IdentityProvider'];
export type IdentityProviderForm = Schemas['IdentityProviderForm'];
export type IdentityProviderList = Schemas['IdentityProviderList'];
export type ProviderAddresses = Schemas['ProviderAddresses'];
export type ProviderTest = Schemas['ProviderTest'];
export type GroupRole = Schemas['GroupRole'];
export type UserIdentity = Schemas['UserIdentity'];
export type UserIdentityList = Schemas['UserIdentityList'];

const idOf = encodeURIComponent;

export const generalQuery = queryOptions({
  queryKey: ['general-settings'],
  queryFn: ({ signal }) => askRevised<GeneralSettings>('GET', '/internal/settings', { signal }),
});

export const signOnQuery = queryOptions({
  queryKey: ['sign-on'],
  queryFn: ({ signal }) => askRevised<SignOn>('GET', '/internal/sign-on', { signal }),
});

export const providersQuery = queryOptions({
  queryKey: ['identity-providers'],
  queryFn: ({ signal }) => ask<IdentityProviderList>('GET', '/internal/sign-on/providers', { signal }),
});

/** One provider, and what a change of it is made from. */
export const providerQuery = (id: string) =>
  queryOptions({
    queryKey: ['identity-providers', id],
    queryFn: ({ signal }) => askRevised<IdentityProvider>('GET', `/internal/sign-on/providers/${idOf(id)}`, { signal }),
  });

export const identitiesQuery = (userId: string) =>
  queryOptions({
    queryKey: ['identities', userId],
    queryFn: ({ signal }) => ask<UserIdentityList>('GET', `/users/${idOf(userId)}/identities`, { signal }),
  });

export const putGeneral = (settings: Record<string, unknown>, revision: string | null) =>
  askRevised<GeneralSettings>('PUT', '/internal/settings', { body: { settings }, revision });
export const putSignOn = (body: SignOnForm, revision: string | null) =>
  askRevised<SignOn>('PUT', '/internal/sign-on', { body, revision });
export const testProvider = (body: IdentityProviderForm) => ask<ProviderTest>('POST', '/internal/sign-on/test', { body });
export const createProvider = (body: IdentityProviderForm) =>
  ask<IdentityProvider>('POST', '/internal/sign-on/providers', { body });
export const updateProvider = (id: string, body: IdentityProviderForm, revision: string | null) =>
  ask<IdentityProvider>('PUT', `/internal/sign-on/providers/${idOf(id)}`, { body, revision });
export const deleteProvider = (id: string) => ask<null>('DELETE', `/internal/sign-on/providers/${idOf(id)}`);

export const connectIdentity = (userId: string, issuer: string, subject: string) =>
  ask<User>('POST', `/users/${idOf(userId)}/identities`, { body: { issuer, subject } });
export const disconnectIdentity = (userId: string, issuer: string, subject: string) =>
  ask<null>('DELETE', `/users/${idOf(userId)}/identities`, { query: { issuer, subject } });
