//! Correlation rules at work: signals are kept with the batch that made them, and looked at when more come
//! and on schedule.
//!
//! ```text
//! evaluate stage ─▶ signals of watched rules ─┐
//!                                             ├─▶ one transaction ─▶ wakes the correlator
//! commit stage   ─▶ alerts, position, … ──────┘                          │
//!      ▲                                                                 ▼
//!      └── matches, what was reported, how far it got ◀── evaluate around the new signals
//! ```
//!
//! `watch` knows which rules are watched, for which paths; `signals` makes signals of their matches;
//! `correlator` is the task that decides which correlation rule is due; `course` evaluates one of them, over
//! the stretches of time that `stretch` names; `report` turns what was found into findings.
//!
//! Guarantees:
//! - A signal is stored in the transaction of its batch, so that a batch that is processed again after a
//!   crash stores nothing twice.
//! - What a correlation rule has looked at and reported is stored in the transaction of its findings. A
//!   crash before it changes nothing, and the next start looks again; one after it repeats nothing.
//! - Signals are put in order by the time of their events, whenever they arrive.
//! - All state is in the store; the task only remembers what it read there.

mod context;
mod correlator;
mod course;
mod report;
mod signals;
mod stretch;
#[cfg(test)]
mod tests;
mod watch;

use std::time::Duration;

pub(crate) use correlator::correlate;
pub(crate) use signals::collect_signals;
pub(crate) use watch::Watch;

/// How correlation rules are worked on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CorrelationSettings {
    /// Signals kept of each rule, the newest.
    pub signals_kept_max: u64,
    /// Shortest time between two evaluations of a rule for the sake of new signals.
    pub evaluation_gap: Duration,
    /// Signals that one evaluation may look at, counted each time.
    pub work_max: u64,
}

impl Default for CorrelationSettings {
    /// 100,000 signals of each rule, evaluations once a second.
    fn default() -> Self {
        Self {
            signals_kept_max: store::SIGNALS_KEPT_MAX,
            evaluation_gap: Duration::from_secs(1),
            work_max: detect::correlation::WORK_MAX,
        }
    }
}
