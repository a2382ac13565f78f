//! Uploads as the client programs make them.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rstest::rstest;
use serde_json::{Value, json};
use tokio::time::{Duration, Instant, sleep};

use super::shelf::Shelf;
use crate::content_admin::ContentAdmin;
use crate::tests::{Api, TOKEN};

macro_rules! document {
    ($name:literal) => {
        include_str!(concat!("../../../testdata/graphql/documents/", $name, ".graphql"))
    };
}

const ASYNC: &str = document!("pat_async_bulk_upload");
const ASYNC_STATUS: &str = document!("pat_async_bulk_upload_status");
const SYNC: &str = document!("pat_bulk_upload");
const VALIDATE: &str = document!("pat_validate_bulk_upload");
const VALIDATE_STATUS: &str = document!("pat_validate_bulk_upload_status");
const DELETE: &str = document!("pat_delete_detections");
const DELETE_QUERIES: &str = document!("pat_delete_saved_queries");
const BODY: &str = document!("pat_get_rule_body");
const ADDRESS: &str = document!("pypanther_bulk_upload_presigned_url");
const TAKE_OVER: &str = document!("pypanther_bulk_upload_detections");
const TAKE_OVER_STATUS: &str = document!("pypanther_bulk_upload_detections_status");

/// An API whose content is in memory.
async fn on_shelf() -> Api {
    Api::start_with(&[], Arc::new(Shelf::default())).await
}

fn pack(told: &Value) -> String {
    STANDARD.encode(told.to_string())
}

fn items(items: &Value) -> Value {
    json!({"input": {"data": pack(&json!({ "items": items }))}})
}

/// Asks until the status is none of these.
async fn wait(api: &Api, document: &str, input: &Value, pointer: &str, going_on: &str) -> Value {
    let end = Instant::now() + Duration::from_secs(10);
    loop {
        let data = api.data(document, json!({ "input": input })).await;
        if data.pointer(pointer).unwrap() != going_on {
            return data;
        }
        assert!(Instant::now() < end, "{data}");
        sleep(Duration::from_millis(2)).await;
    }
}

async fn uploaded(api: &Api, variables: Value) -> Value {
    let data = api.data(ASYNC, variables).await;
    let receipt = &data["uploadDetectionEntitiesAsync"]["receiptId"];
    assert!(!receipt.as_str().unwrap().is_empty());
    let data =
        wait(api, ASYNC_STATUS, receipt, "/detectionEntitiesUploadStatus/status", "NOT_PROCESSED").await;
    data["detectionEntitiesUploadStatus"].clone()
}

fn counts(new: u32, modified: u32, total: u32) -> Value {
    json!({ "modified": modified, "new": new, "total": total })
}

#[tokio::test]
async fn an_upload_is_told_by_its_receipt() {
    let api = on_shelf().await;
    let content = json!({"A": ["rule", "1"], "B": ["scheduled_rule", "1"], "C": ["policy", "1"], "Q": ["saved_query", "1"]});
    let status = uploaded(&api, items(&content)).await;
    assert_eq!(status["status"], "COMPLETED", "{status}");
    assert_eq!(status["error"], Value::Null);
    let result = &status["result"];
    assert_eq!(result["rules"], counts(2, 0, 2));
    assert_eq!(result["policies"], counts(1, 0, 1));
    assert_eq!(result["queries"], counts(1, 0, 1));
    for kind in ["dataModels", "globalHelpers", "lookupTables", "correlationRules", "scheduledPrompts"] {
        assert_eq!(result[kind], counts(0, 0, 0), "clients read every kind");
    }
    let changed = json!({"A": ["rule", "2"], "B": ["scheduled_rule", "1"]});
    assert_eq!(uploaded(&api, items(&changed)).await["result"]["rules"], counts(0, 1, 2));
    let data = api.data(SYNC, items(&changed)).await;
    assert_eq!(data["uploadDetectionEntities"]["rules"], counts(0, 0, 2));
    let body = api.data(BODY, json!({"input": "A"})).await;
    let test = json!({"expectedResult": true, "name": "one", "resource": "{\"a\":1}", "mocks": [{"objectName": "f", "returnValue": "x"}]});
    assert_eq!(body["rulePythonBody"], json!({"pythonBody": "2", "tests": [test]}));
    let error = api.error(BODY, json!({"input": "Q"})).await;
    assert_eq!(error["message"], "rule Q not found");
}

#[tokio::test]
async fn what_is_wrong_is_told_file_by_file() {
    let api = on_shelf().await;
    let broken = json!({"input": {"data": pack(&json!({"issue": ["rules/x.yml", "line 3: no severity"]}))}});
    let status = uploaded(&api, broken.clone()).await;
    assert_eq!(status["status"], "FAILED");
    let error: Value = serde_json::from_str(status["error"].as_str().unwrap()).unwrap();
    assert_eq!(
        error,
        json!({"error": "1 file is wrong", "issues": [{"path": "rules/x.yml", "errorMessage": "line 3: no severity"}]})
    );
    assert!(api.error(SYNC, broken.clone()).await["message"].as_str().unwrap().contains("rules/x.yml"));

    let receipt = api.data(VALIDATE, broken).await["validateBulkUpload"]["receiptId"].clone();
    let data =
        wait(&api, VALIDATE_STATUS, &receipt, "/validateBulkUploadStatus/status", "NOT_PROCESSED").await;
    let status = &data["validateBulkUploadStatus"];
    assert_eq!(
        status["result"]["issues"],
        json!([{"path": "rules/x.yml", "errorMessage": "line 3: no severity"}])
    );
    assert_eq!(status["error"], "1 file is wrong");
}

#[tokio::test]
async fn a_validation_changes_nothing() {
    let api = on_shelf().await;
    let receipt =
        api.data(VALIDATE, items(&json!({"A": ["rule", "1"]}))).await["validateBulkUpload"]["receiptId"]
            .clone();
    let data =
        wait(&api, VALIDATE_STATUS, &receipt, "/validateBulkUploadStatus/status", "NOT_PROCESSED").await;
    let expected = json!({"status": "COMPLETED", "error": null, "result": {"issues": []}});
    assert_eq!(data["validateBulkUploadStatus"], expected);
    assert_eq!(api.error(BODY, json!({"input": "A"})).await["message"], "rule A not found");
}

#[tokio::test]
async fn one_upload_at_a_time() {
    let shelf = Arc::new(Shelf::default());
    let api = Api::start_with(&[], Arc::clone(&shelf) as Arc<dyn ContentAdmin>).await;
    let permits = shelf.gate.available_permits();
    shelf.gate.forget_permits(permits);
    let first = api.data(ASYNC, items(&json!({"A": ["rule", "1"]}))).await;
    let receipt = &first["uploadDetectionEntitiesAsync"]["receiptId"];
    for document in [ASYNC, SYNC] {
        let error = api.error(document, items(&json!({"B": ["rule", "1"]}))).await;
        assert!(error["message"].as_str().unwrap().contains("another upload"), "{error}");
    }
    let waiting = api.data(VALIDATE, items(&json!({}))).await["validateBulkUpload"]["receiptId"].clone();
    let data = api.data(ASYNC_STATUS, json!({ "input": receipt })).await;
    assert_eq!(data["detectionEntitiesUploadStatus"]["status"], "NOT_PROCESSED");
    assert_eq!(data["detectionEntitiesUploadStatus"]["result"], Value::Null);
    shelf.gate.add_permits(permits);
    wait(&api, ASYNC_STATUS, receipt, "/detectionEntitiesUploadStatus/status", "NOT_PROCESSED").await;
    let data =
        wait(&api, VALIDATE_STATUS, &waiting, "/validateBulkUploadStatus/status", "NOT_PROCESSED").await;
    assert_eq!(data["validateBulkUploadStatus"]["status"], "COMPLETED", "it had its turn");
    uploaded(&api, items(&json!({"B": ["rule", "1"]}))).await;
}

#[rstest]
#[case(json!({"input": {"data": "no base64!"}}), "no base64 text")]
#[case(json!({"input": {"data": STANDARD.encode("no zip")}}), "this is no zip")]
#[tokio::test]
async fn what_is_no_zip_is_refused(#[case] variables: Value, #[case] expected: &str) {
    let api = on_shelf().await;
    let error = api.error(SYNC, variables).await;
    assert!(error["message"].as_str().unwrap().contains(expected), "{error}");
    assert_eq!(error["extensions"]["code"], "BAD_USER_INPUT");
}

#[rstest]
#[case(ASYNC_STATUS, "detectionEntitiesUploadStatus")]
#[case(VALIDATE_STATUS, "validateBulkUploadStatus")]
#[tokio::test]
async fn an_unknown_receipt_is_a_failure(#[case] document: &str, #[case] field: &str) {
    let api = on_shelf().await;
    for receipt in ["00000000-0000-0000-0000-000000000000", "what"] {
        let data = api.data(document, json!({ "input": receipt })).await;
        assert_eq!(data[field]["status"], "FAILED");
        assert!(data[field]["error"].as_str().unwrap().contains("restarted"), "{data}");
    }
}

#[tokio::test]
async fn deletions_are_shown_first() {
    let api = on_shelf().await;
    uploaded(&api, items(&json!({"A": ["rule", "1"], "G": ["global", "1"], "Q": ["saved_query", "1"]})))
        .await;
    for dry_run in [true, false] {
        let input = json!({"ids": ["A", "G", "Q", "nope"], "dryRun": dry_run, "includeSavedQueries": true});
        let data = api.data(DELETE, json!({ "input": input })).await;
        assert_eq!(data["deleteDetections"], json!({"ids": ["A", "G"], "savedQueryNames": []}), "{dry_run}");
        let input = json!({"names": ["A", "Q"], "dryRun": dry_run, "includeDetections": true});
        let data = api.data(DELETE_QUERIES, json!({ "input": input })).await;
        assert_eq!(
            data["deleteSavedQueriesByName"],
            json!({"names": ["Q"], "detectionIDs": []}),
            "{dry_run}"
        );
    }
    let data = api.data(DELETE, json!({"input": {"ids": ["A"], "dryRun": true}})).await;
    assert_eq!(data["deleteDetections"]["ids"], json!([]), "it is gone");
    let many: Vec<String> = (0..1_001).map(|number| number.to_string()).collect();
    let error = api.error(DELETE, json!({"input": {"ids": many}})).await;
    assert!(error["message"].as_str().unwrap().contains("at most 1000"), "{error}");
}

/// Opens an address, and answers with its path and the session.
async fn address(api: &Api) -> (String, Value) {
    let data = api.data(ADDRESS, json!({"input": {"pypantherVersion": "0.1.1a62"}})).await;
    let opened = &data["bulkUploadPresignedUrl"];
    let url: url::Url = opened["detectionsURL"].as_str().unwrap().parse().unwrap();
    (url.path().to_owned(), opened["sessionId"].clone())
}

#[tokio::test]
async fn a_project_replaces_the_one_before() {
    let api = on_shelf().await;
    for (project, expected) in [
        (
            json!({"A": ["rule", "1"], "B": ["rule", "1"]}),
            json!({"newRuleIds": ["A", "B"], "modifiedRuleIds": [], "deletedRuleIds": [], "totalRuleIds": ["A", "B"]}),
        ),
        (
            json!({"A": ["rule", "2"]}),
            json!({"newRuleIds": [], "modifiedRuleIds": ["A"], "deletedRuleIds": ["B"], "totalRuleIds": ["A"]}),
        ),
    ] {
        let (path, session) = address(&api).await;
        let (status, _) = api.put_plain(&path, pack(&json!({ "items": project }))).await;
        assert_eq!(status, 200);
        for dry_run in [true, false] {
            let data = api.data(TAKE_OVER, json!({"input": {"sessionId": session, "dryRun": dry_run}})).await;
            let job = &data["bulkUploadDetections"]["id"];
            let data =
                wait(&api, TAKE_OVER_STATUS, job, "/bulkUploadDetectionsStatus/status", "Running").await;
            let status = &data["bulkUploadDetectionsStatus"];
            assert_eq!(status["status"], "Succeeded", "{status}");
            for (key, ids) in expected.as_object().unwrap() {
                assert_eq!(&status["results"][key], ids, "{key} {dry_run}");
            }
        }
        let (status, _) = api.put_plain(&path, "UEsFBg==".to_owned()).await;
        assert_eq!(status, 404, "the address is closed after the change");
    }
}

/// The client reads the message of every error as JSON, or ends with a trace.
#[tokio::test]
async fn failures_of_projects_are_json_texts() {
    let api = on_shelf().await;
    let told = |message: &Value| {
        serde_json::from_str::<Value>(message.as_str().unwrap()).unwrap()["errorMessage"].clone()
    };
    let (path, session) = address(&api).await;
    let take_over = json!({"input": {"sessionId": session, "dryRun": true}});
    let error = api.error(TAKE_OVER, take_over.clone()).await;
    assert_eq!(told(&error["message"]), "nothing was put to the address yet");
    api.put_plain(&path, "no base64!".to_owned()).await;
    let error = api.error(TAKE_OVER, take_over.clone()).await;
    assert!(told(&error["message"]).as_str().unwrap().contains("no base64 text"));
    api.put_plain(&path, pack(&json!({"issue": ["main.py", "it does not import"]}))).await;
    let job = api.data(TAKE_OVER, take_over).await["bulkUploadDetections"]["id"].clone();
    let data = wait(&api, TAKE_OVER_STATUS, &job, "/bulkUploadDetectionsStatus/status", "Running").await;
    assert_eq!(data["bulkUploadDetectionsStatus"]["status"], "Failed");
    let message = told(&data["bulkUploadDetectionsStatus"]["message"]);
    assert_eq!(message, "main.py: it does not import");
    let data = api.data(TAKE_OVER_STATUS, json!({"input": "nope"})).await;
    assert!(told(&data["bulkUploadDetectionsStatus"]["message"]).as_str().unwrap().contains("restarted"));
    let error = api.error(TAKE_OVER, json!({"input": {"sessionId": "nope", "dryRun": true}})).await;
    assert_eq!(told(&error["message"]), "upload nope not found");
    let reader = api.token_of("AnalystReadOnly").await;
    let body = json!({ "query": ADDRESS, "variables": {"input": {}} }).to_string();
    let (_, text) = api.post_graphql("/public/graphql", &reader, body).await;
    assert!(text.contains("\"message\":\"access denied\""), "{text}");
}

#[tokio::test]
async fn an_address_is_its_own_credential() {
    let api = on_shelf().await;
    let (path, session) = address(&api).await;
    let guessed = format!("/public/uploads/{0}/{0}", session.as_str().unwrap());
    let (status, text) = api.put_plain(&guessed, String::new()).await;
    assert_eq!(status, 404);
    assert!(text.contains("\"message\""), "{text}");
    let large = "x".repeat(super::super::projects::PROJECT_BODY_BYTES_MAX + 1);
    assert_eq!(api.put_plain(&path, large).await.0, 413);
    assert_eq!(api.put_plain(&path, "x".repeat(2 << 20)).await.0, 200, "more than other routes take");
    let (status, _) =
        api.post_graphql("/public/graphql", TOKEN, json!({ "query": "{ __typename }" }).to_string()).await;
    assert_eq!(status, 200);
}

#[tokio::test]
async fn what_came_of_an_upload_is_in_the_audit_log_before_its_receipt_says_so() {
    let api = on_shelf().await;
    let content = json!({"A": ["rule", "1"], "B": ["rule", "1"], "C": ["policy", "1"]});
    uploaded(&api, items(&content)).await;
    let entries = api.audit("UPLOAD_DETECTION_ENTITIES").await;
    assert_eq!(entries.len(), 2, "the call, and what came of it");
    let (ended, asked) = (&entries[0], &entries[1]);
    assert_eq!(asked["actionDetails"]["field"], "uploadDetectionEntitiesAsync");
    let receipt = &asked["actionDetails"]["after"]["receiptId"];
    assert!(receipt.is_string());
    assert_eq!(&ended["actionParams"]["dynamic"]["input"]["receiptId"], receipt);
    assert_eq!(ended["actor"], asked["actor"]);
    assert_eq!((&ended["actionResult"], &ended["sourceIP"]), (&json!("SUCCEEDED"), &asked["sourceIP"]));
    assert_eq!(ended["actionDescription"], "An upload of detection content came to its end");
    let none = json!([]);
    let rules = json!({
        "total": 2, "added": 2, "addedIds": ["A", "B"], "modified": 0, "modifiedIds": none, "deleted": 0, "deletedIds": none,
    });
    assert_eq!(ended["actionDetails"]["after"]["rule"], rules);

    let broken = json!({"input": {"data": pack(&json!({"issue": ["rules/x.yml", "line 3: no severity"]}))}});
    uploaded(&api, broken.clone()).await;
    let failed = &api.audit("UPLOAD_DETECTION_ENTITIES").await[0];
    assert_eq!(failed["actionResult"], "FAILED");
    assert!(failed["errors"][0]["message"].as_str().unwrap().contains("line 3: no severity"), "{failed}");
    assert_eq!(failed["actionDetails"].get("after"), None);
    let receipt = api.data(VALIDATE, broken).await["validateBulkUpload"]["receiptId"].clone();
    wait(&api, VALIDATE_STATUS, &receipt, "/validateBulkUploadStatus/status", "NOT_PROCESSED").await;
    assert_eq!(api.audit("VALIDATE_DETECTION_ENTITIES").await[0]["actionResult"], "FAILED");

    let changed = json!({"A": ["rule", "2"]});
    api.data(SYNC, items(&changed)).await;
    let at_once = &api.audit("UPLOAD_DETECTION_ENTITIES").await[0]["actionDetails"];
    assert_eq!(at_once["after"]["rule"]["modifiedIds"], json!(["A"]));

    let gone = json!({"input": {"dryRun": false, "includeSavedQueries": false, "ids": ["A", "X", "C"]}});
    api.data(DELETE, gone).await;
    let deleted = &api.audit("DELETE_DETECTION").await[0];
    assert_eq!(deleted["actionResult"], "PARTIALLY_FAILED");
    assert_eq!(deleted["errors"], json!([{"message": "there is no `X`"}]));
    let before = &deleted["actionDetails"]["before"];
    assert_eq!((&before["count"], &before["items"][1]["id"]), (&json!(2), &json!("C")));
    assert_eq!(before["items"][1]["kind"], "policy");
    assert_eq!(deleted["actionDetails"]["after"]["ids"], json!(["A", "C"]));
}

#[tokio::test]
async fn names_in_the_audit_log_are_bounded_and_counts_are_whole() {
    let api = on_shelf().await;
    let many: serde_json::Map<String, Value> =
        (0..2_000).map(|number| (format!("Rule.{number:04}"), json!(["rule", "1"]))).collect();
    api.data(SYNC, items(&many.into())).await;
    let after = &api.audit("UPLOAD_DETECTION_ENTITIES").await[0]["actionDetails"]["after"]["rule"];
    assert_eq!((&after["total"], &after["added"]), (&json!(2_000), &json!(2_000)));
    assert_eq!(after["addedIds"].as_array().unwrap().len(), 300);
}
