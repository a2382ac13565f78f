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
    assert_eq!(server.evaluated(), 5, "the switch itself, and two rules that were made and deleted");
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
    assert_eq!(server.evaluated(), 2, "the switch and the deletion; what was done before is no event");
    config(false);
    reload(2);
    make_rule(&server, "B");
    config(true);
    reload(3);
    make_rule(&server, "C");
    wait_at_most(Duration::from_secs(20), "the last one", || server.evaluated() == 4);
}

/// Entries as `margay audit list` prints them, oldest first.
pub(crate) fn entries(site: &Site, args: &[&str]) -> Vec<Value> {
    let ran = site.run(&[&["audit", "list", "--format", "json", "--limit", "1000"], args].concat());
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let mut entries: Vec<Value> =
        ran.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    entries.reverse();
    entries
}

pub(crate) fn done(site: &Site, args: &[&str]) -> String {
    let ran = site.run(args);
    assert_eq!(ran.code, Some(0), "{args:?}: {ran:?}");
    ran.stdout.trim().to_owned()
}

#[test]
fn what_the_command_line_changes_is_on_record() {
    const CANARY: &str = "canary-of-the-command-line-5d41402a";
    let site = Site::new("content: [content]\n");
    site.rule("Some.Rule", "", "def rule(event):\n    return True\n");
    let token = done(&site, &["token", "create", "--name", "ci", "--permission", "AlertRead"]);
    done(&site, &["token", "revoke", "ci"]);
    let invited =
        ["user", "invite", "--email", "mira@example.com", "--given-name", "Mira", "--family-name", "Ode"];
    let invitation = done(&site, &invited);
    let link = done(&site, &["user", "link", "mira@example.com"]);
    for verb in ["disable", "enable", "unlock", "sign-out", "remove-second-factor", "delete"] {
        done(&site, &["user", verb, "mira@example.com"]);
    }
    let settings = format!("{{\"webhook_url\": \"https://hooks.example/{CANARY}\"}}");
    done(&site, &["destination", "create", "--type", "tines", "--name", "soar", "--settings", &settings]);
    done(&site, &["destination", "delete", "soar"]);
    done(&site, &["delivery", "retry", "--all"]);
    done(&site, &["detection", "disable", "Some.Rule"]);
    done(&site, &["detection", "enable", "Some.Rule"]);
    done(&site, &["secrets", "rotate"]);
    let refused = ["destination", "create", "--type", "tines", "--name", "soar", "--settings", "{}"];
    assert_eq!(site.run(&refused).code, Some(2));
    assert_eq!(site.run(&["token", "revoke", CANARY]).code, Some(3));

    let all = entries(&site, &[]);
    let names: Vec<String> = all
        .iter()
        .map(|entry| {
            format!("{} {}", text(&entry["entry"]["actionName"]), text(&entry["entry"]["actionResult"]))
        })
        .collect();
    let expected = [
        "CREATE_API_TOKEN SUCCEEDED",
        "DELETE_API_TOKEN SUCCEEDED",
        "CREATE_USER SUCCEEDED",
        "RESET_USER_PASSWORD SUCCEEDED",
        "UPDATE_USER SUCCEEDED",
        "UPDATE_USER SUCCEEDED",
        "UNLOCK_USER SUCCEEDED",
        "SIGN_OUT_USER SUCCEEDED",
        "RESET_USER_SECOND_FACTOR SUCCEEDED",
        "DELETE_USER SUCCEEDED",
        "CREATE_ALERT_DESTINATION SUCCEEDED",
        "DELETE_ALERT_DESTINATION SUCCEEDED",
        "RETRY_ALERT_DELIVERY SUCCEEDED",
        "UPDATE_DETECTION_STATE SUCCEEDED",
        "UPDATE_DETECTION_STATE SUCCEEDED",
        "ROTATE_SECRETS SUCCEEDED",
        "CREATE_ALERT_DESTINATION FAILED",
    ];
    assert_eq!(names, expected);
    let user = std::process::Command::new("id").arg("-un").output().unwrap().stdout;
    let user = String::from_utf8(user).unwrap().trim().to_owned();
    for entry in &all {
        let actor = &entry["entry"]["actor"];
        assert_eq!((&actor["type"], &actor["name"]), (&json!("SYSTEM"), &json!(user)), "{entry}");
        assert_eq!(actor["id"], format!("system:{user}"));
        assert!(!text(&entry["entry"]["actionDetails"]["command"]).is_empty());
    }
    let disabled = &all[4]["entry"];
    assert_eq!(disabled["actionParams"]["dynamic"]["input"]["enabled"], false);
    let states = ["before", "after"].map(|when| &disabled["actionDetails"][when]["enabled"]);
    assert_eq!(states, [&json!(true), &json!(false)]);
    assert_eq!(all[9]["entry"]["actionDetails"]["before"]["email"], "mira@example.com");
    assert_eq!(all[10]["entry"]["actionParams"]["dynamic"]["input"]["config"]["webhook_url"], "********");
    let switched = &all[13]["entry"]["actionDetails"];
    assert_eq!(
        (&switched["before"]["enabledOverride"], &switched["after"]["enabledOverride"]),
        (&Value::Null, &json!(false))
    );
    let whole = all.iter().map(Value::to_string).collect::<String>();
    for secret in [CANARY, &token, invitation.rsplit('#').next().unwrap(), link.rsplit('#').next().unwrap()] {
        assert!(!whole.contains(secret), "{secret} is in the log");
    }

    assert_eq!(entries(&site, &["--action", "UPDATE_USER"]).len(), 2);
    assert_eq!(entries(&site, &["--result", "FAILED"]).len(), 1);
    assert_eq!(entries(&site, &["--contains", "SOAR"]).len(), 3);
    assert_eq!(entries(&site, &["--from", "1h"]).len(), all.len());
    assert_eq!(entries(&site, &["--to", "1h"]).len(), 0);
    assert_eq!(site.run(&["audit", "list", "--result", "MAYBE"]).code, Some(2));
    assert_eq!(site.run(&["audit", "list", "--from", "yesterday"]).code, Some(2));
    let table = done(&site, &["audit", "list", "--limit", "3"]);
    assert_eq!(table.lines().count(), 5, "{table}");
    assert!(table.contains("ROTATE_SECRETS") && table.contains("more than 3"), "{table}");
    let exported = done(&site, &["audit", "export"]);
    assert_eq!(
        exported.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()).collect::<Vec<_>>(),
        all
    );
    let verified = done(&site, &["audit", "verify"]);
    assert!(verified.starts_with("17 entries are in order, up to 17:"), "{verified}");
}

/// Ways to change the log behind the server's back, and what is said of them.
#[test]
fn verify_names_the_first_entry_that_is_wrong() {
    let site = Site::new("");
    assert_eq!(site.run(&["audit", "verify"]).code, Some(3), "there is no log");
    for number in 1..=5 {
        done(&site, &["token", "create", "--name", &format!("token {number}"), "--permission", "AlertRead"]);
    }
    let verified = done(&site, &["audit", "verify"]);
    let (first, second) = verified.split_once('\n').unwrap();
    assert_eq!(second, "the audit log of reads is empty");
    let (_, newest) = first.rsplit_once(' ').unwrap();
    done(&site, &["audit", "verify", "--expect", newest]);
    let database = site.data_dir().join("margay.db");
    let sound = std::fs::read(&database).unwrap();
    let sql = |statement: &str| {
        let script =
            "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute(sys.argv[2]); c.commit()";
        let ran = std::process::Command::new("python3")
            .arg("-c")
            .arg(script)
            .arg(&database)
            .arg(statement)
            .output();
        let ran = ran.unwrap();
        assert!(ran.status.success(), "{ran:?}");
    };
    let changed_byte = |from: &[u8], to: &[u8]| {
        let mut bytes = sound.clone();
        let at = bytes.windows(from.len()).rposition(|window| window == from).unwrap();
        bytes[at..at + to.len()].copy_from_slice(to);
        std::fs::write(&database, bytes).unwrap();
    };
    let check = |what: &dyn Fn(), expected: &str| {
        what();
        let ran = site.run(&["audit", "verify", "--expect", newest]);
        assert_eq!(ran.code, Some(1), "{ran:?}");
        assert!(ran.stdout.contains(expected), "{expected}: {ran:?}");
        std::fs::write(&database, &sound).unwrap();
    };
    check(
        &|| changed_byte(br#""name":"token 3","#, br#""name":"token 8","#),
        "entry 3, or the one before it",
    );
    check(&|| sql("DELETE FROM audit WHERE sequence = 2"), "entries 2 to 2 are missing");
    check(&|| sql("DELETE FROM audit WHERE sequence > 3"), "the end is cut off: entries 4 to 5 are missing");
    check(&|| sql("UPDATE audit SET action = 'SIGN_IN' WHERE sequence = 4"), "`action` of entry 4");
    check(&|| sql("DELETE FROM audit_head"), "the sealed end of the log is missing");
    check(&|| sql("DELETE FROM audit; "), "cut off: entries 1 to 5");
    let anew = || {
        sql("DELETE FROM audit");
        sql("DELETE FROM audit_head");
    };
    check(&anew, "entry 5 is not there");
    anew();
    let made_anew = done(&site, &["audit", "verify"]);
    assert!(made_anew.starts_with("the audit log is empty\n"), "what only `--expect` finds: {made_anew}");
    std::fs::write(&database, &sound).unwrap();
    let other = format!("5:{}", "0".repeat(64));
    let ran = site.run(&["audit", "verify", "--expect", &other]);
    assert_eq!(ran.code, Some(1));
    assert!(ran.stdout.contains("the log was made anew"), "{ran:?}");
    assert_eq!(site.run(&["audit", "verify", "--expect", "5"]).code, Some(2));
    done(&site, &["audit", "verify", "--expect", newest]);
}
