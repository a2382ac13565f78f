//! What a worker process sends when it is under the control of a hostile rule.

use std::sync::{Arc, LazyLock};

use model::{DetectionKind, Event, FindingKind, Severity};
use python_host::{Program, Replayed, RuleProgram, replay};
use stdx::ManualClock;

pub(crate) const WORDS: &[&str] = &[
    "{\"results\":{\"event\":0,\"position\":0,\"end\":false,\"records\":[]}}",
    "{\"event\":18446744073709551615,\"rule\":0,\"record\":",
    "\"event\":18446744073709551615",
    "\"position\":18446744073709551615",
    "{\"error\":{\"error_type\":\"E\",\"short\":\"E()\",\"message\":\"\",\"line\":null,\"memory\":true}}",
    "\"end\":true",
    "\"tests_done\":{\"setup_error\":null}",
    "\"alert_context\":{\"a\":1}",
    "\"memory\":true",
    "{\"ask\":{\"id\":1,\"question\":{\"kv\":{\"do\":\"increment\",\"key\":\"k\",\"by\":1,\"ttl\":\"default\"}}}}",
    "{\"ask\":{\"id\":1,\"question\":{\"kv\":{\"do\":\"add_strings\",\"key\":\"k\",\"members\":[\"a\"],\"ttl\":{\"seconds\":9223372036854775807}}}}}",
    "\"ttl\":\"keep\"",
];

/// Bytes before the stream: the size of pieces, then the progress page.
const HEAD_BYTES: usize = 9;

static PROGRAM: LazyLock<Arc<Program>> = LazyLock::new(|| {
    let rule = |id: &str, log_types: &[&str]| RuleProgram {
        id: id.into(),
        kind: DetectionKind::Rule,
        log_types: log_types.iter().map(|&log_type| log_type.into()).collect(),
        severity: Severity::Low,
        create_alert: true,
        enabled: true,
        version: "1".into(),
        source: "".into(),
    };
    Arc::new(Program::new(vec![], vec![], vec![rule("A", &["T"]), rule("B", &["T", "U"]), rule("C", &["U"])]))
});

/// Evaluates four events, each for two rules, with workers that send these bytes: it ends, takes few
/// workers, and findings come in order, name rules of their event, and tell every death.
pub fn frames(input: &[u8]) {
    let Some((head, stream)) = input.split_first_chunk::<HEAD_BYTES>() else { return };
    let [piece_bytes, mark @ ..] = *head;
    let events: Vec<Event> = ["T", "U", "T", "V"].into_iter().map(event).collect();
    let clock = Arc::new(ManualClock::new(jiff::Timestamp::UNIX_EPOCH));
    let replayed =
        replay(Arc::clone(&PROGRAM), &events, clock, stream, piece_bytes.into(), u64::from_le_bytes(mark));
    check(&replayed, stream.len());
}

fn check(replayed: &Replayed, stream_bytes: usize) {
    // Three tries for each of six pairs and four events; every further loss costs the stream a frame.
    let workers_max = 1 + 3 * (6 + 4) + stream_bytes / 4;
    assert!(replayed.worker_count <= workers_max, "{} workers were used up", replayed.worker_count);
    let pairs: Vec<(usize, u32)> = replayed.findings.iter().map(|(event, rule, _)| (*event, *rule)).collect();
    let in_order = pairs.windows(2).all(|two| two[0] < two[1]);
    assert!(in_order, "findings are out of order or stand twice: {pairs:?}");
    let missed = replayed.missed.iter().flat_map(|(rule, events)| events.iter().map(|event| (*event, *rule)));
    for pair in missed {
        assert!(!pairs.contains(&pair), "{pair:?} is told to be missed and has a finding");
    }
    for (event, rule, finding) in &replayed.findings {
        let rules: &[u32] = [&[0, 1][..], &[1, 2], &[0, 1], &[]][*event];
        assert!(rules.contains(rule), "rule {rule} does not see event {event}");
        let rule_id = match finding {
            FindingKind::Match(found) => &found.rule_id,
            FindingKind::Error(error) => &error.rule_id,
            FindingKind::System(_) => panic!("a worker speaks for the platform"),
        };
        assert_eq!(*rule_id, PROGRAM.rules()[*rule as usize].id);
        if let FindingKind::Match(found) = finding
            && let Some(context) = &found.alert_context
        {
            // It is stored, shown and sent inside other objects.
            let nested = serde_json::json!({"a": {"b": {"c": context}}}).to_string();
            assert!(
                serde_json::from_str::<serde_json::Value>(&nested).is_ok(),
                "a context cannot be read back"
            );
        }
    }
}

fn event(log_type: &str) -> Event {
    Event {
        log_type: log_type.into(),
        row_id: log_type.into(),
        source_id: "door".into(),
        accepted_at: jiff::Timestamp::UNIX_EPOCH,
        json: "{}".into(),
    }
}
