//! Tables `correlation_runs` and `correlation_reported`: how far correlation rules have got, and what they
//! have reported.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;
use model::RuleId;
use serde::Serialize;
use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteRow;

use crate::error::StoreError;
use crate::rows::{Columns, count, json, json_sets, nanos};
use crate::signals::{CorrelationRun, ReportedMatch};
use crate::store::Store;

impl Store {
    /// How far each of these correlation rules has got; nothing is known of those that never ran.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn correlation_runs(
        &self,
        rule_ids: &[RuleId],
    ) -> Result<HashMap<RuleId, CorrelationRun>, StoreError> {
        let rows =
            sqlx::query("SELECT * FROM correlation_runs WHERE rule_id IN (SELECT value FROM json_each(?))")
                .bind(json(rule_ids))
                .fetch_all(&self.readers)
                .await?;
        rows.iter().map(read).map(|run| run.map(|run| (run.rule_id.clone(), run))).collect()
    }

    /// Forgets how far correlation rules have got that are not named and did not run since a time.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn forget_correlation_runs(
        &self,
        named: &[RuleId],
        before: Timestamp,
    ) -> Result<(), StoreError> {
        let named = json(named);
        self.write(move |connection| {
            Box::pin(async move {
                sqlx::query(
                    "DELETE FROM correlation_runs WHERE coalesce(last_run_at, 0) < ?
                         AND rule_id NOT IN (SELECT value FROM json_each(?))",
                )
                .bind(nanos(before))
                .bind(named)
                .execute(connection)
                .await?;
                Ok(())
            })
        })
        .await
    }

    /// Which signals of these combinations of values a correlation rule has reported.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn reported_signals(
        &self,
        rule_id: &RuleId,
        match_keys: &[String],
    ) -> Result<HashMap<String, HashSet<u64>>, StoreError> {
        let mut reported: HashMap<String, HashSet<u64>> = HashMap::new();
        for set in json_sets(match_keys) {
            let rows = sqlx::query(
                "SELECT match_key, signal_id FROM (SELECT DISTINCT value FROM json_each(?)) AS wanted
                 CROSS JOIN correlation_reported ON rule_id = ? AND match_key = wanted.value",
            )
            .bind(set)
            .bind(rule_id.as_str())
            .fetch_all(&self.readers)
            .await?;
            for row in &rows {
                reported.entry(row.text("match_key")?).or_default().insert(row.count("signal_id")?);
            }
        }
        Ok(reported)
    }
}

fn read(row: &SqliteRow) -> Result<CorrelationRun, StoreError> {
    Ok(CorrelationRun {
        rule_id: row.text("rule_id")?,
        version: row.text("version")?,
        last_signal_id: row.count("last_signal_id")?,
        last_run_at: row.optional_time("last_run_at")?,
    })
}

/// Writes down how far a correlation rule has got.
pub(crate) async fn write_run(
    connection: &mut SqliteConnection,
    run: &CorrelationRun,
) -> Result<(), StoreError> {
    let CorrelationRun { rule_id, version, last_signal_id, last_run_at } = run;
    sqlx::query(
        "INSERT OR REPLACE INTO correlation_runs (rule_id, version, last_signal_id, last_run_at)
         VALUES (?, ?, ?, ?)",
    )
    .bind(rule_id.as_str())
    .bind(version)
    .bind(count(*last_signal_id))
    .bind(last_run_at.map(nanos))
    .execute(connection)
    .await?;
    Ok(())
}

#[derive(Serialize)]
struct ReportedRow<'a> {
    rule_id: &'a RuleId,
    match_key: &'a str,
    signal_id: u64,
}

/// Remembers signals as reported; those that are not kept any more are passed over.
pub(crate) async fn report(
    connection: &mut SqliteConnection,
    matches: &[ReportedMatch],
) -> Result<(), StoreError> {
    let rows = matches.iter().flat_map(|ReportedMatch { rule_id, match_key, signal_ids }| {
        signal_ids.iter().map(|signal_id| ReportedRow { rule_id, match_key, signal_id: *signal_id })
    });
    for set in json_sets(rows) {
        sqlx::query(
            "INSERT OR IGNORE INTO correlation_reported (rule_id, match_key, signal_id)
             SELECT value ->> 'rule_id', value ->> 'match_key', signals.id
             FROM json_each(?) CROSS JOIN signals ON signals.id = value ->> 'signal_id'",
        )
        .bind(set)
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}
