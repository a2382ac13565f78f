//! Where rows of the key-value cache are when they are not in memory.

use std::fmt;
use std::sync::Arc;

use model::KvRow;

/// Why a row cannot be read now.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{0}")]
pub struct KvUnavailable(pub String);

/// Reads stored rows. What evaluations change is not written through it: see
/// [`Evaluation::kv`](crate::Evaluation::kv).
pub trait KvBackend: Send + Sync {
    /// The stored row of a key. Called on a thread that may block; one attempt, at most a few seconds.
    ///
    /// # Errors
    /// When it cannot be read now; it is tried again for a while.
    fn load(&self, key: &str) -> Result<Option<KvRow>, KvUnavailable>;
}

/// Where a host keeps the rows of its key-value cache.
#[derive(Clone, Default)]
pub enum KvStorage {
    /// In memory alone, empty at the start and gone at the end.
    #[default]
    Memory,
    /// Read from here when first needed; changes are handed to the caller of each evaluation.
    Backend(Arc<dyn KvBackend>),
}

impl fmt::Debug for KvStorage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            KvStorage::Memory => "Memory",
            KvStorage::Backend(_) => "Backend",
        })
    }
}
