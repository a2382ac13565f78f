//! The API as its clients use it: lists, pages, changes, roles, metrics.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::harness::{Server, Site, TOKEN, allow, okta_event, text, vendor};
use crate::sign_in::Session;

/// Events kept of one alert.
const KEPT_MAX: usize = 1000;
/// Permissions of the default roles: none, read, all.
const READ: [u16; 4] = [401, 404, 404, 404];
const MODIFY: [u16; 4] = [401, 403, 404, 404];
/// A form without a name: 400 means that the door was open.
const FORM: [u16; 4] = [401, 403, 400, 400];
/// What asks for more than it is sent.
const NEEDS_ALERT: [u16; 4] = [401, 400, 400, 400];
const RETRY_ALL: [u16; 4] = [401, 403, 200, 200];
const LIST: [u16; 4] = [401, 200, 200, 200];
/// Users and roles: AnalystReadOnly does not see them, Admin alone changes them.
const PEOPLE: [u16; 4] = [401, 403, 200, 200];
const PERSON: [u16; 4] = [401, 403, 404, 404];
const ADMIN_LIST: [u16; 4] = [401, 403, 403, 200];
const ADMIN: [u16; 4] = [401, 403, 403, 404];
const ADMIN_ALONE: [u16; 4] = [401, 403, 403, 200];
const ADMIN_FORM: [u16; 4] = [401, 403, 403, 400];
/// For people in a browser: no token opens it.
const SESSION: [u16; 4] = [401, 401, 401, 401];
const OPEN_FORM: [u16; 4] = [400, 400, 400, 400];
const OPEN: [u16; 4] = [200, 200, 200, 200];
/// Open to everybody, and no provider is configured.
const NO_PROVIDER: [u16; 4] = [404, 404, 404, 404];
/// Signed by a vendor, whoever holds a token.
const CALLBACK: [u16; 4] = [404, 404, 404, 404];

const HTTP_SOURCE: &str = r#"{"integrationLabel": "x", "logStreamType": "Auto", "logTypes": ["Okta.SystemLog"], "authMethod": "None"}"#;

/// Every route of the description with what nobody, AnalystReadOnly, Analyst and Admin get. Ids are of
/// nothing that exists: 404 means that the door was open, and 403 must win over it.
const ROUTES: &[(&str, &str, &str, [u16; 4])] = &[
    ("GET", "/alerts", "", LIST),
    ("PATCH", "/alerts", r#"{"ids": ["00000000000000000000000000000000"], "status": "CLOSED"}"#, MODIFY),
    ("GET", "/alerts/{id}", "", READ),
    ("PATCH", "/alerts/{id}", r#"{"status": "CLOSED"}"#, MODIFY),
    ("GET", "/alerts/{id}/events", "", READ),
    ("GET", "/alerts/{id}/history", "", READ),
    ("GET", "/alert-comments", "", NEEDS_ALERT),
    ("POST", "/alert-comments", r#"{"alertId": "x", "body": "x", "format": "HTML"}"#, MODIFY),
    ("GET", "/alert-comments/{id}", "", READ),
    ("POST", "/alert-comments/{id}", r#"{"alertId": "x", "body": "x", "format": "HTML"}"#, MODIFY),
    ("GET", "/alerts/{id}/deliveries", "", READ),
    ("POST", "/alerts/{id}/deliveries", r#"{"destinationIds": ["x"]}"#, MODIFY),
    ("GET", "/deliveries", "", LIST),
    ("POST", "/deliveries/{id}/retry", "", MODIFY),
    ("POST", "/deliveries/retry-failed", "", RETRY_ALL),
    ("GET", "/destinations", "", LIST),
    ("POST", "/destinations", "{}", FORM),
    ("POST", "/destinations/test", "{}", FORM),
    ("GET", "/destinations/{id}", "", READ),
    ("PUT", "/destinations/{id}", r#"{"displayName": "x", "type": "slack"}"#, MODIFY),
    ("DELETE", "/destinations/{id}", "", MODIFY),
    ("PUT", "/destinations/{id}/mute", r#"{"until": "2126-01-01T00:00:00Z"}"#, MODIFY),
    ("DELETE", "/destinations/{id}/mute", "", MODIFY),
    ("POST", "/destinations/{id}/test", "", MODIFY),
    ("POST", "/destinations/{id}/callback", "", CALLBACK),
    ("POST", "/destinations/{id}/retry-failed", "", MODIFY),
    ("GET", "/destination-types", "", LIST),
    ("GET", "/rules", "", LIST),
    ("POST", "/rules", "{}", FORM),
    ("GET", "/rules/{id}", "", READ),
    ("PUT", "/rules/{id}", "{}", FORM),
    ("DELETE", "/rules/{id}", "", MODIFY),
    ("GET", "/scheduled-rules", "", LIST),
    ("POST", "/scheduled-rules", "{}", FORM),
    ("GET", "/scheduled-rules/{id}", "", READ),
    ("PUT", "/scheduled-rules/{id}", "{}", FORM),
    ("DELETE", "/scheduled-rules/{id}", "", MODIFY),
    ("GET", "/simple-rules", "", LIST),
    ("POST", "/simple-rules", "{}", FORM),
    ("GET", "/simple-rules/{id}", "", READ),
    ("PUT", "/simple-rules/{id}", "{}", FORM),
    ("DELETE", "/simple-rules/{id}", "", MODIFY),
    ("GET", "/correlation-rules", "", LIST),
    ("POST", "/correlation-rules", "{}", FORM),
    ("GET", "/correlation-rules/{id}", "", READ),
    ("PUT", "/correlation-rules/{id}", "{}", FORM),
    ("DELETE", "/correlation-rules/{id}", "", MODIFY),
    ("GET", "/policies", "", LIST),
    ("POST", "/policies", "{}", FORM),
    ("GET", "/policies/{id}", "", READ),
    ("PUT", "/policies/{id}", "{}", FORM),
    ("DELETE", "/policies/{id}", "", MODIFY),
    ("GET", "/data-models", "", LIST),
    ("POST", "/data-models", "{}", FORM),
    ("GET", "/data-models/{id}", "", READ),
    ("PUT", "/data-models/{id}", r#"{"id": "other"}"#, FORM),
    ("DELETE", "/data-models/{id}", "", MODIFY),
    ("GET", "/globals", "", LIST),
    ("POST", "/globals", "{}", FORM),
    ("GET", "/globals/{id}", "", READ),
    ("PUT", "/globals/{id}", "{}", FORM),
    ("DELETE", "/globals/{id}", "", MODIFY),
    ("GET", "/queries", "", LIST),
    ("POST", "/queries", "{}", FORM),
    ("GET", "/queries/{id}", "", READ),
    ("POST", "/queries/{id}", "{}", MODIFY),
    ("DELETE", "/queries/{id}", "", MODIFY),
    ("GET", "/internal/detections", "", LIST),
    ("POST", "/internal/detections/check", r#"{"kind": "rule", "yaml": ""}"#, LIST),
    ("POST", "/internal/detections/test", r#"{"kind": "rule", "yaml": ""}"#, [401, 403, 200, 200]),
    (
        "POST",
        "/internal/detections/enabled",
        r#"{"ids": ["00000000000000000000000000000000"], "enabled": true}"#,
        MODIFY,
    ),
    ("GET", "/internal/detections/matrix", "", LIST),
    ("GET", "/internal/detections/matrix/layer", "", LIST),
    ("GET", "/internal/detections/{id}", "", READ),
    ("PUT", "/internal/detections/{id}", r#"{"kind": "rule", "yaml": ""}"#, FORM),
    ("DELETE", "/internal/detections/{id}", "", MODIFY),
    // No number where one belongs: 400 means that the door was open.
    ("GET", "/internal/detections/{id}/versions/{number}", "", [401, 400, 400, 400]),
    ("GET", "/internal/packs", "", LIST),
    ("POST", "/internal/packs/{id}/enabled", r#"{"enabled": true}"#, MODIFY),
    ("GET", "/internal/log-types", "", LIST),
    ("GET", "/internal/log-types/{id}/fields", "", READ),
    ("GET", "/content/changes", "", LIST),
    ("GET", "/content/versions/{id}", "", READ),
    ("POST", "/content/versions/{id}/rollback", r#"{"version": 1}"#, MODIFY),
    ("POST", "/content/upload", "no zip", FORM),
    ("POST", "/content/project", "no zip", FORM),
    ("GET", "/content/download", "", [401, 403, 200, 200]),
    ("POST", "/content/delete", r#"{"ids": []}"#, [401, 403, 200, 200]),
    ("GET", "/log-sources/{id}/failures", "", READ),
    ("POST", "/log-sources/http", "{}", FORM),
    ("GET", "/log-sources/http/{id}", "", READ),
    ("PUT", "/log-sources/http/{id}", HTTP_SOURCE, MODIFY),
    ("DELETE", "/log-sources/http/{id}", "", MODIFY),
    ("POST", "/log-sources/s3", "{}", FORM),
    ("GET", "/log-sources/s3/{id}", "", READ),
    ("PUT", "/log-sources/s3/{id}", "{}", MODIFY),
    ("DELETE", "/log-sources/s3/{id}", "", MODIFY),
    ("POST", "/log-sources/gcs", "{}", FORM),
    ("GET", "/log-sources/gcs/{id}", "", READ),
    ("PUT", "/log-sources/gcs/{id}", "{}", MODIFY),
    ("DELETE", "/log-sources/gcs/{id}", "", MODIFY),
    ("POST", "/log-sources/pubsub", "{}", FORM),
    ("GET", "/log-sources/pubsub/{id}", "", READ),
    ("PUT", "/log-sources/pubsub/{id}", "{}", MODIFY),
    ("DELETE", "/log-sources/pubsub/{id}", "", MODIFY),
    ("GET", "/log-source-alarms/{id}/{type}", "", READ),
    ("PUT", "/log-source-alarms/{id}/{type}", "{}", FORM),
    ("DELETE", "/log-source-alarms/{id}/{type}", "", MODIFY),
    ("GET", "/internal/log-sources", "", LIST),
    ("GET", "/internal/log-sources/{id}/volume", "", READ),
    ("GET", "/internal/schemas", "", LIST),
    ("GET", "/internal/schemas/{id}", "", READ),
    ("POST", "/internal/schemas/try", r#"{"sample": "{}"}"#, NEEDS_ALERT),
    ("GET", "/schemas", "", LIST),
    ("GET", "/schemas/{id}", "", READ),
    ("PUT", "/schemas/{id}", r#"{"spec": ""}"#, FORM),
    ("PATCH", "/schemas/{id}", r#"{"isArchived": true}"#, MODIFY),
    ("GET", "/api-tokens", "", ADMIN_LIST),
    ("POST", "/api-tokens", "{}", ADMIN_FORM),
    ("GET", "/api-tokens/{id}", "", ADMIN),
    ("POST", "/api-tokens/{id}", r#"{"name": "x", "permissions": []}"#, ADMIN),
    ("DELETE", "/api-tokens/{id}", "", ADMIN),
    ("POST", "/api-tokens/{id}/rotate", "", ADMIN),
    ("GET", "/roles", "", PEOPLE),
    ("POST", "/roles", "{}", ADMIN_FORM),
    ("GET", "/roles/{id}", "", PERSON),
    ("POST", "/roles/{id}", r#"{"name": "x", "permissions": []}"#, ADMIN),
    ("DELETE", "/roles/{id}", "", ADMIN),
    ("GET", "/users", "", PEOPLE),
    ("POST", "/users", "{}", ADMIN_FORM),
    ("GET", "/users/{id}", "", PERSON),
    ("POST", "/users/{id}", r#"{"givenName": "x"}"#, ADMIN),
    ("DELETE", "/users/{id}", "", ADMIN),
    ("GET", "/users/{id}/identities", "", PERSON),
    ("POST", "/users/{id}/identities", r#"{"issuer": "x", "subject": "x"}"#, ADMIN),
    ("DELETE", "/users/{id}/identities", "", ADMIN),
    ("POST", "/users/{id}/password-link", "", ADMIN),
    ("POST", "/users/{id}/unlock", "", ADMIN),
    ("DELETE", "/users/{id}/sessions", "", ADMIN),
    ("DELETE", "/users/{id}/second-factor", "", ADMIN),
    ("GET", "/scim/v2/Users", "", PEOPLE),
    ("POST", "/scim/v2/Users", "{}", ADMIN_FORM),
    ("GET", "/scim/v2/Users/{id}", "", PERSON),
    ("PUT", "/scim/v2/Users/{id}", r#"{"userName": "x@example.com"}"#, ADMIN),
    ("PATCH", "/scim/v2/Users/{id}", r#"{"Operations": [{"op": "remove", "path": "name"}]}"#, ADMIN),
    ("DELETE", "/scim/v2/Users/{id}", "", ADMIN),
    ("GET", "/scim/v2/Groups", "", PEOPLE),
    ("GET", "/scim/v2/ServiceProviderConfig", "", OPEN),
    ("GET", "/scim/v2/ResourceTypes", "", LIST),
    ("GET", "/scim/v2/ResourceTypes/{id}", "", READ),
    ("GET", "/scim/v2/Schemas", "", LIST),
    ("GET", "/scim/v2/Schemas/{id}", "", READ),
    ("GET", "/audit-log", "", PEOPLE),
    ("GET", "/audit-log/export", "", PEOPLE),
    ("GET", "/internal/sign-in", "", OPEN),
    ("POST", "/internal/sign-in", "{}", OPEN_FORM),
    ("GET", "/internal/oidc/{id}/start", "", NO_PROVIDER),
    ("GET", "/internal/oidc/{id}/callback", "", NO_PROVIDER),
    ("GET", "/internal/saml/{id}/metadata", "", NO_PROVIDER),
    ("GET", "/internal/saml/{id}/start", "", NO_PROVIDER),
    ("POST", "/internal/saml/{id}/acs", "", NO_PROVIDER),
    ("GET", "/internal/session", "", SESSION),
    ("DELETE", "/internal/session", "", SESSION),
    ("GET", "/internal/sessions", "", SESSION),
    ("DELETE", "/internal/sessions", "", SESSION),
    ("DELETE", "/internal/sessions/{id}", "", SESSION),
    ("POST", "/internal/set-up", "{}", OPEN_FORM),
    ("POST", "/internal/link", "{}", OPEN_FORM),
    ("PUT", "/internal/link", "{}", OPEN_FORM),
    ("GET", "/internal/profile", "", SESSION),
    ("PUT", "/internal/profile", "{}", SESSION),
    ("PUT", "/internal/password", "{}", SESSION),
    ("POST", "/internal/second-factor", "{}", SESSION),
    ("PUT", "/internal/second-factor", "{}", SESSION),
    ("DELETE", "/internal/second-factor", "{}", SESSION),
    ("GET", "/internal/views", "", SESSION),
    ("POST", "/internal/views", "{}", SESSION),
    ("PUT", "/internal/views/{id}", r#"{"name": "x", "search": ""}"#, SESSION),
    ("DELETE", "/internal/views/{id}", "", SESSION),
    ("PUT", "/internal/views/{id}/default", "", SESSION),
    ("DELETE", "/internal/views/{id}/default", "", SESSION),
    (
        "POST",
        "/internal/alert-comments",
        r#"{"ids": ["00000000000000000000000000000000"], "body": "x", "format": "HTML"}"#,
        MODIFY,
    ),
    ("GET", "/internal/live", "", SESSION),
    ("GET", "/internal/overview", "", LIST),
    ("GET", "/internal/people", "", SESSION),
    ("GET", "/internal/settings", "", LIST),
    ("PUT", "/internal/settings", "{}", ADMIN_FORM),
    ("GET", "/internal/sign-on", "", LIST),
    ("PUT", "/internal/sign-on", "{}", ADMIN_ALONE),
    ("POST", "/internal/sign-on/test", "{}", ADMIN_FORM),
    ("GET", "/internal/sign-on/providers", "", LIST),
    ("POST", "/internal/sign-on/providers", "{}", ADMIN_FORM),
    ("GET", "/internal/sign-on/providers/{id}", "", READ),
    ("PUT", "/internal/sign-on/providers/{id}", "{}", ADMIN),
    ("DELETE", "/internal/sign-on/providers/{id}", "", ADMIN),
    ("GET", "/healthz", "", OPEN),
    ("GET", "/readyz", "", OPEN),
    ("GET", "/metrics", "", OPEN),
];

/// What somebody who is signed in gets where [`SESSION`] is asked for, whatever the role.
const SIGNED_IN: &[(&str, &str, u16)] = &[
    ("GET", "/internal/session", 200),
    ("DELETE", "/internal/session", 204),
    ("GET", "/internal/sessions", 200),
    ("DELETE", "/internal/sessions", 204),
    ("DELETE", "/internal/sessions/{id}", 404),
    ("GET", "/internal/profile", 200),
    ("PUT", "/internal/profile", 400),
    ("PUT", "/internal/password", 400),
    ("POST", "/internal/second-factor", 400),
    ("PUT", "/internal/second-factor", 400),
    ("DELETE", "/internal/second-factor", 400),
    ("GET", "/internal/views", 400),
    ("POST", "/internal/views", 400),
    ("PUT", "/internal/views/{id}", 404),
    ("DELETE", "/internal/views/{id}", 404),
    ("PUT", "/internal/views/{id}/default", 404),
    ("DELETE", "/internal/views/{id}/default", 404),
    ("GET", "/internal/live", 406),
    ("GET", "/internal/people", 200),
];
/// What changes nothing and therefore needs no token beside the cookie.
const SAFE: &str = "GET";

fn site() -> Site {
    let site = Site::new("sources:\n  - { id: okta, type: http, log_types: [Okta.SystemLog] }\n");
    site.rule(
        "Each.Event",
        "Severity: Low\n",
        "def rule(event):\n    return event['outcome']['reason'] == 'EACH'\n\
         def title(event):\n    return 'Lock-out ' + event['uuid']\n",
    );
    site.rule(
        "All.Events",
        "Severity: Critical\n",
        "def rule(event):\n    return event['outcome']['reason'] == 'ALL'\ndef dedup(event):\n    return 'all'\n",
    );
    site
}

fn send(server: &Server, count: usize, reason: &str) {
    let event = |number| okta_event(&format!("{reason}-{number:04}"), "user@example.com", reason);
    for chunk in (0..count).map(event).collect::<Vec<_>>().chunks(500) {
        server.send_events(chunk);
    }
}

fn titles(alerts: &[Value]) -> Vec<String> {
    alerts.iter().map(|alert| text(&alert["title"])).collect()
}

#[test]
fn alerts_are_listed_by_page_and_filtered() {
    let site = site();
    let server = site.start();
    send(&server, 60, "EACH");
    send(&server, 3, "ALL");
    server.wait_evaluated(63);

    let page = server.get_json("/alerts");
    assert_eq!(page["results"].as_array().unwrap().len(), 25, "25 by default");
    let all = server.alerts("ALERT");
    assert_eq!(all.len(), 61);
    assert_eq!(titles(&all).iter().collect::<BTreeSet<_>>().len(), 61, "no alert is on two pages");
    let created: Vec<String> = all.iter().map(|alert| text(&alert["createdAt"])).collect();
    assert!(created.is_sorted_by(|a, b| a >= b), "newest first");
    let ascending = server.list("/alerts?sort-dir=asc&limit=50");
    assert_eq!(ascending[0]["id"], all[60]["id"]);

    for (query, count) in [
        ("detection-id=All.Events", 1),
        ("detection-id=All.Events&event-count-min=3&event-count-max=3", 1),
        ("event-count-min=4", 0),
        ("severity=CRITICAL", 1),
        ("severity=CRITICAL&severity=LOW&name-contains=0007", 1),
        ("severity=HIGH", 0),
        ("name-contains=LOCK-OUT%20each-0059", 1),
        ("log-type=Okta.SystemLog&detection-id=All.Events", 1),
        ("log-type=AWS.CloudTrail", 0),
        ("log-source=okta&severity=CRITICAL", 1),
        ("log-source=other", 0),
        ("status=OPEN&severity=CRITICAL", 1),
        ("status=CLOSED&status=RESOLVED", 0),
        ("sub-type=RULE&severity=CRITICAL", 1),
        ("sub-type=RULE_ERROR", 0),
        ("type=DETECTION_ERROR", 0),
        ("created-before=2020-01-01T00:00:00Z&created-after=1000000000", 0),
        ("created-after=2020-01-01T00:00:00%2B02:00&severity=CRITICAL", 1),
        ("assignee=nobody", 0),
        ("unassigned=true&severity=CRITICAL", 1),
        ("unassigned=false&assignee=nobody", 0),
        ("detection-id=All.Events&dedup=all", 1),
        ("detection-id=Each.Event&dedup=all", 0),
        ("dedup=Lock-out%20EACH-0007", 1),
        ("something-else=1&severity=CRITICAL", 1),
    ] {
        assert_eq!(server.list(&format!("/alerts?limit=50&{query}")).len(), count, "{query}");
    }
    for query in [
        "limit=51",
        "limit=0",
        "limit=many",
        "cursor=nonsense",
        "severity=URGENT",
        "status=DONE",
        "type=RULE",
        "sort-dir=up",
        "created-after=yesterday",
        "unassigned=perhaps",
        "event-count-min=few",
        "sub-type=ALERT",
    ] {
        let answer = server.get(&format!("/alerts?{query}"));
        assert_eq!(answer.status, 400, "{query}: {}", answer.body);
        assert!(!text(&answer.json()["message"]).is_empty());
    }
}

#[test]
fn alerts_are_changed_one_by_one_or_all_or_none() {
    let site = site();
    let server = site.start();
    send(&server, 3, "EACH");
    server.wait_evaluated(3);
    let ids: Vec<String> = server.alerts("ALERT").iter().map(|alert| text(&alert["id"])).collect();
    let one = format!("/alerts/{}", ids[0]);

    let answer =
        server.change("PATCH", &one, &json!({"status": "TRIAGED", "assignee": "mira", "unknown": 1}));
    assert_eq!((answer.status, answer.body.as_str()), (200, ""));
    assert_eq!(answer.content_type.as_deref(), Some("application/json"), "clients parse every body");
    let alert = server.get_json(&one);
    assert_eq!(alert["status"], "TRIAGED");
    assert_eq!(alert["assignee"]["id"], "mira");
    assert_eq!(alert["updatedBy"]["type"], "api-token");
    assert_eq!(server.list("/alerts?status=TRIAGED&assignee=mira").len(), 1);
    server.change("PATCH", &one, &json!({"assignee": ""}));
    let alert = server.get_json(&one);
    assert_eq!((&alert["assignee"], &alert["status"]), (&Value::Null, &json!("TRIAGED")));

    let answer = server.change("PATCH", "/alerts", &json!({"ids": ids, "status": "CLOSED"}));
    assert_eq!((answer.status, answer.body.as_str()), (204, ""));
    assert_eq!(answer.content_type.as_deref(), Some("application/json"));
    assert_eq!(server.list("/alerts?status=CLOSED").len(), 3);

    let unknown = json!({"ids": [ids[0], "00000000000000000000000000000000"], "status": "OPEN"});
    assert_eq!(server.change("PATCH", "/alerts", &unknown).status, 404);
    assert_eq!(server.list("/alerts?status=CLOSED").len(), 3, "nothing changed");
    for (path, body) in [
        ("/alerts", json!({"ids": [], "status": "OPEN"})),
        ("/alerts", json!({"status": "OPEN"})),
        ("/alerts", json!({"ids": ids})),
        (&one, json!({"status": "Invalid"})),
        (&one, json!({})),
        (&one, json!([])),
        (&one, json!({"assignee": "x".repeat(200)})),
    ] {
        let answer = server.change("PATCH", path, &body);
        assert_eq!(answer.status, 400, "{body}: {}", answer.body);
    }
    assert_eq!(server.list("/alerts?status=CLOSED").len(), 3);
}

#[test]
fn events_of_an_alert_are_paged_and_the_first_thousand_are_kept() {
    let site = site();
    let server = site.start();
    send(&server, KEPT_MAX, "ALL");
    server.wait_evaluated(KEPT_MAX as u64);
    let alert = server.alerts("ALERT").remove(0);
    let path = format!("/alerts/{}/events", text(&alert["id"]));
    assert_eq!(server.get_json(&path)["truncated"], false, "all are kept");
    assert_eq!(server.get_json(&path)["results"].as_array().unwrap().len(), 25);

    send(&server, KEPT_MAX + 5, "ALL");
    server.wait_evaluated(2 * KEPT_MAX as u64 + 5);
    let alert = server.alerts("ALERT").remove(0);
    assert_eq!(alert["eventCount"].as_u64(), Some(2 * KEPT_MAX as u64 + 5), "counting goes on");
    let mut events = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = server.get_json(&format!("{path}?limit=50{cursor}"));
        assert_eq!(page["truncated"], true);
        events.extend(page["results"].as_array().unwrap().iter().cloned());
        match page["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(events.len(), KEPT_MAX);
    let rows: Vec<String> = events.iter().map(|event| text(&event["p_row_id"])).collect();
    assert!(rows.is_sorted_by(|a, b| a < b), "oldest first, none twice");
    assert_eq!(events[0]["uuid"], "ALL-0000");
    assert_eq!(events[0]["p_log_type"], "Okta.SystemLog");
    assert_eq!(events[0]["p_source_id"], "okta");
    assert_eq!(server.get(&format!("{path}?limit=51")).status, 400);
    assert_eq!(server.get(&format!("{path}?cursor=x")).status, 400);
}

#[test]
fn every_route_lets_each_role_do_what_it_may() {
    let site = site();
    let server = site.start();
    let tokens: Vec<String> = ["AnalystReadOnly", "Analyst", "Admin"]
        .map(|role| {
            let made = site.run(&["token", "create", "--name", role, "--role", role]);
            assert_eq!(made.code, Some(0), "{made:?}");
            made.stdout.trim().to_owned()
        })
        .to_vec();
    let [expired, outside] = [["--expires", "1ms"], ["--cidr", "203.0.113.0/24"]].map(|limits| {
        let made = site.run(&["token", "create", "--name", "limited", limits[0], limits[1]]);
        assert_eq!(made.code, Some(0), "{made:?}");
        made.stdout.trim().to_owned()
    });
    let description = server.request("GET", "/openapi.json", &[], None);
    assert_eq!(description.status, 200);
    let description = description.json();
    let mut described = BTreeSet::new();
    for (path, methods) in description["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            described.insert((method.to_uppercase(), path.clone()));
            // What opens a route of the console is what its row says.
            let row = ROUTES.iter().find(|(of, at, ..)| *of == method.to_uppercase() && at == path);
            let expected = match row.expect("each route has a row").3 {
                _ if !path.starts_with("/internal/") => continue,
                SESSION => json!([{"session": []}]),
                [401, ..] => json!([{"token": []}, {"bearer": []}, {"session": []}]),
                _ => json!([{}]),
            };
            assert_eq!(operation["security"], expected, "{method} {path}");
        }
    }
    let covered: BTreeSet<_> =
        ROUTES.iter().map(|(method, path, _, _)| ((*method).to_owned(), (*path).to_owned())).collect();
    assert_eq!(covered, described, "each route of the description has a line in the table of this test");

    let roles = ["AnalystReadOnly", "Analyst", "Admin"];
    let address = |role: &str, what: &str| format!("{}.{what}@example.com", role.to_lowercase());
    let sessions = roles.map(|role| Session::of_new(&server, &address(role, "stays"), role));
    // Some routes of people end the sessions of who asks.
    let leaving = roles.map(|role| address(role, "leaves"));
    for (role, email) in roles.iter().zip(&leaving) {
        Session::of_new(&server, email, role);
    }
    let ended = Session::again(&server, &leaving[2]);
    assert_eq!(ended.send(&server, "DELETE", "/internal/session", None).status, 204);

    for (method, route, body, expected) in ROUTES {
        let path = route.replace("{id}", "00000000000000000000000000000000");
        let body = (!body.is_empty()).then_some(body.as_bytes());
        let body = if *method == "GET" { body } else { body.or(Some(b"{}")) };
        let answer = server.request(method, &path, &[], body);
        assert_eq!(answer.status, expected[0], "{method} {path} without a token: {}", answer.body);
        let is_open = expected[0] != 401;
        for (token, refused) in [(&expired, 401), (&outside, 403)] {
            let answer = server.request(method, &path, &[("X-API-Key", token)], body);
            let takes_tokens = !is_open && *expected != SESSION;
            let expected = if takes_tokens { refused } else { expected[0] };
            assert_eq!(answer.status, expected, "{method} {path}: {}", answer.body);
        }
        if !is_open {
            let over = ended.send(&server, method, &path, body);
            assert_eq!(over.status, 401, "{method} {path} with a session that is over: {}", over.body);
        }
        let for_people = SIGNED_IN.iter().find(|(of, at, _)| (of, at) == (method, route));
        assert_eq!(for_people.is_some(), *expected == SESSION, "{method} {path}");
        for (number, (session, expected)) in sessions.iter().zip(&expected[1..]).enumerate() {
            if !is_open && *method != SAFE {
                let answer = server.request(method, &path, &[("Cookie", &session.cookie)], body);
                assert_eq!(answer.status, 403, "{method} {path} from another site: {}", answer.body);
            }
            let (answer, expected) = match for_people {
                Some((.., expected)) => {
                    (Session::again(&server, &leaving[number]).send(&server, method, &path, body), expected)
                }
                None => (session.send(&server, method, &path, body), expected),
            };
            let role = roles[number];
            assert_eq!(answer.status, *expected, "{method} {path} of {role}, signed in: {}", answer.body);
        }
        for (token, expected) in tokens.iter().zip(&expected[1..]) {
            let answer = server.request(method, &path, &[("X-API-Key", token)], body);
            assert_eq!(answer.status, *expected, "{method} {path}: {}", answer.body);
            if answer.status >= 400 && !path.starts_with("/readyz") {
                let key = if path.starts_with("/scim/") { "detail" } else { "message" };
                assert!(!text(&answer.json()[key]).is_empty(), "{method} {path}");
            }
        }
    }
    let wrong = server.request("GET", "/alerts", &[("X-API-Key", "wrong")], None);
    assert_eq!(wrong.status, 401);
    let bearer = format!("Bearer {TOKEN}");
    assert_eq!(server.request("GET", "/alerts", &[("Authorization", &bearer)], None).status, 200);
    assert_eq!(server.get("/nowhere").status, 404);
    assert_eq!(server.change("DELETE", "/alerts", &json!({})).status, 405);
}

#[test]
fn metrics_have_the_promised_names_and_each_series_is_there_once() {
    let taker = vendor();
    let site = Site::new(&format!(
        "{}sources:
  - {{ id: okta, type: http, log_types: [Okta.SystemLog] }}
destinations:
  - {{ name: taker, type: webhook, config: {{ webhook_url: \"{}\", bearer: webhook-secret }}, severities: [HIGH] }}
",
        allow(&[&taker]),
        taker.url("/path-secret")
    ));
    site.rule(
        "Match",
        "",
        "def rule(event):\n    return True\ndef title(event):\n    return event['uuid']\n",
    );
    site.rule("Raise", "", "def rule(event):\n    return event['nothing']\n");
    let server = site.start();
    assert_eq!(server.request("GET", "/healthz", &[], None).status, 200);
    assert_eq!(server.request("GET", "/readyz", &[], None).json()["ready"], true);
    server.send_events(&[okta_event("1", "user@example.com", "X"), json!({"no": "okta"})]);
    server.wait_evaluated(1);
    server.wait_delivered();

    let series = server.series();
    for (name, value) in [
        (r#"margay_events_accepted_total{source="okta"}"#, 2.0),
        (r#"margay_events_parsed_total{source="okta",log_type="Okta.SystemLog"}"#, 1.0),
        (r#"margay_records_failed_total{source="okta"}"#, 1.0),
        (r#"margay_events_evaluated_total{log_type="Okta.SystemLog"}"#, 1.0),
        ("margay_rule_matches_total", 1.0),
        ("margay_rule_errors_total", 1.0),
        (r#"margay_alerts_created_total{type="RULE"}"#, 1.0),
        (r#"margay_alerts_created_total{type="RULE_ERROR"}"#, 1.0),
        (r#"margay_delivery_attempts_total{destination="taker",result="delivered"}"#, 2.0),
        (r#"margay_deliveries_pending{destination="taker"}"#, 0.0),
        ("margay_journal_backlog_bytes", 0.0),
    ] {
        assert_eq!(series.get(name), Some(&value), "{name} in {series:#?}");
    }
    let shown = server.get("/destinations").body;
    assert!(shown.contains("taker") && shown.contains("********"), "{shown}");
    assert!(!shown.contains("secret"), "{shown}");
}
