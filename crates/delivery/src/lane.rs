//! One destination's lane: its queue, its attempts under way, its health.
//!
//! Every destination has a lane of its own, so that one that is slow or dead delays no other. A lane takes
//! jobs from two places: those that the committing transaction offers, already leased, through a bounded
//! channel, and those it claims from the table when the channel is empty.
//!
//! While the breaker has paused the destination, the lane holds nothing: what it had goes back to the table
//! and waits there, and one delivery at a time is claimed as a probe. The same while the destination asks to
//! be left alone, but without probes.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, RwLock};
use std::time::Duration;

use destinations::{Reason, Verdict};
use jiff::Timestamp;
use model::{AttemptRecord, DeliveryId, DeliveryJob, Finding, FindingKind};
use rand::Rng;
use store::{AttemptOutcome, Next};
use tokio::sync::{Notify, mpsc};
use tokio::task::{Id, JoinError, JoinSet};
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use crate::attempt::attempt_job;
use crate::breaker::{Breaker, FAILURES_TO_PAUSE, Gate, Role};
use crate::health::{DestinationHealth, Health, is_about_delivery};
use crate::policy::{Progress, Step, is_expired, next_step};
use crate::service::{ConfiguredDestination, LEASE, Shared};

/// Jobs that a lane keeps in memory; more stay in the table.
pub(crate) const QUEUE_JOBS_MAX: usize = 1024;
/// Jobs claimed from the table at once, per attempt that may be under way.
const CLAIM_PER_ATTEMPT: usize = 16;
/// Jobs claimed from the table at once, at most.
const CLAIM_MAX: usize = 500;
/// Attempts that are made and whose outcome waits to be written, so that a slow disk does not hold up
/// sending at once. So many deliveries at most are repeated after a crash.
const UNWRITTEN_MAX: usize = 512;
/// A system error is handed over so often before it waits for the next failure.
const RAISE_TRIES: u32 = 3;
const RAISE_DELAY: Duration = Duration::from_secs(1);

/// What the service keeps of a lane.
pub(crate) struct LaneHandle {
    state: Arc<LaneState>,
    offered: mpsc::Sender<DeliveryJob>,
}

/// What the lane's task, its attempts and the service share.
struct LaneState {
    destination: RwLock<Arc<ConfiguredDestination>>,
    /// Deliveries that this lane holds, from offer or claim until their outcome is written; whatever the
    /// table says of their leases, they are not taken a second time.
    held: Mutex<Held>,
    health: Mutex<Health>,
    breaker: Mutex<Breaker>,
    wake: Notify,
    /// Attempts being made now; an attempt whose outcome only waits to be written is none of them.
    sending: AtomicUsize,
    /// An attempt was made: another may begin.
    sent: Notify,
    closing: CancellationToken,
}

/// Deliveries with the number of attempts that they had when they were taken.
#[derive(Debug, Default)]
struct Held(HashMap<DeliveryId, u64>);

impl Held {
    /// Takes a job, unless it is held already. A job with more attempts than the one that is held is the
    /// same delivery after its outcome was written, due again.
    fn take(&mut self, job: &DeliveryJob) -> bool {
        match self.0.entry(job.id.clone()) {
            Entry::Occupied(entry) if *entry.get() >= job.attempt_count => false,
            Entry::Occupied(mut entry) => {
                entry.insert(job.attempt_count);
                true
            }
            Entry::Vacant(entry) => {
                entry.insert(job.attempt_count);
                true
            }
        }
    }

    /// Lets a job go, unless a later attempt at the same delivery is held by now.
    fn let_go(&mut self, id: &DeliveryId, attempt_count: u64) {
        if self.0.get(id) == Some(&attempt_count) {
            self.0.remove(id);
        }
    }
}

impl LaneState {
    fn destination(&self) -> Arc<ConfiguredDestination> {
        Arc::clone(&self.destination.read().expect("no holder of this lock panics"))
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().expect("no holder of this lock panics")
    }

    fn health(&self) -> MutexGuard<'_, Health> {
        self.health.lock().expect("no holder of this lock panics")
    }

    fn breaker(&self) -> MutexGuard<'_, Breaker> {
        self.breaker.lock().expect("no holder of this lock panics")
    }
}

impl LaneHandle {
    /// A lane and its work to be spawned.
    pub(crate) fn new(
        shared: Arc<Shared>,
        destination: ConfiguredDestination,
        closing: CancellationToken,
    ) -> (LaneHandle, impl Future<Output = ()>) {
        let (offered, receiver) = mpsc::channel(QUEUE_JOBS_MAX);
        let state = Arc::new(LaneState {
            destination: RwLock::new(Arc::new(destination)),
            held: Mutex::default(),
            health: Mutex::default(),
            breaker: Mutex::default(),
            wake: Notify::new(),
            sending: AtomicUsize::new(0),
            sent: Notify::new(),
            closing,
        });
        let lane = Lane {
            shared,
            state: Arc::clone(&state),
            offered: receiver,
            queue: VecDeque::new(),
            running: JoinSet::new(),
            running_jobs: HashMap::new(),
            look_in_table: true,
            table_turn: false,
            next_start: Instant::now(),
        };
        (LaneHandle { state, offered }, lane.run())
    }

    /// Takes a leased job, or says no when there is no room, or the destination is paused or wants to wait.
    pub(crate) fn offer(&self, job: DeliveryJob, now: Timestamp) -> Result<(), DeliveryId> {
        if self.state.breaker().holds_back(now) {
            return Err(job.id);
        }
        if !self.state.held().take(&job) {
            return Ok(());
        }
        self.offered.try_send(job).map_err(|refused| {
            let job = refused.into_inner();
            self.state.held().let_go(&job.id, job.attempt_count);
            self.state.wake.notify_one();
            job.id
        })
    }

    /// Whether any job is held.
    pub(crate) fn has_work(&self) -> bool {
        !self.state.held().0.is_empty()
    }

    /// There may be due rows in the table.
    pub(crate) fn wake(&self) {
        self.state.wake.notify_one();
    }

    /// Takes new settings from the next attempt on; a destination that is paused or asked to wait is tried
    /// with them at once. Settings that are what they were change nothing.
    pub(crate) fn reconfigure(&self, destination: ConfiguredDestination, now: Timestamp) {
        let mut current = self.state.destination.write().expect("no holder of this lock panics");
        if current.is_same_as(&destination) {
            return;
        }
        *current = Arc::new(destination);
        drop(current);
        self.state.breaker().unhush();
        self.probe_at_once(now);
    }

    /// A test alert was taken: nothing needs to wait any longer.
    pub(crate) fn took_a_test(&self, now: Timestamp) {
        self.state.breaker().unhush();
        self.probe_at_once(now);
    }

    /// Somebody wants to know whether a paused destination is back.
    pub(crate) fn probe_at_once(&self, now: Timestamp) {
        self.state.breaker().probe_at_once(now);
        self.wake();
    }

    /// Whether the destination is paused: what is due for it waits.
    pub(crate) fn is_paused(&self) -> bool {
        self.state.breaker().is_paused()
    }

    /// How the destination does.
    pub(crate) fn health(&self, now: Timestamp) -> DestinationHealth {
        let mut health = self.state.health().status();
        let breaker = self.state.breaker();
        health.quiet_until = breaker.quiet_until(now);
        if breaker.is_paused() {
            health.pause(breaker.next_probe_at());
        }
        health
    }

    /// Begins nothing more; what is under way ends.
    pub(crate) fn close(&self) {
        self.state.closing.cancel();
    }
}

struct Lane {
    shared: Arc<Shared>,
    state: Arc<LaneState>,
    offered: mpsc::Receiver<DeliveryJob>,
    queue: VecDeque<DeliveryJob>,
    running: JoinSet<()>,
    running_jobs: HashMap<Id, (DeliveryId, u64)>,
    look_in_table: bool,
    table_turn: bool,
    /// With a rate: no attempt begins before this.
    next_start: Instant,
}

impl Lane {
    async fn run(mut self) {
        let state = Arc::clone(&self.state);
        while !state.closing.is_cancelled() {
            if state.breaker().holds_back(self.shared.clock.now()) {
                self.put_back();
            }
            let waits_for_rate = self.start_attempts().await;
            tokio::select! {
                Some(ended) = self.running.join_next_with_id() => self.ended(&ended),
                Some(job) = self.offered.recv(), if self.queue.is_empty() => self.queue.push_back(job),
                () = state.wake.notified() => self.look_in_table = true,
                () = state.sent.notified() => {}
                () = sleep_until(self.next_start), if waits_for_rate => {}
                () = state.closing.cancelled() => {}
            }
        }
        self.give_back();
        let aborting = self.shared.aborting.clone();
        loop {
            tokio::select! {
                ended = self.running.join_next_with_id() => match ended {
                    Some(ended) => self.ended(&ended),
                    None => return,
                },
                () = aborting.cancelled() => return self.running.shutdown().await,
            }
        }
    }

    /// Begins as many attempts as concurrency and rate allow; whether the rate holds back a job.
    async fn start_attempts(&mut self) -> bool {
        let destination = self.state.destination();
        let concurrency = destination.policy.concurrency.max(1);
        while self.state.sending.load(Ordering::Acquire) < concurrency
            && self.running.len() < concurrency + UNWRITTEN_MAX
        {
            let gate = self.state.breaker().gate(self.shared.clock.now());
            if self.queue.is_empty() {
                match gate {
                    Gate::Open => self.refill(&destination).await,
                    Gate::Probe if self.look_in_table => self.claim(&destination, 1).await,
                    Gate::Probe | Gate::Closed => {}
                }
            }
            if gate == Gate::Closed || self.queue.is_empty() {
                return false;
            }
            if let Some(rate) = destination.policy.rate {
                let now = Instant::now();
                if now < self.next_start {
                    return true;
                }
                self.next_start = now + rate.interval();
            }
            if let Some(job) = self.queue.pop_front() {
                self.start(Arc::clone(&destination), job);
            }
        }
        false
    }

    fn start(&mut self, destination: Arc<ConfiguredDestination>, job: DeliveryJob) {
        let taken = (job.id.clone(), job.attempt_count);
        self.state.sending.fetch_add(1, Ordering::AcqRel);
        let slot = SendingSlot(Arc::clone(&self.state));
        let role = self.state.breaker().begin();
        let work = deliver(Arc::clone(&self.shared), Arc::clone(&self.state), slot, role, destination, job);
        let task = self.running.spawn(work);
        self.running_jobs.insert(task.id(), taken);
    }

    /// Takes what was offered or claims from the table, in turns while both have something.
    async fn refill(&mut self, destination: &ConfiguredDestination) {
        self.table_turn = !self.table_turn;
        let table_first = self.table_turn && self.look_in_table;
        if !table_first && self.take_offered() {
            return;
        }
        if self.look_in_table {
            let concurrency = destination.policy.concurrency.max(1);
            self.claim(destination, (concurrency * CLAIM_PER_ATTEMPT).min(CLAIM_MAX)).await;
        }
        if self.queue.is_empty() && table_first {
            self.take_offered();
        }
    }

    fn take_offered(&mut self) -> bool {
        match self.offered.try_recv() {
            Ok(job) => {
                self.queue.push_back(job);
                true
            }
            Err(_) => false,
        }
    }

    async fn claim(&mut self, destination: &ConfiguredDestination, limit: usize) {
        let now = self.shared.clock.now();
        let lease = LEASE.max(destination.policy.timeout * 2);
        let lease_until = now.checked_add(lease).unwrap_or(Timestamp::MAX);
        match self.shared.store.claim(&destination.record.id, now, lease_until, limit).await {
            Ok(jobs) => {
                self.look_in_table = jobs.len() >= limit;
                let mut held = self.state.held();
                self.queue.extend(jobs.into_iter().filter(|job| held.take(job)));
            }
            Err(error) => {
                // The poller wakes this lane again within a second.
                self.look_in_table = false;
                let name = &destination.record.display_name;
                tracing::warn!(%error, destination.name = %name, "due deliveries could not be claimed");
            }
        }
    }

    fn ended(&mut self, ended: &Result<(Id, ()), JoinError>) {
        let task = match ended {
            Ok((task, ())) => *task,
            Err(error) => {
                tracing::error!(%error, "a delivery ended without an outcome; it is sent again when its lease ends");
                self.state.breaker().probe_was_lost();
                error.id()
            }
        };
        if let Some((id, attempt_count)) = self.running_jobs.remove(&task) {
            self.state.held().let_go(&id, attempt_count);
        }
    }

    /// Begins nothing any more: everything that has not begun goes back to the table.
    fn give_back(&mut self) {
        self.offered.close();
        self.put_back();
    }

    /// Gives everything that has not begun back to the table.
    fn put_back(&mut self) {
        while self.take_offered() {}
        let waiting: Vec<DeliveryJob> = self.queue.drain(..).collect();
        let mut held = self.state.held();
        waiting.iter().for_each(|job| held.let_go(&job.id, job.attempt_count));
        drop(held);
        self.shared.recorder.release(waiting.into_iter().map(|job| job.id).collect());
    }
}

/// One of the attempts that may be made at the same time; free again when dropped.
struct SendingSlot(Arc<LaneState>);

impl Drop for SendingSlot {
    fn drop(&mut self) {
        self.0.sending.fetch_sub(1, Ordering::AcqRel);
        self.0.sent.notify_one();
    }
}

/// One attempt with all that belongs to it; ends when its outcome is written.
async fn deliver(
    shared: Arc<Shared>,
    state: Arc<LaneState>,
    slot: SendingSlot,
    role: Role,
    destination: Arc<ConfiguredDestination>,
    job: DeliveryJob,
) {
    let is_late = is_expired(&destination.policy.retry, job.trigger, job.created_at, shared.clock.now());
    let (verdict, record) = if is_late {
        (Verdict::GiveUp { reason: Reason::Expired }, expiry(&destination, &job, shared.clock.now()))
    } else {
        let setup = shared.setup();
        attempt_job(&setup.outbound, &*shared.clock, &setup.settings, &destination, &job).await
    };
    let now = shared.clock.now();
    judge(&shared, &state, role, &destination, &verdict, record.status_code, now);
    drop(slot);
    let attempt_count = job.attempt_count + 1;
    let progress = Progress { trigger: job.trigger, created_at: job.created_at, attempt_count, now };
    let step = next_step(&destination.policy.retry, &verdict, progress, rand::rng().random());
    report(&destination, &job, &verdict, &record, step);
    let ended = Ended { verdict: &verdict, record: &record, step, now };
    watch_health(&shared, &state, &destination, &job, ended).await;
    let next = match (step, verdict) {
        (Step::Delivered, Verdict::Delivered { remote_id, remote_url }) => {
            Next::Delivered { remote_id, remote_url: remote_url.map(String::from) }
        }
        (Step::RetryAt(at), _) => Next::RetryAt(at),
        _ => Next::Failed,
    };
    shared.recorder.record(AttemptOutcome { delivery_id: job.id, record, next }).await;
    if let Step::RetryAt(at) = step {
        shared.poll_at(at);
    }
}

/// What is kept of a delivery that grew too old before it could be tried again.
fn expiry(destination: &ConfiguredDestination, job: &DeliveryJob, now: Timestamp) -> AttemptRecord {
    let age_max = destination.policy.retry.age_max;
    let message = format!(
        "expired, not sent: not delivered within {} h of {} (`retry.age_max`); retry it by hand if it still matters",
        age_max.as_secs_f64() / 3600.0,
        job.created_at
    );
    AttemptRecord { at: now, duration: Duration::ZERO, status_code: None, success: false, message }
}

/// How long a destination wants to be left alone by all deliveries: `Retry-After` and its kin on 429 and 503.
/// Other waits are about the one delivery.
fn asked_wait(verdict: &Verdict, status_code: Option<u16>) -> Option<Duration> {
    match (verdict, status_code) {
        (Verdict::Retry { reason: Reason::Throttled, after }, _) => *after,
        (Verdict::Retry { reason: Reason::Unavailable, after }, Some(503)) => *after,
        _ => None,
    }
}

/// Tells the breaker what came of an attempt.
fn judge(
    shared: &Shared,
    state: &LaneState,
    role: Role,
    destination: &ConfiguredDestination,
    verdict: &Verdict,
    status_code: Option<u16>,
    now: Timestamp,
) {
    let name = &destination.record.display_name;
    let after = match verdict {
        Verdict::Delivered { .. } => {
            if state.breaker().succeeded() {
                tracing::info!(destination.name = %name, "the destination is back; its deliveries go on");
                state.wake.notify_one();
            }
            return;
        }
        // Nothing was sent, so nothing was learnt.
        Verdict::GiveUp { reason: Reason::Expired } => {
            if role == Role::Probe {
                state.breaker().probe_was_lost();
                state.wake.notify_one();
            }
            return;
        }
        Verdict::GiveUp { .. } => None,
        Verdict::Retry { after, .. } => *after,
    };
    if let Some(wait) = asked_wait(verdict, status_code) {
        let until = state.breaker().hush(now, wait);
        tracing::info!(destination.name = %name, "the destination asks for no more deliveries until {until}");
        shared.poll_at(until);
    }
    let delay_max = destination.policy.retry.delay_max;
    let probe_at = state.breaker().failed(role, now, after, delay_max, rand::rng().random());
    if let Some(at) = probe_at {
        if role == Role::Ordinary {
            tracing::warn!(
                destination.name = %name,
                "{FAILURES_TO_PAUSE} deliveries failed in a row: the destination is paused and probed; nothing is lost"
            );
        }
        shared.poll_at(at);
        state.wake.notify_one();
    }
}

fn report(
    destination: &ConfiguredDestination,
    job: &DeliveryJob,
    verdict: &Verdict,
    record: &AttemptRecord,
    step: Step,
) {
    let name = &destination.record.display_name;
    let attempt = job.attempt_count + 1;
    let reason = match verdict {
        Verdict::Delivered { .. } => "",
        Verdict::Retry { reason, .. } | Verdict::GiveUp { reason } => reason.as_str(),
    };
    let status = record.status_code;
    match step {
        Step::Delivered => {
            tracing::debug!(destination.name = %name, delivery.id = %job.id, attempt, "delivered");
        }
        Step::RetryAt(at) => {
            tracing::warn!(
                destination.name = %name, delivery.id = %job.id, attempt, status, reason,
                "delivery failed, next try at {at}"
            );
        }
        Step::Failed => {
            tracing::error!(
                destination.name = %name, delivery.id = %job.id, attempt, status, reason,
                "delivery failed for good"
            );
        }
    }
}

/// What came of an attempt.
#[derive(Clone, Copy)]
struct Ended<'a> {
    verdict: &'a Verdict,
    record: &'a AttemptRecord,
    step: Step,
    now: Timestamp,
}

/// Counts the outcome and raises a system error when it is time. That happens before the outcome is
/// written, so that a crash in between repeats the attempt rather than loses the error.
async fn watch_health(
    shared: &Shared,
    state: &LaneState,
    destination: &ConfiguredDestination,
    job: &DeliveryJob,
    Ended { verdict, record, step, now }: Ended<'_>,
) {
    let reason = match verdict {
        Verdict::Delivered { .. } => {
            state.health().succeeded();
            return;
        }
        Verdict::Retry { reason, .. } | Verdict::GiveUp { reason } => *reason,
    };
    let finding = {
        let mut health = state.health();
        health.note(now, reason, record);
        if is_about_delivery(&job.alert) || !health.is_time_to_raise(now, step == Step::Failed) {
            return;
        }
        health.finding(&destination.record, record)
    };
    let finding = Finding { event: None, at: now, kind: FindingKind::System(finding) };
    for attempt in 1..=RAISE_TRIES {
        match shared.sink.raise(finding.clone()).await {
            Ok(jobs) => return shared.offer(jobs),
            Err(error) => {
                tracing::error!(%error, attempt, "the system error about failing deliveries could not be raised");
            }
        }
        tokio::time::sleep(RAISE_DELAY).await;
    }
    state.health().not_raised();
}

#[cfg(test)]
mod tests {
    use model::Trigger;
    use test_support::sample_alert;

    use super::*;

    fn job(attempt_count: u64) -> DeliveryJob {
        DeliveryJob {
            id: "d".into(),
            alert: Arc::new(sample_alert()),
            destination_id: "hook".into(),
            trigger: Trigger::Auto,
            created_at: Timestamp::UNIX_EPOCH,
            attempt_count,
        }
    }

    #[test]
    fn a_job_is_held_once_until_its_next_attempt() {
        let mut held = Held::default();
        assert!(held.take(&job(0)));
        assert!(!held.take(&job(0)), "its lease ended while it was under way");
        assert!(held.take(&job(1)), "its outcome was written and it fell due before the lane noticed");
        held.let_go(&"d".into(), 0);
        assert!(!held.take(&job(1)), "the later attempt is still held");
        held.let_go(&"d".into(), 1);
        assert!(held.take(&job(1)));
    }
}
