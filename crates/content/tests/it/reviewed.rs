//! Findings that were once missing: overrides, broken steps, idle keys of Python rules, queries.

use std::collections::BTreeSet;

use content::{ItemState, LoadOptions, Repository, Root, SourceFile, load, load_roots};

use crate::{PYTHON, file, load_all, load_one, rule_yaml};

fn codes(repository: &Repository) -> Vec<(&'static str, u32)> {
    repository.findings.iter().map(|finding| (finding.code, finding.line)).collect()
}

fn linted() -> LoadOptions {
    LoadOptions {
        lint: true,
        destinations: Some(BTreeSet::from(["dev-general".to_owned()])),
        ..LoadOptions::default()
    }
}

fn with_overrides(text: &str, options: &LoadOptions) -> Repository {
    let vendor = [file("vendor/rules/r.yml", &rule_yaml("R", "")), file("vendor/rules/r.py", PYTHON)];
    let overrides = file("ours/overrides.yml", text);
    let roots = vec![
        Root { files: &vendor, overrides: None, projects: Vec::new() },
        Root { files: &[], overrides: Some(&overrides), projects: Vec::new() },
    ];
    load_roots(roots, options)
}

fn of_overrides(repository: &Repository) -> Vec<(&'static str, u32, u32)> {
    let found = repository.findings.iter().filter(|finding| finding.file.ends_with("overrides.yml"));
    found.map(|finding| (finding.code, finding.line, finding.column)).collect()
}

#[test]
fn values_of_overrides_are_checked_as_those_of_items() {
    let text = "- id: R\n  threshold: 0\n  output_ids: [dev-general, dev-genral]\n";
    let repository = with_overrides(text, &linted());
    // The threshold is that of the item already.
    assert_eq!(of_overrides(&repository)[..2], [("C114", 2, 14), ("C113", 3, 29)]);
    assert_eq!(
        repository.findings.iter().find(|f| f.code == "C113").unwrap().hint.as_deref(),
        Some("did you mean `dev-general`?")
    );
    let silent = with_overrides(text, &LoadOptions::default());
    assert!(of_overrides(&silent).iter().all(|(code, _, _)| !matches!(*code, "C113" | "C114")));
    let sound = with_overrides("- { id: R, threshold: 2, output_ids: [dev-general] }\n", &linted());
    assert_eq!(of_overrides(&sound), []);
}

#[test]
fn errors_without_an_item_are_loose() {
    for (text, count) in [
        ("- { id: R, severity: Loud }\n", 1),
        ("- { id: S, severity: High }\n", 1),
        ("- { id: R\n", 1),
        ("id: R\n", 1),
        ("- { id: R, severity: Info }\n", 0),
    ] {
        let repository = with_overrides(text, &LoadOptions::default());
        assert_eq!(repository.loose_errors().count(), count, "{text}: {:?}", repository.findings);
    }
    // A file of this name elsewhere is an item.
    assert_eq!(load_all(&[file("rules/overrides.yml", "- {")]).loose_errors().count(), 0);
    assert_eq!(load_one(&rule_yaml("R", "Tresh: 1\n")).loose_errors().count(), 0, "the item says it");
}

const CORRELATION: &str = "AnalysisType: correlation_rule\nRuleID: C\nEnabled: true\nSeverity: Low\nDetection:\n  - Group:\n      \
    - { ID: a, RuleID: A }\n      - { ID: b, RuleID: B }\n    LookbackWindowMinutes: 90\n    \
    Schedule: { RateMinutes: 60, TimeoutMinutes: 5 }\n";

#[test]
fn a_step_whose_rule_cannot_be_loaded_is_named() {
    let files = |extra: &str, python: &str| -> Vec<SourceFile> {
        vec![
            file("c.yml", CORRELATION),
            file("a.yml", &rule_yaml("A", "")),
            file("b.yml", &rule_yaml("B", extra).replace("r.py", "b.py")),
            file("r.py", PYTHON),
            file("b.py", python),
        ]
    };
    let found = |files: &[SourceFile]| {
        let found = load_all(files).findings;
        found
            .iter()
            .filter(|f| f.file.ends_with("c.yml"))
            .map(|f| (f.code, f.line, f.message.clone()))
            .collect::<Vec<_>>()
    };
    assert_eq!(found(&files("", PYTHON)), []);
    let message = "the step `b` looks at `B`, which cannot be loaded, so the step gets no signals".to_owned();
    assert_eq!(found(&files("Treshold: 1\n", PYTHON)), [("C149", 8, message.clone())]);
    // Also when only its code shows the error.
    assert_eq!(found(&files("", "def rile(event):\n    return True\n")), [("C149", 8, message)]);
}

#[test]
fn alert_keys_beside_python_have_the_shape_that_they_have_in_yaml() {
    for (extra, expected) in [
        ("DynamicSeverities: High\n", Some("SD90000011")),
        (
            "DynamicSeverities: [{ ChangeTo: Loud, Conditions: [{ Key: a, Condition: Exists }] }]\n",
            Some("C009"),
        ),
        ("DynamicSeverities: [{ ChangeTo: Low }]\n", Some("C005")),
        ("DynamicSeverities: [{ ChangeTo: Low, Conditions: [{ Key: a, Condition: Exists }] }]\n", None),
        ("AlertContext: { a: b }\n", Some("SD90000011")),
        ("AlertContext: [{ KeyName: 1, KeyValue: { Key: a } }]\n", Some("C007")),
        ("AlertContext: [{ KeyName: a, KeyValue: { Key: a } }]\n", None),
        (
            "AlertContext: [{ KeyName: a, KeyValue: { Key: a } }, { KeyName: a, KeyValue: { Key: b } }]\n",
            None,
        ),
        ("GroupBy: user\n", Some("SD90000011")),
        ("GroupBy: [{ Kay: user }]\n", Some("SD90000003")),
        ("GroupBy: [{ Key: user }]\n", None),
        ("AlertTitle: 'an open {brace'\n", None),
    ] {
        let repository = load_one(&rule_yaml("R", extra));
        let found = repository.findings.first().map(|finding| finding.code);
        assert_eq!(found, expected, "{extra}: {:?}", repository.findings);
        assert_eq!(repository.items[0].is_invalid(), expected.is_some(), "{extra}");
    }
}

#[test]
fn lookup_tables_need_a_period_and_selectors() {
    let table = |refresh: &str, associated: &str| {
        let yaml = format!(
            "AnalysisType: lookup_table\nLookupName: L\nEnabled: true\nSchema: S\nRefresh: {{ ObjectPath: s3://b/k, RoleARN: r{refresh} }}\n\
             LogTypeMap: {{ PrimaryKey: ip, AssociatedLogTypes: [{{ LogType: A.B{associated} }}] }}\n"
        );
        let repository = load_all(&[file("l.yml", &yaml)]);
        repository.findings.iter().map(|f| (f.code, f.message.clone())).collect::<Vec<_>>()
    };
    assert_eq!(table(", PeriodMinutes: 60", ", Selectors: [ip]"), []);
    assert_eq!(
        table("", ", Selectors: [ip]"),
        [("C005", "the key `Refresh.PeriodMinutes` is missing".to_owned())]
    );
    let missing = "the key `LogTypeMap.AssociatedLogTypes[0].Selectors` is missing".to_owned();
    assert_eq!(table(", PeriodMinutes: 60", ""), [("C005", missing)]);
}

#[test]
fn a_derived_rule_that_takes_its_tests_away_has_none() {
    let files = |tests: &str| {
        let base = "Description: d\nTests:\n  - {Name: a, ExpectedResult: true, Log: {}}\n  - {Name: b, ExpectedResult: false, Log: {}}\n";
        let derived = format!("AnalysisType: rule\nRuleID: D\nBaseDetection: R\n{tests}");
        let files = [file("r.yml", &rule_yaml("R", base)), file("d.yml", &derived), file("r.py", PYTHON)];
        let found = load(&files, &linted()).findings;
        found.iter().filter(|f| f.file.ends_with("d.yml")).map(|f| f.code).collect::<Vec<_>>()
    };
    assert_eq!(files("Tests: []\n"), ["C108"]);
    assert_eq!(files(""), [""; 0]);
}

#[test]
fn a_query_is_one_statement() {
    let query = |text: &str| {
        let yaml = format!("AnalysisType: saved_query\nQueryName: Q\n{text}");
        codes(&load_all(&[file("q.yml", &yaml)]))
    };
    assert_eq!(query("Query: ''\n"), [("C184", 3)]);
    assert_eq!(query("Query: SELECT 1\nAthenaQuery: SELECT 1; SELECT 2\n"), [("C184", 4)]);
    assert_eq!(query("Query: SELECT 1;\n"), []);
}

#[test]
fn what_is_too_deep_is_called_so() {
    for opening in ["[", "{a: ", "- "] {
        let yaml = format!("AnalysisType: rule\nDescription:\n  {}\n", opening.repeat(5000));
        let repository = load_all(&[file("r.yml", &yaml)]);
        let ItemState::Invalid { reason, .. } = &repository.items[0].state else { panic!("{opening}") };
        assert_eq!(
            (repository.findings[0].code, reason.contains("levels deep")),
            ("C003", true),
            "{opening}: {reason}"
        );
    }
}

#[test]
fn a_mapping_without_a_name_is_found() {
    let yaml = "AnalysisType: datamodel\nDataModelID: D\nEnabled: true\nLogTypes: [A.B]\nMappings:\n  - { Name: '', Path: a }\n";
    let found = load(&[file("d.yml", yaml)], &linted());
    assert!(codes(&found).contains(&("C182", 6)), "{:?}", found.findings);
}

#[test]
fn inherited_tests_know_their_file() {
    let base = rule_yaml("R", "Tests:\n  - {Name: a, ExpectedResult: true, Log: {}}\n");
    let derived = "AnalysisType: rule\nRuleID: D\nBaseDetection: R\n";
    let own = format!("{derived}Tests:\n  - {{Name: b, ExpectedResult: true, Log: {{}}}}\n")
        .replace("ID: D", "ID: E");
    let repository = load_all(&[
        file("r.yml", &base),
        file("x/d.yml", derived),
        file("x/e.yml", &own),
        file("r.py", PYTHON),
    ]);
    let place = |id: &str| {
        let rule = repository.rules().find(|rule| rule.detection.id.as_str() == id).unwrap();
        (rule.tests[0].file.clone(), rule.tests[0].line)
    };
    assert_eq!(place("R"), (None, 8));
    assert_eq!(place("D"), (Some("r.yml".into()), 8));
    assert_eq!(place("E"), (None, 5));
}
