//! Listing of table `alerts` with filters.

use std::sync::Arc;

use model::Alert;

use crate::cursor::Cursor;
use crate::error::StoreError;
use crate::request::{AlertFilter, Page, PageRequest};
use crate::rows::nanos;
use crate::store::Store;
use crate::tables::alerts;

impl Store {
    /// The alerts that pass `filter`, ordered by creation time and id. Pages continue where the last one
    /// ended, also when alerts come in between.
    ///
    /// The first call reads what is known of all alerts into memory, about 150 bytes each.
    ///
    /// # Errors
    /// [`StoreError::BadCursor`], or when the database cannot be read.
    pub async fn list_alerts(
        &self,
        filter: &AlertFilter,
        page: &PageRequest,
    ) -> Result<Page<Arc<Alert>>, StoreError> {
        let after = page.after()?;
        // One more than fit tells whether there is a next page.
        let ids = self.alert_index.find(&self.readers, filter, after, page.item_count() + 1).await?;
        let mut connection = self.readers.acquire().await?;
        let items = alerts::load(&mut connection, &ids).await?;
        Ok(Page::cut(items, page, |alert| Cursor {
            number: nanos(alert.created_at),
            id: alert.id.as_str().to_owned(),
        }))
    }
}
