//! The offline commands: test, check, detect, parse.

use std::io::Write;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::harness::{Ran, Site, okta_event};

const CONFIG: &str = "content: [content]\npython: { rule_timeout: 1s }\n";

/// A rule with two tests, the first of which passes.
const TESTED: &str = "\
Tests:
  - Name: matches
    ExpectedResult: true
    Log: { name: alice }
  - Name: stays silent
    ExpectedResult: false
    Log: { name: bob }
";

fn json_of(ran: &Ran) -> Value {
    serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {ran:?}"))
}

fn lines(ran: &Ran) -> Vec<Value> {
    ran.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Runs a command with this standard input.
fn feed(mut command: Command, input: &[u8]) -> Ran {
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    Ran::from(child.wait_with_output().unwrap())
}

#[test]
fn tests_that_pass_fail_and_cannot_run_are_told_apart() {
    let site = Site::new(CONFIG);
    site.rule("A.Passes", TESTED, "def rule(event):\n    return event.get('name') == 'alice'\n");
    site.rule("B.Fails", TESTED, "def rule(event):\n    return event['nome'] == 'alice'\n");
    site.rule("C.Always", TESTED, "def rule(event):\n    return True\n");
    site.rule("D.Broken", TESTED, "import no_such_module\ndef rule(event):\n    return True\n");
    site.rule("E.Loops", TESTED, "def rule(event):\n    while True:\n        pass\n");
    site.write("content/rules/f.yml", "AnalysisType: rule\nRuleID: [\n");
    site.write("content/rules/helper_test.py", "");
    let scheduled = "AnalysisType: scheduled_rule\nRuleID: G.Scheduled\nFilename: a_passes.py\nEnabled: true\n\
                     Severity: Low\nScheduledQueries: [Q]\n";
    site.write("content/rules/g.yml", &format!("{scheduled}{TESTED}"));
    let ran = site.run(&["test", "--format", "json"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    let report = json_of(&ran);
    assert_eq!(report["items"], json!({"total": 7, "passed": 2, "failed": 3, "skipped": 0, "invalid": 2}));
    assert_eq!(report["tests"], json!({"total": 12, "passed": 5, "failed": 5}));
    assert_eq!(report["pythonTests"]["files"], 1);
    let failures = report["failures"].as_array().unwrap();
    assert_eq!(failures[0]["id"], "B.Fails");
    assert_eq!(failures[0]["reason"], "[rule] KeyError: 'nome'");
    // The raising line of the rule, not that of the test.
    assert_eq!((&failures[0]["file"], &failures[0]["line"]), (&json!("content/rules/b_fails.py"), &json!(2)));
    assert_eq!(failures[2]["test"], "stays silent");
    assert_eq!(failures[2]["reason"], "[rule] returned true, expected false");
    assert_eq!(
        (&failures[2]["file"], &failures[2]["line"]),
        (&json!("content/rules/c_always.yml"), &json!(11))
    );
    assert_eq!(failures[3]["reason"], "TimeoutError: rule took longer than 1s");
    let states: Vec<_> =
        report["notRun"].as_array().unwrap().iter().map(|entry| (&entry["id"], &entry["state"])).collect();
    assert_eq!(states, [(&json!("D.Broken"), &json!("invalid")), (&json!("f.yml"), &json!("invalid"))]);
    assert_eq!(report["notRun"][0]["line"], 1);
    assert!(report["notRun"][0]["file"].as_str().unwrap().ends_with("d_broken.py"));
}

#[test]
fn test_prints_for_people() {
    let site = Site::new(CONFIG);
    let python = "def rule(event):\n    print('seen')\n    return event.get('name') == 'alice'\n\
                  def title(event):\n    return 'found ' + event['name']\n";
    site.rule("A.Passes", TESTED, python);
    let ran = site.run(&["test"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let expected = "A.Passes\nseen\n\t[PASS] matches\n\t\t[PASS] [rule] true\n\t\t[PASS] [title] found alice\n\
                    \t\t[PASS] [dedup] found alice\nseen\n\t[PASS] stays silent\n\t\t[PASS] [rule] false\n";
    assert!(ran.stdout.starts_with(expected), "{}", ran.stdout);
    assert!(ran.stdout.contains("Tests: 2, of which 2 passed, 0 failed, 0 were not run\n"), "{}", ran.stdout);

    site.rule("B.Fails", TESTED, "def rule(event):\n    return False # <&>\n");
    let ran = site.run(&["test", "--color", "always"]);
    assert_eq!(ran.code, Some(1));
    let failed = "\t[\u{1b}[31mFAIL\u{1b}[0m] matches\n\t\t[\u{1b}[31mFAIL\u{1b}[0m] [rule] false\n\
                  \t\t\t\u{1b}[32mexpected: true\u{1b}[0m\n\t\t\t\u{1b}[31mactual:   false\u{1b}[0m\n";
    assert!(ran.stdout.contains(failed), "{}", ran.stdout);
    assert!(ran.stdout.contains(
        "\tB.Fails\n\t\tmatches: [rule] returned false, expected true (content/rules/b_fails.yml:8)\n"
    ));
}

#[test]
fn paths_and_filters_choose_what_is_tested() {
    let site = Site::new(CONFIG);
    site.write("content/global_helpers/h.yml", "AnalysisType: global\nGlobalID: h\nFilename: h.py\n");
    site.write("content/global_helpers/h.py", "NAME = 'alice'\n");
    let python = "from h import NAME\ndef rule(event):\n    return event.get('name') == NAME\n";
    site.rule("A.One", &format!("Severity: Low\n{TESTED}"), python);
    site.rule("B.Two", &format!("Severity: High\n{TESTED}"), python);
    for (args, total) in [
        (vec!["content"], 3),
        (vec!["content/rules"], 2),
        (vec!["content/rules/a_one.yml"], 1),
        (vec!["content/rules", "--filter", "Severity=low"], 1),
        (vec!["./content", "--filter", "Severity=low"], 2),
    ] {
        let args: Vec<&str> = ["test", "--format", "json"].into_iter().chain(args).collect();
        let ran = site.run(&args);
        assert_eq!(
            (ran.code, &json_of(&ran)["items"]["passed"]),
            (Some(0), &json!(total)),
            "{args:?} {ran:?}"
        );
    }
    // What cannot be loaded is chosen by its keys like everything else.
    site.write(
        "content/rules/c.yml",
        "AnalysisType: rule\nRuleID: C.Broken\nSeverity: Medium\nEnabled: maybe\n",
    );
    for (filters, counts) in [
        (&["Severity=High"][..], (2, 0)),
        (&["Severity=medium"], (1, 1)),
        (&["Severity=HIGH,Low", "RuleID!=a.one"], (2, 0)),
        (&["Severity!=Low", "Severity!=High"], (1, 1)),
        (&["Enabled=yes"], (3, 0)),
        (&["Enabled!=TRUE"], (1, 1)),
    ] {
        let filters = filters.iter().flat_map(|filter| ["--filter", filter]);
        let args: Vec<&str> = ["test", "--format", "json"].into_iter().chain(filters).collect();
        let ran = site.run(&args);
        let items = &json_of(&ran)["items"];
        let found = (items["passed"].as_u64().unwrap(), items["invalid"].as_u64().unwrap());
        assert_eq!(found, counts, "{args:?} {ran:?}");
    }
    let ran = site.run(&["test", "content", "--filter", "Severity=Critical"]);
    assert_eq!(ran.code, Some(1));
    assert!(ran.stderr.contains("nothing to test in `content` with Severity=Critical"), "{}", ran.stderr);
    let ran = site.run(&["test", "--filter", "Severty=High"]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.stderr.contains("did you mean `Severity`?"), "{}", ran.stderr);
    let ran = site.run(&["test", "no/such/folder"]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.stderr.contains("there is no file or folder `no/such/folder`"), "{}", ran.stderr);
}

#[test]
fn check_shows_the_place_and_counts_warnings_only_when_strict() {
    let site = Site::new(CONFIG);
    let keys = format!("DedupPeriodMinutes: 0\nDescription: d\nRunbook: r\n{TESTED}");
    site.rule("A.Warns", &keys, "def rule(event):\n    return True\n");
    assert_eq!(site.run(&["check"]).code, Some(0));
    let ran = site.run(&["check", "--strict", "--format", "json"]);
    assert_eq!(ran.code, Some(1));
    let report = json_of(&ran);
    assert_eq!((&report["items"], report["findings"].as_array().unwrap().len()), (&json!(1), 1));
    let finding = &report["findings"][0];
    let keys: Vec<&String> = finding.as_object().unwrap().keys().collect();
    assert_eq!(
        keys,
        ["file", "line", "column", "endLine", "endColumn", "code", "level", "itemId", "message", "hint"]
    );
    assert_eq!((&finding["line"], &finding["column"]), (&json!(7), &json!(21)));

    site.rule(
        "B.Filtered",
        "InlineFilters:\n  - All:\n      - KeyPath: a\n        Condition: Exists\n",
        "def rule(e): return True\n",
    );
    site.write("content/rules/c.yml", "AnalysisType: rule\nRuleID: C\nFilenam: c.py\n");
    let ran = site.run(&["check", "--color", "never"]);
    assert_eq!(ran.code, Some(1));
    assert!(ran.stdout.contains("3 | Filenam: c.py\n  | ^^^^^^^\n"), "{}", ran.stdout);
    assert!(
        ran.stdout.contains(
            "error[SD90000007]: `InlineFilters[0].All[0]`: inline filters do not know the condition"
        ),
        "{}",
        ran.stdout
    );
    assert!(ran.stdout.contains("3 items checked: "), "{}", ran.stdout);

    let empty = Site::new("content: [content]\n");
    let ran = empty.run(&["check"]);
    assert_eq!((ran.code, ran.stderr.contains("there is no content at")), (Some(2), true), "{ran:?}");
}

fn detect_site() -> Site {
    let site = Site::new(CONFIG);
    let python = "def rule(event):\n    return event['n'] == 1\n\
                  def dedup(event):\n    return 'group'\n\
                  def destinations(event):\n    return ['a', 'unknown']\n\
                  def alert_context(event):\n    return {'n': event['n'], 'log_type': event['p_log_type']}\n\
                  def severity(event):\n    raise ValueError('no')\n";
    site.rule("B.Match", "CreateAlert: false\n", python);
    site.rule(
        "A.Title",
        "",
        "def rule(event):\n    return event.get('n') == 1\ndef title(event):\n    return 'title'\n",
    );
    site.rule("C.Disabled", "", "def rule(event):\n    return True\n");
    let disabled = std::fs::read_to_string(site.path().join("content/rules/c_disabled.yml")).unwrap();
    site.write("content/rules/c_disabled.yml", &disabled.replace("Enabled: true", "Enabled: false"));
    site
}

#[test]
fn detect_prints_matches_and_errors_in_order() {
    let site = detect_site();
    site.write("one.jsonl", "{\"n\":1}\n\n{\"n\":1,\"p_log_type\":\"Own.Type\"}\n");
    site.write("two.jsonl", "oops\n{\"m\":2}\n");
    let args = [
        "detect",
        "--content",
        "content",
        "--log-type",
        "Okta.SystemLog",
        "--stats",
        "stats.json",
        "one.jsonl",
        "two.jsonl",
    ];
    let ran = site.run(&args);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.stderr.contains("two.jsonl:1: not a JSON object"), "{}", ran.stderr);
    let found = lines(&ran);
    let of = |line: &Value| (line["index"].as_u64().unwrap(), line["ruleId"].as_str().unwrap().to_owned());
    let order: Vec<_> = found.iter().map(of).collect();
    let expected = [(0, "A.Title"), (0, "B.Match"), (1, "A.Title"), (1, "B.Match"), (3, "B.Match")];
    assert_eq!(order, expected.map(|(index, id)| (index, id.to_owned())));
    assert_eq!(
        found[0],
        json!({"index": 0, "ruleId": "A.Title", "title": "title", "dedup": "title", "severity": "HIGH",
               "destinations": null, "alertContext": null, "error": null})
    );
    assert_eq!(
        found[1],
        json!({"index": 0, "ruleId": "B.Match", "title": null, "dedup": "group", "severity": "HIGH",
               "destinations": ["a", "unknown"],
               "alertContext": {"n": 1, "log_type": "Okta.SystemLog"}, "error": null})
    );
    assert_eq!(found[3]["alertContext"]["log_type"], "Own.Type");
    assert_eq!(found[4]["error"]["type"], "KeyError");
    for key in ["title", "dedup", "severity", "destinations", "alertContext"] {
        assert_eq!(found[4][key], Value::Null, "{key}");
    }
    let stats = std::fs::read_to_string(site.path().join("stats.json")).unwrap();
    let stats: Value = serde_json::from_str(&stats).unwrap();
    let keys: Vec<&String> = stats.as_object().unwrap().keys().collect();
    let fixed =
        ["events", "rules", "matches", "errors", "cpuSeconds", "wallSeconds", "nativeRules", "pythonRules"];
    assert_eq!(keys, fixed);
    assert_eq!((&stats["events"], &stats["rules"]), (&json!(3), &json!(2)));
    assert_eq!((&stats["matches"], &stats["errors"]), (&json!(4), &json!(1)));
    assert!(stats["cpuSeconds"].as_f64().unwrap() > 0.0, "{stats}");
}

#[test]
fn detect_reads_many_events_from_stdin() {
    let site = detect_site();
    let input: String = (0..5000).map(|n| format!("{{\"n\":{}}}\n", n % 2)).collect();
    let command = site.margay(&[
        "detect",
        "--content",
        "content",
        "--log-type",
        "Okta.SystemLog",
        "--engine",
        "python",
    ]);
    let ran = feed(command, input.as_bytes());
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""));
    let indexes: Vec<u64> = lines(&ran).iter().map(|line| line["index"].as_u64().unwrap()).collect();
    let expected: Vec<u64> = (0..5000).filter(|n| n % 2 == 1).flat_map(|n| [n, n]).collect();
    assert_eq!(indexes, expected);
}

#[test]
fn detect_needs_its_files_and_says_when_no_rule_runs() {
    let site = detect_site();
    let ran = site.run(&["detect", "--content", "content", "--log-type", "X", "absent.jsonl"]);
    assert_eq!((ran.code, ran.stderr.contains("`absent.jsonl`")), (Some(2), true), "{ran:?}");
    let ran = feed(site.margay(&["detect", "--content", "content", "--log-type", "No.Such"]), b"{}\n");
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(0), ""));
    assert!(ran.stderr.contains("no enabled rule for the log type `No.Such` can run"), "{}", ran.stderr);
}

#[test]
fn parse_gives_events_and_names_the_lines_that_fail() {
    let site = Site::new(CONFIG);
    let good = okta_event("u-1", "alice@example.com", "").to_string();
    site.write("raw.json", &format!("{good}\n\n{{\"uuid\": 5\n{good}\n"));
    let ran = site.run(&["parse", "--log-type", "okta.systemlog", "raw.json", "raw.json"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    let events = lines(&ran);
    assert_eq!(events.len(), 4);
    assert_eq!(events[0]["p_log_type"], "Okta.SystemLog");
    assert_eq!(events[0]["p_event_time"], "2026-01-02 03:04:05.678");
    assert_eq!(events[1]["p_row_id"], "00000000000000000000000200000000");
    assert_eq!(events[2]["p_row_id"], "00000000000000010000000000000000");
    assert_eq!(ran.stderr.matches("raw.json:3: ").count(), 2, "{}", ran.stderr);
    assert!(ran.stderr.contains("4 events, 2 failures"), "{}", ran.stderr);
}

#[test]
fn parse_takes_a_schema_file_and_stdin() {
    let site = Site::new(CONFIG);
    site.write(
        "door.yml",
        "schema: Custom.Door\nfields:\n  - name: door\n    type: string\n    required: true\n",
    );
    let command = site.margay(&["parse", "--schema", "door.yml", "--stream-type", "lines", "-q"]);
    let ran = feed(command, b"{\"door\":\"front\"}\n{\"window\":1}\n");
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert_eq!(lines(&ran).iter().map(|event| &event["door"]).collect::<Vec<_>>(), [&json!("front")]);
    assert!(ran.stderr.starts_with("<stdin>:2: Custom.Door: "), "{}", ran.stderr);
    let ran = site.run(&["parse", "--log-type", "Okta.SystemLg"]);
    assert_eq!((ran.code, ran.stderr.contains("did you mean `Okta.SystemLog`?")), (Some(2), true), "{ran:?}");
}
