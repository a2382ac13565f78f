//! Correlation rules: their YAML, and the signals of their tests.

use content::{
    Arrangement, CorrelationRule, LOOKBACK_MINUTES_MAX, LOOKBACK_MINUTES_MIN, LoadOptions, Presence,
    STEPS_MAX, STEPS_MIN, SourceFile,
};
use detect::correlation::{Match, Outcome, Signal, Terms, evaluate, explain, run_test};
use jiff::{SignedDuration, Timestamp};

pub(crate) const WORDS: &[&str] = &[
    "AnalysisType: correlation_rule\n",
    "Sequence:\n",
    "Group:\n",
    "- {ID: a, RuleID: A}\n",
    "- {ID: b, RuleID: A, Absence: true}\n",
    "MinMatchCount: 2\n",
    "MaxMatchCount: 3\n",
    "Transitions:\n",
    "- {From: a, To: b, WithinTimeFrameMinutes: 5}\n",
    "Match: [{On: p_alert_context.user}]\n",
    "Match: [{From: 'x y'.z[0], To: a[*].b}]\n",
    "MatchCriteria:\n  who:\n    - {GroupID: a, Match: u}\n",
    "LookbackWindowMinutes: 15\n",
    "EventEvaluationOrder: ReverseChronological\n",
    "Schedule: {RateMinutes: 2, TimeoutMinutes: 1}\n",
    "Schedule: {CronExpression: '*/5 1-3 29 2 *', TimeoutMinutes: 1}\n",
    "RuleOutputs: [{ID: a, Matches: {u: {x: [0, 1, 15]}}}, {ID: b}]\n",
    "ExpectedResult: true\n",
    "[0, -5, 153722867280912, \"9999-12-31T23:59:59Z\", \"-009999-01-01T00:00:00Z\"]",
    "\"2026-01-31T10:00:05+05:30\"",
];

/// Reads a hostile correlation rule. One that is taken keeps to its bounds, its schedule goes forward, and the
/// signals of its tests are evaluated within their limits, with the same answer in any order.
pub fn correlation(input: &[u8]) {
    let text = String::from_utf8_lossy(input).into_owned();
    let files = [SourceFile { path: "rules/c.yml".into(), text }];
    let repository = content::load(&files, &LoadOptions { is_part: true, ..LoadOptions::default() });
    for rule in repository.correlation_rules() {
        check_bounds(rule);
        check_schedule(rule);
        for test in &rule.tests {
            let verdict = run_test(&rule.correlation, test);
            assert!(
                verdict.failure.is_some() || verdict.matched == test.expected,
                "a verdict without a reason"
            );
            let signals: Vec<Vec<Signal>> = test.signals.iter().map(|of_step| to_signals(of_step)).collect();
            check_evaluation(rule, signals);
        }
    }
}

fn check_bounds(rule: &CorrelationRule) {
    let correlation = &rule.correlation;
    let count = correlation.steps.len();
    assert!((STEPS_MIN..=STEPS_MAX).contains(&count));
    let minutes = correlation.lookback.as_secs() / 60;
    assert!((LOOKBACK_MINUTES_MIN..=LOOKBACK_MINUTES_MAX).contains(&minutes));
    assert!(correlation.steps.iter().any(|step| !step.is_absent()));
    for (index, step) in correlation.steps.iter().enumerate() {
        if let Presence::Present { min, max } = step.presence {
            assert!(min >= 1 && max.is_none_or(|max| max >= min));
        }
        let is_other = |other: &content::Step| other.id != step.id;
        assert!(correlation.steps[..index].iter().all(is_other), "two steps have one id");
        assert!(correlation.paths_of(index).iter().all(|path| !path.parts().is_empty()));
    }
    match &correlation.arrangement {
        Arrangement::Sequence(sequence) => {
            for transition in &sequence.transitions {
                assert!(transition.from < transition.to && transition.to < count);
                assert!(transition.within.is_none_or(|within| within <= correlation.lookback));
            }
        }
        Arrangement::Group(group) => {
            let members = group.criteria.iter().flat_map(|criterion| &criterion.members);
            assert!(members.into_iter().all(|(step, _)| *step < count));
            assert!(group.step_count_min.is_none_or(|min| (2..count).contains(&min)));
        }
    }
    assert!(rule.tests.iter().all(|test| test.signals.len() == count));
}

fn check_schedule(rule: &CorrelationRule) {
    for at in [Timestamp::MIN, Timestamp::UNIX_EPOCH, Timestamp::MAX] {
        assert!(rule.schedule.rate.next_after(at).is_none_or(|next| next > at), "a schedule goes back");
    }
    assert!(!rule.schedule.timeout.is_zero());
}

fn to_signals(of_step: &[content::TestSignal]) -> Vec<Signal> {
    let values = |signal: &content::TestSignal| {
        signal.values.iter().map(|(path, value)| (path.clone(), vec![value.clone()])).collect()
    };
    (0..).zip(of_step).map(|(id, signal)| Signal { id, at: signal.at, values: values(signal) }).collect()
}

fn check_evaluation(rule: &CorrelationRule, mut signals: Vec<Vec<Signal>>) {
    let terms = Terms { work_max: 100_000, ..Terms::default() };
    let run = |signals: &[Vec<Signal>], terms: &Terms<'_>| -> Outcome {
        let slices: Vec<&[Signal]> = signals.iter().map(Vec::as_slice).collect();
        evaluate(&rule.correlation, &slices, terms)
    };
    let outcome = run(&signals, &terms);
    for found in &outcome.matches {
        check_match(rule, found, &signals);
    }
    let slices: Vec<&[Signal]> = signals.iter().map(Vec::as_slice).collect();
    assert!(!explain(&rule.correlation, &slices).is_empty());
    let ends = Terms { ends: Some((Timestamp::UNIX_EPOCH, Timestamp::MAX)), ..terms };
    assert!(run(&signals, &ends).matches.iter().all(|found| found.last_at >= Timestamp::UNIX_EPOCH));
    signals.iter_mut().for_each(|of_step| of_step.reverse());
    assert_eq!(run(&signals, &terms), outcome, "the order of signals plays a part");
}

fn check_match(rule: &CorrelationRule, found: &Match, signals: &[Vec<Signal>]) {
    assert!(!found.steps.is_empty() && found.first_at <= found.last_at);
    for step in &found.steps {
        assert!(!rule.correlation.steps[step.step].is_absent(), "an absent step takes part");
        assert!(!step.signals.is_empty());
        for id in &step.signals {
            let signal = signals[step.step].iter().find(|signal| signal.id == *id);
            let at = signal.map(|signal| signal.at).expect("a match names signals that were given");
            assert!((found.first_at..=found.last_at).contains(&at));
        }
    }
    // What is not merged out of several matches lies within one look-back.
    let is_single = found.steps.iter().all(|step| step.signals.len() == 1);
    let lookback = SignedDuration::try_from(rule.correlation.lookback).unwrap_or(SignedDuration::MAX);
    assert!(!is_single || found.last_at.duration_since(found.first_at) <= lookback);
}
