//! What evaluation found: matches, errors, and faults of the platform itself.

use serde_json::{Map, Value};

use crate::alert::SystemErrorType;
use crate::event::Event;
use crate::ids::RuleId;
use crate::severity::Severity;

/// One thing that alerting has to decide about, in the order of events.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The event that made it; `None` only for faults of the platform.
    pub event: Option<Event>,
    /// When it counts as seen: acceptance time of the event's batch, or the time of the fault.
    pub at: jiff::Timestamp,
    /// What it is.
    pub kind: FindingKind,
}

/// The three kinds of finding.
#[derive(Clone, Debug)]
pub enum FindingKind {
    /// A rule matched.
    Match(MatchFinding),
    /// A rule raised, timed out, or returned a wrong type.
    Error(ErrorFinding),
    /// The platform has a fault that a person should know about.
    System(SystemFinding),
}

/// A match with the outputs of the rule's alert functions, limits of `detections.md` §2.1 applied.
///
/// `None` means: the function is not defined, or it failed and the detection's own text stands.
#[derive(Clone, Debug, PartialEq)]
pub struct MatchFinding {
    /// The rule.
    pub rule_id: RuleId,
    /// Output of `title()`; the detection id when it failed.
    pub title: Option<String>,
    /// Output of `description()`.
    pub description: Option<String>,
    /// Output of `reference()`.
    pub reference: Option<String>,
    /// Output of `runbook()`.
    pub runbook: Option<String>,
    /// Output of `severity()`; `None` also for `DEFAULT`, an unknown word and a failure.
    pub severity: Option<Severity>,
    /// Output of `destinations()`; `Some([])` suppresses, `None` goes on to the next scenario.
    pub destinations: Option<Vec<String>>,
    /// The final dedup string, never empty.
    pub dedup: String,
    /// Output of `alert_context()`; `{"_error": …}` when it failed or was too large.
    pub alert_context: Option<Map<String, Value>>,
    /// Output of `unique()`; `None` when not defined or failed.
    pub unique: Option<String>,
    /// Whether the rule defines `unique()`: then the threshold counts distinct values.
    pub counts_unique: bool,
    /// One sentence for each alert function that failed, and each list that was cut.
    pub warnings: Vec<String>,
}

/// A detection error: the evaluation of one rule on one event failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ErrorFinding {
    /// The rule.
    pub rule_id: RuleId,
    /// Exception class, such as `KeyError`; also the dedup string.
    pub error_type: String,
    /// `repr` of the exception; also the title.
    pub short_message: String,
    /// The text with the last frame: `division by zero: My.Rule.py, line 4, in rule`.
    pub message: String,
}

/// A fault of the platform: becomes a `SYSTEM_ERROR` alert, at most one per component and 24 h.
#[derive(Clone, Debug, PartialEq)]
pub struct SystemFinding {
    /// What kind of fault.
    pub error_type: SystemErrorType,
    /// What it is about: a destination id, a rule id, a folder.
    pub component: String,
    /// Names one course of the fault when the component may have several within a day, each an alert of its own;
    /// `None`: one alert per component and 24 h.
    pub episode: Option<String>,
    /// A sentence: `Deliveries to dev-general are failing`.
    pub title: String,
    /// Component, counts, last error and remedy.
    pub context: Map<String, Value>,
    /// A destination that must never receive this alert (the failing one).
    pub never_send_to: Option<crate::ids::DestinationId>,
}

impl SystemFinding {
    /// What faults of one kind are told apart by.
    pub fn dedup(&self) -> &str {
        self.episode.as_deref().unwrap_or(&self.component)
    }
}
