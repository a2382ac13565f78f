//! One folder and what lies below it: which files are candidates, in a stable order.
//!
//! Hidden files and folders are left out. Links to files are followed when they end inside the boundary;
//! links to folders never are, so a walk always ends.

use std::fs::DirEntry;
use std::path::{Path, PathBuf};

use content::{REPOSITORY_FOLDERS, descends, is_candidate, visits};

use super::problem::{Problem, ProblemKind};

/// Deeper folders are not walked.
pub(super) const DEPTH_MAX: usize = 64;

/// A file that may be content.
#[derive(Debug)]
pub(super) struct Candidate {
    /// As it is named to people.
    pub(super) shown: PathBuf,
    /// Where it is, links resolved.
    pub(super) real: PathBuf,
    /// Whether it lies directly in the folder that was walked.
    pub(super) is_at_top: bool,
}

impl Candidate {
    pub(super) fn is_python(&self) -> bool {
        self.shown.extension().is_some_and(|extension| extension == "py")
    }
}

/// Whether a folder is the root of a repository.
pub(super) fn is_repository(folder: &Path) -> bool {
    REPOSITORY_FOLDERS.iter().any(|name| folder.join(name).is_dir())
}

/// The result of a walk.
#[derive(Debug, Default)]
pub(super) struct Walked {
    pub(super) files: Vec<Candidate>,
    /// Files that are not read, as they are named to people: an item may name one.
    pub(super) others: Vec<PathBuf>,
    pub(super) problems: Vec<Problem>,
}

/// Walks a folder. `shown` is how it is named, `real` where it is; links may lead to files below `boundary`.
///
/// # Errors
/// The folder itself cannot be listed.
pub(super) fn walk(shown: &Path, real: &Path, boundary: &Path) -> std::io::Result<Walked> {
    let mut walker = Walker { root_is_repository: is_repository(real), boundary, walked: Walked::default() };
    let entries = list(real)?;
    walker.folder(entries, shown, real, Path::new(""), 0);
    Ok(walker.walked)
}

/// The candidates that lie directly in a folder.
pub(super) fn siblings(shown: &Path, real: &Path, boundary: &Path) -> std::io::Result<Walked> {
    let mut walker = Walker { root_is_repository: false, boundary, walked: Walked::default() };
    let files = list(real)?.into_iter().filter(|entry| !entry.path().is_dir()).collect();
    walker.folder(files, shown, real, Path::new(""), 0);
    Ok(walker.walked)
}

struct Walker<'a> {
    root_is_repository: bool,
    boundary: &'a Path,
    walked: Walked,
}

impl Walker<'_> {
    fn folder(&mut self, entries: Vec<DirEntry>, shown: &Path, real: &Path, relative: &Path, depth: usize) {
        let counts = visits(self.root_is_repository, relative);
        let is_at_top = relative.as_os_str().is_empty();
        let mut folders = Vec::new();
        for entry in entries {
            let name = entry.file_name();
            let (shown, real) = (shown.join(&name), real.join(&name));
            let Ok(file_type) = entry.file_type() else { continue };
            let Some(text) = name.to_str() else {
                if counts && (file_type.is_file() || file_type.is_symlink()) {
                    self.problem(
                        &lossy(&shown),
                        ProblemKind::Unreadable,
                        "the name of the file is not UTF-8",
                    );
                }
                continue;
            };
            if file_type.is_dir() {
                if descends(text) {
                    folders.push((shown, real, relative.join(text)));
                }
            } else if counts && file_type.is_symlink() {
                self.link(text, shown, &real, is_at_top);
            } else if counts && is_candidate(text) {
                self.walked.files.push(Candidate { shown, real, is_at_top });
            } else if counts && file_type.is_file() {
                self.walked.others.push(shown);
            }
        }
        for (shown, real, relative) in folders {
            self.below(&shown, &real, &relative, depth + 1);
        }
    }

    fn below(&mut self, shown: &Path, real: &Path, relative: &Path, depth: usize) {
        if depth > DEPTH_MAX {
            let message = format!("the folder lies more than {DEPTH_MAX} folders deep and is not read");
            return self.problem(shown, ProblemKind::Unreadable, &message);
        }
        match list(real) {
            Ok(entries) => self.folder(entries, shown, real, relative, depth),
            Err(error) if visits(self.root_is_repository, relative) => {
                self.problem(shown, ProblemKind::Unreadable, &format!("the folder cannot be read: {error}"));
            }
            Err(_) => {}
        }
    }

    fn link(&mut self, name: &str, shown: PathBuf, link: &Path, is_at_top: bool) {
        if name.starts_with('.') {
            return;
        }
        let target = match std::fs::canonicalize(link) {
            Ok(target) => target,
            Err(_) if !is_candidate(name) => return,
            Err(error) => {
                return self.problem(&shown, ProblemKind::Link, &format!("the link leads nowhere: {error}"));
            }
        };
        if target.is_dir() {
            self.problem(&shown, ProblemKind::Link, "the link leads to a folder and is not followed");
        } else if is_candidate(name) && target.starts_with(self.boundary) {
            self.walked.files.push(Candidate { shown, real: target, is_at_top });
        } else if !is_candidate(name) && target.starts_with(self.boundary) {
            self.walked.others.push(shown);
        } else if is_candidate(name) {
            self.problem(
                &shown,
                ProblemKind::Link,
                "the link leads out of the repository and is not followed",
            );
        }
    }

    fn problem(&mut self, file: &Path, kind: ProblemKind, message: &str) {
        let hint = (kind == ProblemKind::Link).then(|| "put the file itself there".to_owned());
        let problem = Problem { file: file.to_owned(), line: 1, kind, message: message.to_owned(), hint };
        self.walked.problems.push(problem);
    }
}

/// What lies in a folder, in the order of names.
pub(super) fn list(folder: &Path) -> std::io::Result<Vec<DirEntry>> {
    let mut entries: Vec<DirEntry> = std::fs::read_dir(folder)?.collect::<Result<_, _>>()?;
    entries.sort_by_key(DirEntry::file_name);
    Ok(entries)
}

fn lossy(path: &Path) -> PathBuf {
    PathBuf::from(path.to_string_lossy().into_owned())
}
