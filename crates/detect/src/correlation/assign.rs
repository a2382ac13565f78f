//! Goes through the combinations of values that steps may share, and keeps account of the work.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::correlation::pick::{Assignment, Pick};
use crate::correlation::prepare::Prepared;
use crate::correlation::{Exceeded, MATCHES_MAX, Match, Terms};

/// What was found, and what may still be done.
pub(super) struct Work<'a> {
    left: u64,
    limit: u64,
    stop: Option<&'a AtomicBool>,
    pub(super) matches: Vec<Match>,
}

impl<'a> Work<'a> {
    pub(super) fn new(terms: &Terms<'a>) -> Self {
        Work { left: terms.work_max, limit: terms.work_max, stop: terms.stop, matches: Vec::new() }
    }

    /// Accounts for signals that are looked at.
    pub(super) fn spend(&mut self, signals: usize) -> Result<(), Exceeded> {
        // Looking at nothing is work too.
        let cost = u64::try_from(signals).unwrap_or(u64::MAX).saturating_add(1);
        self.left = self.left.checked_sub(cost).ok_or(Exceeded::Work { limit: self.limit })?;
        match self.stop {
            Some(stop) if stop.load(Ordering::Relaxed) => Err(Exceeded::Stopped),
            _ => Ok(()),
        }
    }

    /// Keeps a match.
    pub(super) fn found(&mut self, found: Match) -> Result<(), Exceeded> {
        if self.matches.len() == MATCHES_MAX {
            return Err(Exceeded::Matches);
        }
        self.matches.push(found);
        Ok(())
    }
}

/// What is done with a combination of values.
pub(super) type Leaf<'l, 'w> =
    dyn FnMut(&Prepared<'_>, &Assignment, &mut Work<'w>) -> Result<(), Exceeded> + 'l;

/// Hands every combination of values to `leaf` that could let `needed` of the present steps have enough
/// signals. When not all of them are needed, a variable may stay without a value; then its steps have none.
pub(super) fn for_each_assignment<'w>(
    prepared: &Prepared<'_>,
    needed: usize,
    work: &mut Work<'w>,
    leaf: &mut Leaf<'_, 'w>,
) -> Result<(), Exceeded> {
    let search = Search { prepared, present: prepared.present(), needed };
    let mut assignment = vec![None; prepared.variables.len()];
    if search.is_possible(&assignment, 0, work)? {
        search.assign(&mut assignment, 0, work, leaf)?;
    }
    Ok(())
}

struct Search<'p> {
    prepared: &'p Prepared<'p>,
    present: Vec<usize>,
    needed: usize,
}

impl Search<'_> {
    fn assign<'w>(
        &self,
        assignment: &mut Vec<Option<u32>>,
        variable: usize,
        work: &mut Work<'w>,
        leaf: &mut Leaf<'_, 'w>,
    ) -> Result<(), Exceeded> {
        if variable == assignment.len() {
            return leaf(self.prepared, assignment, work);
        }
        for value in self.candidates(assignment, variable, work)? {
            assignment[variable] = value;
            if self.is_possible(assignment, variable + 1, work)? {
                self.assign(assignment, variable + 1, work, leaf)?;
            }
        }
        assignment[variable] = None;
        Ok(())
    }

    /// The values that a variable may have beside those before it, ascending.
    fn candidates(
        &self,
        assignment: &Assignment,
        variable: usize,
        work: &mut Work<'_>,
    ) -> Result<Vec<Option<u32>>, Exceeded> {
        let needs_all = self.needed == self.present.len();
        let mut candidates: Option<Vec<u32>> = None;
        for &step in &self.present {
            if !self.prepared.steps[step].variables.contains(&variable) {
                continue;
            }
            let values = self.values_of(step, assignment, variable, work)?;
            candidates = Some(match candidates {
                None => values,
                Some(before) if needs_all => {
                    before.into_iter().filter(|value| values.binary_search(value).is_ok()).collect()
                }
                Some(mut before) => {
                    before.extend(values);
                    before
                }
            });
        }
        let mut candidates = candidates.unwrap_or_default();
        candidates.sort_unstable();
        candidates.dedup();
        let mut candidates: Vec<Option<u32>> = candidates.into_iter().map(Some).collect();
        if !needs_all {
            candidates.push(None);
        }
        Ok(candidates)
    }

    /// The values of a step at a variable among the signals that fit the values before, ascending.
    fn values_of(
        &self,
        step: usize,
        assignment: &Assignment,
        variable: usize,
        work: &mut Work<'_>,
    ) -> Result<Vec<u32>, Exceeded> {
        let step = &self.prepared.steps[step];
        let position = step.variables.iter().position(|known| *known == variable).unwrap_or(0);
        let mut values: Vec<u32> = if position == 0 {
            work.spend(step.having[0].len())?;
            let enough = step.having[0].iter().filter(|(_, signals)| signals.len() >= step.min());
            enough.map(|(value, _)| *value).collect()
        } else {
            let pick = Pick::of(step, assignment, variable);
            work.spend(pick.len())?;
            (0..pick.len()).flat_map(|at| &step.values[position][pick.index(at)]).copied().collect()
        };
        values.sort_unstable();
        values.dedup();
        Ok(values)
    }

    /// Whether enough steps can have enough signals, given the values of the first `bound` variables.
    fn is_possible(
        &self,
        assignment: &Assignment,
        bound: usize,
        work: &mut Work<'_>,
    ) -> Result<bool, Exceeded> {
        let mut spare = self.present.len().saturating_sub(self.needed);
        for &step in &self.present {
            let step = &self.prepared.steps[step];
            let has_enough = if step.variables.len() > 1 {
                let pick = Pick::of(step, assignment, bound);
                work.spend(pick.len())?;
                pick.len() >= step.min()
            } else {
                work.spend(0)?;
                Pick::of(step, assignment, bound).len() >= step.min()
            };
            if !has_enough {
                let Some(rest) = spare.checked_sub(1) else { return Ok(false) };
                spare = rest;
            }
        }
        Ok(true)
    }
}
