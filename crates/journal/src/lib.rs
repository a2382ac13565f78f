//! The durable queue of accepted raw batches.
//!
//! A source calls [`Journal::append`], which resolves only after the batch is on disk; the pipeline
//! [reads](Journal::read) from the position that its last committed transaction recorded, and
//! [drops](Journal::drop_through) what it has passed. Neighbours: `sources` (appends), `pipeline`
//! (reads and drops), `margay` (opens and closes).
//!
//! # Guarantees
//!
//! - **Accepted means durable.** One writer task joins the appends that wait into one transaction with
//!   one fsync (group commit) and answers them after it. A tail torn by a crash is found by the
//!   checksums of the write-ahead log and cut off; it never holds an answered batch.
//! - **Sequence numbers only grow** and are never given twice, also when the journal is empty or its
//!   folder was lost ([`JournalConfig::position`]).
//! - **Acceptance time never decreases.** When the machine's clock steps back, the last value is
//!   repeated; more than 60 s raise a warning and a gauge.
//! - **It is bounded**: what waits for a commit, the size of a group, the size of what is kept.
//! - **It stops before the disk is full** ([`JournalConfig::disk_reserve_bytes`]). The rest is for dropping
//!   what is processed, which writes before it frees, and for the metadata database beside it.
//!
//! # Why SQLite
//!
//! A full disk must not poison the queue. SQLite answers a full disk by rolling one transaction back:
//! readers go on, and appends work again as soon as there is space, in the same process. Log-structured
//! stores (`fjall` was the other candidate) refuse every later write after one failed flush until
//! they are opened anew. It is also already in the binary, for the metadata database.

mod database;
mod error;
mod handle;
mod snapshot;
mod writer;

pub use error::{AppendError, JournalError};
pub use handle::{Accepted, Health, Journal, JournalConfig};
pub use snapshot::{JOURNAL_FILE, copy_journal};

#[cfg(test)]
mod disk_full_tests;
