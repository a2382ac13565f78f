//! The three stages as tasks, and the handle to them.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwapOption;
use journal::Journal;
use model::{DeliveryJob, Destination, SourceId, SystemFinding};
use parsers::SourceSpec;
use python_host::{ActiveRules, PythonHost};
use schema::SchemaSet;
use stdx::Clock;
use store::Store;
use tokio::sync::{RwLock, mpsc, watch};
use tokio::task::JoinHandle;
use tracing::{debug, error, warn};

use crate::commit::Committer;
use crate::core::Core;
use crate::correlation::{CorrelationSettings, correlate};
use crate::evaluate::{Evaluated, evaluate_group};
use crate::faults;
use crate::health::{SourceWatch, Sources};
use crate::parse::{Group, parse_group};
use crate::world::{World, WorldContent};

/// Groups that wait between two stages.
const GROUPS_WAITING_MAX: usize = 2;
/// Journal batches in one group.
const GROUP_BATCHES_MAX: usize = 512;
/// Bytes of raw logs in one group; a single larger batch is a group of its own.
const GROUP_BYTES_MAX: u64 = 2 << 20;
/// Wait after a failed read or write before the next try.
const RETRY_DELAY: Duration = Duration::from_millis(500);
/// A failure that goes on is logged again after so many tries: every 30 s.
const FAILURES_PER_LOG_LINE: u32 = 60;

/// Takes deliveries straight from the committing transaction, already leased.
pub trait JobSink: Send + Sync {
    /// Takes the jobs; never waits.
    fn offer(&self, jobs: Vec<DeliveryJob>);
}

/// What the pipeline is made of.
pub struct PipelineParts {
    /// Where accepted batches wait.
    pub journal: Journal,
    /// Where decisions are recorded.
    pub store: Arc<Store>,
    /// Where rules run.
    pub host: Arc<PythonHost>,
    /// What events are judged by.
    pub world: World,
    /// Who sends the alerts.
    pub jobs: Arc<dyn JobSink>,
    /// Tells the time of platform faults.
    pub clock: Arc<dyn Clock>,
    /// How long the delivery may hold rows that it got from the transaction.
    pub lease: Duration,
    /// How correlation rules are worked on.
    pub correlation: CorrelationSettings,
}

/// The running pipeline.
pub struct Pipeline {
    shared: Arc<Shared>,
    position: watch::Receiver<u64>,
    tasks: Vec<JoinHandle<()>>,
}

struct Shared {
    journal: Journal,
    host: Arc<PythonHost>,
    /// Held for reading while a group is parsed or evaluated, for writing while content is swapped, so
    /// that no group is evaluated by one content and decided by another.
    world: RwLock<Arc<World>>,
    /// Why nothing can be committed, while so.
    commit_fault: ArcSwapOption<String>,
    core: Arc<Core>,
}

impl Pipeline {
    /// Starts the stages after the stored journal position.
    ///
    /// # Errors
    /// When the stored position cannot be read.
    pub async fn start(parts: PipelineParts) -> Result<Pipeline, store::StoreError> {
        let PipelineParts { journal, store, host, world, jobs, clock, lease, correlation } = parts;
        let start = store.position().await?;
        let world = Arc::new(world);
        let committer = Committer {
            store,
            jobs,
            clock: Arc::clone(&clock),
            lease,
            signals_kept_max: correlation.signals_kept_max,
        };
        let shared = Arc::new(Shared {
            journal,
            host,
            world: RwLock::new(Arc::clone(&world)),
            commit_fault: ArcSwapOption::empty(),
            core: Arc::new(Core::new(committer, world, clock, correlation)),
        });
        let (parsed_sender, parsed) = mpsc::channel(GROUPS_WAITING_MAX);
        let (evaluated_sender, evaluated) = mpsc::channel(GROUPS_WAITING_MAX);
        let (position_sender, position) = watch::channel(start);
        let tasks = vec![
            tokio::spawn(read_stage(Arc::clone(&shared), start, parsed_sender)),
            tokio::spawn(evaluate_stage(Arc::clone(&shared), parsed, evaluated_sender)),
            tokio::spawn(commit_stage(Arc::clone(&shared), evaluated, position_sender)),
            tokio::spawn(drop_stage(shared.journal.clone(), position.clone())),
            tokio::spawn(watch_storage(Arc::clone(&shared))),
            tokio::spawn(correlate(Arc::clone(&shared.core))),
        ];
        Ok(Pipeline { shared, position, tasks })
    }

    /// The last journal sequence number whose findings are committed.
    pub fn position(&self) -> u64 {
        *self.position.borrow()
    }

    /// Why events are not processed now, if so: nothing can be committed, or a stage ended, which only a
    /// defect of ours does.
    pub fn fault(&self) -> Option<String> {
        if self.tasks.iter().any(JoinHandle::is_finished) {
            return Some("the pipeline stopped; see the log, then restart the server".to_owned());
        }
        let fault = self.shared.commit_fault.load();
        fault.as_ref().map(|fault| format!("alerts cannot be recorded: {fault}"))
    }

    /// What events are judged by now.
    pub fn world(&self) -> Arc<World> {
        self.shared.core.world()
    }

    /// Records a fault of the platform as a `SYSTEM_ERROR` alert, at most one per component and 24 h.
    /// Tries until it is stored.
    pub fn raise(&self, finding: SystemFinding) {
        self.shared.core.raise(finding);
    }

    /// A handle for others to raise faults with.
    pub fn fault_sink(&self) -> FaultSink {
        FaultSink(Arc::clone(&self.shared.core))
    }

    /// A watch over the sources; [`SourceWatch::run`] begins it.
    pub fn watch_sources(&self, sources: Sources) -> SourceWatch {
        SourceWatch::new(Arc::clone(&self.shared.core), sources)
    }

    /// Replaces the content once the group under evaluation is done: `swap` lets the host's new workers,
    /// already warm, take over, and no group is evaluated by one content and decided by another.
    pub async fn reload<T>(&self, world: World, swap: impl FnOnce() -> T) -> T {
        let mut current = self.shared.world.write().await;
        let swapped = swap();
        *current = Arc::new(world);
        self.shared.core.set_world(Arc::clone(&current));
        swapped
    }

    /// Replaces the detections once the group under evaluation is done, as [`Pipeline::reload`] does; everything
    /// else stays.
    pub async fn reload_content<T>(&self, content: WorldContent, swap: impl FnOnce() -> T) -> T {
        let mut current = self.shared.world.write().await;
        let swapped = swap();
        *current = Arc::new(current.with_content(content));
        self.shared.core.set_world(Arc::clone(&current));
        swapped
    }

    /// Changes where alerts may go, from the next group of events on.
    pub async fn set_destinations(&self, destinations: Vec<Destination>) {
        let mut current = self.shared.world.write().await;
        let world = World { destinations: Arc::new(destinations), ..World::clone(&current) };
        *current = Arc::new(world);
        self.shared.core.set_world(Arc::clone(&current));
    }

    /// Changes the limits of alerting, from the next group of batches on.
    pub async fn set_alerting(&self, alerting: alerting::Settings) {
        let mut current = self.shared.world.write().await;
        *current = Arc::new(World { alerting, ..World::clone(&current) });
        self.shared.core.set_world(Arc::clone(&current));
    }

    /// Changes how events come in, from the next group of batches on. Sources that are gone are kept: what they
    /// accepted may still be in the journal.
    pub async fn set_intake(
        &self,
        schemas: Arc<SchemaSet>,
        sources: Arc<HashMap<SourceId, Arc<SourceSpec>>>,
    ) {
        let mut current = self.shared.world.write().await;
        let mut world = World { schemas, sources, ..World::clone(&current) };
        world.keep_sources_of(&current);
        *current = Arc::new(world);
        self.shared.core.set_world(Arc::clone(&current));
    }

    /// Changes what operators said about detections, from the next slice of events on.
    pub fn set_active(&self, active: ActiveRules) {
        self.shared.core.set_active(active);
    }

    /// What operators said about detections.
    pub fn active(&self) -> Arc<ActiveRules> {
        self.shared.core.active.load_full()
    }

    /// Waits until everything that the journal holds now is committed, and until correlation rules have
    /// looked at the signals that it left.
    pub async fn drained(&self) {
        let target = *self.shared.journal.subscribe().borrow();
        let mut position = self.position.clone();
        let is_committed = position.wait_for(|done| *done >= target).await.is_ok();
        if !is_committed || !self.shared.core.signals_are_seen().await {
            warn!("the pipeline stopped before it was done");
        }
    }

    /// Stops the stages where they are; what is not committed is replayed at the next start.
    pub fn stop(&self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

/// Lets others raise faults without knowing the pipeline.
#[derive(Clone)]
pub struct FaultSink(Arc<Core>);

impl FaultSink {
    /// See [`Pipeline::raise`].
    pub fn raise(&self, finding: SystemFinding) {
        self.0.raise(finding);
    }
}

async fn read_stage(shared: Arc<Shared>, start: u64, sender: mpsc::Sender<Group>) {
    let mut last_sequence = shared.journal.subscribe();
    let mut position = start;
    loop {
        if last_sequence.wait_for(|last| *last > position).await.is_err() {
            return;
        }
        let seen = *last_sequence.borrow();
        let batches = match shared.journal.read(position, GROUP_BATCHES_MAX, GROUP_BYTES_MAX).await {
            Ok(batches) => batches,
            Err(failure) => {
                error!("cannot read the journal, trying again: {failure}");
                tokio::time::sleep(RETRY_DELAY).await;
                continue;
            }
        };
        let Some(last) = batches.last() else {
            // Sequence numbers without rows: rolled back appends.
            position = seen;
            continue;
        };
        position = last.sequence;
        let world = Arc::clone(&*shared.world.read().await);
        let parsed = tokio::task::spawn_blocking(move || parse_group(&batches, &world)).await;
        match parsed {
            Ok(Some(group)) => {
                if sender.send(group).await.is_err() {
                    return;
                }
            }
            Ok(None) => {}
            Err(panic) => {
                // A defect of ours; stop rather than lose: the batch is replayed after a restart.
                error!("parsing panicked, the pipeline stops at sequence {position}: {panic}");
                return;
            }
        }
    }
}

async fn evaluate_stage(
    shared: Arc<Shared>,
    mut groups: mpsc::Receiver<Group>,
    sender: mpsc::Sender<(Evaluated, Arc<World>)>,
) {
    while let Some(group) = groups.recv().await {
        let guard = shared.world.read().await;
        let world = Arc::clone(&guard);
        let mut evaluated =
            evaluate_group(&shared.host, &world.native, group, &shared.core.active, &*shared.core.clock)
                .await;
        evaluated.collect_signals(&shared.core.watch.load_full()).await;
        drop(guard);
        if sender.send((evaluated, world)).await.is_err() {
            return;
        }
    }
}

async fn commit_stage(
    shared: Arc<Shared>,
    mut groups: mpsc::Receiver<(Evaluated, Arc<World>)>,
    position: watch::Sender<u64>,
) {
    while let Some((evaluated, world)) = groups.recv().await {
        let last_sequence = evaluated.last_sequence;
        let mut failure_count: u32 = 0;
        let committed = loop {
            let failure = match shared.core.committer.commit_group(&evaluated, &world).await {
                Ok(committed) => break committed,
                Err(failure) => failure,
            };
            if failure_count.is_multiple_of(FAILURES_PER_LOG_LINE) {
                error!(sequence = last_sequence, "cannot commit, trying again until it works: {failure}");
            }
            failure_count = failure_count.wrapping_add(1);
            shared.commit_fault.store(Some(Arc::new(failure.to_string())));
            tokio::time::sleep(RETRY_DELAY).await;
        };
        shared.host.kv_committed(evaluated.kv.ticket, &committed.kv_evicted);
        shared.core.follow_signals(&committed.signals);
        shared.commit_fault.store(None);
        position.send_replace(last_sequence);
    }
}

/// Drops what is committed from the journal, beside the commits.
async fn drop_stage(journal: Journal, mut position: watch::Receiver<u64>) {
    loop {
        let done = *position.borrow_and_update();
        if let Err(failure) = journal.drop_through(done).await {
            debug!("cannot drop processed batches yet: {failure}");
        }
        if position.changed().await.is_err() {
            return;
        }
    }
}

/// Raises `STORAGE_FULL` whenever the journal stops taking batches.
async fn watch_storage(shared: Arc<Shared>) {
    let mut health = shared.journal.health();
    loop {
        let finding = faults::storage_full(&health.borrow_and_update());
        if let Some(finding) = finding {
            shared.core.raise(finding);
        }
        if health.changed().await.is_err() {
            return;
        }
    }
}
