//! Table `sign_in_failures`: who may not try to sign in for a while.

use std::net::{IpAddr, Ipv6Addr};

use jiff::Timestamp;
use sqlx::SqliteConnection;

use crate::error::StoreError;
use crate::rows::{Columns, count, nanos};
use crate::sign_in::{ACCOUNT_FAILURES_MAX, Attempt, FAILURE_WINDOW, NETWORK_FAILURES_MAX};
use crate::store::Store;

/// Bits of an IPv6 address that name the network of one customer.
const IPV6_NETWORK_BITS: u32 = 64;

impl Store {
    /// Until when this attempt is refused whatever it knows, or `None`.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn locked_until(&self, attempt: Attempt<'_>) -> Result<Option<Timestamp>, StoreError> {
        let mut until = None;
        for (subject, _) in subjects(attempt) {
            let row = sqlx::query("SELECT locked_until FROM sign_in_failures WHERE subject = ?")
                .bind(subject)
                .fetch_optional(&self.readers)
                .await?;
            let Some(row) = row else { continue };
            until = until.max(row.optional_time("locked_until")?);
        }
        let now = self.now();
        Ok(until.filter(|until| now < *until))
    }

    /// Counts a failed attempt against its account and its network; answers until when the next one is refused.
    /// Accounts that do not exist are counted alike.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn note_failure(&self, attempt: Attempt<'_>) -> Result<Option<Timestamp>, StoreError> {
        let (now, subjects) = (self.now(), subjects(attempt));
        self.write(move |connection| {
            Box::pin(async move {
                let mut until = None;
                for (subject, failures_max) in &subjects {
                    until = until.max(add(connection, subject, *failures_max, now).await?);
                }
                Ok(until)
            })
        })
        .await
    }

    /// Forgets the failures of an account, after it signed in or when an administrator says so. Those of the
    /// network stay: knowing one account is no reason to let others be guessed at.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn forget_failures(&self, email: &str) -> Result<(), StoreError> {
        let subject = account(email);
        self.write(move |connection| {
            Box::pin(async move {
                sqlx::query("DELETE FROM sign_in_failures WHERE subject = ?")
                    .bind(subject)
                    .execute(connection)
                    .await?;
                Ok(())
            })
        })
        .await
    }
}

/// Deletes counts that mean nothing any more; answers how many of at most `rows_max`.
pub(crate) async fn delete_over(
    connection: &mut SqliteConnection,
    now: Timestamp,
    rows_max: i64,
) -> Result<u64, StoreError> {
    let deleted = sqlx::query(
        "DELETE FROM sign_in_failures WHERE subject IN
             (SELECT subject FROM sign_in_failures
              WHERE first_at <= ? AND coalesce(locked_until, 0) <= ? LIMIT ?)",
    )
    .bind(nanos(window_begin(now)))
    .bind(nanos(now))
    .bind(rows_max)
    .execute(connection)
    .await?;
    Ok(deleted.rows_affected())
}

fn account(email: &str) -> String {
    format!("account:{}", email.to_lowercase())
}

/// Who an attempt is counted against, and how many failures are too many.
fn subjects(attempt: Attempt<'_>) -> Vec<(String, u64)> {
    let mut subjects = vec![(account(attempt.email), ACCOUNT_FAILURES_MAX)];
    if let Some(address) = attempt.from {
        let network = match address.to_canonical() {
            IpAddr::V4(address) => address.to_string(),
            IpAddr::V6(address) => {
                let block = address.to_bits() >> IPV6_NETWORK_BITS << IPV6_NETWORK_BITS;
                format!("{}/{IPV6_NETWORK_BITS}", Ipv6Addr::from_bits(block))
            }
        };
        subjects.push((format!("network:{network}"), NETWORK_FAILURES_MAX));
    }
    subjects
}

async fn add(
    connection: &mut SqliteConnection,
    subject: &str,
    failures_max: u64,
    now: Timestamp,
) -> Result<Option<Timestamp>, StoreError> {
    let row = sqlx::query(
        "INSERT INTO sign_in_failures (subject, failures, first_at) VALUES (?, 1, ?)
         ON CONFLICT (subject) DO UPDATE SET
             failures = CASE WHEN first_at <= ? THEN 1 ELSE failures + 1 END,
             first_at = CASE WHEN first_at <= ? THEN excluded.first_at ELSE first_at END
         RETURNING failures",
    )
    .bind(subject)
    .bind(nanos(now))
    .bind(nanos(window_begin(now)))
    .bind(nanos(window_begin(now)))
    .fetch_one(&mut *connection)
    .await?;
    if row.count("failures")? < failures_max {
        return Ok(None);
    }
    let until = now.saturating_add(FAILURE_WINDOW).unwrap_or(Timestamp::MAX);
    sqlx::query("UPDATE sign_in_failures SET failures = ?, locked_until = ? WHERE subject = ?")
        .bind(count(failures_max))
        .bind(nanos(until))
        .bind(subject)
        .execute(connection)
        .await?;
    Ok(Some(until))
}

fn window_begin(now: Timestamp) -> Timestamp {
    now.saturating_sub(FAILURE_WINDOW).unwrap_or(Timestamp::MIN)
}
