//! Pypanther projects: rules as Python classes, registered by the `main.py` of a folder.
//!
//! What they register is known only after that file ran, which is not done here: `python_host` runs it and
//! answers with a [`DescribedProject`] or a [`ProjectFault`]; [`load_roots`](crate::load_roots) and
//! [`Repository::add_project`](crate::Repository::add_project) turn either into items.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use model::Severity;
use sha2::{Digest, Sha256};

use crate::build::VERSION_DIGITS;
use crate::item::SourceFile;

/// The file whose presence in a content root makes it a project.
pub const PROJECT_MAIN: &str = "main.py";
/// Most bytes of all Python files of a project.
pub const PROJECT_BYTES_MAX: usize = 10 << 20;
/// Most Python files of a project.
pub const PROJECT_FILES_MAX: usize = 10_000;
/// Folders of a project that are no part of it: copies of the packages, and what tools keep.
const LEFT_OUT: [&str; 4] = ["pypanther", "panther_analysis", "__pycache__", "node_modules"];

/// The Python files of a project; immutable.
#[derive(PartialEq, Eq)]
pub struct PypantherProject {
    root: PathBuf,
    files: Vec<(String, String)>,
    version: String,
}

impl PypantherProject {
    /// A project of these files, whose paths begin with `root`.
    ///
    /// # Errors
    /// There are too many files or bytes, or no `main.py`.
    pub fn try_new(root: PathBuf, files: Vec<SourceFile>) -> Result<PypantherProject, ProjectFault> {
        let main = root.join(PROJECT_MAIN);
        let too_much = |what: String| ProjectFault {
            file: main.clone(),
            line: 1,
            message: what,
            hint: Some("keep what is no part of the project out of its folder".to_owned()),
        };
        if files.len() > PROJECT_FILES_MAX {
            return Err(too_much(format!(
                "the project has {} Python files; at most {PROJECT_FILES_MAX} are read",
                files.len()
            )));
        }
        let bytes: usize = files.iter().map(|file| file.text.len()).sum();
        if bytes > PROJECT_BYTES_MAX {
            let limit = PROJECT_BYTES_MAX >> 20;
            return Err(too_much(format!(
                "the Python files of the project have {bytes} bytes; at most {limit} MiB are read"
            )));
        }
        let mut files: Vec<(String, String)> =
            files.into_iter().filter_map(|file| Some((inner_path(&root, &file.path)?, file.text))).collect();
        files.sort();
        files.dedup_by(|a, b| a.0 == b.0);
        if files.binary_search_by(|(path, _)| path.as_str().cmp(PROJECT_MAIN)).is_err() {
            return Err(ProjectFault {
                file: main,
                line: 1,
                message: format!("the project has no `{PROJECT_MAIN}`"),
                hint: None,
            });
        }
        let version = version(&files);
        Ok(PypantherProject { root, files, version })
    }

    /// Its folder, as it is named to people.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Its files by path from the root, folders separated by `/`, in order.
    pub fn files(&self) -> &[(String, String)] {
        &self.files
    }

    /// Changes whenever one of the files does.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// `main.py`, as it is named to people.
    pub fn main_file(&self) -> PathBuf {
        self.root.join(PROJECT_MAIN)
    }

    /// What one of the files says.
    pub fn text(&self, inner_path: &str) -> Option<&str> {
        let index = self.files.binary_search_by(|(path, _)| path.as_str().cmp(inner_path)).ok()?;
        Some(&self.files[index].1)
    }
}

impl fmt::Debug for PypantherProject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let PypantherProject { root, files, version } = self;
        f.debug_struct("PypantherProject")
            .field("root", root)
            .field("file_count", &files.len())
            .field("version", version)
            .finish()
    }
}

/// Whether a walk that collects the files of a project goes into a folder.
pub fn project_descends(folder_name: &str) -> bool {
    !folder_name.starts_with('.') && !LEFT_OUT.contains(&folder_name)
}

/// Why a project gives no rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProjectFault {
    /// The file to look at.
    pub file: PathBuf,
    /// The line, from 1.
    pub line: u32,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}

/// What the `main.py` of a project registered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DescribedProject {
    /// In order of id.
    pub rules: Vec<DescribedRule>,
    /// Version of the installed `pypanther` package; part of the version of every rule.
    pub package_version: Option<String>,
}

/// A project and what it registers, or why it gives no rules.
pub type ProjectOutcome = Result<(Arc<PypantherProject>, DescribedProject), ProjectFault>;

/// A registered class.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DescribedRule {
    /// Its id.
    pub id: String,
    /// Module and name of the class.
    pub class_name: String,
    /// Where the class is written.
    pub place: CodePlace,
    /// Its attributes, or why they are not legal.
    pub attributes: Result<RuleAttributes, String>,
}

/// A line of a project or of an installed package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodePlace {
    /// Path from the root of the project, when it is one of its files.
    pub inner_path: Option<String>,
    /// The file, as it is named to people.
    pub file: PathBuf,
    /// The line, from 1.
    pub line: u32,
}

/// The attributes of a rule class, as `pypanther` names them.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "they are those of `pypanther.Rule`, whose documentation explains them")]
pub struct RuleAttributes {
    pub log_types: Vec<String>,
    pub default_severity: Severity,
    pub enabled: bool,
    pub create_alert: bool,
    pub dedup_period_minutes: u64,
    pub threshold: u64,
    pub display_name: String,
    pub default_description: String,
    pub default_reference: String,
    pub default_runbook: String,
    pub default_destinations: Vec<String>,
    pub summary_attributes: Vec<String>,
    pub tags: Vec<String>,
    pub reports: BTreeMap<String, Vec<String>>,
    pub tests: Vec<DescribedTest>,
}

/// A `RuleTest` of a class.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DescribedTest {
    /// Its name, unique in its rule.
    pub name: String,
    /// Whether the rule must match.
    pub expected_result: bool,
    /// Where it is written.
    pub place: CodePlace,
}

/// The path from the root with `/` between folders.
fn inner_path(root: &Path, file: &Path) -> Option<String> {
    let parts: Option<Vec<&str>> =
        file.strip_prefix(root).ok()?.components().map(|part| part.as_os_str().to_str()).collect();
    Some(parts?.join("/"))
}

fn version(files: &[(String, String)]) -> String {
    let mut digest = Sha256::new();
    for (path, text) in files {
        for part in [path, text] {
            digest.update(part.len().to_le_bytes());
            digest.update(part.as_bytes());
        }
    }
    let mut version = hex::encode(digest.finalize());
    version.truncate(VERSION_DIGITS);
    version
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, text: &str) -> SourceFile {
        SourceFile { path: path.into(), text: text.to_owned() }
    }

    #[test]
    fn files_are_named_from_the_root_and_change_the_version() {
        let files = vec![file("p/rules/a.py", "x"), file("p/main.py", "y")];
        let project = PypantherProject::try_new("p".into(), files).unwrap();
        let paths: Vec<&str> = project.files().iter().map(|(path, _)| path.as_str()).collect();
        assert_eq!(paths, ["main.py", "rules/a.py"]);
        assert_eq!(project.text("rules/a.py"), Some("x"));
        assert_eq!(project.text("rules/b.py"), None);
        let moved = vec![file("p/rules/b.py", "x"), file("p/main.py", "y")];
        assert_ne!(PypantherProject::try_new("p".into(), moved).unwrap().version(), project.version());
        let named_empty = PypantherProject::try_new(PathBuf::new(), vec![file("main.py", "")]).unwrap();
        assert_eq!(named_empty.main_file(), Path::new("main.py"));
    }

    #[test]
    fn what_is_too_much_is_said() {
        let large = "#".repeat(PROJECT_BYTES_MAX / 2 + 1);
        let files = vec![file("p/main.py", &large), file("p/a.py", &large)];
        let fault = PypantherProject::try_new("p".into(), files).unwrap_err();
        assert_eq!((fault.file.to_str(), fault.line), (Some("p/main.py"), 1));
        assert!(fault.message.ends_with("have 10485762 bytes; at most 10 MiB are read"), "{fault:?}");
        let many = (0..=PROJECT_FILES_MAX).map(|n| file(&format!("p/{n}.py"), "")).collect();
        let fault = PypantherProject::try_new("p".into(), many).unwrap_err();
        assert!(fault.message.starts_with("the project has 10001 Python files"), "{fault:?}");
        let fault = PypantherProject::try_new("p".into(), vec![file("p/a.py", "")]).unwrap_err();
        assert_eq!(fault.message, "the project has no `main.py`");
    }

    #[test]
    fn copies_of_the_package_are_no_part_of_a_project() {
        assert!(["rules", "tests", "src"].into_iter().all(project_descends));
        assert!(!["pypanther", ".venv", "__pycache__"].into_iter().any(project_descends));
    }
}
