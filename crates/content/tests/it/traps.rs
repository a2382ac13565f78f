//! What authors of content stumble over while it is read; the numbers are those of the other tests called so.

use content::{Repository, Scope};

use crate::{PYTHON, file, load_all, load_one, rule_yaml};

const POLICY: &str = "AnalysisType: policy\nPolicyID: P\nEnabled: true\nFilename: r.py\nSeverity: Low\nTests:\n  \
                      - {Name: t, ExpectedResult: false, Resource: {Name: bucket, p_log_type: none}}\n";

#[test]
fn trap_15_a_policy_is_tested_with_a_resource() {
    let repository = load_one(POLICY);
    assert_eq!(repository.findings, []);
    let test = &repository.rules().next().unwrap().tests[0];
    assert_eq!(test.log.to_string(), r#"{"Name":"bucket","p_log_type":"none"}"#);
    assert!(!test.expected, "what alerts is `false`");
    let nothing = load_one(&POLICY.replace("Resource:", "Resources:"));
    assert!(nothing.items[0].is_invalid(), "a test without a resource tests nothing");
}

fn log_of(text: &str) -> String {
    let tests = format!("Tests:\n  - Name: t\n    ExpectedResult: true\n    Log:\n      {text}\n");
    let repository = load_one(&rule_yaml("R", &tests));
    let rule = repository.rules().next().unwrap_or_else(|| panic!("{text}: {:?}", repository.findings));
    rule.tests[0].log.to_string()
}

#[test]
fn trap_17_words_numbers_times_and_keys_of_yaml_stay_what_they_look_like() {
    // A key `On` and the words of YAML 1.1 are texts, and so is what looks like a time.
    assert_eq!(log_of("On: {On: on, Off: no}"), r#"{"On":{"On":"on","Off":"no"}}"#);
    assert_eq!(log_of("at: 2026-01-02T03:04:05Z"), r#"{"at":"2026-01-02T03:04:05Z"}"#);
    assert_eq!(log_of("day: 2026-01-02"), r#"{"day":"2026-01-02"}"#);
    // An account id loses its leading zero unless it is quoted; `8` and `9` save it.
    assert_eq!(log_of("id: 012345670123"), r#"{"id":12345670123}"#);
    assert_eq!(log_of("id: '012345670123'"), r#"{"id":"012345670123"}"#);
    assert_eq!(log_of("id: 012345678901"), r#"{"id":"012345678901"}"#);
    // `None` is no null, neither as a key nor as a value.
    assert_eq!(log_of("None: None"), r#"{"None":"None"}"#);
    let none = "Detection:\n  - None:\n      - {Key: a, Condition: Exists}\n";
    let repository = load_one(&rule_yaml("R", none).replace("Filename: r.py\n", ""));
    assert_eq!(repository.findings, []);
    assert!(repository.rules().next().unwrap().logic.python().is_none());
}

#[test]
fn trap_17_the_field_after_on_is_read_in_a_correlation_rule() {
    let block = "Sequence: [{RuleID: A}, {RuleID: B}]\n    Transitions:\n      - {From: A, To: B, Match: [{On: p_alert_context.user}]}\n    \
                 Schedule: {RateMinutes: 10, TimeoutMinutes: 5}\n";
    let rules = ["A", "B"].map(|id| file(&format!("rules/{id}.yml"), &rule_yaml(id, "")));
    let yaml = format!(
        "AnalysisType: correlation_rule\nRuleID: C\nEnabled: true\nSeverity: Low\nDetection:\n  - {block}"
    );
    let [a, b] = rules;
    let repository = load_all(&[a, b, file("rules/r.py", PYTHON), file("c.yml", &yaml)]);
    assert_eq!(repository.findings, []);
    let rule = repository.correlation_rules().next().unwrap();
    let content::Arrangement::Sequence(sequence) = &rule.correlation.arrangement else { panic!() };
    let (from, to) = sequence.transitions[0].shared.as_ref().unwrap();
    assert_eq!((from.as_str(), to.as_str()), ("p_alert_context.user", "p_alert_context.user"));
}

/// One item of each other type with the id `Taken`.
const OTHERS: [&str; 6] = [
    "AnalysisType: global\nGlobalID: Taken\nFilename: r.py\n",
    "AnalysisType: datamodel\nDataModelID: Taken\nEnabled: true\nLogTypes: [X]\nMappings: [{Name: n, Path: p}]\n",
    "AnalysisType: policy\nPolicyID: Taken\nEnabled: true\nFilename: r.py\nSeverity: Low\n",
    "AnalysisType: pack\nPackID: Taken\nPackDefinition: {IDs: [Taken]}\n",
    "AnalysisType: saved_query\nQueryName: Taken\nQuery: select 1\n",
    "AnalysisType: lookup_table\nLookupName: Taken\nEnabled: true\nSchema: S\nFilename: x.csv\nLogTypeMap: {PrimaryKey: k}\n",
];

#[test]
fn trap_18_an_id_is_taken_for_every_type() {
    let rule = file("a/rule.yml", &rule_yaml("Taken", ""));
    for other in OTHERS {
        let files =
            [rule.clone(), file("a/r.py", PYTHON), file("b/other.yml", other), file("b/r.py", PYTHON)];
        let repository = load_all(&files);
        assert!(!repository.items[0].is_invalid() && repository.items[1].is_invalid(), "{other}");
        let codes: Vec<&str> = repository.findings.iter().map(|finding| finding.code).collect();
        assert_eq!(codes, ["C011"], "{other}");
        let free = file("b/other.yml", &other.replacen("Taken", "Free", 1));
        let repository = load_all(&[rule.clone(), file("a/r.py", PYTHON), free, file("b/r.py", PYTHON)]);
        assert_eq!(repository.findings, [], "{other}");
    }
}

/// The query of a rule that names `Okta.SystemLog` as one.
const QUERY: &str = "AnalysisType: scheduled_query\nQueryName: Okta.SystemLog\nEnabled: true\nQuery: select 1\n\
                     Schedule: {RateMinutes: 30, TimeoutMinutes: 5}\n";

/// Scope and number of inline filters of the one rule.
fn seen(repository: &Repository) -> (&Scope, usize) {
    assert_eq!(repository.findings, []);
    let rule = repository.rules().next().unwrap();
    (&rule.scope, rule.filters.expressions.len())
}

#[test]
fn trap_20_scheduled_rules_have_no_filters_and_either_key_says_what_is_seen() {
    let filters = "InlineFilters: [{KeyPath: a, Condition: IsNullOrEmpty}]\n";
    let of_events = rule_yaml("R", filters);
    let of_rows = of_events.replace("LogTypes", "ScheduledQueries");
    let scheduled = |yaml: &str| yaml.replace("AnalysisType: rule", "AnalysisType: scheduled_rule");
    for (yaml, is_of_rows, filter_count) in [
        (of_events.clone(), false, 1),
        (of_rows.clone(), true, 1),
        (scheduled(&of_rows), true, 0),
        (scheduled(&of_events), false, 0),
    ] {
        let repository = load_all(&[file("r.yml", &yaml), file("r.py", PYTHON), file("q.yml", QUERY)]);
        let (scope, filters) = seen(&repository);
        assert_eq!(
            (matches!(scope, Scope::ScheduledQueries(_)), filters),
            (is_of_rows, filter_count),
            "{yaml}"
        );
    }
    for (from, to) in [("Filename", "ScheduledQueries: [Q]\nFilename"), ("LogTypes: [Okta.SystemLog]\n", "")]
    {
        for yaml in [of_events.replace(from, to), scheduled(&of_events.replace(from, to))] {
            assert!(load_one(&yaml).items[0].is_invalid(), "exactly one of the two keys: {yaml}");
        }
    }
}
