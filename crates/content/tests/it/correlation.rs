//! Correlation rules: what is read, and what is refused, with place and hint.

use std::time::Duration;

use content::{Arrangement, CorrelationRule, EvaluationOrder, Item, Level, Presence, Rate, Repository};
use insta::assert_snapshot;
use jiff::Timestamp;

use crate::{PYTHON, file, load_all, rule_yaml};

/// A correlation rule over the rules `Failed`, `Worked` and `Reset`; `block` stands under `Detection`.
fn yaml(id: &str, block: &str, extra: &str) -> String {
    let block: String = block.lines().map(|line| format!("    {line}\n")).collect();
    format!(
        "AnalysisType: correlation_rule\nRuleID: {id}\nEnabled: true\nSeverity: High\nDetection:\n  -\n{block}{extra}"
    )
}

fn load(yaml: &str) -> Repository {
    let sub_rule = |id: &str| file(&format!("rules/{id}.yml"), &rule_yaml(id, ""));
    load_all(&[
        sub_rule("Failed"),
        sub_rule("Worked"),
        sub_rule("Reset"),
        file("rules/r.py", PYTHON),
        file("rules/c.yml", yaml),
    ])
}

fn ready(block: &str, extra: &str) -> CorrelationRule {
    let repository = load(&yaml("C", block, extra));
    assert_eq!(repository.findings, [], "{block}");
    repository.correlation_rules().next().unwrap().clone()
}

/// The findings as a person sees them.
fn show(block: &str, extra: &str) -> String {
    let yaml = yaml("C", block, extra);
    let repository = load(&yaml);
    repository.findings.iter().map(|finding| content::render_text(finding, &yaml, false)).collect()
}

fn codes(block: &str) -> Vec<&'static str> {
    load(&yaml("C", block, "")).findings.iter().map(|finding| finding.code).collect()
}

const SEQUENCE: &str = "\
Sequence:
  - ID: fails
    RuleID: Failed
    MinMatchCount: 5
    MaxMatchCount: 50
  - RuleID: Worked
  - ID: no reset
    RuleID: Reset
    Absence: true
Transitions:
  - ID: in
    From: fails
    To: Worked
    WithinTimeFrameMinutes: 30
    Match:
      - On: p_alert_context.user
  - From: Worked
    To: no reset
    Match:
      - From: p_alert_context.user
        To: target.'user name'
LookbackWindowMinutes: 90
EventEvaluationOrder: ReverseChronological
Schedule: {RateMinutes: 60, TimeoutMinutes: 5}
";

const GROUP: &str = "\
Group:
  - {ID: a, RuleID: Failed}
  - {ID: b, RuleID: Worked}
  - {ID: c, RuleID: Reset}
MatchCriteria:
  user:
    - {GroupID: a, Match: p_any_emails}
    - {GroupID: b, Match: p_any_emails}
MinMatchCount: 2
LookbackWindowMinutes: 120
Schedule: {CronExpression: '0 * * * *', TimeoutMinutes: 5}
";

#[test]
fn every_key_of_a_sequence_is_read() {
    let rule = ready(SEQUENCE, "");
    let correlation = &rule.correlation;
    assert_eq!(correlation.lookback, Duration::from_secs(90 * 60));
    assert_eq!(rule.detection.dedup_period, correlation.lookback);
    assert_eq!(correlation.order, EvaluationOrder::ReverseChronological);
    let steps: Vec<_> = correlation
        .steps
        .iter()
        .map(|step| (step.id.as_str(), step.rule_id.as_str(), step.presence))
        .collect();
    assert_eq!(
        steps,
        [
            ("fails", "Failed", Presence::Present { min: 5, max: Some(50) }),
            ("Worked", "Worked", Presence::Present { min: 1, max: None }),
            ("no reset", "Reset", Presence::Absent),
        ]
    );
    let Arrangement::Sequence(sequence) = &correlation.arrangement else { panic!() };
    let [first, second] = &sequence.transitions[..] else { panic!() };
    assert_eq!((first.id.as_deref(), first.from, first.to), (Some("in"), 0, 1));
    assert_eq!(first.within, Some(Duration::from_secs(30 * 60)));
    assert_eq!((second.from, second.to, second.within), (1, 2, None));
    let (from, to) = second.shared.as_ref().unwrap();
    assert_eq!((from.as_str(), to.as_str()), ("p_alert_context.user", "target.'user name'"));
    assert_eq!(rule.schedule.rate, Rate::Every(Duration::from_secs(3600)));
    assert_eq!(rule.schedule.timeout, Duration::from_secs(300));
}

#[test]
fn every_key_of_a_group_is_read() {
    let rule = ready(GROUP, "");
    let Arrangement::Group(group) = &rule.correlation.arrangement else { panic!() };
    assert_eq!(group.step_count_min, Some(2));
    let members: Vec<_> =
        group.criteria[0].members.iter().map(|(step, path)| (*step, path.as_str())).collect();
    assert_eq!(
        (group.criteria[0].name.as_str(), &members[..]),
        ("user", &[(0, "p_any_emails"), (1, "p_any_emails")][..])
    );
    assert!(matches!(&rule.schedule.rate, Rate::At(cron) if cron.as_str() == "0 * * * *"));
    assert!(rule.correlation.paths_of(2).is_empty());
}

#[test]
fn absent_keys_have_their_defaults() {
    let rule = ready(
        "Group: [{RuleID: Failed}, {RuleID: Worked}]\nSchedule: {RateMinutes: 10, TimeoutMinutes: 1}\n",
        "",
    );
    assert_eq!(rule.correlation.lookback, Duration::from_secs(15 * 60));
    assert_eq!(rule.correlation.order, EvaluationOrder::Chronological);
    assert_eq!(rule.correlation.steps[0].id, "Failed");
}

const TESTS: &str = "\
Tests:
  - Name: minutes and times
    ExpectedResult: true
    RuleOutputs:
      - ID: a
        Matches:
          p_any_emails:
            10.0.0.1: [0, 2, '2026-01-31T10:00:05Z']
            7: [0]
      - ID: b
  - Name: nothing
    ExpectedResult: false
    RuleOutputs: []
";

#[test]
fn trap_25_tests_mix_minutes_and_times_and_every_value_is_a_text() {
    let rule = ready(GROUP, TESTS);
    let [first, second] = &rule.tests[..] else { panic!() };
    let minute = |minute: i64| Timestamp::from_second(minute * 60).unwrap();
    let signals: Vec<_> =
        first.signals[0].iter().map(|signal| (signal.at, signal.values[0].1.as_str())).collect();
    let expected = [
        (minute(0), "10.0.0.1"),
        (minute(0), "7"),
        (minute(2), "10.0.0.1"),
        ("2026-01-31T10:00:05Z".parse().unwrap(), "10.0.0.1"),
    ];
    assert_eq!(signals, expected);
    assert_eq!((first.signals[1][0].at, first.signals[1][0].values.len()), (minute(0), 0));
    assert!(first.signals[2].is_empty() && first.expected);
    assert!(second.signals.iter().all(Vec::is_empty) && !second.expected);
    assert_eq!(second.line, first.line + 9);
}

#[test]
fn values_under_several_paths_at_one_time_are_one_signal() {
    let two = GROUP.replace(
        "b, Match: p_any_emails}",
        "b, Match: p_any_emails}\n  ip:\n    - {GroupID: a, Match: src}\n    - {GroupID: b, Match: src}",
    );
    let tests = "Tests:\n  - Name: t\n    ExpectedResult: true\n    RuleOutputs:\n      - ID: a\n        Matches:\n          p_any_emails: {ada: [0, 0], bob: [5]}\n          src: {10.0.0.1: [0], 10.0.0.2: [0, 5, 6]}\n";
    let rule = ready(&two, tests);
    let values: Vec<Vec<&str>> = rule.tests[0].signals[0]
        .iter()
        .map(|signal| signal.values.iter().map(|(_, value)| value.as_str()).collect())
        .collect();
    assert_eq!(
        values,
        [vec!["ada", "10.0.0.1"], vec!["ada", "10.0.0.2"], vec!["bob", "10.0.0.2"], vec!["10.0.0.2"]]
    );
}

/// A block with one text replaced.
fn changed(block: &str, from: &str, to: &str) -> String {
    assert!(block.contains(from), "{from}");
    block.replace(from, to)
}

#[test]
fn blocks_and_steps() {
    assert_snapshot!(show(&changed(GROUP, "Group:", "Groups:"), ""));
    assert_snapshot!(show(&changed(GROUP, "MinMatchCount: 2\n", "Transitions: []\nMinMatchCount: 2\n"), ""));
    assert_snapshot!(show(&changed(GROUP, "RuleID: Reset", "RuleID: Reset, Abscence: true"), ""));
    assert_snapshot!(show(&changed(GROUP, "ID: b,", "ID: a,"), ""));
    assert_snapshot!(show("Group: [{RuleID: Failed}]\nSchedule: {RateMinutes: 10, TimeoutMinutes: 1}\n", ""));
    assert_snapshot!(show(
        "Sequence:\n  - {RuleID: Failed, Absence: true}\n  - {RuleID: Worked, Absence: true}\nSchedule: {RateMinutes: 10, TimeoutMinutes: 1}\n",
        ""
    ));
    let many: String = (0..51).map(|number| format!("  - {{ID: s{number}, RuleID: Failed}}\n")).collect();
    assert_eq!(
        codes(&format!("Sequence:\n{many}Schedule: {{RateMinutes: 10, TimeoutMinutes: 1}}\n")),
        ["C041"]
    );
}

#[test]
fn detections_of_another_form() {
    let show = |detection: &str| {
        let yaml = format!(
            "AnalysisType: correlation_rule\nRuleID: C\nEnabled: true\nSeverity: High\nDetection: {detection}\n"
        );
        let found = load(&yaml).findings;
        found.iter().map(|finding| format!("{} {}", finding.code, finding.message)).collect::<Vec<_>>()
    };
    assert_eq!(show("x"), ["C040 `Detection` must be a list of one mapping, not a text"]);
    assert_eq!(show("[]"), ["C040 `Detection` must be a list of one mapping, not a list of 0"]);
    assert_eq!(show("[x]"), ["C040 `Detection` must be a list of one mapping, not a list of a text"]);
    assert_eq!(show("[{}, {}]"), ["C040 `Detection` must be a list of one mapping, not a list of 2"]);
}

#[test]
fn counts() {
    assert_snapshot!(show(&changed(SEQUENCE, "Absence: true", "Absence: true\n    MinMatchCount: 1"), ""));
    assert_snapshot!(show(&changed(SEQUENCE, "MaxMatchCount: 50", "MaxMatchCount: 4"), ""));
    for count in ["0", "-1", "100001"] {
        assert_eq!(
            codes(&changed(SEQUENCE, "MinMatchCount: 5", &format!("MinMatchCount: {count}"))),
            ["C046"]
        );
    }
    for count in ["1", "3"] {
        assert_eq!(codes(&changed(GROUP, "MinMatchCount: 2", &format!("MinMatchCount: {count}"))), ["C046"]);
    }
    let of_two = changed(GROUP, "  - {ID: c, RuleID: Reset}\n", "");
    assert_snapshot!(show(&of_two, ""));
    assert_eq!(codes(&changed(SEQUENCE, "MinMatchCount: 5", "MinMatchCount: many")), ["C007"]);
}

#[test]
fn times() {
    let lookback = |minutes: &str| codes(&changed(SEQUENCE, "LookbackWindowMinutes: 90", minutes));
    assert_eq!(lookback("LookbackWindowMinutes: 14"), ["C048"]);
    assert_eq!(lookback("LookbackWindowMinutes: 21601"), ["C048"]);
    assert_eq!(lookback("LookbackWindowMinutes: 21600"), [""; 0]);
    assert_snapshot!(show(&changed(SEQUENCE, "LookbackWindowMinutes: 90", "LookbackWindowMinutes: 89"), ""));
    let schedule = |with: &str| codes(&changed(SEQUENCE, "{RateMinutes: 60, TimeoutMinutes: 5}", with));
    assert_eq!(schedule("{RateMinutes: 1, TimeoutMinutes: 1}"), ["C009"]);
    assert_eq!(schedule("{RateMinutes: 2, TimeoutMinutes: 2}"), [""; 0]);
    assert_eq!(schedule("{RateMinutes: 5, TimeoutMinutes: 6}"), ["C009"]);
    assert_eq!(schedule("{RateMinutes: 5, TimeoutMinutes: 0}"), ["C048"]);
    assert_eq!(schedule("{RateMinutes: '50', TimeoutMinutes: 1}"), [""; 0]);
    assert_eq!(schedule("{RateMinutes: often, TimeoutMinutes: 1}"), ["C048"]);
    assert_eq!(schedule("{TimeoutMinutes: 1}"), ["C008"]);
    assert_eq!(schedule("{RateMinutes: 5, CronExpression: '* * * * *', TimeoutMinutes: 1}"), ["C008"]);
    assert_eq!(schedule("{CronExpression: '0 0 * * *', TimeoutMinutes: 1}"), ["C141"]);
    assert_snapshot!(show(
        &changed(
            SEQUENCE,
            "{RateMinutes: 60, TimeoutMinutes: 5}",
            "{CronExpression: '61 * * * *', TimeoutMinutes: 1}"
        ),
        ""
    ));
    let frame = |with: &str| codes(&changed(SEQUENCE, "WithinTimeFrameMinutes: 30", with));
    assert_eq!(frame("WithinTimeFrameMinutes: 0"), ["C048"]);
    assert_eq!(frame("WithinTimeFrameMinutes: 90"), [""; 0]);
    assert_eq!(frame("WithinTimeFrameMinutes: 91"), ["C147"]);
}

#[test]
fn transitions() {
    assert_snapshot!(show(&changed(SEQUENCE, "To: Worked", "To: Worked2"), ""));
    assert_snapshot!(show(&changed(SEQUENCE, "From: Worked", "From: fails"), ""));
    assert_eq!(
        codes(&changed(SEQUENCE, "From: Worked\n    To: no reset", "From: fails\n    To: Worked")),
        ["C047", "C146"]
    );
    assert_eq!(codes(&changed(SEQUENCE, "To: Worked", "To: fails")), ["C047"]);
    assert_snapshot!(show(
        &changed(SEQUENCE, "From: Worked\n    To: no reset", "From: no reset\n    To: Worked"),
        ""
    ));
    assert_eq!(
        codes(&changed(SEQUENCE, "      - On: p_alert_context.user", "      - {On: a}\n      - {On: b}")),
        ["C047"]
    );
    assert_eq!(codes(&changed(SEQUENCE, "- On: p_alert_context.user", "- {On: a, From: b}")), ["C047"]);
    assert_eq!(codes(&changed(SEQUENCE, "- On: p_alert_context.user", "- {From: b}")), ["C047"]);
    assert_snapshot!(show(&changed(SEQUENCE, "On: p_alert_context.user", "On: p_alert_context..user"), ""));
    assert_snapshot!(show(
        &changed(SEQUENCE, "- From: p_alert_context.user", "- From: p_alert_context.actor"),
        ""
    ));
}

#[test]
fn a_transition_may_lead_over_an_absence() {
    let block = "\
Sequence: [{RuleID: Failed}, {RuleID: Reset, Absence: true}, {RuleID: Worked}]
Transitions:
  - {From: Failed, To: Worked, WithinTimeFrameMinutes: 15, Match: [{On: user}]}
  - {From: Failed, To: Reset, Match: [{On: user}]}
Schedule: {RateMinutes: 10, TimeoutMinutes: 1}
";
    ready(block, "");
}

#[test]
fn criteria() {
    assert_snapshot!(show(&changed(GROUP, "GroupID: b", "GroupID: B"), ""));
    assert_eq!(codes(&changed(GROUP, "GroupID: b", "GroupID: a")), ["C047"]);
    assert_snapshot!(show(&changed(GROUP, "    - {GroupID: b, Match: p_any_emails}\n", ""), ""));
    assert_eq!(
        codes(&changed(GROUP, "GroupID: b, Match: p_any_emails", "GroupID: b, Match: p_any_emails, On: x")),
        ["C006"]
    );
    assert_eq!(codes(&changed(GROUP, "GroupID: b, ", "")), ["C005"]);
    assert_eq!(codes(&changed(GROUP, "  user:\n", "  - user\n  - more:\n")), ["C007"]);
    assert_eq!(
        codes(
            "Group: [{RuleID: Failed}, {RuleID: Worked}]\nMatchCriteria: {user: x}\nSchedule: {RateMinutes: 10, TimeoutMinutes: 1}\n"
        ),
        ["C007"]
    );
    assert_eq!(
        codes(
            "Group: [{RuleID: Failed}, {RuleID: Worked}]\nMatchCriteria: []\nSchedule: {RateMinutes: 10, TimeoutMinutes: 1}\n"
        ),
        ["C007"]
    );
    assert_snapshot!(show(&changed(GROUP, "ID: c, RuleID: Reset", "ID: c, RuleID: Failed"), ""));
}

#[test]
fn broken_tests() {
    let with = |from: &str, to: &str| show(GROUP, &changed(TESTS, from, to));
    assert_snapshot!(with("- ID: b", "- ID: bb"));
    assert_snapshot!(with("[0, 2, '2026-01-31T10:00:05Z']", "[0, yesterday]"));
    assert_snapshot!(with("p_any_emails:", "p_any_email:"));
    for (from, to) in [
        ("[0, 2, '2026-01-31T10:00:05Z']", "0"),
        ("7: [0]", "7: [0.5]"),
        ("7: [0]", "7: [99999999999999999]"),
    ] {
        let found = load(&yaml("C", GROUP, &changed(TESTS, from, to))).findings;
        assert_eq!(found.iter().map(|finding| finding.code).collect::<Vec<_>>(), ["C049"], "{to}");
    }
}

#[test]
fn sub_rules_that_do_not_exist_or_are_no_rules() {
    assert_snapshot!(show(&changed(GROUP, "RuleID: Reset", "RuleID: Resset"), ""));
    let global = "AnalysisType: global\nGlobalID: Helper\nFilename: r.py\n";
    let block = yaml("C", &changed(GROUP, "RuleID: Reset", "RuleID: Helper"), "");
    let repository = load_all(&[
        file("rules/a.yml", &rule_yaml("Failed", "")),
        file("rules/b.yml", &rule_yaml("Worked", "")),
        file("rules/g.yml", global),
        file("rules/r.py", PYTHON),
        file("rules/c.yml", &block),
    ]);
    let found: Vec<_> =
        repository.findings.iter().map(|finding| (finding.code, finding.message.as_str())).collect();
    assert_eq!(found, [("C044", "the step `c` looks at `Helper`, which is a global")]);
    assert!(repository.items.iter().any(|item| item.id == "C" && item.is_invalid()));
}

#[test]
fn a_part_of_a_repository_may_lack_the_rules() {
    let files = [file("rules/c.yml", &yaml("C", GROUP, ""))];
    let options = content::LoadOptions { is_part: true, ..Default::default() };
    let repository = content::load(&files, &options);
    assert_eq!((repository.findings.len(), repository.correlation_rules().count()), (0, 1));
    assert_eq!(load_all(&files).findings.len(), 3);
}

#[test]
fn disabled_rules_and_raw_fields_of_several_log_types() {
    let block = changed(SEQUENCE, "p_alert_context.user", "actor.id");
    let repository = load_all(&[
        file("rules/a.yml", &rule_yaml("Failed", "").replace("[Okta.SystemLog]", "[A.B, C.D]")),
        file("rules/b.yml", &rule_yaml("Worked", "").replace("Enabled: true", "Enabled: false")),
        file("rules/d.yml", &rule_yaml("Reset", "").replace("[Okta.SystemLog]", "[A.B, C.D]")),
        file("rules/r.py", PYTHON),
        file("rules/c.yml", &yaml("C", &block, "")),
    ]);
    let found: Vec<_> = repository.findings.iter().map(|finding| (finding.code, finding.line)).collect();
    assert_eq!(found, [("C140", 9), ("C144", 12), ("C140", 14)]);
    assert!(repository.findings.iter().all(|finding| finding.level == Level::Warning));
    assert_eq!(repository.correlation_rules().count(), 1);
}

fn chain(id: &str, over: &str) -> String {
    let block = format!(
        "Group: [{{RuleID: Failed}}, {{RuleID: {over}}}]\nSchedule: {{RateMinutes: 10, TimeoutMinutes: 1}}\n"
    );
    yaml(id, &block, "")
}

#[test]
fn correlation_rules_chain_but_do_not_wait_for_themselves() {
    let repository = load_all(&[
        file("rules/a.yml", &rule_yaml("Failed", "")),
        file("rules/r.py", PYTHON),
        file("rules/one.yml", &chain("One", "Two")),
        file("rules/two.yml", &chain("Two", "Three")),
        file("rules/three.yml", &chain("Three", "One")),
        file("rules/four.yml", &chain("Four", "Three")),
        file("rules/self.yml", &chain("Self", "Self")),
    ]);
    let found: Vec<String> =
        repository.findings.iter().map(|finding| format!("{} {}", finding.code, finding.message)).collect();
    assert_eq!(
        found,
        [
            "C045 `One` waits for `Two`, which waits for `Three`, which waits for `One`",
            "C045 `Two` waits for `Three`, which waits for `One`, which waits for `Two`",
            "C045 `Three` waits for `One`, which waits for `Two`, which waits for `Three`",
            "C045 `Self` waits for `Self`",
            "C149 the step `Three` looks at `Three`, which cannot be loaded, so the step gets no signals",
        ]
    );
    let ready: Vec<&str> = repository
        .items
        .iter()
        .filter(|item| item.correlation_rule().is_some())
        .map(|item| item.id.as_str())
        .collect();
    assert_eq!(ready, ["Four"]);
    assert!(repository.items.iter().filter_map(Item::correlation_rule).count() == 1);
}
