//! Pypanther projects on the real package, with rules of our own.

mod broken;
mod evaluation;
mod several;
mod unit_tests;

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use content::{DescribedProject, LoadOptions, ProjectFault, PypantherProject, Repository, SourceFile};
use model::{ErrorFinding, FindingKind, MatchFinding};
use python_host::{HostConfig, LoadReport, Program, PythonHost, TestCase, TestRun, describe};
use test_support::pypanther_python;

use crate::support::{self, LOG_TYPE};

/// What every project of these tests begins with.
const IMPORTS: &str = "from pypanther import *\n\n\n";

fn config() -> HostConfig {
    HostConfig { executable: pypanther_python(), ..support::config(1) }
}

fn project(root: &str, files: &[(&str, &str)]) -> Arc<PypantherProject> {
    let file = |&(path, text): &(&str, &str)| SourceFile {
        path: std::path::Path::new(root).join(path),
        text: text.to_owned(),
    };
    Arc::new(PypantherProject::try_new(root.into(), files.iter().map(file).collect()).unwrap())
}

fn describe_files(files: &[(&str, &str)]) -> Result<DescribedProject, ProjectFault> {
    describe(&config(), &project("p", files), &AtomicBool::new(false))
}

/// A rule class with this body, registered; its id is its name.
fn class_py(name: &str, body: &str) -> String {
    let body = body.replace('\n', "\n    ");
    format!(
        "class {name}(Rule):\n    id = '{name}'\n    log_types = ['{LOG_TYPE}']\n    \
         default_severity = Severity.MEDIUM\n    {body}\n\n\nregister({name})\n"
    )
}

/// A `main.py` with the class `R`.
fn rule_py(body: &str) -> String {
    format!("{IMPORTS}{}", class_py("R", body))
}

/// What the projects register, as a repository.
fn repository(config: &HostConfig, projects: &[Arc<PypantherProject>]) -> Repository {
    let mut repository = Repository::default();
    for project in projects {
        let described = describe(config, project, &AtomicBool::new(false)).unwrap();
        repository.add_project(Ok((Arc::clone(project), described)), &LoadOptions::default());
    }
    assert_eq!(repository.findings, [], "the content of a test is sound");
    repository
}

async fn start(files: &[(&str, &str)]) -> (PythonHost, Repository) {
    let (host, repository, report) = start_all(config(), &[project("p", files)]).await;
    assert_eq!(report.setup_errors, []);
    (host, repository)
}

async fn start_all(
    config: HostConfig,
    projects: &[Arc<PypantherProject>],
) -> (PythonHost, Repository, LoadReport) {
    let repository = repository(&config, projects);
    let program = Arc::new(Program::from_repository(&repository));
    let (host, report) = support::start_with(config, program).await;
    (host, repository, report)
}

/// What rules with these bodies find in one event: each row is a class `R00`, `R01`, … of one project.
async fn find_each(bodies: &[&str], json: &str) -> Vec<Option<FindingKind>> {
    let name = |row: usize| format!("R{row:02}");
    let classes: Vec<String> =
        bodies.iter().enumerate().map(|(row, body)| class_py(&name(row), body)).collect();
    let (host, _) = start(&[("main.py", &format!("{IMPORTS}{}", classes.concat()))]).await;
    let mut evaluation = support::evaluate(&host, vec![support::event(0, json)]).await;
    let mut found = Vec::new();
    for row in 0..bodies.len() {
        let is_of_row = |finding: &mut model::Finding| match &finding.kind {
            FindingKind::Match(found) => found.rule_id.as_str() == name(row),
            FindingKind::Error(error) => error.rule_id.as_str() == name(row),
            FindingKind::System(_) => false,
        };
        let mut of_row: Vec<_> = evaluation.findings.extract_if(.., is_of_row).collect();
        assert!(of_row.len() <= 1, "{of_row:?}");
        found.push(of_row.pop().map(|finding| finding.kind));
    }
    assert!(evaluation.findings.is_empty());
    found
}

async fn match_each(bodies: &[&str], json: &str) -> Vec<MatchFinding> {
    let found = find_each(bodies, json).await;
    let only_match = |(kind, body)| match kind {
        Some(FindingKind::Match(found)) => found,
        other => panic!("expected a match, got {other:?} of\n{body}"),
    };
    found.into_iter().zip(bodies).map(only_match).collect()
}

async fn fail_each(bodies: &[&str], json: &str) -> Vec<ErrorFinding> {
    let found = find_each(bodies, json).await;
    let only_error = |(kind, body)| match kind {
        Some(FindingKind::Error(error)) => error,
        other => panic!("expected an error, got {other:?} of\n{body}"),
    };
    found.into_iter().zip(bodies).map(only_error).collect()
}

/// Runs the tests of a rule, as `margay test` does.
async fn run_tests(files: &[(&str, &str)], id: &str) -> TestRun {
    let (host, repository) = start(files).await;
    let rule = repository.rules().find(|rule| rule.detection.id.as_str() == id).unwrap();
    let cases = rule.tests.iter().map(TestCase::from).collect();
    host.run_tests(&rule.detection.id, cases).await.unwrap()
}

fn short() -> HostConfig {
    HostConfig { pypanther_timeout: Duration::from_secs(3), ..config() }
}
