//! Detections in YAML and inline filters, and events that they are run on.

use std::collections::BTreeMap;

use content::{LoadOptions, SourceFile};
use detect::NativeRules;
use detect::simple::FilterSettings;
use model::{Event, FindingKind};

use crate::repository::{check_finding, check_item};

pub(crate) const WORDS: &[&str] = &[
    "Detection:\n  - ",
    "InlineFilters:\n  - ",
    "{Key: a, Condition: Equals, Value: 1}",
    "{KeyPath: 'a[*].b', Condition: Contains, Value: x}",
    "{DeepKey: [a, 0, b], Condition: Exists}",
    "{Enrichment: {Table: t, Selector: s, FieldPath: a.b}, Condition: IsIn, Values: [1, 2.5]}",
    "{KeyPath: a, Condition: AnyElement, Expressions: [{Key: b, Condition: IsNullOrEmpty}]}",
    "{Condition: IsGreaterThan, Values: [{Key: a}, {Key: b}]}",
    "{All: [",
    "{None: [",
    "{OnlyOne: [",
    "]}",
    "Condition: IsIPAddressInCIDR, Value: 10.0.0.0/8",
    "Condition: IsIPAddressPublic",
    "Condition: IStartsWith, Value: x",
    "Values: [a, b]",
    "AlertTitle: '{a} {b[*].c}'\n",
    "GroupBy: [{Key: a}]\n",
    "AlertContext: [{KeyName: n, KeyValue: {KeyPath: a.b}}]\n",
    "DynamicSeverities: [{ChangeTo: Low, Conditions: [{Condition: AlwaysTrue}]}]\n",
    "Tests:\n  - {Name: t, ExpectedResult: true, Log: {a: [{b: 1}]}}\n",
    "Filename: r.py\n",
    "\n=====\n",
    "{\"a\":[{\"b\":\"x\"},{\"B\":null},1e400,123456789012345678901234567890]}",
    "{\"A\":\"10.1.2.3\",\"b\":\"::ffff:10.0.0.1%x\"}",
    "{\"p_enrichment\":{\"t\":{\"s\":[{\"a\":{\"b\":1}}]}}}",
    "\\ud83d\\ude00",
    "[*]",
    "[-1]",
];

/// What stands between the keys of the rule and the events of an input, one per line.
const SEPARATOR: &str = "\n=====\n";
const HEAD: &str = "AnalysisType: rule\nRuleID: R\nEnabled: true\nLogTypes: [Custom.T]\nSeverity: High\n";
/// Longest texts of matches and errors, in characters.
const TEXT_CHARS_MAX: usize = 1000;
const MESSAGE_CHARS_MAX: usize = 8000;

/// Reads a rule and runs it: a mistake has a place in the file, a sound rule gives a verdict on every event,
/// and what a match or an error says is within its limits.
pub fn simple_detection(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let (keys, events) = text.split_once(SEPARATOR).unwrap_or((&text, "{}"));
    let yaml = format!("{HEAD}{keys}");
    let file = |path: &str, text: &str| SourceFile { path: path.into(), text: text.to_owned() };
    let files = [file("rules/r.yml", &yaml), file("rules/r.py", "def rule(event):\n    return True\n")];
    let repository = content::load(&files, &LoadOptions::default());
    repository.findings.iter().for_each(|finding| check_finding(finding, &yaml));
    repository.items.iter().for_each(|item| check_item(item, &repository));
    let events: Vec<Event> = events.lines().map(event).collect();
    for missing_field_passes in [false, true] {
        let program = NativeRules::from_repository(&repository, FilterSettings { missing_field_passes });
        let evaluation = program.evaluate(&events, &BTreeMap::new());
        evaluation.findings.iter().for_each(|finding| check_kind(&finding.kind));
        let order: Vec<usize> = evaluation.findings.iter().map(|finding| finding.event).collect();
        assert!(order.is_sorted() && order.iter().all(|event| *event < events.len()));
        for rule in repository.rules() {
            for test in &rule.tests {
                let report = program.test(&rule.detection.id, test);
                assert!(report.is_some() || rule.logic.simple().is_none(), "a rule in YAML needs no Python");
                assert!(report.is_none_or(|report| !report.functions.is_empty()));
            }
        }
    }
}

fn event(json: &str) -> Event {
    Event {
        log_type: "Custom.T".into(),
        row_id: "1".into(),
        source_id: "door".into(),
        accepted_at: jiff::Timestamp::UNIX_EPOCH,
        json: json.into(),
    }
}

fn check_kind(kind: &FindingKind) {
    let length = |text: &str| text.chars().count();
    match kind {
        FindingKind::Match(found) => {
            assert!(!found.dedup.is_empty() && length(&found.dedup) <= TEXT_CHARS_MAX);
            assert!(found.title.as_deref().is_none_or(|title| length(title) <= TEXT_CHARS_MAX));
            let context = serde_json::to_string(&found.alert_context).expect("a context is JSON");
            assert!(model::json::parse_json(&context).is_ok(), "a context reads back: {context}");
        }
        FindingKind::Error(error) => {
            assert!(!error.error_type.is_empty() && !error.message.is_empty());
            assert!(length(&error.short_message) <= TEXT_CHARS_MAX);
            assert!(length(&error.message) <= MESSAGE_CHARS_MAX);
        }
        FindingKind::System(_) => panic!("a rule raises no system error"),
    }
}
