//! The public tool for detections as code, unchanged, against the server.

use std::path::PathBuf;
use std::sync::LazyLock;

use serde_json::{Value, json};
use stdx::{Clock as _, SystemClock};

use crate::clients::{Told, interpreter, limited, told};
use crate::harness::{Server, Site, TOKEN, okta_event, text, wait_until};

/// The tool's program in its own environment.
static TOOL: LazyLock<PathBuf> = LazyLock::new(|| interpreter("pat").with_file_name("panther_analysis_tool"));

const RULE: &str = "\
AnalysisType: rule
RuleID: Okta.User.Locked
DisplayName: An Okta user was locked out
Filename: locked.py
Enabled: true
LogTypes: [Okta.SystemLog]
Severity: Medium
InlineFilters:
  - KeyPath: outcome.result
    Condition: Equals
    Value: FAILURE
Tests:
  - Name: locked out
    ExpectedResult: true
    Log: {eventType: user.account.lock, outcome: {result: FAILURE}, actor: {alternateId: mira@example.com}}
  - Name: logged in
    ExpectedResult: false
    Log: {eventType: user.session.start, outcome: {result: FAILURE}}
";
const PYTHON: &str = "\
from example_names import who


def rule(event):
    return event.get(\"eventType\") == \"user.account.lock\"


def title(event):
    return f\"{who(event)} was locked out\"
";
const GLOBAL: &str = "\
AnalysisType: global
GlobalID: example_names
Filename: example_names.py
Description: Names of people in events
";
const GLOBAL_PYTHON: &str = "\
def who(event):
    return event.deep_get(\"actor\", \"alternateId\", default=\"somebody\")
";
const SECOND_RULE: &str = "\
AnalysisType: rule
RuleID: Okta.User.Start
Filename: start.py
Enabled: true
CreateAlert: false
LogTypes: [Okta.SystemLog]
Severity: Info
";
const SECOND_PYTHON: &str = "\
def rule(event):
    return event.get(\"eventType\") == \"user.session.start\"
";
const CORRELATION: &str = "\
AnalysisType: correlation_rule
RuleID: Okta.Locked.Back
DisplayName: A user was locked out and came back
Enabled: true
Severity: High
Detection:
  - Sequence:
      - {ID: first, RuleID: Okta.User.Locked}
      - {ID: second, RuleID: Okta.User.Start}
    LookbackWindowMinutes: 60
    Schedule: {RateMinutes: 30, TimeoutMinutes: 5}
Tests:
  - Name: both
    ExpectedResult: true
    RuleOutputs:
      - {ID: first, Matches: {user: {mira: [0]}}}
      - {ID: second, Matches: {user: {mira: [10]}}}
";

const SIMPLE: &str = "\
AnalysisType: rule
RuleID: Okta.Reason
Enabled: true
LogTypes: [Okta.SystemLog]
Severity: Low
Detection:
  - {KeyPath: outcome.reason, Condition: IStartsWith, Value: locked}
  - Any:
      - {Key: eventType, Condition: IsIn, Values: [user.account.lock, user.account.unlock]}
      - {KeyPath: client.ipAddress, Condition: IsIPAddressPublic}
AlertTitle: '{actor.alternateId} is locked'
DynamicSeverities:
  - {ChangeTo: High, Conditions: [{KeyPath: actor.type, Condition: Equals, Value: Admin}]}
Tests:
  - Name: an administrator
    ExpectedResult: true
    Log: {eventType: user.account.lock, outcome: {reason: LOCKED_OUT}, actor: {type: Admin, alternateId: ada}}
  - Name: from outside
    ExpectedResult: true
    Log: {outcome: {reason: Locked}, client: {ipAddress: 8.8.8.8}}
  - Name: from inside
    ExpectedResult: false
    Log: {outcome: {reason: Locked}, client: {ipAddress: 10.1.2.3}}
";

/// A site with a source, and a repository beside it that is not its content.
fn site() -> Site {
    let site = Site::new("sources:\n  - { id: okta, type: http, log_types: [Okta.SystemLog] }\n");
    site.write("repo/rules/locked.yml", RULE)
        .write("repo/rules/locked.py", PYTHON)
        .write("repo/rules/start.yml", SECOND_RULE)
        .write("repo/rules/start.py", SECOND_PYTHON)
        .write("repo/rules/back.yml", CORRELATION)
        .write("repo/global_helpers/example_names.yml", GLOBAL)
        .write("repo/global_helpers/example_names.py", GLOBAL_PYTHON);
    site
}

/// Runs the tool in the site's repository.
fn tool(site: &Site, host: &str, token: &str, args: &[&str]) -> Told {
    let mut command = limited(&TOOL);
    command.arg("--skip-version-check").args(args).current_dir(site.path().join("repo"));
    command.env("PANTHER_API_HOST", host).env("PANTHER_API_TOKEN", token);
    told(&mut command, "")
}

fn graphql(server: &Server) -> String {
    format!("{}/public/graphql", server.base)
}

fn role_token(site: &Site, role: &str) -> String {
    site.run(&["token", "create", "--name", "client", "--role", role]).stdout.trim().to_owned()
}

#[test]
fn the_connection_is_checked() {
    let site = site();
    let server = site.start();
    for host in [server.base.clone(), graphql(&server)] {
        let told = tool(&site, &host, TOKEN, &["check-connection"]);
        assert_eq!(told.code, 0, "{}", told.text);
        assert!(told.text.contains("connection successful"), "{}", told.text);
        assert!(told.text.contains(env!("CARGO_PKG_VERSION")), "it shows the version: {}", told.text);
    }
    let told = tool(&site, &server.base, "nobody-knows-this-token", &["check-connection"]);
    assert_eq!(told.code, 1);
    assert!(told.text.contains("401"), "{}", told.text);
}

/// With a token the server compiles filters and runs the tests of correlation rules. There is no list of all log
/// types yet, so the tool leaves its check of them out, and says so.
#[test]
fn tests_run_with_the_help_of_the_server() {
    let site = site();
    let server = site.start();
    let told = tool(&site, &graphql(&server), TOKEN, &["test", "--path", "."]);
    assert_eq!(told.code, 0, "{}", told.text);
    for line in ["[PASS] locked out", "[PASS] logged in", "[PASS] both"] {
        assert!(told.text.contains(line), "{line}: {}", told.text);
    }
    // Rules in YAML come back as Python, which the tool runs.
    site.write("repo/rules/reason.yml", SIMPLE);
    let told = tool(&site, &graphql(&server), TOKEN, &["test", "--path", "."]);
    assert_eq!(told.code, 0, "{}", told.text);
    for line in [
        "[PASS] an administrator",
        "[PASS] [title] ada is locked",
        "[PASS] [severity] HIGH",
        "[PASS] from outside",
        "[PASS] from inside",
    ] {
        assert!(told.text.contains(line), "{line}: {}", told.text);
    }
    site.write("repo/rules/reason.yml", &SIMPLE.replace("ExpectedResult: false", "ExpectedResult: true"));
    let told = tool(&site, &graphql(&server), TOKEN, &["test", "--path", "."]);
    assert_eq!(told.code, 1, "{}", told.text);
    assert!(told.text.contains("[FAIL] from inside"), "{}", told.text);
    std::fs::remove_file(site.path().join("repo/rules/reason.yml")).unwrap();

    site.write("repo/rules/locked.yml", &RULE.replace("Okta.SystemLog", "Nobody.Knows"));
    let told = tool(&site, &graphql(&server), TOKEN, &["test", "--path", "."]);
    assert_eq!(told.code, 0, "{}", told.text);
    assert!(told.text.contains("Skipping log type validation"), "{}", told.text);
}

/// The numbers of the upload summary: rules total, new, modified.
fn summary(told: &str, kind: &str) -> Vec<u64> {
    let lines = told.lines().skip_while(|line| !line.contains("Upload Summary"));
    let of_kind = lines.skip_while(|line| !line.trim().starts_with(kind)).skip(1).take(3);
    of_kind.filter_map(|line| line.rsplit(' ').next()?.trim().parse().ok()).collect()
}

#[test]
fn detections_are_uploaded_and_are_live() {
    let site = site();
    let server = site.start();
    let upload =
        |args: &[&str]| tool(&site, &graphql(&server), TOKEN, &[&["upload", "--path", "."], args].concat());
    let told = upload(&[]);
    assert_eq!(told.code, 0, "{}", told.text);
    assert!(told.text.contains("Upload succeeded"), "{}", told.text);
    assert_eq!(summary(&told.text, "Rules"), [2, 2, 0], "{}", told.text);
    assert_eq!(summary(&told.text, "Global Helpers"), [1, 1, 0], "{}", told.text);
    assert_eq!(summary(&told.text, "Correlation Rules"), [1, 1, 0], "{}", told.text);

    server.send_events(&[okta_event("lock-1", "mira@example.com", "LOCKED")]);
    wait_until("the alert of the uploaded rule", || !server.alerts("ALERT").is_empty());
    let alerts = server.alerts("ALERT");
    assert_eq!(text(&alerts[0]["title"]), "mira@example.com was locked out");

    let told = upload(&["--skip-tests"]);
    assert_eq!(told.code, 0, "{}", told.text);
    assert_eq!(summary(&told.text, "Rules"), [2, 0, 0], "nothing changed: {}", told.text);
    site.write("repo/rules/locked.py", &PYTHON.replace("was locked out", "has been locked out"));
    let told = upload(&["--no-async"]);
    assert_eq!(told.code, 0, "{}", told.text);
    assert_eq!(summary(&told.text, "Rules"), [2, 0, 1], "{}", told.text);

    let told = tool(&site, &graphql(&server), TOKEN, &["validate", "--path", "."]);
    assert_eq!(told.code, 0, "{}", told.text);
    let delete =
        ["delete", "--no-confirm", "--analysis-id", "Okta.Locked.Back", "--analysis-id", "Nobody.Knows"];
    let told = tool(&site, &graphql(&server), TOKEN, &delete);
    assert_eq!(told.code, 0, "{}", told.text);
    assert_eq!(server.get("/correlation-rules/Okta.Locked.Back").status, 404);
    assert_eq!(server.get("/rules/Okta.User.Locked").status, 200);
}

#[test]
fn a_broken_file_is_named_and_nothing_is_applied() {
    let site = site();
    let server = site.start();
    site.write("repo/rules/locked.py", "def rule(event:\n    return True\n");
    for command in ["upload", "validate"] {
        let args: &[&str] = if command == "upload" { &["--skip-tests"] } else { &[] };
        let told = tool(&site, &graphql(&server), TOKEN, &[&[command, "--path", "."], args].concat());
        assert_eq!(told.code, 1, "{command}: {}", told.text);
        assert!(told.text.contains("locked."), "{command}: {}", told.text);
    }
    assert_eq!(server.get("/globals/example_names").status, 404, "all or nothing");
}

#[test]
fn who_may_not_upload_is_told_so() {
    let site = site();
    let server = site.start();
    let token = role_token(&site, "AnalystReadOnly");
    for command in ["upload", "validate"] {
        let args: &[&str] = if command == "upload" { &["--skip-tests"] } else { &[] };
        let told = tool(&site, &graphql(&server), &token, &[&[command, "--path", "."], args].concat());
        assert_eq!(told.code, 1, "{command}: {}", told.text);
        assert!(told.text.contains("access denied"), "{command}: {}", told.text);
    }
}

/// Nothing enriches events yet, so that the tests in the files stay as they are.
#[test]
fn test_data_is_enriched_with_what_there_is() {
    let site = site();
    let server = site.start();
    let told = tool(&site, &graphql(&server), TOKEN, &["enrich-test-data", "--path", "."]);
    assert_eq!(told.code, 0, "{}", told.text);
    let after = std::fs::read_to_string(site.path().join("repo/rules/locked.yml")).unwrap();
    assert!(!after.contains("p_enrichment"), "{after}");
}

/// The tool finds no hour in the volumes of yesterday and before; with an hour it needs stored events.
#[test]
fn a_benchmark_reads_the_volumes_and_is_told_what_is_missing() {
    let site = site();
    let server = site.start();
    let args = ["benchmark", "--path", "rules", "--filter", "RuleID=Okta.User.Start"];
    let told = tool(&site, &graphql(&server), TOKEN, &args);
    assert!(told.text.contains("No data found on Panther for log_type Okta.SystemLog"), "{}", told.text);
    let hour = || SystemClock.now().strftime("%Y-%m-%dT%H:00:00Z").to_string();
    let told = loop {
        let begun = hour();
        server.send_events(&[okta_event("one", "mira@example.com", "X")]);
        let query = json!({"query": "query { organizationStats { logStats { eventsProcessedToday } } }"});
        wait_until("the volume", || {
            let answer = server.change("POST", "/public/graphql", &query).json();
            answer["data"]["organizationStats"]["logStats"]["eventsProcessedToday"] != 0
        });
        let told = tool(&site, &graphql(&server), TOKEN, &[&args[..], &["--hour", &begun]].concat());
        // Events of the next hour are none of this one.
        if hour() == begun {
            break told;
        }
    };
    assert!(told.text.contains("`createPerfTest` is not available"), "{}", told.text);
    assert_ne!(told.code, 0, "{}", told.text);
}

const DOOR: &str = "\
schema: Custom.Door
description: Doors of the house
referenceURL: https://example.com/doors
fields:
  - { name: door, type: string, required: true }
";

/// Runs the command for schemas on the folder `repo/schemas`.
fn update_schemas(site: &Site, server: &Server) -> Told {
    tool(site, &graphql(server), TOKEN, &["update-custom-schemas", "--path", "schemas"])
}

#[test]
fn schemas_are_made_updated_and_live() {
    let site = site();
    let door = "AnalysisType: rule\nRuleID: Door\nFilename: door.py\nEnabled: true\nSeverity: Low\nLogTypes: [Custom.Door]\n";
    site.write("content/rules/door.yml", door).write(
        "content/rules/door.py",
        "def rule(event):\n    return True\ndef title(event):\n    return f\"{event['door']} {event.get('floor')}\"\n",
    );
    site.write("repo/schemas/door.yml", DOOR)
        .write("repo/schemas/door_tests.yml", "input: '{}'\nlogType: Custom.Door\nresult: '{}'\n");
    let server = site.start();
    let form = json!({"integrationLabel": "doors", "logStreamType": "Lines", "logTypes": ["Custom.Door"],
        "authMethod": "None"});
    let source = text(&server.change("POST", "/log-sources/http", &form).json()["integrationId"]);
    let send = |event: &Value| assert_eq!(server.send(&source, event.to_string()).status, 200);

    let told = update_schemas(&site, &server);
    assert_eq!(told.code, 0, "{}", told.text);
    assert!(told.text.contains("Successfully created schema 'Custom.Door'"), "{}", told.text);
    assert!(!told.text.contains("door_tests.yml"), "tests of schemas are none: {}", told.text);
    let schema = server.get_json("/schemas/Custom.Door");
    assert_eq!((&schema["spec"], &schema["revision"]), (&json!(DOOR), &json!(1)));
    send(&json!({"door": "cellar"}));
    wait_until("the alert of the first event", || server.alerts("ALERT").len() == 1);

    // The file has no reference any more: that of the server stays. The new field is there with the next event.
    let update = DOOR.replace("referenceURL: https://example.com/doors\n", "").replace("Doors", "Gates")
        + "  - { name: floor, type: int }\n";
    site.write("repo/schemas/door.yml", &update);
    let told = update_schemas(&site, &server);
    assert_eq!(told.code, 0, "{}", told.text);
    assert!(told.text.contains("Successfully updated schema 'Custom.Door'"), "{}", told.text);
    let query = json!({"query": "query ($input: SchemasInput!) { schemas(input: $input) { edges { node {
        name description spec revision isManaged isArchived referenceURL } } } }",
        "variables": {"input": {"isManaged": false, "contains": "floor"}}});
    let answer = server.change("POST", "/public/graphql", &query).json();
    assert_eq!(
        answer["data"]["schemas"]["edges"],
        json!([{"node": {"name": "Custom.Door", "description": "Gates of the house", "spec": update, "revision": 2,
            "isManaged": false, "isArchived": false, "referenceURL": "https://example.com/doors"}}]),
        "{answer}"
    );
    send(&json!({"door": "attic", "floor": "4"}));
    wait_until("the alert of the second event", || server.alerts("ALERT").len() == 2);
    let titles: Vec<String> = server.alerts("ALERT").iter().map(|alert| text(&alert["title"])).collect();
    assert!(
        titles.contains(&"cellar None".to_owned()) && titles.contains(&"attic 4".to_owned()),
        "{titles:?}"
    );
}

#[test]
fn a_refused_schema_is_explained_and_changes_nothing() {
    let site = site();
    let server = site.start();
    site.write("repo/schemas/door.yml", DOOR);
    assert_eq!(update_schemas(&site, &server).code, 0);
    for (spec, what) in [
        (DOOR.replace("type: string", "type: strin"), "spec:5:25: `door.type`: unknown type `strin`"),
        (DOOR.replace("fields:", "fields: 7\nx:"), "spec:4"),
        (DOOR.replace("Custom.Door", "Door"), "must start with the prefix 'Custom.'"),
    ] {
        site.write("repo/schemas/door.yml", &spec);
        let told = update_schemas(&site, &server);
        assert_eq!(told.code, 1, "{}", told.text);
        assert!(told.text.contains(what), "`{what}`: {}", told.text);
        let schema = server.get_json("/schemas/Custom.Door");
        assert_eq!((&schema["spec"], &schema["revision"]), (&json!(DOOR), &json!(1)));
    }
    site.write("repo/schemas/door.yml", DOOR);
    let token = role_token(&site, "AnalystReadOnly");
    let args = ["update-custom-schemas", "--path", "schemas"];
    let told = tool(&site, &graphql(&server), &token, &args);
    assert_eq!(told.code, 1, "{}", told.text);
    assert!(told.text.contains("access denied"), "{}", told.text);
}
