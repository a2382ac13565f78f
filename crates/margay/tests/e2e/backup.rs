//! Backups while logs flow, restored elsewhere; and a data directory of an earlier version.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::{Value, json};

use crate::harness::{Server, Site, okta_event, text, wait_until};

const CONFIG: &str = "sources:\n  - { id: okta, type: http, log_types: [Okta.SystemLog] }\n";
const RULE: &str = "def rule(event):\n    return True\ndef dedup(event):\n    return event['uuid']\n\
                    def title(event):\n    return 'Event ' + event['uuid']\n";

fn site() -> Site {
    let site = Site::new(CONFIG);
    site.rule("Any.Event", "Severity: High\n", RULE);
    site
}

fn titles(server: &Server) -> BTreeSet<String> {
    let mut titles = BTreeSet::new();
    let mut cursor = String::new();
    loop {
        let page = server.get_json(&format!("/alerts?created-after=2026-01-01T00:00:00Z&limit=50{cursor}"));
        titles.extend(page["results"].as_array().unwrap().iter().map(|alert| text(&alert["title"])));
        let Some(next) = page["next"].as_str() else { return titles };
        cursor = format!("&cursor={next}");
    }
}

fn send(server: &Server, numbers: std::ops::Range<usize>) {
    let events: Vec<Value> =
        numbers.map(|number| okta_event(&number.to_string(), "a@example.com", "X")).collect();
    server.send_events(&events);
}

fn backup(site: &Site, file: &Path) {
    let ran = site.run(&["backup", file.to_str().unwrap()]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.stdout.contains("of data in"), "{ran:?}");
}

#[test]
fn a_backup_of_a_running_server_loses_nothing_and_doubles_nothing() {
    let site = site();
    let server = site.start();
    let hook = json!({"displayName": "hook", "type": "tines", "config": {"webhook_url": "https://example.com/s3cret-hook"}});
    assert_eq!(server.change("POST", "/destinations", &hook).status, 201);
    send(&server, 0..200);
    server.wait_evaluated(200);
    let before = server.alerts("ALERT").remove(0);
    let comment = json!({"alertId": before["id"], "body": "seen", "format": "PLAIN_TEXT"});
    assert_eq!(server.change("POST", "/alert-comments", &comment).status, 200);
    // Some are accepted and not processed yet when the copies are made.
    send(&server, 200..400);
    let file = site.path().join("first.mgb");
    backup(&site, &file);
    send(&server, 400..410);
    server.wait_evaluated(410);
    drop(server);

    let packed = std::fs::read(&file).unwrap();
    let unpacked = zstd::decode_all(&*packed).unwrap();
    assert!(!unpacked.windows(11).any(|bytes| bytes == b"s3cret-hook"), "secrets stay encrypted");

    let other = self::site();
    let ran = other.run(&["restore", file.to_str().unwrap()]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.stderr.contains("there is no key file"), "{ran:?}");
    std::fs::copy(site.data_dir().join("secrets.key"), other.data_dir().join("secrets.key")).unwrap();
    let server = other.start();
    let all: BTreeSet<String> = (0..400).map(|number| format!("Event {number}")).collect();
    wait_until("what waited in the journal is processed", || titles(&server).is_superset(&all));
    assert_eq!(server.metric("margay_alerts_created_total"), titles(&server).len() as f64);
    let comments = server.list(&format!("/alert-comments?alert-id={}", text(&before["id"])));
    assert_eq!(comments[0]["body"], "seen");
    let hook = server.list("/destinations").remove(0);
    assert_eq!(
        (&hook["displayName"], &hook["health"]["state"]),
        (&json!("hook"), &json!("healthy")),
        "{hook}"
    );
    send(&server, 1_000..1_001);
    wait_until("the restored server goes on", || titles(&server).contains("Event 1000"));
}

#[test]
fn nothing_is_replaced_unless_asked_for() {
    let site = site();
    let missing = site.run(&["backup", "early.mgb"]);
    assert_eq!(missing.code, Some(3), "{missing:?}");
    assert!(missing.stderr.contains("no database"), "{missing:?}");
    let server = site.start();
    send(&server, 0..1);
    server.wait_evaluated(1);
    let file = site.path().join("one.mgb");
    let name = file.to_str().unwrap().to_owned();
    backup(&site, &file);
    assert_eq!(site.run(&["backup", &name]).code, Some(2));
    assert_eq!(site.run(&["backup", "--force", &name]).code, Some(0));
    send(&server, 1..2);
    server.wait_evaluated(2);
    let running = site.run(&["restore", "--force", &name]);
    assert_eq!(running.code, Some(3), "{running:?}");
    assert!(running.stderr.contains("in use by process"), "{running:?}");
    assert_eq!(server.terminate(), Some(0));

    let there = site.run(&["restore", &name]);
    assert_eq!(there.code, Some(2), "{there:?}");
    assert!(there.stderr.contains("--force"), "{there:?}");
    let whole = std::fs::read(&file).unwrap();
    std::fs::write(&file, &whole[..whole.len() - 100]).unwrap();
    let cut = site.run(&["restore", "--force", &name]);
    assert_eq!(cut.code, Some(3), "{cut:?}");
    let server = site.start();
    assert_eq!(titles(&server).len(), 2, "a broken backup changes nothing");
    assert_eq!(server.terminate(), Some(0));

    std::fs::write(&file, whole).unwrap();
    let restored = site.run(&["restore", "--force", &name]);
    assert_eq!(restored.code, Some(0), "{restored:?}");
    assert!(restored.stderr.contains("what was there before is in"), "{restored:?}");
    let server = site.start();
    assert_eq!(titles(&server), BTreeSet::from(["Event 0".to_owned()]));
    // Numbers of the journal are not given twice, although the journal is older than the last one.
    send(&server, 5..6);
    wait_until("it goes on", || titles(&server).len() == 2);
}

#[test]
fn an_interrupted_restore_is_noticed() {
    let site = site();
    let server = site.start();
    send(&server, 0..1);
    server.wait_evaluated(1);
    let file = site.path().join("one.mgb");
    backup(&site, &file);
    assert_eq!(server.terminate(), Some(0));
    // What a stop in the middle leaves.
    std::fs::write(site.data_dir().join("restore-unfinished"), "").unwrap();
    std::fs::remove_file(site.data_dir().join("margay.db")).unwrap();
    let mut refused = site.margay(&["serve"]);
    let refused = refused.output().unwrap();
    assert_eq!(refused.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("run `margay restore` again"));
    assert_eq!(site.run(&["restore", file.to_str().unwrap()]).code, Some(0));
    assert_eq!(titles(&site.start()).len(), 1);
}

/// What the version with schema 4 left: three alerts, the first of them worked on, a stored destination, a token,
/// a record that did not parse.
fn unpack_earlier_version(site: &Site) {
    let packed = include_bytes!("testdata/data-directory-4.tar.zst");
    let tar = zstd::decode_all(&packed[..]).unwrap();
    tar::Archive::new(&*tar).unpack(site.data_dir()).unwrap();
}

#[test]
fn a_data_directory_of_an_earlier_version_goes_on() {
    const OLD_TOKEN: &str = "mgy_M1ZVgSfL8fYqN8VTpjFEndHJlrFNni3xsuNeSld84mk";
    let site = site();
    std::fs::create_dir_all(site.data_dir()).unwrap();
    unpack_earlier_version(&site);
    let server = site.start();
    assert_eq!(titles(&server), ["Event 1", "Event 2", "Event 3"].map(str::to_owned).into());
    let worked_on = server.list("/alerts?created-after=2026-01-01T00:00:00Z&status=TRIAGED&assignee=someone");
    assert_eq!(worked_on.len(), 1);
    assert_eq!(server.deliveries(&worked_on[0]).len(), 1);
    let hook = server.list("/destinations").remove(0);
    assert_eq!(hook["displayName"], "hook");
    assert_ne!(hook["health"]["state"], "unreadable", "its secrets are read with the old key");
    assert_eq!(server.request("GET", "/alerts", &[("X-API-Key", OLD_TOKEN)], None).status, 200);
    assert_eq!(server.request("GET", "/api-tokens", &[("X-API-Key", OLD_TOKEN)], None).status, 403);
    // The dedup windows, the position and the numbers of the journal go on.
    send(&server, 4..5);
    wait_until("a new alert", || titles(&server).contains("Event 4"));
    // Nothing listens where the old destination points; that is told by an alert of its own.
    assert_eq!(server.series()["margay_alerts_created_total{type=\"RULE\"}"], 4.0);
    assert_eq!(server.terminate(), Some(0));
    // Once more, now as the current version.
    assert_eq!(titles(&site.start()).len(), 4);
}
