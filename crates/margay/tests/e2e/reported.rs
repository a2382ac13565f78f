//! What `margay test` and `margay detection` say of each failure and each kind.

use serde_json::{Value, json};

use crate::harness::{Ran, Site};

const CONFIG: &str = "content: [content]\npython: { rule_timeout: 1s }\n";

fn json_of(ran: &Ran) -> Value {
    serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {ran:?}"))
}

#[test]
fn every_function_that_fails_is_in_every_report() {
    let site = Site::new(CONFIG);
    let tests = "Tests:\n  - { Name: both, ExpectedResult: true, ExpectedDestinations: [b], Log: {} }\n";
    site.rule(
        "R",
        tests,
        "def rule(event):\n    return True\ndef title(event):\n    1 / 0\ndef runbook(event):\n    return 5\n\
         def destinations(event):\n    return ['a']\n",
    );
    let reason = json_of(&site.run(&["test", "--format", "json"]))["failures"][0]["reason"].clone();
    let lines: Vec<&str> = reason.as_str().unwrap().lines().collect();
    assert_eq!(lines.len(), 3, "{reason}");
    let begins = ["[title] ZeroDivisionError: ", "[runbook] FunctionReturnTypeError: ", "[destinations] "];
    for (line, begin) in lines.iter().zip(begins) {
        assert!(line.starts_with(begin), "{reason}");
    }
    let text = site.run(&["test"]).stdout;
    let (shown, summary) = text.split_once("Failed Tests Summary\n").unwrap();
    for line in &lines {
        assert!(summary.contains(line), "{text}");
        let (function, said) = line.split_once("] ").unwrap();
        assert!(shown.contains(&format!("[FAIL] {function}] {said}\n")), "{text}");
    }
    assert!(shown.contains("\t\t\t- b\n") || shown.contains("expected: b\n"), "{text}");
    let junit = site.run(&["test", "--format", "junit"]).stdout;
    assert!(begins.iter().all(|begin| junit.contains(begin)), "{junit}");
}

#[test]
fn an_inherited_test_that_fails_is_at_its_base() {
    let site = Site::new(CONFIG);
    let base = "AnalysisType: rule\nRuleID: Base\nFilename: base.py\nEnabled: true\nSeverity: Low\nLogTypes: [A.B]\n\
                Tests:\n  - { Name: t, ExpectedResult: false, Log: {} }\n";
    site.write("content/rules/base.yml", base)
        .write("content/rules/base.py", "def rule(event):\n    return True\n");
    site.write("content/rules/own.yml", "AnalysisType: rule\nRuleID: Own\nBaseDetection: Base\n");
    let failures = json_of(&site.run(&["test", "--format", "json"]))["failures"].clone();
    let places: Vec<_> =
        failures.as_array().unwrap().iter().map(|f| (&f["id"], &f["file"], &f["line"])).collect();
    let file = json!("content/rules/base.yml");
    assert_eq!(places, [(&json!("Base"), &file, &json!(8)), (&json!("Own"), &file, &json!(8))]);
}

#[test]
fn nothing_that_content_says_steers_the_terminal() {
    let site = Site::new(CONFIG);
    let tests = "Tests:\n  - { Name: \"a\\e[2Jb\", ExpectedResult: true, Log: {} }\n  \
                 - { Name: raises, ExpectedResult: true, Log: { x: 1 } }\n";
    site.rule(
        "R",
        tests,
        "def rule(event):\n    print('one\\ttwo\\nthree\\x1b[2J')\n    if event.get('x'):\n        \
         raise ValueError('\\x1b[31mred')\n    return True\ndef title(event):\n    return 'to\\x9bp\\n[PASS]'\n",
    );
    let broken = "AnalysisType: rule\nRuleID: \"I\\e[1m\"\nFilename: r.py\n";
    site.write("content/rules/broken.yml", broken);
    let ran = site.run(&["test", "--color", "never"]);
    let is_unsafe = |c: char| c.is_control() && !matches!(c, '\n' | '\t');
    assert!(!ran.stdout.contains(is_unsafe), "{ran:?}");
    for shown in [
        "one\ttwo\nthree\\u{1b}[2J\n",
        "[PASS] a\\u{1b}[2Jb\n",
        "[title] to\\u{9b}p\\n[PASS]\n",
        "ValueError: \\u{1b}[31mred",
        "\tI\\u{1b}[1m\n",
    ] {
        assert!(ran.stdout.contains(shown), "{shown:?}: {}", ran.stdout);
    }
}

#[test]
fn kinds_that_the_server_does_not_run_are_no_coverage() {
    let site = Site::new(CONFIG);
    let reports = "Reports: { MITRE ATT&CK: [\"TA0006:T1110\"] }\n";
    let scheduled = "AnalysisType: scheduled_rule\nRuleID: Sched\nFilename: s.py\nEnabled: true\nSeverity: Low\n\
                     ScheduledQueries: [q]\n";
    site.write("content/s.yml", &format!("{scheduled}{reports}"))
        .write("content/s.py", "def rule(e):\n    return True\n");
    let policy = "AnalysisType: policy\nPolicyID: Pol\nFilename: p.py\nEnabled: true\nSeverity: Low\n";
    site.write("content/p.yml", &format!("{policy}{reports}"))
        .write("content/p.py", "def policy(r):\n    return True\n");
    site.rule(
        "Rule",
        "Reports: { MITRE ATT&CK: [\"TA0040:T1110\"] }\n",
        "def rule(event):\n    return True\n",
    );
    let list = site.run(&["detection", "list"]).stdout;
    for (id, word) in [("Sched", "no: not run yet"), ("Pol", "no: not run yet"), ("Rule", " yes ")] {
        let row = list.lines().find(|line| line.starts_with(&format!(" {id} "))).unwrap();
        assert!(row.contains(word), "{row}");
    }
    let listed = json_of(&site.run(&["detection", "list", "--format", "json"]));
    let runs = |id: &str| {
        listed["detections"].as_array().unwrap().iter().find(|one| one["id"] == id).unwrap()["runs"].clone()
    };
    assert_eq!((runs("Sched"), runs("Pol"), runs("Rule")), (json!(false), json!(false), json!(true)));
    let text = site.run(&["detection", "mitre"]).stdout;
    assert!(text.contains("  T1110 Brute Force: 0 enabled, 0 disabled, 2 not run yet\n"), "{text}");
    assert!(text.contains("1 techniques, 0 of them by a detection that runs"), "{text}");
    assert!(text.contains("  TA0040:T1110 (the technique is not of this tactic): Rule\n"), "{text}");
    let matrix = json_of(&site.run(&["detection", "mitre", "--format", "json"]));
    assert_eq!(matrix["tactics"][0]["techniques"][0]["notRunYet"], json!(["Pol", "Sched"]));
    let check = site.run(&["check", "--format", "json"]).stdout;
    assert!(check.contains("\"C183\"") && check.contains("is of `TA0006`"), "{check}");
}
