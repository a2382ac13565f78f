//! Counts of alerts over a span of time, as far as the caller may see them; counts of everything. How much logs came
//! in is in `volumes.rs`.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use model::{AlertStatus, AlertType, Permission, Severity, metric};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use store::AlertCount;

use super::alerts::time;
use super::call::{Answer, Call, Needs, ObjectField, Refusal, RootField};
use crate::intake_admin::HttpSourceView;

const READ: Needs = Needs::All(&[Permission::SummaryRead]);
/// Lengths of intervals that can be asked for, in minutes.
const INTERVALS_MINUTES: [i64; 7] = [15, 30, 60, 180, 360, 720, 1440];
/// Length of an interval when none is asked for, in minutes.
const INTERVAL_MINUTES_DEFAULT: i64 = 180;
/// Most intervals of one answer.
const INTERVALS_MAX: i64 = 10_000;

pub(super) const ROOTS: &[RootField] = &[
    RootField { name: "metrics", needs: READ, resolve: |call| Box::pin(metrics(call)) },
    RootField { name: "organizationStats", needs: READ, resolve: |call| Box::pin(organization_stats(call)) },
];

const fn counted(name: &'static str, resolve: super::call::Resolver) -> ObjectField {
    ObjectField { object: "MetricsOutput", name, resolve }
}

pub(super) const OBJECTS: &[ObjectField] = &[
    counted("alertsPerRule", |call| Box::pin(alerts_per_rule(call))),
    counted("alertsPerSeverity", |call| Box::pin(alerts_per_severity(call))),
    counted("totalAlerts", |call| Box::pin(total_alerts(call))),
];

/// A span of time, cut into intervals.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Span {
    pub(super) from_date: Timestamp,
    pub(super) to_date: Timestamp,
    interval_in_minutes: Option<i64>,
}

impl Span {
    fn check(self) -> Result<Span, Refusal> {
        let minutes = self.interval_in_minutes.unwrap_or(INTERVAL_MINUTES_DEFAULT);
        if !INTERVALS_MINUTES.contains(&minutes) {
            let legal = INTERVALS_MINUTES.map(|minutes| minutes.to_string()).join(", ");
            return Err(Refusal::bad_input(format!(
                "`intervalInMinutes` is `{minutes}`; use one of {legal}"
            )));
        }
        let length = self.to_date.duration_since(self.from_date);
        if length.is_negative() {
            return Err(Refusal::bad_input("`toDate` lies before `fromDate`"));
        }
        if length.as_mins() / minutes > INTERVALS_MAX {
            return Err(Refusal::bad_input(format!(
                "the span has more than {INTERVALS_MAX} intervals; ask for a shorter span, or for longer intervals"
            )));
        }
        Ok(Span { interval_in_minutes: Some(minutes), ..self })
    }

    pub(super) fn interval(self) -> SignedDuration {
        SignedDuration::from_mins(self.interval_in_minutes.unwrap_or(INTERVAL_MINUTES_DEFAULT))
    }

    /// The span of the answer that a field belongs to.
    pub(super) fn of(call: &Call<'_>) -> Result<Span, Refusal> {
        serde_json::from_value(call.parent.clone()).map_err(|_| Refusal::internal("the span is not readable"))
    }
}

/// Keeps the span; each field counts when it is asked for.
async fn metrics(mut call: Call<'_>) -> Answer {
    let span = call.input::<Span>()?.check()?;
    Ok(json!({
        "fromDate": time(span.from_date),
        "toDate": time(span.to_date),
        "intervalInMinutes": span.interval_in_minutes,
    }))
}

async fn counts(call: &Call<'_>) -> Result<(Span, Vec<AlertCount>), Refusal> {
    let span = Span::of(call)?;
    let store = &call.state.store;
    let counts = store
        .count_alerts(span.from_date, span.to_date, span.interval(), &call.caller.rights.log_types)
        .await?;
    Ok((span, counts))
}

async fn total_alerts(call: Call<'_>) -> Answer {
    let (_, counts) = counts(&call).await?;
    Ok(counts.iter().map(|count| count.alerts).sum::<u64>().into())
}

async fn alerts_per_severity(call: Call<'_>) -> Answer {
    let (span, counts) = counts(&call).await?;
    let mut series: BTreeMap<(&str, Severity), BTreeMap<u64, u64>> = BTreeMap::new();
    for count in &counts {
        let of_series = series.entry((kind(count.alert_type), count.severity)).or_default();
        *of_series.entry(count.interval).or_default() += count.alerts;
    }
    let series = series.into_iter().map(|((kind, severity), by_interval)| {
        let breakdown: Map<String, Value> = by_interval
            .iter()
            .map(|(interval, alerts)| (interval_start(span, *interval), Value::from(*alerts)))
            .collect();
        let label = format!("{kind} {severity}");
        json!({ "label": label, "value": by_interval.values().sum::<u64>(), "breakdown": breakdown })
    });
    Ok(series.collect())
}

/// What made an alert, as labels say it; clients look for `Rule` and `Policy` in them.
fn kind(alert_type: AlertType) -> &'static str {
    match alert_type {
        AlertType::Rule => "Rule",
        AlertType::RuleError => "Rule Error",
        AlertType::ScheduledRule => "Scheduled Rule",
        AlertType::ScheduledRuleError => "Scheduled Rule Error",
        AlertType::Policy => "Policy",
        AlertType::PolicyError => "Policy Error",
        AlertType::CorrelationRule => "Correlation Rule",
        AlertType::CorrelationRuleError => "Correlation Rule Error",
        AlertType::SystemError => "System Error",
    }
}

pub(super) fn interval_start(span: Span, interval: u64) -> String {
    let before = span.interval().saturating_mul(i32::try_from(interval).unwrap_or(i32::MAX));
    time(span.from_date.saturating_add(before).unwrap_or(Timestamp::MAX))
}

async fn alerts_per_rule(call: Call<'_>) -> Answer {
    let span = Span::of(&call)?;
    let counts = call
        .state
        .store
        .count_alerts_by_detection(span.from_date, span.to_date, &call.caller.rights.log_types)
        .await?;
    let served = (call.state.served)();
    let rows = counts.iter().map(|(id, alerts)| {
        let detection = served.detections.get(id);
        let label = detection.and_then(|detection| detection.display_name.as_deref()).unwrap_or(id.as_str());
        json!({ "entityId": id.as_str(), "label": label, "value": alerts })
    });
    Ok(rows.collect())
}

async fn organization_stats(call: Call<'_>) -> Answer {
    let state = call.state;
    let served = (state.served)();
    let by_status = state.store.count_alerts_by_status(&call.caller.rights.log_types).await?;
    let all = |status: AlertStatus, severity: Severity| {
        by_status
            .iter()
            .filter(move |(s, v, _)| *s == status && *v == severity)
            .map(|(_, _, n)| *n)
            .sum::<u64>()
    };
    let of_status = |status| Severity::ALL.into_iter().map(|severity| all(status, severity)).sum::<u64>();
    let of_severity = |severity| AlertStatus::ALL.iter().map(|status| all(*status, severity)).sum::<u64>();
    let count_detections = |is_policy: bool, only_enabled: bool| {
        let fits = |detection: &&std::sync::Arc<model::Detection>| {
            (detection.kind == model::DetectionKind::Policy) == is_policy
                && (detection.enabled || !only_enabled)
        };
        served.detections.values().filter(fits).count()
    };
    let total: u64 = by_status.iter().map(|(_, _, alerts)| alerts).sum();
    Ok(json!({
        "alertStats": {
            "total": total,
            "byStatus": AlertStatus::ALL.iter().map(|status| json!({ "status": status.as_str(), "count": of_status(*status) })).collect::<Vec<_>>(),
            "bySeverity": Severity::ALL.map(|severity| json!({ "severity": severity.as_str(), "count": of_severity(severity) })),
        },
        "detectionStats": {
            "totalRules": count_detections(false, false),
            "totalPolicies": count_detections(true, false),
            "enabledRules": count_detections(false, true),
            "enabledPolicies": count_detections(true, true),
        },
        "logStats": {
            "totalSources": state.source_admin.list().len(),
            "activeSources": active_sources(&call).await?,
        },
    }))
}

/// Sources that take logs now and from which at least one record came.
async fn active_sources(call: &Call<'_>) -> Result<usize, Refusal> {
    let counters = call.state.store.counters().await?;
    let accepted =
        counters.iter().filter(|counter| counter.name == metric::EVENTS_ACCEPTED && counter.value > 0);
    let labels: BTreeSet<&str> = accepted.map(|counter| counter.label.as_str()).collect();
    let sources = call.state.source_admin.list();
    let is_active = |view: &&std::sync::Arc<HttpSourceView>| {
        let id = metric::escape_label(&view.source.integration_id);
        labels.contains(format!("source=\"{id}\"").as_str())
    };
    Ok(sources.iter().filter(is_active).count())
}
