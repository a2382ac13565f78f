//! Short ways to write rules and signals.

use std::collections::BTreeSet;

use content::{Correlation, CorrelationRule, LoadOptions, SourceFile};
use detect::correlation::{Match, Outcome, Signal, Terms, evaluate};
use jiff::Timestamp;

/// A correlation rule with this block.
pub(crate) fn rule(block: &str) -> CorrelationRule {
    let block: String = block.lines().map(|line| format!("    {line}\n")).collect();
    let text = format!(
        "AnalysisType: correlation_rule\nRuleID: Correlation\nEnabled: true\nSeverity: High\nDetection:\n  -\n{block}    Schedule: {{RateMinutes: 2, TimeoutMinutes: 1}}\n"
    );
    let files = [SourceFile { path: "c.yml".into(), text }];
    let options = LoadOptions { is_part: true, ..LoadOptions::default() };
    let repository = content::load(&files, &options);
    let found = repository.correlation_rules().next().cloned();
    found.unwrap_or_else(|| panic!("{:#?}\n{block}", repository.findings))
}

/// The time of a minute.
pub(crate) fn minute(minute: i64) -> Timestamp {
    Timestamp::from_second(minute * 60).unwrap()
}

/// Signals of each step, written like `a: ada@0 ada|bob@2, b: ada@5`; what stands before `@` are the values
/// at the paths of the step, joined by `+`, and `|` joins entries of a list. `@5` alone has no value.
pub(crate) fn signals(correlation: &Correlation, text: &str) -> Vec<Vec<Signal>> {
    let mut signals = vec![Vec::new(); correlation.steps.len()];
    let mut id = 0;
    for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
        let (step, entries) = part.split_once(':').unwrap();
        let index = correlation.steps.iter().position(|known| known.id == step).unwrap();
        let paths = correlation.paths_of(index);
        for entry in entries.split_whitespace() {
            let (values, at) = entry.split_once('@').unwrap();
            let at = minute(at.parse().unwrap());
            let values = values.split('+').zip(&paths).filter(|(values, _)| !values.is_empty());
            let values = values
                .map(|(values, path)| {
                    (path.as_str().to_owned(), values.split('|').map(str::to_owned).collect())
                })
                .collect();
            id += 1;
            signals[index].push(Signal { id, at, values });
        }
    }
    signals
}

/// Evaluates on the given terms.
pub(crate) fn run(correlation: &Correlation, signals: &[Vec<Signal>], terms: &Terms<'_>) -> Outcome {
    let slices: Vec<&[Signal]> = signals.iter().map(Vec::as_slice).collect();
    evaluate(correlation, &slices, terms)
}

/// All matches of a block among signals that are written as above.
pub(crate) fn matches(block: &str, text: &str) -> Vec<Match> {
    let rule = rule(block);
    let signals = signals(&rule.correlation, text);
    let outcome = run(&rule.correlation, &signals, &Terms::default());
    assert_eq!(outcome.exceeded, None);
    outcome.matches
}

/// Matches in short: values, then for each step its signals by minute.
pub(crate) fn show(block: &str, text: &str) -> Vec<String> {
    let rule = rule(block);
    let signals = signals(&rule.correlation, text);
    let minutes = |step: usize, ids: &[u64]| {
        let mut minutes = Vec::new();
        for id in ids {
            let signal = signals[step].iter().find(|signal| signal.id == *id).unwrap();
            minutes.push((signal.at.as_second() / 60).to_string());
        }
        minutes.join(" ")
    };
    let show = |found: &Match| {
        let values: Vec<&str> = found.values.values().map(String::as_str).collect();
        let steps: Vec<String> = found
            .steps
            .iter()
            .map(|step| {
                format!("{} {}", rule.correlation.steps[step.step].id, minutes(step.step, &step.signals))
            })
            .collect();
        format!("{}: {}", values.join("+"), steps.join(", "))
    };
    matches(block, text).iter().map(show).collect()
}

/// Whether there is a match.
pub(crate) fn check(block: &str, text: &str, expected: bool) {
    let found = matches(block, text);
    assert_eq!(!found.is_empty(), expected, "{block}\n{text}\n{found:#?}");
}

/// What is comparable of a match: its values, and its signals by step.
pub(crate) type Essence = (Vec<(String, String)>, Vec<(usize, BTreeSet<u64>)>);

/// The essence of matches, in order.
pub(crate) fn essence(matches: &[Match]) -> Vec<Essence> {
    let mut essence: Vec<Essence> = matches
        .iter()
        .map(|found| {
            let values = found.values.clone().into_iter().collect();
            let steps = found.steps.iter().map(|step| (step.step, step.signals.iter().copied().collect()));
            (values, steps.collect())
        })
        .collect();
    essence.sort();
    essence
}
