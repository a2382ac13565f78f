//! Who may do what: API tokens from their making to their end, roles, users.

use serde_json::{Value, json};

use crate::harness::{Answer, Server, Site, TOKEN, text};

fn site() -> Site {
    Site::new("sources:\n  - { id: okta, type: http, log_types: [Okta.SystemLog] }\n")
}

/// A request with this token.
fn ask(server: &Server, token: &str, method: &str, path: &str, body: &Value) -> Answer {
    let body = body.to_string();
    let body = (method != "GET").then_some(body.as_bytes());
    server.request(method, path, &[("X-API-Key", token)], body)
}

/// The JSON of an answer with this status.
fn told(status: u16, answer: &Answer) -> Value {
    assert_eq!(answer.status, status, "{}", answer.body);
    assert_eq!(answer.content_type.as_deref(), Some("application/json"));
    if answer.body.is_empty() { Value::Null } else { answer.json() }
}

/// Makes something as the administrator.
fn made(server: &Server, path: &str, body: &Value) -> Value {
    told(200, &server.change("POST", path, body))
}

#[test]
fn a_token_lives_from_its_making_to_its_deletion() {
    let site = site();
    let server = site.start();
    let form = json!({"name": "reader", "permissions": ["AlertModify"], "createdBy": "ignored"});
    let token = made(&server, "/api-tokens", &form);
    let (id, value) = (text(&token["id"]), text(&token["value"]));
    assert_eq!(token["permissions"], json!(["AlertRead", "AlertModify"]));
    assert_eq!(
        (&token["allowedCIDRBlocks"], &token["expiresAt"], &token["createdBy"]["type"]),
        (&json!([]), &Value::Null, &json!("api-token"))
    );

    told(200, &ask(&server, &value, "GET", "/alerts", &json!({})));
    let refused = told(403, &ask(&server, &value, "GET", "/destinations", &json!({})));
    assert!(text(&refused["message"]).contains("`DestinationRead`"), "{refused}");
    let own = told(200, &ask(&server, &value, "GET", "/api-tokens/self", &json!({})));
    assert_eq!((&own["id"], own.get("value")), (&token["id"], None));
    told(403, &ask(&server, &value, "GET", "/api-tokens", &json!({})));
    told(403, &ask(&server, &value, "POST", "/api-tokens/self", &form));

    let rotated = told(200, &ask(&server, &value, "POST", "/api-tokens/self/rotate", &json!({})));
    let fresh = text(&rotated["value"]);
    assert_eq!((&rotated["id"], &rotated["rotatedBy"]["id"]), (&token["id"], &token["id"]));
    told(401, &ask(&server, &value, "GET", "/alerts", &json!({})));
    told(200, &ask(&server, &fresh, "GET", "/alerts", &json!({})));

    let path = format!("/api-tokens/{id}");
    let change = json!({"name": "nobody", "permissions": [], "allowedCIDRBlocks": ["127.0.0.0/8"]});
    let changed = told(200, &server.change("POST", &path, &change));
    assert_eq!(changed["allowedCIDRBlocks"], json!(["127.0.0.0/8"]));
    told(403, &ask(&server, &fresh, "GET", "/alerts", &json!({})));
    told(200, &ask(&server, &fresh, "GET", "/api-tokens/self", &json!({})));
    let listed = server.list("/api-tokens");
    assert!(listed.iter().any(|it| it["id"] == token["id"] && it["name"] == "nobody"), "{listed:?}");
    assert!(listed.iter().all(|it| it.get("value").is_none()));

    told(204, &server.change("DELETE", &path, &json!({})));
    told(401, &ask(&server, &fresh, "GET", "/api-tokens/self", &json!({})));
    told(404, &server.change("DELETE", &path, &json!({})));
    told(404, &server.get(&path));
    assert!(server.list("/api-tokens").iter().all(|it| it["id"] != token["id"]));
}

#[test]
fn what_a_token_may_not_be() {
    let site = site();
    let server = site.start();
    for (body, word) in [
        (json!({"permissions": []}), "name"),
        (json!({"name": "x"}), "permissions"),
        (json!({"name": "", "permissions": []}), "`name`"),
        (json!({"name": "x".repeat(256), "permissions": []}), "`name`"),
        (json!({"name": "x", "permissions": ["AlertWrite"]}), "`AlertWrite`"),
        (json!({"name": "x", "permissions": "AlertRead"}), "permissions"),
        (json!({"name": "x", "permissions": [], "allowedCIDRBlocks": ["10.0.0.0/40"]}), "`10.0.0.0/40`"),
        (json!({"name": "x", "permissions": [], "allowedCIDRBlocks": vec!["10.0.0.1"; 101]}), "101"),
        (json!({"name": "x", "permissions": [], "expiresAt": "2020-01-01T00:00:00Z"}), "future"),
        (json!({"name": "x", "permissions": [], "expiresAt": "tomorrow"}), "`tomorrow`"),
    ] {
        let refused = told(400, &server.change("POST", "/api-tokens", &body));
        assert!(text(&refused["message"]).contains(word), "{body}: {refused}");
    }
    let form = json!({"name": "maker", "permissions": ["OrganizationAPITokenModify", "UserModify"]});
    let maker = text(&made(&server, "/api-tokens", &form)["value"]);
    let more = json!({"name": "more", "permissions": ["RuleModify"]});
    for (method, path, body) in [
        ("POST", "/api-tokens", more.clone()),
        ("POST", "/api-tokens/self", more.clone()),
        ("POST", "/roles", more),
        (
            "POST",
            "/users",
            json!({"email": "a@example.com", "givenName": "A", "familyName": "B", "role": {"name": "Admin"}}),
        ),
    ] {
        let refused = told(403, &ask(&server, &maker, method, path, &body));
        assert!(text(&refused["message"]).contains("RuleModify"), "{path}: {refused}");
    }
    let admin = server.get_json("/api-tokens/self");
    assert_eq!(admin["role"], "Admin");
    let path = format!("/api-tokens/{}/rotate", text(&admin["id"]));
    told(403, &ask(&server, &maker, "POST", &path, &json!({})));
    assert_eq!(server.get("/alerts").status, 200, "the administrator's value stays");
}

#[test]
fn a_token_works_only_from_its_networks_and_until_it_ends() {
    let site = Site::new(
        "trusted_proxies: [127.0.0.0/8]\nsources:\n  - { id: okta, type: http, log_types: [Okta.SystemLog] }\n",
    );
    let server = site.start();
    let form = json!({"name": "office", "permissions": ["AlertRead"], "allowedCIDRBlocks": ["203.0.113.0/24", "2001:db8::/32"]});
    let office = text(&made(&server, "/api-tokens", &form)["value"]);
    for (forwarded, status) in [
        (None, 403),
        (Some("203.0.113.9"), 200),
        (Some("2001:db8::7"), 200),
        (Some("198.51.100.1"), 403),
        (Some("203.0.113.9, 198.51.100.1"), 403),
        (Some("198.51.100.1, 203.0.113.9"), 200),
        (Some("rubbish"), 403),
    ] {
        let mut headers = vec![("X-API-Key", office.as_str())];
        headers.extend(forwarded.map(|text| ("X-Forwarded-For", text)));
        let answer = server.request("GET", "/alerts", &headers, None);
        assert_eq!(answer.status, status, "{forwarded:?}: {}", answer.body);
    }
    let own = ask(&server, &office, "GET", "/api-tokens/self", &json!({}));
    assert!(text(&told(403, &own)["message"]).contains("`127.0.0.1`"), "{own:?}");
    server.terminate();

    // The next server trusts nobody, so what a header says of the address does not count.
    site.write("margay.yaml", "sources:\n  - { id: okta, type: http, log_types: [Okta.SystemLog] }\n");
    let server = site.start();
    let headers = [("X-API-Key", office.as_str()), ("X-Forwarded-For", "203.0.113.9")];
    assert_eq!(server.request("GET", "/alerts", &headers, None).status, 403);

    let until = |token: &str| server.request("GET", "/alerts", &[("X-API-Key", token)], None).status;
    let made =
        site.run(&["token", "create", "--name", "short", "--expires", "3s", "--permission", "AlertRead"]);
    assert_eq!(made.code, Some(0), "{made:?}");
    let short = made.stdout.trim();
    assert_eq!(until(short), 200);
    crate::harness::wait_until("the token ends", || until(short) == 401);
}

#[test]
fn roles_are_managed_and_take_effect_at_once() {
    let site = site();
    let server = site.start();
    let names = |query: &str| -> Vec<String> {
        server.list(&format!("/roles{query}")).iter().map(|role| text(&role["name"])).collect()
    };
    assert_eq!(names(""), ["Admin", "Analyst", "AnalystReadOnly"]);
    let form = json!({"name": "Watcher", "permissions": ["AlertRead"], "id": "ignored"});
    let role = made(&server, "/roles", &form);
    assert_eq!((&role["logTypeAccessKind"], &role["logTypeAccess"]), (&json!("ALLOW_ALL"), &json!([])));
    let path = format!("/roles/{}", text(&role["id"]));
    assert_eq!(server.get_json(&path), role);
    assert_eq!(names("?name=Watcher&name-contains=x"), ["Watcher"]);
    assert_eq!(names("?name-contains=ANALYST&sort-dir=desc"), ["AnalystReadOnly", "Analyst"]);
    assert_eq!(names(&format!("?ids={},nobody", text(&role["id"]))), ["Watcher"]);
    assert_eq!(names(&format!("?id[]={}", text(&role["id"]))), ["Watcher"]);

    let token = site.run(&["token", "create", "--name", "w", "--role", "Watcher"]);
    let token = token.stdout.trim();
    told(200, &ask(&server, token, "GET", "/alerts", &json!({})));
    let refused = told(400, &server.change("DELETE", &path, &json!({})));
    assert!(text(&refused["message"]).contains("1 API tokens"), "{refused}");
    let change = json!({"name": "Looker", "permissions": ["RuleRead"], "logTypeAccessKind": "ALLOW", "logTypeAccess": ["B", "A"]});
    let changed = told(200, &server.change("POST", &path, &change));
    assert_eq!(changed["logTypeAccess"], json!(["B", "A"]));
    told(403, &ask(&server, token, "GET", "/alerts", &json!({})));
    let own = told(200, &ask(&server, token, "GET", "/api-tokens/self", &json!({})));
    assert_eq!((&own["role"], &own["permissions"]), (&json!("Looker"), &json!(["RuleRead"])));

    for (body, word) in [
        (json!({"name": "Admin", "permissions": []}), "taken"),
        (json!({"name": "x", "permissions": [], "logTypeAccessKind": "SOME"}), "`SOME`"),
        (json!({"name": "x", "permissions": [], "logTypeAccess": ["A"]}), "logTypeAccessKind"),
        (
            json!({"name": "x", "permissions": [], "logTypeAccessKind": "DENY_ALL", "logTypeAccess": ["A"]}),
            "DENY_ALL",
        ),
    ] {
        for path in ["/roles", path.as_str()] {
            let refused = told(400, &server.change("POST", path, &body));
            assert!(text(&refused["message"]).contains(word), "{body}: {refused}");
        }
    }
    assert_eq!(site.run(&["token", "revoke", "w"]).code, Some(0));
    let deleted = server.change("DELETE", &path, &json!({}));
    assert_eq!((told(200, &deleted), deleted.body.as_str()), (Value::Null, ""));
    told(404, &server.get(&path));
}

#[test]
fn users_are_managed() {
    let site = site();
    let server = site.start();
    let form = |number: u32| {
        json!({"email": format!("user{number}@example.com"), "givenName": "Mira", "familyName": format!("Ode {number}"),
            "role": {"name": "Analyst"}, "status": "ignored"})
    };
    let invite = |number| {
        let mut invited = made(&server, "/users", &form(number));
        let keys = invited.as_object_mut().unwrap();
        assert!(text(&keys.remove("invitationLink").unwrap()).starts_with("http://"));
        assert!(keys.remove("invitationExpiresAt").is_some());
        invited
    };
    let users: Vec<Value> = (0..3).map(invite).collect();
    let first = &users[0];
    assert_eq!(
        (&first["status"], &first["enabled"], &first["role"]["name"], &first["lastLoggedInAt"]),
        (&json!("FORCE_CHANGE_PASSWORD"), &json!(true), &json!("Analyst"), &Value::Null)
    );
    let path = format!("/users/{}", text(&first["id"]));
    assert_eq!(&server.get_json(&path), first);
    let page = server.get_json("/users?limit=2");
    let rest = server.list(&format!("/users?limit=2&cursor={}", text(&page["next"])));
    assert_eq!((page["results"].as_array().unwrap().len(), rest.len()), (2, 1));
    for (query, count) in [
        ("contains=ODE%201", 1),
        ("email=USER2@example.com&contains=nothing", 1),
        ("email=user2", 0),
        ("status=CONFIRMED", 0),
    ] {
        assert_eq!(server.list(&format!("/users?{query}")).len(), count, "{query}");
    }
    for query in ["limit=61", "limit=0", "status=DONE", "cursor=nonsense", "include-deactivated=yes"] {
        told(400, &server.get(&format!("/users?{query}")));
    }
    let changed = told(200, &server.change("POST", &path, &json!({"enabled": false, "familyName": "Nova"})));
    assert_eq!((&changed["familyName"], &changed["email"]), (&json!("Nova"), &first["email"]));
    assert_eq!(server.list("/users").len(), 2);
    assert_eq!(server.list("/users?include-deactivated=true").len(), 3);
    for (body, word) in [
        (json!({"email": "USER1@EXAMPLE.COM"}), "another user"),
        (json!({"email": "nobody"}), "`email`"),
        (json!({"role": {"name": "Analyst", "id": "x"}}), "`role`"),
        (json!({"role": {"name": "Nobody"}}), "`Nobody`"),
        (json!({"givenName": " "}), "`givenName`"),
    ] {
        let refused = told(400, &server.change("POST", &path, &body));
        assert!(text(&refused["message"]).contains(word), "{body}: {refused}");
    }
    told(400, &server.change("POST", "/users", &json!({"email": "x@example.com"})));
    assert_eq!(server.change("DELETE", &path, &json!({})).body, "");
    told(404, &server.get(&path));
}

#[test]
fn tokens_of_the_command_line_say_what_they_are() {
    let site = site();
    let create = |args: &[&str]| site.run(&[&["token", "create", "--name", "t"], args].concat());
    for (args, word) in [
        (&["--role", "Nobody"][..], "`Nobody`"),
        (&["--permission", "AlertWrite"], "`AlertWrite`"),
        (&["--permission", "AlertRead", "--role", "Admin"], "--role"),
        (&["--cidr", "example.com"], "`example.com`"),
        (&["--expires", "soon"], "`soon`"),
        (&["--expires", "2020-01-01T00:00:00Z"], "future"),
    ] {
        let ran = create(args);
        assert_eq!(ran.code, Some(2), "{ran:?}");
        assert!(ran.stderr.contains(word), "{ran:?}");
    }
    let made = create(&[
        "--permission",
        "AlertModify",
        "--cidr",
        "192.0.2.0/24",
        "--cidr",
        "::1",
        "--expires",
        "90d",
    ]);
    assert_eq!(made.code, Some(0), "{made:?}");
    assert_eq!(create(&[]).code, Some(0));
    let list = site.run(&["token", "list"]).stdout;
    for word in ["AlertRead AlertModify", "192.0.2.0/24 ::1", "Admin"] {
        assert!(list.contains(word), "{list}");
    }
    let value = made.stdout.trim();
    assert!(!list.contains(value));
    let server = site.start();
    assert_eq!(server.request("GET", "/alerts", &[("X-API-Key", value)], None).status, 403);
    assert_eq!(server.request("GET", "/alerts", &[("X-API-Key", TOKEN)], None).status, 200);
}

const GATE: &str = "schema: Custom.Gate\nfields:\n  - { name: gate, type: string, required: true }\n";

/// Alerts of two log types, each with a comment and a delivery; and one of both, which a rule put together.
fn two_log_types() -> Site {
    let site = Site::new(
        "schemas: [schemas]\nsources:\n  - { id: okta, type: http, log_types: [Okta.SystemLog, Custom.Gate] }\n\
         destinations:\n  - { name: nowhere, type: webhook, config: { webhook_url: \"http://127.0.0.1:9/\" }, severities: [HIGH] }\n\
         delivery: { retry: { attempts_max: 1 } }\n",
    );
    site.write("schemas/gate.yml", GATE);
    let body = "def rule(event):\n    return True\ndef title(event):\n    return event['p_log_type']\n\
                def dedup(event):\n    return event['p_log_type']\n";
    site.rule("Okta", "", body);
    site.rule("Gate", "", body);
    site.rule("Both", "", "def rule(event):\n    return True\ndef title(event):\n    return 'both'\ndef dedup(event):\n    return 'both'\n");
    for (file, types) in [("gate", "[Custom.Gate]"), ("both", "[Okta.SystemLog, Custom.Gate]")] {
        let path = site.path().join(format!("content/rules/{file}.yml"));
        let yaml = std::fs::read_to_string(&path).unwrap().replace("[Okta.SystemLog]", types);
        std::fs::write(path, yaml).unwrap();
    }
    site
}

#[test]
fn a_role_that_sees_one_log_type_sees_only_its_alerts() {
    let site = two_log_types();
    let server = site.start();
    let body =
        format!("{}\n{}", crate::harness::okta_event("1", "u@example.com", "X"), json!({"gate": "north"}));
    assert_eq!(server.send("okta", body).status, 200);
    server.wait_evaluated(2);
    server.wait_delivered();
    let all = server.alerts("ALERT");
    assert_eq!(all.len(), 3, "{all:?}");
    let role = |name: &str, kind: &str, log_types: &[&str]| -> String {
        let permissions = json!(["AlertModify", "OrganizationAPITokenModify", "LogSourceRead"]);
        let form = json!({"name": name, "permissions": permissions, "logTypeAccessKind": kind, "logTypeAccess": log_types});
        made(&server, "/roles", &form);
        let token = site.run(&["token", "create", "--name", name, "--role", name]);
        assert_eq!(token.code, Some(0), "{token:?}");
        token.stdout.trim().to_owned()
    };
    let titles = |token: &str, query: &str| -> Vec<String> {
        let page = told(200, &ask(&server, token, "GET", &format!("/alerts{query}"), &json!({})));
        let mut titles: Vec<String> =
            page["results"].as_array().unwrap().iter().map(|alert| text(&alert["title"])).collect();
        titles.sort();
        titles
    };
    let okta = role("okta", "ALLOW", &["Okta.SystemLog"]);
    assert_eq!(titles(&okta, ""), ["Okta.SystemLog"]);
    assert_eq!(titles(&okta, "?log-type=Custom.Gate"), [""; 0]);
    assert_eq!(titles(&role("no gate", "DENY", &["Custom.Gate"]), ""), ["Okta.SystemLog"]);
    assert_eq!(titles(&role("blind", "DENY_ALL", &[]), ""), [""; 0]);
    assert_eq!(titles(&role("all", "ALLOW_ALL", &[]), "").len(), 3);
    let both = ["Okta.SystemLog", "Custom.Gate"];
    let watcher = role("both", "ALLOW", &both);
    assert_eq!(titles(&watcher, ""), ["Custom.Gate", "Okta.SystemLog", "both"]);

    // A page is filled with what may be seen: the filter comes before the cut.
    let page = told(200, &ask(&server, &okta, "GET", "/alerts?limit=1", &json!({})));
    assert_eq!((page["results"][0]["title"].as_str(), &page["next"]), (Some("Okta.SystemLog"), &Value::Null));

    for alert in &all {
        let id = text(&alert["id"]);
        let comment =
            made(&server, "/alert-comments", &json!({"alertId": id, "body": "look", "format": "PLAIN_TEXT"}));
        let delivery = text(&server.deliveries(alert)[0]["id"]);
        let is_seen = alert["title"] == "Okta.SystemLog";
        let expected = if is_seen { 200 } else { 404 };
        for path in ["", "/events", "/deliveries", "/history"] {
            told(expected, &ask(&server, &okta, "GET", &format!("/alerts/{id}{path}"), &json!({})));
        }
        let triage = json!({"status": "TRIAGED"});
        told(expected, &ask(&server, &okta, "PATCH", &format!("/alerts/{id}"), &triage));
        told(
            expected,
            &ask(&server, &okta, "GET", &format!("/alert-comments/{}", text(&comment["id"])), &json!({})),
        );
        told(expected, &ask(&server, &okta, "POST", &format!("/deliveries/{delivery}/retry"), &json!({})));
        let listed =
            told(200, &ask(&server, &okta, "GET", &format!("/alert-comments?alert-id={id}"), &json!({})));
        assert_eq!(listed["results"].as_array().unwrap().len(), usize::from(is_seen));
    }
    let ids: Vec<&Value> = all.iter().map(|alert| &alert["id"]).collect();
    told(404, &ask(&server, &okta, "PATCH", "/alerts", &json!({"ids": ids, "status": "CLOSED"})));
    assert!(server.list("/alerts?status=CLOSED").is_empty(), "all or none");
    let deliveries = |token: &str| {
        told(200, &ask(&server, token, "GET", "/deliveries", &json!({})))["results"].as_array().unwrap().len()
    };
    assert_eq!((deliveries(&okta), deliveries(TOKEN)), (1, 3));

    // What fits no schema may be of any log type of its source.
    server.send("okta", "{}");
    crate::harness::wait_until("a record is kept", || server.list("/log-sources/okta/failures").len() == 1);
    for (token, status) in [(&okta, 404), (&watcher, 200)] {
        told(status, &ask(&server, token, "GET", "/log-sources/okta/failures", &json!({})));
    }

    // What it makes sees no more than it does.
    let form = json!({"name": "child", "permissions": ["AlertRead"]});
    let child = text(&told(200, &ask(&server, &okta, "POST", "/api-tokens", &form))["value"]);
    assert_eq!(titles(&child, ""), ["Okta.SystemLog"]);
}
