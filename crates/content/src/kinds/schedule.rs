//! When queries and prompts run.

use std::time::Duration;

use jiff::Timestamp;
use stdx::Cron;

use crate::codes;
use crate::correlation::{Rate, Schedule};
use crate::report::Report;
use crate::yaml::{Field, Mapping, Yaml};

/// Longest rate and timeout, in minutes: a year.
const MINUTES_MAX: u64 = 525_600;

/// Reads the mapping `Schedule`; what is wrong with it is reported.
pub(super) fn read(map: &Mapping, report: &mut Report<'_>) -> Option<Schedule> {
    let fields = map.get("Schedule")?.value.as_map()?;
    // Both, and a whole number below 2, were reported with the keys.
    let rate = match (fields.get("CronExpression"), fields.get("RateMinutes")) {
        (Some(_), Some(_)) => None,
        (Some(field), None) => read_cron(field, report).map(Box::new).map(Rate::At),
        (None, Some(field)) if is_below_two(field) => None,
        (None, Some(field)) => read_minutes(field, "RateMinutes", 2, report).map(Rate::Every),
        (None, None) => None,
    };
    let timeout =
        fields.get("TimeoutMinutes").and_then(|field| read_minutes(field, "TimeoutMinutes", 1, report));
    Some(Schedule { rate: rate?, timeout: timeout? })
}

fn is_below_two(field: &Field) -> bool {
    matches!(&field.value.value, Yaml::Int(number) if number.as_i64().is_some_and(|rate| rate <= 1))
}

/// Five fields, in UTC, that are due at some time.
pub(super) fn read_cron(field: &Field, report: &mut Report<'_>) -> Option<Cron> {
    let text = match &field.value.value {
        Yaml::Text(text) => text.clone(),
        Yaml::Int(number) => number.to_string(),
        _ => return None,
    };
    let hint = "write minute, hour, day of month, month and day of week, in UTC, as in `30 6 * * 1-5`";
    let message = match text.parse::<Cron>() {
        Ok(cron) if cron.next_after(Timestamp::UNIX_EPOCH).is_some() => return Some(cron),
        Ok(_) => format!("`CronExpression` is `{text}`, which never comes"),
        Err(error) => format!("`CronExpression`: {error}"),
    };
    report.add_with_hint(&codes::SCHEDULE, field.value.span, message, Some(hint.to_owned()));
    None
}

/// A whole number of minutes, also when it is written as a text.
pub(super) fn read_minutes(field: &Field, key: &str, min: u64, report: &mut Report<'_>) -> Option<Duration> {
    let written = match &field.value.value {
        Yaml::Int(number) => number.to_string(),
        Yaml::Text(text) => text.clone(),
        _ => return None,
    };
    let minutes = written.parse::<u64>().ok().filter(|minutes| (min..=MINUTES_MAX).contains(minutes));
    if minutes.is_none() {
        let message = format!("`{key}` is `{written}`; it must be a number from {min} to {MINUTES_MAX}");
        report.add(&codes::SCHEDULE, field.value.span, message);
    }
    minutes.map(|minutes| Duration::from_secs(minutes * 60))
}
