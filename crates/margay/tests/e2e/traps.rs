//! What the summary of `margay test` counts; the number is that of the other tests called so.

use serde_json::{Value, json};

use crate::harness::Site;

const TEST: &str = "Tests:\n  - { Name: t, ExpectedResult: true, Log: { a: 1 } }\n";
const MATCHES: &str = "def rule(event):\n    return event.get('a') == 1\n";

/// The public tool counts items as passed that it did not run, and takes broken files off that number, which
/// can fall below nothing. Here each item is counted once, as what became of it.
#[test]
fn trap_24_the_summary_counts_every_item_once_as_what_became_of_it() {
    let site = Site::new("content: [content]\n");
    let counts = |site: &Site| -> (Value, Value, Option<i32>) {
        let ran = site.run(&["test", "--format", "json"]);
        let report: Value =
            serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {ran:?}"));
        (report["items"].clone(), report["tests"].clone(), ran.code)
    };
    let items = |passed: u64, failed: u64, skipped: u64, invalid: u64| {
        json!({
            "total": passed + failed + skipped + invalid,
            "passed": passed, "failed": failed, "skipped": skipped, "invalid": invalid,
        })
    };
    // Broken files that are no detections, and nothing else: nothing passed, and nothing less than that.
    site.write("content/global_helpers/broken.yml", "AnalysisType: global\nGlobalID: G\n");
    site.write("content/global_helpers/worse.yml", "AnalysisType: [\n");
    assert_eq!(counts(&site), (items(0, 0, 0, 2), json!({"total": 0, "passed": 0, "failed": 0}), Some(1)));

    // A rule in YAML is run, not taken on trust: of two, the one whose test is wrong fails.
    let yaml = |id: &str, value: u64| {
        format!(
            "AnalysisType: rule\nRuleID: {id}\nEnabled: true\nSeverity: Low\nLogTypes: [Okta.SystemLog]\n\
             Detection: [{{Key: a, Condition: Equals, Value: {value}}}]\n{TEST}"
        )
    };
    site.write("content/rules/yaml_good.yml", &yaml("Yaml.Good", 1));
    site.write("content/rules/yaml_bad.yml", &yaml("Yaml.Bad", 2));
    // In Python: one with a test, one without, one whose test fails.
    site.rule("With.Tests", TEST, MATCHES);
    site.rule("Without.Tests", "", MATCHES);
    site.rule("Fails", &TEST.replace("a: 1", "a: 2"), MATCHES);
    let (found, tests, code) = counts(&site);
    assert_eq!((found, code), (items(3, 2, 0, 2), Some(1)));
    assert_eq!(tests, json!({"total": 4, "passed": 2, "failed": 2}));
    let ran = site.run(&["test"]);
    let summary = "\tPassed: 3\n\tSkipped: 0\n\tFailed: 2\n\tInvalid: 2\n\tTests: 4, of which 2 passed, 2 failed, 0 were not run\n";
    assert!(ran.stdout.contains(summary), "{}", ran.stdout);
}
