//! The queue side of table `deliveries`: claiming under a lease, due times, giving back.
//!
//! A pending delivery is due at `due_at`: its `next_attempt_at`, or the end of its lease while somebody
//! has it. So a worker that vanished costs one lease, and correctness never rests on leases.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use jiff::Timestamp;
use model::{Alert, AlertId, DeliveryId, DeliveryJob, DestinationId, Trigger};
use sqlx::SqliteConnection;

use crate::error::StoreError;
use crate::request::Lease;
use crate::rows::{Columns, json_sets, nanos, timestamp};
use crate::store::Store;
use crate::tables::alerts;

/// One claim takes at most so many.
const CLAIMED_MAX: usize = 500;

impl Store {
    /// Takes up to `limit` due deliveries of a destination under a lease, those first that are due longest.
    ///
    /// # Errors
    /// When the database cannot be written; nothing is claimed then.
    pub async fn claim_deliveries(
        &self,
        destination: &DestinationId,
        now: Timestamp,
        lease: Lease,
        limit: usize,
    ) -> Result<Vec<DeliveryJob>, StoreError> {
        let destination = destination.clone();
        let limit = i64::try_from(limit.min(CLAIMED_MAX)).unwrap_or(i64::MAX);
        self.write(move |connection| Box::pin(claim(connection, destination, now, lease, limit))).await
    }

    /// Destinations for which something is due.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn due_destinations(&self, now: Timestamp) -> Result<Vec<DestinationId>, StoreError> {
        let ids: Vec<String> = sqlx::query_scalar(
            "SELECT DISTINCT destination_id FROM deliveries WHERE state = 'pending' AND due_at <= ?
             ORDER BY destination_id",
        )
        .bind(nanos(now))
        .fetch_all(&self.readers)
        .await?;
        Ok(ids.into_iter().map(DestinationId::from).collect())
    }

    /// When the next delivery is due, whatever its destination; the past when one is due already.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn next_due_at(&self) -> Result<Option<Timestamp>, StoreError> {
        let at: Option<i64> =
            sqlx::query_scalar("SELECT min(due_at) FROM deliveries WHERE state = 'pending'")
                .fetch_one(&self.readers)
                .await?;
        Ok(at.map(timestamp))
    }

    /// When the next delivery of a destination is due; the past when one is due already.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn next_due_of(&self, destination: &DestinationId) -> Result<Option<Timestamp>, StoreError> {
        let at: Option<i64> = sqlx::query_scalar(
            "SELECT min(due_at) FROM deliveries WHERE state = 'pending' AND destination_id = ?",
        )
        .bind(destination.as_str())
        .fetch_one(&self.readers)
        .await?;
        Ok(at.map(timestamp))
    }

    /// Gives claimed deliveries back, untried: they are due as before the claim.
    ///
    /// # Errors
    /// When the database cannot be written; they are due again when their lease ends.
    pub async fn release_deliveries(&self, ids: Vec<DeliveryId>) -> Result<(), StoreError> {
        self.write(move |connection| {
            Box::pin(async move {
                let sets = json_sets(&ids);
                for set in sets {
                    sqlx::query(
                        "UPDATE deliveries SET due_at = next_attempt_at, is_leased = 0
                         WHERE state = 'pending' AND is_leased AND id IN (SELECT value FROM json_each(?))",
                    )
                    .bind(set)
                    .execute(&mut *connection)
                    .await?;
                }
                Ok(())
            })
        })
        .await
    }

    /// Ends all leases: what was under way when the last server stopped is due at once. To be called
    /// before any worker starts. Answers how many there were.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn release_all_leases(&self) -> Result<u64, StoreError> {
        self.write(|connection| {
            Box::pin(async move {
                let done = sqlx::query(
                    "UPDATE deliveries SET due_at = next_attempt_at, is_leased = 0
                     WHERE state = 'pending' AND is_leased",
                )
                .execute(connection)
                .await?;
                Ok(done.rows_affected())
            })
        })
        .await
    }

    /// How many deliveries wait or are under way, by destination.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn pending_by_destination(&self) -> Result<BTreeMap<DestinationId, u64>, StoreError> {
        let rows = sqlx::query(
            "SELECT destination_id, count(*) AS count FROM deliveries WHERE state = 'pending'
             GROUP BY destination_id",
        )
        .fetch_all(&self.readers)
        .await?;
        rows.iter().map(|row| Ok((row.text("destination_id")?, row.count("count")?))).collect()
    }
}

async fn claim(
    connection: &mut SqliteConnection,
    destination_id: DestinationId,
    now: Timestamp,
    lease: Lease,
    limit: i64,
) -> Result<Vec<DeliveryJob>, StoreError> {
    let mut rows = sqlx::query(
        "UPDATE deliveries SET due_at = ?, is_leased = 1
         WHERE id IN (SELECT id FROM deliveries WHERE state = 'pending' AND destination_id = ? AND due_at <= ?
                      ORDER BY due_at, id LIMIT ?)
         RETURNING id, alert_id, trigger_word, created_at, attempt_count, next_attempt_at",
    )
    .bind(nanos(lease.until))
    .bind(destination_id.as_str())
    .bind(nanos(now))
    .bind(limit)
    .fetch_all(&mut *connection)
    .await?
    .into_iter()
    .map(|row| Ok((row.time("next_attempt_at")?, row.text::<DeliveryId>("id")?, row)))
    .collect::<Result<Vec<_>, StoreError>>()?;
    // RETURNING has no order of its own.
    rows.sort_by(|(at, id, _), (other_at, other_id, _)| (at, id).cmp(&(other_at, other_id)));

    let alert_ids =
        rows.iter().map(|(_, _, row)| row.text("alert_id")).collect::<Result<Vec<AlertId>, _>>()?;
    let alerts: HashMap<AlertId, Arc<Alert>> = alerts::load(connection, &alert_ids)
        .await?
        .into_iter()
        .map(|alert| (alert.id.clone(), alert))
        .collect();
    let mut jobs = Vec::with_capacity(rows.len());
    for ((_, id, row), alert_id) in rows.into_iter().zip(alert_ids) {
        let alert = alerts
            .get(&alert_id)
            .ok_or_else(|| StoreError::corrupt(format!("`deliveries.alert_id`: no alert `{alert_id}`")))?;
        jobs.push(DeliveryJob {
            id,
            alert: Arc::clone(alert),
            destination_id: destination_id.clone(),
            trigger: row.word::<Trigger>("trigger_word")?,
            created_at: row.time("created_at")?,
            attempt_count: row.count("attempt_count")?,
        });
    }
    Ok(jobs)
}
