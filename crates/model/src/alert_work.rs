//! What people and programs do with an alert: changes of its fields, and comments.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::alert::{Actor, word_enum};
use crate::ids::AlertId;

word_enum! {
    /// What an alert turned out to be. The reference product's words are not known; these are ours.
    AlertQuality {
        /// Malicious, rightly found.
        TruePositive = "TRUE_POSITIVE",
        /// Rightly found, and harmless.
        BenignPositive = "BENIGN_POSITIVE",
        /// Not what the detection looks for.
        FalsePositive = "FALSE_POSITIVE",
    }
}

word_enum! {
    /// A field of an alert that can be changed.
    AlertField {
        /// Its status.
        Status = "status",
        /// Who works on it.
        Assignee = "assignee",
        /// What it turned out to be.
        Quality = "quality",
        /// Words that people put on it.
        ContextTags = "contextTags",
    }
}

word_enum! {
    /// How the text of a comment is to be read.
    CommentFormat {
        /// As it is.
        PlainText = "PLAIN_TEXT",
        /// As HTML; whoever shows it must not trust it.
        Html = "HTML",
    }
}

/// One change of one field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlertStep {
    /// What was changed.
    pub field: AlertField,
    /// Its value before; tags joined by commas.
    pub before: Option<String>,
    /// Its value from then on.
    pub after: Option<String>,
    /// Who changed it.
    pub actor: Actor,
    /// When.
    pub at: Timestamp,
}

/// A comment on an alert.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comment {
    /// Opaque id (UUID).
    pub id: String,
    /// The alert.
    pub alert_id: AlertId,
    /// Its text.
    pub body: String,
    /// How to read it.
    pub format: CommentFormat,
    /// When it was written.
    pub created_at: Timestamp,
    /// Who wrote it.
    pub created_by: Actor,
    /// When it was changed last.
    pub updated_at: Option<Timestamp>,
    /// Who changed it last.
    pub updated_by: Option<Actor>,
}
