//! Alerts as they are stored.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::alert_work::AlertQuality;
use crate::detection::DetectionKind;
use crate::ids::{AlertId, LogType, RuleId, SourceId};
use crate::ledger::RoutingDecision;
use crate::severity::Severity;

macro_rules! word_enum {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum $name {
            $($(#[$vdoc])* #[serde(rename = $word)] $variant,)+
        }

        impl $name {
            /// All values, in declaration order.
            pub const ALL: &'static [$name] = &[$($name::$variant,)+];

            /// The word used on every wire.
            pub fn as_str(self) -> &'static str {
                match self { $($name::$variant => $word,)+ }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::UnknownWord;

            fn from_str(word: &str) -> Result<Self, $crate::UnknownWord> {
                match word {
                    $($word => Ok($name::$variant),)+
                    _ => Err($crate::UnknownWord {
                        word: word.to_owned(),
                        expected: [$($word,)+].join(", "),
                    }),
                }
            }
        }
    };
}

pub(crate) use word_enum;

/// A word that is none of the expected ones.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown word `{word}`; expected one of {expected}")]
pub struct UnknownWord {
    /// What was read.
    pub word: String,
    /// The legal words, separated by commas.
    pub expected: String,
}

word_enum! {
    /// Type of an alert; `type` in payloads, `sub-type` in the API's filter.
    AlertType {
        /// A real-time rule matched.
        Rule = "RULE",
        /// A real-time rule failed.
        RuleError = "RULE_ERROR",
        /// A scheduled rule matched.
        ScheduledRule = "SCHEDULED_RULE",
        /// A scheduled rule failed.
        ScheduledRuleError = "SCHEDULED_RULE_ERROR",
        /// A cloud resource failed a policy.
        Policy = "POLICY",
        /// A policy failed.
        PolicyError = "POLICY_ERROR",
        /// A correlation rule matched.
        CorrelationRule = "CORRELATION_RULE",
        /// A correlation rule failed.
        CorrelationRuleError = "CORRELATION_RULE_ERROR",
        /// The platform has a fault.
        SystemError = "SYSTEM_ERROR",
    }
}

word_enum! {
    /// The three classes by which the API lists alerts.
    AlertClass {
        /// A detection matched.
        Alert = "ALERT",
        /// A detection failed.
        DetectionError = "DETECTION_ERROR",
        /// The platform has a fault.
        SystemError = "SYSTEM_ERROR",
    }
}

word_enum! {
    /// Where the work on an alert stands; `CLOSED` is shown as "Invalid".
    AlertStatus {
        /// Nobody looked yet.
        Open = "OPEN",
        /// Somebody is on it.
        Triaged = "TRIAGED",
        /// A false positive.
        Closed = "CLOSED",
        /// Done.
        Resolved = "RESOLVED",
    }
}

word_enum! {
    /// Kind of a platform fault.
    SystemErrorType {
        /// Deliveries to a destination keep failing.
        AlertDelivery = "ALERT_DELIVERY",
        /// Signals of a rule that correlation rules look at made room for newer ones.
        CorrelationSignalsDropped = "CORRELATION_SIGNALS_DROPPED",
        /// A correlation rule took longer than its schedule allows.
        CorrelationTimeout = "CORRELATION_TIMEOUT",
        /// A detection made more alerts than the limiter allows.
        DetectionAlertLimitExceeded = "DETECTION_ALERT_LIMIT_EXCEEDED",
        /// A detection was taken out of service after killing its workers again and again.
        DetectionBenched = "DETECTION_BENCHED",
        /// Log lines of a source fit none of its schemas.
        SourceClassificationFailures = "SOURCE_CLASSIFICATION_FAILURES",
        /// Logs of a source are not made up as its stream type says.
        SourceLogProcessingErrors = "SOURCE_LOG_PROCESSING_ERRORS",
        /// No event of a source for longer than its alarm allows.
        SourceNoData = "SOURCE_NO_DATA",
        /// The journal or the disk is full.
        StorageFull = "STORAGE_FULL",
    }
}

impl AlertType {
    /// The class under which the API lists it.
    pub fn class(self) -> AlertClass {
        match self {
            AlertType::Rule | AlertType::ScheduledRule | AlertType::Policy | AlertType::CorrelationRule => {
                AlertClass::Alert
            }
            AlertType::SystemError => AlertClass::SystemError,
            _ => AlertClass::DetectionError,
        }
    }

    /// The type of an alert made by a match (`is_error` false) or an error of a detection.
    pub fn of(kind: DetectionKind, is_error: bool) -> AlertType {
        match (kind, is_error) {
            (DetectionKind::Rule, false) => AlertType::Rule,
            (DetectionKind::Rule, true) => AlertType::RuleError,
            (DetectionKind::ScheduledRule, false) => AlertType::ScheduledRule,
            (DetectionKind::ScheduledRule, true) => AlertType::ScheduledRuleError,
            (DetectionKind::Policy, false) => AlertType::Policy,
            (DetectionKind::Policy, true) => AlertType::PolicyError,
            (DetectionKind::CorrelationRule, false) => AlertType::CorrelationRule,
            (DetectionKind::CorrelationRule, true) => AlertType::CorrelationRuleError,
        }
    }
}

/// Who changed something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    /// User or token id, or `system`.
    pub id: String,
    /// What kind of actor.
    #[serde(rename = "type")]
    pub kind: ActorKind,
}

/// Kind of an actor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ActorKind {
    /// A person.
    User,
    /// A program with a token.
    ApiToken,
    /// Margay itself.
    System,
}

/// The fault behind a `SYSTEM_ERROR` alert.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SystemError {
    /// What kind of fault.
    pub error_type: SystemErrorType,
    /// What it is about.
    pub component: String,
}

/// One stored alert. Texts are final: fallbacks and limits are applied.
#[derive(Clone, Debug, PartialEq)]
pub struct Alert {
    /// 32 hex digits.
    pub id: AlertId,
    /// What made it.
    pub alert_type: AlertType,
    /// Severity at creation.
    pub severity: Severity,
    /// Where the work stands.
    pub status: AlertStatus,
    /// Base title, undecorated, ≤ 1000 characters.
    pub title: String,
    /// The detection; for system errors the fault's type word.
    pub detection_id: RuleId,
    /// Kind of the detection; `None` for system errors.
    pub detection_kind: Option<DetectionKind>,
    /// `DisplayName` of the detection at creation.
    pub detection_name: Option<String>,
    /// Version of the detection at creation.
    pub detection_version: Option<String>,
    /// The fault, for system errors.
    pub system_error: Option<SystemError>,
    /// Dedup string, without the error mark.
    pub dedup: String,
    /// Which alert of its (detection, dedup string) pair this is, from 1.
    pub number: u64,
    /// First match, or the moment the threshold was reached.
    pub created_at: Timestamp,
    /// Acceptance time of the first event of the window.
    pub first_event_at: Timestamp,
    /// Acceptance time of the last merged event.
    pub last_event_at: Timestamp,
    /// Last change of any kind.
    pub updated_at: Timestamp,
    /// Exact number of events.
    pub event_count: u64,
    /// Log types of its events.
    pub log_types: BTreeSet<LogType>,
    /// Sources of its events.
    pub source_ids: BTreeSet<SourceId>,
    /// Text of the alert, or `None`.
    pub description: Option<String>,
    /// Link to read on, or `None`.
    pub reference: Option<String>,
    /// What to do, or `None`.
    pub runbook: Option<String>,
    /// `alert_context()` of the opening event; `{}` when not defined.
    pub context: Map<String, Value>,
    /// Tags of the detection.
    pub tags: Vec<String>,
    /// Framework mapping of the detection.
    pub reports: BTreeMap<String, Vec<String>>,
    /// Who works on it: any text of up to 128 characters.
    pub assignee: Option<String>,
    /// What it turned out to be, when somebody said so.
    pub quality: Option<AlertQuality>,
    /// Words that people put on it.
    pub context_tags: Vec<String>,
    /// Who changed any of these last.
    pub updated_by: Option<Actor>,
    /// Where it went and why; recorded with the alert and never changed.
    pub routing: RoutingDecision,
}
