//! The configured directories as a server uses them: read once, loaded again under everything that lies on top
//! of them.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::{Path, PathBuf};

use content::{LoadOptions, ProjectOutcome, Repository, Root, SourceFile};
use jiff::Timestamp;
use model::LogType;

use super::problem::{self, Problem};
use super::{Describe, outcome, read};
use crate::failure::Failure;

/// What the directories held when they were read.
#[derive(Default)]
pub(crate) struct Directories {
    roots: Vec<ReadRoot>,
    problems: Vec<Problem>,
    others: BTreeSet<PathBuf>,
    is_part: bool,
    written_at: HashMap<PathBuf, Timestamp>,
}

struct ReadRoot {
    files: Vec<SourceFile>,
    overrides: Option<SourceFile>,
    projects: Vec<ProjectOutcome>,
}

/// A content root on top of the directories that is not on disk.
#[derive(Clone, Default)]
pub(crate) struct TopRoot {
    /// Its YAML and Python files.
    pub(crate) files: Vec<SourceFile>,
    /// Its other files.
    pub(crate) others: BTreeSet<PathBuf>,
    /// Its pypanther projects.
    pub(crate) projects: Vec<ProjectOutcome>,
}

impl Directories {
    /// Reads directories; also gives what is wrong with paths that cannot be read, which are left out.
    /// `describe` runs the `main.py` of a path that holds one.
    pub(crate) fn read(paths: &[PathBuf], describe: &Describe<'_>) -> (Directories, Vec<Failure>) {
        let mut files = read::Files::default();
        let mut unreadable = Vec::new();
        for path in paths {
            unreadable.extend(files.add_path(path).and_then(|()| files.add_context(path)).err());
        }
        let read::Files { roots, problems, others, is_part, .. } = files;
        let mut directories = Directories { problems, others, is_part, ..Directories::default() };
        for root in roots {
            let projects = root.projects.into_iter().map(|project| outcome(project, describe)).collect();
            for file in &root.files {
                directories.written_at.extend(written_at(&file.path).map(|at| (file.path.clone(), at)));
            }
            directories.roots.push(ReadRoot { files: root.files, overrides: root.overrides, projects });
        }
        (directories, unreadable)
    }

    /// Loads them with a root on top.
    pub(crate) fn load(&self, known: &BTreeSet<LogType>, top: &TopRoot) -> Repository {
        let options = LoadOptions { known_log_types: Some(known.clone()), ..LoadOptions::default() };
        self.load_with(&options, top)
    }

    /// The same, judged by what else is known.
    pub(crate) fn load_with(&self, options: &LoadOptions, top: &TopRoot) -> Repository {
        let roots = self.roots.iter().map(|root| Root {
            files: &root.files,
            overrides: root.overrides.as_ref(),
            projects: root.projects.clone(),
        });
        let mut repository = self.load_roots(roots.collect(), options, top);
        problem::apply(self.problems.clone(), &mut repository, &mut HashSet::new());
        repository
    }

    /// Loads some of their files with a root on top; projects only when they are asked for.
    pub(crate) fn load_part(
        &self,
        files: &HashSet<PathBuf>,
        with_projects: bool,
        options: &LoadOptions,
        top: &TopRoot,
    ) -> Repository {
        let part = |root: &ReadRoot| -> Vec<SourceFile> {
            root.files.iter().filter(|file| files.contains(&file.path)).cloned().collect()
        };
        let parts: Vec<Vec<SourceFile>> = self.roots.iter().map(part).collect();
        let roots = self.roots.iter().zip(&parts).map(|(root, files)| Root {
            files,
            overrides: root.overrides.as_ref(),
            projects: if with_projects { root.projects.clone() } else { Vec::new() },
        });
        self.load_roots(roots.collect(), options, top)
    }

    fn load_roots<'r>(
        &self,
        mut layers: Vec<Root<'r>>,
        options: &LoadOptions,
        top: &'r TopRoot,
    ) -> Repository {
        let mut others = self.others.clone();
        others.extend(top.others.iter().cloned());
        let options = LoadOptions { is_part: self.is_part, data_files: Some(others), ..options.clone() };
        layers.push(Root { files: &top.files, overrides: None, projects: top.projects.clone() });
        content::load_roots(layers, &options)
    }

    /// The files of all directories.
    pub(crate) fn files(&self) -> impl Iterator<Item = &SourceFile> {
        self.roots.iter().flat_map(|root| &root.files)
    }

    /// When a file was written last before it was read.
    pub(crate) fn written_at(&self, file: &Path) -> Option<Timestamp> {
        self.written_at.get(file).copied()
    }
}

fn written_at(file: &Path) -> Option<Timestamp> {
    let modified = std::fs::metadata(file).and_then(|metadata| metadata.modified()).ok()?;
    Timestamp::try_from(modified).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULE: &str =
        "AnalysisType: rule\nRuleID: One\nFilename: r.py\nEnabled: true\nSeverity: Low\nLogTypes: [A.B]\n";

    fn file(path: &str, text: &str) -> SourceFile {
        SourceFile { path: path.into(), text: text.to_owned() }
    }

    #[test]
    fn serving_goes_on_without_a_missing_folder_and_a_top_root_wins() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("one.yml"), RULE).unwrap();
        std::fs::write(dir.path().join("r.py"), "def rule(event): return True\n").unwrap();
        let paths = [PathBuf::from("/no/such/folder"), dir.path().to_owned()];
        let (directories, unreadable) = Directories::read(&paths, &|_| panic!("there is no project here"));
        assert_eq!((directories.files().count(), unreadable.len()), (2, 1));
        assert!(directories.written_at(&dir.path().join("one.yml")).is_some());
        let severity = |top: &TopRoot| {
            let repository = directories.load(&BTreeSet::new(), top);
            let rules: Vec<_> =
                repository.rules().map(|rule| rule.detection.severity.as_str().to_owned()).collect();
            rules
        };
        assert_eq!(severity(&TopRoot::default()), ["LOW"]);
        let top = vec![
            file("api:/One/x.yml", &RULE.replace("Low", "High")),
            file("api:/One/r.py", "def rule(event): pass\n"),
        ];
        assert_eq!(severity(&TopRoot { files: top, ..TopRoot::default() }), ["HIGH"]);
    }
}
