//! What is said when a package is missing: which rule, which line, which package, and what to do.

use std::process::Command;

use serde_json::Value;

use crate::harness::{Site, okta_event};

/// The interpreter of a virtual environment without any package, whatever the machine's own has.
const CONFIG: &str = "python: { executable: bare/bin/python3 }\n\
    sources:\n  - { id: okta, type: http, log_types: [Okta.SystemLog] }\n";
const REMEDY: &str = "the package `jsonpath-ng` is missing: run `margay python setup`";

/// A rule, a global that another rule imports, and a data model, each without its package.
fn site() -> Site {
    let site = Site::new(CONFIG);
    let made = Command::new("python3")
        .args(["-m", "venv", "--without-pip", "bare"])
        .current_dir(site.path())
        .status()
        .unwrap();
    assert!(made.success());
    let tests = "Tests:\n  - { Name: t, ExpectedResult: true, Log: {} }\n";
    site.rule("Direct", tests, "import json\nimport jsonpath_ng\ndef rule(event):\n    return True\n");
    site.rule("Through", "", "from needy import f\ndef rule(event):\n    return True\n");
    site.rule("Late", tests, "def rule(event):\n    import jsonpath_ng\n    return True\n");
    site.rule("Sound", "", "def rule(event):\n    return True\ndef title(event):\n    return 'sound'\n");
    site.write(
        "content/global_helpers/needy.yml",
        "AnalysisType: global\nGlobalID: needy\nFilename: needy.py\n",
    );
    site.write("content/global_helpers/needy.py", "\n\nimport jsonpath_ng\ndef f():\n    pass\n");
    site.write(
        "content/global_helpers/lonely.yml",
        "AnalysisType: global\nGlobalID: lonely\nFilename: lonely.py\n",
    );
    site.write("content/global_helpers/lonely.py", "import json\nimport our_team_lib\n");
    site.write(
        "content/data_models/okta.yml",
        "AnalysisType: datamodel\nDataModelID: Okta.Model\nEnabled: true\nLogTypes: [Okta.SystemLog]\n\
         Filename: okta.py\nMappings:\n  - { Name: actor_user, Method: actor }\n",
    );
    site.write("content/data_models/okta.py", "import jsonpath_ng\ndef actor(event):\n    return 'x'\n");
    site
}

#[test]
fn unit_tests_name_item_line_and_package() {
    let site = site();
    let ran = site.run(&["test", "--format", "json"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    let report: Value = serde_json::from_str(&ran.stdout).unwrap();
    let not_run: Vec<(&str, &str, u64)> = report["notRun"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| {
            assert_eq!(one["state"], "invalid");
            (one["id"].as_str().unwrap(), one["file"].as_str().unwrap(), one["line"].as_u64().unwrap())
        })
        .collect();
    assert_eq!(
        not_run,
        [
            ("Okta.Model", "content/data_models/okta.py", 1),
            ("lonely", "content/global_helpers/lonely.py", 2),
            ("needy", "content/global_helpers/needy.py", 3),
            ("Direct", "content/rules/direct.py", 2),
            ("Through", "content/rules/through.py", 1),
        ]
    );
    for one in report["notRun"].as_array().unwrap() {
        let reason = one["reason"].as_str().unwrap();
        assert!(reason.starts_with("ModuleNotFoundError: No module named '"), "{reason}");
        match one["id"].as_str().unwrap() {
            "lonely" => assert!(reason.contains("add the global with this GlobalID"), "{reason}"),
            _ => assert!(reason.contains(REMEDY), "{reason}"),
        }
    }
    let through = report["notRun"][4]["reason"].as_str().unwrap();
    assert!(through.contains("needy.py, line 3, in <module> import jsonpath_ng"), "{through}");
    let failure = &report["failures"][0];
    assert_eq!((failure["id"].as_str(), failure["line"].as_u64()), (Some("Late"), Some(2)));
    assert!(failure["reason"].as_str().unwrap().contains(REMEDY), "{failure}");
    assert_eq!(report["items"]["passed"], 1);
}

#[test]
fn a_run_of_events_says_it_once_for_each_rule() {
    let site = site();
    site.write("events.jsonl", "{}\n{}\n");
    let ran = site.run(&["detect", "--content", "content", "--log-type", "Okta.SystemLog", "events.jsonl"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_eq!(ran.stdout.lines().filter(|line| line.contains(REMEDY)).count(), 6, "{ran:?}");
    let said: Vec<&str> = ran.stderr.lines().filter(|line| line.contains(REMEDY)).collect();
    for rule in ["Direct", "Through", "Late"] {
        let start = format!("margay: `{rule}`: No module named 'jsonpath_ng'");
        assert_eq!(said.iter().filter(|line| line.starts_with(&start)).count(), 1, "{said:#?}");
    }
}

#[test]
fn the_server_says_it_at_its_start_and_in_the_alert() {
    let site = site();
    let server = site.start();
    server.send_events(&[okta_event("1", "a", "x")]);
    server.wait_evaluated(1);
    let alerts = server.alerts("DETECTION_ERROR");
    assert_eq!(alerts.len(), 3, "{alerts:?}");
    for alert in &alerts {
        assert_eq!(alert["title"], "ModuleNotFoundError(\"No module named 'jsonpath_ng'\")");
        assert!(alert["context"].to_string().contains(REMEDY), "{alert}");
    }
    assert_eq!(server.alerts("ALERT").len(), 1, "the sound rule runs");
    assert_eq!(server.terminate(), Some(0));
    let log = std::fs::read_to_string(site.path().join("server.log")).unwrap();
    for place in ["content/rules/direct.py:2: `Direct`", "content/data_models/okta.py:1: `Okta.Model`"] {
        let line = log.lines().find(|line| line.contains(place));
        assert!(line.is_some_and(|line| line.contains(REMEDY)), "{log}");
    }
}
