//! What rules keep between events outlives the server, in `detect` and `test` it does not.

use crate::harness::{Site, okta_event};

const CONFIG: &str = "sources:\n  - { id: okta, type: http, log_types: [Okta.SystemLog] }\n";
const EVERY_FIFTH: &str = "\
from panther_detection_helpers.caching import evaluate_threshold
def rule(event):
    return evaluate_threshold(event.deep_get('actor', 'alternateId'), 5, 86400)
def title(event):
    return event['uuid']
";

#[test]
fn a_threshold_counts_on_after_a_kill() {
    let site = Site::new(CONFIG);
    site.rule("Fifth", "DedupPeriodMinutes: 5\n", EVERY_FIFTH);
    let send = |numbers: std::ops::RangeInclusive<u64>| {
        let server = site.start();
        for number in numbers {
            server.send_events(&[okta_event(&number.to_string(), "user@example.com", "LOCKED OUT")]);
            server.wait_evaluated(number);
        }
        server
    };
    let server = send(1..=3);
    assert!(server.alerts("ALERT").is_empty());
    server.kill();
    let server = send(4..=12);
    let mut titles: Vec<_> = server.alerts("ALERT").iter().map(|alert| alert["title"].clone()).collect();
    titles.reverse();
    assert_eq!(titles, ["5", "10"]);
    assert!(server.alerts("DETECTION_ERROR").is_empty());
    assert_eq!(server.terminate(), Some(0));
}

#[test]
fn offline_runs_and_unit_tests_begin_with_nothing() {
    let site = Site::new(CONFIG);
    let tests = "Tests:\n  - { Name: first, ExpectedResult: false, Log: { actor: { alternateId: a } } }\n  \
                 - { Name: second, ExpectedResult: false, Log: { actor: { alternateId: a } } }\n";
    let python = EVERY_FIFTH.replace("5, 86400", "2");
    site.rule("Second", tests, &python);
    let event = r#"{"actor":{"alternateId":"a"},"uuid":"u"}"#;
    site.write("events.jsonl", &format!("{event}\n{event}\n{event}\n"));
    for _ in 0..2 {
        let ran =
            site.run(&["detect", "--content", "content", "--log-type", "Okta.SystemLog", "events.jsonl"]);
        assert_eq!(ran.code, Some(0), "{ran:?}");
        assert_eq!(ran.stdout.lines().count(), 1, "{ran:?}");
        assert!(ran.stdout.starts_with(r#"{"index":1,"ruleId":"Second""#), "{ran:?}");
    }
    let ran = site.run(&["test"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(!site.data_dir().join("margay.db").exists());
}
