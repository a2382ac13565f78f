//! Projects that cannot be loaded: each costs itself, and says where and why.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use content::ProjectFault;
use python_host::{HostConfig, Program, RuleProgram, RuleSource, TestCase, describe};
use rstest::rstest;
use serde_json::Value;

use super::{IMPORTS, describe_files, project, rule_py, short};
use crate::support::{self, bystander, event, summary};

fn fault_of(config: &HostConfig, main: &str) -> ProjectFault {
    describe(config, &project("p", &[("main.py", main)]), &AtomicBool::new(false)).unwrap_err()
}

/// Line, message and the beginning of the hint.
#[rstest]
#[case("x = 1\ndef (", 2, "SyntaxError: invalid syntax (main.py, line 2)", "")]
#[case("x = 1\n\nx / 0", 3, "ZeroDivisionError: division by zero", "")]
#[case("import sys\nsys.exit(4)", 2, "SystemExit: 4", "")]
#[case(
    "import nothing_like_it",
    1,
    "ModuleNotFoundError: No module named 'nothing_like_it'",
    "`nothing_like_it` is no file of the project and not installed for `"
)]
#[case(
    "import socket\nsocket.socket()",
    2,
    "PermissionError: [Errno 1] Operation not permitted",
    "a project has its own Python files and the installed packages; no other files, no processes, no network"
)]
#[case(
    "import urllib.request as r\nr.urlopen('http://192.0.2.1/')",
    2,
    "URLError: <urlopen error [Errno 1] Operation not permitted>",
    "a project has"
)]
#[case(
    "open('/etc/passwd')",
    1,
    "PermissionError: [Errno 13] Permission denied: '/etc/passwd'",
    "a project has"
)]
#[case(
    "open(__file__)",
    1,
    "FileNotFoundError: [Errno 2] No such file or directory: '/pypanther-project/0/main.py'",
    "a project has"
)]
#[case(
    "import os\nos._exit(3)",
    1,
    "the worker was lost while `main.py` ran: the worker ended with exit status 3",
    "does it use more memory"
)]
#[case(
    "import os\nos.write(100, b'\\xff\\xff\\xff\\xff')",
    1,
    "the worker was lost while `main.py` ran: an answer of 4294967295 bytes is too long",
    "does it use"
)]
#[case("x = []\nwhile True:\n    x.append('x' * 10_000_000)", 3, "MemoryError", "a worker has the memory of")]
#[case(
    "from pypanther import *\nregister(7)",
    2,
    "ValueError: argument must be a Rule or DataModel or an iterable of them not 7",
    ""
)]
#[test]
fn a_main_py_that_ends_badly(
    #[case] main: &str,
    #[case] line: u32,
    #[case] message: &str,
    #[case] hint: &str,
) {
    let fault = describe_files(&[("main.py", main)]).unwrap_err();
    assert_eq!((fault.file.to_str(), fault.line), (Some("p/main.py"), line), "{fault:?}");
    assert_eq!(fault.message, message);
    assert_eq!(fault.hint.is_some(), !hint.is_empty(), "{fault:?}");
    assert!(fault.hint.unwrap_or_default().starts_with(hint));
}

#[test]
fn the_place_is_the_innermost_of_the_project() {
    let files = [
        ("main.py", "import json\nimport rules.deep\n"),
        ("rules/deep.py", "import json\n\n\njson.loads('{')\n"),
    ];
    let fault = describe_files(&files).unwrap_err();
    assert_eq!((fault.file.to_str(), fault.line), (Some("p/rules/deep.py"), 4));
    assert!(fault.message.starts_with("JSONDecodeError: "), "{fault:?}");
    let broken = [("main.py", "import rules\n"), ("rules.py", "if True:\nx = 1\n")];
    let fault = describe_files(&broken).unwrap_err();
    assert_eq!((fault.file.to_str(), fault.line), (Some("p/rules.py"), 2));
}

#[test]
fn a_refused_rule_is_named_with_what_is_wrong() {
    let main =
        rule_py("threshold = 0\nsummary_attributes = ['a', 'a']\ndef rule(self, event):\n    return True");
    let fault = describe_files(&[("main.py", &main)]).unwrap_err();
    assert_eq!(
        fault.message,
        "the rule `R` cannot be registered: summary_attributes: List must be unique; \
         threshold: Input should be greater than 0"
    );
    let twice = rule_py("def rule(self, event):\n    return True") + "register(type('S', (R,), {}))\n";
    let fault = describe_files(&[("main.py", &twice)]).unwrap_err();
    assert_eq!(fault.message, "ValueError: Rule with id 'R' is already registered");
}

#[test]
fn a_rule_that_is_made_illegal_after_it_was_registered_costs_itself() {
    let main = rule_py("def rule(self, event):\n    return True")
        + "class S(R):\n    id = 'S'\n\n\nregister(S)\nR.override(threshold=-1)\n";
    let described = describe_files(&[("main.py", &main)]).unwrap();
    let told: Vec<_> =
        described.rules.iter().map(|rule| (rule.id.as_str(), rule.attributes.as_ref().err())).collect();
    assert_eq!(told, [("R", Some(&"threshold: Input should be greater than 0".to_owned())), ("S", None)]);
}

#[rstest]
#[case("import re\n\n\nwhile True:\n    pass\n", &[4, 5])]
#[case("import re\nre.match(r'(a+)+$', 'a' * 60 + 'b')\n", &[2])]
#[case("import time\ntime.sleep(600)\n", &[2])]
#[test]
fn a_main_py_without_end_is_ended_and_says_where_it_was(#[case] main: &str, #[case] lines: &[u32]) {
    let begun = Instant::now();
    let fault = fault_of(&short(), main);
    assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
    assert_eq!(fault.message, "`main.py` did not come to its end within 3s");
    assert!(lines.contains(&fault.line), "{fault:?}");
    assert!(fault.hint.unwrap().contains("`python.pypanther_timeout`"));
}

#[test]
fn a_main_py_that_outlives_its_own_alarm_is_ended_too() {
    let main = "import faulthandler\nfaulthandler.cancel_dump_traceback_later()\nwhile True:\n    pass\n";
    let fault = fault_of(&short(), main);
    assert_eq!(fault.message, "`main.py` did not come to its end within 3s");
}

#[test]
fn without_the_package_the_hint_says_how_to_get_it() {
    let plain = HostConfig { executable: "python3".into(), ..short() };
    let fault = fault_of(&plain, IMPORTS);
    assert!(fault.message.starts_with("the package `pypanther` is not installed for `/"), "{fault:?}");
    let hint = fault.hint.unwrap();
    assert!(hint.contains("`margay python setup`") && hint.contains("pip install --pre pypanther"), "{hint}");
}

#[test]
fn without_an_interpreter_it_is_said_too() {
    let none = HostConfig { executable: "/no/such/python".into(), ..short() };
    let fault = fault_of(&none, IMPORTS);
    assert!(
        fault.message.starts_with("`main.py` was not run: cannot use the Python interpreter"),
        "{fault:?}"
    );
}

#[test]
fn a_caller_can_end_it_early() {
    let stop = AtomicBool::new(false);
    let begun = Instant::now();
    let fault = std::thread::scope(|scope| {
        scope.spawn(|| {
            std::thread::sleep(Duration::from_millis(300));
            stop.store(true, Ordering::Relaxed);
        });
        let project = project("p", &[("main.py", "while True:\n    pass\n")]);
        describe(&super::config(), &project, &stop).unwrap_err()
    });
    assert!(begun.elapsed() < Duration::from_secs(10));
    assert_eq!(fault.message, "`main.py` was not run: the program is ending");
}

/// A rule of a project that is not described: the workers are the first to run its `main.py`.
fn undescribed(main: &str) -> Vec<RuleProgram> {
    let project = project("p", &[("main.py", main)]);
    let mut rule = support::rule("P.Rule", "");
    rule.source = RuleSource::Project(Arc::clone(&project));
    vec![bystander("A.Bystander"), rule, bystander("Z.Bystander")]
}

/// What `main.py` does differently in a worker, and the error of its rules.
#[rstest]
#[case("while True:\n    pass\n", "WorkerDied")]
#[case("import os\nos._exit(1)\n", "WorkerDied")]
#[case("x = 1 / 0\n", "ZeroDivisionError")]
#[case("x = 1\n", "LookupError")]
#[tokio::test]
async fn a_project_that_fails_in_a_worker_costs_its_own_rules(#[case] main: &str, #[case] error: &str) {
    let program = Arc::new(Program::new(vec![], vec![], undescribed(main)));
    let (host, report) = support::start_with(short(), program).await;
    let broken: Vec<_> = report.setup_errors.iter().map(|one| (&*one.item_id, &*one.error_type)).collect();
    assert_eq!(broken, [("P.Rule", error)], "{report:?}");
    let evaluation = support::evaluate(&host, vec![event(0, "{}")]).await;
    assert_eq!(
        summary(&evaluation),
        [
            "row-0000 A.Bystander match".to_owned(),
            format!("row-0000 P.Rule {error}"),
            "row-0000 Z.Bystander match".to_owned()
        ]
    );
    let test = TestCase {
        name: "t".into(),
        expected: true,
        log: Value::Null,
        mocks: vec![],
        expected_destinations: None,
    };
    let run = host.run_tests(&"P.Rule".into(), vec![test]).await.unwrap();
    assert_eq!(run.setup_error.unwrap().error_type, error);
}
