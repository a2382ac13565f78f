//! The semantics of `detections.md` §5.3 again, as plainly as possible: every window, every chain.

use std::collections::{BTreeMap, BTreeSet};

use content::{Arrangement, Correlation, EvaluationOrder, FieldPath, Group, Presence, Sequence, Transition};
use detect::correlation::Signal;

use crate::support::Essence;

const MINUTE: i64 = 60;

/// All matches, found by trying everything.
pub(crate) fn all_matches(correlation: &Correlation, signals: &[Vec<Signal>]) -> Vec<Essence> {
    let mut found = match &correlation.arrangement {
        Arrangement::Group(group) => all_groups(correlation, group, signals),
        Arrangement::Sequence(sequence) => all_sequences(correlation, sequence, signals),
    };
    found.sort();
    found
}

fn has(signal: &Signal, path: &FieldPath, value: &str) -> bool {
    signal.values.iter().any(|(known, values)| known == path.as_str() && values.iter().any(|it| it == value))
}

/// Whether no value is at all of these paths.
fn has_nothing_at_all(signal: &Signal, paths: &[FieldPath]) -> bool {
    let values = signal.values.iter().flat_map(|(_, values)| values);
    !values.into_iter().any(|value| paths.iter().all(|path| has(signal, path, value)))
}

fn has_any(signal: &Signal, path: &FieldPath) -> bool {
    signal.values.iter().any(|(known, values)| known == path.as_str() && !values.is_empty())
}

/// Every way to give each name one of the values that are seen anywhere, or none.
fn assignments(names: &[String], signals: &[Vec<Signal>]) -> Vec<BTreeMap<String, Option<String>>> {
    let seen: BTreeSet<String> = signals
        .iter()
        .flatten()
        .flat_map(|signal| signal.values.iter().flat_map(|(_, values)| values.clone()))
        .collect();
    let mut all = vec![BTreeMap::new()];
    for name in names {
        let choices: Vec<Option<String>> = seen.iter().cloned().map(Some).chain([None]).collect();
        all = all
            .iter()
            .flat_map(|one: &BTreeMap<String, Option<String>>| {
                choices.iter().map(|choice| {
                    let mut next = one.clone();
                    next.insert(name.clone(), choice.clone());
                    next
                })
            })
            .collect();
    }
    all
}

fn bounds(presence: Presence) -> (usize, usize) {
    match presence {
        Presence::Present { min, max } => (min as usize, max.map_or(usize::MAX, |max| max as usize)),
        Presence::Absent => (0, 0),
    }
}

fn all_groups(correlation: &Correlation, group: &Group, signals: &[Vec<Signal>]) -> Vec<Essence> {
    let lookback = correlation.lookback.as_secs() as i64;
    let is_idle = |criterion: &content::Criterion| {
        criterion.members.iter().all(|(step, _)| correlation.steps[*step].is_absent())
    };
    let criteria: Vec<_> = group.criteria.iter().filter(|criterion| !is_idle(criterion)).collect();
    let names: Vec<String> = criteria.iter().map(|criterion| criterion.name.clone()).collect();
    let positive = correlation.steps.iter().filter(|step| !step.is_absent()).count();
    let needed = group.step_count_min.unwrap_or(positive);
    let mut found = Vec::new();
    for assignment in assignments(&names, signals) {
        let of_step = |step: usize| -> Vec<&Signal> {
            let fits = |signal: &&Signal| {
                criteria.iter().all(|criterion| {
                    criterion.members.iter().filter(|(member, _)| *member == step).all(|(_, path)| {
                        assignment[&criterion.name].as_ref().is_some_and(|value| has(signal, path, value))
                    })
                })
            };
            // A signal without a value at some path takes no part.
            let is_whole = |signal: &&Signal| {
                criteria.iter().all(|criterion| {
                    criterion.members.iter().all(|(member, path)| *member != step || has_any(signal, path))
                })
            };
            signals[step].iter().filter(is_whole).filter(fits).collect()
        };
        let is_broken = (0..correlation.steps.len())
            .any(|step| correlation.steps[step].is_absent() && !of_step(step).is_empty());
        if is_broken {
            continue;
        }
        // What has other values, or must be absent, ends no window.
        let ends: BTreeSet<i64> = (0..correlation.steps.len())
            .filter(|step| !correlation.steps[*step].is_absent())
            .flat_map(of_step)
            .map(|signal| signal.at.as_second())
            .collect();
        let mut windows: Vec<(Steps, BTreeSet<(usize, u64)>)> = Vec::new();
        for end in ends {
            let mut window: Steps = BTreeMap::new();
            let mut all_inside: BTreeSet<(usize, u64)> = BTreeSet::new();
            for (index, step) in correlation.steps.iter().enumerate().filter(|(_, step)| !step.is_absent()) {
                let inside: BTreeSet<u64> = of_step(index)
                    .into_iter()
                    .filter(|signal| (end - lookback..=end).contains(&signal.at.as_second()))
                    .map(|signal| signal.id)
                    .collect();
                all_inside.extend(inside.iter().map(|id| (index, *id)));
                let (min, max) = bounds(step.presence);
                if (min..=max).contains(&inside.len()) {
                    window.insert(index, inside);
                }
            }
            let is_bound = criteria.iter().all(|criterion| {
                assignment[&criterion.name].is_none()
                    || criterion.members.iter().any(|(member, _)| window.contains_key(member))
            });
            if window.len() >= needed && is_bound {
                windows.push((window, all_inside));
            }
        }
        let values: Vec<(String, String)> =
            assignment.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
        found.extend(merge(windows).into_iter().map(|steps| (values.clone(), steps)));
    }
    found
}

type Steps = BTreeMap<usize, BTreeSet<u64>>;

/// A window that still holds a signal of the match before belongs to it.
fn merge(windows: Vec<(Steps, BTreeSet<(usize, u64)>)>) -> Vec<Vec<(usize, BTreeSet<u64>)>> {
    let mut merged: Vec<Steps> = Vec::new();
    for (window, all_inside) in windows {
        let holds = |other: &Steps| {
            all_inside.iter().any(|(step, id)| other.get(step).is_some_and(|ids| ids.contains(id)))
        };
        match merged.last_mut().filter(|last| holds(last)) {
            Some(last) => {
                window.into_iter().for_each(|(step, ids)| last.entry(step).or_default().extend(ids))
            }
            None => merged.push(window),
        }
    }
    merged.into_iter().map(|steps| steps.into_iter().collect()).collect()
}

/// Which values a sequence shares: for each step the paths by the name of the chain.
fn chains(sequence: &Sequence, steps: usize) -> Vec<BTreeSet<(usize, String)>> {
    let mut chains: Vec<BTreeSet<(usize, String)>> = Vec::new();
    for transition in &sequence.transitions {
        let Some((from, to)) = &transition.shared else { continue };
        let ends = BTreeSet::from([
            (transition.from, from.as_str().to_owned()),
            (transition.to, to.as_str().to_owned()),
        ]);
        let touches = |chain: &BTreeSet<(usize, String)>| {
            chain.iter().any(|(step, _)| *step == transition.from || *step == transition.to)
        };
        let (touched, mut rest): (Vec<_>, Vec<_>) = chains.into_iter().partition(touches);
        rest.push(touched.into_iter().flatten().chain(ends).collect());
        chains = rest;
    }
    chains.sort();
    debug_assert!(chains.iter().flatten().all(|(step, _)| *step < steps));
    chains
}

struct Oracle<'a> {
    correlation: &'a Correlation,
    transitions: &'a [Transition],
    /// The signals of each step, by time as the rule sees it, then id.
    signals: Vec<Vec<(i64, u64)>>,
    present: Vec<usize>,
    lookback: i64,
}

fn all_sequences(correlation: &Correlation, sequence: &Sequence, signals: &[Vec<Signal>]) -> Vec<Essence> {
    let chains: Vec<_> = chains(sequence, correlation.steps.len())
        .into_iter()
        .filter(|chain| chain.iter().any(|(step, _)| !correlation.steps[*step].is_absent()))
        .collect();
    let names: Vec<String> = (0..chains.len()).map(|chain| format!("{chain}")).collect();
    let sign = if correlation.order == EvaluationOrder::ReverseChronological { -1 } else { 1 };
    let mut found = Vec::new();
    // One step that is tied to absent ones only may have signals without a value.
    let takes_missing = |chain: &BTreeSet<(usize, String)>| {
        let present: BTreeSet<usize> = chain
            .iter()
            .map(|(step, _)| *step)
            .filter(|step| !correlation.steps[*step].is_absent())
            .collect();
        present.len() == 1
    };
    for assignment in assignments(&names, signals) {
        if chains.iter().zip(&names).any(|(chain, name)| assignment[name].is_none() && !takes_missing(chain))
        {
            continue;
        }
        let of_step = |step: usize| {
            let fits = |signal: &&Signal| {
                chains.iter().zip(&names).all(|(chain, name)| {
                    let paths: Vec<FieldPath> = chain
                        .iter()
                        .filter(|(member, _)| *member == step)
                        .map(|(_, path)| FieldPath::parse(path).unwrap())
                        .collect();
                    match &assignment[name] {
                        Some(value) => paths.iter().all(|path| has(signal, path, value)),
                        None => paths.is_empty() || has_nothing_at_all(signal, &paths),
                    }
                })
            };
            let mut of_step: Vec<(i64, u64)> = signals[step]
                .iter()
                .filter(fits)
                .map(|signal| (sign * signal.at.as_second(), signal.id))
                .collect();
            of_step.sort_unstable();
            of_step
        };
        let oracle = Oracle {
            correlation,
            transitions: &sequence.transitions,
            signals: (0..correlation.steps.len()).map(of_step).collect(),
            present: (0..correlation.steps.len())
                .filter(|step| !correlation.steps[*step].is_absent())
                .collect(),
            lookback: correlation.lookback.as_secs() as i64,
        };
        let mut values: Vec<(String, String)> = Vec::new();
        for (chain, name) in chains.iter().zip(&names) {
            let path = &chain.first().unwrap().1;
            let same = values.iter().filter(|(known, _)| known.split(" (").next() == Some(path)).count();
            let shown = if same == 0 { path.clone() } else { format!("{path} ({})", same + 1) };
            values.push((shown, assignment[name].clone().unwrap_or_default()));
        }
        values.retain(|(_, value)| !value.is_empty());
        values.sort();
        found.extend(oracle.episodes().into_iter().map(|steps| (values.clone(), steps)));
    }
    found
}

type Block = Vec<(i64, u64)>;

impl Oracle<'_> {
    /// Every chain of blocks that holds.
    fn all_chains(&self) -> Vec<Vec<Block>> {
        let mut chains = vec![Vec::new()];
        for place in 0..self.present.len() {
            let step = self.present[place];
            let (min, _) = bounds(self.correlation.steps[step].presence);
            let mut longer = Vec::new();
            for chain in &chains {
                for block in self.signals[step].windows(min) {
                    let mut next: Vec<Block> = chain.clone();
                    next.push(block.to_vec());
                    if self.holds(&next) {
                        longer.push(next);
                    }
                }
            }
            chains = longer;
        }
        chains.retain(|chain| self.ends_well(chain));
        chains
    }

    fn between(&self, step: usize, first: i64, last: i64) -> bool {
        self.signals[step].iter().any(|(at, _)| (first..=last).contains(at))
    }

    fn frame(&self, from: usize, to: usize) -> Option<i64> {
        let found = self.transitions.iter().find(|it| (it.from, it.to) == (from, to))?;
        Some(found.within.map_or(self.lookback, |within| within.as_secs() as i64))
    }

    /// Whether the last block of a chain follows what stands before it.
    fn holds(&self, chain: &[Block]) -> bool {
        let place = chain.len() - 1;
        let step = self.present[place];
        let first = chain[place][0].0;
        if place == 0 {
            return (0..step).all(|absent| {
                let leads_on = self.transitions.iter().find(|it| it.from == absent);
                let reach =
                    leads_on.and_then(|it| it.within).map_or(self.lookback, |within| within.as_secs() as i64);
                !self.between(absent, first - reach, first)
            });
        }
        let before = self.present[place - 1];
        let last = *chain[place - 1].last().unwrap();
        let is_same_rule = self.correlation.steps[before].rule_id == self.correlation.steps[step].rule_id;
        let is_after = if is_same_rule { last < chain[place][0] } else { last.0 <= first };
        let over: Option<i64> = (before..step).map(|at| self.frame(at, at + 1)).sum();
        let within = self.frame(before, step).or(over).unwrap_or(self.lookback).min(self.lookback);
        is_after
            && first - last.0 <= within
            && (before + 1..step).all(|absent| !self.between(absent, last.0, first))
    }

    fn ends_well(&self, chain: &[Block]) -> bool {
        let last = chain.last().unwrap().last().unwrap().0;
        let step = *self.present.last().unwrap();
        let is_absent = (step + 1..self.correlation.steps.len()).all(|absent| {
            let leads_to = self.transitions.iter().find(|it| it.to == absent);
            let reach =
                leads_to.and_then(|it| it.within).map_or(self.lookback, |within| within.as_secs() as i64);
            !self.between(absent, last, last + reach)
        });
        let is_within_counts = self.present.iter().all(|step| {
            let (_, max) = bounds(self.correlation.steps[*step].presence);
            let inside =
                self.signals[*step].iter().filter(|(at, _)| (last - self.lookback..=last).contains(at));
            inside.count() <= max
        });
        is_absent && is_within_counts && last - chain[0][0].0 <= self.lookback
    }

    /// Blocks whose shortest chains overlap are one match.
    fn episodes(&self) -> Vec<Vec<(usize, BTreeSet<u64>)>> {
        let mut spans: BTreeMap<(usize, Block), (i64, i64)> = BTreeMap::new();
        for chain in self.all_chains() {
            let (begin, end) = (chain[0][0].0, chain.last().unwrap().last().unwrap().0);
            for (place, block) in chain.into_iter().enumerate() {
                let span = spans.entry((place, block)).or_insert((begin, end));
                *span = (span.0.max(begin), span.1.min(end));
            }
        }
        let mut spans: Vec<_> =
            spans.into_iter().map(|((place, block), span)| (span, place, block)).collect();
        spans.sort();
        let mut episodes: Vec<(i64, BTreeMap<usize, BTreeSet<u64>>)> = Vec::new();
        for ((begin, end), place, block) in spans {
            match episodes.last_mut() {
                Some((last, _)) if begin <= *last => *last = (*last).max(end),
                _ => episodes.push((end, BTreeMap::new())),
            }
            let ids = block.into_iter().map(|(_, id)| id);
            episodes.last_mut().unwrap().1.entry(self.present[place]).or_default().extend(ids);
        }
        episodes.into_iter().map(|(_, steps)| steps.into_iter().collect()).collect()
    }
}

/// So that minutes and seconds are not mixed up.
pub(crate) const fn seconds(minutes: i64) -> i64 {
    minutes * MINUTE
}
