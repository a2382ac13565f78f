//! What handlers ask of the settings of the running server; `margay` answers.

use std::collections::BTreeMap;
use std::sync::Arc;

use api_types::{IdentityProvider, IdentityProviderForm, ServerFacts, Setting, SignOnForm};
use serde_json::Value;

use crate::control::{AdminRefusal, BoxFuture};
use crate::sign_in::settings::AnyProvider;

/// Settings that can be made while the server runs.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SettingsView {
    /// All of them, in the order of the configuration.
    pub settings: Vec<Setting>,
    /// What is stored and does not count, and why.
    pub warnings: Vec<String>,
}

/// How people sign in, and where that is said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SignOnView {
    /// Passwords work only for administrators.
    pub enforce_sso: bool,
    /// `file`, `console` or `default`.
    pub enforce_sso_origin: &'static str,
    /// Name of the role of people whose groups name none.
    pub default_role: String,
    /// `file`, `console` or `default`.
    pub default_role_origin: &'static str,
    /// The providers, those of the file first.
    pub providers: Vec<ProviderView>,
}

/// An identity provider as handlers see it: its addresses, and what only the database knows, are not filled in.
pub type ProviderView = IdentityProvider;

/// Settings and identity providers. What is changed counts when the answer is there.
pub trait SettingsAdmin: Send + Sync {
    /// The settings as they are.
    fn general(&self) -> Arc<SettingsView>;

    /// Makes these settings, by the keys of the configuration file, and no others.
    fn put_general(
        &self,
        made: BTreeMap<String, Value>,
    ) -> BoxFuture<'_, Result<Arc<SettingsView>, AdminRefusal>>;

    /// The server as it is.
    fn facts(&self) -> BoxFuture<'_, ServerFacts>;

    /// How people sign in.
    fn sign_on(&self) -> Arc<SignOnView>;

    /// Sets how people sign in, beside the providers.
    fn put_sign_on(&self, form: SignOnForm) -> BoxFuture<'_, Result<Arc<SignOnView>, AdminRefusal>>;

    /// What a form would become; nothing is stored.
    ///
    /// # Errors
    /// [`AdminRefusal::Invalid`] with the field and the rule.
    fn draft(&self, form: IdentityProviderForm) -> Result<AnyProvider, AdminRefusal>;

    /// Makes an identity provider.
    fn create_provider(
        &self,
        form: IdentityProviderForm,
    ) -> BoxFuture<'_, Result<ProviderView, AdminRefusal>>;

    /// Replaces one.
    fn update_provider<'a>(
        &'a self,
        id: &'a str,
        form: IdentityProviderForm,
    ) -> BoxFuture<'a, Result<ProviderView, AdminRefusal>>;

    /// Deletes one; whom it vouched for stays.
    fn delete_provider<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<(), AdminRefusal>>;
}
