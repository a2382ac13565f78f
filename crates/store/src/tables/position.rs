//! Table `ledger`: where the pipeline stands.

use jiff::Timestamp;
use sqlx::SqliteConnection;

use crate::error::StoreError;
use crate::rows::{count, nanos, timestamp, uncount};

pub(crate) async fn read(connection: &mut SqliteConnection) -> Result<u64, StoreError> {
    let position = sqlx::query_scalar("SELECT position FROM ledger").fetch_one(connection).await?;
    Ok(uncount(position))
}

/// Acceptance time of the newest committed batch: no batch to come is older.
pub(crate) async fn read_time(connection: &mut SqliteConnection) -> Result<Timestamp, StoreError> {
    let at = sqlx::query_scalar("SELECT at FROM ledger").fetch_one(connection).await?;
    Ok(timestamp(at))
}

pub(crate) async fn write(
    connection: &mut SqliteConnection,
    position: u64,
    at: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query("UPDATE ledger SET position = ?, at = max(at, ?)")
        .bind(count(position))
        .bind(nanos(at))
        .execute(connection)
        .await?;
    Ok(())
}
