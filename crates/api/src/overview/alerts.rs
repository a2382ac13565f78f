//! Alerts that wait, alerts over time, and the detections that make most.

use api_types::{
    OverviewAge, OverviewAlerts, OverviewDetection, OverviewErrors, OverviewSeverity, OverviewWaiting,
    wire_time,
};
use jiff::{SignedDuration, Timestamp};
use model::{LogTypeAccess, Severity};
use store::{DetectionTally, StoreError, TallySpan, Waiting};

use super::{Span, hours_before};
use crate::served::Served;
use crate::state::ApiState;

/// Bounds of ages, in hours, the youngest first.
const AGES_HOURS: [u32; 3] = [1, 24, 168];
/// Detections that are told of.
const NOISY_MAX: usize = 10;

pub(super) async fn count(
    state: &ApiState,
    span: Span,
    access: &LogTypeAccess,
) -> Result<OverviewAlerts, StoreError> {
    let ages: Vec<Timestamp> = AGES_HOURS.iter().map(|hours| hours_before(span.now, *hours)).collect();
    let counted = TallySpan {
        before: span.before(),
        from: span.from,
        to: span.now,
        interval: span.interval,
        ages: ages.clone(),
        detections_max: NOISY_MAX,
    };
    let tally = state.store.tally_alerts(counted, access).await?;
    let served = (state.served)();
    let mut waiting: Vec<OverviewWaiting> = Severity::ALL
        .iter()
        .zip(tally.alerts)
        .map(|(severity, found)| waiting_of(*severity, found))
        .collect();
    let over_time = Severity::ALL.iter().zip(tally.over_time).map(|(severity, mut counts)| {
        counts.resize(span.interval_count(), 0);
        OverviewSeverity { severity: severity.to_string(), counts }
    });
    let mut over_time: Vec<OverviewSeverity> = over_time.collect();
    waiting.reverse();
    over_time.reverse();
    Ok(OverviewAlerts {
        ages: bounds(&ages),
        waiting,
        detection_errors: errors_of(&tally.detection_errors),
        system_errors: errors_of(&tally.system_errors),
        over_time,
        noisy: tally.detections.into_iter().map(|it| noisy(&served, it)).collect(),
    })
}

/// From where ages begin to what lists of alerts are asked with: both bounds included.
fn bounds(ages: &[Timestamp]) -> Vec<OverviewAge> {
    let just_before =
        |at: &Timestamp| at.saturating_sub(SignedDuration::from_nanos(1)).unwrap_or(Timestamp::MIN);
    let hours = AGES_HOURS.iter().map(Some).chain([None]);
    hours
        .enumerate()
        .map(|(number, hours_max)| OverviewAge {
            hours_max: hours_max.copied(),
            created_after: ages.get(number).map(|at| wire_time(*at)),
            created_before: number
                .checked_sub(1)
                .and_then(|younger| ages.get(younger))
                .map(|at| wire_time(just_before(at))),
        })
        .collect()
}

fn waiting_of(severity: Severity, found: Waiting) -> OverviewWaiting {
    let Waiting { counts, oldest } = found;
    OverviewWaiting { severity: severity.to_string(), counts, oldest: oldest.map(wire_time) }
}

fn errors_of(found: &Waiting) -> OverviewErrors {
    OverviewErrors { count: found.counts.iter().sum(), oldest: found.oldest.map(wire_time) }
}

fn noisy(served: &Served, tally: DetectionTally) -> OverviewDetection {
    let DetectionTally { id, alerts, events, waiting, alerts_before } = tally;
    let detection = served.detections.get(&id);
    let name = detection.and_then(|detection| detection.display_name.clone());
    OverviewDetection {
        name: name.unwrap_or_else(|| id.to_string()),
        exists: detection.is_some(),
        id: id.to_string(),
        alerts,
        events,
        waiting,
        alerts_before,
    }
}
