//! Signing in through somebody else: what all protocols share.
//!
//! A browser leaves for the provider with a sealed cookie (`browser`) and comes back with an answer. The protocol says
//! who that is, or why not; `arrival` finds or makes the person and opens a session. Whatever goes wrong ends on a page
//! for people, and its reason in the log and the audit log (`refusal`).

pub(crate) mod arrival;
pub(crate) mod browser;
pub(crate) mod providers;
pub(crate) mod refusal;
pub(crate) mod return_to;

use std::sync::{Mutex, PoisonError};

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;

use self::browser::Seal;
use self::providers::Providers;
use crate::sign_in::saml::known::SamlProviders;
use crate::state::ApiState;

/// Refusals of people whom nobody vouches for that are written to the audit log within a minute; strangers cannot fill
/// it quicker. Further ones are in the server's log alone.
const STRANGERS_PER_MINUTE_MAX: u32 = 60;

/// What is kept in memory of people who are on their way.
#[derive(Default)]
pub(crate) struct SingleSignOn {
    /// What browsers take along.
    pub(crate) seal: Seal,
    /// What is known of the providers of OpenID Connect.
    pub(crate) providers: Providers,
    /// What is known of the providers that speak SAML.
    pub(crate) saml: SamlProviders,
    /// The present minute, and how many strangers were noted within it.
    strangers: Mutex<(i64, u32)>,
}

impl SingleSignOn {
    /// Whether one more refusal of a stranger is written to the audit log now.
    pub(crate) fn takes_stranger(&self, now: Timestamp) -> bool {
        let mut strangers = self.strangers.lock().unwrap_or_else(PoisonError::into_inner);
        let minute = now.as_second().div_euclid(60);
        if strangers.0 != minute {
            *strangers = (minute, 0);
        }
        strangers.1 = strangers.1.saturating_add(1);
        strangers.1 <= STRANGERS_PER_MINUTE_MAX
    }
}

/// Sends a browser to a page of this server; the cookies are set on the way.
pub(crate) fn to_page(state: &ApiState, page: &str, cookies: Vec<HeaderValue>) -> Response {
    let base = state.external_url.as_ref().map(|url| url.as_str().trim_end_matches('/')).unwrap_or_default();
    to_url(&format!("{base}{page}"), cookies)
}

/// Sends a browser elsewhere; the cookies are set on the way.
pub(crate) fn to_url(url: &str, cookies: Vec<HeaderValue>) -> Response {
    let mut response = StatusCode::SEE_OTHER.into_response();
    let headers = response.headers_mut();
    // Pages and URLs are checked, or made of words of ours.
    let location = HeaderValue::from_str(url).unwrap_or(HeaderValue::from_static("/console/"));
    headers.insert(header::LOCATION, location);
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    for cookie in cookies {
        headers.append(header::SET_COOKIE, cookie);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strangers_are_noted_up_to_a_limit_each_minute() {
        let (sso, now) = (SingleSignOn::default(), Timestamp::from_second(1_800_000_000).unwrap());
        let noted = (0..100).filter(|_| sso.takes_stranger(now)).count();
        assert_eq!(noted, 60);
        assert!(sso.takes_stranger(now + jiff::SignedDuration::from_secs(60)));
    }
}
