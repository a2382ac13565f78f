//! A full disk refuses appends, keeps what is there, and is over when there is space again.
//!
//! The disk is made full with a limit on the file's pages, which fails in the same place and with the
//! same code as a full file system.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use stdx::SystemClock;

use crate::{AppendError, Health, Journal, JournalConfig};

async fn wait_for(journal: &Journal, wanted: impl FnMut(&Health) -> bool) {
    let mut health = journal.health();
    let waited = tokio::time::timeout(Duration::from_secs(20), health.wait_for(wanted));
    waited.await.expect("health changes in time").expect("the journal is open");
}

async fn fill(journal: &Journal) -> usize {
    let body = Bytes::from(vec![b'x'; 100_000]);
    for written in 0..200 {
        match journal.append("s".into(), body.clone()).await {
            Ok(_) => {}
            Err(error) => {
                assert_eq!(error, AppendError::DiskFull);
                return written;
            }
        }
    }
    panic!("the disk never became full");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_refuses_and_recovers() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::open(JournalConfig::new(folder.path()), Arc::new(SystemClock)).await.unwrap();
    journal.execute("PRAGMA max_page_count = 200").await;
    let written = fill(&journal).await;
    assert!(written > 5);
    wait_for(&journal, |health| matches!(health, Health::DiskFull { .. })).await;
    // What was accepted is still read, and the refused body left nothing behind.
    assert_eq!(journal.read(0, 1000, u64::MAX).await.unwrap().len(), written);
    assert_eq!(journal.backlog_bytes(), written as u64 * 100_065);
    // A drop makes room inside the file: the same process accepts again.
    journal.drop_through(3).await.unwrap();
    let accepted = journal.append("s".into(), Bytes::from_static(b"again")).await.unwrap();
    assert_eq!(accepted.sequence, written as u64 + 1);
    wait_for(&journal, |health| *health == Health::Healthy).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn health_recovers_without_any_append() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::open(JournalConfig::new(folder.path()), Arc::new(SystemClock)).await.unwrap();
    journal.execute("PRAGMA max_page_count = 100").await;
    fill(&journal).await;
    wait_for(&journal, |health| matches!(health, Health::DiskFull { .. })).await;
    journal.execute("PRAGMA max_page_count = 100000").await;
    wait_for(&journal, |health| *health == Health::Healthy).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_in_a_failed_group_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::open(JournalConfig::new(folder.path()), Arc::new(SystemClock)).await.unwrap();
    journal.execute("PRAGMA max_page_count = 20").await;
    let mut appends = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let journal = journal.clone();
        appends.spawn(async move { journal.append("s".into(), Bytes::from(vec![b'x'; 200_000])).await });
    }
    let answers = appends.join_all().await;
    assert!(answers.iter().all(|answer| *answer == Err(AppendError::DiskFull)), "{answers:?}");
    assert_eq!(journal.backlog_bytes(), 0);
    assert!(journal.read(0, 10, u64::MAX).await.unwrap().is_empty());
}
