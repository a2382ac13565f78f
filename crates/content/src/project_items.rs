//! From what a pypanther project registers to items like all others, and what is wrong with them.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use model::{Detection, DetectionKind, LogType, RuleId};
use serde_json::{Map, Value, json};

use crate::build::{DEDUP_MINUTES_DEFAULT, DEDUP_MINUTES_MAX, DEDUP_MINUTES_MIN};
use crate::check::ILLEGAL_IN_NAMES;
use crate::codes::{self, Code};
use crate::diagnostic::Diagnostic;
use crate::item::{
    Item, ItemBody, ItemState, LoadOptions, Logic, PypantherRule, Repository, Rule, Scope, UnitTest,
};
use crate::lint::log_types;
use crate::project::{
    CodePlace, DescribedProject, DescribedRule, PROJECT_MAIN, ProjectFault, ProjectOutcome, PypantherProject,
    RuleAttributes,
};
use crate::report::Report;
use crate::simple::InlineFilters;
use crate::yaml::Span;

/// What a project gives.
#[derive(Default)]
pub(crate) struct ProjectItems {
    /// Its rules in order of id, or one invalid item.
    pub(crate) items: Vec<ProjectItem>,
    /// What was found about the project as a whole.
    pub(crate) findings: Vec<Diagnostic>,
}

/// An item of a project.
pub(crate) struct ProjectItem {
    pub(crate) item: Item,
    /// The place of its id, `None` when it has no id.
    pub(crate) id_span: Option<Span>,
    pub(crate) findings: Vec<Diagnostic>,
}

/// Makes items of what a project registers; a project that cannot be loaded becomes one invalid item.
pub(crate) fn read(outcome: ProjectOutcome, options: &LoadOptions) -> ProjectItems {
    match outcome {
        Ok((project, described)) => read_described(&project, described, options),
        Err(fault) => ProjectItems { items: vec![broken(fault)], findings: Vec::new() },
    }
}

fn read_described(
    project: &Arc<PypantherProject>,
    described: DescribedProject,
    options: &LoadOptions,
) -> ProjectItems {
    let DescribedProject { rules, package_version } = described;
    let mut read = ProjectItems::default();
    if rules.is_empty() {
        let main = project.main_file();
        let mut report = Report::new(&main);
        let hint = Some("call `pypanther.register` with rules".to_owned());
        let message = format!("`{PROJECT_MAIN}` registers no rule");
        report.add_with_hint(&codes::PROJECT_EMPTY, Span::START, message, hint);
        read.findings.append(&mut report.findings);
    }
    let version = format!("{}/{}", project.version(), package_version.as_deref().unwrap_or("-"));
    let mut builder = Builder { project, version, options, unknown: BTreeMap::new() };
    read.items = rules.into_iter().map(|rule| builder.item(rule)).collect();
    read.findings.extend(builder.unknown_log_types());
    read
}

fn broken(fault: ProjectFault) -> ProjectItem {
    let ProjectFault { file, line, message, hint } = fault;
    let mut report = Report::new(&file);
    let span = Span { line, column: 1, end_line: line, end_column: 2 };
    report.add_with_hint(&codes::PROJECT_BROKEN, span, message.clone(), hint);
    let findings = report.findings;
    let item = Item {
        id: PROJECT_MAIN.to_owned(),
        analysis_type: String::new(),
        file,
        line,
        fields: Map::new(),
        test_count: 0,
        state: ItemState::Invalid { reason: message, line },
    };
    ProjectItem { item, id_span: None, findings }
}

impl Repository {
    /// Adds the rules of a project behind all other items, in order of id; a project that cannot be
    /// loaded becomes one invalid item. Of two items with one id the first stays ready.
    pub fn add_project(&mut self, outcome: ProjectOutcome, options: &LoadOptions) {
        let ProjectItems { items, findings } = read(outcome, options);
        let mut ids: HashMap<String, (PathBuf, u32)> =
            self.items.iter().map(|item| (item.id.clone(), (item.file.clone(), item.line))).collect();
        for ProjectItem { mut item, id_span, mut findings } in items {
            if let (Some(span), Some((other, line))) = (id_span, ids.get(&item.id)) {
                let message =
                    format!("the id `{}` is already used in `{}`, line {line}", item.id, other.display());
                let class_name = item.fields.get("Class").and_then(Value::as_str).unwrap_or(&item.id);
                let hint = Some(format!("give `{class_name}` another id, or do not register it"));
                let mut report = Report::of_item(item.file.clone(), item.id.clone(), findings);
                report.add_with_hint(&codes::DUPLICATE_ID, span, message.clone(), hint);
                findings = report.findings;
                if !item.is_invalid() {
                    item.state = ItemState::Invalid { reason: message, line: span.line };
                }
            }
            ids.entry(item.id.clone()).or_insert_with(|| (item.file.clone(), item.line));
            self.items.push(item);
            self.findings.append(&mut findings);
        }
        self.findings.extend(findings);
    }
}

struct Builder<'a> {
    project: &'a Arc<PypantherProject>,
    version: String,
    options: &'a LoadOptions,
    /// Log types that do not exist, with the rules of packages that list them: nobody can mend those.
    unknown: BTreeMap<String, Vec<String>>,
}

impl Builder<'_> {
    fn item(&mut self, rule: DescribedRule) -> ProjectItem {
        let DescribedRule { id, class_name, place, attributes } = rule;
        let (file, span) = self.shown_place(&place);
        let mut report = Report::new(&file);
        report.item_id = Some(id.clone());
        check_id(&id, span, &mut report);
        let (fields, test_count, state) = match attributes {
            Ok(attributes) => {
                let fields = fields(&id, &class_name, &attributes);
                let test_count = attributes.tests.len();
                self.check_log_types(&id, &attributes, &place, span, &mut report);
                let rule = self.rule(&id, place, attributes, span, &mut report);
                (fields, test_count, ItemState::Ready(ItemBody::Rule(Box::new(rule))))
            }
            Err(reason) => {
                let message = format!("`{class_name}`: {reason}");
                report.add(&codes::PROJECT_RULE, span, message.clone());
                (Map::new(), 0, ItemState::Invalid { reason: message, line: span.line })
            }
        };
        let state = match report.first_error() {
            Some(error) => ItemState::Invalid { reason: error.message.clone(), line: error.line },
            None => state,
        };
        let findings = std::mem::take(&mut report.findings);
        let analysis_type = "rule".to_owned();
        let item = Item { id, analysis_type, file, line: span.line, fields, test_count, state };
        ProjectItem { item, id_span: Some(span), findings }
    }

    /// The line of a class of the project; for a class of a package the beginning of `main.py`.
    fn shown_place(&self, place: &CodePlace) -> (PathBuf, Span) {
        let text = place.inner_path.as_deref().and_then(|path| self.project.text(path));
        match text {
            Some(text) => (place.file.clone(), line_span(text, place.line)),
            None => (self.project.main_file(), Span::START),
        }
    }

    fn rule(
        &self,
        id: &str,
        place: CodePlace,
        attributes: RuleAttributes,
        span: Span,
        report: &mut Report<'_>,
    ) -> Rule {
        let tests = attributes.tests.into_iter().map(|test| UnitTest {
            // The test itself stays in the project; the worker runs it by its name.
            log: Value::Null,
            mocks: Vec::new(),
            expected_destinations: None,
            file: None,
            line: if test.place.file == place.file { test.place.line } else { place.line },
            name: test.name,
            expected: test.expected_result,
        });
        let tests = tests.collect();
        let log_types = attributes.log_types.iter().map(|name| LogType::from(name.as_str())).collect();
        let detection = Detection {
            id: RuleId::from(id),
            kind: DetectionKind::Rule,
            display_name: non_empty(attributes.display_name),
            enabled: attributes.enabled,
            severity: attributes.default_severity,
            log_types,
            dedup_period: dedup_period(attributes.dedup_period_minutes, span, report),
            threshold: attributes.threshold.clamp(1, u64::from(u32::MAX)),
            create_alert: attributes.create_alert,
            description: non_empty(attributes.default_description),
            reference: non_empty(attributes.default_reference),
            runbook: non_empty(attributes.default_runbook),
            tags: attributes.tags,
            reports: attributes.reports,
            output_ids: attributes.default_destinations,
            summary_attributes: attributes.summary_attributes,
            version: self.version.clone(),
        };
        let logic = Logic::Pypanther(PypantherRule { project: Arc::clone(self.project), file: place.file });
        Rule { detection, logic, filters: InlineFilters::default(), scope: Scope::LogTypes, tests }
    }

    fn check_log_types(
        &mut self,
        id: &str,
        attributes: &RuleAttributes,
        place: &CodePlace,
        span: Span,
        report: &mut Report<'_>,
    ) {
        let Some(known) = &self.options.known_log_types else { return };
        let is_unknown = |name: &&String| !known.contains(name.as_str()) && !log_types::is_known(name);
        for name in attributes.log_types.iter().filter(is_unknown) {
            if place.inner_path.is_some() {
                report.add(&codes::UNKNOWN_LOG_TYPE, span, format!("unknown log type `{name}`"));
            } else {
                self.unknown.entry(name.clone()).or_default().push(id.to_owned());
            }
        }
    }

    /// One warning for each log type that rules of packages list.
    fn unknown_log_types(&self) -> Vec<Diagnostic> {
        let main = self.project.main_file();
        let mut report = Report::new(&main);
        for (name, ids) in &self.unknown {
            let rules = match ids.as_slice() {
                [id] => format!("the rule `{id}` lists it"),
                [id, ..] => format!("{} rules of packages list it, `{id}` first", ids.len()),
                [] => continue,
            };
            let hint = Some("add a schema for it, or do not register these rules".to_owned());
            let message = format!("unknown log type `{name}`: {rules}");
            report.add_with_hint(&codes::UNKNOWN_LOG_TYPE, Span::START, message, hint);
        }
        report.findings
    }
}

fn check_id(id: &str, span: Span, report: &mut Report<'_>) {
    let illegal = id.chars().find(|c| ILLEGAL_IN_NAMES.contains(c));
    let message = match illegal {
        Some(illegal) => format!("`id` must not hold `{illegal}`"),
        None if id.is_empty() => "`id` must not be empty".to_owned(),
        None => return,
    };
    report.add(&codes::ILLEGAL_NAME, span, message);
}

fn dedup_period(minutes: u64, span: Span, report: &mut Report<'_>) -> Duration {
    let (minutes, code): (u64, &'static Code) = match minutes {
        0 => (DEDUP_MINUTES_DEFAULT, &codes::DEDUP_ZERO),
        1..DEDUP_MINUTES_MIN => (DEDUP_MINUTES_MIN, &codes::DEDUP_SHORT),
        minutes => return Duration::from_secs(minutes.min(DEDUP_MINUTES_MAX) * 60),
    };
    report.add(code, span, format!("`dedup_period_minutes` is treated as {minutes}"));
    Duration::from_secs(minutes * 60)
}

/// The attributes under the keys of a YAML rule: what filters look at.
fn fields(id: &str, class_name: &str, attributes: &RuleAttributes) -> Map<String, Value> {
    let RuleAttributes {
        log_types,
        default_severity,
        enabled,
        create_alert,
        dedup_period_minutes,
        threshold,
        display_name,
        default_description,
        default_reference,
        default_runbook,
        default_destinations,
        summary_attributes,
        tags,
        reports,
        tests: _,
    } = attributes;
    let fields = json!({
        "AnalysisType": "rule",
        "RuleID": id,
        "Class": class_name,
        "Enabled": enabled,
        "LogTypes": log_types,
        "Severity": default_severity.as_str(),
        "CreateAlert": create_alert,
        "DedupPeriodMinutes": dedup_period_minutes,
        "Threshold": threshold,
        "DisplayName": display_name,
        "Description": default_description,
        "Reference": default_reference,
        "Runbook": default_runbook,
        "OutputIds": default_destinations,
        "SummaryAttributes": summary_attributes,
        "Tags": tags,
        "Reports": reports,
    });
    match fields {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

/// What is written in a line of a text.
fn line_span(text: &str, line: u32) -> Span {
    let index = usize::try_from(line).ok().and_then(|line| line.checked_sub(1));
    let written = index.and_then(|index| text.lines().nth(index)).unwrap_or_default();
    let count = |text: &str| u32::try_from(text.chars().count()).unwrap_or(u32::MAX - 2);
    let indent = count(written) - count(written.trim_start());
    let end = count(written.trim_end()).max(indent + 1);
    Span { line: line.max(1), column: indent + 1, end_line: line.max(1), end_column: end + 1 }
}

fn non_empty(text: String) -> Option<String> {
    Some(text).filter(|text| !text.is_empty())
}

impl Logic {
    /// Where the code is written: a Python file beside the YAML, or the file of a class.
    pub fn code_file(&self) -> Option<&Path> {
        match self {
            Logic::Python(python) => Some(&python.path),
            Logic::Pypanther(rule) => Some(&rule.file),
            Logic::Simple(_) => None,
        }
    }
}
