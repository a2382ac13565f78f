//! What bounds an evaluation, and that it says so.

use std::sync::atomic::AtomicBool;
use std::time::Instant;

use detect::correlation::{Exceeded, MATCHES_MAX, Signal, Terms, WORK_MAX};

use crate::support::{minute, rule, run};

const GROUP: &str = "\
Group: [{ID: a, RuleID: A}, {ID: b, RuleID: B}]
MatchCriteria:
  user: [{GroupID: a, Match: u}, {GroupID: b, Match: u}]
LookbackWindowMinutes: 1800
";

/// Signals `from` to `to`, one a second; `value` makes the values at `u`.
fn many(from: u64, to: u64, value: impl Fn(u64) -> String) -> Vec<Signal> {
    let at = |id: u64| minute(0).checked_add(jiff::SignedDuration::from_secs(id as i64)).unwrap();
    (from..to).map(|id| Signal { id, at: at(id), values: vec![("u".to_owned(), vec![value(id)])] }).collect()
}

#[test]
fn too_many_matches_are_said() {
    let count = MATCHES_MAX as u64 + 1;
    let rule = rule(GROUP);
    let user = |id: u64| format!("user {}", id % count);
    let signals = [many(0, count, user), many(count, 2 * count, user)];
    let outcome = run(&rule.correlation, &signals, &Terms::default());
    assert_eq!(outcome.matches.len(), MATCHES_MAX);
    assert_eq!(outcome.exceeded, Some(Exceeded::Matches));
}

#[test]
fn too_much_work_is_said_and_what_was_found_is_kept() {
    let rule = rule(GROUP);
    let user = |id: u64| format!("user {}", id % 100);
    let signals = [many(0, 500, user), many(500, 1000, user)];
    let all = run(&rule.correlation, &signals, &Terms::default());
    assert_eq!((all.matches.len(), all.exceeded), (100, None));
    let terms = Terms { work_max: 800, ..Terms::default() };
    let some = run(&rule.correlation, &signals, &terms);
    assert_eq!(some.exceeded, Some(Exceeded::Work { limit: 800 }));
    assert!(!some.matches.is_empty() && some.matches.len() < 100);
    assert!(some.matches.iter().all(|found| all.matches.contains(found)));
}

#[test]
fn an_evaluation_can_be_stopped() {
    let rule = rule(GROUP);
    let stop = AtomicBool::new(true);
    let signals = [many(0, 5, |_| "x".to_owned()), many(5, 9, |_| "x".to_owned())];
    let outcome = run(&rule.correlation, &signals, &Terms { stop: Some(&stop), ..Terms::default() });
    assert_eq!((outcome.matches.len(), outcome.exceeded), (0, Some(Exceeded::Stopped)));
}

/// Fifty steps, each with a thousand signals of one value: tried one by one, the chains would never end.
#[test]
fn work_does_not_grow_with_the_number_of_chains() {
    let steps: String = (0..50).map(|step| format!("  - {{ID: s{step}, RuleID: R{step}}}\n")).collect();
    let transitions: String = (1..50)
        .map(|step| format!("  - {{From: s{}, To: s{step}, Match: [{{On: u}}]}}\n", step - 1))
        .collect();
    let rule = rule(&format!("Sequence:\n{steps}Transitions:\n{transitions}LookbackWindowMinutes: 1800\n"));
    let signals: Vec<_> =
        (0..50).map(|step| many(step * 1000, step * 1000 + 1000, |_| "x".to_owned())).collect();
    let terms = Terms { work_max: 200_000, ..Terms::default() };
    let outcome = run(&rule.correlation, &signals, &terms);
    assert_eq!((outcome.matches.len(), outcome.exceeded), (1, None));
    assert_eq!(outcome.matches[0].steps.len(), 50);
    assert!(outcome.matches[0].steps.iter().all(|step| step.signals.len() == 1000));
    // Backwards in time there is no chain; finding that out costs as little.
    let mut reversed = signals;
    reversed.reverse();
    let outcome = run(&rule.correlation, &reversed, &terms);
    assert_eq!((outcome.matches.len(), outcome.exceeded), (0, None));
}

/// Also a figure: `cargo nextest run -p detect -E 'test(hundred_thousand)' --no-capture`.
#[test]
fn a_hundred_thousand_signals_in_a_group() {
    let rule = rule(GROUP);
    for users in [1, 1_000, 9_000] {
        let user = move |id: u64| format!("user {}", id % users);
        let signals = [many(0, 50_000, user), many(50_000, 100_000, user)];
        let begun = Instant::now();
        let outcome = run(&rule.correlation, &signals, &Terms::default());
        println!("100,000 signals, {users} values: {:?}", begun.elapsed());
        assert_eq!((outcome.matches.len() as u64, outcome.exceeded), (users, None));
    }
    const { assert!(WORK_MAX > 10 * 100_000) };
}
