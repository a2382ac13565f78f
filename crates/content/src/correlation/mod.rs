//! Correlation rules: what they say, typed and checked. Source: `detections.md` §5.
//!
//! A correlation rule looks at *signals*, the matches of other rules, and asks for several of them within a
//! time: as a [`Arrangement::Group`] in any order or as a [`Arrangement::Sequence`] in the order of its steps.
//! `block` reads the one block of `Detection`, `tests` the entries of `Tests`, and `references` looks at what
//! only shows across items: rules that do not exist and rules that wait for each other. `detect` evaluates.

mod block;
mod build;
mod keys;
mod links;
mod path;
mod references;
mod tests;

use std::time::Duration;

use jiff::Timestamp;
use model::{Detection, RuleId};
use stdx::Cron;

pub(crate) use build::build;
pub use path::{FieldPath, PathPart};
pub(crate) use references::{check_broken_steps, check_references};

use crate::yaml::Span;

/// Fewest steps of a block.
pub const STEPS_MIN: usize = 2;
/// Most steps of a block.
pub const STEPS_MAX: usize = 50;
/// Shortest and default look-back, in minutes.
pub const LOOKBACK_MINUTES_MIN: u64 = 15;
/// Longest look-back, in minutes: 15 days.
pub const LOOKBACK_MINUTES_MAX: u64 = 21_600;
/// Most signals that a step can ask for; so many are kept of each rule.
pub const MATCH_COUNT_MAX: u32 = 100_000;

/// A ready correlation rule.
#[derive(Clone, Debug)]
pub struct CorrelationRule {
    /// What alerting needs; its dedup period is the look-back.
    pub detection: Detection,
    /// What it looks for.
    pub correlation: Correlation,
    /// When it is evaluated although no signal came.
    pub schedule: Schedule,
    /// Its unit tests, in file order.
    pub tests: Vec<CorrelationTest>,
}

/// What a correlation rule looks for: the one block of its `Detection`.
#[derive(Clone, Debug, PartialEq)]
pub struct Correlation {
    /// The steps, in file order; at least one is not absent.
    pub steps: Vec<Step>,
    /// How they belong together.
    pub arrangement: Arrangement,
    /// Everything that takes part lies within this time.
    pub lookback: Duration,
    /// Which way time runs for a sequence.
    pub order: EvaluationOrder,
}

/// How the steps of a block belong together.
#[derive(Clone, Debug, PartialEq)]
pub enum Arrangement {
    /// In any order.
    Group(Group),
    /// In the order of the steps.
    Sequence(Sequence),
}

/// Steps in any order.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    /// `MatchCriteria`: names of values, and where the steps have them.
    pub criteria: Vec<Criterion>,
    /// So many of the steps that are not absent are needed; `None` = all of them.
    pub step_count_min: Option<usize>,
}

/// One value that several steps of a group share.
#[derive(Clone, Debug, PartialEq)]
pub struct Criterion {
    /// The name that its author gave it.
    pub name: String,
    /// Indexes of steps and where each has the value.
    pub members: Vec<(usize, FieldPath)>,
}

/// Steps one after the other.
#[derive(Clone, Debug, PartialEq)]
pub struct Sequence {
    /// What joins neighbouring steps beyond their order.
    pub transitions: Vec<Transition>,
}

/// What joins two neighbouring steps of a sequence.
#[derive(Clone, Debug, PartialEq)]
pub struct Transition {
    /// `ID`.
    pub id: Option<String>,
    /// Index of the step that comes first.
    pub from: usize,
    /// Index of the step that comes next; larger than `from`.
    pub to: usize,
    /// Longest time between them; `None` = the look-back.
    pub within: Option<Duration>,
    /// Where `from` and `to` have the value that they share.
    pub shared: Option<(FieldPath, FieldPath)>,
}

/// One step.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// `ID`, by default the rule's id.
    pub id: String,
    /// The rule whose matches it looks at.
    pub rule_id: RuleId,
    /// Whether signals are wanted.
    pub presence: Presence,
    /// Where the rule's id stands in the file.
    pub(crate) rule_span: Span,
}

/// Whether a step wants signals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// It wants from `min` to `max` signals.
    Present {
        /// At least so many, from 1.
        min: u32,
        /// At most so many within the look-back.
        max: Option<u32>,
    },
    /// It wants none.
    Absent,
}

/// `EventEvaluationOrder`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum EvaluationOrder {
    /// The first step is the earliest.
    #[default]
    Chronological,
    /// The first step is the latest.
    ReverseChronological,
}

/// When a correlation rule is evaluated although no signal came.
#[derive(Clone, Debug, PartialEq)]
pub struct Schedule {
    /// How often.
    pub rate: Rate,
    /// Longest time that one evaluation may take.
    pub timeout: Duration,
}

/// How often something is done.
#[derive(Clone, Debug, PartialEq)]
pub enum Rate {
    /// Every so often.
    Every(Duration),
    /// At these times, in UTC.
    At(Box<Cron>),
}

/// One entry of `Tests` of a correlation rule.
#[derive(Clone, Debug, PartialEq)]
pub struct CorrelationTest {
    /// `Name`.
    pub name: String,
    /// `ExpectedResult`.
    pub expected: bool,
    /// The signals of each step, by index of the step.
    pub signals: Vec<Vec<TestSignal>>,
    /// First line of the test in the YAML file, from 1.
    pub line: u32,
}

/// One signal of a test.
#[derive(Clone, Debug, PartialEq)]
pub struct TestSignal {
    /// When; whole numbers of the file are minutes since 1970.
    pub at: Timestamp,
    /// The text of a path and the value there.
    pub values: Vec<(String, String)>,
}

impl Step {
    /// Whether it wants no signal.
    pub fn is_absent(&self) -> bool {
        self.presence == Presence::Absent
    }
}

impl Correlation {
    /// Whether a step wants no signal; then the rule can only be judged once time has passed.
    pub fn has_absence(&self) -> bool {
        self.steps.iter().any(Step::is_absent)
    }

    /// Where the signals of a step are looked at, each path once, in file order.
    pub fn paths_of(&self, step: usize) -> Vec<&FieldPath> {
        let mut paths: Vec<&FieldPath> = Vec::new();
        let mut add = |path| {
            if !paths.contains(&path) {
                paths.push(path);
            }
        };
        match &self.arrangement {
            Arrangement::Group(group) => {
                let members = group.criteria.iter().flat_map(|criterion| &criterion.members);
                members.filter(|(member, _)| *member == step).for_each(|(_, path)| add(path));
            }
            Arrangement::Sequence(sequence) => {
                for transition in &sequence.transitions {
                    let Some((from, to)) = &transition.shared else { continue };
                    if transition.from == step {
                        add(from);
                    }
                    if transition.to == step {
                        add(to);
                    }
                }
            }
        }
        paths
    }
}

impl Rate {
    /// When it is due after `at`; `None` = never.
    pub fn next_after(&self, at: Timestamp) -> Option<Timestamp> {
        match self {
            Rate::Every(period) => at.checked_add(*period).ok(),
            Rate::At(cron) => cron.next_after(at),
        }
    }

    /// The shortest time between two of the next few moments; `None` when there are not two.
    pub fn period(&self) -> Option<Duration> {
        match self {
            Rate::Every(period) => Some(*period),
            Rate::At(cron) => {
                let first = cron.next_after(Timestamp::UNIX_EPOCH)?;
                let second = cron.next_after(first)?;
                Duration::try_from(second.duration_since(first)).ok()
            }
        }
    }
}
