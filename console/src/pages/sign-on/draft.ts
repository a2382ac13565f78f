// A provider as it stands in the form, and as it is sent.
import type { GroupRole, IdentityProvider, IdentityProviderForm } from '../../api/settings';
import type { Protocol, Vendor } from '../../app/searches-settings';

export type Draft = {
  id: string; label: string; roleMap: GroupRole[]; emailDomains: string;
  issuer: string; clientId: string; clientSecret: string; hasNoSecret: boolean; scopes: string; groupsClaim: string;
  source: 'url' | 'document'; metadataUrl: string; metadata: string; entityId: string;
  emailAttribute: string; firstNameAttribute: string; lastNameAttribute: string; roleAttribute: string;
};

export const EMPTY: Draft = {
  id: '', label: '', roleMap: [], emailDomains: '',
  issuer: '', clientId: '', clientSecret: '', hasNoSecret: false, scopes: 'openid profile email groups', groupsClaim: 'groups',
  source: 'url', metadataUrl: '', metadata: '', entityId: '',
  emailAttribute: 'PantherEmail', firstNameAttribute: 'PantherFirstName', lastNameAttribute: 'PantherLastName',
  roleAttribute: 'PantherRole',
};

/** What a vendor is asked for; not every one knows the scope `groups`. */
export function scopesOf(vendor: Vendor): string {
  return vendor === 'okta' ? 'openid profile email groups' : 'openid profile email';
}

export function draftOf(provider: IdentityProvider): Draft {
  const { oidc, saml } = provider;
  return {
    ...EMPTY, id: provider.id, label: provider.label, roleMap: provider.roleMap, emailDomains: provider.emailDomains.join(' '),
    ...(oidc ? {
      issuer: oidc.issuer, clientId: oidc.clientId, hasNoSecret: !oidc.clientSecret, scopes: oidc.scopes.join(' '),
      groupsClaim: oidc.groupsClaim,
    } : {}),
    ...(saml ? {
      source: saml.metadataUrl ? 'url' as const : 'document' as const, metadataUrl: saml.metadataUrl ?? '',
      metadata: saml.metadata ?? '', entityId: saml.entityId ?? '', emailAttribute: saml.emailAttribute,
      firstNameAttribute: saml.firstNameAttribute, lastNameAttribute: saml.lastNameAttribute, roleAttribute: saml.roleAttribute,
    } : {}),
  };
}

/** The id that a name suggests: small letters, digits and dashes. */
export function idOf(label: string): string {
  return label.toLowerCase().replace(/[^a-z0-9]+/g, '-').replace(/^-+|-+$/g, '').slice(0, 63);
}

const words = (text: string) => text.split(/[\s,]+/).filter((word) => word !== '');

export function formOf(kind: Protocol, draft: Draft): IdentityProviderForm {
  const common = {
    id: draft.id, label: draft.label.trim(), emailDomains: words(draft.emailDomains),
    roleMap: draft.roleMap.filter(({ group }) => group.trim() !== '').map(({ group, role }) => ({ group: group.trim(), role })),
  };
  if (kind === 'oidc') {
    const secret = draft.hasNoSecret ? { clientSecret: null } : draft.clientSecret === '' ? {} : { clientSecret: draft.clientSecret };
    return { ...common, oidc: {
      issuer: draft.issuer.trim(), clientId: draft.clientId.trim(), ...secret, scopes: words(draft.scopes),
      groupsClaim: draft.groupsClaim.trim() || null,
    } };
  }
  const source = draft.source === 'url' ? { metadataUrl: draft.metadataUrl.trim() } : { metadata: draft.metadata };
  return { ...common, saml: {
    ...source, entityId: draft.entityId.trim() || null, emailAttribute: draft.emailAttribute.trim(),
    firstNameAttribute: draft.firstNameAttribute.trim(), lastNameAttribute: draft.lastNameAttribute.trim(),
    roleAttribute: draft.roleAttribute.trim(),
  } };
}
