//! Signals: kept once, the newest of each rule; and how far correlation rules have got.

use std::collections::{BTreeMap, HashMap, HashSet};

use model::{LedgerChanges, RuleId, metric};
use store::{
    Committed, CorrelationRun, EventPacker, FieldValues, LedgerRequest, NewSignal, ReportedMatch,
    SignalChanges, Store,
};

use crate::support::{at, open, request};

fn values(user: &str) -> FieldValues {
    vec![("p_alert_context.user".to_owned(), vec![user.to_owned()]), ("ip".to_owned(), Vec::new())]
}

/// A signal of a rule whose event happened, and was accepted, at a second.
fn signal(rule: &str, second: i64) -> NewSignal {
    let event = EventPacker::try_new().unwrap().pack(&format!("{{\"second\":{second}}}")).unwrap();
    NewSignal {
        rule_id: rule.into(),
        row_id: format!("row{second}").into(),
        event_at: at(second),
        accepted_at: at(second),
        log_type: "Okta.SystemLog".into(),
        source_id: "okta".into(),
        values: values("ada"),
        event,
    }
}

async fn commit(store: &Store, position: Option<u64>, signals: SignalChanges) -> Committed {
    store.commit(LedgerRequest { signals, ..request(position) }, |_| LedgerChanges::default()).await.unwrap()
}

async fn keep(store: &Store, new: Vec<NewSignal>) -> Committed {
    commit(store, None, SignalChanges { new, ..SignalChanges::default() }).await
}

async fn ids(store: &Store, rule: &str) -> Vec<u64> {
    let mut found = store.signals_between(&rule.into(), at(-1_000_000), at(1_000_000)).await.unwrap();
    found.sort_by_key(|signal| signal.id);
    found.into_iter().map(|signal| signal.id).collect()
}

async fn counter(store: &Store, name: &str, rule: &str) -> u64 {
    let label = format!("rule=\"{rule}\"");
    let counters = store.counters().await.unwrap();
    counters
        .iter()
        .find(|counter| counter.name == name && counter.label == label)
        .map_or(0, |found| found.value)
}

#[tokio::test]
async fn signals_read_back_by_rule_and_time_with_their_events() {
    let store = open().await;
    let committed = keep(&store, vec![signal("A", 10), signal("B", 20), signal("A", 30)]).await;
    assert!(committed.signals.any_new && committed.signals.dropped.is_empty());
    let found = store.signals_between(&"A".into(), at(10), at(29)).await.unwrap();
    let [one] = &found[..] else { panic!("{found:?}") };
    assert_eq!((&*one.row_id, one.event_at, one.accepted_at), ("row10", at(10), at(10)));
    assert_eq!(one.values, values("ada"));
    assert_eq!(store.signals_between(&"A".into(), at(10), at(30)).await.unwrap().len(), 2);
    assert_eq!(store.signals_between(&"A".into(), at(11), at(29)).await.unwrap(), []);
    let events = store.signal_events(&[one.id, 999]).await.unwrap();
    assert_eq!(events.len(), 1);
    let event = &events[&one.id];
    assert_eq!((&*event.json, &*event.row_id, event.accepted_at), ("{\"second\":10}", "row10", at(10)));
    assert_eq!((event.log_type.as_str(), event.source_id.as_str()), ("Okta.SystemLog", "okta"));
}

#[tokio::test]
async fn a_replayed_batch_and_a_repeated_signal_keep_nothing_twice() {
    let store = open().await;
    let changes = || SignalChanges { new: vec![signal("A", 1), signal("A", 1)], ..SignalChanges::default() };
    assert!(commit(&store, Some(1), changes()).await.applied);
    assert!(!commit(&store, Some(1), changes()).await.applied);
    let again = commit(&store, Some(2), changes()).await;
    assert!(again.applied && !again.signals.any_new);
    assert_eq!(ids(&store, "A").await.len(), 1);
    assert_eq!(counter(&store, metric::CORRELATION_SIGNALS_STORED, "A").await, 1);
    // The same event can be a signal of several rules.
    assert!(keep(&store, vec![signal("B", 1)]).await.signals.any_new);
}

#[tokio::test]
async fn the_newest_signals_of_a_rule_are_kept_and_the_rest_is_counted() {
    let store = open().await;
    let changes = |new| SignalChanges { new, kept_max: 3, ..SignalChanges::default() };
    commit(&store, None, changes(vec![signal("B", 0)])).await;
    commit(&store, None, changes((0..2).map(|second| signal("A", second)).collect())).await;
    let committed = commit(&store, None, changes((2..6).map(|second| signal("A", second)).collect())).await;
    assert_eq!(committed.signals.dropped, BTreeMap::from([(RuleId::from("A"), 3)]));
    assert_eq!(ids(&store, "A").await, [5, 6, 7]);
    assert_eq!(ids(&store, "B").await, [1]);
    assert_eq!(counter(&store, metric::CORRELATION_SIGNALS_DROPPED, "A").await, 3);
    assert_eq!(counter(&store, metric::CORRELATION_SIGNALS_STORED, "A").await, 6);
    // Also one batch that is larger than all that is kept.
    let committed = commit(&store, None, changes((10..20).map(|second| signal("A", second)).collect())).await;
    assert_eq!(committed.signals.dropped[&RuleId::from("A")], 10);
    assert_eq!(ids(&store, "A").await.len(), 3);
}

#[tokio::test]
async fn what_is_new_is_found_by_id() {
    let store = open().await;
    keep(&store, vec![signal("A", 10), signal("B", 5), signal("C", 7), signal("A", 3)]).await;
    let rules: [RuleId; 3] = ["A".into(), "B".into(), "none".into()];
    let latest = store.latest_signals(&rules).await.unwrap();
    assert_eq!(latest, HashMap::from([("A".into(), 4), ("B".into(), 2)]));
    let marks = store.signals_after(&rules, 1, 10).await.unwrap();
    let marks: Vec<_> = marks.into_iter().map(|mark| (mark.id, mark.event_at)).collect();
    assert_eq!(marks, [(2, at(5)), (4, at(3))]);
    assert_eq!(store.signals_after(&rules, 0, 1).await.unwrap().len(), 1);
    assert_eq!(store.last_signal_before(&rules, at(6)).await.unwrap(), 4);
    assert_eq!(store.last_signal_before(&rules, at(4)).await.unwrap(), 4);
    assert_eq!(store.last_signal_before(&rules, at(3)).await.unwrap(), 0);
    assert_eq!(store.last_signal_before(&[], at(3)).await.unwrap(), 0);
}

#[tokio::test]
async fn old_signals_and_those_of_forgotten_rules_go() {
    let store = open().await;
    keep(&store, (0..1200).map(|second| signal("A", second)).collect()).await;
    keep(&store, vec![signal("B", 5), signal("C", 7)]).await;
    let keep_since = HashMap::from([("A".into(), at(1100)), ("B".into(), at(0))]);
    assert_eq!(store.purge_signals(&keep_since, at(7)).await.unwrap(), 1100);
    assert_eq!(ids(&store, "C").await.len(), 1);
    assert_eq!(store.purge_signals(&keep_since, at(8)).await.unwrap(), 1);
    assert_eq!(ids(&store, "A").await.len(), 100);
    assert_eq!((ids(&store, "B").await.len(), ids(&store, "C").await.len()), (1, 0));
    assert_eq!(store.purge_signals(&keep_since, at(8)).await.unwrap(), 0);
    // The count that bounds them followed.
    let changes = SignalChanges {
        new: (2000..2010).map(|second| signal("A", second)).collect(),
        kept_max: 110,
        ..SignalChanges::default()
    };
    assert!(commit(&store, None, changes).await.signals.dropped.is_empty());
}

#[tokio::test]
async fn values_for_new_paths_can_be_added() {
    let store = open().await;
    keep(&store, vec![signal("A", 1), signal("A", 2)]).await;
    let more = vec![("user".to_owned(), vec!["a \"quoted\" ä".to_owned(), "b".to_owned()])];
    store.set_signal_values(vec![(1, more.clone())]).await.unwrap();
    let mut found = store.signals_between(&"A".into(), at(0), at(9)).await.unwrap();
    found.sort_by_key(|signal| signal.id);
    assert_eq!((&found[0].values, &found[1].values), (&more, &values("ada")));
}

fn run(rule: &str, last_signal_id: u64) -> CorrelationRun {
    CorrelationRun { rule_id: rule.into(), version: "v".to_owned(), last_signal_id, last_run_at: None }
}

#[tokio::test]
async fn runs_are_remembered_until_their_rule_is_long_gone() {
    let store = open().await;
    let write = |run: CorrelationRun| {
        commit(&store, None, SignalChanges { run: Some(run), ..SignalChanges::default() })
    };
    let one = CorrelationRun { last_run_at: Some(at(9)), ..run("One", 7) };
    write(run("One", 1)).await;
    write(one.clone()).await;
    write(run("Two", 2)).await;
    let runs = store.correlation_runs(&["One".into(), "Two".into(), "Three".into()]).await.unwrap();
    assert_eq!(runs, HashMap::from([("One".into(), one.clone()), ("Two".into(), run("Two", 2))]));
    store.forget_correlation_runs(&["Two".into()], at(9)).await.unwrap();
    assert_eq!(store.correlation_runs(&["One".into(), "Two".into()]).await.unwrap().len(), 2);
    store.forget_correlation_runs(&["Two".into()], at(10)).await.unwrap();
    let runs = store.correlation_runs(&["One".into(), "Two".into()]).await.unwrap();
    assert_eq!(runs, HashMap::from([("Two".into(), run("Two", 2))]));
}

#[tokio::test]
async fn what_was_reported_is_remembered_as_long_as_its_signal() {
    let store = open().await;
    keep(&store, vec![signal("A", 1), signal("A", 2), signal("A", 3)]).await;
    let reported = |rule: &str, key: &str, signal_ids: Vec<u64>| ReportedMatch {
        rule_id: rule.into(),
        match_key: key.to_owned(),
        signal_ids,
    };
    let changes = SignalChanges {
        // One is not kept any more; one is there twice.
        reported: vec![
            reported("One", "x", vec![1, 2, 99, 2]),
            reported("One", "y", vec![3]),
            reported("Two", "x", vec![3]),
        ],
        ..SignalChanges::default()
    };
    commit(&store, None, changes.clone()).await;
    commit(&store, None, changes).await;
    let keys = ["x".to_owned(), "z".to_owned()];
    let found = store.reported_signals(&"One".into(), &keys).await.unwrap();
    assert_eq!(found, HashMap::from([("x".to_owned(), HashSet::from([1, 2]))]));
    store.purge_signals(&HashMap::from([("A".into(), at(2))]), at(0)).await.unwrap();
    let found = store.reported_signals(&"One".into(), &keys).await.unwrap();
    assert_eq!(found["x"], HashSet::from([2]));
    assert_eq!(store.reported_signals(&"Two".into(), &keys).await.unwrap()["x"], HashSet::from([3]));
}

#[tokio::test]
async fn many_signals_are_kept_and_read_at_once() {
    let store = open().await;
    let mut packer = EventPacker::try_new().unwrap();
    let event = packer.pack(&format!("{{\"text\":\"{}\"}}", "x".repeat(500))).unwrap();
    let signals = (0..20_000).map(|second| NewSignal { event: event.clone(), ..signal_at(second) }).collect();
    let begun = std::time::Instant::now();
    keep(&store, signals).await;
    println!("20,000 signals kept in {:?}", begun.elapsed());
    let begun = std::time::Instant::now();
    assert_eq!(store.signals_between(&"A".into(), at(0), at(200_000)).await.unwrap().len(), 20_000);
    println!("20,000 signals read in {:?}", begun.elapsed());
}

fn signal_at(second: i64) -> NewSignal {
    let event = PACKED.with(Clone::clone);
    NewSignal {
        rule_id: "A".into(),
        row_id: format!("row{second}").into(),
        event_at: at(second),
        accepted_at: at(second),
        log_type: "T".into(),
        source_id: "s".into(),
        values: values(&format!("user {}", second % 1000)),
        event,
    }
}

thread_local! {
    static PACKED: store::PackedEvent = EventPacker::try_new().unwrap().pack("{}").unwrap();
}
