//! Groups: steps in any order within one look-back.

use std::collections::{BTreeMap, BTreeSet};

use content::Presence;

use crate::correlation::assign::{Work, for_each_assignment};
use crate::correlation::pick::{Assignment, Pick};
use crate::correlation::prepare::{Prepared, Shared};
use crate::correlation::{Exceeded, Match, StepMatch, Terms};

/// Finds the matches: `needed` of the present steps, or all of them.
pub(super) fn evaluate(
    prepared: &Prepared<'_>,
    needed: Option<usize>,
    terms: &Terms<'_>,
    work: &mut Work<'_>,
) -> Result<(), Exceeded> {
    let present = prepared.present();
    let needed = needed.unwrap_or(present.len()).min(present.len());
    let ends = terms.ends.map(|(first, last)| prepared.moments(first, last));
    for_each_assignment(prepared, needed, work, &mut |prepared, assignment, work| {
        look_at_windows(prepared, needed, ends, assignment, work)
    })
}

/// Slides a window of one look-back over the signals that have the values of `assignment`.
///
/// A window ends at each signal. It matches when enough steps have as many signals in it as they want and
/// every bound variable belongs to one of them. A matching window that still holds a signal of the match
/// before belongs to that match.
fn look_at_windows(
    prepared: &Prepared<'_>,
    needed: usize,
    ends: Option<(i64, i64)>,
    assignment: &Assignment,
    work: &mut Work<'_>,
) -> Result<(), Exceeded> {
    if ends.is_none() && is_broken(prepared, assignment) {
        return Ok(());
    }
    let absent = if ends.is_some() { absent_picks(prepared, assignment) } else { Vec::new() };
    let present = prepared.present();
    let picks: Vec<Pick<'_>> =
        present.iter().map(|step| Pick::of(&prepared.steps[*step], assignment, assignment.len())).collect();
    let mut arrivals: Vec<(i64, usize)> = Vec::with_capacity(picks.iter().map(Pick::len).sum());
    for (place, pick) in picks.iter().enumerate() {
        work.spend(pick.len())?;
        arrivals.extend((0..pick.len()).map(|position| (pick.get(position).at, place)));
    }
    arrivals.sort_unstable();
    let mut windows = Windows {
        prepared,
        present: &present,
        picks: &picks,
        absent: &absent,
        assignment,
        needed,
        bounds: vec![(0, 0); picks.len()],
        open: None,
    };
    let mut oldest = 0;
    let mut next = 0;
    while next < arrivals.len() {
        let end = arrivals[next].0;
        while next < arrivals.len() && arrivals[next].0 == end {
            windows.bounds[arrivals[next].1].1 += 1;
            next += 1;
        }
        while arrivals[oldest].0 < end.saturating_sub(prepared.lookback) {
            windows.bounds[arrivals[oldest].1].0 += 1;
            oldest += 1;
        }
        let is_wanted = ends.is_none_or(|(first, last)| (first..=last).contains(&end));
        if is_wanted && let Some(done) = windows.look(end) {
            work.found(done)?;
        }
    }
    if let Some(last) = windows.close() {
        work.found(last)?;
    }
    Ok(())
}

/// Whether a step that must be absent has a signal with these values.
pub(super) fn is_broken(prepared: &Prepared<'_>, assignment: &Assignment) -> bool {
    absent_picks(prepared, assignment).iter().any(|pick| pick.len() > 0)
}

/// The signals with these values of each step that must be absent.
fn absent_picks<'a>(prepared: &'a Prepared<'_>, assignment: &Assignment) -> Vec<Pick<'a>> {
    let absent = prepared.steps.iter().filter(|step| step.presence == Presence::Absent);
    absent.map(|step| Pick::of(step, assignment, assignment.len())).collect()
}

/// The window as it slides, and the match that it is in.
struct Windows<'w> {
    prepared: &'w Prepared<'w>,
    present: &'w [usize],
    picks: &'w [Pick<'w>],
    /// What must not lie within one look-back of a match.
    absent: &'w [Pick<'w>],
    assignment: &'w Assignment,
    needed: usize,
    /// For each present step, the signals that are in the window: from, to (excluded).
    bounds: Vec<(usize, usize)>,
    /// For each present step, the ranges of signals that take part in the match so far.
    open: Option<Vec<Vec<(usize, usize)>>>,
}

impl Windows<'_> {
    /// Looks at the window that ends at `end`; a match that it does not belong to any more is done.
    fn look(&mut self, end: i64) -> Option<Match> {
        let is_satisfied: Vec<bool> = (0..self.present.len()).map(|place| self.is_satisfied(place)).collect();
        let count = is_satisfied.iter().filter(|satisfied| **satisfied).count();
        let is_match = count >= self.needed && count > 0 && self.is_bound_by(&is_satisfied);
        if !is_match || self.is_broken(&is_satisfied, end) {
            return None;
        }
        let done = if self.touches_open() { None } else { self.close() };
        let ranges = self.open.get_or_insert_with(|| vec![Vec::new(); self.present.len()]);
        for (place, (from, to)) in self.bounds.iter().copied().enumerate() {
            if !is_satisfied[place] {
                continue;
            }
            match ranges[place].last_mut() {
                Some((_, end)) if *end >= from => *end = to,
                _ => ranges[place].push((from, to)),
            }
        }
        done
    }

    fn is_satisfied(&self, place: usize) -> bool {
        let step = &self.prepared.steps[self.present[place]];
        let (from, to) = self.bounds[place];
        (step.min()..=step.max()).contains(&(to - from))
    }

    /// Whether an absent step has a signal within one look-back of the signals that match.
    fn is_broken(&self, is_satisfied: &[bool], end: i64) -> bool {
        if self.absent.is_empty() {
            return false;
        }
        let lookback = self.prepared.lookback;
        let firsts = self.bounds.iter().zip(self.picks).zip(is_satisfied);
        let first =
            firsts.filter(|(_, satisfied)| **satisfied).map(|(((from, _), pick), _)| pick.get(*from).at);
        let last = first.min().unwrap_or(end).saturating_add(lookback);
        self.absent.iter().any(|pick| pick.has_between(end.saturating_sub(lookback), last))
    }

    /// Whether every bound variable belongs to a satisfied step; else the match is found without it.
    fn is_bound_by(&self, is_satisfied: &[bool]) -> bool {
        self.assignment.iter().enumerate().filter(|(_, value)| value.is_some()).all(|(variable, _)| {
            let has = |place: &usize| self.prepared.steps[self.present[*place]].variables.contains(&variable);
            (0..is_satisfied.len()).any(|place| is_satisfied[place] && has(&place))
        })
    }

    /// Whether the window still holds a signal of the match that is open.
    fn touches_open(&self) -> bool {
        let Some(open) = &self.open else { return false };
        let ends = open.iter().map(|ranges| ranges.last().map_or(0, |(_, end)| *end));
        self.bounds.iter().zip(ends).any(|((from, _), end)| *from < end)
    }

    /// Ends the match that is open, if any.
    fn close(&mut self) -> Option<Match> {
        let ranges = self.open.take()?;
        let mut signals: Vec<(usize, Vec<usize>)> = Vec::new();
        for (place, ranges) in ranges.into_iter().enumerate() {
            let positions: Vec<usize> = ranges.into_iter().flat_map(|(from, to)| from..to).collect();
            if !positions.is_empty() {
                signals.push((place, positions));
            }
        }
        let steps = signals
            .into_iter()
            .map(|(place, positions)| (self.present[place], &self.picks[place], positions));
        Some(make_match(self.prepared, self.assignment, steps))
    }
}

/// Puts a match together from positions within picks.
pub(super) fn make_match<'p>(
    prepared: &Prepared<'_>,
    assignment: &Assignment,
    steps: impl Iterator<Item = (usize, &'p Pick<'p>, Vec<usize>)>,
) -> Match {
    let mut times: Option<(i64, i64)> = None;
    let mut found = Vec::new();
    for (step, pick, positions) in steps {
        let mut signals = Vec::with_capacity(positions.len());
        for position in positions {
            let signal = pick.get(position);
            let (first, last) = times.unwrap_or((signal.at, signal.at));
            times = Some((first.min(signal.at), last.max(signal.at)));
            signals.push(signal.id);
        }
        if prepared.is_reversed() {
            signals.reverse();
        }
        found.push(StepMatch { step, signals });
    }
    let (first, last) = times.unwrap_or_default();
    let (one, other) = (prepared.time_of(first), prepared.time_of(last));
    let mut fields: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (shared, text) in texts(prepared, assignment) {
        for path in &shared.paths {
            fields.entry(path.clone()).or_default().insert(text.to_owned());
        }
    }
    Match {
        values: values(prepared, assignment),
        fields,
        steps: found,
        first_at: one.min(other),
        last_at: one.max(other),
    }
}

/// The names and texts of an assignment; what has no value has no text.
pub(super) fn values(prepared: &Prepared<'_>, assignment: &Assignment) -> BTreeMap<String, String> {
    texts(prepared, assignment).map(|(shared, text)| (shared.name.clone(), text.to_owned())).collect()
}

fn texts<'p>(
    prepared: &'p Prepared<'_>,
    assignment: &'p Assignment,
) -> impl Iterator<Item = (&'p Shared, &'p str)> {
    let bound = prepared.variables.iter().zip(assignment);
    bound.filter_map(|(shared, value)| Some((shared, *prepared.texts.get((*value)? as usize)?)))
}
