//! The functions of a detection and of a data model: how they are called and what they return.

use super::scene::{Notes, Scene, Subject};
use crate::check::near_miss;
use crate::codes;
use crate::python::{Function, Module, Value};
use crate::yaml::Span;

/// The functions that make an alert, by name.
pub(super) const ALERT_FUNCTIONS: [&str; 9] = [
    "title",
    "description",
    "reference",
    "severity",
    "runbook",
    "destinations",
    "dedup",
    "alert_context",
    "unique",
];

/// What `severity` may return.
const SEVERITIES: [&str; 6] = ["INFO", "LOW", "MEDIUM", "HIGH", "CRITICAL", "DEFAULT"];

/// How far calls of functions of the module are followed.
const CALLS_MAX: usize = 4;

pub(super) fn check(scene: &Scene<'_>, notes: &mut Notes) {
    for (subject, _, module) in scene.with_code() {
        let Some(matcher) = subject.matcher() else { continue };
        let code = Code { subject, module };
        if let Some(function) = module.function(matcher)
            && code.is_callable(function, notes)
        {
            code.check_matcher(function, notes);
            code.check_event(function, notes);
        }
        for name in ALERT_FUNCTIONS {
            if let Some(function) = module.function(name)
                && code.is_callable(function, notes)
            {
                code.check_alert_function(function, notes);
                code.check_event(function, notes);
            }
        }
    }
}

/// The code of one detection.
struct Code<'s, 'a> {
    subject: &'s Subject<'a>,
    module: &'s Module,
}

impl Code<'_, '_> {
    /// Whether a function can be called and gives its value; reports why not.
    fn is_callable(&self, function: &Function, notes: &mut Notes) -> bool {
        if function.is_decorated {
            return true;
        }
        let name = &function.name;
        if !function.takes_one {
            let argument =
                if self.subject.analysis_type() == "policy" { "the resource" } else { "the event" };
            let message = format!("`{name}` is called with one argument, {argument}, and cannot be");
            let hint = format!("define it as `def {name}(event):`; further parameters need defaults");
            notes.code(self.subject, &codes::WRONG_ARITY, function.span, message, Some(hint));
        }
        let gives = match (function.is_async, function.is_generator) {
            (true, _) => "a coroutine",
            (_, true) => "a generator",
            _ => return function.takes_one,
        };
        let message = format!("`{name}` gives {gives}, not a value");
        let hint =
            if function.is_async { "remove `async`" } else { "return the value instead of yielding it" };
        notes.code(self.subject, &codes::NO_PLAIN_FUNCTION, function.span, message, Some(hint.to_owned()));
        false
    }

    fn check_matcher(&self, function: &Function, notes: &mut Notes) {
        let name = &function.name;
        for returned in &function.returns {
            let values = self.possible(&returned.value);
            let wrong: Vec<&Value> = values.iter().filter(|value| is_no_bool(value)).collect();
            let doubtful = wrong.first().copied().or(values.iter().find(|value| **value == Value::Field));
            let Some(doubtful) = doubtful else { continue };
            if wrong.len() == values.len() {
                let message =
                    format!("`{name}` returns {}; anything but a bool is an error", doubtful.words());
                let hint = Some("return `True` or `False`".to_owned());
                notes.code(self.subject, &codes::NEVER_BOOL, returned.span, message, hint);
            } else {
                let message =
                    format!("`{name}` may return {}; anything but a bool is an error", doubtful.words());
                let hint = Some("wrap it: `bool(…)`".to_owned());
                notes.code(self.subject, &codes::MAYBE_NOT_BOOL, returned.span, message, hint);
            }
        }
        self.check_end(function, "which is an error", notes);
        let is_constant = |expected: bool| {
            let mut values =
                function.returns.iter().flat_map(|returned| self.possible(&returned.value)).peekable();
            values.peek().is_some() && values.all(|value| value == Value::Bool(Some(expected)))
        };
        let matches_on = self.subject.analysis_type() != "policy";
        if !function.is_decorated && !function.falls_through && is_constant(!matches_on) {
            let message = format!(
                "`{name}` always returns `{}`, so that there is never an alert",
                python_bool(!matches_on)
            );
            notes.code(self.subject, &codes::NEVER_MATCHES, function.span, message, None);
        }
    }

    fn check_end(&self, function: &Function, consequence: &str, notes: &mut Notes) {
        if !function.falls_through || function.is_decorated {
            return;
        }
        let name = &function.name;
        let message = if function.returns.is_empty() {
            format!("`{name}` never returns a value, {consequence}")
        } else {
            format!("`{name}` may end without `return` and then gives `None`, {consequence}")
        };
        let hint = Some("end it with a `return`".to_owned());
        notes.code(self.subject, &codes::FALLS_THROUGH, function.span, message, hint);
    }

    fn check_alert_function(&self, function: &Function, notes: &mut Notes) {
        let name = function.name.as_str();
        let wanted = match name {
            "destinations" => "a list or `None`",
            "alert_context" => "a dict",
            _ => "a text",
        };
        for returned in &function.returns {
            let values = self.possible(&returned.value);
            if let Some(wrong) = values.iter().find(|value| is_wrong(name, value)) {
                let may =
                    if values.iter().all(|value| is_wrong(name, value)) { "returns" } else { "may return" };
                let message = format!("`{name}` {may} {}; it must return {wanted}", wrong.words());
                notes.code(self.subject, &codes::WRONG_RETURN, returned.span, message, None);
            }
            if name == "severity" {
                values.iter().for_each(|value| self.check_severity(value, returned.span, notes));
            }
        }
        if name != "destinations" {
            self.check_end(function, "which is an error", notes);
        }
    }

    fn check_severity(&self, value: &Value, span: Span, notes: &mut Notes) {
        let Value::Text(Some(word)) = value else { return };
        if SEVERITIES.contains(&word.to_uppercase().as_str()) {
            return;
        }
        let message = format!("`severity` returns `{word}`; the configured severity is used instead");
        let hint = match near_miss(word, SEVERITIES.into_iter()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("use one of {}", SEVERITIES.join(", ")),
        };
        notes.code(self.subject, &codes::UNKNOWN_SEVERITY, span, message, Some(hint));
    }

    /// What is done to the event: it cannot be changed, and its values are no plain dicts and lists.
    fn check_event(&self, function: &Function, notes: &mut Notes) {
        if self.subject.analysis_type() == "policy" {
            return;
        }
        for (span, code) in &function.changes {
            let message = format!("`{code}` raises, because events cannot be changed");
            let hint = Some("work on a copy: `event.to_dict()`".to_owned());
            notes.code(self.subject, &codes::EVENT_CHANGED, *span, message, hint);
        }
        for (span, name) in &function.type_checks {
            let message = format!("a value of an event is never a `{name}`, so that this is always `False`");
            let hint = if *name == "dict" {
                "compare with `collections.abc.Mapping`"
            } else {
                "compare with `collections.abc.Sequence`, and exclude `str`"
            };
            notes.code(self.subject, &codes::WRAPPED_TYPE, *span, message, Some(hint.to_owned()));
        }
    }

    /// Everything that a value may be; calls of functions of the module are followed.
    fn possible(&self, value: &Value) -> Vec<Value> {
        self.possible_at(value, CALLS_MAX)
    }

    fn possible_at(&self, value: &Value, calls: usize) -> Vec<Value> {
        match value {
            Value::AnyOf(values) => values.iter().flat_map(|value| self.possible_at(value, calls)).collect(),
            Value::Call(name) => {
                let function = self.module.function(name).filter(|function| {
                    !function.is_async && !function.is_generator && !function.is_decorated
                });
                match (function, calls.checked_sub(1)) {
                    (Some(function), Some(calls))
                        if !function.returns.is_empty() && !function.falls_through =>
                    {
                        let returns = function.returns.iter();
                        returns.flat_map(|returned| self.possible_at(&returned.value, calls)).collect()
                    }
                    _ => vec![Value::Unknown],
                }
            }
            other => vec![other.clone()],
        }
    }
}

fn python_bool(value: bool) -> &'static str {
    if value { "True" } else { "False" }
}

fn is_no_bool(value: &Value) -> bool {
    !matches!(value, Value::Bool(_) | Value::Unknown | Value::Field | Value::Call(_) | Value::AnyOf(_))
}

/// Whether an alert function of this name must not return the value.
fn is_wrong(name: &str, value: &Value) -> bool {
    if matches!(value, Value::Unknown | Value::Field | Value::Call(_) | Value::AnyOf(_)) {
        return false;
    }
    match name {
        "destinations" => !matches!(value, Value::List(_) | Value::None),
        "alert_context" => !matches!(value, Value::Mapping),
        // Not counted, which is often what is meant.
        "unique" => !matches!(value, Value::Text(_) | Value::None),
        _ => !matches!(value, Value::Text(_)),
    }
}
