//! `/internal/overview`: the first page of the console in one answer, each part for those who may see it.

mod alerts;
mod destinations;
mod sources;
mod volumes;

use api_types::{ErrorMessage, Overview, wire_time, words};
use axum::Json;
use axum::extract::State;
use jiff::{SignedDuration, Timestamp};
use model::Permission;

use crate::auth::{AnyToken, Caller};
use crate::error::ApiError;
use crate::params::Query;
use crate::state::ApiState;

/// Spans that can be asked for, with the length of their intervals, both in hours. All intervals begin with an
/// hour, as the volumes do that are kept longest.
const SPANS: [(u32, u32); 3] = [(24, 1), (168, 6), (720, 24)];
const SECONDS_PER_HOUR: u32 = 3_600;

/// A span that ends now; its last interval is the one that runs.
#[derive(Clone, Copy)]
struct Span {
    hours: u32,
    from: Timestamp,
    now: Timestamp,
    interval: SignedDuration,
}

impl Span {
    fn new(hours: u32, interval_hours: u32, now: Timestamp) -> Span {
        let length = i64::from(interval_hours * SECONDS_PER_HOUR);
        let begun = now.as_second() - now.as_second().rem_euclid(length);
        let from = begun + length - i64::from(hours * SECONDS_PER_HOUR);
        let from = Timestamp::from_second(from).unwrap_or(Timestamp::MIN);
        Span { hours, from, now, interval: SignedDuration::from_secs(length) }
    }

    /// As long before the span as it is long.
    fn before(self) -> Timestamp {
        hours_before(self.from, self.hours)
    }

    fn interval_count(self) -> usize {
        let hours = i64::from(self.hours * SECONDS_PER_HOUR);
        usize::try_from(hours / self.interval.as_secs()).unwrap_or_default()
    }
}

fn hours_before(at: Timestamp, hours: u32) -> Timestamp {
    at.saturating_sub(SignedDuration::from_hours(hours.into())).unwrap_or(Timestamp::MIN)
}

/// Shows what waits, what came in and what does not work, over the last day, week or month.
#[utoipa::path(get, path = "/internal/overview", operation_id = "show_overview", tag = "console", params(
    ("hours" = Option<words::OverviewHours>, Query, description = "24 (default), 168 or 720"),
), responses((status = 200, body = Overview), (status = 400, body = ErrorMessage),
    (status = 401, body = ErrorMessage)))]
pub(crate) async fn show(
    caller: Caller<AnyToken>,
    State(state): State<ApiState>,
    query: Query,
) -> Result<Json<Overview>, ApiError> {
    let read = |text: &str| SPANS.into_iter().find(|(hours, _)| text.parse() == Ok(*hours));
    let (hours, interval) = query.parsed("hours", "24, 168 or 720", read)?.unwrap_or(SPANS[0]);
    let span = Span::new(hours, interval, state.clock.now());
    let holds = |permission| caller.holds(permission);
    let access = &caller.rights.log_types;

    let sees_volumes = holds(Permission::SummaryRead) || holds(Permission::LogSourceRead);
    Ok(Json(Overview {
        now: wire_time(span.now),
        from: wire_time(span.from),
        hours,
        interval_seconds: interval * SECONDS_PER_HOUR,
        alerts: match holds(Permission::AlertRead) {
            true => Some(alerts::count(&state, span, access).await?),
            false => None,
        },
        volumes: match sees_volumes {
            true => Some(volumes::of_log_types(&state, span, access).await?),
            false => None,
        },
        destinations: match holds(Permission::DestinationRead) {
            true => Some(destinations::failing(&state, access).await?),
            false => None,
        },
        sources: match holds(Permission::LogSourceRead) {
            true => Some(sources::health(&state, span, access).await?),
            false => None,
        },
        enabled_detections: holds(Permission::RuleRead).then(|| {
            (state.served)().detections.values().filter(|detection| detection.enabled).count() as u64
        }),
        people: match holds(Permission::UserRead) {
            true => Some(state.store.count_users().await?),
            false => None,
        },
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_described_spans_are_those_that_are_understood() {
        assert_eq!(SPANS.map(|(hours, _)| hours), words::OverviewHours::ALL);
    }

    #[test]
    fn spans_begin_with_an_interval_and_end_in_the_one_that_runs() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let now = at("2026-03-10T10:20:30.5Z");
        let begins = SPANS.map(|(hours, interval)| {
            let span = Span::new(hours, interval, now);
            (span.from, span.before(), span.interval_count())
        });
        assert_eq!(
            begins,
            [
                (at("2026-03-09T11:00:00Z"), at("2026-03-08T11:00:00Z"), 24),
                (at("2026-03-03T12:00:00Z"), at("2026-02-24T12:00:00Z"), 28),
                (at("2026-02-09T00:00:00Z"), at("2026-01-10T00:00:00Z"), 30),
            ]
        );
    }
}
