//! Opening the database, and its two doors: one writer, a few readers.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use sqlx::migrate::Migrator;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{ConnectOptions, SqliteConnection};
use stdx::Clock;

use crate::access::Access;
use crate::alert_index::AlertIndex;
use crate::error::StoreError;
use crate::writer::{BoxFuture, Writer};

/// File name of the database inside the data directory.
pub const DATABASE_FILE: &str = "margay.db";

/// All migrations, in order.
pub(crate) static MIGRATIONS: Migrator = sqlx::migrate!("./migrations");
/// `user_version` that the last migration sets.
pub(crate) const SCHEMA_VERSION: i64 = 20;

/// Connections that read at the same time.
const READERS_MAX: u32 = 4;
/// How long a statement waits for another process.
pub(crate) const BUSY_TIMEOUT: Duration = Duration::from_secs(10);
/// How often opening tries to migrate while another process does the same.
const MIGRATE_ATTEMPTS_MAX: u32 = 5;
/// How long opening waits before it tries again what another process was in the way of.
const RETRY_PAUSE: Duration = Duration::from_millis(50);
/// The write-ahead log is cut to this size at checkpoints, in bytes.
const WAL_KEPT_BYTES: &str = "67108864";
/// What the writer keeps of the file in memory, in KiB below zero. Keys are digests, so that new rows go to pages
/// all over the indexes.
const WRITER_CACHE: &str = "-8192";
/// Statements that the writer keeps prepared; those that insert rows come in several sizes.
const WRITER_STATEMENTS: usize = 256;

/// The metadata database. Cloning shares it.
#[derive(Clone)]
pub struct Store {
    pub(crate) writer: Writer,
    pub(crate) readers: SqlitePool,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) alert_index: Arc<AlertIndex>,
    pub(crate) access: Arc<Access>,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store").finish_non_exhaustive()
    }
}

impl Store {
    /// Opens the database in `dir`, makes both when absent, and brings the schema up to date.
    ///
    /// Several processes may open it: the server, and commands beside it.
    ///
    /// # Errors
    /// [`StoreError::Open`] when folder or file cannot be made; [`StoreError::NewerDatabase`] when a newer
    /// program wrote it; [`StoreError::Busy`] when another process keeps it locked.
    pub async fn open(dir: &Path, clock: Arc<dyn Clock>) -> Result<Store, StoreError> {
        let path = dir.join(DATABASE_FILE);
        make_dir(dir).map_err(|source| StoreError::Open { path: path.clone(), source: Arc::new(source) })?;
        let options = SqliteConnectOptions::new()
            .filename(&path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(BUSY_TIMEOUT)
            .pragma("temp_store", "memory")
            .pragma("journal_size_limit", WAL_KEPT_BYTES)
            .disable_statement_logging();
        // A checkpoint would hold up the commit that starts it; a task beside the writer makes them.
        let without_checkpoints = options.clone().pragma("wal_autocheckpoint", "0");
        let for_writer = without_checkpoints
            .clone()
            .pragma("cache_size", WRITER_CACHE)
            .statement_cache_capacity(WRITER_STATEMENTS);
        let mut connection = connect(&for_writer, &path).await?;
        migrate(&mut connection).await?;
        let access = Arc::new(Access::default());
        let noted = Arc::clone(&access);
        connection.lock_handle().await?.set_update_hook(move |change| noted.note(change.table));
        let readers = SqlitePoolOptions::new()
            .max_connections(READERS_MAX)
            .connect_lazy_with(options.pragma("query_only", "on"));
        Ok(Store {
            writer: Writer::start(connection, without_checkpoints, Arc::clone(&access)),
            readers,
            clock,
            alert_index: Arc::default(),
            access,
        })
    }

    /// Writes what waits and closes the file; later calls answer [`StoreError::Closed`].
    pub async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }

    pub(crate) async fn write<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        F: for<'c> FnOnce(&'c mut SqliteConnection) -> BoxFuture<'c, Result<T, StoreError>> + Send + 'static,
        T: Send + 'static,
    {
        self.writer.write(work).await
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }
}

fn make_dir(dir: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir)
}

/// Opens the file. While another process makes the same new file, SQLite refuses at once instead of waiting.
async fn connect(options: &SqliteConnectOptions, path: &Path) -> Result<SqliteConnection, StoreError> {
    let until = Instant::now() + BUSY_TIMEOUT;
    loop {
        match options.connect().await.map_err(StoreError::from) {
            Err(StoreError::Busy { .. }) if Instant::now() < until => tokio::time::sleep(RETRY_PAUSE).await,
            Err(StoreError::Io { source }) => {
                return Err(StoreError::Open { path: path.to_owned(), source });
            }
            result => return result,
        }
    }
}

/// Brings the schema up to date; two processes may try at once.
async fn migrate(connection: &mut SqliteConnection) -> Result<(), StoreError> {
    for attempt in 1.. {
        let found: i64 = sqlx::query_scalar("PRAGMA user_version").fetch_one(&mut *connection).await?;
        if found > SCHEMA_VERSION {
            return Err(StoreError::NewerDatabase { found, known: SCHEMA_VERSION });
        }
        if found == SCHEMA_VERSION && is_complete(connection).await? {
            break;
        }
        match MIGRATIONS.run(&mut *connection).await {
            Ok(()) => break,
            Err(_) if attempt < MIGRATE_ATTEMPTS_MAX => {
                // Somebody else is at it; the next look at the version tells.
                tokio::time::sleep(RETRY_PAUSE).await;
            }
            Err(problem) => return Err(migration_error(problem)),
        }
    }
    Ok(())
}

/// Whether no migration is missing; an earlier one may have come later than the one that set the version.
async fn is_complete(connection: &mut SqliteConnection) -> Result<bool, StoreError> {
    let applied: i64 =
        sqlx::query_scalar("SELECT count(*) FROM _sqlx_migrations").fetch_one(connection).await?;
    Ok(usize::try_from(applied).is_ok_and(|applied| applied >= MIGRATIONS.iter().count()))
}

fn migration_error(problem: sqlx::migrate::MigrateError) -> StoreError {
    match problem {
        sqlx::migrate::MigrateError::Execute(source)
        | sqlx::migrate::MigrateError::ExecuteMigration(source, _) => source.into(),
        other => sqlx::Error::Migrate(Box::new(other)).into(),
    }
}
