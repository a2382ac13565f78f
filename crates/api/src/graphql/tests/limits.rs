//! Documents that ask for too much are refused quickly, in a debug build and on a worker thread's stack.

use std::time::{Duration, Instant};

use rstest::rstest;
use serde_json::json;

use crate::graphql::limits;
use crate::tests::Api;

/// A refusal takes no longer, on a busy machine and without optimisation.
const QUICK: Duration = Duration::from_secs(2);

fn nested(levels: usize) -> String {
    format!("{{ roles {}id{} }}", "{ updatedBy { ... on User { role ".repeat(levels), "} } }".repeat(levels))
}

fn aliased(count: usize) -> String {
    let fields: String =
        (0..count).map(|number| format!("a{number}: generalSettings {{ pantherVersion }} ")).collect();
    format!("{{ {fields} }}")
}

/// Each fragment spreads the next one twice.
fn bomb(fragments: usize) -> String {
    let mut text = "{ generalSettings { ...f0 } }".to_owned();
    for number in 0..fragments {
        let next = number + 1;
        text.push_str(&format!(" fragment f{number} on GeneralSettingsConfig {{ ...f{next} ...f{next} }}"));
    }
    text.push_str(&format!(" fragment f{fragments} on GeneralSettingsConfig {{ pantherVersion }}"));
    text
}

fn chain(fragments: usize) -> String {
    let mut text = "{ generalSettings { ...f0 } }".to_owned();
    for number in 0..fragments {
        text.push_str(&format!(" fragment f{number} on GeneralSettingsConfig {{ ...f{} }}", number + 1));
    }
    text.push_str(&format!(" fragment f{fragments} on GeneralSettingsConfig {{ pantherVersion }}"));
    text
}

#[rstest]
#[case::a_thousand_levels(nested(1_000), "nests deeper than 40")]
#[case::levels_of_fragments(chain(90), "deeper than 32 levels")]
#[case::ten_thousand_aliases((0..10_000).map(|number| format!("a{number}:__typename ")).fold(String::from("{ "), |all, one| all + &one) + "}", "more than 20000 words")]
#[case::ten_thousand_long_aliases(aliased(10_000), "bytes, the most is 262144")]
#[case::a_thousand_aliases(aliased(1_000), "1000 aliases, the most is 100")]
#[case::doubling_fragments(bomb(28), "fields, the most is 2000")]
#[case::many_fragments(chain(1_000), "more than 100 fragments")]
#[case::a_list_of_lists(format!("{{ alerts(input: {}1{}) {{ edges {{ cursor }} }} }}", "[".repeat(5_000), "]".repeat(5_000)), "nests deeper than 40")]
#[case::a_type_of_lists(format!("query ($a: {}Int{}) {{ __typename }}", "[".repeat(5_000), "]".repeat(5_000)), "nests deeper than 40")]
#[case::an_object_of_objects(format!("{{ generateEnrichedEvent(input: {{event: {}1{}}}) {{ enrichedEvent }} }}", "{a: ".repeat(5_000), "}".repeat(5_000)), "nests deeper than 40")]
#[case::a_long_text(format!("{{ roleByName(name: \"{}\") {{ id }} }}", "x".repeat(300_000)), "bytes, the most is 262144")]
#[case::many_operations((0..100).map(|number| format!("query q{number} {{ __typename }} ")).collect(), "more than 20 operations")]
#[case::types_of_types("{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }".to_owned(), "3 lists of types inside each other, the most is 2")]
#[case::many_introspections((0..10).map(|number| format!("a{number}: __schema {{ types {{ name }} }} ")).fold(String::from("{ "), |all, one| all + &one) + "}", "10 fields `__schema` and `__type`")]
#[case::pages_of_pages("{ alerts(input: {pageSize: 100, detectionId: \"x\"}) { edges { node { a: events(input: {pageSize: 100}) { edges { node } } b: events(input: {pageSize: 100}) { edges { node } } c: events(input: {pageSize: 100}) { edges { node } } } } } }".to_owned(), "points of cost, the most is 50000")]
#[tokio::test]
async fn too_much_is_refused(#[case] document: String, #[case] expected: &str) {
    let api = Api::start(&[]).await;
    let begun = Instant::now();
    let error = api.refused(&document, json!({})).await;
    let elapsed = begun.elapsed();
    let message = error["message"].as_str().unwrap();
    assert!(message.contains(expected), "{message}");
    assert_eq!(error["extensions"]["code"], "GRAPHQL_VALIDATION_FAILED");
    assert!(elapsed < QUICK, "{elapsed:?}");
}

#[tokio::test]
async fn a_page_that_a_variable_asks_for_costs_the_same() {
    let api = Api::start(&[]).await;
    let document = "query ($a: AlertsInput!, $e: AlertEventsInput) { alerts(input: $a) { edges { node {
        a: events(input: $e) { edges { node } } b: events(input: $e) { edges { node } } c: events(input: $e) { edges { node } } } } } }";
    let variables = json!({"a": {"first": 100}, "e": {"pageSize": 100}});
    let error = api.refused(document, variables).await;
    assert!(error["message"].as_str().unwrap().contains("points of cost"), "{error}");
    api.data(document, json!({"a": {"first": 100}, "e": {"pageSize": 10}})).await;
}

/// What is just within the limits runs, on the stack of a worker thread.
#[test]
fn what_is_allowed_runs_on_a_worker_thread() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let api = runtime.block_on(Api::start(&[]));
    let task = runtime.spawn(async move {
        // Nine levels of types below `__schema`, as the introspection of clients has them.
        let levels = limits::DEPTH_MAX - 5;
        let document = format!(
            "{{ __schema {{ types {{ fields {{ type {}kind{} }} }} }} }}",
            "{ ofType ".repeat(levels - 1) + "{ ",
            " }".repeat(levels)
        );
        let data = api.data(&document, json!({})).await;
        assert!(data["__schema"]["types"].as_array().unwrap().len() > 200);
        let nest = limits::BRACKETS_DEPTH_MAX - 4;
        let value = format!("{}1{}", "[".repeat(nest), "]".repeat(nest));
        let document =
            format!("{{ generateEnrichedEvent(input: {{event: {{a: {value}}}}}) {{ enrichedEvent }} }}");
        api.data(&document, json!({})).await;
        let deep = (0..100).fold(json!(1), |value, _| json!([value]));
        let document =
            "query ($e: JSON!) { generateEnrichedEvent(input: {event: {a: $e}}) { enrichedEvent } }";
        api.data(document, json!({"e": deep})).await;
    });
    runtime.block_on(task).unwrap();
}

#[tokio::test]
async fn brackets_in_texts_and_comments_do_not_count() {
    let api = Api::start(&[]).await;
    let brackets = "{[(".repeat(100);
    for document in [
        format!("# {brackets}\n{{ roles: __typename }}"),
        format!("{{ a: __type(name: \"{brackets} \\\" {brackets}\") {{ name }} }}"),
        format!("{{ a: __type(name: \"\"\"{brackets} \" \\\"\"\" {brackets}\"\"\") {{ name }} }}"),
    ] {
        api.data(&document, json!({})).await;
    }
}
