//! `margay test`: the unit tests of all content, offline, in the workers that production uses.

mod correlation;
mod json;
mod junit;
mod native;
mod outcome;
mod run;
mod text;

use std::path::PathBuf;
use std::time::Instant;

use content::{Filter, Item, LoadOptions};

use super::output::{Results, complain, content_paths, describer, start, use_color};
use crate::cli::{Global, TestArgs, TestFormat};
use crate::failure::Failure;
use crate::repository;
use crate::server::runtime;
use outcome::Report;

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
    let items: Vec<&Item> =
        content.selected().filter(|item| filters.iter().all(|filter| filter.keeps(item))).collect();
    let outcomes = runtime()?.block_on(run::run(global, &config, &content, &items))?;
    let report = Report {
        outcomes,
        python_test_count: content.python_test_count,
        paths: paths.iter().map(|path| path.display().to_string()).collect(),
        elapsed: begun.elapsed(),
    };
    print(global, args.format, &report)?;
    // Globals and data models pass every filter, because others need them.
    let is_shared = |item: &&Item| matches!(item.analysis_type.as_str(), "global" | "datamodel");
    if report.outcomes.is_empty() || (!filters.is_empty() && items.iter().all(is_shared)) {
        complain(&format!("margay: nothing to test in {}", list(&paths, &args.filter)));
        return Err(Failure::Found);
    }
    if report.is_all_passed() { Ok(()) } else { Err(Failure::Found) }
}

fn print(global: &Global, format: TestFormat, report: &Report<'_>) -> Result<(), Failure> {
    let mut results = Results::open();
    match format {
        TestFormat::Json => results.json_line(&json::report(report))?,
        TestFormat::Junit => results.text(&junit::render(report))?,
        TestFormat::Text => results.text(&text::render(report, use_color(global)))?,
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
