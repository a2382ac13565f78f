//! What is only read, in the audit log of a running server: kept over a shutdown, an event when that is asked for.

use serde_json::json;

use crate::audit::{done, entries};
use crate::harness::{Site, TOKEN, signal, text, wait_until};

/// Sees who looks at people.
const WATCHER: &str = r#"
def rule(event):
    return event.get("actionName") == "LIST_USERS"


def title(event):
    return f"{event.deep_get('actor', 'name')} looked at users"


def alert_context(event):
    return {"kind": event.get("kind"), "query": event.deep_get("actionParams", "dynamic", "query")}
"#;

#[test]
fn what_is_read_is_written_when_the_server_stops_and_proves_to_be_whole() {
    let site = Site::new("");
    let server = site.start();
    server.list("/users?limit=7");
    let body = json!({ "query": "{ roles { name } generalSettings { pantherVersion } }" });
    assert_eq!(server.change("POST", "/public/graphql", &body).status, 200);
    let refused = server.get("/rules/no-such-rule");
    assert_eq!(refused.status, 404);
    for path in ["/healthz", "/readyz", "/metrics", "/openapi.json", "/console/"] {
        assert_eq!(server.request("GET", path, &[], None).status, 200, "{path}");
        assert_eq!(server.request("GET", path, &[("X-API-Key", TOKEN)], None).status, 200, "{path}");
    }
    assert_eq!(server.terminate(), Some(0));

    let reads = entries(&site, &["--kind", "read"]);
    let seen: Vec<String> = reads
        .iter()
        .map(|entry| {
            let said = &entry["entry"];
            format!("{} {} {}", text(&entry["kind"]), text(&said["actionName"]), text(&said["actionResult"]))
        })
        .collect();
    let expected = [
        "read LIST_USERS SUCCEEDED",
        "read LIST_USER_ROLES SUCCEEDED",
        "read GET_GENERAL_SETTINGS SUCCEEDED",
        "read GET_RULE FAILED",
    ];
    assert_eq!(seen, expected);
    assert_eq!(reads[0]["entry"]["actionParams"]["dynamic"]["query"], json!({ "limit": "7" }));
    assert_eq!(entries(&site, &["--kind", "read", "--action", "GET_RULE"]).len(), 1);
    assert_eq!(entries(&site, &["--action", "LIST_USERS"]).len(), 0, "changes are a log of their own");
    assert_eq!(done(&site, &["audit", "export", "--kind", "read"]).lines().count(), 4);

    let verified = done(&site, &["audit", "verify"]);
    let place = verified.lines().last().unwrap().rsplit_once(' ').unwrap().1.to_owned();
    assert!(place.starts_with("read:4:"), "{verified}");
    done(&site, &["audit", "verify", "--expect", &place]);
    let other = format!("read:4:{}", "0".repeat(64));
    let ran = site.run(&["audit", "verify", "--expect", &place, "--expect", &other]);
    assert_eq!(ran.code, Some(1));
    assert!(ran.stdout.contains("the log was made anew"), "{ran:?}");
    let script = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); \
                  c.execute('DELETE FROM audit_reads WHERE sequence = 2'); c.commit()";
    let database = site.data_dir().join("margay.db");
    let ran = std::process::Command::new("python3").arg("-c").arg(script).arg(database).output().unwrap();
    assert!(ran.status.success(), "{ran:?}");
    let ran = site.run(&["audit", "verify"]);
    assert_eq!(ran.code, Some(1));
    assert!(ran.stdout.contains("the audit log of reads is not what was written: entries 2 to 2"), "{ran:?}");
}

#[test]
fn reads_become_events_and_are_not_recorded_as_the_configuration_says() {
    let site = Site::new("");
    site.write("content/rules/watcher.py", WATCHER).write(
        "content/rules/watcher.yml",
        "AnalysisType: rule\nRuleID: Watcher\nFilename: watcher.py\nEnabled: true\nSeverity: High\n\
         LogTypes: [Panther.Audit]\nDedupPeriodMinutes: 15\n",
    );
    let config = |audit: &str| site.write("margay.yaml", &format!("audit: {{ {audit} }}\n"));
    config("events: true");
    let server = site.start();
    let reload = |count: usize| {
        signal(server.pid(), "HUP");
        wait_until("the reload", || server.printed().len() >= count);
    };
    server.list("/users");
    config("events: true, read_events: true");
    reload(1);
    server.list("/users?limit=7");
    wait_until("the look is an alert", || !server.alerts_of("ALERT", "Watcher").is_empty());
    let alert = server.alerts_of("ALERT", "Watcher").remove(0);
    assert_eq!(alert["title"], "bootstrap looked at users");
    let path = format!("/alerts/{}", text(&alert["id"]));
    assert_eq!(server.list(&format!("{path}/events")).len(), 1, "what was read before is no event");
    let context = &server.get_json(&path)["context"];
    assert_eq!(context, &json!({ "kind": "read", "query": { "limit": "7" } }));

    config("reads: false");
    reload(2);
    server.list("/roles");
    assert_eq!(server.terminate(), Some(0));
    assert_eq!(entries(&site, &["--kind", "read", "--action", "LIST_USER_ROLES"]).len(), 0);
    let switches: Vec<String> = entries(&site, &[])
        .iter()
        .map(|entry| text(&entry["entry"]["actionDescription"]))
        .filter(|description| description.contains("only read"))
        .collect();
    let expected = [
        "Made events of what is only read too",
        "Made no events of what is only read any more",
        "Switched the record of what is only read off",
    ];
    assert_eq!(switches, expected);
}
