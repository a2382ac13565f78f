//! The form of requests and answers.

use std::io::Read as _;

use axum::body::Body;
use axum::http::{Request, header};
use flate2::read::GzDecoder;
use rstest::rstest;
use serde_json::{Value, json};
use tower::ServiceExt as _;

use crate::tests::{Api, TOKEN};

const VERSION: &str = "{ generalSettings { pantherVersion } }";

#[rstest]
#[case("/public/graphql")]
#[case("/public/graphql/")]
#[case("/")]
#[tokio::test]
async fn every_address_answers(#[case] path: &str) {
    let api = Api::start(&[]).await;
    let body = json!({ "query": VERSION, "something": "else" }).to_string();
    let (status, text) = api.post_graphql(path, TOKEN, body).await;
    assert_eq!(status, 200);
    let answer: Value = serde_json::from_str(&text).unwrap();
    let version = answer["data"]["generalSettings"]["pantherVersion"].as_str().unwrap();
    assert_eq!(version.split('.').count(), 3, "{version}");
    assert_eq!(answer.get("errors"), None);
}

#[rstest]
#[case("")]
#[case("nobody-knows-this-token")]
#[tokio::test]
async fn no_token_is_401_without_errors(#[case] token: &str) {
    let api = Api::start(&[]).await;
    let (status, text) =
        api.post_graphql("/public/graphql", token, json!({ "query": VERSION }).to_string()).await;
    assert_eq!(status, 401);
    let answer: Value = serde_json::from_str(&text).unwrap();
    assert!(answer["message"].is_string() && answer.as_object().unwrap().len() == 1, "{text}");
}

#[tokio::test]
async fn a_bearer_token_is_as_good() {
    let api = Api::start(&[]).await;
    let request = Request::post("/public/graphql")
        .header(header::AUTHORIZATION, format!("Bearer {TOKEN}"))
        .body(Body::from(json!({ "query": VERSION }).to_string()))
        .unwrap();
    assert_eq!(api.router.clone().oneshot(request).await.unwrap().status(), 200);
}

#[tokio::test]
async fn a_get_is_refused_in_json() {
    let api = Api::start(&[]).await;
    let message = api.refusal(405, "GET", "/public/graphql", "").await;
    assert!(message.contains("method"), "{message}");
}

#[rstest]
#[case("", "BAD_REQUEST")]
#[case("{", "BAD_REQUEST")]
#[case("[]", "BAD_REQUEST")]
#[case("\"{ generalSettings { pantherVersion } }\"", "BAD_REQUEST")]
#[case("{}", "BAD_REQUEST")]
#[case(r#"{"query": 1}"#, "BAD_REQUEST")]
#[case(r#"{"query": "{ __typename }", "variables": []}"#, "BAD_REQUEST")]
#[case(r#"{"query": "{ __typename }", "operationName": 7}"#, "BAD_REQUEST")]
#[case(r#"{"query": ""}"#, "GRAPHQL_PARSE_FAILED")]
#[case(r#"{"query": "{ generalSettings { "}"#, "GRAPHQL_PARSE_FAILED")]
#[case(r#"{"query": "{ generalSettings }"}"#, "GRAPHQL_VALIDATION_FAILED")]
#[case(r#"{"query": "{ nope }"}"#, "GRAPHQL_VALIDATION_FAILED")]
#[case(r#"{"query": "{ generalSettings { nope } }"}"#, "GRAPHQL_VALIDATION_FAILED")]
#[case(r#"{"query": "{ generalSettings(a: 1) { pantherVersion } }"}"#, "GRAPHQL_VALIDATION_FAILED")]
#[case(r#"{"query": "query ($a: Nope) { __typename }"}"#, "GRAPHQL_VALIDATION_FAILED")]
#[case(r#"{"query": "{ alert { id } }"}"#, "GRAPHQL_VALIDATION_FAILED")]
#[case(r#"{"query": "subscription { alerts }"}"#, "GRAPHQL_VALIDATION_FAILED")]
#[case(
    r#"{"query": "query a { __typename } query b { __typename }", "operationName": "c"}"#,
    "GRAPHQL_VALIDATION_FAILED"
)]
#[case(r#"{"query": "query a { __typename } query b { __typename }"}"#, "GRAPHQL_VALIDATION_FAILED")]
#[case(
    r#"{"query": "query ($i: AlertsInput!) { alerts(input: $i) { edges { cursor } } }"}"#,
    "GRAPHQL_VALIDATION_FAILED"
)]
#[case(r#"{"query": "query ($i: AlertsInput!) { alerts(input: $i) { edges { cursor } } }", "variables": {"i": {"statuses": ["SHUT"]}}}"#, "GRAPHQL_VALIDATION_FAILED")]
#[case(r#"{"query": "query ($i: AlertsInput!) { alerts(input: $i) { edges { cursor } } }", "variables": {"i": {"createdAtAfter": "yesterday"}}}"#, "GRAPHQL_VALIDATION_FAILED")]
#[case(r#"{"query": "query ($i: AlertsInput!) { alerts(input: $i) { edges { cursor } } }", "variables": {"i": {"colour": "red"}}}"#, "GRAPHQL_VALIDATION_FAILED")]
#[case(r#"{"query": "mutation ($i: UpdateAlertStatusByIdInput!) { updateAlertStatusById(input: $i) { alerts { id } } }", "variables": {"i": {"status": "OPEN"}}}"#, "GRAPHQL_VALIDATION_FAILED")]
#[case(r#"{"query": "query ($i: AlertsInput!) { alerts(input: $i) { edges { cursor } } }", "variables": {"i": {"first": 3000000000}}}"#, "GRAPHQL_VALIDATION_FAILED")]
#[case(r#"{"query": "query ($i: AlertsInput!) { alerts(input: $i) { edges { cursor } } }", "variables": {"i": [1]}}"#, "GRAPHQL_VALIDATION_FAILED")]
#[case(
    r#"{"query": "query ($i: [ID!]) { __typename }", "variables": {"i": ["a", null]}}"#,
    "GRAPHQL_VALIDATION_FAILED"
)]
#[case(
    r#"{"query": "{ ...a } fragment a on Query { ...b } fragment b on Query { ...a }"}"#,
    "GRAPHQL_VALIDATION_FAILED"
)]
#[tokio::test]
async fn what_cannot_be_run_is_400_with_errors(#[case] body: &'static str, #[case] code: &str) {
    let api = Api::start(&[]).await;
    let (status, text) = api.post_graphql("/public/graphql", TOKEN, body).await;
    let answer: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(status, 400, "{text}");
    assert_eq!(answer["errors"][0]["extensions"]["code"], code, "{text}");
    assert!(!answer["errors"][0]["message"].as_str().unwrap().is_empty());
}

#[tokio::test]
async fn the_named_operation_runs() {
    let api = Api::start(&[]).await;
    let query = "query a { here: __typename } query b { there: __typename }";
    let body = json!({ "query": query, "operationName": "b" }).to_string();
    let (status, text) = api.post_graphql("/public/graphql", TOKEN, body).await;
    assert_eq!((status.as_u16(), text.as_str()), (200, r#"{"data":{"there":"Query"}}"#));
}

#[tokio::test]
async fn a_body_may_only_be_large_for_those_who_upload() {
    let api = Api::start(&[]).await;
    let reader = api.token_of("AnalystReadOnly").await;
    let body = || json!({ "query": VERSION, "variables": {"unused": "x".repeat(2 << 20)} }).to_string();
    let (status, text) = api.post_graphql("/public/graphql", &reader, body()).await;
    assert_eq!(status, 413, "{text}");
    assert!(text.contains("\"errors\""), "{text}");
    assert_eq!(api.post_graphql("/public/graphql", TOKEN, body()).await.0, 200);
}

#[tokio::test]
async fn answers_are_compressed_for_those_who_ask() {
    let api = Api::start(&[]).await;
    let ask = |encoding: &'static str| {
        Request::post("/public/graphql")
            .header("x-api-key", TOKEN)
            .header(header::ACCEPT_ENCODING, encoding)
            .body(Body::from(json!({ "query": "{ __schema { types { name } } }" }).to_string()))
            .unwrap()
    };
    for (encoding, is_packed) in
        [("gzip, deflate, br", true), ("GZIP;q=0.5", true), ("gzip;q=0", false), ("br", false)]
    {
        let response = api.router.clone().oneshot(ask(encoding)).await.unwrap();
        let found = response.headers().get(header::CONTENT_ENCODING).map(|value| value == "gzip");
        assert_eq!(found, is_packed.then_some(true), "{encoding}");
        let bytes = axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap();
        let mut text = String::new();
        if is_packed {
            GzDecoder::new(bytes.as_ref()).read_to_string(&mut text).unwrap();
        } else {
            text = String::from_utf8(bytes.to_vec()).unwrap();
        }
        assert!(text.starts_with(r#"{"data":{"__schema":{"types":["#), "{encoding}");
    }
}

/// What programs look for on the page that a browser shows.
#[tokio::test]
async fn the_front_page_tells_programs_where_the_api_is() {
    let api = Api::start(&[]).await;
    let request = Request::get("/").header(header::HOST, "siem.example:8443").body(Body::empty()).unwrap();
    let response = api.router.clone().oneshot(request).await.unwrap();
    let bytes = axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap();
    let page = String::from_utf8(bytes.to_vec()).unwrap();
    let begin = page.find(r#"<script id="__PANTHER_CONFIG__""#).unwrap();
    let text = page[begin..].split_once('>').unwrap().1.split_once("</script>").unwrap().0;
    let config: Value = serde_json::from_str(text).unwrap();
    assert_eq!(config["rest"], "http://siem.example:8443");
    assert_eq!(config["WEB_APPLICATION_GRAPHQL_API_ENDPOINT"], "http://siem.example:8443/internal/graphql");

    let request = Request::get("/").header(header::HOST, "a</script><b>").body(Body::empty()).unwrap();
    let response = api.router.clone().oneshot(request).await.unwrap();
    let bytes = axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap();
    assert!(String::from_utf8(bytes.to_vec()).unwrap().contains("http://localhost"));
}

/// A field that fails is null beside the others, and takes along what must not be without it.
#[tokio::test]
async fn errors_have_a_path_and_leave_the_rest_alone() {
    let api = Api::start(&[]).await;
    let (status, answer) = api
        .graphql(
            "{ first: __typename source(id: \"nope\") { integrationId } generalSettings { pantherVersion } }",
            json!({}),
        )
        .await;
    assert_eq!(status, 200);
    assert_eq!(answer["data"]["source"], Value::Null);
    assert_eq!(answer["data"]["first"], "Query");
    assert!(answer["data"]["generalSettings"]["pantherVersion"].is_string());
    let keys: Vec<&String> = answer["data"].as_object().unwrap().keys().collect();
    assert_eq!(keys, ["first", "source", "generalSettings"]);
    let expected =
        json!({"message": "source nope not found", "path": ["source"], "extensions": {"code": "NOT_FOUND"}});
    assert_eq!(answer["errors"], json!([expected]));

    let (status, answer) = api.graphql("{ alert(id: \"nope\") { id } }", json!({})).await;
    assert_eq!((status.as_u16(), &answer["data"]), (200, &Value::Null));
    assert_eq!(answer["errors"][0]["message"], "alert nope not found");
}
