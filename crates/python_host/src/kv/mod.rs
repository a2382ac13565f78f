//! The key-value cache of detections: counters, string sets and dictionaries that outlive an event.
//!
//! The functions of `panther_detection_helpers.caching` ask the server through the protocol; here is what
//! answers. One map per host holds what is in use ([`cache`]); what an operation does to a row is one pure
//! function ([`operation`]). Rows come from a [`KvBackend`] when they are first needed, and what an
//! evaluation changed goes back with its result: whoever called commits it together with the alerts of the
//! same events, and then says so. So after a crash a replay finds the rows as they were before.
//!
//! "Now" is the acceptance time of the event, so that a replay comes to the same end.
//!
//! Source of the semantics: `detections.md` §2.6.

mod cache;
mod operation;
mod storage;

pub(crate) use cache::KvCache;
pub use cache::{KV_ENTRIES_MAX, KV_MEMORY_BYTES_MAX, KvChanges};
pub use operation::{KV_KEY_BYTES_MAX, KV_SET_MEMBERS_MAX, KV_VALUE_BYTES_MAX};
pub(crate) use operation::{KvError, KvOperation, KvValue};
pub use storage::{KvBackend, KvStorage, KvUnavailable};
