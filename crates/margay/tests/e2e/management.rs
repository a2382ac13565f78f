//! Destinations made, changed and deleted while the server runs, their secrets at rest, and what the command
//! line says about deliveries and routes.

use serde_json::{Value, json};
use test_support::{Receiver, Reply};

use crate::harness::{Server, Site, allow, okta_event, text, vendor, wait_until};

/// Not to be found anywhere but at the vendor.
const SECRET: &str = "s3cr3t-path-of-the-hook";

const RULE: &str = "def rule(event):\n    return True\ndef title(event):\n    return event['uuid']\n";

fn site(vendors: &[&Receiver]) -> Site {
    let site = Site::new(&format!(
        "{}delivery: {{ retry: {{ first_delay: 100ms }}, rate: none }}
sources:
  - {{ id: okta, type: http, log_types: [Okta.SystemLog] }}
destinations:
  - {{ name: of-file, type: tines, config: {{ webhook_url: \"{}\" }} }}
",
        allow(vendors),
        vendors[0].url("/file")
    ));
    site.rule("Each", "Severity: High\n", RULE);
    site
}

fn form(name: &str, vendor: &Receiver) -> Value {
    json!({
        "displayName": name, "type": "tines", "severities": ["HIGH"],
        "config": {"webhook_url": vendor.url(&format!("/{SECRET}"))},
    })
}

fn make(server: &Server, form: &Value) -> Value {
    let answer = server.change("POST", "/destinations", form);
    assert_eq!(answer.status, 201, "{}", answer.body);
    assert!(!answer.body.contains(SECRET), "{}", answer.body);
    answer.json()
}

fn alert(server: &Server, uuid: &str) -> Value {
    server.send_events(&[okta_event(uuid, "user@example.com", "LOCKED OUT")]);
    let path = format!("/alerts?name-contains={uuid}");
    wait_until("there is an alert", || !server.list(&path).is_empty());
    server.list(&path)[0].clone()
}

/// No file of the data directory, nor the log, holds the secret.
fn assert_hidden(site: &Site) {
    assert!(!site.log().contains(SECRET));
    for file in std::fs::read_dir(site.data_dir()).unwrap() {
        let file = file.unwrap().path();
        if file.is_file() {
            let bytes = std::fs::read(&file).unwrap();
            assert!(!bytes.windows(SECRET.len()).any(|at| at == SECRET.as_bytes()), "{}", file.display());
        }
    }
}

#[test]
fn a_destination_is_made_changed_and_deleted_while_the_server_runs() {
    let (first, second) = (vendor(), vendor());
    let site = site(&[&first, &second]);
    let server = site.start();
    let made = make(&server, &form("on-call", &first));
    let path = format!("/destinations/{}", text(&made["id"]));
    assert_eq!((&made["provisioned"], &made["config"]["webhook_url"]), (&json!(false), &json!("********")));
    assert_eq!(made["health"]["state"], "healthy");
    alert(&server, "made");
    wait_until("the new destination gets the alert", || first.count() == 1);
    assert_eq!(first.requests()[0].path, format!("/{SECRET}"));

    // Queued deliveries take the new settings: the vendor fails, then the address changes.
    first.always(Reply::status(503));
    let queued = alert(&server, "queued");
    wait_until("an attempt failed", || first.count() >= 2);
    let mut moved = form("on-call-2", &second);
    assert_eq!(server.change("PUT", &path, &moved).status, 200);
    wait_until("the new address gets it", || second.count() == 1);
    server.wait_delivered();
    assert_eq!(server.deliveries(&queued)[0]["displayName"], "on-call", "as it was called then");

    // A secret that is left out or masked stays.
    for config in [json!({}), json!({"webhook_url": "********"})] {
        moved["config"] = config;
        let answer = server.change("PUT", &path, &moved);
        assert_eq!(answer.status, 200, "{}", answer.body);
    }
    alert(&server, "kept");
    wait_until("the kept secret works", || second.count() == 2);
    assert_eq!(second.requests()[1].path, format!("/{SECRET}"));

    // Deleting cancels what waits and keeps the records.
    second.always(Reply::status(503));
    let waiting = alert(&server, "waiting");
    wait_until("an attempt failed", || second.count() >= 3);
    assert_eq!(server.change("DELETE", &path, &json!({})).status, 204);
    wait_until("it is cancelled", || server.deliveries(&waiting)[0]["state"] == "cancelled");
    assert_eq!(server.get(&path).status, 404);
    assert_eq!(server.change("DELETE", &path, &json!({})).status, 404);
    assert_eq!(server.deliveries(&queued)[0]["state"], "delivered");
    assert_hidden(&site);
}

#[test]
fn bad_forms_are_refused_by_field_and_rule() {
    let first = vendor();
    let site = site(&[&first]);
    let server = site.start();
    make(&server, &form("taken", &first));
    let with = |key: &str, value: Value| {
        let mut form = form("new", &first);
        form[key] = value;
        form
    };
    for (form, status, word) in [
        (with("displayName", json!("of-file")), 409, "`of-file`"),
        (with("displayName", json!("taken")), 409, "`taken`"),
        (with("displayName", json!("a<b")), 400, "displayName"),
        (with("type", json!("tinse")), 400, "did you mean `tines`?"),
        (with("config", json!({})), 400, "webhook_url"),
        (with("config", json!(SECRET)), 400, "`config`: expected a map"),
        (with("severities", json!(SECRET)), 400, "`severities`: expected a sequence"),
        (with("enabled", json!("yes")), 400, "`enabled`: expected a boolean"),
        (
            with("delivery", json!({"concurrency": "four"})),
            400,
            "`delivery.concurrency`: expected a JSON number",
        ),
        (with("delivery", json!({"retry": {"attempts_max": -1}})), 400, "`delivery.retry.attempts_max`"),
        (json!({"type": "slack"}), 400, "missing field `displayName`"),
        (with("config", json!({"webhook_url": "********"})), 400, "webhook_url"),
        (with("config", json!({"webhok_url": "https://x.example"})), 400, "did you mean `webhook_url`?"),
        (with("config", json!({"webhook_url_file": "/etc/passwd"})), 400, "webhook_url_file"),
        (with("severities", json!(["high"])), 400, "severities[0]"),
        (with("logTypes", json!(["Okta.SystemLog", "Okta System"])), 400, "logTypes[1]"),
        (with("displayName", json!("x".repeat(256))), 400, "at most 255 characters"),
        (with("alertTypes", json!(["RULES"])), 400, "alertTypes[0]"),
        (with("delivery", json!({"rate": "fast"})), 400, "delivery.rate"),
        (with("delivery", json!({"retry": {"profile": "never"}})), 400, "delivery.retry.profile"),
        (with("delivery", json!({"concurrency": 0})), 400, "delivery.concurrency"),
    ] {
        let answer = server.change("POST", "/destinations", &form);
        assert_eq!(answer.status, status, "{form}: {}", answer.body);
        assert!(answer.body.contains(word), "{word}: {}", answer.body);
        assert!(!answer.body.contains(SECRET), "{}", answer.body);
    }
    // `${NAME}` is for the file alone: here it is a text like any other.
    let literal = with("config", json!({"webhook_url": format!("{}/${{HOME}}", first.url(""))}));
    make(&server, &literal);
    let of_file = server.list("/destinations").into_iter().find(|it| it["provisioned"] == true).unwrap();
    let path = format!("/destinations/{}", text(&of_file["id"]));
    for method in ["PUT", "DELETE"] {
        let answer = server.change(method, &path, &form("x", &first));
        assert_eq!(answer.status, 409, "{}", answer.body);
        assert!(answer.body.contains("configuration file"), "{}", answer.body);
    }

    // A form can be tested before it is saved.
    let tested = server.change("POST", "/destinations/test", &form("unsaved", &first)).json();
    assert_eq!((&tested["success"], &tested["outputId"]), (&json!(true), &Value::Null));
    first.always(Reply::status(404).body(format!("no {SECRET}")));
    let tested = server.change("POST", "/destinations/test", &form("unsaved", &first)).json();
    assert_eq!((&tested["success"], &tested["statusCode"]), (&json!(false), &json!(404)));
    assert!(!tested.to_string().contains(SECRET), "{tested}");
    assert!(!server.list("/destinations").iter().any(|it| it["displayName"] == "unsaved"));
}

#[test]
fn stored_secrets_survive_a_restart_a_rotation_and_a_lost_key() {
    let first = vendor();
    let site = site(&[&first]);
    let server = site.start();
    make(&server, &form("on-call", &first));
    assert_eq!(server.terminate(), Some(0));

    let server = site.start();
    alert(&server, "restarted");
    wait_until("it works after a restart", || first.count() == 1);
    let key_file = site.data_dir().join("secrets.key");
    let old_key = std::fs::read_to_string(&key_file).unwrap();
    let rotated = site.run(&["secrets", "rotate"]);
    assert_eq!(rotated.code, Some(0), "{rotated:?}");
    // That of the destination, and the seal of the audit log.
    assert!(rotated.stdout.starts_with("2 stored secrets"), "{rotated:?}");
    let new_key = std::fs::read_to_string(&key_file).unwrap();
    assert_eq!(new_key.lines().count(), 1);
    assert_ne!(new_key, old_key);
    alert(&server, "rotated");
    wait_until("it works after a rotation", || first.count() == 2);
    assert_eq!(server.terminate(), Some(0));

    // With the wrong key, and with none, the server starts with the others; deliveries wait.
    for (number, key) in [Some(old_key), None].into_iter().enumerate() {
        match key {
            Some(key) => std::fs::write(&key_file, key).unwrap(),
            None => std::fs::remove_file(&key_file).unwrap(),
        }
        let server = site.start();
        let shown =
            server.list("/destinations").into_iter().find(|it| it["displayName"] == "on-call").unwrap();
        assert_eq!(shown["health"]["state"], "unreadable", "{shown}");
        assert!(text(&shown["health"]["lastError"]).contains("secrets.key"), "{shown}");
        let waiting = alert(&server, &format!("lost-{number}"));
        assert_eq!(server.deliveries(&waiting)[0]["state"], "pending");
        let answer = server.change("POST", "/destinations", &form("another", &first));
        assert_eq!(
            answer.status == 503,
            number == 1,
            "without the key nothing new is sealed: {}",
            answer.body
        );
        assert_eq!(server.terminate(), Some(0));
    }
    std::fs::write(&key_file, new_key).unwrap();
    let server = site.start();
    wait_until("what waited is sent", || first.count() >= 4);
    drop(server);
    assert_hidden(&site);
}

#[test]
fn the_command_line_makes_and_deletes_destinations_beside_a_running_server() {
    let first = vendor();
    let site = site(&[&first]);
    let server = site.start();
    site.write("hook.json", &json!({"webhook_url": first.url(&format!("/{SECRET}"))}).to_string());
    let create = ["destination", "create", "--type", "tines", "--name", "cli", "--config", "@hook.json"];
    let made = site.run(&[&create[..], &["--severities", "HIGH,CRITICAL", "--rate", "600/min"]].concat());
    assert_eq!(made.code, Some(0), "{made:?}");
    let id = made.stdout.trim().to_owned();
    wait_until("the server knows it", || server.get(&format!("/destinations/{id}")).status == 200);
    let shown = server.get_json(&format!("/destinations/{id}"));
    assert_eq!(shown["delivery"]["rate"], "600/min");
    assert_eq!(shown["severities"], json!(["HIGH", "CRITICAL"]));
    alert(&server, "from-cli");
    wait_until("it gets the alert", || first.count() == 1);
    assert_eq!(site.run(&create).code, Some(2), "the name is taken");
    let tested = site.run(&["destination", "test", "cli"]);
    assert!(tested.code == Some(0) && tested.stdout.contains("delivered to cli"), "{tested:?}");
    let listed = site.run(&["destination", "list"]);
    assert!(listed.stdout.contains("cli") && listed.stdout.contains("of-file"), "{listed:?}");
    assert_eq!(site.run(&["destination", "delete", "of-file"]).code, Some(2), "the file's own");
    assert_eq!(site.run(&["destination", "delete", "cli"]).code, Some(0));
    wait_until("the server forgot it", || server.get(&format!("/destinations/{id}")).status == 404);
    let wrong = [
        "destination",
        "create",
        "--type",
        "tines",
        "--name",
        "x",
        "--config",
        "{\"webhook_url\": 5, s3cr3t",
    ];
    let refused = site.run(&wrong);
    assert!(refused.code == Some(2) && !format!("{refused:?}").contains("s3cr3t"), "{refused:?}");
    assert_hidden(&site);
}

#[test]
fn failed_deliveries_are_listed_and_retried_and_routes_explained_by_the_command_line() {
    let first = vendor();
    let site = site(&[&first]);
    let server = site.start();
    let made = make(&server, &form("on-call", &first));
    first.always(Reply::status(404).body("no such hook"));
    let lost = alert(&server, "lost");
    wait_until("it is given up", || server.deliveries(&lost)[0]["state"] == "failed");
    let failed = server.list(&format!("/deliveries?state=failed&destination-id={}", text(&made["id"])));
    assert_eq!((failed.len(), &failed[0]["alertId"]), (1, &lost["id"]));
    let id = text(&failed[0]["id"]);
    let listed = site.run(&["delivery", "list", "--failed", "--destination", "on-call"]);
    assert!(listed.stdout.contains(&id) && listed.stdout.contains("no such hook"), "{listed:?}");

    let why = site.run(&["alert", "why", &text(&lost["id"])]);
    assert_eq!(why.code, Some(0), "{why:?}");
    for part in [
        "on-call",
        "severity HIGH, alert type RULE and log type Okta.SystemLog pass its filters",
        "of-file",
        "it lists no severity",
        "failed",
    ] {
        assert!(why.stdout.contains(part), "{part}: {why:?}");
    }
    let routing = server.get_json(&format!("/alerts/{}/deliveries", text(&lost["id"])))["routing"].clone();
    let chosen: Vec<(String, bool)> = routing["explanation"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| (text(&line["displayName"]), line["chosen"] == true))
        .collect();
    assert_eq!(chosen, [("of-file".to_owned(), false), ("on-call".to_owned(), true)]);

    first.always(Reply::ok());
    let alert_id = text(&lost["id"]);
    let sent = site.run(&["alert", "send", &alert_id, "--to", "of-file"]);
    assert!(sent.code == Some(0) && sent.stdout.trim().ends_with("to of-file"), "{sent:?}");
    wait_until("what a person sent arrived", || first.count() == 2);
    assert_eq!(first.requests()[1].path, "/file");
    let why = site.run(&["alert", "why", &alert_id]);
    assert!(why.stdout.contains("by hand") && why.stdout.contains("a person sent it at"), "{why:?}");
    let refused = site.run(&["alert", "send", &alert_id, "--to", "nobody"]);
    assert!(refused.code == Some(2) && refused.stderr.contains("`nobody`"), "{refused:?}");

    let retried = site.run(&["delivery", "retry", "--all", "--destination", "on-call"]);
    assert!(retried.stdout.starts_with("1 failed deliveries"), "{retried:?}");
    wait_until("it is delivered", || server.deliveries(&lost)[0]["state"] == "delivered");
    assert_eq!(site.run(&["delivery", "retry", &id]).code, Some(3), "not failed any more");
    assert_eq!(site.run(&["delivery", "retry", "--all", "--destination", "nobody"]).code, Some(2));
}

#[test]
fn what_may_not_be_meant_so_is_said_with_the_answer() {
    let first = vendor();
    let site = site(&[&first]);
    site.rule(
        "Named",
        "Severity: Low\n",
        "def rule(event):\n    return False\ndef destinations(event):\n    return ['on-call']\n",
    );
    let server = site.start();
    let mut typo = form("on-call", &first);
    typo["logTypes"] = json!(["Okta.SystemLog", "AWS.ClodTrail"]);
    let made = make(&server, &typo);
    assert_eq!(
        made["warnings"],
        json!(["no schema makes log type `AWS.ClodTrail`; did you mean `AWS.CloudTrail`?"])
    );
    let path = format!("/destinations/{}", text(&made["id"]));
    let put = |name: &str| server.change("PUT", &path, &form(name, &first)).json()["warnings"].clone();
    assert_eq!(put("on-call"), json!([]));
    let renamed = put("pager");
    let warning = text(&renamed[0]);
    assert!(
        warning.contains("`on-call`, which is no destination now") && warning.contains("named.py"),
        "{warning}"
    );
    assert_eq!(server.get_json(&path)["warnings"], json!([]), "said once");
    assert_eq!(put("on-call"), json!([]), "nobody mentions `pager`");
    assert_eq!(server.change("DELETE", &path, &json!({})).status, 204);
    assert!(site.log().contains("content mentions `on-call`"));
}

#[test]
fn the_file_stands_above_a_stored_destination_which_can_still_be_deleted() {
    let (first, second) = (vendor(), vendor());
    let site = site(&[&first, &second]);
    let server = site.start();
    let made = make(&server, &form("on-call", &first));
    let file = site.path().join("margay.yaml");
    let mut config = std::fs::read_to_string(&file).unwrap();
    config.push_str(&format!(
        "  - {{ name: on-call, type: tines, config: {{ webhook_url: \"{}\" }}, severities: [HIGH] }}\n",
        second.url("/declared")
    ));
    std::fs::write(&file, config).unwrap();
    crate::harness::signal(server.pid(), "HUP");
    let shown = || -> Vec<Value> {
        let all = server.list("/destinations");
        all.into_iter().filter(|it| it["displayName"] == "on-call").collect()
    };
    wait_until("the file's is the one", || shown().len() == 1 && shown()[0]["provisioned"] == true);
    alert(&server, "declared");
    wait_until("it gets the alert", || second.count() == 1);
    assert!(site.log().contains("so the stored one is not used"));
    let path = format!("/destinations/{}", text(&made["id"]));
    assert_eq!(server.get(&path).status, 404, "it is not in use");
    assert_eq!(server.change("DELETE", &path, &json!({})).status, 204);
    assert_eq!(server.change("DELETE", &path, &json!({})).status, 404);
    assert_eq!(first.count(), 0);
}
