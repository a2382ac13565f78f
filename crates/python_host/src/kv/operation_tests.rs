//! The tables of `detections.md` §2.6: each step is an operation, the second it happens at, and its answer.

use rstest::rstest;
use serde_json::{Value, json};

use super::*;

const START: i64 = 1_767_225_600;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(START + seconds).unwrap()
}

/// Runs steps on one row; answers what each said.
fn run(steps: &[(i64, Value)]) -> Vec<Value> {
    let mut row: Option<KvRow> = None;
    let mut told = Vec::new();
    for (seconds, step) in steps {
        let mut step = step.clone();
        step["key"] = json!("k");
        let operation: KvOperation = serde_json::from_value(step).unwrap();
        match operation.apply(row.as_ref(), at(*seconds)) {
            Ok((after, value)) => {
                row = after;
                told.push(serde_json::to_value(value).unwrap());
            }
            Err(error) => told.push(json!(error.to_string())),
        }
    }
    told
}

fn add(by: i64, ttl: Value) -> Value {
    with_ttl(json!({"do": "increment", "by": by}), ttl)
}

fn with_ttl(mut operation: Value, ttl: Value) -> Value {
    operation["ttl"] = ttl;
    operation
}

fn count() -> Value {
    json!({"do": "count"})
}

fn seconds(seconds: i64) -> Value {
    json!({"seconds": seconds})
}

fn strings(what: &str, members: &[&str]) -> Value {
    json!({"do": what, "members": members, "ttl": {"seconds": 60}})
}

#[rstest]
#[case::a_counter_begins_at_zero(&[(0, count())], json!([0]))]
#[case::it_adds_up_while_it_is_alive(
    &[(0, add(2, seconds(60))), (30, add(3, seconds(60))), (31, add(-1, seconds(60))), (32, count())],
    json!([2, 5, 4, 4])
)]
#[case::every_addition_moves_the_expiry(
    &[(0, add(1, seconds(60))), (50, add(1, seconds(60))), (109, count()), (110, count())],
    json!([1, 2, 2, 0])
)]
#[case::at_its_last_second_a_row_is_not_read_but_added_to(
    &[(0, add(5, seconds(60))), (60, count()), (60, add(1, seconds(60)))],
    json!([5, 0, 6])
)]
#[case::two_days_after_its_expiry_a_row_is_gone(
    &[(0, add(5, seconds(60))), (60 + KV_EXPIRED_KEPT_SECONDS, add(2, seconds(60))), (60 + KV_EXPIRED_KEPT_SECONDS, count())],
    json!([5, 2, 2])
)]
#[case::without_a_word_on_expiry_it_is_ninety_days(
    &[(0, add(1, json!("default"))), (DEFAULT_SECONDS - 1, count()), (DEFAULT_SECONDS, count())],
    json!([1, 1, 0])
)]
#[case::large_numbers_are_points_in_time(
    &[(0, add(1, seconds(START + 7))), (6, count()), (7, count())],
    json!([1, 1, 0])
)]
#[case::a_counter_that_never_expires_answers_each_increment_alone(
    &[(0, add(1, json!("keep"))), (1, add(1, json!("keep"))), (2, count())],
    json!([1, 1, 2])
)]
#[case::keeping_the_expiry_of_a_living_counter_means_ninety_days(
    &[(0, add(1, seconds(60))), (1, add(1, json!("keep"))), (61, count())],
    json!([1, 2, 2])
)]
#[case::a_reset_counter_begins_again(
    &[(0, add(5, seconds(60))), (1, json!({"do": "reset_count"})), (2, count()), (3, add(1, seconds(60)))],
    json!([5, null, 0, 1])
)]
#[case::a_counter_does_not_pass_64_bits(
    &[(0, add(i64::MAX, seconds(60))), (1, add(1, seconds(60))), (2, count())],
    json!([i64::MAX, "the counter would pass 64 bits; reset it with `reset_counter`", i64::MAX])
)]
fn counters(#[case] steps: &[(i64, Value)], #[case] told: Value) {
    assert_eq!(json!(run(steps)), told);
}

#[test]
fn trap_30_an_expired_counter_answers_the_increment_but_keeps_its_total() {
    let minute = || seconds(60);
    let steps =
        [(0, add(5, minute())), (61, count()), (61, add(2, minute())), (62, count()), (63, add(1, minute()))];
    assert_eq!(json!(run(&steps)), json!([5, 0, 2, 7, 8]));
}

fn threshold(limit: i64) -> Value {
    json!({"do": "threshold", "threshold": limit, "ttl": {"seconds": 60}})
}

#[rstest]
#[case::it_is_reached_and_begins_again(
    &[(0, threshold(3)), (1, threshold(3)), (2, threshold(3)), (3, count()), (4, threshold(3))],
    json!([false, false, true, 0, false])
)]
#[case::one_is_always_reached(&[(0, threshold(1)), (1, threshold(1))], json!([true, true]))]
#[case::an_expired_count_begins_with_one(
    &[(0, threshold(3)), (1, threshold(3)), (62, threshold(3)), (63, threshold(3))],
    // The total was kept: the answer after it goes on from there.
    json!([false, false, false, true])
)]
#[case::it_counts_with_increments(
    &[(0, add(9, seconds(60))), (1, threshold(10)), (2, count())],
    json!([9, true, 0])
)]
fn thresholds(#[case] steps: &[(i64, Value)], #[case] told: Value) {
    assert_eq!(json!(run(steps)), told);
}

fn read_strings() -> Value {
    json!({"do": "strings"})
}

#[rstest]
#[case::a_set_begins_empty(&[(0, read_strings())], json!([[]]))]
#[case::additions_answer_the_whole_set(
    &[(0, strings("add_strings", &["b"])), (1, strings("add_strings", &["a", "b"])), (2, read_strings())],
    json!([["b"], ["a", "b"], ["a", "b"]])
)]
#[case::removals_answer_what_is_left(
    &[(0, strings("add_strings", &["a", "b"])), (1, strings("remove_strings", &["a", "x"])), (2, read_strings())],
    json!([["a", "b"], ["b"], ["b"]])
)]
#[case::the_last_one_may_go(
    &[(0, strings("add_strings", &["a"])), (1, strings("remove_strings", &["a"])), (2, read_strings())],
    json!([["a"], [], []])
)]
#[case::an_expired_set_reads_empty_and_comes_back_with_an_addition(
    &[(0, strings("add_strings", &["a"])), (61, read_strings()), (61, strings("add_strings", &["b"])), (62, read_strings())],
    json!([["a"], [], ["a", "b"], ["a", "b"]])
)]
#[case::a_removal_from_an_expired_set_empties_it(
    &[(0, strings("add_strings", &["a", "b"])), (61, strings("remove_strings", &["a"])), (62, strings("add_strings", &["c"]))],
    json!([["a", "b"], [], ["c"]])
)]
#[case::a_set_that_is_put_replaces_everything(
    &[(0, add(7, seconds(60))), (1, strings("put_strings", &["a"])), (2, read_strings()), (3, count())],
    json!([7, null, ["a"], 0])
)]
#[case::a_reset_leaves_the_counter(
    &[(0, strings("add_strings", &["a"])), (1, add(2, seconds(60))), (2, json!({"do": "reset_strings"})), (3, read_strings()), (4, count())],
    json!([["a"], 2, null, [], 2])
)]
#[case::an_addition_that_keeps_the_expiry_keeps_it(
    &[(0, strings("add_strings", &["a"])), (30, json!({"do": "add_strings", "members": ["b"], "ttl": "keep"})), (59, read_strings()), (60, read_strings())],
    json!([["a"], ["a", "b"], ["a", "b"], []])
)]
fn string_sets(#[case] steps: &[(i64, Value)], #[case] told: Value) {
    assert_eq!(json!(run(steps)), told);
}

fn put(text: &str, ttl: Value) -> Value {
    with_ttl(json!({"do": "put_dictionary", "text": text}), ttl)
}

#[rstest]
#[case::there_is_none_at_first(&[(0, json!({"do": "dictionary"}))], json!([null]))]
#[case::it_is_read_until_it_expires(
    &[(0, put("{\"a\": 1.50}", seconds(60))), (59, json!({"do": "dictionary"})), (60, json!({"do": "dictionary"}))],
    json!([null, "{\"a\": 1.50}", null])
)]
#[case::it_replaces_counter_and_set(
    &[(0, add(7, seconds(60))), (1, strings("add_strings", &["a"])), (2, put("{}", json!("default"))), (3, count()), (4, read_strings())],
    json!([7, ["a"], null, 0, []])
)]
#[case::its_life_can_be_set_later(
    &[(0, put("{}", json!("default"))), (1, json!({"do": "expire", "ttl": {"seconds": 5}})), (5, json!({"do": "dictionary"})), (6, json!({"do": "dictionary"}))],
    json!([null, null, "{}", null])
)]
#[case::no_life_at_all_ends_it_at_once(
    &[(0, put("{}", json!("default"))), (1, json!({"do": "expire", "ttl": {"seconds": 0}})), (1, json!({"do": "dictionary"}))],
    json!([null, null, null])
)]
fn dictionaries(#[case] steps: &[(i64, Value)], #[case] told: Value) {
    assert_eq!(json!(run(steps)), told);
}

#[test]
fn a_row_that_holds_nothing_and_never_expires_is_no_row() {
    let reset = KvOperation::ResetCount { key: "k".into() };
    let row = KvRow { count: Some(1), ..KvRow::default() };
    assert_eq!(reset.apply(Some(&row), at(0)).unwrap().0, None);
    let expiring = KvRow { expires_at: Some(START + 9), ..row };
    let left = KvRow { expires_at: Some(START + 9), ..KvRow::default() };
    assert_eq!(reset.apply(Some(&expiring), at(0)).unwrap().0, Some(left));
}

#[test]
fn what_is_too_large_is_refused_with_both_numbers() {
    let ttl = Ttl::Default;
    let text = "x".repeat(KV_VALUE_BYTES_MAX + 1);
    let error = KvOperation::PutDictionary { key: "k".into(), text, ttl }.apply(None, at(0)).unwrap_err();
    assert_eq!(
        error,
        KvError::Refused(
            "the key would hold 409601 bytes; at most 409600 are kept, spread them over keys".into()
        )
    );
    let members = (0..=KV_SET_MEMBERS_MAX).map(|number| number.to_string()).collect();
    let error = KvOperation::AddStrings { key: "k".into(), members, ttl }.apply(None, at(0)).unwrap_err();
    assert!(error.to_string().starts_with("the set would have 10001 strings; at most 10000"), "{error}");
}

#[test]
fn now_has_its_fraction() {
    let at = at(1) + jiff::SignedDuration::from_millis(250);
    assert_eq!(KvOperation::Now.apply(None, at).unwrap().1, KvValue::Seconds(1_767_225_601.25));
}
