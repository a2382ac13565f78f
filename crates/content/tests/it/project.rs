//! Pypanther projects: what their descriptions become.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use content::{
    CodePlace, DescribedProject, DescribedRule, DescribedTest, Filter, ItemState, LoadOptions, Logic,
    ProjectFault, PypantherProject, Repository, Root, RuleAttributes, SourceFile, load_roots,
};
use model::Severity;

use crate::{file, load_all};

const RULES_PY: &str = "from pypanther import Rule\n\n\nclass Own(Rule):\n    id = 'Own'\n";

fn project() -> Arc<PypantherProject> {
    let file = |path: &str, text: &str| SourceFile { path: path.into(), text: text.to_owned() };
    let files = vec![file("p/main.py", "import rules\n"), file("p/rules.py", RULES_PY)];
    Arc::new(PypantherProject::try_new("p".into(), files).unwrap())
}

fn own_place(line: u32) -> CodePlace {
    CodePlace { inner_path: Some("rules.py".to_owned()), file: "p/rules.py".into(), line }
}

fn package_place() -> CodePlace {
    CodePlace { inner_path: None, file: "/lib/pypanther/rules/x.py".into(), line: 7 }
}

fn attributes() -> RuleAttributes {
    RuleAttributes {
        log_types: vec!["A.B".to_owned()],
        default_severity: Severity::High,
        enabled: true,
        create_alert: false,
        dedup_period_minutes: 60,
        threshold: 3,
        display_name: String::new(),
        default_description: "what".to_owned(),
        default_reference: String::new(),
        default_runbook: String::new(),
        default_destinations: vec!["pager".to_owned()],
        summary_attributes: vec!["ip".to_owned()],
        tags: vec!["Okta".to_owned()],
        reports: [("MITRE ATT&CK".to_owned(), vec!["TA0006:T1110".to_owned()])].into(),
        tests: vec![DescribedTest { name: "t".to_owned(), expected_result: true, place: own_place(20) }],
    }
}

fn rule(id: &str, place: CodePlace, attributes: Result<RuleAttributes, String>) -> DescribedRule {
    DescribedRule { id: id.to_owned(), class_name: format!("rules.{id}"), place, attributes }
}

/// A repository with one YAML item of the id `Taken`, and these rules.
fn with(rules: Vec<DescribedRule>, known: Option<&[&str]>) -> Repository {
    let mut repository = load_all(&[
        file("g.yml", "AnalysisType: global\nGlobalID: Taken\nFilename: g.py\n"),
        file("g.py", ""),
    ]);
    let known_log_types: Option<BTreeSet<_>> =
        known.map(|known| known.iter().map(|&name| name.into()).collect());
    let described = DescribedProject { rules, package_version: Some("1".to_owned()) };
    repository
        .add_project(Ok((project(), described)), &LoadOptions { known_log_types, ..LoadOptions::default() });
    repository
}

/// Code, file, line and message of each finding.
fn findings(repository: &Repository) -> Vec<String> {
    let line = |f: &content::Diagnostic| format!("{} {}:{} {}", f.code, f.file.display(), f.line, f.message);
    repository.findings.iter().map(line).collect()
}

#[test]
fn a_registered_class_becomes_a_rule_like_others() {
    let repository = with(vec![rule("Own", own_place(4), Ok(attributes()))], Some(&["A.B"]));
    assert_eq!(findings(&repository), [""; 0]);
    let item = &repository.items[1];
    assert_eq!((item.id.as_str(), item.file.to_str(), item.line), ("Own", Some("p/rules.py"), 4));
    assert_eq!((item.analysis_type.as_str(), item.test_count), ("rule", 1));
    let built = item.rule().unwrap();
    let detection = &built.detection;
    assert_eq!((detection.severity, detection.threshold), (Severity::High, 3));
    assert_eq!((detection.enabled, detection.create_alert), (true, false));
    assert_eq!(detection.dedup_period, Duration::from_secs(3600));
    assert_eq!((detection.display_name.as_deref(), detection.description.as_deref()), (None, Some("what")));
    assert_eq!(detection.output_ids, ["pager"]);
    assert_eq!(detection.summary_attributes, ["ip"]);
    assert_eq!(detection.reports["MITRE ATT&CK"], ["TA0006:T1110"]);
    assert_eq!((built.tests[0].name.as_str(), built.tests[0].line), ("t", 20));
    assert!(matches!(&built.logic, Logic::Pypanther(class) if class.file.to_str() == Some("p/rules.py")));
    for (filter, keeps) in [("Severity=high", true), ("LogTypes=A.B", true), ("Tags!=okta", false)] {
        assert_eq!(Filter::parse(filter).unwrap().keeps(item), keeps, "{filter}");
    }
}

#[test]
fn the_version_follows_the_files_and_the_package() {
    let version = |package_version: Option<&str>| {
        let mut repository = Repository::default();
        let rules = vec![rule("Own", own_place(4), Ok(attributes()))];
        let described = DescribedProject { rules, package_version: package_version.map(str::to_owned) };
        repository.add_project(Ok((project(), described)), &LoadOptions::default());
        repository.items[0].rule().unwrap().detection.version.clone()
    };
    assert_eq!(version(Some("1")), version(Some("1")));
    assert_ne!(version(Some("1")), version(Some("2")));
}

#[test]
fn ids_are_unique_over_all_content() {
    let rules =
        vec![rule("Taken", own_place(4), Ok(attributes())), rule("Un<fit>", own_place(5), Ok(attributes()))];
    let repository = with(rules, None);
    assert_eq!(
        findings(&repository),
        [
            "C011 p/rules.py:4 the id `Taken` is already used in `g.yml`, line 2",
            "C010 p/rules.py:5 `id` must not hold `<`"
        ]
    );
    assert_eq!(repository.findings[0].item_id.as_deref(), Some("Taken"));
    assert!(repository.items[1..].iter().all(content::Item::is_invalid));
    assert!(!repository.items[0].is_invalid());
}

#[test]
fn a_class_with_illegal_attributes_is_one_invalid_item() {
    let broken = rule("Own", own_place(4), Err("threshold: too small".to_owned()));
    let repository = with(vec![broken, rule("Sound", own_place(4), Ok(attributes()))], None);
    assert_eq!(findings(&repository), ["C902 p/rules.py:4 `rules.Own`: threshold: too small"]);
    let finding = &repository.findings[0];
    assert_eq!((finding.column, finding.end_column), (1, 17), "the line of the class is marked");
    assert!(repository.items[1].is_invalid() && repository.items[2].rule().is_some());
}

#[test]
fn short_dedup_periods_are_told() {
    let with_dedup = |minutes| RuleAttributes { dedup_period_minutes: minutes, ..attributes() };
    let rules = vec![rule("A", own_place(4), Ok(with_dedup(0))), rule("B", own_place(4), Ok(with_dedup(4)))];
    let repository = with(rules, None);
    assert_eq!(
        findings(&repository),
        [
            "C101 p/rules.py:4 `dedup_period_minutes` is treated as 60",
            "C102 p/rules.py:4 `dedup_period_minutes` is treated as 5"
        ]
    );
    let minutes: Vec<u64> =
        repository.rules().map(|rule| rule.detection.dedup_period.as_secs() / 60).collect();
    assert_eq!(minutes, [60, 5]);
}

#[test]
fn unknown_log_types_of_packages_are_told_once_each() {
    let rules = vec![
        rule("A", package_place(), Ok(attributes())),
        rule("B", package_place(), Ok(attributes())),
        rule("C", own_place(4), Ok(attributes())),
    ];
    let repository = with(rules, Some(&[]));
    assert_eq!(
        findings(&repository),
        [
            "C103 p/rules.py:4 unknown log type `A.B`",
            "C103 p/main.py:1 unknown log type `A.B`: 2 rules of packages list it, `A` first"
        ]
    );
    // A class of a package is shown where it is registered.
    assert_eq!(repository.items[1].file.to_str(), Some("p/main.py"));
    assert_eq!(repository.rules().count(), 3);
}

#[test]
fn a_project_without_rules_is_told() {
    assert_eq!(findings(&with(vec![], None)), ["C903 p/main.py:1 `main.py` registers no rule"]);
}

#[test]
fn a_broken_project_is_one_invalid_item() {
    let mut repository = Repository::default();
    let hint = Some("mend it".to_owned());
    let fault = ProjectFault { file: "p/rules.py".into(), line: 2, message: "NameError: x".to_owned(), hint };
    repository.add_project(Err(fault), &LoadOptions::default());
    assert_eq!(findings(&repository), ["C901 p/rules.py:2 NameError: x"]);
    let item = &repository.items[0];
    assert_eq!(item.id, "main.py");
    assert!(
        matches!(&item.state, ItemState::Invalid { reason, line: 2 } if reason == "NameError: x"),
        "{item:?}"
    );
}

/// The rule `Own` of a project in the first root, below these files and overrides.
fn below(files: &[SourceFile], overrides: &str) -> Repository {
    let rules = vec![rule("Own", own_place(4), Ok(attributes()))];
    let described = DescribedProject { rules, package_version: None };
    let overrides = file("b/overrides.yml", overrides);
    let roots = vec![
        Root { files: &[], overrides: None, projects: vec![Ok((project(), described))] },
        Root { files, overrides: Some(&overrides), projects: Vec::new() },
    ];
    load_roots(roots, &LoadOptions::default())
}

#[test]
fn overrides_change_rules_of_projects() {
    let plain = below(&[], "");
    let changed = below(
        &[],
        "- id: Own\n  enabled: false\n  severity: Low\n  threshold: 7\n  dedup_period_minutes: 15\n  output_ids: [x]\n  \
         tags: [mine]\n  inline_filters: [{KeyPath: a, Condition: IsNullOrEmpty}]\n",
    );
    assert_eq!(changed.findings, []);
    let rule = changed.rules().next().unwrap();
    let detection = &rule.detection;
    assert!(!detection.enabled);
    assert_eq!((detection.severity, detection.threshold), (Severity::Low, 7));
    assert_eq!(detection.dedup_period, Duration::from_secs(900));
    assert_eq!(
        (detection.output_ids.as_slice(), detection.tags.as_slice()),
        (&["x".to_owned()][..], &["mine".to_owned()][..])
    );
    assert_eq!(rule.filters.expressions.len(), 1);
    assert_ne!(detection.version, plain.rules().next().unwrap().detection.version);
    assert!(Filter::parse("Severity=low").unwrap().keeps(&changed.items[0]));
    let step = &changed.overrides[0];
    assert_eq!((step.from.file.to_str(), step.from.line), (Some("p/rules.py"), 4));
    let codes: Vec<_> = below(&[], "- {id: Own, threshold: 3}\n").findings.iter().map(|f| f.code).collect();
    assert_eq!(codes, ["C127"], "the class says so already");
}

#[test]
fn a_later_root_replaces_a_rule_of_a_project() {
    let files = [file("b/r.yml", &crate::rule_yaml("Own", "")), file("b/r.py", crate::PYTHON)];
    let repository = below(&files, "");
    assert_eq!(repository.findings, []);
    assert_eq!((repository.items.len(), repository.items[0].file.to_str()), (1, Some("b/r.yml")));
    assert_eq!(repository.overrides[0].from.file.to_str(), Some("p/rules.py"));
}

#[test]
fn packs_name_rules_of_projects_and_yaml_is_not_derived_from_them() {
    let pack = file("b/p.yml", "AnalysisType: pack\nPackID: P\nPackDefinition: {IDs: [Own]}\n");
    assert_eq!(below(&[pack], "").findings, []);
    let derived = file("b/d.yml", "AnalysisType: rule\nRuleID: D\nBaseDetection: Own\n");
    let repository = below(&[derived], "");
    assert_eq!(repository.findings[0].code, "C021");
    assert_eq!(
        repository.findings[0].message,
        "`Own` is a class of a project; YAML cannot be derived from it"
    );
}
