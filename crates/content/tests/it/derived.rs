//! Rules with `BaseDetection`: what they take from their base, and what cannot be a base.

use std::time::Duration;

use content::{Filter, Item, Logic, Repository, Rule, SimpleDetection};
use model::{LogType, Severity};

use crate::{PYTHON, file, load_all, rule_yaml};

const BASE_EXTRA: &str = "DisplayName: Base\nDescription: of the base\nRunbook: run\nDedupPeriodMinutes: 15\n\
    Threshold: 3\nTags: [a, b]\nOutputIds: [o]\nSummaryAttributes: [x]\nReports: {CIS: [1]}\nCreateAlert: false\n\
    Tests:\n  - {Name: of the base, ExpectedResult: true, Log: {}}\n";

fn derived(extra: &str) -> String {
    format!("AnalysisType: rule\nRuleID: Own\nBaseDetection: Base\n{extra}")
}

/// Loads a derived rule before its base, in another folder.
fn load(own: &str, base: &str) -> Repository {
    load_all(&[file("a/own.yml", own), file("b/base.yml", base), file("b/r.py", PYTHON)])
}

fn load_ready(extra: &str) -> Repository {
    let repository = load(&derived(extra), &rule_yaml("Base", BASE_EXTRA));
    assert_eq!(repository.findings, []);
    repository
}

fn own(repository: &Repository) -> &Item {
    repository.items.iter().find(|item| item.id == "Own").unwrap()
}

fn own_rule(repository: &Repository) -> &Rule {
    own(repository).rule().unwrap()
}

#[test]
fn a_derived_rule_is_its_base_under_another_id() {
    let repository = load_ready("");
    let (base, own) = (repository.items[1].rule().unwrap(), own_rule(&repository));
    assert_eq!(own.detection.id.as_str(), "Own");
    assert_ne!(own.detection.version, base.detection.version);
    let mut expected = base.detection.clone();
    expected.id = own.detection.id.clone();
    expected.version = own.detection.version.clone();
    assert_eq!(own.detection, expected);
    assert_eq!(own.logic.python(), base.logic.python());
    assert_eq!(own.logic.python().unwrap().path.to_str(), Some("b/r.py"));
    assert_eq!(own.scope, base.scope);
}

#[test]
fn every_key_replaces_the_one_of_the_base_as_a_whole() {
    let repository = load_ready(
        "Enabled: false\nSeverity: Critical\nDisplayName: Mine\nDescription: mine\nRunbook: walk\nReference: r\n\
         DedupPeriodMinutes: 30\nThreshold: 5\nTags: [c]\nOutputIds: []\nSummaryAttributes: [y]\n\
         Reports: {Other: [2]}\nCreateAlert: true\nStatus: Experimental\n",
    );
    let detection = &own_rule(&repository).detection;
    assert!(!detection.enabled && detection.create_alert);
    assert_eq!((detection.severity, detection.threshold), (Severity::Critical, 5));
    assert_eq!(detection.dedup_period, Duration::from_secs(1800));
    assert_eq!(detection.display_name.as_deref(), Some("Mine"));
    assert_eq!(detection.description.as_deref(), Some("mine"));
    assert_eq!(detection.runbook.as_deref(), Some("walk"));
    assert_eq!(detection.reference.as_deref(), Some("r"));
    assert_eq!((detection.tags.as_slice(), detection.output_ids.len()), (&["c".to_owned()][..], 0));
    assert_eq!(detection.summary_attributes, ["y"]);
    assert_eq!(detection.reports.keys().collect::<Vec<_>>(), ["Other"]);
    assert_eq!(detection.log_types, [LogType::from("Okta.SystemLog")]);
    let base = &repository.items[1].rule().unwrap().detection;
    assert_eq!((base.severity, base.threshold, base.tags.len()), (Severity::High, 3, 2));
}

#[test]
fn a_base_may_be_disabled() {
    let base = rule_yaml("Base", "").replace("Enabled: true", "Enabled: false");
    let repository = load(&derived("Enabled: true\n"), &base);
    assert_eq!(repository.findings, []);
    assert!(own_rule(&repository).detection.enabled);
    let repository = load(&derived(""), &base);
    assert!(!own_rule(&repository).detection.enabled, "what is not said is the base's");
}

#[test]
fn tests_are_the_own_ones_when_the_key_is_there() {
    let repository = load_ready("");
    let own = own(&repository);
    assert_eq!(own.test_count, 1);
    let test = &own.rule().unwrap().tests[0];
    let base = repository.items.iter().find(|item| item.id != own.id).unwrap();
    assert_eq!((test.name.as_str(), test.line), ("of the base", 18), "they stand in the base");
    assert_eq!(test.file.as_ref(), Some(&base.file));
    let repository = load_ready("Tests:\n  - {Name: mine, ExpectedResult: false, Log: {}}\n");
    let test = &own_rule(&repository).tests[0];
    assert_eq!((test.name.as_str(), test.line), ("mine", 5));
    let repository = load_ready("Tests: []\n");
    assert_eq!(self::own(&repository).test_count, 0);
    assert!(own_rule(&repository).tests.is_empty());
}

#[test]
fn the_version_follows_both_files_and_the_code() {
    let version = |own: &str, base: &str, python: &str| {
        let files = [file("a/own.yml", own), file("b/base.yml", base), file("b/r.py", python)];
        own_rule(&load_all(&files)).detection.version.clone()
    };
    let (own, base) = (derived(""), rule_yaml("Base", ""));
    let version_now = version(&own, &base, PYTHON);
    assert_eq!((version_now.len(), &version(&own, &base, PYTHON)), (12, &version_now));
    assert_ne!(version(&format!("{own}\n"), &base, PYTHON), version_now);
    assert_ne!(version(&own, &format!("{base}\n"), PYTHON), version_now);
    assert_ne!(version(&own, &base, &format!("{PYTHON}\n")), version_now);
}

#[test]
fn filters_see_what_counts() {
    let repository = load_ready("Threshold: 7\n");
    let own = own(&repository);
    for text in ["Severity=High", "LogTypes=okta.systemlog", "Threshold=7", "Tags=b"] {
        assert!(Filter::parse(text).unwrap().keeps(own), "{text}");
    }
    assert!(!Filter::parse("Threshold=3").unwrap().keeps(own));
    assert_eq!(own.fields["BaseDetection"], "Base");
    assert!(!own.fields.contains_key("Filename"));
}

#[test]
fn the_values_of_a_derived_rule_are_checked_where_they_stand() {
    let repository = load(&derived("Threshold: -1\n"), &rule_yaml("Base", ""));
    let finding = &repository.findings[0];
    assert_eq!((finding.code, finding.line, finding.file.to_str()), ("C009", 4, Some("a/own.yml")));
    let repository = load(&derived("DedupPeriodMinutes: 3\n"), &rule_yaml("Base", "DedupPeriodMinutes: 0\n"));
    let found: Vec<_> = repository.findings.iter().map(|f| (f.code, f.file.to_str().unwrap())).collect();
    assert_eq!(found, [("C102", "a/own.yml"), ("C101", "b/base.yml")]);
    assert_eq!(own_rule(&repository).detection.dedup_period, Duration::from_secs(300));
}

#[test]
fn filters_are_replaced_and_not_merged() {
    let filter = |key: &str| format!("InlineFilters: [{{KeyPath: {key}, Condition: IsNullOrEmpty}}]\n");
    let count = |own: &str, base: &str| {
        let repository = load(&derived(own), &rule_yaml("Base", base));
        assert_eq!(repository.findings, [], "{own}");
        own_rule(&repository).filters.expressions.clone()
    };
    let (of_base, of_own) = (count("", &filter("a")), count(&filter("b"), &filter("a")));
    assert_eq!((of_base.len(), of_own.len()), (1, 1));
    assert_ne!(of_base, of_own);
    assert_eq!(count("InlineFilters: []\n", &filter("a")).len(), 0);
    let repository = load(&derived("InlineFilters: [{KeyPath: a}]\n"), &rule_yaml("Base", ""));
    assert_eq!(repository.findings[0].file.to_str(), Some("a/own.yml"));
    assert!(own(&repository).is_invalid());
}

fn simple(rule: &Rule) -> &SimpleDetection {
    match &rule.logic {
        Logic::Simple(simple) => simple,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_rule_in_yaml_is_a_base_like_any_other() {
    let yaml = "Detection: [{Key: a, Condition: Exists}]\nAlertTitle: '{a} of the base'\nGroupBy: [Key: a]\n";
    let base = rule_yaml("Base", "").replace("Filename: r.py\n", yaml);
    let repository = load(&derived("AlertTitle: 'mine {b}'\n"), &base);
    assert_eq!(repository.findings, []);
    let (base, own) = (simple(repository.items[1].rule().unwrap()), simple(own_rule(&repository)));
    assert_eq!((&own.expressions, &own.group_by), (&base.expressions, &base.group_by));
    assert_ne!(own.title, base.title);
    assert!(!self::own(&repository).fields.contains_key("Detection"));
    let broken = load(&derived("GroupBy: x\n"), &rule_yaml("Base", ""));
    assert_eq!(broken.findings[0].file.to_str(), Some("a/own.yml"));
}

#[test]
fn logic_cannot_be_replaced() {
    for extra in ["Filename: r.py\n", "Detection: []\n", "LogTypes: [X]\n", "ScheduledQueries: [q]\n"] {
        let repository = load(&derived(extra), &rule_yaml("Base", ""));
        assert_eq!(repository.findings[0].code, "C006", "{extra}");
        assert!(own(&repository).is_invalid(), "{extra}");
    }
}

/// The code, message and hint of a derived rule beside another item.
fn refusal(own: &str, other: &str) -> (&'static str, String, String) {
    let repository = load(own, other);
    let finding = repository.findings.iter().find(|f| f.item_id.as_deref() == Some("Own")).unwrap();
    assert!(self::own(&repository).is_invalid());
    assert_eq!((finding.line, finding.column), (3, 16));
    (finding.code, finding.message.clone(), finding.hint.clone().unwrap())
}

#[test]
fn a_missing_base_is_named_with_what_was_probably_meant() {
    let (code, message, hint) = refusal(&derived(""), &rule_yaml("Bse", ""));
    assert_eq!((code, message.as_str()), ("C020", "there is no rule `Base` to derive from"));
    assert_eq!(hint, "did you mean `Bse`?");
    let (code, _, hint) = refusal(&derived(""), &rule_yaml("Something.Else", ""));
    assert_eq!(code, "C020");
    assert!(hint.contains("name that folder too"), "{hint}");
}

#[test]
fn only_sound_rules_that_are_not_derived_are_bases() {
    let policy = "AnalysisType: policy\nPolicyID: Base\nEnabled: true\nFilename: r.py\nSeverity: Low\n";
    let scheduled = rule_yaml("Base", "").replace("Type: rule", "Type: scheduled_rule");
    let scheduled = scheduled.replace("LogTypes", "ScheduledQueries");
    let cases = [
        (derived(""), policy.to_owned(), "`Base` is of the type `policy`; only rules can be derived from"),
        (derived(""), scheduled, "`Base` is of the type `scheduled_rule`; only rules can be derived from"),
        (
            derived(""),
            "AnalysisType: rule\nRuleID: Base\nBaseDetection: Own\n".to_owned(),
            "`Base` is derived itself, and nothing can be derived from that",
        ),
        (derived("").replace(": Base", ": Own "), rule_yaml("Base", ""), "`Own` is derived from itself"),
        (derived(""), rule_yaml("Base", "Nonsense: 1\n"), "the base `Base` cannot be loaded"),
    ];
    for (own, other, expected) in cases {
        let (code, message, _) = refusal(&own, &other);
        assert_eq!((code, message.as_str()), ("C021", expected));
    }
}

#[test]
fn a_base_whose_code_is_broken_breaks_what_is_derived() {
    let files = [
        file("a/own.yml", &derived("")),
        file("b/base.yml", &rule_yaml("Base", "")),
        file("b/r.py", "def rule(\n"),
    ];
    let repository = load_all(&files);
    let found: Vec<_> = repository.findings.iter().map(|f| (f.code, f.file.to_str().unwrap())).collect();
    assert_eq!(found, [("C050", "b/r.py"), ("C021", "a/own.yml")]);
    assert!(repository.items.iter().all(Item::is_invalid));
}

#[test]
fn policies_and_scheduled_rules_are_not_derived() {
    let scheduled = derived("").replace("Type: rule", "Type: scheduled_rule");
    let repository = load(&scheduled, &rule_yaml("Base", ""));
    assert!(repository.findings.iter().any(|finding| finding.message == "unknown key `BaseDetection`"));
}
