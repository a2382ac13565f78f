//! Content over REST: what is refused before the content is asked, and how its refusals are told.

use std::sync::Arc;

use model::Actor;
use rstest::rstest;
use serde_json::{Value, json};

use super::{Api, Calm};
use crate::{
    BoxFuture, ContentAdmin, ContentItem, ContentOrigin, ContentRefusal, ContentUpload, ContentView,
    DeleteItems, Deleted, KindCounts, ProjectUpload, PutDone, PutItem, Uploaded,
};

/// Content that nobody can change: each change is refused in another way.
impl ContentAdmin for Calm {
    fn view(&self) -> Arc<ContentView> {
        Arc::default()
    }

    fn upload(&self, _: ContentUpload, _: Actor) -> BoxFuture<'_, Result<Uploaded, ContentRefusal>> {
        Box::pin(async { Err(ContentRefusal::Busy("another upload is under way".to_owned())) })
    }

    fn put(&self, put: PutItem, _: Actor) -> BoxFuture<'_, Result<PutDone, ContentRefusal>> {
        let issue = crate::ContentIssue { path: "a.yml".to_owned(), message: "line 1: broken".to_owned() };
        let function = |name: &str, error: Option<&str>| crate::FunctionRecord {
            name: name.to_owned(),
            output: Some("true".to_owned()),
            error: error.map(str::to_owned),
        };
        let record = crate::TestRecord {
            name: "one".to_owned(),
            passed: false,
            expected: true,
            triggered: true,
            reason: Some("[title] KeyError: 'x'".to_owned()),
            functions: vec![function("rule", None), function("title", Some("KeyError: 'x'"))],
            elapsed: std::time::Duration::from_millis(3),
        };
        let refusal = match put.form.id.as_str() {
            "tests" => ContentRefusal::TestsFailed {
                message: "the test `one` failed".to_owned(),
                results: vec![record],
            },
            "taken" => ContentRefusal::Conflict("taken".to_owned()),
            "later" => ContentRefusal::Failed("later".to_owned()),
            _ => ContentRefusal::Invalid { message: "a.yml: broken".to_owned(), issues: vec![issue] },
        };
        Box::pin(async move { if put.run_tests_only { Ok(PutDone::TestsPassed) } else { Err(refusal) } })
    }

    fn delete(&self, _: DeleteItems, _: Actor) -> BoxFuture<'_, Result<Deleted, ContentRefusal>> {
        Box::pin(async { Ok(Deleted::default()) })
    }

    fn roll_back(
        &self,
        id: String,
        _: u64,
        _: Actor,
    ) -> BoxFuture<'_, Result<Option<Arc<ContentItem>>, ContentRefusal>> {
        Box::pin(async move { if id == "gone" { Ok(None) } else { Err(ContentRefusal::NotFound(id)) } })
    }

    fn upload_project(
        &self,
        _: ProjectUpload,
        _: Actor,
    ) -> BoxFuture<'_, Result<KindCounts, ContentRefusal>> {
        Box::pin(async { Ok(KindCounts::default()) })
    }

    fn download(&self, _: ContentOrigin) -> BoxFuture<'_, Result<Vec<u8>, ContentRefusal>> {
        Box::pin(async { Ok(b"PK".to_vec()) })
    }
}

const RULE: &str = r#"{"id": "ID", "body": "def rule(e): return True", "severity": "LOW"}"#;

#[tokio::test]
async fn refusals_of_the_content_are_told_with_all_that_is_known() {
    let api = Api::start(&[]).await;
    let rule = |id: &str| RULE.replace("ID", id);
    let answer = api.json(400, "POST", "/rules", &rule("tests")).await;
    assert_eq!(answer["message"], "the test `one` failed");
    let test = &answer["testResults"][0];
    assert_eq!(
        (&test["passed"], &test["errored"], &test["triggerAlert"]),
        (&json!(false), &json!(true), &json!(true))
    );
    assert_eq!(test["functions"]["title"]["error"], json!({"code": "KeyError", "message": "'x'"}));
    assert_eq!(test["functions"]["detection"], json!({"output": "true", "error": null}));
    assert_eq!(test["functions"]["dedup"], Value::Null);
    let answer = api.json(400, "PUT", "/rules/broken", &rule("broken")).await;
    assert_eq!(answer["issues"], json!([{"path": "a.yml", "errorMessage": "line 1: broken"}]));
    assert_eq!(answer["testResults"], Value::Null, "only what there is");
    assert_eq!(api.refusal(409, "POST", "/rules", &rule("taken")).await, "taken");
    assert_eq!(api.refusal(503, "POST", "/rules", &rule("later")).await, "later");
    assert!(api.refusal(409, "POST", "/content/upload", "zip").await.contains("another upload"));
    assert_eq!(api.json(204, "POST", "/rules?run-tests-only=true", &rule("tests")).await, Value::Null);
    let rolled = api.json(200, "POST", "/content/versions/gone/rollback", r#"{"version": 1}"#).await;
    assert_eq!(rolled, json!({"id": "gone", "version": null}));
    api.refusal(404, "POST", "/content/versions/x/rollback", r#"{"version": 1}"#).await;
}

#[rstest]
#[case("/rules", r#"{"id": "a", "severity": "LOW"}"#, "`body` is missing")]
#[case("/rules", r#"{"id": "a", "body": "x"}"#, "`severity` is missing")]
#[case("/rules", r#"{"id": "a", "body": "x", "severity": "Low"}"#, "`Low` is not one of INFO")]
#[case("/rules", r#"{"body": "x", "severity": "LOW"}"#, "`id` is missing")]
#[case("/rules", r#"{"id": "a", "body": "x", "severity": "LOW", "threshold": 0}"#, "`threshold` is 0")]
#[case("/rules", r#"{"id": "a", "body": "x", "severity": "LOW", "tags": "t"}"#, "`tags`")]
#[case("/rules", r#"{"id": "a", "body": "x", "severity": "LOW", "tests": [{"name": "n", "expectedResult": true, "resource": "{"}]}"#, "`tests[0].resource` is no JSON")]
#[case(
    "/rules?run-tests-first=maybe",
    r#"{"id": "a", "body": "x", "severity": "LOW"}"#,
    "`maybe` is not true or false"
)]
#[case("/policies", r#"{"id": "a", "severity": "LOW"}"#, "`body` is missing")]
#[case("/simple-rules", r#"{"id": "a", "severity": "LOW", "detection": " "}"#, "`detection` is missing")]
#[case("/correlation-rules", r#"{"id": "a", "severity": "LOW"}"#, "`detection` is missing")]
#[case("/globals", r#"{"id": "a"}"#, "`body` is missing")]
#[case("/queries", r#"{"name": "a"}"#, "`sql` is missing")]
#[case("/queries", r#"{"sql": "a"}"#, "`name` is missing")]
#[case("/content/versions/x/rollback", r"{}", "`version`")]
#[case("/content/upload?dry-run=1", "", "`1` is not true or false")]
#[tokio::test]
async fn what_is_wrong_is_named(#[case] path: &str, #[case] body: &str, #[case] what: &str) {
    let api = Api::start(&[]).await;
    let message = api.refusal(400, "POST", path, body).await;
    assert!(message.contains(what), "{message}");
}

#[rstest]
#[case("/rules?limit=1001")]
#[case("/rules?cursor=x")]
#[case("/rules?state=on")]
#[case("/rules?severity=Low")]
#[case("/policies?compliance-status=OK")]
#[case("/content/changes?cursor=x")]
#[case("/content/changes?limit=51")]
#[tokio::test]
async fn parameters_of_lists_are_checked(#[case] path: &str) {
    let api = Api::start(&[]).await;
    api.refusal(400, "GET", path, "").await;
}

#[tokio::test]
async fn the_id_of_path_and_body_is_one() {
    let api = Api::start(&[]).await;
    let message = api.refusal(400, "PUT", "/rules/other", RULE).await;
    assert_eq!(message, "`id` is `ID`, and the path names `other`; make them the same");
    let long = "x".repeat(1001);
    assert!(
        api.refusal(400, "POST", "/globals", &json!({"id": long, "body": ""}).to_string())
            .await
            .contains("1000")
    );
    api.refusal(404, "GET", "/rules/nothing", "").await;
    api.refusal(404, "DELETE", "/rules/nothing", "").await;
    api.refusal(404, "GET", "/content/versions/nothing", "").await;
}
