//! `margay test`: the unit tests of all content, offline, in the workers that production uses.

mod correlation;
mod difference;
mod json;
mod junit;
mod outcome;
mod paint;
mod python_files;
mod run;
mod text;

use std::path::PathBuf;
use std::time::Instant;

use content::{Filter, Item, LoadOptions};

use super::output::{
    Results, complain, complain_of_loose_errors, content_paths, describer, start, use_color,
};
use crate::cli::{Global, TestArgs, TestFormat};
use crate::config::Config;
use crate::failure::Failure;
use crate::repository::python_tests::PythonTest;
use crate::repository::{self, Content};
use crate::server::runtime;
use outcome::{ItemVerdict, Report};
use python_files::PythonTests;

/// Runs the tests and prints what came of them.
pub(crate) fn test(global: &Global, args: &TestArgs) -> Result<(), Failure> {
    let begun = Instant::now();
    let filters = args
        .filter
        .iter()
        .map(|text| Filter::parse(text).map_err(|error| Failure::Usage(error.to_string())))
        .collect::<Result<Vec<_>, _>>()?;
    let config = start(global)?;
    let paths = content_paths(&config, &args.paths)?;
    let content = repository::load(&paths, &LoadOptions::default(), &describer(&config)?)?;
    content.warn_about_context();
    complain_of_loose_errors(&content);
    let items: Vec<&Item> =
        content.selected().filter(|item| filters.iter().all(|filter| filter.keeps(item))).collect();
    let (python_tests, left_out) = python_tests(&content, args);
    let (outcomes, files) = runtime()?.block_on(run::run(global, &config, &content, &items, python_tests))?;
    let report = Report {
        outcomes,
        loose_errors: content.loose_errors(),
        python: PythonTests { files, left_out },
        paths: paths.iter().map(|path| path.display().to_string()).collect(),
        elapsed: begun.elapsed(),
    };
    print(global, args, &report)?;
    // Globals and data models pass every filter, because others need them.
    let is_shared = |item: &&Item| matches!(item.analysis_type.as_str(), "global" | "datamodel");
    let has_items = !report.outcomes.is_empty() && (filters.is_empty() || !items.iter().all(is_shared));
    if !has_items && report.python.files.is_empty() && report.loose_errors.is_empty() {
        complain(&format!("margay: nothing to test in {}", list(&paths, &args.filter)));
        return Err(Failure::Found);
    }
    if report.is_all_passed() { Ok(()) } else { Err(Failure::Found) }
}

/// What a person is told when not everything passed.
pub(super) struct Failures {
    /// The failed tests and the counts.
    pub(super) text: String,
    /// The object of `--format json`.
    pub(super) json: serde_json::Value,
}

/// Runs all tests of content that is loaded already; `None` when none failed. Items of kinds that are not run
/// are no failures.
pub(super) fn failures(
    global: &Global,
    config: &Config,
    content: &Content,
) -> Result<Option<Failures>, Failure> {
    let begun = Instant::now();
    let items: Vec<&Item> = content.selected().collect();
    let (outcomes, files) =
        runtime()?.block_on(run::run(global, config, content, &items, &content.python_tests))?;
    let loose_errors = content.loose_errors();
    let python = PythonTests { files, left_out: None };
    let report = Report { outcomes, loose_errors, python, paths: Vec::new(), elapsed: begun.elapsed() };
    let failed = report.count(ItemVerdict::Failed) + report.count(ItemVerdict::Invalid);
    if failed == 0 && report.python.failures().next().is_none() {
        return Ok(None);
    }
    let style = text::Style { color: use_color(global), shows_everything: false, shows_failures_only: true };
    let json = serde_json::to_value(json::report(&report))
        .map_err(|error| Failure::operation("cannot write the result as JSON", &error))?;
    Ok(Some(Failures { text: text::render(&report, style), json }))
}

/// The Python unit-test files to run, or how many are left out and why.
fn python_tests<'a>(
    content: &'a Content,
    args: &TestArgs,
) -> (&'a [PythonTest], Option<(usize, &'static str)>) {
    let all = &content.python_tests;
    if all.is_empty() {
        (&[], None)
    } else if args.skip_python_tests {
        (&[], Some((all.len(), "--skip-python-tests")))
    } else if !args.filter.is_empty() {
        (&[], Some((all.len(), "--filter")))
    } else {
        (all, None)
    }
}

fn print(global: &Global, args: &TestArgs, report: &Report<'_>) -> Result<(), Failure> {
    let mut results = Results::open();
    match args.format {
        TestFormat::Json => results.json_line(&json::report(report))?,
        TestFormat::Junit => results.text(&junit::render(report))?,
        TestFormat::Text => {
            let style = text::Style {
                color: use_color(global),
                shows_everything: global.verbose > 0,
                shows_failures_only: args.show_failures_only,
            };
            results.text(&text::render(report, style))?;
        }
    }
    results.flush()
}

fn list(paths: &[PathBuf], filters: &[String]) -> String {
    let mut paths = paths.iter().map(|path| format!("`{}`", path.display())).collect::<Vec<_>>().join(", ");
    if !filters.is_empty() {
        paths.push_str(" with ");
        paths.push_str(&filters.join(" and "));
    }
    paths
}
