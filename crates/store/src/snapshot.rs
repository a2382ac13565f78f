//! A consistent copy of the whole database, also while a server writes it.

use std::path::Path;
use std::sync::Arc;

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions, Connection};

use crate::error::StoreError;
use crate::store::{BUSY_TIMEOUT, DATABASE_FILE};

/// Copies the database in `dir`, as it is at one moment, into the file `to`, which must not exist; nobody waits
/// for it. The copy is not synced.
///
/// # Errors
/// [`StoreError::Open`] when there is no database, or when the disk of `to` is full.
pub async fn copy_database(dir: &Path, to: &Path) -> Result<(), StoreError> {
    let path = dir.join(DATABASE_FILE);
    let options = SqliteConnectOptions::new()
        .filename(&path)
        .busy_timeout(BUSY_TIMEOUT)
        .pragma("temp_store", "memory")
        .disable_statement_logging();
    let mut connection: SqliteConnection = options
        .connect()
        .await
        .map_err(|source| StoreError::Open { path: path.clone(), source: Arc::new(source) })?;
    let copied = sqlx::query("VACUUM INTO ?").bind(to.display().to_string()).execute(&mut connection).await;
    // Nothing was written through it.
    connection.close().await.ok();
    copied?;
    Ok(())
}
