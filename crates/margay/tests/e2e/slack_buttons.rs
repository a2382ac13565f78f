//! The status menu in messages of the Slack bot: what a person chooses there is done here.

use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;
use stdx::{Clock as _, SystemClock};
use test_support::Reply;

use crate::harness::{Answer, Server, Site, allow, okta_event, text, vendor, wait_until};

const SECRET: &str = "s3cret-signing";

/// What Slack sends when somebody uses the menu of this message.
fn menu_used(block: &Value, status: &str) -> String {
    let payload = json!({
        "type": "block_actions",
        "user": {"id": "U061F7AUR", "username": "ada"},
        "container": {"type": "message", "message_ts": "1405894322.002768", "channel_id": "C024BE91L"},
        "actions": [{
            "type": "static_select", "action_id": "alert_status", "block_id": block,
            "selected_option": {"value": status},
        }],
    });
    url::form_urlencoded::Serializer::new(String::new()).append_pair("payload", &payload.to_string()).finish()
}

fn post(server: &Server, destination: &str, secret: &str, body: &str) -> Answer {
    let time = SystemClock.now().as_second().to_string();
    let signed = format!("v0:{time}:{body}");
    let mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap().chain_update(signed);
    let signature = format!("v0={}", hex::encode(mac.finalize().into_bytes()));
    let headers = [
        ("X-Slack-Request-Timestamp", &*time),
        ("X-Slack-Signature", &*signature),
        ("Content-Type", "application/x-www-form-urlencoded"),
    ];
    server.request("POST", &format!("/destinations/{destination}/callback"), &headers, Some(body.as_bytes()))
}

#[test]
fn the_menu_of_a_message_sets_the_status_of_its_alert() {
    let slack = vendor();
    let posted = json!({"ok": true, "channel": "C024BE91L", "ts": "1405894322.002768"});
    slack.always(Reply::ok().header("content-type", "application/json").body(posted.to_string()));
    let config = json!({
        "bot_token": "xoxb-s3cret", "signing_secret": SECRET, "channels": ["C024BE91L"], "base_url": slack.url(""),
    });
    let site = Site::new(&format!(
        "{}sources:\n  - {{ id: okta, type: http, log_types: [Okta.SystemLog] }}\ndestinations:\n  \
         - {{ name: bot, type: slack_bot, config: {config}, severities: [HIGH] }}\n  \
         - {{ name: hook, type: webhook, config: {{ webhook_url: \"{}\" }} }}\n",
        allow(&[&slack]),
        slack.url("/hook"),
    ));
    site.rule("Each.Event", "Severity: High\n", "def rule(event):\n    return True\n");
    let server = site.start();
    server.send_events(&[okta_event("one", "ada@example.com", "LOCKED OUT")]);
    wait_until("the message", || slack.count() == 1);
    let message = slack.requests()[0].json();
    let actions = message["blocks"].as_array().unwrap().last().unwrap().clone();
    let options: Vec<&Value> =
        actions["elements"][1]["options"].as_array().unwrap().iter().map(|option| &option["value"]).collect();
    assert_eq!(options, ["OPEN", "TRIAGED", "RESOLVED", "CLOSED"]);

    let alert = server.alerts("ALERT").remove(0);
    let path = format!("/alerts/{}", text(&alert["id"]));
    let ids: Vec<Value> = server.list("/destinations");
    let id = |name: &str| text(&ids.iter().find(|it| it["displayName"] == name).unwrap()["id"]);
    let (bot, hook) = (id("bot"), id("hook"));
    let body = menu_used(&actions["block_id"], "RESOLVED");
    for (destination, secret, body, status) in [
        (&*bot, "another secret", &*body, 401),
        (&*hook, SECRET, &*body, 404),
        ("nobody", SECRET, &*body, 404),
        (&*bot, SECRET, "payload=x", 400),
    ] {
        let answer = post(&server, destination, secret, body);
        assert_eq!(answer.status, status, "{answer:?}");
        assert!(!answer.body.contains("s3cret"), "{answer:?}");
    }
    assert_eq!(server.get_json(&path)["status"], "OPEN");

    assert_eq!(post(&server, &bot, SECRET, &body).status, 200);
    let changed = server.get_json(&path);
    assert_eq!(changed["status"], "RESOLVED");
    assert_eq!(changed["updatedBy"], json!({"id": "slack_bot:U061F7AUR", "type": "user"}));
    wait_until("the answer", || slack.count() == 2);
    let answer = slack.requests()[1].json();
    let thread = json!({
        "channel": "C024BE91L", "thread_ts": "1405894322.002768",
        "text": "<@U061F7AUR> set the status to *Resolved*.",
    });
    assert_eq!(answer, thread);

    assert_eq!(post(&server, &bot, SECRET, &menu_used(&json!("alert/gone"), "OPEN")).status, 200);
    wait_until("the answer", || slack.count() == 3);
    let answer = text(&slack.requests()[2].json()["text"]);
    assert!(answer.starts_with("<@U061F7AUR> asked for the status *Open*, but it was not set: "), "{answer}");
    let large = "x".repeat(300_000);
    assert_eq!(post(&server, &bot, SECRET, &large).status, 413);
    assert_eq!(server.metric("margay_destination_callbacks_total"), 6.0);
    assert!(!site.log().contains("s3cret"));
}
