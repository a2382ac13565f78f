//! Every status of every destination, and what happens without one.

use std::time::Duration;

use destinations::{MESSAGE_BYTES_MAX, Reason, Verdict};
use rstest::rstest;
use test_support::{Receiver, Reply};

use crate::{attempt, outbound, outgoing, sender};

/// A verdict in one word: `ok`, `retry`, `slow` (15 minutes), `fail`.
fn word(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Delivered { .. } => "ok",
        Verdict::Retry { after: None, .. } => "retry",
        Verdict::Retry { after: Some(after), .. } if *after == Duration::from_secs(900) => "slow",
        Verdict::Retry { .. } => "later",
        Verdict::GiveUp { .. } => "fail",
    }
}

#[rstest]
#[case(200, "ok", "ok", "ok")]
#[case(201, "ok", "ok", "fail")]
#[case(202, "ok", "ok", "fail")]
#[case(204, "ok", "ok", "fail")]
#[case(300, "fail", "fail", "fail")]
#[case(301, "fail", "fail", "fail")]
#[case(302, "fail", "fail", "fail")]
#[case(304, "fail", "fail", "fail")]
#[case(307, "fail", "fail", "fail")]
#[case(308, "fail", "fail", "fail")]
#[case(400, "retry", "fail", "fail")]
#[case(401, "retry", "slow", "slow")]
#[case(402, "retry", "fail", "fail")]
#[case(403, "retry", "slow", "slow")]
#[case(404, "retry", "fail", "fail")]
#[case(405, "retry", "fail", "fail")]
#[case(406, "retry", "fail", "fail")]
#[case(408, "retry", "retry", "retry")]
#[case(409, "retry", "retry", "retry")]
#[case(410, "retry", "fail", "fail")]
#[case(411, "retry", "fail", "fail")]
#[case(413, "retry", "fail", "fail")]
#[case(414, "retry", "fail", "fail")]
#[case(415, "retry", "fail", "fail")]
#[case(418, "retry", "fail", "fail")]
#[case(422, "retry", "fail", "fail")]
#[case(423, "retry", "retry", "retry")]
#[case(425, "retry", "retry", "retry")]
#[case(429, "retry", "retry", "retry")]
#[case(451, "retry", "fail", "fail")]
#[case(500, "retry", "retry", "retry")]
#[case(501, "retry", "retry", "retry")]
#[case(502, "retry", "retry", "retry")]
#[case(503, "retry", "retry", "retry")]
#[case(504, "retry", "retry", "retry")]
#[case(507, "retry", "retry", "retry")]
#[case(599, "retry", "retry", "retry")]
#[tokio::test]
async fn statuses(#[case] status: u16, #[case] webhook: &str, #[case] tines: &str, #[case] slack: &str) {
    let receiver = Receiver::start().await;
    receiver.always(Reply::status(status).header("location", "http://127.0.0.1:1/elsewhere"));
    if status == 200 {
        receiver.always(Reply::ok());
    }
    for (kind, expected) in [("webhook", webhook), ("tines", tines), ("slack", slack)] {
        let attempt = attempt(kind, &receiver, &outgoing()).await;
        assert_eq!(word(&attempt.verdict), expected, "{kind} {status}");
        assert_eq!(attempt.status_code, Some(status));
    }
}

#[rstest]
#[case(400, "fail")]
#[case(403, "slow")]
#[case(500, "retry")]
#[tokio::test]
async fn webhook_without_retry_of_everything(#[case] status: u16, #[case] expected: &str) {
    let receiver = Receiver::start().await;
    receiver.always(Reply::status(status));
    let config = serde_json::json!({"webhook_url": receiver.url("/"), "retry_all_non_2xx": false});
    let attempt = sender("webhook", &config).attempt(&outbound(), &outgoing()).await;
    assert_eq!(word(&attempt.verdict), expected);
}

#[rstest]
#[case::ok(200, "ok", Verdict::delivered())]
#[case::more_than_ok(200, "ok\n", Verdict::GiveUp { reason: Reason::UnexpectedReply })]
#[case::page(200, "<html>", Verdict::GiveUp { reason: Reason::UnexpectedReply })]
#[case::our_body(400, "invalid_payload", Verdict::GiveUp { reason: Reason::Refused })]
#[case::our_text(500, "no_text", Verdict::GiveUp { reason: Reason::Refused })]
#[case::many(400, "too_many_attachments", Verdict::GiveUp { reason: Reason::Refused })]
#[case::gone(404, "no_service", Verdict::GiveUp { reason: Reason::Configuration })]
#[case::archived(410, "channel_is_archived", Verdict::GiveUp { reason: Reason::Configuration })]
#[case::prohibited(403, "action_prohibited", Verdict::GiveUp { reason: Reason::Configuration })]
#[case::team(403, "team_disabled", Verdict::GiveUp { reason: Reason::Configuration })]
#[case::token(403, "invalid_token", Verdict::GiveUp { reason: Reason::Configuration })]
#[case::rollup(500, "rollup_error", Verdict::Retry { reason: Reason::Unavailable, after: None })]
#[case::error_in_success(200, "channel_not_found", Verdict::GiveUp { reason: Reason::Configuration })]
#[tokio::test]
async fn slack_words(#[case] status: u16, #[case] body: &'static str, #[case] expected: Verdict) {
    let receiver = Receiver::start().await;
    receiver.always(Reply::status(status).body(body));
    assert_eq!(attempt("slack", &receiver, &outgoing()).await.verdict, expected);
}

#[rstest]
#[case::throttled(429, "7", 7)]
#[case::unavailable(503, "120", 120)]
#[case::unauthorized(401, "60", 60)]
#[case::capped(429, "999999", 3600)]
#[tokio::test]
async fn retry_after_is_honoured_on_every_retry(
    #[case] status: u16,
    #[case] value: &str,
    #[case] seconds: u64,
) {
    let receiver = Receiver::start().await;
    receiver.always(Reply::status(status).header("retry-after", value));
    for kind in ["webhook", "tines", "slack"] {
        match attempt(kind, &receiver, &outgoing()).await.verdict {
            Verdict::Retry { after, .. } => assert_eq!(after, Some(Duration::from_secs(seconds)), "{kind}"),
            other => panic!("{kind}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn retry_after_zero_leaves_it_to_the_schedule() {
    let receiver = Receiver::start().await;
    receiver.always(Reply::status(429).header("retry-after", "0"));
    let verdict = attempt("webhook", &receiver, &outgoing()).await.verdict;
    assert_eq!(verdict, Verdict::Retry { reason: Reason::Throttled, after: None });
}

#[tokio::test]
async fn silence_and_broken_connections_are_temporary() {
    let receiver = Receiver::start().await;
    receiver.script([Reply::close(), Reply::hang()]);
    let closed = attempt("webhook", &receiver, &outgoing()).await;
    assert_eq!(closed.verdict, Verdict::Retry { reason: Reason::Network, after: None });
    assert_eq!(closed.status_code, None);
    assert!(closed.message.contains("broke before the reply"), "{}", closed.message);

    let mut out = outgoing();
    out.timeout = Duration::from_millis(100);
    let late = attempt("webhook", &receiver, &out).await;
    assert_eq!(late.verdict, Verdict::Retry { reason: Reason::Timeout, after: None });
    assert!(late.message.ends_with("within 100ms"), "{}", late.message);
}

#[tokio::test]
async fn nobody_listening_unknown_names_and_no_tls_are_temporary() {
    let receiver = Receiver::start().await;
    let tls = receiver.url("/").replace("http:", "https:");
    let unused = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    for url in [tls, format!("http://{unused}/"), "http://no-such-name.invalid/".to_owned()] {
        let config = serde_json::json!({"webhook_url": url});
        let attempt = sender("webhook", &config).attempt(&outbound(), &outgoing()).await;
        assert_eq!(attempt.verdict, Verdict::Retry { reason: Reason::Network, after: None }, "{url}");
        assert!(attempt.message.starts_with("could not connect to"), "{}", attempt.message);
    }
}

#[tokio::test]
async fn replies_are_capped_and_readable() {
    let receiver = Receiver::start().await;
    receiver.script([
        Reply::status(500).body("ä".repeat(1_000_000)),
        Reply::status(500),
        Reply::status(500).body(&b"a\0b\xff"[..]),
    ]);
    let long = attempt("webhook", &receiver, &outgoing()).await;
    assert!(long.message.len() <= MESSAGE_BYTES_MAX && long.message.starts_with("ää"));
    assert_eq!(attempt("webhook", &receiver, &outgoing()).await.message, "HTTP 500 Internal Server Error");
    assert_eq!(attempt("webhook", &receiver, &outgoing()).await.message, "a\u{fffd}b\u{fffd}");
}
