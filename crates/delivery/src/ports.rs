//! What delivery needs from its neighbours: rows that wait, a place for outcomes, an ear for faults.

use futures_util::future::BoxFuture;
use futures_util::{FutureExt, TryFutureExt};
use jiff::Timestamp;
use model::{DeliveryId, DeliveryJob, DestinationId, Finding};
use store::{AttemptOutcome, Lease, Store};

/// The delivery rows: those of a [`Store`], or of a test.
///
/// Every error is taken as temporary: delivery logs it and tries again.
pub trait DeliveryStore: Send + Sync + 'static {
    /// Leases up to `limit` due deliveries of one destination, oldest due time first.
    fn claim<'a>(
        &'a self,
        destination: &'a DestinationId,
        now: Timestamp,
        lease_until: Timestamp,
        limit: usize,
    ) -> BoxFuture<'a, Result<Vec<DeliveryJob>, PortError>>;

    /// Destinations that have due deliveries nobody holds.
    fn due_destinations(&self, now: Timestamp) -> BoxFuture<'_, Result<Vec<DestinationId>, PortError>>;

    /// Writes attempts, counts them by destination and result, and moves their deliveries on, all in one
    /// transaction; ends their leases.
    fn record(&self, outcomes: Vec<AttemptOutcome>) -> BoxFuture<'_, Result<(), PortError>>;

    /// Gives leased deliveries back to the table.
    fn release(&self, deliveries: Vec<DeliveryId>) -> BoxFuture<'_, Result<(), PortError>>;

    /// Ends every lease: at start, when no worker of an earlier process can be alive.
    fn release_all(&self) -> BoxFuture<'_, Result<(), PortError>>;
}

/// A neighbour could not do what was asked.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct PortError(pub Box<dyn std::error::Error + Send + Sync>);

/// Takes faults of the platform; implemented by `pipeline`, which makes a `SYSTEM_ERROR` alert of them.
pub trait SystemErrorSink: Send + Sync + 'static {
    /// Makes the alert, or merges the fault into the one of its day, and returns the leased deliveries of
    /// a new alert: delivery starts them itself.
    fn raise(&self, finding: Finding) -> BoxFuture<'_, Result<Vec<DeliveryJob>, PortError>>;
}

impl PortError {
    /// Wraps the error of a neighbour.
    pub fn new(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> PortError {
        PortError(error.into())
    }
}

impl DeliveryStore for Store {
    fn claim<'a>(
        &'a self,
        destination: &'a DestinationId,
        now: Timestamp,
        lease_until: Timestamp,
        limit: usize,
    ) -> BoxFuture<'a, Result<Vec<DeliveryJob>, PortError>> {
        let claimed = self.claim_deliveries(destination, now, Lease { until: lease_until }, limit);
        claimed.map_err(PortError::new).boxed()
    }

    fn due_destinations(&self, now: Timestamp) -> BoxFuture<'_, Result<Vec<DestinationId>, PortError>> {
        Store::due_destinations(self, now).map_err(PortError::new).boxed()
    }

    fn record(&self, outcomes: Vec<AttemptOutcome>) -> BoxFuture<'_, Result<(), PortError>> {
        self.record_attempts(outcomes).map_err(PortError::new).boxed()
    }

    fn release(&self, deliveries: Vec<DeliveryId>) -> BoxFuture<'_, Result<(), PortError>> {
        self.release_deliveries(deliveries).map_err(PortError::new).boxed()
    }

    fn release_all(&self) -> BoxFuture<'_, Result<(), PortError>> {
        self.release_all_leases().map_ok(|_| ()).map_err(PortError::new).boxed()
    }
}
