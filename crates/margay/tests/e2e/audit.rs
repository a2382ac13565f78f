//! The audit log of a running server: as events that detections run on, and on the command line.

use std::time::Duration;

use serde_json::{Value, json};

use crate::harness::{Server, Site, signal, text, wait_at_most, wait_until};

/// Sees what is deleted; the alert shows what a rule of the public content looks at.
const WATCHER: &str = r#"
def rule(event):
    return event.get("actionName") == "DELETE_DETECTION" and event.get("actionResult") == "SUCCEEDED"


def title(event):
    return f"{event.deep_get('actor', 'name')} deleted a detection"


def alert_context(event):
    deleted = event.deep_get("actionParams", "dynamic", "input", "detections", default=[])
    return {
        "deleted": [item.get("id") for item in deleted],
        "before": event.deep_get("actionDetails", "before", "id"),
        "ip": event.get("sourceIP"),
        "email": event.deep_get("actor", "attributes", "email"),
        "names": event.get("p_any_usernames"),
        "ips": event.get("p_any_ip_addresses"),
        "source": event.get("p_source_id"),
        "label": event.get("p_source_label"),
    }
"#;

/// A site whose server makes events of its audit log, with a rule that watches them.
fn watched_site() -> Site {
    let site = Site::new("audit: { events: true }\n");
    site.write("content/rules/watcher.py", WATCHER).write(
        "content/rules/watcher.yml",
        "AnalysisType: rule\nRuleID: Watcher\nFilename: watcher.py\nEnabled: true\nSeverity: High\n\
         LogTypes: [Panther.Audit]\nDedupPeriodMinutes: 15\n",
    );
    site
}

fn make_rule(server: &Server, id: &str) {
    let rule = json!({
        "id": id, "body": "def rule(event):\n    return False", "severity": "LOW", "enabled": true,
        "logTypes": ["Okta.SystemLog"], "dedupPeriodMinutes": 60, "threshold": 1,
    });
    let made = server.change("POST", "/rules", &rule);
    assert_eq!(made.status, 200, "{}", made.body);
}

fn delete_rule(server: &Server, id: &str) {
    let deleted = server.change("DELETE", &format!("/rules/{id}"), &Value::Null);
    assert_eq!(deleted.status, 204, "{}", deleted.body);
}

#[test]
fn a_rule_on_the_audit_log_sees_who_deletes_a_rule() {
    let site = watched_site();
    let server = site.start();
    make_rule(&server, "Short.Lived");
    delete_rule(&server, "Short.Lived");
    wait_until("the deletion is an alert", || !server.alerts_of("ALERT", "Watcher").is_empty());
    let alert = server.alerts_of("ALERT", "Watcher").remove(0);
    assert_eq!(alert["title"], "bootstrap deleted a detection");
    let events = server.list(&format!("/alerts/{}/events", text(&alert["id"])));
    assert_eq!(events.len(), 1);
    assert_eq!(events[0]["actionDetails"]["route"], "/rules/{id}");
    let context = &server.get_json(&format!("/alerts/{}", text(&alert["id"])))["context"];
    let expected = json!({
        "deleted": ["Short.Lived"], "before": "Short.Lived", "ip": "127.0.0.1", "email": null,
        "names": ["bootstrap"], "ips": ["127.0.0.1"], "source": "audit", "label": "Audit log",
    });
    assert_eq!(context, &expected);
    assert_eq!(server.list("/log-sources/audit/failures"), Vec::<Value>::new());
    assert_eq!(server.alerts("SYSTEM_ERROR"), Vec::<Value>::new());

    // What is done after a restart comes too, and nothing comes twice.
    assert_eq!(server.terminate(), Some(0));
    let server = site.start();
    make_rule(&server, "Second");
    delete_rule(&server, "Second");
    let count = || {
        let alert = server.alerts_of("ALERT", "Watcher").remove(0);
        server.list(&format!("/alerts/{}/events", text(&alert["id"]))).len()
    };
    wait_until("the second deletion is seen", || count() == 2);
    assert_eq!(server.evaluated(), 4, "two rules were made and deleted");
}

#[test]
fn entries_become_events_only_while_they_are_switched_on() {
    let site = watched_site();
    let config = |on: bool| site.write("margay.yaml", &format!("audit: {{ events: {on} }}\n"));
    config(false);
    let server = site.start();
    make_rule(&server, "A");
    config(true);
    let reload = |count: usize| {
        signal(server.pid(), "HUP");
        wait_until("the reload", || server.printed().len() >= count);
    };
    reload(1);
    delete_rule(&server, "A");
    wait_until("the deletion is an alert", || !server.alerts_of("ALERT", "Watcher").is_empty());
    assert_eq!(server.evaluated(), 1, "what was done before is no event");
    config(false);
    reload(2);
    make_rule(&server, "B");
    config(true);
    reload(3);
    make_rule(&server, "C");
    wait_at_most(Duration::from_secs(20), "the last one", || server.evaluated() == 2);
}
