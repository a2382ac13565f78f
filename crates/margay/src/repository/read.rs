//! Collects the files of several paths, each file once.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::io;
use std::path::{Path, PathBuf};

use content::{OVERRIDES_FILE, ProjectFault, PypantherProject, SourceFile, is_candidate};

use super::enclosing;
use super::problem::{Problem, ProblemKind};
use super::project;
use super::python_tests::is_python_test;
use super::walk::{self, Candidate, Walked};
use crate::failure::Failure;

/// Larger files are not read.
const FILE_BYTES_MAX: u64 = 4 << 20;

/// One content root: the repository around the paths that were given, else a path that is a folder, else the
/// folder of a file.
#[derive(Debug)]
pub(super) struct RootFiles {
    /// Where it is, links resolved.
    real: PathBuf,
    /// Texts in the order in which they were read.
    pub(super) files: Vec<SourceFile>,
    /// The file that changes items of earlier roots.
    pub(super) overrides: Option<SourceFile>,
    /// Pypanther projects, and folders that would be one.
    pub(super) projects: Vec<Result<PypantherProject, ProjectFault>>,
}

/// What was read so far.
#[derive(Debug, Default)]
pub(super) struct Files {
    /// Content roots, in the order in which their paths were given.
    pub(super) roots: Vec<RootFiles>,
    /// The index of the root whose files are read.
    current: usize,
    /// YAML files of the paths that were asked for, and Python files of the folders among them.
    pub(super) selected: HashSet<PathBuf>,
    /// Python files that were asked for by name: the items that name them are meant.
    pub(super) selected_python: HashSet<PathBuf>,
    /// What could not be read.
    pub(super) problems: Vec<Problem>,
    /// Python unit-test files of the paths that were asked for.
    pub(super) python_tests: Vec<PathBuf>,
    /// Texts of the files of projects, to be shown in findings.
    pub(super) project_files: Vec<SourceFile>,
    project_roots: HashSet<PathBuf>,
    /// Files that lie in the folders of content and are neither YAML nor Python.
    pub(super) others: BTreeSet<PathBuf>,
    /// Whether some path is only a part of a repository, so that items may name others that are not read.
    pub(super) is_part: bool,
    /// YAML files by where they are, with the name under which they were read.
    yaml: HashMap<PathBuf, PathBuf>,
    /// Python files by how they are named: a rule finds its Python file by the name that its own path gives.
    python: HashSet<PathBuf>,
    contexts: HashSet<PathBuf>,
}

impl Files {
    /// Reads a file or folder that was asked for.
    pub(super) fn add_path(&mut self, path: &Path) -> Result<(), Failure> {
        let real = resolve(path)?;
        let shown = plain(path);
        let around = enclosing::repository_around(&real);
        self.is_part |= around.is_some() || !real.is_dir();
        if !real.is_dir() {
            let folder = resolve(&folder_of(path))?;
            let is_at_top = self.enter(around.unwrap_or_else(|| folder.clone())) == folder;
            return self.add_file(path, Candidate { shown, real, is_at_top }, &folder);
        }
        let boundary = around.unwrap_or_else(|| real.clone());
        let is_root = *self.enter(boundary.clone()) == real;
        let walked = walk::walk(&shown, &real, &boundary).map_err(|error| unreadable(path, &error))?;
        self.take(walked, true, is_root);
        if project::is_project(&real) && self.project_roots.insert(real.clone()) {
            let (files, project) = project::read(&shown, &real);
            self.project_files.extend(files);
            self.roots[self.current].projects.push(project);
        }
        Ok(())
    }

    /// Lets what is read from now on belong to a root.
    fn enter(&mut self, real: PathBuf) -> &Path {
        self.current = self.roots.iter().position(|root| root.real == real).unwrap_or(self.roots.len());
        if self.current == self.roots.len() {
            self.roots.push(RootFiles { real, files: Vec::new(), overrides: None, projects: Vec::new() });
        }
        &self.roots[self.current].real
    }

    fn files(&mut self) -> &mut Vec<SourceFile> {
        &mut self.roots[self.current].files
    }

    fn add_file(&mut self, path: &Path, itself: Candidate, folder: &Path) -> Result<(), Failure> {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if !is_candidate(name) {
            let message = format!("`{}` is neither a YAML file nor a Python file", path.display());
            return Err(Failure::Usage(message));
        }
        let shown = itself.shown.clone();
        let is_python = itself.is_python();
        if is_python {
            self.note_python_test(&itself.shown);
            self.selected_python.insert(itself.shown);
        } else {
            let is_root = itself.is_at_top;
            self.add_yaml(itself, true, is_root);
        }
        let mut beside = walk::siblings(shown.parent().unwrap_or(Path::new("")), folder, folder)
            .map_err(|error| unreadable(folder, &error))?;
        beside.problems.retain(|problem| problem.file == shown);
        beside.files.retain(|file| is_python || file.is_python());
        self.take(beside, false, false);
        let itself = self.files().iter().find(|file| file.path == shown);
        let named = itself.and_then(|file| enclosing::file_of(&file.text));
        if let Some(name) = named.filter(|name| folder.join(name).is_file()) {
            let named = shown.with_file_name(name);
            self.others.insert(named);
        }
        Ok(())
    }

    /// Reads what the repository around a path lends: globals, data models, and the rules from which those
    /// of the paths are derived.
    pub(super) fn add_context(&mut self, path: &Path) -> Result<(), Failure> {
        let Some(root) = enclosing::repository_around(&resolve(path)?) else { return Ok(()) };
        if !self.contexts.insert(root.clone()) {
            return Ok(());
        }
        self.enter(root.clone());
        let walked =
            walk::walk(&enclosing::shown(&root), &root, &root).map_err(|error| unreadable(&root, &error))?;
        let texts = self.roots.iter().flat_map(|root| &root.files).map(|file| file.text.as_str());
        let bases: HashSet<String> = texts.filter_map(enclosing::base_of).map(str::to_owned).collect();
        let mut folders = HashSet::new();
        let (python, yaml): (Vec<_>, Vec<_>) = walked.files.into_iter().partition(Candidate::is_python);
        for file in yaml {
            if self.yaml.contains_key(&file.real) {
                continue;
            }
            if is_overrides(&file, true) {
                self.add_yaml(file, false, true);
                continue;
            }
            let Ok(text) = read_text(&file.real) else { continue };
            if enclosing::may_be_shared(&text) || enclosing::is_one_of(&text, &bases) {
                folders.extend(file.shown.parent().map(Path::to_owned));
                self.yaml.insert(file.real, file.shown.clone());
                self.files().push(SourceFile { path: file.shown, text });
            }
        }
        for file in python {
            if file.shown.parent().is_some_and(|folder| folders.contains(folder)) {
                self.add_python(file);
            }
        }
        Ok(())
    }

    /// Takes the files of a folder; `is_root` tells whether that is the top folder of the root.
    fn take(&mut self, walked: Walked, is_selected: bool, is_root: bool) {
        let Walked { files, others, problems } = walked;
        self.problems.extend(problems);
        self.others.extend(others);
        for file in files {
            if !file.is_python() {
                self.add_yaml(file, is_selected, is_root);
                continue;
            }
            if is_selected {
                self.note_python_test(&file.shown);
            }
            if is_selected {
                self.selected.insert(file.shown.clone());
            }
            self.add_python(file);
        }
    }

    fn note_python_test(&mut self, file: &Path) {
        if is_python_test(file) && !self.python_tests.iter().any(|known| known == file) {
            self.python_tests.push(file.to_owned());
        }
    }

    fn add_yaml(&mut self, file: Candidate, is_selected: bool, is_root: bool) {
        let first = self.yaml.get(&file.real);
        if is_selected {
            self.selected.insert(first.unwrap_or(&file.shown).clone());
        }
        if first.is_some() {
            return;
        }
        self.yaml.insert(file.real.clone(), file.shown.clone());
        match read_text(&file.real) {
            Ok(text) if is_overrides(&file, is_root) => {
                self.roots[self.current].overrides = Some(SourceFile { path: file.shown, text });
            }
            Ok(text) => self.files().push(SourceFile { path: file.shown, text }),
            Err(fault) => self.problems.push(fault.of(file.shown)),
        }
    }

    fn add_python(&mut self, file: Candidate) {
        if !self.python.insert(file.shown.clone()) {
            return;
        }
        let text = read_text(&file.real).unwrap_or_else(|fault| {
            self.problems.push(fault.of(file.shown.clone()));
            String::new()
        });
        self.files().push(SourceFile { path: file.shown, text });
    }
}

/// Whether a file of a folder changes items of earlier roots.
fn is_overrides(file: &Candidate, is_root: bool) -> bool {
    is_root && file.is_at_top && file.shown.file_name().is_some_and(|name| name == OVERRIDES_FILE)
}

/// Why a file gave no text.
pub(super) struct Fault {
    line: u32,
    kind: ProblemKind,
    message: String,
    hint: Option<String>,
}

impl Fault {
    fn new(kind: ProblemKind, message: String) -> Fault {
        Fault { line: 1, kind, message, hint: None }
    }

    /// Line, message and hint.
    pub(super) fn told(self) -> (u32, String, Option<String>) {
        let Fault { line, kind: _, message, hint } = self;
        (line, message, hint)
    }

    fn of(self, file: PathBuf) -> Problem {
        let Fault { line, kind, message, hint } = self;
        Problem { file, line, kind, message, hint }
    }
}

/// Reads a file of text, if it is one.
pub(super) fn read_text(file: &Path) -> Result<String, Fault> {
    let unreadable =
        |error: io::Error| Fault::new(ProblemKind::Unreadable, format!("the file cannot be read: {error}"));
    let metadata = std::fs::metadata(file).map_err(unreadable)?;
    if !metadata.is_file() {
        return Err(Fault::new(ProblemKind::Unreadable, "this is no regular file".to_owned()));
    }
    if metadata.len() > FILE_BYTES_MAX {
        let message =
            format!("the file has {} bytes; at most {} MiB are read", metadata.len(), FILE_BYTES_MAX >> 20);
        return Err(Fault::new(ProblemKind::TooLarge, message));
    }
    let bytes = std::fs::read(file).map_err(unreadable)?;
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let lines = error.as_bytes()[..at].iter().filter(|&&byte| byte == b'\n').count();
        Fault {
            line: u32::try_from(lines + 1).unwrap_or(u32::MAX),
            kind: ProblemKind::Unreadable,
            message: format!("the file is not UTF-8 at byte {at}"),
            hint: Some("save it as UTF-8".to_owned()),
        }
    })
}

pub(super) fn resolve(path: &Path) -> Result<PathBuf, Failure> {
    std::fs::canonicalize(path).map_err(|error| unreadable(path, &error))
}

fn unreadable(path: &Path, error: &io::Error) -> Failure {
    let path = path.display();
    Failure::Usage(match error.kind() {
        io::ErrorKind::NotFound => {
            format!(
                "there is no file or folder `{path}`; name another one, or correct `content` in the configuration"
            )
        }
        _ => format!("cannot read `{path}`: {error}"),
    })
}

/// The path without a leading `./`; empty for the working directory.
pub(super) fn plain(path: &Path) -> PathBuf {
    path.components().filter(|part| !matches!(part, std::path::Component::CurDir)).collect()
}

/// The folder of a file, never empty.
fn folder_of(file: &Path) -> PathBuf {
    match file.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        _ => PathBuf::from("."),
    }
}
