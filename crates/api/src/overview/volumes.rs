//! Events and bytes over time, of the log types that bring most.

use std::collections::BTreeMap;

use api_types::{OverviewVolume, OverviewVolumes};
use model::{LogType, LogTypeAccess};
use store::{IntervalVolume, StoreError, VolumesOf};

use super::Span;
use crate::state::ApiState;

/// Log types that are told of by themselves.
const LOG_TYPES_MAX: usize = 8;

pub(super) async fn of_log_types(
    state: &ApiState,
    span: Span,
    access: &LogTypeAccess,
) -> Result<OverviewVolumes, StoreError> {
    let volumes = state.store.count_volumes(VolumesOf::LogTypes, span.from, span.now, span.interval).await?;
    let intervals = span.interval_count();
    let mut by_type: BTreeMap<LogType, OverviewVolume> = BTreeMap::new();
    for IntervalVolume { interval, log_type, volume, .. } in volumes {
        let Some(log_type) = log_type.filter(|log_type| access.permits(log_type)) else { continue };
        let of_type = by_type.entry(log_type).or_insert_with(|| empty(intervals));
        let Some(number) = usize::try_from(interval).ok().filter(|number| *number < intervals) else {
            continue;
        };
        of_type.events[number] += volume.events;
        of_type.bytes[number] += volume.bytes;
    }
    let mut log_types: Vec<OverviewVolume> = by_type
        .into_iter()
        .map(|(log_type, volume)| OverviewVolume { log_type: Some(log_type.to_string()), ..volume })
        .collect();
    // The sort is stable: among equals the order is that of the names.
    log_types.sort_by_key(|volume| std::cmp::Reverse(volume.events.iter().sum::<u64>()));
    let rest = log_types.split_off(log_types.len().min(LOG_TYPES_MAX));
    let others = (!rest.is_empty()).then(|| rest.iter().fold(empty(intervals), added));
    Ok(OverviewVolumes { log_types, others })
}

fn empty(intervals: usize) -> OverviewVolume {
    OverviewVolume { log_type: None, events: vec![0; intervals], bytes: vec![0; intervals] }
}

fn added(mut sum: OverviewVolume, volume: &OverviewVolume) -> OverviewVolume {
    sum.events.iter_mut().zip(&volume.events).for_each(|(sum, more)| *sum += more);
    sum.bytes.iter_mut().zip(&volume.bytes).for_each(|(sum, more)| *sum += more);
    sum
}
