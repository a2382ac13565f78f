//! What binds a sign-in to one browser: a sealed cookie that it takes along and brings back, once.
//!
//! The server keeps nothing of people who leave, so that strangers cannot fill its memory. What is in the cookie only
//! this process can read and make. What came back is remembered until it would be too old anyway.

use std::collections::VecDeque;
use std::sync::{Mutex, OnceLock, PoisonError};

use aes_gcm::aead::{Aead as _, Payload};
use aes_gcm::{Aes256Gcm, KeyInit as _};
use axum::http::{HeaderMap, HeaderValue};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use model::SignInMethod;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::error::ApiError;
use crate::sign_in::cookie::{self, Cookie};
use crate::sign_in::second_factor::random;
use crate::state::ApiState;

/// Longest time between leaving and coming back.
pub(crate) const AWAY_MAX: SignedDuration = SignedDuration::from_mins(10);
/// So many that came back are remembered; the oldest makes room. What is forgotten too early still needs the browser's
/// cookie, and an answer of the provider, which works once as well.
const USED_MAX: usize = 10_000;
/// Bytes of a key.
const KEY_BYTES: usize = 32;
/// Bytes of a nonce of AES-GCM.
const NONCE_BYTES: usize = 12;
/// Random bytes of a value that nobody can guess.
const VALUE_BYTES: usize = 32;

/// Seals and opens what browsers take along.
#[derive(Default)]
pub(crate) struct Seal {
    key: OnceLock<[u8; KEY_BYTES]>,
    /// Ids of what came back, oldest first, and until when they matter.
    used: Mutex<VecDeque<(String, i64)>>,
}

#[derive(Serialize, Deserialize)]
struct Kept {
    id: String,
    /// Second until which it counts.
    until: i64,
    /// What the protocol keeps, as JSON.
    what: String,
}

/// What a browser brought back.
pub(crate) struct Brought<T> {
    pub(crate) what: T,
    id: String,
    until: i64,
}

impl Seal {
    /// `Set-Cookie` with what a browser takes along to a provider of this protocol.
    ///
    /// # Errors
    /// 503 when the machine gives no random bytes.
    pub(crate) fn send_off<T: Serialize>(
        &self,
        state: &ApiState,
        protocol: SignInMethod,
        what: &T,
    ) -> Result<HeaderValue, ApiError> {
        let value = self.close(protocol, what, state.clock.now())?;
        let life = format!("; Max-Age={}", AWAY_MAX.as_secs());
        Ok(cookie::line(Cookie::SignIn, &value, &life, state))
    }

    /// What a browser that comes back took along to a provider of this protocol; `None` when it has nothing of this
    /// process, of this protocol and of the last minutes.
    pub(crate) fn look<T: DeserializeOwned>(
        &self,
        state: &ApiState,
        protocol: SignInMethod,
        headers: &HeaderMap,
    ) -> Option<Brought<T>> {
        self.open(protocol, cookie::value_named(Cookie::SignIn, headers, state)?, state.clock.now())
    }

    /// Takes what was brought back; answers whether that is the first time.
    pub(crate) fn use_up<T>(&self, brought: &Brought<T>, now: Timestamp) -> bool {
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        while used.front().is_some_and(|(_, until)| *until < now.as_second()) {
            used.pop_front();
        }
        if used.iter().any(|(id, _)| *id == brought.id) {
            return false;
        }
        if used.len() >= USED_MAX {
            used.pop_front();
        }
        used.push_back((brought.id.clone(), brought.until));
        true
    }

    fn close<T: Serialize>(
        &self,
        protocol: SignInMethod,
        what: &T,
        now: Timestamp,
    ) -> Result<String, ApiError> {
        let broken =
            |_| ApiError::new(axum::http::StatusCode::INTERNAL_SERVER_ERROR, "this cannot be sealed");
        let until = now.saturating_add(AWAY_MAX).unwrap_or(Timestamp::MAX).as_second();
        let what = serde_json::to_string(what).map_err(broken)?;
        let kept = serde_json::to_string(&Kept { id: value()?, until, what }).map_err(broken)?;
        let nonce = random::<NONCE_BYTES>()?;
        let payload = Payload { msg: kept.as_bytes(), aad: protocol.as_str().as_bytes() };
        let cipher = Aes256Gcm::new(self.key()?.into());
        let sealed = cipher.encrypt(&nonce.into(), payload).map_err(|_| {
            ApiError::new(axum::http::StatusCode::INTERNAL_SERVER_ERROR, "this cannot be sealed")
        })?;
        Ok(URL_SAFE_NO_PAD.encode([&nonce[..], &sealed].concat()))
    }

    fn open<T: DeserializeOwned>(
        &self,
        protocol: SignInMethod,
        value: &str,
        now: Timestamp,
    ) -> Option<Brought<T>> {
        let bytes = URL_SAFE_NO_PAD.decode(value).ok()?;
        let (nonce, sealed) = bytes.split_first_chunk::<NONCE_BYTES>()?;
        let payload = Payload { msg: sealed, aad: protocol.as_str().as_bytes() };
        let kept = Aes256Gcm::new(self.key.get()?.into()).decrypt(nonce.into(), payload).ok()?;
        let Kept { id, until, what } = serde_json::from_slice(&kept).ok()?;
        let what = serde_json::from_str(&what).ok()?;
        (now.as_second() < until).then_some(Brought { what, id, until })
    }

    /// The key of this process.
    fn key(&self) -> Result<&[u8; KEY_BYTES], ApiError> {
        if let Some(key) = self.key.get() {
            return Ok(key);
        }
        let fresh = random::<KEY_BYTES>()?;
        Ok(self.key.get_or_init(|| fresh))
    }
}

/// `Set-Cookie` that has the browser forget what it took along.
pub(crate) fn back(state: &ApiState) -> HeaderValue {
    cookie::line(Cookie::SignIn, "", "; Max-Age=0", state)
}

/// A value that nobody can guess.
pub(crate) fn value() -> Result<String, ApiError> {
    Ok(URL_SAFE_NO_PAD.encode(random::<VALUE_BYTES>()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        Timestamp::from_second(1_800_000_000).unwrap()
    }

    fn opened(seal: &Seal, value: &str, at: Timestamp) -> Option<Brought<String>> {
        seal.open(SignInMethod::Oidc, value, at)
    }

    #[test]
    fn what_is_taken_along_comes_back_as_it_was() {
        let seal = Seal::default();
        let value = seal.close(SignInMethod::Oidc, &"way", now()).unwrap();
        assert!(!value.contains("way"));
        assert_eq!(opened(&seal, &value, now()).unwrap().what, "way");
        assert!(opened(&seal, &value, now() + AWAY_MAX - SignedDuration::from_secs(1)).is_some());
        assert!(opened(&seal, &value, now() + AWAY_MAX).is_none(), "too old");
        assert!(seal.open::<String>(SignInMethod::Saml, &value, now()).is_none(), "of another protocol");
        assert!(opened(&Seal::default(), &value, now()).is_none(), "of another process");
        let another = Seal::default();
        another.close(SignInMethod::Oidc, &"way", now()).unwrap();
        assert!(opened(&another, &value, now()).is_none(), "of another key");
    }

    #[test]
    fn what_was_changed_on_the_way_is_nothing() {
        let seal = Seal::default();
        let value = seal.close(SignInMethod::Oidc, &"way", now()).unwrap();
        for at in 0..value.len() {
            let other = if value.as_bytes()[at] == b'A' { "B" } else { "A" };
            let mut changed = value.clone();
            changed.replace_range(at..=at, other);
            assert!(opened(&seal, &changed, now()).is_none(), "byte {at}");
            assert!(opened(&seal, &value[..at], now()).is_none(), "cut at {at}");
        }
    }

    #[test]
    fn it_is_used_once() {
        let seal = Seal::default();
        let value = seal.close(SignInMethod::Oidc, &"way", now()).unwrap();
        let brought = opened(&seal, &value, now()).unwrap();
        assert!(seal.use_up(&brought, now()));
        assert!(!seal.use_up(&opened(&seal, &value, now()).unwrap(), now()));
        let later = now() + AWAY_MAX + SignedDuration::from_secs(1);
        let next = seal.close(SignInMethod::Oidc, &"next", later).unwrap();
        assert!(seal.use_up(&opened(&seal, &next, later).unwrap(), later));
        assert_eq!(seal.used.lock().unwrap().len(), 1, "what is too old is forgotten");
    }

    #[test]
    fn so_many_are_remembered() {
        let seal = Seal::default();
        for number in 0..USED_MAX + 10 {
            let brought = Brought { what: (), id: number.to_string(), until: now().as_second() + 600 };
            assert!(seal.use_up(&brought, now()));
        }
        assert_eq!(seal.used.lock().unwrap().len(), USED_MAX);
    }
}
