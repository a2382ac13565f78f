//! Table `delivery_attempts`: what came of each attempt, the newest of each delivery.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use model::{AttemptRecord, DeliveryId, metric};
use serde::Serialize;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection};

use crate::error::StoreError;
use crate::request::{AttemptOutcome, CounterAdd, Next};
use crate::rows::{Columns, count, duration_nanos, json_sets, nanos, uncount};
use crate::store::Store;
use crate::tables::counters;

/// So many attempts are kept per delivery; `attempt_count` counts all.
pub const ATTEMPTS_KEPT_MAX: u64 = 100;

impl Store {
    /// Records attempts and moves their deliveries on; all or nothing.
    ///
    /// An attempt is always recorded. What is finished stays so, with one exception: a destination that
    /// took a delivery given up or cancelled meanwhile makes it delivered. Unknown deliveries are left out.
    ///
    /// # Errors
    /// When the database cannot be written; try again, or the deliveries are sent a second time.
    pub async fn record_attempts(&self, outcomes: Vec<AttemptOutcome>) -> Result<(), StoreError> {
        if outcomes.is_empty() {
            return Ok(());
        }
        self.write(move |connection| {
            Box::pin(async move {
                for round in rounds(&outcomes) {
                    record(connection, &round).await?;
                }
                Ok(())
            })
        })
        .await
    }
}

#[derive(Serialize)]
struct OutcomeRow<'a> {
    id: &'a DeliveryId,
    at: i64,
    duration: i64,
    status_code: Option<u16>,
    success: bool,
    message: &'a str,
    state: &'static str,
    result: &'static str,
    next_attempt_at: Option<i64>,
    finished_at: Option<i64>,
    remote_id: Option<&'a str>,
    remote_url: Option<&'a str>,
}

impl<'a> OutcomeRow<'a> {
    fn of(outcome: &'a AttemptOutcome) -> Self {
        let AttemptOutcome { delivery_id, record, next } = outcome;
        let AttemptRecord { at, duration, status_code, success, message } = record;
        let ended_at = nanos(*at).saturating_add(duration_nanos(*duration));
        let row = Self {
            id: delivery_id,
            at: nanos(*at),
            duration: duration_nanos(*duration),
            status_code: *status_code,
            success: *success,
            message,
            state: "failed",
            result: "failed",
            next_attempt_at: None,
            finished_at: Some(ended_at),
            remote_id: None,
            remote_url: None,
        };
        match next {
            Next::Delivered { remote_id, remote_url } => Self {
                state: "delivered",
                result: "delivered",
                remote_id: remote_id.as_deref(),
                remote_url: remote_url.as_deref(),
                ..row
            },
            Next::RetryAt(next) => Self {
                state: "pending",
                result: "retry",
                next_attempt_at: Some(nanos(*next)),
                finished_at: None,
                ..row
            },
            Next::Failed => row,
        }
    }
}

/// Splits outcomes so that no delivery occurs twice in one round; usually there is one.
fn rounds(outcomes: &[AttemptOutcome]) -> Vec<Vec<&AttemptOutcome>> {
    let mut rounds: Vec<(HashSet<&DeliveryId>, Vec<&AttemptOutcome>)> = Vec::new();
    for outcome in outcomes {
        let id = &outcome.delivery_id;
        // Later attempts of a delivery come in later rounds.
        let index = rounds.iter().rposition(|(ids, _)| ids.contains(id)).map_or(0, |last| last + 1);
        if index == rounds.len() {
            rounds.push((HashSet::new(), Vec::new()));
        }
        rounds[index].0.insert(id);
        rounds[index].1.push(outcome);
    }
    rounds.into_iter().map(|(_, round)| round).collect()
}

async fn record(connection: &mut SqliteConnection, outcomes: &[&AttemptOutcome]) -> Result<(), StoreError> {
    let sets = json_sets(outcomes.iter().map(|outcome| OutcomeRow::of(outcome)));
    for set in sets {
        sqlx::query(
            "UPDATE deliveries SET attempt_count = attempt_count + 1, last_message = value ->> 'message'
             FROM json_each(?) AS outcomes WHERE deliveries.id = value ->> 'id'",
        )
        .bind(&set)
        .execute(&mut *connection)
        .await?;
        sqlx::query(
            "UPDATE deliveries SET state = value ->> 'state', is_leased = 0,
                 next_attempt_at = value ->> 'next_attempt_at', due_at = value ->> 'next_attempt_at',
                 finished_at = value ->> 'finished_at',
                 remote_id = coalesce(value ->> 'remote_id', remote_id),
                 remote_url = coalesce(value ->> 'remote_url', remote_url)
             FROM json_each(?) AS outcomes
             WHERE deliveries.id = value ->> 'id' AND (deliveries.state = 'pending'
                 OR (value ->> 'state' = 'delivered' AND deliveries.state <> 'delivered'))",
        )
        .bind(&set)
        .execute(&mut *connection)
        .await?;
        sqlx::query(
            "INSERT INTO delivery_attempts (delivery_id, number, at, duration, status_code, success, message)
             SELECT deliveries.id, attempt_count, value ->> 'at', value ->> 'duration',
                 value ->> 'status_code', value ->> 'success', value ->> 'message'
             FROM json_each(?) AS outcomes CROSS JOIN deliveries ON deliveries.id = value ->> 'id'",
        )
        .bind(&set)
        .execute(&mut *connection)
        .await?;
        sqlx::query(
            "DELETE FROM delivery_attempts WHERE (delivery_id, number) IN
                 (SELECT deliveries.id, attempt_count - ? FROM json_each(?) AS outcomes
                  CROSS JOIN deliveries ON deliveries.id = value ->> 'id')",
        )
        .bind(count(ATTEMPTS_KEPT_MAX))
        .bind(&set)
        .execute(&mut *connection)
        .await?;
        count_results(connection, &set).await?;
    }
    Ok(())
}

/// Adds the outcomes up by the destination's name and the result.
async fn count_results(connection: &mut SqliteConnection, set: &str) -> Result<(), StoreError> {
    let rows = sqlx::query(
        "SELECT destination_name, value ->> 'result' AS result, count(*) AS count
         FROM json_each(?) AS outcomes CROSS JOIN deliveries ON deliveries.id = value ->> 'id'
         GROUP BY 1, 2",
    )
    .bind(set)
    .fetch_all(&mut *connection)
    .await?;
    let adds = rows
        .iter()
        .map(|row| {
            let (destination, result): (&str, &str) =
                (row.try_get("destination_name")?, row.try_get("result")?);
            let label = counters::labels(&[("destination", destination), ("result", result)]);
            Ok(CounterAdd { name: metric::DELIVERY_ATTEMPTS, label, add: row.count("count")? })
        })
        .collect::<Result<Vec<_>, StoreError>>()?;
    counters::add(connection, &adds).await
}

/// The kept attempts of deliveries, oldest first.
pub(crate) async fn load(
    connection: &mut SqliteConnection,
    ids: &[DeliveryId],
) -> Result<HashMap<DeliveryId, Vec<AttemptRecord>>, StoreError> {
    let mut attempts: HashMap<DeliveryId, Vec<AttemptRecord>> = HashMap::new();
    let sets = json_sets(ids);
    for set in sets {
        let rows = sqlx::query(
            "SELECT delivery_attempts.* FROM json_each(?) AS wanted
             CROSS JOIN delivery_attempts ON delivery_id = wanted.value ORDER BY delivery_id, number",
        )
        .bind(set)
        .fetch_all(&mut *connection)
        .await?;
        for row in &rows {
            attempts.entry(row.text("delivery_id")?).or_default().push(read(row)?);
        }
    }
    Ok(attempts)
}

fn read(row: &SqliteRow) -> Result<AttemptRecord, StoreError> {
    Ok(AttemptRecord {
        at: row.time("at")?,
        duration: Duration::from_nanos(uncount(row.try_get("duration")?)),
        status_code: row.try_get("status_code")?,
        success: row.flag("success")?,
        message: row.text("message")?,
    })
}
