// What may stand behind `?` in the addresses of the settings pages.
export const PROTOCOLS = ['oidc', 'saml'] as const;
export const VENDORS = ['okta', 'entra', 'google', 'other'] as const;
export type Protocol = (typeof PROTOCOLS)[number];
export type Vendor = (typeof VENDORS)[number];
export type NewProviderSearch = { kind: Protocol; vendor: Vendor };

/** Which form, and whose steps beside it. */
export function newProviderSearch(raw: Record<string, unknown>): NewProviderSearch {
  return {
    kind: PROTOCOLS.find((word) => word === raw['kind']) ?? 'oidc',
    vendor: VENDORS.find((word) => word === raw['vendor']) ?? 'okta',
  };
}
