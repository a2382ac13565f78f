//! Says in words why there is no match: which step had how many signals, and what came closest.

use content::{Arrangement, Correlation, Sequence};

use crate::correlation::assign::{Work, for_each_assignment};
use crate::correlation::group::{is_broken, values};
use crate::correlation::pick::{Assignment, Pick};
use crate::correlation::prepare::Prepared;
use crate::correlation::sequence::{Course, Obstacle, Walk};
use crate::correlation::{Signal, Terms};

/// Most signals that are looked at for an explanation.
const WORK_MAX: u64 = 100_000;

/// Why `signals` do not match: one sentence for people, without a period.
pub fn explain(correlation: &Correlation, signals: &[&[Signal]]) -> String {
    let prepared = Prepared::of(correlation, signals);
    let best = closest(&prepared);
    let counts = counts(correlation, &prepared, &best, signals);
    let mut text = counts.join(", ");
    let shared = values(&prepared, &best);
    if !shared.is_empty() {
        let shared: Vec<String> = shared.iter().map(|(name, value)| format!("{name} = `{value}`")).collect();
        text = format!("for {}: {text}", shared.join(", "));
    }
    if let Some(reason) = reason(correlation, &prepared, &best) {
        text = format!("{text}; {reason}");
    }
    text
}

/// The combination of values with which most steps have enough signals, then with which there are most.
fn closest(prepared: &Prepared<'_>) -> Vec<Option<u32>> {
    let mut best = vec![None; prepared.variables.len()];
    let mut best_score = score(prepared, &best);
    let mut work = Work::new(&Terms { work_max: WORK_MAX, ..Terms::default() });
    // One step with enough signals is a beginning. What the work does not reach is not explained.
    for_each_assignment(prepared, 1, &mut work, &mut |prepared, assignment, _| {
        let found = score(prepared, assignment);
        if found > best_score {
            best_score = found;
            best = assignment.to_vec();
        }
        Ok(())
    })
    .ok();
    best
}

/// Satisfied steps, bound variables, signals.
fn score(prepared: &Prepared<'_>, assignment: &Assignment) -> (usize, usize, usize) {
    let mut satisfied = 0;
    let mut total = 0;
    for step in prepared.present() {
        let step = &prepared.steps[step];
        let count = Pick::of(step, assignment, assignment.len()).len();
        total += count;
        satisfied += usize::from(count >= step.min());
    }
    let bound = assignment.iter().filter(|value| value.is_some()).count();
    (satisfied, if satisfied > 0 { bound } else { 0 }, total)
}

/// A phrase for each step: how many signals it has, wants, and has with other values or none.
fn counts(
    correlation: &Correlation,
    prepared: &Prepared<'_>,
    best: &Assignment,
    signals: &[&[Signal]],
) -> Vec<String> {
    let phrase = |(index, step): (usize, &content::Step)| {
        let found = Pick::of(&prepared.steps[index], best, best.len()).len();
        let all = signals.get(index).map_or(0, |signals| signals.len());
        let wanted = match step.presence {
            content::Presence::Absent => "none".to_owned(),
            content::Presence::Present { min, max: None } => min.to_string(),
            content::Presence::Present { min, max: Some(max) } => format!("{min} to {max}"),
        };
        let others = match all - found {
            0 => String::new(),
            others => format!(" and {others} with another value or none"),
        };
        format!("step `{}` has {found} of {wanted}{others}", step.id)
    };
    correlation.steps.iter().enumerate().map(phrase).collect()
}

/// What stands in the way beyond the counts.
fn reason(correlation: &Correlation, prepared: &Prepared<'_>, best: &Assignment) -> Option<String> {
    let present = prepared.present();
    let has_enough = |step: &usize| {
        Pick::of(&prepared.steps[*step], best, best.len()).len() >= prepared.steps[*step].min()
    };
    match &correlation.arrangement {
        Arrangement::Group(group) => {
            let needed = group.step_count_min.unwrap_or(present.len());
            if present.iter().filter(|step| has_enough(step)).count() < needed {
                return None;
            }
            if is_broken(prepared, best) {
                return Some("a step that must be absent has a signal".to_owned());
            }
            let minutes = correlation.lookback.as_secs() / 60;
            Some(format!("but never so within the look-back of {minutes} minutes"))
        }
        Arrangement::Sequence(sequence) => {
            if !present.iter().all(has_enough) {
                return None;
            }
            sequence_reason(correlation, prepared, sequence, best)
        }
    }
}

fn sequence_reason(
    correlation: &Correlation,
    prepared: &Prepared<'_>,
    sequence: &Sequence,
    best: &Assignment,
) -> Option<String> {
    let course = Course::of(prepared, sequence, &Terms::default());
    let walk = Walk::new(prepared, &course, best);
    let id = |place: usize| correlation.steps[course.present[place]].id.as_str();
    let mut before: Option<Vec<Option<i64>>> = None;
    for place in 0..course.present.len() {
        let (begins, obstacle) = walk.begins(place, before.as_deref());
        if begins.iter().all(Option::is_none) {
            debug_assert!(walk.signals_of(place) > 0, "a step without signals was found before");
            let minutes = course.within[place] / 60_000_000_000;
            return Some(match obstacle? {
                Obstacle::TooFar => format!(
                    "`{}` does not follow `{}` within {minutes} minutes",
                    id(place),
                    id(place.saturating_sub(1))
                ),
                Obstacle::Broken { step } => broken(correlation, step),
                _ => format!("`{}` does not come after `{}`", id(place), id(place.saturating_sub(1))),
            });
        }
        before = Some(begins);
    }
    let last = course.present.len() - 1;
    let (ends, obstacle) = walk.ends(last, None);
    if ends.iter().all(Option::is_none) {
        return Some(match obstacle? {
            Obstacle::Broken { step } => broken(correlation, step),
            Obstacle::TooMany { step } => {
                format!("`{}` has more signals than it may", correlation.steps[step].id)
            }
            _ => "an absence is not over yet".to_owned(),
        });
    }
    let minutes = correlation.lookback.as_secs() / 60;
    Some(format!("but never so within the look-back of {minutes} minutes"))
}

fn broken(correlation: &Correlation, step: usize) -> String {
    format!("`{}` must be absent there and has a signal", correlation.steps[step].id)
}
