//! Every destination against a recording server: requests, verdicts, limits, secrets, blocked addresses.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails here")]

mod conversations;
mod docs;
mod egress;
mod kinds;
mod moto;
mod requests;
mod secrets;
mod settings;
mod ssrf;
mod transport;
mod verdicts;

use std::sync::Arc;
use std::time::Duration;

use destinations::{AllowRule, Attempt, Destination, Outbound, OutboundConfig, Outgoing, Texts, build};
use model::{Alert, Trigger};
use serde_json::Value;
use stdx::SystemClock;
use test_support::{Receiver, sample_alert};

/// A client that may reach the receiver.
fn outbound() -> Outbound {
    let allow: Vec<AllowRule> = vec!["127.0.0.1".parse().unwrap()];
    Outbound::new(OutboundConfig { allow, ..OutboundConfig::default() }, Arc::new(SystemClock))
}

fn outgoing_of(alert: Alert) -> Outgoing {
    Outgoing {
        title: alert.title.clone(),
        alert: Arc::new(alert),
        delivery_id: "7c5f1a4e-0b7e-5d58-9a38-0e2f4c9d1b11".into(),
        link: "https://siem.example/console/alerts/b90c?source=webhook".parse().unwrap(),
        trigger: Trigger::Auto,
        test: false,
        earlier_attempts: 0,
        created_at: "2026-03-01T10:00:01Z".parse().unwrap(),
        at: "2026-03-01T10:00:02Z".parse().unwrap(),
        timeout: Duration::from_secs(5),
        texts: Arc::new(Texts::default()),
    }
}

fn outgoing() -> Outgoing {
    outgoing_of(sample_alert())
}

fn sender(kind: &str, config: &Value) -> Arc<dyn Destination> {
    build(kind, config).unwrap()
}

/// One attempt of `kind` to the receiver's path `/hooks/s3cret-path-of-this-hook`.
async fn attempt(kind: &str, receiver: &Receiver, out: &Outgoing) -> Attempt {
    let config = serde_json::json!({"webhook_url": receiver.url("/hooks/s3cret-path-of-this-hook")});
    sender(kind, &config).attempt(&outbound(), out).await
}
