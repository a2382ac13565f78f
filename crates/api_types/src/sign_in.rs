//! How people sign in, as the console's private API says it.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::common::wire_time;
use crate::user::User;

/// How one can sign in here.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SignInOptions {
    /// Nobody is there yet: the link of the file `set-up-link` in the data directory makes the first
    /// administrator.
    pub needs_set_up: bool,
    /// Passwords work only for administrators.
    pub enforce_sso: bool,
    /// Identity providers, in the order of the configuration.
    pub providers: Vec<SignInProvider>,
    /// What `error` means, in a sentence for the person: why the last attempt through a provider failed.
    pub problem: Option<String>,
}

/// An identity provider that one can sign in through.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct SignInProvider {
    /// Its id.
    pub id: String,
    /// What to write on the button.
    pub label: String,
    /// `OIDC` or `SAML`.
    pub kind: String,
    /// Where a browser is sent to, on this server; `?return_to=/console/…` says where it ends.
    pub url: String,
}

/// An address and what proves that it is one's own.
#[derive(Clone, Deserialize, ToSchema)]
pub struct SignInForm {
    /// The address, whatever the letter case.
    pub email: String,
    /// The password.
    pub password: String,
    /// The six digits of the second factor, or a recovery code.
    #[serde(default)]
    pub code: Option<String>,
}

/// Who is signed in, and what they may do.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SessionInfo {
    /// The session's id.
    pub id: String,
    /// The person.
    pub user: User,
    /// What the person may do.
    pub permissions: Vec<String>,
    /// How `logTypeAccess` is meant: `ALLOW`, `ALLOW_ALL`, `DENY` or `DENY_ALL`.
    pub log_type_access_kind: String,
    /// The log types of it.
    pub log_type_access: Vec<String>,
    /// To be sent as `X-CSRF-Token` with every request that changes something.
    pub csrf_token: String,
    /// `PASSWORD`, `OIDC` or `SAML`.
    pub method: String,
    /// When the session was opened.
    pub created_at: String,
    /// When it ends at the latest; an idle one ends earlier.
    pub expires_at: String,
}

/// Why a sign-in was refused.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SignInRefusal {
    /// One sentence.
    pub message: String,
    /// Address and password are right, and a code of the second factor is asked for.
    pub needs_code: bool,
}

/// One session of oneself.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Session {
    /// Its id.
    pub id: String,
    /// Whether it is the one that asks.
    pub current: bool,
    /// `PASSWORD`, `OIDC` or `SAML`.
    pub method: String,
    /// From where it was opened.
    pub address: String,
    /// With what program.
    pub user_agent: String,
    /// Since when.
    pub created_at: String,
    /// Last use, to the minute.
    pub last_seen_at: String,
    /// When it ends at the latest.
    pub expires_at: String,
}

/// The sessions of oneself, newest first.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct SessionList {
    /// The sessions.
    pub results: Vec<Session>,
    /// Always null: they fit on one page.
    pub next: Option<String>,
}

/// The first administrator.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SetUpForm {
    /// What stands behind `#` in the set-up link.
    pub token: String,
    /// The address.
    pub email: String,
    /// First name.
    pub given_name: String,
    /// Last name.
    pub family_name: String,
    /// The password.
    pub password: String,
}

/// A link that was opened.
#[derive(Clone, Deserialize, ToSchema)]
pub struct LinkForm {
    /// What stands behind `#` in the link.
    pub token: String,
}

/// What a link is for.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct LinkInfo {
    /// `SET_UP`, `INVITATION` or `RESET`.
    pub purpose: String,
    /// Whose password it sets; null for `SET_UP`.
    pub email: Option<String>,
}

/// A password for whom a link is for.
#[derive(Clone, Deserialize, ToSchema)]
pub struct LinkPassword {
    /// What stands behind `#` in the link.
    pub token: String,
    /// The password.
    pub password: String,
}

/// Oneself.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Profile {
    /// The person.
    pub user: User,
    /// Whether a second factor is asked for at sign-in.
    pub second_factor: bool,
    /// Recovery codes that are left.
    pub recovery_codes_left: usize,
}

/// One's own names.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ProfileForm {
    /// First name.
    pub given_name: String,
    /// Last name.
    pub family_name: String,
}

/// A new password for oneself.
#[derive(Clone, Deserialize, ToSchema)]
pub struct PasswordChange {
    /// The one that holds now.
    pub current: String,
    /// The one that shall hold.
    pub new: String,
}

/// One's own password, asked for again.
#[derive(Clone, Deserialize, ToSchema)]
pub struct PasswordAgain {
    /// The password.
    pub password: String,
}

/// A second factor to be added to an authenticator.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct SecondFactor {
    /// The secret in base32, to be typed in.
    pub secret: String,
    /// The same as an `otpauth:` address, to be shown as a QR code.
    pub url: String,
}

/// What the authenticator shows.
#[derive(Clone, Deserialize, ToSchema)]
pub struct CodeForm {
    /// Six digits.
    pub code: String,
}

/// Codes that each replace the authenticator once; shown this one time.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct RecoveryCodes {
    /// The codes.
    pub codes: Vec<String>,
}

/// A link by which somebody chooses a password; shown this one time.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PasswordLink {
    /// The link. Whoever has it becomes that person.
    pub link: String,
    /// Until when it works.
    pub expires_at: String,
}

/// A user just invited.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct InvitedUser {
    /// The user.
    #[serde(flatten)]
    pub user: User,
    /// By which the first password is chosen. Pass it on; nobody is sent a mail, and it is shown this one time.
    pub invitation_link: String,
    /// Until when it works.
    pub invitation_expires_at: String,
}

impl PasswordLink {
    /// Puts the parts together.
    pub fn new(link: String, expires_at: jiff::Timestamp) -> PasswordLink {
        PasswordLink { link, expires_at: wire_time(expires_at) }
    }
}
