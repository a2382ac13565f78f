//! The starter content in `content/`: it passes its own tests, and it is what `docs/content.md` says.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use crate::harness::{Ran, Site};

/// Rules that have to be there, by their display names.
const PROMISED: [&str; 15] = [
    "AWS CloudTrail Modified",
    "AWS Config Service Modified",
    "AWS Console Login Failed",
    "AWS Console Login Without MFA",
    "AWS EC2 Gateway Modified",
    "AWS EC2 Network ACL Modified",
    "AWS EC2 Route Table Modified",
    "AWS EC2 SecurityGroup Modified",
    "AWS EC2 VPC Modified",
    "AWS IAM Policy Modified",
    "AWS KMS CMK Loss",
    "AWS Root Activity",
    "AWS S3 Bucket Policy Modified",
    "AWS Unauthorized API Call",
    "Okta User Locked Out",
];
/// Parts of every runbook, in this order.
const RUNBOOK_PARTS: [&str; 5] =
    ["What it means: ", "\nFirst questions\n1. ", "\nTriage\n1. ", "\nContain\n1. ", "\nFalse positives: "];
/// Fewest tests of each answer.
const TESTS_MIN: usize = 2;

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

fn content() -> String {
    repository().join("content").to_str().unwrap().to_owned()
}

fn report(ran: &Ran) -> Value {
    serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {ran:?}"))
}

/// Every item's YAML.
fn items() -> Vec<Value> {
    let mut items = Vec::new();
    let mut folders = vec![repository().join("content")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "yml") {
                let text = std::fs::read_to_string(&path).unwrap();
                items.push(
                    serde_saphyr::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display())),
                );
            }
        }
    }
    items
}

/// Items that make alerts or signals, in the order of their ids.
fn rules() -> Vec<Value> {
    let mut rules: Vec<Value> = items().into_iter().filter(|item| item["RuleID"].is_string()).collect();
    rules.sort_by_key(|rule| rule["RuleID"].as_str().unwrap().to_owned());
    rules
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

#[test]
fn every_test_of_the_starter_content_runs_and_passes() {
    let site = Site::new("content: []\n");
    let ran = site.run(&["test", &content(), "--format", "json"]);
    let report = report(&ran);
    assert_eq!(ran.code, Some(0), "{report:#}");
    let total = items().len();
    assert_eq!(
        report["items"],
        json!({"total": total, "passed": total, "failed": 0, "skipped": 0, "invalid": 0})
    );
    let tests: usize = rules().iter().map(|rule| list(&rule["Tests"]).len()).sum();
    assert!(tests > 200, "{tests}");
    assert_eq!(report["tests"], json!({"total": tests, "passed": tests, "failed": 0}));
    assert_eq!((&report["failures"], &report["notRun"]), (&json!([]), &json!([])));
}

#[test]
fn the_starter_content_has_no_findings() {
    let site = Site::new("content: []\n");
    let ran = site.run(&["check", &content(), "--strict", "--format", "json"]);
    let report = report(&ran);
    assert_eq!((ran.code, &report["findings"]), (Some(0), &json!([])), "{report:#}");
    assert_eq!(report["items"], items().len());
}

/// Names of tests end in the severity of the match where the rule decides it: `A trail is stopped (HIGH)`.
#[test]
fn matches_are_as_grave_as_the_names_of_the_tests_say() {
    let site = Site::new("content: []\n");
    let mut expected: BTreeMap<String, Vec<(String, String, String)>> = BTreeMap::new();
    for rule in rules() {
        let Some(log_type) = rule["LogTypes"][0].as_str().filter(|_| list(&rule["LogTypes"]).len() == 1)
        else {
            continue;
        };
        // What `detect` runs has no mocks.
        for test in list(&rule["Tests"]).iter().filter(|test| test["Mocks"].is_null()) {
            let name = test["Name"].as_str().unwrap();
            let Some((_, severity)) = name.rsplit_once(" (") else { continue };
            expected.entry(log_type.to_owned()).or_default().push((
                rule["RuleID"].as_str().unwrap().to_owned(),
                severity.trim_end_matches(')').to_owned(),
                test["Log"].to_string(),
            ));
        }
    }
    let mut compared = 0;
    for (log_type, cases) in &expected {
        let events: String = cases.iter().map(|(_, _, log)| format!("{log}\n")).collect();
        site.write("events.jsonl", &events);
        let ran = site.run(&["detect", "--content", &content(), "--log-type", log_type, "events.jsonl"]);
        assert_eq!(ran.code, Some(0), "{ran:?}");
        let found: Vec<Value> = ran.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        for (index, (id, severity, log)) in cases.iter().enumerate() {
            let of_case = |line: &&Value| line["index"] == index && line["ruleId"] == id.as_str();
            let line = found.iter().find(of_case).unwrap_or_else(|| panic!("`{id}` does not match {log}"));
            assert_eq!(line["severity"], severity.as_str(), "`{id}` {log}");
            assert_eq!(line["error"], Value::Null, "`{id}` {log}");
            compared += 1;
        }
    }
    assert!(compared > 100, "{compared}");
}

#[test]
fn every_rule_says_what_to_do_and_is_tested_both_ways() {
    let rules = rules();
    for name in PROMISED {
        assert!(rules.iter().any(|rule| rule["DisplayName"] == name), "`{name}` is gone");
    }
    for rule in &rules {
        let id = rule["RuleID"].as_str().unwrap();
        let runbook = rule["Runbook"].as_str().unwrap_or_default();
        let mut rest = runbook;
        for part in RUNBOOK_PARTS {
            let at = rest
                .find(part)
                .unwrap_or_else(|| panic!("`{id}`: `{part}` is not in its place in the runbook"));
            rest = &rest[at + part.len()..];
        }
        assert!(rule["Description"].as_str().is_some_and(|text| text.len() > 30), "`{id}`: description");
        assert!(
            rule["Reference"].as_str().is_some_and(|url| url.starts_with("https://")),
            "`{id}`: reference"
        );
        assert!(!list(&rule["Tags"]).is_empty(), "`{id}`: tags");
        assert!(!list(&rule["SummaryAttributes"]).is_empty(), "`{id}`: summary attributes");
        assert!(!list(&rule["Reports"]["MITRE ATT&CK"]).is_empty(), "`{id}`: techniques");
        for expected in [true, false] {
            let count = list(&rule["Tests"]).iter().filter(|test| test["ExpectedResult"] == expected).count();
            assert!(count >= TESTS_MIN, "`{id}`: {count} tests expect {expected}");
        }
    }
}

#[test]
fn the_pack_lists_everything() {
    let items = items();
    let pack = items.iter().find(|item| item["AnalysisType"] == "pack").unwrap();
    let listed: Vec<&str> =
        list(&pack["PackDefinition"]["IDs"]).iter().map(|id| id.as_str().unwrap()).collect();
    for item in items.iter().filter(|item| item["AnalysisType"] != "pack") {
        let id = ["RuleID", "GlobalID", "DataModelID"].iter().find_map(|key| item[*key].as_str()).unwrap();
        assert!(listed.contains(&id), "`{id}` is not in the pack");
    }
    assert_eq!(listed.len(), items.len() - 1);
}

#[test]
fn the_documentation_has_the_row_of_every_rule() {
    let page = std::fs::read_to_string(repository().join("docs/content.md")).unwrap();
    let rows: Vec<Vec<&str>> = page
        .lines()
        .map(|line| line.split('|').map(str::trim).collect::<Vec<_>>())
        .filter(|cells| cells.len() == 7 && cells[2].starts_with('`'))
        .collect();
    let rules = rules();
    for rule in &rules {
        let id = rule["RuleID"].as_str().unwrap();
        let row = rows.iter().find(|cells| cells[2] == format!("`{id}`"));
        let row = row.unwrap_or_else(|| panic!("`{id}` has no row in docs/content.md"));
        assert_eq!(rule["DisplayName"], row[1], "`{id}`: name");
        let severity = row[3].split(", to ").next().unwrap();
        assert_eq!(rule["Severity"], severity, "`{id}`: severity");
        let techniques: Vec<&str> =
            list(&rule["Reports"]["MITRE ATT&CK"]).iter().map(|each| each.as_str().unwrap()).collect();
        assert_eq!(techniques.join(", "), row[4], "`{id}`: techniques");
    }
    assert_eq!(rows.len(), rules.len(), "docs/content.md has rows of rules that do not exist");
    let count = format!("There are {} rules in all", rules.len());
    assert!(page.contains(&count), "docs/content.md does not say `{count}`");
}

/// The unit tests of helpers and data models, as somebody without `margay` runs them.
#[test]
fn the_python_unit_tests_of_the_starter_content_pass() {
    for folder in ["content/global_helpers", "content/data_models"] {
        let output = Command::new("python3")
            .args(["-m", "unittest", "discover", "-s", folder, "-p", "*_test.py"])
            .current_dir(repository())
            .env("PYTHONPATH", "python")
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .output()
            .unwrap();
        let ran = Ran::from(output);
        assert_eq!(ran.code, Some(0), "{folder}: {}", ran.stderr);
        assert!(!ran.stderr.contains("Ran 0 tests"), "{folder}: {}", ran.stderr);
    }
}
