//! Sequences: steps one after the other.
//!
//! A step takes a *block* of as many consecutive signals as it wants at least; chains of blocks are what is
//! looked for. Instead of trying chains, two passes find for every block the latest beginning of a chain
//! that leads to it and the earliest end of one that leads on from it. A block takes part when both exist
//! and lie within one look-back. This is exact, because what is asked between two blocks depends on these
//! two alone, and the nearest block that fits is always the best: if it is too far away, or has an absence
//! in between, so have all that lie farther.

use std::collections::{BTreeMap, BTreeSet};

use content::{Sequence, Transition};

use crate::correlation::assign::{Work, for_each_assignment};
use crate::correlation::group::make_match;
use crate::correlation::pick::{Assignment, Pick};
use crate::correlation::prepare::{Prepared, Sig, nanos};
use crate::correlation::{Exceeded, Terms};

/// Finds the matches.
pub(super) fn evaluate(
    prepared: &Prepared<'_>,
    sequence: &Sequence,
    terms: &Terms<'_>,
    work: &mut Work<'_>,
) -> Result<(), Exceeded> {
    let course = Course::of(prepared, sequence, terms);
    for_each_assignment(prepared, course.present.len(), work, &mut |prepared, assignment, work| {
        let walk = Walk::new(prepared, &course, assignment);
        work.spend(walk.signal_count())?;
        walk.find_matches(work)
    })
}

/// What a sequence asks for, in the order of its steps.
pub(super) struct Course {
    /// The steps that want signals.
    pub(super) present: Vec<usize>,
    /// Longest time from the end of the present step before to the beginning of each; the first has none.
    pub(super) within: Vec<i64>,
    /// Absent steps before each present step and, last, behind all of them.
    pub(super) absences: Vec<Vec<Absence>>,
    /// The present, if it plays a part.
    now: Option<i64>,
    /// When matches end, as moments, if that plays a part.
    ends: Option<(i64, i64)>,
}

/// A step that must have no signal in a stretch of time.
pub(super) struct Absence {
    pub(super) step: usize,
    /// How far it reaches, before the first and behind the last present step.
    pub(super) within: i64,
}

impl Course {
    pub(super) fn of(prepared: &Prepared<'_>, sequence: &Sequence, terms: &Terms<'_>) -> Course {
        let present = prepared.present();
        let lookback = prepared.lookback;
        let mut within = Vec::with_capacity(present.len());
        let mut absences: Vec<Vec<Absence>> = Vec::with_capacity(present.len() + 1);
        let mut begin = 0;
        for (place, step) in present.iter().copied().enumerate() {
            within.push(match place {
                0 => lookback,
                _ => within_of(&sequence.transitions, present[place - 1], step, lookback),
            });
            let reach = |absent| reach_before(&sequence.transitions, absent, lookback);
            absences
                .push((begin..step).map(|absent| Absence { step: absent, within: reach(absent) }).collect());
            begin = step + 1;
        }
        let reach = |absent| reach_behind(&sequence.transitions, absent, lookback);
        let behind = begin..prepared.steps.len();
        absences.push(behind.map(|absent| Absence { step: absent, within: reach(absent) }).collect());
        let ends = terms.ends.map(|(first, last)| prepared.moments(first, last));
        Course { present, within, absences, now: terms.now.map(nanos), ends }
    }
}

fn frame(transition: &Transition, lookback: i64) -> i64 {
    let within = transition.within.and_then(|within| i64::try_from(within.as_nanos()).ok());
    within.unwrap_or(lookback).min(lookback)
}

/// How far apart two present steps may be: as their transition says; else, when transitions lead from one
/// to the other over absent steps, as those say together; else the look-back.
fn within_of(transitions: &[Transition], from: usize, to: usize, lookback: i64) -> i64 {
    let between = |from: usize, to: usize| transitions.iter().find(|it| (it.from, it.to) == (from, to));
    if let Some(direct) = between(from, to) {
        return frame(direct, lookback);
    }
    let over = (from..to).map(|step| between(step, step + 1));
    let sum = over.map(|it| it.map(|it| frame(it, lookback))).sum::<Option<i64>>();
    sum.unwrap_or(lookback).min(lookback)
}

/// How far a leading absence reaches back: as the transition that leads on from it says.
fn reach_before(transitions: &[Transition], absent: usize, lookback: i64) -> i64 {
    transitions.iter().find(|it| it.from == absent).map_or(lookback, |it| frame(it, lookback))
}

/// How far a trailing absence reaches on: as the transition that leads to it says.
fn reach_behind(transitions: &[Transition], absent: usize, lookback: i64) -> i64 {
    transitions.iter().find(|it| it.to == absent).map_or(lookback, |it| frame(it, lookback))
}

/// One combination of values on its way through the steps.
pub(super) struct Walk<'a> {
    prepared: &'a Prepared<'a>,
    course: &'a Course,
    assignment: &'a Assignment,
    /// The signals of each present step.
    picks: Vec<Pick<'a>>,
    /// The signals of the absent steps, as they lie in [`Course::absences`].
    absent: Vec<Vec<Pick<'a>>>,
}

/// Why a block of signals cannot be part of a chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Obstacle {
    /// Nothing of the step before comes before it.
    NothingBefore,
    /// What comes before it is too long ago.
    TooFar,
    /// An absent step has a signal there.
    Broken {
        /// Which step.
        step: usize,
    },
    /// A step has more signals than it may.
    TooMany {
        /// Which step.
        step: usize,
    },
    /// Matches that end there are not asked for.
    NotAsked,
    /// An absence is not over yet.
    NotOver {
        /// Which step.
        step: usize,
    },
}

impl<'a> Walk<'a> {
    pub(super) fn new(
        prepared: &'a Prepared<'a>,
        course: &'a Course,
        assignment: &'a Assignment,
    ) -> Walk<'a> {
        let pick = |step: usize| Pick::of(&prepared.steps[step], assignment, assignment.len());
        Walk {
            picks: course.present.iter().map(|step| pick(*step)).collect(),
            absent: course
                .absences
                .iter()
                .map(|absences| absences.iter().map(|absence| pick(absence.step)).collect())
                .collect(),
            prepared,
            course,
            assignment,
        }
    }

    fn signal_count(&self) -> usize {
        self.picks.iter().chain(self.absent.iter().flatten()).map(Pick::len).sum()
    }

    /// Signals of a present step.
    pub(super) fn signals_of(&self, place: usize) -> usize {
        self.picks[place].len()
    }

    fn min(&self, place: usize) -> usize {
        self.prepared.steps[self.course.present[place]].min().max(1)
    }

    /// How many blocks of consecutive signals a step has.
    pub(super) fn block_count(&self, place: usize) -> usize {
        (self.picks[place].len() + 1).saturating_sub(self.min(place))
    }

    fn first(&self, place: usize, block: usize) -> Sig {
        self.picks[place].get(block)
    }

    fn last(&self, place: usize, block: usize) -> Sig {
        self.picks[place].get(block + self.min(place) - 1)
    }

    /// Whether a block of the step before ends before one of this step begins. At one time it does, unless
    /// both are of one rule: a signal is not its own successor.
    fn is_before(&self, place: usize, earlier: usize, block: usize) -> bool {
        let (last, first) = (self.last(place - 1, earlier), self.first(place, block));
        let rule = |place: usize| self.prepared.steps[self.course.present[place]].rule;
        if rule(place - 1) == rule(place) { last < first } else { last.at <= first.at }
    }

    /// What is asked between a block of the step before and one of this step, beyond their order.
    fn check_pair(&self, place: usize, earlier: usize, block: usize) -> Result<(), Obstacle> {
        let (last, first) = (self.last(place - 1, earlier), self.first(place, block));
        if first.at.saturating_sub(last.at) > self.course.within[place] {
            return Err(Obstacle::TooFar);
        }
        let absences = self.course.absences[place].iter().zip(&self.absent[place]);
        for (absence, signals) in absences {
            if signals.has_between(last.at, first.at) {
                return Err(Obstacle::Broken { step: absence.step });
            }
        }
        Ok(())
    }

    /// Whether matches are asked for that end, in truth, at this moment.
    fn is_wanted(&self, end: i64) -> bool {
        self.course.ends.is_none_or(|(first, last)| (first..=last).contains(&end))
    }

    /// What leading absences ask of a block of the first step.
    fn check_begin(&self, block: usize) -> Result<(), Obstacle> {
        let first = self.first(0, block).at;
        if self.prepared.is_reversed() && !self.is_wanted(first) {
            return Err(Obstacle::NotAsked);
        }
        for (absence, signals) in self.course.absences[0].iter().zip(&self.absent[0]) {
            let begin = first.saturating_sub(absence.within);
            if signals.has_between(begin, first) {
                return Err(Obstacle::Broken { step: absence.step });
            }
            // When time runs backwards this absence lies behind in truth.
            if self.prepared.is_reversed() && self.is_open(begin.saturating_neg()) {
                return Err(Obstacle::NotOver { step: absence.step });
            }
        }
        Ok(())
    }

    /// What trailing absences and largest counts ask of a block of the last step.
    fn check_end(&self, block: usize) -> Result<(), Obstacle> {
        let place = self.picks.len() - 1;
        let last = self.last(place, block).at;
        if !self.prepared.is_reversed() && !self.is_wanted(last) {
            return Err(Obstacle::NotAsked);
        }
        let behind = place + 1;
        for (absence, signals) in self.course.absences[behind].iter().zip(&self.absent[behind]) {
            let end = last.saturating_add(absence.within);
            if signals.has_between(last, end) {
                return Err(Obstacle::Broken { step: absence.step });
            }
            if !self.prepared.is_reversed() && self.is_open(end) {
                return Err(Obstacle::NotOver { step: absence.step });
            }
        }
        for (place, step) in self.course.present.iter().copied().enumerate() {
            let max = self.prepared.steps[step].max();
            let begin = last.saturating_sub(self.prepared.lookback);
            if max != usize::MAX && self.picks[place].count_between(begin, last) > max {
                return Err(Obstacle::TooMany { step });
            }
        }
        Ok(())
    }

    /// Whether a stretch of time that ends at `end` is not over.
    fn is_open(&self, end: i64) -> bool {
        self.course.now.is_some_and(|now| end >= now)
    }

    /// For each block of a step, the latest beginning of a chain that leads to it; `before` is that of the
    /// step before. Also the obstacle of the last block that has one.
    pub(super) fn begins(
        &self,
        place: usize,
        before: Option<&[Option<i64>]>,
    ) -> (Vec<Option<i64>>, Option<Obstacle>) {
        let mut obstacle = None;
        let mut begins = Vec::with_capacity(self.block_count(place));
        let mut next = 0;
        let mut nearest = None;
        for block in 0..self.block_count(place) {
            let begin = match before {
                None => self.check_begin(block).map(|()| self.first(place, block).at),
                Some(before) => {
                    while next < before.len() && self.is_before(place, next, block) {
                        nearest = before[next].map(|begin| (next, begin)).or(nearest);
                        next += 1;
                    }
                    nearest
                        .ok_or(Obstacle::NothingBefore)
                        .and_then(|(earlier, begin)| self.check_pair(place, earlier, block).map(|()| begin))
                }
            };
            obstacle = begin.err().or(obstacle);
            begins.push(begin.ok());
        }
        (begins, obstacle)
    }

    /// For each block of a step, the earliest end of a chain that leads on from it; `behind` is that of the
    /// step behind. Also the obstacle of the first block that has one.
    pub(super) fn ends(
        &self,
        place: usize,
        behind: Option<&[Option<i64>]>,
    ) -> (Vec<Option<i64>>, Option<Obstacle>) {
        let count = self.block_count(place);
        let mut obstacle = None;
        let mut ends = vec![None; count];
        let mut next = behind.map_or(0, <[_]>::len);
        let mut nearest = None;
        for block in (0..count).rev() {
            let end = match behind {
                None => self.check_end(block).map(|()| self.last(place, block).at),
                Some(behind) => {
                    while next > 0 && self.is_before(place + 1, block, next - 1) {
                        next -= 1;
                        nearest = behind[next].map(|end| (next, end)).or(nearest);
                    }
                    nearest
                        .ok_or(Obstacle::NothingBefore)
                        .and_then(|(later, end)| self.check_pair(place + 1, block, later).map(|()| end))
                }
            };
            obstacle = end.err().or(obstacle);
            ends[block] = end.ok();
        }
        (ends, obstacle)
    }

    fn find_matches(&self, work: &mut Work<'_>) -> Result<(), Exceeded> {
        let places = self.picks.len();
        let mut begins: Vec<Vec<Option<i64>>> = Vec::with_capacity(places);
        for place in 0..places {
            let (of_step, _) = self.begins(place, begins.last().map(Vec::as_slice));
            if of_step.iter().all(Option::is_none) {
                return Ok(());
            }
            begins.push(of_step);
        }
        let mut chains: Vec<Chain> = Vec::new();
        let mut behind: Option<Vec<Option<i64>>> = None;
        for place in (0..places).rev() {
            let (ends, _) = self.ends(place, behind.as_deref());
            for (block, (begin, end)) in begins[place].iter().zip(&ends).enumerate() {
                if let (Some(begin), Some(end)) = (*begin, *end)
                    && end.saturating_sub(begin) <= self.prepared.lookback
                {
                    chains.push(Chain { begin, end, place, block });
                }
            }
            behind = Some(ends);
        }
        self.join(chains, work)
    }

    /// Chains that overlap in time make one match.
    fn join(&self, mut chains: Vec<Chain>, work: &mut Work<'_>) -> Result<(), Exceeded> {
        work.spend(chains.len())?;
        chains.sort_unstable();
        let mut end = None;
        let mut open: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
        for chain in chains {
            if end.is_some_and(|end| chain.begin > end) {
                self.close(std::mem::take(&mut open), work)?;
                end = None;
            }
            end = Some(end.map_or(chain.end, |end: i64| end.max(chain.end)));
            let block = chain.block..chain.block + self.min(chain.place);
            open.entry(chain.place).or_default().extend(block);
        }
        self.close(open, work)
    }

    fn close(&self, open: BTreeMap<usize, BTreeSet<usize>>, work: &mut Work<'_>) -> Result<(), Exceeded> {
        if open.is_empty() || !self.has_enough(&open) {
            return Ok(());
        }
        let steps = open.into_iter().map(|(place, positions)| {
            (self.course.present[place], &self.picks[place], positions.into_iter().collect())
        });
        work.found(make_match(self.prepared, self.assignment, steps))
    }

    /// Whether steps of one rule have as many signals together as they want together: the passes only see
    /// to it that neighbours do not share one.
    fn has_enough(&self, open: &BTreeMap<usize, BTreeSet<usize>>) -> bool {
        let mut wanted: BTreeMap<usize, usize> = BTreeMap::new();
        let mut found: BTreeMap<usize, BTreeSet<u64>> = BTreeMap::new();
        for (place, positions) in open {
            let rule = self.prepared.steps[self.course.present[*place]].rule;
            *wanted.entry(rule).or_default() += self.min(*place);
            let ids = positions.iter().map(|position| self.picks[*place].get(*position).id);
            found.entry(rule).or_default().extend(ids);
        }
        wanted.iter().all(|(rule, count)| found.get(rule).is_some_and(|ids| ids.len() >= *count))
    }
}

/// The shortest chain through one block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Chain {
    begin: i64,
    end: i64,
    place: usize,
    block: usize,
}
