//! From a request body to events: splitting into entries, classification, normalisation.
//!
//! [`parse_batch`] is the whole step for one accepted body; the pipeline, the command line and tests
//! call it. [`try_batch`] says of each record of a sample what that step makes of it. Their parts are
//! [`for_each_entry`] (stream types) and [`Classifier`] (which schema fits).
//!
//! Pure: no I/O, no clock, no runtime; same bytes, same events. Neighbour: `schema`. Guarantee: every
//! non-empty entry becomes events or exactly one failure with its reason; an envelope that a schema
//! unwraps becomes events and one failure per record inside that does not fit.

mod batch;
mod classify;
mod split;
mod trial;

pub use batch::{Amount, ParsedBatch, SourceSpec, parse_batch};
pub use classify::{Classified, Classifier, Unclassified};
pub use split::{ENTRY_BYTES_MAX, Entry, StreamType, for_each_entry, split};
pub use trial::{Trial, Tried, TriedFailure, try_batch};
