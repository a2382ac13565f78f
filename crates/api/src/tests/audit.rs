//! The audit log as callers leave it: every change with its actor and its result, and no secret.

use std::collections::{BTreeMap, BTreeSet};

use axum::body::Body;
use axum::http::{Request, StatusCode};
use model::DefaultRole;
use serde_json::{Value, json};
use store::AuditKind;
use tower::ServiceExt as _;

use crate::audit::actions::{CHANGES, FIELDS, NOT_RECORDED, QUERIES, READS};
use crate::tests::{Api, TOKEN};

/// No test waits longer for one thing.
const WAIT_MAX: std::time::Duration = std::time::Duration::from_secs(60);

/// What no entry may hold.
const CANARY: &str = "canary-of-the-tests-8f14e45f";

impl Api {
    /// What was only read, oldest first, as it is now.
    pub(crate) async fn reads(&self) -> Vec<Value> {
        self.state.audit_reads.flush().await;
        let filter = store::AuditFilter { kind: AuditKind::Read, ..Default::default() };
        let entries = self.store.audit_after(0, &filter, 10_000).await.unwrap();
        entries.iter().map(|entry| serde_json::from_str(&entry.entry).unwrap()).collect()
    }

    /// Entries with this name, newest first.
    pub(crate) async fn audit(&self, action: &str) -> Vec<Value> {
        let page = self.json(200, "GET", &format!("/audit-log?limit=50&action={action}"), "").await;
        page["results"].as_array().unwrap().iter().map(|entry| entry["entry"].clone()).collect()
    }

    async fn send(&self, token: Option<&str>, method: &str, path: &str, body: &str) -> StatusCode {
        let mut request = Request::builder().method(method).uri(path).header("user-agent", "tests/1");
        if let Some(token) = token {
            request = request.header("x-api-key", token);
        }
        let request = request.body(Body::from(body.to_owned())).unwrap();
        self.router.clone().oneshot(request).await.unwrap().status()
    }
}

#[test]
fn every_route_has_one_row() {
    let description = serde_json::to_value(crate::router::described().1).unwrap();
    let mut described = BTreeSet::new();
    for (path, methods) in description["paths"].as_object().unwrap() {
        described
            .extend(methods.as_object().unwrap().keys().map(|method| (method.to_uppercase(), path.clone())));
    }
    let of_routes = CHANGES.iter().chain(READS).map(|(method, path, ..)| (*method, *path));
    let rows = of_routes.chain(NOT_RECORDED.iter().copied());
    let rows: Vec<(String, String)> =
        rows.map(|(method, path)| (method.to_owned(), path.to_owned())).collect();
    let known: BTreeSet<_> = rows.iter().cloned().collect();
    assert_eq!(rows.len(), known.len(), "no route is in the tables twice");
    let lacking: Vec<_> = described.difference(&known).collect();
    assert!(lacking.is_empty(), "routes without a row in audit/actions.rs: {lacking:?}");
    let gone: Vec<_> = known.difference(&described).collect();
    assert!(gone.is_empty(), "rows without a route: {gone:?}");
    // Providers send people back by a GET, which opens a session.
    let gets = CHANGES.iter().filter(|(method, ..)| *method == "GET");
    assert!(
        gets.clone().all(|(_, path, ..)| path.ends_with("/start") || path.ends_with("/callback")),
        "a GET changes nothing"
    );
}

#[test]
fn every_field_of_the_roots_has_one_row() {
    for (root, table) in [("Mutation", FIELDS), ("Query", QUERIES)] {
        let described: BTreeSet<String> = crate::graphql::fields_of(root).into_iter().collect();
        let rows: BTreeSet<String> = table.iter().map(|(field, ..)| (*field).to_owned()).collect();
        assert_eq!(rows.len(), table.len());
        assert_eq!(rows, described, "fields of `{root}` and rows in audit/actions.rs");
    }
}

#[test]
fn names_and_descriptions_are_of_one_form() {
    let routes = CHANGES.iter().chain(READS).map(|(_, _, name, description)| (*name, *description));
    let fields = FIELDS.iter().chain(QUERIES).map(|(_, name, description)| (*name, *description));
    for (name, description) in routes.chain(fields) {
        assert!(name.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_'), "{name}");
        assert!(description.starts_with(char::is_uppercase) && !description.ends_with('.'), "{description}");
    }
}

/// The console offers what can be changed and what can be looked at as a filter, under words of its own.
#[test]
fn the_console_knows_every_change_and_every_read() {
    let changes = include_str!("../../../../console/src/api/audit-actions.ts");
    let reads = include_str!("../../../../console/src/api/audit-reads.ts");
    for (file, words, routes, fields) in
        [("audit-actions.ts", changes, CHANGES, FIELDS), ("audit-reads.ts", reads, READS, QUERIES)]
    {
        let named = words.lines().filter_map(|line| line.trim().strip_prefix("['")?.split('\'').next());
        let named: BTreeSet<&str> = named.collect();
        let of_routes = routes.iter().map(|(_, _, name, _)| *name);
        let actions: BTreeSet<&str> = of_routes.chain(fields.iter().map(|(_, name, _)| *name)).collect();
        let lacking: Vec<_> = actions.difference(&named).collect();
        assert!(lacking.is_empty(), "actions without words in console/src/api/{file}: {lacking:?}");
        let gone: Vec<_> = named.difference(&actions).collect();
        assert!(gone.is_empty(), "{file} has words for what no route and no field does: {gone:?}");
    }
}

#[tokio::test]
async fn a_change_is_written_down_with_all_that_is_known_of_it() {
    let api = Api::start(&[]).await;
    let form = r#"{"name": "Night shift", "permissions": ["AlertRead"]}"#;
    let role = api.json(200, "POST", "/roles", form).await;
    let made = api.audit("CREATE_USER_ROLE").await.remove(0);
    assert_eq!(made["actionResult"], "SUCCEEDED");
    assert_eq!(made["actionDescription"], "Made a role");
    assert_eq!((&made["actor"]["type"], &made["actor"]["name"]), (&json!("TOKEN"), &json!("tests")));
    assert_eq!(made["actor"]["attributes"]["roleName"], "Admin");
    assert_eq!(made["actionParams"]["dynamic"]["input"], serde_json::from_str::<Value>(form).unwrap());
    assert_eq!(made["actionDetails"]["after"]["id"], role["id"]);
    assert_eq!((&made["timestamp"], &made["errors"]), (&json!("2026-03-01T11:00:00Z"), &Value::Null));

    let path = format!("/roles/{}", role["id"].as_str().unwrap());
    api.json(200, "POST", &path, r#"{"name": "Day shift", "permissions": []}"#).await;
    let changed = api.audit("UPDATE_USER_ROLE").await.remove(0);
    let details = &changed["actionDetails"];
    assert_eq!(
        (&details["before"]["name"], &details["after"]["name"]),
        (&json!("Night shift"), &json!("Day shift"))
    );
    assert_eq!(changed["actionParams"]["dynamic"]["input"]["id"], role["id"]);
    assert_eq!(api.send(Some(TOKEN), "DELETE", &path, "").await, 200);
    let deleted = api.audit("DELETE_USER_ROLE").await.remove(0);
    assert_eq!(
        (&deleted["actionDetails"]["before"]["name"], &deleted["userAgent"]),
        (&json!("Day shift"), &json!("tests/1"))
    );

    let message = api.refusal(404, "POST", &path, form).await;
    let failed = api.audit("UPDATE_USER_ROLE").await.remove(0);
    assert_eq!(
        (&failed["actionResult"], &failed["errors"][0]["message"]),
        (&json!("FAILED"), &json!(message))
    );
    let verdict = api.store.verify_audit(AuditKind::Change, &api.key_file()).await.unwrap();
    assert_eq!((verdict.entries, verdict.problem), (4, None));
}

#[tokio::test]
async fn what_is_refused_is_written_down_when_somebody_can_be_named() {
    let api = Api::start(&[]).await;
    let reader = api.token_of("AnalystReadOnly").await;
    assert_eq!(api.send(Some(&reader), "POST", "/roles", "{}").await, 403);
    let refused = api.audit("CREATE_USER_ROLE").await.remove(0);
    assert_eq!(refused["actionResult"], "FAILED");
    let message = refused["errors"][0]["message"].as_str().unwrap();
    assert!(message.contains("`UserModify`"), "{message}");
    assert_eq!(refused["actionParams"]["dynamic"]["input"], json!({}), "nobody read the body");
    for token in [None, Some("no-such-token")] {
        assert_eq!(api.send(token, "POST", "/roles", "{}").await, 401);
    }
    assert_eq!(api.send(None, "GET", "/no-such-route", "").await, 404);
    assert_eq!(api.audit("CREATE_USER_ROLE").await.len(), 1);
}

#[tokio::test]
async fn a_caller_who_goes_away_leaves_an_entry_all_the_same() {
    let api = Api::start(&[]).await;
    let request = Request::post("/roles").header("x-api-key", TOKEN);
    let form = r#"{"name": "Night shift", "permissions": []}"#;
    let request = request.body(Body::from(form)).unwrap();
    let mut work = Box::pin(api.router.clone().oneshot(request));
    assert!(futures_util::poll!(&mut work).is_pending());
    drop(work);
    let is_written = async {
        while api.audit("CREATE_USER_ROLE").await.is_empty() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(WAIT_MAX, is_written).await.expect("an entry is written");
    assert!(api.json(200, "GET", "/roles", "").await.to_string().contains("Night shift"));
}

#[tokio::test]
async fn each_field_of_a_document_is_an_entry() {
    let api = Api::start(&[]).await;
    let query = "mutation ($input: CreateRoleInput!) {
        a: createRole(input: $input) { role { id } }
        b: createRole(input: $input) { role { id } }
    }";
    let input = json!({ "input": { "name": "Twice", "permissions": ["AlertRead"], "logTypeAccessKind": "ALLOW_ALL" } });
    let body = json!({ "query": query, "variables": input }).to_string();
    api.json(200, "POST", "/public/graphql", &body).await;
    let entries = api.audit("CREATE_USER_ROLE").await;
    let results: Vec<&str> = entries.iter().map(|entry| entry["actionResult"].as_str().unwrap()).collect();
    assert_eq!(results, ["FAILED", "SUCCEEDED"], "the newest first");
    assert_eq!(entries[0]["actionParams"]["dynamic"]["input"]["name"], "Twice");
    assert_eq!(entries[0]["actionDetails"]["field"], "createRole");
    api.json(200, "POST", "/public/graphql", r#"{"query": "{ generalSettings { pantherVersion } }"}"#).await;
    assert_eq!(api.audit("CREATE_USER_ROLE").await.len(), 2);
}

/// Secrets at every place where one can stand, sent to every route that changes something.
#[tokio::test]
async fn no_route_writes_a_secret_down() {
    let api = Api::start(&[("here", true)]).await;
    let body = json!({
        "password": CANARY, "current": CANARY, "new": CANARY, "token": CANARY, "code": CANARY, "email": CANARY,
        "codes": [CANARY], "csrfToken": CANARY, "value": CANARY, "link": CANARY, "authSecretValue": CANARY,
        "authPassword": CANARY, "authBearerToken": CANARY, "api_key": CANARY, "headers": { "X-Key": CANARY },
        "displayName": "good", "type": "webhook", "name": "x", "permissions": [], "id": "a", "alertId": "x",
        "config": { "webhook_url": format!("https://hooks.example/{CANARY}"), "headers": { "A": CANARY }, "bearer": CANARY,
            "hmac_secret": CANARY, "other": CANARY },
        "integrationLabel": "x", "logStreamType": "Auto", "logTypes": ["Okta.SystemLog"], "authMethod": "Bearer",
    });
    let mut seen = BTreeMap::new();
    for (method, path, name, _) in CHANGES {
        let path = path.replace("{id}", "here").replace("{type}", "SOURCE_NO_DATA");
        let status = api.send(Some(TOKEN), method, &path, &body.to_string()).await;
        seen.insert((*name).to_owned(), status);
    }
    let all = api.store.audit_after(0, &store::AuditFilter::default(), 1_000).await.unwrap();
    let text: Vec<&str> = all.iter().map(|entry| entry.entry.as_str()).collect();
    let leaks: Vec<&&str> = text.iter().filter(|entry| entry.contains(CANARY)).collect();
    assert!(leaks.is_empty(), "{leaks:?}");
    // All but those of people in a browser, who have no session here.
    let written: BTreeSet<String> = all
        .iter()
        .map(|entry| {
            serde_json::from_str::<Value>(&entry.entry).unwrap()["actionName"].as_str().unwrap().to_owned()
        })
        .collect();
    for (name, status) in &seen {
        let is_of_people = *status == StatusCode::UNAUTHORIZED;
        assert!(written.contains(name) || is_of_people || OPEN.contains(&name.as_str()), "{name} {status}");
    }
    assert!(
        text.iter().any(|entry| entry.contains("\"webhook_url\":\"********\"")),
        "what is masked is there"
    );
}

/// Actions for which nobody can be named before they succeed.
const OPEN: &[&str] = &["SET_UP", "SET_PASSWORD_BY_LINK"];

#[tokio::test]
async fn values_that_are_shown_once_are_not_written_down() {
    let api = Api::start(&[]).await;
    let made = api.json(200, "POST", "/api-tokens", r#"{"name": "ci", "permissions": ["AlertRead"]}"#).await;
    let path = format!("/api-tokens/{}", made["id"].as_str().unwrap());
    let rotated = api.json(200, "POST", &format!("{path}/rotate"), "").await;
    let invited = r#"{"email": "omar@example.com", "givenName": "Omar", "familyName": "Ode", "role": {"name": "Analyst"}}"#;
    let invited = api.json(200, "POST", "/users", invited).await;
    let entries = api.store.audit_after(0, &store::AuditFilter::default(), 100).await.unwrap();
    assert_eq!(entries.len(), 3);
    for secret in [&made["value"], &rotated["value"], &invited["invitationLink"]] {
        let secret = secret.as_str().unwrap();
        let secret = secret.rsplit('#').next().unwrap();
        assert!(entries.iter().all(|entry| !entry.entry.contains(secret)));
    }
    assert_eq!(api.audit("CREATE_USER").await[0]["actionDetails"]["after"]["email"], "omar@example.com");
}

#[tokio::test]
async fn the_log_is_filtered_paged_exported_and_not_for_everybody() {
    let api = Api::start(&[]).await;
    for number in 0..5 {
        let form = format!(r#"{{"name": "Role {number}", "permissions": []}}"#);
        api.json(200, "POST", "/roles", &form).await;
        api.json(400, "POST", "/roles", &form).await;
        api.clock.advance(jiff::SignedDuration::from_secs(60));
    }
    let count = async |query: &str| {
        let page = api.json(200, "GET", &format!("/audit-log?{query}"), "").await;
        (page["results"].as_array().unwrap().len(), page["next"].as_str().map(str::to_owned))
    };
    assert_eq!(count("").await, (10, None));
    assert_eq!(count("result=FAILED").await.0, 5);
    assert_eq!(count("contains=role%203").await.0, 2);
    assert_eq!(count("from=2026-03-01T11:01:00Z&to=2026-03-01T11:03:00Z").await.0, 4);
    assert_eq!(count("actor=nobody").await.0, 0);
    let (first, next) = count("limit=6").await;
    assert_eq!(first, 6);
    assert_eq!(count(&format!("limit=6&cursor={}", next.unwrap())).await, (4, None));
    api.refusal(400, "GET", "/audit-log?result=MAYBE", "").await;
    api.refusal(400, "GET", "/audit-log?cursor=x", "").await;

    let request = Request::get("/audit-log/export?from=2026-03-01T11:01:00Z").header("x-api-key", TOKEN);
    let answer = api.router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    assert_eq!(answer.status(), 200);
    let bytes = axum::body::to_bytes(answer.into_body(), 1 << 20).await.unwrap();
    let lines = std::str::from_utf8(&bytes).unwrap().lines();
    let lines: Vec<Value> = lines.map(|line| serde_json::from_str(line).unwrap()).collect();
    let sequences: Vec<u64> = lines.iter().map(|line| line["sequence"].as_u64().unwrap()).collect();
    assert_eq!(sequences, (3..=10).collect::<Vec<u64>>());
    assert_eq!(lines[0]["entry"]["actionName"], "CREATE_USER_ROLE");

    for (role, status) in [("AnalystReadOnly", 403), ("Analyst", 200)] {
        let token = api.token_of(role).await;
        for path in ["/audit-log", "/audit-log/export"] {
            assert_eq!(api.send(Some(&token), "GET", path, "").await, status, "{role} {path}");
        }
    }
    assert!(DefaultRole::AnalystReadOnly.permissions().holds(model::Permission::GeneralSettingsRead));
}

#[tokio::test]
async fn every_route_that_reads_leaves_an_entry_in_the_log_of_reads() {
    let api = Api::start(&[]).await;
    let mut asked = Vec::new();
    for (method, path, name, description) in READS {
        let place = path.replace("{id}", "here").replace("{type}", "SOURCE_NO_DATA");
        let status = api.send(Some(TOKEN), method, &format!("{place}?a=b&token={CANARY}"), "").await;
        // Those of people in a browser refuse a token before anybody is named.
        if status != StatusCode::UNAUTHORIZED {
            asked.push((*name, *description, *path, status.as_u16()));
        }
    }
    assert!(asked.len() > 40);
    let reads = api.reads().await;
    let seen: Vec<_> = reads
        .iter()
        .map(|entry| {
            let text = |value: &'static str| entry[value].as_str().unwrap();
            let status = entry["actionDetails"]["status"].as_u64().unwrap();
            let is_failure = status >= 400;
            assert_eq!(text("actionResult"), if is_failure { "FAILED" } else { "SUCCEEDED" }, "{entry}");
            assert_eq!(entry["errors"].is_array(), is_failure, "{entry}");
            let route = entry["actionDetails"]["route"].as_str().unwrap();
            (text("actionName"), text("actionDescription"), route, u16::try_from(status).unwrap())
        })
        .collect();
    assert_eq!(seen, asked);
    let first = &reads[0];
    assert_eq!(first["actor"]["name"], "tests");
    assert_eq!(first["actionParams"]["dynamic"]["query"], json!({ "a": "b", "token": "********" }));
    assert_eq!(first["userAgent"], "tests/1");
    assert!(reads.iter().all(|entry| !entry.to_string().contains(CANARY)));
    assert!(reads.iter().all(|entry| entry["actionDetails"].get("after").is_none()), "answers are not kept");
    let one = reads.iter().find(|entry| entry["actionName"] == "GET_RULE").unwrap();
    assert_eq!(one["actionParams"]["dynamic"]["input"]["id"], "here");
    let changes = api.store.audit_after(0, &store::AuditFilter::default(), 10).await.unwrap();
    assert_eq!(changes, []);
}

#[tokio::test]
async fn what_only_looks_at_heads_is_a_read_and_every_value_of_a_key_is_kept() {
    let api = Api::start(&[]).await;
    let query = format!("email=a%40example.com&email=&id=1&id=2&id=3&token={CANARY}&token=x");
    assert_eq!(api.send(Some(TOKEN), "HEAD", &format!("/users?{query}"), "").await, StatusCode::OK);
    let reads = api.reads().await;
    assert_eq!((reads.len(), &reads[0]["actionName"]), (1, &json!("LIST_USERS")));
    assert_eq!(reads[0]["actionDetails"]["method"], "HEAD");
    let kept = &reads[0]["actionParams"]["dynamic"]["query"];
    assert_eq!((&kept["email"], &kept["id"]), (&json!(["a@example.com", ""]), &json!(["1", "2", "3"])));
    assert!(!reads[0].to_string().contains(CANARY));
}

#[tokio::test]
async fn what_is_refused_or_nobody_asks_for_is_told_apart() {
    let api = Api::start(&[]).await;
    let reader = api.token_of("AnalystReadOnly").await;
    assert_eq!(api.send(Some(&reader), "GET", "/audit-log", "").await, 403);
    for token in [None, Some("no-such-token")] {
        assert_eq!(api.send(token, "GET", "/alerts", "").await, 401);
    }
    for (method, path) in NOT_RECORDED {
        api.send(Some(TOKEN), method, path, "{}").await;
    }
    for path in ["/openapi.json", "/", "/console/", "/no-such-route"] {
        api.send(Some(TOKEN), "GET", path, "").await;
    }
    let reads = api.reads().await;
    assert_eq!(reads.len(), 1, "{reads:?}");
    assert_eq!(
        (&reads[0]["actionName"], &reads[0]["actionResult"]),
        (&json!("LIST_AUDIT_LOG"), &json!("FAILED"))
    );
    let message = reads[0]["errors"][0]["message"].as_str().unwrap();
    assert!(message.contains("`UserRead`"), "{message}");

    api.state.audit_reads.switch(false);
    let query = r#"{"query": "{ generalSettings { pantherVersion } }"}"#;
    api.json(200, "GET", "/alerts", "").await;
    api.json(200, "POST", "/public/graphql", query).await;
    assert_eq!(api.reads().await.len(), 1, "the switch is off");
    api.state.audit_reads.switch(true);
    api.json(200, "GET", "/alerts", "").await;
    assert_eq!(api.reads().await.len(), 2);
}

#[tokio::test]
async fn each_root_field_of_a_query_is_a_read() {
    let api = Api::start(&[]).await;
    let query = "query ($id: ID!) {
        a: generalSettings { pantherVersion }
        __schema { queryType { name } }
        roles { name }
        missing: roleById(id: $id) { name }
    }";
    let body = json!({ "query": query, "variables": { "id": "no-such-role" } }).to_string();
    api.json(200, "POST", "/public/graphql", &body).await;
    let reads = api.reads().await;
    let seen: Vec<(&str, &str)> = reads
        .iter()
        .map(|entry| (entry["actionName"].as_str().unwrap(), entry["actionResult"].as_str().unwrap()))
        .collect();
    assert_eq!(
        seen,
        [
            ("GET_GENERAL_SETTINGS", "SUCCEEDED"),
            ("LIST_USER_ROLES", "SUCCEEDED"),
            ("GET_USER_ROLE", "FAILED")
        ]
    );
    assert_eq!(reads[2]["actionParams"]["dynamic"]["id"], "no-such-role");
    assert!(reads[2]["errors"][0]["message"].is_string());
    assert!(reads.iter().all(|entry| entry["actionDetails"].get("after").is_none()));
    let page = api.json(200, "GET", "/audit-log?kind=read&action=LIST_USER_ROLES", "").await;
    assert_eq!((&page["results"][0]["kind"], page["results"].as_array().unwrap().len()), (&json!("read"), 1));
    assert_eq!(api.json(200, "GET", "/audit-log", "").await["results"], json!([]));
    api.refusal(400, "GET", "/audit-log?kind=both", "").await;
    let verdict = api.store.verify_audit(AuditKind::Read, &api.key_file()).await.unwrap();
    assert_eq!(verdict.problem, None);
}

/// What is there before a change and after it, where the answer does not say so by itself.
#[tokio::test]
async fn changes_of_alerts_comments_alarms_and_tokens_have_before_and_after() {
    let api = Api::start(&[]).await;
    let alert = api.commit(&[], Vec::new()).await;
    let path = format!("/alerts/{}", alert.id);
    let views = async |action: &str| {
        let details = &api.audit(action).await[0]["actionDetails"];
        (details["before"].clone(), details["after"].clone())
    };
    assert_eq!(api.send(Some(TOKEN), "PATCH", &path, r#"{"status": "TRIAGED"}"#).await, 200);
    let (before, after) = views("UPDATE_ALERT_STATUS").await;
    assert_eq!((&before["status"], &after["status"]), (&json!("OPEN"), &json!("TRIAGED")));
    assert_eq!((&before["id"], &before["assignee"]), (&json!(alert.id), &Value::Null));
    let form = json!({ "ids": [alert.id, alert.id], "assignee": "mira" }).to_string();
    assert_eq!(api.send(Some(TOKEN), "PATCH", "/alerts", &form).await, 204);
    let (before, after) = views("UPDATE_ALERT_STATUS").await;
    assert_eq!((&before["count"], &before["alerts"][0]["assignee"]), (&json!(2), &Value::Null));
    assert_eq!(after["alerts"][0]["assignee"], "mira");
    let query = "mutation ($input: UpdateAlertStatusByIdInput!) { updateAlertStatusById(input: $input) { alerts { id } } }";
    let input = json!({ "input": { "ids": [alert.id], "status": "CLOSED" } });
    api.json(200, "POST", "/public/graphql", &json!({ "query": query, "variables": input }).to_string())
        .await;
    let (before, after) = views("UPDATE_ALERT_STATUS").await;
    assert_eq!((&before["status"], &after["status"]), (&json!("TRIAGED"), &json!("CLOSED")));
    assert_eq!(api.send(Some(TOKEN), "PATCH", "/alerts/gone", r#"{"status": "OPEN"}"#).await, 404);
    let (before, after) = views("UPDATE_ALERT_STATUS").await;
    assert_eq!((before, after), (Value::Null, Value::Null));

    let comment = json!({ "alertId": alert.id, "body": "first words", "format": "PLAIN_TEXT" });
    let made = api.json(200, "POST", "/alert-comments", &comment.to_string()).await;
    let place = format!("/alert-comments/{}", made["id"].as_str().unwrap());
    let changed = json!({ "alertId": alert.id, "body": "other words", "format": "PLAIN_TEXT" });
    api.json(200, "POST", &place, &changed.to_string()).await;
    let (before, after) = views("UPDATE_ALERT_COMMENT").await;
    assert_eq!((&before["body"], &after["body"]), (&json!("first words"), &json!("other words")));

    let alarm = "/log-source-alarms/okta/SOURCE_NO_DATA";
    for minutes in [20, 30] {
        api.json(200, "PUT", alarm, &json!({ "minutesThreshold": minutes }).to_string()).await;
    }
    let (before, after) = views("CREATE_LOG_SOURCE_ALARM").await;
    assert_eq!((&before["minutesThreshold"], &after["minutesThreshold"]), (&json!(20), &json!(30)));
    assert_eq!(api.send(Some(TOKEN), "DELETE", alarm, "").await, 204);
    let (before, after) = views("DELETE_LOG_SOURCE_ALARM").await;
    assert_eq!((&before["minutesThreshold"], after), (&json!(30), Value::Null));

    let made = api.json(200, "POST", "/api-tokens", r#"{"name": "ci", "permissions": ["AlertRead"]}"#).await;
    let rotated = format!("/api-tokens/{}/rotate", made["id"].as_str().unwrap());
    let value = api.json(200, "POST", &rotated, "").await["value"].as_str().unwrap().to_owned();
    let (before, after) = views("ROTATE_API_TOKEN").await;
    assert_eq!((&before["name"], &after["value"]), (&json!("ci"), &json!("********")));
    assert!(!after.to_string().contains(&value) && !before.to_string().contains(&value));
}

#[tokio::test]
async fn fields_of_one_document_do_not_share_what_was_before() {
    let api = Api::start(&[]).await;
    let mut ids = Vec::new();
    for name in ["One", "Two"] {
        let form = json!({ "name": name, "permissions": [] }).to_string();
        ids.push(api.json(200, "POST", "/roles", &form).await["id"].clone());
    }
    let query = "mutation ($a: UpdateRoleInput!, $b: CreateRoleInput!, $c: DeleteRoleInput!) {
        updateRole(input: $a) { role { id } }
        createRole(input: $b) { role { name } }
        deleteRole(input: $c) { id }
    }";
    let variables = json!({
        "a": { "id": ids[0], "name": "Uno", "permissions": ["AlertRead"], "logTypeAccessKind": "ALLOW_ALL" },
        "b": { "name": "Three", "permissions": ["AlertRead"], "logTypeAccessKind": "ALLOW_ALL" },
        "c": { "id": ids[1] },
    });
    let body = json!({ "query": query, "variables": variables }).to_string();
    let answer = api.json(200, "POST", "/public/graphql", &body).await;
    assert_eq!(answer.get("errors"), None, "{answer}");
    let before = async |action: &str| api.audit(action).await[0]["actionDetails"]["before"]["name"].clone();
    assert_eq!(before("UPDATE_USER_ROLE").await, "One");
    assert_eq!(before("CREATE_USER_ROLE").await, Value::Null);
    assert_eq!(before("DELETE_USER_ROLE").await, "Two");
}
