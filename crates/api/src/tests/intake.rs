//! What the console asks about sources and schemas: who sees how much came in, and samples tried.

use std::fmt::Write as _;

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use jiff::{SignedDuration, Timestamp};
use model::LogType;
use serde_json::{Value, json};
use store::{Arrivals, LedgerRequest, Volume, VolumeAdd, quarter_of};
use tower::ServiceExt as _;

use crate::tests::{Api, TOKEN};

const DOOR: &str = "schema: Custom.Door\nfields:\n  - { name: door, type: string, required: true, indicators: [hostname] }\n  - { name: floor, type: int }\n";

/// What came in so many hours ago: of a log type, or as bodies.
async fn arrived(api: &Api, position: u64, hours_ago: i64, log_type: Option<&str>, count: u64) {
    let at: Timestamp = api.now.saturating_sub(SignedDuration::from_hours(hours_ago)).unwrap();
    let volume = VolumeAdd {
        started_at: quarter_of(at),
        source_id: "okta".into(),
        log_type: log_type.map(LogType::from),
        volume: Volume { bytes: 100 * count, events: count, failures: count / 2, ..Volume::default() },
    };
    let arrivals = Arrivals { volumes: vec![volume], ..Arrivals::default() };
    let request =
        LedgerRequest { position: Some(position), arrivals, at: api.now, ..LedgerRequest::default() };
    api.store.commit(request, |_| model::LedgerChanges::default()).await.unwrap();
}

async fn sources(api: &Api) -> Value {
    api.json(200, "GET", "/internal/log-sources", "").await["results"].clone()
}

#[tokio::test]
async fn what_came_in_is_counted_by_the_hour_and_by_the_week() {
    let api = Api::start(&[]).await;
    let volume = |sources: &Value| sources[0]["volume"].clone();
    let none = volume(&sources(&api).await);
    assert_eq!(none["day"], json!({"events": 0, "bytes": 0, "failures": 0}));
    assert_eq!(none["hourlyEvents"].as_array().unwrap().len(), 24);

    let okta = Some("Okta.SystemLog");
    for (position, (hours_ago, log_type, count)) in (1..).zip([
        (0, okta, 3),
        (23, okta, 5),
        (24, okta, 7),
        (167, okta, 11),
        (168, okta, 900),
        (1, None, 20),
        (30, None, 8),
    ]) {
        arrived(&api, position, hours_ago, log_type, count).await;
    }
    let found = volume(&sources(&api).await);
    assert_eq!(found["day"], json!({"events": 8, "bytes": 2000, "failures": 10}));
    assert_eq!(found["week"], json!({"events": 26, "bytes": 2800, "failures": 14}));
    let hourly: Vec<u64> =
        found["hourlyEvents"].as_array().unwrap().iter().map(|count| count.as_u64().unwrap()).collect();
    assert_eq!((hourly[0], hourly[23], hourly.iter().sum::<u64>()), (5, 3, 8));

    let series = api.json(200, "GET", "/internal/log-sources/okta/volume", "").await;
    assert_eq!(series["intervalMinutes"], 60);
    assert_eq!(series["results"].as_array().unwrap().len(), 24);
    assert_eq!(
        series["results"][22],
        json!({"at": "2026-03-01T10:00:00Z", "events": 0, "bytes": 2000, "failures": 10})
    );
    assert_eq!(series["results"][23]["events"], 3);
    assert_eq!(series["logTypes"], json!([{"logType": "Okta.SystemLog", "events": 8}]));
    let week = api.json(200, "GET", "/internal/log-sources/okta/volume?hours=168", "").await;
    assert_eq!((&week["intervalMinutes"], week["results"].as_array().unwrap().len()), (&json!(360), 28));
    assert_eq!(week["logTypes"][0]["events"], 26);
    for hours in ["0", "721", "many"] {
        let path = format!("/internal/log-sources/okta/volume?hours={hours}");
        assert!(api.refusal(400, "GET", &path, "").await.contains("`hours`"));
    }
    api.refusal(404, "GET", "/internal/log-sources/no-such/volume", "").await;
}

#[tokio::test]
async fn whoever_may_not_see_a_log_type_does_not_see_how_much_of_it_came_in() {
    let api = Api::start(&[]).await;
    arrived(&api, 1, 0, Some("Okta.SystemLog"), 3).await;
    let form = r#"{"name": "Cloud", "permissions": ["LogSourceRead"], "logTypeAccessKind": "ALLOW",
        "logTypeAccess": ["AWS.CloudTrail"]}"#;
    api.json(200, "POST", "/roles", form).await;
    let token = api.token_of("Cloud").await;
    let sources = api.json_as(&token, 200, "GET", "/internal/log-sources", "").await;
    assert_eq!(sources["results"][0]["label"], "Okta of the tests");
    assert_eq!(sources["results"][0]["volume"], Value::Null);
    api.json_as(&token, 404, "GET", "/internal/log-sources/okta/volume", "").await;
}

#[tokio::test]
async fn what_a_record_holds_is_shown_to_whoever_may_see_raw_data() {
    let api = Api::start(&[]).await;
    api.commit(&[], vec![super::failure("okta", 7, api.now)]).await;
    let path = "/log-sources/okta/failures";
    assert_eq!(api.json(200, "GET", path, "").await["results"][0]["payload"], "7");
    let token = api.token_of("AnalystReadOnly").await;
    let page = api.json_as(&token, 200, "GET", path, "").await;
    assert_eq!(
        (&page["results"][0]["payload"], &page["results"][0]["reason"]),
        (&Value::Null, &json!("no JSON"))
    );
}

#[tokio::test]
async fn schemas_of_every_origin_are_listed_with_who_tries_them() {
    let api = Api::start(&[]).await;
    let all = api.json(200, "GET", "/internal/schemas", "").await;
    let okta = all["results"].as_array().unwrap().iter().find(|it| it["name"] == "Okta.SystemLog").unwrap();
    assert_eq!((&okta["origin"], &okta["sourceCount"]), (&json!("built-in"), &json!(1)));
    assert!(okta["fieldCount"].as_u64().unwrap() > 5, "{okta}");
    let one = api.json(200, "GET", "/internal/schemas/Okta.SystemLog", "").await;
    assert!(one["spec"].as_str().unwrap().contains("schema: Okta.SystemLog"));
    assert_eq!(one["sources"], json!([{"id": "okta", "label": "Okta of the tests"}]));
    api.refusal(404, "GET", "/internal/schemas/Custom.None", "").await;
}

async fn tried(api: &Api, form: &Value) -> Value {
    api.json(200, "POST", "/internal/schemas/try", &form.to_string()).await
}

#[tokio::test]
async fn a_sample_becomes_events_or_reasons() {
    let api = Api::start(&[]).await;
    let sample = "{\"door\": \"north\", \"floor\": \"2\"}\n{\"floor\": 1}\n\nno JSON\n{\"door\": \"<b>\", \"floor\": 9007199254740993}";
    let found = tried(&api, &json!({"schema": DOOR, "sample": sample, "streamType": "lines"})).await;
    assert_eq!(found["summary"], json!({"records": 4, "tried": 4, "events": 1, "failures": 3}));
    assert_eq!(found["findings"], json!([]));
    let first = &found["results"][0];
    assert_eq!((&first["record"], &first["logType"]), (&json!(1), &json!("Custom.Door")));
    let event = &first["events"][0];
    assert_eq!((&event["floor"], &event["p_log_type"]), (&json!(2), &json!("Custom.Door")));
    assert_eq!(event["p_any_domain_names"], json!(["north"]));
    assert_eq!(event["p_parse_time"], "2026-03-01 11:00:00.000");
    let failure = &found["results"][1]["failures"][0];
    assert_eq!((&failure["field"], &failure["logType"]), (&json!("door"), &json!("Custom.Door")));
    assert_eq!(failure["reason"], "required field \"door\" is missing");
    assert_eq!(
        (&found["results"][2]["raw"], &found["results"][2]["failures"][0]["field"]),
        (&json!("no JSON"), &Value::Null)
    );
    assert_eq!(found["results"][3]["failures"][0]["field"], "floor", "it is beyond 32 bits");

    // The draft of a schema is tried in its place among those of a source.
    let form = json!({"schema": DOOR, "logTypes": ["Okta.SystemLog", "custom.door", "Custom.Gone"], "sample": "{\"floor\": 1}"});
    let found = tried(&api, &form).await;
    let failures = found["results"][0]["failures"].as_array().unwrap();
    let names: Vec<&Value> = failures.iter().map(|failure| &failure["logType"]).collect();
    assert_eq!(names, [&json!("Okta.SystemLog"), &json!("Custom.Door")]);
    assert!(found["findings"][0]["message"].as_str().unwrap().contains("`Custom.Gone`"), "{found}");
}

#[tokio::test]
async fn a_text_that_is_no_schema_is_found_fault_with_at_its_place() {
    let api = Api::start(&[]).await;
    for (text, line, path, word) in [
        (
            "schema: Custom.Door\nfields:\n  - name: door\n    type: strang\n",
            4,
            json!("fields.door.type"),
            "strang",
        ),
        ("schema: Custom.Door\nfields: [\n", 3, Value::Null, "YAML"),
        ("schema: Door\nfields: []\n", 1, json!("schema"), "Custom."),
    ] {
        let found = tried(&api, &json!({"schema": text, "sample": "{}"})).await;
        let finding = &found["findings"][0];
        assert_eq!((&finding["level"], &finding["line"]), (&json!("error"), &json!(line)), "{found}");
        assert!(finding["message"].as_str().unwrap().contains(word), "{found}");
        assert!(path.is_null() || finding["path"].as_str().is_some(), "{found}");
        assert_eq!(found["results"], json!([]));
    }
}

#[tokio::test]
async fn a_trial_is_bounded() {
    let api = Api::start(&[]).await;
    let mut lines = String::new();
    for number in 0..300 {
        writeln!(lines, "{{\"door\": \"{number}\"}}").unwrap();
    }
    let found = tried(&api, &json!({"schema": DOOR, "sample": lines})).await;
    assert_eq!(found["summary"], json!({"records": 300, "tried": 200, "events": 200, "failures": 0}));
    for (form, status, word) in [
        (json!({"schema": DOOR, "sample": "x".repeat((256 << 10) + 1)}), 413, "256 KiB"),
        (json!({"schema": DOOR, "sample": "a\0b"}), 400, "NUL"),
        (json!({"sample": "{}"}), 400, "`logTypes`"),
        (json!({"sample": "{}", "logType": "Custom.Gone"}), 400, "Custom.Gone"),
        (json!({"sample": "{}", "logTypes": vec!["A"; 101]}), 400, "100"),
        (json!({"sample": "{}", "logType": "Okta.SystemLog", "streamType": "xml"}), 400, "`streamType`"),
    ] {
        let message = api.refusal(status, "POST", "/internal/schemas/try", &form.to_string()).await;
        assert!(message.contains(word), "{message}");
    }
    // Not even the audit log has the sample.
    let entry = api.reads().await.pop().unwrap();
    assert_eq!(entry["actionName"], "TRY_SCHEMA");
    assert!(!entry.to_string().contains("door"), "{entry}");
}

#[tokio::test]
async fn a_source_that_was_changed_since_it_was_read_is_not_changed() {
    let api = Api::start(&[]).await;
    let path = "/log-sources/http/okta";
    let form = r#"{"integrationLabel": "Mine", "logStreamType": "Auto", "logTypes": ["Okta.SystemLog"], "authMethod": "None"}"#;
    let ask = async |method: &str, if_match: Option<&str>| {
        let mut request = Request::builder().method(method).uri(path).header("x-api-key", TOKEN);
        if let Some(tag) = if_match {
            request = request.header(header::IF_MATCH, tag);
        }
        api.router.clone().oneshot(request.body(Body::from(form)).unwrap()).await.unwrap()
    };
    let read = ask("GET", None).await;
    let tag = read.headers()[header::ETAG].to_str().unwrap().to_owned();
    assert_eq!(ask("PUT", Some("\"other\"")).await.status(), StatusCode::PRECONDITION_FAILED);
    // From here on it is the affair of the sources, which refuse everything in these tests.
    assert_eq!(ask("PUT", Some(&tag)).await.status(), StatusCode::CONFLICT);
    assert_eq!(ask("PUT", None).await.status(), StatusCode::CONFLICT);
}
