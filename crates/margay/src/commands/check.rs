//! `margay check`: validates content without running it.

use content::{Diagnostic, Level, render_text};
use serde::Serialize;

use super::output::{Results, content_paths, describer, start, use_color};
use crate::cli::{CheckArgs, Global, PlainFormat};
use crate::failure::Failure;
use crate::repository::{self, Content};
use crate::server::schemas;

/// The JSON result.
#[derive(Serialize)]
struct Report<'a> {
    items: usize,
    findings: Vec<&'a Diagnostic>,
}

/// Checks the content and prints what it found.
pub(crate) fn check(global: &Global, args: &CheckArgs) -> Result<(), Failure> {
    let config = start(global)?;
    let paths = content_paths(&config, &args.paths)?;
    let known = schemas(&config)?.log_types().cloned().collect();
    let content = repository::load(&paths, Some(known), &describer(&config)?)?;
    let report = Report { items: content.selected().count(), findings: content.findings() };
    let mut results = Results::open();
    match args.format {
        PlainFormat::Json => results.json_line(&report)?,
        PlainFormat::Text => write_text(&mut results, &report, &content, use_color(global))?,
    }
    results.flush()?;
    if report.items == 0 && report.findings.is_empty() {
        let paths: Vec<String> = paths.iter().map(|path| format!("`{}`", path.display())).collect();
        return Err(Failure::Usage(format!(
            "there is no content at {}; name another path",
            paths.join(", ")
        )));
    }
    let fails = |finding: &&Diagnostic| finding.level == Level::Error || args.strict;
    if report.findings.iter().any(fails) { Err(Failure::Found) } else { Ok(()) }
}

fn write_text(
    results: &mut Results,
    report: &Report<'_>,
    content: &Content,
    color: bool,
) -> Result<(), Failure> {
    for finding in &report.findings {
        results.text(&render_text(finding, content.text(&finding.file), color))?;
        results.text("\n")?;
    }
    results.text(&summary(report))
}

fn summary(report: &Report<'_>) -> String {
    let count = |level: Level| report.findings.iter().filter(|finding| finding.level == level).count();
    let plural = |count: usize, word: &str| format!("{count} {word}{}", if count == 1 { "" } else { "s" });
    format!(
        "{} checked: {}, {}\n",
        plural(report.items, "item"),
        plural(count(Level::Error), "error"),
        plural(count(Level::Warning), "warning")
    )
}
