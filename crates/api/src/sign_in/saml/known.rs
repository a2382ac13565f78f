//! What is known of the providers that speak SAML: read with the configuration, or fetched and kept.
//!
//! What was fetched lies in the database too: when the provider does not answer, the last good metadata counts on,
//! also after a restart. Whoever answers at the address cannot become another provider by that: the name in the
//! metadata stays what it was, and is that of one provider alone.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use ::saml::IdentityProvider;
use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderValue, Method, header};
use destinations::HttpRequest;
use jiff::{SignedDuration, Timestamp};
use store::StoredMetadata;
use tokio::sync::Mutex as Turn;
use tracing::{info, warn};
use url::Url;

use crate::sign_in::settings::{SamlMetadata, SamlProvider};
use crate::sign_in::single_sign_on::providers::fetch;
use crate::sign_in::single_sign_on::refusal::{Refusal, Why};
use crate::state::ApiState;

/// What was fetched is fetched again after this time.
const KNOWN_FOR: SignedDuration = SignedDuration::from_hours(1);
/// It is fetched earlier when a response is signed with an unknown key, at most so often.
const FRESH_EVERY: SignedDuration = SignedDuration::from_mins(1);
/// After a failure the provider is left alone so long, when something is known of it.
const PAUSE_KNOWN: SignedDuration = SignedDuration::from_mins(1);
/// And so long, when nothing is.
const PAUSE_UNKNOWN: SignedDuration = SignedDuration::from_secs(5);
/// Providers that something is known of; those that are not configured any more make room.
const PROVIDERS_MAX: usize = 40;
/// What is asked for.
const ACCEPTED: &str = "application/samlmetadata+xml, application/xml, text/xml;q=0.9, */*;q=0.1";

/// What is known of one provider whose metadata is fetched.
#[derive(Default)]
struct Entry {
    /// Where it was fetched from; empty before the first look.
    url: String,
    known: Option<Arc<IdentityProvider>>,
    known_at: Timestamp,
    /// Last time that an unknown key had it fetched.
    fresh_at: Timestamp,
    failed: Option<(Timestamp, Refusal)>,
}

/// What is known of all of them, by their ids.
#[derive(Default)]
pub(crate) struct SamlProviders {
    entries: Mutex<BTreeMap<String, Arc<Turn<Entry>>>>,
}

impl SamlProviders {
    /// What is known of a provider, not older than [`KNOWN_FOR`] as long as it answers.
    pub(crate) async fn known(
        &self,
        state: &ApiState,
        provider: &SamlProvider,
    ) -> Result<Arc<IdentityProvider>, Refusal> {
        let url = match &provider.metadata {
            SamlMetadata::File(metadata) => return Ok(Arc::clone(metadata)),
            SamlMetadata::Url(url) => url,
        };
        let entry = self.entry(state, &provider.provider.id);
        let mut entry = entry.lock().await;
        if entry.url != url.as_str() {
            *entry = stored(state, provider, url).await?;
        }
        let now = state.clock.now();
        let kept = entry.known.clone().filter(|known| is_name(state, provider, known));
        if let Some(known) = &kept
            && now.duration_since(entry.known_at) < KNOWN_FOR
        {
            return Ok(Arc::clone(known));
        }
        let pause = if kept.is_some() { PAUSE_KNOWN } else { PAUSE_UNKNOWN };
        let paused = entry.failed.as_ref().filter(|(at, _)| now.duration_since(*at) < pause);
        let refusal = match paused {
            Some((_, refusal)) => refusal.clone(),
            None => match renew(state, provider, url, &mut entry).await {
                Ok(known) => return Ok(known),
                Err(refusal) => refusal,
            },
        };
        kept.ok_or(refusal)
    }

    /// The same anew, when `old` does not suffice and it was not fetched for that within the last minute; `None` when
    /// there is nothing newer.
    pub(crate) async fn fresh(
        &self,
        state: &ApiState,
        provider: &SamlProvider,
        old: &Arc<IdentityProvider>,
    ) -> Option<Arc<IdentityProvider>> {
        let SamlMetadata::Url(url) = &provider.metadata else { return None };
        let entry = self.entry(state, &provider.provider.id);
        let mut entry = entry.lock().await;
        if let Some(newer) = entry.known.as_ref().filter(|known| !Arc::ptr_eq(known, old)) {
            return Some(Arc::clone(newer));
        }
        let now = state.clock.now();
        if now.duration_since(entry.fresh_at) < FRESH_EVERY {
            return None;
        }
        entry.fresh_at = now;
        renew(state, provider, url, &mut entry).await.ok()
    }

    fn entry(&self, state: &ApiState, id: &str) -> Arc<Turn<Entry>> {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        if entries.len() >= PROVIDERS_MAX && !entries.contains_key(id) {
            let settings = state.sign_in.load();
            entries.retain(|id, _| settings.saml.iter().any(|saml| saml.provider.id == *id));
        }
        Arc::clone(entries.entry(id.to_owned()).or_default())
    }
}

/// What an earlier process knew.
async fn stored(state: &ApiState, provider: &SamlProvider, url: &Url) -> Result<Entry, Refusal> {
    let entry = Entry { url: url.to_string(), ..Entry::default() };
    let id = &provider.provider.id;
    let all = state.store.list_provider_metadata().await?;
    let Some(kept) = all.into_iter().find(|kept| kept.provider_id == *id && kept.url == url.as_str()) else {
        return Ok(entry);
    };
    match IdentityProvider::from_metadata(kept.document.as_bytes()) {
        Ok(known) => Ok(Entry { known: Some(Arc::new(known)), known_at: kept.fetched_at, ..entry }),
        Err(error) => {
            warn!(provider.id = %id, "the kept metadata cannot be read any more and is fetched anew: {error}");
            Ok(entry)
        }
    }
}

/// Fetches the metadata, and keeps it when it is good.
async fn renew(
    state: &ApiState,
    provider: &SamlProvider,
    url: &Url,
    entry: &mut Entry,
) -> Result<Arc<IdentityProvider>, Refusal> {
    match ask(state, provider, url).await {
        Ok(known) => {
            let known = Arc::new(known);
            // The clock again: the answer took its time.
            (entry.known, entry.known_at, entry.failed) = (Some(Arc::clone(&known)), state.clock.now(), None);
            Ok(known)
        }
        Err(refusal) => {
            let id = &provider.provider.id;
            let rest = if entry.known.is_some() { "; what was fetched before counts on" } else { "" };
            warn!(provider.id = %id, "the metadata at `{url}` cannot be had: {}{rest}", refusal.reason);
            entry.failed = Some((state.clock.now(), refusal.clone()));
            Err(refusal)
        }
    }
}

/// Reads the metadata at an address; also gives the document.
pub(crate) async fn read_at(state: &ApiState, url: &Url) -> Result<(IdentityProvider, String), Refusal> {
    let headers = HeaderMap::from_iter([(header::ACCEPT, HeaderValue::from_static(ACCEPTED))]);
    let request = HttpRequest { method: Method::GET, url: url.clone(), headers, body: Bytes::new() };
    let reply = fetch(state, request).await?;
    let status = reply.status.as_u16();
    match status {
        200 => {}
        500.. | 429 => {
            return Err(Refusal::new(Why::ProviderDown, format!("`{url}` answers {status}")));
        }
        _ => {
            let reason =
                format!("`{url}` answers {status}; give the address that answers with the metadata itself");
            return Err(Refusal::new(Why::ProviderWrong, reason));
        }
    }
    let wrong = |reason: String| Refusal::new(Why::ProviderWrong, reason);
    let known =
        IdentityProvider::from_metadata(&reply.body).map_err(|error| wrong(format!("`{url}`: {error}")))?;
    let now = state.clock.now();
    if let Some(valid_until) = known.valid_until.filter(|until| *until <= now) {
        return Err(wrong(format!("the metadata at `{url}` was valid until `{valid_until}`")));
    }
    Ok((known, String::from_utf8_lossy(&reply.body).into_owned()))
}

async fn ask(state: &ApiState, provider: &SamlProvider, url: &Url) -> Result<IdentityProvider, Refusal> {
    let id = &provider.provider.id;
    let (known, document) = read_at(state, url).await?;
    let now = state.clock.now();
    let kept = state.store.list_provider_metadata().await?;
    check_name(state, provider, url, &known, &kept)?;
    for problem in &known.unused {
        warn!(provider.id = %id, "a signing certificate of the metadata is not used: {problem}");
    }
    if kept.iter().all(|kept| kept.provider_id != *id || kept.document != document) {
        info!(provider.id = %id, entity_id = known.entity_id, "the metadata of the provider is new or has changed");
    }
    let metadata = StoredMetadata {
        provider_id: id.clone(),
        url: url.to_string(),
        entity_id: known.entity_id.clone(),
        document,
        fetched_at: now,
    };
    let configured = state.sign_in.load().saml.iter().map(|saml| saml.provider.id.clone()).collect();
    if let Err(problem) = state.store.keep_provider_metadata(metadata, configured).await {
        warn!(provider.id = %id, "the metadata counts now, and is fetched again after a restart: {problem}");
    }
    Ok(known)
}

/// Whether the provider is the one that the configuration names, where it names one, and no other one of it.
fn is_name(state: &ApiState, provider: &SamlProvider, known: &IdentityProvider) -> bool {
    let is_wanted = provider.entity_id.as_ref().is_none_or(|name| *name == known.entity_id);
    is_wanted && state.sign_in.load().other_vouching(&known.entity_id, &provider.provider.id).is_none()
}

/// Refuses metadata of somebody else than before, and that of another provider: people are known by that name.
pub(crate) fn check_name(
    state: &ApiState,
    provider: &SamlProvider,
    url: &Url,
    known: &IdentityProvider,
    kept: &[StoredMetadata],
) -> Result<(), Refusal> {
    let wrong = |reason: String| Err(Refusal::new(Why::ProviderWrong, reason));
    let (id, found) = (&provider.provider.id, &known.entity_id);
    if let Some(wanted) = provider.entity_id.as_ref().filter(|wanted| *wanted != found) {
        return wrong(format!("the metadata at `{url}` describes `{found}`, and `entity_id` is `{wanted}`"));
    }
    let before = kept.iter().find(|kept| kept.provider_id == *id && kept.url == url.as_str());
    let before = before.filter(|before| before.entity_id != *found && provider.entity_id.is_none());
    if let Some(before) = before {
        return wrong(format!(
            "the metadata at `{url}` describes `{found}`, and before it described `{}`, by which people are known; if \
             that is right, set `entity_id` of the provider `{id}` to the new name",
            before.entity_id
        ));
    }
    let settings = state.sign_in.load();
    let by_configuration = settings.other_vouching(found, id).map(|other| other.id.as_str());
    let is_other = |kept: &&StoredMetadata| {
        let is_there = |url: &SamlMetadata| matches!(url, SamlMetadata::Url(url) if url.as_str() == kept.url);
        let is_configured =
            settings.saml.iter().any(|saml| saml.provider.id == kept.provider_id && is_there(&saml.metadata));
        kept.entity_id == *found && kept.provider_id != *id && is_configured
    };
    let by_metadata = || kept.iter().find(is_other).map(|kept| kept.provider_id.as_str());
    match by_configuration.or_else(by_metadata) {
        None => Ok(()),
        Some(other) => wrong(format!(
            "the metadata at `{url}` describes `{found}`, and so does the provider `{other}`; keep one of them"
        )),
    }
}
