//! Order, limits, drops, the clock, and what survives a restart.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use journal::{AppendError, Health, Journal, JournalConfig};
use stdx::{ManualClock, SystemClock};

/// Bytes counted for a batch of source `s` beside its body.
const OVERHEAD: u64 = 65;

async fn open(folder: &Path) -> Journal {
    Journal::open(JournalConfig::new(folder), Arc::new(SystemClock)).await.unwrap()
}

fn body(byte_count: usize) -> Bytes {
    Bytes::from(vec![b'x'; byte_count])
}

async fn sequences(journal: &Journal, after: u64) -> Vec<u64> {
    let batches = journal.read(after, 10_000, u64::MAX).await.unwrap();
    batches.iter().map(|batch| batch.sequence).collect()
}

fn start() -> Timestamp {
    "2026-01-01T00:00:00.123456789Z".parse().unwrap()
}

#[tokio::test]
async fn what_is_appended_is_read_back_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let clock = ManualClock::new(start());
    let journal = Journal::open(JournalConfig::new(folder.path()), Arc::new(clock)).await.unwrap();
    let mut last = journal.subscribe();
    let accepted = journal.append("okta".into(), Bytes::from_static(b"{\"a\":1}")).await.unwrap();
    assert_eq!((accepted.sequence, accepted.accepted_at), (1, start()));
    assert!(last.has_changed().unwrap());
    assert_eq!(*last.borrow_and_update(), 1);
    journal.append("okta".into(), Bytes::new()).await.unwrap();
    let batches = journal.read(0, 10, u64::MAX).await.unwrap();
    assert_eq!(batches.len(), 2);
    assert_eq!(batches[0].source_id.as_str(), "okta");
    assert_eq!(batches[0].accepted_at, start());
    assert_eq!(&batches[0].body[..], b"{\"a\":1}");
    assert_eq!(sequences(&journal, 1).await, [2]);
}

#[tokio::test]
async fn reads_keep_to_their_limits_but_return_one_batch() {
    let folder = tempfile::tempdir().unwrap();
    let journal = open(folder.path()).await;
    for _ in 0..5 {
        journal.append("s".into(), body(1000)).await.unwrap();
    }
    assert_eq!(journal.read(0, 2, u64::MAX).await.unwrap().len(), 2);
    assert_eq!(journal.read(0, 10, 3 * (1000 + OVERHEAD)).await.unwrap().len(), 3);
    assert_eq!(journal.read(0, 10, 1).await.unwrap().len(), 1);
    assert!(journal.read(5, 10, u64::MAX).await.unwrap().is_empty());
}

#[tokio::test]
async fn sequences_and_sizes_survive_a_restart_also_when_empty() {
    let folder = tempfile::tempdir().unwrap();
    let journal = open(folder.path()).await;
    for _ in 0..3 {
        journal.append("s".into(), body(10)).await.unwrap();
    }
    journal.drop_through(2).await.unwrap();
    journal.close().await.unwrap();
    let journal = open(folder.path()).await;
    assert_eq!(journal.backlog_bytes(), 10 + OVERHEAD);
    assert_eq!(*journal.subscribe().borrow(), 3);
    journal.drop_through(3).await.unwrap();
    assert_eq!(journal.backlog_bytes(), 0);
    journal.close().await.unwrap();
    let journal = open(folder.path()).await;
    assert_eq!(journal.append("s".into(), body(1)).await.unwrap().sequence, 4);
}

#[tokio::test]
async fn a_lost_folder_gives_no_committed_position_twice() {
    let folder = tempfile::tempdir().unwrap();
    let config = JournalConfig { position: 41, ..JournalConfig::new(folder.path()) };
    let journal = Journal::open(config, Arc::new(SystemClock)).await.unwrap();
    assert_eq!(journal.append("s".into(), body(1)).await.unwrap().sequence, 42);
}

#[tokio::test]
async fn acceptance_time_never_goes_back() {
    let folder = tempfile::tempdir().unwrap();
    let clock = ManualClock::new(start());
    let open_at = async |clock: &ManualClock| {
        Journal::open(JournalConfig::new(folder.path()), Arc::new(clock.clone())).await.unwrap()
    };
    let journal = open_at(&clock).await;
    journal.append("s".into(), body(1)).await.unwrap();
    clock.advance(SignedDuration::from_secs(-300));
    assert_eq!(journal.append("s".into(), body(1)).await.unwrap().accepted_at, start());
    // Also when the journal is empty and opened anew.
    journal.drop_through(2).await.unwrap();
    journal.close().await.unwrap();
    let journal = open_at(&clock).await;
    assert_eq!(journal.append("s".into(), body(1)).await.unwrap().accepted_at, start());
    clock.advance(SignedDuration::from_secs(301));
    let later = start().checked_add(SignedDuration::from_secs(1)).unwrap();
    assert_eq!(journal.append("s".into(), body(1)).await.unwrap().accepted_at, later);
}

#[tokio::test]
async fn the_size_limit_refuses_until_something_is_dropped() {
    let folder = tempfile::tempdir().unwrap();
    let config = JournalConfig { size_max_bytes: 5000, ..JournalConfig::new(folder.path()) };
    let journal = Journal::open(config, Arc::new(SystemClock)).await.unwrap();
    for _ in 0..4 {
        journal.append("s".into(), body(1000)).await.unwrap();
    }
    let backlog_bytes = 4 * (1000 + OVERHEAD);
    assert_eq!(
        journal.append("s".into(), body(1000)).await,
        Err(AppendError::Full { backlog_bytes, size_max_bytes: 5000 })
    );
    assert_eq!(*journal.health().borrow(), Health::Full);
    assert_eq!(journal.backlog_bytes(), backlog_bytes);
    journal.drop_through(1).await.unwrap();
    assert_eq!(*journal.health().borrow(), Health::Healthy);
    assert_eq!(journal.append("s".into(), body(1000)).await.unwrap().sequence, 5);
}

#[tokio::test]
async fn more_waiting_appends_than_allowed_are_told_to_come_back() {
    let folder = tempfile::tempdir().unwrap();
    let config = JournalConfig { waiting_max: 2, ..JournalConfig::new(folder.path()) };
    let journal = Journal::open(config, Arc::new(SystemClock)).await.unwrap();
    let mut appends = tokio::task::JoinSet::new();
    for _ in 0..5 {
        let journal = journal.clone();
        appends.spawn(async move { journal.append("s".into(), body(1)).await });
    }
    let answers = appends.join_all().await;
    let busy = answers.iter().filter(|answer| **answer == Err(AppendError::Busy { waiting_max: 2 })).count();
    assert_eq!(busy, 3, "{answers:?}");
    assert_eq!(sequences(&journal, 0).await, [1, 2]);
}

#[tokio::test]
async fn appends_that_wait_together_share_one_sync() {
    let folder = tempfile::tempdir().unwrap();
    let journal = open(folder.path()).await;
    let mut appends = tokio::task::JoinSet::new();
    for _ in 0..100 {
        let journal = journal.clone();
        appends.spawn(async move { journal.append("s".into(), body(100)).await.unwrap().sequence });
    }
    let mut given = appends.join_all().await;
    given.sort_unstable();
    assert_eq!(given, (1..=100).collect::<Vec<_>>());
    assert!(journal.group_count() <= 3, "{} groups", journal.group_count());
}

#[tokio::test]
async fn a_long_drop_is_cut_into_steps_and_lets_appends_through() {
    let folder = tempfile::tempdir().unwrap();
    let journal = open(folder.path()).await;
    let mut appends = tokio::task::JoinSet::new();
    for _ in 0..1000 {
        let journal = journal.clone();
        appends.spawn(async move { journal.append("s".into(), body(100)).await.unwrap() });
    }
    appends.join_all().await;
    let dropping = tokio::spawn({
        let journal = journal.clone();
        async move { journal.drop_through(900).await }
    });
    let appended = tokio::time::timeout(Duration::from_secs(10), journal.append("s".into(), body(1)));
    assert_eq!(appended.await.unwrap().unwrap().sequence, 1001);
    dropping.await.unwrap().unwrap();
    assert_eq!(sequences(&journal, 0).await, (901..=1001).collect::<Vec<_>>());
    assert_eq!(journal.backlog_bytes(), 100 * (100 + OVERHEAD) + 1 + OVERHEAD);
    // Nothing beyond what exists, and nothing twice.
    journal.drop_through(u64::MAX).await.unwrap();
    journal.drop_through(5).await.unwrap();
    assert_eq!(journal.backlog_bytes(), 0);
    assert_eq!(journal.append("s".into(), body(1)).await.unwrap().sequence, 1002);
    assert_eq!(sequences(&journal, 0).await, [1002]);
}

#[tokio::test]
async fn the_file_shrinks_when_a_large_backlog_is_gone() {
    let folder = tempfile::tempdir().unwrap();
    let journal = open(folder.path()).await;
    for _ in 0..12 {
        journal.append("s".into(), body(10_000_000)).await.unwrap();
    }
    journal.drop_through(12).await.unwrap();
    journal.close().await.unwrap();
    // Closing waits for no shrinking; opening and dropping anew goes on with it.
    let journal = open(folder.path()).await;
    journal.append("s".into(), body(1)).await.unwrap();
    journal.drop_through(13).await.unwrap();
    let size = || std::fs::metadata(folder.path().join("journal.db")).unwrap().len();
    let shrunk = async {
        while size() > 80_000_000 {
            journal.append("s".into(), body(1)).await.unwrap();
        }
    };
    tokio::time::timeout(Duration::from_secs(30), shrunk).await.expect("the file shrinks");
}

#[tokio::test]
async fn a_closed_journal_writes_what_waits_and_says_that_it_is_closed() {
    let folder = tempfile::tempdir().unwrap();
    let journal = open(folder.path()).await;
    let waiting = tokio::spawn({
        let journal = journal.clone();
        async move { journal.append("s".into(), body(1)).await }
    });
    tokio::task::yield_now().await;
    journal.clone().close().await.unwrap();
    assert_eq!(waiting.await.unwrap().unwrap().sequence, 1);
    assert_eq!(journal.append("s".into(), body(1)).await, Err(AppendError::Closed));
    assert!(journal.drop_through(1).await.is_err());
    assert_eq!(sequences(&open(folder.path()).await, 0).await, [1]);
}

#[tokio::test]
async fn a_file_that_is_no_journal_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("journal.db"), vec![b'x'; 10_000]).unwrap();
    let error = Journal::open(JournalConfig::new(folder.path()), Arc::new(SystemClock)).await.unwrap_err();
    assert!(error.to_string().contains("could not be opened"), "{error}");
}
