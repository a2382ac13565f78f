//! Unit tests of detections: verdicts, mocks, destinations, limits.

use std::time::Duration;

use model::DetectionKind;
use python_host::{RuleProgram, TestCase, TestRun};
use rstest::rstest;
use serde_json::{Value, json};

use crate::support::{config, program, rule, start_with};

fn case(name: &str, expected: bool, log: Value) -> TestCase {
    TestCase { name: name.into(), expected, log, mocks: vec![], expected_destinations: None }
}

async fn run(detection: RuleProgram, tests: Vec<TestCase>) -> TestRun {
    let mut config = config(1);
    config.warm = false;
    let id = detection.id.clone();
    let (host, _) = start_with(config, program(vec![detection])).await;
    host.run_tests(&id, tests).await.unwrap()
}

fn verdicts(run: &TestRun) -> Vec<(bool, Option<&str>, Option<u32>)> {
    run.outcomes.iter().map(|one| (one.passed, one.reason.as_deref(), one.line)).collect()
}

#[tokio::test]
async fn tests_run_in_order_in_one_module_with_every_function() {
    let source = r#"
count = 0
def rule(event):
    global count
    count += 1
    print("seen", event.get("name"))
    return event.deep_get("a", "b") == 1
def title(event):
    return f"t{count}"
def severity(event):
    return "DEFAULT"
def alert_context(event):
    return {"a": event.get("a")}
"#;
    let tests = vec![
        case("yes", true, json!({"a": {"b": 1}, "name": "x"})),
        case("no", false, json!({})),
        case("wrong", true, json!({})),
    ];
    let run = run(rule("R", source), tests).await;
    assert!(run.setup_error.is_none());
    assert_eq!(
        verdicts(&run),
        [(true, None, None), (true, None, None), (false, Some("[rule] returned false, expected true"), None),]
    );
    let told: Vec<_> =
        run.outcomes[0].functions.iter().map(|f| (f.name.as_str(), f.output.as_deref().unwrap())).collect();
    assert_eq!(
        told,
        [("rule", "true"), ("title", "t1"), ("dedup", "t1"), ("alert_context", r#"{"a": {"b": 1}}"#),]
    );
    assert_eq!(run.outcomes[0].printed, "seen x\n");
    assert_eq!(run.outcomes[1].functions[1].output.as_deref(), Some("t2"));
}

#[tokio::test]
async fn a_failed_function_fails_only_the_tests_that_expect_an_alert() {
    let source = "def rule(event):\n    return event['m']\ndef title(event):\n    return event['missing']";
    let tests = vec![
        case("alert", true, json!({"m": true})),
        case("none", false, json!({"m": false})),
        case("raises", false, json!({})),
        case("type", true, json!({"m": 1})),
    ];
    let run = run(rule("R", source), tests).await;
    assert_eq!(
        verdicts(&run),
        [
            (false, Some("[title] KeyError: 'missing'"), Some(4)),
            (true, None, None),
            (false, Some("[rule] KeyError: 'm'"), Some(2)),
            (
                false,
                Some(
                    "[rule] FunctionReturnTypeError: detection [R] function [rule] returned [int], expected [bool]\n\
                     [title] KeyError: 'missing'"
                ),
                None
            ),
        ]
    );
}

#[tokio::test]
async fn mocks_replace_attributes_of_the_module_for_one_test() {
    let source = "from panther_detection_helpers.caching import get_string_set\nimport json\nLIMIT = 3\n\
                  def rule(event):\n    if callable(LIMIT):\n        return LIMIT() == 5\n    \
                  return 'x' in get_string_set('k')";
    let with = |name: &str, expected, mocks: Vec<(&str, Value)>| TestCase {
        mocks: mocks.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
        ..case(name, expected, json!({}))
    };
    let tests = vec![
        with("function", true, vec![("get_string_set", json!(["x"]))]),
        with("constant", true, vec![("LIMIT", json!(5))]),
        with("unknown", true, vec![("nothing", json!(1))]),
        with("not mocked, so the cache is empty", false, vec![]),
    ];
    let run = run(rule("R", source), tests).await;
    let outcomes = verdicts(&run);
    assert_eq!((outcomes[0].0, outcomes[1].0, outcomes[2].0, outcomes[3].0), (true, true, false, true));
    assert!(outcomes[2].1.unwrap().starts_with("AttributeError: "), "{outcomes:?}");
    assert!(outcomes[2].1.unwrap().contains("does not have the attribute 'nothing'"), "{outcomes:?}");
}

#[rstest]
#[case("['a', 'b']", Some(vec!["b", "a"]), true)]
#[case("['a']", Some(vec!["a", "b"]), false)]
#[case("['c']", Some(vec!["a"]), false)]
#[case("[]", Some(vec![]), true)]
#[case("['SKIP']", Some(vec![]), true)]
#[case("None", Some(vec!["a"]), false)]
#[case("['whatever']", None, true)]
#[tokio::test]
async fn expected_destinations(
    #[case] returned: &str,
    #[case] expected: Option<Vec<&str>>,
    #[case] passes: bool,
) {
    let source =
        format!("def rule(event):\n    return True\ndef destinations(event):\n    return {returned}");
    let expected_destinations = expected.map(|names| names.into_iter().map(str::to_owned).collect());
    let test = TestCase { expected_destinations, ..case("t", true, json!({})) };
    assert_eq!(run(rule("R", &source), vec![test]).await.outcomes[0].passed, passes);
}

#[tokio::test]
async fn policies_alert_on_false_and_get_a_plain_dict() {
    let mut policy = rule(
        "P",
        "def policy(resource):\n    resource['x'] = 1\n    return resource['Ok']\ndef title(r):\n    return 1/0",
    );
    policy.kind = DetectionKind::Policy;
    let tests = vec![case("compliant", true, json!({"Ok": true})), case("not", false, json!({"Ok": false}))];
    let run = run(policy, tests).await;
    assert_eq!(
        verdicts(&run),
        [(true, None, None), (false, Some("[title] ZeroDivisionError: division by zero"), Some(5)),]
    );
}

#[tokio::test]
async fn a_hanging_test_fails_and_the_rest_goes_on() {
    let source = "import os\ndef rule(event):\n    while event.get('hang'):\n        pass\n    \
                  if event.get('die'):\n        os._exit(2)\n    return True";
    let tests = vec![
        case("hangs", true, json!({"hang": true})),
        case("fine", true, json!({})),
        case("dies", true, json!({"die": true})),
        case("fine too", true, json!({})),
    ];
    let run = run(rule("R", source), tests).await;
    assert_eq!(
        verdicts(&run),
        [
            (false, Some("TimeoutError: rule took longer than 1s"), None),
            (true, None, None),
            (false, Some("WorkerDied: the worker ended with exit status 2"), None),
            (true, None, None),
        ]
    );
    let elapsed: Vec<Duration> = run.outcomes.iter().map(|one| one.elapsed).collect();
    let second = Duration::from_secs(1);
    assert!(elapsed[0] >= second && elapsed[0] < second * 20, "{elapsed:?}");
    assert!(elapsed[2] > Duration::ZERO && elapsed[2] < second * 20, "{elapsed:?}");
}

#[tokio::test]
async fn a_detection_that_cannot_be_loaded_runs_no_test() {
    let run = run(rule("R", "x = 1\nraise ValueError('no')"), vec![case("t", true, json!({}))]).await;
    let error = run.setup_error.unwrap();
    assert_eq!((error.error_type.as_str(), error.line), ("ValueError", Some(2)));
    assert!(run.outcomes.is_empty());
}

#[tokio::test]
async fn alert_texts_of_signals_are_left_out_but_their_errors_count() {
    let mut signal = rule(
        "S",
        "def rule(event):\n    return True\ndef title(event):\n    return 'x'\ndef runbook(event):\n    return 1",
    );
    signal.create_alert = false;
    let run = run(signal, vec![case("t", true, json!({}))]).await;
    assert!(!run.outcomes[0].passed);
    let names: Vec<_> = run.outcomes[0].functions.iter().map(|f| f.name.as_str()).collect();
    assert_eq!(names, ["rule", "runbook"]);
}
