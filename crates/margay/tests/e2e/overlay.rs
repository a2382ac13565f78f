//! Derived rules and several content roots, in every command and in the server.

use serde_json::{Value, json};

use crate::harness::{Ran, Site, okta_event, text};

const CONFIG: &str =
    "content: [vendor, ours]\nsources:\n  - { id: okta, type: http, log_types: [Okta.SystemLog] }\n";

const BASE: &str = "AnalysisType: rule\nRuleID: Base\nFilename: base.py\nEnabled: false\nSeverity: Low\n\
                    LogTypes: [Okta.SystemLog]\nReports: { MITRE ATT&CK: [TA0006:T1110, TA0006:T9999, odd] }\n\
                    Tests:\n  - { Name: matches, ExpectedResult: true, Log: { eventType: user.session.start } }\n";

const PYTHON: &str = "def rule(event):\n    return True\n\n\ndef title(event):\n    return 'from the base'\n";

/// Two roots: a vendor's rules, and ours that derive, replace and override.
fn site() -> Site {
    let site = Site::new(CONFIG);
    site.write("vendor/rules/base.yml", BASE).write("vendor/rules/base.py", PYTHON);
    let loud = BASE.replace("ID: Base", "ID: Loud").replace("Enabled: false", "Enabled: true");
    site.write("vendor/rules/loud.yml", &loud);
    let replaced = loud.replace("ID: Loud", "ID: Replaced");
    site.write("vendor/rules/replaced.yml", &replaced);
    site.write("ours/rules/replaced.yml", &replaced.replace("base.py", "replaced.py"));
    site.write("ours/rules/replaced.py", "def rule(event):\n    return False\n");
    site.write(
        "ours/rules/own.yml",
        "AnalysisType: rule\nRuleID: Own\nBaseDetection: Base\nEnabled: true\nSeverity: High\nTags: [ours]\n",
    );
    site.write("ours/overrides.yml", "# quieter\n- id: Loud\n  enabled: false\n  severity: Info\n");
    site
}

fn json_of(ran: &Ran) -> Value {
    serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {ran:?}"))
}

#[test]
fn check_shows_what_overrides_what() {
    let site = site();
    let ran = site.run(&["check", "--ignore", "C109,C115,C176", "--color", "never"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let section = "overrides\n  \
        Replaced  replaced                                     vendor/rules/replaced.yml:2 → ours/rules/replaced.yml:2\n  \
        Loud      enabled true → false, severity Low → Info  vendor/rules/loud.yml:2 → ours/overrides.yml:2\n";
    assert!(squeezed(&ran.stdout).contains(&squeezed(section)), "{}", ran.stdout);
    let report = json_of(&site.run(&["check", "--format", "json"]));
    assert_eq!(report["items"], 4);
    assert_eq!(
        report["overrides"][1],
        json!({
            "id": "Loud", "what": "changed",
            "changes": [
                {"key": "enabled", "before": true, "after": false},
                {"key": "severity", "before": "Low", "after": "Info"},
            ],
            "from": {"file": "vendor/rules/loud.yml", "line": 2}, "to": {"file": "ours/overrides.yml", "line": 2},
        })
    );
    let given = json_of(&site.run(&["check", "ours", "vendor", "--format", "json"]));
    let codes: Vec<String> = given["findings"].as_array().unwrap().iter().map(|f| text(&f["code"])).collect();
    assert!(codes.contains(&"C026".to_owned()), "paths come in the given order: {given}");
    let strict = site.run(&["check", "vendor", "--format", "json"]);
    assert_eq!(json_of(&strict)["overrides"], json!([]));
}

/// The same with single blanks.
fn squeezed(text: &str) -> String {
    text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ") + "\n").collect()
}

#[test]
fn tests_run_on_what_counts() {
    let site = site();
    let ran = site.run(&["test", "--format", "json"]);
    let report = json_of(&ran);
    assert_eq!(report["items"], json!({"total": 4, "passed": 3, "failed": 1, "skipped": 0, "invalid": 0}));
    let failure = &report["failures"][0];
    assert_eq!((&failure["id"], &failure["file"]), (&json!("Replaced"), &json!("ours/rules/replaced.yml")));
    let derived = json_of(&site.run(&["test", "vendor", "ours/rules/own.yml", "--format", "json"]));
    assert_eq!(derived["tests"]["failed"], 0, "{derived}");
    let alone = site.run(&["test", "ours/rules/own.yml", "--format", "json"]);
    assert!(alone.stdout.contains("there is no rule `Base` to derive from"), "{alone:?}");
}

#[test]
fn detect_runs_derived_rules_and_leaves_out_what_is_switched_off() {
    let site = site();
    site.write("events.jsonl", "{\"a\":1}\n");
    let args = [
        "detect",
        "--content",
        "vendor",
        "--content",
        "ours",
        "--log-type",
        "Okta.SystemLog",
        "events.jsonl",
    ];
    let ran = site.run(&args);
    let found: Vec<Value> = ran.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(found.len(), 1, "{ran:?}");
    assert_eq!((&found[0]["ruleId"], &found[0]["severity"]), (&json!("Own"), &json!("HIGH")));
    assert_eq!(found[0]["title"], "from the base");
}

#[test]
fn detection_list_shows_kinds_and_where_detections_come_from() {
    let site = site();
    let ran = site.run(&["detection", "list"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let row = |id: &str| {
        let row = ran.stdout.lines().find(|line| line.starts_with(&format!(" {id} ")));
        row.unwrap_or_else(|| panic!("{id}: {}", ran.stdout)).split_whitespace().collect::<Vec<_>>().join(" ")
    };
    assert_eq!(
        row("Own"),
        "Own derived rule yes HIGH Okta.SystemLog ours ours/rules/own.yml:2 (derived from Base)"
    );
    assert_eq!(
        row("Loud"),
        "Loud rule no INFO Okta.SystemLog vendor/rules/loud.yml:2 (enabled, severity from ours/overrides.yml:2)"
    );
    assert_eq!(
        row("Replaced"),
        "Replaced rule yes LOW Okta.SystemLog ours/rules/replaced.yml:2 (replaces vendor/rules/replaced.yml:2)"
    );
    let listed = json_of(&site.run(&["detection", "list", "--filter", "Severity=high", "--format", "json"]));
    let listed = listed["detections"].as_array().unwrap();
    assert_eq!(listed.len(), 1);
    assert_eq!((&listed[0]["base"], &listed[0]["runs"]), (&json!("Base"), &json!(true)));
    assert_eq!(listed[0]["code"], "vendor/rules/base.py");
    assert_eq!(site.run(&["detection", "disable", "Own"]).code, Some(0));
    let listed = json_of(&site.run(&["detection", "list", "--filter", "RuleID=own", "--format", "json"]));
    assert_eq!(
        (&listed["detections"][0]["switched"], &listed["detections"][0]["runs"]),
        (&json!(false), &json!(false))
    );
    let wrong = site.run(&["detection", "list", "--filter", "Severty=High"]);
    assert_eq!((wrong.code, wrong.stderr.contains("did you mean `Severity`?")), (Some(2), true), "{wrong:?}");
}

#[test]
fn signals_are_told_from_alerts() {
    let site = site();
    site.write(
        "ours/rules/signal.yml",
        "AnalysisType: rule\nRuleID: Signal\nBaseDetection: Base\nEnabled: true\nCreateAlert: false\n",
    );
    let list = site.run(&["detection", "list"]).stdout;
    let row = list.lines().find(|line| line.starts_with(" Signal ")).unwrap();
    assert!(row.contains("yes, signals only"), "{row}");
}

#[test]
fn the_matrix_counts_detections_by_tactic_and_technique() {
    let site = site();
    let text = site.run(&["detection", "mitre"]).stdout;
    let expected = "TA0006 Credential Access\n  T1110 Brute Force: 2 enabled, 2 disabled\n";
    assert!(text.starts_with(expected), "{text}");
    assert!(text.contains("    Own\n") && text.contains("    Loud (disabled)\n"), "{text}");
    assert!(text.contains("  TA0006:T9999 (unknown technique): Base, Loud"), "{text}");
    assert!(text.contains("  odd (not of the form `TA0006:T1110.003`): "), "{text}");
    assert!(
        text.ends_with(
            "1 of 15 tactics, 1 techniques, 1 of them by a detection that runs; 0 detections name none\n"
        ),
        "{text}"
    );
    let json = json_of(&site.run(&["detection", "mitre", "--format", "json"]));
    assert_eq!(json["tactics"][0]["techniques"][0]["disabled"], json!(["Base", "Loud"]));
    assert_eq!(json["unknown"].as_array().unwrap().len(), 2);
    let layer = json_of(&site.run(&["detection", "mitre", "--format", "navigator"]));
    assert_eq!((&layer["domain"], &layer["versions"]["layer"]), (&json!("enterprise-attack"), &json!("4.5")));
    let technique = &layer["techniques"][0];
    assert_eq!(
        (&technique["techniqueID"], &technique["tactic"]),
        (&json!("T1110"), &json!("credential-access"))
    );
    assert_eq!(technique["score"], 2);
}

#[test]
fn a_server_runs_the_overlaid_content() {
    let site = site();
    site.write("ours/overrides.yml", "- { id: Loud, enabled: false }\n- { id: Nothing, enabled: false }\n");
    let server = site.start();
    server.send_events(&[okta_event("u-1", "ada@example.com", "LOCKED_OUT")]);
    server.wait_evaluated(1);
    let alerts = server.alerts("ALERT");
    let alerted: Vec<String> = alerts.iter().map(|alert| text(&alert["detection"]["id"])).collect();
    assert_eq!(alerted, ["Own"]);
    assert_eq!(alerts[0]["severity"], "HIGH");
    let log = site.log();
    assert!(log.contains("ours/overrides.yml:2: no earlier root has an item `Nothing`"), "{log}");
}
