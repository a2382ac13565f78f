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

#[test]
fn trap_23_a_threshold_with_unique_counts_distinct_values_and_errors_pass_it_by() {
    let site = Site::new(CONFIG);
    let python = "def rule(event):\n    return True\ndef dedup(event):\n    return event['outcome']['reason']\n\
                  def unique(event):\n    if event['uuid'] == 'raises':\n        raise KeyError('uuid')\n    \
                  return event.deep_get('actor', 'alternateId')\ndef title(event):\n    return event['uuid']\n";
    site.rule("Distinct", "Threshold: 3\n", python);
    site.rule("Broken", "Threshold: 3\n", "def rule(event):\n    return event['gone']\n");
    let server = site.start();
    let mut sent = 0;
    let mut send = |uuid: &str, user: &str, dedup: &str| {
        sent += 1;
        server.send_events(&[okta_event(uuid, user, dedup)]);
        server.wait_evaluated(sent);
        server.alerts("ALERT").len()
    };
    for (uuid, user) in [("1", "a"), ("2", "a"), ("3", "b"), ("4", "b"), ("raises", "c"), ("5", "")] {
        // Six matches: two people, one value that could not be had, and nobody, who counts.
        let expected = usize::from(uuid == "5");
        assert_eq!(send(uuid, user, "x"), expected, "after {uuid}");
    }
    assert_eq!(send("6", "d", "other"), 1, "another dedup string begins anew");
    let alerts = server.alerts("ALERT");
    assert_eq!((alerts[0]["title"].as_str(), alerts[0]["eventCount"].as_u64()), (Some("1"), Some(6)));
    let errors = server.alerts("DETECTION_ERROR");
    assert_eq!((errors.len(), errors[0]["eventCount"].as_u64()), (1, Some(7)));
    assert_eq!(errors[0]["firstEventOccurredAt"], errors[0]["createdAt"], "the first error made the alert");
    assert_eq!(server.terminate(), Some(0));
}

#[test]
fn a_lookup_in_a_table_that_is_not_there_is_said_once_and_counted() {
    let site = Site::new(CONFIG);
    let python = "def rule(event):\n    return event.lookup('people', event['uuid']) is not None\n";
    site.rule("Lookup", "", python);
    let server = site.start();
    server.send_events(&[okta_event("1", "a", "x"), okta_event("2", "a", "x")]);
    server.wait_evaluated(2);
    assert_eq!(server.series().get(r#"margay_lookups_missed_total{table="people"}"#), Some(&2.0));
    assert!(server.alerts("DETECTION_ERROR").is_empty() && server.alerts("ALERT").is_empty());
    assert_eq!(server.terminate(), Some(0));
    let log = std::fs::read_to_string(site.path().join("server.log")).unwrap();
    assert_eq!(log.matches("a table that does not exist").count(), 1, "{log}");
}

#[test]
fn trap_21_a_dedup_period_of_0_groups_all_the_same_and_row_ids_do_not() {
    let site = Site::new(CONFIG);
    let period = "DedupPeriodMinutes: 0\n";
    site.rule("Grouped", period, "def rule(event):\n    return True\n");
    site.rule(
        "Each",
        period,
        "def rule(event):\n    return True\ndef dedup(event):\n    return event['p_row_id']\n",
    );
    let server = site.start();
    server.send_events(&[okta_event("1", "a", "x"), okta_event("2", "a", "x"), okta_event("3", "a", "x")]);
    server.wait_evaluated(3);
    let counts = |id: &str| -> Vec<u64> {
        server.alerts_of("ALERT", id).iter().map(|alert| alert["eventCount"].as_u64().unwrap()).collect()
    };
    assert_eq!((counts("Grouped"), counts("Each")), (vec![3], vec![1, 1, 1]));
    assert_eq!(server.terminate(), Some(0));
}
