//! Signals and the course of correlation rules, as callers hand them in and get them back.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use model::{LogType, RuleId, SourceId};

use crate::error::StoreError;

/// Level of compression: events of signals are written far more often than read.
const COMPRESSION_LEVEL: i32 = 1;

/// Values by the text of the path at which they are.
pub type FieldValues = Vec<(String, Vec<String>)>;

/// What a commit changes about signals; empty by default.
#[derive(Clone, Debug, Default)]
pub struct SignalChanges {
    /// Signals to keep; one that is there already (same rule and row) stays as it is.
    pub new: Vec<NewSignal>,
    /// So many are kept of each rule, the newest; 0 = [`crate::SIGNALS_KEPT_MAX`].
    pub kept_max: u64,
    /// Signals that are now part of a reported match.
    pub reported: Vec<ReportedMatch>,
    /// How far a correlation rule has got.
    pub run: Option<CorrelationRun>,
}

/// A signal to be kept.
#[derive(Clone, Debug)]
pub struct NewSignal {
    /// The rule that matched.
    pub rule_id: RuleId,
    /// `p_row_id` of the event.
    pub row_id: Arc<str>,
    /// When the event happened.
    pub event_at: Timestamp,
    /// Acceptance time of the event.
    pub accepted_at: Timestamp,
    /// Log type of the event.
    pub log_type: LogType,
    /// Source of the event.
    pub source_id: SourceId,
    /// What correlation rules match on; a path without values is there with none.
    pub values: FieldValues,
    /// The event.
    pub event: PackedEvent,
}

/// An event as it is stored.
#[derive(Clone, Debug)]
pub struct PackedEvent {
    pub(crate) data: Vec<u8>,
    pub(crate) raw_bytes: usize,
}

/// Compresses events; one serves many.
pub struct EventPacker(zstd::bulk::Compressor<'static>);

impl EventPacker {
    /// A new packer.
    ///
    /// # Errors
    /// When there is no memory for it.
    pub fn try_new() -> Result<Self, StoreError> {
        Ok(Self(zstd::bulk::Compressor::new(COMPRESSION_LEVEL).map_err(sqlx::Error::Io)?))
    }

    /// Compresses the JSON text of an event.
    ///
    /// # Errors
    /// When there is no memory for it.
    pub fn pack(&mut self, json: &str) -> Result<PackedEvent, StoreError> {
        let data = self.0.compress(json.as_bytes()).map_err(sqlx::Error::Io)?;
        Ok(PackedEvent { data, raw_bytes: json.len() })
    }
}

/// Signals of one combination of values that a correlation rule reported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportedMatch {
    /// The correlation rule.
    pub rule_id: RuleId,
    /// Digest of the values.
    pub match_key: String,
    /// The signals; those that are not kept any more are passed over.
    pub signal_ids: Vec<u64>,
}

/// How far a correlation rule has got.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CorrelationRun {
    /// The correlation rule.
    pub rule_id: RuleId,
    /// Version of its detection when it last ran.
    pub version: String,
    /// Signals up to this id were looked at.
    pub last_signal_id: u64,
    /// When it last ran on its schedule; `None` = not yet.
    pub last_run_at: Option<Timestamp>,
}

/// The place of a signal in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SignalMark {
    /// Id of the signal.
    pub id: u64,
    /// When its event happened.
    pub event_at: Timestamp,
}

/// A kept signal, without its event.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredSignal {
    /// Grows in the order of commits.
    pub id: u64,
    /// `p_row_id` of the event.
    pub row_id: Arc<str>,
    /// When the event happened.
    pub event_at: Timestamp,
    /// Acceptance time of the event.
    pub accepted_at: Timestamp,
    /// What correlation rules matched on when it was kept.
    pub values: FieldValues,
}

/// What became of signals in a commit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SignalOutcome {
    /// Whether there are new ones.
    pub any_new: bool,
    /// Older ones that made room, by rule.
    pub dropped: BTreeMap<RuleId, u64>,
}
