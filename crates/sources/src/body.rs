//! Reads a body as it streams in, within its limits of size, time and shared memory.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt as _;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout, timeout_at};

use crate::refusal::Refusal;

/// What is left of a refused body is read up to this size and time, so that the sender gets to read the answer
/// and can use the connection again; a larger rest ends the connection.
const DRAIN_BYTES_MAX: u64 = 64 * 1024 * 1024;
const DRAIN_TIME_MAX: Duration = Duration::from_secs(5);
const DRAIN_IDLE_MAX: Duration = Duration::from_secs(1);

/// How long a body may take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ReadTime {
    /// Without a single byte.
    pub(crate) idle_max: Duration,
    /// In all.
    pub(crate) total_max: Duration,
}

/// Bytes that one request holds of the memory shared by all; given back when dropped.
#[derive(Debug)]
pub(crate) struct Lease {
    budget: Arc<Semaphore>,
    held: Option<OwnedSemaphorePermit>,
}

impl Lease {
    /// Holds nothing yet.
    pub(crate) fn new(budget: Arc<Semaphore>) -> Self {
        Self { budget, held: None }
    }

    /// Takes `bytes` more, or refuses when others hold too much.
    pub(crate) fn grow(&mut self, bytes: usize) -> Result<(), Refusal> {
        let bytes = u32::try_from(bytes).map_err(|_| Refusal::Overloaded)?;
        let more = Arc::clone(&self.budget).try_acquire_many_owned(bytes).map_err(|_| Refusal::Overloaded)?;
        match &mut self.held {
            Some(held) => held.merge(more),
            None => self.held = Some(more),
        }
        Ok(())
    }
}

/// Reads the whole body, at most `bytes_max` of it.
pub(crate) async fn read(
    body: &mut Body,
    bytes_max: u64,
    time: ReadTime,
    lease: &mut Lease,
) -> Result<Bytes, Refusal> {
    let deadline = Instant::now() + time.total_max;
    let mut first: Option<Bytes> = None;
    let mut joined = BytesMut::new();
    let mut count = 0_u64;
    loop {
        let idle_deadline = deadline.min(Instant::now() + time.idle_max);
        let frame = timeout_at(idle_deadline, body.frame()).await.map_err(|_| Refusal::Timeout)?;
        let Some(Ok(frame)) = frame else {
            // What has ended must not be asked again.
            *body = Body::empty();
            if frame.is_some() {
                return Err(Refusal::Incomplete);
            }
            break;
        };
        let Ok(data) = frame.into_data() else { continue };
        count += data.len() as u64;
        if count > bytes_max {
            return Err(Refusal::TooLarge { body_bytes_max: bytes_max });
        }
        // Most bodies come in one piece and are never copied.
        if first.is_none() && joined.is_empty() {
            lease.grow(data.len())?;
            first = Some(data);
            continue;
        }
        let held = first.take().unwrap_or_default();
        let before = joined.capacity();
        let wanted = joined.len() + held.len() + data.len();
        if wanted > before {
            // Doubling, but never beyond the limit.
            let bytes_max = usize::try_from(bytes_max).unwrap_or(usize::MAX);
            let capacity = wanted.saturating_mul(2).min(bytes_max).max(wanted);
            lease.grow(capacity - before)?;
            joined.reserve(capacity - joined.len());
        }
        joined.extend_from_slice(&held);
        joined.extend_from_slice(&data);
    }
    Ok(first.unwrap_or_else(|| joined.freeze()))
}

/// Reads on without keeping anything, so that a refused sender that is still writing reads its answer.
/// `declared_bytes` is the `Content-Length`.
pub(crate) async fn drain(body: &mut Body, declared_bytes: Option<u64>) {
    if declared_bytes.is_some_and(|bytes| bytes > DRAIN_BYTES_MAX) {
        return;
    }
    let read = async {
        let mut count = 0_u64;
        while let Ok(Some(Ok(frame))) = timeout(DRAIN_IDLE_MAX, body.frame()).await {
            count += frame.data_ref().map_or(0, |data| data.len() as u64);
            if count > DRAIN_BYTES_MAX {
                break;
            }
        }
    };
    if timeout(DRAIN_TIME_MAX, read).await.is_err() {
        tracing::trace!("the rest of a refused body is not waited for");
    }
}
