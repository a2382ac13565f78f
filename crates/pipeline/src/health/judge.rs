//! What is wrong with a source now; pure.

use jiff::{SignedDuration, Timestamp};
use model::SystemErrorType;
use store::SourceState;

use super::WatchedSource;

/// A source whose logs could not be read counts as well again after so long without another such log.
pub(super) const WELL_AFTER: SignedDuration = SignedDuration::from_hours(24);

/// Something that is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Wrong {
    pub(super) kind: SystemErrorType,
    /// When it was last seen to be so; of silence, when it began.
    pub(super) since: Timestamp,
}

/// Everything that is wrong with a source now.
pub(super) fn judge(source: &WatchedSource, state: &SourceState, now: Timestamp) -> Vec<Wrong> {
    let lately = |at: &Timestamp| now.duration_since(*at) < WELL_AFTER;
    let unclassified = state.unclassified_at.filter(lately);
    let unreadable = state.unreadable_at.filter(lately);
    let silent = source.no_data_alarm.and_then(|longest| {
        let since = state.processed_at.max(state.known_at)?;
        let longest = SignedDuration::try_from(longest).unwrap_or(SignedDuration::MAX);
        (now.duration_since(since) >= longest).then_some(since)
    });
    [
        (SystemErrorType::SourceClassificationFailures, unclassified),
        (SystemErrorType::SourceLogProcessingErrors, unreadable),
        (SystemErrorType::SourceNoData, silent),
    ]
    .into_iter()
    .filter_map(|(kind, since)| since.map(|since| Wrong { kind, since }))
    .collect()
}
