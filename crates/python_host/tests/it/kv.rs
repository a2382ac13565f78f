//! The key-value cache with real workers: kept between events, shared by workers, never counted twice.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::SignedDuration;
use model::{Event, FindingKind, KvChange, KvRow};
use python_host::{
    ActiveRules, Evaluation, HostConfig, KvBackend, KvStorage, KvUnavailable, PythonHost, RuleProgram,
    TestCase,
};
use serde_json::json;

use crate::support::{config, errors, event, events, program, rule, start_with, summary};

/// What a database would keep.
#[derive(Clone, Default)]
struct Shelf(Arc<Mutex<BTreeMap<String, KvRow>>>);

impl Shelf {
    fn commit(&self, host: &PythonHost, evaluation: &Evaluation) {
        let mut rows = self.0.lock().unwrap();
        for KvChange { key, row } in &evaluation.kv.rows {
            match row {
                Some(row) => drop(rows.insert(key.clone(), row.clone())),
                None => drop(rows.remove(key)),
            }
        }
        host.kv_committed(evaluation.kv.ticket, &[]);
    }

    fn count(&self, key: &str) -> Option<i64> {
        self.0.lock().unwrap().get(key)?.count
    }
}

/// Reads the shelf, as slowly as `delay` says.
struct Reader {
    shelf: Shelf,
    delay: Duration,
}

impl KvBackend for Reader {
    fn load(&self, key: &str) -> Result<Option<KvRow>, KvUnavailable> {
        std::thread::sleep(self.delay);
        Ok(self.shelf.0.lock().unwrap().get(key).cloned())
    }
}

fn stored(workers: usize, shelf: &Shelf, delay: Duration) -> HostConfig {
    let reader = Reader { shelf: shelf.clone(), delay };
    HostConfig { kv: KvStorage::Backend(Arc::new(reader)), ..config(workers) }
}

async fn start(workers: usize, shelf: &Shelf, rules: Vec<RuleProgram>) -> PythonHost {
    start_with(stored(workers, shelf, Duration::ZERO), program(rules)).await.0
}

async fn evaluate(host: &PythonHost, events: Vec<Event>) -> Evaluation {
    host.evaluate(events, &ActiveRules::default()).await.unwrap()
}

/// Titles of matches, texts of errors.
fn told(evaluation: &Evaluation) -> Vec<String> {
    let text = |finding: &model::Finding| match &finding.kind {
        FindingKind::Match(found) => found.title.clone().unwrap_or_default(),
        FindingKind::Error(error) => error.message.clone(),
        FindingKind::System(system) => system.title.clone(),
    };
    evaluation.findings.iter().map(text).collect()
}

const COUNTING: &str = r#"
from panther_detection_helpers.caching import increment_counter
def rule(event):
    global count
    count = increment_counter(event.get("who", "k"))
    return True
def title(event):
    return str(count)
"#;

#[tokio::test]
async fn a_committed_group_is_seen_after_a_restart_and_another_counts_once() {
    let shelf = Shelf::default();
    let host = start(1, &shelf, vec![rule("R", COUNTING)]).await;
    let first = evaluate(&host, events(3)).await;
    assert_eq!(told(&first), ["1", "2", "3"]);
    assert_eq!(first.kv.rows.len(), 1);
    shelf.commit(&host, &first);

    // The second group is evaluated, then the server dies before its commit.
    let lost = evaluate(&host, events(2)).await;
    assert_eq!(told(&lost), ["4", "5"]);
    host.shutdown().await;
    assert_eq!(shelf.count("k"), Some(3));

    let host = start(1, &shelf, vec![rule("R", COUNTING)]).await;
    let replayed = evaluate(&host, events(2)).await;
    assert_eq!(told(&replayed), ["4", "5"]);
    shelf.commit(&host, &replayed);
    assert_eq!(shelf.count("k"), Some(5));
}

#[tokio::test]
async fn groups_see_what_earlier_ones_did_before_it_is_committed() {
    let shelf = Shelf::default();
    let host = start(1, &shelf, vec![rule("R", COUNTING)]).await;
    let first = evaluate(&host, events(1)).await;
    let second = evaluate(&host, events(1)).await;
    assert_eq!((told(&first), told(&second)), (vec!["1".to_owned()], vec!["2".to_owned()]));
    shelf.commit(&host, &first);
    assert_eq!(shelf.count("k"), Some(1));
    shelf.commit(&host, &second);
    assert_eq!(shelf.count("k"), Some(2));
}

#[tokio::test]
async fn increments_of_several_workers_all_count() {
    let shelf = Shelf::default();
    let host = start(3, &shelf, vec![rule("A", COUNTING), rule("B", COUNTING)]).await;
    let evaluation = evaluate(&host, events(300)).await;
    let mut counts: Vec<u64> = told(&evaluation).iter().map(|text| text.parse().unwrap()).collect();
    counts.sort_unstable();
    assert_eq!(counts, (1..=600).collect::<Vec<u64>>());
    shelf.commit(&host, &evaluation);
    assert_eq!(shelf.count("k"), Some(600));
}

#[tokio::test]
async fn a_worker_that_dies_leaves_what_was_counted_and_counts_nothing_twice() {
    let killer =
        "import os\ndef rule(event):\n    if event['n'] % 10 == 5:\n        os._exit(3)\n    return False";
    let shelf = Shelf::default();
    let mut rules = vec![rule("A", COUNTING), rule("B", killer), rule("C", COUNTING)];
    rules[1].version = "2".into();
    let host = start(1, &shelf, rules).await;
    let evaluation = evaluate(&host, events(30)).await;
    assert_eq!(errors(&evaluation).len(), 3);
    shelf.commit(&host, &evaluation);
    assert_eq!(shelf.count("k"), Some(60));
}

#[tokio::test]
async fn what_a_killed_pair_had_done_stays() {
    let source = "from panther_detection_helpers.caching import increment_counter\ndef rule(event):\n    \
                  increment_counter('k')\n    while event['n'] == 1:\n        pass\n    return False";
    let shelf = Shelf::default();
    let host = start(1, &shelf, vec![rule("R", source)]).await;
    let evaluation = evaluate(&host, events(3)).await;
    assert_eq!(summary(&evaluation), ["row-0001 R TimeoutError"]);
    shelf.commit(&host, &evaluation);
    assert_eq!(shelf.count("k"), Some(3));
}

#[tokio::test]
async fn trap_33_the_cache_follows_the_time_of_the_event_and_not_the_wall_clock() {
    let source = r#"
from panther_detection_helpers import caching
def rule(event):
    caching.increment_counter("k", 1, 60)
    return True
def title(event):
    gone = caching.ttl_expired({"Item": {"expiresAt": 1767225600 + 90}})
    return f"{caching.get_counter('k')} {gone}"
"#;
    let shelf = Shelf::default();
    let host = start(1, &shelf, vec![rule("R", source)]).await;
    let later = |seconds| {
        let mut event = event(0, "{}");
        event.accepted_at += SignedDuration::from_secs(seconds);
        event
    };
    let evaluation = evaluate(&host, [0, 30, 95, 200].map(later).to_vec()).await;
    // At 95 s the row has expired: the total goes on, so that it is seen to be alive again.
    assert_eq!(told(&evaluation), ["1 False", "2 False", "3 True", "4 True"]);
    let row = evaluation.kv.rows[0].row.as_ref().unwrap();
    assert_eq!(row.expires_at, Some(1_767_225_600 + 260));
}

#[tokio::test]
async fn sets_and_dictionaries_come_back_as_they_were_put() {
    let source = r#"
from panther_detection_helpers.caching import *
def rule(event):
    if event["n"] == 0:
        put_string_set("s", ["b", "a"])
        put_dictionary("d", {"z": 1.50, "a": [None, "é\u0000"], "big": 12345678901234567890})
        add_to_string_set("t", "x")
        return False
    return True
def title(event):
    assert get_dictionary("d") == {"z": 1.5, "a": [None, "é\u0000"], "big": 12345678901234567890}
    assert list(get_dictionary("d")) == ["z", "a", "big"]
    assert get_string_set("s") == {"a", "b"}
    assert remove_from_string_set("t", "x") == set()
    assert not check_account_age("t") and check_account_age("s")
    return "all well"
"#;
    let shelf = Shelf::default();
    let host = start(1, &shelf, vec![rule("R", source)]).await;
    let evaluation = evaluate(&host, events(1)).await;
    shelf.commit(&host, &evaluation);
    host.shutdown().await;
    let host = start(1, &shelf, vec![rule("R", source)]).await;
    let evaluation = evaluate(&host, events(2).split_off(1)).await;
    assert_eq!(told(&evaluation), ["all well"]);
}

#[tokio::test]
async fn the_time_that_the_server_takes_is_not_the_rules() {
    let source = "from panther_detection_helpers.caching import get_counter\ndef rule(event):\n    \
                  return [get_counter(str(n)) for n in range(4)] == [0] * 4";
    let shelf = Shelf::default();
    let slow = stored(1, &shelf, Duration::from_millis(150));
    let config = HostConfig { rule_timeout: Duration::from_millis(300), ..slow };
    let (host, _) = start_with(config, program(vec![rule("R", source)])).await;
    let evaluation = evaluate(&host, events(1)).await;
    assert_eq!(summary(&evaluation), ["row-0000 R match"]);
}

#[tokio::test]
async fn endless_questions_are_an_endless_rule() {
    let source = "from panther_detection_helpers.caching import get_counter\ndef rule(event):\n    \
                  while event['n'] == 0:\n        get_counter('k')\n    return True";
    let shelf = Shelf::default();
    let mut config = stored(1, &shelf, Duration::ZERO);
    config.rule_timeout = Duration::from_millis(300);
    let (host, _) = start_with(config, program(vec![rule("R", source)])).await;
    let evaluation = evaluate(&host, events(2)).await;
    assert_eq!(summary(&evaluation), ["row-0000 R TimeoutError", "row-0001 R match"]);
}

#[tokio::test]
async fn refusals_are_errors_of_the_rule() {
    let source = "from panther_detection_helpers.caching import get_counter\ndef rule(event):\n    \
                  return get_counter('k' * 3000) == 0";
    let shelf = Shelf::default();
    let host = start(1, &shelf, vec![rule("R", source)]).await;
    let evaluation = evaluate(&host, events(1)).await;
    let error = &errors(&evaluation)[0];
    assert_eq!(error.error_type, "ValueError");
    assert!(error.message.starts_with("get_counter(): a key of 3000 bytes is too long"), "{}", error.message);
}

#[tokio::test]
async fn code_that_is_loaded_cannot_use_it() {
    let source = "from panther_detection_helpers.caching import get_counter\nN = get_counter('k')\n\
                  def rule(event):\n    return True";
    let expected = "get_counter(): the key-value cache can be used while an event is evaluated, not while \
                    code is loaded";
    for warm in [true, false] {
        let shelf = Shelf::default();
        let config = HostConfig { warm, ..stored(1, &shelf, Duration::ZERO) };
        let (host, report) = start_with(config, program(vec![rule("R", source)])).await;
        let evaluation = evaluate(&host, events(1)).await;
        let error = &errors(&evaluation)[0];
        assert_eq!(error.error_type, "ValueError");
        assert!(error.message.starts_with(expected), "{}", error.message);
        assert_eq!(report.setup_errors.len(), usize::from(warm));
    }
}

#[tokio::test]
async fn a_thread_that_a_rule_left_behind_gets_no_answer_outside_of_an_evaluation() {
    let source = r#"
import threading
from panther_detection_helpers.caching import increment_counter
def ask():
    while True:
        try:
            increment_counter("thread")
        except ValueError:
            return
def rule(event):
    if event["n"] == 0:
        threading.Thread(target=ask, daemon=True).start()
    return increment_counter("k") > 0
"#;
    let shelf = Shelf::default();
    let host = start(1, &shelf, vec![rule("R", source)]).await;
    for round in 1..=3 {
        let evaluation = evaluate(&host, events(20)).await;
        assert_eq!(summary(&evaluation).len(), 20, "{:?}", summary(&evaluation));
        shelf.commit(&host, &evaluation);
        assert_eq!(shelf.count("k"), Some(20 * round));
    }
}

#[tokio::test]
async fn an_interrupted_question_does_not_mix_up_answers() {
    // Recursion may end in the middle of asking; what is asked later gets its own answer.
    let source = r#"
import sys
from panther_detection_helpers.caching import increment_counter, get_counter
def deep(n):
    try:
        deep(n + 1)
    except RecursionError:
        increment_counter("deep")
        raise
def rule(event):
    sys.setrecursionlimit(300)
    try:
        deep(0)
    except RecursionError:
        pass
    sys.setrecursionlimit(1000)
    return increment_counter("k") == event["n"] + 1
"#;
    let shelf = Shelf::default();
    let host = start(1, &shelf, vec![rule("R", source)]).await;
    let evaluation = evaluate(&host, events(5)).await;
    assert_eq!(summary(&evaluation).iter().filter(|line| line.ends_with("match")).count(), 5);
}

#[tokio::test]
async fn in_memory_alone_a_run_has_its_own_cache() {
    for _ in 0..2 {
        let (host, _) = start_with(config(1), program(vec![rule("R", COUNTING)])).await;
        let first = evaluate(&host, events(2)).await;
        let second = evaluate(&host, events(1)).await;
        assert_eq!((told(&first), told(&second)), (vec!["1".into(), "2".into()], vec!["3".to_owned()]));
        assert!(first.kv.rows.is_empty());
    }
}

#[tokio::test]
async fn each_unit_test_begins_with_an_empty_cache() {
    let case = |name: &str, log| TestCase {
        name: name.into(),
        expected: true,
        log,
        mocks: vec![],
        expected_destinations: None,
    };
    let source = r#"
from panther_detection_helpers.caching import increment_counter, put_string_set, get_string_set
def rule(event):
    before = get_string_set("s")
    put_string_set("s", ["x"])
    return increment_counter("k") == 1 and increment_counter("k") == 2 and not before and get_string_set("s") == {"x"}
"#;
    let shelf = Shelf::default();
    let host = start(1, &shelf, vec![rule("R", source)]).await;
    let tests = vec![case("one", json!({})), case("two", json!({})), case("three", json!({}))];
    let run = host.run_tests(&"R".into(), tests).await.unwrap();
    assert!(run.outcomes.iter().all(|outcome| outcome.passed), "{:?}", run.outcomes);
    assert!(shelf.0.lock().unwrap().is_empty());
}
