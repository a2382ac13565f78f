//! A rule that stops its worker again and again is taken out of service, once, and let back in.

use crate::harness::{Server, Site, allow, okta_event, vendor, wait_until};

const SLOW: &str = "def rule(event):\n    while event['outcome']['reason'] == 'SLOW':\n        pass\n    return True\n\
    def dedup(event):\n    return 'all'\n";
const HEALTHY: &str = "def rule(event):\n    return True\ndef dedup(event):\n    return 'all'\n";

fn send(server: &Server, evaluated: &mut u64, reason: &str) {
    *evaluated += 1;
    server.send_events(&[okta_event(&evaluated.to_string(), "user@example.com", reason)]);
    server.wait_evaluated(*evaluated);
}

fn event_count(server: &Server, class: &str, id: &str) -> u64 {
    let alerts = server.alerts_of(class, id);
    assert!(alerts.len() <= 1, "{alerts:?}");
    alerts.first().map_or(0, |alert| alert["eventCount"].as_u64().unwrap())
}

#[test]
fn a_rule_that_times_out_five_times_is_benched_and_a_person_lets_it_back() {
    let ops = vendor();
    let config = format!(
        "{}python: {{ rule_timeout: 200ms }}
sources:
  - {{ id: okta, type: http, log_types: [Okta.SystemLog] }}
destinations:
  - {{ name: ops, type: webhook, config: {{ webhook_url: \"{}\" }}, alert_types: [SYSTEM_ERROR] }}
",
        allow(&[&ops]),
        ops.url("/")
    );
    let site = Site::new(&config);
    site.rule("Bad.Slow", "", SLOW).rule("Good.Healthy", "", HEALTHY);
    let server = site.start();
    let mut evaluated = 0;

    for _ in 0..4 {
        send(&server, &mut evaluated, "SLOW");
    }
    send(&server, &mut evaluated, "LOCKED OUT");
    assert_eq!(event_count(&server, "ALERT", "Bad.Slow"), 1, "four are not enough");
    assert!(server.alerts("SYSTEM_ERROR").is_empty());
    send(&server, &mut evaluated, "SLOW");
    for _ in 0..3 {
        send(&server, &mut evaluated, "LOCKED OUT");
    }
    assert_eq!(event_count(&server, "DETECTION_ERROR", "Bad.Slow"), 5);
    assert_eq!(event_count(&server, "ALERT", "Bad.Slow"), 1, "it sees nothing while benched");
    assert_eq!(event_count(&server, "ALERT", "Good.Healthy"), 9, "the others go on");

    let errors = server.alerts("SYSTEM_ERROR");
    assert_eq!(errors.len(), 1, "{errors:?}");
    assert_eq!(errors[0]["type"], "SYSTEM_ERROR");
    assert_eq!(errors[0]["severity"], "CRITICAL");
    assert_eq!(errors[0]["systemError"]["type"], "DETECTION_BENCHED");
    assert_eq!(errors[0]["systemError"]["sourceId"], "Bad.Slow");
    assert_eq!(errors[0]["systemError"]["detection"]["id"], "Bad.Slow");
    wait_until("the system error is delivered", || ops.count() == 1);
    assert_eq!(ops.requests()[0].json()["id"], "DETECTION_BENCHED");
    let series = server.series();
    assert_eq!(
        series.get(r#"margay_detection_events_missed_total{rule="Bad.Slow"}"#),
        Some(&3.0),
        "{series:#?}"
    );

    let enabled = site.run(&["detection", "enable", "Bad.Slow"]);
    assert_eq!(enabled.code, Some(0), "{enabled:?}");
    wait_until("the rule sees events again", || {
        send(&server, &mut evaluated, "LOCKED OUT");
        event_count(&server, "ALERT", "Bad.Slow") > 1
    });
    send(&server, &mut evaluated, "SLOW");
    assert_eq!(event_count(&server, "DETECTION_ERROR", "Bad.Slow"), 6, "one more time-out does not bench it");
    assert_eq!(server.alerts("SYSTEM_ERROR").len(), 1);
}

#[test]
fn a_detection_that_makes_too_many_alerts_is_limited_and_a_person_lifts_it() {
    let site = Site::new(
        "alerting: { limit_per_detection: 5/h }\nsources:\n  - { id: okta, type: http, log_types: [Okta.SystemLog] }\n",
    );
    site.rule(
        "Noisy",
        "",
        "def rule(event):\n    return True\ndef title(event):\n    return event['uuid']\n",
    );
    site.rule("Good.Healthy", "", HEALTHY);
    let server = site.start();
    let mut evaluated = 0;
    for _ in 0..8 {
        send(&server, &mut evaluated, "LOCKED OUT");
    }
    assert_eq!(server.alerts_of("ALERT", "Noisy").len(), 5);
    assert_eq!(event_count(&server, "ALERT", "Good.Healthy"), 8, "other detections go on");
    let errors = server.alerts("SYSTEM_ERROR");
    assert_eq!(errors.len(), 1, "{errors:?}");
    assert_eq!(errors[0]["systemError"]["type"], "DETECTION_ALERT_LIMIT_EXCEEDED");
    assert_eq!(errors[0]["systemError"]["sourceId"], "Noisy");
    assert_eq!(server.metric("margay_signals_total"), 3.0, "matches without an alert are counted");

    let enabled = site.run(&["detection", "enable", "Noisy"]);
    assert_eq!(enabled.code, Some(0), "{enabled:?}");
    wait_until("the detection alerts again", || {
        send(&server, &mut evaluated, "LOCKED OUT");
        server.alerts_of("ALERT", "Noisy").len() > 5
    });
}
