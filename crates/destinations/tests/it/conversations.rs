//! Destinations that need several calls, and what vendors say in bodies rather than in statuses.

use std::sync::Arc;
use std::time::Duration;

use destinations::{Attempt, Destination, Outgoing, Reason, Verdict};
use rstest::rstest;
use serde_json::{Value, json};
use test_support::{Received, Receiver, Reply};

use crate::{outbound, outgoing, sender};

const ALERT_ID: &str = "7cf7a7e872d96b619d3a0c8e698c2f94";

fn build(kind: &str, receiver: &Receiver, mut config: Value) -> Arc<dyn Destination> {
    config["base_url"] = Value::from(receiver.url(""));
    sender(kind, &config)
}

fn body(status: u16, body: &Value) -> Reply {
    Reply::status(status).header("content-type", "application/json").body(body.to_string())
}

/// The second attempt at a delivery, ten minutes after it was made.
fn second() -> Outgoing {
    let mut out = outgoing();
    out.earlier_attempts = 1;
    out.at = "2026-03-01T10:10:00Z".parse().unwrap();
    out
}

fn github() -> Value {
    json!({"repo_name": "acme/alerts", "token": "tok-abcdef", "labels": ["siem"]})
}

fn asana() -> Value {
    json!({"personal_access_token": "tok-abcdef", "project_gids": ["1"]})
}

fn jira() -> Value {
    json!({
        "org_domain": "https://acme.atlassian.net", "project_key": "SEC", "user_name": "ada@example.com",
        "api_key": "tok-abcdef", "assignee_id": "5b10",
    })
}

fn servicenow() -> Value {
    json!({"instance_url": "https://acme.service-now.com", "user_name": "margay", "password": "hunter22"})
}

fn slack_bot(channels: &[&str]) -> Value {
    json!({"bot_token": "xoxb-1", "channels": channels})
}

fn remote_id(attempt: &Attempt) -> Option<&str> {
    match &attempt.verdict {
        Verdict::Delivered { remote_id, .. } => remote_id.as_deref(),
        other => panic!("{other:?}: {}", attempt.message),
    }
}

fn lines(requests: &[Received]) -> Vec<String> {
    let path = |request: &Received| request.path.split('?').next().unwrap_or_default().to_owned();
    requests.iter().map(|request| format!("{} {}", request.method, path(request))).collect()
}

#[rstest]
#[case::github("github", github(), json!([{"number": 3, "html_url": "https://github.com/acme/alerts/issues/3", "body": format!("x <!-- alert-id: {ALERT_ID} -->")}]), "#3")]
#[case::asana("asana", asana(), json!({"data": [{"gid": "9", "notes": format!("see /alerts/{ALERT_ID}")}]}), "9")]
#[case::jira("jira_cloud", jira(), json!({"issues": [{"key": "SEC-3"}]}), "SEC-3")]
#[case::servicenow("servicenow", servicenow(), json!({"result": [{"sys_id": "a", "number": "INC7"}]}), "INC7")]
#[tokio::test]
async fn what_an_earlier_attempt_made_is_found_and_not_made_twice(
    #[case] kind: &str,
    #[case] config: Value,
    #[case] found: Value,
    #[case] id: &str,
) {
    let receiver = Receiver::start().await;
    receiver.always(body(200, &found));
    let attempt = build(kind, &receiver, config).attempt(&outbound(), &second()).await;
    assert_eq!(remote_id(&attempt), Some(id));
    assert!(attempt.message.contains("an earlier attempt made"), "{}", attempt.message);
    assert_eq!(receiver.count(), 1, "it only looked");
}

#[rstest]
#[case::github("github", github(), json!([{"number": 3, "body": "another alert"}]), json!({"number": 4}), "#4")]
#[case::asana("asana", asana(), json!({"data": []}), json!({"data": {"gid": "10"}}), "10")]
#[case::jira("jira_cloud", jira(), json!({"issues": []}), json!({"key": "SEC-4"}), "SEC-4")]
#[case::servicenow("servicenow", servicenow(), json!({"result": []}), json!({"result": {"number": "INC8"}}), "INC8")]
#[tokio::test]
async fn what_no_earlier_attempt_made_is_made_now(
    #[case] kind: &str,
    #[case] config: Value,
    #[case] nothing: Value,
    #[case] made: Value,
    #[case] id: &str,
) {
    let receiver = Receiver::start().await;
    receiver.script([body(200, &nothing), body(201, &made)]);
    let attempt = build(kind, &receiver, config).attempt(&outbound(), &second()).await;
    assert_eq!(remote_id(&attempt), Some(id));
    assert_eq!(receiver.count(), 2);
}

#[tokio::test]
async fn a_look_that_fails_makes_nothing() {
    for (kind, config) in
        [("github", github()), ("asana", asana()), ("jira_cloud", jira()), ("servicenow", servicenow())]
    {
        let receiver = Receiver::start().await;
        receiver.always(Reply::status(503));
        let attempt = build(kind, &receiver, config).attempt(&outbound(), &second()).await;
        assert_eq!(attempt.verdict, Verdict::Retry { reason: Reason::Unavailable, after: None }, "{kind}");
        assert_eq!(receiver.count(), 1, "{kind}");
    }
}

#[tokio::test]
async fn jira_waits_for_its_index_before_it_looks() {
    let receiver = Receiver::start().await;
    let mut out = second();
    out.at = "2026-03-01T10:00:21Z".parse().unwrap();
    let attempt = build("jira_cloud", &receiver, jira()).attempt(&outbound(), &out).await;
    let wait = Some(Duration::from_secs(40));
    assert_eq!(attempt.verdict, Verdict::Retry { reason: Reason::Unavailable, after: wait });
    assert_eq!(receiver.count(), 0);
}

#[tokio::test]
async fn jira_goes_to_the_gateway_with_a_scoped_token() {
    let receiver = Receiver::start().await;
    receiver.script([
        Reply::status(401),
        body(200, &json!({"cloudId": "1324a887-45db-1bf4-1e99-ef0ff456d421"})),
        body(201, &json!({"key": "SEC-9"})),
    ]);
    let attempt = build("jira_cloud", &receiver, jira()).attempt(&outbound(), &outgoing()).await;
    assert_eq!(remote_id(&attempt), Some("SEC-9"));
    let api = "/ex/jira/1324a887-45db-1bf4-1e99-ef0ff456d421/rest/api/2/issue";
    assert_eq!(
        lines(&receiver.requests()),
        ["POST /rest/api/2/issue".to_owned(), "GET /_edge/tenant_info".to_owned(), format!("POST {api}")]
    );
}

#[tokio::test]
async fn jira_drops_the_optional_fields_that_are_refused() {
    let receiver = Receiver::start().await;
    let refused = json!({"errorMessages": [], "errors": {"assignee": "Field 'assignee' cannot be set."}});
    receiver.script([body(400, &refused), body(201, &json!({"key": "SEC-5"}))]);
    let attempt = build("jira_cloud", &receiver, jira()).attempt(&outbound(), &outgoing()).await;
    assert_eq!(remote_id(&attempt), Some("SEC-5"));
    let fields = receiver.requests()[1].json()["fields"].clone();
    assert!(fields.get("assignee").is_none() && fields.get("labels").is_some(), "{fields}");

    let needed = json!({"errors": {"issuetype": "The issue type selected is invalid."}});
    receiver.script([body(400, &needed)]);
    let attempt = build("jira_cloud", &receiver, jira()).attempt(&outbound(), &outgoing()).await;
    assert_eq!(attempt.verdict, Verdict::GiveUp { reason: Reason::Configuration });
    assert!(attempt.message.contains("The issue type selected is invalid."), "{}", attempt.message);
    assert!(attempt.message.ends_with("correct `issue_type`"), "{}", attempt.message);

    let moved = json!({"errors": {"project": "valid project is required"}});
    receiver.script([body(400, &moved)]);
    let attempt = build("jira_cloud", &receiver, jira()).attempt(&outbound(), &outgoing()).await;
    assert_eq!(attempt.verdict, Verdict::GiveUp { reason: Reason::Configuration });
    assert!(attempt.message.ends_with("correct `project_key`"), "{}", attempt.message);
}

#[tokio::test]
async fn jira_reads_its_own_reset_time() {
    let receiver = Receiver::start().await;
    let reset = stdx::Clock::now(&stdx::SystemClock) + jiff::SignedDuration::from_mins(10);
    let reset = reset.strftime("%Y-%m-%dT%H:%MZ").to_string();
    receiver.always(Reply::status(429).header("x-ratelimit-reset", &reset));
    let attempt = build("jira_cloud", &receiver, jira()).attempt(&outbound(), &outgoing()).await;
    let Verdict::Retry { reason: Reason::Throttled, after: Some(after) } = attempt.verdict else {
        panic!("{attempt:?}")
    };
    assert!((Duration::from_secs(500)..=Duration::from_secs(600)).contains(&after), "{after:?}");
}

#[tokio::test]
async fn github_sends_again_without_labels_that_it_may_not_set() {
    let receiver = Receiver::start().await;
    receiver.script([Reply::status(422), body(201, &json!({"number": 5}))]);
    let attempt = build("github", &receiver, github()).attempt(&outbound(), &outgoing()).await;
    assert_eq!(remote_id(&attempt), Some("#5"));
    let bodies: Vec<Value> = receiver.requests().iter().map(Received::json).collect();
    assert!(bodies[0].get("labels").is_some() && bodies[1].get("labels").is_none());
}

#[tokio::test]
async fn github_follows_a_moved_repository_on_the_same_host_only() {
    let receiver = Receiver::start().await;
    receiver.script([
        Reply::status(307).header("location", "/repositories/42/issues"),
        body(201, &json!({"number": 6})),
    ]);
    let attempt = build("github", &receiver, github()).attempt(&outbound(), &outgoing()).await;
    assert_eq!(remote_id(&attempt), Some("#6"));
    assert_eq!(lines(&receiver.requests())[1], "POST /repositories/42/issues");

    let elsewhere = Receiver::start().await;
    receiver.script([Reply::status(307).header("location", &elsewhere.url("/x"))]);
    let attempt = build("github", &receiver, github()).attempt(&outbound(), &outgoing()).await;
    assert_eq!(attempt.verdict, Verdict::GiveUp { reason: Reason::Redirect });
    assert_eq!(elsewhere.count(), 0);
}

#[rstest]
#[case::told(403, "retry-after", "30", 30)]
#[case::used_up(429, "x-ratelimit-reset", "reset", 300)]
#[tokio::test]
async fn github_limits_are_waited_for(
    #[case] status: u16,
    #[case] header: &str,
    #[case] value: &str,
    #[case] seconds: u64,
) {
    let receiver = Receiver::start().await;
    let reset = (stdx::Clock::now(&stdx::SystemClock).as_second() + 300).to_string();
    let value = if value == "reset" { &reset } else { value };
    receiver.always(Reply::status(status).header(header, value).header("x-ratelimit-remaining", "0"));
    let attempt = build("github", &receiver, github()).attempt(&outbound(), &outgoing()).await;
    let Verdict::Retry { reason: Reason::Throttled, after: Some(after) } = attempt.verdict else {
        panic!("{attempt:?}")
    };
    assert!(after.as_secs().abs_diff(seconds) <= 5, "{after:?}");
    assert_eq!(receiver.count(), 1, "a limit is no reason to send again");
}

#[rstest]
#[case("ratelimited", Reason::Throttled, true)]
#[case("internal_error", Reason::Unavailable, true)]
#[case("channel_not_found", Reason::Configuration, false)]
#[case("not_in_channel", Reason::Configuration, false)]
#[case("is_archived", Reason::Configuration, false)]
#[case("token_revoked", Reason::Unauthorized, false)]
#[case("missing_scope", Reason::Unauthorized, false)]
#[case("restricted_action_read_only_channel", Reason::Configuration, false)]
#[case("something_new", Reason::Configuration, false)]
#[tokio::test]
async fn slack_bot_words(#[case] word: &str, #[case] expected: Reason, #[case] retries: bool) {
    let receiver = Receiver::start().await;
    receiver.always(body(200, &json!({"ok": false, "error": word})));
    let attempt = build("slack_bot", &receiver, slack_bot(&["C1"])).attempt(&outbound(), &outgoing()).await;
    match attempt.verdict {
        Verdict::Retry { reason, .. } => assert_eq!((reason, true), (expected, retries)),
        Verdict::GiveUp { reason } => assert_eq!((reason, false), (expected, retries)),
        Verdict::Delivered { .. } => panic!("{attempt:?}"),
    }
}

#[tokio::test]
async fn slack_bot_posts_to_every_channel_once() {
    let receiver = Receiver::start().await;
    let posted = |channel: &str| body(200, &json!({"ok": true, "channel": channel, "ts": "1.1"}));
    receiver.script([posted("C1"), body(200, &json!({"ok": false, "error": "internal_error"}))]);
    let bot = build("slack_bot", &receiver, slack_bot(&["C1", "C2", "C3"]));
    let first = bot.attempt(&outbound(), &outgoing()).await;
    assert_eq!(first.verdict, Verdict::Retry { reason: Reason::Unavailable, after: None });
    assert!(first.message.contains("posted to `C1` already, not to `C2`"), "{}", first.message);

    receiver.script([posted("C2"), posted("C3")]);
    let second = bot.attempt(&outbound(), &outgoing()).await;
    assert_eq!(remote_id(&second), Some("C1/1.1,C2/1.1,C3/1.1"));
    let channels: Vec<Value> =
        receiver.requests().iter().map(|request| request.json()["channel"].clone()).collect();
    assert_eq!(channels, ["C1", "C2", "C2", "C3"]);
}

#[tokio::test]
async fn slack_bot_sends_plain_text_when_its_blocks_are_refused() {
    let receiver = Receiver::start().await;
    receiver.script([
        body(200, &json!({"ok": false, "error": "invalid_blocks"})),
        body(200, &json!({"ok": true, "channel": "C1", "ts": "2.2"})),
    ]);
    let attempt = build("slack_bot", &receiver, slack_bot(&["C1"])).attempt(&outbound(), &outgoing()).await;
    assert_eq!(remote_id(&attempt), Some("C1/2.2"));
    assert!(receiver.requests()[1].json().get("blocks").is_none());
}

#[rstest]
#[case::busy(200, 9, Verdict::Retry { reason: Reason::Unavailable, after: None })]
#[case::queue_full(503, 18, Verdict::Retry { reason: Reason::Unavailable, after: None })]
#[case::disabled(403, 1, Verdict::GiveUp { reason: Reason::Configuration })]
#[case::invalid_token(403, 4, Verdict::GiveUp { reason: Reason::Configuration })]
#[case::wrong_index(400, 7, Verdict::GiveUp { reason: Reason::Configuration })]
#[case::format(400, 6, Verdict::GiveUp { reason: Reason::Refused })]
#[case::ours(400, 12, Verdict::GiveUp { reason: Reason::Refused })]
#[case::unknown(400, 99, Verdict::GiveUp { reason: Reason::Refused })]
#[tokio::test]
async fn splunk_codes(#[case] status: u16, #[case] code: u64, #[case] expected: Verdict) {
    let receiver = Receiver::start().await;
    receiver.always(body(status, &json!({"text": "…", "code": code})));
    let config = json!({"url": "https://splunk.example:8088", "token": "tok-abcdef"});
    let attempt = build("splunk", &receiver, config).attempt(&outbound(), &outgoing()).await;
    assert_eq!(attempt.verdict, expected);
}

#[tokio::test]
async fn splunk_waits_for_the_indexers_and_shrinks_what_is_too_large() {
    let config = json!({"url": "https://splunk.example:8088", "token": "tok-abcdef", "use_ack": true});
    let receiver = Receiver::start().await;
    receiver.script([
        body(200, &json!({"text": "Success", "code": 0, "ackId": 7})),
        body(200, &json!({"acks": {"7": false}})),
        body(200, &json!({"acks": {"7": true}})),
    ]);
    let splunk = build("splunk", &receiver, config);
    let attempt = splunk.attempt(&outbound(), &outgoing()).await;
    assert_eq!(attempt.verdict, Verdict::delivered());
    let requests = receiver.requests();
    assert_eq!(lines(&requests)[1..], ["POST /services/collector/ack", "POST /services/collector/ack"]);
    assert!(requests.iter().all(|request| request.header("x-splunk-request-channel").is_some()));

    receiver.always(body(200, &json!({"text": "Success", "code": 0})));
    let attempt = splunk.attempt(&outbound(), &outgoing()).await;
    assert_eq!(attempt.verdict, Verdict::GiveUp { reason: Reason::Configuration });
    assert!(attempt.message.contains("`use_ack: false`"), "{}", attempt.message);

    let config = json!({"url": "https://splunk.example:8088", "token": "tok-abcdef"});
    let receiver = Receiver::start().await;
    receiver.script([Reply::status(413), body(200, &json!({"code": 0}))]);
    let mut out = outgoing();
    let context = (0..1000).map(|number| (format!("k{number}"), Value::from("x".repeat(50)))).collect();
    Arc::make_mut(&mut out.alert).context = context;
    let attempt = build("splunk", &receiver, config).attempt(&outbound(), &out).await;
    assert_eq!(attempt.verdict, Verdict::delivered());
    assert_eq!(receiver.requests()[1].json()["event"]["alertContext"], json!({"_truncated": true}));
}

#[rstest]
#[case::yes(200, "1", Verdict::delivered())]
#[case::throttled(200, "Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error 429 with ContextId x", Verdict::Retry { reason: Reason::Throttled, after: None })]
#[case::too_large(200, "Microsoft Teams endpoint returned HTTP error 413", Verdict::GiveUp { reason: Reason::Refused })]
#[case::down(200, "Microsoft Teams endpoint returned HTTP error 502", Verdict::Retry { reason: Reason::Unavailable, after: None })]
#[case::other(200, "Bad payload received by generic incoming webhook.", Verdict::GiveUp { reason: Reason::UnexpectedReply })]
#[case::gone(404, "", Verdict::GiveUp { reason: Reason::Configuration })]
#[tokio::test]
async fn retired_teams_connectors(
    #[case] status: u16,
    #[case] text: &'static str,
    #[case] expected: Verdict,
) {
    let receiver = Receiver::start().await;
    receiver.always(Reply::status(status).body(text));
    let config = json!({"webhook_url": "https://acme.webhook.office.com/webhookb2/x/IncomingWebhook/y/z"});
    let attempt = build("msteams", &receiver, config).attempt(&outbound(), &outgoing()).await;
    assert_eq!(attempt.verdict, expected);
    assert_eq!(receiver.requests()[0].json()["@type"], "MessageCard");
}

#[tokio::test]
async fn waits_that_vendors_tell_in_their_own_way() {
    let receiver = Receiver::start().await;
    let discord = json!({"webhook_url": "https://discord.com/api/webhooks/1/tok-abcdef"});
    receiver.script([body(429, &json!({"message": "rate limited", "retry_after": 2.5, "global": false}))]);
    let attempt = build("discord", &receiver, discord).attempt(&outbound(), &outgoing()).await;
    let after = Some(Duration::from_millis(2500));
    assert_eq!(attempt.verdict, Verdict::Retry { reason: Reason::Throttled, after });

    receiver.script([Reply::status(429).header("x-ratelimit-period-in-sec", "60")]);
    let opsgenie = build("opsgenie", &receiver, json!({"api_key": "tok-abcdef"}));
    let attempt = opsgenie.attempt(&outbound(), &outgoing()).await;
    let after = Some(Duration::from_secs(60));
    assert_eq!(attempt.verdict, Verdict::Retry { reason: Reason::Throttled, after });

    let in_a_minute = stdx::Clock::now(&stdx::SystemClock) + jiff::SignedDuration::from_secs(60);
    let date = in_a_minute.strftime("%a, %d %b %Y %H:%M:%S UTC").to_string();
    receiver.script([body(429, &json!({"type": "too_many_requests", "rate_limit": {"retry_after": date}}))]);
    let config = json!({"alert_source_config_id": "01A", "api_token": "tok-abcdef"});
    let attempt = build("incidentio", &receiver, config).attempt(&outbound(), &outgoing()).await;
    let Verdict::Retry { reason: Reason::Throttled, after: Some(after) } = attempt.verdict else {
        panic!("{attempt:?}")
    };
    assert!((55..=60).contains(&after.as_secs()), "{after:?}");
}

fn pubsub(credentials: &Value) -> Value {
    json!({"project_id": "acme-siem", "topic_id": "alerts", "credentials": credentials.to_string()})
}

fn service_account() -> Value {
    json!({
        "type": "service_account", "client_email": "margay@acme-siem.iam.gserviceaccount.com",
        "private_key": include_str!("testdata/service_account_key.pem"),
        "token_uri": "https://oauth2.googleapis.com/token",
    })
}

#[tokio::test]
async fn pubsub_fetches_a_token_keeps_it_and_renews_it_when_refused() {
    let receiver = Receiver::start().await;
    let token = |token: &str| body(200, &json!({"access_token": token, "expires_in": 3600}));
    let published = || body(200, &json!({"messageIds": ["m1"]}));
    let unauthenticated = body(401, &json!({"error": {"status": "UNAUTHENTICATED"}}));
    receiver.script([token("a"), published(), published(), unauthenticated, token("b"), published()]);
    let destination = build("pubsub", &receiver, pubsub(&service_account()));
    for _ in 0..3 {
        let attempt = destination.attempt(&outbound(), &outgoing()).await;
        assert_eq!(remote_id(&attempt), Some("m1"));
    }
    let requests = receiver.requests();
    let tokens: Vec<Option<&str>> = requests.iter().map(|request| request.header("authorization")).collect();
    let (a, b) = (Some("Bearer a"), Some("Bearer b"));
    assert_eq!(tokens, [None, a, a, a, None, b]);
    assert_eq!(requests[0].path, "/token");
    let form = requests[0].text();
    assert!(
        form.starts_with("grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=eyJ")
    );
}

#[tokio::test]
async fn pubsub_exchanges_the_token_of_another_provider() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    std::fs::write(&file, "subject-token\n").unwrap();
    let mut config = pubsub(&json!({
        "type": "external_account", "audience": "//iam.googleapis.com/projects/1/x",
        "subject_token_type": "urn:ietf:params:oauth:token-type:jwt", "token_url": "https://sts.googleapis.com/v1/token",
        "service_account_impersonation_url": "https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/m:generateAccessToken",
        "credential_source": {"file": file},
    }));
    config["token_folder"] = Value::from(folder.path().to_str().unwrap());
    let receiver = Receiver::start().await;
    receiver.script([
        body(200, &json!({"access_token": "exchanged", "expires_in": 600})),
        body(200, &json!({"accessToken": "final", "expireTime": "2026-03-01T11:00:00Z"})),
        body(200, &json!({"messageIds": ["m2"]})),
    ]);
    let attempt = build("pubsub", &receiver, config).attempt(&outbound(), &outgoing()).await;
    assert_eq!(remote_id(&attempt), Some("m2"));
    let requests = receiver.requests();
    assert!(requests[0].text().ends_with("subject_token=subject-token"), "{}", requests[0].text());
    let tokens: Vec<Option<&str>> = requests.iter().map(|request| request.header("authorization")).collect();
    assert_eq!(tokens, [None, Some("Bearer exchanged"), Some("Bearer final")]);
}

#[rstest]
#[case::program(json!({"executable": {"command": "/bin/sh"}}), "programs are never run")]
#[case::file_outside(json!({"file": "/etc/passwd"}), "must lie below `token_folder`")]
#[case::climbing(json!({"file": "/tokens/../etc/passwd"}), "must lie below `token_folder`")]
#[tokio::test]
async fn pubsub_credentials_open_no_file_and_no_program(#[case] source: Value, #[case] message: &str) {
    let mut config = pubsub(&json!({
        "type": "external_account", "audience": "a", "subject_token_type": "t", "credential_source": source,
    }));
    config["token_folder"] = Value::from("/tokens");
    let error = destinations::build("pubsub", &config).unwrap_err();
    assert!(error.message.contains(message), "{}", error.message);
}

#[tokio::test]
async fn pubsub_token_services_are_googles() {
    for token_uri in
        ["https://evil.example/token", "http://oauth2.googleapis.com/token", "https://169.254.169.254/"]
    {
        let mut file = service_account();
        file["token_uri"] = Value::from(token_uri);
        let error = destinations::build("pubsub", &pubsub(&file)).unwrap_err();
        assert!(error.message.contains("must be an https address of googleapis.com"), "{}", error.message);
    }
}

#[rstest]
#[case("RESOURCE_EXHAUSTED", 429, "retry throttled")]
#[case("ABORTED", 409, "retry unavailable")]
#[case("FAILED_PRECONDITION", 400, "retry unauthorized")]
#[case("PERMISSION_DENIED", 403, "retry unauthorized")]
#[case("NOT_FOUND", 404, "give up configuration")]
#[case("INVALID_ARGUMENT", 400, "give up refused")]
#[tokio::test]
async fn pubsub_words(#[case] word: &str, #[case] status: u16, #[case] expected: &str) {
    let receiver = Receiver::start().await;
    receiver.always(body(status, &json!({"error": {"code": status, "status": word, "message": "m"}})));
    let config = json!({"project_id": "p", "topic_id": "t"});
    let attempt = build("pubsub", &receiver, config).attempt(&outbound(), &outgoing()).await;
    let found = match attempt.verdict {
        Verdict::Retry { reason, .. } => format!("retry {}", reason.as_str()),
        Verdict::GiveUp { reason } => format!("give up {}", reason.as_str()),
        Verdict::Delivered { .. } => "delivered".to_owned(),
    };
    assert_eq!(found, expected);
}
