//! Log sources and schemas as they are stored, and why a change of them is refused.

use jiff::Timestamp;
use model::{Actor, LogType, SourceId};
use serde::{Deserialize, Serialize};

use crate::error::StoreErrorKind;
use crate::secrets::Sealed;

/// A log source as it is stored.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredSource {
    /// Opaque id (UUID).
    pub id: SourceId,
    /// Unique name.
    pub label: String,
    /// What is not secret.
    pub settings: SourceSettings,
    /// Its secrets, a JSON text, sealed for the owner [`StoredSource::owner`].
    pub secrets: Sealed,
    /// Grows with every change; [`crate::Store::update_source`] refuses an older one.
    pub revision: u64,
    /// When it was made.
    pub created_at: Timestamp,
    /// Who made it.
    pub created_by: Option<Actor>,
    /// When it was changed last.
    pub updated_at: Timestamp,
    /// Who changed it last.
    pub updated_by: Option<Actor>,
}

impl StoredSource {
    /// What its secrets are bound to.
    pub fn owner(id: &SourceId) -> String {
        format!("source:{id}")
    }
}

/// What is not secret about a stored HTTP source. The words are kept as they were written, so that they read
/// back exactly.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceSettings {
    /// Schemas to try, in this order.
    pub log_types: Vec<LogType>,
    /// How a body is split into records.
    pub stream_type: String,
    /// More about how a body is split.
    pub stream_options: Option<StreamOptions>,
    /// What a sender must prove.
    pub auth_method: String,
    /// Header of a secret or a signature.
    pub auth_header_key: String,
    /// Digest under a signature.
    pub auth_hmac_alg: String,
    /// User name.
    pub auth_username: String,
}

/// More about how a body is split.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StreamOptions {
    /// Path of the array inside a document.
    pub json_array_envelope_field: String,
    /// Element that wraps the events.
    pub xml_root_element: String,
}

/// A schema as somebody writes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SchemaForm {
    /// Log type.
    pub name: String,
    /// YAML.
    pub spec: String,
    /// What it is, for people.
    pub description: String,
    /// Where the vendor describes the log.
    pub reference_url: String,
    /// Whether unknown fields are to be noted.
    pub is_field_discovery_enabled: bool,
    /// The revision that the change was made from; 0 for a new schema.
    pub revision: u64,
}

/// A schema as it is stored, in the version that counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredSchema {
    /// Log type.
    pub name: String,
    /// YAML, as it was written.
    pub spec: String,
    /// What it is, for people.
    pub description: String,
    /// Where the vendor describes the log.
    pub reference_url: String,
    /// Whether unknown fields are to be noted.
    pub is_field_discovery_enabled: bool,
    /// From 1; grows with every change of the text.
    pub revision: u64,
    /// An archived schema takes no logs.
    pub is_archived: bool,
    /// When the first version was made.
    pub created_at: Timestamp,
    /// When this version was made.
    pub updated_at: Timestamp,
    /// Who made this version.
    pub updated_by: Option<Actor>,
}

/// Why a source or a schema cannot be made or changed so.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IntakeError {
    /// No stored source has this id.
    #[error("no log source `{id}` is stored")]
    UnknownSource {
        /// What was asked for.
        id: SourceId,
    },
    /// Another source has this label.
    #[error("the label `{label}` is taken by another log source; choose another")]
    LabelTaken {
        /// The label.
        label: String,
    },
    /// Somebody else changed it after it was read.
    #[error("log source `{id}` was changed meanwhile; read it again and repeat the change")]
    ChangedMeanwhile {
        /// Which one.
        id: SourceId,
    },
    /// No stored schema has this name.
    #[error("no schema `{name}` is stored")]
    UnknownSchema {
        /// What was asked for.
        name: String,
    },
    /// The change was made from another version than the stored one.
    #[error("schema `{name}` has revision {stored}, and the change was made from {given}; read it again")]
    WrongRevision {
        /// Which one.
        name: String,
        /// Revision of the change.
        given: u64,
        /// Stored revision; 0 when there is none.
        stored: u64,
    },
    /// There are as many as there may be.
    #[error("there are {max} {what}, which is the most; delete some first")]
    TooMany {
        /// What there is too much of.
        what: &'static str,
        /// The limit.
        max: u64,
    },
}

impl IntakeError {
    /// The coarse kind.
    pub fn kind(&self) -> StoreErrorKind {
        match self {
            Self::UnknownSource { .. } | Self::UnknownSchema { .. } => StoreErrorKind::NotFound,
            Self::LabelTaken { .. } | Self::ChangedMeanwhile { .. } | Self::WrongRevision { .. } => {
                StoreErrorKind::Conflict
            }
            Self::TooMany { .. } => StoreErrorKind::Invalid,
        }
    }
}
