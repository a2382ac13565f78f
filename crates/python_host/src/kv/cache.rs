//! The rows in use: read through from where they are kept, changed under one lock, collected per evaluation.
//!
//! A row that was changed stays until its evaluation is committed, because nobody else has it. Every other
//! row may make room for one that is needed more; it is read again when it is.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use model::{KvChange, KvRow};

use super::operation::{KV_KEY_BYTES_MAX, KvError, KvOperation, KvValue};
use super::storage::{KvStorage, KvUnavailable};

/// Most keys in memory.
pub const KV_ENTRIES_MAX: usize = 500_000;
/// Most bytes of keys and rows in memory.
pub const KV_MEMORY_BYTES_MAX: usize = 128 * 1024 * 1024;
/// What an entry costs beside its texts, in bytes.
const ENTRY_BYTES: usize = 200;
/// What a string costs beside its text, in bytes.
const STRING_BYTES: usize = 32;
/// How long a row is tried to be read.
const LOAD_WAIT_MAX: Duration = Duration::from_secs(10);
/// Between two tries.
const LOAD_PAUSE: Duration = Duration::from_millis(100);

/// What one evaluation changed. To be committed with everything else that its events brought about, then
/// told to [`PythonHost::kv_committed`](crate::PythonHost::kv_committed).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KvChanges {
    /// The rows as they are now, in order of key, each once.
    pub rows: Vec<KvChange>,
    /// Grows with every evaluation; 0 = of none.
    pub ticket: u64,
}

impl KvChanges {
    /// Takes over what a later evaluation changed: its rows win.
    pub fn absorb(&mut self, later: KvChanges) {
        self.ticket = later.ticket;
        if self.rows.is_empty() {
            self.rows = later.rows;
        } else if !later.rows.is_empty() {
            let rows = std::mem::take(&mut self.rows).into_iter().chain(later.rows);
            let by_key: BTreeMap<String, Option<KvRow>> =
                rows.map(|change| (change.key, change.row)).collect();
            self.rows = by_key.into_iter().map(|(key, row)| KvChange { key, row }).collect();
        }
    }
}

/// The key-value cache of a host.
pub(crate) struct KvCache {
    storage: KvStorage,
    limits: Limits,
    state: Mutex<State>,
}

#[derive(Clone, Copy)]
struct Limits {
    entries: usize,
    bytes: usize,
}

/// How rows are kept.
#[derive(Clone, Copy)]
struct Keeper {
    limits: Limits,
    /// Whether somebody stores what changes.
    is_stored: bool,
}

#[derive(Default)]
struct State {
    entries: HashMap<String, Entry>,
    /// Entries that may make room, by their last use.
    clean: BTreeMap<u64, String>,
    uses: u64,
    bytes: usize,
    /// Of them, those of entries that cannot make room.
    fixed_bytes: usize,
    /// Number of the evaluation under way.
    ticket: u64,
    /// Keys that evaluations changed, by number, until they are committed.
    changed: BTreeMap<u64, BTreeSet<String>>,
}

struct Entry {
    row: Option<KvRow>,
    bytes: usize,
    used: u64,
    /// Nobody else has it: the evaluation whose commit stores it, or [`NEVER_STORED`].
    fixed_by: Option<u64>,
}

/// In memory alone rows are never stored.
const NEVER_STORED: u64 = u64::MAX;

impl KvCache {
    pub(crate) fn new(storage: KvStorage) -> KvCache {
        let limits = Limits { entries: KV_ENTRIES_MAX, bytes: KV_MEMORY_BYTES_MAX };
        // Ticket 0 is that of no evaluation.
        let state = State { ticket: 1, ..State::default() };
        KvCache { storage, limits, state: Mutex::new(state) }
    }

    /// Does one operation, at the acceptance time of the event that brought it about. May wait for the
    /// storage, at most 10 s or until `stop`.
    pub(crate) fn run(
        &self,
        operation: &KvOperation,
        now: Timestamp,
        stop: &AtomicBool,
    ) -> Result<KvValue, KvError> {
        let Some(key) = operation.key() else {
            return operation.apply(None, now).map(|(_, value)| value);
        };
        check_key(key)?;
        let is_stored = matches!(self.storage, KvStorage::Backend(_));
        let keeper = Keeper { limits: self.limits, is_stored };
        let mut state = self.lock();
        if !state.entries.contains_key(key) {
            drop(state);
            // Others go on meanwhile. What was read cannot be out of date by then: only evaluations change
            // rows, one at a time, and what the one under way changes stays in memory.
            let row = self.load(key, stop)?;
            state = self.lock();
            state.insert(key, row);
        }
        let value = state.apply(key, operation, now, keeper);
        state.shrink(self.limits);
        value
    }

    /// What was changed since the last call, which ends an evaluation.
    pub(crate) fn take_changes(&self) -> KvChanges {
        let mut state = self.lock();
        let ticket = state.ticket;
        state.ticket += 1;
        let row_of = |key: &String| state.entries.get(key).and_then(|entry| entry.row.clone());
        let keys = state.changed.get(&ticket).into_iter().flatten();
        let rows = keys.map(|key| KvChange { key: key.clone(), row: row_of(key) }).collect();
        KvChanges { rows, ticket }
    }

    /// The changes of all evaluations up to this one are stored; some rows had to make room there.
    pub(crate) fn note_committed(&self, ticket: u64, evicted: &[String]) {
        let mut state = self.lock();
        while let Some(first) = state.changed.first_entry().filter(|first| *first.key() <= ticket) {
            let (number, keys) = first.remove_entry();
            for key in keys {
                state.release(&key, number);
            }
        }
        for key in evicted {
            state.forget(key);
        }
        state.shrink(self.limits);
    }

    fn load(&self, key: &str, stop: &AtomicBool) -> Result<Option<KvRow>, KvError> {
        let KvStorage::Backend(backend) = &self.storage else { return Ok(None) };
        let begun = Instant::now();
        loop {
            let KvUnavailable(reason) = match backend.load(key) {
                Ok(row) => return Ok(row),
                Err(unavailable) => unavailable,
            };
            if begun.elapsed() >= LOAD_WAIT_MAX || stop.load(Ordering::Relaxed) {
                return Err(KvError::Unavailable(format!("the key-value cache cannot be read: {reason}")));
            }
            std::thread::sleep(LOAD_PAUSE);
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no holder of this lock panics")
    }
}

impl State {
    fn apply(
        &mut self,
        key: &str,
        operation: &KvOperation,
        now: Timestamp,
        keeper: Keeper,
    ) -> Result<KvValue, KvError> {
        let row = self.entries.get(key).and_then(|entry| entry.row.as_ref());
        let (after, value) = operation.apply(row, now)?;
        if after.as_ref() == row {
            self.touch(key);
        } else {
            self.change(key, after, keeper)?;
        }
        Ok(value)
    }

    /// Takes over what was read; `None` = there is no such row.
    fn insert(&mut self, key: &str, row: Option<KvRow>) {
        if !self.entries.contains_key(key) {
            self.put(key, row, None);
        }
    }

    fn change(&mut self, key: &str, row: Option<KvRow>, keeper: Keeper) -> Result<(), KvError> {
        let fixed_by = match keeper.is_stored {
            true => Some(self.ticket),
            // A row that is gone needs no place when nobody else has one.
            false => row.is_some().then_some(NEVER_STORED),
        };
        if fixed_by.is_some() {
            self.check_room(key, row.as_ref(), keeper.limits)?;
        }
        self.put(key, row, fixed_by);
        if keeper.is_stored {
            self.changed.entry(self.ticket).or_default().insert(key.to_owned());
        }
        Ok(())
    }

    /// Whether one more row that cannot make room has a place beside those that are there already.
    fn check_room(&self, key: &str, row: Option<&KvRow>, limits: Limits) -> Result<(), KvError> {
        let known = self.entries.get(key);
        let before = known.filter(|entry| entry.fixed_by.is_some()).map_or(0, |entry| entry.bytes);
        let after = size(key, row);
        let fixed_count = self.entries.len() - self.clean.len() + usize::from(before == 0);
        let has_room = fixed_count <= limits.entries && self.fixed_bytes - before + after <= limits.bytes;
        if has_room || after <= before {
            return Ok(());
        }
        Err(KvError::Refused(format!(
            "the key-value cache is full: it holds at most {} keys and {} bytes at a time; use fewer keys or \
             smaller values",
            limits.entries, limits.bytes
        )))
    }

    /// Sets an entry, used now.
    fn put(&mut self, key: &str, row: Option<KvRow>, fixed_by: Option<u64>) {
        self.remove(key);
        self.uses += 1;
        let entry = Entry { bytes: size(key, row.as_ref()), row, used: self.uses, fixed_by };
        self.bytes += entry.bytes;
        match fixed_by {
            Some(_) => self.fixed_bytes += entry.bytes,
            None => drop(self.clean.insert(entry.used, key.to_owned())),
        }
        self.entries.insert(key.to_owned(), entry);
    }

    fn remove(&mut self, key: &str) -> Option<Entry> {
        let entry = self.entries.remove(key)?;
        self.bytes -= entry.bytes;
        match entry.fixed_by {
            Some(_) => self.fixed_bytes -= entry.bytes,
            None => drop(self.clean.remove(&entry.used)),
        }
        Some(entry)
    }

    /// Notes that an entry is used now.
    fn touch(&mut self, key: &str) {
        let Some(entry) = self.entries.get_mut(key).filter(|entry| entry.fixed_by.is_none()) else { return };
        self.uses += 1;
        self.clean.remove(&entry.used);
        entry.used = self.uses;
        self.clean.insert(entry.used, key.to_owned());
    }

    /// The change of this evaluation is stored: unless a later one changed it too, the row may make room.
    fn release(&mut self, key: &str, ticket: u64) {
        if self.entries.get(key).is_some_and(|entry| entry.fixed_by == Some(ticket)) {
            let row = self.remove(key).and_then(|entry| entry.row);
            self.put(key, row, None);
        }
    }

    /// Forgets a row that can be read again.
    fn forget(&mut self, key: &str) {
        if self.entries.get(key).is_some_and(|entry| entry.fixed_by.is_none()) {
            self.remove(key);
        }
    }

    /// Makes room, longest unused first.
    fn shrink(&mut self, limits: Limits) {
        while self.entries.len() > limits.entries || self.bytes > limits.bytes {
            let Some((_, key)) = self.clean.pop_first() else { return };
            if let Some(entry) = self.entries.remove(&key) {
                self.bytes -= entry.bytes;
            }
        }
    }
}

fn size(key: &str, row: Option<&KvRow>) -> usize {
    let row = row.map_or(0, |row| row.value_bytes() + row.strings.len() * STRING_BYTES);
    key.len() + row + ENTRY_BYTES
}

fn check_key(key: &str) -> Result<(), KvError> {
    if key.is_empty() {
        return Err(KvError::Refused("a key must not be empty".to_owned()));
    }
    if key.len() > KV_KEY_BYTES_MAX {
        let length = key.len();
        return Err(KvError::Refused(format!(
            "a key of {length} bytes is too long; at most {KV_KEY_BYTES_MAX} are allowed, use a digest of it"
        )));
    }
    Ok(())
}

#[cfg(test)]
#[path = "cache_tests.rs"]
mod tests;
