//! No secret in a message, an error, a `Debug` print, or a log.

use std::sync::Arc;

use destinations::{HttpRequest, Outbound, OutboundConfig};
use serde_json::{Value, json};
use stdx::SystemClock;
use test_support::{Receiver, Reply};

use crate::{outbound, outgoing, sender};

const SECRETS: &[&str] = &["s3cret", "hunter22", "tok-abcdef", "bWFyZ2F5Omh1bnRlcjIy", "k3y-value"];

fn configs(base: &str) -> Vec<(&'static str, Value)> {
    let url = format!("{base}/hooks/s3cret-path-of-this-hook?token=s3cret-query");
    vec![
        ("slack", json!({"webhook_url": url})),
        ("tines", json!({"webhook_url": url, "headers": {"Authorization": "k3y-value"}})),
        ("webhook", json!({"webhook_url": url, "bearer": "tok-abcdef", "headers": {"X-Key": "k3y-value"}})),
        ("webhook", json!({"webhook_url": url, "basic": {"username": "margay", "password": "hunter22"}})),
    ]
}

fn assert_clean(text: &str) {
    for secret in SECRETS {
        assert!(!text.contains(secret), "`{secret}` in: {text}");
    }
}

#[tokio::test]
async fn a_vendor_that_repeats_the_request_gives_nothing_away() {
    let receiver = Receiver::start().await;
    for (kind, config) in configs(&receiver.url("")) {
        let sender = sender(kind, &config);
        assert_clean(&format!("{sender:?}"));
        sender.attempt(&outbound(), &outgoing()).await;
        let request = receiver.requests().pop().unwrap();
        let echo = format!("{} {:?}", request.path, request.headers);
        for status in [200, 400, 500] {
            receiver.script([Reply::status(status).body(format!("{}{echo}", "x".repeat(4000)))]);
            let attempt = sender.attempt(&outbound(), &outgoing()).await;
            assert_clean(&format!("{attempt:?}"));
        }
    }
}

#[tokio::test]
async fn failures_without_a_reply_give_nothing_away() {
    let receiver = Receiver::start().await;
    let address = receiver.url("");
    let tls = address.replace("http:", "https:");
    let bases =
        [address.as_str(), &tls, "http://127.0.0.1:1", "http://no-such-name.invalid", "http://10.0.0.1"];
    receiver.always(Reply::close());
    for base in bases {
        for (kind, config) in configs(base) {
            let attempt = sender(kind, &config).attempt(&outbound(), &outgoing()).await;
            assert!(attempt.status_code.is_none());
            assert_clean(&format!("{attempt:?}"));
        }
    }
}

#[tokio::test]
async fn requests_and_errors_print_the_place_only() {
    let url = "http://user:s3cret@127.0.0.1:1/s3cret?s3cret".parse().unwrap();
    let request = HttpRequest::json(http::Method::POST, url, &json!({"a": "s3cret"})).unwrap();
    assert_eq!(format!("{request:?}"), "HttpRequest(POST http://127.0.0.1:1, 14 bytes)");
    let net = Outbound::new(OutboundConfig::default(), Arc::new(SystemClock));
    let error = net.send(request, std::time::Duration::from_secs(1)).await.unwrap_err();
    assert_clean(&format!("{error} {error:?} {net:?}"));
    assert!(error.to_string().contains("must not hold a user name"));
}
