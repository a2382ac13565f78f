//! Why there is no match, in words.

use detect::correlation::{Signal, explain};

use crate::support::{matches, rule, signals};

fn why(block: &str, text: &str) -> String {
    assert!(matches(block, text).is_empty(), "there is a match: {text}");
    let rule = rule(block);
    let signals = signals(&rule.correlation, text);
    let slices: Vec<&[Signal]> = signals.iter().map(Vec::as_slice).collect();
    explain(&rule.correlation, &slices)
}

const GROUP: &str = "\
Group:
  - {ID: fail, RuleID: F, MinMatchCount: 3}
  - {ID: ok, RuleID: S}
  - {ID: reset, RuleID: R, Absence: true}
MatchCriteria:
  user: [{GroupID: fail, Match: u}, {GroupID: ok, Match: u}, {GroupID: reset, Match: u}]
LookbackWindowMinutes: 30
";

#[test]
fn a_group_says_which_step_had_how_many_signals_of_the_closest_value() {
    assert_eq!(why(GROUP, ""), "step `fail` has 0 of 3, step `ok` has 0 of 1, step `reset` has 0 of none");
    assert_eq!(
        why(GROUP, "fail: ada@0 bob@1 ada@2, ok: ada@3 eve@4"),
        "for user = `ada`: step `fail` has 2 of 3 and 1 with another value or none, \
         step `ok` has 1 of 1 and 1 with another value or none, step `reset` has 0 of none"
    );
    assert_eq!(
        why(GROUP, "fail: ada@0 ada@1 ada@2, ok: ada@60"),
        "for user = `ada`: step `fail` has 3 of 3, step `ok` has 1 of 1, step `reset` has 0 of none; \
         but never so within the look-back of 30 minutes"
    );
    assert_eq!(
        why(GROUP, "fail: ada@0 ada@1 ada@2, ok: ada@3, reset: ada@99"),
        "for user = `ada`: step `fail` has 3 of 3, step `ok` has 1 of 1, step `reset` has 1 of none; \
         a step that must be absent has a signal"
    );
}

const SEQUENCE: &str = "\
Sequence:
  - {ID: fail, RuleID: F, MinMatchCount: 2, MaxMatchCount: 3}
  - {ID: reset, RuleID: R, Absence: true}
  - {ID: ok, RuleID: S}
  - {ID: out, RuleID: O, Absence: true}
Transitions:
  - {From: fail, To: reset, Match: [{On: u}]}
  - {From: fail, To: ok, WithinTimeFrameMinutes: 10, Match: [{On: u}]}
  - {From: ok, To: out, WithinTimeFrameMinutes: 5, Match: [{On: u}]}
LookbackWindowMinutes: 30
";

#[test]
fn a_sequence_says_where_it_broke_off() {
    let reason = |text: &str| why(SEQUENCE, text).rsplit("; ").next().unwrap().to_owned();
    assert_eq!(
        reason("fail: ada@0, ok: ada@1"),
        "for u = `ada`: step `fail` has 1 of 2 to 3, step `reset` has 0 of none, step `ok` has 1 of 1, \
         step `out` has 0 of none"
    );
    assert_eq!(reason("fail: ada@0 ada@1, ok: ada@12"), "`ok` does not follow `fail` within 10 minutes");
    assert_eq!(reason("ok: ada@0, fail: ada@1 ada@2"), "`ok` does not come after `fail`");
    assert_eq!(
        reason("fail: ada@0 ada@1, reset: ada@2, ok: ada@3"),
        "`reset` must be absent there and has a signal"
    );
    assert_eq!(
        reason("fail: ada@0 ada@1, ok: ada@3, out: ada@8"),
        "`out` must be absent there and has a signal"
    );
    assert_eq!(reason("fail: ada@0 ada@1 ada@2 ada@3, ok: ada@4"), "`fail` has more signals than it may");
    assert_eq!(reason("fail: ada@-27 ada@1, ok: ada@4"), "but never so within the look-back of 30 minutes");
}
