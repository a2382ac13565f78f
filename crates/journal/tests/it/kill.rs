//! `kill -9` at any moment loses nothing that was answered.
//!
//! The test starts itself as the child that appends, so no second program is needed.

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use bytes::Bytes;
use journal::{Journal, JournalConfig};
use stdx::SystemClock;

const FOLDER: &str = "MARGAY_JOURNAL_TEST_FOLDER";
const APPENDERS: usize = 16;
const ROUNDS: usize = 4;
const ANSWERS_BEFORE_KILL: usize = 400;

/// The child: appends until it is killed and notes each answer. Does nothing in an ordinary run.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn child_that_appends() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let folder = Path::new(&folder);
    let journal = Journal::open(JournalConfig::new(folder), Arc::new(SystemClock)).await.unwrap();
    let answers = OpenOptions::new().create(true).append(true).open(folder.join("answers")).unwrap();
    let answers = Arc::new(Mutex::new(answers));
    let mut appenders = tokio::task::JoinSet::new();
    for appender in 0..APPENDERS {
        let (journal, answers) = (journal.clone(), Arc::clone(&answers));
        appenders.spawn(async move {
            for number in 0_usize.. {
                let body = format!("{appender}:{number}:{}", "x".repeat(number * 37 % 9000));
                let length = body.len();
                let accepted = journal.append("s".into(), Bytes::from(body)).await.unwrap();
                let line = format!("{} {length}\n", accepted.sequence);
                answers.lock().unwrap().write_all(line.as_bytes()).unwrap();
            }
        });
    }
    appenders.join_all().await;
}

fn answered(folder: &Path) -> BTreeMap<u64, usize> {
    let text = std::fs::read_to_string(folder.join("answers")).unwrap_or_default();
    // The last line may be torn.
    let whole = text.rfind('\n').map_or("", |end| &text[..end]);
    whole
        .lines()
        .map(|line| {
            let (sequence, length) = line.split_once(' ').unwrap();
            (sequence.parse().unwrap(), length.parse().unwrap())
        })
        .collect()
}

fn append_and_kill(folder: &Path) {
    let before = answered(folder).len();
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "kill::child_that_appends"])
        .env(FOLDER, folder)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let deadline = Instant::now() + Duration::from_secs(60);
    while answered(folder).len() < before + ANSWERS_BEFORE_KILL {
        assert!(Instant::now() < deadline, "the child answers in time");
        assert!(child.try_wait().unwrap().is_none(), "the child runs until it is killed");
        std::thread::yield_now();
    }
    child.kill().unwrap();
    child.wait().unwrap();
}

#[tokio::test]
async fn everything_answered_is_there_after_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    for _ in 0..ROUNDS {
        append_and_kill(folder.path());
        let journal = Journal::open(JournalConfig::new(folder.path()), Arc::new(SystemClock)).await.unwrap();
        let batches = journal.read(0, 1_000_000, u64::MAX).await.unwrap();
        for pair in batches.windows(2) {
            assert_eq!(pair[0].sequence + 1, pair[1].sequence);
            assert!(pair[0].accepted_at <= pair[1].accepted_at);
        }
        let kept: BTreeMap<u64, usize> =
            batches.iter().map(|batch| (batch.sequence, batch.body.len())).collect();
        for (sequence, length) in answered(folder.path()) {
            assert_eq!(kept.get(&sequence), Some(&length), "batch {sequence} was answered");
        }
        let bytes: u64 = batches.iter().map(|batch| batch.body.len() as u64 + 65).sum();
        assert_eq!(journal.backlog_bytes(), bytes);
        journal.close().await.unwrap();
    }
}
