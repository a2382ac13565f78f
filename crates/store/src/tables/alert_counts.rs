//! Counts over table `alerts`, of those that whoever asks may see.

use jiff::{SignedDuration, Timestamp};
use model::{AlertStatus, AlertType, LogTypeAccess, RuleId, Severity};
use sqlx::QueryBuilder;
use sqlx::sqlite::SqliteRow;

use crate::error::StoreError;
use crate::rows::{Columns, nanos};
use crate::store::Store;
use crate::tables::visible::push_visible;

/// So many alerts of a type and severity were made in an interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AlertCount {
    /// What made them.
    pub alert_type: AlertType,
    /// Their severity.
    pub severity: Severity,
    /// Number of the interval, from 0.
    pub interval: u64,
    /// How many.
    pub alerts: u64,
}

fn severity(row: &SqliteRow) -> Result<Severity, StoreError> {
    let word: String = row.text("severity")?;
    Severity::parse(&word).ok_or_else(|| StoreError::corrupt(format!("`alerts.severity`: `{word}`")))
}

impl Store {
    /// Counts the alerts made from `from` to `to`, both included, in intervals of a length that begin at
    /// `from`; intervals without alerts are left out.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn count_alerts(
        &self,
        from: Timestamp,
        to: Timestamp,
        interval: SignedDuration,
        visible: &LogTypeAccess,
    ) -> Result<Vec<AlertCount>, StoreError> {
        let length = i64::try_from(interval.as_nanos()).unwrap_or(i64::MAX).max(1);
        let mut query = QueryBuilder::new("SELECT alert_type, severity, (created_at - ");
        query.push_bind(nanos(from)).push(") / ").push_bind(length);
        query.push(" AS interval, count(*) AS alerts FROM alerts WHERE created_at BETWEEN ");
        query.push_bind(nanos(from)).push(" AND ").push_bind(nanos(to));
        push_visible(&mut query, visible);
        query.push(" GROUP BY 1, 2, 3 ORDER BY 3, 1, 2");
        let rows = query.build().fetch_all(&self.readers).await?;
        rows.iter()
            .map(|row| {
                Ok(AlertCount {
                    alert_type: row.word("alert_type")?,
                    severity: severity(row)?,
                    interval: row.count("interval")?,
                    alerts: row.count("alerts")?,
                })
            })
            .collect()
    }

    /// Counts the alerts of detections made from `from` to `to`, both included; the most first.
    ///
    /// Faults of the platform are left out.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn count_alerts_by_detection(
        &self,
        from: Timestamp,
        to: Timestamp,
        visible: &LogTypeAccess,
    ) -> Result<Vec<(RuleId, u64)>, StoreError> {
        let mut query = QueryBuilder::new(
            "SELECT detection_id, count(*) AS alerts FROM alerts WHERE created_at BETWEEN ",
        );
        query.push_bind(nanos(from)).push(" AND ").push_bind(nanos(to)).push(" AND class <> 'SYSTEM_ERROR'");
        push_visible(&mut query, visible);
        query.push(" GROUP BY detection_id ORDER BY alerts DESC, detection_id");
        let rows = query.build().fetch_all(&self.readers).await?;
        rows.iter().map(|row| Ok((row.text("detection_id")?, row.count("alerts")?))).collect()
    }

    /// Counts all alerts by status and severity; what does not occur is left out.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn count_alerts_by_status(
        &self,
        visible: &LogTypeAccess,
    ) -> Result<Vec<(AlertStatus, Severity, u64)>, StoreError> {
        let mut query =
            QueryBuilder::new("SELECT status, severity, count(*) AS alerts FROM alerts WHERE true");
        push_visible(&mut query, visible);
        query.push(" GROUP BY 1, 2 ORDER BY 1, 2");
        let rows = query.build().fetch_all(&self.readers).await?;
        rows.iter().map(|row| Ok((row.word("status")?, severity(row)?, row.count("alerts")?))).collect()
    }
}
