//! What holds for every rule and every set of signals.

use std::collections::{BTreeMap, BTreeSet};

use content::Correlation;
use detect::correlation::{Match, Signal, Terms};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use crate::oracle::{all_matches, seconds};
use crate::support::{essence, rule, run};

const STEPS_MAX: usize = 4;

#[derive(Clone, Debug)]
struct StepPlan {
    is_absent: bool,
    min: u32,
    max: Option<u32>,
}

fn step() -> impl Strategy<Value = StepPlan> {
    (prop::bool::weighted(0.25), 1..3_u32, prop::option::weighted(0.3, 0..3_u32))
        .prop_map(|(is_absent, min, more)| StepPlan { is_absent, min, max: more.map(|more| min + more) })
}

fn steps() -> impl Strategy<Value = Vec<StepPlan>> {
    prop::collection::vec(step(), 2..=STEPS_MAX).prop_map(|mut steps| {
        if steps.iter().all(|step| step.is_absent) {
            steps[0].is_absent = false;
        }
        steps
    })
}

fn steps_text(steps: &[StepPlan]) -> String {
    let one = |(index, step): (usize, &StepPlan)| {
        let counts = match step {
            StepPlan { is_absent: true, .. } => "Absence: true".to_owned(),
            StepPlan { min, max: None, .. } => format!("MinMatchCount: {min}"),
            StepPlan { min, max: Some(max), .. } => format!("MinMatchCount: {min}, MaxMatchCount: {max}"),
        };
        format!("  - {{ID: s{index}, RuleID: R{index}, {counts}}}\n")
    };
    steps.iter().enumerate().map(one).collect()
}

/// For each pair of neighbours: no transition, or one with a time frame and a match or without.
type Link = Option<(Option<u32>, u8)>;

fn sequence() -> impl Strategy<Value = String> {
    let link = prop::option::weighted(0.8, (prop::option::of(1..14_u32), 0..3_u8));
    (steps(), prop::collection::vec(link, STEPS_MAX - 1), any::<bool>()).prop_map(
        |(steps, links, is_reversed)| {
            let transition = |(index, link): (usize, &Link)| {
                let (within, matched) = (*link)?;
                let within =
                    within.map_or(String::new(), |within| format!(", WithinTimeFrameMinutes: {within}"));
                let matched = match matched {
                    0 => "",
                    1 => ", Match: [{On: u}]",
                    _ => ", Match: [{From: u, To: v}]",
                };
                Some(format!("  - {{From: s{index}, To: s{}{within}{matched}}}\n", index + 1))
            };
            let transitions: String =
                links.iter().take(steps.len() - 1).enumerate().filter_map(transition).collect();
            let order = if is_reversed { "ReverseChronological" } else { "Chronological" };
            let transitions =
                if transitions.is_empty() { String::new() } else { format!("Transitions:\n{transitions}") };
            format!("Sequence:\n{}{transitions}EventEvaluationOrder: {order}\n", steps_text(&steps))
        },
    )
}

fn group() -> impl Strategy<Value = String> {
    let members = prop::collection::vec(prop::bool::weighted(0.7), STEPS_MAX);
    (steps(), members.clone(), prop::option::of(members), any::<bool>()).prop_map(
        |(steps, first, second, is_partial)| {
            let criterion = |name: &str, path: &str, members: &[bool]| {
                let members: String = (0..steps.len())
                    .filter(|step| members[*step])
                    .map(|step| format!("    - {{GroupID: s{step}, Match: {path}}}\n"))
                    .collect();
                if members.is_empty() { String::new() } else { format!("  {name}:\n{members}") }
            };
            let mut criteria = criterion("one", "u", &first);
            if let Some(second) = &second {
                criteria.push_str(&criterion("two", "v", second));
            }
            let criteria =
                if criteria.is_empty() { String::new() } else { format!("MatchCriteria:\n{criteria}") };
            let present = steps.iter().filter(|step| !step.is_absent).count();
            let needed =
                if is_partial && present >= 2 && steps.len() > 2 { "MinMatchCount: 2\n" } else { "" };
            format!("Group:\n{}{criteria}{needed}", steps_text(&steps))
        },
    )
}

fn values() -> impl Strategy<Value = Vec<String>> {
    prop::collection::btree_set(prop::sample::select(vec!["x", "y", "z"]), 0..3)
        .prop_map(|values| values.into_iter().map(str::to_owned).collect())
}

/// Signals of each step within 40 minutes; the look-back is 15.
fn signals() -> impl Strategy<Value = Vec<Vec<Signal>>> {
    let signal = (0..40_i64, values(), values());
    let of_step = prop::collection::vec(signal, 0..5);
    prop::collection::vec(of_step, STEPS_MAX).prop_map(|steps| {
        let mut id = 0;
        let mut make = |(at, u, v): (i64, Vec<String>, Vec<String>)| {
            id += 1;
            let at = Timestamp::from_second(seconds(at)).unwrap();
            Signal { id, at, values: vec![("u".to_owned(), u), ("v".to_owned(), v)] }
        };
        steps.into_iter().map(|of_step| of_step.into_iter().map(&mut make).collect()).collect()
    })
}

fn check(block: &str, mut signals: Vec<Vec<Signal>>) -> Result<(), TestCaseError> {
    let rule = rule(block);
    let correlation = &rule.correlation;
    signals.truncate(correlation.steps.len());
    let outcome = run(correlation, &signals, &Terms::default());
    prop_assert_eq!(outcome.exceeded, None);
    prop_assert_eq!(
        essence(&outcome.matches),
        all_matches(correlation, &signals),
        "{}\n{:#?}",
        block,
        signals
    );
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3_000, ..ProptestConfig::default() })]

    #[test]
    fn sequences_are_found_as_by_trying_every_chain(block in sequence(), signals in signals()) {
        check(&block, signals)?;
    }

    #[test]
    fn groups_are_found_as_by_trying_every_window(block in group(), signals in signals()) {
        check(&block, signals)?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, ..ProptestConfig::default() })]

    #[test]
    fn the_order_in_which_signals_arrive_plays_no_part(
        block in prop_oneof![sequence(), group()],
        (signals, shuffled) in signals().prop_flat_map(|signals| {
            let shuffled: Vec<_> =
                signals.iter().map(|of_step| Just(of_step.clone()).prop_shuffle()).collect();
            (Just(signals), shuffled)
        }),
    ) {
        let rule = rule(&block);
        let count = rule.correlation.steps.len();
        let one = run(&rule.correlation, &signals[..count], &Terms::default());
        let other = run(&rule.correlation, &shuffled[..count], &Terms::default());
        prop_assert_eq!(one, other);
    }
}

/// The signals that take part in matches, by the values of the match.
type Taking = BTreeMap<BTreeMap<String, String>, BTreeSet<u64>>;

fn taking(matches: &[Match]) -> Taking {
    let mut taking = Taking::new();
    for found in matches {
        let ids = found.steps.iter().flat_map(|step| &step.signals).copied();
        taking.entry(found.values.clone()).or_default().extend(ids);
    }
    taking
}

/// Evaluates around each signal as it arrives, with what has arrived so far, as production does.
fn one_by_one(correlation: &Correlation, arrivals: &[(usize, Signal)]) -> Taking {
    let lookback = SignedDuration::try_from(correlation.lookback).unwrap();
    let mut arrived: Vec<Vec<Signal>> = vec![Vec::new(); correlation.steps.len()];
    let mut all = Taking::new();
    for (step, signal) in arrivals {
        arrived[*step].push(signal.clone());
        let (first, last) = (signal.at - lookback, signal.at + lookback);
        let near: Vec<Vec<Signal>> = arrived
            .iter()
            .map(|of_step| of_step.iter().filter(|it| (first..=last).contains(&it.at)).cloned().collect())
            .collect();
        let terms = Terms { ends: Some((signal.at, last)), ..Terms::default() };
        for (values, ids) in taking(&run(correlation, &near, &terms).matches) {
            all.entry(values).or_default().extend(ids);
        }
    }
    all
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, ..ProptestConfig::default() })]

    /// Without absences and largest counts, which a later signal can break. A signal that comes late between
    /// two that were consecutive can part them, too; what was reported of these stays reported.
    #[test]
    fn signals_that_arrive_one_by_one_in_any_order_are_found_as_all_at_once(
        block in prop_oneof![sequence(), group()],
        arrivals in signals().prop_flat_map(|signals| {
            let arrivals: Vec<(usize, Signal)> = signals
                .into_iter()
                .enumerate()
                .flat_map(|(step, of_step)| of_step.into_iter().map(move |signal| (step, signal)))
                .collect();
            Just(arrivals).prop_shuffle()
        }),
    ) {
        let block = block.replace("Absence: true", "MinMatchCount: 1");
        let block = without_largest_counts(&block);
        let rule = rule(&block);
        let count = rule.correlation.steps.len();
        let arrivals: Vec<_> = arrivals.into_iter().filter(|(step, _)| *step < count).collect();
        let mut all: Vec<Vec<Signal>> = vec![Vec::new(); count];
        arrivals.iter().for_each(|(step, signal)| all[*step].push(signal.clone()));
        let at_once = run(&rule.correlation, &all, &Terms::default());
        let (one_by_one, at_once) = (one_by_one(&rule.correlation, &arrivals), taking(&at_once.matches));
        let can_be_parted = block.starts_with("Sequence") && block.contains("MinMatchCount: 2");
        if can_be_parted {
            let is_missed = |(values, ids): (&BTreeMap<String, String>, &BTreeSet<u64>)| {
                one_by_one.get(values).is_none_or(|found| !ids.is_subset(found))
            };
            prop_assert!(!at_once.iter().any(is_missed), "{}{:?} {:?}", block, one_by_one, at_once);
        } else {
            prop_assert_eq!(one_by_one, at_once, "{}", block);
        }
    }
}

/// The block without its `MaxMatchCount`s.
fn without_largest_counts(block: &str) -> String {
    let mut parts = block.split(", MaxMatchCount: ");
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        text.push_str(part.trim_start_matches(|c: char| c.is_ascii_digit()));
    }
    text
}
