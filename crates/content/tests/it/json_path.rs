//! The paths of data models, held to the table that the evaluator's tests read too.

use content::check_json_path;
use serde_json::Value;

fn cases(kind: &str) -> Vec<String> {
    let table: Value =
        serde_json::from_str(include_str!("../../../../python/tests/jsonpath_cases.json")).unwrap();
    table[kind].as_array().unwrap().iter().map(|case| case.as_str().unwrap().to_owned()).collect()
}

#[test]
fn what_the_evaluator_understands_is_understood() {
    for kind in ["understood", "ours_only"] {
        let cases = cases(kind);
        assert!(!cases.is_empty());
        for expression in cases {
            assert_eq!(check_json_path(&expression), Ok(()), "{expression}");
        }
    }
}

#[test]
fn what_the_evaluator_refuses_is_refused() {
    for kind in ["refused", "left_out"] {
        for expression in cases(kind) {
            assert!(check_json_path(&expression).is_err(), "{expression:?} is accepted");
        }
    }
}

#[test]
fn a_refusal_names_the_expression_and_the_place() {
    let message = |expression: &str| check_json_path(expression).unwrap_err().to_string();
    assert_eq!(message("$.a.`len`"), "JSONPath `$.a.`len`` is not understood at character 5: unexpected ```");
    assert_eq!(message("a b"), "JSONPath `a b` is not understood at character 3: unexpected `b`");
    assert_eq!(
        message("日本[?(@.b == )]"),
        "JSONPath `日本[?(@.b == )]` is not understood at character 13: \
         expected a number, a quoted text, true or false, found `)]`"
    );
    assert_eq!(message(""), "JSONPath `` is not understood at character 1: expected a name, found the end");
}

#[test]
fn filters_are_nested_up_to_a_limit() {
    let nested = |count: usize| format!("a[?{}@.b{}]", "(".repeat(count), ")".repeat(count));
    assert_eq!(check_json_path(&nested(19)), Ok(()));
    assert!(check_json_path(&nested(20)).is_err());
    assert!(check_json_path(&nested(100_000)).is_err());
}
