//! Rules in YAML and inline filters: in the server, and in the offline commands.

use serde_json::{Value, json};

use crate::harness::{Ran, Server, Site, okta_event, text, wait_until};

const SOURCE: &str = "sources:\n  - { id: okta, type: http, log_types: [Okta.SystemLog] }\n";

/// Who is locked out, by severity and grouped by person.
const LOCKED: &str = "\
Detection:
  - KeyPath: outcome.reason
    Condition: Equals
    Value: LOCKED OUT
AlertTitle: 'Locked out: {actor.alternateId}'
GroupBy:
  - KeyPath: actor.alternateId
AlertContext:
  - KeyName: address
    KeyValue: { KeyPath: client.ipAddress }
DynamicSeverities:
  - ChangeTo: Critical
    Conditions:
      - KeyPath: actor.alternateId
        Condition: StartsWith
        Value: admin
";

/// Errors on a text.
const BROKEN: &str = "\
Detection:
  - KeyPath: outcome.reason
    Condition: IsGreaterThan
    Value: 5
";

const FILTER: &str = "\
InlineFilters:
  - KeyPath: actor.alternateId
    Condition: EndsWith
    Value: '@example.com'
";

/// Fails on every event: the field is a text.
const BROKEN_FILTER: &str = "\
InlineFilters:
  - KeyPath: outcome.reason
    Condition: IsLessThan
    Value: 5
";

const PYTHON: &str = "def rule(event):\n    return True\ndef title(event):\n    return 'python saw ' + event['actor']['alternateId']\n";

/// Adds a rule in YAML.
fn write_simple(site: &Site, id: &str, keys: &str) {
    let yaml = format!(
        "AnalysisType: rule\nRuleID: {id}\nEnabled: true\nLogTypes: [Okta.SystemLog]\nSeverity: High\n{keys}"
    );
    site.write(&format!("content/rules/{}.yml", id.to_lowercase()), &yaml);
}

fn titles(server: &Server, class: &str, id: &str) -> Vec<String> {
    let mut titles: Vec<_> = server.alerts_of(class, id).iter().map(|alert| text(&alert["title"])).collect();
    titles.sort();
    titles
}

fn send(server: &Server, uuid: &str, user: &str, reason: &str) {
    server.send_events(&[okta_event(uuid, user, reason)]);
}

#[test]
fn rules_in_yaml_and_filters_from_request_to_alert() {
    let site = Site::new(SOURCE);
    write_simple(&site, "Simple.Locked", LOCKED);
    write_simple(&site, "Simple.Broken", BROKEN);
    site.rule("Python.Filtered", FILTER, PYTHON);
    site.rule("Python.Broken", BROKEN_FILTER, PYTHON);
    let server = site.start();
    server.send_events(&[
        okta_event("1", "ada@example.com", "LOCKED OUT"),
        okta_event("2", "ada@example.com", "LOCKED OUT"),
        okta_event("3", "admin@other.org", "LOCKED OUT"),
        okta_event("4", "bob@example.com", "OTHER"),
    ]);
    server.wait_evaluated(4);
    wait_until("all alerts are there", || server.alerts("ALERT").len() == 4);

    // Grouped by person, the severity by who it is.
    let expected = ["Locked out: ada@example.com", "Locked out: admin@other.org"];
    assert_eq!(titles(&server, "ALERT", "Simple.Locked"), expected);
    let alerts = server.alerts_of("ALERT", "Simple.Locked");
    let of = |user: &str| {
        alerts
            .iter()
            .find(|alert| text(&alert["title"]).ends_with(user))
            .unwrap_or_else(|| panic!("{alerts:?}"))
    };
    assert_eq!(of("ada@example.com")["severity"], "HIGH");
    assert_eq!(of("admin@other.org")["severity"], "CRITICAL");
    let matches: u64 = alerts.iter().map(|alert| alert["eventCount"].as_u64().unwrap_or_default()).sum();
    assert_eq!(matches, 3, "{alerts:?}");

    // The filter lets two people through.
    let expected = ["python saw ada@example.com", "python saw bob@example.com"];
    assert_eq!(titles(&server, "ALERT", "Python.Filtered"), expected);

    // A filter that fails is an error of its rule, which does not run.
    assert_eq!(titles(&server, "ALERT", "Python.Broken"), [""; 0]);
    for id in ["Python.Broken", "Simple.Broken"] {
        let errors = server.alerts_of("DETECTION_ERROR", id);
        assert_eq!(errors.len(), 1, "{id}: one per class of error");
        let title = text(&errors[0]["title"]);
        assert!(title.starts_with("TypeError(\"") && title.contains("of `outcome.reason`"), "{title}");
    }
    assert_eq!(server.metric("margay_rule_errors_total"), 8.0);
    assert_eq!(server.metric("margay_rule_matches_total"), 6.0);
    assert_eq!(server.metric("margay_events_evaluated_total"), 4.0);

    switches_reach_rules_in_yaml(&site, &server);
}

fn switches_reach_rules_in_yaml(site: &Site, server: &Server) {
    let ran = site.run(&["detection", "disable", "Simple.Locked"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let count = || server.alerts_of("ALERT", "Simple.Locked").len();
    // A running server follows within a second; each event is of a person of its own.
    let mut number = 0;
    wait_until("the rule is off", || {
        number += 1;
        let before = count();
        send(server, &format!("off{number}"), &format!("p{number}@other.org"), "LOCKED OUT");
        server.wait_evaluated(4 + number);
        wait_until("the errors of the event are counted", || {
            server.metric("margay_rule_errors_total") >= (8 + 2 * number) as f64
        });
        count() == before
    });
}

fn json_of(ran: &Ran) -> Value {
    serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {ran:?}"))
}

const TESTS: &str = "\
Tests:
  - Name: locked out
    ExpectedResult: true
    Log: { outcome: { reason: LOCKED OUT }, actor: { alternateId: admin@example.com }, client: { ipAddress: 203.0.113.9 } }
  - Name: other
    ExpectedResult: false
    Log: { outcome: { reason: OTHER }, actor: { alternateId: ada@other.org } }
";

#[test]
fn unit_tests_of_rules_in_yaml_need_no_python() {
    let site = Site::new("content: [content]\npython: { executable: no-such-python }\n");
    write_simple(&site, "Simple.Locked", &format!("{LOCKED}{TESTS}"));
    let ran = site.run(&["test"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let expected = "Simple.Locked\n\t[PASS] locked out\n\t\t[PASS] [rule] true\n\
                    \t\t[PASS] [title] Locked out: admin@example.com\n\
                    \t\t[PASS] [dedup] [\"admin@example.com\"]\n\
                    \t\t[PASS] [alertContext] {\"address\":\"203.0.113.9\"}\n\
                    \t\t[PASS] [severity] CRITICAL\n\t[PASS] other\n\t\t[PASS] [rule] false\n";
    assert!(ran.stdout.starts_with(expected), "{}", ran.stdout);

    let mocked = TESTS.replace(
        "    Log: { outcome: { reason: OTHER",
        "    Mocks: [{ objectName: a, returnValue: b }]\n    Log: { outcome: { reason: OTHER",
    );
    write_simple(&site, "Simple.Locked", &format!("{LOCKED}{mocked}"));
    let ran = site.run(&["test", "--format", "json"]);
    assert_eq!(ran.code, Some(1));
    let report = json_of(&ran);
    assert_eq!(report["tests"], json!({"total": 2, "passed": 1, "failed": 1}));
    let failure = &report["failures"][0];
    assert!(text(&failure["reason"]).starts_with("[mocks] "), "{failure}");
    assert_eq!((&failure["test"], &failure["line"]), (&json!("other"), &json!(26)));
}

#[test]
fn unit_tests_honour_filters() {
    let site = Site::new("content: [content]\n");
    site.rule("Filtered", &format!("{FILTER}{TESTS}"), "def rule(event):\n    return True\n");
    let ran = site.run(&["test", "--format", "json"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_eq!(json_of(&ran)["tests"], json!({"total": 2, "passed": 2, "failed": 0}));

    site.rule("Filtered", &format!("{BROKEN_FILTER}{TESTS}"), "def rule(event):\n    return True\n");
    let ran = site.run(&["test", "--format", "json"]);
    let report = json_of(&ran);
    assert_eq!(report["tests"], json!({"total": 2, "passed": 0, "failed": 2}));
    assert!(
        text(&report["failures"][0]["reason"]).starts_with("[rule] TypeError: inline filter: "),
        "{report}"
    );
    // A rule whose code cannot be loaded is invalid whatever its filters say.
    site.rule(
        "Filtered",
        &format!("{FILTER}{TESTS}"),
        "import no_such_module\ndef rule(event):\n    return True\n",
    );
    let ran = site.run(&["test", "--format", "json"]);
    assert_eq!(json_of(&ran)["items"]["invalid"], 1, "{ran:?}");

    let missing = Site::new("content: [content]\ndetections: { missing_field_passes: true }\n");
    let tests = "Tests:\n  - Name: no field\n    ExpectedResult: true\n    Log: { a: 1 }\n";
    missing.rule("Filtered", &format!("{FILTER}{tests}"), "def rule(event):\n    return True\n");
    assert_eq!(missing.run(&["test"]).code, Some(0));
}

#[test]
fn detect_runs_rules_in_yaml_and_filters() {
    let site = Site::new("content: [content]\n");
    write_simple(&site, "B.Simple", LOCKED);
    write_simple(&site, "C.Broken", BROKEN);
    site.rule("A.Python", FILTER, PYTHON);
    site.rule("D.Python", BROKEN_FILTER, PYTHON);
    let events = [
        okta_event("1", "ada@example.com", "LOCKED OUT"),
        okta_event("2", "admin@other.org", "LOCKED OUT"),
        okta_event("3", "bob@example.com", "OTHER"),
    ];
    let lines: Vec<String> = events.iter().map(Value::to_string).collect();
    site.write("events.jsonl", &lines.join("\n"));
    for engine in ["auto", "python"] {
        let args = [
            "detect",
            "--content",
            "content",
            "--log-type",
            "Okta.SystemLog",
            "--engine",
            engine,
            "--stats",
            "stats.json",
            "events.jsonl",
        ];
        let ran = site.run(&args);
        assert_eq!(ran.code, Some(0), "{ran:?}");
        let found: Vec<Value> = ran.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let order: Vec<(u64, String, bool)> = found
            .iter()
            .map(|line| (line["index"].as_u64().unwrap(), text(&line["ruleId"]), line["error"].is_null()))
            .collect();
        let row = |index, id: &str, is_match| (index, id.to_owned(), is_match);
        assert_eq!(
            order,
            [
                row(0, "A.Python", true),
                row(0, "B.Simple", true),
                row(0, "C.Broken", false),
                row(0, "D.Python", false),
                row(1, "B.Simple", true),
                row(1, "C.Broken", false),
                row(1, "D.Python", false),
                row(2, "A.Python", true),
                row(2, "C.Broken", false),
                row(2, "D.Python", false),
            ]
        );
        assert_eq!(
            found[4],
            json!({"index": 1, "ruleId": "B.Simple", "title": "Locked out: admin@other.org",
                   "dedup": "[\"admin@other.org\"]", "severity": "CRITICAL", "destinations": null,
                   "alertContext": {"address": "203.0.113.9"}, "error": null})
        );
        assert_eq!(found[2]["error"]["type"], "TypeError");
        let message = text(&found[3]["error"]["message"]);
        assert!(message.starts_with("inline filter: `IsLessThan` of `outcome.reason`"), "{message}");
        let stats: Value =
            serde_json::from_str(&std::fs::read_to_string(site.path().join("stats.json")).unwrap()).unwrap();
        for (key, count) in [
            ("events", 3),
            ("rules", 4),
            ("matches", 4),
            ("errors", 6),
            ("nativeRules", 2),
            ("pythonRules", 2),
        ] {
            assert_eq!(stats[key], count, "{key}: {stats}");
        }
    }
}

#[test]
fn detect_needs_no_python_for_rules_in_yaml() {
    let site = Site::new("content: [content]\npython: { executable: no-such-python }\n");
    write_simple(&site, "Simple.Locked", LOCKED);
    site.write("events.jsonl", &okta_event("1", "ada@example.com", "LOCKED OUT").to_string());
    let args = ["detect", "--content", "content", "--log-type", "Okta.SystemLog", "events.jsonl"];
    let ran = site.run(&args);
    assert_eq!((ran.code, ran.stdout.lines().count()), (Some(0), 1), "{ran:?}");
}
