//! Destinations that a person keeps quiet for a while, and changes made from what is no more.

use std::time::Duration;

use serde_json::{Value, json};
use stdx::{Clock as _, SystemClock};
use test_support::{Receiver, Reply};

use crate::harness::{Server, Site, TOKEN, allow, okta_event, text, vendor, wait_until};

const RULE: &str = "def rule(event):\n    return True\ndef title(event):\n    return event['uuid']\n";

fn site(quiet: &Receiver, other: &Receiver) -> Site {
    let site = Site::new(&format!(
        "{}delivery: {{ retry: {{ first_delay: 100ms, attempts_max: 3 }} }}
sources:
  - {{ id: okta, type: http, log_types: [Okta.SystemLog] }}
destinations:
  - {{ name: quiet, type: webhook, config: {{ webhook_url: \"{}\" }}, severities: [HIGH] }}
  - {{ name: other, type: webhook, config: {{ webhook_url: \"{}\" }}, severities: [HIGH], alert_types: [RULE, SYSTEM_ERROR] }}
",
        allow(&[quiet, other]),
        quiet.url("/quiet"),
        other.url("/other")
    ));
    site.rule("Each", "Severity: High\n", RULE);
    site
}

fn named(server: &Server, name: &str) -> Value {
    let found = server.list("/destinations").into_iter().find(|it| it["displayName"] == name);
    found.unwrap_or_else(|| panic!("no destination {name}"))
}

fn mute_path(server: &Server, name: &str) -> String {
    format!("/destinations/{}/mute", text(&named(server, name)["id"]))
}

fn after(time: Duration) -> String {
    (SystemClock.now() + time).to_string()
}

fn alert(server: &Server, uuid: &str) -> Value {
    server.send_events(&[okta_event(uuid, "user@example.com", "LOCKED OUT")]);
    let path = format!("/alerts?name-contains={uuid}");
    wait_until("there is an alert", || !server.list(&path).is_empty());
    server.list(&path)[0].clone()
}

/// Where an alert went, and why the destination `quiet` did or did not get it.
fn routed(server: &Server, alert: &Value) -> (Vec<String>, String) {
    let path = format!("/alerts/{}/deliveries", text(&alert["id"]));
    let page = server.get_json(&path);
    let names = server.deliveries(alert).iter().map(|it| text(&it["displayName"])).collect();
    let lines = page["routing"]["explanation"].as_array().unwrap();
    let line = lines.iter().find(|line| line["displayName"] == "quiet").unwrap();
    (names, text(&line["reason"]))
}

#[test]
fn a_muted_destination_of_the_file_gets_nothing_new_until_its_time_is_over_or_ended() {
    let (quiet, other) = (vendor(), vendor());
    let site = site(&quiet, &other);
    let server = site.start();
    let path = mute_path(&server, "quiet");
    assert_eq!(named(&server, "quiet")["mute"], Value::Null);

    // What waits goes on.
    quiet.always(Reply::status(503));
    let waiting = alert(&server, "waiting");
    wait_until("an attempt failed", || quiet.count() >= 1);
    let until = after(Duration::from_secs(3_600));
    let answer = server.change("PUT", &path, &json!({"until": until, "reason": "they move"}));
    assert_eq!(answer.status, 200, "{}", answer.body);
    let mute = &answer.json()["mute"];
    assert_eq!((&mute["reason"], &mute["by"]["type"]), (&json!("they move"), &json!("api-token")));
    assert_eq!(text(&mute["until"])[..19], until[..19]);
    assert_eq!(&named(&server, "quiet")["mute"], mute);
    assert_eq!(server.metric("margay_destination_muted"), 1.0);
    quiet.always(Reply::status(200));
    wait_until("it is delivered", || {
        server.deliveries(&waiting).iter().all(|delivery| delivery["state"] == "delivered")
    });
    let taken = quiet.count();

    let unheard = alert(&server, "unheard");
    let (names, reason) = routed(&server, &unheard);
    assert_eq!(names, ["other"]);
    assert!(reason.contains(&format!("it is muted until {}", &until[..19])), "{reason}");
    let listed = site.run(&["destination", "list"]);
    assert!(listed.stdout.contains(&until[..19]), "{listed:?}");

    // A person still gets through.
    let tested = server.change("POST", &path.replace("/mute", "/test"), &json!({})).json();
    assert_eq!(tested["success"], true, "{tested}");
    let by_hand = json!({"destinationIds": [named(&server, "quiet")["id"]]});
    let sent = server.change("POST", &format!("/alerts/{}/deliveries", text(&unheard["id"])), &by_hand);
    assert_eq!(sent.status, 200, "{}", sent.body);
    wait_until("both arrive", || quiet.count() == taken + 2);

    // Ended by a person, twice is no harm; then by itself.
    assert_eq!(server.change("DELETE", &path, &json!({})).status, 204);
    assert_eq!(server.change("DELETE", &path, &json!({})).status, 204);
    assert_eq!(named(&server, "quiet")["mute"], Value::Null);
    let (names, _) = routed(&server, &alert(&server, "heard"));
    assert_eq!(names, ["other", "quiet"]);
    let short = json!({"until": after(Duration::from_millis(700))});
    assert_eq!(server.change("PUT", &path, &short).status, 200);
    wait_until("the mute ended by itself", || named(&server, "quiet")["mute"].is_null());
    let (names, _) = routed(&server, &alert(&server, "again"));
    assert_eq!(names, ["other", "quiet"]);
}

#[test]
fn a_muted_destination_hears_nothing_of_failing_deliveries_and_stays_muted_over_a_restart() {
    let (quiet, other) = (vendor(), vendor());
    let site = site(&quiet, &other);
    let server = site.start();
    quiet.always(Reply::status(503));
    let path = mute_path(&server, "other");
    let form = json!({"until": after(Duration::from_secs(3_600)), "reason": null});
    assert_eq!(server.change("PUT", &path, &form).status, 200);
    server.kill();
    let server = site.start();
    assert!(named(&server, "other")["mute"].is_object());
    alert(&server, "lost");
    wait_until("the loss makes an alert", || !server.alerts("SYSTEM_ERROR").is_empty());
    let lost = server.alerts("SYSTEM_ERROR").remove(0);
    assert!(server.deliveries(&lost).is_empty());
    assert_eq!(other.count(), 0);
}

#[test]
fn a_wrong_mute_is_refused_and_a_change_made_from_what_is_no_more_too() {
    let (quiet, other) = (vendor(), vendor());
    let site = site(&quiet, &other);
    let server = site.start();
    let path = mute_path(&server, "quiet");
    for (form, part) in [
        (json!({"until": after(Duration::from_secs(31 * 86_400))}), "more than 30 days away"),
        (json!({"until": "2020-01-01T00:00:00Z"}), "not in the future"),
        (json!({"until": "tomorrow"}), "`until`: `tomorrow` is not a time such as"),
        (json!({"until": after(Duration::from_secs(60)), "reason": "x".repeat(256)}), "`reason`"),
        (json!({"reason": "x"}), "missing field `until`"),
    ] {
        let answer = server.change("PUT", &path, &form);
        assert_eq!(answer.status, 400, "{form}: {}", answer.body);
        assert!(text(&answer.json()["message"]).contains(part), "{}", answer.body);
    }
    assert_eq!(named(&server, "quiet")["mute"], Value::Null);

    let form = json!({"displayName": "made", "type": "tines", "config": {"webhook_url": quiet.url("/made")}});
    let made = server.change("POST", "/destinations", &form).json();
    let path = format!("/destinations/{}", text(&made["id"]));
    let put = |tag: &str| {
        let headers = [("X-API-Key", TOKEN), ("If-Match", tag)];
        server.request("PUT", &path, &headers, Some(form.to_string().as_bytes()))
    };
    let refused = put("\"0123\"");
    assert_eq!(refused.status, 412, "{}", refused.body);
    assert!(refused.body.contains("the destination `made` was changed meanwhile"), "{}", refused.body);
    assert_eq!(put("*").status, 200);
}
