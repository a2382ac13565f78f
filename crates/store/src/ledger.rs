//! The commit: everything that a batch changes, in one transaction.

use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use model::{AlertId, LedgerChanges, LedgerState, NewAlert, RuleId, metric};
use sqlx::SqliteConnection;
use tracing::warn;

use crate::arrivals::Arrivals;
use crate::error::StoreError;
use crate::request::{Committed, CounterAdd, LedgerRequest};
use crate::signals::{SignalChanges, SignalOutcome};
use crate::store::Store;
use crate::tables::{
    alert_events, alerts, correlation, counters, dedup_groups, deliveries, detection_states, kv_rows,
    position, record_failures, signals, source_states, source_troubles, volumes,
};
use crate::writer::{BoxFuture, boxed};

impl Store {
    /// The journal sequence up to which everything is committed; 0 when nothing is.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn position(&self) -> Result<u64, StoreError> {
        let mut connection = self.readers.acquire().await?;
        position::read(&mut connection).await
    }

    /// Loads what a decision needs, lets `decide` decide, and writes all of it, in one transaction.
    ///
    /// When `request.position` is not beyond the stored one this is a replay: `decide` is not called and
    /// nothing changes. `decide` runs on the writing task: it must be quick and do no I/O.
    ///
    /// # Errors
    /// Nothing is stored then; see [`StoreError::is_transient`] for whether to try again.
    pub async fn commit<F>(&self, request: LedgerRequest, decide: F) -> Result<Committed, StoreError>
    where
        F: FnOnce(LedgerState) -> LedgerChanges + Send + 'static,
    {
        let index = Arc::clone(&self.alert_index);
        let note = move |(_, changed): &(Committed, Vec<AlertId>)| index.note(changed);
        let written =
            self.writer.write_then(move |connection| commit(connection, request, decide), note).await;
        written.map(|(committed, _)| committed)
    }

    /// All stored counts, ordered by name and labels.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn counters(&self) -> Result<Vec<crate::Counter>, StoreError> {
        let mut connection = self.readers.acquire().await?;
        counters::list(&mut connection).await
    }
}

fn commit<F>(
    connection: &mut SqliteConnection,
    request: LedgerRequest,
    decide: F,
) -> BoxFuture<'_, Result<(Committed, Vec<AlertId>), StoreError>>
where
    F: FnOnce(LedgerState) -> LedgerChanges + Send + 'static,
{
    Box::pin(async move {
        if let Some(sequence) = request.position {
            if sequence <= position::read(connection).await? {
                return Ok((Committed::default(), Vec::new()));
            }
            position::write(connection, sequence, request.at).await?;
        }
        let state = LedgerState {
            groups: boxed(dedup_groups::load(connection, &request.group_keys)).await?,
            detections: boxed(detection_states::load(connection, &request.rule_ids)).await?,
        };
        let changes =
            catch_unwind(AssertUnwindSafe(|| decide(state))).map_err(|_| StoreError::DecisionPanicked)?;
        apply(connection, request, changes).await
    })
}

async fn apply(
    connection: &mut SqliteConnection,
    request: LedgerRequest,
    changes: LedgerChanges,
) -> Result<(Committed, Vec<AlertId>), StoreError> {
    let LedgerRequest {
        failures,
        counters: mut counts,
        arrivals: Arrivals { volumes: amounts, marks },
        troubles,
        kv_changes,
        signals: signal_changes,
        lease,
        at,
        position: _,
        group_keys: _,
        rule_ids: _,
    } = request;
    let LedgerChanges {
        groups,
        new_alerts,
        merges,
        kept_events,
        dropped_events,
        detections,
        signals: alertless,
    } = changes;
    boxed(dedup_groups::upsert(connection, &groups)).await?;
    boxed(detection_states::upsert(connection, &detections)).await?;
    let new_alerts = boxed(insert_alerts(connection, new_alerts)).await?;
    boxed(alerts::merge(connection, &merges, at)).await?;
    // A group reuses the id of an alert that it never made: what was kept for it goes first.
    boxed(alert_events::delete(connection, &dropped_events)).await?;
    boxed(alert_events::append(connection, &kept_events, at)).await?;
    let jobs = boxed(deliveries::insert_for_alerts(connection, &new_alerts, at, lease)).await?;
    let dropped = boxed(record_failures::insert(connection, &failures)).await?;
    let kv_evicted = boxed(kv_rows::apply(connection, &kv_changes, kv_rows::KV_ROWS_MAX)).await?;
    let signal_outcome = boxed(change_signals(connection, signal_changes, &mut counts)).await?;

    let alerts_of_type = |new: &NewAlert| format!("type=\"{}\"", new.alert.alert_type);
    counts.extend(new_alerts.iter().map(|new| add(metric::ALERTS_CREATED, alerts_of_type(new), 1)));
    counts.extend(alertless.iter().map(|(rule_id, count)| {
        add(metric::SIGNALS, counters::labels(&[("rule", rule_id.as_str())]), *count)
    }));
    counts.extend(dropped.into_iter().map(|(source_id, count)| {
        add(metric::FAILURES_DROPPED, counters::labels(&[("source", source_id.as_str())]), count)
    }));
    counts.push(add(metric::KV_EVICTED, String::new(), kv_evicted.len() as u64));
    boxed(counters::add(connection, &counts)).await?;
    boxed(volumes::add(connection, &amounts)).await?;
    boxed(source_states::mark(connection, &marks)).await?;
    boxed(source_troubles::begin(connection, &troubles)).await?;
    let new_alerts: Vec<_> = new_alerts.into_iter().map(|new| new.alert).collect();
    let new_ids = new_alerts.iter().map(|alert| alert.id.clone());
    let changed = new_ids.chain(merges.into_iter().map(|merge| merge.alert_id)).collect();
    Ok((Committed { applied: true, jobs, new_alerts, kv_evicted, signals: signal_outcome }, changed))
}

/// Writes what a commit changes about signals, and adds its counts.
async fn change_signals(
    connection: &mut SqliteConnection,
    changes: SignalChanges,
    counts: &mut Vec<CounterAdd>,
) -> Result<SignalOutcome, StoreError> {
    let SignalChanges { new, kept_max, reported, run } = changes;
    let (inserted, outcome) = boxed(signals::insert(connection, &new, kept_max)).await?;
    boxed(correlation::report(connection, &reported)).await?;
    if let Some(run) = run {
        boxed(correlation::write_run(connection, &run)).await?;
    }
    let of_rule = |rule_id: &RuleId| counters::labels(&[("rule", rule_id.as_str())]);
    for (rule_id, count) in &inserted {
        counts.push(add(metric::CORRELATION_SIGNALS_STORED, of_rule(rule_id), *count));
    }
    for (rule_id, count) in &outcome.dropped {
        counts.push(add(metric::CORRELATION_SIGNALS_DROPPED, of_rule(rule_id), *count));
    }
    Ok(outcome)
}

fn add(name: &'static str, label: String, add: u64) -> CounterAdd {
    CounterAdd { name, label, add }
}

/// Inserts alerts and returns those that were not there before.
async fn insert_alerts(
    connection: &mut SqliteConnection,
    new_alerts: Vec<NewAlert>,
) -> Result<Vec<NewAlert>, StoreError> {
    let rows: Vec<_> = new_alerts.iter().map(|new| Arc::clone(&new.alert)).collect();
    let mut inserted: HashSet<AlertId> = boxed(alerts::insert(connection, &rows)).await?;
    let mut kept = Vec::with_capacity(new_alerts.len());
    for new in new_alerts {
        if inserted.remove(&new.alert.id) {
            kept.push(new);
        } else {
            warn!(alert.id = %new.alert.id, "the alert exists already; it was not made twice");
        }
    }
    Ok(kept)
}
