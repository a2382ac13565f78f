//! What several resources share.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Why a request was refused.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ErrorMessage {
    /// What failed, with which value, and what to do next.
    pub message: String,
}

/// Who did something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Actor {
    /// User or token id.
    pub id: String,
    /// `user`, `api-token` or `system`.
    #[serde(rename = "type")]
    pub actor_type: String,
}

impl From<&model::Actor> for Actor {
    fn from(actor: &model::Actor) -> Self {
        let model::Actor { id, kind } = actor;
        let actor_type = match kind {
            model::ActorKind::User => "user",
            model::ActorKind::ApiToken => "api-token",
            model::ActorKind::System => "system",
        };
        Actor { id: id.clone(), actor_type: actor_type.to_owned() }
    }
}

/// Answer of a log source: how many bytes of body were accepted and are durable.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct SourceAccepted {
    /// Bytes of the body as sent.
    pub accepted: u64,
}

/// Whether the server can do its work.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Readiness {
    /// `true` with status 200, `false` with 503.
    pub ready: bool,
    /// What is missing, while not ready.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// A time as the API writes it: RFC 3339 in UTC with `Z`, a fraction only when there is one.
pub fn wire_time(at: Timestamp) -> String {
    model::format_aws_date_time(at)
}
