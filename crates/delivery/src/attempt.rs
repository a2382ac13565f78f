//! One attempt from the outside: what is sent, how long it may take, what is kept of it.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use alerting::{TitleStyle, display_title};
use destinations::{Attempt, Destination, Outbound, Outgoing, Reason, Texts, Verdict};
use futures_util::FutureExt;
use jiff::Timestamp;
use model::{AlertId, AttemptRecord, DeliveryId, DeliveryJob, DestinationId, Trigger};
use stdx::Clock;
use tokio::time::{Instant, timeout};
use url::Url;

use crate::service::ConfiguredDestination;

/// An attempt that does not end by itself is ended so much after its time-out.
const TIMEOUT_GRACE: Duration = Duration::from_secs(1);

/// What every message says, whatever the destination.
#[derive(Clone, Debug, PartialEq)]
pub struct MessageSettings {
    /// Where the console is reached; begins every link.
    pub external_url: Url,
    /// Decoration of titles.
    pub title_style: TitleStyle,
    /// Wording.
    pub texts: Arc<Texts>,
}

impl MessageSettings {
    /// `{external_url}/console/alerts/{id}?source={type}`.
    pub fn alert_link(&self, alert_id: &AlertId, kind: &str) -> Url {
        let mut link = self.console_link();
        link.set_path(&format!("{}alerts/{alert_id}", link.path()));
        link.set_query(Some(&format!("source={kind}")));
        link
    }

    /// `{external_url}/console/`.
    pub fn console_link(&self) -> Url {
        let mut link = self.external_url.clone();
        link.set_path(&format!("{}/console/", self.external_url.path().trim_end_matches('/')));
        link.set_query(None);
        link.set_fragment(None);
        link
    }
}

/// What came of a test alert.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TestResult {
    /// The destination.
    pub output_id: DestinationId,
    /// Whether it took the alert.
    pub success: bool,
    /// HTTP status; `None` when no reply came.
    pub status_code: Option<u16>,
    /// Reply or reason.
    pub message: String,
    /// When it was sent.
    pub dispatched_at: Timestamp,
}

/// Sends the test alert to one destination: once, at once, whatever its filters say; nothing is stored.
pub async fn send_test(
    outbound: &Outbound,
    clock: &dyn Clock,
    settings: &MessageSettings,
    destination: &ConfiguredDestination,
) -> TestResult {
    let dispatched_at = clock.now();
    let alert = alerting::test_alert(dispatched_at);
    let outgoing = Outgoing {
        title: display_title(&alert, settings.title_style, Trigger::Auto),
        alert: Arc::new(alert),
        delivery_id: DeliveryId::from(uuid::Uuid::new_v4().to_string()),
        link: settings.console_link(),
        trigger: Trigger::Auto,
        test: true,
        earlier_attempts: 0,
        created_at: dispatched_at,
        at: dispatched_at,
        timeout: destination.policy.timeout,
        texts: Arc::clone(&settings.texts),
    };
    let attempt = bounded(&*destination.sender, outbound, &outgoing).await;
    TestResult {
        output_id: destination.record.id.clone(),
        success: matches!(attempt.verdict, Verdict::Delivered { .. }),
        status_code: attempt.status_code,
        message: attempt.message,
        dispatched_at,
    }
}

/// Makes one attempt at a claimed delivery.
pub(crate) async fn attempt_job(
    outbound: &Outbound,
    clock: &dyn Clock,
    settings: &MessageSettings,
    destination: &ConfiguredDestination,
    job: &DeliveryJob,
) -> (Verdict, AttemptRecord) {
    let at = clock.now();
    let outgoing = Outgoing {
        title: display_title(&job.alert, settings.title_style, job.trigger),
        link: settings.alert_link(&job.alert.id, destination.sender.kind()),
        alert: Arc::clone(&job.alert),
        delivery_id: job.id.clone(),
        trigger: job.trigger,
        test: false,
        earlier_attempts: job.attempt_count,
        created_at: job.created_at,
        at,
        timeout: destination.policy.timeout,
        texts: Arc::clone(&settings.texts),
    };
    let started = Instant::now();
    let Attempt { verdict, status_code, message, .. } =
        bounded(&*destination.sender, outbound, &outgoing).await;
    let success = matches!(verdict, Verdict::Delivered { .. });
    (verdict, AttemptRecord { at, duration: started.elapsed(), status_code, success, message })
}

/// Ends every attempt in time, also one that forgets its time-out or panics.
async fn bounded(sender: &dyn Destination, outbound: &Outbound, outgoing: &Outgoing) -> Attempt {
    let limit = outgoing.timeout + TIMEOUT_GRACE;
    let attempt = AssertUnwindSafe(sender.attempt(outbound, outgoing)).catch_unwind();
    match timeout(limit, attempt).await {
        Ok(Ok(attempt)) => attempt,
        Ok(Err(_)) => {
            let verdict = Verdict::GiveUp { reason: Reason::Render };
            Attempt::without_reply(verdict, "the attempt crashed inside Margay; its log tells where")
        }
        Err(_) => {
            let verdict = Verdict::Retry { reason: Reason::Timeout, after: None };
            Attempt::without_reply(verdict, format!("the attempt did not end within {limit:?}"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_go_to_the_console() {
        for (external_url, prefix) in [
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
            ("https://siem.example/margay/", "https://siem.example/margay"),
        ] {
            let settings = MessageSettings {
                external_url: external_url.parse().unwrap(),
                title_style: TitleStyle::Plain,
                texts: Arc::new(Texts::default()),
            };
            let link = settings.alert_link(&"b90c19e66e160e194a5b3b94ec27fb7c".into(), "slack");
            assert_eq!(
                link.as_str(),
                format!("{prefix}/console/alerts/b90c19e66e160e194a5b3b94ec27fb7c?source=slack")
            );
            assert_eq!(settings.console_link().as_str(), format!("{prefix}/console/"));
        }
    }
}
