//! What only shows across items: rules that do not exist, and correlation rules that wait for each other.

use std::collections::HashMap;

use crate::check::near_miss;
use crate::codes;
use crate::correlation::{Correlation, CorrelationRule, Step};
use crate::diagnostic::Diagnostic;
use crate::item::{Item, ItemState, Repository};
use crate::report::Report;

/// The types of which a step may name an item.
const SUB_RULE_TYPES: [&str; 3] = ["rule", "scheduled_rule", "correlation_rule"];

/// Checks what the steps of all correlation rules name; a rule with an error becomes invalid.
///
/// When the repository `is_part` of one, rules that are not in it may be elsewhere.
pub(crate) fn check_references(repository: &mut Repository, is_part: bool) {
    let mut findings = Vec::new();
    let mut items: HashMap<&str, &Item> = HashMap::with_capacity(repository.items.len());
    for item in &repository.items {
        items.entry(item.id.as_str()).or_insert(item);
    }
    for item in &repository.items {
        let Some(rule) = item.correlation_rule() else { continue };
        let mut report = Report::new(&item.file);
        report.item_id = Some(item.id.clone());
        for (index, step) in rule.correlation.steps.iter().enumerate() {
            match items.get(step.rule_id.as_str()) {
                Some(named) => check_step(rule, index, named, &mut report),
                None if is_part => {}
                None => report_missing(step, &repository.items, &mut report),
            }
        }
        findings.append(&mut report.findings);
    }
    findings.extend(find_cycles(&repository.items));
    add(findings, repository);
}

/// Warns of steps whose rule cannot be loaded; called when it is known of every item whether it can.
pub(crate) fn check_broken_steps(repository: &mut Repository) {
    let mut items: HashMap<&str, &Item> = HashMap::with_capacity(repository.items.len());
    for item in &repository.items {
        items.entry(item.id.as_str()).or_insert(item);
    }
    let mut findings = Vec::new();
    for item in &repository.items {
        let Some(rule) = item.correlation_rule() else { continue };
        let mut report = Report::new(&item.file);
        report.item_id = Some(item.id.clone());
        for step in &rule.correlation.steps {
            let Some(named) = items.get(step.rule_id.as_str()).filter(|named| named.is_invalid()) else {
                continue;
            };
            let message = format!(
                "the step `{}` looks at `{}`, which cannot be loaded, so the step gets no signals",
                step.id, named.id
            );
            let hint = format!("correct `{}` first", named.file.display());
            report.add_with_hint(&codes::SUB_RULE_BROKEN, step.rule_span, message, Some(hint));
        }
        findings.append(&mut report.findings);
    }
    add(findings, repository);
}

/// Adds findings behind those of the same file, and takes items with an error out of service.
fn add(findings: Vec<Diagnostic>, repository: &mut Repository) {
    for finding in findings {
        if finding.level == crate::Level::Error {
            let is_meant = |item: &&mut Item| item.file == finding.file && item.correlation_rule().is_some();
            if let Some(item) = repository.items.iter_mut().find(is_meant) {
                item.state = ItemState::Invalid { reason: finding.message.clone(), line: finding.line };
            }
        }
        let last = repository.findings.iter().rposition(|other| other.file == finding.file);
        let at = last.map_or(repository.findings.len(), |last| last + 1);
        repository.findings.insert(at, finding);
    }
}

fn is_rule(item: &Item) -> bool {
    SUB_RULE_TYPES.contains(&item.analysis_type.as_str())
}

fn report_missing(step: &Step, items: &[Item], report: &mut Report<'_>) {
    let id = step.rule_id.as_str();
    let known = items.iter().filter(|item| is_rule(item)).map(|item| item.id.as_str());
    let hint = match near_miss(id, known) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "add the rule, or name another one".to_owned(),
    };
    let message = format!("the step `{}` looks at the rule `{id}`, which does not exist", step.id);
    report.add_with_hint(&codes::UNKNOWN_SUB_RULE, step.rule_span, message, Some(hint));
}

fn check_step(rule: &CorrelationRule, index: usize, named: &Item, report: &mut Report<'_>) {
    let step = &rule.correlation.steps[index];
    let id = step.rule_id.as_str();
    // Of what cannot be read nothing is known; `check_broken_steps` speaks of it.
    if !is_rule(named) && !named.analysis_type.is_empty() {
        let message = format!("the step `{}` looks at `{id}`, which is a {}", step.id, named.analysis_type);
        let hint = "name a rule, a scheduled rule or a correlation rule".to_owned();
        report.add_with_hint(&codes::UNKNOWN_SUB_RULE, step.rule_span, message, Some(hint));
    }
    let Some(sub_rule) = named.detection() else { return };
    if rule.detection.enabled && !sub_rule.enabled {
        let message =
            format!("this rule is enabled, but `{id}` is not, so the step `{}` gets no signals", step.id);
        report.add(&codes::SUB_RULE_OFF, step.rule_span, message);
    }
    check_raw_fields(&rule.correlation, index, sub_rule.log_types.len(), report);
}

/// A raw field may be called differently in each log type.
fn check_raw_fields(correlation: &Correlation, index: usize, log_type_count: usize, report: &mut Report<'_>) {
    if log_type_count < 2 {
        return;
    }
    let step = &correlation.steps[index];
    for path in correlation.paths_of(index).into_iter().filter(|path| path.is_raw()) {
        let message = format!(
            "the step `{}` is matched on the raw field `{}`, but `{}` lists {log_type_count} log types",
            step.id,
            path.as_str(),
            step.rule_id
        );
        let hint = "let the rule put the value into its alert context and match on `p_alert_context.…`";
        report.add_with_hint(&codes::RAW_FIELD, step.rule_span, message, Some(hint.to_owned()));
    }
}

/// One finding for each correlation rule that, over others, waits for itself.
fn find_cycles(items: &[Item]) -> Vec<Diagnostic> {
    let rules: HashMap<&str, (&Item, &CorrelationRule)> =
        items.iter().filter_map(|item| Some((item.id.as_str(), (item, item.correlation_rule()?)))).collect();
    let mut findings = Vec::new();
    for item in items {
        let Some(rule) = item.correlation_rule() else { continue };
        let Some(chain) = way_back(item.id.as_str(), rule, &rules) else { continue };
        let Some(step) = rule.correlation.steps.iter().find(|step| step.rule_id.as_str() == chain[0]) else {
            continue;
        };
        let mut report = Report::new(&item.file);
        report.item_id = Some(item.id.clone());
        let chain = chain.iter().map(|id| format!("`{id}`")).collect::<Vec<_>>().join(", which waits for ");
        let message = format!("`{}` waits for {chain}", item.id);
        let hint = Some("take one of the steps out; a correlation rule cannot wait for itself".to_owned());
        report.add_with_hint(&codes::CORRELATION_CYCLE, step.rule_span, message, hint);
        findings.append(&mut report.findings);
    }
    findings
}

/// The correlation rules by which `rule` comes back to itself, from the one that it names to itself;
/// breadth first, each rule once.
fn way_back<'a>(
    id: &str,
    rule: &'a CorrelationRule,
    rules: &HashMap<&'a str, (&'a Item, &'a CorrelationRule)>,
) -> Option<Vec<&'a str>> {
    let mut from: HashMap<&'a str, Option<&'a str>> = HashMap::new();
    let mut open: Vec<&'a str> = Vec::new();
    let mut wait_for = |rule: &'a CorrelationRule, named_by, open: &mut Vec<&'a str>| {
        for step in &rule.correlation.steps {
            let named = step.rule_id.as_str();
            if rules.contains_key(named) && !from.contains_key(named) {
                from.insert(named, named_by);
                open.push(named);
            }
        }
    };
    wait_for(rule, None, &mut open);
    let mut next = 0;
    while let Some(&at) = open.get(next) {
        next += 1;
        if at == id {
            break;
        }
        wait_for(rules[at].1, Some(at), &mut open);
    }
    let mut chain = vec![*from.get_key_value(id)?.0];
    while let Some(Some(before)) = from.get(chain[chain.len() - 1]) {
        chain.push(before);
    }
    chain.reverse();
    Some(chain)
}
