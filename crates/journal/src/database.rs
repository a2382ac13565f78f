//! All SQL of the journal: one file `journal.db`, three kinds of connections.
//!
//! The append connection syncs the write-ahead log at every commit. The upkeep connection, which drops
//! what is processed, does not: a drop that a power cut undoes is repeated at the next start, and
//! until then its batches lie before the committed position, where nobody reads. Readers have their own.

use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;
use model::{RawBatch, SourceId};
use sqlx::sqlite::{
    SqliteAutoVacuum, SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePool,
    SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, Row as _};

use crate::error::{AppendError, JournalError};
use crate::snapshot::JOURNAL_FILE;

/// Rows of one insert statement, and so of one group.
pub(crate) const GROUP_ROWS_MAX: usize = 128;
/// Bytes counted for each batch beside its body and source id.
const ROW_OVERHEAD_BYTES: u64 = 64;
/// A page holds one small body or two; larger ones continue on pages of their own.
const PAGE_BYTES: u32 = 8192;
/// Pages in the write-ahead log before it is copied into the file.
const CHECKPOINT_PAGES: u32 = 2048;
/// The write-ahead log is cut to this size after a burst.
const LOG_BYTES_KEPT: u32 = 64 * 1024 * 1024;
const BUSY_TIMEOUT: Duration = Duration::from_secs(30);
const READERS: u32 = 2;

const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS batch (
    sequence INTEGER PRIMARY KEY,
    source_id TEXT NOT NULL,
    accepted_at INTEGER NOT NULL,
    cost INTEGER NOT NULL,
    body BLOB NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS state (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    last_sequence INTEGER NOT NULL,
    last_accepted_at INTEGER NOT NULL,
    backlog_bytes INTEGER NOT NULL
) STRICT;
INSERT OR IGNORE INTO state (id, last_sequence, last_accepted_at, backlog_bytes) VALUES (1, 0, 0, 0);
";

const UPDATE_STATE: &str =
    "UPDATE state SET last_sequence = ?, last_accepted_at = ?, backlog_bytes = ? WHERE id = 1";

/// What the one row of `state` says; it changes in the transaction that changes the batches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct State {
    /// The last sequence number given.
    pub(crate) last_sequence: u64,
    /// The last acceptance time given.
    pub(crate) last_accepted_at: Timestamp,
    /// Sum of [`cost`] over what is kept.
    pub(crate) backlog_bytes: u64,
}

/// Bytes that one batch counts against the size limit.
pub(crate) fn cost(source_id: &SourceId, body: &Bytes) -> u64 {
    ROW_OVERHEAD_BYTES + source_id.as_str().len() as u64 + body.len() as u64
}

/// The connections of the writer task.
#[derive(Debug)]
pub(crate) struct Database {
    options: SqliteConnectOptions,
    append: SqliteConnection,
    upkeep: SqliteConnection,
    needs_reconnect: bool,
}

impl Database {
    /// Opens or makes the file in `folder`.
    pub(crate) async fn open(folder: &Path) -> Result<(Self, SqlitePool, State), JournalError> {
        let fail = |source: Box<dyn std::error::Error + Send + Sync>| JournalError::Open {
            path: folder.to_owned(),
            source,
        };
        create_folder(folder).map_err(|error| fail(error.into()))?;
        let options = connect_options(folder);
        let mut append =
            connect(&options, SqliteSynchronous::Full).await.map_err(|error| fail(error.into()))?;
        sqlx::raw_sql(SCHEMA).execute(&mut append).await.map_err(|error| fail(error.into()))?;
        let state = read_state(&mut append).await?;
        let upkeep =
            connect(&options, SqliteSynchronous::Normal).await.map_err(|error| fail(error.into()))?;
        let readers = SqlitePoolOptions::new()
            .max_connections(READERS)
            .idle_timeout(None)
            .max_lifetime(None)
            .connect_lazy_with(options.clone().pragma("query_only", "ON"));
        Ok((Self { options, append, upkeep, needs_reconnect: false }, readers, state))
    }

    /// Writes a group and the state after it in one transaction with one fsync. After an error nothing
    /// of the group is kept.
    pub(crate) async fn append(&mut self, rows: &[RawBatch], state: State) -> Result<(), AppendError> {
        self.reconnect().await.map_err(|error| append_error(&error))?;
        let result = insert(&mut self.append, rows, state).await;
        if let Err(error) = &result {
            self.after_error(error).await;
        }
        result.map_err(|error| append_error(&error))
    }

    /// Writes the state alone, which tells whether the disk takes a write, and gives the write-ahead
    /// log and what was freed back to the file system.
    pub(crate) async fn release_space(&mut self, state: State) -> Result<(), AppendError> {
        self.append(&[], state).await?;
        let result = sqlx::raw_sql("PRAGMA wal_checkpoint(TRUNCATE)").execute(&mut self.append).await;
        result.map(|_| ()).map_err(|error| append_error(&error))
    }

    /// Deletes batches up to `through`, at most `rows_max` and about `bytes_max` of them.
    /// Returns the state after it and whether there is more to delete.
    pub(crate) async fn delete_some(
        &mut self,
        through: u64,
        rows_max: usize,
        bytes_max: u64,
        state: State,
    ) -> Result<(State, bool), sqlx::Error> {
        self.reconnect().await?;
        let rows: Vec<(i64, i64)> = sqlx::query_as(
            "SELECT sequence, cost FROM batch WHERE sequence <= ?1 ORDER BY sequence LIMIT ?2",
        )
        .bind(to_i64(through))
        .bind(to_i64(rows_max as u64))
        .fetch_all(&mut self.upkeep)
        .await?;
        let mut freed = 0_u64;
        let mut taken = 0_usize;
        for (_, cost) in &rows {
            if freed >= bytes_max {
                break;
            }
            freed += to_u64(*cost);
            taken += 1;
        }
        let Some((cut, _)) = taken.checked_sub(1).and_then(|last| rows.get(last)) else {
            return Ok((state, false));
        };
        let state = State { backlog_bytes: state.backlog_bytes.saturating_sub(freed), ..state };
        let result = delete(&mut self.upkeep, *cut, state).await;
        if let Err(error) = &result {
            self.after_error(error).await;
        }
        result?;
        Ok((state, taken < rows.len() || rows.len() == rows_max))
    }

    /// Gives up to `pages_max` free pages back to the file system while more than `pages_kept` are free.
    /// Returns whether there is more to give back.
    pub(crate) async fn shrink_some(&mut self, pages_kept: u64, pages_max: u64) -> Result<bool, sqlx::Error> {
        self.reconnect().await?;
        let free = free_pages(&mut self.upkeep).await?;
        if free <= pages_kept {
            return Ok(false);
        }
        let sql = format!("PRAGMA incremental_vacuum({})", pages_max.min(free - pages_kept));
        let result = sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut self.upkeep).await;
        if let Err(error) = &result {
            self.after_error(error).await;
        }
        result?;
        let left = free_pages(&mut self.upkeep).await?;
        Ok(left > pages_kept && left < free)
    }

    /// Copies the write-ahead log into the file and closes both connections.
    pub(crate) async fn close(mut self) -> Result<(), sqlx::Error> {
        let copied = sqlx::raw_sql("PRAGMA wal_checkpoint(TRUNCATE)").execute(&mut self.append).await;
        self.upkeep.close().await?;
        self.append.close().await?;
        copied.map(|_| ())
    }

    /// Runs a statement on the append connection; lets a test make the disk full.
    #[cfg(test)]
    pub(crate) async fn execute(&mut self, sql: String) -> Result<(), sqlx::Error> {
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut self.append).await.map(|_| ())
    }

    /// Ends what the failed statement left open. A full disk leaves the connections sound; after
    /// anything else they are opened anew before the next use.
    async fn after_error(&mut self, error: &sqlx::Error) {
        for connection in [&mut self.append, &mut self.upkeep] {
            // It fails when the failed statement has already rolled back, which is as good.
            if let Err(error) = sqlx::raw_sql("ROLLBACK").execute(connection).await {
                tracing::trace!(%error, "nothing to roll back");
            }
        }
        self.needs_reconnect = !is_disk_full(error);
    }

    async fn reconnect(&mut self) -> Result<(), sqlx::Error> {
        if !self.needs_reconnect {
            return Ok(());
        }
        self.append = connect(&self.options, SqliteSynchronous::Full).await?;
        self.upkeep = connect(&self.options, SqliteSynchronous::Normal).await?;
        self.needs_reconnect = false;
        Ok(())
    }
}

/// Batches after `after` in order: at most `batches_max`, and as many as fit into `bytes_max`, but at
/// least one when there is one.
pub(crate) async fn read(
    readers: &SqlitePool,
    after: u64,
    batches_max: usize,
    bytes_max: u64,
) -> Result<Vec<RawBatch>, JournalError> {
    // Sizes first, so that no more bodies are read than are wanted.
    let sizes: Vec<(i64, i64)> =
        sqlx::query_as("SELECT sequence, cost FROM batch WHERE sequence > ?1 ORDER BY sequence LIMIT ?2")
            .bind(to_i64(after))
            .bind(to_i64(batches_max as u64))
            .fetch_all(readers)
            .await
            .map_err(journal_error)?;
    let mut bytes = 0_u64;
    let mut last = None;
    for (sequence, cost) in sizes {
        bytes += to_u64(cost);
        if last.is_some() && bytes > bytes_max {
            break;
        }
        last = Some(sequence);
    }
    let Some(last) = last else { return Ok(Vec::new()) };
    let rows = sqlx::query(
        "SELECT sequence, source_id, accepted_at, body FROM batch WHERE sequence > ?1 AND sequence <= ?2 ORDER BY sequence",
    )
    .bind(to_i64(after))
    .bind(last)
    .fetch_all(readers)
    .await
    .map_err(journal_error)?;
    rows.iter().map(raw_batch).collect()
}

/// The error of a read or a drop.
pub(crate) fn journal_error(error: sqlx::Error) -> JournalError {
    if is_disk_full(&error) {
        return JournalError::DiskFull;
    }
    JournalError::Io { source: error.into() }
}

fn append_error(error: &sqlx::Error) -> AppendError {
    if is_disk_full(error) { AppendError::DiskFull } else { AppendError::Io { message: error.to_string() } }
}

/// `SQLITE_FULL` (13), which also stands for `ENOSPC` and a full quota. Source: sqlite.org/rescode.html.
fn is_disk_full(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(|error| error.code());
    code.and_then(|code| code.parse::<u32>().ok()).is_some_and(|code| code & 0xff == 13)
}

fn create_folder(folder: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)?;
    // The new folder's name must be as durable as what is put into it.
    match folder.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        Some(parent) => std::fs::File::open(parent)?.sync_all(),
        None => Ok(()),
    }
}

pub(crate) fn connect_options(folder: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(folder.join(JOURNAL_FILE))
        .create_if_missing(true)
        .page_size(PAGE_BYTES)
        .auto_vacuum(SqliteAutoVacuum::Incremental)
        .journal_mode(SqliteJournalMode::Wal)
        .busy_timeout(BUSY_TIMEOUT)
        .statement_cache_capacity(GROUP_ROWS_MAX + 32)
        .pragma("wal_autocheckpoint", CHECKPOINT_PAGES.to_string())
        .pragma("journal_size_limit", LOG_BYTES_KEPT.to_string())
        .disable_statement_logging()
}

async fn connect(
    options: &SqliteConnectOptions,
    synchronous: SqliteSynchronous,
) -> Result<SqliteConnection, sqlx::Error> {
    SqliteConnection::connect_with(&options.clone().synchronous(synchronous)).await
}

async fn read_state(connection: &mut SqliteConnection) -> Result<State, JournalError> {
    let row = sqlx::query("SELECT last_sequence, last_accepted_at, backlog_bytes FROM state WHERE id = 1")
        .fetch_one(connection)
        .await
        .map_err(journal_error)?;
    Ok(State {
        last_sequence: to_u64(row.try_get("last_sequence").map_err(journal_error)?),
        last_accepted_at: to_timestamp(row.try_get("last_accepted_at").map_err(journal_error)?)?,
        backlog_bytes: to_u64(row.try_get("backlog_bytes").map_err(journal_error)?),
    })
}

/// One call for the whole transaction: every call costs a hop to the connection's thread and back.
async fn insert(
    connection: &mut SqliteConnection,
    rows: &[RawBatch],
    state: State,
) -> Result<(), sqlx::Error> {
    let mut query = sqlx::query(AssertSqlSafe(insert_sql(rows.len())));
    for row in rows {
        query = query
            .bind(to_i64(row.sequence))
            .bind(row.source_id.as_str())
            .bind(to_nanoseconds(row.accepted_at))
            .bind(to_i64(cost(&row.source_id, &row.body)))
            .bind(&row.body[..]);
    }
    query
        .bind(to_i64(state.last_sequence))
        .bind(to_nanoseconds(state.last_accepted_at))
        .bind(to_i64(state.backlog_bytes))
        .execute(connection)
        .await
        .map(|_| ())
}

fn insert_sql(row_count: usize) -> String {
    let mut sql = String::from("BEGIN IMMEDIATE; ");
    for row in 0..row_count {
        let before = if row == 0 {
            "INSERT INTO batch (sequence, source_id, accepted_at, cost, body) VALUES "
        } else {
            ", "
        };
        write!(sql, "{before}(?, ?, ?, ?, ?)").expect("writing to a string cannot fail");
    }
    let between = if row_count == 0 { "" } else { "; " };
    write!(sql, "{between}{UPDATE_STATE}; COMMIT").expect("writing to a string cannot fail");
    sql
}

async fn delete(connection: &mut SqliteConnection, cut: i64, state: State) -> Result<(), sqlx::Error> {
    const SQL: &str = "BEGIN IMMEDIATE; DELETE FROM batch WHERE sequence <= ?; \
                       UPDATE state SET backlog_bytes = ? WHERE id = 1; COMMIT";
    sqlx::query(SQL).bind(cut).bind(to_i64(state.backlog_bytes)).execute(connection).await.map(|_| ())
}

async fn free_pages(connection: &mut SqliteConnection) -> Result<u64, sqlx::Error> {
    let count: i64 = sqlx::query_scalar("PRAGMA freelist_count").fetch_one(connection).await?;
    Ok(to_u64(count))
}

fn raw_batch(row: &sqlx::sqlite::SqliteRow) -> Result<RawBatch, JournalError> {
    let body: Vec<u8> = row.try_get("body").map_err(journal_error)?;
    let source_id: String = row.try_get("source_id").map_err(journal_error)?;
    Ok(RawBatch {
        sequence: to_u64(row.try_get("sequence").map_err(journal_error)?),
        source_id: source_id.into(),
        accepted_at: to_timestamp(row.try_get("accepted_at").map_err(journal_error)?)?,
        body: body.into(),
    })
}

/// Numbers here count bytes and batches, far below 2⁶³.
fn to_i64(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn to_u64(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

/// Nanoseconds since 1970, held at the ends of what 64 bits hold (1677 and 2262).
fn to_nanoseconds(at: Timestamp) -> i64 {
    let nanoseconds = at.as_nanosecond();
    i64::try_from(nanoseconds).unwrap_or(if nanoseconds < 0 { i64::MIN } else { i64::MAX })
}

fn to_timestamp(nanoseconds: i64) -> Result<Timestamp, JournalError> {
    Timestamp::from_nanosecond(i128::from(nanoseconds))
        .map_err(|_| JournalError::Damaged { what: format!("`{nanoseconds}` is no time") })
}
