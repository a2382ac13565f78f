//! What is handed in and given back about roles, users and tokens, and why a change of them is refused.
//!
//! Who makes a change hands in the rights that he holds: whether it would give more than these is decided in
//! the transaction that makes it.

use jiff::Timestamp;
use model::{Actor, LogTypeAccess, Network, PermissionSet, Rights, UserStatus};
use secrecy::SecretString;

use crate::error::StoreErrorKind;

/// A role as somebody writes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleForm {
    /// Unique name.
    pub name: String,
    /// What it permits.
    pub rights: Rights,
}

/// A change of a role; `None` leaves as is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RoleChange {
    /// Unique name.
    pub name: Option<String>,
    /// What it permits.
    pub permissions: Option<PermissionSet>,
    /// Of which log types.
    pub log_types: Option<LogTypeAccess>,
}

/// How a role is named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RoleKey {
    /// By its id.
    Id(String),
    /// By its name.
    Name(String),
}

/// A user to be invited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewUser {
    /// Unique, whatever the letter case.
    pub email: String,
    /// First name.
    pub given_name: String,
    /// Last name.
    pub family_name: String,
    /// The one role.
    pub role: RoleKey,
}

/// A change of a user; `None` leaves as is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UserForm {
    /// Unique, whatever the letter case.
    pub email: Option<String>,
    /// First name.
    pub given_name: Option<String>,
    /// Last name.
    pub family_name: Option<String>,
    /// The one role.
    pub role: Option<RoleKey>,
    /// Whether the person may do anything at all.
    pub enabled: Option<bool>,
}

/// Which users to list; empty lists and `None` do not restrict.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UserFilter {
    /// Case-insensitive substring of name or address.
    pub contains: Option<String>,
    /// With this address, whatever the letter case.
    pub email: Option<String>,
    /// With one of these ids.
    pub ids: Vec<String>,
    /// Disabled ones too.
    pub include_disabled: bool,
    /// Whose account stands so.
    pub status: Option<UserStatus>,
}

/// What a token may do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Grant {
    /// What the role of this name permits, now and after its changes.
    Role(String),
    /// This.
    Own(Rights),
}

/// A token as somebody writes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenForm {
    /// What it is for; need not be unique.
    pub name: String,
    /// What it may do.
    pub grant: Grant,
    /// Where it may be used from; empty = anywhere.
    pub allowed_networks: Vec<Network>,
    /// From when on it is refused; `None` = never.
    pub expires_at: Option<Timestamp>,
}

impl TokenForm {
    /// A token in a role, usable from anywhere and for ever.
    pub fn in_role(name: &str, role: &str) -> TokenForm {
        TokenForm {
            name: name.to_owned(),
            grant: Grant::Role(role.to_owned()),
            allowed_networks: Vec::new(),
            expires_at: None,
        }
    }
}

/// A stored API token; its value is not stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// Opaque id (UUID).
    pub id: String,
    /// Name given by its maker; need not be unique.
    pub name: String,
    /// What it may do.
    pub grant: Grant,
    /// Where it may be used from; empty = anywhere.
    pub allowed_networks: Vec<Network>,
    /// First characters of the value, to recognise it by.
    pub prefix: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// Who made it; `None` for who has the data directory.
    pub created_by: Option<Actor>,
    /// When it was changed last.
    pub updated_at: Option<Timestamp>,
    /// Who changed it last.
    pub updated_by: Option<Actor>,
    /// When its value was replaced last.
    pub rotated_at: Option<Timestamp>,
    /// Who replaced it.
    pub rotated_by: Option<Actor>,
    /// From when on it is refused; `None` = never.
    pub expires_at: Option<Timestamp>,
    /// Last use, to the minute.
    pub last_used_at: Option<Timestamp>,
    /// When it was revoked; `None` while valid.
    pub revoked_at: Option<Timestamp>,
}

impl Token {
    /// Whether it may be used at this moment.
    pub fn is_valid(&self, now: Timestamp) -> bool {
        self.revoked_at.is_none() && self.expires_at.is_none_or(|expires_at| now < expires_at)
    }
}

/// A token and what it comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownToken {
    /// What is stored.
    pub token: Token,
    /// What it may do now; `None` when its role does not exist.
    pub rights: Option<Rights>,
}

impl KnownToken {
    /// What it permits now; nothing when its role does not exist.
    pub fn permissions(&self) -> PermissionSet {
        self.rights.as_ref().map(|rights| rights.permissions).unwrap_or_default()
    }

    /// What it may see now; nothing when its role does not exist.
    pub fn log_types(&self) -> LogTypeAccess {
        let none = LogTypeAccess { kind: model::LogTypeAccessKind::DenyAll, log_types: Vec::new() };
        self.rights.as_ref().map_or(none, |rights| rights.log_types.clone())
    }
}

/// A token just made or rotated, with the only copy of its value.
#[derive(Clone, Debug)]
pub struct NewToken {
    /// What is stored.
    pub token: Token,
    /// The value; shown once.
    pub value: SecretString,
}

/// Why a role, a user or a token cannot be made or changed so.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PeopleError {
    /// No role has this id.
    #[error("role `{id}` does not exist")]
    UnknownRole {
        /// What was asked for.
        id: String,
    },
    /// Somebody should get a role that does not exist.
    #[error("there is no role `{role}`; name one of: {known}")]
    NoSuchRole {
        /// Id or name.
        role: String,
        /// Names of roles.
        known: String,
    },
    /// Another role has this name.
    #[error("the name `{name}` is taken by another role; choose another")]
    RoleNameTaken {
        /// The name.
        name: String,
    },
    /// Somebody has the role.
    #[error("role `{name}` is that of {users} users and {tokens} API tokens; give them another role first")]
    RoleInUse {
        /// The role.
        name: String,
        /// How many users have it.
        users: u64,
        /// How many valid tokens act in it.
        tokens: u64,
    },
    /// No user has this id.
    #[error("user `{id}` does not exist")]
    UnknownUser {
        /// What was asked for.
        id: String,
    },
    /// Another user has this address.
    #[error("another user has the address `{email}`; addresses are compared without letter case")]
    EmailTaken {
        /// The address.
        email: String,
    },
    /// Somebody else changed the user after it was read.
    #[error("user `{id}` was changed meanwhile; read it again and repeat the change")]
    UserChangedMeanwhile {
        /// Which one.
        id: String,
    },
    /// Another user goes by this name.
    #[error("another user has `{name}` as user name or address; both are compared without letter case")]
    UserNameTaken {
        /// The name.
        name: String,
    },
    /// The change is about rights that whoever makes it does not hold.
    #[error("{subject} has rights that the caller does not hold: {lacking}")]
    BeyondRights {
        /// Whose rights: a role, a user, a token.
        subject: String,
        /// What is lacking.
        lacking: String,
    },
    /// Nobody would be left who can sign in with a password and manage users.
    #[error(
        "nobody would be left who signs in with a password and holds `UserModify`; give both to somebody else first"
    )]
    LastAdministrator,
    /// There are as many as there may be.
    #[error("there are {max} {what}, which is the most; delete some first")]
    TooMany {
        /// What there is too much of.
        what: &'static str,
        /// The limit.
        max: u64,
    },
}

impl PeopleError {
    /// The coarse kind.
    pub fn kind(&self) -> StoreErrorKind {
        match self {
            Self::UnknownRole { .. } | Self::UnknownUser { .. } => StoreErrorKind::NotFound,
            Self::BeyondRights { .. } => StoreErrorKind::Forbidden,
            Self::UserChangedMeanwhile { .. } => StoreErrorKind::Conflict,
            // The reference answers 400 here, and 409 only for content and sources.
            Self::NoSuchRole { .. }
            | Self::RoleNameTaken { .. }
            | Self::RoleInUse { .. }
            | Self::EmailTaken { .. }
            | Self::UserNameTaken { .. }
            | Self::LastAdministrator
            | Self::TooMany { .. } => StoreErrorKind::Invalid,
        }
    }

    /// Refuses what is about more than the caller's rights.
    pub(crate) fn refuse_beyond(
        callers: &Rights,
        wanted: &Rights,
        subject: impl FnOnce() -> String,
    ) -> Result<(), PeopleError> {
        match callers.lacking(wanted) {
            None => Ok(()),
            Some(lacking) => Err(PeopleError::BeyondRights { subject: subject(), lacking }),
        }
    }
}
