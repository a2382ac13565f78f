//! The alert limiter: a detection that makes too many alerts stops making them, visibly.
//!
//! Only alerts about matches count; errors are grouped by exception class and so limit themselves. While a
//! detection is limited its matches are counted as signals and change no group, not even one whose alert is
//! open; its errors still alert. It stays limited until somebody clears `limited_at` (by enabling the
//! detection again), or the limiter is switched off.

use jiff::Timestamp;
use model::{DetectionState, RuleId};

use crate::{Limit, Settings, window};

/// The limit in force, if any: a count of 0 means none.
pub(crate) fn limit_of(settings: &Settings) -> Option<Limit> {
    settings.limit.filter(|limit| limit.count > 0)
}

/// A detection that nothing was said about.
pub(crate) fn unknown_state(rule_id: RuleId) -> DetectionState {
    DetectionState {
        rule_id,
        enabled_override: None,
        limited_at: None,
        limit_window_start: None,
        limit_window_alerts: 0,
    }
}

/// Counts one more alert. True when it is the one that reaches the limit: then the detection is limited.
///
/// A count that is full already, although the detection is not limited, is one that somebody switched on
/// again: it starts from nothing.
pub(crate) fn count_alert(state: &mut DetectionState, limit: Limit, at: Timestamp) -> bool {
    let goes_on = state.limit_window_start.is_some_and(|start| {
        at < window::end_of(start, limit.per) && state.limit_window_alerts < limit.count
    });
    if !goes_on {
        state.limit_window_start = Some(at);
        state.limit_window_alerts = 0;
    }
    state.limit_window_alerts += 1;
    let is_reached = state.limit_window_alerts >= limit.count;
    if is_reached {
        state.limited_at = Some(at);
    }
    is_reached
}
