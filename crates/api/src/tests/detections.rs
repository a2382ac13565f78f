//! The console's routes about detections: what is refused before the content is asked, what it is asked, and how
//! its answers are told.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use model::Actor;
use rstest::rstest;
use serde_json::{Value, json};
use tower::ServiceExt as _;

use super::{Api, Calm, TOKEN};
use crate::{
    BoxFuture, ContentItem, ContentKind, ContentOrigin, ContentRefusal, DetectionDesk, ItemText,
    Precondition, PutDone, PutText, TestRecord, TextFile, TextFinding, TextTests,
};

/// An item as it is there when the id is not `new`.
fn item(id: &str, yaml: &str) -> ContentItem {
    ContentItem {
        id: id.to_owned(),
        kind: ContentKind::Rule,
        origin: ContentOrigin::Api,
        path: format!("rules/{id}.yml"),
        yaml: yaml.into(),
        python: None,
        keys: serde_json::Map::new(),
        texts: BTreeMap::new(),
        enabled: true,
        version: 1,
        created_at: None,
        last_modified: None,
        created_by: None,
        last_modified_by: None,
        problem: None,
    }
}

/// Finds what the YAML says, and keeps nothing.
impl DetectionDesk for Calm {
    fn check(
        &self,
        text: ItemText,
        destinations: BTreeSet<String>,
    ) -> BoxFuture<'_, Result<Vec<TextFinding>, ContentRefusal>> {
        Box::pin(async move {
            if text.yaml == "busy" {
                return Err(ContentRefusal::Busy("too many".to_owned()));
            }
            let finding = TextFinding {
                file: TextFile::Python,
                line: 2,
                column: 3,
                end_line: 4,
                end_column: 5,
                code: "C050".to_owned(),
                is_error: true,
                message: format!("{:?} `{}` among {}", text.kind, text.id, destinations.len()),
                hint: Some(text.python.unwrap_or_default()),
            };
            Ok(vec![finding])
        })
    }

    fn test(&self, text: ItemText, only: Vec<String>) -> BoxFuture<'_, Result<TextTests, ContentRefusal>> {
        Box::pin(async move {
            let record = TestRecord {
                name: only.join(","),
                passed: false,
                expected: true,
                triggered: false,
                reason: Some(text.yaml),
                functions: Vec::new(),
                elapsed: Duration::from_micros(2_500),
            };
            Ok(TextTests { findings: Vec::new(), results: vec![record], elapsed: Duration::from_millis(7) })
        })
    }

    fn put_text(&self, put: PutText, _: Actor) -> BoxFuture<'_, Result<PutDone, ContentRefusal>> {
        Box::pin(async move {
            let there = (put.text.id != "new").then(|| item(&put.text.id, "there"));
            (put.precondition)(there.as_ref())?;
            let saved = Arc::new(item(&put.text.id, &put.text.yaml));
            Ok(if there.is_some() { PutDone::Updated(saved) } else { PutDone::Created(saved) })
        })
    }

    fn delete_text(
        &self,
        id: String,
        precondition: Precondition,
        _: Actor,
    ) -> BoxFuture<'_, Result<(), ContentRefusal>> {
        Box::pin(async move { precondition(Some(&item(&id, "there"))) })
    }

    fn switches(&self) -> BTreeMap<String, bool> {
        BTreeMap::new()
    }

    fn switch(&self, _: Vec<String>, _: bool) -> BoxFuture<'_, Result<(), ContentRefusal>> {
        Box::pin(async { Ok(()) })
    }
}

#[tokio::test]
async fn a_finding_says_where_it_is() {
    let api = Api::start(&[("chat", true)]).await;
    let body = r#"{"kind": "data_model", "id": "M", "yaml": "y", "python": "p"}"#;
    let answer = api.json(200, "POST", "/internal/detections/check", body).await;
    let expected = json!({
        "file": "python", "line": 2, "column": 3, "endLine": 4, "endColumn": 5, "code": "C050", "level": "error",
        "message": "DataModel `M` among 1", "hint": "p",
    });
    assert_eq!(answer, json!({ "findings": [expected] }));
    let busy =
        api.refusal(409, "POST", "/internal/detections/check", r#"{"kind": "rule", "yaml": "busy"}"#).await;
    assert_eq!(busy, "too many");
}

#[tokio::test]
async fn a_test_that_fails_is_an_answer_like_any_other() {
    let api = Api::start(&[]).await;
    let body = r#"{"kind": "rule", "id": null, "yaml": "why", "python": null, "only": ["a", "b"]}"#;
    let answer = api.json(200, "POST", "/internal/detections/test", body).await;
    let result = json!({
        "name": "a,b", "passed": false, "expected": true, "triggered": false, "reason": "why", "functions": [],
        "elapsedMs": 2,
    });
    assert_eq!(answer, json!({ "findings": [], "results": [result], "elapsedMs": 7 }));
}

#[rstest]
#[case(
    "POST",
    "/internal/detections/check",
    r#"{"kind": "query", "yaml": ""}"#,
    "`kind`: `query` is not one of rule"
)]
#[case("POST", "/internal/detections/test", r#"{"kind": "", "yaml": ""}"#, "`kind`")]
#[case("PUT", "/internal/detections/x", r#"{"kind": "rule"}"#, "`yaml`")]
#[case("GET", "/internal/detections?kind=query", "", "`kind`: `query`")]
#[case("GET", "/internal/detections?state=on", "", "`state`: `on` is not enabled, disabled or broken")]
#[case("GET", "/internal/detections?sort=size", "", "`sort`: `size`")]
#[case("GET", "/internal/detections?limit=101", "", "from 1 to 100")]
#[case("GET", "/internal/detections?cursor=x", "", "begin without a cursor")]
#[case("POST", "/internal/detections/enabled", r#"{"ids": [], "enabled": true}"#, "name 1 to 500")]
#[case("GET", "/internal/detections/x/versions/last", "", "`last` is no number")]
#[tokio::test]
async fn what_is_wrong_is_said_by_name(
    #[case] method: &str,
    #[case] path: &str,
    #[case] body: &str,
    #[case] expected: &str,
) {
    let api = Api::start(&[]).await;
    let message = api.refusal(400, method, path, body).await;
    assert!(message.contains(expected), "{message}");
}

#[tokio::test]
async fn a_list_is_as_long_as_it_is_written_though_it_names_one_thing() {
    let api = Api::start(&[]).await;
    let body = json!({"ids": vec!["x"; 501], "enabled": true}).to_string();
    let message = api.refusal(400, "POST", "/internal/detections/enabled", &body).await;
    assert_eq!(message, "`ids` names 501 detections; name 1 to 500");
}

async fn put(api: &Api, id: &str, header: Option<(&str, &str)>) -> (StatusCode, Option<String>, Value) {
    let mut request =
        Request::builder().method("PUT").uri(format!("/internal/detections/{id}")).header("x-api-key", TOKEN);
    if let Some((name, value)) = header {
        request = request.header(name, value);
    }
    let request = request.body(Body::from(r#"{"kind": "rule", "yaml": "next"}"#)).unwrap();
    let response = api.router.clone().oneshot(request).await.unwrap();
    let tag = response.headers().get("etag").map(|tag| tag.to_str().unwrap().to_owned());
    let status = response.status();
    let bytes = axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap();
    (status, tag, serde_json::from_slice(&bytes).unwrap())
}

#[tokio::test]
async fn what_is_replaced_must_be_what_was_read() {
    let api = Api::start(&[]).await;
    let (made, _, item) = put(&api, "new", Some(("if-none-match", "*"))).await;
    assert_eq!((made.as_u16(), &item["yaml"]), (201, &json!("next")));
    let (changed, tag, _) = put(&api, "old", None).await;
    assert_eq!(changed.as_u16(), 200);
    // What is there says `there`; the tag is that of `next`.
    let (refused, _, body) = put(&api, "old", Some(("if-match", &tag.unwrap()))).await;
    assert_eq!(refused.as_u16(), 412);
    assert!(body["message"].as_str().unwrap().starts_with("`old` was changed meanwhile"), "{body}");
    let (taken, _, body) = put(&api, "old", Some(("if-none-match", "*"))).await;
    assert_eq!(
        (taken.as_u16(), body["message"].as_str().unwrap().contains("is taken by a rule")),
        (412, true)
    );
    let (gone, _, body) = put(&api, "new", Some(("if-match", "\"0\""))).await;
    assert_eq!(
        (gone.as_u16(), body["message"].as_str().unwrap().contains("was deleted meanwhile")),
        (412, true)
    );
    let (wrong, ..) = put(&api, "old", Some(("if-none-match", "\"0\""))).await;
    assert_eq!(wrong.as_u16(), 400);
}

#[tokio::test]
async fn log_types_and_their_fields_are_those_of_the_schemas() {
    let api = Api::start(&[]).await;
    let list = api.json(200, "GET", "/internal/log-types", "").await;
    let okta = list["results"].as_array().unwrap().iter().find(|one| one["name"] == "Okta.SystemLog");
    assert_eq!(okta.unwrap()["origin"], "built-in");
    let fields = api.json(200, "GET", "/internal/log-types/okta.systemlog/fields", "").await;
    let mail = fields["results"].as_array().unwrap().iter().find(|one| one["path"] == "actor.alternateId");
    assert_eq!(mail.unwrap()["type"], "string");
    assert!(mail.unwrap()["indicators"].as_array().unwrap().iter().any(|name| name == "email"), "{mail:?}");
    api.refusal(404, "GET", "/internal/log-types/No.Such/fields", "").await;
}

#[tokio::test]
async fn the_matrix_has_all_techniques_also_without_content() {
    let api = Api::start(&[]).await;
    let matrix = api.json(200, "GET", "/internal/detections/matrix", "").await;
    let tactics = matrix["tactics"].as_array().unwrap();
    assert_eq!((tactics.len(), &tactics[8]["name"]), (15, &json!("Credential Access")));
    assert!(tactics[8]["techniques"].as_array().unwrap().iter().any(|one| one["id"] == "T1110.003"));
    let layer = api.json(200, "GET", "/internal/detections/matrix/layer", "").await;
    assert_eq!((&layer["domain"], &layer["techniques"]), (&json!("enterprise-attack"), &json!([])));
    assert_eq!(api.json(200, "GET", "/internal/packs", "").await, json!({ "results": [] }));
}
