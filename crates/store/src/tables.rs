//! The SQL, one file per table.

pub(crate) mod alert_events;
pub(crate) mod alert_list;
pub(crate) mod alerts;
pub(crate) mod changes;
pub(crate) mod correlation;
pub(crate) mod counters;
pub(crate) mod dedup_groups;
pub(crate) mod deliveries;
pub(crate) mod delivery_attempts;
pub(crate) mod delivery_list;
pub(crate) mod delivery_queue;
pub(crate) mod destinations;
pub(crate) mod detection_states;
pub(crate) mod kv_rows;
pub(crate) mod position;
pub(crate) mod record_failures;
pub(crate) mod roles;
pub(crate) mod schemas;
pub(crate) mod sealing;
pub(crate) mod signals;
pub(crate) mod sources;
pub(crate) mod token_changes;
pub(crate) mod tokens;
pub(crate) mod users;

pub use alert_events::EVENTS_KEPT_MAX;
pub use delivery_attempts::ATTEMPTS_KEPT_MAX;
pub use destinations::{DestinationSettings, StoredDestination};
pub use kv_rows::KV_ROWS_MAX;
pub use record_failures::FAILURES_KEPT_MAX;
pub use roles::ROLES_MAX;
pub use schemas::SCHEMAS_MAX;
pub use signals::SIGNALS_KEPT_MAX;
pub use sources::SOURCES_MAX;
pub use token_changes::TOKENS_MAX;
