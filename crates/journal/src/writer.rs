//! The one task that writes: group commit, drops, upkeep.
//!
//! Appends come first; between two groups at most one small step of dropping or shrinking runs, so no
//! append waits longer than that.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use metrics::gauge;
use model::{RawBatch, SourceId, metric};
use stdx::Clock;
use tokio::sync::{mpsc, oneshot};
use tracing::{error, info, warn};

use crate::database::{Database, GROUP_ROWS_MAX, State, cost, journal_error};
use crate::error::{AppendError, JournalError};
use crate::handle::{Accepted, Health, JournalConfig, Shared};

/// A group that is smaller than the last one waits at most this long for the rest.
const LINGER: Duration = Duration::from_millis(1);
/// Batches and bytes of one step of dropping.
const DROP_ROWS_MAX: usize = 256;
const DROP_BYTES_MAX: u64 = 16 * 1024 * 1024;
/// Free pages that the file keeps for the next bodies, and pages given back in one step.
const FREE_PAGES_KEPT: u64 = 8192;
const SHRINK_PAGES_MAX: u64 = 512;
/// How often a write is tried while writes fail and nobody appends.
const PROBE_INTERVAL: Duration = Duration::from_secs(5);
/// A clock that lies further behind is warned of, and how often.
const CLOCK_BEHIND_MAX: SignedDuration = SignedDuration::from_secs(60);
const CLOCK_WARNING_INTERVAL: Duration = Duration::from_secs(60);

/// One append that waits.
#[derive(Debug)]
pub(crate) struct Append {
    pub(crate) source_id: SourceId,
    pub(crate) body: Bytes,
    pub(crate) reply: oneshot::Sender<Result<Accepted, AppendError>>,
}

/// Everything else the writer is asked to do.
#[derive(Debug)]
pub(crate) enum Command {
    /// Drop up to and including `sequence`.
    DropThrough { sequence: u64, reply: oneshot::Sender<Result<(), JournalError>> },
    /// Write what waits, then close.
    Close { reply: oneshot::Sender<Result<(), JournalError>> },
    /// Run a statement.
    #[cfg(test)]
    Execute { sql: String, reply: oneshot::Sender<Result<(), sqlx::Error>> },
}

/// A drop under way, with all who wait for it.
#[derive(Debug, Default)]
struct Dropping {
    through: u64,
    waiting: Vec<oneshot::Sender<Result<(), JournalError>>>,
}

/// The task's state.
pub(crate) struct Writer {
    database: Database,
    appends: mpsc::Receiver<Append>,
    commands: mpsc::Receiver<Command>,
    clock: Arc<dyn Clock>,
    shared: Arc<Shared>,
    config: JournalConfig,
    state: State,
    last_group_rows: usize,
    dropping: Option<Dropping>,
    shrinking: bool,
    clock_warned_at: Option<Instant>,
}

impl Writer {
    pub(crate) fn new(
        database: Database,
        appends: mpsc::Receiver<Append>,
        commands: mpsc::Receiver<Command>,
        clock: Arc<dyn Clock>,
        shared: Arc<Shared>,
        config: JournalConfig,
        state: State,
    ) -> Self {
        gauge!(metric::JOURNAL_BACKLOG_BYTES).set(state.backlog_bytes as f64);
        gauge!(metric::CLOCK_BEHIND_SECONDS).set(0.0);
        Self {
            database,
            appends,
            commands,
            clock,
            shared,
            config,
            state,
            last_group_rows: 0,
            dropping: None,
            shrinking: false,
            clock_warned_at: None,
        }
    }

    /// Works until the journal is closed or every handle is gone.
    pub(crate) async fn run(mut self) {
        let mut probe =
            tokio::time::interval_at(tokio::time::Instant::now() + PROBE_INTERVAL, PROBE_INTERVAL);
        probe.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            if self.dropping.is_some() || self.shrinking {
                if let Ok(first) = self.appends.try_recv() {
                    self.write_group(first).await;
                }
                self.upkeep_step().await;
                if let Ok(command) = self.commands.try_recv()
                    && let Some(reply) = self.take_command(command).await
                {
                    return self.close(Some(reply)).await;
                }
                continue;
            }
            tokio::select! {
                biased;
                command = self.commands.recv() => {
                    let Some(command) = command else { return self.close(None).await };
                    if let Some(reply) = self.take_command(command).await {
                        return self.close(Some(reply)).await;
                    }
                }
                Some(first) = self.appends.recv() => self.write_group(first).await,
                _ = probe.tick(), if self.writes_fail() => self.probe().await,
            }
        }
    }

    /// Does what was asked or notes it; returns whom to answer when that is to close.
    #[cfg_attr(not(test), expect(clippy::unused_async, reason = "the tests' command waits"))]
    async fn take_command(&mut self, command: Command) -> Option<oneshot::Sender<Result<(), JournalError>>> {
        match command {
            Command::DropThrough { sequence, reply } => {
                let dropping = self.dropping.get_or_insert_default();
                dropping.through = dropping.through.max(sequence.min(self.state.last_sequence));
                dropping.waiting.push(reply);
                None
            }
            Command::Close { reply } => Some(reply),
            #[cfg(test)]
            Command::Execute { sql, reply } => {
                reply.send(self.database.execute(sql).await).expect("the test waits");
                None
            }
        }
    }

    /// Joins what waits with `first`, writes it with one fsync and answers everyone.
    async fn write_group(&mut self, first: Append) {
        let group = self.collect_group(first).await;
        if !self.has_free_space() {
            return self.group_failed(&AppendError::DiskFull, group.into_iter().map(|append| append.reply));
        }
        let (admitted, backlog_bytes) = self.admit(group);
        if admitted.is_empty() {
            return;
        }
        let accepted_at = self.acceptance_time();
        let first_sequence = self.state.last_sequence + 1;
        let (rows, replies): (Vec<_>, Vec<_>) = (first_sequence..)
            .zip(admitted)
            .map(|(sequence, Append { source_id, body, reply })| {
                (RawBatch { sequence, source_id, accepted_at, body }, reply)
            })
            .unzip();
        let last_sequence = rows.last().map_or(self.state.last_sequence, |row| row.sequence);
        let state = State { last_sequence, last_accepted_at: accepted_at, backlog_bytes };
        match self.database.append(&rows, state).await {
            Ok(()) => self.group_written(state, replies, first_sequence),
            Err(error) => self.group_failed(&error, replies),
        }
    }

    /// Refuses what does not fit into the size limit. Returns the rest and the bytes kept with it.
    fn admit(&self, group: Vec<Append>) -> (Vec<Append>, u64) {
        let mut admitted = Vec::with_capacity(group.len());
        let mut backlog_bytes = self.state.backlog_bytes;
        for append in group {
            let bytes = cost(&append.source_id, &append.body);
            let after = backlog_bytes.saturating_add(bytes);
            let size_max_bytes = self.config.size_max_bytes;
            if after > size_max_bytes {
                // A body that could never fit says nothing about the others.
                if bytes <= size_max_bytes {
                    self.set_health(Health::Full);
                }
                answer(append.reply, Err(AppendError::Full { backlog_bytes, size_max_bytes }));
            } else {
                backlog_bytes = after;
                admitted.push(append);
            }
        }
        (admitted, backlog_bytes)
    }

    /// Whether the file system has more free space than is left to others. When it cannot tell, the
    /// write itself will.
    fn has_free_space(&self) -> bool {
        let Ok(disk) = rustix::fs::statvfs(&self.config.path) else { return true };
        let reserve_bytes =
            self.config.disk_reserve_bytes.min(disk.f_blocks.saturating_mul(disk.f_frsize) / 10);
        disk.f_bavail.saturating_mul(disk.f_frsize) >= reserve_bytes
    }

    /// Takes what waits, up to the limits of a group. A group smaller than the last one waits a moment
    /// for the rest: senders that were answered together come back together. A lone sender never waits.
    async fn collect_group(&mut self, first: Append) -> Vec<Append> {
        let mut bytes = first.body.len() as u64;
        let mut group = vec![first];
        let deadline = tokio::time::Instant::now() + LINGER;
        while group.len() < GROUP_ROWS_MAX && bytes < self.config.group_bytes_max {
            let next = match self.appends.try_recv() {
                Ok(append) => Some(append),
                Err(_) if group.len() < self.last_group_rows => {
                    tokio::time::timeout_at(deadline, self.appends.recv()).await.ok().flatten()
                }
                Err(_) => None,
            };
            let Some(append) = next else { break };
            bytes += append.body.len() as u64;
            group.push(append);
        }
        self.last_group_rows = group.len();
        group
    }

    fn group_written(
        &mut self,
        state: State,
        replies: Vec<oneshot::Sender<Result<Accepted, AppendError>>>,
        first_sequence: u64,
    ) {
        self.set_state(state);
        self.shared.group_count.fetch_add(1, Ordering::Relaxed);
        self.shared.last_sequence.send_replace(state.last_sequence);
        if self.writes_fail() {
            self.set_health(Health::Healthy);
        }
        for (sequence, reply) in (first_sequence..).zip(replies) {
            answer(reply, Ok(Accepted { sequence, accepted_at: state.last_accepted_at }));
        }
    }

    fn group_failed(
        &mut self,
        error: &AppendError,
        replies: impl IntoIterator<Item = oneshot::Sender<Result<Accepted, AppendError>>>,
    ) {
        self.set_health(Health::DiskFull { message: error.to_string() });
        self.shrinking = true;
        for reply in replies {
            answer(reply, Err(error.clone()));
        }
    }

    /// Now, or the last time given when the clock lies behind it.
    fn acceptance_time(&mut self) -> Timestamp {
        let now = self.clock.now();
        let last = self.state.last_accepted_at;
        let behind = last.duration_since(now).max(SignedDuration::ZERO);
        gauge!(metric::CLOCK_BEHIND_SECONDS).set(behind.as_secs_f64());
        let warned_lately = self.clock_warned_at.is_some_and(|at| at.elapsed() < CLOCK_WARNING_INTERVAL);
        if behind > CLOCK_BEHIND_MAX && !warned_lately {
            self.clock_warned_at = Some(Instant::now());
            warn!(
                behind_seconds = behind.as_secs(),
                "the clock is behind the last acceptance time `{last}`; new logs are dated with that time until the clock passes it"
            );
        }
        now.max(last)
    }

    /// Drops or shrinks a little.
    async fn upkeep_step(&mut self) {
        let Some(dropping) = self.dropping.as_ref() else {
            let pages_kept = if self.writes_fail() { 0 } else { FREE_PAGES_KEPT };
            self.shrinking = match self.database.shrink_some(pages_kept, SHRINK_PAGES_MAX).await {
                Ok(more) => more,
                Err(error) => {
                    warn!(%error, "free space of the journal was not given back to the disk");
                    false
                }
            };
            return;
        };
        let step =
            self.database.delete_some(dropping.through, DROP_ROWS_MAX, DROP_BYTES_MAX, self.state).await;
        match step {
            Ok((state, more)) => {
                self.set_state(state);
                self.notice_room();
                if !more {
                    self.shrinking = true;
                    self.finish_dropping(|| Ok(()));
                }
            }
            Err(error) => {
                warn!(%error, "processed logs were not dropped from the journal; tried again with the next drop");
                let text = error.to_string();
                let mut first = Some(error);
                self.finish_dropping(|| {
                    Err(first.take().map_or_else(|| JournalError::again(&text), journal_error))
                });
            }
        }
    }

    fn finish_dropping(&mut self, mut result: impl FnMut() -> Result<(), JournalError>) {
        let dropping = self.dropping.take().unwrap_or_default();
        for reply in dropping.waiting {
            if reply.send(result()).is_err() {
                tracing::trace!("nobody waits for this drop any more");
            }
        }
    }

    /// Looks whether appends would work again.
    async fn probe(&mut self) {
        let result = match self.database.release_space(self.state).await {
            Ok(()) if !self.has_free_space() => Err(AppendError::DiskFull),
            result => result,
        };
        match result {
            Ok(()) => self.set_health(Health::Healthy),
            Err(error) => self.set_health(Health::DiskFull { message: error.to_string() }),
        }
    }

    fn writes_fail(&self) -> bool {
        matches!(*self.shared.health.borrow(), Health::DiskFull { .. })
    }

    /// Ends `Full` once a tenth of the size is free.
    fn notice_room(&self) {
        let enough = self.config.size_max_bytes / 10 * 9;
        if *self.shared.health.borrow() == Health::Full && self.state.backlog_bytes <= enough {
            self.set_health(Health::Healthy);
        }
    }

    fn set_health(&self, health: Health) {
        let changed = self.shared.health.send_if_modified(|old| {
            let changed = *old != health;
            if changed {
                old.clone_from(&health);
            }
            changed
        });
        if !changed {
            return;
        }
        match health {
            Health::Healthy => info!("the journal takes logs again"),
            Health::Full => error!(
                size_max_bytes = self.config.size_max_bytes,
                "the journal is full and refuses logs until some are processed"
            ),
            Health::DiskFull { message } => error!("the journal refuses logs: {message}"),
        }
    }

    fn set_state(&mut self, state: State) {
        self.state = state;
        self.shared.backlog_bytes.store(state.backlog_bytes, Ordering::Relaxed);
        gauge!(metric::JOURNAL_BACKLOG_BYTES).set(state.backlog_bytes as f64);
    }

    async fn close(mut self, reply: Option<oneshot::Sender<Result<(), JournalError>>>) {
        self.appends.close();
        self.commands.close();
        while let Some(first) = self.appends.recv().await {
            self.write_group(first).await;
        }
        let result = self.database.close().await.map_err(journal_error);
        let Some(reply) = reply else { return };
        if reply.send(result).is_err() {
            tracing::trace!("nobody waits for the journal to close");
        }
    }
}

/// Answers an append; a sender that went away in the meantime does not mind.
fn answer(reply: oneshot::Sender<Result<Accepted, AppendError>>, result: Result<Accepted, AppendError>) {
    if reply.send(result).is_err() {
        tracing::trace!("nobody waits for this append any more");
    }
}
