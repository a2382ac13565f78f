//! What can go wrong, by what the caller can do about it.

use std::path::PathBuf;
use std::sync::Arc;

use model::{AlertId, DeliveryId, DeliveryState, DestinationId};

use crate::identities::ArrivalError;
use crate::intake::IntakeError;
use crate::people::PeopleError;
use crate::secrets::SecretsError;
use crate::settings::IdentityProviderError;
use crate::sign_in::SignInError;

/// Why the database did not do what was asked. After an error nothing of the request is stored.
#[derive(Clone, Debug, thiserror::Error)]
pub enum StoreError {
    /// The folder or the file could not be made or opened.
    #[error("the database `{path}` could not be opened; see that its folder exists and is writable")]
    Open {
        /// The database file.
        path: PathBuf,
        /// The cause.
        #[source]
        source: Arc<dyn std::error::Error + Send + Sync>,
    },
    /// A newer Margay wrote this database.
    #[error(
        "the database has schema version {found} and this program knows versions up to {known}; start the newer program"
    )]
    NewerDatabase {
        /// Version in the file.
        found: i64,
        /// Newest version that this program knows.
        known: i64,
    },
    /// The disk is full. Works again as soon as there is space.
    #[error("the disk of the database is full; free some space")]
    DiskFull {
        /// The cause.
        #[source]
        source: Arc<sqlx::Error>,
    },
    /// Another process kept the database locked for too long.
    #[error("the database is locked by another process; try again")]
    Busy {
        /// The cause.
        #[source]
        source: Arc<sqlx::Error>,
    },
    /// The disk or the file system refused to read or write.
    #[error("the disk of the database cannot be read or written")]
    Io {
        /// The cause.
        #[source]
        source: Arc<sqlx::Error>,
    },
    /// The database is closing or closed.
    #[error("the database is closed; send again when the server is back")]
    Closed,
    /// No alert has this id; nothing was changed.
    #[error("alert `{id}` does not exist")]
    UnknownAlert {
        /// What was asked for.
        id: AlertId,
    },
    /// There are as many as there may be.
    #[error("there are {max} {what} already, and that is the limit")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// How many there may be.
        max: u64,
    },
    /// No delivery has this id.
    #[error("delivery `{id}` does not exist")]
    UnknownDelivery {
        /// What was asked for.
        id: DeliveryId,
    },
    /// No token that is still valid has this id or name.
    #[error("token `{id}` does not exist or is revoked already")]
    UnknownToken {
        /// What was asked for: id or name.
        id: String,
    },
    /// Several valid tokens have this name.
    #[error("{count} tokens are named `{name}`; name one by its id")]
    AmbiguousToken {
        /// The name.
        name: String,
        /// How many have it.
        count: usize,
    },
    /// Only a failed delivery can be tried once more.
    #[error("delivery `{id}` is `{}`; only a failed delivery can be tried again", .state.as_str())]
    NotFailed {
        /// The delivery.
        id: DeliveryId,
        /// Where it stands.
        state: DeliveryState,
    },
    /// No stored destination has this id.
    #[error("no destination `{id}` is stored")]
    UnknownDestination {
        /// What was asked for.
        id: DestinationId,
    },
    /// Another destination has this name.
    #[error("the name `{name}` is taken by another destination; choose another")]
    NameTaken {
        /// The name.
        name: String,
    },
    /// Somebody else changed it after it was read.
    #[error("destination `{id}` was changed meanwhile; read it again and repeat the change")]
    ChangedMeanwhile {
        /// Which one.
        id: DestinationId,
    },
    /// No saved view has this id, or it is somebody else's own.
    #[error("no saved view `{id}`")]
    UnknownView {
        /// What was asked for.
        id: String,
    },
    /// The same person has another view of this name.
    #[error("there is a saved view `{name}` already; choose another name, or change that one")]
    ViewNameTaken {
        /// The name.
        name: String,
    },
    /// Another process changed the content after it was read.
    #[error("the content was changed meanwhile; repeat the change")]
    ContentChangedMeanwhile,
    /// The item has no such version, or it is not kept any more.
    #[error("`{id}` has no version {version}; list its versions to see which there are")]
    UnknownContentVersion {
        /// The item.
        id: String,
        /// What was asked for.
        version: u64,
    },
    /// A secret cannot be sealed or opened.
    #[error("{source}")]
    Secrets {
        /// The cause.
        source: SecretsError,
    },
    /// A role, a user or a token cannot be made or changed so.
    #[error("{source}")]
    People {
        /// The reason.
        #[from]
        source: PeopleError,
    },
    /// Somebody cannot sign in so, or a password cannot be set.
    #[error("{source}")]
    SignIn {
        /// The reason.
        #[from]
        source: SignInError,
    },
    /// Somebody whom an identity provider vouches for does not come in.
    #[error("{source}")]
    Arrival {
        /// The reason.
        #[from]
        source: ArrivalError,
    },
    /// A log source or a schema cannot be made or changed so.
    #[error("{source}")]
    Intake {
        /// The reason.
        #[from]
        source: IntakeError,
    },
    /// An identity provider cannot be made or changed so.
    #[error("{source}")]
    IdentityProvider {
        /// The reason.
        #[from]
        source: IdentityProviderError,
    },
    /// The cursor is not one that this list gave out.
    #[error("cursor `{cursor}` is not one of this list; begin without a cursor")]
    BadCursor {
        /// What was given.
        cursor: String,
    },
    /// A stored value cannot be read back.
    #[error("the database holds a value that cannot be read: {what}; restore a backup")]
    Corrupt {
        /// Table, column and reason.
        what: String,
    },
    /// The decision itself failed; a defect of the program.
    #[error("the decision about a batch panicked; please report this with the log")]
    DecisionPanicked,
    /// Anything else that the database said; a defect of the program.
    #[error("the database refused a statement")]
    Database {
        /// The cause.
        #[source]
        source: Arc<sqlx::Error>,
    },
}

/// Coarse kind of a [`StoreError`], to be mapped once to HTTP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoreErrorKind {
    /// It would give rights that the caller does not hold: 403.
    Forbidden,
    /// What was named does not exist: 404.
    NotFound,
    /// Its state forbids it: 409.
    Conflict,
    /// The request makes no sense: 400.
    Invalid,
    /// The disk is full: 503.
    StorageFull,
    /// Locked, closing, or the disk fails: 503.
    Unavailable,
    /// A defect, or a damaged file: 500.
    Internal,
}

impl StoreError {
    /// The coarse kind.
    pub fn kind(&self) -> StoreErrorKind {
        match self {
            Self::UnknownAlert { .. }
            | Self::UnknownDelivery { .. }
            | Self::UnknownDestination { .. }
            | Self::UnknownContentVersion { .. }
            | Self::UnknownView { .. }
            | Self::UnknownToken { .. } => StoreErrorKind::NotFound,
            Self::NotFailed { .. }
            | Self::AmbiguousToken { .. }
            | Self::NameTaken { .. }
            | Self::ViewNameTaken { .. }
            | Self::ContentChangedMeanwhile
            | Self::ChangedMeanwhile { .. } => StoreErrorKind::Conflict,
            Self::People { source } => source.kind(),
            Self::SignIn { source } => source.kind(),
            Self::Arrival { source } => source.kind(),
            Self::Intake { source } => source.kind(),
            Self::IdentityProvider { source } => source.kind(),
            Self::BadCursor { .. } | Self::TooMany { .. } => StoreErrorKind::Invalid,
            Self::DiskFull { .. } => StoreErrorKind::StorageFull,
            Self::Busy { .. } | Self::Io { .. } | Self::Closed => StoreErrorKind::Unavailable,
            Self::Open { .. }
            | Self::Secrets { .. }
            | Self::NewerDatabase { .. }
            | Self::Corrupt { .. }
            | Self::DecisionPanicked
            | Self::Database { .. } => StoreErrorKind::Internal,
        }
    }

    /// Whether the same request may succeed later without a change of program or data.
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::DiskFull { .. } | Self::Busy { .. } | Self::Io { .. } | Self::Closed)
    }

    /// Whether the whole transaction is lost: SQLite may have rolled it back by itself.
    pub(crate) fn ends_transaction(&self) -> bool {
        matches!(self, Self::DiskFull { .. } | Self::Busy { .. } | Self::Io { .. })
    }

    pub(crate) fn corrupt(what: impl Into<String>) -> Self {
        Self::Corrupt { what: what.into() }
    }
}

// Result codes of SQLite: <https://www.sqlite.org/rescode.html>. The low byte is the primary code.
const BUSY: i64 = 5;
const LOCKED: i64 = 6;
const IO_ERROR: i64 = 10;
const CORRUPT: i64 = 11;
const FULL: i64 = 13;
const CANNOT_OPEN: i64 = 14;
const NOT_A_DATABASE: i64 = 26;
/// The shared-memory file could not grow: a full disk.
const IO_ERROR_SHM_SIZE: i64 = 4874;

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        let code = error
            .as_database_error()
            .and_then(|database| database.code())
            .and_then(|code| code.parse::<i64>().ok());
        let is_disk_full =
            matches!(&error, sqlx::Error::Io(io) if io.kind() == std::io::ErrorKind::StorageFull);
        let what = error.to_string();
        let source = Arc::new(error);
        if is_disk_full {
            return Self::DiskFull { source };
        }
        match (code, code.map(|code| code & 0xff)) {
            (Some(IO_ERROR_SHM_SIZE), _) | (_, Some(FULL)) => Self::DiskFull { source },
            (_, Some(BUSY | LOCKED)) => Self::Busy { source },
            (_, Some(IO_ERROR | CANNOT_OPEN)) => Self::Io { source },
            (_, Some(CORRUPT | NOT_A_DATABASE)) => Self::Corrupt { what },
            _ => match &*source {
                sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed => Self::Closed,
                sqlx::Error::PoolTimedOut => Self::Busy { source },
                sqlx::Error::Io(_) => Self::Io { source },
                sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => Self::Corrupt { what },
                _ => Self::Database { source },
            },
        }
    }
}
