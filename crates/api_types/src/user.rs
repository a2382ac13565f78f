//! Users as the API shows them, and as a person writes them.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::common::wire_time;
use crate::words;

/// One user.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct User {
    /// Its id.
    pub id: String,
    /// Unique, whatever the letter case.
    pub email: String,
    /// First name.
    pub given_name: String,
    /// Last name.
    pub family_name: String,
    /// Whether the person may do anything at all.
    pub enabled: bool,
    /// `FORCE_CHANGE_PASSWORD` (invited, never logged in), `CONFIRMED` or `EXTERNAL_PROVIDER`.
    #[schema(value_type = words::UserStatus)]
    pub status: String,
    /// The one role.
    pub role: UserRole,
    /// When the person was invited.
    pub created_at: String,
    /// Last login.
    pub last_logged_in_at: Option<String>,
}

/// The role of a user: in answers both, in forms one of the two.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct UserRole {
    /// Id of the role.
    #[serde(default)]
    pub id: Option<String>,
    /// Name of the role.
    #[serde(default)]
    pub name: Option<String>,
}

/// A page of users, in the order of their invitation.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct UserPage {
    /// The users.
    pub results: Vec<User>,
    /// Pass it back as `cursor`; null on the last page.
    pub next: Option<String>,
}

/// A user as a person writes it. To invite, all but `enabled` is needed; when changing, absent leaves as is.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserForm {
    /// Unique, whatever the letter case.
    #[serde(default)]
    #[schema(max_length = 254)]
    pub email: Option<String>,
    /// First name.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 255)]
    pub given_name: Option<String>,
    /// Last name.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 255)]
    pub family_name: Option<String>,
    /// The one role, by `id` or by `name`.
    #[serde(default)]
    pub role: Option<UserRole>,
    /// Whether the person may do anything at all; only when changing.
    #[serde(default)]
    pub enabled: Option<bool>,
}

impl From<&model::User> for User {
    fn from(user: &model::User) -> Self {
        let model::User {
            id,
            email,
            given_name,
            family_name,
            role_id,
            role_name,
            enabled,
            status,
            created_at,
            last_login_at,
        } = user;
        User {
            id: id.clone(),
            email: email.clone(),
            given_name: given_name.clone(),
            family_name: family_name.clone(),
            enabled: *enabled,
            status: status.to_string(),
            role: UserRole { id: Some(role_id.clone()), name: Some(role_name.clone()) },
            created_at: wire_time(*created_at),
            last_logged_in_at: last_login_at.map(wire_time),
        }
    }
}
