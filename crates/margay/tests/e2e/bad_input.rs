//! What strangers send: archives that are too large, that inflate without end or that lead out of their folder,
//! documents that are too deep, wrong cursors, bodies of a wrong form. Each gets a clear 4xx, and nothing changes.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::content_api::{upload, yaml, zip};
use crate::harness::{Answer, Server, Site, TOKEN, okta_event, text, wait_until};

/// A part of a name that is replaced by one that leads out of the folder; both have the same length.
const MARK: &str = "xxx";

fn site() -> Site {
    let site = Site::new("sources:\n  - { id: okta, type: http, log_types: [Okta.SystemLog] }\n");
    site.rule("Kept", "Severity: Low\n", "def rule(event):\n    return True\n");
    site
}

/// The message of a refusal with this status.
fn refused(status: u16, answer: &Answer, what: &str) -> String {
    assert_eq!(answer.status, status, "{what}: {}", answer.body);
    assert_eq!(answer.content_type.as_deref(), Some("application/json"), "{what}");
    let message = text(&answer.json()["message"]);
    assert!(!message.is_empty(), "{what}");
    message
}

fn graphql(server: &Server, body: &Value) -> Answer {
    server.change("POST", "/public/graphql", body)
}

/// Nothing was stored, not even a part.
fn assert_unchanged(server: &Server) {
    assert!(server.list("/content/changes").is_empty());
    let rules: Vec<String> = server.list("/rules").iter().map(|rule| text(&rule["id"])).collect();
    assert_eq!(rules, ["Kept"]);
}

/// A sound rule, and beside it a file whose name leads elsewhere.
fn leading_out(to: &str) -> Vec<u8> {
    let rule = yaml("Zip.A", "a.py");
    let python = "def rule(event):\n    return True\n";
    let outside = format!("{MARK}side.yml");
    let mut bytes =
        zip(&[("rules/a.yml", &rule), ("rules/a.py", python), (&outside, "AnalysisType: global\n")]);
    let mut found = 0;
    for at in 0..bytes.len() - outside.len() {
        if bytes[at..].starts_with(outside.as_bytes()) {
            bytes[at..at + MARK.len()].copy_from_slice(to.as_bytes());
            found += 1;
        }
    }
    assert_eq!(found, 2, "a name stands before its file and in the list of all");
    bytes
}

/// A sound rule, and beside it so much of nothing that it is small only while it is packed.
fn bomb() -> Vec<u8> {
    let zeros = "0".repeat(30 << 20);
    let rule = yaml("Zip.A", "a.py");
    let bytes = zip(&[("rules/a.yml", &rule), ("a.csv", &zeros), ("b.csv", &zeros)]);
    assert!(bytes.len() < 1 << 20, "{}", bytes.len());
    bytes
}

#[test]
fn a_hostile_archive_is_refused_by_every_way_in() {
    let site = site();
    let server = site.start();
    for (archive, what) in [
        (leading_out("../"), "leads out of the archive"),
        (leading_out("/a/"), "is an absolute path"),
        (bomb(), "200 times"),
    ] {
        for path in ["/content/upload", "/content/upload?dry-run=true", "/content/project"] {
            let message = refused(400, &upload(&server, path, &archive), path);
            assert!(message.contains(what), "{path}: {message}");
        }
        let document = "mutation ($input: UploadDetectionEntitiesInput!) { uploadDetectionEntities(input: $input) { rules { total } } }";
        let input = json!({"data": STANDARD.encode(&archive)});
        let answer = graphql(&server, &json!({"query": document, "variables": {"input": input}}));
        assert_eq!(answer.status, 200, "{}", answer.body);
        let answer = answer.json();
        assert_eq!(answer["errors"][0]["extensions"]["code"], "BAD_USER_INPUT", "{answer}");
        assert!(text(&answer["errors"][0]["message"]).contains(what), "{answer}");
        assert_unchanged(&server);
    }
    assert!(!site.path().join("side.yml").exists() && !site.path().join("content/side.yml").exists());
}

#[test]
fn a_body_beyond_the_limit_is_refused() {
    let site = site();
    let server = site.start();
    for (path, limit) in
        [("/content/upload", 64), ("/content/project", 64), ("/rules", 1), ("/api-tokens", 1)]
    {
        let answer = upload(&server, path, &vec![b' '; (limit << 20) + 1]);
        let message = refused(413, &answer, path);
        assert!(message.contains(&format!("larger than {limit} MiB")), "{path}: {message}");
    }
    assert_unchanged(&server);
}

#[test]
fn a_document_that_asks_for_too_much_is_not_run() {
    let site = site();
    let server = site.start();
    let deep = "{ a ".repeat(1_000) + &"}".repeat(1_000);
    let aliases: String =
        (0..10_000).map(|number| format!("a{number}: generalSettings {{ pantherVersion }} ")).collect();
    for (query, code) in [
        (deep, "GRAPHQL_VALIDATION_FAILED"),
        (format!("{{ {aliases} }}"), "GRAPHQL_VALIDATION_FAILED"),
        ("{ nobodyKnowsThis }".to_owned(), "GRAPHQL_VALIDATION_FAILED"),
        (
            "mutation { updateAlertStatusById(input: {ids: [], status: OPEN, colour: 1}) { alerts { id } } }"
                .to_owned(),
            "GRAPHQL_VALIDATION_FAILED",
        ),
        ("{ alerts(".to_owned(), "GRAPHQL_PARSE_FAILED"),
    ] {
        let answer = graphql(&server, &json!({ "query": query }));
        assert_eq!(answer.status, 400, "{}", answer.body);
        assert_eq!(answer.json()["errors"][0]["extensions"]["code"], code, "{}", answer.body);
        assert_eq!(answer.json().get("data"), None);
    }
}

#[test]
fn a_cursor_that_no_list_gave_is_refused_by_every_list() {
    let site = site();
    let server = site.start();
    server.send_events(&[okta_event("1", "mira@example.com", "LOCKED")]);
    wait_until("there is an alert", || !server.alerts("ALERT").is_empty());
    let alert = text(&server.alerts("ALERT")[0]["id"]);
    let description = server.get_json("/openapi.json");
    let mut tried = 0;
    for (path, methods) in description["paths"].as_object().unwrap() {
        let parameters = methods["get"]["parameters"].as_array().map(Vec::as_slice).unwrap_or_default();
        if !parameters.iter().any(|parameter| parameter["name"] == "cursor") {
            continue;
        }
        let id = if path.starts_with("/log-sources/") { "okta" } else { &alert };
        let path = path.replace("{id}", id);
        for cursor in ["nonsense", "%00", "-1", "99999999999999999999", "%F0%9F%A6%8A"] {
            let answer = server.get(&format!("{path}?alert-id={alert}&cursor={cursor}"));
            let message = refused(400, &answer, &format!("{path} {cursor}"));
            assert!(message.contains("cursor"), "{path} {cursor}: {message}");
        }
        tried += 1;
    }
    assert!(tried >= 15, "{tried}");
}

#[test]
fn a_body_of_a_wrong_form_is_refused_by_every_route() {
    let site = site();
    let server = site.start();
    let description = server.get_json("/openapi.json");
    let mut tried = 0;
    for (path, methods) in description["paths"].as_object().unwrap() {
        let path = path.replace("{id}", "nobody").replace("{type}", "x");
        for (method, operation) in methods.as_object().unwrap() {
            // Routes of the console ask for a session first.
            let needs_session = operation["security"][0].get("session").is_some();
            if needs_session || operation["requestBody"]["content"].get("application/json").is_none() {
                continue;
            }
            for body in
                [&b"[]"[..], b"\"x\"", b"1", b"null", b"", b"{", b"{\"a\": 1} 2", b"{\"a\": \"\xff\"}", b"\0"]
            {
                let headers = [("X-API-Key", TOKEN), ("Content-Type", "application/json")];
                let answer = server.request(&method.to_uppercase(), &path, &headers, Some(body));
                let what = format!("{method} {path} {}", String::from_utf8_lossy(body));
                // What is not built yet is not there, whatever is sent.
                let status = if answer.status == 404 { 404 } else { 400 };
                refused(status, &answer, &what);
            }
            tried += 1;
        }
    }
    assert!(tried >= 35, "{tried}");
    assert_unchanged(&server);
}
