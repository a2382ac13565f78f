//! Writes outcomes in groups: whatever waits goes into one transaction.

use std::sync::Arc;
use std::time::Duration;

use model::DeliveryId;
use store::AttemptOutcome;
use tokio::sync::{mpsc, oneshot};

use crate::ports::DeliveryStore;

/// Outcomes that may wait to be written; more make their workers wait.
const WAITING_MAX: usize = 1024;
/// Outcomes written in one transaction.
const GROUP_MAX: usize = 256;
/// How often a group is tried before its leases are left to end.
const TRIES_MAX: u32 = 10;
const TRY_DELAY: Duration = Duration::from_secs(1);

enum Entry {
    Outcome(Box<AttemptOutcome>, oneshot::Sender<()>),
    Release(Vec<DeliveryId>),
}

/// Hands outcomes to the one task that writes them.
#[derive(Clone)]
pub(crate) struct Recorder(mpsc::Sender<Entry>);

impl Recorder {
    /// A recorder and the work to be spawned; it ends when the last recorder is dropped.
    pub(crate) fn new(store: Arc<dyn DeliveryStore>) -> (Recorder, impl Future<Output = ()>) {
        let (sender, receiver) = mpsc::channel(WAITING_MAX);
        (Recorder(sender), write_groups(store, receiver))
    }

    /// Resolves once the outcome is written, or given up.
    pub(crate) async fn record(&self, outcome: AttemptOutcome) {
        let (written, done) = oneshot::channel();
        if self.0.send(Entry::Outcome(Box::new(outcome), written)).await.is_ok() {
            // An error here means that the recorder was ended: the lease ends by itself.
            done.await.ok();
        }
    }

    /// Gives deliveries back to the table. When too much waits already, their leases end by themselves.
    pub(crate) fn release(&self, deliveries: Vec<DeliveryId>) {
        if !deliveries.is_empty() && self.0.try_send(Entry::Release(deliveries)).is_err() {
            tracing::warn!("leases of deliveries could not be given back at once and are left to end");
        }
    }
}

async fn write_groups(store: Arc<dyn DeliveryStore>, mut entries: mpsc::Receiver<Entry>) {
    let mut group = Vec::with_capacity(GROUP_MAX);
    while entries.recv_many(&mut group, GROUP_MAX).await > 0 {
        let mut outcomes = Vec::new();
        let mut waiting = Vec::new();
        let mut released = Vec::new();
        for entry in group.drain(..) {
            match entry {
                Entry::Outcome(outcome, written) => {
                    outcomes.push(*outcome);
                    waiting.push(written);
                }
                Entry::Release(deliveries) => released.extend(deliveries),
            }
        }
        if !outcomes.is_empty() {
            write(&*store, outcomes).await;
        }
        for written in waiting {
            // Nobody waits any more when the worker was ended.
            written.send(()).ok();
        }
        if !released.is_empty()
            && let Err(error) = store.release(released).await
        {
            tracing::warn!(%error, "leases of deliveries could not be given back and are left to end");
        }
    }
}

async fn write(store: &dyn DeliveryStore, outcomes: Vec<AttemptOutcome>) {
    for attempt in 1..=TRIES_MAX {
        match store.record(outcomes.clone()).await {
            Ok(()) => return,
            Err(error) => {
                tracing::warn!(%error, attempt, outcomes = outcomes.len(), "delivery attempts could not be recorded");
            }
        }
        tokio::time::sleep(TRY_DELAY).await;
    }
    tracing::error!(
        outcomes = outcomes.len(),
        "delivery attempts were not recorded; their deliveries are sent again when their leases end"
    );
}
