//! What would count after a change: loaded, compared with what counts now, and not yet live.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::path::PathBuf;
use std::sync::Arc;

use api::ContentIssue;
use content::{Diagnostic, ItemState, Level, Repository};
use detect::FilterSettings;
use model::LogType;
use pipeline::WorldContent;
use python_host::{LoadReport, Program};

use super::stored::{Names, Stored, folders_of, is_of_project};
use crate::repository::Directories;

/// Issues that a refusal lists; more are only counted.
const ISSUES_MAX: usize = 200;
/// Errors that stand in nobody's way: a pack does nothing by itself, and the public upload tool sends packs whole
/// while it leaves out some of their items.
const TOLERATED: [&str; 1] = ["C024"];

/// Content that is loaded from directories and what is stored on top of them.
pub(in crate::server) struct Candidate {
    pub(in crate::server) repository: Arc<Repository>,
    pub(in crate::server) program: Arc<Program>,
    pub(in crate::server) world: WorldContent,
    /// The Python file of each item that has one, by id.
    pub(in crate::server) python_files: HashMap<String, PathBuf>,
}

impl Candidate {
    /// Loads everything. Takes a while: to be called where blocking is allowed.
    pub(in crate::server) fn load(
        directories: &Directories,
        stored: &Stored,
        known: &BTreeSet<LogType>,
        filters: FilterSettings,
    ) -> Candidate {
        let repository = directories.load(known, &stored.root());
        Candidate {
            program: Arc::new(Program::from_repository(&repository)),
            world: world(&repository, filters),
            python_files: python_files(&repository),
            repository: Arc::new(repository),
        }
    }
}

fn world(repository: &Repository, filters: FilterSettings) -> WorldContent {
    let detections = repository
        .detections()
        .map(|detection| (detection.id.clone(), Arc::new(detection.clone())))
        .collect();
    WorldContent {
        detections: Arc::new(detections),
        native: Arc::new(detect::NativeRules::from_repository(repository, filters)),
        correlations: Arc::new(repository.correlation_rules().cloned().map(Arc::new).collect()),
    }
}

fn python_files(repository: &Repository) -> HashMap<String, PathBuf> {
    let rules = repository
        .rules()
        .filter_map(|rule| Some((rule.detection.id.to_string(), rule.logic.python()?.path.clone())));
    let data_models = repository
        .data_models()
        .filter_map(|model| Some((model.id.clone(), model.python.as_ref()?.path.clone())));
    rules.chain(data_models).collect()
}

/// What a change touches, and how strictly it is looked at.
pub(super) struct Scope<'a> {
    /// Items that it makes or replaces.
    pub(super) changed: &'a BTreeSet<String>,
    /// Whether the project is among them.
    pub(super) has_project: bool,
    /// Whether items that were sound must stay so; a deletion may break what builds on what is deleted.
    pub(super) keeps_others_sound: bool,
}

impl Scope<'_> {
    /// What stands against the change in what was loaded.
    pub(super) fn issues(&self, before: &Repository, after: &Repository, names: &Names) -> Vec<ContentIssue> {
        let folders = folders_of(self.changed.iter());
        let is_changed = |file: &std::path::Path| {
            file.parent().is_some_and(|folder| folders.contains(folder))
                || (self.has_project && is_of_project(file))
        };
        let is_error =
            |finding: &Diagnostic| finding.level == Level::Error && !TOLERATED.contains(&finding.code);
        let errors = after.findings.iter().filter(|finding| is_error(finding));
        let mut issues: Vec<ContentIssue> =
            errors.filter(|finding| is_changed(&finding.file)).map(|finding| issue(finding, names)).collect();
        if self.keeps_others_sound {
            let broken: HashSet<&str> =
                before.items.iter().filter(|item| item.is_invalid()).map(|item| item.id.as_str()).collect();
            let known: HashSet<&str> = before.items.iter().map(|item| item.id.as_str()).collect();
            for item in after.items.iter().filter(|item| !is_changed(&item.file)) {
                let ItemState::Invalid { reason, line } = &item.state else { continue };
                if known.contains(item.id.as_str()) && !broken.contains(item.id.as_str()) {
                    let message =
                        format!("line {line}: `{}` would break: {}", item.id, names.sentence(reason));
                    issues.push(ContentIssue { path: names.shown(&item.file), message });
                }
            }
        }
        cut(issues)
    }

    /// What stands against the change in what the workers said; `broken` could not run before.
    pub(super) fn setup_issues(
        &self,
        report: &LoadReport,
        broken: &BTreeMap<String, String>,
        candidate: &Candidate,
        names: &Names,
    ) -> Vec<ContentIssue> {
        let mut issues = Vec::new();
        for error in &report.setup_errors {
            let is_changed = self.changed.contains(&error.item_id);
            let item = candidate.repository.items.iter().find(|item| item.id == error.item_id);
            let is_of_project = self.has_project && item.is_some_and(|item| is_of_project(&item.file));
            let is_new = self.keeps_others_sound && !broken.contains_key(&error.item_id);
            if !is_changed && !is_of_project && !is_new {
                continue;
            }
            let file = candidate.python_files.get(&error.item_id).or_else(|| item.map(|item| &item.file));
            let place = error.line.map_or_else(String::new, |line| format!("line {line}: "));
            let message =
                format!("{place}`{}` cannot run: {}: {}", error.item_id, error.error_type, error.message);
            let path = file.map(|file| names.shown(file)).unwrap_or_default();
            issues.push(ContentIssue { path, message: names.sentence(&message) });
        }
        cut(issues)
    }
}

fn issue(finding: &Diagnostic, names: &Names) -> ContentIssue {
    let hint = finding.hint.as_ref().map_or_else(String::new, |hint| format!(" ({hint})"));
    let message = format!("line {}: {}: {}{hint}", finding.line, finding.code, finding.message);
    ContentIssue { path: names.shown(&finding.file), message: names.sentence(&message) }
}

fn cut(mut issues: Vec<ContentIssue>) -> Vec<ContentIssue> {
    if issues.len() > ISSUES_MAX {
        let message = format!("and {} more", issues.len() - ISSUES_MAX);
        issues.truncate(ISSUES_MAX);
        issues.push(ContentIssue { path: String::new(), message });
    }
    issues
}

/// A sentence about issues.
pub(super) fn sentence(issues: &[ContentIssue]) -> String {
    match issues {
        [] => "nothing is wrong".to_owned(),
        [one] => told(one),
        [first, rest @ ..] => format!("{}; and {} more", told(first), rest.len()),
    }
}

fn told(issue: &ContentIssue) -> String {
    if issue.path.is_empty() { issue.message.clone() } else { format!("{}: {}", issue.path, issue.message) }
}
