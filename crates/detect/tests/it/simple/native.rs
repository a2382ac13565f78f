//! Whole repositories: which rules look at which events, what is kept from Python, unit tests.

use std::collections::BTreeMap;
use std::path::PathBuf;

use content::{LoadOptions, Repository, SourceFile, load};
use detect::simple::{FilterSettings, TestReport};
use detect::{NativeEvaluation, NativeRules};
use model::{Event, FindingKind, RuleId};

use super::sound;

/// A repository of rules, each with its id, log type and further keys.
fn repository(rules: &[(&str, &str, &str)]) -> Repository {
    let file = |path: String, text: String| SourceFile { path: PathBuf::from(path), text };
    let mut files = vec![file("rules/r.py".to_owned(), "def rule(event):\n    return True\n".to_owned())];
    for (id, log_types, keys) in rules {
        let yaml = format!(
            "AnalysisType: rule\nRuleID: {id}\nEnabled: true\nLogTypes: {log_types}\nSeverity: High\n{keys}\n"
        );
        files.push(file(format!("rules/{id}.yml"), yaml));
    }
    let repository = load(&files, &LoadOptions::default());
    assert!(repository.items.iter().all(|item| !item.is_invalid()), "{:#?}", repository.findings);
    repository
}

fn program(rules: &[(&str, &str, &str)]) -> NativeRules {
    NativeRules::from_repository(&repository(rules), FilterSettings::default())
}

fn event(log_type: &str, json: &str) -> Event {
    Event {
        log_type: log_type.into(),
        row_id: "1".into(),
        source_id: "s".into(),
        accepted_at: jiff::Timestamp::UNIX_EPOCH,
        json: json.into(),
    }
}

/// What was found: event, rule, and `match` or the error.
fn found(evaluation: &NativeEvaluation) -> Vec<(usize, &str, String)> {
    let word = |kind: &FindingKind| match kind {
        FindingKind::Match(found) => format!("match {}", found.dedup),
        FindingKind::Error(error) => format!("{} {}", error.error_type, error.message),
        FindingKind::System(_) => "system".to_owned(),
    };
    evaluation.findings.iter().map(|one| (one.event, one.rule_id.as_str(), word(&one.kind))).collect()
}

fn skipped(evaluation: &NativeEvaluation) -> Vec<(usize, Vec<&str>)> {
    evaluation
        .skipped
        .iter()
        .map(|(event, rules)| (*event, rules.iter().map(RuleId::as_str).collect()))
        .collect()
}

const IS_ONE: &str = "Detection: [{Key: a, Condition: Equals, Value: 1}]\nAlertTitle: '{a}'";
const ABOVE_ONE: &str = "Detection: [{Key: a, Condition: IsGreaterThan, Value: 1}]";
const PYTHON_WITH_FILTER: &str =
    "Filename: r.py\nInlineFilters: [{KeyPath: a, Condition: IsLessThan, Value: 5}]";

#[test]
fn rules_see_the_events_of_their_log_types_in_the_order_of_ids() {
    let program = program(&[
        ("B", "[Custom.T, Custom.U]", ABOVE_ONE),
        ("A", "[Custom.T]", IS_ONE),
        ("P", "[Custom.T]", "Filename: r.py"),
    ]);
    assert_eq!(program.simple_rule_count(), 2);
    assert!(program.looks_at(&"Custom.U".into()) && !program.looks_at(&"Custom.V".into()));
    let events = [
        event("Custom.T", r#"{"a": 1}"#),
        event("Custom.U", r#"{"a": 1}"#),
        event("Custom.V", r#"{"a": 1}"#),
        event("Custom.T", r#"{"a": "x"}"#),
        event("Custom.U", r#"{"a": 2}"#),
    ];
    let evaluation = program.evaluate(&events, &BTreeMap::new());
    let types = "TypeError `IsGreaterThan` of `a`: '>' not supported between instances of 'str' and 'int' \
                 (the value is 'x', compared with 1)";
    assert_eq!(
        found(&evaluation),
        [
            (0, "A", "match 1".to_owned()),
            (3, "B", types.to_owned()),
            (4, "B", "match defaultDedupString:B".to_owned()),
        ]
    );
    assert!(evaluation.skipped.is_empty());
}

#[test]
fn switches_of_operators_win_over_the_content() {
    let program = program(&[("A", "[Custom.T]", IS_ONE), ("P", "[Custom.T]", PYTHON_WITH_FILTER)]);
    let events = [event("Custom.T", r#"{"a": 1}"#), event("Custom.T", r#"{"a": 6}"#)];
    let switches = |on: bool| BTreeMap::from([("A".into(), on), ("P".into(), on)]);
    let evaluation = program.evaluate(&events, &switches(false));
    assert!(evaluation.findings.is_empty() && evaluation.skipped.is_empty());
    let evaluation = program.evaluate(&events, &switches(true));
    assert_eq!((evaluation.findings.len(), skipped(&evaluation)), (1, vec![(1, vec!["P"])]));
}

#[test]
fn filters_keep_events_from_python_and_from_rules_in_yaml() {
    let filtered = format!("{IS_ONE}\nInlineFilters: [{{KeyPath: b, Condition: Equals, Value: x}}]");
    let program = program(&[
        ("P", "[Custom.T]", PYTHON_WITH_FILTER),
        ("Q", "[Custom.T]", "Filename: r.py\nInlineFilters: [{All: []}]"),
        ("S", "[Custom.T]", &filtered),
    ]);
    let events = [
        event("Custom.T", r#"{"a": 1, "b": "x"}"#),
        event("Custom.T", r#"{"a": 1, "b": "y"}"#),
        event("Custom.T", r#"{"a": 7, "b": "x"}"#),
        event("Custom.T", r#"{"a": "7"}"#),
        event("Custom.T", r#"{"a""#),
    ];
    let evaluation = program.evaluate(&events, &BTreeMap::new());
    assert_eq!(skipped(&evaluation), [(2, vec!["P"]), (3, vec!["P"]), (4, vec!["P"])]);
    let found = found(&evaluation);
    assert_eq!((found[0].0, found[0].1), (0, "S"));
    assert_eq!((found[1].0, found[1].1), (3, "P"));
    assert!(
        found[1].2.starts_with("TypeError inline filter: `IsLessThan` of `a`: '<' not supported"),
        "{found:?}"
    );
    assert_eq!((found[2].0, found[2].1, found[3].1), (4, "P", "S"));
    assert!(found[2].2.starts_with("ValueError the event cannot be read as JSON"), "{found:?}");
    assert_eq!(found.len(), 4);
}

#[test]
fn missing_fields_pass_when_asked_for() {
    let repository = repository(&[("P", "[Custom.T]", PYTHON_WITH_FILTER)]);
    let events = [event("Custom.T", "{}")];
    let skip_count = |missing_field_passes| {
        let settings = FilterSettings { missing_field_passes };
        let program = NativeRules::from_repository(&repository, settings);
        program.evaluate(&events, &BTreeMap::new()).skipped.len()
    };
    assert_eq!((skip_count(false), skip_count(true)), (1, 0));
}

#[test]
fn errors_are_told_as_python_tells_them() {
    let program = program(&[("A", "[Custom.T]", ABOVE_ONE)]);
    let evaluation = program.evaluate(&[event("Custom.T", r#"{"a": {"it's": 1}}"#)], &BTreeMap::new());
    let FindingKind::Error(error) = &evaluation.findings[0].kind else { panic!() };
    assert_eq!(error.error_type, "TypeError");
    assert!(error.short_message.starts_with("TypeError('`IsGreaterThan` of `a`:"), "{}", error.short_message);
    let long = format!(r#"{{"a": "{}"}}"#, "x".repeat(100_000));
    let evaluation = program.evaluate(&[event("Custom.T", &long)], &BTreeMap::new());
    let FindingKind::Error(error) = &evaluation.findings[0].kind else { panic!() };
    assert!(error.message.chars().count() < 400 && error.message.contains('…'), "{}", error.message);
}

/// The report of the first unit test of a rule.
fn report(keys: &str) -> Option<TestReport> {
    let repository = sound(keys);
    let program = NativeRules::from_repository(&repository, FilterSettings::default());
    let rule = repository.rules().next().unwrap();
    program.test(&rule.detection.id, &rule.tests[0])
}

fn test_of(keys: &str, test: &str) -> TestReport {
    report(&format!("{keys}\nTests:\n  - {{Name: t, {test}}}")).unwrap()
}

/// `name=output` or `name!error` of each function.
fn functions(report: &TestReport) -> Vec<String> {
    let show = |one: &detect::simple::FunctionReport| match (&one.output, &one.error) {
        (Some(output), None) => format!("{}={output}", one.name),
        (None, Some(error)) => format!("{}!{error}", one.name),
        _ => panic!("{one:?}"),
    };
    report.functions.iter().map(show).collect()
}

const ALL_KEYS: &str = "\
Detection: [{Key: a, Condition: Equals, Value: 1}]
AlertTitle: 'a is {a}'
AlertContext: [{KeyName: a, KeyValue: {Key: a}}]
DynamicSeverities: [{ChangeTo: Low, Conditions: [{Key: b, Condition: IsGreaterThan, Value: 1}]}]";

#[test]
fn unit_tests_show_every_function() {
    let report = test_of(ALL_KEYS, "ExpectedResult: true, Log: {a: 1, b: 2}");
    assert_eq!(report.failure, None);
    let expected = ["rule=true", "title=a is 1", "severity=LOW", "dedup=a is 1", r#"alert_context={"a":1}"#];
    assert_eq!(functions(&report), expected);
    // They also run when the rule does not match.
    let report = test_of(ALL_KEYS, "ExpectedResult: false, Log: {a: 2, b: 0}");
    assert_eq!(report.failure, None);
    let expected =
        ["rule=false", "title=a is 2", "severity=HIGH", "dedup=a is 2", r#"alert_context={"a":2}"#];
    assert_eq!(functions(&report), expected);
    // Rules that create no alert show what a signal has.
    let signal = format!("{ALL_KEYS}\nCreateAlert: false");
    let report = test_of(&signal, "ExpectedResult: true, Log: {a: 1}");
    assert_eq!(functions(&report), ["rule=true", r#"alert_context={"a":1}"#]);
}

#[test]
fn unit_tests_say_why_they_fail() {
    let failure = |test: &str| test_of(ALL_KEYS, test).failure;
    let expected = Some("[rule] returned false, expected true".to_owned());
    assert_eq!(failure("ExpectedResult: true, Log: {a: 2}"), expected);
    let expected = Some("[rule] returned true, expected false".to_owned());
    assert_eq!(failure("ExpectedResult: false, Log: {a: 1}"), expected);
    let severity = failure("ExpectedResult: true, Log: {a: 1, b: x}").unwrap();
    assert!(severity.starts_with("[severity] TypeError: `IsGreaterThan` of `b`"), "{severity}");
    let both = failure("ExpectedResult: true, Log: {a: 1, b: x}, ExpectedDestinations: [x]").unwrap();
    let lines: Vec<&str> = both.lines().collect();
    assert_eq!(lines, [severity.as_str(), "[destinations] returned null, expected [\"x\"]"]);
    // What nobody will be told may fail.
    assert_eq!(failure("ExpectedResult: false, Log: {a: 2, b: x}"), None);
    let mocks =
        failure("ExpectedResult: true, Log: {a: 1}, Mocks: [{objectName: x, returnValue: y}]").unwrap();
    assert!(mocks.starts_with("[mocks] a detection in YAML has no Python names"), "{mocks}");
    let expected = Some("[destinations] returned null, expected [\"x\"]".to_owned());
    assert_eq!(failure("ExpectedResult: true, Log: {a: 1}, ExpectedDestinations: [x]"), expected);
    assert_eq!(failure("ExpectedResult: false, Log: {a: 2}, ExpectedDestinations: [x]"), None);
    let error =
        test_of("Detection: [{Key: a, Condition: Contains, Value: x}]", "ExpectedResult: false, Log: {a: 2}");
    assert!(error.failure.as_ref().unwrap().starts_with("[rule] TypeError: `Contains` of `a`"), "{error:?}");
    assert!(functions(&error)[0].starts_with("rule!TypeError: "), "{error:?}");
}

#[test]
fn unit_tests_honour_filters() {
    let test = |expected: bool, log: &str| {
        report(&format!(
            "{PYTHON_WITH_FILTER}\nTests:\n  - {{Name: t, ExpectedResult: {expected}, Log: {log}}}"
        ))
    };
    assert_eq!(test(true, "{a: 1}"), None, "the rest is for Python");
    let report = test(false, "{a: 6}").unwrap();
    assert_eq!((report.failure.as_deref(), functions(&report)), (None, vec!["rule=false".to_owned()]));
    let failure = test(true, "{a: 6}").unwrap().failure.unwrap();
    assert!(failure.contains("does not pass the inline filters"), "{failure}");
    for expected in [true, false] {
        let failure = test(expected, "{a: x}").unwrap().failure.unwrap();
        assert!(failure.starts_with("[rule] TypeError: inline filter: `IsLessThan` of `a`"), "{failure}");
    }
    let simple = format!("{IS_ONE}\nInlineFilters: [{{KeyPath: b, Condition: Equals, Value: x}}]");
    assert_eq!(functions(&test_of(&simple, "ExpectedResult: false, Log: {a: 1}")), ["rule=false"]);
    assert_eq!(test_of(&simple, "ExpectedResult: true, Log: {a: 1, b: x}").failure, None);
}
