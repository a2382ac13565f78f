//! Copies the write-ahead log into the database file, beside the writing task, so that no commit waits for it.
//!
//! A pass copies what is committed when it begins and disturbs neither readers nor the writer. The log begins
//! anew when a pass has caught up and the next transaction starts; while transactions follow each other without a
//! pause it only grows, so from a certain size on the writing task itself makes one between two of them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Row, SqliteConnection};
use tokio::sync::Notify;
use tokio::time::timeout;
use tracing::{debug, warn};

use crate::error::StoreError;
use crate::writer::WeakWriter;

/// Transactions after which a pass begins.
const TRANSACTIONS: u64 = 128;
/// A pass begins so long after the first transaction at the latest.
const INTERVAL: Duration = Duration::from_secs(1);
/// Passes right after each other, to catch up with what is committed meanwhile.
const PASSES_MAX: usize = 4;
/// Pages of a log that the writing task copies itself: 64 MiB.
const LOG_PAGES_MAX: i64 = 16_384;

/// Tells the task about transactions.
#[derive(Debug, Default)]
pub(crate) struct Written {
    transactions: AtomicU64,
    is_over: AtomicBool,
    some: Notify,
    many: Notify,
}

impl Written {
    /// A transaction ended.
    pub(crate) fn one_more(&self) {
        let before = self.transactions.fetch_add(1, Ordering::AcqRel);
        if before == 0 {
            self.some.notify_one();
        }
        if before + 1 == TRANSACTIONS {
            self.many.notify_one();
        }
    }

    /// The writing task has ended.
    pub(crate) fn no_more(&self) {
        self.is_over.store(true, Ordering::Release);
        self.some.notify_one();
        self.many.notify_one();
    }

    /// Waits until a pass is worth while; `false` when there is nothing more to come.
    async fn enough(&self) -> bool {
        self.some.notified().await;
        // Running out of time is the usual case.
        timeout(INTERVAL, self.many.notified()).await.ok();
        self.transactions.store(0, Ordering::Release);
        !self.is_over.load(Ordering::Acquire)
    }
}

/// How far a pass got.
struct Pass {
    log_pages: i64,
    copied_pages: i64,
}

/// Copies the log from time to time, until the writing task ends.
pub(crate) async fn run(options: SqliteConnectOptions, written: Arc<Written>, writer: WeakWriter) {
    let mut connection = None;
    let mut has_failed = false;
    while written.enough().await {
        match catch_up(&mut connection, &options).await {
            Ok(Pass { log_pages, copied_pages }) => {
                has_failed = false;
                debug!(log_pages, copied_pages, "copied the write-ahead log");
                if copied_pages < log_pages && log_pages > LOG_PAGES_MAX {
                    writer.checkpoint().await;
                }
            }
            Err(problem) => {
                if !has_failed {
                    warn!("cannot copy the write-ahead log into the database, so it grows: {problem}");
                }
                has_failed = true;
                connection = None;
            }
        }
    }
    if let Some(connection) = connection {
        // Whatever hinders it, the writing connection closes after it.
        sqlx::Connection::close(connection).await.ok();
    }
}

async fn catch_up(
    connection: &mut Option<SqliteConnection>,
    options: &SqliteConnectOptions,
) -> Result<Pass, StoreError> {
    let connection = match connection {
        Some(connection) => connection,
        None => connection.insert(options.connect().await?),
    };
    let mut pass = pass(connection).await?;
    for _ in 1..PASSES_MAX {
        if pass.copied_pages >= pass.log_pages {
            break;
        }
        pass = self::pass(connection).await?;
    }
    Ok(pass)
}

/// Copies what is committed now.
async fn pass(connection: &mut SqliteConnection) -> Result<Pass, StoreError> {
    let row = sqlx::query("PRAGMA wal_checkpoint(PASSIVE)").fetch_one(connection).await?;
    Ok(Pass { log_pages: row.try_get(1)?, copied_pages: row.try_get(2)? })
}

/// Copies all of the log; for the writing task.
pub(crate) async fn copy(connection: &mut SqliteConnection) {
    if let Err(problem) = pass(connection).await {
        warn!("cannot copy the write-ahead log into the database, so it grows: {problem}");
    }
}
