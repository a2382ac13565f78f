//! What was only read waits in memory for a moment and is written together with what is read meanwhile.
//!
//! An entry waits half a second at most, less when many wait. What waits is bounded: a caller whose entry finds no
//! room gets no answer before it does, and none at all when that takes too long, so that nobody hears anything
//! that is not on its way into the log. A server that is killed loses what waits; one that is stopped writes it.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use store::{AuditKind, NewAuditEntry, Store, StoreError};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, mpsc, oneshot};
use tokio::time::{sleep, timeout};
use tracing::{error, info, warn};

/// As long waits the first entry for others to be written with.
const LINGER: Duration = Duration::from_millis(500);
/// Text of all entries that wait or are being written.
const QUEUE_BYTES_MAX: usize = 8 << 20;
/// Entries that are written in one transaction: others wait for its end.
const BATCH_ENTRIES_MAX: usize = 1_000;
/// A caller waits so long for room.
const ROOM_WAIT_MAX: Duration = Duration::from_secs(10);
/// After a failure writing is tried again this often.
const RETRY_INTERVAL: Duration = Duration::from_secs(1);

/// There was no room for an entry: the log cannot be written, or not as fast as callers read.
#[derive(Debug)]
pub(crate) struct NoRoom;

/// The way of reads into the audit log.
pub struct AuditReads {
    is_on: AtomicBool,
    /// In bytes. The channel has no other bound.
    room: Arc<Semaphore>,
    room_bytes: usize,
    room_wait_max: Duration,
    messages: mpsc::UnboundedSender<Message>,
    /// There is no time to wait for more.
    hurry: Arc<Notify>,
}

enum Message {
    Entry(NewAuditEntry, OwnedSemaphorePermit),
    /// All before this is written.
    Flush(oneshot::Sender<()>),
}

impl AuditReads {
    /// Begins to write reads, on the runtime that this is called on, until it is dropped.
    pub fn start(store: Arc<Store>, key_file: PathBuf, is_on: bool) -> Arc<AuditReads> {
        AuditReads::with_room(store, key_file, is_on, QUEUE_BYTES_MAX)
    }

    fn with_room(store: Arc<Store>, key_file: PathBuf, is_on: bool, room_bytes: usize) -> Arc<AuditReads> {
        let (messages, receiver) = mpsc::unbounded_channel();
        let hurry = Arc::new(Notify::new());
        tokio::spawn(Writer { store, key_file, receiver, hurry: Arc::clone(&hurry) }.run());
        Arc::new(AuditReads::new(messages, hurry, is_on, room_bytes, ROOM_WAIT_MAX))
    }

    fn new(
        messages: mpsc::UnboundedSender<Message>,
        hurry: Arc<Notify>,
        is_on: bool,
        room_bytes: usize,
        room_wait_max: Duration,
    ) -> AuditReads {
        let room = Arc::new(Semaphore::new(room_bytes));
        AuditReads { is_on: AtomicBool::new(is_on), room, room_bytes, room_wait_max, messages, hurry }
    }

    /// Says whether reads are recorded from now on.
    pub fn switch(&self, is_on: bool) {
        self.is_on.store(is_on, Ordering::Release);
    }

    /// Returns when all that waits is written.
    pub async fn flush(&self) {
        let (done, flushed) = oneshot::channel();
        if self.messages.send(Message::Flush(done)).is_ok() {
            self.hurry.notify_one();
            // An error means that the writer has ended, with what waited.
            flushed.await.ok();
        }
    }

    /// Whether reads are recorded.
    pub(crate) fn is_on(&self) -> bool {
        self.is_on.load(Ordering::Acquire)
    }

    /// Leaves an entry to be written; waits for room.
    pub(crate) async fn add(&self, entry: NewAuditEntry) -> Result<(), NoRoom> {
        let bytes = u32::try_from(entry.entry.len().min(self.room_bytes)).map_err(|_| NoRoom)?;
        let permit = match Arc::clone(&self.room).try_acquire_many_owned(bytes) {
            Ok(permit) => permit,
            Err(_) => {
                self.hurry.notify_one();
                let room = Arc::clone(&self.room).acquire_many_owned(bytes);
                timeout(self.room_wait_max, room).await.map_err(|_| NoRoom)?.map_err(|_| NoRoom)?
            }
        };
        if self.room.available_permits() < self.room_bytes / 2 {
            self.hurry.notify_one();
        }
        self.messages.send(Message::Entry(entry, permit)).map_err(|_| NoRoom)
    }
}

/// Who writes what waits.
struct Writer {
    store: Arc<Store>,
    key_file: PathBuf,
    receiver: mpsc::UnboundedReceiver<Message>,
    hurry: Arc<Notify>,
}

/// What is written together.
#[derive(Default)]
struct Batch {
    entries: Vec<NewAuditEntry>,
    room: Vec<OwnedSemaphorePermit>,
    flushes: Vec<oneshot::Sender<()>>,
}

impl Batch {
    fn take(&mut self, message: Message) {
        match message {
            Message::Entry(entry, room) => {
                self.entries.push(entry);
                self.room.push(room);
            }
            Message::Flush(done) => self.flushes.push(done),
        }
    }
}

impl Writer {
    async fn run(mut self) {
        while let Some(first) = self.receiver.recv().await {
            if matches!(first, Message::Entry(..)) {
                tokio::select! {
                    () = sleep(LINGER) => {}
                    () = self.hurry.notified() => {}
                }
            }
            let mut next = Some(first);
            while let Some(message) = next.take() {
                let mut batch = Batch::default();
                batch.take(message);
                while batch.entries.len() < BATCH_ENTRIES_MAX {
                    let Ok(message) = self.receiver.try_recv() else { break };
                    batch.take(message);
                }
                write(&self.store, &self.key_file, batch).await;
                next = self.receiver.try_recv().ok();
            }
        }
    }
}

/// Writes a batch, makes its room free, and tells who waits for it.
async fn write(store: &Store, key_file: &Path, batch: Batch) {
    let Batch { entries, room, flushes } = batch;
    if !entries.is_empty() {
        append(store, key_file, entries).await;
    }
    drop(room);
    for flush in flushes {
        // Who asked may have gone.
        flush.send(()).ok();
    }
}

/// Appends entries, again and again until they are written or the database is closed.
async fn append(store: &Store, key_file: &Path, entries: Vec<NewAuditEntry>) {
    let mut is_held_up = false;
    loop {
        match store.append_audit(AuditKind::Read, entries.clone(), key_file).await {
            Ok(_) if is_held_up => {
                info!("reads are written to the audit log again");
                return;
            }
            Ok(_) => return,
            Err(StoreError::Closed) => {
                let count = entries.len();
                error!("{count} reads could not be written to the audit log before the end");
                return;
            }
            Err(problem) => {
                if !is_held_up {
                    warn!("reads wait for the audit log, none is lost while the server runs: {problem}");
                }
                is_held_up = true;
                sleep(RETRY_INTERVAL).await;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use stdx::{Clock, SystemClock};
    use store::AuditFilter;

    use super::*;

    async fn store(dir: &Path) -> Arc<Store> {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        Arc::new(Store::open(dir, clock).await.unwrap())
    }

    fn entry(number: usize) -> NewAuditEntry {
        NewAuditEntry {
            at: SystemClock.now(),
            action: "GET_RULE".to_owned(),
            actor_id: "x".to_owned(),
            result: "SUCCEEDED".to_owned(),
            entry: format!("{{\"number\":{number:05}}}"),
        }
    }

    async fn written(store: &Store) -> Vec<String> {
        let filter = AuditFilter { kind: AuditKind::Read, ..AuditFilter::default() };
        let entries = store.audit_after(0, &filter, 100_000).await.unwrap();
        entries.into_iter().map(|entry| entry.entry).collect()
    }

    #[tokio::test]
    async fn more_than_there_is_room_for_waits_and_none_is_lost() {
        let dir = tempfile::tempdir().unwrap();
        let store = store(dir.path()).await;
        // Room for three of them.
        let reads = AuditReads::with_room(Arc::clone(&store), dir.path().join(store::KEY_FILE), true, 60);
        let start = std::time::Instant::now();
        for number in 0..100 {
            reads.add(entry(number)).await.unwrap();
        }
        reads.flush().await;
        assert!(start.elapsed() < LINGER * 20, "who waits for room is not kept waiting for company");
        let expected: Vec<String> = (0..100).map(|number| entry(number).entry).collect();
        assert_eq!(written(&store).await, expected);
        let long = NewAuditEntry { entry: "x".repeat(61), ..entry(0) };
        reads.add(long).await.unwrap();
        reads.flush().await;
        assert_eq!(written(&store).await.len(), 101);
    }

    #[tokio::test]
    async fn an_entry_is_written_within_a_second() {
        let dir = tempfile::tempdir().unwrap();
        let store = store(dir.path()).await;
        let reads = AuditReads::start(Arc::clone(&store), dir.path().join(store::KEY_FILE), true);
        reads.add(entry(1)).await.unwrap();
        let is_written = async {
            while written(&store).await.is_empty() {
                sleep(Duration::from_millis(5)).await;
            }
        };
        timeout(Duration::from_secs(30), is_written).await.expect("it is written without a flush");
        assert!(LINGER <= Duration::from_secs(1));
    }

    #[tokio::test]
    async fn without_room_a_caller_gets_no_answer() {
        let (messages, mut receiver) = mpsc::unbounded_channel();
        let wait = Duration::from_millis(10);
        let reads = AuditReads::new(messages, Arc::default(), true, entry(1).entry.len(), wait);
        reads.add(entry(1)).await.unwrap();
        reads.add(entry(2)).await.unwrap_err();
        // What was written makes room.
        drop(receiver.recv().await);
        reads.add(entry(3)).await.unwrap();
        drop(receiver);
        reads.add(entry(4)).await.unwrap_err();
    }

    #[tokio::test]
    async fn a_store_that_is_closed_ends_the_waiting() {
        let dir = tempfile::tempdir().unwrap();
        let store = store(dir.path()).await;
        let reads = AuditReads::with_room(Arc::clone(&store), dir.path().join(store::KEY_FILE), true, 20);
        store.close().await;
        reads.add(entry(1)).await.unwrap();
        reads.add(entry(2)).await.unwrap();
        reads.flush().await;
    }
}
