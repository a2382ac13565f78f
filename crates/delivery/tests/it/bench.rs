//! One delivery service with its store, clock and sink, and receivers for its destinations.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use alerting::{TitleStyle, auto_delivery_id};
use delivery::{
    ConfiguredDestination, Delivery, DeliveryPolicy, DeliveryStore, LEASE, MessageSettings, PortError,
    RetryPolicy, SystemErrorSink,
};
use destinations::{AllowRule, Outbound, OutboundConfig, Texts, build};
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, ready};
use model::{
    Alert, AlertId, DeliveryId, DeliveryJob, DeliveryState, Destination, Finding, FindingKind, LedgerChanges,
    NewAlert, NewDelivery, SystemFinding, Trigger,
};
use stdx::{Clock, ManualClock, SystemClock};
use store::{Lease, LedgerRequest, Store};
use tempfile::TempDir;
use test_support::{sample_alert, sample_destination, wait_until};

#[derive(Default)]
pub(crate) struct Sink(Mutex<Vec<SystemFinding>>);

impl Sink {
    pub(crate) fn findings(&self) -> Vec<SystemFinding> {
        self.0.lock().unwrap().clone()
    }
}

impl SystemErrorSink for Sink {
    fn raise(&self, finding: Finding) -> BoxFuture<'_, Result<Vec<DeliveryJob>, PortError>> {
        let FindingKind::System(finding) = finding.kind else {
            panic!("delivery raises faults of the platform only");
        };
        self.0.lock().unwrap().push(finding);
        ready(Ok(Vec::new())).boxed()
    }
}

pub(crate) struct Bench {
    pub(crate) store: Arc<Store>,
    /// Removed with the last bench that has it.
    pub(crate) dir: Arc<TempDir>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) sink: Arc<Sink>,
    pub(crate) delivery: Delivery,
}

pub(crate) fn outbound() -> Outbound {
    let allow: Vec<AllowRule> = vec!["127.0.0.1".parse().unwrap()];
    Outbound::new(OutboundConfig { allow, ..OutboundConfig::default() }, Arc::new(SystemClock))
}

pub(crate) fn settings() -> MessageSettings {
    MessageSettings {
        external_url: "https://siem.example".parse().unwrap(),
        title_style: TitleStyle::Plain,
        texts: Arc::new(Texts::default()),
    }
}

/// Retries soon, so that a test with the real clock is short.
pub(crate) fn quick() -> DeliveryPolicy {
    let retry = RetryPolicy { first_delay: Duration::from_millis(20), ..RetryPolicy::default() };
    DeliveryPolicy { retry, timeout: Duration::from_secs(5), ..DeliveryPolicy::default() }
}

/// A destination of this type at `url`.
pub(crate) fn destination(
    name: &str,
    kind: &str,
    url: &str,
    policy: DeliveryPolicy,
) -> ConfiguredDestination {
    ConfiguredDestination {
        record: sample_destination(name, kind),
        sender: build(kind, &serde_json::json!({"webhook_url": url})).unwrap(),
        policy,
    }
}

/// The `number`-th sample alert; its id is set when it is sent.
pub(crate) fn alert(number: u64) -> Alert {
    Alert { number, ..sample_alert() }
}

/// An alert of its own for this destination, with one delivery.
fn new_alert(mut alert: Alert, to: &Destination) -> NewAlert {
    alert.dedup = to.display_name.clone();
    alert.id = AlertId::of(alert.detection_id.as_str(), alert.number, &alert.dedup);
    let delivery = NewDelivery {
        id: auto_delivery_id(&alert.id, alert.created_at, &to.id),
        destination_id: to.id.clone(),
        destination_name: to.display_name.clone(),
        destination_type: to.destination_type.clone(),
        trigger: Trigger::Auto,
    };
    NewAlert { alert: Arc::new(alert), deliveries: vec![delivery] }
}

impl Bench {
    pub(crate) async fn start() -> Bench {
        Bench::on(Arc::new(TempDir::new().unwrap()), Arc::new(SystemClock)).await
    }

    pub(crate) async fn with_manual_clock() -> (Bench, ManualClock) {
        let clock = ManualClock::new("2026-03-01T10:00:00Z".parse().unwrap());
        (Bench::on(Arc::new(TempDir::new().unwrap()), Arc::new(clock.clone())).await, clock)
    }

    /// A new process on the database in `dir`.
    pub(crate) async fn on(dir: Arc<TempDir>, clock: Arc<dyn Clock>) -> Bench {
        let store = Arc::new(Store::open(dir.path(), Arc::clone(&clock)).await.unwrap());
        let sink = Arc::new(Sink::default());
        let rows: Arc<dyn DeliveryStore> = Arc::clone(&store) as _;
        let delivery =
            Delivery::start(rows, outbound(), Arc::clone(&clock), settings(), Arc::clone(&sink) as _).await;
        Bench { store, dir, clock, sink, delivery: delivery.unwrap() }
    }

    /// Commits alerts for a destination and offers their leased deliveries, as the pipeline does.
    pub(crate) async fn send(&self, alerts: Vec<Alert>, to: &ConfiguredDestination) -> Vec<DeliveryId> {
        let lease = Lease { until: self.clock.now() + LEASE };
        let (ids, jobs) = self.commit(alerts, to, Some(lease)).await;
        assert_eq!(jobs.len(), ids.len());
        self.delivery.offer(jobs);
        ids
    }

    /// Commits alerts without handing their deliveries out.
    pub(crate) async fn put(&self, alerts: Vec<Alert>, to: &ConfiguredDestination) -> Vec<DeliveryId> {
        self.commit(alerts, to, None).await.0
    }

    async fn commit(
        &self,
        alerts: Vec<Alert>,
        to: &ConfiguredDestination,
        lease: Option<Lease>,
    ) -> (Vec<DeliveryId>, Vec<DeliveryJob>) {
        let new_alerts: Vec<NewAlert> =
            alerts.into_iter().map(|alert| new_alert(alert, &to.record)).collect();
        let ids = new_alerts.iter().map(|new| new.deliveries[0].id.clone()).collect();
        let request = LedgerRequest { lease, at: self.clock.now(), ..LedgerRequest::default() };
        let changes = LedgerChanges { new_alerts, ..LedgerChanges::default() };
        (ids, self.store.commit(request, move |_| changes).await.unwrap().jobs)
    }

    pub(crate) async fn find(&self, id: &DeliveryId) -> model::Delivery {
        self.store.find_delivery(id).await.unwrap().unwrap()
    }

    pub(crate) async fn send_one(&self, to: &ConfiguredDestination) -> DeliveryId {
        self.send(vec![alert(1)], to).await.remove(0)
    }

    pub(crate) async fn wait_for_state(&self, id: &DeliveryId, state: DeliveryState) -> model::Delivery {
        wait_until(&format!("delivery {state:?}"), async || self.find(id).await.state == state).await;
        self.find(id).await
    }

    pub(crate) async fn wait_for_attempts(&self, id: &DeliveryId, count: u64) -> model::Delivery {
        let reached = async || self.find(id).await.attempt_count >= count;
        wait_until(&format!("{count} attempts"), reached).await;
        self.find(id).await
    }
}
