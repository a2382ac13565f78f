//! Roles as the API shows them, and as a person writes them.

use model::{LogType, Permission};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::common::{Actor, wire_time};
use crate::words;

/// One role.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Role {
    /// Its id.
    pub id: String,
    /// Unique name.
    pub name: String,
    /// What it permits.
    #[schema(value_type = Vec<words::Permission>)]
    pub permissions: Vec<Permission>,
    /// How `logTypeAccess` is meant: `ALLOW`, `ALLOW_ALL`, `DENY`, `DENY_ALL`.
    #[schema(value_type = words::LogTypeAccessKind)]
    pub log_type_access_kind: String,
    /// Log types; empty for the kinds that need none.
    #[schema(value_type = Vec<String>)]
    pub log_type_access: Vec<LogType>,
    /// When it was made.
    pub created_at: String,
    /// When it was changed last.
    pub updated_at: String,
    /// Who changed it last.
    pub updated_by: Option<Actor>,
}

/// A list of roles, by name.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct RolePage {
    /// The roles.
    pub results: Vec<Role>,
    /// Always null: the list is one page.
    pub next: Option<String>,
}

/// A role as a person writes it.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RoleForm {
    /// Unique name.
    #[schema(min_length = 1, max_length = 255)]
    pub name: String,
    /// What it permits; nothing that its maker may not do. A Modify right brings its Read right with it.
    #[schema(value_type = Vec<words::Permission>)]
    pub permissions: Vec<Permission>,
    /// How `logTypeAccess` is meant: `ALLOW`, `ALLOW_ALL` (default), `DENY`, `DENY_ALL`. When changing: absent
    /// leaves both as they are.
    #[serde(default)]
    #[schema(value_type = Option<words::LogTypeAccessKind>)]
    pub log_type_access_kind: Option<String>,
    /// Log types; leave it out for the kinds that need none.
    #[serde(default)]
    #[schema(value_type = Option<Vec<String>>, max_items = 1000)]
    pub log_type_access: Option<Vec<LogType>>,
}

impl From<&model::Role> for Role {
    fn from(role: &model::Role) -> Self {
        let model::Role { id, name, rights, created_at, updated_at, updated_by } = role;
        let model::Rights { permissions, log_types } = rights;
        Role {
            id: id.clone(),
            name: name.clone(),
            permissions: permissions.iter().collect(),
            log_type_access_kind: log_types.kind.to_string(),
            log_type_access: log_types.log_types.clone(),
            created_at: wire_time(*created_at),
            updated_at: wire_time(*updated_at),
            updated_by: updated_by.as_ref().map(Actor::from),
        }
    }
}
