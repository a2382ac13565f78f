//! Every kind of finding: code, place and text as a person sees them.

use content::render_text;
use insta::assert_snapshot;

use crate::{file, load_all, load_one, rule_yaml};

/// The findings of one file with `r.py` beside it, as text.
fn show(yaml: &str) -> String {
    let repository = load_one(yaml);
    repository.findings.iter().map(|finding| render_text(finding, yaml, false)).collect()
}

fn show_rule(extra: &str) -> String {
    show(&rule_yaml("R", extra))
}

/// A rule in which one text is replaced by another.
fn show_changed(from: &str, to: &str) -> String {
    let yaml = rule_yaml("R", "");
    assert!(yaml.contains(from));
    show(&yaml.replace(from, to))
}

/// The codes of a file.
fn codes(yaml: &str) -> Vec<&'static str> {
    load_one(yaml).findings.iter().map(|finding| finding.code).collect()
}

#[test]
fn broken_files() {
    assert_snapshot!(show("AnalysisType: rule\nRuleID: [a\nEnabled: true\n"));
    assert_snapshot!(show_rule("Severity: Low\n"));
    assert_snapshot!(show("AnalysisType: rul\n"));
    assert_snapshot!(show("AnalysisType: something\n"));
    assert_snapshot!(show("AnalysisType: 5\n"));
}

#[test]
fn keys() {
    assert_snapshot!(show_changed("Severity: High\n", "Severty: High\n"));
    assert_snapshot!(show_rule("Nonsense: 1\n"));
    assert_snapshot!(show_rule("Tests:\n  - Name: t\n    ExpectedResults: yes\n    Log: {}\n"));
    assert_snapshot!(show_rule("Detection: []\n"));
    assert_snapshot!(show_changed("LogTypes: [Okta.SystemLog]\n", ""));
}

#[test]
fn types_and_values() {
    assert_snapshot!(show_changed("Enabled: true", "Enabled: yes"));
    assert_snapshot!(show_rule("Runbook:\nReference: 12\nTags: x\nOutputIds: [1]\n"));
    assert_snapshot!(show_changed("Severity: High", "Severity: Hihg"));
    assert_snapshot!(show_rule("Reports: {CIS: 1}\nThreshold: '5'\nDedupPeriodMinutes: -5\n"));
    assert_snapshot!(show_changed("RuleID: R", "RuleID: <R>"));
    assert_snapshot!(show_rule("Tags: [Okta, x, okta]\nOutputIds: [a, A, a]\n"));
}

#[test]
fn severities_are_title_case_or_upper_case() {
    for word in ["Info", "Low", "Medium", "High", "Critical", "INFO", "CRITICAL"] {
        assert_eq!(codes(&rule_yaml("R", "").replace("High", word)), [""; 0], "{word}");
    }
    for word in ["high", "hIGH", "HiGH", "Severe", "''"] {
        assert_eq!(codes(&rule_yaml("R", "").replace("High", word)), ["C009"], "{word}");
    }
}

#[test]
fn python_files() {
    assert_snapshot!(show_changed("Filename: r.py", "Filename: q.py"));
    let yaml = rule_yaml("R", "");
    let repository = load_all(&[file("rules/r.yml", &yaml), file("rules/r.py", "x = 1\n")]);
    assert_snapshot!(render_text(&repository.findings[0], &yaml, false));
    assert_eq!(repository.rules().count(), 0);
}

#[test]
fn an_error_in_python_is_found_there_and_makes_its_item_invalid() {
    let yaml = rule_yaml("R", "");
    let python = "def rule(event):\n\treturn \"日本\" + event['a' == 1\n\n";
    let repository = load_all(&[file("rules/r.yml", &yaml), file("rules/r.py", python)]);
    assert_snapshot!(render_text(&repository.findings[0], python, false));
    let content::ItemState::Invalid { reason, line } = &repository.items[0].state else { panic!() };
    assert_eq!(*line, 4, "the line of `Filename`");
    assert!(reason.starts_with("`rules/r.py`, line 2: "), "{reason}");
    assert_eq!(repository.findings[0].item_id.as_deref(), Some("R"));
}

#[test]
fn wide_characters_and_tabs_keep_the_mark_in_place() {
    let yaml = rule_yaml("R", "Description: 日本語 \"\nTags: [日本, a\tb, 日本]\n");
    assert_snapshot!(show(&yaml));
}

#[test]
fn a_byte_order_mark_is_no_python() {
    let python = "\u{feff}def rule(event):\n    return True\n";
    let repository = load_all(&[file("rules/r.yml", &rule_yaml("R", "")), file("rules/r.py", python)]);
    assert_eq!(repository.findings, []);
    assert_eq!(repository.rules().next().unwrap().logic.python().unwrap().text, python[3..]);
}

#[test]
fn dedup_windows() {
    assert_snapshot!(show_rule("DedupPeriodMinutes: 0\n"));
    assert_snapshot!(show_rule("DedupPeriodMinutes: 4\n"));
    assert_eq!(codes(&rule_yaml("R", "DedupPeriodMinutes: 5\n")), [""; 0]);
    assert_eq!(codes(&rule_yaml("R", "DedupPeriodMinutes: 99999999\n")), ["C009"]);
}

#[test]
fn schedules() {
    let query = |schedule: &str| {
        codes(&format!(
            "AnalysisType: scheduled_query\nQueryName: q\nEnabled: true\nQuery: select 1\nSchedule: {schedule}\n"
        ))
    };
    assert_eq!(query("{RateMinutes: 5, TimeoutMinutes: 5}"), [""; 0]);
    assert_eq!(query("{CronExpression: '0 * * * *', TimeoutMinutes: 5}"), [""; 0]);
    assert_eq!(query("{RateMinutes: 1, TimeoutMinutes: 1}"), ["C009"]);
    assert_eq!(query("{RateMinutes: 5, TimeoutMinutes: 6}"), ["C009"]);
    assert_eq!(query("{RateMinutes: 5, CronExpression: x, TimeoutMinutes: 5}"), ["C008"]);
    assert_eq!(query("{RateMinutes: 5}"), ["C005"]);
}

#[test]
fn an_item_is_invalid_for_its_first_error() {
    let repository = load_one(
        "AnalysisType: rule\nRuleID: R\nEnabled: maybe\nFilename: r.py\nLogTypes: []\nSeverity: Low\n",
    );
    let content::ItemState::Invalid { reason, line } = &repository.items[0].state else { panic!() };
    assert_eq!((reason.as_str(), *line), ("`Enabled` must be true or false, not a text", 3));
    assert_eq!(repository.findings[0].item_id.as_deref(), Some("R"));
}

#[test]
fn findings_as_json_have_the_names_of_the_command_line() {
    let repository = load_one(&rule_yaml("R", "Foo: 1\n"));
    let json = serde_json::to_value(&repository.findings[0]).unwrap();
    let keys: Vec<_> = json.as_object().unwrap().keys().cloned().collect();
    let expected =
        ["file", "line", "column", "endLine", "endColumn", "code", "level", "itemId", "message", "hint"];
    assert_eq!(keys, expected);
    assert_eq!(json["level"], "error");
}

#[test]
fn long_lines_are_cut_around_the_mark_and_colours_are_asked_for() {
    let yaml =
        rule_yaml("R", &format!("Tests: [{{Name: {}, ExpectedResult: 7, Log: {{}}}}]\n", "n".repeat(300)));
    let repository = load_one(&yaml);
    let text = render_text(&repository.findings[0], &yaml, true);
    assert!(text.contains("\u{1b}[31merror[C007]\u{1b}[0m"), "{text}");
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines[3].contains("…") && lines[3].contains("ExpectedResult: 7"), "{text}");
    assert!(lines[3].chars().count() < 140);
}
