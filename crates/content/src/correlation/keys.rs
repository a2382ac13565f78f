//! The keys of a correlation block. Source: `detections.md` §5.1.

use crate::keys::{Choice, Kind, SCHEDULE, Shape, may, must};

/// The one entry of `Detection`.
pub(super) static BLOCK: Shape = Shape {
    keys: &[
        may("Sequence", Kind::Objects(&STEP)),
        may("Group", Kind::Objects(&STEP)),
        may("Transitions", Kind::Objects(&TRANSITION)),
        may("MatchCriteria", Kind::Any), // names chosen by the author; see `links`
        may("MinMatchCount", Kind::Int),
        may("LookbackWindowMinutes", Kind::Int),
        may("EventEvaluationOrder", Kind::Word(&["Chronological", "ReverseChronological"])),
        must("Schedule", Kind::Object(&SCHEDULE)),
    ],
    choices: &[Choice { names: &["Sequence", "Group"], exactly_one: true }],
};

/// The keys that only a sequence has, and those that only a group has.
pub(super) const SEQUENCE_ONLY: [&str; 1] = ["Transitions"];
pub(super) const GROUP_ONLY: [&str; 2] = ["MatchCriteria", "MinMatchCount"];

static STEP: Shape = Shape {
    keys: &[
        may("ID", Kind::Text),
        must("RuleID", Kind::Name),
        may("MinMatchCount", Kind::Int),
        may("MaxMatchCount", Kind::Int),
        may("Absence", Kind::Bool),
    ],
    choices: &[],
};

static TRANSITION: Shape = Shape {
    keys: &[
        may("ID", Kind::Text),
        must("From", Kind::Text),
        must("To", Kind::Text),
        may("WithinTimeFrameMinutes", Kind::Int),
        may("Match", Kind::Objects(&MATCH)),
    ],
    choices: &[],
};

static MATCH: Shape =
    Shape { keys: &[may("On", Kind::Text), may("From", Kind::Text), may("To", Kind::Text)], choices: &[] };

/// An entry of one name of `MatchCriteria`.
pub(super) static MEMBER: Shape =
    Shape { keys: &[must("GroupID", Kind::Text), must("Match", Kind::Text)], choices: &[] };
