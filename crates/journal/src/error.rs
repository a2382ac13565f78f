//! What can go wrong, by what the caller can do about it.

use std::path::PathBuf;

/// Why a batch was not accepted. Nothing of it is kept.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AppendError {
    /// What is kept has reached the size limit; it falls as the pipeline works.
    #[error(
        "the journal holds {backlog_bytes} bytes of unprocessed logs and may hold {size_max_bytes}; send again later, or raise `journal.size_max`"
    )]
    Full {
        /// Bytes kept now.
        backlog_bytes: u64,
        /// The limit.
        size_max_bytes: u64,
    },
    /// The disk is full, or its free space is down to the reserve; appends work again as soon as there is space.
    #[error("the disk of the journal is full or nearly so; free some space and send again")]
    DiskFull,
    /// Too many appends wait for the disk.
    #[error("{waiting_max} requests are waiting to be written; send again later")]
    Busy {
        /// How many may wait.
        waiting_max: usize,
    },
    /// The disk or the file system refused to write.
    #[error("the journal could not be written: {message}")]
    Io {
        /// What the operating system or the file format said.
        message: String,
    },
    /// The journal is closing or closed.
    #[error("the journal is closed; send again when the server is back")]
    Closed,
}

impl AppendError {
    /// Whether the same append may succeed later without anybody's help.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Full { .. } | Self::Busy { .. } | Self::Closed => true,
            Self::DiskFull | Self::Io { .. } => false,
        }
    }
}

/// Why the journal could not be opened, read or shortened.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The folder or the file could not be made or opened.
    #[error("the journal in `{path}` could not be opened; see that the folder exists and is writable")]
    Open {
        /// The journal's folder.
        path: PathBuf,
        /// The cause.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The disk is full.
    #[error("the disk of the journal is full; free some space")]
    DiskFull,
    /// Reading or writing failed.
    #[error("the journal could not be read or shortened")]
    Io {
        /// The cause.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A row holds what this program never writes.
    #[error("the journal is damaged: {what}; move the folder away and start again to go on without it")]
    Damaged {
        /// What was found.
        what: String,
    },
    /// The journal is closing or closed.
    #[error("the journal is closed")]
    Closed,
}

impl JournalError {
    /// The same failure for one more caller who waited for it.
    pub(crate) fn again(message: &str) -> Self {
        Self::Io { source: message.into() }
    }
}
