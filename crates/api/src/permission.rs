//! Permissions, roles, and which role holds which permission.
//!
//! Source: the default role sets of `platform.md` §1.1. Only permissions that a route asks for exist here.

use std::fmt;
use std::str::FromStr;

/// A right that a route asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Permission {
    /// List and view alerts, their events and deliveries.
    AlertRead,
    /// Change status and assignee, retry deliveries.
    AlertModify,
    /// View log sources and what they could not read.
    LogSourceRead,
    /// View destinations, secrets masked.
    DestinationRead,
    /// Make, change, delete and test destinations.
    DestinationModify,
}

/// A named set of permissions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// Everything.
    Admin,
    /// All analysis, no settings.
    Analyst,
    /// Looks, and touches nothing.
    AnalystReadOnly,
}

impl Role {
    /// All roles.
    pub const ALL: [Role; 3] = [Role::Admin, Role::Analyst, Role::AnalystReadOnly];

    /// The name people and tokens use.
    pub fn as_str(self) -> &'static str {
        match self {
            Role::Admin => "Admin",
            Role::Analyst => "Analyst",
            Role::AnalystReadOnly => "AnalystReadOnly",
        }
    }

    /// Whether the role holds a permission.
    pub fn permits(self, permission: Permission) -> bool {
        match self {
            Role::Admin | Role::Analyst => true,
            Role::AnalystReadOnly => match permission {
                Permission::AlertRead | Permission::LogSourceRead | Permission::DestinationRead => true,
                Permission::AlertModify | Permission::DestinationModify => false,
            },
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A word that is no role.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown role `{0}`; use Admin, Analyst or AnalystReadOnly")]
pub struct UnknownRole(String);

impl FromStr for Role {
    type Err = UnknownRole;

    fn from_str(text: &str) -> Result<Self, UnknownRole> {
        Role::ALL.into_iter().find(|role| role.as_str() == text).ok_or_else(|| UnknownRole(text.to_owned()))
    }
}
