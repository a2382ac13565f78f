//! Pypanther projects through every command and the server, on the real package.

use serde_json::{Value, json};
use test_support::pypanther_python;

use crate::harness::{Ran, Server, Site, allow, okta_event, signal, text, vendor, wait_until};

/// A rule and one that builds on it.
const RULES: &str = r#"
from pypanther import LogType, Rule, RuleMock, RuleTest, Severity

from helpers.people import is_on_call


class LockedOut(Rule):
    id = "Own.LockedOut"
    display_name = "Locked out"
    log_types = [LogType.OKTA_SYSTEM_LOG]
    default_severity = Severity.LOW
    default_destinations = ["taker"]
    tags = ["Okta"]
    tests = [
        RuleTest(name="locked", expected_result=True, expected_title="ada is locked out",
                 log={"actor": {"alternateId": "ada"}, "outcome": {"reason": "LOCKED_OUT"}}),
        RuleTest(name="on call", expected_result=True, expected_severity="HIGH",
                 log={"actor": {"alternateId": "ada"}, "outcome": {"reason": "LOCKED_OUT"}},
                 mocks=[RuleMock("is_on_call", return_value=True)]),
        RuleTest(name="other", expected_result=False, log={"outcome": {"reason": "x"}}),
    ]

    def rule(self, event):
        return event.deep_get("outcome", "reason") == self.reason()

    def reason(self):
        return "LOCKED_OUT"

    def title(self, event):
        return event.deep_get("actor", "alternateId", default="somebody") + " is locked out"

    def severity(self, event):
        return "HIGH" if is_on_call(event.deep_get("actor", "alternateId")) else "DEFAULT"


class Unknown(LockedOut):
    id = "Own.Unknown"
    display_name = ""
    default_destinations = None
    tests = []

    def reason(self):
        return "UNKNOWN_USER"
"#;
const MAIN: &str = "import rules\nfrom pypanther import get_rules, register\n\nregister(get_rules(rules))\n";
const CLASSIC: &str = "def rule(event):\n    return True\n";
const SOURCE: &str = "sources:\n  - { id: okta, type: http, log_types: [Okta.SystemLog] }\n";

/// A site with the content roots `content` and `own`, whose Python has the package; `keys` are more lines.
fn site(keys: &str) -> Site {
    let python = pypanther_python();
    let site = Site::new(&format!(
        "content: [content, own]\npython: {{ executable: \"{}\", rule_timeout: 2s, pypanther_timeout: 20s }}\n{keys}",
        python.display()
    ));
    site.write("own/main.py", MAIN)
        .write("own/rules/__init__.py", "")
        .write("own/rules/okta.py", RULES)
        .write("own/helpers/people.py", "def is_on_call(name):\n    return name == 'grace'\n");
    site
}

fn json_of(ran: &Ran) -> Value {
    serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {ran:?}"))
}

fn locked(user: &str, reason: &str) -> Value {
    okta_event("1", user, reason)
}

/// The findings that are errors; what lint says of the short examples is not looked at here.
fn errors(report: &Value) -> Vec<&Value> {
    report["findings"].as_array().unwrap().iter().filter(|finding| finding["level"] == "error").collect()
}

#[test]
fn every_command_knows_the_rules_of_a_project() {
    let site = site("");
    site.rule("Classic", "", CLASSIC);

    let ran = site.run(&["check", "--format", "json"]);
    let report = json_of(&ran);
    assert_eq!((&report["items"], errors(&report).len()), (&json!(3), 0), "{ran:?}");

    let report = json_of(&site.run(&["test", "--format", "json"]));
    assert_eq!(report["items"], json!({"total": 3, "passed": 3, "failed": 0, "skipped": 0, "invalid": 0}));
    assert_eq!(report["tests"], json!({"total": 3, "passed": 3, "failed": 0}));
    let text = site.run(&["test", "own", "--filter", "Severity=low"]).stdout;
    let shown = "Own.LockedOut\n\t[PASS] locked\n\t\t[PASS] [rule] true\n\t\t[PASS] [title] ada is locked out\n\
                 \t\t[PASS] [dedup] ada is locked out\n\t\t[PASS] [severity] LOW\n\t[PASS] on call\n";
    assert!(text.starts_with(shown), "{text}");
    for path in ["own/rules", "own/rules/okta.py"] {
        let report = json_of(&site.run(&["test", path, "--format", "json"]));
        assert_eq!(report["tests"], json!({"total": 3, "passed": 3, "failed": 0}), "{path}");
    }

    let listed = site.run(&["detection", "list"]).stdout;
    let row = listed.lines().find(|line| line.contains("Own.LockedOut")).unwrap();
    assert!(row.contains("LOW") && row.contains("Okta.SystemLog") && row.contains("Locked out"), "{listed}");
    assert_eq!(site.run(&["detection", "disable", "Own.Unknown"]).code, Some(0));

    let lines: Vec<String> =
        [locked("ada", "LOCKED_OUT"), locked("grace", "UNKNOWN_USER")].iter().map(Value::to_string).collect();
    site.write("events.jsonl", &lines.join("\n"));
    let ran = site.run(&["detect", "--content", "own", "--log-type", "Okta.SystemLog", "events.jsonl"]);
    let found: Vec<Value> = ran.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(
        found,
        [
            json!({"index": 0, "ruleId": "Own.LockedOut", "title": "ada is locked out",
                "dedup": "ada is locked out", "severity": "LOW", "destinations": null, "alertContext": null,
                "error": null}),
            json!({"index": 1, "ruleId": "Own.Unknown", "title": "grace is locked out",
                "dedup": "grace is locked out", "severity": "HIGH", "destinations": null, "alertContext": null,
                "error": null}),
        ],
        "{ran:?}"
    );
}

#[test]
fn failures_name_the_line_of_the_project() {
    let site = site("");
    site.write("own/rules/okta.py", &RULES.replace("\"LOCKED_OUT\"\n", "1 // 0\n"));
    let report = json_of(&site.run(&["test", "--format", "json"]));
    assert_eq!(report["items"], json!({"total": 2, "passed": 1, "failed": 1, "skipped": 0, "invalid": 0}));
    let failure = &report["failures"][0];
    assert_eq!((&failure["id"], &failure["test"]), (&json!("Own.LockedOut"), &json!("locked")));
    assert!(text(&failure["reason"]).starts_with("[rule] ZeroDivisionError: "), "{failure}");
    assert_eq!((&failure["file"], &failure["line"]), (&json!("own/rules/okta.py"), &json!(27)));

    site.write("own/rules/okta.py", &RULES.replace("ada is locked out", "bob is locked out"));
    let failure = json_of(&site.run(&["test", "--format", "json"]))["failures"][0].clone();
    assert_eq!(failure["reason"], r#"[title] returned "ada is locked out", expected "bob is locked out""#);
    assert_eq!((&failure["file"], &failure["line"]), (&json!("own/rules/okta.py"), &json!(15)));
}

#[test]
fn a_broken_project_costs_itself_alone() {
    let site = site("");
    site.rule("Classic", "Tests: [{ Name: t, ExpectedResult: true, Log: {} }]\n", CLASSIC);
    site.write("own/rules/okta.py", &RULES.replace("class LockedOut(Rule):", "class LockedOut(Rule"));
    let report = json_of(&site.run(&["check", "--format", "json"]));
    assert_eq!(report["items"], 2);
    let finding = errors(&report)[0];
    assert_eq!((&finding["code"], &finding["file"]), (&json!("C901"), &json!("own/rules/okta.py")));
    assert_eq!((&finding["line"], &finding["level"]), (&json!(7), &json!("error")));
    let ran = site.run(&["test", "--format", "json"]);
    assert_eq!(ran.code, Some(1));
    let report = json_of(&ran);
    assert_eq!(report["items"], json!({"total": 2, "passed": 1, "failed": 0, "skipped": 0, "invalid": 1}));
    let not_run = &report["notRun"][0];
    assert_eq!((&not_run["id"], &not_run["state"]), (&json!("main.py"), &json!("invalid")));
    assert_eq!((&not_run["file"], &not_run["line"]), (&json!("own/rules/okta.py"), &json!(7)));
    let ran = site.run(&["detect", "--content", "own", "--log-type", "Okta.SystemLog", "events.jsonl"]);
    assert_ne!(ran.code, Some(0), "there is no such file");
}

#[test]
fn without_the_package_the_message_says_what_to_do() {
    let site = site("");
    site.write("margay.yaml", "content: [own]\npython: { executable: python3 }\n");
    let ran = site.run(&["check"]);
    assert_eq!(ran.code, Some(1));
    assert!(ran.stdout.contains("error[C901]: the package `pypanther` is not installed for `/"), "{ran:?}");
    assert!(ran.stdout.contains("= help: run `margay python setup`, or `/"), "{ran:?}");
    assert!(ran.stdout.contains("-m pip install --pre pypanther`"), "{ran:?}");
}

#[test]
fn ids_are_unique_across_classic_and_pypanther_content() {
    let site = site("");
    site.rule("Own.Unknown", "", CLASSIC);
    let report = json_of(&site.run(&["check", "--format", "json"]));
    assert_eq!(errors(&report), [] as [&Value; 0], "the later root has it");
    assert_eq!(report["overrides"][0]["to"], json!({"file": "own/rules/okta.py", "line": 36}));
    std::fs::rename(site.path().join("content/rules"), site.path().join("own/classic_rules")).unwrap();
    std::fs::create_dir(site.path().join("content/rules")).unwrap();
    let report = json_of(&site.run(&["check", "--format", "json"]));
    assert_eq!(errors(&report).len(), 1);
    let finding = errors(&report)[0];
    assert_eq!((&finding["code"], &finding["itemId"]), (&json!("C011"), &json!("Own.Unknown")));
    assert_eq!((&finding["file"], &finding["line"]), (&json!("own/rules/okta.py"), &json!(36)));
}

#[test]
fn a_repository_may_be_a_project_too() {
    let site = site("");
    site.write(
        "margay.yaml",
        &format!("content: [content]\npython: {{ executable: \"{}\" }}\n", pypanther_python().display()),
    );
    site.rule("Classic", "", CLASSIC);
    site.write(
        "content/main.py",
        "import rules.okta as okta\nfrom pypanther import register\nregister(okta.LockedOut)\n",
    )
    .write("content/rules/okta.py", RULES)
    .write("content/helpers/people.py", "def is_on_call(name):\n    return False\n");
    let report = json_of(&site.run(&["test", "--format", "json"]));
    assert_eq!(report["items"], json!({"total": 2, "passed": 2, "failed": 0, "skipped": 0, "invalid": 0}));
    assert_eq!(report["tests"], json!({"total": 3, "passed": 3, "failed": 0}));
}

#[test]
fn every_rule_of_the_package_passes_its_tests() {
    let site = site("");
    site.write(
        "own/main.py",
        "from pypanther import get_panther_rules, register\n\nregister(get_panther_rules())\n",
    );
    let report = json_of(&site.run(&["test", "--format", "json"]));
    assert_eq!(
        report["items"],
        json!({"total": 595, "passed": 595, "failed": 0, "skipped": 0, "invalid": 0})
    );
    assert_eq!(report["tests"], json!({"total": 1789, "passed": 1789, "failed": 0}));
}

/// The titles of the alerts of a detection, waiting until there are some.
fn titles(server: &Server, id: &str) -> Vec<String> {
    wait_until(&format!("`{id}` has an alert"), || !server.alerts_of("ALERT", id).is_empty());
    server.alerts_of("ALERT", id).iter().map(|alert| text(&alert["title"])).collect()
}

#[test]
fn an_event_becomes_an_alert_and_a_reload_takes_over_new_classes() {
    let taker = vendor();
    let site = site(&format!(
        "{}{SOURCE}destinations:\n  - {{ name: taker, type: webhook, config: {{ webhook_url: \"{}\" }} }}\n",
        allow(&[&taker]),
        taker.url("/")
    ));
    site.rule("Classic", "", "def rule(event):\n    return False\n");
    let server = site.start();
    server.send_events(&[locked("ada", "LOCKED_OUT"), locked("grace", "UNKNOWN_USER")]);
    server.wait_evaluated(2);
    assert_eq!(titles(&server, "Own.LockedOut"), ["ada is locked out"]);
    let alert = server.alerts_of("ALERT", "Own.Unknown").remove(0);
    assert_eq!((&alert["title"], &alert["severity"]), (&json!("grace is locked out"), &json!("HIGH")));
    server.wait_delivered();
    assert_eq!(taker.count(), 1, "only the first class names a destination");

    let changed = RULES.replace("UNKNOWN_USER", "OTHER_REASON").replace("class Unknown", "class Renamed");
    site.write("own/rules/okta.py", &changed);
    signal(server.pid(), "HUP");
    wait_until("the reload is done", || {
        server.printed().iter().any(|line| line == "margay reloaded: 3 items, 0 invalid")
    });
    server.send_events(&[locked("eve", "OTHER_REASON")]);
    server.wait_evaluated(3);
    wait_until("the new class matched", || server.alerts_of("ALERT", "Own.Unknown").len() == 2);
}

#[test]
fn a_project_without_end_costs_itself_and_the_server_serves() {
    let site = site(SOURCE);
    let python = pypanther_python();
    site.write(
        "margay.yaml",
        &format!(
            "content: [content, own, sound]\npython: {{ executable: \"{}\", pypanther_timeout: 8s }}\n{SOURCE}",
            python.display()
        ),
    );
    site.rule("Classic", "", CLASSIC);
    site.write("own/main.py", "import pypanther\n\n\nwhile True:\n    pass\n");
    site.write("sound/main.py", "import okta\nfrom pypanther import register\nregister(okta.LockedOut)\n")
        .write("sound/okta.py", RULES)
        .write("sound/helpers/people.py", "def is_on_call(name):\n    return False\n");
    let server = site.start();
    server.send_events(&[locked("ada", "LOCKED_OUT")]);
    server.wait_evaluated(1);
    assert_eq!(titles(&server, "Own.LockedOut"), ["ada is locked out"]);
    assert_eq!(server.alerts_of("ALERT", "Classic").len(), 1);
    let log = site.log();
    assert!(log.contains("`main.py` did not come to its end within 8s; `main.py` is left out"), "{log}");
}
