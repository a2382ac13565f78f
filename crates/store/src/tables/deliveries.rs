//! Table `deliveries`: the intent to tell one destination about one alert, and where it stands. The
//! queue side of the table is in `delivery_queue`.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use jiff::Timestamp;
use model::{
    AlertId, Delivery, DeliveryFailure, DeliveryId, DeliveryJob, DeliveryState, DestinationId,
    DestinationType, NewAlert, NewDelivery, Trigger,
};
use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Row, SqliteConnection};

use crate::cursor::Cursor;
use crate::error::StoreError;
use crate::request::{ChangeTopic, Lease, Page, PageRequest};
use crate::rows::{Columns, insert_sets, json_sets, known_ids, nanos};
use crate::store::Store;
use crate::tables::{alerts, changes, delivery_attempts};

impl Store {
    /// The delivery with this id.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn find_delivery(&self, id: &DeliveryId) -> Result<Option<Delivery>, StoreError> {
        let mut connection = self.readers.acquire().await?;
        Ok(load(&mut connection, std::slice::from_ref(id)).await?.pop())
    }

    /// All deliveries of an alert, oldest first, each with the attempts that are kept.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn deliveries_of_alert(&self, alert: &AlertId) -> Result<Vec<Delivery>, StoreError> {
        let mut connection = self.readers.acquire().await?;
        let rows = sqlx::query("SELECT * FROM deliveries WHERE alert_id = ? ORDER BY created_at, id")
            .bind(alert.as_str())
            .fetch_all(&mut *connection)
            .await?;
        with_attempts(&mut connection, &rows).await
    }

    /// All deliveries of several alerts, oldest first, each with the attempts that are kept; alerts
    /// without deliveries are left out.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn deliveries_of_alerts(
        &self,
        alerts: &[AlertId],
    ) -> Result<HashMap<AlertId, Vec<Delivery>>, StoreError> {
        let mut connection = self.readers.acquire().await?;
        let ids: Vec<&str> = alerts.iter().map(AlertId::as_str).collect();
        let rows = sqlx::query(
            "SELECT deliveries.* FROM json_each(?) AS wanted
             JOIN deliveries ON deliveries.alert_id = wanted.value ORDER BY created_at, id",
        )
        .bind(serde_json::json!(ids).to_string())
        .fetch_all(&mut *connection)
        .await?;
        let mut by_alert: HashMap<AlertId, Vec<Delivery>> = HashMap::new();
        for delivery in with_attempts(&mut connection, &rows).await? {
            by_alert.entry(delivery.alert_id.clone()).or_default().push(delivery);
        }
        Ok(by_alert)
    }

    /// Deliveries that were given up, of one destination or of all, newest first.
    ///
    /// # Errors
    /// [`StoreError::BadCursor`], or when the database cannot be read.
    pub async fn failed_deliveries(
        &self,
        destination: Option<&DestinationId>,
        page: &PageRequest,
    ) -> Result<Page<DeliveryFailure>, StoreError> {
        let mut query = QueryBuilder::new(
            "SELECT id, alert_id, last_message, finished_at FROM deliveries WHERE state = 'failed'",
        );
        if let Some(destination) = destination {
            query.push(" AND destination_id = ").push_bind(destination.as_str().to_owned());
        }
        if let Some(Cursor { number, id }) = page.after()? {
            query.push(" AND (finished_at, id) < (").push_bind(number).push(", ").push_bind(id).push(")");
        }
        query.push(" ORDER BY finished_at DESC, id DESC LIMIT ").push_bind(page.row_limit());
        let rows = query.build().fetch_all(&self.readers).await?;
        let mut items: Vec<(i64, DeliveryFailure)> = Vec::with_capacity(rows.len());
        for row in &rows {
            let failure = DeliveryFailure {
                id: row.text("id")?,
                alert_id: row.text("alert_id")?,
                message: row.optional_text("last_message")?.unwrap_or_default(),
            };
            items.push((row.try_get("finished_at")?, failure));
        }
        let page = Page::cut(items, page, |(at, failure)| Cursor {
            number: *at,
            id: failure.id.as_str().to_owned(),
        });
        Ok(Page { items: page.items.into_iter().map(|(_, failure)| failure).collect(), next: page.next })
    }

    /// How many deliveries were given up, by destination.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn failed_by_destination(&self) -> Result<BTreeMap<DestinationId, u64>, StoreError> {
        let rows = sqlx::query(
            "SELECT destination_id, count(*) AS count FROM deliveries WHERE state = 'failed'
             GROUP BY destination_id",
        )
        .fetch_all(&self.readers)
        .await?;
        rows.iter().map(|row| Ok((row.text("destination_id")?, row.count("count")?))).collect()
    }

    /// Makes a failed delivery due now, by hand. Its attempts stay.
    ///
    /// # Errors
    /// [`StoreError::UnknownDelivery`]; [`StoreError::NotFailed`] in any other state.
    pub async fn retry_delivery(&self, id: &DeliveryId) -> Result<Delivery, StoreError> {
        let id = id.clone();
        let now = nanos(self.now());
        self.write(move |connection| {
            Box::pin(async move {
                let was_failed = sqlx::query(
                    "UPDATE deliveries SET state = 'pending', trigger_word = 'retry', next_attempt_at = ?1,
                         due_at = ?1, is_leased = 0, finished_at = NULL
                     WHERE id = ?2 AND state = 'failed'",
                )
                .bind(now)
                .bind(id.as_str())
                .execute(&mut *connection)
                .await?
                .rows_affected()
                    > 0;
                let Some(delivery) = load(connection, std::slice::from_ref(&id)).await?.pop() else {
                    return Err(StoreError::UnknownDelivery { id });
                };
                if !was_failed {
                    return Err(StoreError::NotFailed { id, state: delivery.state });
                }
                changes::record(connection, ChangeTopic::Delivery, id.as_str()).await?;
                Ok(delivery)
            })
        })
        .await
    }

    /// Makes deliveries of an existing alert by hand, due now and not leased. Ids that exist already are
    /// left as they are and returned.
    ///
    /// # Errors
    /// [`StoreError::UnknownAlert`].
    pub async fn create_manual_deliveries(
        &self,
        alert: &AlertId,
        deliveries: Vec<NewDelivery>,
    ) -> Result<Vec<Delivery>, StoreError> {
        let alert = alert.clone();
        let now = self.now();
        self.write(move |connection| {
            Box::pin(async move {
                if alerts::load(connection, std::slice::from_ref(&alert)).await?.is_empty() {
                    return Err(StoreError::UnknownAlert { id: alert });
                }
                let rows: Vec<_> = deliveries.iter().map(|new| NewRow::of(&alert, new)).collect();
                insert(connection, &rows, now, None).await?;
                let ids: Vec<DeliveryId> = deliveries.into_iter().map(|new| new.id).collect();
                for id in &ids {
                    changes::record(connection, ChangeTopic::Delivery, id.as_str()).await?;
                }
                load(connection, &ids).await
            })
        })
        .await
    }

    /// Cancels what is pending for a destination that was deleted or disabled; answers how many. What is
    /// under way is still recorded when it ends.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn cancel_deliveries_of(&self, destination: &DestinationId) -> Result<u64, StoreError> {
        let destination = destination.clone();
        let now = self.now();
        self.write(move |connection| Box::pin(async move { cancel_of(connection, &destination, now).await }))
            .await
    }
}

/// Cancels what is pending for a destination; answers how many.
pub(crate) async fn cancel_of(
    connection: &mut SqliteConnection,
    destination: &DestinationId,
    now: Timestamp,
) -> Result<u64, StoreError> {
    let done = sqlx::query(
        "UPDATE deliveries SET state = 'cancelled', next_attempt_at = NULL, due_at = NULL, is_leased = 0,
             finished_at = ?
         WHERE destination_id = ? AND state = 'pending'",
    )
    .bind(nanos(now))
    .bind(destination.as_str())
    .execute(connection)
    .await?;
    Ok(done.rows_affected())
}

struct NewRow<'a> {
    id: &'a DeliveryId,
    alert_id: &'a AlertId,
    destination_id: &'a DestinationId,
    destination_name: &'a str,
    destination_type: &'a DestinationType,
    trigger: &'static str,
}

impl<'a> NewRow<'a> {
    fn of(alert_id: &'a AlertId, delivery: &'a NewDelivery) -> Self {
        let NewDelivery { id, destination_id, destination_name, destination_type, trigger } = delivery;
        Self { id, alert_id, destination_id, destination_name, destination_type, trigger: trigger.as_str() }
    }
}

/// Inserts the deliveries of new alerts; with a lease they come back as jobs.
pub(crate) async fn insert_for_alerts(
    connection: &mut SqliteConnection,
    new_alerts: &[NewAlert],
    at: Timestamp,
    lease: Option<Lease>,
) -> Result<Vec<DeliveryJob>, StoreError> {
    let mut rows = Vec::new();
    for new in new_alerts {
        rows.extend(new.deliveries.iter().map(|delivery| NewRow::of(&new.alert.id, delivery)));
    }
    let inserted = insert(connection, &rows, at, lease).await?;
    if lease.is_none() {
        return Ok(Vec::new());
    }
    let mut jobs = Vec::with_capacity(inserted.len());
    for new in new_alerts {
        for delivery in new.deliveries.iter().filter(|delivery| inserted.contains(&delivery.id)) {
            jobs.push(DeliveryJob {
                id: delivery.id.clone(),
                alert: Arc::clone(&new.alert),
                destination_id: delivery.destination_id.clone(),
                trigger: delivery.trigger,
                created_at: at,
                attempt_count: 0,
            });
        }
    }
    Ok(jobs)
}

/// Inserts deliveries and answers the ids that were not there before.
async fn insert(
    connection: &mut SqliteConnection,
    rows: &[NewRow<'_>],
    at: Timestamp,
    lease: Option<Lease>,
) -> Result<HashSet<DeliveryId>, StoreError> {
    let mut known = known_ids(connection, "deliveries", rows.iter().map(|row| row.id)).await?;
    let rows: Vec<&NewRow<'_>> = rows.iter().filter(|row| known.insert(row.id.as_str().to_owned())).collect();
    for set in insert_sets(&rows) {
        let mut query = QueryBuilder::new(
            "INSERT INTO deliveries (id, alert_id, destination_id, destination_name, destination_type, state,
                 trigger_word, created_at, next_attempt_at, due_at, is_leased, attempt_count) ",
        );
        query.push_values(set, |mut values, row| {
            values.push_bind(row.id.as_str()).push_bind(row.alert_id.as_str());
            values.push_bind(row.destination_id.as_str()).push_bind(row.destination_name);
            values.push_bind(&*row.destination_type.0).push("'pending'").push_bind(row.trigger);
            values.push_bind(nanos(at)).push_bind(nanos(at));
            values.push_bind(nanos(lease.map_or(at, |lease| lease.until)));
            values.push_bind(lease.is_some()).push("0");
        });
        query.build().execute(&mut *connection).await?;
    }
    Ok(rows.into_iter().map(|row| row.id.clone()).collect())
}

async fn load(connection: &mut SqliteConnection, ids: &[DeliveryId]) -> Result<Vec<Delivery>, StoreError> {
    let mut deliveries = Vec::with_capacity(ids.len());
    let sets = json_sets(ids);
    for set in sets {
        let rows = sqlx::query(
            "SELECT deliveries.* FROM json_each(?) AS wanted
             CROSS JOIN deliveries ON deliveries.id = wanted.value ORDER BY wanted.key",
        )
        .bind(set)
        .fetch_all(&mut *connection)
        .await?;
        deliveries.extend(with_attempts(connection, &rows).await?);
    }
    Ok(deliveries)
}

pub(crate) async fn with_attempts(
    connection: &mut SqliteConnection,
    rows: &[SqliteRow],
) -> Result<Vec<Delivery>, StoreError> {
    let mut deliveries = rows.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    let ids: Vec<DeliveryId> = deliveries.iter().map(|delivery| delivery.id.clone()).collect();
    let mut attempts: HashMap<DeliveryId, _> = delivery_attempts::load(connection, &ids).await?;
    for delivery in &mut deliveries {
        delivery.attempts = attempts.remove(&delivery.id).unwrap_or_default();
    }
    Ok(deliveries)
}

fn read(row: &SqliteRow) -> Result<Delivery, StoreError> {
    Ok(Delivery {
        id: row.text("id")?,
        alert_id: row.text("alert_id")?,
        destination_id: row.text("destination_id")?,
        destination_name: row.text("destination_name")?,
        destination_type: DestinationType(row.text::<String>("destination_type")?.into()),
        state: row.word::<DeliveryState>("state")?,
        trigger: row.word::<Trigger>("trigger_word")?,
        created_at: row.time("created_at")?,
        next_attempt_at: row.optional_time("next_attempt_at")?,
        remote_id: row.optional_text("remote_id")?,
        remote_url: row.optional_text("remote_url")?,
        attempt_count: row.count("attempt_count")?,
        attempts: Vec::new(),
    })
}
