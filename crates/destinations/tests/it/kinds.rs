//! One table over all destination types: what they send, what every status means to them, what happens at
//! the vendors' limits, and that nothing gives a secret away.

use destinations::{Destination, Verdict, registry};
use model::Alert;
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::sync::Arc;
use test_support::{Received, Receiver, Reply, sample_alert, vendor_problems};

use crate::{outbound, outgoing, outgoing_of, sender};

/// A type, a configuration whose every secret holds `s3cret`, and how the vendor says yes.
pub(crate) struct Case {
    pub(crate) kind: &'static str,
    pub(crate) config: Value,
    yes: fn() -> Reply,
    remote_id: Option<&'static str>,
}

/// The types whose requests are made by a vendor's library, and which are tested against a real server.
const ELSEWHERE: &[&str] = &["sns", "sqs"];

fn case(kind: &'static str, config: Value, yes: fn() -> Reply, remote_id: Option<&'static str>) -> Case {
    Case { kind, config, yes, remote_id }
}

fn json_reply(status: u16, body: &Value) -> Reply {
    Reply::status(status).header("content-type", "application/json").body(body.to_string())
}

fn accepted() -> Reply {
    Reply::status(202)
}

pub(crate) fn cases() -> Vec<Case> {
    let hook = |url: &str| json!({"webhook_url": url});
    vec![
        case(
            "asana",
            json!({"personal_access_token": "s3cret-token-of-asana", "project_gids": ["1200000000001", "1200000000002"]}),
            || {
                json_reply(
                    201,
                    &json!({"data": {"gid": "77", "permalink_url": "https://app.asana.com/0/1/77"}}),
                )
            },
            Some("77"),
        ),
        case(
            "blinkops",
            json!({"webhook_url": "https://acme.app.blinkops.com/webhooks/s3cret-path-of-the-hook", "api_key": "s3cret-key-of-blink"}),
            accepted,
            None,
        ),
        case(
            "discord",
            hook("https://discord.com/api/webhooks/100/s3cret-token-of-discord"),
            || json_reply(200, &json!({"id": "900", "channel_id": "5"})),
            Some("900"),
        ),
        case(
            "github",
            json!({"repo_name": "acme/alerts", "token": "s3cret-token-of-github", "labels": ["siem"], "assignees": ["ada"]}),
            || {
                json_reply(
                    201,
                    &json!({"number": 12, "html_url": "https://github.com/acme/alerts/issues/12"}),
                )
            },
            Some("#12"),
        ),
        case(
            "incidentio",
            json!({"alert_source_config_id": "01ABCDEF", "api_token": "s3cret-token-of-incident"}),
            || json_reply(202, &json!({"status": "success", "deduplication_key": "k"})),
            Some("k"),
        ),
        case(
            "jira_cloud",
            json!({
                "org_domain": "https://acme.atlassian.net", "project_key": "SEC", "user_name": "ada@example.com",
                "api_key": "s3cret-token-of-jira", "issue_type": "Bug", "assignee_id": "5b10", "labels": ["siem"],
            }),
            || json_reply(201, &json!({"id": "1", "key": "SEC-7"})),
            Some("SEC-7"),
        ),
        case(
            "jira_datacenter",
            json!({
                "base_url": "https://jira.example/jira", "project_key": "SEC", "assignee_name": "ada",
                "personal_access_token": "s3cret-token-of-the-site",
            }),
            || json_reply(201, &json!({"id": "1", "key": "SEC-8"})),
            Some("SEC-8"),
        ),
        case(
            "mindflow",
            json!({"webhook_url": "https://webhook-acme.mindflow.dev/playbooks/s3cret-playbook/steps/start/run-async", "api_key": "s3cret-key-of-mindflow"}),
            accepted,
            None,
        ),
        case(
            "msteams",
            hook(
                "https://prod-1.westeurope.logic.azure.com/workflows/1/triggers/manual/paths/invoke?sig=s3cret-signature",
            ),
            accepted,
            None,
        ),
        case(
            "opsgenie",
            json!({"api_key": "s3cret-key-of-opsgenie"}),
            || json_reply(202, &json!({"result": "Request will be processed", "requestId": "r-1"})),
            Some("r-1"),
        ),
        case(
            "pagerduty",
            json!({"integration_key": "s3cretkey0123456789012345678901x"}),
            || json_reply(202, &json!({"status": "success", "dedup_key": "d-1"})),
            Some("d-1"),
        ),
        case(
            "pubsub",
            json!({
                "project_id": "acme-siem", "topic_id": "alerts",
                "credentials": json!({
                    "type": "service_account", "client_email": "margay@acme-siem.iam.gserviceaccount.com",
                    "private_key": include_str!("testdata/service_account_key.pem"),
                    "private_key_id": "k1", "token_uri": "https://oauth2.googleapis.com/token",
                }).to_string(),
            }),
            || {
                let reply =
                    json!({"access_token": "s3cret-access-token", "expires_in": 3600, "messageIds": ["m-1"]});
                json_reply(200, &reply)
            },
            Some("m-1"),
        ),
        case(
            "rapid7",
            json!({"trigger_url": "https://eu.api.insight.rapid7.com/connect/v1/workflows/s3cret-uuid-of-trigger/events/execute_async", "api_key": "s3cret-key-of-rapid7"}),
            accepted,
            None,
        ),
        case(
            "servicenow",
            json!({"instance_url": "https://acme.service-now.com", "user_name": "margay", "password": "s3cret-password"}),
            || json_reply(201, &json!({"result": {"sys_id": "abc", "number": "INC001"}})),
            Some("INC001"),
        ),
        case("slack", hook("https://hooks.slack.com/services/T0/B0/s3cret-token-of-slack"), Reply::ok, None),
        case(
            "slack_bot",
            json!({"bot_token": "xoxb-s3cret-token", "signing_secret": "s3cret-signing", "channels": ["C024BE91L"]}),
            || json_reply(200, &json!({"ok": true, "channel": "C024BE91L", "ts": "1.2"})),
            Some("C024BE91L/1.2"),
        ),
        case(
            "splunk",
            json!({"url": "https://splunk.example:8088", "token": "s3cret-token-of-splunk", "index": "alerts"}),
            || json_reply(200, &json!({"text": "Success", "code": 0})),
            None,
        ),
        case(
            "tines",
            hook("https://acme.tines.com/webhook/path/s3cret-of-the-story"),
            || Reply::status(201).body("Ok"),
            None,
        ),
        case(
            "torq",
            json!({"webhook_url": "https://hooks.torq.io/v1/webhooks/s3cret-uuid-of-trigger", "headers": {"X-Auth": "s3cret-header"}}),
            accepted,
            None,
        ),
        case(
            "webhook",
            json!({"webhook_url": "https://hooks.example/s3cret-path-of-this-hook", "bearer": "s3cret-bearer"}),
            Reply::ok,
            None,
        ),
    ]
}

/// The destination, pointed at the receiver.
fn build(case: &Case, receiver: &Receiver) -> Arc<dyn Destination> {
    let mut config = case.config.clone();
    let path = if case.kind == "jira_datacenter" { "/jira" } else { "" };
    config["base_url"] = Value::from(receiver.url(path));
    sender(case.kind, &config)
}

/// Request line, headers but `host`, and body, as a text.
fn golden(request: &Received) -> String {
    let mut headers: Vec<String> = request
        .headers
        .iter()
        .filter(|(name, _)| !matches!(name.as_str(), "host" | "content-length"))
        .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()))
        .collect();
    headers.sort();
    let body = serde_json::to_string_pretty(&request.json()).unwrap();
    format!("{} {}\n{}\n\n{body}", request.method, request.path, headers.join("\n"))
}

/// An alert at which every vendor's limits are met: long texts of wide characters, many tags, a large context.
fn huge_alert() -> Alert {
    let mut alert = sample_alert();
    alert.description = Some("d😀\"<>&*_`".repeat(100));
    alert.runbook = Some("r😀{code}|[x](y)\n".repeat(60));
    alert.reference = Some("https://example.com/".repeat(40));
    alert.tags = (0..60).map(|number| format!("tag-{number}-{}", "😀".repeat(60))).collect();
    alert.context = (0..1500)
        .map(|number| (format!("key{number}"), Value::from("c😀```{code}<!here>@all\\".repeat(5))))
        .collect();
    alert
}

#[test]
fn every_type_is_in_the_table() {
    let mut known: Vec<&str> =
        cases().iter().map(|case| case.kind).chain(ELSEWHERE.iter().copied()).collect();
    known.sort_unstable();
    let registered: Vec<&str> = registry().iter().map(|entry| entry.kind).collect();
    assert_eq!(known, registered);
}

#[tokio::test]
async fn requests_are_as_recorded_and_as_the_vendor_wants_them() {
    for case in cases() {
        let receiver = Receiver::start().await;
        receiver.always((case.yes)());
        let attempt = build(&case, &receiver).attempt(&outbound(), &outgoing()).await;
        let Verdict::Delivered { remote_id, .. } = &attempt.verdict else {
            panic!("{}: {attempt:?}", case.kind)
        };
        assert_eq!(remote_id.as_deref(), case.remote_id, "{}", case.kind);
        let request = receiver.requests().pop().unwrap();
        assert_eq!(vendor_problems(case.kind, &request), [""; 0], "{}", case.kind);
        insta::assert_snapshot!(format!("request_{}", case.kind), golden(&request));
    }
}

#[tokio::test]
async fn nothing_exceeds_a_vendors_limit() {
    for case in cases() {
        let receiver = Receiver::start().await;
        receiver.always((case.yes)());
        let mut out = outgoing_of(huge_alert());
        out.title = "Ä😀 \"quoted\" <b>*_`\r\nsecond line ".repeat(40).chars().take(1000).collect();
        let attempt = build(&case, &receiver).attempt(&outbound(), &out).await;
        assert!(matches!(attempt.verdict, Verdict::Delivered { .. }), "{}: {attempt:?}", case.kind);
        let request = receiver.requests().pop().unwrap();
        assert_eq!(vendor_problems(case.kind, &request), [""; 0], "{}", case.kind);
    }
}

/// A verdict in one word: `slow` is a step of 15 minutes, `later` another wait that was asked for.
fn word(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Delivered { .. } => "delivered".to_owned(),
        Verdict::Retry { after: None, reason } => format!("retry {}", reason.as_str()),
        Verdict::Retry { after: Some(after), reason } => format!("retry {} after {after:?}", reason.as_str()),
        Verdict::GiveUp { reason } => format!("give up {}", reason.as_str()),
    }
}

#[tokio::test]
async fn every_status_has_its_verdict() {
    for case in cases() {
        let receiver = Receiver::start().await;
        let destination = build(&case, &receiver);
        let net = outbound();
        let mut table = String::new();
        let mut run: Option<(u16, u16, String)> = None;
        for status in 200..600 {
            receiver.always(Reply::status(status));
            let attempt = destination.attempt(&net, &outgoing()).await;
            let word = word(&attempt.verdict);
            match &mut run {
                Some((_, last, same)) if *same == word => *last = status,
                _ => {
                    flush(&mut table, run.take());
                    run = Some((status, status, word));
                }
            }
        }
        flush(&mut table, run);
        insta::assert_snapshot!(format!("statuses_{}", case.kind), table);
    }
}

fn flush(table: &mut String, run: Option<(u16, u16, String)>) {
    match run {
        Some((first, last, word)) if first == last => writeln!(table, "{first}      {word}").unwrap(),
        Some((first, last, word)) => writeln!(table, "{first}-{last}  {word}").unwrap(),
        None => {}
    }
}

#[tokio::test]
async fn no_secret_leaves_with_an_answer_that_repeats_the_request() {
    for case in cases() {
        let receiver = Receiver::start().await;
        let destination = build(&case, &receiver);
        assert!(!format!("{destination:?}").contains("s3cret"), "{}", case.kind);
        receiver.always((case.yes)());
        destination.attempt(&outbound(), &outgoing()).await;
        let request = receiver.requests().pop().unwrap();
        let echo = format!("{} {:?} {}", request.path, request.headers, request.text());
        for status in [200, 400, 401, 403, 404, 429, 500] {
            receiver.always(Reply::status(status).body(format!("{}{echo}", "x".repeat(3000))));
            let attempt = destination.attempt(&outbound(), &outgoing()).await;
            assert!(!format!("{attempt:?}").contains("s3cret"), "{} {status}: {attempt:?}", case.kind);
            receiver.always(Reply::status(status).body(echo.clone()));
            let attempt = destination.attempt(&outbound(), &outgoing()).await;
            assert!(!format!("{attempt:?}").contains("s3cret"), "{} {status}: {attempt:?}", case.kind);
        }
    }
}
