//! Table `deliveries` as a list for people, and one more attempt for many at once.

use model::{Delivery, DeliveryState, DestinationId, LogTypeAccess, LogTypeAccessKind};
use sqlx::{QueryBuilder, Row, Sqlite};

use crate::cursor::Cursor;
use crate::error::StoreError;
use crate::request::{ChangeTopic, DeliveryFilter, Page, PageRequest};
use crate::rows::{json, nanos};
use crate::store::Store;
use crate::tables::{changes, deliveries};

impl Store {
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
        push_visible(&mut query, &filter.visible);
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

    /// Makes all failed deliveries of a destination due now, by hand; answers how many. Their attempts stay.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn retry_failed_of(&self, destination: &DestinationId) -> Result<u64, StoreError> {
        let destination = destination.clone();
        let now = nanos(self.now());
        self.write(move |connection| {
            Box::pin(async move {
                let retried = sqlx::query(
                    "UPDATE deliveries SET state = 'pending', trigger_word = 'retry', next_attempt_at = ?1,
                         due_at = ?1, is_leased = 0, finished_at = NULL
                     WHERE state = 'failed' AND destination_id = ?2",
                )
                .bind(now)
                .bind(destination.as_str())
                .execute(&mut *connection)
                .await?
                .rows_affected();
                if retried > 0 {
                    changes::record(connection, ChangeTopic::Delivery, destination.as_str()).await?;
                }
                Ok(retried)
            })
        })
        .await
    }
}

/// Deliveries of alerts that may be seen, as [`LogTypeAccess::permits_all`] has it.
fn push_visible(query: &mut QueryBuilder<Sqlite>, visible: &LogTypeAccess) {
    let hidden = match visible.kind {
        LogTypeAccessKind::AllowAll => return,
        LogTypeAccessKind::DenyAll => {
            query.push(" AND false");
            return;
        }
        LogTypeAccessKind::Allow => "NOT IN",
        LogTypeAccessKind::Deny => "IN",
    };
    query.push(
        " AND NOT EXISTS (SELECT 1 FROM alerts, json_each(alerts.log_types) AS held
             WHERE alerts.id = deliveries.alert_id AND held.value ",
    );
    query.push(hidden).push(" (SELECT value FROM json_each(").push_bind(json(&visible.log_types)).push(")))");
}
