//! Comments on alerts (`api.md` §3.2), and the history of an alert, which is ours.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::common::{Actor, wire_time};
use crate::words;

/// A comment on an alert.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Comment {
    /// UUID.
    pub id: String,
    /// The alert.
    pub alert_id: String,
    /// Its text.
    pub body: String,
    /// `PLAIN_TEXT` or `HTML`.
    #[schema(value_type = words::CommentFormat)]
    pub format: String,
    /// When it was written.
    pub created_at: String,
    /// Who wrote it.
    pub created_by: Actor,
    /// When it was changed last; null when never.
    pub updated_at: Option<String>,
    /// Who changed it last.
    pub updated_by: Option<Actor>,
}

impl From<&model::Comment> for Comment {
    fn from(comment: &model::Comment) -> Self {
        let model::Comment { id, alert_id, body, format, created_at, created_by, updated_at, updated_by } =
            comment;
        Comment {
            id: id.clone(),
            alert_id: alert_id.to_string(),
            body: body.clone(),
            format: format.to_string(),
            created_at: wire_time(*created_at),
            created_by: Actor::from(created_by),
            updated_at: updated_at.map(wire_time),
            updated_by: updated_by.as_ref().map(Actor::from),
        }
    }
}

/// A page of comments, oldest first.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct CommentPage {
    /// The comments.
    pub results: Vec<Comment>,
    /// Pass it back as `cursor`; null on the last page.
    pub next: Option<String>,
}

/// A comment to be written, or the new text of one.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CommentForm {
    /// The alert.
    pub alert_id: String,
    /// 1 to 16,384 characters.
    #[schema(min_length = 1, max_length = 16384)]
    pub body: String,
    /// `PLAIN_TEXT` or `HTML`.
    #[schema(value_type = words::CommentFormat)]
    pub format: String,
}

/// The same comment to be written on several alerts.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct BulkComment {
    /// The alerts, at most 500.
    #[schema(min_items = 1, max_items = 500)]
    pub ids: Vec<String>,
    /// 1 to 16,384 characters.
    #[schema(min_length = 1, max_length = 16384)]
    pub body: String,
    /// `PLAIN_TEXT` or `HTML`.
    #[schema(value_type = words::CommentFormat)]
    pub format: String,
}

/// How many alerts got a comment.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct AlertComments {
    /// The number of alerts, each counted once.
    pub count: u64,
}

/// What a browser is told when alerts were made or changed.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct LiveMessage {
    /// Number of the change; grows, and begins anew when the server starts.
    pub number: u64,
    /// Alerts that were made or changed since the last message; null when there are more than 100, or when who asks
    /// does not see every alert.
    pub ids: Option<Vec<String>>,
}

/// One change of one field of an alert.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct AlertStep {
    /// `status`, `assignee`, `quality` or `contextTags`.
    #[schema(value_type = words::AlertField)]
    pub field: String,
    /// The value before; tags joined by commas.
    pub before: Option<String>,
    /// The value from then on.
    pub after: Option<String>,
    /// Who changed it.
    pub actor: Actor,
    /// When.
    pub at: String,
}

impl From<&model::AlertStep> for AlertStep {
    fn from(step: &model::AlertStep) -> Self {
        let model::AlertStep { field, before, after, actor, at } = step;
        AlertStep {
            field: field.to_string(),
            before: before.clone(),
            after: after.clone(),
            actor: Actor::from(actor),
            at: wire_time(*at),
        }
    }
}

/// A page of the history of an alert, oldest first.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct AlertHistory {
    /// The changes.
    pub results: Vec<AlertStep>,
    /// Pass it back as `cursor`; null on the last page.
    pub next: Option<String>,
}
