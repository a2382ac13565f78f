//! Passwords: which are good enough, and their argon2id hashes.
//!
//! A hash costs tens of milliseconds of one core and 19 MiB on purpose. So only half of the cores work on them at
//! a time, few requests wait for their turn, and the rest is told to come back: the pipeline goes on meanwhile.

use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use axum::http::StatusCode;
use metrics::counter;
use model::metric;
use secrecy::{ExposeSecret as _, SecretString};
use tracing::error;

use crate::error::ApiError;
use crate::sign_in::turns::{NotDone, Turns};

/// Fewest characters of a password. Length is what counts; no kinds of characters are asked for.
const CHARS_MIN: usize = 12;
/// Most characters of a password.
const CHARS_MAX: usize = 256;
/// Fewest different characters of a password.
const DIFFERENT_MIN: usize = 5;
/// Requests that wait for their turn; with 25 ms a hash the last one waits less than two seconds.
const WAITING_MAX: usize = 64;

/// Hashes and compares passwords, a few at a time.
pub(crate) struct Passwords {
    turns: Turns,
    /// What is compared with when there is no account, so that this takes as long.
    of_nobody: Arc<OnceLock<String>>,
}

impl Default for Passwords {
    fn default() -> Self {
        Passwords { turns: Turns::new("passwords", WAITING_MAX), of_nobody: Arc::default() }
    }
}

impl Passwords {
    /// The PHC string of a password.
    ///
    /// # Errors
    /// 503 when too many wait already.
    pub(crate) async fn hash(&self, password: SecretString) -> Result<SecretString, ApiError> {
        self.in_turn(move || hash(&password)).await?.map(SecretString::from)
    }

    /// Whether a password is the one of `hash`. Takes as long when there is no hash.
    ///
    /// # Errors
    /// 503 when too many wait already.
    pub(crate) async fn verify(
        &self,
        password: SecretString,
        hash: Option<SecretString>,
    ) -> Result<bool, ApiError> {
        let of_nobody = Arc::clone(&self.of_nobody);
        self.in_turn(move || {
            // Made by the first comparison, whether there is a hash or not.
            let of_nobody =
                of_nobody.get_or_init(|| self::hash(&SecretString::default()).unwrap_or_default());
            let stored = hash.as_ref().map_or(of_nobody.as_str(), |hash| hash.expose_secret());
            let is_right = PasswordHash::new(stored).is_ok_and(|stored| {
                Argon2::default().verify_password(password.expose_secret().as_bytes(), &stored).is_ok()
            });
            is_right && hash.is_some()
        })
        .await
    }

    async fn in_turn<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, ApiError> {
        counter!(metric::PASSWORD_HASHES).increment(1);
        self.turns.take(work).await.map_err(|problem| match problem {
            NotDone::Busy => {
                ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "too many sign-ins at once; try again")
            }
            NotDone::Broken => {
                error!("a password could not be hashed; the thread that does it is gone");
                let message = "the password could not be checked; see the log";
                ApiError::new(StatusCode::INTERNAL_SERVER_ERROR, message)
            }
        })
    }
}

fn hash(password: &SecretString) -> Result<String, ApiError> {
    let hashed = Argon2::default().hash_password(password.expose_secret().as_bytes());
    hashed.map(|hash| hash.to_string()).map_err(|problem| {
        error!("a password could not be hashed: {problem}");
        ApiError::new(StatusCode::INTERNAL_SERVER_ERROR, "the password could not be hashed; see the log")
    })
}

/// A password that is good enough for somebody.
pub(crate) fn password_of(text: String, email: &str) -> Result<SecretString, ApiError> {
    let chars = text.chars().count();
    let different = text.chars().collect::<BTreeSet<_>>().len();
    let name = email.split('@').next().unwrap_or_default().to_lowercase();
    let problem = if !(CHARS_MIN..=CHARS_MAX).contains(&chars) {
        format!("has {chars} characters; take {CHARS_MIN} to {CHARS_MAX}")
    } else if different < DIFFERENT_MIN {
        format!("has {different} different characters; take at least {DIFFERENT_MIN}")
    } else if name.chars().count() > 3 && text.to_lowercase().contains(&name) {
        "contains the name of the address; take something that nobody guesses".to_owned()
    } else {
        return Ok(SecretString::from(text));
    };
    Err(ApiError::bad_request(format!("`password` {problem}")))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::long_enough("correct horse", None)]
    #[case::short("short enough", None)]
    #[case::too_short("short-pass1", Some("`password` has 11 characters; take 12 to 256"))]
    #[case::all_alike("aaaabbbbccccdddd", Some("`password` has 4 different characters; take at least 5"))]
    #[case::name(
        "xxMira.Ode-2026",
        Some("`password` contains the name of the address; take something that nobody guesses")
    )]
    fn passwords_are_good_enough(#[case] text: &str, #[case] problem: Option<&str>) {
        let refused = password_of(text.to_owned(), "mira.ode@example.com").err();
        assert_eq!(refused.map(ApiError::into_message).as_deref(), problem);
    }

    #[tokio::test]
    async fn a_hash_is_of_one_password_and_says_how_it_was_made() {
        let passwords = Passwords::default();
        let hash = passwords.hash("correct horse".into()).await.unwrap();
        assert!(hash.expose_secret().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "other parameters");
        assert!(passwords.verify("correct horse".into(), Some(hash.clone())).await.unwrap());
        assert!(!passwords.verify("correct hors".into(), Some(hash)).await.unwrap());
        assert!(!passwords.verify("".into(), None).await.unwrap(), "nobody has the empty password");
    }
}
