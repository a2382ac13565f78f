//! Detections switched on and off in the console, also those of directories; packs; and who sees what.

use serde_json::{Value, json};

use crate::content_api::{site, yaml};
use crate::harness::{Server, Site, TOKEN, okta_event, text};

const SWITCH: &str = "/internal/detections/enabled";

fn says(who: &str) -> String {
    format!("def rule(event):\n    return True\ndef title(event):\n    return '{who} ' + event['uuid']\n")
}

/// Which rules say something about an event.
fn said(server: &Server, uuid: &str) -> Vec<String> {
    let before = server.evaluated();
    server.send_events(&[okta_event(uuid, "user@example.com", "X")]);
    server.wait_evaluated(before + 1);
    let titles = server.alerts("ALERT").into_iter().map(|alert| text(&alert["title"]));
    let mut said: Vec<String> =
        titles.filter_map(|title| Some(title.strip_suffix(&format!(" {uuid}"))?.to_owned())).collect();
    said.sort();
    said
}

fn two_rules() -> Site {
    let site = site();
    site.rule("One", "Reports: {MITRE ATT&CK: ['TA0006:T1110']}\n", &says("one"));
    site.rule("Two", "", &says("two"));
    site.write(
        "content/packs/both.yml",
        "AnalysisType: pack\nPackID: Both\nDisplayName: Both of them\nDescription: d\nPackDefinition:\n  IDs: [One, Two, Three, helper]\n",
    );
    site.write(
        "content/global_helpers/helper.yml",
        "AnalysisType: global\nGlobalID: helper\nFilename: helper.py\n",
    );
    site.write("content/global_helpers/helper.py", "X = 1\n");
    site
}

fn enabled(server: &Server) -> Vec<(String, bool)> {
    let rows = server.list("/internal/detections");
    rows.iter().map(|row| (text(&row["id"]), row["enabled"] == true)).collect()
}

#[test]
fn a_switch_counts_at_once_for_all_or_for_none() {
    let site = two_rules();
    let server = site.start();
    assert_eq!(said(&server, "1"), ["one", "two"]);
    let refused = server.change("POST", SWITCH, &json!({"ids": ["One", "No.Such"], "enabled": false}));
    assert_eq!((refused.status, text(&refused.json()["message"]).contains("`No.Such`")), (404, true));
    let refused = server.change("POST", SWITCH, &json!({"ids": ["One", "helper"], "enabled": false}));
    assert_eq!((refused.status, text(&refused.json()["message"]).contains("has no switch")), (400, true));
    assert_eq!(said(&server, "2"), ["one", "two"], "nothing was switched");

    let done = server.change("POST", SWITCH, &json!({"ids": ["Two", "One", "One"], "enabled": false}));
    assert_eq!((done.status, done.json()), (200, json!({"ids": ["One", "Two"], "enabled": false})));
    assert_eq!(said(&server, "3"), [""; 0]);
    assert_eq!(enabled(&server), [("One".to_owned(), false), ("Two".to_owned(), false)]);
    assert_eq!(server.list("/internal/detections?state=enabled").len(), 0);
    let entry = server.list("/audit-log?action=UPDATE_DETECTION_STATE&limit=50");
    let changed: Vec<&Value> =
        entry.iter().filter(|one| one["entry"]["actionResult"] == "SUCCEEDED").collect();
    assert_eq!(changed.len(), 1, "one entry for both");
    let details = &changed[0]["entry"]["actionDetails"];
    assert_eq!(
        (&details["before"]["enabled"], &details["after"]["disabled"]),
        (&json!(["One", "Two"]), &json!(["One", "Two"]))
    );

    // It is kept; the command line sees and changes the same.
    server.kill();
    let server = site.start();
    assert_eq!(said(&server, "4"), [""; 0]);
    assert_eq!(server.change("POST", SWITCH, &json!({"ids": ["One"], "enabled": true})).status, 200);
    assert_eq!(said(&server, "5"), ["one"]);
    let shown = site.run(&["detection", "list", "--format", "json"]);
    let shown: Value = serde_json::from_str(&shown.stdout).unwrap();
    let runs: Vec<bool> =
        shown["detections"].as_array().unwrap().iter().map(|one| one["runs"] == true).collect();
    assert_eq!(runs, [true, false]);
}

#[test]
fn what_is_saved_wins_over_an_older_switch_when_it_says_something_else() {
    let site = site();
    let server = site.start();
    let save = |yaml: String| {
        let form = json!({"kind": "rule", "yaml": yaml, "python": says("own")});
        let answer = server.change("PUT", "/internal/detections/Own", &form);
        assert!([200, 201].contains(&answer.status), "{}", answer.body);
        answer.json()["enabled"] == true
    };
    let on = yaml("Own", "own.py");
    assert!(save(on.clone()));
    assert_eq!(server.change("POST", SWITCH, &json!({"ids": ["Own"], "enabled": false})).status, 200);
    assert!(!save(format!("{on}# a remark\n")), "the same about the switch: it stays off");
    assert!(!save(on.replace("Enabled: true", "Enabled: false")));
    assert!(save(on), "switched on by its content");
    assert_eq!(said(&server, "1"), ["own"]);
}

#[test]
fn a_pack_is_switched_as_a_whole() {
    let site = two_rules();
    let server = site.start();
    let pack = || server.list("/internal/packs").remove(0);
    let counts = |pack: &Value| {
        ["itemCount", "present", "detections", "enabled"].map(|key| pack[key].as_u64().unwrap())
    };
    assert_eq!((counts(&pack()), &pack()["displayName"]), ([4, 3, 2, 2], &json!("Both of them")));
    assert!(text(&pack()["problem"]).contains("`Three`"), "it names what is not there");
    let missing =
        pack()["items"].as_array().unwrap().iter().find(|item| item["id"] == "Three").unwrap().clone();
    assert_eq!((&missing["kind"], &missing["enabled"]), (&Value::Null, &Value::Null));
    let off = server.change("POST", "/internal/packs/Both/enabled", &json!({"enabled": false}));
    assert_eq!(off.json()["ids"], json!(["One", "Two"]));
    assert_eq!((counts(&pack()), said(&server, "1").len()), ([4, 3, 2, 0], 0));
    let matrix = server.get_json("/internal/detections/matrix");
    let cells =
        matrix["tactics"].as_array().unwrap().iter().flat_map(|one| one["techniques"].as_array().unwrap());
    let named: Vec<&Value> =
        cells.filter(|cell| cell["disabled"] != json!([]) || cell["enabled"] != json!([])).collect();
    assert_eq!((named.len(), &named[0]["id"], &named[0]["disabled"]), (1, &json!("T1110"), &json!(["One"])));
    assert_eq!(matrix["without"], 1);
    assert_eq!(server.change("POST", "/internal/packs/One/enabled", &json!({"enabled": true})).status, 404);
}

#[test]
fn roles_for_some_log_types_limit_alerts_and_not_detections() {
    let site = two_rules();
    site.write(
        "content/rules/gate.yml",
        &yaml("Gate", "gate.py").replace("Okta.SystemLog", "AWS.CloudTrail"),
    );
    site.write("content/rules/gate.py", &says("gate"));
    let server = site.start();
    let form = json!({"name": "Narrow", "permissions": ["RuleModify", "RuleRead"], "logTypeAccessKind": "ALLOW", "logTypeAccess": ["AWS.CloudTrail"]});
    assert_eq!(server.change("POST", "/roles", &form).status, 200);
    let token =
        site.run(&["token", "create", "--name", "narrow", "--role", "Narrow"]).stdout.trim().to_owned();
    let ask = |method: &str, path: &str, body: &Value| {
        let body = body.to_string();
        let body = (method != "GET").then_some(body.as_bytes());
        server.request(method, path, &[("X-API-Key", &token)], body)
    };
    let rows = ask("GET", "/internal/detections", &json!({})).json();
    let all = server.request("GET", "/internal/detections", &[("X-API-Key", TOKEN)], None).json();
    assert_eq!((&rows["total"], &rows), (&json!(3), &all), "the same as everybody");
    assert_eq!(ask("GET", "/rules/One", &json!({})).status, 200);
    assert_eq!(ask("GET", "/internal/detections/One", &json!({})).status, 200);
    assert_eq!(ask("POST", SWITCH, &json!({"ids": ["Gate", "One"], "enabled": false})).status, 200);
    assert_eq!(ask("GET", "/internal/log-types/Okta.SystemLog/fields", &json!({})).status, 200);
    let matrix = ask("GET", "/internal/detections/matrix", &json!({})).json();
    assert!(matrix.to_string().contains("\"One\""));
}
