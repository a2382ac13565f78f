//! Log sources and schemas made by the API: they take logs at once, survive a restart, keep their secrets.

use serde_json::{Value, json};

use crate::harness::{Answer, Server, Site, okta_event, signal, text, wait_until};

const SECRETS: [&str; 3] =
    ["canary-shared-0123456789", "canary-password-0123456789", "canary-bearer-0123456789"];

fn site() -> Site {
    let site = Site::new(
        "sources:\n  - { id: okta, label: of the file, type: http, log_types: [Okta.SystemLog], auth: { type: bearer, token: canary-file-0123456789 } }\n",
    );
    site.rule("Any", "", "def rule(event):\n    return True\ndef title(event):\n    return event['uuid']\n");
    site.rule(
        "Doors",
        "LogTypes: [Custom.Door]\n",
        "def rule(event):\n    return event.get('state') == 'open'\ndef title(event):\n    return 'door ' + event['door']\n",
    );
    let path = site.path().join("content/rules/doors.yml");
    let yaml = std::fs::read_to_string(&path).unwrap().replace("LogTypes: [Okta.SystemLog]\n", "");
    std::fs::write(path, yaml).unwrap();
    site
}

/// What a provider of infrastructure as code sends to make a source: empty fields are left out.
fn form(label: &str) -> Value {
    json!({
        "integrationLabel": label,
        "logStreamType": "Auto",
        "logTypes": ["Okta.SystemLog"],
        "authHeaderKey": "x-api-key",
        "authSecretValue": SECRETS[0],
        "authMethod": "SharedSecret",
    })
}

fn told(status: u16, answer: &Answer) -> Value {
    assert_eq!(answer.status, status, "{}", answer.body);
    assert_eq!(answer.content_type.as_deref(), Some("application/json"));
    for secret in SECRETS.iter().chain(&["canary-file"]) {
        assert!(!answer.body.contains(secret), "{}", answer.body);
    }
    if answer.body.is_empty() { Value::Null } else { answer.json() }
}

fn send(server: &Server, id: &str, header: (&str, &str), event: &Value) -> u16 {
    server.request("POST", &format!("/http/{id}"), &[header], Some(event.to_string().as_bytes())).status
}

fn titles(server: &Server) -> Vec<String> {
    let mut titles: Vec<String> = server.alerts("ALERT").iter().map(|alert| text(&alert["title"])).collect();
    titles.sort();
    titles
}

#[test]
fn a_source_reads_back_as_it_was_written_over_its_whole_life() {
    let site = site();
    let server = site.start();
    let made = told(201, &server.change("POST", "/log-sources/http", &form("from code")));
    let path = format!("/log-sources/http/{}", text(&made["integrationId"]));
    for (key, expected) in [
        ("integrationLabel", json!("from code")),
        ("logStreamType", json!("Auto")),
        ("logStreamTypeOptions", Value::Null),
        ("logTypes", json!(["Okta.SystemLog"])),
        ("authMethod", json!("SharedSecret")),
        ("authHeaderKey", json!("x-api-key")),
        ("authSecretValue", json!("")),
        ("authHmacAlg", json!("")),
        ("authUsername", json!("")),
        ("authPassword", json!("")),
        ("authBearerToken", json!("")),
    ] {
        assert_eq!(made[key], expected, "{key}");
    }
    assert_eq!(told(200, &server.get(&path)), made, "an import reads what was made");

    // Options of other stream types are kept; unknown log types are warned about.
    let update = json!({
        "integrationLabel": "renamed", "logStreamType": "JSON", "logTypes": ["Vendor.B", "Vendor.A"],
        "logStreamTypeOptions": {"jsonArrayEnvelopeField": "records", "xmlRootElement": "root"},
        "authPassword": SECRETS[1], "authMethod": "Basic", "authUsername": "foo",
    });
    let changed = told(200, &server.change("PUT", &path, &update));
    assert_eq!(told(200, &server.get(&path)), changed);
    for (key, expected) in [
        ("integrationId", made["integrationId"].clone()),
        ("integrationLabel", json!("renamed")),
        ("logTypes", json!(["Vendor.B", "Vendor.A"])),
        ("logStreamTypeOptions", json!({"jsonArrayEnvelopeField": "records", "xmlRootElement": "root"})),
        ("authMethod", json!("Basic")),
        ("authUsername", json!("foo")),
        ("authHeaderKey", json!("")),
    ] {
        assert_eq!(changed[key], expected, "{key}");
    }
    assert!(text(&changed["warnings"][0]).contains("`Vendor.B`"), "{changed}");

    told(201, &server.change("POST", "/log-sources/http", &form("other")));
    for label in ["other", "of the file"] {
        for (method, path) in [("POST", "/log-sources/http"), ("PUT", path.as_str())] {
            let refused = told(409, &server.change(method, path, &form(label)));
            assert!(text(&refused["message"]).contains(label), "{refused}");
        }
    }
    assert_eq!(told(200, &server.get(&path)), changed, "nothing changed");
    told(204, &server.change("DELETE", &path, &json!({})));
    for method in ["GET", "DELETE"] {
        told(404, &server.change(method, &path, &json!({})));
    }
    told(404, &server.change("PUT", &path, &form("renamed")));

    let declared = told(200, &server.get("/log-sources/http/okta"));
    assert_eq!((&declared["provisioned"], &declared["authMethod"]), (&json!(true), &json!("Bearer")));
    told(409, &server.change("PUT", "/log-sources/http/okta", &form("mine")));
    told(409, &server.change("DELETE", "/log-sources/http/okta", &json!({})));
    for kind in ["s3", "gcs", "pubsub"] {
        let refused = told(400, &server.change("POST", &format!("/log-sources/{kind}"), &json!({})));
        assert!(text(&refused["message"]).contains("not available yet"), "{refused}");
    }
}

#[test]
fn what_a_source_may_not_be() {
    let site = site();
    let server = site.start();
    let bad = |key: &str, value: Value| {
        let mut form = form("bad");
        form[key] = value;
        form
    };
    let hmac = json!({"integrationLabel": "x", "logStreamType": "Auto", "logTypes": ["A"], "authMethod": "HMAC",
        "authHeaderKey": "x-sign", "authSecretValue": "s", "authHmacAlg": "md5"});
    for (body, word) in [
        (bad("integrationLabel", json!("")), "integrationLabel"),
        (bad("integrationLabel", json!("x".repeat(256))), "integrationLabel"),
        (bad("integrationLabel", json!(7)), "integrationLabel"),
        (bad("logTypes", json!([])), "logTypes"),
        (bad("logTypes", json!(vec!["A"; 101])), "logTypes"),
        (bad("logStreamType", json!("XML")), "not available yet"),
        (bad("logStreamType", json!("CSV")), "`CSV`"),
        (bad("authMethod", json!("Magic")), "`Magic`"),
        (bad("authMethod", json!("Bearer")), "authBearerToken"),
        (bad("authMethod", json!("Basic")), "authUsername"),
        (bad("authHeaderKey", json!("no header")), "`no header`"),
        (bad("authSecretValue", json!("")), "authSecretValue"),
        (hmac, "`md5`"),
        (json!({"integrationLabel": "x"}), "logStreamType"),
    ] {
        let refused = told(400, &server.change("POST", "/log-sources/http", &body));
        assert!(text(&refused["message"]).contains(word), "{body}: {refused}");
    }
}

#[test]
fn a_source_takes_logs_at_once_and_after_a_restart() {
    let site = site();
    let server = site.start();
    let made = told(201, &server.change("POST", "/log-sources/http", &form("live")));
    let id = text(&made["integrationId"]);
    let path = format!("/log-sources/http/{id}");
    let secret = ("X-Api-Key", SECRETS[0]);
    assert_eq!(send(&server, &id, ("X-Api-Key", "wrong"), &okta_event("0", "u@example.com", "X")), 401);
    assert_eq!(send(&server, &id, secret, &okta_event("first", "u@example.com", "X")), 200);
    server.wait_evaluated(1);
    let alert = server.alerts("ALERT").remove(0);
    let events = server.list(&format!("/alerts/{}/events", text(&alert["id"])));
    assert_eq!((&events[0]["p_source_id"], &events[0]["p_source_label"]), (&json!(id), &json!("live")));

    // A secret that is left out stays as long as the method does.
    let mut kept = form("live");
    kept.as_object_mut().unwrap().remove("authSecretValue");
    told(200, &server.change("PUT", &path, &kept));
    assert_eq!(send(&server, &id, secret, &okta_event("second", "u@example.com", "X")), 200);
    let refused = told(400, &server.change("PUT", &path, &json!({
        "integrationLabel": "live", "logStreamType": "Auto", "logTypes": ["Okta.SystemLog"], "authMethod": "Bearer",
    })));
    assert!(text(&refused["message"]).contains("authBearerToken"), "{refused}");
    told(
        200,
        &server.change(
            "PUT",
            &path,
            &json!({
                "integrationLabel": "live", "logStreamType": "JsonArray", "logTypes": ["Okta.SystemLog"],
                "logStreamTypeOptions": {"jsonArrayEnvelopeField": "data.rows"},
                "authMethod": "Bearer", "authBearerToken": SECRETS[2],
            }),
        ),
    );
    let bearer = format!("Bearer {}", SECRETS[2]);
    let bearer = ("Authorization", bearer.as_str());
    assert_eq!(send(&server, &id, secret, &json!({})), 401);
    let wrapped = json!({"data": {"rows": [okta_event("third", "u@example.com", "X")]}});
    assert_eq!(send(&server, &id, bearer, &wrapped), 200);
    server.wait_evaluated(3);
    assert_eq!(server.terminate(), Some(0));

    let server = site.start();
    let wrapped = json!({"data": {"rows": [okta_event("fourth", "u@example.com", "X")]}});
    assert_eq!(send(&server, &id, bearer, &wrapped), 200);
    server.wait_evaluated(4);
    assert_eq!(titles(&server), ["first", "fourth", "second", "third"]);
    assert_eq!(site.run(&["secrets", "rotate"]).code, Some(0));
    assert_eq!(send(&server, &id, bearer, &wrapped), 200, "new keys change nothing for senders");
    signal(server.pid(), "HUP");
    wait_until("reloaded", || server.printed().iter().any(|line| line.contains("reloaded")));
    assert_eq!(send(&server, &id, bearer, &wrapped), 200, "nor does a reload");
    let listed = site.run(&["source", "list"]);
    assert!(listed.stdout.contains(&id) && listed.stdout.contains("okta"), "{listed:?}");
    told(204, &server.change("DELETE", &path, &json!({})));
    assert_eq!(send(&server, &id, bearer, &wrapped), 404);

    assert_eq!(server.terminate(), Some(0));
    let log = site.log();
    for name in ["margay.db", "margay.db-wal", "journal/journal.db"] {
        let bytes = std::fs::read(site.data_dir().join(name)).unwrap_or_default();
        for secret in SECRETS {
            assert!(
                !bytes.windows(secret.len()).any(|it| it == secret.as_bytes()),
                "{name} holds `{secret}`"
            );
        }
    }
    for secret in SECRETS {
        assert!(!log.contains(secret), "the log holds `{secret}`");
    }
}

const DOOR: &str = "schema: Custom.Door\nfields:\n  - { name: door, type: string, required: true }\n  - { name: state, type: string }\n";

#[test]
fn a_schema_is_made_and_used_without_a_restart() {
    let site = site();
    let server = site.start();
    let source = json!({"integrationLabel": "doors", "logStreamType": "Lines", "logTypes": ["Custom.Door"], "authMethod": "None"});
    let made = told(201, &server.change("POST", "/log-sources/http", &source));
    assert!(text(&made["warnings"][0]).contains("`Custom.Door`"), "{made}");
    let id = text(&made["integrationId"]);
    let failures = format!("/log-sources/{id}/failures");
    let door = |name: &str| json!({"door": name, "state": "open"});
    assert_eq!(send(&server, &id, ("X-A", "b"), &door("north")), 200);
    wait_until("the record is kept", || server.list(&failures).len() == 1);

    let put = |spec: &str, revision: u64| {
        server.change(
            "PUT",
            "/schemas/Custom.Door",
            &json!({"spec": spec, "revision": revision, "description": "doors"}),
        )
    };
    let schema = told(200, &put(DOOR, 0));
    assert_eq!((&schema["revision"], &schema["spec"]), (&json!(1), &json!(DOOR)));
    let warned = told(200, &server.get(&format!("/log-sources/http/{id}")));
    assert!(!warned["warnings"].to_string().contains("Custom.Door"), "{warned}");
    assert_eq!(send(&server, &id, ("X-A", "b"), &door("south")), 200);
    server.wait_evaluated(1);
    assert_eq!(titles(&server), ["door south"]);

    told(409, &put(DOOR, 0));
    let stricter = DOOR.replace("{ name: state, type: string }", "{ name: state, type: bigint }");
    assert_eq!(told(200, &put(&stricter, 1))["revision"], 2);
    assert_eq!(send(&server, &id, ("X-A", "b"), &door("east")), 200);
    wait_until("the record fits no more", || server.list(&failures).len() == 2);
    assert_eq!(told(200, &put(DOOR, 2))["revision"], 3);
    for (name, spec, status, word) in [
        ("Custom.Door", "schema: Custom.Door\nfields: 7\n", 400, "spec:2"),
        ("Custom.Door", "schema: [\n", 400, "spec:"),
        ("Custom.Gate", DOOR, 400, "`Custom.Door`"),
        ("Okta.SystemLog", "schema: Okta.SystemLog\nfields:\n  - { name: a, type: string }\n", 400, "Custom"),
    ] {
        let refused =
            told(status, &server.change("PUT", &format!("/schemas/{name}"), &json!({"spec": spec})));
        assert!(text(&refused["message"]).contains(word), "{spec}: {refused}");
    }
    server.terminate();

    let server = site.start();
    assert_eq!(send(&server, &id, ("X-A", "b"), &door("west")), 200);
    server.wait_evaluated(2);
    assert_eq!(titles(&server), ["door south", "door west"]);
    let archived = told(200, &server.change("PATCH", "/schemas/Custom.Door", &json!({"isArchived": true})));
    assert_eq!(archived["isArchived"], true);
    assert_eq!(send(&server, &id, ("X-A", "b"), &door("gone")), 200);
    wait_until("an archived schema takes nothing", || server.list(&failures).len() == 3);
    told(404, &server.change("PATCH", "/schemas/Custom.Gate", &json!({"isArchived": true})));
    assert_eq!(server.list("/schemas")[0], told(200, &server.get("/schemas/Custom.Door")));
}
