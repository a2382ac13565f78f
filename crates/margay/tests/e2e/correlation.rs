//! Correlation rules: from events in any order, across a kill, to one alert; and offline.

use serde_json::{Value, json};

use crate::harness::{Server, Site, allow, okta_event, vendor, wait_until};

const SIGNAL: &str = "\
def rule(event):
    return event.deep_get('outcome', 'reason') == '{REASON}'
def alert_context(event):
    return {'user': event.deep_get('actor', 'alternateId')}
";

const GUESSED: &str = "\
AnalysisType: correlation_rule
RuleID: Guessed.Password
DisplayName: A password was guessed
Enabled: true
Severity: High
Detection:
  - Sequence:
      - { ID: fails, RuleID: Login.Failed, MinMatchCount: 3 }
      - { ID: works, RuleID: Login.Worked }
    Transitions:
      - { From: fails, To: works, WithinTimeFrameMinutes: 30, Match: [{ On: p_alert_context.user }] }
    LookbackWindowMinutes: 90
    Schedule: { RateMinutes: 60, TimeoutMinutes: 5 }
";

const TESTS: &str = "\
Tests:
  - Name: guessed
    ExpectedResult: true
    RuleOutputs:
      - { ID: fails, Matches: { p_alert_context.user: { ada: [0, 1, 2] } } }
      - { ID: works, Matches: { p_alert_context.user: { ada: [5] } } }
  - Name: somebody else
    ExpectedResult: false
    RuleOutputs:
      - { ID: fails, Matches: { p_alert_context.user: { ada: [0, 1, 2] } } }
      - { ID: works, Matches: { p_alert_context.user: { eve: [5] } } }
";

fn site(config: &str) -> Site {
    let site = Site::new(config);
    for (id, reason) in [("Login.Failed", "LOCKED_OUT"), ("Login.Worked", "WORKED")] {
        site.rule(id, "CreateAlert: false\n", &SIGNAL.replace("{REASON}", reason));
    }
    site.write("content/correlation_rules/guessed.yml", &format!("{GUESSED}{TESTS}"));
    site
}

/// An event of a user at a minute; its id says which.
fn event(user: &str, reason: &str, minute: u64) -> Value {
    let mut event = okta_event(&format!("{user} {reason} {minute}"), user, reason);
    event["published"] = json!(format!("2026-01-02T03:{minute:02}:00.000Z"));
    event
}

fn send(server: &Server, events: &[Value]) {
    // One request each, so that each arrives, and is looked at, by itself.
    for event in events {
        server.send_events(std::slice::from_ref(event));
    }
}

/// The one alert, once it has so many events.
fn wait_alert(server: &Server, event_count: usize) -> Value {
    wait_until("the alert", || {
        let alerts = server.alerts_of("ALERT", "Guessed.Password");
        alerts.iter().any(|alert| events_of(server, alert).len() >= event_count)
    });
    let mut alerts = server.alerts("ALERT");
    assert_eq!(alerts.len(), 1, "{alerts:#?}");
    alerts.remove(0)
}

fn events_of(server: &Server, alert: &Value) -> Vec<String> {
    let id = alert["id"].as_str().unwrap();
    let events = server.list(&format!("/alerts/{id}/events"));
    events.iter().map(|event| event["uuid"].as_str().unwrap_or_default().to_owned()).collect()
}

#[test]
fn events_in_shuffled_order_across_a_kill_make_exactly_one_alert() {
    let receiver = vendor();
    let config = format!(
        "{}sources:\n  - {{ id: okta, type: http, log_types: [Okta.SystemLog] }}\n\
         destinations:\n  - {{ name: hook, type: webhook, config: {{ webhook_url: \"{}\" }}, severities: [HIGH] }}\n",
        allow(&[&receiver]),
        receiver.url("/hook")
    );
    let site = site(&config);
    let first = [
        event("ada", "WORKED", 10),
        event("eve", "LOCKED_OUT", 1),
        event("ada", "LOCKED_OUT", 7),
        event("eve", "WORKED", 3),
        event("ada", "LOCKED_OUT", 2),
    ];
    let second = [event("eve", "LOCKED_OUT", 2), event("ada", "LOCKED_OUT", 5), event("ada", "IGNORED", 6)];

    let server = site.start();
    send(&server, &first);
    server.wait_evaluated(5);
    server.kill();
    // Accepted is enough: whatever of it was looked at when the server is killed again.
    let server = site.start();
    assert!(server.alerts("ALERT").is_empty());
    send(&server, &second);
    server.kill();

    let server = site.start();
    let alert = wait_alert(&server, 4);
    let uuids = events_of(&server, &alert);
    assert_eq!(uuids, ["ada LOCKED_OUT 2", "ada LOCKED_OUT 5", "ada LOCKED_OUT 7", "ada WORKED 10"]);
    assert_eq!(alert["title"], "A password was guessed");
    let alert = server.get_json(&format!("/alerts/{}", alert["id"].as_str().unwrap()));
    assert_eq!(alert["context"]["matched"], json!({"p_alert_context.user": "ada"}), "{alert:#}");
    wait_until("the delivery", || !receiver.requests().is_empty());
    // One more event of the same time is added to it.
    send(&server, &[event("ada", "WORKED", 12)]);
    wait_alert(&server, 5);
    assert_eq!(server.terminate(), Some(0));
    assert_eq!(receiver.requests().len(), 1);

    let server = site.start();
    assert_eq!(server.alerts("ALERT").len(), 1);
    assert_eq!(server.metric("margay_correlation_matches_total"), 1.0);
}

#[test]
fn a_stop_first_looks_at_the_signals_that_are_there() {
    let site = site("sources:\n  - { id: okta, type: http, log_types: [Okta.SystemLog] }\n");
    let server = site.start();
    let mut events: Vec<Value> = (0..3).map(|minute| event("ada", "LOCKED_OUT", minute)).collect();
    events.push(event("ada", "WORKED", 5));
    server.send_events(&events);
    assert_eq!(server.terminate(), Some(0));
    let server = site.start();
    assert_eq!(server.alerts_of("ALERT", "Guessed.Password").len(), 1);
}

#[test]
fn operators_switch_correlation_rules_like_others() {
    let site = site("sources:\n  - { id: okta, type: http, log_types: [Okta.SystemLog] }\n");
    let listed = site.run(&["detection", "list"]);
    assert!(listed.stdout.contains("Guessed.Password"), "{listed:?}");
    assert_eq!(site.run(&["detection", "disable", "Guessed.Password"]).code, Some(0));
    let server = site.start();
    let all = |server: &Server| {
        let mut events: Vec<Value> = (0..3).map(|minute| event("ada", "LOCKED_OUT", minute)).collect();
        events.push(event("ada", "WORKED", 5));
        send(server, &events);
    };
    all(&server);
    server.wait_evaluated(4);
    assert_eq!(site.run(&["detection", "enable", "Guessed.Password"]).code, Some(0));
    let stored = "margay_correlation_signals_stored_total{rule=\"Login.Failed\"}";
    wait_until("signals that are kept", || {
        send(&server, &[event("eve", "LOCKED_OUT", 0)]);
        server.series().get(stored).is_some_and(|count| *count > 0.0)
    });
    // Nothing of what came while it was off was kept.
    assert!(server.alerts("ALERT").is_empty());
    all(&server);
    wait_alert(&server, 4);
}

#[test]
fn correlation_rules_are_tested_and_checked_offline() {
    let site = site("content: [content]\n");
    let ran = site.run(&["test", "--filter", "AnalysisType=correlation_rule", "--format", "json"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let report: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(report["tests"], json!({"total": 2, "passed": 2, "failed": 0}));
    assert_eq!(report["items"]["skipped"], 0);

    site.write(
        "content/correlation_rules/guessed.yml",
        &format!("{GUESSED}{}", TESTS.replace("[0, 1, 2]", "[0, 1]")),
    );
    let ran = site.run(&["test", "content/correlation_rules"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(
        ran.stdout.contains(
            "[rule] returned false, expected true: for p_alert_context.user = `ada`: \
             step `fails` has 2 of 3, step `works` has 1 of 1"
        ),
        "{}",
        ran.stdout
    );

    site.write("content/correlation_rules/guessed.yml", &GUESSED.replace("Login.Worked", "Login.Workd"));
    let ran = site.run(&["check", "--format", "json"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    let report: Value = serde_json::from_str(&ran.stdout).unwrap();
    let errors = |finding: &&Value| finding["level"] == "error";
    let found: Vec<&Value> = report["findings"].as_array().unwrap().iter().filter(errors).collect();
    let [found] = &found[..] else { panic!("{found:#?}") };
    assert_eq!((&found["code"], &found["line"]), (&json!("C044"), &json!(9)));
    assert_eq!(found["hint"], "did you mean `Login.Worked`?");
    // A part of the repository says nothing about what lies elsewhere.
    let ran = site.run(&["check", "content/correlation_rules"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
}
