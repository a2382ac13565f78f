// The steps at each vendor; what is in quotes is what the vendor's own pages call it.
import type { Protocol, Vendor } from '../../app/searches-settings';

export const VENDOR_NAMES: Record<Vendor, string> = {
  okta: 'Okta', entra: 'Microsoft Entra ID', google: 'Google Workspace', other: 'another provider',
};

type Steps = { steps: readonly string[]; page: string | null };

export const STEPS: Record<Protocol, Record<Vendor, Steps>> = {
  oidc: {
    okta: { page: 'https://help.okta.com/oie/en-us/content/topics/apps/apps_app_integration_wizard_oidc.htm', steps: [
      '“Applications”, “Create App Integration”, “OIDC - OpenID Connect”, “Web Application”, grant type “Authorization Code”.',
      'Enter the redirect URI below, and assign the people or groups.',
      'Under “Sign On”, give the ID token a groups claim “groups” with the filter “Matches regex” for your groups.',
      'Copy the client id and the client secret here. The issuer is your Okta address, such as https://example.okta.com.',
    ] },
    entra: { page: 'https://learn.microsoft.com/en-us/entra/identity-platform/quickstart-register-app', steps: [
      '“App registrations”, “New registration”, platform “Web”, with the redirect URI below.',
      '“Certificates & secrets”: make a client secret, and copy its value here.',
      '“Token configuration”: add the groups claim “Groups assigned to the application”, and the optional claim “email”.',
      'The issuer is https://login.microsoftonline.com/TENANT-ID/v2.0. Groups are named by their object ids; leave out the scope groups.',
    ] },
    google: { page: 'https://developers.google.com/identity/openid-connect/openid-connect', steps: [
      'In the Google Cloud console set the consent screen to “Internal”, then make an “OAuth client ID” of the type “Web application”.',
      'Enter the redirect URI below, and copy the client id and the client secret here.',
      'The issuer is https://accounts.google.com. Leave out the scope groups: Google sends none, so give roles here.',
      'Name your domains below, so that nobody else with a Google account comes in.',
    ] },
    other: { page: null, steps: [
      'Make a confidential client with the authorization code flow and PKCE (S256).',
      'Enter the redirect URI below.',
      'Have the ID token or the user information name the groups in one claim.',
      'Copy the issuer, exactly as the discovery document names it, the client id and the client secret here.',
    ] },
  },
  saml: {
    okta: { page: 'https://help.okta.com/oie/en-us/content/topics/apps/apps_app_integration_wizard_saml.htm', steps: [
      '“Applications”, “Create App Integration”, “SAML 2.0”, with the ACS URL and the entity id below.',
      'Name ID format “Persistent”; response and assertion “Signed” with RSA-SHA256; assertion “Unencrypted”.',
      'Attribute statements: PantherEmail is user.email, PantherFirstName is user.firstName, PantherLastName is user.lastName.',
      'Group attribute statement: PantherRole, “Matches regex” for your groups. Copy “Metadata URL” of “Sign On” here.',
    ] },
    entra: { page: 'https://learn.microsoft.com/en-us/entra/identity/enterprise-apps/add-application-portal-setup-sso', steps: [
      '“Enterprise applications”, “New application”, “Create your own application”, “Single sign-on”, “SAML”.',
      'Identifier is the entity id below, reply URL the ACS URL. The unique user identifier is user.objectid, format “Persistent”.',
      'Claims without a namespace: PantherEmail is user.mail, PantherFirstName is user.givenname, PantherLastName is user.surname.',
      'Group claim “Groups assigned to the application” named PantherRole. Copy “App Federation Metadata Url” here.',
    ] },
    google: { page: 'https://support.google.com/a/answer/6087519', steps: [
      '“Apps”, “Web and mobile apps”, “Add custom SAML app”; download the metadata and paste it here.',
      'Enter the ACS URL and the entity id below. Name ID is “Primary email”, format EMAIL.',
      'Attributes: “Primary email” is PantherEmail, “First name” is PantherFirstName, “Last name” is PantherLastName.',
      'Group membership: your groups, with the app attribute PantherRole. Get the metadata again before its certificate ends.',
    ] },
    other: { page: null, steps: [
      'Make a SAML 2.0 application with the ACS URL and the entity id below; the sign-in begins here, not at the provider.',
      'Sign the response or the assertion with SHA-256, and do not encrypt it.',
      'Send the mail address, the names and the groups as the attributes below; the name of a person should be persistent.',
      'Copy the address of the metadata here, or paste the metadata itself.',
    ] },
  },
};
