//! Tables `signals` and `signal_counts`: matches of rules that correlation rules look at, the newest of
//! each rule.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use jiff::Timestamp;
use model::{Event, LogType, RuleId, SourceId};
use serde::{Deserialize, Serialize};
use sqlx::{Row, SqliteConnection};

use crate::error::StoreError;
use crate::rows::{Columns, count, from_json, json, json_sets, nanos, timestamp, uncount};
use crate::signals::{FieldValues, NewSignal, SignalMark, SignalOutcome, StoredSignal};
use crate::store::Store;
use crate::tables::alert_events::unpack;

/// So many signals are kept of each rule; older ones go and are counted.
pub const SIGNALS_KEPT_MAX: u64 = 100_000;

/// Signals deleted in one transaction.
const ROWS_PER_STEP: i64 = 500;

impl Store {
    /// The newest signal of each of these rules that has any.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn latest_signals(&self, rule_ids: &[RuleId]) -> Result<HashMap<RuleId, u64>, StoreError> {
        let mut latest = HashMap::new();
        for set in json_sets(rule_ids) {
            let rows = sqlx::query(
                "SELECT value AS rule_id, (SELECT max(id) FROM signals WHERE rule_id = value) AS id
                 FROM json_each(?)",
            )
            .bind(set)
            .fetch_all(&self.readers)
            .await?;
            for row in &rows {
                if let Some(id) = row.try_get::<Option<i64>, _>("id")? {
                    latest.insert(row.text("rule_id")?, uncount(id));
                }
            }
        }
        Ok(latest)
    }

    /// The first signals of these rules after `id`, in order of ids, at most `limit`.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn signals_after(
        &self,
        rule_ids: &[RuleId],
        id: u64,
        limit: usize,
    ) -> Result<Vec<SignalMark>, StoreError> {
        let rows = sqlx::query(
            "SELECT id, event_at FROM signals
             WHERE rule_id IN (SELECT value FROM json_each(?)) AND id > ? ORDER BY id LIMIT ?",
        )
        .bind(json(rule_ids))
        .bind(count(id))
        .bind(i64::try_from(limit).unwrap_or(i64::MAX))
        .fetch_all(&self.readers)
        .await?;
        rows.iter()
            .map(|row| Ok(SignalMark { id: row.count("id")?, event_at: row.time("event_at")? }))
            .collect()
    }

    /// The newest signal of these rules that was accepted before a time; 0 when there is none.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn last_signal_before(&self, rule_ids: &[RuleId], at: Timestamp) -> Result<u64, StoreError> {
        let id: Option<i64> = sqlx::query_scalar(
            "SELECT max((SELECT id FROM signals WHERE rule_id = value AND accepted_at < ?
                         ORDER BY id DESC LIMIT 1)) FROM json_each(?)",
        )
        .bind(nanos(at))
        .bind(json(rule_ids))
        .fetch_one(&self.readers)
        .await?;
        Ok(id.map_or(0, uncount))
    }

    /// The signals of a rule whose events happened between two times, both included, in no order.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn signals_between(
        &self,
        rule_id: &RuleId,
        first: Timestamp,
        last: Timestamp,
    ) -> Result<Vec<StoredSignal>, StoreError> {
        // One text instead of a row for each: a row costs more than its reading.
        let text: String = sqlx::query_scalar(
            "SELECT json_group_array(json_array(id, row_id, event_at, accepted_at, json(field_values)))
             FROM signals WHERE rule_id = ? AND event_at BETWEEN ? AND ?",
        )
        .bind(rule_id.as_str())
        .bind(nanos(first))
        .bind(nanos(last))
        .fetch_one(&self.readers)
        .await?;
        let rows: Vec<SignalTuple> = from_json(&text, "signals")?;
        Ok(rows.into_iter().map(StoredSignal::from).collect())
    }

    /// The events of signals; those that are not kept any more are missing.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn signal_events(&self, ids: &[u64]) -> Result<HashMap<u64, Event>, StoreError> {
        let mut events = HashMap::with_capacity(ids.len());
        for set in json_sets(ids) {
            let rows = sqlx::query(
                "SELECT signals.id AS id, row_id, accepted_at, log_type, source_id, raw_bytes, event
                 FROM json_each(?) AS wanted CROSS JOIN signals ON signals.id = wanted.value",
            )
            .bind(set)
            .fetch_all(&self.readers)
            .await?;
            for row in &rows {
                let json = unpack("signals.event", row.try_get("event")?, row.count("raw_bytes")?)?;
                let event = Event {
                    log_type: row.text("log_type")?,
                    row_id: row.text::<String>("row_id")?.into(),
                    source_id: row.text("source_id")?,
                    accepted_at: row.time("accepted_at")?,
                    json: json.into(),
                };
                events.insert(row.count("id")?, event);
            }
        }
        Ok(events)
    }

    /// Replaces the values of signals, for paths that nobody asked for when they were kept.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn set_signal_values(&self, values: Vec<(u64, FieldValues)>) -> Result<(), StoreError> {
        self.write(move |connection| {
            Box::pin(async move {
                for set in json_sets(values.iter().map(|(id, values)| (id, json(values)))) {
                    sqlx::query(
                        "UPDATE signals SET field_values = given.value ->> 1
                         FROM json_each(?) AS given WHERE signals.id = given.value ->> 0",
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

    /// Deletes the signals of each named rule that were accepted before its time, and those of other rules
    /// that were accepted before `others_since`; answers how many went.
    ///
    /// # Errors
    /// When the database cannot be written; what was deleted before stays deleted.
    pub async fn purge_signals(
        &self,
        keep_since: &HashMap<RuleId, Timestamp>,
        others_since: Timestamp,
    ) -> Result<u64, StoreError> {
        let known: Vec<String> =
            sqlx::query_scalar("SELECT rule_id FROM signal_counts").fetch_all(&self.readers).await?;
        let mut deleted = 0;
        for rule_id in known.into_iter().map(RuleId::from) {
            let since = keep_since.get(&rule_id).copied().unwrap_or(others_since);
            loop {
                let rule_id = rule_id.clone();
                let gone =
                    self.write(move |connection| Box::pin(delete_before(connection, rule_id, since))).await?;
                deleted += gone;
                if gone == 0 {
                    break;
                }
            }
        }
        Ok(deleted)
    }
}

/// A signal as the database writes it down.
#[derive(Deserialize)]
struct SignalTuple(i64, Arc<str>, i64, i64, FieldValues);

impl From<SignalTuple> for StoredSignal {
    fn from(SignalTuple(id, row_id, event_at, accepted_at, values): SignalTuple) -> Self {
        StoredSignal {
            id: uncount(id),
            row_id,
            event_at: timestamp(event_at),
            accepted_at: timestamp(accepted_at),
            values,
        }
    }
}

#[derive(Serialize)]
struct SignalRow<'a> {
    rule_id: &'a RuleId,
    row_id: &'a str,
    event_at: i64,
    accepted_at: i64,
    log_type: &'a LogType,
    source_id: &'a SourceId,
    field_values: String,
    raw_bytes: usize,
    /// Hexadecimal: a JSON text cannot carry bytes.
    event: String,
}

/// Inserts signals in order, passes over those that are there, and cuts each rule to its newest.
pub(crate) async fn insert(
    connection: &mut SqliteConnection,
    signals: &[NewSignal],
    kept_max: u64,
) -> Result<(BTreeMap<RuleId, u64>, SignalOutcome), StoreError> {
    let rows = signals.iter().map(|signal| {
        let NewSignal { rule_id, row_id, event_at, accepted_at, log_type, source_id, values, event } = signal;
        SignalRow {
            rule_id,
            row_id,
            event_at: nanos(*event_at),
            accepted_at: nanos(*accepted_at),
            log_type,
            source_id,
            field_values: json(values),
            raw_bytes: event.raw_bytes,
            event: hex::encode(&event.data),
        }
    });
    let mut inserted: BTreeMap<RuleId, u64> = BTreeMap::new();
    for set in json_sets(rows) {
        let rule_ids: Vec<String> = sqlx::query_scalar(
            "INSERT INTO signals (rule_id, row_id, event_at, accepted_at, log_type, source_id, field_values,
                 raw_bytes, event)
             SELECT value ->> 'rule_id', value ->> 'row_id', value ->> 'event_at', value ->> 'accepted_at',
                 value ->> 'log_type', value ->> 'source_id', value ->> 'field_values', value ->> 'raw_bytes',
                 unhex(value ->> 'event')
             FROM json_each(?) WHERE true ORDER BY key
             ON CONFLICT (rule_id, row_id) DO NOTHING RETURNING rule_id",
        )
        .bind(set)
        .fetch_all(&mut *connection)
        .await?;
        for rule_id in rule_ids {
            *inserted.entry(rule_id.into()).or_default() += 1;
        }
    }
    let kept_max = if kept_max == 0 { SIGNALS_KEPT_MAX } else { kept_max };
    let mut outcome = SignalOutcome { any_new: !inserted.is_empty(), dropped: BTreeMap::new() };
    for (rule_id, new) in &inserted {
        let dropped = cut(connection, rule_id, *new, kept_max).await?;
        if dropped > 0 {
            outcome.dropped.insert(rule_id.clone(), dropped);
        }
    }
    Ok((inserted, outcome))
}

/// Counts new signals of a rule and deletes the oldest beyond `kept_max`.
async fn cut(
    connection: &mut SqliteConnection,
    rule_id: &RuleId,
    new: u64,
    kept_max: u64,
) -> Result<u64, StoreError> {
    let kept: i64 = sqlx::query_scalar(
        "INSERT INTO signal_counts (rule_id, kept) VALUES (?, ?)
         ON CONFLICT (rule_id) DO UPDATE SET kept = signal_counts.kept + excluded.kept RETURNING kept",
    )
    .bind(rule_id.as_str())
    .bind(count(new))
    .fetch_one(&mut *connection)
    .await?;
    let excess = uncount(kept).saturating_sub(kept_max);
    if excess == 0 {
        return Ok(0);
    }
    let gone = sqlx::query(
        "DELETE FROM signals WHERE id IN (SELECT id FROM signals WHERE rule_id = ? ORDER BY id LIMIT ?)",
    )
    .bind(rule_id.as_str())
    .bind(count(excess))
    .execute(&mut *connection)
    .await?
    .rows_affected();
    take_off(connection, rule_id, gone).await?;
    Ok(gone)
}

async fn take_off(connection: &mut SqliteConnection, rule_id: &RuleId, gone: u64) -> Result<(), StoreError> {
    sqlx::query("UPDATE signal_counts SET kept = kept - ? WHERE rule_id = ?")
        .bind(count(gone))
        .bind(rule_id.as_str())
        .execute(&mut *connection)
        .await?;
    sqlx::query("DELETE FROM signal_counts WHERE rule_id = ? AND kept <= 0")
        .bind(rule_id.as_str())
        .execute(connection)
        .await?;
    Ok(())
}

/// Deletes some signals of a rule that were accepted before a time; answers how many.
async fn delete_before(
    connection: &mut SqliteConnection,
    rule_id: RuleId,
    since: Timestamp,
) -> Result<u64, StoreError> {
    // Ids grow with acceptance, so that the oldest come first.
    let gone = sqlx::query(
        "DELETE FROM signals WHERE id IN
             (SELECT id FROM (SELECT id, accepted_at FROM signals WHERE rule_id = ? ORDER BY id LIMIT ?)
              WHERE accepted_at < ?)",
    )
    .bind(rule_id.as_str())
    .bind(ROWS_PER_STEP)
    .bind(nanos(since))
    .execute(&mut *connection)
    .await?
    .rows_affected();
    if gone > 0 {
        take_off(connection, &rule_id, gone).await?;
    }
    Ok(gone)
}
