//! Overrides that cannot be used are named by every command that reads content.

use serde_json::{Value, json};

use crate::harness::Site;

const RULE: &str = "AnalysisType: rule\nRuleID: Base\nFilename: base.py\nEnabled: true\nSeverity: Low\n\
                    LogTypes: [Okta.SystemLog]\n";

/// What `overrides.yml` says, the id or file that is named, and the line and words of the reason.
const BROKEN: [(&str, &str, u32, &str); 3] = [
    ("# louder\n- { id: Base, severity: Loud }\n", "Base", 2, "`severity` is `Loud`; it must be one of"),
    ("- { id: Bose, severity: High }\n", "Bose", 1, "no earlier root has an item `Bose`"),
    ("- { id: Base\n", "overrides.yml", 1, "this is no YAML"),
];

fn site(overrides: &str) -> Site {
    let site = Site::new("content: [vendor, ours]\n");
    site.write("vendor/rules/base.yml", RULE)
        .write("vendor/rules/base.py", "def rule(event):\n    return True\n");
    site.write("ours/overrides.yml", overrides);
    site.write("events.jsonl", "{}\n");
    site
}

#[test]
fn every_command_says_that_an_override_is_left_out() {
    for (overrides, _, line, words) in BROKEN {
        let site = site(overrides);
        let commands: [(&[&str], i32); 4] = [
            (&["test"], 1),
            (&["detection", "list"], 0),
            (&["detection", "mitre"], 0),
            (
                &[
                    "detect",
                    "--log-type",
                    "Okta.SystemLog",
                    "--content",
                    "vendor",
                    "--content",
                    "ours",
                    "events.jsonl",
                ],
                0,
            ),
        ];
        for (command, code) in commands {
            let ran = site.run(command);
            assert_eq!(ran.code, Some(code), "{ran:?}");
            let named =
                ran.stderr.contains(&format!("ours/overrides.yml:{line}: C")) && ran.stderr.contains(words);
            assert!(named && ran.stderr.contains("it is left out"), "{ran:?}");
        }
    }
}

#[test]
fn tests_count_a_broken_override_as_invalid() {
    for (overrides, name, line, words) in BROKEN {
        let site = site(overrides);
        let ran = site.run(&["test", "--format", "json"]);
        let report: Value = serde_json::from_str(&ran.stdout).unwrap();
        assert_eq!(
            report["items"],
            json!({"total": 2, "passed": 1, "failed": 0, "skipped": 0, "invalid": 1})
        );
        let not_run = &report["notRun"][0];
        assert_eq!(
            (&not_run["id"], &not_run["state"], &not_run["file"], &not_run["line"]),
            (&json!(name), &json!("invalid"), &json!("ours/overrides.yml"), &json!(line))
        );
        assert!(not_run["reason"].as_str().unwrap().contains(words), "{report}");
        let text = site.run(&["test"]).stdout;
        assert!(text.contains("Invalid Tests Summary\n") && text.contains("\tInvalid: 1\n"), "{text}");
        assert!(
            text.contains(&format!("\t{name}\n")) && text.contains(&format!("(ours/overrides.yml:{line})")),
            "{text}"
        );
        let junit = site.run(&["test", "--format", "junit"]).stdout;
        assert!(junit.contains("<testsuite name=\"ours/overrides.yml\""), "{junit}");
        assert!(
            junit.contains(&format!("ours/overrides.yml:{line}: ")) && junit.contains("errors=\"1\""),
            "{junit}"
        );
    }
}
