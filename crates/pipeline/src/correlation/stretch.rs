//! Over which stretches of time a correlation rule is evaluated.
//!
//! A match that a new signal takes part in ends within one look-back of it. A run on schedule looks at all
//! matches that end within one look-back before now, and, as absences may only be sure one look-back later,
//! within one look-back before the run before. For each, signals are read from one look-back earlier on, and,
//! when there are absences, from two, so that all that bears on such a match is seen whole.

use std::time::Duration;

use jiff::Timestamp;
use store::SignalMark;

/// Most stretches of one evaluation; what is farther apart waits for the next.
const STRETCHES_MAX: usize = 16;

/// When matches end, and which signals bear on them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stretch {
    /// Matches end between these times, both included.
    pub(crate) ends: (Timestamp, Timestamp),
    /// Signals between these times, both included, are read.
    pub(crate) read: (Timestamp, Timestamp),
}

/// The stretches of one evaluation, and how far it gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Plan {
    pub(crate) stretches: Vec<Stretch>,
    /// The last signal that is covered; `None` when there is none.
    pub(crate) last_signal_id: Option<u64>,
}

/// What a plan is made from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Course<'a> {
    /// The rule's look-back.
    pub(crate) lookback: Duration,
    /// Whether the rule has an absent step.
    pub(crate) has_absence: bool,
    /// Signals since the last evaluation, by id.
    pub(crate) marks: &'a [SignalMark],
    /// Now, and when it ran on schedule before, when this is a run on schedule.
    pub(crate) schedule: Option<(Timestamp, Option<Timestamp>)>,
}

/// Plans an evaluation. New signals that a run on schedule covers need no stretch of their own.
pub(crate) fn plan(course: &Course<'_>) -> Plan {
    let Course { lookback, has_absence, marks, schedule } = *course;
    let reach = if has_absence { lookback * 2 } else { lookback };
    let mut stretches = Vec::new();
    let main = schedule.map(|(now, before)| {
        let since = before.map_or(now, |before| before.min(now));
        (earlier(since, lookback), now)
    });
    if let Some((first, last)) = main {
        stretches.push(Stretch { ends: (first, last), read: (earlier(first, reach), last) });
    }
    let mut last_signal_id = None;
    let mut clusters: Vec<(Timestamp, Timestamp)> = Vec::new();
    for mark in marks {
        let at = mark.event_at;
        let is_covered = main.is_some_and(|(first, last)| (first..=last).contains(&at));
        if !is_covered && !join(&mut clusters, at, lookback) {
            break;
        }
        last_signal_id = Some(mark.id);
    }
    clusters.sort_unstable();
    stretches.extend(clusters.into_iter().map(|(first, last)| Stretch {
        ends: (first, later(last, lookback)),
        read: (earlier(first, reach), later(last, reach)),
    }));
    Plan { stretches, last_signal_id }
}

/// Adds a time to the clusters, joining those that it brings together; `false` when there would be too many.
fn join(clusters: &mut Vec<(Timestamp, Timestamp)>, at: Timestamp, lookback: Duration) -> bool {
    let is_near = |(first, last): &(Timestamp, Timestamp)| {
        (earlier(*first, lookback)..=later(*last, lookback)).contains(&at)
    };
    let mut joined = (at, at);
    let mut rest = Vec::with_capacity(clusters.len() + 1);
    for cluster in clusters.drain(..) {
        if is_near(&cluster) {
            joined = (joined.0.min(cluster.0), joined.1.max(cluster.1));
        } else {
            rest.push(cluster);
        }
    }
    let has_room = rest.len() < STRETCHES_MAX;
    if has_room {
        rest.push(joined);
    }
    *clusters = rest;
    has_room
}

fn earlier(at: Timestamp, by: Duration) -> Timestamp {
    at.checked_sub(by).unwrap_or(Timestamp::MIN)
}

fn later(at: Timestamp, by: Duration) -> Timestamp {
    at.checked_add(by).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);

    fn at(hour: i64) -> Timestamp {
        Timestamp::from_second(1_700_000_000 + hour * 3600).unwrap()
    }

    fn check(hours: &[i64], schedule: Option<(i64, Option<i64>)>, expected: &[[i64; 4]], last: Option<u64>) {
        let marks: Vec<SignalMark> =
            (1..).zip(hours).map(|(id, hour)| SignalMark { id, event_at: at(*hour) }).collect();
        let schedule = schedule.map(|(now, before)| (at(now), before.map(at)));
        let plan = plan(&Course { lookback: HOUR, has_absence: true, marks: &marks, schedule });
        let expected: Vec<Stretch> = expected
            .iter()
            .map(|[first, last, from, to]| Stretch {
                ends: (at(*first), at(*last)),
                read: (at(*from), at(*to)),
            })
            .collect();
        assert_eq!(plan, Plan { stretches: expected, last_signal_id: last }, "{hours:?} {schedule:?}");
    }

    #[test]
    fn new_signals_are_looked_at_around_their_time() {
        check(&[], None, &[], None);
        check(&[10], None, &[[10, 11, 8, 12]], Some(1));
        check(&[10, 11, 12], None, &[[10, 13, 8, 14]], Some(3));
        check(&[10, 20, 9], None, &[[9, 11, 7, 12], [20, 21, 18, 22]], Some(3));
        // One in between brings two together.
        check(&[10, 12, 11], None, &[[10, 13, 8, 14]], Some(3));
    }

    #[test]
    fn a_run_on_schedule_reaches_back_to_before_the_run_before() {
        check(&[], Some((100, None)), &[[99, 100, 97, 100]], None);
        check(&[], Some((100, Some(98))), &[[97, 100, 95, 100]], None);
        // A clock that was set back does not shorten it.
        check(&[], Some((100, Some(500))), &[[99, 100, 97, 100]], None);
    }

    #[test]
    fn late_signals_have_a_stretch_of_their_own_and_others_are_covered() {
        check(&[100, 99, 50], Some((100, Some(99))), &[[98, 100, 96, 100], [50, 51, 48, 52]], Some(3));
        // A sender's clock may be ahead of ours.
        check(&[101], Some((100, Some(99))), &[[98, 100, 96, 100], [101, 102, 99, 103]], Some(1));
    }

    #[test]
    fn what_is_too_scattered_waits() {
        let hours: Vec<i64> = (0..20).map(|number| number * 10).collect();
        let marks: Vec<SignalMark> =
            (1..).zip(&hours).map(|(id, hour)| SignalMark { id, event_at: at(*hour) }).collect();
        let plan = plan(&Course { lookback: HOUR, has_absence: false, marks: &marks, schedule: None });
        assert_eq!((plan.stretches.len(), plan.last_signal_id), (STRETCHES_MAX, Some(16)));
        assert_eq!(plan.stretches[0], Stretch { ends: (at(0), at(1)), read: (at(-1), at(1)) });
    }
}
