//! Runs the unit tests of correlation rules. Source: `detections.md` §5.4.

use std::ops::RangeFrom;

use content::{Correlation, CorrelationTest, TestSignal};

use crate::correlation::{Match, Outcome, Signal, Terms, evaluate, explain};

/// What came of one test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Whether there is a match.
    pub matched: bool,
    /// Why the test failed, if so: one sentence without a period.
    pub failure: Option<String>,
}

/// Evaluates the signals of a test, as if all time were over.
pub fn run_test(correlation: &Correlation, test: &CorrelationTest) -> Verdict {
    let mut ids = 0..;
    let signals: Vec<Vec<Signal>> =
        test.signals.iter().map(|of_step| to_signals(of_step, &mut ids)).collect();
    let slices: Vec<&[Signal]> = signals.iter().map(Vec::as_slice).collect();
    let Outcome { matches, exceeded } = evaluate(correlation, &slices, &Terms::default());
    let matched = !matches.is_empty();
    let failure = match (exceeded, matches.first()) {
        (Some(exceeded), _) => Some(exceeded.to_string()),
        (None, None) if test.expected => {
            Some(format!("returned false, expected true: {}", explain(correlation, &slices)))
        }
        (None, Some(found)) if !test.expected => {
            Some(format!("returned true, expected false: {}", describe(correlation, found)))
        }
        _ => None,
    };
    Verdict { matched, failure }
}

/// Every signal of a test is one of its own, also when two steps look at the same rule.
fn to_signals(of_step: &[TestSignal], ids: &mut RangeFrom<u64>) -> Vec<Signal> {
    let values = |signal: &TestSignal| {
        signal.values.iter().map(|(path, value)| (path.clone(), vec![value.clone()])).collect()
    };
    of_step.iter().zip(ids).map(|(signal, id)| Signal { id, at: signal.at, values: values(signal) }).collect()
}

fn describe(correlation: &Correlation, found: &Match) -> String {
    let values: Vec<String> =
        found.values.iter().map(|(name, value)| format!("{name} = `{value}`")).collect();
    let steps: Vec<String> = found
        .steps
        .iter()
        .map(|step| format!("step `{}` has {}", correlation.steps[step.step].id, step.signals.len()))
        .collect();
    let for_values = if values.is_empty() { String::new() } else { format!("for {}: ", values.join(", ")) };
    format!("{for_values}{}", steps.join(", "))
}
