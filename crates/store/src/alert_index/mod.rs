//! An index of all alerts in memory, so that a list with any filters costs milliseconds among millions.
//!
//! What lists filter by is small: about 60 bytes of an alert and the texts that names are looked for in. The index
//! is read from the database when the first list is asked for. From then on the writing task notes which alerts a
//! transaction changed, and the next list reads those again before it looks: a list sees whatever was committed
//! before it began, and the order in which changes arrive plays no part.
//!
//! Alerts lie in order of creation time and id, in chunks that are never changed while somebody looks at them.

mod bloom;
mod chunk;
mod names;
mod news;
mod table;
mod tally;
mod wanted;

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard};

use model::{AlertId, LogTypeAccess};
use sqlx::SqlitePool;
use tokio::task::spawn_blocking;

use crate::cursor::Cursor;
use crate::error::StoreError;
use crate::request::AlertFilter;
use crate::tables::alert_heads;
use crate::tally::{AlertTally, TallySpan};
use news::News;
pub use news::{AlertNews, AlertWatch};
use table::Table;
use tally::Count;

/// Changed alerts that are noted; more, and the whole index is read again.
const CHANGED_MAX: usize = 100_000;

/// The index of one database.
#[derive(Debug, Default)]
pub(crate) struct AlertIndex {
    table: tokio::sync::Mutex<Option<Table>>,
    changed: Mutex<Changed>,
    pub(crate) news: Arc<News>,
}

/// What was written since the last look.
#[derive(Debug, Default)]
enum Changed {
    /// Nobody keeps account: everything has to be read.
    #[default]
    Unknown,
    /// These alerts.
    Ids(HashSet<AlertId>),
}

impl AlertIndex {
    /// Notes alerts that a committed transaction made or changed.
    pub(crate) fn note<'a>(&self, ids: impl IntoIterator<Item = &'a AlertId, IntoIter: Clone>) {
        let ids = ids.into_iter();
        self.note_for_lists(ids.clone());
        // After that, so that whoever hears of it finds it in a list.
        self.news.tell(ids);
    }

    /// Tells whoever listens of alerts of which only that changed by which no list is filtered.
    pub(crate) fn tell<'a>(&self, ids: impl IntoIterator<Item = &'a AlertId>) {
        self.news.tell(ids.into_iter());
    }

    fn note_for_lists<'a>(&self, ids: impl Iterator<Item = &'a AlertId>) {
        let mut changed = self.changed();
        if let Changed::Ids(noted) = &mut *changed {
            noted.extend(ids.cloned());
            if noted.len() > CHANGED_MAX {
                *changed = Changed::Unknown;
            }
        }
    }

    /// The ids of the first `limit` alerts that pass the filter, in its order, behind the cursor.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub(crate) async fn find(
        &self,
        readers: &SqlitePool,
        filter: &AlertFilter,
        after: Option<Cursor>,
        limit: usize,
    ) -> Result<Vec<AlertId>, StoreError> {
        let mut table = self.table.lock().await;
        self.catch_up(&mut table, readers).await?;
        let Some(view) = table.as_ref().and_then(|table| table.view(filter, after)) else {
            return Ok(Vec::new());
        };
        drop(table);
        // Looking takes up to some ten milliseconds, too long for a thread that serves others.
        let found = spawn_blocking(move || view.find(limit)).await;
        found.map_err(|problem| StoreError::corrupt(format!("the search of alerts ended early: {problem}")))
    }

    /// Counts the alerts that may be seen.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub(crate) async fn tally(
        &self,
        readers: &SqlitePool,
        span: TallySpan,
        visible: &LogTypeAccess,
    ) -> Result<AlertTally, StoreError> {
        let mut table = self.table.lock().await;
        self.catch_up(&mut table, readers).await?;
        let nothing = AlertTally::empty(&span);
        let Some(count) = table.as_ref().and_then(|table| Count::of(table, span, visible)) else {
            return Ok(nothing);
        };
        drop(table);
        let counted = spawn_blocking(move || count.run()).await;
        counted.map_err(|problem| StoreError::corrupt(format!("the count of alerts ended early: {problem}")))
    }

    /// Reads what changed since the last look, or everything.
    async fn catch_up(&self, table: &mut Option<Table>, readers: &SqlitePool) -> Result<(), StoreError> {
        // What changes from here on is noted for the next look.
        let changed = std::mem::replace(&mut *self.changed(), Changed::Ids(HashSet::new()));
        let caught_up = match (table.as_mut(), changed) {
            (Some(_), Changed::Ids(ids)) if ids.is_empty() => Ok(()),
            (Some(table), Changed::Ids(ids)) => refresh(table, ids, readers).await,
            _ => read_all(readers).await.map(|read| *table = Some(read)),
        };
        if caught_up.is_err() {
            *table = None;
            *self.changed() = Changed::Unknown;
        }
        caught_up
    }

    fn changed(&self) -> MutexGuard<'_, Changed> {
        self.changed.lock().expect("no holder of this lock panics")
    }
}

async fn refresh(table: &mut Table, ids: HashSet<AlertId>, readers: &SqlitePool) -> Result<(), StoreError> {
    let mut connection = readers.acquire().await?;
    let ids: Vec<AlertId> = ids.into_iter().collect();
    for heads in alert_heads::load(&mut connection, &ids).await? {
        heads.iter().try_for_each(|head| table.put(head))?;
    }
    Ok(())
}

async fn read_all(readers: &SqlitePool) -> Result<Table, StoreError> {
    let mut connection = readers.acquire().await?;
    let mut table = Table::default();
    let mut last = None;
    loop {
        let heads = alert_heads::after(&mut connection, last).await?;
        heads.iter().try_for_each(|head| table.put(head))?;
        match heads.last() {
            Some(head) => last = Some(head.cursor()),
            None => return Ok(table),
        }
    }
}
