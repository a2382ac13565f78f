//! The public tool for detections as Python classes, unchanged: its projects go up, are live, and are replaced.

use std::path::PathBuf;
use std::sync::LazyLock;

use serde_json::{Value, json};
use test_support::pypanther_python;

use crate::clients::{Told, interpreter, limited, told};
use crate::harness::{Server, Site, TOKEN, okta_event, text};

/// The tool's program in its own environment.
static TOOL: LazyLock<PathBuf> = LazyLock::new(|| interpreter("pypanther-cli").with_file_name("pypanther"));

const SOURCE: &str = "sources:\n  - { id: okta, type: http, log_types: [Okta.SystemLog] }\n";
const MAIN: &str = "import rules\nfrom pypanther import get_rules, register\n\nregister(get_rules(rules))\n";
const RULES: &str = r#"
from pypanther import LogType, Rule, RuleTest, Severity

from helpers.people import who


class LockedOut(Rule):
    id = "Project.LockedOut"
    display_name = "Locked out"
    log_types = [LogType.OKTA_SYSTEM_LOG]
    default_severity = Severity.HIGH
    tests = [
        RuleTest(name="locked", expected_result=True, log={"eventType": "user.account.lock"}),
        RuleTest(name="in", expected_result=False, log={"eventType": "user.session.start"}),
    ]

    def rule(self, event):
        return event.get("eventType") == "user.account.lock"

    def title(self, event):
        return f"{who(event)} was locked out"


class Failed(LockedOut):
    id = "Project.Failed"
    display_name = "Failed"
    default_severity = Severity.LOW
    tests = []

    def rule(self, event):
        return event.deep_get("outcome", "result") == "FAILURE"

    def title(self, event):
        return f"{who(event)} failed"
"#;
const HELPER: &str =
    "def who(event):\n    return event.deep_get(\"actor\", \"alternateId\", default=\"somebody\")\n";

/// A site whose server runs rules with this interpreter, and a project that the server does not read.
fn site(python: &str) -> Site {
    let site = Site::new(&format!("python: {{ executable: \"{python}\" }}\n{SOURCE}"));
    site.write("repo/main.py", MAIN)
        .write("repo/rules/__init__.py", "")
        .write("repo/rules/okta.py", RULES)
        .write("repo/helpers/__init__.py", "")
        .write("repo/helpers/people.py", HELPER);
    site
}

fn good_site() -> Site {
    site(&pypanther_python().display().to_string())
}

/// Runs an upload in the project; `answers` is what somebody types at its question.
fn upload_as(server: &Server, site: &Site, token: &str, answers: &str, args: &[&str]) -> Told {
    let mut command = limited(&TOOL);
    command.arg("upload").args(args).current_dir(site.path().join("repo"));
    command.env("PANTHER_API_HOST", format!("{}/public/graphql", server.base));
    command.env("PANTHER_API_TOKEN", token);
    told(&mut command, answers)
}

fn upload(server: &Server, site: &Site, answers: &str, args: &[&str]) -> Told {
    upload_as(server, site, TOKEN, answers, args)
}

/// The numbers of a block that the tool prints: new, modified, deleted, total.
fn numbers(told: &Told, block: &str) -> Vec<u64> {
    let lines = told.out.lines().skip_while(|line| !line.contains(block)).skip(1);
    let number = |line: &str| line.split_once(": ")?.1.trim().parse().ok();
    lines.skip_while(|line| number(line).is_none()).map_while(number).collect()
}

/// The titles of the alerts after one more event, those of the event alone.
fn said(server: &Server, user: &str) -> Vec<String> {
    let before = server.evaluated();
    server.send_events(&[okta_event(user, user, "X")]);
    server.wait_evaluated(before + 1);
    let titles = server.alerts("ALERT").into_iter().map(|alert| text(&alert["title"]));
    let mut said: Vec<String> = titles.filter(|title| title.starts_with(user)).collect();
    said.sort();
    said
}

#[test]
fn a_project_is_uploaded_is_live_and_is_replaced_as_a_whole() {
    let site = good_site();
    site.rule("Classic", "", "def rule(event):\n    return False\n");
    let server = site.start();

    let looked = upload(&server, &site, "", &["--dry-run"]);
    assert_eq!(looked.code, 0, "{looked:?}");
    assert!(looked.out.contains("New Rules [2]:\n+ Project.Failed\n+ Project.LockedOut\n"), "{looked:?}");
    let refused = upload(&server, &site, "n\n", &[]);
    assert_eq!(refused.code, 0, "{refused:?}");
    assert!(refused.out.contains("Exiting upload"), "{refused:?}");
    assert_eq!(said(&server, "ada"), [] as [&str; 0], "nothing was uploaded yet");

    let done = upload(&server, &site, "y\n", &[]);
    assert_eq!(done.code, 0, "{done:?}");
    assert!(done.out.contains("Passed tests:    2"), "its own tests ran: {done:?}");
    assert_eq!(numbers(&done, "Changes Summary"), [2, 0, 0, 2], "{done:?}");
    assert_eq!(numbers(&done, "Upload Statistics"), [2, 0, 0, 2], "{done:?}");
    assert_eq!(said(&server, "eve"), ["eve failed", "eve was locked out"]);
    let rule = server.get_json("/rules/Project.LockedOut");
    assert_eq!((&rule["severity"], &rule["origin"]), (&json!("HIGH"), &json!("pypanther")), "{rule}");

    let again = upload(&server, &site, "", &["--skip-summary", "--skip-tests"]);
    assert_eq!(again.code, 0, "{again:?}");
    assert_eq!(numbers(&again, "Upload Statistics"), [0, 0, 0, 2], "nothing changed: {again:?}");
    assert_eq!(server.list("/content/changes").len(), 1, "an unchanged project is no change");

    // One class changes, the other goes.
    let failed = RULES.find("\n\nclass Failed").unwrap();
    let changed = RULES[..failed].replace("was locked out", "has been locked out");
    site.write("repo/rules/okta.py", &changed);
    let done = upload(&server, &site, "", &["--skip-summary", "--output", "json"]);
    assert_eq!(done.code, 0, "{done:?}");
    let told: Value = serde_json::from_str(&done.out).unwrap_or_else(|error| panic!("{error}: {done:?}"));
    assert_eq!(told["result"], "UPLOAD_SUCCEEDED", "{told}");
    assert_eq!(
        told["upload_statistics"]["rules"],
        json!({"new_rule_ids": [], "modified_rule_ids": ["Project.LockedOut"],
            "deleted_rule_ids": ["Project.Failed"], "total_rule_ids": ["Project.LockedOut"]})
    );
    assert_eq!(said(&server, "mo"), ["mo has been locked out"]);
    assert_eq!(server.get("/rules/Project.Failed").status, 404);
    assert_eq!(server.get("/rules/Classic").status, 200, "what is no part of the project is left alone");
}

/// What only the server can find wrong is said by the tool, and what ran goes on running.
#[test]
fn a_refused_project_is_explained_and_the_old_one_goes_on() {
    let site = good_site();
    site.rule("Project.Failed", "", "def rule(event):\n    return False\n");
    site.write("repo/rules/okta.py", &RULES[..RULES.find("\n\nclass Failed").unwrap()]);
    let server = site.start();
    let done = upload(&server, &site, "", &["--skip-summary"]);
    assert_eq!(done.code, 0, "{done:?}");

    let refused = |project: &str, what: &[&str]| {
        site.write("repo/rules/okta.py", project);
        for args in [&["--dry-run"], &["--skip-summary"]] {
            let told = upload(&server, &site, "", args);
            assert_eq!(told.code, 1, "{told:?}");
            assert!(told.out.contains("Upload Failed"), "{told:?}");
            assert!(!told.out.contains("issues"), "no JSON inside the text: {told:?}");
            for what in what {
                assert!(told.out.contains(what), "`{what}`: {told:?}");
            }
        }
        let told = upload(&server, &site, "", &["--skip-summary", "--output", "json"]);
        let json: Value = serde_json::from_str(&told.out).unwrap_or_else(|error| panic!("{error}: {told:?}"));
        assert_eq!(json["result"], "UPLOAD_FAILED");
        assert!(json["failed_upload_details"]["error"].as_str().unwrap().contains(what[0]), "{json}");
    };
    // The tool's environment has this package, the server's has not.
    let missing = format!("import prettytable\n{RULES}");
    refused(&missing, &["rules/okta.py: line 1: ModuleNotFoundError", "`margay python setup`"]);
    let outside = RULES.replace("\n\nclass LockedOut", "\nopen('/etc/hostname')\n\n\nclass LockedOut");
    refused(&outside, &["rules/okta.py: line 6: PermissionError", "no other files"]);
    assert_eq!(said(&server, "ada"), ["ada was locked out"], "the first project goes on");
    assert_eq!(server.list("/content/changes").len(), 1);

    // What the tool finds itself is not sent.
    site.write("repo/rules/okta.py", &RULES.replace("expected_result=False", "expected_result=True"));
    let failing = upload(&server, &site, "", &["--skip-summary", "--output", "json"]);
    assert_eq!(failing.code, 1, "{failing:?}");
    assert!(failing.out.contains("TESTS_FAILED"), "{failing:?}");
    assert_eq!(server.list("/content/changes").len(), 1);
}

#[test]
fn a_server_without_the_package_says_how_to_get_it() {
    let site = site("python3");
    let server = site.start();
    let told = upload(&server, &site, "", &["--skip-summary"]);
    assert_eq!(told.code, 1, "{told:?}");
    assert!(told.out.contains("the package `pypanther` is not installed"), "{told:?}");
    assert!(told.out.contains("margay python setup"), "{told:?}");
}

#[test]
fn who_may_not_upload_is_told_so() {
    let site = good_site();
    let server = site.start();
    let told = upload_as(&server, &site, "nobody-knows-this-token", "", &["--skip-summary"]);
    assert_eq!(told.code, 1, "{told:?}");
    assert!(told.text.contains("Unauthorized"), "{told:?}");
    let made = site.run(&["token", "create", "--name", "reader", "--role", "AnalystReadOnly"]);
    let told = upload_as(&server, &site, made.stdout.trim(), "", &["--skip-summary"]);
    assert_eq!(told.code, 1, "{told:?}");
    assert!(told.text.contains("access denied"), "{told:?}");
}

/// Schemas beside the project go up with it, and a source takes their events without a restart.
#[test]
fn schemas_of_a_project_are_live_too() {
    let site = good_site();
    let schema = "schema: Custom.Door\ndescription: Doors of the house\nfields:\n  - { name: door, type: string, required: true }\n";
    site.write("repo/content/schemas/door.yml", schema);
    site.write("repo/rules/door.py", DOORS);
    let server = site.start();
    let form = json!({"integrationLabel": "doors", "logStreamType": "Lines", "logTypes": ["Custom.Door"],
        "authMethod": "None"});
    let told = upload(&server, &site, "", &["--skip-summary"]);
    assert_eq!(told.code, 0, "{told:?}");
    let made = server.change("POST", "/log-sources/http", &form);
    assert_eq!(made.status, 201, "{}", made.body);
    let answer = server.send(&text(&made.json()["integrationId"]), r#"{"door": "cellar"}"#);
    assert_eq!(answer.status, 200, "{}", answer.body);
    server.wait_evaluated(1);
    assert_eq!(server.alerts("ALERT")[0]["title"], "cellar is open");
    let again = upload(&server, &site, "", &["--dry-run"]);
    assert!(again.out.contains("Not Modified Schemas:    1"), "{again:?}");
}

const DOORS: &str = r#"
from pypanther import Rule, Severity


class Door(Rule):
    id = "Project.Door"
    log_types = ["Custom.Door"]
    default_severity = Severity.INFO

    def rule(self, event):
        return True

    def title(self, event):
        return f"{event['door']} is open"
"#;
