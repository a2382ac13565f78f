//! The cookies: that of a session, and the token that goes with it; that of people on their way to a provider.

use axum::http::HeaderMap;
use axum::http::header::{COOKIE, HeaderValue};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use crate::state::ApiState;

/// The cookies that there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cookie {
    /// Of somebody who is signed in.
    Session,
    /// Of somebody who is on the way to an identity provider and back.
    SignIn,
}

impl Cookie {
    /// Its name. With TLS browsers take it from this host and path alone, and only over TLS.
    fn name(self, is_secure: bool) -> &'static str {
        match (self, is_secure) {
            (Cookie::Session, false) => "margay_session",
            (Cookie::Session, true) => "__Host-margay_session",
            (Cookie::SignIn, false) => "margay_sign_in",
            (Cookie::SignIn, true) => "__Host-margay_sign_in",
        }
    }
}

/// Goes with every request that changes something.
pub(crate) const CSRF_HEADER: &str = "x-csrf-token";

/// Whether browsers reach this server by https, as far as the configuration says.
fn is_secure(state: &ApiState) -> bool {
    state.external_url.as_ref().is_some_and(|url| url.scheme() == "https")
}

/// The value of the session cookie, if there is one.
pub(crate) fn value_of<'a>(headers: &'a HeaderMap, state: &ApiState) -> Option<&'a str> {
    value_named(Cookie::Session, headers, state)
}

/// The value of a cookie, if there is one.
pub(crate) fn value_named<'a>(cookie: Cookie, headers: &'a HeaderMap, state: &ApiState) -> Option<&'a str> {
    let wanted = cookie.name(is_secure(state));
    let lines = headers.get_all(COOKIE).iter().filter_map(|line| line.to_str().ok());
    let mut pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(name, _)| *name == wanted).map(|(_, value)| value)
}

/// `Set-Cookie` for a session just opened. The browser forgets it when it closes; the server, in its own time.
pub(crate) fn opened(value: &SecretString, state: &ApiState) -> HeaderValue {
    line(Cookie::Session, value.expose_secret(), "", state)
}

/// `Set-Cookie` that has the browser forget its session.
pub(crate) fn ended(state: &ApiState) -> HeaderValue {
    line(Cookie::Session, "", "; Max-Age=0", state)
}

/// `Set-Cookie` of a value in base64, which is kept for `life`.
pub(crate) fn line(cookie: Cookie, value: &str, life: &str, state: &ApiState) -> HeaderValue {
    let is_secure = is_secure(state);
    let (name, secure) = (cookie.name(is_secure), if is_secure { "; Secure" } else { "" });
    let text = format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax{secure}{life}");
    let mut header = HeaderValue::try_from(text).expect("base64 and fixed words are a header value");
    header.set_sensitive(true);
    header
}

/// The token that goes with a session's cookie: a digest of its value, so that who knows the one can make the
/// other, and never the other way round.
pub(crate) fn csrf_token(value: &str) -> String {
    let mut digest = Sha256::new();
    digest.update(b"margay csrf\0");
    digest.update(value.as_bytes());
    URL_SAFE_NO_PAD.encode(digest.finalize())
}

/// Whether the request carries the token that goes with its cookie.
pub(crate) fn has_csrf_token(headers: &HeaderMap, value: &str) -> bool {
    let given = headers.get(CSRF_HEADER).map(HeaderValue::as_bytes).unwrap_or_default();
    bool::from(given.ct_eq(csrf_token(value).as_bytes()))
}
