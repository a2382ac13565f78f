//! Groups: steps in any order within the look-back.

use detect::correlation::Terms;

use crate::support::{check, minute, rule, run, show, signals};

const FAILS_AND_SUCCESS: &str = "\
Group:
  - {ID: fail, RuleID: F, MinMatchCount: 5}
  - {ID: ok, RuleID: S}
MatchCriteria:
  email: [{GroupID: fail, Match: p_any_emails}, {GroupID: ok, Match: user}]
LookbackWindowMinutes: 1800
";

#[test]
fn enough_signals_with_one_value_match() {
    check(FAILS_AND_SUCCESS, "fail: u@0 u@2 u@4 u@6 u@8, ok: u@10", true);
    check(FAILS_AND_SUCCESS, "fail: u@0 u@2 u@4, ok: u@10", false);
    check(FAILS_AND_SUCCESS, "fail: u@0 u@2 u@4 u@6 u@8, ok: v@10", false);
    check(FAILS_AND_SUCCESS, "fail: u@0 u@2 u@4 u@6 v@8, ok: u@10", false);
    check(FAILS_AND_SUCCESS, "fail: u@0 u@2 u@4 u@6 u@8", false);
    check(FAILS_AND_SUCCESS, "ok: u@0", false);
}

#[test]
fn trap_26_order_plays_no_part_in_a_group() {
    check(FAILS_AND_SUCCESS, "ok: u@0, fail: u@2 u@4 u@6 u@8 u@10", true);
}

#[test]
fn the_look_back_includes_both_ends_and_all_that_is_counted() {
    check(FAILS_AND_SUCCESS, "fail: u@0 u@2 u@4 u@6 u@8, ok: u@1800", true);
    check(FAILS_AND_SUCCESS, "fail: u@0 u@2 u@4 u@6 u@8, ok: u@1801", false);
    check(FAILS_AND_SUCCESS, "fail: u@0 u@2 u@4 u@6 u@8 u@9, ok: u@1801", true);
    check(FAILS_AND_SUCCESS, "ok: u@0, fail: u@1797 u@1798 u@1799 u@1800 u@1801", false);
}

#[test]
fn a_signal_without_a_value_takes_no_part() {
    check(FAILS_AND_SUCCESS, "fail: u@0 u@2 u@4 u@6 @8, ok: u@10", false);
    check(FAILS_AND_SUCCESS, "fail: @0 @2 @4 @6 @8, ok: @10", false);
}

#[test]
fn lists_match_when_they_have_an_entry_in_common() {
    check(FAILS_AND_SUCCESS, "fail: a|u@0 u|b@2 u@4 c|u|d@6 u@8, ok: x|u@10", true);
    check(FAILS_AND_SUCCESS, "fail: a|u@0 u|b@2 u@4 c|d@6 u@8, ok: x|u@10", false);
    assert_eq!(
        show(FAILS_AND_SUCCESS, "fail: u|v@0 u|v@1 u|v@2 u|v@3 u|v@4, ok: v|u|w@5"),
        ["u: fail 0 1 2 3 4, ok 5", "v: fail 0 1 2 3 4, ok 5"]
    );
}

const CHANGE_WITHOUT_ARCHIVE: &str = "\
Group:
  - {ID: change, RuleID: A}
  - {ID: archive, RuleID: B, Absence: true}
MatchCriteria:
  repo: [{GroupID: change, Match: p_alert_context.repo}, {GroupID: archive, Match: p_alert_context.repo}]
LookbackWindowMinutes: 90
";

#[test]
fn an_absent_step_is_absent_in_all_that_is_looked_at() {
    check(CHANGE_WITHOUT_ARCHIVE, "change: r@0", true);
    check(CHANGE_WITHOUT_ARCHIVE, "change: r@0, archive: other@1", true);
    check(CHANGE_WITHOUT_ARCHIVE, "change: r@0, archive: r@1", false);
    check(CHANGE_WITHOUT_ARCHIVE, "archive: r@0, change: r@1", false);
    check(CHANGE_WITHOUT_ARCHIVE, "archive: r@0, change: r@500", false);
    check(CHANGE_WITHOUT_ARCHIVE, "archive: r@0", false);
    check(CHANGE_WITHOUT_ARCHIVE, "change: r@0, archive: @1", true);
}

#[test]
fn an_absent_step_outside_all_criteria_is_absent_whatever_its_values() {
    let block = "\
Group: [{ID: a, RuleID: A}, {ID: b, RuleID: B}, {ID: no, RuleID: C, Absence: true}]
MatchCriteria:
  user: [{GroupID: a, Match: u}, {GroupID: b, Match: u}]
LookbackWindowMinutes: 15
";
    check(block, "a: x@0, b: x@1", true);
    check(block, "a: x@0, b: x@1, no: @2", false);
}

#[test]
fn without_criteria_only_counts_matter() {
    let block = "\
Group: [{ID: a, RuleID: A, MinMatchCount: 2}, {ID: b, RuleID: B}]
LookbackWindowMinutes: 30
";
    check(block, "a: @0 @10, b: @30", true);
    check(block, "a: @0 @10, b: @31", false);
    check(block, "a: @0, b: @1", false);
}

#[test]
fn every_combination_and_every_time_is_a_match_of_its_own() {
    let block = "\
Group: [{ID: a, RuleID: A}, {ID: b, RuleID: B}]
MatchCriteria:
  user: [{GroupID: a, Match: u}, {GroupID: b, Match: u}]
LookbackWindowMinutes: 15
";
    assert_eq!(
        show(block, "a: x@0 y@1 x@10 x@100, b: x@5 y@6 x@12 x@105 z@3"),
        ["x: a 0 10, b 5 12", "y: a 1, b 6", "x: a 100, b 105"]
    );
    // Two matches that share a signal are one, however long it gets.
    assert_eq!(show(block, "a: x@0 x@20 x@40, b: x@10 x@30"), ["x: a 0 20 40, b 10 30"]);
    // What is near but shares nothing is apart.
    assert_eq!(show(block, "a: x@0 x@30, b: x@15 x@45"), ["x: a 0 30, b 15 45"]);
    assert_eq!(show(block, "a: x@0 x@31, b: x@15 x@46"), ["x: a 0, b 15", "x: a 31, b 46"]);
}

#[test]
fn the_largest_count_is_that_within_one_look_back() {
    let block = "\
Group: [{ID: fail, RuleID: A, MinMatchCount: 2, MaxMatchCount: 3}, {ID: ok, RuleID: B}]
MatchCriteria:
  user: [{GroupID: fail, Match: u}, {GroupID: ok, Match: u}]
LookbackWindowMinutes: 15
";
    check(block, "fail: x@0 x@1 x@2, ok: x@3", true);
    check(block, "fail: x@0 x@1 x@2 x@3, ok: x@4", false);
    // The first of them has left the look-back.
    check(block, "fail: x@0 x@1 x@2 x@3, ok: x@16", true);
    // When the third came there were three.
    check(block, "ok: x@0, fail: x@1 x@2 x@3 x@4", true);
    check(block, "ok: x@0, fail: x@1 x@1 x@1 x@1", false);
}

#[test]
fn some_of_the_steps_can_be_enough() {
    let block = "\
Group: [{ID: a, RuleID: A}, {ID: b, RuleID: B}, {ID: c, RuleID: C}, {ID: no, RuleID: D, Absence: true}]
MatchCriteria:
  user:
    - {GroupID: a, Match: u}
    - {GroupID: b, Match: u}
    - {GroupID: c, Match: u}
    - {GroupID: no, Match: u}
MinMatchCount: 2
LookbackWindowMinutes: 15
";
    check(block, "a: x@0", false);
    check(block, "a: x@0, b: y@1", false);
    check(block, "a: x@0 x@1", false);
    assert_eq!(show(block, "a: x@0, c: x@1, b: y@1"), ["x: a 0, c 1"]);
    assert_eq!(show(block, "a: x@0, b: x@2, c: x@1"), ["x: a 0, b 2, c 1"]);
    check(block, "a: x@0, c: x@1, no: x@50", false);
    check(block, "a: x@0, c: x@1, no: y@1", true);
    assert_eq!(show(block, "a: x@0, c: x@1, b: x@16"), ["x: a 0, b 16, c 1"]);
}

const TWO_CRITERIA: &str = "\
Group: [{ID: a, RuleID: A}, {ID: b, RuleID: B}, {ID: c, RuleID: C}]
MatchCriteria:
  user: [{GroupID: a, Match: u}, {GroupID: b, Match: u}]
  ip: [{GroupID: b, Match: i}, {GroupID: c, Match: i}]
LookbackWindowMinutes: 15
";

#[test]
fn several_criteria_hold_at_once() {
    assert_eq!(show(TWO_CRITERIA, "a: x@0, b: x+1@1, c: 1@2"), ["1+x: a 0, b 1, c 2"]);
    check(TWO_CRITERIA, "a: x@0, b: x+1@1 x+2@1, c: 3@2", false);
    check(TWO_CRITERIA, "a: x@0, b: y+1@1 x+2@1, c: 1@2", false);
    assert_eq!(
        show(TWO_CRITERIA, "a: x@0 y@0, b: x+1@1 y+1|2@1, c: 1@2 2@3"),
        ["1+x: a 0, b 1, c 2", "1+y: a 0, b 1, c 2", "2+y: a 0, b 1, c 3"]
    );
}

#[test]
fn what_a_missing_step_would_share_stays_open() {
    let block = TWO_CRITERIA.replace("LookbackWindowMinutes", "MinMatchCount: 2\nLookbackWindowMinutes");
    assert_eq!(show(&block, "a: x@0, b: x+1@1, c: 9@2"), ["1+x: a 0, b 1", "9+x: a 0, c 2"]);
    check(&block, "a: x@0, c: @2", false);
}

#[test]
fn one_rule_may_stand_in_two_steps_of_a_group() {
    let block = "\
Group: [{ID: a, RuleID: A, MinMatchCount: 2}, {ID: b, RuleID: A}]
LookbackWindowMinutes: 15
";
    check(block, "a: @0 @1, b: @0 @1", true);
}

#[test]
fn reverse_order_changes_nothing_in_a_group() {
    let block = FAILS_AND_SUCCESS.replace("Lookback", "EventEvaluationOrder: ReverseChronological\nLookback");
    assert_eq!(show(&block, "fail: u@0 u@2 u@4 u@6 u@8, ok: u@10"), ["u: fail 0 2 4 6 8, ok 10"]);
    check(&block, "ok: u@0, fail: u@2 u@4 u@6 u@8 u@10", true);
}

/// Last minutes of the matches that end between two minutes.
fn ends(block: &str, text: &str, first: i64, last: i64) -> Vec<i64> {
    let rule = rule(block);
    let signals = signals(&rule.correlation, text);
    let terms = Terms { ends: Some((minute(first), minute(last))), ..Terms::default() };
    let matches = run(&rule.correlation, &signals, &terms).matches;
    matches.iter().map(|found| found.last_at.as_second() / 60).collect()
}

#[test]
fn matches_can_be_asked_for_by_their_end() {
    let text = "fail: u@0 u@2 u@4 u@6 u@8 u@20, ok: u@10";
    assert_eq!(ends(FAILS_AND_SUCCESS, text, 0, 100), [20]);
    assert_eq!(ends(FAILS_AND_SUCCESS, text, 0, 10), [10]);
    assert_eq!(ends(FAILS_AND_SUCCESS, text, 11, 100), [20]);
    assert_eq!(ends(FAILS_AND_SUCCESS, text, 0, 9), [0; 0]);
}

#[test]
fn then_an_absence_reaches_one_look_back_to_both_sides() {
    assert_eq!(ends(CHANGE_WITHOUT_ARCHIVE, "change: r@0", 0, 0), [0]);
    for (archive, expected) in [(-91, 1), (-90, 0), (0, 0), (90, 0), (91, 1)] {
        let text = format!("change: r@0, archive: r@{archive}");
        assert_eq!(ends(CHANGE_WITHOUT_ARCHIVE, &text, 0, 0).len(), expected, "{archive}");
    }
}
