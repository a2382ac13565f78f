//! The signals of a step that have given values, without copying them where that can be helped.

use std::borrow::Cow;

use crate::correlation::prepare::{PreparedStep, Sig};

/// Values by variable; `None` for one that is not bound.
pub(super) type Assignment = [Option<u32>];

/// Some of the signals of a step, by time.
pub(super) struct Pick<'a> {
    signals: &'a [Sig],
    /// `None` = all of them.
    indexes: Option<Cow<'a, [u32]>>,
}

impl<'a> Pick<'a> {
    /// The signals that fit the values of the first `bound` variables; a variable without a value fits none.
    pub(super) fn of(step: &'a PreparedStep, assignment: &Assignment, bound: usize) -> Pick<'a> {
        let mut indexes: Option<Cow<'a, [u32]>> = None;
        for (position, variable) in step.variables.iter().enumerate() {
            if *variable >= bound {
                break;
            }
            let having = assignment[*variable].and_then(|value| step.having[position].get(&value));
            let having = having.map_or(&[][..], Vec::as_slice);
            indexes = Some(match indexes {
                None => Cow::Borrowed(having),
                Some(before) => Cow::Owned(common(&before, having)),
            });
        }
        Pick { signals: &step.signals, indexes }
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.indexes.as_ref().map_or(self.signals.len(), |indexes| indexes.len())
    }

    /// The `position`-th.
    pub(super) fn get(&self, position: usize) -> Sig {
        self.signals[self.index(position)]
    }

    /// Index within the step of the `position`-th.
    pub(super) fn index(&self, position: usize) -> usize {
        self.indexes.as_ref().map_or(position, |indexes| indexes[position] as usize)
    }

    /// Whether one lies between two moments, both included.
    pub(super) fn has_between(&self, first: i64, last: i64) -> bool {
        self.count_between(first, last) > 0
    }

    /// How many lie between two moments, both included.
    pub(super) fn count_between(&self, first: i64, last: i64) -> usize {
        self.position_of(|at| at <= last).saturating_sub(self.position_of(|at| at < first))
    }

    /// How many at the beginning fulfil `holds`.
    fn position_of(&self, holds: impl Fn(i64) -> bool) -> usize {
        match &self.indexes {
            None => self.signals.partition_point(|signal| holds(signal.at)),
            Some(indexes) => indexes.partition_point(|index| holds(self.signals[*index as usize].at)),
        }
    }
}

/// What two ascending lists have in common: looks the entries of the shorter up in the longer.
fn common(one: &[u32], other: &[u32]) -> Vec<u32> {
    let (short, long) = if one.len() <= other.len() { (one, other) } else { (other, one) };
    short.iter().copied().filter(|index| long.binary_search(index).is_ok()).collect()
}
