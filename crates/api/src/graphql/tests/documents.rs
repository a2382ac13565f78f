//! Every document of the public client programs, unchanged.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};

use crate::tests::Api;

/// As many as the clients have.
const COUNT: usize = 49;

fn documents() -> BTreeMap<String, String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/graphql/documents");
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    files
        .map(|file| {
            let name = file.file_stem().unwrap().to_string_lossy().into_owned();
            (name, std::fs::read_to_string(file).unwrap())
        })
        .collect()
}

/// What the clients send along.
fn variables(name: &str) -> Value {
    let (_, document) = name.split_once('_').unwrap();
    let span = json!({"fromDate": "2026-02-20T00:00:00+02:00", "toDate": "2026-03-02T00:00:00.000Z", "intervalInMinutes": 1440});
    let schema = json!({"name": "Custom.Log", "spec": "version: 0", "description": null, "referenceURL": "", "revision": 0, "isFieldDiscoveryEnabled": false});
    match document {
        "list_schemas" | "list_schemas_query" => json!({"input": {"isManaged": true}}),
        "create_or_update_schema" | "create_or_update_schema_mutation" => json!({ "input": schema }),
        "async_bulk_upload" | "validate_bulk_upload" => {
            json!({"input": {"data": "UEsFBg==", "patVersion": "1.11.1"}})
        }
        "bulk_upload" => json!({"input": {"data": "UEsFBg=="}}),
        "async_bulk_upload_status" | "validate_bulk_upload_status" | "get_rule_body" | "replay" => {
            json!({"input": "00000000-0000-0000-0000-000000000000"})
        }
        "bulk_upload_detections_status" => json!({"input": "00000000-0000-0000-0000-000000000000"}),
        "bulk_upload_presigned_url" => json!({"input": {"pypantherVersion": "0.1.1a62"}}),
        "bulk_upload_detections" => json!({"input": {"sessionId": "x", "dryRun": true}}),
        "transpile_sdl" => {
            json!({"input": {"data": ["{\"Detection\": [{\"Key\": \"a\", \"Condition\": \"Exists\"}]}"]}})
        }
        "transpile_filters" => {
            json!({"input": {"data": ["[{\"KeyPath\": \"a\", \"Condition\": \"Equals\", \"Value\": 1}]"], "patVersion": "1.11.1"}})
        }
        "test_correlation_rule" => json!({"input": {"yaml": "AnalysisType: rule"}}),
        "generate_enriched_event" => json!({"input": {"event": {"a": 12345678901234567890_u64, "b": null}}}),
        "feature_flags" => {
            json!({"input": {"flags": [{"flag": "EnableCorrelationRules", "defaultTreatment": null}]}})
        }
        "metrics" => json!({ "input": span }),
        name if name.starts_with("metrics_") => json!({ "input": span }),
        "create_perf_test" => {
            json!({"input": {"detection": "UEsFBg==", "hour": "2026-03-01T10:00:00Z", "logType": "Okta.SystemLog"}})
        }
        "stop_replay" => json!({"input": {"id": "x"}}),
        "delete_detections" => {
            json!({"input": {"ids": ["nope"], "dryRun": true, "includeSavedQueries": true}})
        }
        "delete_saved_queries" => {
            json!({"input": {"names": ["nope"], "dryRun": true, "includeDetections": true}})
        }
        "get_sources_query" => json!({"input": {}}),
        "execute_data_lake_query" => {
            json!({"input": {"sql": "SELECT 1", "databaseName": "panther_logs.public"}})
        }
        "get_data_lake_query" => {
            json!({"id": "x", "root": false, "resultsInput": {"pageSize": 999, "cursor": null}})
        }
        "list_tables_query" => json!({"databaseName": "panther_logs.public", "pageSize": 100}),
        "get_columns_for_table_query" => {
            json!({"databaseName": "panther_logs.public", "tableName": "okta_systemlog"})
        }
        "get_schema_details_query" => json!({"name": "Okta.SystemLog"}),
        "list_data_lake_queries" => json!({"input": {"pageSize": 25}}),
        "cancel_data_lake_query" => json!({"input": {"id": "x"}}),
        "ai_summarize_alert_mutation" => {
            json!({"input": {"alertId": "x", "outputLength": "medium", "metadata": {"kind": "alert"}}})
        }
        "ai_inference_stream_query" => json!({"streamId": "x"}),
        "ai_inference_streams_metadata_query" => json!({"input": {"alias": "x"}}),
        "query_alerts" | "aquery_alerts" => {
            json!({"input": {"first": 50, "status": ["OPEN"], "severity": ["HIGH", "LOW"]}})
        }
        "query_detections" | "aquery_detections" => {
            json!({"input": {"first": 50, "enabled": true, "severity": ["HIGH"]}})
        }
        _ => Value::Null,
    }
}

#[tokio::test]
async fn every_document_is_good_and_answered() {
    let documents = documents();
    assert_eq!(documents.len(), COUNT);
    let api = Api::start_with(&[], std::sync::Arc::new(super::shelf::Shelf::default())).await;
    api.commit(&[], Vec::new()).await;
    let mut shown = String::new();
    for (name, document) in &documents {
        let (mut status, mut answer) = api.graphql(document, variables(name)).await;
        // The upload of an earlier document may still be going on.
        while answer["errors"][0]["message"].as_str().is_some_and(|told| told.contains("another upload")) {
            tokio::time::sleep(Duration::from_millis(10)).await;
            (status, answer) = api.graphql(document, variables(name)).await;
        }
        assert_eq!(status, 200, "{name}: {answer}");
        let errors = answer["errors"].as_array().map_or(&[][..], Vec::as_slice);
        for error in errors {
            assert_ne!(error["extensions"]["code"], "INTERNAL_SERVER_ERROR", "{name}: {error}");
        }
        let outcome = errors.first().map_or("answered", |error| error["message"].as_str().unwrap());
        shown.push_str(&format!("{name}: {outcome}\n"));
    }
    insta::assert_snapshot!(shown);
}
