//! Table `delivery_attempts`: what came of each attempt, the newest of each delivery.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use model::{AlertId, AttemptRecord, DeliveryId, metric};
use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Row, SqliteConnection};

use crate::error::StoreError;
use crate::request::{AttemptOutcome, CounterAdd, Next};
use crate::rows::{Columns, count, duration_nanos, from_json, insert_sets, json, json_sets, nanos, uncount};
use crate::store::Store;
use crate::tables::counters;

/// So many attempts are kept per delivery; `attempt_count` counts all.
pub const ATTEMPTS_KEPT_MAX: u64 = 100;

impl Store {
    /// Records attempts and moves their deliveries on; all or nothing.
    ///
    /// An attempt is always recorded. What is finished stays so, with one exception: a destination that
    /// took a delivery given up or cancelled meanwhile makes it delivered. Unknown deliveries are left out.
    /// Whoever listens for changes of alerts hears of those whose deliveries look different from before.
    ///
    /// # Errors
    /// When the database cannot be written; try again, or the deliveries are sent a second time.
    pub async fn record_attempts(&self, outcomes: Vec<AttemptOutcome>) -> Result<(), StoreError> {
        if outcomes.is_empty() {
            return Ok(());
        }
        let index = Arc::clone(&self.alert_index);
        let tell = move |changed: &HashSet<AlertId>| index.tell(changed);
        self.writer
            .write_then(
                move |connection| {
                    Box::pin(async move {
                        let mut changed: HashSet<AlertId> = HashSet::new();
                        for round in rounds(&outcomes) {
                            changed.extend(record(connection, &round).await?);
                        }
                        Ok(changed)
                    })
                },
                tell,
            )
            .await?;
        Ok(())
    }
}

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

/// An outcome with what its delivery says of it.
struct Counted<'a> {
    outcome: &'a OutcomeRow<'a>,
    /// Which attempt it was, from 1.
    number: i64,
    destination_name: String,
    alert_id: AlertId,
}

impl Counted<'_> {
    /// Whether the delivery looks different from before: a retry that fails like the one before it does not.
    fn is_news(&self) -> bool {
        self.number == 1 || self.outcome.next_attempt_at.is_none()
    }
}

/// Records outcomes of different deliveries; answers the alerts whose deliveries look different from before.
async fn record(
    connection: &mut SqliteConnection,
    outcomes: &[&AttemptOutcome],
) -> Result<Vec<AlertId>, StoreError> {
    let rows: Vec<OutcomeRow<'_>> = outcomes.iter().map(|outcome| OutcomeRow::of(outcome)).collect();
    let mut counted = Vec::with_capacity(rows.len());
    for set in insert_sets(&rows) {
        counted.extend(move_on(connection, set).await?);
    }
    for set in insert_sets(&counted) {
        insert(connection, set).await?;
    }
    forget_oldest(connection, &counted).await?;
    count_results(connection, &counted).await?;
    Ok(counted.into_iter().filter(Counted::is_news).map(|counted| counted.alert_id).collect())
}

/// Counts the attempts of deliveries and moves them on, each at most once in a set; leaves out those that are
/// unknown.
async fn move_on<'a>(
    connection: &mut SqliteConnection,
    set: &'a [OutcomeRow<'a>],
) -> Result<Vec<Counted<'a>>, StoreError> {
    let wanted: Vec<&DeliveryId> = set.iter().map(|row| row.id).collect();
    // All in one value: a row of its own for each would cost more than the statement.
    let found: String = sqlx::query_scalar(
        "SELECT json_group_array(json_array(deliveries.id, attempt_count + 1, destination_name, alert_id))
         FROM json_each(?) AS wanted CROSS JOIN deliveries ON deliveries.id = wanted.value",
    )
    .bind(json(&wanted))
    .fetch_one(&mut *connection)
    .await?;
    let found: Vec<(String, i64, String, AlertId)> = from_json(&found, "deliveries")?;
    let mut query = QueryBuilder::new(
        "WITH outcomes (id, message, state, next_attempt_at, finished_at, remote_id, remote_url) AS (",
    );
    query.push_values(set, |mut values, row| {
        values.push_bind(row.id.as_str()).push_bind(row.message).push_bind(row.state);
        values.push_bind(row.next_attempt_at).push_bind(row.finished_at);
        values.push_bind(row.remote_id).push_bind(row.remote_url);
    });
    query.push(
        "), moves AS (
             SELECT outcomes.*, deliveries.state = 'pending'
                 OR (outcomes.state = 'delivered' AND deliveries.state <> 'delivered') AS moves
             FROM outcomes CROSS JOIN deliveries ON deliveries.id = outcomes.id)
         UPDATE deliveries SET attempt_count = attempt_count + 1, last_message = message,
             state = iif(moves, moves.state, deliveries.state), is_leased = iif(moves, 0, is_leased),
             next_attempt_at = iif(moves, moves.next_attempt_at, deliveries.next_attempt_at),
             due_at = iif(moves, moves.next_attempt_at, due_at),
             finished_at = iif(moves, moves.finished_at, deliveries.finished_at),
             remote_id = iif(moves, coalesce(moves.remote_id, deliveries.remote_id), deliveries.remote_id),
             remote_url = iif(moves, coalesce(moves.remote_url, deliveries.remote_url), deliveries.remote_url)
         FROM moves WHERE deliveries.id = moves.id",
    );
    query.build().execute(&mut *connection).await?;
    let by_id: HashMap<&str, &OutcomeRow<'_>> = set.iter().map(|row| (row.id.as_str(), row)).collect();
    let counted = found.into_iter().filter_map(|(id, number, destination_name, alert_id)| {
        let outcome = by_id.get(id.as_str())?;
        Some(Counted { outcome, number, destination_name, alert_id })
    });
    Ok(counted.collect())
}

async fn insert(connection: &mut SqliteConnection, set: &[Counted<'_>]) -> Result<(), StoreError> {
    let mut query = QueryBuilder::new(
        "INSERT INTO delivery_attempts (delivery_id, number, at, duration, status_code, success, message) ",
    );
    query.push_values(set, |mut values, Counted { outcome, number, .. }| {
        values.push_bind(outcome.id.as_str()).push_bind(*number).push_bind(outcome.at);
        values.push_bind(outcome.duration).push_bind(outcome.status_code).push_bind(outcome.success);
        values.push_bind(outcome.message);
    });
    query.build().execute(connection).await?;
    Ok(())
}

/// Deletes the attempts that are one too many.
async fn forget_oldest(connection: &mut SqliteConnection, counted: &[Counted<'_>]) -> Result<(), StoreError> {
    for Counted { outcome, number, .. } in counted {
        let oldest = number - count(ATTEMPTS_KEPT_MAX);
        if oldest > 0 {
            sqlx::query("DELETE FROM delivery_attempts WHERE delivery_id = ? AND number = ?")
                .bind(outcome.id.as_str())
                .bind(oldest)
                .execute(&mut *connection)
                .await?;
        }
    }
    Ok(())
}

/// Adds the outcomes up by the destination's name and the result.
async fn count_results(connection: &mut SqliteConnection, counted: &[Counted<'_>]) -> Result<(), StoreError> {
    let mut sums: BTreeMap<(&str, &str), u64> = BTreeMap::new();
    for Counted { outcome, destination_name, .. } in counted {
        *sums.entry((destination_name, outcome.result)).or_default() += 1;
    }
    let adds: Vec<CounterAdd> = sums
        .into_iter()
        .map(|((destination, result), add)| {
            let label = counters::labels(&[("destination", destination), ("result", result)]);
            CounterAdd { name: metric::DELIVERY_ATTEMPTS, label, add }
        })
        .collect();
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
