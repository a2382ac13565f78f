//! Vendors that fail in every way: what is tried again, what is given up, and who is told.

use std::time::Duration;

use serde_json::{Value, json};
use test_support::{Receiver, Reply};

use crate::harness::{Server, Site, allow, okta_event, text, vendor, wait_until};

/// The user of an event names where its alert goes, so that each check has its own vendor.
const RULE: &str = "def rule(event):\n    return True\n\
    def title(event):\n    return event['uuid']\n\
    def destinations(event):\n    return [event['actor']['alternateId']]\n";

/// A site whose alerts reach these destinations: name, vendor, type and further keys.
fn site(destinations: &[(&str, &Receiver, &str, &str)], extra: &str) -> Site {
    let vendors: Vec<&Receiver> = destinations.iter().map(|(_, vendor, _, _)| *vendor).collect();
    let mut config = format!(
        "{}delivery: {{ retry: {{ first_delay: 200ms }} }}
sources:
  - {{ id: okta, type: http, log_types: [Okta.SystemLog] }}
destinations:
",
        allow(&vendors)
    );
    for (name, vendor, kind, keys) in destinations {
        let url = vendor.url("/hook");
        config.push_str(&format!(
            "  - {{ name: {name}, type: {kind}, config: {{ webhook_url: \"{url}\" }}{keys} }}\n"
        ));
    }
    config.push_str(extra);
    let site = Site::new(&config);
    site.rule("Routed", "", RULE);
    site
}

/// Sends an event whose alert goes to this destination.
fn alert_to(server: &Server, destination: &str, uuid: &str) {
    server.send_events(&[okta_event(uuid, destination, "LOCKED OUT")]);
}

/// The one delivery of the alert with this title, once there is one.
fn delivery(server: &Server, title: &str) -> Value {
    let path = format!("/alerts?name-contains={title}");
    wait_until(&format!("there is an alert `{title}`"), || !server.list(&path).is_empty());
    let deliveries = server.deliveries(&server.list(&path)[0]);
    assert_eq!(deliveries.len(), 1, "{deliveries:?}");
    deliveries[0].clone()
}

/// Waits until the delivery of this alert is in this state, with so many attempts.
fn wait_for_state(server: &Server, title: &str, state: &str, attempts: usize) -> Vec<Value> {
    let mut last = Value::Null;
    let list = |delivery: &Value| delivery["attempts"].as_array().unwrap().clone();
    wait_until(&format!("`{title}` is {state} after {attempts} attempts"), || {
        last = delivery(server, title);
        last["state"] == state && list(&last).len() >= attempts
    });
    assert_eq!(list(&last).len(), attempts, "{last}");
    list(&last)
}

#[test]
fn failures_that_may_pass_are_tried_again_with_the_same_key() {
    let [down, busy, refusing, hanging, closing] = [vendor(), vendor(), vendor(), vendor(), vendor()];
    down.script([Reply::status(500).body("out of order")]);
    busy.script([Reply::status(429).header("Retry-After", "1")]);
    refusing.script([Reply::status(400)]);
    hanging.script([Reply::hang()]);
    closing.script([Reply::close()]);
    let site = site(
        &[
            ("down", &down, "webhook", ""),
            ("busy", &busy, "tines", ""),
            ("refusing", &refusing, "webhook", ""),
            ("hanging", &hanging, "webhook", ", delivery: { timeout: 1s }"),
            ("closing", &closing, "tines", ""),
        ],
        "",
    );
    let server = site.start();
    for name in ["down", "busy", "refusing", "hanging", "closing"] {
        alert_to(&server, name, &format!("to-{name}"));
    }
    for (name, vendor, status) in [
        ("down", &down, json!(500)),
        ("busy", &busy, json!(429)),
        ("refusing", &refusing, json!(400)),
        ("hanging", &hanging, Value::Null),
        ("closing", &closing, Value::Null),
    ] {
        let attempts = wait_for_state(&server, &format!("to-{name}"), "delivered", 2);
        assert_eq!(attempts[0]["statusCode"], status, "{name}");
        assert_eq!(attempts[0]["success"], false, "{name}");
        assert!(!text(&attempts[0]["message"]).is_empty(), "{name}");
        assert_eq!(attempts[1]["success"], true, "{name}");
        let requests = vendor.requests();
        assert_eq!(requests.len(), 2, "{name}");
        let keys: Vec<_> =
            requests.iter().map(|request| request.header("idempotency-key").unwrap()).collect();
        assert_eq!(keys[0], keys[1], "{name}");
        assert_eq!(requests[0].body, requests[1].body, "{name}");
        assert_eq!(keys[0], text(&delivery(&server, &format!("to-{name}"))["id"]));
    }
    let attempts = wait_for_state(&server, "to-down", "delivered", 2);
    assert_eq!(attempts[0]["message"], "out of order");
    let waited = busy.requests()[1].at - busy.requests()[0].at;
    assert!(waited >= Duration::from_secs(1), "`Retry-After: 1` was not honoured: {waited:?}");
    let attempts = wait_for_state(&server, "to-hanging", "delivered", 2);
    let duration = attempts[0]["durationMs"].as_u64().unwrap();
    assert!((1_000..3_000).contains(&duration), "the time-out of 1 s ended after {duration} ms");
    assert!(server.alerts("SYSTEM_ERROR").is_empty(), "a failure that passes is no fault");
}

#[test]
fn a_slow_vendor_delays_nobody_else() {
    let [slow, fast] = [vendor(), vendor()];
    slow.always(Reply::hang());
    let site = site(&[("slow", &slow, "webhook", ""), ("fast", &fast, "webhook", "")], "");
    let server = site.start();
    // More than the slow one's four attempts at a time, so that its lane is full.
    for number in 0..10 {
        alert_to(&server, "slow", &format!("slow-{number}"));
    }
    wait_until("the slow vendor is busy", || slow.count() == 4);
    for number in 0..10 {
        alert_to(&server, "fast", &format!("fast-{number}"));
    }
    wait_until("the fast vendor has everything", || fast.count() == 10);
    assert_eq!(slow.count(), 4, "the slow one had no time to answer");
    let pending = delivery(&server, "slow-9");
    assert_eq!((&pending["state"], &pending["trigger"]), (&json!("pending"), &json!("auto")));
    wait_until("only the slow ones wait", || server.metric("margay_deliveries_pending") == 10.0);
    assert!(server.metric("margay_delivery_attempts_total") >= 10.0);
}

#[test]
fn closed_addresses_and_redirects_are_given_up_at_once() {
    let [redirecting, target, private] = [vendor(), vendor(), vendor()];
    redirecting.always(Reply::status(302).header("Location", &target.url("/stolen")));
    let port = private.address().port();
    let blocked = format!(
        "  - {{ name: by-name, type: webhook, config: {{ webhook_url: \"http://localhost:{port}/\" }} }}
  - {{ name: by-address, type: tines, config: {{ webhook_url: \"http://127.0.0.1:{port}/\" }} }}
  - {{ name: metadata, type: webhook, config: {{ webhook_url: \"http://169.254.169.254/latest/\" }} }}
"
    );
    let site =
        site(&[("redirecting", &redirecting, "webhook", ""), ("target", &target, "webhook", "")], &blocked);
    let server = site.start();
    for name in ["redirecting", "by-name", "by-address", "metadata"] {
        alert_to(&server, name, &format!("to-{name}"));
    }
    let attempts = wait_for_state(&server, "to-redirecting", "failed", 1);
    assert_eq!(attempts[0]["statusCode"], json!(302));
    assert!(text(&attempts[0]["message"]).contains("redirect"), "{}", attempts[0]);
    assert_eq!(target.connection_count(), 0, "a redirect is not followed");
    for name in ["by-name", "by-address", "metadata"] {
        let attempts = wait_for_state(&server, &format!("to-{name}"), "failed", 1);
        assert_eq!(attempts[0]["statusCode"], Value::Null, "{name}");
        assert!(text(&attempts[0]["message"]).contains("blocked address"), "{name}: {}", attempts[0]);
        assert_eq!(delivery(&server, &format!("to-{name}"))["nextAttemptAt"], Value::Null);
    }
    assert_eq!(private.connection_count(), 0, "nobody even connected");
}

#[test]
fn refused_credentials_are_tried_again_slowly_and_secrets_stay_secret() {
    let [locked, down] = [vendor(), vendor()];
    locked.always(Reply::status(401).body("wrong /hook in http://example.com/hook"));
    down.always(Reply::status(503).header("Retry-After", "86400"));
    let site = site(&[("locked", &locked, "tines", ""), ("down", &down, "webhook", "")], "");
    let server = site.start();
    let waits = |title: &str| {
        let attempts = wait_for_state(&server, title, "pending", 1);
        let time = |value: &Value| text(value).parse::<jiff::Timestamp>().unwrap();
        let next = time(&delivery(&server, title)["nextAttemptAt"]);
        next.duration_since(time(&attempts[0]["at"])).as_secs_f64() / 60.0
    };
    alert_to(&server, "locked", "to-locked");
    alert_to(&server, "down", "to-down");
    let minutes = waits("to-locked");
    assert!((14.9..15.2).contains(&minutes), "401 waits {minutes} min");
    let minutes = waits("to-down");
    assert!((59.9..60.2).contains(&minutes), "`Retry-After` is capped at an hour, not {minutes} min");
    let shown = delivery(&server, "to-locked").to_string();
    assert!(
        !shown.contains("/hook") && !site.log().contains("/hook"),
        "the path of a webhook is a secret: {shown}"
    );
    assert!(!server.get("/destinations").body.contains("/hook"));
}

#[test]
fn a_lost_delivery_is_told_once_to_others_and_can_be_tried_again() {
    let [failing, ops] = [vendor(), vendor()];
    failing.always(Reply::status(400).body("no thanks"));
    let both = ", alert_types: [RULE, SYSTEM_ERROR], severities: [CRITICAL]";
    let site = site(&[("failing", &failing, "tines", both), ("ops", &ops, "webhook", both)], "");
    let server = site.start();
    alert_to(&server, "failing", "first");
    alert_to(&server, "failing", "second");
    let attempts = wait_for_state(&server, "first", "failed", 1);
    assert_eq!(attempts[0]["statusCode"], json!(400));
    assert_eq!(attempts[0]["message"], "no thanks");
    wait_for_state(&server, "second", "failed", 1);

    wait_until("the system error is delivered", || ops.count() == 1);
    let told = ops.requests()[0].json();
    assert_eq!(told["id"], "ALERT_DELIVERY");
    assert_eq!(told["type"], "SYSTEM_ERROR");
    assert!(text(&told["title"]).contains("failing"), "{told}");
    let errors = server.alerts("SYSTEM_ERROR");
    assert_eq!(errors.len(), 1, "one for each destination and day: {errors:?}");
    assert_eq!(errors[0]["systemError"]["type"], "ALERT_DELIVERY");
    let names: Vec<_> = server.deliveries(&errors[0]).iter().map(|one| text(&one["displayName"])).collect();
    assert_eq!(names, ["ops"], "never to the destination that fails");
    assert_eq!(failing.count(), 2, "what is given up is not tried again");

    let id = text(&delivery(&server, "first")["id"]);
    let retry = |id: &str| server.change("POST", &format!("/deliveries/{id}/retry"), &json!({}));
    let answer = retry(&id);
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!((&answer.json()["state"], &answer.json()["trigger"]), (&json!("pending"), &json!("retry")));
    wait_for_state(&server, "first", "failed", 2);
    failing.always(Reply::ok());
    assert_eq!(retry(&id).status, 200);
    wait_for_state(&server, "first", "delivered", 3);
    assert_eq!(retry(&id).status, 409, "only a failed delivery is tried again");
    assert_eq!(retry("00000000-0000-0000-0000-000000000000").status, 404);
    let keys: Vec<_> = failing
        .requests()
        .iter()
        .filter_map(|one| one.header("idempotency-key").map(str::to_owned))
        .collect();
    assert_eq!(keys.iter().filter(|key| **key == id).count(), 3, "the same key for every attempt");
    assert_eq!(server.alerts("SYSTEM_ERROR").len(), 1);
    assert_eq!(ops.count(), 1);
}
