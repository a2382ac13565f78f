//! The tables of `cases/`: what is written in YAML, and what comes of events.
//!
//! A table is a text of blocks. A block begins with `# name`, goes on with YAML, and after an empty line has
//! rows `event => outcome`. The outcome of a condition is `true`, `false`, or the class of an error,
//! optionally with a part of its message; that of an alert is what a match says, as JSON.

use content::Rule;
use detect::simple::{FilterSettings, Filters, SimpleRule};
use serde_json::{Map, Value, json as to_json};

use super::{json, sound};

/// One rule and the events that it sees.
pub(super) struct Block {
    pub(super) name: String,
    pub(super) yaml: String,
    /// Events, each with its outcome.
    pub(super) rows: Vec<(String, String)>,
}

pub(super) fn blocks(table: &str) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut in_rows = false;
    for line in table.lines() {
        if let Some(name) = line.strip_prefix("# ") {
            blocks.push(Block { name: name.to_owned(), yaml: String::new(), rows: Vec::new() });
            in_rows = false;
            continue;
        }
        let Some(block) = blocks.last_mut() else { continue };
        if line.trim().is_empty() {
            in_rows |= !block.yaml.is_empty();
        } else if in_rows {
            let (event, outcome) = line.split_once("=>").unwrap_or_else(|| panic!("no row: {line}"));
            block.rows.push((event.trim().to_owned(), outcome.trim().to_owned()));
        } else {
            block.yaml.push_str(line);
            block.yaml.push('\n');
        }
    }
    assert!(blocks.iter().all(|block| !block.rows.is_empty()), "a block has no rows");
    blocks
}

pub(super) fn indented(yaml: &str) -> String {
    yaml.lines().map(|line| format!("  {line}\n")).collect()
}

pub(super) fn rule_of(keys: &str) -> Rule {
    sound(keys).rules().next().unwrap().clone()
}

/// Whether the outcome of an evaluation is the one that is written.
fn fits(found: &Result<bool, String>, expected: &str) -> bool {
    match found {
        Ok(found) => found.to_string() == expected,
        Err(error) => {
            let (class, part) = expected.split_once(": ").unwrap_or((expected, ""));
            error.split_once(": ").is_some_and(|(found, text)| found == class && text.contains(part))
        }
    }
}

/// Runs a table of conditions and gives the number of its rows.
fn check(table: &str, evaluate: impl Fn(&str, &Value) -> Result<bool, String>) -> usize {
    let mut wrong = Vec::new();
    let mut row_count = 0;
    for block in blocks(table) {
        for (event, expected) in &block.rows {
            row_count += 1;
            let found = evaluate(&block.yaml, &json(event));
            if !fits(&found, expected) {
                wrong.push(format!("{}: {event} => {found:?}, expected {expected}", block.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{} rows are wrong:\n{}", wrong.len(), wrong.join("\n"));
    row_count
}

pub(crate) fn detection(yaml: &str, event: &Value) -> Result<bool, String> {
    let rule = rule_of(&format!("Detection:\n{}", indented(yaml)));
    let simple = SimpleRule::compile(&rule.detection.id, rule.logic.simple().unwrap());
    simple.matches(event).map_err(|error| error.to_string())
}

pub(crate) fn filter(yaml: &str, event: &Value, missing_field_passes: bool) -> Result<bool, String> {
    let rule = rule_of(&format!("Filename: r.py\nInlineFilters:\n{}", indented(yaml)));
    let filters = Filters::compile(&rule.filters, FilterSettings { missing_field_passes });
    filters.pass(event).map_err(|error| error.to_string())
}

#[test]
fn every_condition_on_every_kind_of_value() {
    assert!(check(include_str!("cases/conditions.txt"), detection) >= 200);
}

#[test]
fn every_condition_on_addresses() {
    assert!(check(include_str!("cases/addresses.txt"), detection) >= 80);
}

#[test]
fn combinators_and_lists() {
    assert!(check(include_str!("cases/combinators.txt"), detection) >= 50);
}

#[test]
fn every_form_of_a_key() {
    assert!(check(include_str!("cases/keys.txt"), detection) >= 50);
}

#[test]
fn inline_filters() {
    let rows = check(include_str!("cases/filters.txt"), |yaml, event| filter(yaml, event, false));
    assert!(rows >= 80);
}

#[test]
fn inline_filters_that_let_missing_fields_pass() {
    let rows = check(include_str!("cases/filters_missing.txt"), |yaml, event| filter(yaml, event, true));
    assert!(rows >= 15);
}

/// Every condition on values of every kind, judged by Python 3.11 and the reference library.
#[test]
fn what_python_says() {
    let mut wrong = Vec::new();
    let rows = include_str!("cases/python.tsv").lines().filter(|line| !line.starts_with('#'));
    for row in rows {
        let [expected, expression, event] = row.split('\t').collect::<Vec<_>>()[..] else { panic!("{row}") };
        let found = detection(&format!("- {expression}"), &json(event));
        if !fits(&found, expected) {
            wrong.push(format!("{row} gave {found:?}"));
        }
    }
    assert!(wrong.is_empty(), "{} rows are wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn what_matches_say() {
    let mut wrong = Vec::new();
    for block in blocks(include_str!("cases/alerts.txt")) {
        let rule = rule_of(&format!("Detection: [{{Condition: AlwaysTrue}}]\n{}", block.yaml));
        let simple = SimpleRule::compile(&rule.detection.id, rule.logic.simple().unwrap());
        for (event, expected) in &block.rows {
            let found = said(&simple, &json(event));
            // Only what is written is compared.
            let expected: Map<String, Value> = json(expected).as_object().unwrap().clone();
            let differs = expected.iter().any(|(key, value)| found.get(key) != Some(value));
            if differs {
                wrong.push(format!("{}: {event} => {}", block.name, Value::Object(found)));
            }
        }
    }
    assert!(wrong.is_empty(), "{} rows are wrong:\n{}", wrong.len(), wrong.join("\n"));
}

pub(super) fn said(simple: &SimpleRule, event: &Value) -> Map<String, Value> {
    let found = simple.describe(event);
    let said = to_json!({
        "title": found.title,
        "dedup": found.dedup,
        "context": found.alert_context,
        "severity": found.severity.map(|severity| severity.as_str()),
        "warnings": found.warnings.len(),
    });
    said.as_object().unwrap().clone()
}

#[test]
fn long_texts_and_large_contexts_are_cut() {
    let keys = "Detection: [{Condition: AlwaysTrue}]\nAlertTitle: '{a}'\nAlertContext: [{KeyName: a, KeyValue: {Key: a}}]\n";
    let rule = rule_of(keys);
    let simple = SimpleRule::compile(&rule.detection.id, rule.logic.simple().unwrap());
    let found = simple.describe(&to_json!({"a": "ä".repeat(1000)}));
    assert_eq!(found.title.unwrap(), "ä".repeat(1000));
    let found = simple.describe(&to_json!({"a": "ä".repeat(1001)}));
    let cut = format!("{}... (truncated)", "ä".repeat(985));
    assert_eq!((found.title.as_deref(), found.dedup.as_str()), (Some(cut.as_str()), cut.as_str()));
    // `{"a": "…"}` is 9 characters longer than the text, and `ä` is `\u00e4`.
    let fits = "x".repeat(204_800 - 9 - 6) + "ä";
    assert_eq!(simple.describe(&to_json!({"a": fits})).alert_context.unwrap()["a"], fits);
    let context = simple.describe(&to_json!({"a": fits + "x"})).alert_context.unwrap();
    assert_eq!(
        Value::Object(context),
        to_json!({"_error": "alert_context size is [204801] characters, bigger than maximum of [204800] characters"})
    );
    let grouped = rule_of("Detection: [{Condition: AlwaysTrue}]\nGroupBy: [{Key: a}]\n");
    let simple = SimpleRule::compile(&grouped.detection.id, grouped.logic.simple().unwrap());
    assert_eq!(simple.describe(&to_json!({"a": "x".repeat(2000)})).dedup.chars().count(), 1000);
}
