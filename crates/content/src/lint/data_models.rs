//! Data models: paths that are understood, methods that exist, names that are mapped once.

use std::collections::BTreeMap;

use super::scene::{Notes, Scene, Subject};
use crate::check::near_miss;
use crate::codes;
use crate::json_path::check_json_path;
use crate::yaml::{Mapping, Node, Span};

/// Entries of `Mappings` that are mappings.
pub(super) fn mappings<'a>(subject: &Subject<'a>) -> impl Iterator<Item = &'a Mapping> {
    let entries = subject.get("Mappings").and_then(Node::as_list).unwrap_or_default();
    entries.iter().filter_map(Node::as_map)
}

fn text<'m>(mapping: &'m Mapping, key: &str) -> Option<(&'m str, Span)> {
    let node = &mapping.get(key)?.value;
    Some((node.as_text()?, node.span))
}

fn data_models<'s, 'a>(scene: &'s Scene<'a>) -> impl Iterator<Item = &'s Subject<'a>> {
    scene.subjects.iter().filter(|subject| subject.analysis_type() == "datamodel")
}

pub(super) fn check_errors(scene: &Scene<'_>, notes: &mut Notes) {
    for subject in data_models(scene) {
        for mapping in mappings(subject) {
            if let Some((path, span)) = text(mapping, "Path")
                && let Err(error) = check_json_path(path)
            {
                let hint = "names, positions, slices, `*`, `..` and filters such as `[?(@.name == 'x')]` are understood; \
                            for more, name a `Method`";
                notes.yaml(subject, &codes::JSON_PATH, span, error.to_string(), Some(hint.to_owned()));
            }
            check_method(scene, subject, mapping, notes);
        }
    }
}

fn check_method(scene: &Scene<'_>, subject: &Subject<'_>, mapping: &Mapping, notes: &mut Notes) {
    let Some((method, span)) = text(mapping, "Method") else { return };
    let Some(Ok(module)) = scene.module(subject) else { return };
    let Some(names) = scene.names_of(module).filter(|names| !names.contains(method)) else { return };
    let file = subject.python.map(|path| path.display().to_string()).unwrap_or_default();
    let message = format!("`{file}` does not define `{method}`");
    let hint = match near_miss(method, names.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("add a function `{method}` that takes the event"),
    };
    notes.yaml(subject, &codes::NO_METHOD, span, message, Some(hint));
}

pub(super) fn check_warnings(scene: &Scene<'_>, notes: &mut Notes) {
    for subject in data_models(scene) {
        let mut seen: BTreeMap<&str, u32> = BTreeMap::new();
        for mapping in mappings(subject) {
            let Some((name, span)) = text(mapping, "Name") else { continue };
            if let Some(line) = seen.insert(name, span.line) {
                let message = format!("`{name}` is already mapped in line {line}; only this mapping counts");
                let hint = Some("remove one of them".to_owned());
                notes.yaml(subject, &codes::MAPPING_TWICE, span, message, hint);
            }
            check_arity(scene, subject, mapping, notes);
        }
    }
}

fn check_arity(scene: &Scene<'_>, subject: &Subject<'_>, mapping: &Mapping, notes: &mut Notes) {
    let (Some((method, _)), Some(Ok(module))) = (text(mapping, "Method"), scene.module(subject)) else {
        return;
    };
    let Some(function) = module.function(method) else { return };
    if !function.is_decorated && !function.takes_one {
        let message = format!("`{method}` is called with one argument, the event, and cannot be");
        let hint = format!("define it as `def {method}(event):`; further parameters need defaults");
        notes.code(subject, &codes::WRONG_ARITY, function.span, message, Some(hint));
    }
}
