//! Runs the tests of every item: in the workers, or natively.

use std::collections::HashMap;
use std::sync::Arc;

use content::{Global as GlobalItem, Item, ItemBody, ItemState, PythonFile, Repository, Rule};
use detect::NativeRules;
use futures_util::future::try_join;
use futures_util::{StreamExt, TryStreamExt, stream};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use model::RuleId;
use python_host::{LoadReport, Program, PythonHost, RuleProgram, SetupError, TestRun};
use stdx::SystemClock;
use tracing::warn;

use super::correlation;
use super::outcome::{ItemOutcome, NotRun, NotRunState, Place, TestResult};
use super::python_files::{self, FileOutcome};
use crate::cli::Global;
use crate::commands::output::offline_host_config;
use crate::config::Config;
use crate::failure::Failure;
use crate::repository::Content;
use crate::repository::python_tests::PythonTest;
use crate::unit_tests;

/// Rules whose tests wait for a worker at the same time.
const WAITING_MAX: usize = 64;

/// Runs the tests of these items and unit-test files; outcomes in their order.
pub(super) async fn run<'a>(
    global: &Global,
    config: &Config,
    content: &Content,
    items: &[&'a Item],
    python_tests: &[PythonTest],
) -> Result<(Vec<ItemOutcome<'a>>, Vec<FileOutcome>), Failure> {
    let needed = needed(content, items);
    let native = NativeRules::from_repository(&needed, config.filters);
    if python_tests.is_empty() && !items.iter().any(|item| needs_python(item)) {
        let mut outcomes = Vec::with_capacity(items.len());
        for item in items {
            outcomes.push(run_item(&native, None, item, &HashMap::new()).await?);
        }
        return Ok((outcomes, Vec::new()));
    }
    let globals = items.iter().filter_map(|item| global_of(item));
    let imports = globals.map(|global| RuleProgram::importing(&global.id)).collect();
    let program = Arc::new(Program::from_repository(&needed).with_rules(imports));
    let host_config = offline_host_config(config, program.rules().len() + python_tests.len())?;
    let (host, loaded) = PythonHost::start(host_config, program, Arc::new(SystemClock))
        .await
        .map_err(|error| Failure::operation("cannot run tests", &error))?;
    let broken = broken_items(&loaded, content);
    let bar = progress(global, items.len() + python_tests.len());
    let items = stream::iter(items.iter().copied())
        .map(|item| run_item(&native, Some(&host), item, &broken))
        .buffered(WAITING_MAX)
        .inspect(|_| bar.inc(1))
        .try_collect();
    // The files come first: one of them may take longer than all items together.
    let outcomes = try_join(python_files::run(&host, content, python_tests, &bar), items).await;
    bar.finish_and_clear();
    host.shutdown().await;
    outcomes.map(|(files, items)| (items, files))
}

fn needs_python(item: &Item) -> bool {
    match &item.state {
        ItemState::Ready(ItemBody::Rule(rule)) => rule.logic.simple().is_none(),
        ItemState::Ready(ItemBody::DataModel(_) | ItemBody::Global(_)) => true,
        _ => false,
    }
}

/// The program of these items: their rules, and all globals and data models.
fn needed(content: &Content, items: &[&Item]) -> Repository {
    let shared =
        content.repository.items.iter().filter(|item| {
            matches!(item.state, ItemState::Ready(ItemBody::Global(_) | ItemBody::DataModel(_)))
        });
    let rules = items.iter().copied().filter(|item| item.rule().is_some());
    Repository { items: shared.chain(rules).cloned().collect(), ..Repository::default() }
}

/// Items that the workers could not load when they started; those that were not asked for are named in
/// the log.
fn broken_items<'a>(loaded: &'a LoadReport, content: &Content) -> HashMap<&'a str, &'a SetupError> {
    for error in &loaded.setup_errors {
        let item = content.repository.items.iter().find(|item| item.id == error.item_id);
        if let Some(item) = item.filter(|item| !content.is_selected(item)) {
            warn!("{}: `{}` cannot be loaded: {}", item.file.display(), item.id, sentence(error));
        }
    }
    loaded.setup_errors.iter().map(|error| (error.item_id.as_str(), error)).collect()
}

async fn run_item<'a>(
    native: &NativeRules,
    host: Option<&PythonHost>,
    item: &'a Item,
    broken: &HashMap<&str, &SetupError>,
) -> Result<ItemOutcome<'a>, Failure> {
    if let Some(rule) = item.rule() {
        let run = unit_tests::run_tests(native, host, rule)
            .await
            .map_err(|error| Failure::operation("cannot run tests", &error))?;
        return Ok(with_tests(item, rule, run));
    }
    let (Some(global), Some(host)) = (global_of(item), host) else { return Ok(without_worker(item, broken)) };
    let run = host
        .run_tests(&RuleId::from(global.id.as_str()), Vec::new())
        .await
        .map_err(|error| Failure::operation("cannot run tests", &error))?;
    let not_run = run.setup_error.map(|error| not_loadable(item, Some(&global.python), &error));
    Ok(ItemOutcome { item, not_run, tests: Vec::new() })
}

fn global_of(item: &Item) -> Option<&GlobalItem> {
    match &item.state {
        ItemState::Ready(ItemBody::Global(global)) => Some(global),
        _ => None,
    }
}

fn not_loadable(item: &Item, python: Option<&PythonFile>, error: &SetupError) -> NotRun {
    NotRun {
        state: NotRunState::Invalid,
        reason: sentence(error),
        place: match (error.line, python) {
            (Some(line), Some(python)) => Place { file: python.path.clone(), line },
            _ => place_of(item),
        },
    }
}

fn with_tests<'a>(item: &'a Item, rule: &Rule, run: TestRun) -> ItemOutcome<'a> {
    let TestRun { setup_error, outcomes } = run;
    let code_file = rule.logic.code_file().unwrap_or(&item.file);
    let python_place = |line| Place { file: code_file.to_owned(), line };
    // The tests of a class stand beside it.
    let test_file = if rule.logic.python().is_some() { &item.file } else { code_file };
    let not_run = setup_error.map(|error| NotRun {
        state: NotRunState::Invalid,
        reason: sentence(&error),
        place: error.line.map_or_else(|| place_of(item), python_place),
    });
    let tests = outcomes
        .into_iter()
        .enumerate()
        .map(|(index, outcome)| {
            let test = rule.tests.get(index);
            let of_test = || Place {
                file: test.and_then(|test| test.file.as_deref()).unwrap_or(test_file).to_owned(),
                line: test.map_or(item.line, |test| test.line),
            };
            let place = outcome.line.map_or_else(of_test, python_place);
            TestResult { outcome, place }
        })
        .collect();
    ItemOutcome { item, not_run, tests }
}

/// The outcome of an item that needs no worker.
fn without_worker<'a>(item: &'a Item, broken: &HashMap<&str, &SetupError>) -> ItemOutcome<'a> {
    match item.correlation_rule() {
        Some(rule) => correlation::outcome(item, rule),
        None => without_code(item, broken),
    }
}

/// The outcome of an item that runs no tests.
fn without_code<'a>(item: &'a Item, broken: &HashMap<&str, &SetupError>) -> ItemOutcome<'a> {
    let not_run = match &item.state {
        ItemState::Invalid { reason, line } => Some(NotRun {
            state: NotRunState::Invalid,
            reason: reason.clone(),
            place: Place { file: item.file.clone(), line: *line },
        }),
        ItemState::NotBuilt { reason } if item.test_count > 0 => {
            Some(NotRun { state: NotRunState::Skipped, reason: reason.clone(), place: place_of(item) })
        }
        ItemState::Ready(ItemBody::DataModel(data_model)) => {
            let python = data_model.python.as_ref();
            broken.get(item.id.as_str()).map(|error| not_loadable(item, python, error))
        }
        _ => None,
    };
    ItemOutcome { item, not_run, tests: Vec::new() }
}

fn place_of(item: &Item) -> Place {
    Place { file: item.file.clone(), line: item.line }
}

fn sentence(error: &SetupError) -> String {
    format!("{}: {}", error.error_type, error.message)
}

/// A bar on stderr, when that is a terminal and may be spoken to.
fn progress(global: &Global, length: usize) -> ProgressBar {
    let target = if global.quiet { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
    let length = u64::try_from(length).unwrap_or(u64::MAX);
    let style = ProgressStyle::with_template("testing {bar:40} {pos}/{len}, {elapsed}")
        .expect("the template is a constant that parses");
    ProgressBar::with_draw_target(Some(length), target).with_style(style)
}
