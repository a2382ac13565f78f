//! `margay check`: validates content without running it.

use std::collections::{BTreeMap, BTreeSet};

use content::{
    CODES, Code, Diagnostic, Kept, Level, LoadOptions, Override, PythonEnvironment, apply_ignores,
    render_text,
};
use python_host::{HostConfig, Surroundings, surroundings};
use serde::Serialize;
use tracing::warn;

use super::output::{Results, content_paths, describer, start, use_color};
use super::overrides;
use crate::cli::{CheckArgs, Global, PlainFormat};
use crate::config::Config;
use crate::failure::Failure;
use crate::repository::{self, Content};
use crate::server::{python_host_config, schemas};

/// The JSON result.
#[derive(Serialize)]
struct Report {
    items: usize,
    findings: Vec<Diagnostic>,
    overrides: Vec<Override>,
    #[serde(skip)]
    ignored: usize,
}

/// Checks the content and prints what it found.
pub(crate) fn check(global: &Global, args: &CheckArgs) -> Result<(), Failure> {
    if let Some(code) = &args.explain {
        return explain(code);
    }
    let ignored: BTreeSet<&str> = args.ignore.iter().map(|code| ignorable(code)).collect::<Result<_, _>>()?;
    let config = start(global)?;
    let paths = content_paths(&config, &args.paths)?;
    let options = options(&config)?;
    let content = repository::load(&paths, &options, &describer(&config)?)?;
    let findings = content.findings().into_iter().cloned().collect();
    let Kept { mut findings, ignored } = apply_ignores(findings, content.selected_files(), &ignored);
    findings.sort_by(|a, b| (&a.file, a.line, a.column, a.code).cmp(&(&b.file, b.line, b.column, b.code)));
    let overrides = content.overrides().into_iter().cloned().collect();
    let report = Report { items: content.selected().count(), findings, overrides, ignored };
    let mut results = Results::open();
    match args.format {
        PlainFormat::Json => results.json_line(&report)?,
        PlainFormat::Text => {
            write_text(&mut results, &report, &content, use_color(global))?;
            results.text(&without_schema(&content, &options))?;
            results.text(&summary(&report))?;
        }
    }
    results.flush()?;
    if report.items == 0 && report.findings.is_empty() {
        let paths: Vec<String> = paths.iter().map(|path| format!("`{}`", path.display())).collect();
        return Err(Failure::Usage(format!(
            "there is no content at {}; name another path",
            paths.join(", ")
        )));
    }
    let fails = |finding: &Diagnostic| finding.level == Level::Error || args.strict;
    if report.findings.iter().any(fails) { Err(Failure::Found) } else { Ok(()) }
}

/// Everything that is known here: schemas, destinations, the interpreter and its modules.
pub(super) fn options(config: &Config) -> Result<LoadOptions, Failure> {
    let names = |destination: &crate::config::DestinationConfig| {
        [destination.record.display_name.clone(), destination.record.id.to_string()]
    };
    let destinations: BTreeSet<String> = config.destinations.iter().flat_map(names).collect();
    Ok(LoadOptions {
        known_log_types: Some(schemas(config)?.log_types().cloned().collect()),
        lint: true,
        // A configuration without destinations is that of somebody who writes rules, not of a server.
        destinations: Some(destinations).filter(|destinations| !destinations.is_empty()),
        python: python_environment(&python_host_config(config)?),
        ..LoadOptions::default()
    })
}

fn python_environment(config: &HostConfig) -> Option<PythonEnvironment> {
    match surroundings(config) {
        Ok(Surroundings { version, installed, first, last }) => {
            Some(PythonEnvironment { version, installed, first, last, network: config.network })
        }
        Err(error) => {
            warn!("imports are not checked: {error}");
            None
        }
    }
}

fn find_code(code: &str) -> Result<&'static Code, Failure> {
    CODES.iter().find(|known| known.code.eq_ignore_ascii_case(code)).ok_or_else(|| {
        let message = format!("there is no code `{code}`; `docs/checks.md` lists them, C001 to C199");
        Failure::Usage(message)
    })
}

fn ignorable(code: &str) -> Result<&'static str, Failure> {
    let code = find_code(code)?;
    if code.level == Level::Error {
        return Err(Failure::Usage(format!("`{}` is an error, and errors are not ignored", code.code)));
    }
    Ok(code.code)
}

fn explain(code: &str) -> Result<(), Failure> {
    let code = find_code(code)?;
    let mut results = Results::open();
    results.text(code.page)?;
    results.flush()
}

fn write_text(results: &mut Results, report: &Report, content: &Content, color: bool) -> Result<(), Failure> {
    for finding in &report.findings {
        results.text(&render_text(finding, content.text(&finding.file), color))?;
        results.text("\n")?;
    }
    results.text(&overrides::section(&report.overrides))?;
    results.text(&by_code(report))
}

/// Says once which log types no source can deliver, because there is no schema for them; for each rule it
/// would be the same sentence.
fn without_schema(content: &Content, options: &LoadOptions) -> String {
    const NAMED_MAX: usize = 5;
    let Some(known) = &options.known_log_types else { return String::new() };
    let mut names: BTreeSet<&str> = BTreeSet::new();
    for item in content.selected().filter(|item| item.rule().is_some()) {
        let listed = item.fields.get("LogTypes").and_then(|list| list.as_array()).into_iter().flatten();
        names.extend(listed.filter_map(|entry| entry.as_str()).filter(|name| !known.contains(*name)));
    }
    if names.is_empty() {
        return String::new();
    }
    let mut named = names.iter().take(NAMED_MAX).copied().collect::<Vec<_>>().join(", ");
    if names.len() > NAMED_MAX {
        named.push_str(", …");
    }
    let word = if names.len() == 1 { "log type has" } else { "log types have" };
    format!("{} {word} no schema here, so that no source delivers them: {named}\n", names.len())
}

/// A line for each code that was found, the most frequent of the errors first, then the warnings.
fn by_code(report: &Report) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for finding in &report.findings {
        *counts.entry(finding.code).or_default() += 1;
    }
    let mut rows: Vec<(&Code, usize)> =
        CODES.iter().filter_map(|code| Some((code, *counts.get(code.code)?))).collect();
    rows.sort_by_key(|(code, count)| (code.level, std::cmp::Reverse(*count), code.code));
    let width = rows.iter().map(|(_, count)| count.to_string().len()).max().unwrap_or_default();
    let mut text: String = rows
        .iter()
        .map(|(code, count)| format!("{} {count:>width$}  {}\n", code.code, code.summary))
        .collect();
    if let Some((code, _)) = rows.first() {
        text += &format!("What a code means: margay check --explain {}\n\n", code.code);
    }
    text
}

fn summary(report: &Report) -> String {
    let count = |level: Level| report.findings.iter().filter(|finding| finding.level == level).count();
    let plural = |count: usize, word: &str| format!("{count} {word}{}", if count == 1 { "" } else { "s" });
    let ignored = match report.ignored {
        0 => String::new(),
        count => format!(", {} ignored", plural(count, "finding")),
    };
    format!(
        "{} checked: {}, {}{ignored}\n",
        plural(report.items, "item"),
        plural(count(Level::Error), "error"),
        plural(count(Level::Warning), "warning")
    )
}
