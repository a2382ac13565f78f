//! What is handed in and given back about how people sign in.
//!
//! Source: `platform.md` §3.1. What a browser holds (sessions, links) is made in `opaque`; passwords are
//! stored as the PHC strings that they are handed in as.

use jiff::{SignedDuration, Timestamp};
use model::{Rights, SignInMethod, User};
use secrecy::SecretString;

use crate::error::StoreErrorKind;

/// A session that nobody uses ends after this time.
pub const SESSION_IDLE_MAX: SignedDuration = SignedDuration::from_hours(1);
/// A session ends after this time, used or not.
pub const SESSION_LIFE_MAX: SignedDuration = SignedDuration::from_hours(12);
/// One person has at most so many sessions; the oldest makes room.
pub const SESSIONS_PER_USER_MAX: u64 = 50;
/// How long an invitation works.
pub const INVITATION_LIFE: SignedDuration = SignedDuration::from_hours(7 * 24);
/// How long a link for a new password works.
pub const RESET_LIFE: SignedDuration = SignedDuration::from_hours(24);
/// Failures are counted within such a stretch of time, and what is locked stays so for as long.
pub const FAILURE_WINDOW: SignedDuration = SignedDuration::from_mins(15);
/// So many failures lock an account.
pub const ACCOUNT_FAILURES_MAX: u64 = 10;
/// So many failures lock a network: one IPv4 address, or the /64 of an IPv6 address.
pub const NETWORK_FAILURES_MAX: u64 = 50;

/// Somebody whom a sign-in is about, with what proves it.
#[derive(Clone, Debug)]
pub struct Account {
    /// The person.
    pub user: User,
    /// What the person may do.
    pub rights: Rights,
    /// The password as a PHC string; `None` while there is none.
    pub password_hash: Option<SecretString>,
    /// The second factor, if one is confirmed.
    pub totp: Option<Totp>,
}

/// A second factor.
#[derive(Clone, Debug)]
pub struct Totp {
    /// The shared secret's bytes.
    pub secret: secrecy::SecretSlice<u8>,
    /// Whether it counts.
    pub is_confirmed: bool,
    /// Recovery codes that are left.
    pub recovery_codes: usize,
}

/// A session to be opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewSession {
    /// Whose.
    pub user_id: String,
    /// How the person proved it.
    pub method: SignInMethod,
    /// From where.
    pub address: String,
    /// With what program, cut to a sensible length by the caller.
    pub user_agent: String,
    /// When it ends at the latest, when somebody else has a say in that.
    pub ends_before: Option<Timestamp>,
}

/// A session; its value is not stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Opaque id (UUID), to end it by.
    pub id: String,
    /// Whose.
    pub user_id: String,
    /// How the person proved it.
    pub method: SignInMethod,
    /// From where it was opened.
    pub address: String,
    /// With what program.
    pub user_agent: String,
    /// Since when.
    pub created_at: Timestamp,
    /// Last use, to the minute.
    pub last_seen_at: Timestamp,
    /// When it ends at the latest.
    pub expires_at: Timestamp,
}

impl Session {
    /// Whether it holds at this moment.
    pub fn is_valid(&self, now: Timestamp) -> bool {
        now < self.expires_at && now.duration_since(self.last_seen_at) < SESSION_IDLE_MAX
    }
}

/// A session and what it comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownSession {
    /// What is stored.
    pub session: Session,
    /// The person, who is enabled.
    pub user: User,
    /// What the person may do now.
    pub rights: Rights,
}

/// A session just opened, with the only copy of its value.
#[derive(Clone, Debug)]
pub struct OpenedSession {
    /// What is stored.
    pub session: Session,
    /// The value of the cookie.
    pub value: SecretString,
}

/// What a link is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LinkPurpose {
    /// To make the first administrator.
    SetUp,
    /// To choose the first password.
    Invitation {
        /// Who is invited.
        user: User,
    },
    /// To choose a new password.
    Reset {
        /// Who forgot the old one.
        user: User,
    },
}

/// Who failed to sign in, or wants to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attempt<'a> {
    /// The address that was typed in.
    pub email: &'a str,
    /// Where the attempt came from, when that is known.
    pub from: Option<std::net::IpAddr>,
}

/// Why somebody cannot sign in so, or a password cannot be set.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignInError {
    /// The link is unknown, used or too old.
    #[error("this link does not work any more; ask for a new one")]
    LinkOver,
    /// There are people already.
    #[error("there is an administrator already; sign in, or have one invite you")]
    SetUpAlready,
    /// The second factor is set up already.
    #[error("a second factor is set up already; remove it first")]
    TotpAlready,
    /// No second factor is being set up.
    #[error("no second factor is being set up; begin again")]
    NoTotp,
    /// The person comes from an identity provider.
    #[error("`{email}` signs in through an identity provider and has no password here")]
    External {
        /// Who.
        email: String,
    },
}

impl SignInError {
    /// The coarse kind.
    pub fn kind(&self) -> StoreErrorKind {
        match self {
            SignInError::LinkOver => StoreErrorKind::NotFound,
            SignInError::SetUpAlready
            | SignInError::TotpAlready
            | SignInError::NoTotp
            | SignInError::External { .. } => StoreErrorKind::Conflict,
        }
    }
}
