//! What becomes of items.

use std::time::Duration;

use content::{ItemBody, ItemState, LoadOptions, Mapping, MappingTarget, load};
use model::{DetectionKind, LogType, Severity};

use crate::{PYTHON, file, load_all, load_one, rule_yaml};

#[test]
fn a_minimal_rule_gets_the_defaults() {
    let repository = load_one(&rule_yaml("My.Rule", ""));
    assert_eq!(repository.findings, []);
    let rule = repository.rules().next().unwrap();
    let detection = &rule.detection;
    assert_eq!(detection.id.as_str(), "My.Rule");
    assert_eq!(detection.kind, DetectionKind::Rule);
    assert_eq!(detection.severity, Severity::High);
    assert_eq!(detection.log_types, [LogType::from("Okta.SystemLog")]);
    assert_eq!(detection.dedup_period, Duration::from_secs(3600));
    assert_eq!(detection.threshold, 1);
    assert!(detection.enabled && detection.create_alert);
    assert_eq!((&detection.display_name, &detection.runbook), (&None, &None));
    assert_eq!(rule.logic.python().unwrap().path.to_str(), Some("rules/r.py"));
    assert_eq!(detection.version.len(), 12);
    assert_eq!((repository.items[0].line, repository.items[0].id.as_str()), (2, "My.Rule"));
}

#[test]
fn every_key_of_a_rule_arrives() {
    let extra = "DisplayName: Mine\nDescription: d\nReference: https://x\nRunbook: ''\nDedupPeriodMinutes: 15\n\
        Threshold: 0\nCreateAlert: false\nTags: [a, b]\nOutputIds: [o]\nSummaryAttributes: [a.b]\n\
        Reports:\n  CIS: [1.2, 3]\n  MITRE ATT&CK: ['TA0006:T1110.003']\nInlineFilters:\n  - All: []\n\
        Tests:\n  - Name: t1\n    ExpectedResult: true\n    Log: {b: 1, a: 0644}\n    Mocks:\n      \
        - objectName: f\n        returnValue: \"{}\"\n      - objectName: g\n        returnValue: false\n    \
        ExpectedDestinations: [x]\n  - ExpectedResult: false\n    Name: t2\n    Log: {}\n";
    let repository = load_one(&rule_yaml("R", extra).replace("Enabled: true", "Enabled: false"));
    assert_eq!(repository.findings, []);
    let rule = repository.rules().next().unwrap();
    let detection = &rule.detection;
    assert_eq!(detection.display_name.as_deref(), Some("Mine"));
    assert_eq!((detection.enabled, detection.create_alert, detection.threshold), (false, false, 1));
    assert_eq!(detection.dedup_period, Duration::from_secs(900));
    assert_eq!(detection.reports["CIS"], ["1.2", "3"]);
    assert_eq!(detection.runbook, None);
    let test = &rule.tests[0];
    assert_eq!((test.name.as_str(), test.expected, test.line), ("t1", true, 23));
    assert_eq!(test.log.to_string(), r#"{"b":1,"a":644}"#);
    assert_eq!(test.mocks, [("f".to_owned(), "{}".into()), ("g".to_owned(), false.into())]);
    assert_eq!(test.expected_destinations.as_deref(), Some(&["x".to_owned()][..]));
    assert_eq!(rule.tests[1].expected_destinations, None);
    assert_eq!(repository.items[0].test_count, 2);
    assert!(!repository.items[0].fields.contains_key("Tests"));
}

#[test]
fn the_version_follows_yaml_and_code() {
    let version = |yaml: &str, python: &str| {
        let repository = load_all(&[file("r.yml", yaml), file("r.py", python)]);
        repository.rules().next().unwrap().detection.version.clone()
    };
    let yaml = rule_yaml("R", "");
    assert_eq!(version(&yaml, PYTHON), version(&yaml, PYTHON));
    assert_ne!(version(&yaml, PYTHON), version(&format!("{yaml}\n"), PYTHON));
    assert_ne!(version(&yaml, PYTHON), version(&yaml, &format!("{PYTHON}\n")));
}

/// Correlation rules need other items beside them: `correlation.rs`.
#[test]
fn every_kind_is_recognised() {
    let schedule = "Schedule: {RateMinutes: 30, TimeoutMinutes: 5}\n";
    let cases = [
        ("rule", rule_yaml("a", ""), "ready"),
        ("rule", rule_yaml("a", "").replace("Filename: r.py", "Detection: [{Key: a, Condition: Exists}]"), "ready"),
        ("rule", rule_yaml("a", "InlineFilters: [{KeyPath: a, Condition: IsNullOrEmpty}]\n"), "ready"),
        ("scheduled_rule", rule_yaml("a", "").replace("Type: rule", "Type: scheduled_rule").replace("LogTypes", "ScheduledQueries"), "ready"),
        ("policy", "AnalysisType: policy\nPolicyID: a\nEnabled: true\nFilename: r.py\nSeverity: Low\nResourceTypes: [AWS.S3.Bucket]\n".to_owned(), "ready"),
        ("global", "AnalysisType: global\nGlobalID: a\nFilename: r.py\n".to_owned(), "ready"),
        ("datamodel", "AnalysisType: datamodel\nDataModelID: a\nEnabled: true\nLogTypes: [X]\nMappings: [{Name: n, Path: p}]\n".to_owned(), "ready"),
        ("pack", "AnalysisType: pack\nPackID: a\nPackDefinition: {IDs: [x]}\n".to_owned(), "ready"),
        ("saved_query", "AnalysisType: saved_query\nQueryName: a\nQuery: select 1\n".to_owned(), "ready"),
        ("scheduled_query", format!("AnalysisType: scheduled_query\nQueryName: a\nEnabled: false\nQuery: select 1\nSnowflakeQuery: select 1\n{schedule}"), "ready"),
        ("lookup_table", "AnalysisType: lookup_table\nLookupName: a\nEnabled: true\nSchema: S\nFilename: x.csv\nLogTypeMap: {PrimaryKey: k, AssociatedLogTypes: [{LogType: L, Selectors: [s]}]}\n".to_owned(), "ready"),
        ("lookup_table", "AnalysisType: lookup_table\nLookupName: a\nEnabled: true\nQuery: q\nRefresh: {PeriodMinutes: 5}\nLogTypeMap: {PrimaryKey: k}\n".to_owned(), "ready"),
        ("scheduled_prompt", format!("AnalysisType: scheduled_prompt\nPromptName: a\nDisplayName: d\nPromptText: p\nRunAsUser: u\nPrivate: false\nOutputLength: small\n{schedule}"), "ready"),
    ];
    // Items that these name are elsewhere.
    let options = LoadOptions { is_part: true, ..LoadOptions::default() };
    for (analysis_type, yaml, expected) in cases {
        let repository = load(&[file("rules/r.yml", &yaml), file("rules/r.py", PYTHON)], &options);
        let codes: Vec<&str> = repository.findings.iter().map(|finding| finding.code).collect();
        assert_eq!(codes, [""; 0], "{yaml}");
        let item = &repository.items[0];
        let state = match item.state {
            ItemState::Ready(_) => "ready",
            ItemState::NotBuilt { .. } => "not built",
            ItemState::Invalid { .. } => "invalid",
        };
        assert_eq!(
            (item.analysis_type.as_str(), item.id.as_str(), state),
            (analysis_type, "a", expected),
            "{yaml}"
        );
    }
}

#[test]
fn files_that_are_no_content_are_left_out() {
    let files = [file("a.yml", ""), file("b.yml", "x: 1\n"), file("c.yml", "- 1\n"), file("d.yml", "# x\n")];
    let repository = load_all(&files);
    assert!(repository.items.is_empty() && repository.findings.is_empty());
}

#[test]
fn yaml_that_cannot_be_read_is_an_invalid_item_named_after_its_file() {
    let repository = load_all(&[
        file("rules/a.yml", "a: [1\n"),
        file("rules/b.yml", &rule_yaml("R", "")),
        file("rules/r.py", PYTHON),
    ]);
    assert_eq!(repository.items[0].id, "a.yml");
    assert!(repository.items[0].is_invalid());
    assert_eq!(repository.rules().count(), 1);
}

#[test]
fn trap_18_the_first_of_two_items_with_one_id_stays() {
    let global = "AnalysisType: global\nGlobalID: R\nFilename: r.py\n";
    let files = [file("x/1.yml", &rule_yaml("R", "")), file("x/2.yml", global), file("x/r.py", PYTHON)];
    let repository = load_all(&files);
    assert!(!repository.items[0].is_invalid());
    assert!(repository.items[1].is_invalid());
    let finding = &repository.findings[0];
    assert_eq!((finding.code, finding.line), ("C011", 2));
    assert!(finding.message.contains("x/1.yml") && finding.hint.as_ref().unwrap().contains("x/2.yml"));
}

#[test]
fn one_enabled_data_model_per_log_type() {
    let model = |id: &str, enabled: bool| {
        format!(
            "AnalysisType: datamodel\nDataModelID: {id}\nEnabled: {enabled}\nLogTypes: [X]\nMappings: [{{Name: n, Path: p}}]\n"
        )
    };
    let files = [
        file("1.yml", &model("a", false)),
        file("2.yml", &model("b", true)),
        file("3.yml", &model("c", true)),
    ];
    let repository = load_all(&files);
    let invalid: Vec<_> =
        repository.items.iter().filter(|item| item.is_invalid()).map(|item| item.id.as_str()).collect();
    assert_eq!(invalid, ["c"]);
    assert_eq!(repository.findings[0].code, "C014");
    assert_eq!(repository.data_models().count(), 2);
}

#[test]
fn data_models_know_paths_and_methods() {
    let yaml = "AnalysisType: datamodel\nDataModelID: a\nEnabled: true\nLogTypes: [X]\nFilename: r.py\n\
        Mappings:\n  - Name: user\n    Path: actor.id\n  - Name: when\n    Method: get_when\n";
    let python = "def get_when(event):\n    return event.get('when')\n";
    let repository = load_all(&[file("rules/r.yml", yaml), file("rules/r.py", python)]);
    let data_model = repository.data_models().next().unwrap();
    let expected = [
        Mapping { name: "user".to_owned(), target: MappingTarget::Path("actor.id".to_owned()) },
        Mapping { name: "when".to_owned(), target: MappingTarget::Method("get_when".to_owned()) },
    ];
    assert_eq!(data_model.mappings, expected);
    assert!(data_model.python.is_some());
    let without_file = load_one(&yaml.replace("Filename: r.py\n", ""));
    assert_eq!(without_file.findings[0].code, "C005");
    assert!(without_file.items[0].is_invalid());
}

#[test]
fn a_folder_in_filename_is_ignored_with_a_warning() {
    let repository = load_one(&rule_yaml("R", "").replace("r.py", "../other/r.py"));
    assert_eq!(repository.findings[0].code, "C105");
    assert_eq!(repository.rules().next().unwrap().logic.python().unwrap().path.to_str(), Some("rules/r.py"));
}

#[test]
fn unknown_log_types_are_warnings_when_the_known_ones_are_given() {
    let options = LoadOptions {
        known_log_types: Some([LogType::from("Okta.SystemLogs")].into()),
        ..LoadOptions::default()
    };
    let yaml = rule_yaml("R", "").replace("[Okta.SystemLog]", "[Okta.SystemLg, Box.Event]");
    let repository = load(&[file("r.yml", &yaml), file("r.py", PYTHON)], &options);
    assert_eq!(repository.findings.len(), 1, "what the field knows is no mistake");
    let finding = &repository.findings[0];
    assert_eq!((finding.code, finding.hint.as_deref()), ("C103", Some("did you mean `Okta.SystemLog`?")));
    assert!(matches!(repository.items[0].state, ItemState::Ready(ItemBody::Rule(_))));
}
