//! What is handed in and given back about people whom an identity provider vouches for.
//!
//! Source: `platform.md` §3.2, §3.3. A person is known by issuer and subject, never by an address alone: whoever
//! gets an address later must not get the account with it.

use jiff::Timestamp;
use model::User;

use crate::error::StoreErrorKind;
use crate::people::RoleKey;

/// Most people there may be while providers make new ones.
pub const PEOPLE_MAX: u64 = 100_000;
/// Most identities of one person.
pub const IDENTITIES_PER_USER_MAX: u64 = 20;

/// Who somebody is to a provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Who vouches: `iss` of OpenID Connect, the entity id of SAML.
    pub issuer: String,
    /// The person, unique at that issuer for ever.
    pub subject: String,
}

/// The identity of a person, as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredIdentity {
    /// Who the person is there.
    pub identity: Identity,
    /// Since when it is known.
    pub created_at: Timestamp,
    /// Last sign-in by it.
    pub last_used_at: Option<Timestamp>,
}

/// What a provider said of itself when it was last asked, as the document that it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredMetadata {
    /// The provider, by its id in the configuration.
    pub provider_id: String,
    /// Where it was fetched from.
    pub url: String,
    /// Whom it describes.
    pub entity_id: String,
    /// The document.
    pub document: String,
    /// When.
    pub fetched_at: Timestamp,
}

/// Somebody whom a provider vouched for just now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArrivalForm {
    /// Who it is.
    pub identity: Identity,
    /// The address, which the provider does not doubt.
    pub email: String,
    /// First name; `None` leaves what is known.
    pub given_name: Option<String>,
    /// Last name; `None` leaves what is known.
    pub family_name: Option<String>,
    /// The role by the word of the provider, or the one of newcomers.
    pub role: RoleKey,
    /// Whether people who are known already get the role too.
    pub is_role_told: bool,
}

/// Somebody who may come in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrived {
    /// The person as it is now.
    pub user: User,
    /// What became of it.
    pub change: ArrivalChange,
}

/// What an arrival changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ArrivalChange {
    /// The person was made just now.
    pub is_new: bool,
    /// The name of the role before, when there is another one now.
    pub role_before: Option<String>,
    /// The name of the role that the provider gives and the last administrator does not get.
    pub role_refused: Option<String>,
    /// The new address, which somebody else has: the old one stays.
    pub email_refused: Option<String>,
}

/// Why somebody does not come in, although a provider vouches for it; or why an identity is not connected.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ArrivalError {
    /// The person may do nothing.
    #[error(
        "`{email}` is disabled; an administrator lets the person in again with `margay user enable {}`",
        shell_word(email)
    )]
    Disabled {
        /// Who.
        email: String,
    },
    /// Somebody who is not known by this identity has the address.
    #[error(
        "the address `{email}` is that of an account which `{subject}` of `{issuer}` is not connected with; if it is \
         the same person, run `margay user connect {} --issuer {} --subject {}`",
        shell_word(email),
        shell_word(issuer),
        shell_word(subject)
    )]
    AddressTaken {
        /// The address.
        email: String,
        /// Who vouches.
        issuer: String,
        /// Whom for.
        subject: String,
    },
    /// The identity is that of somebody else.
    #[error("`{subject}` of `{issuer}` is `{email}` already; disconnect it there first")]
    IdentityTaken {
        /// Whose it is.
        email: String,
        /// Who vouches.
        issuer: String,
        /// Whom for.
        subject: String,
    },
}

/// A text as a shell takes it for one word. What a provider says of people is copied from messages into shells.
fn shell_word(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "@.-_:/+".contains(c);
    if !text.is_empty() && text.chars().all(is_plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

impl ArrivalError {
    /// The coarse kind.
    pub fn kind(&self) -> StoreErrorKind {
        match self {
            ArrivalError::Disabled { .. } => StoreErrorKind::Forbidden,
            ArrivalError::AddressTaken { .. } | ArrivalError::IdentityTaken { .. } => {
                StoreErrorKind::Conflict
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_holds_no_command_of_a_stranger() {
        let error = ArrivalError::AddressTaken {
            email: "a$(id)@example.com".to_owned(),
            issuer: "https://id.example/".to_owned(),
            subject: "x'; id; #".to_owned(),
        };
        let text = error.to_string();
        let command =
            r"margay user connect 'a$(id)@example.com' --issuer https://id.example/ --subject 'x'\''; id; #'";
        assert!(text.ends_with(&format!("run `{command}`")), "{text}");
    }
}
