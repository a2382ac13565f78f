//! All chunks, and a look at them.

use std::sync::Arc;

use model::{AlertId, Severity};

use super::bloom::Hashes;
use super::chunk::{CHUNK_ALERTS_MAX, Chunk, Entry};
use super::names::Names;
use super::wanted::Wanted;
use crate::cursor::Cursor;
use crate::error::StoreError;
use crate::request::{AlertFilter, SortDirection};
use crate::tables::alert_heads::AlertHead;

/// All alerts.
#[derive(Debug, Default)]
pub(super) struct Table {
    pub(super) chunks: Vec<Arc<Chunk>>,
    pub(super) names: AllNames,
}

/// Texts that entries hold as numbers; lists of log types and sources as their JSON texts.
#[derive(Debug, Default)]
pub(super) struct AllNames {
    pub(super) detections: Names,
    pub(super) assignees: Names,
    pub(super) log_types: Names,
    pub(super) source_ids: Names,
    pub(super) dedups: Hashes,
}

impl Table {
    /// Takes an alert, or what has become of it.
    ///
    /// # Errors
    /// When a word of it is unknown.
    pub(super) fn put(&mut self, head: &AlertHead) -> Result<(), StoreError> {
        let entry = Entry {
            created_at: head.created_at,
            event_count: head.event_count,
            dedup: self.names.dedups.of(&head.dedup),
            detection: self.names.detections.number(&head.detection_id),
            assignee: self.names.assignees.number(head.assignee.as_deref().unwrap_or_default()),
            log_types: self.names.log_types.number(&head.log_types),
            source_ids: self.names.source_ids.number(&head.source_ids),
            alert_type: word("alert_type", &head.alert_type)?,
            severity: Severity::parse(&head.severity)
                .ok_or_else(|| StoreError::corrupt(format!("`alerts.severity`: `{}`", head.severity)))?,
            status: word("status", &head.status)?,
            id_start: 0,
            id_end: 0,
            text_end: 0,
        };
        let key = (head.created_at, head.id.as_str());
        let number = self.chunks.partition_point(|chunk| chunk.last_key().is_some_and(|last| last < key));
        if number == self.chunks.len() {
            self.append(entry, head);
            return Ok(());
        }
        let chunk = Arc::make_mut(&mut self.chunks[number]);
        let position = chunk.position(head.created_at, &head.id);
        chunk.put(position, entry, &head.id, &head.search_text);
        if chunk.entries.len() > CHUNK_ALERTS_MAX {
            let second = chunk.split();
            self.chunks.insert(number + 1, Arc::new(second));
        }
        Ok(())
    }

    /// Takes an alert that comes after all others.
    fn append(&mut self, entry: Entry, head: &AlertHead) {
        if self.chunks.last().is_none_or(|last| last.entries.len() >= CHUNK_ALERTS_MAX) {
            self.chunks.push(Arc::default());
        }
        let Some(last) = self.chunks.last_mut() else { return };
        let last = Arc::make_mut(last);
        last.put(Err(last.entries.len()), entry, &head.id, &head.search_text);
    }

    /// Everything as it is now, through a filter; `None` when no alert can pass it.
    pub(super) fn view(&self, filter: &AlertFilter, after: Option<Cursor>) -> Option<View> {
        let wanted = Wanted::of(filter, &self.names)?;
        Some(View { chunks: self.chunks.clone(), wanted, after, sort: filter.sort })
    }
}

fn word<T: std::str::FromStr<Err: std::fmt::Display>>(column: &str, text: &str) -> Result<T, StoreError> {
    text.parse().map_err(|error| StoreError::corrupt(format!("`alerts.{column}`: {error}")))
}

/// All alerts at one moment, and what is looked for.
pub(super) struct View {
    chunks: Vec<Arc<Chunk>>,
    wanted: Wanted,
    after: Option<Cursor>,
    sort: SortDirection,
}

impl View {
    /// The ids of the first `limit` alerts that pass, in the order of the filter.
    pub(super) fn find(&self, limit: usize) -> Vec<AlertId> {
        let mut found = Vec::with_capacity(limit);
        match self.sort {
            SortDirection::Ascending => self.look(self.chunks.iter(), limit, &mut found),
            SortDirection::Descending => self.look(self.chunks.iter().rev(), limit, &mut found),
        }
        found
    }

    fn look<'a>(
        &'a self,
        chunks: impl Iterator<Item = &'a Arc<Chunk>>,
        limit: usize,
        found: &mut Vec<AlertId>,
    ) {
        let candidates = chunks.filter(|chunk| self.is_within(chunk) && self.wanted.may_be_in(chunk));
        for chunk in candidates {
            let is_descending = self.sort == SortDirection::Descending;
            for number in 0..chunk.entries.len() {
                let number = if is_descending { chunk.entries.len() - 1 - number } else { number };
                let entry = &chunk.entries[number];
                if !self.is_passed(chunk, entry) || !self.wanted.takes(chunk, entry) {
                    continue;
                }
                if found.len() == limit {
                    return;
                }
                found.push(AlertId::from(chunk.id(entry)));
            }
        }
    }

    /// Whether alerts of the chunk may lie between the times, and behind the cursor.
    fn is_within(&self, chunk: &Chunk) -> bool {
        let (Some(first), Some(last)) = (chunk.entries.first(), chunk.entries.last()) else { return false };
        let is_behind = self.after.as_ref().is_none_or(|Cursor { number, id }| match self.sort {
            SortDirection::Ascending => chunk.key(last) > (*number, id.as_str()),
            SortDirection::Descending => chunk.key(first) < (*number, id.as_str()),
        });
        is_behind
            && first.created_at <= self.wanted.created_before
            && last.created_at >= self.wanted.created_after
    }

    /// The same for one alert.
    fn is_passed(&self, chunk: &Chunk, entry: &Entry) -> bool {
        let is_behind = self.after.as_ref().is_none_or(|Cursor { number, id }| match self.sort {
            SortDirection::Ascending => chunk.key(entry) > (*number, id.as_str()),
            SortDirection::Descending => chunk.key(entry) < (*number, id.as_str()),
        });
        is_behind
            && entry.created_at <= self.wanted.created_before
            && entry.created_at >= self.wanted.created_after
    }
}
