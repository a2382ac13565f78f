//! What joins rooms that may not know each other: the pipeline hands jobs to the delivery, the delivery
//! hands faults to the pipeline.

use std::sync::OnceLock;

use delivery::{Delivery, PortError, SystemErrorSink};
use futures_util::future::BoxFuture;
use model::{DeliveryJob, Finding, FindingKind};
use pipeline::{FaultSink, JobSink};

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
