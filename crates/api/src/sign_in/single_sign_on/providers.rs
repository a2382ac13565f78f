//! What is known of the providers of OpenID Connect: asked for when it is needed, kept for a while.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::http::{HeaderMap, HeaderValue, Method, header};
use destinations::{HttpReply, HttpRequest};
use jiff::{SignedDuration, Timestamp};
use oidc::{Keys, Metadata, OidcError, Reply, Request};
use tokio::sync::{Mutex as Turn, Semaphore, SemaphorePermit};
use tracing::warn;

use super::refusal::{Refusal, Why};
use crate::state::ApiState;

/// Longest wait for one answer of a provider.
const ANSWER_TIME_MAX: Duration = Duration::from_secs(10);
/// Longest answer of a provider in bytes.
const ANSWER_BYTES_MAX: usize = 1 << 20;
/// What is known is asked for again after this time.
const KNOWN_FOR: SignedDuration = SignedDuration::from_hours(1);
/// And counts so long when there is no answer.
const KNOWN_FOR_MAX: SignedDuration = SignedDuration::from_hours(24);
/// Keys are asked for at most so often, however many tokens name one that is not known.
const KEYS_EVERY: SignedDuration = SignedDuration::from_mins(1);
/// After a failure the provider is left alone so long.
const PAUSE: SignedDuration = SignedDuration::from_secs(5);
/// People whose answers are looked at, at the same time.
const AT_ONCE_MAX: usize = 64;
/// Issuers that something is known of; those that are not configured any more make room.
const ISSUERS_MAX: usize = 40;

/// What is known of one provider.
pub(crate) struct Known {
    pub(crate) metadata: Metadata,
    pub(crate) keys: Keys,
}

#[derive(Default)]
struct Entry {
    known: Option<Arc<Known>>,
    known_at: Timestamp,
    keys_at: Timestamp,
    failed: Option<(Timestamp, Refusal)>,
}

/// What is known of all of them, by issuer.
pub(crate) struct Providers {
    entries: Mutex<BTreeMap<String, Arc<Turn<Entry>>>>,
    turns: Semaphore,
}

impl Default for Providers {
    fn default() -> Self {
        Providers { entries: Mutex::default(), turns: Semaphore::new(AT_ONCE_MAX) }
    }
}

impl Providers {
    /// A turn to look at what somebody brought back.
    pub(crate) fn turn(&self) -> Result<SemaphorePermit<'_>, Refusal> {
        let full = |_| Refusal::new(Why::Failed, format!("{AT_ONCE_MAX} people sign in at once; try again"));
        self.turns.try_acquire().map_err(full)
    }

    /// What is known of an issuer, not older than [`KNOWN_FOR`] as long as it answers.
    pub(crate) async fn known(&self, state: &ApiState, issuer: &str) -> Result<Arc<Known>, Refusal> {
        let entry = self.entry(state, issuer);
        let mut entry = entry.lock().await;
        let now = state.clock.now();
        let kept = entry.known.clone().filter(|_| now.duration_since(entry.known_at) < KNOWN_FOR_MAX);
        if let Some(known) = &kept
            && now.duration_since(entry.known_at) < KNOWN_FOR
        {
            return Ok(Arc::clone(known));
        }
        let pause = entry.failed.as_ref().filter(|(at, _)| now.duration_since(*at) < PAUSE);
        let refusal = match pause {
            Some((_, refusal)) => refusal.clone(),
            None => match ask(state, issuer).await {
                Ok(known) => {
                    let known = Arc::new(known);
                    *entry =
                        Entry { known: Some(Arc::clone(&known)), known_at: now, keys_at: now, failed: None };
                    return Ok(known);
                }
                Err(refusal) => {
                    warn!("the provider `{issuer}` cannot be asked: {}", refusal.reason);
                    // The clock again: the answer took its time.
                    entry.failed = Some((state.clock.now(), refusal.clone()));
                    refusal
                }
            },
        };
        kept.ok_or(refusal)
    }

    /// The same with fresh keys, when those of `old` do not suffice and were not asked for within the last minute.
    pub(crate) async fn with_fresh_keys(
        &self,
        state: &ApiState,
        old: &Arc<Known>,
    ) -> Result<Option<Arc<Known>>, Refusal> {
        let entry = self.entry(state, &old.metadata.issuer);
        let mut entry = entry.lock().await;
        if let Some(newer) = entry.known.as_ref().filter(|known| !Arc::ptr_eq(known, old)) {
            return Ok(Some(Arc::clone(newer)));
        }
        let now = state.clock.now();
        if now.duration_since(entry.keys_at) < KEYS_EVERY {
            return Ok(None);
        }
        entry.keys_at = now;
        let metadata = old.metadata.clone();
        let reply = send(state, Keys::request(&metadata)).await?;
        let known = Arc::new(Known { keys: Keys::read(reply_of(&reply))?, metadata });
        entry.known = Some(Arc::clone(&known));
        Ok(Some(known))
    }

    fn entry(&self, state: &ApiState, issuer: &str) -> Arc<Turn<Entry>> {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        if entries.len() >= ISSUERS_MAX && !entries.contains_key(issuer) {
            let settings = state.sign_in.load();
            entries.retain(|issuer, _| settings.oidc.iter().any(|oidc| oidc.issuer == *issuer));
        }
        Arc::clone(entries.entry(issuer.to_owned()).or_default())
    }
}

/// Asks a provider for what it says of itself, and for its keys.
pub(crate) async fn ask(state: &ApiState, issuer: &str) -> Result<Known, Refusal> {
    let reply = send(state, Metadata::request(issuer)?).await?;
    let metadata = Metadata::read(issuer, reply_of(&reply))?;
    let reply = send(state, Keys::request(&metadata)).await?;
    Ok(Known { keys: Keys::read(reply_of(&reply))?, metadata })
}

/// Sends one request through the guarded client.
pub(crate) async fn send(state: &ApiState, request: Request) -> Result<HttpReply, Refusal> {
    let Request { url, authorization, form } = request;
    let mut headers = HeaderMap::from_iter([(header::ACCEPT, HeaderValue::from_static("application/json"))]);
    if let Some(text) = authorization {
        let unusable =
            |_| Refusal::new(Why::ProviderWrong, "the key to the user information is no header value");
        let mut value = HeaderValue::try_from(text).map_err(unusable)?;
        value.set_sensitive(true);
        headers.insert(header::AUTHORIZATION, value);
    }
    let method = if form.is_some() { Method::POST } else { Method::GET };
    if form.is_some() {
        let kind = HeaderValue::from_static("application/x-www-form-urlencoded");
        headers.insert(header::CONTENT_TYPE, kind);
    }
    fetch(state, HttpRequest { method, url, headers, body: form.unwrap_or_default().into() }).await
}

/// Sends one request through the guarded client, as it is.
pub(crate) async fn fetch(state: &ApiState, request: HttpRequest) -> Result<HttpReply, Refusal> {
    let outbound = state.outbound.load();
    let sent = outbound.send_up_to(request, ANSWER_TIME_MAX, ANSWER_BYTES_MAX).await;
    let reply = sent.map_err(|error| Refusal::new(Why::ProviderDown, error.to_string()))?;
    if !reply.complete {
        let reason = "the answer of the provider broke off or took too long";
        return Err(Refusal::new(Why::ProviderDown, reason));
    }
    if reply.body.len() >= ANSWER_BYTES_MAX {
        let reason = format!("the answer of the provider has {ANSWER_BYTES_MAX} bytes or more");
        return Err(Refusal::new(Why::ProviderWrong, reason));
    }
    Ok(reply)
}

/// The answer, as the protocol reads it.
pub(crate) fn reply_of(reply: &HttpReply) -> Reply<'_> {
    Reply { status: reply.status, body: &reply.body }
}

impl From<OidcError> for Refusal {
    fn from(error: OidcError) -> Refusal {
        let why = if error.is_cancelled() {
            Why::Cancelled
        } else if error.is_transient() {
            Why::ProviderDown
        } else {
            Why::ProviderWrong
        };
        Refusal::new(why, error.to_string())
    }
}
