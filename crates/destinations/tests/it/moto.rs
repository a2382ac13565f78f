//! SNS and SQS against `moto`, which speaks AWS's protocols over HTTP.
//!
//! `scripts/setup-tests` installs it; the server is started once by the first test that needs it and ends with the
//! test process.

use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use destinations::{Attempt, Reason, Verdict};
use serde_json::{Value, json};

use crate::{outbound, outgoing, outgoing_of, sender};
use test_support::sample_alert;

struct Moto {
    _process: Ended,
    endpoint: String,
}

struct Ended(Child);

impl Drop for Ended {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

impl Moto {
    /// Starts a server on a free port.
    fn start() -> Moto {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../scripts/setup-moto");
        let found = Command::new(script).arg("-p").output().expect("the set-up script runs");
        assert!(found.status.success(), "{}", String::from_utf8_lossy(&found.stderr));
        let program = String::from_utf8(found.stdout).unwrap().trim().to_owned();
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let process = Command::new(&program)
            .args(["-H", "127.0.0.1", "-p", &port.to_string()])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| panic!("{program}: {error}"));
        let moto = Moto { _process: Ended(process), endpoint: format!("http://127.0.0.1:{port}") };
        let started = std::time::Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(started.elapsed() < Duration::from_secs(30), "moto does not listen");
            std::thread::sleep(Duration::from_millis(50));
        }
        moto
    }

    /// Calls an action of the query protocol as an administrator would.
    fn call(&self, service: &str, form: &str) -> String {
        let credential = format!("Credential=test/20260301/eu-central-1/{service}/aws4_request");
        let authorization = format!("AWS4-HMAC-SHA256 {credential}, SignedHeaders=host, Signature=0");
        let mut reply = ureq::post(&self.endpoint)
            .header("authorization", &authorization)
            .header("content-type", "application/x-www-form-urlencoded")
            .send(form)
            .unwrap_or_else(|error| panic!("{form}: {error}"));
        reply.body_mut().read_to_string().unwrap()
    }

    fn create_queue(&self, name: &str, more: &str) -> String {
        self.call("sqs", &format!("Action=CreateQueue&Version=2012-11-05&QueueName={name}{more}"));
        format!("{}/123456789012/{name}", self.endpoint)
    }

    fn receive(&self, queue_url: &str) -> String {
        let url: String = url_encode(queue_url);
        let form =
            "Action=ReceiveMessage&Version=2012-11-05&MaxNumberOfMessages=10&MessageAttributeName.1=All";
        self.call("sqs", &format!("{form}&QueueUrl={url}"))
    }

    fn access(&self, more: &Value) -> Value {
        let mut config = json!({
            "region": "eu-central-1", "endpoint_url": self.endpoint,
            "access_key_id": "AKIATEST", "secret_access_key": "s3cret-of-aws",
        });
        config.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        config
    }

    async fn attempt(&self, kind: &str, more: Value) -> Attempt {
        sender(kind, &self.access(&more)).attempt(&outbound(), &outgoing()).await
    }
}

fn url_encode(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

/// XML text of the message bodies, unescaped as far as JSON needs it.
fn unescape(xml: &str) -> String {
    xml.replace("&quot;", "\"")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&#39;", "'")
        .replace("&amp;", "&")
}

fn delivered_id(attempt: &Attempt) -> &str {
    match &attempt.verdict {
        Verdict::Delivered { remote_id: Some(id), .. } => id,
        other => panic!("{other:?}: {}", attempt.message),
    }
}

/// One server for all tests of this process.
fn moto() -> &'static Moto {
    static MOTO: OnceLock<Moto> = OnceLock::new();
    MOTO.get_or_init(Moto::start)
}

#[tokio::test]
async fn queues_and_topics_take_alerts_and_refuse_what_is_wrong() {
    let moto = moto();
    sqs_takes_the_payload(moto).await;
    sqs_drops_repeats_in_fifo_queues(moto).await;
    sns_sends_payload_and_mail(moto).await;
    sns_takes_every_title(moto).await;
    what_does_not_exist_is_named(moto).await;
    the_largest_alert_fits(moto).await;
}

async fn sqs_takes_the_payload(moto: &Moto) {
    let queue_url = moto.create_queue("alerts", "");
    let attempt = moto.attempt("sqs", json!({"queue_url": queue_url})).await;
    let id = delivered_id(&attempt).to_owned();
    let received = moto.receive(&queue_url);
    assert!(received.contains(&id));
    let text = unescape(&received);
    assert!(text.contains(r#"{"id":"Okta.Login.Strange","createdAt":"2026-03-01T10:00:00.5Z""#), "{text}");
    for attribute in ["alertId", "severity", "HIGH", "RULE"] {
        assert!(received.contains(attribute), "{attribute}");
    }
}

async fn sqs_drops_repeats_in_fifo_queues(moto: &Moto) {
    let more = "&Attribute.1.Name=FifoQueue&Attribute.1.Value=true";
    let queue_url = moto.create_queue("alerts.fifo", more);
    let first = moto.attempt("sqs", json!({"queue_url": queue_url})).await;
    let second = moto.attempt("sqs", json!({"queue_url": queue_url})).await;
    delivered_id(&first);
    delivered_id(&second);
    assert_eq!(moto.receive(&queue_url).matches("<Message>").count(), 1, "the repeat is dropped");
}

async fn sns_sends_payload_and_mail(moto: &Moto) {
    let queue_url = moto.create_queue("subscriber", "");
    moto.call("sns", "Action=CreateTopic&Version=2010-03-31&Name=alerts");
    let topic_arn = "arn:aws:sns:eu-central-1:123456789012:alerts";
    let queue_arn = "arn:aws:sqs:eu-central-1:123456789012:subscriber";
    moto.call(
        "sns",
        &format!(
            "Action=Subscribe&Version=2010-03-31&TopicArn={topic_arn}&Protocol=sqs&Endpoint={queue_arn}"
        ),
    );
    let attempt = moto.attempt("sns", json!({"topic_arn": topic_arn})).await;
    delivered_id(&attempt);
    let text = unescape(&moto.receive(&queue_url));
    assert!(
        text.contains("Okta.Login.Strange") && text.contains("Strange login of mallory@example.com"),
        "{text}"
    );
}

async fn sns_takes_every_title(moto: &Moto) {
    let config = moto.access(&json!({"topic_arn": "arn:aws:sns:eu-central-1:123456789012:alerts"}));
    let topic = sender("sns", &config);
    for title in ["Ä😀".repeat(120), "line one\r\nline two".to_owned(), String::new(), "x".repeat(1000)] {
        let mut out = outgoing();
        out.title = title;
        delivered_id(&topic.attempt(&outbound(), &out).await);
    }
}

async fn what_does_not_exist_is_named(moto: &Moto) {
    let queue_url = format!("{}/123456789012/gone", moto.endpoint);
    let attempt = moto.attempt("sqs", json!({"queue_url": queue_url})).await;
    assert_eq!(attempt.verdict, Verdict::GiveUp { reason: Reason::Configuration }, "{}", attempt.message);
    assert!(attempt.message.contains("it does not exist"), "{}", attempt.message);
    let topic_arn = "arn:aws:sns:eu-central-1:123456789012:gone";
    let attempt = moto.attempt("sns", json!({"topic_arn": topic_arn})).await;
    assert_eq!(attempt.verdict, Verdict::GiveUp { reason: Reason::Configuration }, "{}", attempt.message);
    assert!(!format!("{attempt:?}").contains("s3cret"));
}

async fn the_largest_alert_fits(moto: &Moto) {
    let mut alert = sample_alert();
    alert.context = (0..4000).map(|number| (format!("k{number}"), Value::from("\"ä\"".repeat(8)))).collect();
    alert.description = Some("😀\"\n".repeat(300));
    let out = outgoing_of(alert);
    for config in [
        json!({"queue_url": format!("{}/123456789012/alerts", moto.endpoint)}),
        json!({"topic_arn": "arn:aws:sns:eu-central-1:123456789012:alerts"}),
    ] {
        let kind = if config.get("queue_url").is_some() { "sqs" } else { "sns" };
        delivered_id(&sender(kind, &moto.access(&config)).attempt(&outbound(), &out).await);
    }
}

#[tokio::test]
async fn aws_is_guarded_too() {
    let config = json!({
        "queue_url": "http://10.0.0.1/123456789012/alerts", "region": "eu-central-1",
        "endpoint_url": "http://10.0.0.1", "access_key_id": "AKIATEST", "secret_access_key": "s3cret-of-aws",
    });
    let net =
        destinations::Outbound::new(destinations::OutboundConfig::default(), Arc::new(stdx::SystemClock));
    let attempt = sender("sqs", &config).attempt(&net, &outgoing()).await;
    assert_eq!(attempt.verdict, Verdict::GiveUp { reason: Reason::BlockedAddress }, "{}", attempt.message);
}
