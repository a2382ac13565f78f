//! Correlation: whether signals of several rules belong together. Source: `detections.md` §5.3.
//!
//! Pure: [`evaluate`] gets the signals of each step and gives back every match. `prepare` sorts and indexes
//! them, `assign` goes through the values that the steps may share, `group` and `sequence` look at times,
//! `explain` says in words why there is no match, `fields` reads values out of events.
//!
//! What counts:
//! - A signal takes part in a step only when it has a value at every path on which the step is matched.
//!   Values are compared as texts; of a list any entry may be the shared one. Where transitions tie one step
//!   of a sequence to absent steps only, signals without a value count too, as equals of each other.
//! - Time frames, look-backs and absences include both of their ends.
//! - `MinMatchCount` and `MaxMatchCount` count the signals with the shared value within one look-back.
//! - The result does not depend on the order in which signals are given.
//!
//! Work: each combination of shared values costs time proportional to the signals that have it (sorting
//! apart), never to the number of ways in which signals can be combined. With one shared value this is
//! linear in the signals. Several criteria, or steps that are matched on nothing beside steps that are, can
//! cost more; [`Terms::work_max`] and [`MATCHES_MAX`] bound it, and [`Outcome::exceeded`] says when they did.

mod assign;
mod explain;
mod fields;
mod group;
mod pick;
mod prepare;
mod sequence;
mod testing;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::AtomicBool;

use content::{Arrangement, Correlation};
use jiff::Timestamp;

pub use explain::explain;
pub use fields::{Extracted, VALUE_BYTES_MAX, VALUES_MAX, extract};
pub use testing::{Verdict, run_test};

use crate::correlation::assign::Work;
use crate::correlation::prepare::Prepared;

/// Most matches of one evaluation.
pub const MATCHES_MAX: usize = 10_000;
/// Most signals looked at in one evaluation, counted each time; a second or two of work.
pub const WORK_MAX: u64 = 50_000_000;

/// One match of a rule that a step looks at.
#[derive(Clone, Debug, PartialEq)]
pub struct Signal {
    /// Tells the signals of one rule apart; of two at one time the smaller comes first.
    pub id: u64,
    /// When its event happened.
    pub at: Timestamp,
    /// The text of a path, and the values there.
    pub values: Vec<(String, Vec<String>)>,
}

/// On what terms to evaluate.
#[derive(Clone, Copy, Debug)]
pub struct Terms<'a> {
    /// The present: an absence that may still be broken after it is not yet sure. `None` = all is over.
    pub now: Option<Timestamp>,
    /// Only matches whose last signal lies between these times, both included; `None` = all.
    ///
    /// Then an absent step of a group is looked at within one look-back of the signals that match; else in
    /// all that is given. For exact results the signals must reach from two look-backs before the first of
    /// these times to one look-back after the last.
    pub ends: Option<(Timestamp, Timestamp)>,
    /// So many signals may be looked at; see [`WORK_MAX`].
    pub work_max: u64,
    /// Ends the evaluation when it becomes true.
    pub stop: Option<&'a AtomicBool>,
}

impl Default for Terms<'_> {
    /// All is over, and the usual amount of work.
    fn default() -> Self {
        Terms { now: None, ends: None, work_max: WORK_MAX, stop: None }
    }
}

/// What an evaluation found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outcome {
    /// The matches, by time of their first signal, then by values.
    pub matches: Vec<Match>,
    /// Why there may be more, if so.
    pub exceeded: Option<Exceeded>,
}

/// Why an evaluation ended before its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Exceeded {
    /// Too many matches.
    #[error("more than {MATCHES_MAX} combinations match; narrow the rule or its steps")]
    Matches,
    /// Too much work.
    #[error(
        "more than {limit} signals had to be looked at; match every step on a shared value, or narrow the rules of the steps"
    )]
    Work {
        /// The limit.
        limit: u64,
    },
    /// Somebody said so.
    #[error("the evaluation was stopped")]
    Stopped,
}

/// Signals that belong together: of one combination of values, all that lie in overlapping matches.
#[derive(Clone, Debug, PartialEq)]
pub struct Match {
    /// The shared values: name of the criterion, or of the path for a sequence, to value.
    pub values: BTreeMap<String, String>,
    /// The signals that take part, by index of the step, in order of the steps; absent steps are left out.
    pub steps: Vec<StepMatch>,
    /// The shared values again, by the path at which the steps have them.
    pub fields: BTreeMap<String, BTreeSet<String>>,
    /// Time of the earliest signal.
    pub first_at: Timestamp,
    /// Time of the latest signal.
    pub last_at: Timestamp,
}

/// The signals of one step that take part in a match.
#[derive(Clone, Debug, PartialEq)]
pub struct StepMatch {
    /// Index of the step.
    pub step: usize,
    /// Ids of its signals, by time.
    pub signals: Vec<u64>,
}

/// Finds every match among `signals`, which holds the signals of each step by its index.
///
/// All of them are looked at: the caller chooses the time that counts; see [`Terms::ends`].
pub fn evaluate(correlation: &Correlation, signals: &[&[Signal]], terms: &Terms<'_>) -> Outcome {
    let prepared = Prepared::of(correlation, signals);
    let mut work = Work::new(terms);
    let done = match &correlation.arrangement {
        Arrangement::Group(group) => group::evaluate(&prepared, group.step_count_min, terms, &mut work),
        Arrangement::Sequence(sequence) => sequence::evaluate(&prepared, sequence, terms, &mut work),
    };
    let Work { mut matches, .. } = work;
    matches.sort_by(|a, b| (a.first_at, &a.values, a.last_at).cmp(&(b.first_at, &b.values, b.last_at)));
    Outcome { matches, exceeded: done.err() }
}
