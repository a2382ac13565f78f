//! Reads the one block of `Detection`: its steps, its times and its schedule.

use std::time::Duration;

use crate::build::{flag, text};
use crate::check::{check_shape, near_miss};
use crate::codes;
use crate::codes::Code;
use crate::correlation::keys::{BLOCK, GROUP_ONLY, SEQUENCE_ONLY};
use crate::correlation::{
    Arrangement, Correlation, EvaluationOrder, LOOKBACK_MINUTES_MAX, LOOKBACK_MINUTES_MIN, MATCH_COUNT_MAX,
    Presence, Rate, STEPS_MAX, STEPS_MIN, Schedule, Step, links,
};
use crate::report::Report;
use crate::yaml::{Mapping, Node, Span, Yaml};

/// Longest `RateMinutes`: a year.
const RATE_MINUTES_MAX: u64 = 525_600;
/// Shortest `RateMinutes`.
const RATE_MINUTES_MIN: u64 = 2;

/// What the block says; `None` when something needed is missing or wrong, which was reported.
pub(super) fn read(map: &Mapping, report: &mut Report<'_>) -> Option<(Correlation, Schedule)> {
    let block = only_block(map.get("Detection").map(|field| &field.value)?, report)?;
    let fields = block.as_map()?;
    check_shape(fields, &BLOCK, "Detection[0]", block.span, report);
    check_foreign_keys(fields, report);
    let steps = read_steps(fields, report);
    let lookback = read_lookback(fields, report);
    let schedule = read_schedule(fields, report);
    let (steps, lookback, schedule) = (steps?, lookback?, schedule?);
    check_rate(&schedule, lookback, fields, report);
    let arrangement = if fields.contains_key("Group") {
        Arrangement::Group(links::read_group(fields, &steps, report)?)
    } else {
        Arrangement::Sequence(links::read_sequence(fields, &steps, lookback, report)?)
    };
    let order = match text(fields, "EventEvaluationOrder").as_deref() {
        Some("ReverseChronological") => EvaluationOrder::ReverseChronological,
        _ => EvaluationOrder::Chronological,
    };
    Some((Correlation { steps, arrangement, lookback, order }, schedule))
}

fn only_block<'n>(detection: &'n Node, report: &mut Report<'_>) -> Option<&'n Node> {
    let blocks = detection.as_list().unwrap_or_default();
    if let [block] = blocks
        && block.as_map().is_some()
    {
        return Some(block);
    }
    let found = match detection.as_list() {
        None => detection.kind_name().to_owned(),
        Some([block]) => format!("a list of {}", block.kind_name()),
        Some(blocks) => format!("a list of {}", blocks.len()),
    };
    let message = format!("`Detection` must be a list of one mapping, not {found}");
    let hint = "write `Detection:` and below it one `- Sequence:` or `- Group:`".to_owned();
    report.add_with_hint(&codes::CORRELATION_BLOCK, detection.span, message, Some(hint));
    None
}

/// Keys that only the other arrangement has.
fn check_foreign_keys(fields: &Mapping, report: &mut Report<'_>) {
    let (foreign, here, there): (&[&str], _, _) = if fields.contains_key("Group") {
        (&SEQUENCE_ONLY, "Group", "Sequence")
    } else if fields.contains_key("Sequence") {
        (&GROUP_ONLY, "Sequence", "Group")
    } else {
        return;
    };
    for name in foreign {
        if let Some(field) = fields.get(*name) {
            let message = format!("`{name}` belongs to a `{there}`, and this is a `{here}`");
            report.add(&codes::CORRELATION_BLOCK, field.key, message);
        }
    }
}

fn read_steps(fields: &Mapping, report: &mut Report<'_>) -> Option<Vec<Step>> {
    let (name, field) = ["Group", "Sequence"].into_iter().find_map(|name| Some((name, fields.get(name)?)))?;
    let entries = field.value.as_list()?;
    if !(STEPS_MIN..=STEPS_MAX).contains(&entries.len()) {
        let message =
            format!("`{name}` has {} steps; it must have from {STEPS_MIN} to {STEPS_MAX}", entries.len());
        report.add(&codes::CORRELATION_STEPS, field.value.span, message);
        return None;
    }
    let mut steps: Vec<Step> = Vec::with_capacity(entries.len());
    let mut is_complete = true;
    for entry in entries {
        match read_step(entry, &steps, report) {
            Some(step) => steps.push(step),
            None => is_complete = false,
        }
    }
    if is_complete && steps.iter().all(Step::is_absent) {
        let message = format!("every step of `{name}` is an `Absence`; at least one must want signals");
        report.add(&codes::CORRELATION_STEPS, field.value.span, message);
        return None;
    }
    is_complete.then_some(steps)
}

fn read_step(entry: &Node, before: &[Step], report: &mut Report<'_>) -> Option<Step> {
    let fields = entry.as_map()?;
    let rule = fields.get("RuleID")?;
    let rule_id = rule.value.as_text()?;
    let named = fields.get("ID").and_then(|field| Some((field.value.as_text()?, field.value.span)));
    let (id, id_span) = named.unwrap_or((rule_id, rule.value.span));
    let mut is_sound = true;
    if id.is_empty() {
        report.add(&codes::CORRELATION_STEP_ID, id_span, "the `ID` of a step must not be empty".to_owned());
        is_sound = false;
    } else if before.iter().any(|step| step.id == id) {
        let message = format!("the step `{id}` is there twice");
        let hint = "give each step an `ID` of its own; without one it is called like its rule".to_owned();
        report.add_with_hint(&codes::CORRELATION_STEP_ID, id_span, message, Some(hint));
        is_sound = false;
    }
    let presence = read_presence(fields, id, report)?;
    is_sound.then(|| Step {
        id: id.to_owned(),
        rule_id: rule_id.into(),
        presence,
        rule_span: rule.value.span,
    })
}

fn read_presence(fields: &Mapping, id: &str, report: &mut Report<'_>) -> Option<Presence> {
    let max = u64::from(MATCH_COUNT_MAX);
    if flag(fields, "Absence") == Some(true) {
        let counts = ["MinMatchCount", "MaxMatchCount"].into_iter().find_map(|name| fields.get(name));
        if let Some(field) = counts {
            let message = format!("the step `{id}` is an `Absence`, which has no match counts");
            report.add(&codes::CORRELATION_COUNTS, field.key, message);
            return None;
        }
        return Some(Presence::Absent);
    }
    let min = read_number(fields, "MinMatchCount", 1, max, &codes::CORRELATION_COUNTS, report)?;
    let most = read_number(fields, "MaxMatchCount", 1, max, &codes::CORRELATION_COUNTS, report)?;
    let min = min.map_or(1, |(min, _)| min);
    if let Some((most, span)) = most.filter(|(most, _)| *most < min) {
        let message =
            format!("`MaxMatchCount` of the step `{id}` is {most}, below its `MinMatchCount` {min}");
        report.add(&codes::CORRELATION_COUNTS, span, message);
        return None;
    }
    Some(Presence::Present {
        min: u32::try_from(min).ok()?,
        max: most.and_then(|(most, _)| u32::try_from(most).ok()),
    })
}

/// A number between bounds and its place, `Some(None)` when the key is absent; `None` when it is wrong,
/// which was reported here or with the type.
#[expect(clippy::option_option, reason = "absent and wrong are different answers")]
pub(super) fn read_number(
    fields: &Mapping,
    key: &str,
    min: u64,
    max: u64,
    code: &'static Code,
    report: &mut Report<'_>,
) -> Option<Option<(u64, Span)>> {
    let Some(field) = fields.get(key) else { return Some(None) };
    let Yaml::Int(number) = &field.value.value else { return None };
    match number.as_u64().filter(|number| (min..=max).contains(number)) {
        Some(number) => Some(Some((number, field.value.span))),
        None => {
            let message = format!("`{key}` is {number}; it must be from {min} to {max}");
            report.add(code, field.value.span, message);
            None
        }
    }
}

pub(super) fn minutes(count: u64) -> Duration {
    Duration::from_secs(count * 60)
}

fn read_lookback(fields: &Mapping, report: &mut Report<'_>) -> Option<Duration> {
    let (min, max) = (LOOKBACK_MINUTES_MIN, LOOKBACK_MINUTES_MAX);
    let given = read_number(fields, "LookbackWindowMinutes", min, max, &codes::CORRELATION_TIME, report)?;
    Some(minutes(given.map_or(LOOKBACK_MINUTES_MIN, |(count, _)| count)))
}

fn read_schedule(fields: &Mapping, report: &mut Report<'_>) -> Option<Schedule> {
    let schedule = fields.get("Schedule")?.value.as_map()?;
    let timeout =
        read_number(schedule, "TimeoutMinutes", 1, RATE_MINUTES_MAX, &codes::CORRELATION_TIME, report)?;
    let rate = read_rate(schedule, report)?;
    Some(Schedule { rate, timeout: minutes(timeout?.0) })
}

fn read_rate(schedule: &Mapping, report: &mut Report<'_>) -> Option<Rate> {
    if let Some(field) = schedule.get("CronExpression") {
        let text = field.value.as_text().map_or_else(|| field.value.to_json().to_string(), str::to_owned);
        return match text.parse() {
            Ok(cron) => Some(Rate::At(Box::new(cron))),
            Err(error) => {
                let hint = "write minute, hour, day of month, month and day of week, in UTC".to_owned();
                let message = format!("`CronExpression`: {error}");
                report.add_with_hint(&codes::CORRELATION_TIME, field.value.span, message, Some(hint));
                None
            }
        };
    }
    let field = schedule.get("RateMinutes")?;
    let written = match &field.value.value {
        Yaml::Int(number) => number.to_string(),
        Yaml::Text(text) => text.clone(),
        _ => return None,
    };
    match written.parse().ok().filter(|rate| (RATE_MINUTES_MIN..=RATE_MINUTES_MAX).contains(rate)) {
        Some(rate) => Some(Rate::Every(minutes(rate))),
        // A whole number that is too small was reported with the keys.
        None if written.parse::<i64>().is_ok_and(|rate| rate <= 1) => None,
        None => {
            let message = format!(
                "`RateMinutes` is `{written}`; it must be a number from {RATE_MINUTES_MIN} to {RATE_MINUTES_MAX}"
            );
            report.add(&codes::CORRELATION_TIME, field.value.span, message);
            None
        }
    }
}

/// A look-back that is hardly longer than the rate can miss what began before the last evaluation.
fn check_rate(schedule: &Schedule, lookback: Duration, fields: &Mapping, report: &mut Report<'_>) {
    let Some(period) = schedule.rate.period().filter(|period| lookback * 2 < *period * 3) else { return };
    let field = fields.get("LookbackWindowMinutes").or_else(|| fields.get("Schedule"));
    let (lookback, period) = (lookback.as_secs() / 60, period.as_secs() / 60);
    let message =
        format!("the look-back of {lookback} minutes is less than one and a half times the rate of {period}");
    let hint = format!("look back for {} minutes or more, or evaluate more often", (period * 3).div_ceil(2));
    let span = field.map_or(Span::START, |field| field.value.span);
    report.add_with_hint(&codes::LOOKBACK_SHORT, span, message, Some(hint));
}

/// The index of the step that a key of the block names; an unknown one is reported.
pub(super) fn find_step(
    steps: &[Step],
    id: &str,
    key: &str,
    span: Span,
    report: &mut Report<'_>,
) -> Option<usize> {
    find(steps, id, key, &codes::UNKNOWN_STEP, span, report)
}

/// The index of the step that a test names; an unknown one is reported.
pub(super) fn find_step_of_test(
    steps: &[Step],
    id: &str,
    span: Span,
    report: &mut Report<'_>,
) -> Option<usize> {
    find(steps, id, "RuleOutputs", &codes::CORRELATION_TEST, span, report)
}

fn find(
    steps: &[Step],
    id: &str,
    key: &str,
    code: &'static Code,
    span: Span,
    report: &mut Report<'_>,
) -> Option<usize> {
    let found = steps.iter().position(|step| step.id == id);
    if found.is_none() {
        let ids = steps.iter().map(|step| step.id.as_str());
        let hint = match near_miss(id, ids.clone()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => {
                format!("the steps are {}", ids.map(|id| format!("`{id}`")).collect::<Vec<_>>().join(", "))
            }
        };
        let message = format!("`{key}` names the step `{id}`, which does not exist");
        report.add_with_hint(code, span, message, Some(hint));
    }
    found
}
