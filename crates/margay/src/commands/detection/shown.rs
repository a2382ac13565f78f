//! A detection as `margay detection` shows it: what the content says, what an operator said, where it is from.

use std::collections::HashMap;
use std::path::Path;

use content::{Item, ItemState, Logic, Override, Scope};
use model::{Detection, DetectionKind, DetectionState, RuleId};

/// One detection, or a file that might be one and cannot be loaded.
pub(super) struct Shown<'a> {
    pub(super) item: &'a Item,
    /// `None` when it cannot be loaded.
    pub(super) detection: Option<&'a Detection>,
    pub(super) kind: &'static str,
    pub(super) state: Option<DetectionState>,
    /// The `BaseDetection` of a derived rule.
    pub(super) base: Option<&'a str>,
    /// What later content roots did to it.
    pub(super) overrides: Vec<&'a Override>,
}

impl<'a> Shown<'a> {
    /// `None` for items that are no detections.
    pub(super) fn of(
        item: &'a Item,
        states: &HashMap<RuleId, DetectionState>,
        overrides: &'a [Override],
    ) -> Option<Shown<'a>> {
        let detection = item.detection();
        // The type of a file that cannot be read is not known.
        let is_detection = matches!(
            item.analysis_type.as_str(),
            "" | "rule" | "scheduled_rule" | "policy" | "correlation_rule"
        );
        if detection.is_none() && !(is_detection && item.is_invalid()) {
            return None;
        }
        Some(Shown {
            item,
            detection,
            kind: kind(item, detection),
            state: detection.and_then(|detection| states.get(&detection.id).cloned()),
            base: item.fields.get("BaseDetection").and_then(|base| base.as_str()),
            overrides: overrides.iter().filter(|step| step.id == item.id).collect(),
        })
    }

    /// An operator's switch.
    pub(super) fn switched(&self) -> Option<bool> {
        self.state.as_ref()?.enabled_override
    }

    /// Whether the limiter switched its alerts off.
    pub(super) fn is_limited(&self) -> bool {
        self.state.as_ref().is_some_and(|state| state.limited_at.is_some())
    }

    /// Whether it runs, all told.
    pub(super) fn runs(&self) -> bool {
        self.detection
            .is_some_and(|detection| self.switched().unwrap_or(detection.enabled) && self.is_run_at_all())
    }

    /// Whether the server runs detections of its kind: rules that see events, and correlation rules.
    pub(super) fn is_run_at_all(&self) -> bool {
        match self.item.rule() {
            Some(rule) => rule.detection.kind == DetectionKind::Rule && matches!(rule.scope, Scope::LogTypes),
            None => self.item.correlation_rule().is_some(),
        }
    }

    /// Why it cannot be loaded, and in which line.
    pub(super) fn fault(&self) -> Option<(&'a str, u32)> {
        match &self.item.state {
            ItemState::Invalid { reason, line } => Some((reason, *line)),
            _ => None,
        }
    }

    /// Where its code is, when that is not the file of the item.
    pub(super) fn code_file(&self) -> Option<&'a Path> {
        self.item.rule()?.logic.code_file()
    }
}

fn kind(item: &Item, detection: Option<&Detection>) -> &'static str {
    if item.fields.contains_key("BaseDetection") {
        return "derived rule";
    }
    match detection.map(|detection| detection.kind) {
        Some(DetectionKind::Rule) => match item.rule().map(|rule| &rule.logic) {
            Some(Logic::Simple(_)) => "simple rule",
            Some(Logic::Pypanther(_)) => "pypanther rule",
            _ => "rule",
        },
        Some(DetectionKind::ScheduledRule) => "scheduled rule",
        Some(DetectionKind::Policy) => "policy",
        Some(DetectionKind::CorrelationRule) => "correlation rule",
        None => match item.analysis_type.as_str() {
            "rule" => "rule",
            "scheduled_rule" => "scheduled rule",
            "policy" => "policy",
            "correlation_rule" => "correlation rule",
            _ => "",
        },
    }
}
