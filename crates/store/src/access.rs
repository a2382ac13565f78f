//! Who may do what, kept in memory for a moment, so that knowing a caller costs microseconds a request.
//!
//! What is kept holds until a transaction of this process touches a table that it was read from: the writing
//! connection tells of each row that changes, and the generation moves on before whoever changed it hears that it
//! is done. A change that another process makes (a command line beside the server) is seen within [`KEPT_MAX`].
//! Whatever time decides (expiry, idleness) is asked anew at each use by whoever takes a value from here.
//! Unknown values are never kept, so guessing fills nothing.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use crate::people::KnownToken;
use crate::sign_in::KnownSession;
use crate::store::Store;

/// The tables that decide who a caller is and what the caller may do. None of them is `WITHOUT ROWID`, and none is
/// emptied by a `DELETE` without `WHERE`: SQLite would not tell of these changes.
const TABLES: [&str; 5] = ["tokens", "roles", "users", "sessions", "credentials"];
/// What another process changed is seen after this time at the latest.
const KEPT_MAX: Duration = Duration::from_millis(250);
/// Callers that are kept of each kind; when there are more, all make room.
const CALLERS_MAX: usize = 10_000;

/// SHA-256 of the value that a caller sends.
type Digest = [u8; 32];

/// The callers that were seen a moment ago.
#[derive(Debug, Default)]
pub(crate) struct Access {
    /// Whether the transaction that is running touched one of [`TABLES`].
    is_touched: AtomicBool,
    generation: AtomicU64,
    pub(crate) tokens: Callers<KnownToken>,
    pub(crate) sessions: Callers<KnownSession>,
}

impl Access {
    /// Notes that a row of a table changes; called for each row that the writing connection changes.
    pub(crate) fn note(&self, table: &str) {
        if TABLES.contains(&table) {
            self.is_touched.store(true, Ordering::Relaxed);
        }
    }

    /// Ends a transaction, committed or not; called before anybody is answered.
    pub(crate) fn end_transaction(&self) {
        if self.is_touched.swap(false, Ordering::Relaxed) {
            self.generation.fetch_add(1, Ordering::Release);
        }
    }

    /// Whether a transaction of this process ever touched one of the tables.
    fn was_changed(&self) -> bool {
        self.generation.load(Ordering::Acquire) > 0
    }

    /// What has to be noted before a caller is read from the database.
    pub(crate) fn now(&self) -> Moment {
        Moment { generation: self.generation.load(Ordering::Acquire), at: Instant::now() }
    }
}

impl Store {
    /// Waits until other processes have seen what this one changed about who may do what; returns at once when it
    /// changed nothing. For a command that ends, and means what it says then.
    pub async fn until_access_is_seen(&self) {
        if self.access.was_changed() {
            tokio::time::sleep(KEPT_MAX).await;
        }
    }
}

/// A state of the tables.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment {
    generation: u64,
    at: Instant,
}

/// Callers of one kind.
#[derive(Debug)]
pub(crate) struct Callers<T>(RwLock<HashMap<Digest, (Moment, Arc<T>)>>);

impl<T> Default for Callers<T> {
    fn default() -> Self {
        Callers(RwLock::default())
    }
}

impl<T> Callers<T> {
    /// The caller with this digest, unless it has to be read again.
    pub(crate) fn find(&self, digest: &Digest, now: Moment) -> Option<Arc<T>> {
        let callers = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let (then, known) = callers.get(digest)?;
        let is_fresh = then.generation == now.generation && now.at.duration_since(then.at) < KEPT_MAX;
        is_fresh.then(|| Arc::clone(known))
    }

    /// Keeps a caller that was read after `before`.
    pub(crate) fn keep(&self, digest: Digest, before: Moment, known: Arc<T>) {
        let mut callers = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if callers.len() >= CALLERS_MAX && !callers.contains_key(&digest) {
            callers.clear();
        }
        callers.insert(digest, (before, known));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_caller_is_kept_until_a_table_is_touched() {
        let (access, callers) = (Access::default(), Callers::default());
        callers.keep([1; 32], access.now(), Arc::new("known"));
        access.note("alerts");
        access.end_transaction();
        assert_eq!(callers.find(&[1; 32], access.now()).as_deref(), Some(&"known"));
        assert_eq!(callers.find(&[2; 32], access.now()), None);
        for table in TABLES {
            callers.keep([1; 32], access.now(), Arc::new("known"));
            assert!(callers.find(&[1; 32], access.now()).is_some(), "{table}");
            access.note(table);
            access.end_transaction();
            assert_eq!(callers.find(&[1; 32], access.now()), None, "{table}");
        }
    }

    #[test]
    fn what_was_read_before_a_change_is_not_used_after_it() {
        let (access, callers) = (Access::default(), Callers::default());
        let before = access.now();
        access.note("tokens");
        access.end_transaction();
        callers.keep([1; 32], before, Arc::new("old"));
        assert_eq!(callers.find(&[1; 32], access.now()), None);
    }

    #[test]
    fn a_caller_is_read_again_after_a_while() {
        let (access, callers) = (Access::default(), Callers::default());
        let then = access.now();
        callers.keep([1; 32], then, Arc::new("known"));
        let just_before = Moment { at: then.at + KEPT_MAX - Duration::from_nanos(1), ..then };
        assert!(callers.find(&[1; 32], just_before).is_some());
        assert_eq!(callers.find(&[1; 32], Moment { at: then.at + KEPT_MAX, ..then }), None);
    }

    #[test]
    fn the_number_of_callers_is_bounded() {
        let (access, callers) = (Access::default(), Callers::default());
        for number in 0..=CALLERS_MAX {
            let mut digest = [0; 32];
            digest[..8].copy_from_slice(&u64::try_from(number).unwrap().to_be_bytes());
            callers.keep(digest, access.now(), Arc::new(number));
        }
        assert_eq!(callers.0.read().unwrap().len(), 1);
    }
}
