//! What authors of native detections stumble over; the numbers are those of the other tests called so.

use serde_json::{Value, json};

use crate::simple::{detection, filter, load_rule};
use crate::support::check;

/// What a detection of one expression says of `k`, or the class of its error.
fn detects(condition: &str, k: &Value) -> String {
    word(detection(&format!("- {{KeyPath: k, Condition: {condition}}}\n"), &json!({"k": k})))
}

/// What an inline filter of one expression says of `k`, or the class of its error.
fn filters(condition: &str, k: &Value) -> String {
    word(filter(&format!("- {{KeyPath: k, Condition: {condition}}}\n"), &json!({"k": k}), false))
}

/// The answer, or the class of the error.
fn word(found: Result<bool, String>) -> String {
    match found {
        Ok(found) => found.to_string(),
        Err(error) => error.split(':').next().unwrap_or_default().to_owned(),
    }
}

const AS_SEQUENCE: &str = "\
Sequence:
  - {ID: guess, RuleID: A, MinMatchCount: 2}
  - {ID: login, RuleID: B}
Transitions:
  - {From: guess, To: login, Match: [{On: user}]}
LookbackWindowMinutes: 60
";

const AS_GROUP: &str = "\
Group:
  - {ID: guess, RuleID: A, MinMatchCount: 2}
  - {ID: login, RuleID: B}
MatchCriteria:
  user: [{GroupID: guess, Match: user}, {GroupID: login, Match: user}]
LookbackWindowMinutes: 60
";

#[test]
fn trap_26_what_is_in_the_wrong_order_for_a_sequence_is_a_match_of_a_group() {
    for (signals, of_sequence, of_group) in [
        ("guess: u@0 u@1, login: u@2", true, true),
        ("guess: u@1 u@2, login: u@0", false, true),
        ("guess: u@0 u@2, login: u@1", false, true),
        ("guess: u@0 u@1, login: v@2", false, false),
    ] {
        check(AS_SEQUENCE, signals, of_sequence);
        check(AS_GROUP, signals, of_group);
    }
}

#[test]
fn trap_27_shared_addresses_are_neither_private_nor_public_and_multicast_is_public() {
    for (address, is_private, is_public) in [
        ("100.64.0.1", "false", "false"),
        ("100.127.255.255", "false", "false"),
        ("100.128.0.0", "false", "true"),
        ("224.0.0.1", "false", "true"),
        ("239.255.255.250", "false", "true"),
        ("10.0.0.1", "true", "false"),
    ] {
        let k = json!(address);
        for (condition, expected) in [("IsIPAddressPrivate", is_private), ("IsIPAddressPublic", is_public)] {
            assert_eq!(detects(condition, &k), expected, "{condition} {address}");
            assert_eq!(filters(condition, &k), expected, "{condition} {address} in a filter");
        }
    }
}

#[test]
fn trap_28_values_of_the_wrong_type_are_errors_and_not_quietly_false() {
    for (condition, k, expected) in [
        ("Contains, Value: b", json!(5), "TypeError"),
        ("Contains, Value: b", json!(true), "TypeError"),
        ("DoesNotContain, Value: b", json!(5), "TypeError"),
        ("Contains, Value: b", json!("abc"), "true"),
        ("Contains, Value: b", json!(null), "false"),
        ("IsGreaterThan, Value: 1", json!("2"), "TypeError"),
        ("IsLessThanOrEquals, Value: 1", json!("1"), "TypeError"),
        ("IsGreaterThanOrEquals, Value: 1", json!([2]), "TypeError"),
        ("IsLessThan, Value: 1", json!({"a": 0}), "TypeError"),
        ("IsLessThan, Value: 1", json!(null), "false"),
        ("IsGreaterThan, Value: 1", json!(2.5), "true"),
    ] {
        assert_eq!(detects(condition, &k), expected, "{condition} {k}");
        assert_eq!(filters(condition, &k), expected, "{condition} {k} in a filter");
    }
}

/// In the public engine `in` beside one text looks for a part of it. Here one text cannot be written.
#[test]
fn trap_28_in_is_never_a_search_within_one_text() {
    for condition in ["IsIn", "IsNotIn"] {
        let one_text = format!("{{KeyPath: k, Condition: {condition}, Values: abc}}");
        for keys in
            [format!("Detection:\n  - {one_text}"), format!("Filename: r.py\nInlineFilters: [{one_text}]")]
        {
            let repository = load_rule(&keys);
            assert!(repository.rules().next().is_none(), "{keys}");
            assert_eq!(repository.findings.len(), 1, "{keys}: {:?}", repository.findings);
        }
    }
    for (k, expected) in [("abc", "true"), ("b", "false"), ("", "false")] {
        let k = json!(k);
        assert_eq!(detects("IsIn, Values: [abc]", &k), expected, "{k}");
        assert_eq!(filters("IsIn, Values: [abc]", &k), expected, "{k} in a filter");
    }
}
