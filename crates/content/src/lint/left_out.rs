//! Files that nobody reads: YAML that looks like an item, Python that no item names.

use std::collections::BTreeSet;
use std::path::Path;

use super::scene::{Notes, Scene};
use crate::check::near_miss;
use crate::codes;
use crate::project::PROJECT_MAIN;
use crate::report::Report;
use crate::yaml::{Node, Span};

/// A key that only items have, and the type that has it.
const ID_KEYS: [(&str, &str); 8] = [
    ("RuleID", "rule"),
    ("PolicyID", "policy"),
    ("GlobalID", "global"),
    ("DataModelID", "datamodel"),
    ("PackID", "pack"),
    ("QueryName", "saved_query"),
    ("LookupName", "lookup_table"),
    ("PromptName", "scheduled_prompt"),
];

/// Looks at a YAML file that is no item, because it has no `AnalysisType`.
pub(crate) fn check_left_out(root: &Node, report: &mut Report<'_>) {
    let Some(map) = root.as_map() else { return };
    let near = map.iter().find(|(key, _)| near_miss(key, ["AnalysisType"].into_iter()).is_some());
    let id = ID_KEYS.iter().find_map(|(key, analysis_type)| Some((map.get_key_value(*key)?, *analysis_type)));
    let (place, hint) = match (near, id) {
        (Some((key, field)), _) => (field.key, format!("`{key}` is not known; did you mean `AnalysisType`?")),
        (None, Some(((_, field), analysis_type))) => {
            (field.key, format!("add `AnalysisType: {analysis_type}`"))
        }
        (None, None) => return,
    };
    let message = "this file has no `AnalysisType` and is left out".to_owned();
    report.add_with_hint(&codes::NO_ANALYSIS_TYPE, place, message, Some(hint));
}

/// Python files beside items that no item names. A folder with a file that cannot be read is left alone.
pub(super) fn check_orphans(scene: &Scene<'_>, notes: &mut Notes) {
    let named: BTreeSet<&Path> = scene.subjects.iter().filter_map(|subject| subject.python).collect();
    let folders: BTreeSet<&Path> =
        scene.subjects.iter().filter_map(|subject| subject.source.path.parent()).collect();
    let unclear: BTreeSet<&Path> = scene.unreadable.iter().filter_map(|file| file.parent()).collect();
    // What lies below a `main.py` belongs to a project, which imports what it needs.
    let is_main = |file: &&&Path| file.file_name().is_some_and(|name| name == PROJECT_MAIN);
    let projects: BTreeSet<&Path> =
        scene.python.keys().filter(is_main).filter_map(|main| main.parent()).collect();
    let mut files: Vec<&Path> = scene.python.keys().copied().collect();
    files.sort_unstable();
    for file in files {
        let name = file.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let is_test = name.ends_with("_test.py") || name.starts_with("test_") || name == "conftest.py";
        let is_tool = matches!(name, "__init__.py" | "main.py" | "setup.py");
        let is_of_project = projects.iter().any(|root| file.starts_with(root));
        let is_beside_items =
            file.parent().is_some_and(|folder| folders.contains(folder) && !unclear.contains(folder));
        if named.contains(file) || is_test || is_tool || is_of_project || !is_beside_items {
            continue;
        }
        let message = format!("no item of this folder names `{name}` as its `Filename`");
        let hint = "name it in a YAML file beside it, or remove it; Python tests are called `…_test.py`";
        notes.file(file, &codes::ORPHAN_PYTHON, Span::START, message, Some(hint.to_owned()));
    }
}
