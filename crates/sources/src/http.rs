//! `POST /http/{source}`: takes one body of logs.
//!
//! The order of the checks: method, source, credentials that are in the headers, declared size, room in
//! memory, the body as it arrives, its signature, compression, text, and at last the journal. Nothing that a
//! sender without credentials sends is kept in memory.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use ::http::header::{CONTENT_LENGTH, EXPECT};
use ::http::request::Parts;
use axum::Json;
use axum::Router;
use axum::body::Body;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Request, State};
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use bytes::Bytes;
use journal::Journal;
use metrics::counter;
use model::{SourceId, metric};
use serde_json::json;
use tokio::sync::Semaphore;
use tracing::debug;

use crate::auth;
use crate::body::{self, Lease, ReadTime};
use crate::config::{HttpSourceConfig, SourceTable};
use crate::inflate::{Compression, InflateLimits, check_text, inflate};
use crate::refusal::Refusal;

/// What all requests together, and each of them, may take. `body_max` belongs to each source.
#[derive(Clone, Copy, Debug)]
pub struct HttpLimits {
    /// Bytes of all bodies under way, as sent and inflated. Beyond it: 429.
    pub memory_bytes_max: usize,
    /// Bodies under way. Beyond it: 429.
    pub bodies_max: usize,
    /// Bodies under way at one source, so that slow senders of one take no other's place. Beyond it: 429.
    pub bodies_per_source_max: usize,
    /// Bodies inflated at the same time; others wait.
    pub inflating_max: usize,
    /// Bytes of one inflated body. Beyond it: 413.
    pub inflated_bytes_max: usize,
    /// Inflated bytes for each byte as sent. Beyond it: 413.
    pub inflate_ratio_max: usize,
    /// Time without a byte of a body. Beyond it: 408.
    pub read_idle_max: Duration,
    /// Time of a whole body. Beyond it: 408.
    pub read_total_max: Duration,
}

impl Default for HttpLimits {
    fn default() -> Self {
        Self {
            memory_bytes_max: 256 << 20,
            bodies_max: 1024,
            bodies_per_source_max: 256,
            inflating_max: 8,
            inflated_bytes_max: 64 << 20,
            inflate_ratio_max: 200,
            read_idle_max: Duration::from_secs(30),
            read_total_max: Duration::from_secs(120),
        }
    }
}

/// The route `/http/{source}` with the default limits.
pub fn router(sources: SourceTable, journal: Journal) -> Router {
    router_with_limits(sources, journal, HttpLimits::default())
}

/// The route `/http/{source}`.
pub fn router_with_limits(sources: SourceTable, journal: Journal, limits: HttpLimits) -> Router {
    let intake = Arc::new(Intake {
        sources,
        journal,
        memory: Arc::new(Semaphore::new(limits.memory_bytes_max)),
        bodies: Semaphore::new(limits.bodies_max),
        by_source: Mutex::default(),
        inflating: Semaphore::new(limits.inflating_max.max(1)),
        limits,
    });
    Router::new().route("/http/{source}", post(accept_logs).fallback(refuse_method)).with_state(intake)
}

struct Intake {
    sources: SourceTable,
    journal: Journal,
    memory: Arc<Semaphore>,
    bodies: Semaphore,
    /// Of each source that was ever sent to; the configuration bounds how many there are.
    by_source: Mutex<HashMap<SourceId, Arc<Semaphore>>>,
    inflating: Semaphore,
    limits: HttpLimits,
}

async fn accept_logs(
    State(intake): State<Arc<Intake>>,
    path: Result<Path<String>, PathRejection>,
    request: Request,
) -> Response {
    let (parts, mut body) = request.into_parts();
    let source = path.ok().and_then(|Path(id)| intake.sources.find(&id));
    let result = match &source {
        Some(source) => intake.accept(source, &parts, &mut body).await,
        None => Err(Refusal::UnknownSource),
    };
    match result {
        Ok(byte_count) => Json(json!({ "accepted": byte_count })).into_response(),
        Err(refusal) => {
            // A sender that waits for `100 Continue` has sent nothing and must not be asked to.
            if !parts.headers.contains_key(EXPECT) && refusal != Refusal::Timeout {
                body::drain(&mut body, declared_bytes(&parts)).await;
            }
            refuse(source.as_deref(), refusal)
        }
    }
}

async fn refuse_method(
    State(intake): State<Arc<Intake>>,
    path: Result<Path<String>, PathRejection>,
) -> Response {
    let source = path.ok().and_then(|Path(id)| intake.sources.find(&id));
    refuse(source.as_deref(), Refusal::Method)
}

/// Counts and answers. An unknown source has no label of its own: senders could make up any number.
fn refuse(source: Option<&HttpSourceConfig>, refusal: Refusal) -> Response {
    let id = source.map_or("", |source| source.id.as_str());
    counter!(metric::SOURCE_REFUSED, "source" => id.to_owned(), "reason" => refusal.reason()).increment(1);
    debug!(source.id = id, reason = refusal.reason(), "request refused: {refusal}");
    refusal.into_response()
}

impl Intake {
    /// Takes one body; returns its bytes as sent.
    async fn accept(
        &self,
        source: &HttpSourceConfig,
        parts: &Parts,
        body: &mut Body,
    ) -> Result<u64, Refusal> {
        if !auth::headers_pass(&source.auth, &parts.headers) {
            return Err(Refusal::unauthorized(&source.auth));
        }
        let bytes_max = source.body_bytes_max;
        if declared_bytes(parts).is_some_and(|bytes| bytes > bytes_max) {
            return Err(Refusal::TooLarge { body_bytes_max: bytes_max });
        }
        let own = self.slots_of(&source.id);
        let _own_slot = own.try_acquire().map_err(|_| Refusal::Overloaded)?;
        let _slot = self.bodies.try_acquire().map_err(|_| Refusal::Overloaded)?;
        let mut lease = Lease::new(Arc::clone(&self.memory));
        let time = ReadTime { idle_max: self.limits.read_idle_max, total_max: self.limits.read_total_max };
        let sent = body::read(body, bytes_max, time, &mut lease).await?;
        let sent_bytes = sent.len() as u64;
        if !auth::body_passes(&source.auth, &parts.headers, &sent) {
            return Err(Refusal::unauthorized(&source.auth));
        }
        // The lease holds until the journal has answered.
        let (text, _lease) = self.text(sent, lease).await?;
        self.journal.append(source.id.clone(), text).await.map_err(Refusal::Journal)?;
        Ok(sent_bytes)
    }

    fn slots_of(&self, id: &SourceId) -> Arc<Semaphore> {
        let mut by_source = self.by_source.lock().unwrap_or_else(PoisonError::into_inner);
        let new = || Arc::new(Semaphore::new(self.limits.bodies_per_source_max));
        Arc::clone(by_source.entry(id.clone()).or_insert_with(new))
    }

    /// The body as text that is not empty.
    async fn text(&self, sent: Bytes, mut lease: Lease) -> Result<(Bytes, Lease), Refusal> {
        let Some(compression) = Compression::detect(&sent) else {
            if sent.is_empty() {
                return Err(Refusal::Empty);
            }
            check_text(&sent)?;
            return Ok((sent, lease));
        };
        let limits = InflateLimits {
            bytes_max: self.limits.inflated_bytes_max,
            ratio_max: self.limits.inflate_ratio_max,
        };
        let _turn = self.inflating.acquire().await.map_err(|_| Refusal::Fault)?;
        let work = move || {
            let text = inflate(compression, &sent, limits, &mut |bytes| lease.grow(bytes))?;
            if text.is_empty() {
                return Err(Refusal::Empty);
            }
            check_text(&text)?;
            Ok((text, lease))
        };
        tokio::task::spawn_blocking(work).await.map_err(|_| Refusal::Fault)?
    }
}

fn declared_bytes(parts: &Parts) -> Option<u64> {
    parts.headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}
