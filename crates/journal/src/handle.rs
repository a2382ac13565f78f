//! The handle that sources and the pipeline hold.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use jiff::Timestamp;
use model::{RawBatch, SourceId};
use sqlx::sqlite::SqlitePool;
use stdx::Clock;
use tokio::sync::{mpsc, oneshot, watch};

use crate::database::{self, Database};
use crate::error::{AppendError, JournalError};
use crate::writer::{Append, Command, Writer};

/// Appends that may wait for the writer by default.
const WAITING_MAX: usize = 1024;
/// Body bytes after which a group takes no further append, by default.
const GROUP_BYTES_MAX: u64 = 8 * 1024 * 1024;
/// Drops that may wait.
const COMMANDS_MAX: usize = 64;
/// Free bytes that are left to others by default: the write-ahead log at its largest, twice.
const DISK_RESERVE_BYTES: u64 = 256 * 1024 * 1024;
/// Size limit by default.
const SIZE_MAX_BYTES: u64 = 10 * 1024 * 1024 * 1024;

/// Where the journal lies, and its limits.
#[derive(Clone, Debug)]
pub struct JournalConfig {
    /// Its folder; made when missing.
    pub path: PathBuf,
    /// Bytes of what is kept: bodies, source ids and 64 per batch. Beyond it appends are refused.
    pub size_max_bytes: u64,
    /// The position that the pipeline has committed. No sequence number up to it is given again, even
    /// when the folder was lost.
    pub position: u64,
    /// Free bytes of the file system below which appends are refused as [`AppendError::DiskFull`], but
    /// at most a tenth of the file system. The rest is what dropping and the metadata database need to go on.
    pub disk_reserve_bytes: u64,
    /// Appends that may wait for the disk; one more is [`AppendError::Busy`].
    pub waiting_max: usize,
    /// A group takes no further append after this many bytes.
    pub group_bytes_max: u64,
}

impl JournalConfig {
    /// The default limits: 10 GiB kept, 256 MiB of the disk left free, 1,024 appends waiting, 8 MiB in a group.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            size_max_bytes: SIZE_MAX_BYTES,
            position: 0,
            disk_reserve_bytes: DISK_RESERVE_BYTES,
            waiting_max: WAITING_MAX,
            group_bytes_max: GROUP_BYTES_MAX,
        }
    }
}

/// What the journal gave a batch that is now durable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// Its position.
    pub sequence: u64,
    /// Its acceptance time.
    pub accepted_at: Timestamp,
}

/// Whether appends work. The pipeline raises a system error from it, and readiness tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Health {
    /// They do.
    Healthy,
    /// An append was refused at the size limit; over when a tenth is free again.
    Full,
    /// The last write failed: the disk is full or broken. Tried again every 5 s, also without appends.
    DiskFull {
        /// What failed.
        message: String,
    },
}

/// A handle on the open journal; clones share it.
#[derive(Clone, Debug)]
pub struct Journal {
    appends: mpsc::Sender<Append>,
    commands: mpsc::Sender<Command>,
    readers: SqlitePool,
    shared: Arc<Shared>,
    waiting_max: usize,
}

/// What the writer tells all handles.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) backlog_bytes: AtomicU64,
    pub(crate) group_count: AtomicU64,
    pub(crate) last_sequence: watch::Sender<u64>,
    pub(crate) health: watch::Sender<Health>,
}

impl Journal {
    /// Opens the journal, or makes it, and starts its writer on the current runtime.
    pub async fn open(config: JournalConfig, clock: Arc<dyn Clock>) -> Result<Self, JournalError> {
        let (database, readers, mut state) = Database::open(&config.path).await?;
        state.last_sequence = state.last_sequence.max(config.position);
        let shared = Arc::new(Shared {
            backlog_bytes: AtomicU64::new(state.backlog_bytes),
            group_count: AtomicU64::new(0),
            last_sequence: watch::Sender::new(state.last_sequence),
            health: watch::Sender::new(Health::Healthy),
        });
        let (append_sender, appends) = mpsc::channel(config.waiting_max.max(1));
        let (command_sender, commands) = mpsc::channel(COMMANDS_MAX);
        let waiting_max = config.waiting_max.max(1);
        let writer = Writer::new(database, appends, commands, clock, Arc::clone(&shared), config, state);
        tokio::spawn(writer.run());
        Ok(Self { appends: append_sender, commands: command_sender, readers, shared, waiting_max })
    }

    /// Appends one body. Resolves after the fsync of its group; after an error nothing is kept.
    /// When the future is dropped before, the batch may be kept or not.
    pub async fn append(&self, source_id: SourceId, body: Bytes) -> Result<Accepted, AppendError> {
        let (reply, answer) = oneshot::channel();
        self.appends.try_send(Append { source_id, body, reply }).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => AppendError::Busy { waiting_max: self.waiting_max },
            mpsc::error::TrySendError::Closed(_) => AppendError::Closed,
        })?;
        answer.await.unwrap_or(Err(AppendError::Closed))
    }

    /// The batches after position `after`, in order: at most `batches_max`, and no more than fit into
    /// `bytes_max`, but at least one when there is one. Empty when there is none yet.
    pub async fn read(
        &self,
        after: u64,
        batches_max: usize,
        bytes_max: u64,
    ) -> Result<Vec<RawBatch>, JournalError> {
        database::read(&self.readers, after, batches_max, bytes_max).await
    }

    /// The last sequence number given; changes after each group.
    pub fn subscribe(&self) -> watch::Receiver<u64> {
        self.shared.last_sequence.subscribe()
    }

    /// Whether appends work; changes when that changes.
    pub fn health(&self) -> watch::Receiver<Health> {
        self.shared.health.subscribe()
    }

    /// Drops all batches up to and including `sequence`, in small steps between the appends. Resolves
    /// when they are gone; a dropped future does not stop the work. After an error what is left goes with the next call.
    pub async fn drop_through(&self, sequence: u64) -> Result<(), JournalError> {
        let (reply, answer) = oneshot::channel();
        let command = Command::DropThrough { sequence, reply };
        self.commands.send(command).await.map_err(|_| JournalError::Closed)?;
        answer.await.unwrap_or(Err(JournalError::Closed))
    }

    /// Bytes accepted and not yet dropped: bodies, source ids and 64 per batch.
    pub fn backlog_bytes(&self) -> u64 {
        self.shared.backlog_bytes.load(Ordering::Relaxed)
    }

    /// Groups committed since the journal was opened, each with one fsync.
    pub fn group_count(&self) -> u64 {
        self.shared.group_count.load(Ordering::Relaxed)
    }

    /// Refuses new appends, writes those that wait, and closes the file. Other handles then answer `Closed`.
    pub async fn close(self) -> Result<(), JournalError> {
        let (reply, answer) = oneshot::channel();
        self.readers.close().await;
        if self.commands.send(Command::Close { reply }).await.is_err() {
            return Ok(());
        }
        answer.await.unwrap_or(Ok(()))
    }

    /// Runs a statement on the connection that appends; lets a test make the disk full.
    #[cfg(test)]
    pub(crate) async fn execute(&self, sql: &str) {
        let (reply, answer) = oneshot::channel();
        let command = Command::Execute { sql: sql.to_owned(), reply };
        assert!(self.commands.send(command).await.is_ok(), "the writer runs");
        answer.await.expect("the writer answers").expect("the statement is right");
    }
}
