//! Which files of a folder are content; the walk itself is done by who has a disk.
//! Source: `detections.md` §1.2.

use std::path::{Component, Path};

/// A folder that holds one of these is the root of a repository.
pub const REPOSITORY_FOLDERS: [&str; 8] = [
    "rules",
    "policies",
    "correlation_rules",
    "queries",
    "global_helpers",
    "data_models",
    "packs",
    "lookup_tables",
];

/// Files that look like content and never are.
const IGNORED_FILES: [&str; 3] = ["dependabot.yml", "package.json", "package-lock.json"];

/// Whether a walk goes into a folder: hidden ones and `__pycache__` are left out.
pub fn descends(folder_name: &str) -> bool {
    !folder_name.starts_with('.') && folder_name != "__pycache__"
}

/// Whether the files that lie directly in `relative_dir` are content.
///
/// `relative_dir` is relative to the folder that was given, and empty for that folder itself. In the root
/// of a repository only its content folders count, so that templates, examples and indexes are left out;
/// files beside them in the root count. Anywhere else everything counts. Folders that are left out may have
/// sub-folders that are not, so use [`descends`] to decide where to walk.
pub fn visits(root_is_repository: bool, relative_dir: &Path) -> bool {
    let folders = relative_dir.components().filter_map(|component| match component {
        Component::Normal(name) => Some(name.to_string_lossy()),
        _ => None,
    });
    let folders: Vec<_> = folders.collect();
    if folders.iter().any(|name| !descends(name)) {
        return false;
    }
    let Some(last) = folders.last() else { return true };
    if !root_is_repository {
        return true;
    }
    let path_parts = ["data_models", "lookup_tables", "rules", "policies", "queries", "scheduled_prompts"];
    last == "global_helpers"
        || last == "packs"
        || folders.iter().any(|name| path_parts.iter().any(|part| name.contains(part)))
}

/// Whether a file is read: YAML (`*.y*ml`) and Python (`*.py`) that is not hidden.
///
/// Python unit-test files (`*_test.py`) are read too; nothing names them, so they become no items.
pub fn is_candidate(file_name: &str) -> bool {
    if file_name.starts_with('.') || IGNORED_FILES.contains(&file_name) {
        return false;
    }
    let is_yaml = file_name.find(".y").is_some_and(|at| file_name[at + 2..].ends_with("ml"));
    is_yaml || file_name.ends_with(".py")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repository_root_shows_only_its_content_folders() {
        for dir in [
            "",
            "rules/aws_rules",
            "correlation_rules",
            "data_models/edr_data_models",
            "global_helpers",
            "packs",
            "queries/a",
            "lookup_tables/b/c",
            "policies",
            "scheduled_prompts",
        ] {
            assert!(visits(true, Path::new(dir)), "{dir}");
        }
        for dir in
            ["templates", "style_guides", "test_scenarios/x", "rules/.git", "rules/__pycache__", "packs/x"]
        {
            assert!(!visits(true, Path::new(dir)), "{dir}");
        }
    }

    #[test]
    fn any_other_folder_shows_everything_that_is_not_hidden() {
        assert!(visits(false, Path::new("templates")));
        assert!(!visits(false, Path::new("a/.hidden/b")));
    }

    #[test]
    fn only_yaml_and_python_is_read() {
        for name in ["a.yml", "a.yaml", "a.py", "a_test.py"] {
            assert!(is_candidate(name), "{name}");
        }
        for name in
            [".a.yml", "a.json", "dependabot.yml", "package.json", "README.md", ".versions.yml", "a.yl"]
        {
            assert!(!is_candidate(name), "{name}");
        }
    }
}
