//! `/internal/log-sources`: every log source with how it does and how much came in lately.

use std::collections::BTreeMap;
use std::time::Duration;

use api_types::{
    SourceAlarmOverview, SourceAmount, SourceOverview, SourceOverviewPage, SourceTrouble, SourceVolume,
    wire_time,
};
use axum::Json;
use axum::extract::State;
use jiff::{SignedDuration, Timestamp};
use model::{LogTypeAccess, SourceId};
use store::{IntervalVolume, StoreError, VolumesOf};

use crate::auth::{Caller, LogSourceRead};
use crate::error::ApiError;
use crate::intake_admin::HttpSourceView;
use crate::source_alarms::{alarm_word, minutes};
use crate::source_health::SourceHealth;
use crate::state::ApiState;

/// Sources that one answer lists. More than are stored by the API; the file may declare as many as it likes.
const LISTED_MAX: usize = 2_000;
/// Hours of which each is counted for itself.
const HOURS: usize = 24;
/// Hours of a week.
const WEEK_HOURS: i64 = 7 * 24;
const HOUR: SignedDuration = SignedDuration::from_hours(1);

/// The audit log among the sources: its id, its name, and its log type.
const AUDIT_LOG: (&str, &str, &str) = ("audit", "Audit log", "Panther.Audit");

/// Lists log sources of every kind by label.
#[utoipa::path(get, path = "/internal/log-sources", tag = "console", operation_id = "list_log_sources",
    responses((status = 200, body = SourceOverviewPage)))]
pub(crate) async fn list_sources(
    caller: Caller<LogSourceRead>,
    State(state): State<ApiState>,
) -> Result<Json<SourceOverviewPage>, ApiError> {
    let views = state.source_admin.list();
    let moment = Moment {
        health: SourceHealth::load(&state).await?,
        alarms: state.store.source_alarms().await?,
        volumes: volumes(&state).await?,
        access: &caller.rights.log_types,
    };
    let mut results: Vec<SourceOverview> = views.iter().map(|view| moment.overview(view)).collect();
    results.extend(moment.audit_log(&state));
    results.sort_by(|a, b| a.label.cmp(&b.label));
    let total = results.len() as u64;
    results.truncate(LISTED_MAX);
    Ok(Json(SourceOverviewPage { results, total }))
}

/// All that is known of sources, at one moment, as one caller may see it.
struct Moment<'a> {
    health: SourceHealth,
    alarms: BTreeMap<SourceId, Duration>,
    volumes: BTreeMap<SourceId, SourceVolume>,
    access: &'a LogTypeAccess,
}

impl Moment<'_> {
    fn overview(&self, view: &HttpSourceView) -> SourceOverview {
        let HttpSourceView { source, no_data_alarm, created_at, created_by: _, updated_at } = view;
        let id = SourceId::from(source.integration_id.as_str());
        let last = self.health.state_of(id.as_str());
        let threshold = no_data_alarm.or_else(|| self.alarms.get(&id).copied());
        SourceOverview {
            id: source.integration_id.clone(),
            label: source.integration_label.clone(),
            source_type: "http-ingest".to_owned(),
            log_types: source.log_types.clone(),
            auth_method: Some(source.auth_method.clone()),
            is_healthy: self.health.is_well(view),
            problem: source.problem.clone(),
            warnings: source.warnings.clone(),
            troubles: self.troubles(&id),
            provisioned: source.provisioned,
            created_at: created_at.map(wire_time),
            updated_at: updated_at.map(wire_time),
            last_event_received_at: last.received_at.map(wire_time),
            last_event_processed_at: last.processed_at.map(wire_time),
            alarm: threshold.map(|threshold| SourceAlarmOverview {
                minutes_threshold: minutes(threshold),
                state: alarm_word(&self.health, &id).to_owned(),
                provisioned: no_data_alarm.is_some(),
            }),
            volume: self.access.permits_all(&source.log_types).then(|| self.volume(&id)),
        }
    }

    /// The audit log, while its entries are events.
    fn audit_log(&self, state: &ApiState) -> Option<SourceOverview> {
        let (id, label, log_type) = AUDIT_LOG;
        let id = SourceId::from(id);
        let is_source = state.source_ids.load().contains(&id);
        let is_http = state.source_admin.list().iter().any(|it| it.source.integration_id == id.as_str());
        let last = self.health.state_of(id.as_str());
        (is_source && !is_http).then(|| SourceOverview {
            id: id.to_string(),
            label: label.to_owned(),
            source_type: "audit-log".to_owned(),
            log_types: vec![log_type.into()],
            auth_method: None,
            is_healthy: self.health.is_untroubled(id.as_str()),
            problem: None,
            warnings: Vec::new(),
            troubles: self.troubles(&id),
            provisioned: true,
            created_at: None,
            updated_at: None,
            last_event_received_at: last.received_at.map(wire_time),
            last_event_processed_at: last.processed_at.map(wire_time),
            alarm: None,
            volume: self.access.permits(&log_type.into()).then(|| self.volume(&id)),
        })
    }

    fn troubles(&self, id: &SourceId) -> Vec<SourceTrouble> {
        let troubles = self.health.troubles_of(id).map(|it| SourceTrouble {
            trouble_type: it.kind.as_str().to_owned(),
            since: wire_time(it.since),
            alert_id: it.alert_id.to_string(),
        });
        troubles.collect()
    }

    fn volume(&self, id: &SourceId) -> SourceVolume {
        self.volumes.get(id).cloned().unwrap_or_else(SourceVolume::none)
    }
}

/// What came in from all sources: within 24 hours by the hour, and within 7 days.
async fn volumes(state: &ApiState) -> Result<BTreeMap<SourceId, SourceVolume>, StoreError> {
    let now = state.clock.now();
    let hour = hour_of(now);
    let back = |hours: i64| hour.saturating_sub(SignedDuration::from_hours(hours)).unwrap_or(Timestamp::MIN);
    let day_begins = back(HOURS as i64 - 1);
    let week_begins = back(WEEK_HOURS - 1);
    let before_day = back(HOURS as i64).saturating_add(SignedDuration::from_mins(59)).unwrap_or(day_begins);
    let mut found: BTreeMap<SourceId, SourceVolume> = BTreeMap::new();
    for of in [VolumesOf::LogTypes, VolumesOf::Bodies] {
        for volume in state.store.count_volumes(of, day_begins, now, HOUR).await? {
            let sums = found.entry(volume.source_id.clone()).or_insert_with(SourceVolume::none);
            let hour = usize::try_from(volume.interval).unwrap_or(usize::MAX);
            if let (VolumesOf::LogTypes, Some(events)) = (of, sums.hourly_events.get_mut(hour)) {
                *events += volume.volume.events;
            }
            add(&mut sums.day, of, &volume);
            add(&mut sums.week, of, &volume);
        }
        let whole = SignedDuration::from_hours(WEEK_HOURS);
        for volume in state.store.count_volumes(of, week_begins, before_day, whole).await? {
            let sums = found.entry(volume.source_id.clone()).or_insert_with(SourceVolume::none);
            add(&mut sums.week, of, &volume);
        }
    }
    Ok(found)
}

/// Events are those that fit log types; bytes and failures are of whole bodies.
pub(super) fn add(sum: &mut SourceAmount, of: VolumesOf, volume: &IntervalVolume) {
    match of {
        VolumesOf::LogTypes => sum.events += volume.volume.events,
        VolumesOf::Bodies => {
            sum.bytes += volume.volume.bytes;
            sum.failures += volume.volume.failures;
        }
    }
}

/// When the hour of a moment began.
pub(super) fn hour_of(at: Timestamp) -> Timestamp {
    let seconds = at.as_second() - at.as_second().rem_euclid(HOUR.as_secs());
    Timestamp::from_second(seconds).unwrap_or(Timestamp::MIN)
}

/// Nothing came.
trait Nothing {
    fn none() -> Self;
}

impl Nothing for SourceVolume {
    fn none() -> SourceVolume {
        SourceVolume { hourly_events: vec![0; HOURS], ..SourceVolume::default() }
    }
}
