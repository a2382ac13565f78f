//! The metadata database: dedup groups, alerts and their kept events, deliveries and their attempts,
//! record failures, roles, users, how they sign in, identity providers, settings, tokens, detection states, stored destinations,
//! log sources and schemas, detection content made by the API, the key-value rows of detections, signals
//! and the course of correlation rules, counters, volumes and the state of sources, the audit log, and the
//! journal position.
//!
//! Layer 2. All SQL of the product's metadata is here; domain types go in and come out, and nothing that
//! only SQLite has is visible outside. Writes go through one task ([`Store::commit`] and its kin return
//! after the fsync of the transaction); reads have connections of their own and never wait for a writer.
//!
//! Guarantees:
//! - A commit is all or nothing: position, counters, volumes, failures, key-value rows, signals, groups, alerts,
//!   kept events and deliveries.
//! - Committing a journal position a second time changes nothing.
//! - After an error nothing of the request is stored, and the database stays usable, also on a full disk.
//! - Entries of the audit log are bound to each other; what is changed, removed or put among them is found.
//! - No secret is stored in clear: of a token, a session and a link only its digest, of a password its argon2id
//!   hash, of a second factor its secret, sealed, of a destination its configuration
//!   and of a log source and an identity provider its secrets, sealed.

mod access;
mod alert_change;
mod alert_index;
mod arrivals;
mod audit;
mod checkpoint;
mod content;
mod cursor;
mod error;
mod identities;
mod intake;
mod ledger;
mod opaque;
mod people;
mod provisioning;
mod request;
mod retention;
mod rows;
mod saved_view;
mod secrets;
mod settings;
mod sign_in;
mod signals;
mod snapshot;
mod store;
mod tables;
mod tally;
mod writer;

#[cfg(test)]
mod tests;

pub use alert_index::{AlertNews, AlertWatch};
pub use arrivals::{
    Arrivals, HOURS_KEPT, IntervalVolume, QUARTER, QUARTERS_KEPT, SourceMark, SourceState, Volume, VolumeAdd,
    quarter_of,
};
pub use audit::{
    AUDIT_ENTRY_BYTES_MAX, AUDIT_SCAN_MAX, AuditEntry, AuditFilter, AuditKind, AuditProblem, AuditVerdict,
    NewAuditEntry,
};
pub use content::{
    ChangedItem, ContentChange, ContentChangeKind, ContentChanged, ContentFileData, ContentText,
    ContentVersion, NewContentChange, StoredContent, content_digest,
};
pub use cursor::PAGE_ITEMS_MAX;
pub use error::{StoreError, StoreErrorKind};
pub use identities::{
    ArrivalChange, ArrivalError, ArrivalForm, Arrived, IDENTITIES_PER_USER_MAX, Identity, PEOPLE_MAX,
    StoredIdentity, StoredMetadata,
};
pub use intake::{IntakeError, SchemaForm, SourceSettings, StoredSchema, StoredSource, StreamOptions};
pub use people::{
    Grant, KnownToken, NewToken, NewUser, PeopleError, RoleChange, RoleForm, RoleKey, Token, TokenForm,
    UserFilter, UserForm,
};
pub use provisioning::{NewProvisioned, Provisioned, ProvisionedForm, ProvisionedTerm, Slice};
pub use request::{
    AlertChange, AlertEventPage, AlertFilter, AttemptOutcome, Change, ChangeTopic, Committed, Counter,
    CounterAdd, DeliveryFilter, Lease, LedgerRequest, Next, Page, PageRequest, Purged, Retention,
    SortDirection,
};
pub use saved_view::{NewView, SavedView, ViewChange};
pub use secrets::{KEY_FILE, KeyRing, Sealed, SecretsError};
pub use settings::{IDENTITY_PROVIDERS_MAX, IdentityProviderError, SettingsGroup, StoredIdentityProvider};
pub use sign_in::{
    ACCOUNT_FAILURES_MAX, Account, Attempt, FAILURE_WINDOW, INVITATION_LIFE, KnownSession, LinkPurpose,
    NETWORK_FAILURES_MAX, NewSession, OpenedSession, RESET_LIFE, SESSION_IDLE_MAX, SESSION_LIFE_MAX,
    SESSIONS_PER_USER_MAX, Session, SignInError, Totp,
};
pub use signals::{
    CorrelationRun, EventPacker, FieldValues, NewSignal, PackedEvent, ReportedMatch, SignalChanges,
    SignalMark, SignalOutcome, StoredSignal,
};
pub use snapshot::copy_database;
pub use store::{DATABASE_FILE, Store};
pub use tables::{
    ATTEMPTS_KEPT_MAX, AlertCount, COMMENTS_MAX, CONTENT_VERSIONS_KEPT_MAX, DestinationSettings,
    EVENTS_KEPT_MAX, FAILED_COUNTED_MAX, FAILURES_KEPT_MAX, KV_ROWS_MAX, ROLES_MAX, SCHEMAS_MAX,
    SHARED_VIEWS_MAX, SIGNALS_KEPT_MAX, SOURCES_MAX, SourceTrouble, StoredDestination, TOKENS_MAX,
    VIEWS_PER_USER_MAX, VolumesOf,
};
pub use tally::{AlertTally, DetectionTally, TallySpan, Waiting};
