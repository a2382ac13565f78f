//! Introspection beside the list of everything that clients rely on.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::graphql::types::type_text;
use crate::tests::Api;

/// One line for each type, field, word and member that clients may ask for.
const EXPECTED: &str = include_str!("../../../testdata/graphql/schema.txt");
const INTROSPECTION: &str =
    include_str!("../../../testdata/graphql/documents/pat_introspection_query.graphql");

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn name(value: &Value) -> &str {
    value["name"].as_str().unwrap()
}

fn input(value: &Value) -> String {
    let default = value["defaultValue"].as_str().map(|default| format!(" = {default}")).unwrap_or_default();
    format!("{}: {}{default}", name(value), type_text(&value["type"]))
}

fn lines(ty: &Value) -> Vec<String> {
    let own = name(ty);
    match ty["kind"].as_str().unwrap() {
        "SCALAR" => vec![format!("scalar {own}")],
        "ENUM" => list(&ty["enumValues"]).iter().map(|word| format!("enum {own}.{}", name(word))).collect(),
        "UNION" => list(&ty["possibleTypes"])
            .iter()
            .map(|member| format!("union {own} = {}", name(member)))
            .collect(),
        "INPUT_OBJECT" => {
            list(&ty["inputFields"]).iter().map(|field| format!("input {own}.{}", input(field))).collect()
        }
        kind => {
            let word = if kind == "INTERFACE" { "interface" } else { "type" };
            let interfaces = list(&ty["interfaces"]).iter();
            let mut lines: Vec<String> =
                interfaces.map(|interface| format!("{word} {own} implements {}", name(interface))).collect();
            for field in list(&ty["fields"]) {
                let arguments: Vec<String> = list(&field["args"]).iter().map(input).collect();
                let arguments =
                    if arguments.is_empty() { String::new() } else { format!("({})", arguments.join(", ")) };
                lines.push(format!("{word} {own}.{}{arguments}: {}", name(field), type_text(&field["type"])));
            }
            lines
        }
    }
}

#[tokio::test]
async fn introspection_is_what_clients_rely_on() {
    let api = Api::start(&[]).await;
    let data = api.data(INTROSPECTION, json!({})).await;
    let schema = &data["__schema"];
    let built_in = ["Int", "Float", "Boolean", "String", "ID"];
    let types = list(&schema["types"]).iter();
    let types = types.filter(|ty| !name(ty).starts_with("__") && !built_in.contains(&name(ty)));
    let found: BTreeSet<String> = types.flat_map(lines).collect();
    let expected: BTreeSet<String> = EXPECTED.lines().map(str::to_owned).collect();
    let missing: Vec<_> = expected.difference(&found).collect();
    let beyond: Vec<_> = found.difference(&expected).collect();
    assert!(missing.is_empty() && beyond.is_empty(), "missing: {missing:#?}\nnot expected: {beyond:#?}");

    assert_eq!(schema["queryType"]["name"], "Query");
    assert_eq!(schema["mutationType"]["name"], "Mutation");
    assert_eq!(schema["subscriptionType"], Value::Null);
    let roots: Vec<&str> = list(&schema["types"])
        .iter()
        .filter(|ty| ty["kind"] == "OBJECT")
        .map(name)
        .filter(|n| *n == "Query" || *n == "Mutation")
        .collect();
    assert_eq!(roots.len(), 2, "clients look for object types of these names");
}

#[tokio::test]
async fn every_directive_stands_where_all_clients_know_places() {
    let api = Api::start(&[]).await;
    let question = "{ __schema { directives { name locations } } __type(name: \"__DirectiveLocation\") { enumValues { name } } }";
    let data = api.data(question, json!({})).await;
    let places: BTreeSet<&str> = list(&data["__type"]["enumValues"]).iter().map(name).collect();
    assert!(
        places.contains("INPUT_FIELD_DEFINITION") && !places.contains("VARIABLE_DEFINITION"),
        "{places:?}"
    );
    for directive in list(&data["__schema"]["directives"]) {
        for place in list(&directive["locations"]) {
            assert!(places.contains(place.as_str().unwrap()), "{directive}");
        }
    }
}

#[tokio::test]
async fn types_are_found_by_name_and_by_reference() {
    let api = Api::start(&[]).await;
    let question = "query ($name: String!) { __type(name: $name) { __typename kind name fields { name type { kind name ofType { name kind fields { name } } } } } other: __type(name: \"Nope\") { name } }";
    let data = api.data(question, json!({"name": "AlertsOutput"})).await;
    assert_eq!(data["other"], Value::Null);
    assert_eq!(data["__type"]["__typename"], "__Type");
    let page_info = &data["__type"]["fields"][1];
    assert_eq!(page_info["type"]["ofType"]["name"], "AlertsOutputPageInfo");
    assert_eq!(page_info["type"]["ofType"]["fields"][0]["name"], "endCursor");
}

#[test]
fn the_schema_is_whole() {
    assert_eq!(crate::graphql::is_ready(), Ok(()));
}
