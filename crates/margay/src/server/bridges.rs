//! What joins rooms that may not know each other: the pipeline hands jobs to the delivery, the delivery
//! hands faults to the pipeline, the workers read key-value rows from the store.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use delivery::{Delivery, PortError, SystemErrorSink};
use futures_util::future::BoxFuture;
use model::{DeliveryJob, Finding, FindingKind, KvRow};
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
