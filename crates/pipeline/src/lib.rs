//! From the journal to the ledger: parse, evaluate, decide, commit.
//!
//! Three stages joined by short channels, each working on a *group* of journal batches: whatever waits
//! when the stage before is free. A group is committed in one transaction together with the journal
//! position, so that a crash replays it whole or not at all (promises 1 to 3 of the architecture).
//!
//! ```text
//! journal ─▶ parse ─▶ evaluate ─▶ commit ─▶ jobs to delivery
//! ```
//!
//! A slow stage slows the ones before it; the journal takes the rest, up to its limit.
//!
//! Beside the stages one task evaluates correlation rules over the signals that commits leave; see
//! `correlation`. Another watches over the sources; see `health`.

mod arrivals;
mod commit;
mod core;
mod correlation;
mod counters;
mod evaluate;
mod faults;
mod health;
mod parse;
mod rules;
mod stages;
mod world;

pub use commit::Committer;
pub use correlation::CorrelationSettings;
pub use health::{SourceWatch, Sources, WatchedSource};
pub use rules::evaluate_rules;
pub use stages::{FaultSink, JobSink, Pipeline, PipelineParts};
pub use world::{World, WorldContent};
