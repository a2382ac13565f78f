//! The service: which lanes there are, who wakes them, and how it all ends.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use destinations::{Inbound, InboundRefusal, Outbound, StatusRequest, Verdict};
use jiff::Timestamp;
use model::{DeliveryId, DeliveryJob, DestinationId};
use stdx::Clock;
use tokio::runtime::Handle;
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout_at};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::attempt::{MessageSettings, TestResult, send_test};
use crate::health::DestinationHealth;
use crate::lane::LaneHandle;
use crate::policy::DeliveryPolicy;
use crate::ports::{DeliveryStore, PortError, SystemErrorSink};
use crate::recorder::Recorder;

/// How long a claimed or offered delivery is reserved. Much longer than any attempt: within one process the
/// lanes know what they hold, and a new process ends all leases when it starts.
pub const LEASE: Duration = Duration::from_secs(600);
/// The table is looked at this often even when nobody says that something is due.
const POLL_INTERVAL: Duration = Duration::from_secs(1);
/// The table is looked at no more often by itself.
const POLL_PAUSE: Duration = Duration::from_millis(10);
/// Known times of retries; more are found by looking.
const RETRY_TIMES_MAX: usize = 10_000;
/// An attempt under way at the deadline of a shutdown is ended; its outcome has this long to be written.
const LAST_WRITE: Duration = Duration::from_secs(1);

/// One destination, ready to send.
#[derive(Clone, Debug)]
pub struct ConfiguredDestination {
    /// As routing sees it.
    pub record: model::Destination,
    /// How to send.
    pub sender: Arc<dyn destinations::Destination>,
    /// How it is served.
    pub policy: DeliveryPolicy,
}

impl ConfiguredDestination {
    /// Whether nothing was set anew, neither here nor in what sends.
    pub(crate) fn is_same_as(&self, other: &ConfiguredDestination) -> bool {
        Arc::ptr_eq(&self.sender, &other.sender) && self.record == other.record && self.policy == other.policy
    }
}

/// What a reload may change for all destinations.
pub(crate) struct Setup {
    pub(crate) outbound: Outbound,
    pub(crate) settings: MessageSettings,
}

/// What lanes, poller and service share.
pub(crate) struct Shared {
    pub(crate) store: Arc<dyn DeliveryStore>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) sink: Arc<dyn SystemErrorSink>,
    pub(crate) recorder: Recorder,
    /// Attempts under way end at once.
    pub(crate) aborting: CancellationToken,
    setup: RwLock<Arc<Setup>>,
    lanes: RwLock<HashMap<DestinationId, LaneHandle>>,
    poll: Notify,
    /// When retries of this process fall due. What is not here (retries of an earlier process, rows of
    /// other programs) is found at the next look, at most [`POLL_INTERVAL`] late.
    retry_times: Mutex<BTreeSet<Timestamp>>,
}

impl Shared {
    pub(crate) fn setup(&self) -> Arc<Setup> {
        Arc::clone(&self.setup.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Makes sure that the table is looked at then.
    pub(crate) fn poll_at(&self, at: Timestamp) {
        let mut times = self.retry_times.lock().unwrap_or_else(PoisonError::into_inner);
        let is_next = times.first().is_none_or(|first| at < *first);
        if times.len() < RETRY_TIMES_MAX || is_next {
            times.insert(at);
        }
        if is_next {
            self.poll.notify_one();
        }
    }

    /// How long nothing falls due, as far as is known; forgets what is past.
    fn next_wait(&self, now: Timestamp) -> Duration {
        let mut times = self.retry_times.lock().unwrap_or_else(PoisonError::into_inner);
        *times = times.split_off(&now);
        times.remove(&now);
        times.first().map_or(POLL_INTERVAL, |next| {
            Duration::try_from(next.duration_since(now)).unwrap_or_default().clamp(POLL_PAUSE, POLL_INTERVAL)
        })
    }

    /// Starts leased jobs; those without a lane or room go back to the table.
    pub(crate) fn offer(&self, jobs: Vec<DeliveryJob>) {
        let mut returned: Vec<DeliveryId> = Vec::new();
        {
            let now = self.clock.now();
            let lanes = self.lanes.read().unwrap_or_else(PoisonError::into_inner);
            for job in jobs {
                match lanes.get(&job.destination_id) {
                    Some(lane) => returned.extend(lane.offer(job, now).err()),
                    None => returned.push(job.id),
                }
            }
        }
        self.recorder.release(returned);
    }
}

/// Claims delivery rows and sends them; one lane per destination. Clones are the same service.
#[derive(Clone)]
pub struct Delivery {
    inner: Arc<Inner>,
}

struct Inner {
    shared: Arc<Shared>,
    /// All destinations, also disabled ones: they can be tested.
    configured: RwLock<HashMap<DestinationId, ConfiguredDestination>>,
    runtime: Handle,
    closing: CancellationToken,
    lane_tasks: TaskTracker,
    poller: Mutex<Option<JoinHandle<()>>>,
    recorder: Mutex<Option<JoinHandle<()>>>,
}

impl std::fmt::Debug for Delivery {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Delivery").finish_non_exhaustive()
    }
}

impl Delivery {
    /// Ends all leases of an earlier process and starts; there are no destinations yet.
    ///
    /// Nothing may commit leased deliveries before this returns.
    ///
    /// # Errors
    ///
    /// When the store does not answer.
    pub async fn start(
        store: Arc<dyn DeliveryStore>,
        outbound: Outbound,
        clock: Arc<dyn Clock>,
        settings: MessageSettings,
        sink: Arc<dyn SystemErrorSink>,
    ) -> Result<Delivery, PortError> {
        store.release_all().await?;
        let (recorder, record_work) = Recorder::new(Arc::clone(&store));
        let shared = Arc::new(Shared {
            store,
            clock,
            sink,
            recorder,
            aborting: CancellationToken::new(),
            setup: RwLock::new(Arc::new(Setup { outbound, settings })),
            lanes: RwLock::default(),
            poll: Notify::new(),
            retry_times: Mutex::default(),
        });
        let closing = CancellationToken::new();
        let poller = tokio::spawn(poll(Arc::clone(&shared), closing.clone()));
        let inner = Inner {
            shared,
            configured: RwLock::default(),
            runtime: Handle::current(),
            closing,
            lane_tasks: TaskTracker::new(),
            poller: Mutex::new(Some(poller)),
            recorder: Mutex::new(Some(tokio::spawn(record_work))),
        };
        Ok(Delivery { inner: Arc::new(inner) })
    }

    /// Replaces the destinations: new ones get a lane, changed ones take their settings from the next
    /// attempt on, absent and disabled ones begin nothing more. The caller cancels the pending deliveries
    /// of the latter, and gives the same `sender` again for what did not change: a destination that is
    /// paused or asked to wait is tried at once when it changed.
    pub fn set_destinations(&self, destinations: Vec<ConfiguredDestination>) {
        let inner = &*self.inner;
        let mut lanes = inner.shared.lanes.write().unwrap_or_else(PoisonError::into_inner);
        let mut configured = inner.configured.write().unwrap_or_else(PoisonError::into_inner);
        configured.clear();
        let mut kept = HashMap::new();
        let now = inner.shared.clock.now();
        for destination in destinations {
            let id = destination.record.id.clone();
            configured.insert(id.clone(), destination.clone());
            if !destination.record.enabled || inner.closing.is_cancelled() {
                continue;
            }
            let lane = match lanes.remove(&id) {
                Some(lane) => {
                    lane.reconfigure(destination, now);
                    lane
                }
                None => {
                    let (lane, work) =
                        LaneHandle::new(Arc::clone(&inner.shared), destination, inner.closing.child_token());
                    inner.lane_tasks.spawn_on(work, &inner.runtime);
                    lane
                }
            };
            kept.insert(id, lane);
        }
        let left = std::mem::replace(&mut *lanes, kept);
        for lane in left.into_values() {
            lane.close();
        }
    }

    /// Takes a new client and new message settings from the next attempt on.
    pub fn reconfigure(&self, outbound: Outbound, settings: MessageSettings) {
        let setup = Arc::new(Setup { outbound, settings });
        *self.inner.shared.setup.write().unwrap_or_else(PoisonError::into_inner) = setup;
    }

    /// Starts jobs straight from the committing transaction, leased for [`LEASE`]; what finds no room is
    /// released to the table and claimed from there.
    pub fn offer(&self, jobs: Vec<DeliveryJob>) {
        self.inner.shared.offer(jobs);
    }

    /// There may be due rows: a retry was asked for, deliveries were made by hand.
    pub fn wake(&self) {
        self.inner.shared.poll.notify_one();
    }

    /// A person asked for an attempt: looks for it now, and paused destinations are probed now.
    pub fn retry_asked(&self) {
        let now = self.inner.shared.clock.now();
        let lanes = self.inner.shared.lanes.read().unwrap_or_else(PoisonError::into_inner);
        lanes.values().for_each(|lane| lane.probe_at_once(now));
        drop(lanes);
        self.wake();
    }

    /// How a destination does; `None` when there is no such destination.
    pub fn health(&self, id: &DestinationId) -> Option<DestinationHealth> {
        let lanes = self.inner.shared.lanes.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(lane) = lanes.get(id) {
            return Some(lane.health(self.inner.shared.clock.now()));
        }
        let configured = self.inner.configured.read().unwrap_or_else(PoisonError::into_inner);
        configured.contains_key(id).then(DestinationHealth::disabled)
    }

    /// Whether a destination is paused: what is due for it waits for a probe.
    pub fn is_paused(&self, id: &DestinationId) -> bool {
        let lanes = self.inner.shared.lanes.read().unwrap_or_else(PoisonError::into_inner);
        lanes.get(id).is_some_and(LaneHandle::is_paused)
    }

    /// Whether any delivery is held in memory: waiting for its turn, under way, or to be recorded.
    pub fn has_work(&self) -> bool {
        let lanes = self.inner.shared.lanes.read().unwrap_or_else(PoisonError::into_inner);
        lanes.values().any(LaneHandle::has_work)
    }

    /// Sends the test alert, also to a disabled destination; `None` when there is no such destination. A
    /// destination that is paused or asked to wait, and takes it, is tried again at once.
    pub async fn send_test(&self, id: &DestinationId) -> Option<TestResult> {
        let destination = {
            let configured = self.inner.configured.read().unwrap_or_else(PoisonError::into_inner);
            configured.get(id).cloned()?
        };
        let result = self.send_test_to(&destination).await;
        if result.success {
            let now = self.inner.shared.clock.now();
            let lanes = self.inner.shared.lanes.read().unwrap_or_else(PoisonError::into_inner);
            lanes.get(id).into_iter().for_each(|lane| lane.took_a_test(now));
        }
        Some(result)
    }

    /// Reads what a vendor sent back to a destination; `None` when there is nothing to do.
    ///
    /// # Errors
    ///
    /// As [`destinations::Destination::receive`], and when there is no such destination or it is disabled.
    pub fn receive(
        &self,
        id: &DestinationId,
        inbound: &Inbound<'_>,
    ) -> Result<Option<StatusRequest>, InboundRefusal> {
        let gone = "there is no such destination, or it is disabled";
        let destination = self.enabled(id).ok_or(InboundRefusal::NotExpected(gone))?;
        destination.sender.receive(inbound)
    }

    /// Says at the vendor what came of a request, or why nothing did: once, in the background. When that
    /// fails it is logged, and the vendor's message shows nothing of it.
    pub fn answer(&self, id: &DestinationId, request: StatusRequest, problem: Option<String>) {
        let Some(destination) = self.enabled(id) else { return };
        let setup = self.inner.shared.setup();
        let work = async move {
            let limit = destination.policy.timeout;
            let answer = destination.sender.answer(&setup.outbound, &request, problem.as_deref(), limit);
            let Ok(attempt) = tokio::time::timeout(limit, answer).await else {
                tracing::warn!(destination.name = %destination.record.display_name, "an answer did not end within {limit:?}");
                return;
            };
            if !matches!(attempt.verdict, Verdict::Delivered { .. }) {
                tracing::warn!(
                    destination.name = %destination.record.display_name, alert.id = %request.alert_id,
                    "what came of a button could not be said where it was pressed: {}", attempt.message
                );
            }
        };
        self.inner.lane_tasks.spawn_on(work, &self.inner.runtime);
    }

    fn enabled(&self, id: &DestinationId) -> Option<ConfiguredDestination> {
        let configured = self.inner.configured.read().unwrap_or_else(PoisonError::into_inner);
        configured.get(id).filter(|destination| destination.record.enabled).cloned()
    }

    /// Sends the test alert to a destination that need not be configured: a form before it is saved.
    pub async fn send_test_to(&self, destination: &ConfiguredDestination) -> TestResult {
        let setup = self.inner.shared.setup();
        send_test(&setup.outbound, &*self.inner.shared.clock, &setup.settings, destination).await
    }

    /// Begins nothing more, waits for attempts under way until `limit` is over, ends the rest, and gives
    /// all leases back. What was ended is sent again at the next start, with the same delivery id.
    pub async fn shutdown(&self, limit: Duration) {
        let deadline = Instant::now() + limit;
        let inner = &*self.inner;
        inner.closing.cancel();
        inner.lane_tasks.close();
        if timeout_at(deadline, inner.lane_tasks.wait()).await.is_err() {
            tracing::warn!("deliveries under way at shutdown are ended and sent again at the next start");
            inner.shared.aborting.cancel();
            if tokio::time::timeout(LAST_WRITE, inner.lane_tasks.wait()).await.is_err() {
                tracing::warn!("some deliveries did not end in time");
            }
        }
        for task in [&inner.poller, &inner.recorder] {
            let task = task.lock().unwrap_or_else(PoisonError::into_inner).take();
            if let Some(task) = task {
                task.abort();
            }
        }
        if let Err(error) = inner.shared.store.release_all().await {
            tracing::warn!(%error, "leases could not be given back; the next start does it");
        }
    }
}

/// Looks what is due, wakes the lanes, and sleeps until something falls due or somebody wakes it.
async fn poll(shared: Arc<Shared>, closing: CancellationToken) {
    while !closing.is_cancelled() {
        let now = shared.clock.now();
        if let Err(error) = wake_due(&shared, now).await {
            tracing::warn!(%error, "due deliveries could not be looked up");
        }
        tokio::select! {
            () = tokio::time::sleep(shared.next_wait(now)) => {}
            () = shared.poll.notified() => {}
            () = closing.cancelled() => {}
        }
    }
}

/// Wakes the lanes of all destinations that have something due.
async fn wake_due(shared: &Shared, now: Timestamp) -> Result<(), PortError> {
    let due = shared.store.due_destinations(now).await?;
    let lanes = shared.lanes.read().unwrap_or_else(PoisonError::into_inner);
    due.iter().filter_map(|id| lanes.get(id)).for_each(LaneHandle::wake);
    Ok(())
}
