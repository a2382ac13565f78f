//! Why somebody does not come in through a provider: a word and a sentence for the person, the reason for operators.

use axum::response::Response;
use metrics::counter;
use model::metric;
use tracing::{error, warn};

use super::{browser, to_page};
use crate::audit::slot::AuditActor;
use crate::error::ApiError;
use crate::sign_in::sessions::Place;
use crate::state::ApiState;

/// What a person is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Why {
    /// The person, or the provider, called it off.
    Cancelled,
    /// The answer is not one to a question of this browser, or too old.
    NotBegunHere,
    /// The provider does not answer.
    ProviderDown,
    /// What the provider says does not hold.
    ProviderWrong,
    /// The provider names no address.
    NoEmail,
    /// The provider does not vouch for the address.
    EmailNotVerified,
    /// The address is of a domain that is not let in.
    DomainNotAllowed,
    /// There is an account with this address already.
    AccountExists,
    /// The account is disabled.
    Disabled,
    /// The role that the person would get cannot be had.
    NoRole,
    /// The server itself failed.
    Failed,
}

impl Why {
    /// All of them.
    pub(crate) const ALL: [Why; 11] = [
        Why::Cancelled,
        Why::NotBegunHere,
        Why::ProviderDown,
        Why::ProviderWrong,
        Why::NoEmail,
        Why::EmailNotVerified,
        Why::DomainNotAllowed,
        Why::AccountExists,
        Why::Disabled,
        Why::NoRole,
        Why::Failed,
    ];

    /// That of this word.
    pub(crate) fn of(word: &str) -> Option<Why> {
        Why::ALL.into_iter().find(|why| why.as_str() == word)
    }

    /// The word of it in the address of the page.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Why::Cancelled => "cancelled",
            Why::NotBegunHere => "not_begun_here",
            Why::ProviderDown => "provider_down",
            Why::ProviderWrong => "provider_wrong",
            Why::NoEmail => "no_email",
            Why::EmailNotVerified => "email_not_verified",
            Why::DomainNotAllowed => "domain_not_allowed",
            Why::AccountExists => "account_exists",
            Why::Disabled => "disabled",
            Why::NoRole => "no_role",
            Why::Failed => "failed",
        }
    }

    /// What the page says.
    pub(crate) fn sentence(self) -> &'static str {
        match self {
            Why::Cancelled => "The identity provider did not let you in, or you called it off. Try again.",
            Why::NotBegunHere => {
                "This sign-in was not begun in this browser, or more than ten minutes ago. Begin again here."
            }
            Why::ProviderDown => {
                "The identity provider does not answer. Try again later; administrators can sign in with a password."
            }
            Why::ProviderWrong => {
                "The answer of the identity provider does not hold. Try again; if it stays so, an administrator finds \
                 the reason in the server's log."
            }
            Why::NoEmail => {
                "The identity provider did not name your mail address. An administrator finds in the server's log \
                 what to set there."
            }
            Why::EmailNotVerified => {
                "The identity provider has not verified your mail address. Verify it there, then try again."
            }
            Why::DomainNotAllowed => "People with your mail address are not let in here.",
            Why::AccountExists => {
                "There is an account with your mail address, which this sign-in is not connected with. Sign in as \
                 before, or ask an administrator to connect it; the server's log says how."
            }
            Why::Disabled => "Your account is disabled. An administrator can enable it.",
            Why::NoRole => {
                "The role that you should get does not exist here. An administrator finds its name in the server's log."
            }
            Why::Failed => "The server could not finish this. Try again; the reason is in its log.",
        }
    }
}

/// Somebody does not come in.
#[derive(Clone, Debug)]
pub(crate) struct Refusal {
    pub(crate) why: Why,
    /// For the log and the audit log; no secrets.
    pub(crate) reason: String,
}

impl Refusal {
    pub(crate) fn new(why: Why, reason: impl Into<String>) -> Refusal {
        Refusal { why, reason: reason.into() }
    }

    /// Sends the browser to the page that says so. `who` is the person whom the provider vouched for; of others, only
    /// so many a minute are in the audit log.
    pub(crate) fn answer(
        self,
        state: &ApiState,
        place: &Place,
        provider_id: &str,
        who: Option<AuditActor>,
    ) -> Response {
        let Refusal { why, reason } = self;
        let from = place.text();
        counter!(metric::SIGN_INS, "result" => why.as_str()).increment(1);
        match why {
            Why::Failed => error!(provider.id = provider_id, %from, "a single sign-on failed: {reason}"),
            _ => warn!(provider.id = provider_id, %from, "a single sign-on was refused: {reason}"),
        }
        place.audit.detail("provider", &provider_id.into());
        place.audit.failure(&reason);
        match who {
            Some(who) => place.audit.actor(who),
            None if state.single_sign_on().takes_stranger(state.clock.now()) => {
                place.audit.actor(AuditActor::stranger("unknown", ""));
            }
            None => {}
        }
        let page = format!("/console/sign-in?error={}", why.as_str());
        to_page(state, &page, vec![browser::back(state)])
    }
}

impl From<ApiError> for Refusal {
    fn from(error: ApiError) -> Refusal {
        Refusal::new(Why::Failed, error.into_message())
    }
}

impl From<store::StoreError> for Refusal {
    fn from(error: store::StoreError) -> Refusal {
        ApiError::from(error).into()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn each_reason_has_a_word_of_its_own() {
        let words: BTreeSet<&str> = Why::ALL.iter().map(|why| why.as_str()).collect();
        assert_eq!(words.len(), Why::ALL.len());
        assert!(words.iter().all(|word| word.bytes().all(|byte| byte == b'_' || byte.is_ascii_lowercase())));
    }
}
