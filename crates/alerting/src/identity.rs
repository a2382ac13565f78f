//! Which group a finding belongs to, and what the alerts of that group are called.

use std::borrow::Cow;

use model::{AlertId, Finding, FindingKind, GroupKey, RuleId};

/// Ends the hashed dedup string of an error, so that errors have groups and ids of their own.
const ERROR_MARK: &str = ":error";
/// Appended to the dedup string of a match that ends like an error's; see [`match_text`].
const MATCH_MARK: &str = ":match";

/// The three namespaces of groups.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Namespace {
    /// Matches of a detection.
    Match,
    /// Errors of a detection.
    Error,
    /// Faults of the platform: the "detection" is the type word, the "dedup string" the component.
    System,
}

/// The group of one finding.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Identity<'a> {
    /// Detection id or type word.
    pub(crate) detection: &'a str,
    /// Dedup string without marks, or the component.
    pub(crate) dedup: &'a str,
    /// Which namespace.
    pub(crate) namespace: Namespace,
}

impl<'a> Identity<'a> {
    /// The group of a finding.
    pub(crate) fn of(finding: &'a Finding) -> Self {
        match &finding.kind {
            FindingKind::Match(found) => {
                Self { detection: found.rule_id.as_str(), dedup: &found.dedup, namespace: Namespace::Match }
            }
            FindingKind::Error(error) => Self {
                detection: error.rule_id.as_str(),
                dedup: &error.error_type,
                namespace: Namespace::Error,
            },
            FindingKind::System(fault) => Self {
                detection: fault.error_type.as_str(),
                dedup: fault.dedup(),
                namespace: Namespace::System,
            },
        }
    }

    /// The group in which a detection's limit alert lives.
    pub(crate) fn of_limit(rule_id: &'a RuleId) -> Self {
        Self {
            detection: model::SystemErrorType::DetectionAlertLimitExceeded.as_str(),
            dedup: rule_id.as_str(),
            namespace: Namespace::System,
        }
    }

    /// Primary key of the group.
    pub(crate) fn key(self) -> GroupKey {
        match self.namespace {
            Namespace::Match => GroupKey::of(self.detection, &match_text(self.dedup), false),
            Namespace::Error => GroupKey::of(self.detection, self.dedup, true),
            Namespace::System => GroupKey::of(self.detection, self.dedup, false),
        }
    }

    /// Id of the `number`-th alert of the group.
    pub(crate) fn alert_id(self, number: u64) -> AlertId {
        match self.namespace {
            Namespace::Match => AlertId::of(self.detection, number, &match_text(self.dedup)),
            Namespace::Error => AlertId::of(self.detection, number, &[self.dedup, ERROR_MARK].concat()),
            Namespace::System => AlertId::of_system(self.detection, self.dedup, number),
        }
    }
}

/// The dedup string of a match as it is hashed: itself, unless it ends like an error's.
///
/// Dedup strings hold text of log senders. One that reads `KeyError:error` must not share a row, or an
/// id, with the errors of the rule, so it gets a mark; and so that marked and unmarked strings cannot
/// meet either, a string that already ends in the mark gets one more.
fn match_text(dedup: &str) -> Cow<'_, str> {
    if dedup.trim_end_matches(MATCH_MARK).ends_with(ERROR_MARK) {
        Cow::Owned([dedup, MATCH_MARK].concat())
    } else {
        Cow::Borrowed(dedup)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identity(dedup: &str, namespace: Namespace) -> Identity<'_> {
        Identity { detection: "My.Rule", dedup, namespace }
    }

    #[test]
    fn usual_ids_are_the_md5_of_the_three_parts() {
        let id = identity("someone", Namespace::Match).alert_id(1);
        assert_eq!(id, AlertId::of("My.Rule", 1, "someone"));
        let id = identity("KeyError", Namespace::Error).alert_id(2);
        assert_eq!(id, AlertId::of("My.Rule", 2, "KeyError:error"));
        let id = Identity { detection: "ALERT_DELIVERY", dedup: "d1", namespace: Namespace::System };
        // `printf 'ALERT_DELIVERY:d1:3' | md5sum`
        assert_eq!(id.alert_id(3).as_str(), "6206243c1edba851432783641e731079");
    }

    #[test]
    fn a_crafted_dedup_string_meets_neither_errors_nor_other_strings() {
        let texts = ["KeyError", "KeyError:error", "KeyError:error:match", "KeyError:error:match:match"];
        let mut seen = vec![(
            identity("KeyError", Namespace::Error).key(),
            identity("KeyError", Namespace::Error).alert_id(1),
        )];
        for text in texts {
            let next = identity(text, Namespace::Match);
            assert!(seen.iter().all(|(key, id)| *key != next.key() && *id != next.alert_id(1)), "{text}");
            seen.push((next.key(), next.alert_id(1)));
        }
    }
}
