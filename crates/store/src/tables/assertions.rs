//! Table `assertions`: what signed somebody in already.

use jiff::{SignedDuration, Timestamp};
use sqlx::SqliteConnection;

use crate::error::StoreError;
use crate::opaque::digest;
use crate::rows::nanos;
use crate::store::Store;

/// Longest time that an assertion is remembered, whatever the provider says of its end. The request that it answers
/// is forgotten much earlier, and without that nobody comes in by it.
const REMEMBERED_MAX: SignedDuration = SignedDuration::from_hours(24);

impl Store {
    /// Notes that an assertion signs somebody in; answers whether it is the first time. It is remembered until it
    /// cannot be used any more.
    ///
    /// # Errors
    /// When the database cannot be written: then nobody may come in by it.
    pub async fn use_assertion(
        &self,
        issuer: &str,
        assertion_id: &str,
        usable_until: Timestamp,
    ) -> Result<bool, StoreError> {
        // No XML has this character in it.
        let digest = digest(&format!("{issuer}\0{assertion_id}"));
        let latest = self.now().saturating_add(REMEMBERED_MAX).unwrap_or(Timestamp::MAX);
        let until = usable_until.min(latest);
        self.write(move |connection| {
            Box::pin(async move {
                let inserted = sqlx::query(
                    "INSERT INTO assertions (digest, usable_until) VALUES (?, ?) ON CONFLICT DO NOTHING",
                )
                .bind(digest.to_vec())
                .bind(nanos(until))
                .execute(connection)
                .await?;
                Ok(inserted.rows_affected() > 0)
            })
        })
        .await
    }
}

/// Forgets assertions that nobody can use any more; answers how many of at most `rows_max`.
pub(crate) async fn delete_over(
    connection: &mut SqliteConnection,
    now: Timestamp,
    rows_max: i64,
) -> Result<u64, StoreError> {
    let deleted = sqlx::query(
        "DELETE FROM assertions WHERE digest IN (SELECT digest FROM assertions WHERE usable_until <= ? LIMIT ?)",
    )
    .bind(nanos(now))
    .bind(rows_max)
    .execute(connection)
    .await?;
    Ok(deleted.rows_affected())
}
