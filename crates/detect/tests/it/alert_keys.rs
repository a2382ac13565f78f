//! Titles, grouping, context, severities; and everything that is refused when it is read.

use detect::Simple;
use model::{MatchFinding, Severity};
use serde_json::{Value, json};

use crate::{detection, load_rule};

const ALWAYS: &str = "Detection: [{Condition: AlwaysTrue}]\n";

fn describe(keys: &str, event: &Value) -> MatchFinding {
    let detection = detection(&format!("{ALWAYS}{keys}"));
    Simple { detection: &detection }.describe(&"My.Rule".into(), event)
}

#[test]
fn without_keys_the_default_dedup_string_stands() {
    let found = describe("", &json!({"a": 1}));
    assert_eq!((found.title, found.dedup.as_str()), (None, "defaultDedupString:My.Rule"));
    assert_eq!((found.severity, found.alert_context), (None, None));
}

#[test]
fn titles_are_written_as_python_writes_values() {
    let event = json!({"a": {"b": "x"}, "n": null, "t": true, "f": 1.0, "l": ["it's", 2]});
    for (title, expected) in [
        ("plain", "plain"),
        ("'{a.b} and {A.B}'", "x and x"),
        ("'{n}|{t}|{f}|{l}'", "None|True|1.0|[\"it's\", 2]"),
        ("'[{gone}]'", "[]"),
        ("'{l[0]}{ a.b }'", "it'sx"),
    ] {
        let found = describe(&format!("AlertTitle: {title}"), &event);
        assert_eq!(found.title.as_deref(), Some(expected), "{title}");
        assert_eq!(found.dedup, expected, "the title is the dedup string");
    }
}

#[test]
fn an_empty_title_is_kept_and_groups_by_default() {
    let found = describe("AlertTitle: '{gone}'", &json!({}));
    assert_eq!((found.title.as_deref(), found.dedup.as_str()), (Some(""), "defaultDedupString:My.Rule"));
}

#[test]
fn long_titles_are_cut() {
    let found = describe("AlertTitle: '{a}'", &json!({"a": "ä".repeat(1001)}));
    let title = found.title.unwrap();
    assert_eq!(title.chars().count(), 1000);
    assert!(title.ends_with("ä... (truncated)") && found.dedup == title);
}

#[test]
fn grouping_tells_every_combination_apart() {
    let group =
        |event: Value| describe("AlertTitle: same\nGroupBy: [{Key: a}, {KeyPath: b.c}]", &event).dedup;
    assert_eq!(group(json!({"a": "x", "b": {"c": 1}})), r#"["x",1]"#);
    assert_eq!(group(json!({"a": "x"})), r#"["x",null]"#);
    assert_ne!(group(json!({"a": "x\",1", "b": {}})), group(json!({"a": "x", "b": {"c": 1}})));
    let long = group(json!({"a": "x".repeat(2000)}));
    assert_eq!(long.chars().count(), 1000);
}

#[test]
fn the_context_holds_the_values() {
    let keys = "AlertContext: [{KeyName: who, KeyValue: {Key: actor}}, {KeyName: gone, KeyValue: {Key: x}}]";
    let found = describe(keys, &json!({"Actor": {"name": "a"}}));
    assert_eq!(Value::Object(found.alert_context.unwrap()), json!({"who": {"name": "a"}, "gone": null}));
    let found = describe(keys, &json!({"actor": "ä".repeat(40_000)}));
    let error = found.alert_context.unwrap()["_error"].as_str().unwrap().to_owned();
    assert_eq!(
        error,
        "alert_context size is [240025] characters, bigger than maximum of [204800] characters"
    );
}

#[test]
fn the_first_severity_that_holds_decides() {
    let keys = "DynamicSeverities:\n\
        \x20 - {ChangeTo: High, Conditions: [{Key: a, Condition: Equals, Value: 1}, {Key: b, Condition: Exists}]}\n\
        \x20 - {ChangeTo: CRITICAL, Conditions: [{Key: a, Condition: IsGreaterThan, Value: 0}]}\n";
    for (event, expected) in [
        (json!({"a": 1, "b": 1}), Some(Severity::High)),
        (json!({"a": 1}), Some(Severity::Critical)),
        (json!({"a": 0}), None),
    ] {
        assert_eq!(describe(keys, &event).severity, expected, "{event}");
    }
    let failed = describe(keys, &json!({"a": "x"}));
    assert_eq!((failed.severity, failed.warnings.len()), (None, 1));
    assert!(failed.warnings[0].contains("the configured severity stands"), "{:?}", failed.warnings);
}

#[test]
fn what_cannot_be_read_is_refused_with_its_code() {
    let test = |text: &str| format!("Detection: [{text}]");
    for (yaml, code) in [
        ("Detection: []".to_owned(), "SD00100001"),
        ("Detection: {All: []}".to_owned(), "SD90000006"),
        (test("x"), "SD90000006"),
        (test("{Key: a, Condition: Equal, Value: 1}"), "SD90000001"),
        (test("{Key: a, Value: 1}"), "SD90000001"),
        (test("{Key: a, Condition: Equals}"), "SD90000002"),
        (test("{Key: a, Condition: Exists, Value: 1}"), "SD90000002"),
        (test("{Key: a, Condition: IsIn, Value: 1}"), "SD90000002"),
        (test("{Key: a, Condition: AnyElement}"), "SD90000002"),
        (test("{Condition: Equals, Value: 1}"), "SD90000003"),
        (test("{Key: a, KeyPath: b, Condition: Exists}"), "SD90000003"),
        (test("{Key: a, Condition: AlwaysTrue}"), "SD90000003"),
        (test("{KeyPath: 'a..b', Condition: Exists}"), "SD90000004"),
        (test("{Key: [a], Condition: Exists}"), "SD90000004"),
        (test("{DeepKey: [a, 1.5], Condition: Exists}"), "SD90000004"),
        (test("{Enrichment: {Table: t}, Condition: Equals, Value: 1}"), "SD90000004"),
        (test("{Key: a, Condition: Equals, Valeu: 1, Value: 1}"), "SD90000005"),
        (test("{All: [], Any: []}"), "SD90000006"),
        (test("{Condition: Equals, Values: [{Key: a}]}"), "SD90000008"),
        (test("{Key: a, Condition: IsIPAddressInCIDR, Value: 10.0.0.0/33}"), "SD90000009"),
        (test("{Key: a, Condition: IsGreaterThan, Value: true}"), "SD00100003"),
        (test("{Key: a, Condition: StartsWith, Value: 1}"), "SD00100003"),
        (test("{Key: a, Condition: Equals, Value: [1]}"), "SD00100003"),
        (format!("{ALWAYS}AlertTitle: 'a {{b'"), "SD90000010"),
        (format!("{ALWAYS}AlertTitle: 'a {{b..c}}'"), "SD90000010"),
        (format!("{ALWAYS}GroupBy: a"), "SD90000011"),
        (format!("{ALWAYS}GroupBy: [{{}}]"), "SD90000003"),
        (format!("{ALWAYS}AlertContext: [{{KeyName: a}}]"), "SD90000011"),
        (format!("{ALWAYS}DynamicSeverities: [{{ChangeTo: Hihg, Conditions: []}}]"), "SD90000011"),
        (
            test(&format!("{}{{Condition: AlwaysTrue}}{}", "{All: [".repeat(25), "]}".repeat(25))),
            "SD90000012",
        ),
    ] {
        let repository = load_rule(&yaml);
        let codes: Vec<&str> = repository.findings.iter().map(|finding| finding.code).collect();
        assert_eq!(codes, [code], "{yaml}");
        assert!(repository.items[0].is_invalid(), "{yaml}");
    }
}

#[test]
fn near_misses_are_offered() {
    let repository = load_rule("Detection: [{Key: a, Condition: IsGreatrThan, Value: 1}]");
    assert_eq!(repository.findings[0].hint.as_deref(), Some("did you mean `IsGreaterThan`?"));
}
