//! What is not saved is checked and tested within all that counts, beside whatever else goes on: nothing is locked,
//! and only so many run at the same time.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use api::{ContentRefusal, ItemText, TextFile, TextFinding, TextTests};
use content::{Diagnostic, Level, LoadOptions, PythonEnvironment, Repository, apply_ignores};
use python_host::{HostConfig, Surroundings, surroundings};
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::timeout;
use tracing::warn;

use super::part::load_for;
use super::stored::{Edit, Stored, yaml_path};
use super::text::{Written, written};
use super::unit_tests::{Tried, try_tests};
use super::{Inner, Shown};

/// Checks that run at the same time.
const CHECKS_MAX: usize = 2;
/// Tests of items that run at the same time, each in a worker of its own.
const TESTS_MAX: usize = 2;
/// How long a check or test waits for those before it.
const WAIT_MAX: Duration = Duration::from_secs(20);
/// Longest time that the tests of one item take together.
const TESTING_MAX: Duration = Duration::from_secs(120);
/// The modules that Python finds are looked for again after this time.
const SURROUNDINGS_KEPT: Duration = Duration::from_secs(60);

/// Who checks and tests what is not saved, and what they found out about Python.
pub(super) struct Trials {
    checks: Semaphore,
    tests: Semaphore,
    surroundings: Mutex<Option<(Instant, Option<PythonEnvironment>)>>,
}

impl Default for Trials {
    fn default() -> Self {
        Trials {
            checks: Semaphore::new(CHECKS_MAX),
            tests: Semaphore::new(TESTS_MAX),
            surroundings: Mutex::default(),
        }
    }
}

async fn room(semaphore: &Semaphore) -> Result<SemaphorePermit<'_>, ContentRefusal> {
    let busy =
        || ContentRefusal::Busy("too many checks and tests run now; try again in some seconds".to_owned());
    timeout(WAIT_MAX, semaphore.acquire()).await.map_err(|_| busy())?.map_err(|_| busy())
}

impl Inner {
    pub(super) async fn check(
        self: &Arc<Self>,
        text: ItemText,
        destinations: BTreeSet<String>,
    ) -> Result<Vec<TextFinding>, ContentRefusal> {
        let _room = room(&self.trials.checks).await?;
        let inner = Arc::clone(self);
        let check = move || {
            let shown = inner.shown.load_full();
            let options = LoadOptions {
                lint: true,
                destinations: Some(destinations).filter(|destinations| !destinations.is_empty()),
                python: inner.python_environment(&shown.python),
                ..inner.options(&shown)
            };
            Trial::load(&inner, &shown, text, &options).findings()
        };
        tokio::task::spawn_blocking(check)
            .await
            .map_err(|panic| ContentRefusal::Failed(format!("the item could not be checked: {panic}")))
    }

    pub(super) async fn test(
        self: &Arc<Self>,
        text: ItemText,
        only: Vec<String>,
    ) -> Result<TextTests, ContentRefusal> {
        let begun = Instant::now();
        let _room = room(&self.trials.tests).await?;
        let (inner, shown) = (Arc::clone(self), self.shown.load_full());
        let load = {
            let shown = Arc::clone(&shown);
            move || {
                let options = inner.options(&shown);
                Trial::load(&inner, &shown, text, &options)
            }
        };
        let trial = tokio::task::spawn_blocking(load)
            .await
            .map_err(|panic| ContentRefusal::Failed(format!("the item could not be loaded: {panic}")))?;
        let errors: Vec<TextFinding> =
            trial.findings().into_iter().filter(|finding| finding.is_error).collect();
        if !errors.is_empty() {
            return Ok(TextTests { findings: errors, results: Vec::new(), elapsed: begun.elapsed() });
        }
        trial.refuse_unknown(&only)?;
        let tests = try_tests(&shown.python, shown.filters, &trial.repository, &trial.id, &only);
        let tried = timeout(TESTING_MAX, tests).await.map_err(|_| {
            let seconds = TESTING_MAX.as_secs();
            ContentRefusal::invalid(format!(
                "the tests took more than {seconds} s and were ended; run fewer at once"
            ))
        })??;
        let (findings, results) = match tried {
            Tried::Ran(results) => (Vec::new(), results),
            Tried::NotLoaded(error) => {
                let message = format!("{}: {}", error.error_type, error.message);
                (vec![setup_finding(error.line.unwrap_or(1), &message)], Vec::new())
            }
        };
        Ok(TextTests { findings, results, elapsed: begun.elapsed() })
    }

    fn options(&self, shown: &Shown) -> LoadOptions {
        let known = self.known(&shown.known);
        LoadOptions { known_log_types: Some(BTreeSet::clone(&known)), ..LoadOptions::default() }
    }

    /// What Python finds; looking takes a while, so that it is done now and then only.
    fn python_environment(&self, config: &HostConfig) -> Option<PythonEnvironment> {
        let mut kept = self.trials.surroundings.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((at, found)) = &*kept
            && at.elapsed() < SURROUNDINGS_KEPT
        {
            return found.clone();
        }
        let found = match surroundings(config) {
            Ok(Surroundings { version, installed, first, last }) => {
                Some(PythonEnvironment { version, installed, first, last, network: config.network })
            }
            Err(error) => {
                warn!("imports are not checked in the editor: {error}");
                None
            }
        };
        *kept = Some((Instant::now(), found.clone()));
        found
    }
}

fn setup_finding(line: u32, message: &str) -> TextFinding {
    TextFinding {
        file: TextFile::Python,
        line,
        column: 1,
        end_line: line,
        end_column: 1,
        code: "load".to_owned(),
        is_error: true,
        message: format!("the code cannot be loaded: {message}"),
        hint: None,
    }
}

/// An item that is not saved, loaded within what counts.
struct Trial {
    id: String,
    yaml: (PathBuf, String),
    python: Option<(PathBuf, String)>,
    repository: Repository,
    /// What loading does not find.
    beside: Vec<TextFinding>,
    stored: Stored,
}

impl Trial {
    fn load(inner: &Inner, shown: &Shown, text: ItemText, options: &LoadOptions) -> Trial {
        let view = inner.view.load();
        let existing = view.find(&text.id).map(|item| &**item);
        let Written { id, text, findings: beside } = written(text, existing);
        let path = yaml_path(&id, &text.path);
        let python = text
            .file
            .as_ref()
            .map(|file| (path.with_file_name(&file.name), String::from_utf8_lossy(&file.data).into_owned()));
        let yaml = (path, text.yaml.clone());
        let edit = Edit { items: vec![(id.clone(), Some(text))], project: None };
        let nobody = model::Actor { id: String::new(), kind: model::ActorKind::System };
        let stored = shown.stored.with(&edit, &nobody);
        let is_own = |finding: &Diagnostic| {
            finding.file == yaml.0 || python.as_ref().is_some_and(|(path, _)| finding.file == *path)
        };
        let code = python.as_ref().map_or("", |(_, code)| code.as_str());
        let repository = load_for(shown, &stored, (&id, &yaml.1, code), options, is_own);
        Trial { id, yaml, python, repository, beside, stored }
    }

    /// What is said of the item, in the order of its files.
    fn findings(&self) -> Vec<TextFinding> {
        let file_of = |finding: &Diagnostic| {
            if finding.file == self.yaml.0 {
                return Some(TextFile::Yaml);
            }
            let is_python = self.python.as_ref().is_some_and(|(path, _)| finding.file == *path);
            is_python.then_some(TextFile::Python)
        };
        let own = self.repository.findings.iter().filter(|finding| file_of(finding).is_some()).cloned();
        let files = std::iter::once(&self.yaml).chain(&self.python);
        let files = files.map(|(path, text)| (path.as_path(), text.as_str()));
        let kept = apply_ignores(own.collect(), files, &BTreeSet::new()).findings;
        let names = self.stored.names();
        let told = |finding: Diagnostic| {
            let file = file_of(&finding)?;
            let Diagnostic { line, column, end_line, end_column, code, level, message, hint, .. } = finding;
            Some(TextFinding {
                file,
                line,
                column,
                end_line,
                end_column,
                code: code.to_owned(),
                is_error: level == Level::Error,
                message: names.sentence(&message),
                hint: hint.map(|hint| names.sentence(&hint)),
            })
        };
        let mut findings: Vec<TextFinding> = kept.into_iter().filter_map(told).collect();
        findings.extend(self.beside.iter().cloned());
        findings
            .sort_by(|a, b| (a.file, a.line, a.column, &a.code).cmp(&(b.file, b.line, b.column, &b.code)));
        findings
    }

    /// Refuses names that no test has.
    fn refuse_unknown(&self, only: &[String]) -> Result<(), ContentRefusal> {
        let item = self.repository.items.iter().find(|item| item.id == self.id);
        let rule = item.and_then(|item| item.rule()).map(|rule| rule.tests.iter().map(|test| &test.name));
        let correlation = item.and_then(|item| item.correlation_rule());
        let correlation = correlation.map(|rule| rule.tests.iter().map(|test| &test.name));
        let names: BTreeSet<&String> =
            rule.into_iter().flatten().chain(correlation.into_iter().flatten()).collect();
        match only.iter().find(|name| !names.contains(name)) {
            None => Ok(()),
            Some(name) => Err(ContentRefusal::invalid(format!("no test `{name}`; name one of `Tests`"))),
        }
    }
}
