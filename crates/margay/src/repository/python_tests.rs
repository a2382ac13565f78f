//! Python unit-test files (`*_test.py`) and what they may import of the repository.

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};

use content::{ItemBody, ItemState};

use super::problem::Problem;
use super::{Content, enclosing};

/// A unit-test file of the paths that were asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PythonTest {
    /// As it is named to people.
    pub(crate) file: PathBuf,
    /// Why it cannot be read, if so.
    pub(crate) problem: Option<String>,
}

/// Whether a file is a unit-test file by its name.
pub(super) fn is_python_test(file: &Path) -> bool {
    file.to_str().is_some_and(|name| name.ends_with("_test.py"))
}

/// The files that no item names, with what was wrong with them.
pub(super) fn collect(
    files: Vec<PathBuf>,
    named: &HashSet<PathBuf>,
    problems: &[Problem],
) -> Vec<PythonTest> {
    let unnamed = files.into_iter().filter(|file| !named.contains(file));
    unnamed
        .map(|file| {
            let problem = problems.iter().find(|problem| problem.file == file);
            PythonTest { problem: problem.map(|problem| problem.message.clone()), file }
        })
        .collect()
}

/// The absolute form of a path; links are not resolved, so that files stay beside each other.
pub(crate) fn absolute(file: &Path) -> PathBuf {
    std::path::absolute(file).unwrap_or_else(|_| file.to_owned())
}

/// Where `python -m unittest` would be started for a file: the root of its repository, else its folder.
pub(crate) fn root_of(absolute_file: &Path) -> PathBuf {
    enclosing::repository_around(absolute_file)
        .or_else(|| absolute_file.parent().map(Path::to_owned))
        .unwrap_or_default()
}

impl Content {
    /// Python texts by absolute path: all that lie beside globals, data models and unit-test files.
    pub(crate) fn python_tree(&self) -> BTreeMap<String, String> {
        let is_shared = |state: &ItemState| {
            matches!(state, ItemState::Ready(ItemBody::Global(_) | ItemBody::DataModel(_)))
        };
        let shared = self.repository.items.iter().filter(|item| is_shared(&item.state));
        let tests = self.python_tests.iter().map(|test| &test.file);
        let folders: HashSet<&Path> =
            shared.map(|item| &item.file).chain(tests).filter_map(|file| file.parent()).collect();
        let is_wanted = |file: &Path| {
            file.extension().is_some_and(|extension| extension == "py")
                && file.parent().is_some_and(|folder| folders.contains(folder))
        };
        self.files
            .iter()
            .filter(|(file, _)| is_wanted(file))
            .map(|(file, text)| (absolute(file).to_string_lossy().into_owned(), text.clone()))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_outside_of_a_repository_is_started_in_its_folder() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path();
        std::fs::create_dir_all(root.join("global_helpers/deep")).unwrap();
        assert_eq!(root_of(&root.join("global_helpers/deep/x_test.py")), root);
        assert_eq!(root_of(&root.join("global_helpers/x_test.py")), root);
        let other = tempfile::tempdir().unwrap();
        assert_eq!(root_of(&other.path().join("x_test.py")), other.path());
    }
}
