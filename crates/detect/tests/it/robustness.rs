//! No event and no detection brings the evaluator down.

use detect::Simple;
use proptest::prelude::*;
use serde_json::Value;

use crate::detection;

fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::from),
        any::<f64>()
            .prop_map(|number| serde_json::Number::from_f64(number).map_or(Value::Null, Value::Number)),
        "[a-f0-9./:]{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::Array),
            prop::collection::hash_map("[fgF]", inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn any_event_gives_a_verdict_or_an_error(event in json(), other in json()) {
        let table = include_str!("expressions.tsv");
        for line in table.lines().filter(|line| !line.starts_with('#')).step_by(23) {
            let detection = detection(&format!("Detection:\n  - {}\nAlertTitle: '{{f}} {{g[*]}}'", line.split('\t').nth(1).unwrap()));
            let simple = Simple { detection: &detection };
            for event in [&event, &other] {
                let verdict = simple.matches(event);
                prop_assert_eq!(&verdict, &simple.matches(event), "the same answer twice");
                simple.describe(&"My.Rule".into(), event);
            }
        }
    }
}
