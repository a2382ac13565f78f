//! The SQL, one file per table.

pub(crate) mod alert_comments;
pub(crate) mod alert_events;
pub(crate) mod alert_heads;
pub(crate) mod alert_history;
pub(crate) mod alert_list;
pub(crate) mod alerts;
pub(crate) mod changes;
pub(crate) mod content_changes;
pub(crate) mod content_items;
pub(crate) mod content_versions;
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
pub(crate) mod signals;
pub(crate) mod tokens;

pub use alert_comments::COMMENTS_MAX;
pub use alert_events::EVENTS_KEPT_MAX;
pub use content_versions::CONTENT_VERSIONS_KEPT_MAX;
pub use delivery_attempts::ATTEMPTS_KEPT_MAX;
pub use destinations::{DestinationSettings, StoredDestination};
pub use kv_rows::KV_ROWS_MAX;
pub use record_failures::FAILURES_KEPT_MAX;
pub use signals::SIGNALS_KEPT_MAX;
