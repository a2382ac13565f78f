//! What is handed in and given back about settings and identity providers that are made while the server runs.

use jiff::Timestamp;
use serde_json::Value;

use crate::error::StoreErrorKind;
use crate::secrets::Sealed;

/// So many identity providers may be stored.
pub const IDENTITY_PROVIDERS_MAX: u64 = 20;

/// A group of settings that is stored as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SettingsGroup {
    /// Alerting, delivery, retention.
    General,
    /// How people sign in, beside the providers.
    SignIn,
}

impl SettingsGroup {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            SettingsGroup::General => "general",
            SettingsGroup::SignIn => "sign_in",
        }
    }
}

/// An identity provider as it is stored.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredIdentityProvider {
    /// Unique id, part of its addresses.
    pub id: String,
    /// What is not secret, as an object.
    pub settings: Value,
    /// The secret of the client, sealed for the owner [`StoredIdentityProvider::owner`].
    pub secret: Option<Sealed>,
    /// Grows with every change; [`crate::Store::update_identity_provider`] refuses an older one.
    pub revision: u64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was changed last.
    pub updated_at: Timestamp,
}

impl StoredIdentityProvider {
    /// What its secret is bound to.
    pub fn owner(id: &str) -> String {
        format!("identity-provider:{id}")
    }
}

/// Why an identity provider cannot be made or changed so.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdentityProviderError {
    /// No stored provider has this id.
    #[error("no identity provider `{id}` is stored")]
    Unknown {
        /// What was asked for.
        id: String,
    },
    /// Another one has it.
    #[error("the id `{id}` is taken by another identity provider; choose another")]
    IdTaken {
        /// The id.
        id: String,
    },
    /// Somebody else changed it after it was read.
    #[error("the identity provider `{id}` was changed meanwhile; read it again and repeat the change")]
    ChangedMeanwhile {
        /// Which one.
        id: String,
    },
    /// There are as many as there may be.
    #[error("{IDENTITY_PROVIDERS_MAX} identity providers are stored, which is the most; delete one first")]
    TooMany,
}

impl IdentityProviderError {
    /// The coarse kind.
    pub fn kind(&self) -> StoreErrorKind {
        match self {
            Self::Unknown { .. } => StoreErrorKind::NotFound,
            Self::IdTaken { .. } | Self::ChangedMeanwhile { .. } => StoreErrorKind::Conflict,
            Self::TooMany => StoreErrorKind::Invalid,
        }
    }
}
