//! What joins rooms that may not know each other: the pipeline hands jobs to the delivery, the delivery
//! hands faults to the pipeline, the workers read key-value rows from the store.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use api::DeliveryControl;
use api_types::{DestinationHealth, TestResult, wire_time};
use delivery::{Delivery, PortError, SystemErrorSink};
use destinations::{Inbound, InboundRefusal, StatusRequest};
use futures_util::future::BoxFuture;
use model::{DeliveryJob, DestinationId, Finding, FindingKind, KvRow};
use pipeline::{FaultSink, JobSink};
use python_host::{KvBackend, KvUnavailable};
use store::Store;
use tokio::runtime::Handle;
use tokio::time::timeout;

/// Longest read of one key-value row.
const KV_READ_MAX: Duration = Duration::from_secs(2);

/// Jobs from the committing transaction go straight to the delivery.
pub(super) struct JobsToDelivery(pub(super) Delivery);

impl JobSink for JobsToDelivery {
    fn offer(&self, jobs: Vec<DeliveryJob>) {
        self.0.offer(jobs);
    }
}

/// Faults of deliveries go to the pipeline, which is started after the delivery.
#[derive(Default)]
pub(super) struct FaultsToPipeline(OnceLock<FaultSink>);

impl FaultsToPipeline {
    /// Connects the pipeline; before that, faults are refused and raised again by the delivery.
    pub(super) fn connect(&self, sink: FaultSink) {
        let is_first = self.0.set(sink).is_ok();
        debug_assert!(is_first, "there is one pipeline");
    }
}

impl SystemErrorSink for FaultsToPipeline {
    fn raise(&self, finding: Finding) -> BoxFuture<'_, Result<Vec<DeliveryJob>, PortError>> {
        Box::pin(async move {
            let sink = self.0.get().ok_or_else(|| PortError("the pipeline is not up yet".into()))?;
            if let FindingKind::System(fault) = finding.kind {
                // The pipeline offers the jobs itself.
                sink.raise(fault);
            }
            Ok(Vec::new())
        })
    }
}

/// Rows of the key-value cache come from the store.
pub(super) struct RowsFromStore {
    store: Arc<Store>,
    runtime: Handle,
}

impl RowsFromStore {
    /// Reads on the runtime of the caller.
    pub(super) fn new(store: Arc<Store>) -> RowsFromStore {
        RowsFromStore { store, runtime: Handle::current() }
    }
}

impl KvBackend for RowsFromStore {
    fn load(&self, key: &str) -> Result<Option<KvRow>, KvUnavailable> {
        let read = async { timeout(KV_READ_MAX, self.store.kv_row(key)).await };
        match self.runtime.block_on(read) {
            Ok(row) => row.map_err(|failure| KvUnavailable(failure.to_string())),
            Err(_) => Err(KvUnavailable(format!("the database did not answer within {KV_READ_MAX:?}"))),
        }
    }
}

/// The running delivery, as the API sees it.
pub(super) struct ControlOfDelivery(pub(super) Delivery);

impl DeliveryControl for ControlOfDelivery {
    fn retry_asked(&self) {
        self.0.retry_asked();
    }

    fn health(&self, id: &DestinationId) -> Option<DestinationHealth> {
        self.0.health(id).map(health_to_wire)
    }

    fn send_test<'a>(&'a self, id: &'a DestinationId) -> api::BoxFuture<'a, Option<TestResult>> {
        Box::pin(async move { self.0.send_test(id).await.map(|result| test_to_wire(result, true)) })
    }

    fn receive(
        &self,
        id: &DestinationId,
        inbound: &Inbound<'_>,
    ) -> Result<Option<StatusRequest>, InboundRefusal> {
        self.0.receive(id, inbound)
    }

    fn answer(&self, id: &DestinationId, request: StatusRequest, problem: Option<String>) {
        self.0.answer(id, request, problem);
    }
}

fn health_to_wire(health: delivery::DestinationHealth) -> DestinationHealth {
    let delivery::DestinationHealth {
        state,
        failures_in_a_row,
        failing_since,
        last_error,
        next_probe_at,
        quiet_until,
    } = health;
    DestinationHealth {
        state: state.as_str().to_owned(),
        failures_in_a_row,
        failing_since: failing_since.map(wire_time),
        last_error,
        next_probe_at: next_probe_at.map(wire_time),
        quiet_until: quiet_until.map(wire_time),
    }
}

/// A destination that is not saved has no id.
pub(super) fn test_to_wire(result: delivery::TestResult, is_saved: bool) -> TestResult {
    let delivery::TestResult { output_id, success, status_code, message, dispatched_at } = result;
    TestResult {
        output_id: is_saved.then(|| output_id.to_string()),
        success,
        status_code,
        message,
        dispatched_at: wire_time(dispatched_at),
    }
}
