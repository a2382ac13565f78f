//! Sorts and indexes the signals of an evaluation.

use std::collections::{BTreeSet, HashMap};

use content::{Arrangement, Correlation, EvaluationOrder, FieldPath, Presence};
use jiff::{SignedDuration, Timestamp};

use crate::correlation::Signal;

/// Stands for the value of a signal that has none, where that is allowed.
pub(super) const MISSING: u32 = u32::MAX;

/// A moment in nanoseconds since 1970, negated when time runs backwards.
pub(super) type Instant = i64;

/// The signals of an evaluation, ready to be combined.
pub(super) struct Prepared<'a> {
    /// The steps, in file order.
    pub(super) steps: Vec<PreparedStep>,
    /// What is shared.
    pub(super) variables: Vec<Shared>,
    /// Texts of values, sorted; a value is its index here.
    pub(super) texts: Vec<&'a str>,
    /// The look-back in nanoseconds.
    pub(super) lookback: i64,
    is_reversed: bool,
}

/// Something that steps share.
pub(super) struct Shared {
    pub(super) name: String,
    /// The paths at which steps have it.
    pub(super) paths: BTreeSet<String>,
}

/// One step and its signals.
pub(super) struct PreparedStep {
    pub(super) presence: Presence,
    /// Steps of one rule have one number.
    pub(super) rule: usize,
    /// The variables that tie it to others, ascending.
    pub(super) variables: Vec<usize>,
    /// Those that have a value for every variable, by time, then id.
    pub(super) signals: Vec<Sig>,
    /// For each of `variables`, the values of each signal, ascending.
    pub(super) values: Vec<Vec<Vec<u32>>>,
    /// For each of `variables`, the signals that have a value, ascending.
    pub(super) having: Vec<HashMap<u32, Vec<u32>>>,
}

/// A signal without its values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Sig {
    pub(super) at: Instant,
    pub(super) id: u64,
}

/// A variable: its name, and the paths at which each of its steps has it.
struct Variable<'a> {
    name: String,
    /// Whether signals without a value count, as equals of each other: in a sequence where only one step
    /// that wants signals has the variable, so that nothing is tied together but what must be absent.
    takes_missing: bool,
    members: Vec<(usize, &'a FieldPath)>,
}

impl<'a> Prepared<'a> {
    /// Prepares the signals of each step.
    pub(super) fn of(correlation: &Correlation, signals: &[&'a [Signal]]) -> Prepared<'a> {
        let variables = variables(correlation);
        let texts = texts(&variables, signals);
        let is_reversed = correlation.order == EvaluationOrder::ReverseChronological
            && matches!(correlation.arrangement, Arrangement::Sequence(_));
        let mut rules: Vec<&str> = Vec::new();
        let mut steps = Vec::with_capacity(correlation.steps.len());
        for (index, step) in correlation.steps.iter().enumerate() {
            let rule = rules.iter().position(|rule| *rule == step.rule_id.as_str()).unwrap_or_else(|| {
                rules.push(step.rule_id.as_str());
                rules.len() - 1
            });
            let given = signals.get(index).copied().unwrap_or_default();
            let (numbers, paths) = members_of(index, &variables);
            let takes_missing: Vec<bool> =
                numbers.iter().map(|number| variables[*number].takes_missing).collect();
            let mut step = PreparedStep {
                presence: step.presence,
                rule,
                signals: Vec::new(),
                values: vec![Vec::new(); numbers.len()],
                having: vec![HashMap::new(); numbers.len()],
                variables: numbers,
            };
            step.take(given, &paths, &takes_missing, &texts, is_reversed);
            steps.push(step);
        }
        let lookback = SignedDuration::try_from(correlation.lookback).map_or(i64::MAX, nanos_of);
        let variables = variables
            .into_iter()
            .map(|Variable { name, members, .. }| Shared {
                name,
                paths: members.into_iter().map(|(_, path)| path.as_str().to_owned()).collect(),
            })
            .collect();
        Prepared { steps, variables, texts, lookback, is_reversed }
    }

    /// The real time of a moment.
    pub(super) fn time_of(&self, at: Instant) -> Timestamp {
        let nanos = if self.is_reversed { at.saturating_neg() } else { at };
        Timestamp::from_nanosecond(i128::from(nanos)).unwrap_or(Timestamp::MAX)
    }

    /// A pair of real times as moments, the earlier first.
    pub(super) fn moments(&self, first: Timestamp, last: Timestamp) -> (Instant, Instant) {
        let (first, last) = (nanos(first), nanos(last));
        if self.is_reversed { (last.saturating_neg(), first.saturating_neg()) } else { (first, last) }
    }

    /// Whether time runs backwards.
    pub(super) fn is_reversed(&self) -> bool {
        self.is_reversed
    }

    /// The indexes of the steps that want signals.
    pub(super) fn present(&self) -> Vec<usize> {
        let is_present = |index: &usize| self.steps[*index].presence != Presence::Absent;
        (0..self.steps.len()).filter(is_present).collect()
    }
}

impl PreparedStep {
    /// Fewest signals.
    pub(super) fn min(&self) -> usize {
        match self.presence {
            Presence::Present { min, .. } => min as usize,
            Presence::Absent => 0,
        }
    }

    /// Most signals.
    pub(super) fn max(&self) -> usize {
        match self.presence {
            Presence::Present { max: Some(max), .. } => max as usize,
            _ => usize::MAX,
        }
    }

    /// Takes the signals that have a value for every variable that does not do without.
    fn take(
        &mut self,
        given: &[Signal],
        paths: &[Vec<&FieldPath>],
        takes_missing: &[bool],
        texts: &[&str],
        is_reversed: bool,
    ) {
        let mut taken: Vec<(Sig, Vec<Vec<u32>>)> = Vec::with_capacity(given.len());
        for signal in given {
            let mut values: Vec<Vec<u32>> =
                paths.iter().map(|paths| values_at(signal, paths, texts)).collect();
            for (values, _) in values.iter_mut().zip(takes_missing).filter(|(_, takes)| **takes) {
                if values.is_empty() {
                    values.push(MISSING);
                }
            }
            if values.iter().any(Vec::is_empty) {
                continue;
            }
            let nanos = nanos(signal.at);
            let at = if is_reversed { nanos.saturating_neg() } else { nanos };
            taken.push((Sig { at, id: signal.id }, values));
        }
        taken.sort_by_key(|(signal, _)| *signal);
        for (signal, values) in taken {
            let index = u32::try_from(self.signals.len()).unwrap_or(u32::MAX);
            for (variable, values) in values.into_iter().enumerate() {
                for value in &values {
                    self.having[variable].entry(*value).or_default().push(index);
                }
                self.values[variable].push(values);
            }
            self.signals.push(signal);
        }
    }
}

/// Nanoseconds since 1970; what does not fit becomes the nearest that does.
pub(super) fn nanos(at: Timestamp) -> i64 {
    clamp(at.as_nanosecond())
}

fn nanos_of(duration: SignedDuration) -> i64 {
    clamp(duration.as_nanos())
}

fn clamp(nanos: i128) -> i64 {
    i64::try_from(nanos).unwrap_or(if nanos < 0 { i64::MIN } else { i64::MAX })
}

/// What the steps share. A variable that no step with signals has would tie nothing and is left out.
fn variables(correlation: &Correlation) -> Vec<Variable<'_>> {
    let is_present = |(step, _): &(usize, FieldPath)| !correlation.steps[*step].is_absent();
    match &correlation.arrangement {
        Arrangement::Group(group) => group
            .criteria
            .iter()
            .filter(|criterion| criterion.members.iter().any(is_present))
            .map(|criterion| Variable {
                name: criterion.name.clone(),
                takes_missing: false,
                members: criterion.members.iter().map(|(step, path)| (*step, path)).collect(),
            })
            .collect(),
        Arrangement::Sequence(sequence) => chains(correlation, &sequence.transitions),
    }
}

/// Steps of a sequence that transitions tie together share one value; absent steps alone share none.
fn chains<'a>(correlation: &Correlation, transitions: &'a [content::Transition]) -> Vec<Variable<'a>> {
    let mut chains: Vec<Vec<(usize, &FieldPath)>> = Vec::new();
    for transition in transitions {
        let Some((from, to)) = &transition.shared else { continue };
        let ends = [(transition.from, from), (transition.to, to)];
        let touches = |chain: &Vec<(usize, &FieldPath)>| {
            chain.iter().any(|(step, _)| *step == transition.from || *step == transition.to)
        };
        let mut joined: Vec<(usize, &FieldPath)> = Vec::new();
        chains.retain_mut(|chain| {
            let is_touched = touches(chain);
            if is_touched {
                joined.append(chain);
            }
            !is_touched
        });
        for end in ends {
            if !joined.contains(&end) {
                joined.push(end);
            }
        }
        chains.push(joined);
    }
    chains.retain(|chain| chain.iter().any(|(step, _)| !correlation.steps[*step].is_absent()));
    chains.iter_mut().for_each(|chain| chain.sort());
    chains.sort();
    let mut variables: Vec<Variable<'_>> = Vec::with_capacity(chains.len());
    for members in chains {
        let path = members[0].1.as_str();
        let same = variables.iter().filter(|variable| variable.members[0].1.as_str() == path).count();
        let name = if same == 0 { path.to_owned() } else { format!("{path} ({})", same + 1) };
        let present: BTreeSet<usize> = members
            .iter()
            .map(|(step, _)| *step)
            .filter(|step| !correlation.steps[*step].is_absent())
            .collect();
        variables.push(Variable { name, takes_missing: present.len() == 1, members });
    }
    variables
}

/// The variables of a step and, for each, its paths.
fn members_of<'a>(step: usize, variables: &[Variable<'a>]) -> (Vec<usize>, Vec<Vec<&'a FieldPath>>) {
    let mut numbers = Vec::new();
    let mut paths: Vec<Vec<&FieldPath>> = Vec::new();
    for (number, variable) in variables.iter().enumerate() {
        let of_step: Vec<&FieldPath> =
            variable.members.iter().filter(|(member, _)| *member == step).map(|(_, path)| *path).collect();
        if !of_step.is_empty() {
            numbers.push(number);
            paths.push(of_step);
        }
    }
    (numbers, paths)
}

/// All texts at paths that matter, sorted, so that the order of signals plays no part.
fn texts<'a>(variables: &[Variable<'_>], signals: &[&'a [Signal]]) -> Vec<&'a str> {
    let mut texts: Vec<&str> = Vec::new();
    for variable in variables {
        for (step, path) in &variable.members {
            for signal in signals.get(*step).copied().unwrap_or_default() {
                texts.extend(at(signal, path).iter().map(String::as_str));
            }
        }
    }
    texts.sort_unstable();
    texts.dedup();
    texts
}

fn at<'s>(signal: &'s Signal, path: &FieldPath) -> &'s [String] {
    let found = signal.values.iter().find(|(known, _)| known == path.as_str());
    found.map_or(&[], |(_, values)| values)
}

/// The values that a signal has at all of these paths, ascending.
fn values_at(signal: &Signal, paths: &[&FieldPath], texts: &[&str]) -> Vec<u32> {
    let (first, others) = paths.split_first().expect("a variable of a step has a path");
    let mut values: Vec<u32> = at(signal, first)
        .iter()
        .filter(|text| others.iter().all(|path| at(signal, path).contains(text)))
        .filter_map(|text| u32::try_from(texts.binary_search(&text.as_str()).ok()?).ok())
        .collect();
    values.sort_unstable();
    values.dedup();
    values
}
