//! Detection content as a zip: what an upload brings, and what a download gives.
//!
//! An archive comes from strangers. It is read as a whole or refused as a whole, with a sentence that names the
//! entry: nothing is skipped but folders, and nothing is inflated beyond the limits below. Names are those of
//! files below one folder: no way up, no absolute path, no link, none twice.

mod read;
mod write;

pub use read::read_archive;
pub use write::write_archive;

/// Most entries of an archive, folders included.
pub const ARCHIVE_ENTRIES_MAX: usize = 20_000;
/// Most bytes of one file, inflated.
pub const ARCHIVE_FILE_BYTES_MAX: usize = 32 << 20;
/// Most bytes of all files together, inflated.
pub const ARCHIVE_BYTES_MAX: usize = 256 << 20;
/// Most bytes of all files that a byte of the archive may stand for.
pub const ARCHIVE_RATIO_MAX: usize = 200;
/// Archives whose files have fewer bytes may be of any ratio.
pub const ARCHIVE_RATIO_FREE_BYTES: usize = 1 << 20;
/// Longest name of a file, in bytes.
pub const ARCHIVE_NAME_BYTES_MAX: usize = 1024;

/// A file of an archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArchiveFile {
    /// Its path, folders separated by `/`.
    pub path: String,
    /// What it holds.
    pub data: Vec<u8>,
}

/// Why an archive is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ArchiveError {
    /// The entry; empty when it is about the archive as a whole.
    pub path: String,
    /// What is wrong and what to do.
    pub message: String,
}

impl ArchiveError {
    fn whole(message: impl Into<String>) -> ArchiveError {
        ArchiveError { path: String::new(), message: message.into() }
    }

    fn entry(path: &str, message: impl Into<String>) -> ArchiveError {
        ArchiveError { path: path.to_owned(), message: message.into() }
    }
}
