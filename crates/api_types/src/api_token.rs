//! API tokens as the API shows them, and as a person writes them.

use model::{Network, Permission};
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

use crate::common::Actor;
use crate::words;

/// One API token.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ApiToken {
    /// Its id.
    pub id: String,
    /// What it is for.
    pub name: String,
    /// What it may do now.
    #[schema(value_type = Vec<words::Permission>)]
    pub permissions: Vec<Permission>,
    /// The role that it acts in; null when it has permissions of its own.
    pub role: Option<String>,
    /// When it was made.
    pub created_at: String,
    /// Who made it; null for the command line.
    pub created_by: Option<Actor>,
    /// When it was changed last.
    pub updated_at: Option<String>,
    /// Who changed it last.
    pub updated_by: Option<Actor>,
    /// When its value was replaced last.
    pub rotated_at: Option<String>,
    /// Who replaced it.
    pub rotated_by: Option<Actor>,
    /// From when on it is refused; null = never.
    pub expires_at: Option<String>,
    /// Last use, to the minute.
    pub last_used_at: Option<String>,
    /// Blocks of addresses that it may be used from; empty = any.
    #[serde(rename = "allowedCIDRBlocks")]
    #[schema(value_type = Vec<String>)]
    pub allowed_cidr_blocks: Vec<Network>,
    /// The value itself; only in the answer that makes or rotates it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
}

/// A list of API tokens, newest first.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ApiTokenPage {
    /// The tokens.
    pub results: Vec<ApiToken>,
    /// Always null: the list is one page.
    pub next: Option<String>,
}

/// An API token as a person writes it.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ApiTokenForm {
    /// What it is for.
    #[schema(min_length = 1, max_length = 255)]
    pub name: String,
    /// What it may do; nothing that its maker may not.
    #[schema(value_type = Vec<words::Permission>)]
    pub permissions: Vec<Permission>,
    /// Blocks of addresses that it may be used from; empty = any. When changing: absent leaves as is.
    #[serde(default, rename = "allowedCIDRBlocks")]
    #[schema(value_type = Option<Vec<String>>, max_items = 100)]
    pub allowed_cidr_blocks: Option<Vec<Network>>,
    /// From when on it is refused, RFC 3339; null = never. When changing: absent leaves as is.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    pub expires_at: Option<Option<String>>,
}

/// Tells null from absent.
fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}
