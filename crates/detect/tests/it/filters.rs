//! Inline filters: case-sensitive keys, the conditions that they know, and what they refuse.

use content::InlineFilters;
use detect::{FilterSettings, passes};
use serde_json::{Value, json};

use crate::{load_rule, rule};

fn filters(text: &str) -> InlineFilters {
    rule(&format!("Detection: [{{Condition: AlwaysTrue}}]\nInlineFilters: {text}")).filters
}

fn check(text: &str, event: &Value, expected: &str) {
    let found = match passes(&filters(text), event, FilterSettings::default()) {
        Ok(true) => "true",
        Ok(false) => "false",
        Err(error) => error.error_type,
    };
    assert_eq!(found, expected, "{text} {event}");
}

#[test]
fn nothing_to_filter_lets_everything_through() {
    for text in ["[]", "[All: []]", "[Any: []]"] {
        check(text, &json!({}), "true");
    }
}

#[test]
fn keys_are_case_sensitive() {
    let event = json!({"Name": "x", "a": {"B": 1}});
    check("[{KeyPath: Name, Condition: Equals, Value: x}]", &event, "true");
    check("[{KeyPath: name, Condition: Equals, Value: x}]", &event, "false");
    check("[{KeyPath: a.B, Condition: Equals, Value: 1}]", &event, "true");
    check("[{KeyPath: a.b, Condition: Equals, Value: 1}]", &event, "false");
    check("[{KeyPath: '\"Name\"', Condition: Equals, Value: x}]", &event, "true");
}

#[test]
fn all_of_them_must_hold() {
    let event = json!({"a": 1, "b": 2});
    let one = "{KeyPath: a, Condition: Equals, Value: 1}";
    let two = "{KeyPath: b, Condition: Equals, Value: 3}";
    check(&format!("[{one}, {two}]"), &event, "false");
    check(&format!("[Any: [{one}, {two}]]"), &event, "true");
    check(&format!("[All: [{one}, {{Any: [{two}, {one}]}}]]"), &event, "true");
}

#[test]
fn every_condition_of_the_column_is_known() {
    for (condition, value, event, expected) in [
        ("Equals", "Value: 1", json!({"k": 1}), "true"),
        ("DoesNotEqual", "Value: 1", json!({}), "true"),
        ("IsGreaterThan", "Value: 1", json!({"k": 2}), "true"),
        ("IsGreaterThanOrEquals", "Value: 2", json!({"k": 2}), "true"),
        ("IsLessThan", "Value: 1", json!({"k": "x"}), "TypeError"),
        ("IsLessThanOrEquals", "Value: 2", json!({"k": null}), "false"),
        ("Contains", "Value: b", json!({"k": "abc"}), "true"),
        ("Contains", "Value: b", json!({"k": 5}), "TypeError"),
        ("DoesNotContain", "Value: b", json!({"k": ["b"]}), "false"),
        ("StartsWith", "Value: a", json!({"k": "abc"}), "true"),
        ("EndsWith", "Value: c", json!({"k": "abc"}), "true"),
        ("IsIn", "Values: [a, b]", json!({"k": "b"}), "true"),
        ("IsNotIn", "Values: [a, b]", json!({"k": "b"}), "false"),
        ("IsNullOrEmpty", "", json!({"k": []}), "true"),
        ("IsNotNullOrEmpty", "", json!({"k": 0}), "true"),
        ("IsIPAddressPublic", "", json!({"k": "8.8.8.8"}), "true"),
        ("IsIPAddressPrivate", "", json!({"k": "x"}), "ValueError"),
        ("IsIPAddressInCIDR", "Value: 10.0.0.0/8", json!({"k": "10.1.1.1"}), "true"),
        ("IsIPAddressNotInCIDR", "Value: 10.0.0.0/8", json!({"k": null}), "true"),
        ("CIDRContainsIPAddresses", "Value: 10.0.0.0/8", json!({"k": ["10.1.1.1"]}), "true"),
        ("CIDRDoesNotContainIPAddresses", "Value: 10.0.0.0/8", json!({"k": ["11.1.1.1"]}), "true"),
    ] {
        let separator = if value.is_empty() { "" } else { ", " };
        check(&format!("[{{KeyPath: k, Condition: {condition}{separator}{value}}}]"), &event, expected);
    }
}

#[test]
fn a_missing_field_may_be_let_through() {
    let settings = FilterSettings { missing_field_passes: true };
    let filters = filters("[{KeyPath: a.b, Condition: Equals, Value: 1}]");
    for (event, expected) in
        [(json!({}), true), (json!({"a": {"b": null}}), false), (json!({"a": {"b": 1}}), true)]
    {
        assert_eq!(passes(&filters, &event, settings).unwrap(), expected, "{event}");
    }
}

#[test]
fn what_filters_do_not_know_is_refused() {
    for (text, code) in [
        ("[{Key: a, Condition: Equals, Value: 1}]", "SD90000007"),
        ("[{DeepKey: [a], Condition: Equals, Value: 1}]", "SD90000007"),
        ("[{KeyPath: a, Condition: Exists}]", "SD90000007"),
        ("[{KeyPath: a, Condition: IEquals, Value: x}]", "SD90000007"),
        ("[{KeyPath: a, Condition: AnyElement, Expressions: []}]", "SD90000007"),
        ("[{Condition: AlwaysTrue}]", "SD90000007"),
        ("[None: []]", "SD90000007"),
        ("[OnlyOne: []]", "SD90000007"),
        ("{All: []}", "SD90000006"),
        ("[{KeyPath: 'a[?b]', Condition: Equals, Value: 1}]", "SD90000004"),
    ] {
        let repository = load_rule(&format!("Detection: [{{Condition: AlwaysTrue}}]\nInlineFilters: {text}"));
        let codes: Vec<&str> = repository.findings.iter().map(|finding| finding.code).collect();
        assert_eq!(codes, [code], "{text}");
    }
}
