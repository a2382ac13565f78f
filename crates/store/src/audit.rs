//! What is handed in and given back about the audit log, and the chain that binds its entries.
//!
//! Source: `platform.md` §4. An entry is a JSON text that the store does not look into, but for the words by
//! which lists are filtered. The hash of an entry covers its text and the hash of the entry before, so that
//! nobody changes, removes or moves one without changing all that follow; where the chain begins and ends is
//! sealed with a key that is not in the database, so that doing just that, or cutting the end, is found too.
//! Changes and reads are two such chains.

use jiff::Timestamp;
use sha2::{Digest as _, Sha256};

/// Longest text of one entry, in bytes; whoever makes entries keeps within it.
pub const AUDIT_ENTRY_BYTES_MAX: usize = 512 << 10;
/// A page of a list that looks for a text looks at so many entries; then `next` goes on.
pub const AUDIT_SCAN_MAX: u64 = 100_000;

/// SHA-256 of an entry and all before it.
pub(crate) type Hash = [u8; 32];

/// One of the two chains.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AuditKind {
    /// What was changed, sent, or signed in or out.
    #[default]
    Change,
    /// What was only read.
    Read,
}

impl AuditKind {
    /// Both, in the order in which they are told of.
    pub const ALL: [AuditKind; 2] = [AuditKind::Change, AuditKind::Read];

    /// `change` or `read`.
    pub fn as_str(self) -> &'static str {
        match self {
            AuditKind::Change => "change",
            AuditKind::Read => "read",
        }
    }

    /// The kind of this name.
    pub fn parse(name: &str) -> Option<AuditKind> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }

    /// What its head is sealed for; also the name of its table.
    pub(crate) fn owner(self) -> &'static str {
        match self {
            AuditKind::Change => "audit",
            AuditKind::Read => "audit_reads",
        }
    }

    /// What the first entry is bound to.
    fn beginning(self) -> &'static [u8] {
        match self {
            AuditKind::Change => b"margay audit log\0",
            AuditKind::Read => b"margay audit log of reads\0",
        }
    }
}

/// An entry to be appended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewAuditEntry {
    /// When it was done.
    pub at: Timestamp,
    /// What was done: `actionName` of the entry.
    pub action: String,
    /// Who did it: `actor.id` of the entry.
    pub actor_id: String,
    /// What came of it: `actionResult` of the entry.
    pub result: String,
    /// The entry, a JSON object of at most [`AUDIT_ENTRY_BYTES_MAX`].
    pub entry: String,
}

/// An entry of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEntry {
    /// Grows by one with every entry, from 1.
    pub sequence: u64,
    /// The entry, a JSON object.
    pub entry: String,
    /// SHA-256 of the entry and all before it, in hex.
    pub hash: String,
}

/// Which entries to list; `None` does not restrict.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// Of which chain.
    pub kind: AuditKind,
    /// Done at this time or later.
    pub from: Option<Timestamp>,
    /// Done before this time.
    pub to: Option<Timestamp>,
    /// With this name of the action.
    pub action: Option<String>,
    /// By the user, token or whoever has this id.
    pub actor: Option<String>,
    /// With this result.
    pub result: Option<String>,
    /// Case-insensitive (of ASCII letters) substring of the entry's text.
    pub contains: Option<String>,
}

/// What a look at the whole log found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditVerdict {
    /// Entries that were looked at and are in order.
    pub entries: u64,
    /// The newest of them; 0 when there is none.
    pub last_sequence: u64,
    /// Its hash in hex: kept elsewhere, it shows later that nothing up to here was changed.
    pub last_hash: String,
    /// The first thing that is wrong, if any.
    pub problem: Option<AuditProblem>,
}

/// What is wrong with the audit log.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AuditProblem {
    /// An entry does not follow from the one before it: a text was changed, or entries were exchanged.
    #[error(
        "entry {sequence}, or the one before it, is not what was written there; restore a backup to see what was"
    )]
    Changed {
        /// Which entry.
        sequence: u64,
    },
    /// The columns that lists are filtered by do not say what the entry says.
    #[error("`{column}` of entry {sequence} is not what the entry says; the row was changed")]
    Disguised {
        /// Which entry.
        sequence: u64,
        /// Which column.
        column: &'static str,
    },
    /// Entries are not there.
    #[error("entries {from} to {to} are missing")]
    Missing {
        /// The first.
        from: u64,
        /// The last.
        to: u64,
    },
    /// The log does not reach as far as it did.
    #[error("the end is cut off: entries {from} to {to} are missing")]
    CutAtTheEnd {
        /// The first.
        from: u64,
        /// The last.
        to: u64,
    },
    /// All hashes are in order, but they are not those that were written: somebody computed them anew.
    #[error(
        "the chain does not end in the sealed hash of entry {sequence}: entries were changed and their hashes computed anew; restore a backup to see which"
    )]
    Rewritten {
        /// The newest entry when the head was sealed.
        sequence: u64,
    },
    /// There are entries after the sealed end.
    #[error(
        "entry {sequence} and what follows were written without the key: by somebody else, or while the key file could not be used"
    )]
    Unsealed {
        /// The first such entry.
        sequence: u64,
    },
    /// There are entries and no sealed head, or one that its key does not open.
    #[error("the sealed end of the log is missing or was changed: {reason}")]
    NoHead {
        /// What is wrong with it.
        reason: String,
    },
}

/// Where the log begins and ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct AuditHead {
    /// The last entry that was let go, and what the first kept one is bound to.
    pub(crate) anchor: AuditEnd,
    /// The newest entry.
    pub(crate) end: AuditEnd,
}

/// An entry's place in the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct AuditEnd {
    pub(crate) sequence: u64,
    pub(crate) hash: Hash,
}

/// Bytes of a head before it is sealed.
const HEAD_BYTES: usize = 2 * (8 + 32);

impl AuditEnd {
    /// The place before the first entry.
    pub(crate) fn beginning(kind: AuditKind) -> AuditEnd {
        AuditEnd { sequence: 0, hash: Sha256::digest(kind.beginning()).into() }
    }

    /// The place of the entry that follows.
    pub(crate) fn next(&self, entry: &str) -> AuditEnd {
        let mut digest = Sha256::new();
        digest.update(self.hash);
        digest.update(entry.as_bytes());
        AuditEnd { sequence: self.sequence + 1, hash: digest.finalize().into() }
    }

    fn read(bytes: &[u8]) -> Option<AuditEnd> {
        let (sequence, hash) = bytes.split_first_chunk::<8>()?;
        Some(AuditEnd { sequence: u64::from_be_bytes(*sequence), hash: hash.try_into().ok()? })
    }

    fn to_bytes(self) -> [u8; HEAD_BYTES / 2] {
        let mut bytes = [0; HEAD_BYTES / 2];
        bytes[..8].copy_from_slice(&self.sequence.to_be_bytes());
        bytes[8..].copy_from_slice(&self.hash);
        bytes
    }
}

impl AuditHead {
    /// That of a log without entries.
    pub(crate) fn empty(kind: AuditKind) -> AuditHead {
        AuditHead { anchor: AuditEnd::beginning(kind), end: AuditEnd::beginning(kind) }
    }

    pub(crate) fn to_bytes(self) -> Vec<u8> {
        [self.anchor.to_bytes(), self.end.to_bytes()].concat()
    }

    pub(crate) fn read(bytes: &[u8]) -> Option<AuditHead> {
        if bytes.len() != HEAD_BYTES {
            return None;
        }
        let (anchor, end) = bytes.split_at(HEAD_BYTES / 2);
        Some(AuditHead { anchor: AuditEnd::read(anchor)?, end: AuditEnd::read(end)? })
    }
}
