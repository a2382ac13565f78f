//! How much logs came in over a span of time: fields of `metrics` and of `organizationStats`.
//!
//! A quarter of an hour, or an hour once it is older than 14 days, counts where it begins. Whoever may not see all
//! log types gets the volumes of those that he may see, and the bodies of sources all of whose log types are
//! among them.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use model::LogType;
use serde_json::{Map, Value, json};
use store::{IntervalVolume, QUARTER, Volume, VolumesOf};

use super::call::{Answer, Call, ObjectField, Refusal, Resolver};
use super::metrics::{Span, interval_start};

const MILLISECONDS_PER_SECOND: f64 = 1_000.0;

const fn counted(name: &'static str, resolve: Resolver) -> ObjectField {
    ObjectField { object: "MetricsOutput", name, resolve }
}

const fn today(name: &'static str, resolve: Resolver) -> ObjectField {
    ObjectField { object: "OrgLogStats", name, resolve }
}

pub(super) const OBJECTS: &[ObjectField] = &[
    counted("bytesIngestedPerSource", |call| Box::pin(bytes_ingested_per_source(call))),
    counted("bytesProcessedPerSource", |call| Box::pin(per_log_type(call, |volume| volume.bytes))),
    counted("bytesQueriedPerSource", |call| Box::pin(not_queried(call))),
    counted("eventsProcessedPerLogType", |call| Box::pin(per_log_type(call, |volume| volume.events))),
    counted("latencyPerLogType", |call| Box::pin(latency_per_log_type(call))),
    counted("totalBytesIngested", |call| Box::pin(total(call, VolumesOf::Bodies, |volume| volume.bytes))),
    counted("totalBytesProcessed", |call| Box::pin(total(call, VolumesOf::LogTypes, |volume| volume.bytes))),
    counted("totalBytesQueried", |call| Box::pin(not_queried(call))),
    counted("totalEventsProcessed", |call| {
        Box::pin(total(call, VolumesOf::LogTypes, |volume| volume.events))
    }),
    today("bytesProcessedToday", |call| Box::pin(of_today(call, |volume| volume.bytes))),
    today("eventsProcessedToday", |call| Box::pin(of_today(call, |volume| volume.events))),
];

/// The volumes of a span that the caller may see.
async fn visible(
    call: &Call<'_>,
    of: VolumesOf,
    from: Timestamp,
    to: Timestamp,
    interval: SignedDuration,
) -> Result<Vec<IntervalVolume>, Refusal> {
    let mut volumes = call.state.store.count_volumes(of, from, to, interval).await?;
    let access = &call.caller.rights.log_types;
    if access.is_all() {
        return Ok(volumes);
    }
    let sources = call.state.source_admin.list();
    let log_types: BTreeMap<&str, &[LogType]> = sources
        .iter()
        .map(|view| (view.source.integration_id.as_str(), view.source.log_types.as_slice()))
        .collect();
    volumes.retain(|it| match &it.log_type {
        Some(log_type) => access.permits(log_type),
        None => log_types.get(it.source_id.as_str()).is_some_and(|held| access.permits_all(*held)),
    });
    Ok(volumes)
}

async fn of_span(call: &Call<'_>, of: VolumesOf) -> Result<(Span, Vec<IntervalVolume>), Refusal> {
    let span = Span::of(call)?;
    let volumes = visible(call, of, span.from_date, span.to_date, span.interval()).await?;
    Ok((span, volumes))
}

async fn per_log_type(call: Call<'_>, count: fn(&Volume) -> u64) -> Answer {
    let (span, volumes) = of_span(&call, VolumesOf::LogTypes).await?;
    let mut series: BTreeMap<&str, BTreeMap<u64, u64>> = BTreeMap::new();
    for IntervalVolume { interval, log_type, volume, .. } in &volumes {
        let label = log_type.as_ref().map_or("", |log_type| log_type.as_str());
        *series.entry(label).or_default().entry(*interval).or_default() += count(volume);
    }
    let series = series.into_iter().map(|(label, by_interval)| {
        let breakdown: Map<String, Value> = by_interval
            .iter()
            .map(|(interval, count)| (interval_start(span, *interval), Value::from(*count)))
            .collect();
        json!({ "label": label, "value": by_interval.values().sum::<u64>(), "breakdown": breakdown })
    });
    Ok(series.collect())
}

/// By the names of the sources; those that are gone by their ids.
async fn bytes_ingested_per_source(call: Call<'_>) -> Answer {
    let (_, volumes) = of_span(&call, VolumesOf::Bodies).await?;
    let sources = call.state.source_admin.list();
    let mut series: BTreeMap<&str, u64> = BTreeMap::new();
    for IntervalVolume { source_id, volume, .. } in &volumes {
        *series.entry(source_id.as_str()).or_default() += volume.bytes;
    }
    let series = series.into_iter().map(|(id, bytes)| {
        let view = sources.iter().find(|view| view.source.integration_id == id);
        let label = view.map_or(id, |view| view.source.integration_label.as_str());
        json!({ "label": label, "value": bytes })
    });
    Ok(series.collect())
}

/// Mean seconds from event to acceptance, of the log types of which some event says when it was.
async fn latency_per_log_type(call: Call<'_>) -> Answer {
    let (_, volumes) = of_span(&call, VolumesOf::LogTypes).await?;
    let mut sums: BTreeMap<&str, Volume> = BTreeMap::new();
    for IntervalVolume { log_type, volume, .. } in &volumes {
        let label = log_type.as_ref().map_or("", |log_type| log_type.as_str());
        sums.entry(label).or_default().add(*volume);
    }
    let timed = sums.into_iter().filter(|(_, volume)| volume.timed_events > 0);
    #[expect(clippy::cast_precision_loss, reason = "a mean of milliseconds needs no more than 53 bits")]
    let series = timed.map(|(label, volume)| {
        let mean = volume.latency_ms as f64 / volume.timed_events as f64 / MILLISECONDS_PER_SECOND;
        json!({ "label": label, "value": mean })
    });
    Ok(series.collect())
}

async fn total(call: Call<'_>, of: VolumesOf, count: fn(&Volume) -> u64) -> Answer {
    let (_, volumes) = of_span(&call, of).await?;
    Ok(volumes.iter().map(|it| count(&it.volume)).sum::<u64>().into())
}

/// Since midnight, in UTC.
async fn of_today(call: Call<'_>, count: fn(&Volume) -> u64) -> Answer {
    const SECONDS_PER_DAY: i64 = 24 * 3_600;
    let now = call.state.clock.now();
    let midnight = now.as_second() - now.as_second().rem_euclid(SECONDS_PER_DAY);
    let midnight = Timestamp::from_second(midnight).unwrap_or(Timestamp::MIN);
    let volumes = visible(&call, VolumesOf::LogTypes, midnight, now, QUARTER).await?;
    Ok(volumes.iter().map(|it| count(&it.volume)).sum::<u64>().into())
}

async fn not_queried(call: Call<'_>) -> Answer {
    let field = call.field;
    Err(Refusal::not_available(format!(
        "`{field}` is not available: this server has no data lake to be queried yet"
    )))
}
