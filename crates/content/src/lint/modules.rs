//! What is noticed in Python files of every kind: names that nothing defines, functions that are defined
//! twice, things that are left in.

use std::collections::{BTreeSet, HashMap};

use super::scene::{Notes, Scene, Subject};
use crate::check::near_miss;
use crate::codes;
use crate::python::{Module, is_builtin};
use crate::yaml::Mapping;

pub(super) fn check(scene: &Scene<'_>, notes: &mut Notes) {
    for (subject, _, module) in scene.with_code() {
        check_undefined(scene, subject, module, notes);
        check_redefined(subject, module, notes);
        check_mocks(scene, subject, module, notes);
        check_unique(subject, module, notes);
        for span in &module.prints {
            let message = "what `print` writes is thrown away in production".to_owned();
            let hint = Some("remove it; `margay test` shows it while you look for something".to_owned());
            notes.code(subject, &codes::PRINT, *span, message, hint);
        }
        for span in &module.literal_identities {
            let message = "`is` with a text or number depends on how Python keeps it".to_owned();
            notes.code(
                subject,
                &codes::LITERAL_IDENTITY,
                *span,
                message,
                Some("use `==` or `!=`".to_owned()),
            );
        }
        for function in &module.functions {
            for span in &function.mutable_defaults {
                let message = format!(
                    "all calls of `{}` share this default; what one adds, the next one sees",
                    function.name
                );
                let hint = Some("use `None` as the default, and make a new one inside".to_owned());
                notes.code(subject, &codes::MUTABLE_DEFAULT, *span, message, hint);
            }
        }
    }
}

fn check_undefined(scene: &Scene<'_>, subject: &Subject<'_>, module: &Module, notes: &mut Notes) {
    if module.undefined.is_empty() {
        return;
    }
    let Some(names) = scene.names_of(module) else { return };
    for (name, span) in module.undefined.iter().filter(|(name, _)| !names.contains(name.as_str())) {
        let message = format!("nothing defines `{name}`; using it raises `NameError`");
        let hint = near_miss(name, names.iter().copied()).map(|near| format!("did you mean `{near}`?"));
        notes.code(subject, &codes::UNDEFINED_NAME, *span, message, hint);
    }
}

fn check_redefined(subject: &Subject<'_>, module: &Module, notes: &mut Notes) {
    let mut seen: HashMap<&str, u32> = HashMap::new();
    let plain =
        module.functions.iter().filter(|function| function.is_unconditional && !function.is_decorated);
    for function in plain {
        if let Some(line) = seen.insert(&function.name, function.span.line) {
            let message =
                format!("`{}` is already defined in line {line}; only this one counts", function.name);
            let hint = Some("remove or rename one of them".to_owned());
            notes.code(subject, &codes::REDEFINED, function.span, message, hint);
        }
    }
}

/// A mock replaces an attribute of the module, which must be there.
fn check_mocks(scene: &Scene<'_>, subject: &Subject<'_>, module: &Module, notes: &mut Notes) {
    let mut names: Option<Option<BTreeSet<&str>>> = None;
    for (test, _) in subject.tests() {
        let mocks = test.get("Mocks").and_then(|field| field.value.as_list()).unwrap_or_default();
        for mock in mocks.iter().filter_map(|mock| mock.as_map()) {
            let Some((name, span)) = object_name(mock) else { continue };
            let Some(known) = names.get_or_insert_with(|| scene.names_of(module)) else { return };
            if known.contains(name) || is_builtin(name) {
                continue;
            }
            let message = format!("the Python file has no `{name}` that could be mocked; the test fails");
            let hint = match near_miss(name, known.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "name a function or constant that the file defines or imports".to_owned(),
            };
            notes.yaml(subject, &codes::UNKNOWN_MOCK, span, message, Some(hint));
        }
    }
}

fn object_name(mock: &Mapping) -> Option<(&str, crate::yaml::Span)> {
    let node = &mock.get("objectName")?.value;
    Some((node.as_text()?, node.span))
}

fn check_unique(subject: &Subject<'_>, module: &Module, notes: &mut Notes) {
    let (true, Some(function)) = (subject.matcher() == Some("rule"), module.function("unique")) else {
        return;
    };
    let threshold = subject.get("Threshold").map(|node| node.to_json());
    let counts =
        threshold.as_ref().and_then(serde_json::Value::as_u64).is_some_and(|threshold| threshold > 1);
    if !counts {
        let message = "`unique` counts distinct values up to `Threshold`, which is 1 here".to_owned();
        let hint = Some(
            "set `Threshold` to the number of distinct values that make an alert, or remove `unique`"
                .to_owned(),
        );
        notes.code(subject, &codes::UNIQUE_IN_VAIN, function.span, message, hint);
    }
}
