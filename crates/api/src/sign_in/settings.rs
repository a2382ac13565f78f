//! How people may sign in, as the configuration says.

use std::sync::Arc;

use ::saml::IdentityProvider;
use secrecy::SecretString;
use url::Url;

/// How people may sign in besides passwords, and whether passwords still count.
#[derive(Clone, Debug)]
pub struct SignInSettings {
    /// Passwords work only for administrators.
    pub enforce_sso: bool,
    /// Name of the role of people whose groups name none.
    pub default_role: String,
    /// Providers that speak OpenID Connect.
    pub oidc: Vec<OidcProvider>,
    /// Providers that speak SAML 2.0.
    pub saml: Vec<SamlProvider>,
}

impl Default for SignInSettings {
    fn default() -> Self {
        let default_role = model::DefaultRole::AnalystReadOnly.to_string();
        SignInSettings { enforce_sso: false, default_role, oidc: Vec::new(), saml: Vec::new() }
    }
}

/// What all identity providers have in common.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provider {
    /// Part of its addresses here; unique among all providers.
    pub id: String,
    /// What people read on the button.
    pub label: String,
    /// Which group gives which role, by name; the first entry whose group somebody is in decides.
    pub role_map: Vec<(String, String)>,
    /// Domains of addresses that are let in, in small letters; empty = all.
    pub email_domains: Vec<String>,
}

/// A provider that speaks OpenID Connect.
#[derive(Clone, Debug)]
pub struct OidcProvider {
    /// What all providers have.
    pub provider: Provider,
    /// What its tokens name as `iss`, exactly as it is written.
    pub issuer: String,
    /// What it knows this server by.
    pub client_id: String,
    /// What this server proves that with; `None` for a public client.
    pub client_secret: Option<SecretString>,
    /// What is asked for; has `openid`.
    pub scopes: Vec<String>,
    /// Name of the claim with the groups.
    pub groups_claim: String,
}

/// A provider that speaks SAML 2.0.
#[derive(Clone, Debug)]
pub struct SamlProvider {
    /// What all providers have.
    pub provider: Provider,
    /// What it says of itself.
    pub metadata: SamlMetadata,
    /// The name that it has to have there; `None` = the one that it had first.
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

/// A provider of either protocol.
#[derive(Clone, Debug)]
pub enum AnyProvider {
    /// OpenID Connect.
    Oidc(OidcProvider),
    /// SAML 2.0.
    Saml(SamlProvider),
}

impl AnyProvider {
    /// What all providers have.
    pub fn common(&self) -> &Provider {
        match self {
            AnyProvider::Oidc(oidc) => &oidc.provider,
            AnyProvider::Saml(saml) => &saml.provider,
        }
    }

    /// What people are known by there, as far as that is said without asking.
    pub fn issuer(&self) -> Option<&str> {
        match self {
            AnyProvider::Oidc(oidc) => Some(&oidc.issuer),
            AnyProvider::Saml(saml) => match &saml.metadata {
                SamlMetadata::File(metadata) => Some(&metadata.entity_id),
                SamlMetadata::Url(_) => saml.entity_id.as_deref(),
            },
        }
    }
}

/// Where the metadata of a provider comes from.
#[derive(Clone, Debug)]
pub enum SamlMetadata {
    /// A file, as it was read with the configuration.
    File(Arc<IdentityProvider>),
    /// It is fetched, again and again.
    Url(Url),
}

/// A way to sign in that the sign-in page shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Way<'a> {
    pub(crate) provider: &'a Provider,
    /// `OIDC` or `SAML`.
    pub(crate) kind: model::SignInMethod,
    /// Where it begins, on this server.
    pub(crate) path: String,
}

impl SignInSettings {
    /// All providers, in the order of the configuration.
    pub(crate) fn ways(&self) -> impl Iterator<Item = Way<'_>> {
        let oidc = self.oidc.iter().map(|OidcProvider { provider, .. }| Way {
            provider,
            kind: model::SignInMethod::Oidc,
            path: format!("/internal/oidc/{}/start", provider.id),
        });
        let saml = self.saml.iter().map(|SamlProvider { provider, .. }| Way {
            provider,
            kind: model::SignInMethod::Saml,
            path: format!("/internal/saml/{}/start", provider.id),
        });
        oidc.chain(saml)
    }

    /// Whether people may sign in through anybody else.
    pub fn has_providers(&self) -> bool {
        self.ways().next().is_some()
    }

    /// Whether a provider has this id.
    pub fn has_provider(&self, id: &str) -> bool {
        self.ways().any(|way| way.provider.id == id)
    }

    /// Another provider than `id` that vouches for people under this name, as far as the configuration alone says so.
    pub fn other_vouching(&self, issuer: &str, id: &str) -> Option<&Provider> {
        let oidc = self.oidc.iter().filter(|oidc| oidc.issuer == issuer).map(|oidc| &oidc.provider);
        let is_named = |saml: &&SamlProvider| match &saml.metadata {
            SamlMetadata::File(metadata) => metadata.entity_id == issuer,
            SamlMetadata::Url(_) => saml.entity_id.as_deref() == Some(issuer),
        };
        let saml = self.saml.iter().filter(is_named).map(|saml| &saml.provider);
        oidc.chain(saml).find(|provider| provider.id != id)
    }

    /// Another provider that vouches for people under the name of this one, so that its rules would count for them.
    /// Several clients of one issuer of OpenID Connect are the same organization's.
    pub fn conflicting(&self, new: &AnyProvider) -> Option<&Provider> {
        let id = &new.common().id;
        let other = self.other_vouching(new.issuer()?, id)?;
        let is_oidc = |provider: &Provider| self.oidc.iter().any(|oidc| oidc.provider.id == provider.id);
        let are_clients = matches!(new, AnyProvider::Oidc(_)) && is_oidc(other);
        (!are_clients).then_some(other)
    }

    /// Takes one more provider.
    pub fn add(&mut self, provider: AnyProvider) {
        match provider {
            AnyProvider::Oidc(oidc) => self.oidc.push(oidc),
            AnyProvider::Saml(saml) => self.saml.push(saml),
        }
    }

    /// Names of roles that the settings speak of.
    pub fn roles(&self) -> impl Iterator<Item = &str> {
        let mapped = self.ways().flat_map(|way| way.provider.role_map.iter());
        std::iter::once(self.default_role.as_str()).chain(mapped.map(|(_, role)| role.as_str()))
    }
}
