//! Roles and users as they are stored, which log types a role may see, and where a token may be used from.
//!
//! Source: `platform.md` §1.1, §1.2 and §2.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use ipnet::IpNet;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::alert::{Actor, word_enum};
use crate::ids::LogType;
use crate::permission::PermissionSet;

word_enum! {
    /// How a role's list of log types is meant.
    LogTypeAccessKind {
        /// Those of the list and no other.
        Allow = "ALLOW",
        /// All.
        AllowAll = "ALLOW_ALL",
        /// All but those of the list.
        Deny = "DENY",
        /// None.
        DenyAll = "DENY_ALL",
    }
}

/// The log types whose alerts and data somebody may see.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogTypeAccess {
    /// How the list is meant.
    pub kind: LogTypeAccessKind,
    /// The list, as it was written; empty for the kinds that need none.
    pub log_types: Vec<LogType>,
}

impl LogTypeAccess {
    /// No restriction.
    pub const ALL: LogTypeAccess = LogTypeAccess { kind: LogTypeAccessKind::AllowAll, log_types: Vec::new() };

    /// Whether data of this log type may be seen.
    pub fn permits(&self, log_type: &LogType) -> bool {
        match self.kind {
            LogTypeAccessKind::AllowAll => true,
            LogTypeAccessKind::DenyAll => false,
            LogTypeAccessKind::Allow => self.log_types.contains(log_type),
            LogTypeAccessKind::Deny => !self.log_types.contains(log_type),
        }
    }

    /// Whether something that is about all of these log types may be seen; what is about none may be seen
    /// unless nothing may.
    pub fn permits_all<'a>(&self, log_types: impl IntoIterator<Item = &'a LogType>) -> bool {
        self.kind != LogTypeAccessKind::DenyAll
            && log_types.into_iter().all(|log_type| self.permits(log_type))
    }

    /// Whether it restricts nothing.
    pub fn is_all(&self) -> bool {
        self.kind == LogTypeAccessKind::AllowAll
    }

    /// Whether whoever has this access also has all of the other.
    pub fn covers(&self, other: &LogTypeAccess) -> bool {
        use LogTypeAccessKind::{Allow, AllowAll, Deny, DenyAll};
        match (self.kind, other.kind) {
            (AllowAll, _) | (_, DenyAll) => true,
            (_, Allow) => other.log_types.iter().all(|log_type| self.permits(log_type)),
            (Deny, Deny) => self.log_types.iter().all(|log_type| !other.permits(log_type)),
            (Deny, AllowAll) => self.log_types.is_empty(),
            (Allow | DenyAll, Deny | AllowAll) => false,
        }
    }
}

impl Default for LogTypeAccess {
    fn default() -> Self {
        LogTypeAccess::ALL
    }
}

/// Everything that somebody may do and see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rights {
    /// What may be done.
    pub permissions: PermissionSet,
    /// Of which log types.
    pub log_types: LogTypeAccess,
}

impl Rights {
    /// Everything: for who has the data directory itself.
    pub fn all() -> Rights {
        Rights { permissions: PermissionSet::all(), log_types: LogTypeAccess::ALL }
    }

    /// What these rights lack of the other ones, in words; `None` when they lack nothing.
    pub fn lacking(&self, wanted: &Rights) -> Option<String> {
        let missing: Vec<&str> =
            wanted.permissions.beyond(self.permissions).map(|permission| permission.as_str()).collect();
        match (missing.is_empty(), self.log_types.covers(&wanted.log_types)) {
            (true, true) => None,
            (true, false) => Some("log types that the caller may not see".to_owned()),
            (false, _) => Some(format!("`{}`", missing.join("`, `"))),
        }
    }
}

/// A named set of permissions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    /// Opaque id (UUID).
    pub id: String,
    /// Unique name.
    pub name: String,
    /// What it permits; may be nothing.
    pub rights: Rights,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was changed last.
    pub updated_at: Timestamp,
    /// Who changed it last; `None` for a default role that nobody touched.
    pub updated_by: Option<Actor>,
}

word_enum! {
    /// Where a user's account stands; the words are those of the reference product.
    UserStatus {
        /// Invited, and never logged in.
        ForceChangePassword = "FORCE_CHANGE_PASSWORD",
        /// Logs in with a password.
        Confirmed = "CONFIRMED",
        /// Logs in through an identity provider.
        ExternalProvider = "EXTERNAL_PROVIDER",
    }
}

word_enum! {
    /// How somebody proved who it is when a session was opened.
    SignInMethod {
        /// A password, and the second factor where there is one.
        Password = "PASSWORD",
        /// An identity provider over OpenID Connect.
        Oidc = "OIDC",
        /// An identity provider over SAML.
        Saml = "SAML",
    }
}

/// A person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// Opaque id (UUID).
    pub id: String,
    /// Unique, whatever the letter case; as it was written.
    pub email: String,
    /// First name.
    pub given_name: String,
    /// Last name.
    pub family_name: String,
    /// Id of the one role.
    pub role_id: String,
    /// Name of the one role.
    pub role_name: String,
    /// Whether the person may do anything at all.
    pub enabled: bool,
    /// Where the account stands.
    pub status: UserStatus,
    /// When the person was invited.
    pub created_at: Timestamp,
    /// Last login.
    pub last_login_at: Option<Timestamp>,
}

/// Longest mail address in bytes. Source: RFC 5321 §4.5.3.1.3, without the brackets.
const EMAIL_BYTES_MAX: usize = 254;

/// Whether a text is a mail address: one `@` and something on both sides. Whether it exists only a mail could tell.
pub fn is_email(text: &str) -> bool {
    let is_plain =
        text.len() <= EMAIL_BYTES_MAX && !text.chars().any(|c| c.is_whitespace() || c.is_control());
    let has_sides = text
        .split_once('@')
        .is_some_and(|(user, host)| !user.is_empty() && !host.is_empty() && !host.contains('@'));
    is_plain && has_sides
}

/// A block of addresses, as it was written: `192.0.2.0/24`, `2001:db8::/32`, or one address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Network {
    text: String,
    block: IpNet,
}

impl Network {
    /// Whether an address lies in the block; an IPv4 address inside IPv6 counts as IPv4.
    pub fn contains(&self, address: IpAddr) -> bool {
        self.block.contains(&address.to_canonical())
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// A text that is no block of addresses.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no block of addresses; write it like `192.0.2.0/24`, `2001:db8::/32` or `192.0.2.7`")]
pub struct UnknownNetwork(String);

impl FromStr for Network {
    type Err = UnknownNetwork;

    fn from_str(text: &str) -> Result<Self, UnknownNetwork> {
        let address = || text.parse::<IpAddr>().ok().map(|address| IpNet::from(address.to_canonical()));
        match text.parse().ok().or_else(address) {
            Some(block) => Ok(Network { text: text.to_owned(), block }),
            None => Err(UnknownNetwork(text.to_owned())),
        }
    }
}

impl Serialize for Network {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for Network {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn access(kind: LogTypeAccessKind, log_types: &[&str]) -> LogTypeAccess {
        LogTypeAccess { kind, log_types: log_types.iter().map(|name| LogType::from(*name)).collect() }
    }

    #[test]
    fn nobody_covers_what_he_may_not_see() {
        use LogTypeAccessKind::{Allow, AllowAll, Deny, DenyAll};
        let known = ["A", "B", "C"];
        let lists: [&[&str]; 4] = [&[], &["A"], &["A", "B"], &["B"]];
        let mut all = vec![access(AllowAll, &[]), access(DenyAll, &[])];
        all.extend(lists.iter().flat_map(|list| [access(Allow, list), access(Deny, list)]));
        // `Z` stands for every log type that no list names.
        let seen = |it: &LogTypeAccess| -> Vec<bool> {
            known.iter().chain(&["Z"]).map(|name| it.permits(&LogType::from(*name))).collect()
        };
        for one in &all {
            for other in &all {
                let expected = seen(one).iter().zip(seen(other)).all(|(mine, theirs)| *mine || !theirs);
                assert_eq!(one.covers(other), expected, "{one:?} {other:?}");
            }
        }
    }

    #[test]
    fn networks_keep_their_text() {
        for (text, inside, outside) in [
            ("192.0.2.0/24", "192.0.2.9", "192.0.3.1"),
            ("192.0.2.77/24", "::ffff:192.0.2.9", "2001:db8::1"),
            ("192.0.2.7", "192.0.2.7", "192.0.2.8"),
            ("2001:db8::/32", "2001:db8::1", "192.0.2.7"),
            ("0.0.0.0/0", "203.0.113.1", "::1"),
        ] {
            let network: Network = text.parse().unwrap();
            assert_eq!(network.to_string(), text);
            assert!(network.contains(inside.parse().unwrap()), "{text} {inside}");
            assert!(!network.contains(outside.parse().unwrap()), "{text} {outside}");
        }
        for text in ["", "192.0.2.0/33", "192.0.2", "example.test", "192.0.2.0/24 "] {
            assert!(text.parse::<Network>().unwrap_err().to_string().contains(&format!("`{text}`")));
        }
    }
}
