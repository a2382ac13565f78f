//! Closed addresses stay closed: literal, by name, in disguise, and behind redirects.

use std::sync::Arc;

use destinations::{AllowRule, Outbound, OutboundConfig, OutboundError, Reason, Verdict};
use rstest::rstest;
use serde_json::json;
use stdx::SystemClock;
use test_support::{Receiver, Reply};

use crate::{attempt, outbound, outgoing, sender};

fn outbound_with(allow: &[&str]) -> Outbound {
    let allow: Vec<AllowRule> = allow.iter().map(|rule| rule.parse().unwrap()).collect();
    Outbound::new(OutboundConfig { allow, ..OutboundConfig::default() }, Arc::new(SystemClock))
}

#[rstest]
#[case::literal("http://127.0.0.1:PORT/")]
#[case::by_name("http://localhost:PORT/")]
#[case::short_form("http://127.1:PORT/")]
#[case::number("http://2130706433:PORT/")]
#[case::octal("http://0177.0.0.1:PORT/")]
#[case::mapped("http://[::ffff:127.0.0.1]:PORT/")]
#[case::loopback_v6("http://[::1]:PORT/")]
#[case::unspecified("http://0.0.0.0:PORT/")]
#[case::unspecified_v6("http://[::]:PORT/")]
#[case::nat64("http://[64:ff9b::7f00:1]:PORT/")]
#[case::six_to_four("http://[2002:7f00:1::]:PORT/")]
#[case::private("https://10.0.0.1/")]
#[case::metadata("http://169.254.169.254/latest/meta-data/")]
#[case::metadata_v6("http://[fd00:ec2::254]/latest/meta-data/")]
#[case::unique_local("http://[fd12::1]/")]
#[case::carrier_nat("http://100.64.0.1/")]
#[tokio::test]
async fn blocked(#[case] url: &str) {
    let receiver = Receiver::start().await;
    let url = url.replace("PORT", &receiver.address().port().to_string());
    let sender = sender("webhook", &json!({"webhook_url": url}));
    let attempt = sender.attempt(&outbound_with(&[]), &outgoing()).await;
    assert_eq!(attempt.verdict, Verdict::GiveUp { reason: Reason::BlockedAddress });
    assert_eq!(attempt.status_code, None);
    assert!(attempt.message.starts_with("blocked address"), "{}", attempt.message);
    assert_eq!(receiver.count(), 0);
}

#[tokio::test]
async fn the_other_door_is_guarded_too() {
    let receiver = Receiver::start().await;
    let port = receiver.address().port();
    for host in ["127.0.0.1", "localhost", "::1", "[::1]", "0x7f.1"] {
        let result = outbound_with(&[]).connect(host, port).await;
        assert!(matches!(result, Err(OutboundError::Blocked { .. })), "{host}");
    }
    assert!(outbound_with(&["127.0.0.1"]).connect("127.0.0.1", port).await.is_ok());
}

#[tokio::test]
async fn rules_open_what_they_name() {
    let receiver = Receiver::start().await;
    let port = receiver.address().port();
    let rule = format!("127.0.0.0/8:{port}");
    for (rule, host) in [("localhost", "localhost"), (rule.as_str(), "127.0.0.1"), ("127.0.0.1", "localhost")]
    {
        let sender = sender("webhook", &json!({"webhook_url": format!("http://{host}:{port}/")}));
        let attempt = sender.attempt(&outbound_with(&[rule]), &outgoing()).await;
        assert_eq!(attempt.verdict, Verdict::delivered(), "{rule} {}", attempt.message);
    }
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let receiver = Receiver::start().await;
    let inside = Receiver::start().await;
    let location = inside.url("/inside-s3cret");
    for status in [301, 302, 303, 307, 308] {
        receiver.script([Reply::status(status).header("location", &location)]);
        let attempt = attempt("webhook", &receiver, &outgoing()).await;
        assert_eq!(attempt.verdict, Verdict::GiveUp { reason: Reason::Redirect });
        assert!(attempt.message.contains("redirects are not followed"), "{}", attempt.message);
        assert!(!attempt.message.contains("s3cret"));
    }
    assert_eq!(inside.count(), 0);
}

#[tokio::test]
async fn connections_are_used_again() {
    let receiver = Receiver::start().await;
    let net = outbound();
    let sender = sender("webhook", &json!({"webhook_url": receiver.url("/")}));
    for _ in 0..3 {
        assert_eq!(sender.attempt(&net, &outgoing()).await.verdict, Verdict::delivered());
    }
    assert_eq!(receiver.connection_count(), 1);
}
