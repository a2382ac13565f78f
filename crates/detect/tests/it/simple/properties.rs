//! What holds for every event and every detection.

use content::Repository;
use detect::simple::{FilterSettings, Filters, SimpleRule};
use proptest::prelude::*;
use serde_json::{Map, Number, Value, json};

use super::{load_rule, sound};

fn number() -> impl Strategy<Value = Value> {
    prop_oneof![
        any::<i64>().prop_map(|number| json!(number)),
        (-3_i64..4).prop_map(|number| json!(number)),
        any::<f64>().prop_filter_map("JSON has finite numbers", |f| Number::from_f64(f).map(Value::Number)),
        "[1-9][0-9]{18,40}".prop_map(|digits| Value::Number(digits.parse().unwrap())),
        "-?[0-9]\\.[0-9]{1,20}e[0-9]{1,4}".prop_map(|text| Value::Number(text.parse().unwrap())),
    ]
}

fn text() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(""),
        Just("a"),
        Just("A"),
        Just("ab"),
        Just("ß"),
        Just("10.1.2.3"),
        Just("10.0.0.0/8"),
        Just("::ffff:10.1.2.3"),
        Just("fe80::1%e"),
        Just("1:2:3:4:5:6:7::"),
        Just("999.1.1.1"),
    ]
    .prop_map(Value::from)
    .boxed()
    .prop_union("\\PC{0,6}".prop_map(Value::from).boxed())
}

/// Any value; keys are few, so that paths find something.
fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![Just(Value::Null), any::<bool>().prop_map(Value::Bool), number(), text()];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),
            prop::collection::vec((key(), inner), 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

fn key() -> impl Strategy<Value = String> {
    prop_oneof![Just("a"), Just("A"), Just("b"), Just("c"), Just("p_enrichment")].prop_map(str::to_owned)
}

/// Conditions with a constant, each with its opposite; and what they compare with.
const PAIRS: [(&str, &str, &str); 15] = [
    ("Equals", "DoesNotEqual", "Value: 1"),
    ("Equals", "DoesNotEqual", "Value: a"),
    ("IEquals", "IDoesNotEqual", "Value: AB"),
    ("Contains", "DoesNotContain", "Value: a"),
    ("Contains", "DoesNotContain", "Value: 2"),
    ("IContains", "IDoesNotContain", "Value: A"),
    ("StartsWith", "DoesNotStartWith", "Value: a"),
    ("IStartsWith", "IDoesNotStartWith", "Value: SS"),
    ("EndsWith", "DoesNotEndWith", "Value: b"),
    ("IEndsWith", "IDoesNotEndWith", "Value: B"),
    ("IsIn", "IsNotIn", "Values: [1, 2.5, -3]"),
    ("IsIn", "IsNotIn", "Value: abc"),
    ("IsIPAddressInCIDR", "IsIPAddressNotInCIDR", "Value: 10.0.0.0/8"),
    ("CIDRContainsIPAddresses", "CIDRDoesNotContainIPAddresses", "Values: [10.0.0.0/8, '::/0']"),
    ("IsIn", "IsNotIn", "Values: [a, b]"),
];
const PATHS: [&str; 7] = [
    "Key: a",
    "KeyPath: a.b",
    "KeyPath: 'a[*].b'",
    "KeyPath: 'a[*]'",
    "DeepKey: [a, b]",
    "KeyPath: 'a[*].b[*].c'",
    "KeyPath: 'a[0]'",
];

fn rule(expression: &str) -> SimpleRule {
    compiled(&sound(&format!("Detection: [{expression}]")))
}

fn compiled(repository: &Repository) -> SimpleRule {
    let rule = repository.rules().next().unwrap();
    SimpleRule::compile(&rule.detection.id, rule.logic.simple().unwrap())
}

/// An expression of any form, as YAML.
fn expression() -> impl Strategy<Value = String> {
    let pair = (0..PAIRS.len(), 0..PATHS.len(), any::<bool>()).prop_map(|(pair, path, is_negated)| {
        let (plain, opposite, constant) = PAIRS[pair];
        let condition = if is_negated { opposite } else { plain };
        format!("{{{}, Condition: {condition}, {constant}}}", PATHS[path])
    });
    let other = (
        0..PATHS.len(),
        prop::sample::select(vec![
            "Condition: Exists",
            "Condition: DoesNotExist",
            "Condition: IsNull",
            "Condition: IsNotNullOrEmpty",
            "Condition: IsIPv4Address",
            "Condition: IsIPAddressPublic",
            "Condition: IsIPAddressPrivate",
            "Condition: IsGreaterThan, Value: 1",
            "Condition: IsLessThanOrEquals, Value: 2.5",
            "Condition: AnyElement, Expressions: [{Key: b, Condition: Exists}]",
            "Condition: OnlyOneElement, Expressions: [{KeyPath: 'a[*]', Condition: Contains, Value: 1}]",
        ]),
    )
        .prop_map(|(path, rest)| format!("{{{}, {rest}}}", PATHS[path]));
    let keys = prop::sample::select(vec![
        "Equals",
        "IContains",
        "IsIn",
        "IsLessThan",
        "EndsWith",
        "IsIPAddressInCIDR",
        "CIDRContainsIPAddresses",
    ])
    .prop_map(|condition| format!("{{Condition: {condition}, Values: [{{Key: a}}, {{KeyPath: b}}]}}"));
    let enrichment =
        Just("{Enrichment: {Table: a, Selector: b, FieldPath: c}, Condition: Equals, Value: 1}".to_owned());
    prop_oneof![pair, other, keys, enrichment].prop_recursive(3, 12, 3, |inner| {
        (prop::sample::select(vec!["All", "Any", "OnlyOne", "None"]), prop::collection::vec(inner, 1..4))
            .prop_map(|(word, inner)| format!("{{{word}: [{}]}}", inner.join(", ")))
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_opposite_of_a_condition_gives_the_opposite_answer(
        event in value(), pair in 0..PAIRS.len(), path in 0..PATHS.len()
    ) {
        let (plain, opposite, constant) = PAIRS[pair];
        let path = PATHS[path];
        let answer = |condition: &str| rule(&format!("{{{path}, Condition: {condition}, {constant}}}")).matches(&event);
        match (answer(plain), answer(opposite)) {
            (Ok(plain), Ok(opposite)) => prop_assert_ne!(plain, opposite),
            (Err(plain), Err(opposite)) => prop_assert_eq!(plain.class, opposite.class),
            (plain, opposite) => prop_assert!(false, "{plain:?} and {opposite:?}"),
        }
    }

    #[test]
    fn any_detection_answers_for_any_event(event in value(), expressions in prop::collection::vec(expression(), 1..4)) {
        let list = expressions.join(", ");
        let keys = format!(
            "Detection: [{list}]\nAlertTitle: '{{a}} {{b[*].c}}'\nGroupBy: [{{KeyPath: 'a[*]'}}]\n\
             AlertContext: [{{KeyName: x, KeyValue: {{Key: a}}}}]\nDynamicSeverities: [{{ChangeTo: Low, Conditions: [{list}]}}]"
        );
        let rule = compiled(&sound(&keys));
        let verdict = rule.matches(&event);
        let found = rule.describe(&event);
        prop_assert!(!found.dedup.is_empty() && found.dedup.chars().count() <= 1000);
        prop_assert_eq!(found.warnings.is_empty(), verdict.is_ok(), "the severity asks the same");
        prop_assert_eq!(found.severity.is_some(), verdict == Ok(true));
    }

    #[test]
    fn equality_is_that_of_a_round_trip(left in value(), right in value()) {
        let equals = rule("{Condition: Equals, Values: [{Key: a}, {Key: b}]}");
        let same = equals.matches(&json!({"a": left, "b": left})).unwrap();
        prop_assert!(same);
        let one = equals.matches(&json!({"a": left, "b": right})).unwrap();
        let other = equals.matches(&json!({"a": right, "b": left})).unwrap();
        prop_assert_eq!(one, other);
    }

    #[test]
    fn order_is_total_on_numbers(left in number(), right in number()) {
        let event = json!({"a": left, "b": right});
        let holds = |condition: &str| {
            rule(&format!("{{Condition: {condition}, Values: [{{Key: a}}, {{Key: b}}]}}")).matches(&event).unwrap()
        };
        let (less, equal, greater) = (holds("IsLessThan"), holds("Equals"), holds("IsGreaterThan"));
        prop_assert_eq!(u8::from(less) + u8::from(equal) + u8::from(greater), 1);
        prop_assert_eq!(holds("IsLessThanOrEquals"), less || equal);
        prop_assert_eq!(holds("IsGreaterThanOrEquals"), greater || equal);
    }

    #[test]
    fn a_filter_answers_as_a_detection_whose_keys_have_the_right_case(event in value(), pair in 0..PAIRS.len()) {
        let (plain, _, constant) = PAIRS[pair];
        let expression = format!("{{KeyPath: a.b, Condition: {plain}, {constant}}}");
        let repository = load_rule(&format!("Filename: r.py\nInlineFilters: [{expression}]"));
        let Some(found) = repository.rules().next() else { return Ok(()) }; // not all are known to filters
        let filters = Filters::compile(&found.filters, FilterSettings::default());
        let Value::Object(mut event) = event else { return Ok(()) };
        event.retain(|key, _| key != "A");
        let event = Value::Object(event);
        if event["a"].get("B").is_none() {
            let by_rule = rule(&expression).matches(&event).map_err(|error| error.class);
            // Keys of objects that are looked for as text are the one difference.
            if !matches!(event["a"].get("b"), Some(Value::Object(_) | Value::Array(_))) {
                prop_assert_eq!(filters.pass(&event).map_err(|error| error.class), by_rule);
            }
        }
    }
}
