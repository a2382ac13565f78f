//! Destinations that detections name, against those that the configuration has.

use std::collections::BTreeSet;

use super::imports::few;
use super::scene::{Notes, Scene};
use crate::check::near_miss;
use crate::codes;
use crate::python::Value;

/// Entry of `destinations` that means nobody.
const SKIP: &str = "SKIP";

pub(super) fn check(scene: &Scene<'_>, notes: &mut Notes) {
    let Some(known) = &scene.options.destinations else { return };
    for subject in &scene.subjects {
        for (name, span) in subject.texts("OutputIds").filter(|(name, _)| !known.contains(*name)) {
            let message = format!("there is no destination `{name}`");
            notes.yaml(subject, &codes::UNKNOWN_DESTINATION, span, message, Some(hint(name, known)));
        }
    }
    for (subject, _, module) in scene.with_code().filter(|(subject, _, _)| subject.is_detection()) {
        let Some(function) = module.function("destinations") else { continue };
        let lists = function.returns.iter().flat_map(|returned| match &returned.value {
            Value::AnyOf(values) => values.as_slice(),
            value => std::slice::from_ref(value),
        });
        for value in lists {
            let Value::List(entries) = value else { continue };
            for (name, span) in entries.iter().filter(|(name, _)| name != SKIP && !known.contains(name)) {
                let message = format!("`destinations` returns `{name}`, and there is no such destination");
                notes.code(
                    subject,
                    &codes::UNKNOWN_DESTINATION_NAME,
                    *span,
                    message,
                    Some(hint(name, known)),
                );
            }
        }
    }
}

/// What to do about an unknown name.
pub(super) fn hint(name: &str, known: &BTreeSet<String>) -> String {
    match near_miss(name, known.iter().map(String::as_str)) {
        Some(near) => format!("did you mean `{near}`?"),
        None if known.is_empty() => "the configuration has no destinations".to_owned(),
        None => format!("the configuration has {}", few(known.iter().map(String::as_str))),
    }
}
