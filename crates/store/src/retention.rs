//! What goes when its time is over, in short transactions.

use jiff::Timestamp;
use model::{AlertId, DedupGroup};
use sqlx::SqliteConnection;

use crate::error::StoreError;
use crate::request::{Purged, Retention};
use crate::store::Store;
use crate::tables::{
    alert_events, assertions, dedup_groups, kv_rows, links, position, record_failures, sessions,
    sign_in_failures, volumes,
};

/// Rows deleted in one transaction.
const ROWS_PER_STEP: i64 = 500;

impl Store {
    /// Deletes what `retention` lets go, groups below their threshold whose window is over together with the
    /// events kept for them, and key-value rows that expired long ago.
    ///
    /// A window is over, and a row has expired, once the pipeline has committed a batch accepted after it: what still waits in
    /// the journal can then no longer fall into it, or see it.
    ///
    /// # Errors
    /// When the database cannot be written; what was deleted before stays deleted.
    pub async fn purge(&self, retention: Retention) -> Result<Purged, StoreError> {
        let Retention { alert_events_before, failures_before, quarters_before, hours_before } = retention;
        let mut purged = Purged::default();
        while let (events, Some(groups)) =
            self.write(|connection| Box::pin(forget_groups(connection))).await?
        {
            purged.alert_events += events;
            purged.groups += groups;
        }
        loop {
            let count =
                self.write(|connection| Box::pin(kv_rows::delete_expired(connection, ROWS_PER_STEP))).await?;
            purged.kv_rows += count;
            if count == 0 {
                break;
            }
        }
        let now = self.now();
        loop {
            let count = self.write(move |connection| Box::pin(forget_sign_in(connection, now))).await?;
            purged.sign_in += count;
            if count == 0 {
                break;
            }
        }
        if let Some(before) = alert_events_before {
            loop {
                let (count, may_be_more) = self
                    .write(move |connection| {
                        Box::pin(alert_events::delete_before(connection, before, ROWS_PER_STEP))
                    })
                    .await?;
                purged.alert_events += count;
                if !may_be_more {
                    break;
                }
            }
        }
        if let Some(before) = failures_before {
            loop {
                let count = self
                    .write(move |connection| {
                        Box::pin(record_failures::delete_before(connection, before, ROWS_PER_STEP))
                    })
                    .await?;
                purged.failures += count;
                if count == 0 {
                    break;
                }
            }
        }
        purged.volumes = self.purge_volumes(quarters_before, hours_before).await?;
        Ok(purged)
    }

    /// Joins quarters of an hour that are old, and deletes hours that are older; answers how many rows went.
    async fn purge_volumes(
        &self,
        quarters_before: Option<Timestamp>,
        hours_before: Option<Timestamp>,
    ) -> Result<u64, StoreError> {
        let mut deleted = 0;
        if let Some(before) = hours_before {
            loop {
                let count = self
                    .write(move |connection| {
                        Box::pin(volumes::delete_before(connection, before, ROWS_PER_STEP))
                    })
                    .await?;
                deleted += count;
                if count == 0 {
                    break;
                }
            }
        }
        if let Some(before) = quarters_before {
            while self.write(move |connection| Box::pin(volumes::join_quarters(connection, before))).await? {}
        }
        Ok(deleted)
    }
}

/// One step: sessions, links and assertions that are over, and failures that mean nothing any more.
async fn forget_sign_in(connection: &mut SqliteConnection, now: Timestamp) -> Result<u64, StoreError> {
    let sessions = sessions::delete_over(connection, now, ROWS_PER_STEP).await?;
    let links = links::delete_over(connection, now, ROWS_PER_STEP).await?;
    let assertions = assertions::delete_over(connection, now, ROWS_PER_STEP).await?;
    Ok(sessions + links + assertions + sign_in_failures::delete_over(connection, now, ROWS_PER_STEP).await?)
}

/// One step: events and groups that went, or `None` when no group is left to look at.
async fn forget_groups(connection: &mut SqliteConnection) -> Result<(u64, Option<u64>), StoreError> {
    let now = position::read_time(connection).await?;
    let groups = dedup_groups::list_unfinished(connection, now, ROWS_PER_STEP).await?;
    if groups.is_empty() {
        return Ok((0, None));
    }
    let ids: Vec<AlertId> = groups.iter().flat_map(would_be_alerts).collect();
    let events = alert_events::delete_orphans(connection, &ids).await?;
    let keys: Vec<_> = groups.into_iter().map(|group| group.key).collect();
    let forgotten = dedup_groups::forget(connection, &keys).await?;
    Ok((events, Some(forgotten)))
}

/// Every id under which events may be kept for the alert that the group did not make: alerting marks
/// dedup strings of errors, and those of matches that look like one. Alerts that exist are never touched.
fn would_be_alerts(group: &DedupGroup) -> [AlertId; 4] {
    let number = group.alert_count + 1;
    let (rule, dedup) = (group.rule_id.as_str(), group.dedup.as_str());
    [
        AlertId::of(rule, number, dedup),
        AlertId::of(rule, number, &format!("{dedup}:error")),
        AlertId::of(rule, number, &format!("{dedup}:match")),
        AlertId::of_system(rule, dedup, number),
    ]
}
