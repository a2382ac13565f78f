//! The repository around a path, which lends its globals, its data models and the bases of derived rules.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use content::PROJECT_MAIN;

use super::project::is_project;
use super::walk::is_repository;

/// The nearest folder above `path` (links resolved) that is the root of a repository. A folder that is
/// itself such a root stands alone.
pub(super) fn repository_around(path: &Path) -> Option<PathBuf> {
    if path.is_dir() && is_repository(path) {
        return None;
    }
    path.ancestors().skip(1).find(|folder| is_repository(folder)).map(Path::to_owned)
}

/// The nearest folder above `path` (links resolved) that is a pypanther project. Its `main.py` must name the
/// package: many folders of a disk have a file of that name.
pub(super) fn project_around(path: &Path) -> Option<PathBuf> {
    let names_package = |folder: &&Path| {
        is_project(folder)
            && std::fs::read_to_string(folder.join(PROJECT_MAIN)).is_ok_and(|text| text.contains("pypanther"))
    };
    path.ancestors().skip(1).find(names_package).map(Path::to_owned)
}

/// How a resolved path is named to people: relative to the working directory when it lies below it.
pub(super) fn shown(real: &Path) -> PathBuf {
    let here = std::env::current_dir().and_then(std::fs::canonicalize);
    match here.ok().as_deref().and_then(|here| real.strip_prefix(here).ok()) {
        Some(relative) => relative.to_owned(),
        None => real.to_owned(),
    }
}

/// Whether a YAML text may be a global or a data model; cheaper than reading it as YAML.
pub(super) fn may_be_shared(text: &str) -> bool {
    text.lines()
        .any(|line| line.contains("AnalysisType") && (line.contains("global") || line.contains("datamodel")))
}

/// What `BaseDetection` of a YAML text seems to name.
pub(super) fn base_of(text: &str) -> Option<&str> {
    top_level(text, "BaseDetection:")
}

/// What `Filename` of a YAML text seems to name.
pub(super) fn file_of(text: &str) -> Option<&str> {
    top_level(text, "Filename:")
}

/// Whether a YAML text seems to be one of these rules.
pub(super) fn is_one_of(text: &str, ids: &HashSet<String>) -> bool {
    !ids.is_empty() && top_level(text, "RuleID:").is_some_and(|id| ids.contains(id))
}

/// The plain or quoted text behind a key at the beginning of a line.
fn top_level<'t>(text: &'t str, key: &str) -> Option<&'t str> {
    let value = text.lines().find_map(|line| line.strip_prefix(key))?.trim();
    let quoted = ['"', '\''].into_iter().find_map(|quote| value.strip_prefix(quote)?.split(quote).next());
    Some(quoted.unwrap_or_else(|| value.split(" #").next().unwrap_or(value).trim_end()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_is_seen_without_reading_the_yaml() {
        for (line, expected) in [
            ("BaseDetection: A.B", Some("A.B")),
            ("BaseDetection:  'A #B'  # c", Some("A #B")),
            ("BaseDetection: \"A\"", Some("A")),
            ("BaseDetection: A B # c", Some("A B")),
            ("  BaseDetection: A", None),
            ("# BaseDetection: A", None),
        ] {
            assert_eq!(base_of(&format!("AnalysisType: rule\n{line}\n")), expected, "{line}");
        }
    }

    #[test]
    fn only_named_rules_are_wanted() {
        let ids = HashSet::from(["A.B".to_owned()]);
        assert!(is_one_of("RuleID: \"A.B\"\n", &ids));
        assert!(!is_one_of("RuleID: A.B.C\n", &ids));
        assert!(!is_one_of("RuleID: A.B\n", &HashSet::new()));
    }
}
