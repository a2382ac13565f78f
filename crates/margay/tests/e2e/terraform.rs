//! The requests of the public Terraform provider for HTTP sources, as it sends them, one after the other.
//!
//! Its fields are in the order of its structures and empty ones are left out; it reads back what it wrote
//! after each change, and a plan settles only when nothing differs. Source: `api.md` §3.13 and §4.3, and the
//! provider's public code.

use serde_json::{Value, json};

use crate::harness::{Site, TOKEN, text};

/// What the provider decodes of an answer; everything else it ignores.
const FIELDS: [&str; 12] = [
    "integrationLabel",
    "logStreamType",
    "logTypes",
    "logStreamTypeOptions",
    "authHmacAlg",
    "authHeaderKey",
    "authPassword",
    "authSecretValue",
    "authMethod",
    "authUsername",
    "authBearerToken",
    "integrationId",
];

const SHARED: &str = r#"{"integrationLabel":"a0b1","logStreamType":"Auto","logTypes":["AWS.CloudFrontAccess"],"authHeaderKey":"x-api-key","authSecretValue":"test-secret-value","authMethod":"SharedSecret"}"#;
const BASIC: &str = r#"{"integrationLabel":"c2d3","logStreamType":"JSON","logTypes":["Zscaler.ZIA.WebLog"],"logStreamTypeOptions":{"jsonArrayEnvelopeField":"records","xmlRootElement":"root"},"authPassword":"bar","authMethod":"Basic","authUsername":"foo"}"#;
const HMAC: &str = r#"{"integrationLabel":"c2d3","logStreamType":"JsonArray","logTypes":["B.Second","A.First"],"logStreamTypeOptions":{},"authHmacAlg":"SHA256","authHeaderKey":"X-Hub-Signature-256","authSecretValue":"s","authMethod":"HMAC"}"#;
const BEARER: &str = r#"{"integrationLabel":"c2d3","logStreamType":"Lines","logTypes":["A.First"],"authMethod":"Bearer","authBearerToken":"t"}"#;
const OPEN: &str =
    r#"{"integrationLabel":"c2d3","logStreamType":"Lines","logTypes":["A.First"],"authMethod":"None"}"#;
/// No secret: what the provider sends of a source that was imported.
const IMPORTED: &str = r#"{"integrationLabel":"c2d3","logStreamType":"Lines","logTypes":["A.First","B.Second"],"authHeaderKey":"x-api-key","authMethod":"SharedSecret"}"#;
const TAKEN: &str = r#"{"integrationLabel":"of the file","logStreamType":"Lines","logTypes":["A.First"],"authMethod":"None"}"#;

/// Method, path below `/log-sources/http` (`{id}` is the source that was made first), body, status.
const REQUESTS: &[(&str, &str, &str, u16)] = &[
    ("POST", "", SHARED, 201),
    ("GET", "/{id}", "", 200),
    ("POST", "", SHARED, 409),
    ("POST", "", TAKEN, 409),
    ("PUT", "/{id}", BASIC, 200),
    ("GET", "/{id}", "", 200),
    ("PUT", "/{id}", HMAC, 200),
    ("GET", "/{id}", "", 200),
    ("PUT", "/{id}", BEARER, 200),
    ("GET", "/{id}", "", 200),
    ("PUT", "/{id}", IMPORTED, 400),
    ("GET", "/{id}", "", 200),
    ("PUT", "/{id}", OPEN, 200),
    ("GET", "/{id}", "", 200),
    ("PUT", "/{id}", SHARED, 200),
    ("PUT", "/{id}", IMPORTED, 200),
    ("GET", "/{id}", "", 200),
    ("PUT", "/{id}", TAKEN, 409),
    ("GET", "/{id}", "", 200),
    ("PUT", "/00000000-0000-0000-0000-000000000000", OPEN, 404),
    ("GET", "/00000000-0000-0000-0000-000000000000", "", 404),
    ("DELETE", "/{id}", "", 204),
    ("GET", "/{id}", "", 404),
    ("PUT", "/{id}", OPEN, 404),
    ("DELETE", "/{id}", "", 404),
    ("POST", "", SHARED, 201),
];

/// What must be read back of what was written: everything, secrets as empty texts, what was left out as empty.
fn read_back(written: &str, id: &str) -> Value {
    let written: Value = serde_json::from_str(written).unwrap();
    let mut expected = json!({"integrationId": id, "logStreamTypeOptions": null});
    for field in FIELDS.iter().filter(|field| **field != "integrationId") {
        let is_secret = ["authPassword", "authSecretValue", "authBearerToken"].contains(field);
        match (is_secret, written.get(field)) {
            (false, Some(value)) => expected[*field] = value.clone(),
            _ if *field == "logStreamTypeOptions" => {}
            _ => expected[*field] = json!(""),
        }
    }
    if let Some(options) = expected["logStreamTypeOptions"].as_object_mut() {
        for key in ["jsonArrayEnvelopeField", "xmlRootElement"] {
            options.entry(key).or_insert_with(|| json!(""));
        }
    }
    expected
}

#[test]
fn the_provider_reads_back_what_it_wrote() {
    let site = Site::new(
        "sources:\n  - { id: file, label: of the file, type: http, log_types: [Okta.SystemLog] }\n",
    );
    let server = site.start();
    let headers = [
        ("X-API-Key", TOKEN),
        ("User-Agent", "Terraform/1.9.0 terraform-provider-panther/0.3.0"),
        ("Content-Type", "application/json"),
    ];
    let mut id = String::new();
    let mut last = "";
    for (step, (method, path, body, status)) in REQUESTS.iter().enumerate() {
        let path = format!("/log-sources/http{}", path.replace("{id}", &id));
        let bytes = (!body.is_empty()).then_some(body.as_bytes());
        let headers = if bytes.is_some() { &headers[..] } else { &headers[..2] };
        let answer = server.request(method, &path, headers, bytes);
        assert_eq!(answer.status, *status, "{step}: {method} {path} {body}: {}", answer.body);
        if *status >= 400 {
            assert!(!text(&answer.json()["message"]).is_empty(), "the provider shows the message");
            continue;
        }
        if *method == "DELETE" {
            assert_eq!(answer.body, "");
            continue;
        }
        if !body.is_empty() {
            last = body;
        }
        let read = answer.json();
        if *status == 201 {
            assert_ne!(read["integrationId"], json!(id), "an id is never given twice");
            id = text(&read["integrationId"]);
        }
        let expected = read_back(last, &id);
        for field in FIELDS {
            assert_eq!(read[field], expected[field], "{step}: {method} {path} {body}: `{field}`");
        }
    }
    let unknown = server.request("GET", "/log-sources/http/x", &[("X-API-Key", "wrong")], None);
    assert_eq!(unknown.status, 401, "the provider has a text of its own for it");
}

#[test]
fn kinds_that_are_not_available_say_so_where_the_provider_shows_it() {
    let site = Site::new("");
    let server = site.start();
    for kind in ["s3", "gcs", "pubsub"] {
        for (method, path, status) in
            [("POST", "", 400), ("GET", "/x", 404), ("PUT", "/x", 404), ("DELETE", "/x", 404)]
        {
            let answer = server.change(method, &format!("/log-sources/{kind}{path}"), &json!({}));
            assert_eq!(answer.status, status, "{method} {kind}: {}", answer.body);
            assert!(text(&answer.json()["message"]).contains("not available yet"), "{}", answer.body);
        }
    }
}

#[test]
fn the_alarm_of_a_source_lives_and_goes_with_it() {
    let site = Site::new("");
    let server = site.start();
    let form = json!({"integrationLabel": "x", "logStreamType": "Auto", "logTypes": ["Okta.SystemLog"], "authMethod": "None"});
    let made = server.change("POST", "/log-sources/http", &form).json();
    let id = text(&made["integrationId"]);
    let path = format!("/log-source-alarms/{id}/SOURCE_NO_DATA");
    for minutes in [15, 60] {
        let set = server.change("PUT", &path, &json!({"minutesThreshold": minutes}));
        assert_eq!(
            (set.status, set.json()),
            (200, json!({"type": "SOURCE_NO_DATA", "minutesThreshold": minutes}))
        );
    }
    let read = json!({"type": "SOURCE_NO_DATA", "minutesThreshold": 60, "state": "INSUFFICIENT_DATA"});
    assert_eq!(server.get_json(&path), read);
    let gone = server.change("DELETE", &path, &json!({}));
    assert_eq!((gone.status, gone.body.as_str()), (204, ""));
    assert_eq!(server.get(&path).status, 404);
    assert_eq!(server.change("PUT", &path, &json!({"minutesThreshold": 15})).status, 200);
    assert_eq!(server.change("DELETE", &format!("/log-sources/http/{id}"), &json!({})).status, 204);
    assert_eq!(server.change("PUT", &path, &json!({"minutesThreshold": 15})).status, 404);
}
