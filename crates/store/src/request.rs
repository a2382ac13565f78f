//! What callers hand in and get back, beside the words of `model`.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;
use model::{
    Alert, AlertClass, AlertQuality, AlertStatus, AlertType, AttemptRecord, DeliveryId, DeliveryJob,
    DeliveryState, DestinationId, GroupKey, KvChange, LogType, LogTypeAccess, RecordFailure, RuleId,
    Severity, SourceId,
};

use crate::arrivals::Arrivals;
use crate::signals::{SignalChanges, SignalOutcome};
use crate::tables::SourceTrouble;

/// One decision to be made and written in one transaction.
#[derive(Clone, Debug, Default)]
pub struct LedgerRequest {
    /// Journal position that is processed once this is committed; when it is not beyond the stored one,
    /// the request is a replay and changes nothing. `None` for faults raised outside the pipeline.
    pub position: Option<u64>,
    /// Dedup groups that the decision needs.
    pub group_keys: Vec<GroupKey>,
    /// Detection states that the decision needs.
    pub rule_ids: Vec<RuleId>,
    /// Records that did not parse.
    pub failures: Vec<RecordFailure>,
    /// Counts to add.
    pub counters: Vec<CounterAdd>,
    /// What came in of each source.
    pub arrivals: Arrivals,
    /// Troubles of sources that begin, with the alerts about them.
    pub troubles: Vec<SourceTrouble>,
    /// Rows of the key-value store that detections changed, each key once.
    pub kv_changes: Vec<KvChange>,
    /// Signals, and what correlation rules made of them.
    pub signals: SignalChanges,
    /// Lease under which new deliveries are handed back; `None` leaves them to be claimed.
    pub lease: Option<Lease>,
    /// When it counts as done: acceptance time of the newest batch (never decreasing along the journal),
    /// or the time of the fault. Creation time of the deliveries.
    pub at: Timestamp,
}

/// The time for which a delivery belongs to one worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lease {
    /// From this moment on others may claim it.
    pub until: Timestamp,
}

/// A count to add to one series.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CounterAdd {
    /// Metric name, one of `model::metric`.
    pub name: &'static str,
    /// Labels in Prometheus text form: `source="okta",log_type="Okta.SystemLog"`; empty for none.
    pub label: String,
    /// How many.
    pub add: u64,
}

/// A stored count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counter {
    /// Metric name.
    pub name: String,
    /// Labels as they were given.
    pub label: String,
    /// The sum so far, over all runs of the server.
    pub value: u64,
}

/// What a commit came to.
#[derive(Clone, Debug, Default)]
pub struct Committed {
    /// `false`: the position was passed before (a replay) and nothing was changed.
    pub applied: bool,
    /// New deliveries, leased; empty when no lease was asked for.
    pub jobs: Vec<DeliveryJob>,
    /// New alerts, in the order of the decision.
    pub new_alerts: Vec<Arc<Alert>>,
    /// Keys whose rows in the key-value store had to make room.
    pub kv_evicted: Vec<String>,
    /// What became of signals.
    pub signals: SignalOutcome,
}

/// What came of one attempt, and how the delivery goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttemptOutcome {
    /// The delivery.
    pub delivery_id: DeliveryId,
    /// The attempt.
    pub record: AttemptRecord,
    /// What next.
    pub next: Next,
}

/// How a delivery goes on after an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// The destination took it.
    Delivered {
        /// What the destination calls the message.
        remote_id: Option<String>,
        /// Link to the message.
        remote_url: Option<String>,
    },
    /// Try again at this time.
    RetryAt(Timestamp),
    /// Given up.
    Failed,
}

/// Which alerts to list; empty lists and `None` do not restrict.
#[derive(Clone, Debug, Default)]
pub struct AlertFilter {
    /// Class (`type` of the API).
    pub class: Option<AlertClass>,
    /// Types (`sub-type` of the API).
    pub types: BTreeSet<AlertType>,
    /// Created at or after.
    pub created_after: Option<Timestamp>,
    /// Created at or before.
    pub created_before: Option<Timestamp>,
    /// Of this detection.
    pub detection_id: Option<RuleId>,
    /// Whose events are grouped by exactly this text.
    pub dedup: Option<String>,
    /// Case-insensitive substring of the title, or of the detection's id or display name.
    pub name_contains: Option<String>,
    /// With an event of one of these sources.
    pub source_ids: BTreeSet<SourceId>,
    /// With an event of one of these log types.
    pub log_types: BTreeSet<LogType>,
    /// In one of these states.
    pub statuses: BTreeSet<AlertStatus>,
    /// Of one of these severities.
    pub severities: BTreeSet<Severity>,
    /// Assigned to one of these; the empty text stands for nobody.
    pub assignees: BTreeSet<String>,
    /// At least so many events.
    pub event_count_min: Option<u64>,
    /// At most so many events.
    pub event_count_max: Option<u64>,
    /// What whoever asks may see: alerts all of whose log types are among this.
    pub visible: LogTypeAccess,
    /// Order by creation time, then id.
    pub sort: SortDirection,
}

/// Which deliveries to list; `None` does not restrict.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeliveryFilter {
    /// Where they stand.
    pub state: Option<DeliveryState>,
    /// Of this destination.
    pub destination: Option<DestinationId>,
    /// What whoever asks may see: deliveries of alerts all of whose log types are among this.
    pub visible: LogTypeAccess,
}

/// Order of a list by time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SortDirection {
    /// Oldest first.
    Ascending,
    /// Newest first.
    #[default]
    Descending,
}

/// Which part of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageRequest {
    /// `next` of the page before; `None` for the first page.
    pub cursor: Option<String>,
    /// At most so many items; 0 counts as 1, more than [`crate::PAGE_ITEMS_MAX`] as that.
    pub limit: usize,
}

impl PageRequest {
    /// The first `limit` items.
    pub fn first(limit: usize) -> Self {
        Self { cursor: None, limit }
    }
}

/// Part of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// The items.
    pub items: Vec<T>,
    /// Cursor of the next page; `None` on the last.
    pub next: Option<String>,
}

/// Changes to alerts by a person or a program; `None` leaves as is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AlertChange {
    /// New status.
    pub status: Option<AlertStatus>,
    /// New assignee; `Some(None)` un-assigns.
    pub assignee: Option<Option<String>>,
    /// What it turned out to be; `Some(None)` takes that back.
    pub quality: Option<Option<AlertQuality>>,
    /// All words that people put on it.
    pub context_tags: Option<Vec<String>>,
}

/// Something that an operator changed, perhaps from another process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Number of the change; grows.
    pub version: u64,
    /// What kind of thing.
    pub topic: ChangeTopic,
    /// Its id.
    pub id: String,
}

/// Kind of thing that a [`Change`] is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeTopic {
    /// A detection was switched on or off, or its limiter was cleared; `id` is the rule id.
    Detection,
    /// A token was made or revoked; `id` is its id.
    Token,
    /// A delivery was asked for by hand or again; `id` is its id, or that of the destination whose failed
    /// deliveries were.
    Delivery,
    /// A stored destination was made, changed or deleted; `id` is its id.
    Destination,
    /// Detection content was changed by the API; `id` is the number of the change.
    Content,
    /// A role was made, changed or deleted; `id` is its id.
    Role,
    /// A user was made, changed or deleted; `id` is its id.
    User,
    /// A stored log source was made, changed or deleted; `id` is its id.
    Source,
    /// A stored schema was made, changed or archived; `id` is its name.
    Schema,
    /// Settings or an identity provider were changed; `id` is the name of the group, or that of the provider.
    Settings,
}

/// What may go; each `None` keeps everything of that kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Retention {
    /// Kept events of alerts stored before this time go.
    pub alert_events_before: Option<Timestamp>,
    /// Record failures received before this time go.
    pub failures_before: Option<Timestamp>,
    /// Volumes of quarters of an hour before this time become those of hours.
    pub quarters_before: Option<Timestamp>,
    /// Volumes of hours before this time go.
    pub hours_before: Option<Timestamp>,
}

/// What went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Purged {
    /// Kept events.
    pub alert_events: u64,
    /// Record failures.
    pub failures: u64,
    /// Dedup groups that never made an alert and whose window is over.
    pub groups: u64,
    /// Rows of the key-value store that expired long ago.
    pub kv_rows: u64,
    /// Sessions, links, assertions and counts of failed sign-ins that are over.
    pub sign_in: u64,
    /// Volumes, each of one hour, source and log type.
    pub volumes: u64,
}

/// Kept events of an alert.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AlertEventPage {
    /// JSON texts, in order.
    pub events: Vec<String>,
    /// How many events are kept in all; fewer than the alert's `event_count` means: the rest was cut.
    pub kept: u64,
    /// Where the next page begins; `None` on the last.
    pub next_offset: Option<u64>,
}
