//! Table `deliveries` as a list for people, and one more attempt for many at once.

use std::collections::BTreeMap;

use model::{AlertId, Delivery, DeliveryState, DestinationId, LogTypeAccess};
use sqlx::{QueryBuilder, Row, Sqlite};

use crate::cursor::Cursor;
use crate::error::StoreError;
use crate::request::{ChangeTopic, DeliveryFilter, Page, PageRequest};
use crate::rows::{Columns, count, json, json_sets, nanos};
use crate::store::Store;
use crate::tables::visible::push_visible;
use crate::tables::{changes, deliveries};

/// Failed deliveries of one destination are counted up to this number.
pub const FAILED_COUNTED_MAX: u64 = 1_000;

impl Store {
    /// How many deliveries of alerts that whoever asks may see were given up, by destination, each counted up to
    /// [`FAILED_COUNTED_MAX`]. Destinations without any are left out.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn count_failed_deliveries(
        &self,
        destinations: &[DestinationId],
        visible: &LogTypeAccess,
    ) -> Result<BTreeMap<DestinationId, u64>, StoreError> {
        let mut query = QueryBuilder::new(
            "SELECT wanted.value AS destination_id, (SELECT count(*) FROM (SELECT 1 FROM deliveries
                 WHERE state = 'failed' AND destination_id = wanted.value",
        );
        push_visible_alert(&mut query, visible);
        query.push(" LIMIT ").push_bind(count(FAILED_COUNTED_MAX)).push(")) AS count FROM json_each(");
        query.push_bind(json(&destinations)).push(") AS wanted WHERE count > 0");
        let rows = query.build().fetch_all(&self.readers).await?;
        rows.iter().map(|row| Ok((row.text("destination_id")?, row.count("count")?))).collect()
    }

    /// Deliveries of all alerts, newest first, each with the attempts that are kept. What was given up is in
    /// the order in which it was given up.
    ///
    /// # Errors
    /// [`StoreError::BadCursor`], or when the database cannot be read.
    pub async fn list_deliveries(
        &self,
        filter: &DeliveryFilter,
        page: &PageRequest,
    ) -> Result<Page<Delivery>, StoreError> {
        let key = if filter.state == Some(DeliveryState::Failed) { "finished_at" } else { "created_at" };
        let mut query = QueryBuilder::new("SELECT deliveries.*, ");
        query.push(key).push(" AS list_key FROM deliveries WHERE true");
        // A word of the code, not a parameter: only then the partial indexes serve.
        if let Some(state) = filter.state {
            query.push(" AND state = '").push(state.as_str()).push("'");
        }
        if let Some(destination) = &filter.destination {
            query.push(" AND destination_id = ").push_bind(destination.as_str().to_owned());
        }
        push_visible_alert(&mut query, &filter.visible);
        if let Some(Cursor { number, id }) = page.after()? {
            query.push(" AND (").push(key).push(", id) < (");
            query.push_bind(number).push(", ").push_bind(id).push(")");
        }
        query.push(" ORDER BY ").push(key).push(" DESC, id DESC LIMIT ").push_bind(page.row_limit());
        let mut connection = self.readers.acquire().await?;
        let rows = query.build().fetch_all(&mut *connection).await?;
        let keys = rows.iter().map(|row| row.try_get("list_key")).collect::<Result<Vec<i64>, _>>()?;
        let items = deliveries::with_attempts(&mut connection, &rows).await?;
        let page = Page::cut(keys.into_iter().zip(items).collect(), page, |(number, delivery)| Cursor {
            number: *number,
            id: delivery.id.as_str().to_owned(),
        });
        Ok(Page { items: page.items.into_iter().map(|(_, delivery)| delivery).collect(), next: page.next })
    }

    /// The titles of the alerts with these ids; unknown ones are left out.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn alert_titles(&self, ids: &[AlertId]) -> Result<BTreeMap<AlertId, String>, StoreError> {
        let mut titles = BTreeMap::new();
        for set in json_sets(ids) {
            let rows = sqlx::query(
                "SELECT alerts.id AS alert_id, title FROM json_each(?) AS wanted
                 CROSS JOIN alerts ON alerts.id = wanted.value",
            )
            .bind(set)
            .fetch_all(&self.readers)
            .await?;
            for row in &rows {
                titles.insert(row.text("alert_id")?, row.text("title")?);
            }
        }
        Ok(titles)
    }

    /// Makes all failed deliveries of a destination due now, by hand, of alerts that whoever asks may see; answers
    /// how many. Their attempts stay.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn retry_failed_of(
        &self,
        destination: &DestinationId,
        visible: &LogTypeAccess,
    ) -> Result<u64, StoreError> {
        let (destination, visible) = (destination.clone(), visible.clone());
        let now = nanos(self.now());
        self.write(move |connection| {
            Box::pin(async move {
                let mut query = QueryBuilder::new(
                    "UPDATE deliveries SET state = 'pending', trigger_word = 'retry', is_leased = 0,
                         finished_at = NULL, next_attempt_at = ",
                );
                query.push_bind(now).push(", due_at = ").push_bind(now);
                query.push(" WHERE state = 'failed' AND destination_id = ").push_bind(destination.as_str());
                push_visible_alert(&mut query, &visible);
                let retried = query.build().execute(&mut *connection).await?.rows_affected();
                if retried > 0 {
                    changes::record(connection, ChangeTopic::Delivery, destination.as_str()).await?;
                }
                Ok(retried)
            })
        })
        .await
    }
}

/// Deliveries of alerts that may be seen.
fn push_visible_alert(query: &mut QueryBuilder<Sqlite>, visible: &LogTypeAccess) {
    if visible.is_all() {
        return;
    }
    query.push(" AND EXISTS (SELECT 1 FROM alerts WHERE alerts.id = deliveries.alert_id");
    push_visible(query, visible);
    query.push(")");
}
