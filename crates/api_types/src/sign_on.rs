//! Identity providers and how people sign in, as Settings → Single sign-on shows them; secrets read as `********`.

use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

use crate::words;

/// How people sign in, beside the providers themselves.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SignOn {
    /// Passwords work only for administrators.
    pub enforce_sso: bool,
    /// Where `enforceSso` is set.
    #[schema(value_type = words::SettingOrigin)]
    pub enforce_sso_origin: String,
    /// Name of the role of people whose groups name none.
    pub default_role: String,
    /// Where `defaultRole` is set.
    #[schema(value_type = words::SettingOrigin)]
    pub default_role_origin: String,
    /// Whether the caller may change any of this: it takes every permission, because a provider says who people are.
    pub may_change: bool,
    /// What is entered at a provider; `{id}` stands for its id.
    pub addresses: ProviderAddresses,
    /// What may not be meant so.
    pub warnings: Vec<String>,
}

/// What is set of signing in; null leaves it to the default. What the configuration file states cannot be set.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SignOnForm {
    /// Passwords work only for administrators.
    #[serde(default)]
    pub enforce_sso: Option<bool>,
    /// Name of the role of people whose groups name none.
    #[serde(default)]
    #[schema(max_length = 255)]
    pub default_role: Option<String>,
}

/// Addresses of this server, as they are entered at a provider.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ProviderAddresses {
    /// OpenID Connect: where people come back to.
    pub redirect_uri: Option<String>,
    /// SAML: where the answer is posted to.
    pub acs_url: Option<String>,
    /// SAML: what this server is called, also known as audience.
    pub entity_id: Option<String>,
    /// SAML: where this server describes itself.
    pub metadata_url: Option<String>,
    /// Where signing in begins, for a tile at the provider.
    pub start_url: String,
    /// SCIM 2.0: where the provider makes and disables people.
    pub scim_base_url: String,
}

/// Which group gives which role.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct GroupRole {
    /// The group, as the provider names it.
    #[schema(min_length = 1)]
    pub group: String,
    /// Name of the role.
    #[schema(min_length = 1)]
    pub role: String,
}

/// An identity provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct IdentityProvider {
    /// Its id, part of its addresses here.
    pub id: String,
    /// What people read on the button.
    pub label: String,
    /// The protocol.
    #[schema(value_type = words::IdentityProviderKind)]
    pub kind: String,
    /// Declared in the configuration file: read-only here.
    pub provisioned: bool,
    /// Which group gives which role; the first entry whose group somebody is in decides.
    pub role_map: Vec<GroupRole>,
    /// Domains of mail addresses that are let in; empty = all.
    pub email_domains: Vec<String>,
    /// Of a provider that speaks OpenID Connect.
    pub oidc: Option<OidcOptions>,
    /// Of a provider that speaks SAML 2.0.
    pub saml: Option<SamlOptions>,
    /// What people are known by: `iss` of OpenID Connect, `entityID` of SAML; null until it is known.
    pub issuer: Option<String>,
    /// What is entered at the provider.
    pub addresses: ProviderAddresses,
    /// Why nobody can sign in through it.
    pub problem: Option<String>,
    /// What may not be meant so.
    pub warnings: Vec<String>,
}

/// All identity providers, those of the configuration file first.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct IdentityProviderList {
    /// They.
    pub results: Vec<IdentityProvider>,
    /// Always null: there are few.
    pub next: Option<String>,
}

/// What a provider that speaks OpenID Connect has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OidcOptions {
    /// What its tokens name as `iss`, exactly as it is written.
    pub issuer: String,
    /// What it knows this server by.
    pub client_id: String,
    /// `********` when there is one.
    pub client_secret: Option<String>,
    /// What is asked for.
    pub scopes: Vec<String>,
    /// Name of the claim with the groups.
    pub groups_claim: String,
}

/// What a provider that speaks SAML has.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SamlOptions {
    /// Where its metadata is; null when the metadata itself was given.
    pub metadata_url: Option<String>,
    /// The metadata itself; null for a file of the configuration.
    pub metadata: Option<String>,
    /// The name that it has to have in its metadata.
    pub entity_id: Option<String>,
    /// The attribute with the mail address.
    pub email_attribute: String,
    /// The attribute with the first name.
    pub first_name_attribute: String,
    /// The attribute with the last name.
    pub last_name_attribute: String,
    /// The attribute with the groups, or with the role itself where no group is mapped to one.
    pub role_attribute: String,
}

/// An identity provider as a person writes it: to make one, to replace one, or to test it before it is saved. Either
/// `oidc` or `saml` is given.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct IdentityProviderForm {
    /// Its id: small letters, digits, `_` and `-`; a letter or digit first. Empty or null when one is tested that has
    /// none yet. One that is replaced keeps the id of its path.
    #[serde(default)]
    #[schema(max_length = 63, pattern = "^([a-z0-9][a-z0-9_-]*)?$")]
    pub id: Option<String>,
    /// What people read on the button; the id by default.
    #[serde(default)]
    #[schema(max_length = 100)]
    pub label: Option<String>,
    /// Which group gives which role, each group once; the first entry whose group somebody is in decides.
    #[serde(default)]
    #[schema(max_items = 1000)]
    pub role_map: Vec<GroupRole>,
    /// Domains of mail addresses that are let in; empty = all.
    #[serde(default)]
    #[schema(max_items = 1000)]
    pub email_domains: Vec<String>,
    /// Of a provider that speaks OpenID Connect.
    #[serde(default)]
    pub oidc: Option<OidcForm>,
    /// Of a provider that speaks SAML 2.0.
    #[serde(default)]
    pub saml: Option<SamlForm>,
}

/// A provider that speaks OpenID Connect, as a person writes it.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OidcForm {
    /// What its tokens name as `iss`, exactly as it is written: an https URL without `?` and `#`.
    #[schema(min_length = 1)]
    pub issuer: String,
    /// What it knows this server by.
    #[schema(min_length = 1)]
    pub client_id: String,
    /// When replacing: absent or `********` stays, null clears it.
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, max_length = 4096)]
    pub client_secret: Option<Option<String>>,
    /// What is asked for, `openid` among it; `openid`, `profile` and `email` by default.
    #[serde(default)]
    #[schema(min_items = 1)]
    pub scopes: Option<Vec<String>>,
    /// Name of the claim with the groups; `groups` by default.
    #[serde(default)]
    #[schema(min_length = 1)]
    pub groups_claim: Option<String>,
}

/// A provider that speaks SAML 2.0, as a person writes it; either `metadataUrl` or `metadata` is given.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SamlForm {
    /// Where its metadata is.
    #[serde(default)]
    pub metadata_url: Option<String>,
    /// The metadata itself, as XML.
    #[serde(default)]
    pub metadata: Option<String>,
    /// The name that it has to have in its metadata.
    #[serde(default)]
    pub entity_id: Option<String>,
    /// The attribute with the mail address; `PantherEmail` by default.
    #[serde(default)]
    #[schema(max_length = 255)]
    pub email_attribute: Option<String>,
    /// The attribute with the first name; `PantherFirstName` by default.
    #[serde(default)]
    #[schema(max_length = 255)]
    pub first_name_attribute: Option<String>,
    /// The attribute with the last name; `PantherLastName` by default.
    #[serde(default)]
    #[schema(max_length = 255)]
    pub last_name_attribute: Option<String>,
    /// The attribute with the groups; `PantherRole` by default.
    #[serde(default)]
    #[schema(max_length = 255)]
    pub role_attribute: Option<String>,
}

/// What a provider says of itself, or why it could not be asked.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ProviderTest {
    /// Whether what it says can be used.
    pub success: bool,
    /// Why not.
    pub problem: Option<String>,
    /// What was found.
    pub found: Vec<Fact>,
    /// What may not be meant so.
    pub warnings: Vec<String>,
}

/// Something to know, by its name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Fact {
    /// What it is.
    pub name: String,
    /// What is to say of it.
    pub text: String,
}

impl Fact {
    /// One.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "numbers, texts and references alike are given as they are"
    )]
    pub fn new(name: &str, text: impl ToString) -> Fact {
        Fact { name: name.to_owned(), text: text.to_string() }
    }
}

/// Who somebody is to a provider.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserIdentity {
    /// Who vouches: `iss` of OpenID Connect, the entity id of SAML.
    pub issuer: String,
    /// The person there.
    pub subject: String,
    /// Since when it is known.
    pub created_at: String,
    /// Last sign-in by it.
    pub last_used_at: Option<String>,
}

/// Who somebody is to providers, and which ones there are.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct UserIdentityList {
    /// The identities, oldest first.
    pub results: Vec<UserIdentity>,
    /// Always null: there are few.
    pub next: Option<String>,
    /// Providers that people are known by now.
    pub providers: Vec<KnownIssuer>,
}

/// A provider, and what people are known by there.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct KnownIssuer {
    /// What people read on the button.
    pub label: String,
    /// `iss` or the entity id.
    pub issuer: String,
}

/// Which identity to connect a person with.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct UserIdentityForm {
    /// Who vouches: `iss` of OpenID Connect, the entity id of SAML.
    #[schema(min_length = 1, max_length = 255)]
    pub issuer: String,
    /// The person there, as the log names it.
    #[schema(min_length = 1, max_length = 255)]
    pub subject: String,
}

/// A value that is there, null included.
fn given<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<String>>, D::Error> {
    Option::<String>::deserialize(deserializer).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_that_is_absent_is_not_one_that_is_null() {
        let secret = |text: &str| serde_json::from_str::<OidcForm>(text).unwrap().client_secret;
        assert_eq!(secret(r#"{"issuer": "i", "clientId": "c"}"#), None);
        assert_eq!(secret(r#"{"issuer": "i", "clientId": "c", "clientSecret": null}"#), Some(None));
        let one = secret(r#"{"issuer": "i", "clientId": "c", "clientSecret": "x"}"#);
        assert_eq!(one, Some(Some("x".to_owned())));
    }
}
