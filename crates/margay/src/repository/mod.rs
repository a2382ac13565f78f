//! Detection repositories on disk: which files are read, and what loading them gives.
//!
//! The walk is in `walk`; what the files say is `content`'s business. Nothing is left out silently: a file
//! that cannot be read becomes an invalid item with a finding, a link that is not followed a warning.

pub(crate) mod bundle;
mod directories;
mod enclosing;
mod mentions;
mod problem;
mod project;
pub(crate) mod python_tests;
mod read;
mod walk;

use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::{Path, PathBuf};

use std::sync::Arc;

use content::{
    DescribedProject, Diagnostic, Item, LoadOptions, Override, ProjectFault, ProjectOutcome,
    PypantherProject, Repository, Root, SourceFile,
};
use tracing::warn;

use crate::failure::Failure;
pub(crate) use directories::{Directories, TopRoot};
pub(crate) use mentions::files_mentioning;
use python_tests::PythonTest;

/// Runs the `main.py` of a project and tells what it registers.
pub(crate) type Describe<'a> =
    dyn Fn(&PypantherProject) -> Result<DescribedProject, ProjectFault> + Send + Sync + 'a;

/// The content of some paths, and what the repositories around them lend to it.
#[derive(Debug)]
pub(crate) struct Content {
    /// All items: those of the paths, then the globals and data models of the repositories around them.
    pub(crate) repository: Repository,
    /// Python unit-test files (`*_test.py`) of the paths that were asked for.
    pub(crate) python_tests: Vec<PythonTest>,
    files: HashMap<PathBuf, String>,
    selected: HashSet<PathBuf>,
}

impl Content {
    /// Whether the item lies in one of the paths that were asked for.
    pub(crate) fn is_selected(&self, item: &Item) -> bool {
        self.selected.contains(&item.file)
    }

    /// The items of the paths that were asked for, in file order.
    pub(crate) fn selected(&self) -> impl Iterator<Item = &Item> {
        self.repository.items.iter().filter(|item| self.is_selected(item))
    }

    /// The findings of the paths that were asked for, by file and place.
    pub(crate) fn findings(&self) -> Vec<&Diagnostic> {
        let mut findings: Vec<&Diagnostic> =
            self.repository.findings.iter().filter(|finding| self.selected.contains(&finding.file)).collect();
        findings.sort_by_key(|finding| (&finding.file, finding.line, finding.column, finding.code));
        findings
    }

    /// Errors of the paths that were asked for that make no item invalid, by file and place.
    pub(crate) fn loose_errors(&self) -> Vec<&Diagnostic> {
        let errors = self.repository.loose_errors();
        let mut errors: Vec<&Diagnostic> =
            errors.filter(|error| self.selected.contains(&error.file)).collect();
        errors.sort_by_key(|error| (&error.file, error.line, error.column));
        errors
    }

    /// The files of the paths that were asked for and what they say, by path.
    pub(crate) fn selected_files(&self) -> Vec<(&Path, &str)> {
        let files = self.files.iter().filter(|(path, _)| self.selected.contains(*path));
        let mut files: Vec<(&Path, &str)> =
            files.map(|(path, text)| (path.as_path(), text.as_str())).collect();
        files.sort_unstable();
        files
    }

    /// What the paths that were asked for replace and change.
    pub(crate) fn overrides(&self) -> Vec<&Override> {
        self.repository.overrides.iter().filter(|step| self.selected.contains(&step.to.file)).collect()
    }

    /// What a file says; empty when it could not be read.
    pub(crate) fn text(&self, file: &Path) -> &str {
        self.files.get(file).map_or("", String::as_str)
    }

    /// Adds the projects around paths that hold nothing else, and selects what is written below the paths.
    fn add_enclosing_projects(&mut self, paths: &[PathBuf], options: &LoadOptions, describe: &Describe<'_>) {
        let asked: Vec<PathBuf> = paths.iter().filter_map(|path| std::fs::canonicalize(path).ok()).collect();
        let roots: BTreeSet<PathBuf> =
            asked.iter().filter_map(|path| enclosing::project_around(path)).collect();
        for root in roots {
            let (files, project) = project::read(&enclosing::shown(&root), &root);
            self.files.extend(files.into_iter().map(|SourceFile { path, text }| (path, text)));
            let (items, findings) = (self.repository.items.len(), self.repository.findings.len());
            self.repository.add_project(outcome(project, describe), options);
            let items = self.repository.items[items..].iter().map(|item| &item.file);
            let findings = self.repository.findings[findings..].iter().map(|finding| &finding.file);
            let added: Vec<PathBuf> = items.chain(findings).cloned().collect();
            let is_asked = |file: &PathBuf| {
                let real = std::fs::canonicalize(file);
                real.is_ok_and(|real| asked.iter().any(|path| real.starts_with(path)))
            };
            self.selected.extend(added.into_iter().filter(is_asked));
        }
    }

    /// Says in the log which of the lent globals and data models cannot be used.
    pub(crate) fn warn_about_context(&self) {
        for item in self.repository.items.iter().filter(|item| !self.is_selected(item)) {
            if let content::ItemState::Invalid { reason, line } = &item.state {
                warn!("{}:{line}: {reason}; `{}` is left out", item.file.display(), item.id);
            }
        }
    }
}

/// Reads files and folders, later ones on top of earlier ones: paths of one repository are one content root,
/// and the roots come in the order of their first paths. A path inside a repository also brings that
/// repository's globals and data models. `describe` runs the `main.py` of a path that holds one.
///
/// # Errors
/// A path does not exist or cannot be read, or a file is neither YAML nor Python.
pub(crate) fn load(
    paths: &[PathBuf],
    options: &LoadOptions,
    describe: &Describe<'_>,
) -> Result<Content, Failure> {
    let mut files = read::Files::default();
    for path in paths {
        files.add_path(path)?;
    }
    for path in paths {
        files.add_context(path)?;
    }
    let mut content = build(files, options, describe);
    if content.selected().next().is_none() {
        content.add_enclosing_projects(paths, options, describe);
    }
    Ok(content)
}

fn build(read: read::Files, options: &LoadOptions, describe: &Describe<'_>) -> Content {
    let read::Files {
        mut roots,
        mut selected,
        selected_python,
        problems,
        python_tests,
        project_files,
        is_part,
        others,
        ..
    } = read;
    let options = &LoadOptions { is_part, data_files: Some(others), ..options.clone() };
    let mut of_projects: HashSet<PathBuf> = project_files.iter().map(|file| file.path.clone()).collect();
    let mut layers = Vec::with_capacity(roots.len());
    for root in &mut roots {
        let outcomes = std::mem::take(&mut root.projects).into_iter();
        let projects: Vec<ProjectOutcome> = outcomes.map(|project| outcome(project, describe)).collect();
        of_projects.extend(projects.iter().filter_map(|outcome| Some(outcome.as_ref().err()?.file.clone())));
        layers.push(Root { files: &root.files, overrides: root.overrides.as_ref(), projects });
    }
    let mut repository = content::load_roots(layers, options);
    for item in &repository.items {
        let Some(python) = python_path(item) else { continue };
        if selected_python.contains(&python) {
            selected.insert(item.file.clone());
        } else if selected.contains(&item.file) {
            selected.insert(python);
        }
    }
    selected.extend(selected_python);
    let items = repository.items.iter().map(|item| &item.file);
    let shown = items.chain(repository.findings.iter().map(|finding| &finding.file));
    selected.extend(shown.filter(|file| of_projects.contains(*file)).cloned());
    let named: HashSet<PathBuf> = repository.items.iter().filter_map(python_path).collect();
    let python_tests = python_tests::collect(python_tests, &named, &problems);
    problem::apply(problems, &mut repository, &mut selected);
    let files = roots.into_iter().flat_map(|root| root.files.into_iter().chain(root.overrides));
    let files = files.chain(project_files).map(|SourceFile { path, text }| (path, text)).collect();
    Content { repository, python_tests, files, selected }
}

/// Runs the `main.py` of a project that could be read.
fn outcome(project: Result<PypantherProject, ProjectFault>, describe: &Describe<'_>) -> ProjectOutcome {
    let project = project?;
    let described = describe(&project)?;
    Ok((Arc::new(project), described))
}

/// The Python file that the item names.
fn python_path(item: &Item) -> Option<PathBuf> {
    let name = item.fields.get("Filename")?.as_str()?;
    let base = name.rsplit(['/', '\\']).next().unwrap_or(name);
    (!base.is_empty()).then(|| item.file.with_file_name(base))
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULE: &str =
        "AnalysisType: rule\nRuleID: {ID}\nFilename: r.py\nEnabled: true\nSeverity: Low\nLogTypes: [A.B]\n";

    fn write(root: &Path, path: &str, text: impl AsRef<[u8]>) {
        let path = root.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    fn repository() -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path();
        write(root, "rules/a/one.yml", RULE.replace("{ID}", "One"));
        write(root, "rules/a/r.py", "def rule(event): return True\n");
        write(root, "rules/b/two.yml", RULE.replace("{ID}", "Two"));
        write(root, "rules/b/r.py", "def rule(event): return True\n");
        write(root, "rules/b/r_test.py", "");
        write(root, "rules/.hidden/x.yml", "AnalysisType: nothing\n");
        write(root, "templates/t.yml", RULE.replace("{ID}", "Template"));
        write(root, "global_helpers/g.yml", "AnalysisType: global\nGlobalID: g\nFilename: g.py\n");
        write(root, "global_helpers/g.py", "");
        dir
    }

    fn no_project(_: &PypantherProject) -> Result<DescribedProject, ProjectFault> {
        panic!("there is no project here")
    }

    fn ids(content: &Content) -> Vec<&str> {
        content.selected().map(|item| item.id.as_str()).collect()
    }

    #[test]
    fn a_repository_is_walked_by_its_content_folders() {
        let dir = repository();
        let content = load(&[dir.path().to_owned()], &LoadOptions::default(), &no_project).unwrap();
        assert_eq!(ids(&content), ["g", "One", "Two"]);
        let tests: Vec<_> = content.python_tests.iter().map(|test| &test.file).collect();
        assert_eq!(tests, [&dir.path().join("rules/b/r_test.py")]);
        let tree: Vec<String> = content.python_tree().into_keys().collect();
        let absolute = |file: &str| dir.path().join(file).to_string_lossy().into_owned();
        assert_eq!(tree, ["global_helpers/g.py", "rules/b/r.py", "rules/b/r_test.py"].map(absolute));
        assert_eq!(content.repository.findings, []);
    }

    #[test]
    fn a_path_inside_a_repository_brings_its_globals() {
        let dir = repository();
        for path in ["rules/a", "rules/a/one.yml", "rules/a/r.py"] {
            let content = load(&[dir.path().join(path)], &LoadOptions::default(), &no_project).unwrap();
            assert_eq!(ids(&content), ["One"], "{path}");
            assert_eq!(content.repository.globals().count(), 1, "{path}");
            assert_eq!(content.python_tests, [], "{path}");
        }
        let content =
            load(&[dir.path().join("rules/b/r_test.py")], &LoadOptions::default(), &no_project).unwrap();
        assert_eq!((ids(&content).len(), content.python_tests.len()), (0, 1));
    }

    #[test]
    fn a_derived_rule_inside_a_repository_brings_its_base() {
        let dir = repository();
        let derived = "AnalysisType: rule\nRuleID: Own\nBaseDetection: Two # there\nSeverity: High\n";
        write(dir.path(), "rules/c/own.yml", derived);
        let content = load(&[dir.path().join("rules/c")], &LoadOptions::default(), &no_project).unwrap();
        assert_eq!(ids(&content), ["Own"]);
        assert_eq!(content.repository.findings, []);
        let rules: Vec<_> = content.repository.rules().map(|rule| rule.detection.id.as_str()).collect();
        assert_eq!(rules, ["Own", "Two"]);
    }

    #[test]
    fn the_file_of_a_lookup_table_lies_beside_it() {
        let dir = repository();
        let table = "AnalysisType: lookup_table\nLookupName: L\nEnabled: true\nSchema: S\nFilename: rows.csv\n\
                     LogTypeMap: {PrimaryKey: ip}\n";
        write(dir.path(), "lookup_tables/l.yml", table);
        let codes = |path: &str| -> Vec<&str> {
            let content = load(&[dir.path().join(path)], &LoadOptions::default(), &no_project).unwrap();
            content.findings().into_iter().map(|finding| finding.code).collect()
        };
        for path in ["", "lookup_tables", "lookup_tables/l.yml"] {
            assert_eq!(codes(path), ["C025"], "{path}");
        }
        write(dir.path(), "lookup_tables/rows.csv", "ip\n");
        for path in ["", "lookup_tables", "lookup_tables/l.yml"] {
            assert_eq!(codes(path), [""; 0], "{path}");
        }
        write(dir.path(), "lookup_tables/l.yml", table.replace("rows.csv", "rows/all.csv"));
        write(dir.path(), "lookup_tables/rows/all.csv", "ip\n");
        for path in ["", "lookup_tables", "lookup_tables/l.yml"] {
            assert_eq!(codes(path), [""; 0], "{path}");
        }
    }

    #[test]
    fn overlapping_paths_count_once() {
        let dir = repository();
        let content =
            load(&[dir.path().join("rules/a"), dir.path().to_owned()], &LoadOptions::default(), &no_project)
                .unwrap();
        assert_eq!(ids(&content), ["One", "g", "Two"]);
        assert_eq!(content.repository.findings, []);
    }

    const OVERRIDE: &str = "- {id: Two, severity: High}\n";

    #[test]
    fn later_folders_replace_and_override_earlier_ones() {
        let (vendor, ours) = (repository(), tempfile::tempdir().unwrap());
        write(ours.path(), "overrides.yml", OVERRIDE);
        write(ours.path(), "rules/one.yml", RULE.replace("{ID}", "One").replace("Low", "Info"));
        write(ours.path(), "rules/r.py", "def rule(event): return False\n");
        let content =
            load(&[vendor.path().to_owned(), ours.path().to_owned()], &LoadOptions::default(), &no_project)
                .unwrap();
        assert_eq!(ids(&content), ["g", "Two", "One"]);
        assert_eq!(content.repository.findings, []);
        let severities: Vec<_> =
            content.repository.rules().map(|rule| rule.detection.severity.as_str()).collect();
        assert_eq!(severities, ["HIGH", "INFO"]);
        let steps: Vec<_> = content.overrides().iter().map(|step| (step.id.as_str(), step.to.line)).collect();
        assert_eq!(steps, [("One", 2), ("Two", 1)]);
        assert_eq!(content.text(&ours.path().join("overrides.yml")), OVERRIDE);
        let reversed =
            load(&[ours.path().to_owned(), vendor.path().to_owned()], &LoadOptions::default(), &no_project)
                .unwrap();
        let codes: Vec<_> = reversed.findings().into_iter().map(|finding| finding.code).collect();
        assert_eq!(codes, ["C026"], "what comes first overrides nothing");
    }

    #[test]
    fn paths_of_one_repository_are_one_root() {
        let dir = repository();
        write(dir.path(), "rules/c/one.yml", RULE.replace("{ID}", "One"));
        write(dir.path(), "rules/c/r.py", "def rule(event): return True\n");
        for paths in [["rules/a", "rules/c"], ["rules/a/one.yml", "rules/c/one.yml"]] {
            let content =
                load(&paths.map(|path| dir.path().join(path)), &LoadOptions::default(), &no_project).unwrap();
            let codes: Vec<_> = content.findings().into_iter().map(|finding| finding.code).collect();
            assert_eq!((codes, content.overrides().len()), (vec!["C011"], 0), "{paths:?}");
        }
    }

    #[test]
    fn a_part_of_a_repository_brings_its_overrides() {
        let (vendor, ours) = (repository(), repository());
        write(ours.path(), "overrides.yml", "- {id: Two, severity: High}\n- {id: Elsewhere, threshold: 2}\n");
        std::fs::remove_dir_all(ours.path().join("rules/b")).unwrap();
        let content = load(
            &[vendor.path().to_owned(), ours.path().join("rules/a")],
            &LoadOptions::default(),
            &no_project,
        )
        .unwrap();
        assert_eq!(content.repository.findings, []);
        let rule = content.repository.rules().find(|rule| rule.detection.id.as_str() == "Two").unwrap();
        assert_eq!(rule.detection.severity.as_str(), "HIGH");
    }

    #[test]
    fn overrides_may_be_named_as_a_file_and_linked() {
        let (vendor, ours) = (repository(), tempfile::tempdir().unwrap());
        write(ours.path(), ".data/overrides.yml", OVERRIDE);
        std::os::unix::fs::symlink(".data/overrides.yml", ours.path().join("overrides.yml")).unwrap();
        for path in ["", "overrides.yml"] {
            let content = load(
                &[vendor.path().to_owned(), ours.path().join(path)],
                &LoadOptions::default(),
                &no_project,
            )
            .unwrap();
            assert_eq!(content.repository.findings, [], "{path}");
            assert_eq!(content.overrides().len(), 1, "{path}");
        }
    }

    #[test]
    fn a_missing_path_is_a_usage_error() {
        let failure =
            load(&[PathBuf::from("/no/such/folder")], &LoadOptions::default(), &no_project).unwrap_err();
        assert!(matches!(&failure, Failure::Usage(text) if text.contains("`/no/such/folder`")), "{failure}");
    }

    #[test]
    fn files_that_cannot_be_read_are_invalid_items() {
        let dir = tempfile::tempdir().unwrap();
        write(dir.path(), "rules/large.yml", vec![b'#'; (4 << 20) + 1]);
        write(dir.path(), "rules/latin.yml", b"AnalysisType: rule # \xe9\n");
        write(dir.path(), "rules/one.yml", RULE.replace("{ID}", "One"));
        write(dir.path(), "rules/r.py", b"x = 1\n# \xff\n");
        let content = load(&[dir.path().to_owned()], &LoadOptions::default(), &no_project).unwrap();
        let found: Vec<_> = content
            .findings()
            .into_iter()
            .map(|f| (f.code, f.line, f.file.file_name().unwrap().to_str().unwrap(), f.item_id.as_deref()))
            .collect();
        assert_eq!(
            found,
            [
                ("C003", 1, "large.yml", None),
                ("C015", 1, "latin.yml", None),
                ("C015", 2, "r.py", Some("One"))
            ]
        );
        assert_eq!(content.selected().filter(|item| item.is_invalid()).count(), 3);
    }

    #[test]
    fn links_are_followed_inside_the_root_only() {
        let dir = repository();
        let other = repository();
        std::os::unix::fs::symlink(dir.path().join("rules/a/one.yml"), dir.path().join("rules/b/zz.yml"))
            .unwrap();
        std::os::unix::fs::symlink(other.path().join("rules/a/one.yml"), dir.path().join("rules/b/out.yml"))
            .unwrap();
        std::os::unix::fs::symlink("../..", dir.path().join("rules/b/loop")).unwrap();
        let content = load(&[dir.path().to_owned()], &LoadOptions::default(), &no_project).unwrap();
        assert_eq!(ids(&content), ["g", "One", "Two"]);
        let codes: Vec<_> = content.findings().into_iter().map(|finding| finding.code).collect();
        assert_eq!(codes, ["C107", "C107"]);
    }
}
