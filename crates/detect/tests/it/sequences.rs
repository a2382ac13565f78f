//! Sequences: steps one after the other.

use content::{LoadOptions, Presence, SourceFile};
use detect::correlation::{Terms, run_test};

use crate::support::{check, matches, minute, rule, run, show, signals};

const CREATED_AND_DELETED: &str = "\
Sequence: [{ID: created, RuleID: A}, {ID: deleted, RuleID: B}]
Transitions:
  - {From: created, To: deleted, WithinTimeFrameMinutes: 720, Match: [{On: p_alert_context.target}]}
LookbackWindowMinutes: 2160
";

#[test]
fn one_after_the_other_with_one_value() {
    check(CREATED_AND_DELETED, "created: x@0, deleted: x@640", true);
    check(CREATED_AND_DELETED, "created: x@0, deleted: y@640", false);
    check(CREATED_AND_DELETED, "created: x@0", false);
    check(CREATED_AND_DELETED, "deleted: x@640", false);
}

#[test]
fn order_counts_and_one_time_is_in_order() {
    check(CREATED_AND_DELETED, "deleted: x@0, created: x@1", false);
    check(CREATED_AND_DELETED, "deleted: x@5, created: x@5", true);
}

#[test]
fn the_time_frame_includes_its_end() {
    check(CREATED_AND_DELETED, "created: x@0, deleted: x@720", true);
    check(CREATED_AND_DELETED, "created: x@0, deleted: x@721", false);
    check(CREATED_AND_DELETED, "created: x@0 x@1, deleted: x@721", true);
}

#[test]
fn all_signals_that_can_take_part_do() {
    assert_eq!(
        show(CREATED_AND_DELETED, "created: x@0 x@5 x@900, deleted: x@7 x@8"),
        ["x: created 0 5, deleted 7 8"]
    );
    assert_eq!(
        show(CREATED_AND_DELETED, "created: x@0 y@1 x@2000, deleted: x@10 y@11 x@2010"),
        ["x: created 0, deleted 10", "y: created 1, deleted 11", "x: created 2000, deleted 2010"]
    );
}

#[test]
fn lists_share_an_entry() {
    assert_eq!(show(CREATED_AND_DELETED, "created: a|x@0, deleted: x|b@1"), ["x: created 0, deleted 1"]);
    check(CREATED_AND_DELETED, "created: a|b@0, deleted: c|d@1", false);
}

const THREE_STAGES: &str = "\
Sequence: [{ID: a, RuleID: A}, {ID: b, RuleID: B}, {ID: c, RuleID: C}]
Transitions:
  - {From: a, To: b, Match: [{On: stage}]}
  - {From: b, To: c, Match: [{On: stage}]}
LookbackWindowMinutes: 60
";

#[test]
fn three_steps_share_one_value() {
    check(THREE_STAGES, "a: x@0, b: x@0, c: x@0", true);
    check(THREE_STAGES, "a: x@0, b: x@1, c: y@2", false);
    // Each pair shares a value, but there is none that all three share.
    check(THREE_STAGES, "a: x@0, b: x|y@1, c: y@2", false);
    check(THREE_STAGES, "a: x@0, c: x@1, b: x@2", false);
    // A detour that leads nowhere does not hide the way that does.
    check(THREE_STAGES, "a: x@0, b: x@1 x@9, c: x@5", true);
}

#[test]
fn the_whole_chain_lies_within_the_look_back() {
    check(THREE_STAGES, "a: x@0, b: x@30, c: x@60", true);
    check(THREE_STAGES, "a: x@0, b: x@30, c: x@61", false);
    check(THREE_STAGES, "a: x@0 x@1, b: x@30, c: x@61", true);
    assert_eq!(show(THREE_STAGES, "a: x@0 x@1, b: x@30, c: x@61"), ["x: a 1, b 30, c 61"]);
}

#[test]
fn fields_may_have_different_names_and_fields_that_differ_must_agree() {
    let block = "\
Sequence: [{ID: a, RuleID: A}, {ID: b, RuleID: B}, {ID: c, RuleID: C}]
Transitions:
  - {From: a, To: b, Match: [{From: actor.id, To: target.id}]}
  - {From: b, To: c, Match: [{From: session, To: id}]}
LookbackWindowMinutes: 60
";
    // `b` is written with its paths in the order in which transitions name them: target.id, session.
    check(block, "a: x@0, b: x+x@1, c: x@2", true);
    check(block, "a: x@0, b: x+s@1, c: s@2", false);
    check(block, "a: x@0, b: x|s+s|x@1, c: x@2", true);
}

#[test]
fn a_step_takes_consecutive_signals() {
    let block = "\
Sequence: [{ID: fail, RuleID: A, MinMatchCount: 3}, {ID: ok, RuleID: B}]
Transitions:
  - {From: fail, To: ok, WithinTimeFrameMinutes: 10, Match: [{On: u}]}
LookbackWindowMinutes: 60
";
    check(block, "fail: x@0 x@1 x@2, ok: x@3", true);
    check(block, "fail: x@0 x@1, ok: x@2, fail: x@3", false);
    check(block, "fail: x@0 x@1 y@2, ok: x@3", false);
    // The last of the three must be near; the first may be as far as the look-back.
    check(block, "fail: x@0 x@1 x@50, ok: x@60", true);
    check(block, "fail: x@0 x@1 x@50, ok: x@61", false);
    check(block, "fail: x@-1 x@1 x@50, ok: x@60", false);
    assert_eq!(show(block, "fail: x@0 x@20 x@21 x@22, ok: x@25"), ["x: fail 0 20 21 22, ok 25"]);
}

#[test]
fn the_largest_count_is_that_within_one_look_back_of_the_end() {
    let block = "\
Sequence: [{ID: fail, RuleID: A, MinMatchCount: 2, MaxMatchCount: 3}, {ID: ok, RuleID: B}]
Transitions:
  - {From: fail, To: ok, Match: [{On: u}]}
LookbackWindowMinutes: 15
";
    check(block, "fail: x@0 x@1 x@2, ok: x@3", true);
    check(block, "fail: x@0 x@1 x@2 x@3, ok: x@4", false);
    check(block, "fail: x@0 x@1 x@2 x@3, ok: x@16", true);
    check(block, "fail: x@0 x@1 x@2 y@3, ok: x@4", true);
}

const SIGN_IN_WITHOUT_SSO: &str = "\
Sequence: [{ID: sso, RuleID: A, Absence: true}, {ID: sign in, RuleID: B}]
Transitions:
  - {From: sso, To: sign in, WithinTimeFrameMinutes: 15, Match: [{From: actor, To: userName}]}
LookbackWindowMinutes: 60
";

#[test]
fn a_leading_absence_reaches_back_by_its_time_frame() {
    check(SIGN_IN_WITHOUT_SSO, "sign in: u@2", true);
    check(SIGN_IN_WITHOUT_SSO, "sso: u@0, sign in: u@2", false);
    check(SIGN_IN_WITHOUT_SSO, "sso: v@0, sign in: u@2", true);
    check(SIGN_IN_WITHOUT_SSO, "sso: u@0, sign in: u@15", false);
    check(SIGN_IN_WITHOUT_SSO, "sso: u@0, sign in: u@16", true);
    check(SIGN_IN_WITHOUT_SSO, "sso: u@2, sign in: u@2", false);
    check(SIGN_IN_WITHOUT_SSO, "sso: u@3, sign in: u@2", true);
    assert_eq!(
        show(SIGN_IN_WITHOUT_SSO, "sso: u@0, sign in: u@2 u@40 v@3"),
        ["v: sign in 3", "u: sign in 40"]
    );
}

const CHANGE_NOT_UNDONE: &str = "\
Sequence: [{ID: change, RuleID: A}, {ID: undo, RuleID: B, Absence: true}]
Transitions:
  - {From: change, To: undo, WithinTimeFrameMinutes: 30, Match: [{On: repo}]}
LookbackWindowMinutes: 60
";

#[test]
fn a_trailing_absence_reaches_on_by_its_time_frame() {
    check(CHANGE_NOT_UNDONE, "change: r@0", true);
    check(CHANGE_NOT_UNDONE, "change: r@0, undo: r@30", false);
    check(CHANGE_NOT_UNDONE, "change: r@0, undo: r@31", true);
    check(CHANGE_NOT_UNDONE, "change: r@0, undo: r@0", false);
    check(CHANGE_NOT_UNDONE, "undo: r@0, change: r@1", true);
    check(CHANGE_NOT_UNDONE, "change: r@0, undo: other@1", true);
}

#[test]
fn signals_without_a_value_are_equal_where_only_absences_are_tied() {
    check(SIGN_IN_WITHOUT_SSO, "sign in: @2", true);
    check(SIGN_IN_WITHOUT_SSO, "sso: @0, sign in: @2", false);
    check(SIGN_IN_WITHOUT_SSO, "sso: u@0, sign in: @2", true);
    check(SIGN_IN_WITHOUT_SSO, "sso: @0, sign in: u@2", true);
    check(CHANGE_NOT_UNDONE, "change: @0, undo: @1", false);
    check(CREATED_AND_DELETED, "created: @0, deleted: @1", false);
    check(NO_RESET_BETWEEN, "fail: @0, ok: @10", false);
}

#[test]
fn without_a_time_frame_an_absence_reaches_as_far_as_the_look_back() {
    let block = CHANGE_NOT_UNDONE.replace("WithinTimeFrameMinutes: 30, ", "");
    check(&block, "change: r@0, undo: r@60", false);
    check(&block, "change: r@0, undo: r@61", true);
    let block = SIGN_IN_WITHOUT_SSO.replace("WithinTimeFrameMinutes: 15, ", "");
    check(&block, "sso: u@0, sign in: u@60", false);
    check(&block, "sso: u@0, sign in: u@61", true);
}

#[test]
fn a_trailing_absence_is_sure_only_when_its_time_is_over() {
    let rule = rule(CHANGE_NOT_UNDONE);
    let signals = signals(&rule.correlation, "change: r@0 r@10");
    let starts = |now: i64| {
        let terms = Terms { now: Some(minute(now)), ..Terms::default() };
        let matches = run(&rule.correlation, &signals, &terms).matches;
        matches.iter().map(|found| found.steps[0].signals.len()).sum::<usize>()
    };
    assert_eq!(starts(29), 0);
    assert_eq!(starts(30), 0);
    assert_eq!(starts(31), 1);
    assert_eq!(starts(41), 2);
}

#[test]
fn a_transition_against_the_order_joins_the_same_steps() {
    let block = CHANGE_NOT_UNDONE.replace("From: change, To: undo", "From: undo, To: change");
    check(&block, "change: r@0, undo: r@1", false);
    check(&block, "undo: r@0, change: r@1", true);
}

const NO_RESET_BETWEEN: &str = "\
Sequence: [{ID: fail, RuleID: A}, {ID: reset, RuleID: B, Absence: true}, {ID: ok, RuleID: C}]
Transitions:
  - {From: fail, To: reset, Match: [{On: u}]}
  - {From: reset, To: ok, Match: [{On: u}]}
LookbackWindowMinutes: 60
";

#[test]
fn an_absence_in_between_reaches_from_one_to_the_other() {
    check(NO_RESET_BETWEEN, "fail: x@0, ok: x@10", true);
    check(NO_RESET_BETWEEN, "fail: x@0, reset: x@5, ok: x@10", false);
    check(NO_RESET_BETWEEN, "fail: x@0, reset: y@5, ok: x@10", true);
    check(NO_RESET_BETWEEN, "fail: x@0, reset: x@0, ok: x@10", false);
    check(NO_RESET_BETWEEN, "fail: x@0, reset: x@10, ok: x@10", false);
    check(NO_RESET_BETWEEN, "reset: x@0, fail: x@1, ok: x@10, reset: x@11", true);
    check(NO_RESET_BETWEEN, "fail: x@0, reset: x@5, fail: x@6, ok: x@10", true);
    check(NO_RESET_BETWEEN, "fail: x@0, ok: y@10", false);
}

#[test]
fn time_frames_over_an_absence_add_up() {
    let block = NO_RESET_BETWEEN
        .replace("To: reset, ", "To: reset, WithinTimeFrameMinutes: 10, ")
        .replace("To: ok, ", "To: ok, WithinTimeFrameMinutes: 5, ");
    check(&block, "fail: x@0, ok: x@15", true);
    check(&block, "fail: x@0, ok: x@16", false);
    let direct =
        format!("{}  - {{From: fail, To: ok, WithinTimeFrameMinutes: 20}}\n", block_without_lookback(&block));
    check(&direct, "fail: x@0, ok: x@20", true);
    check(&direct, "fail: x@0, ok: x@21", false);
}

/// The look-back is written last; the default is 15 minutes, so it goes to the front.
fn block_without_lookback(block: &str) -> String {
    let rest = block.replace("LookbackWindowMinutes: 60\n", "");
    format!("LookbackWindowMinutes: 60\n{rest}")
}

#[test]
fn an_absence_without_a_match_is_absent_whatever_its_values() {
    let block = CHANGE_NOT_UNDONE.replace(", Match: [{On: repo}]", "");
    check(&block, "change: @0", true);
    check(&block, "change: @0, undo: @1", false);
}

#[test]
fn steps_without_a_transition_are_joined_by_order_alone() {
    let block = "\
Sequence: [{ID: a, RuleID: A}, {ID: b, RuleID: B}, {ID: c, RuleID: C}]
Transitions:
  - {From: b, To: c, Match: [{On: u}]}
LookbackWindowMinutes: 30
";
    check(block, "a: @0, b: x@1, c: x@30", true);
    check(block, "a: @0, b: x@1, c: x@31", false);
    check(block, "b: x@0, a: @1, c: x@2", false);
    let block = "Sequence: [{ID: a, RuleID: A}, {ID: b, RuleID: B}]\n";
    check(block, "a: @0, b: @15", true);
    check(block, "a: @0, b: @16", false);
}

#[test]
fn chains_that_are_not_joined_have_values_of_their_own() {
    let block = "\
Sequence: [{ID: a, RuleID: A}, {ID: b, RuleID: B}, {ID: c, RuleID: C}, {ID: d, RuleID: D}]
Transitions:
  - {From: a, To: b, Match: [{On: u}]}
  - {From: c, To: d, Match: [{On: u}]}
LookbackWindowMinutes: 30
";
    let found = matches(block, "a: x@0, b: x@1, c: y@2, d: y@3");
    let values: Vec<_> =
        found[0].values.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert_eq!(values, [("u", "x"), ("u (2)", "y")]);
    check(block, "a: x@0, b: x@1, c: y@2, d: x@3", false);
}

#[test]
fn backwards_the_first_step_is_the_latest() {
    let block =
        CREATED_AND_DELETED.replace("Lookback", "EventEvaluationOrder: ReverseChronological\nLookback");
    check(&block, "created: x@0, deleted: x@640", false);
    assert_eq!(show(&block, "deleted: x@0 x@1, created: x@640"), ["x: created 640, deleted 0 1"]);
    check(&block, "deleted: x@0, created: x@721", false);
    let found = matches(&block, "deleted: x@0, created: x@640");
    assert_eq!((found[0].first_at, found[0].last_at), (minute(0), minute(640)));
}

#[test]
fn backwards_absences_are_mirrored_too() {
    let block =
        SIGN_IN_WITHOUT_SSO.replace("Lookback", "EventEvaluationOrder: ReverseChronological\nLookback");
    check(&block, "sso: u@0, sign in: u@2", true);
    check(&block, "sign in: u@2, sso: u@17", false);
    check(&block, "sign in: u@2, sso: u@18", true);
    let rule = rule(&block);
    let signals = signals(&rule.correlation, "sign in: u@0");
    for (now, expected) in [(15, 0), (16, 1)] {
        let terms = Terms { now: Some(minute(now)), ..Terms::default() };
        assert_eq!(run(&rule.correlation, &signals, &terms).matches.len(), expected, "{now}");
    }
    let block = CHANGE_NOT_UNDONE.replace("Lookback", "EventEvaluationOrder: ReverseChronological\nLookback");
    check(&block, "undo: r@0, change: r@30", false);
    check(&block, "undo: r@0, change: r@31", true);
    check(&block, "change: r@0, undo: r@1", true);
}

#[test]
fn a_signal_is_not_its_own_successor() {
    let block = "\
Sequence: [{ID: one, RuleID: A}, {ID: two, RuleID: A}]
Transitions: [{From: one, To: two, Match: [{On: u}]}]
LookbackWindowMinutes: 60
";
    let rule = rule(block);
    let mut signals = signals(&rule.correlation, "one: x@0");
    let check = |signals: &[Vec<detect::correlation::Signal>], expected: usize| {
        assert_eq!(run(&rule.correlation, signals, &Terms::default()).matches.len(), expected);
    };
    signals[1] = signals[0].clone();
    check(&signals, 0);
    let mut second = signals[0][0].clone();
    second.id = 7;
    signals.iter_mut().for_each(|of_step| of_step.push(second.clone()));
    check(&signals, 1);
}

#[test]
fn a_signal_is_not_its_own_successor_over_another_step_either() {
    let block = "\
Sequence: [{ID: one, RuleID: A}, {ID: two, RuleID: B}, {ID: three, RuleID: A}]
Transitions:
  - {From: one, To: two, Match: [{On: u}]}
  - {From: two, To: three, Match: [{On: u}]}
LookbackWindowMinutes: 60
";
    let rule = rule(block);
    assert!(matches!(rule.correlation.steps[0].presence, Presence::Present { min: 1, max: None }));
    let mut signals = signals(&rule.correlation, "one: x@0, two: x@0");
    signals[2] = signals[0].clone();
    assert!(run(&rule.correlation, &signals, &Terms::default()).matches.is_empty());
    let mut later = signals[0][0].clone();
    later.id = 7;
    signals[0].push(later.clone());
    signals[2].push(later);
    assert_eq!(run(&rule.correlation, &signals, &Terms::default()).matches.len(), 1);
}

#[test]
fn matches_can_be_asked_for_by_their_end() {
    let steps = |block: &str, text: &str, first: i64, last: i64| {
        let rule = rule(block);
        let signals = signals(&rule.correlation, text);
        let terms = Terms { ends: Some((minute(first), minute(last))), ..Terms::default() };
        let matches = run(&rule.correlation, &signals, &terms).matches;
        matches
            .iter()
            .map(|found| found.steps.iter().map(|step| step.signals.len()).collect::<Vec<_>>())
            .collect::<Vec<_>>()
    };
    let text = "created: x@0, deleted: x@5 x@10";
    assert_eq!(steps(CREATED_AND_DELETED, text, 0, 99), [[1, 2]]);
    // What takes part in a match that ends in time is all there.
    assert_eq!(steps(CREATED_AND_DELETED, text, 6, 99), [[1, 1]]);
    assert_eq!(steps(CREATED_AND_DELETED, text, 0, 4), [[0; 0]; 0]);
    let block =
        CREATED_AND_DELETED.replace("Lookback", "EventEvaluationOrder: ReverseChronological\nLookback");
    let text = "deleted: x@0, created: x@5 x@10";
    assert_eq!(steps(&block, text, 6, 99), [[1, 1]]);
    assert_eq!(steps(&block, text, 0, 5), [[1, 1]]);
    assert_eq!(steps(&block, text, 0, 4), [[0; 0]; 0]);
}

#[test]
fn a_test_of_two_steps_of_one_rule_gives_each_its_own_signals() {
    let text = "\
AnalysisType: correlation_rule
RuleID: Twice
Enabled: true
Severity: High
Detection:
  - Sequence: [{ID: first, RuleID: A}, {ID: again, RuleID: A}]
    Transitions: [{ID: t, From: first, To: again, WithinTimeFrameMinutes: 30, Match: [{On: user}]}]
    LookbackWindowMinutes: 60
    Schedule: {RateMinutes: 2, TimeoutMinutes: 1}
Tests:
  - Name: again after ten minutes
    ExpectedResult: true
    RuleOutputs: [{ID: first, Matches: {user: {ada: [0]}}}, {ID: again, Matches: {user: {ada: [10]}}}]
  - Name: never again
    ExpectedResult: false
    RuleOutputs: [{ID: first, Matches: {user: {ada: [0]}}}]
";
    let files = [SourceFile { path: "c.yml".into(), text: text.to_owned() }];
    let repository = content::load(&files, &LoadOptions { is_part: true, ..LoadOptions::default() });
    let rule = repository.correlation_rules().next().unwrap();
    let failures: Vec<_> = rule.tests.iter().map(|test| run_test(&rule.correlation, test).failure).collect();
    assert_eq!(failures, [None, None]);
}
