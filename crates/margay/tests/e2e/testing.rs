//! `margay test` beyond verdicts: Python unit-test files, what is shown of functions, JUnit.

use serde_json::{Value, json};

use crate::harness::{Ran, Site};
use crate::junit_shape::check_shape;

const CONFIG: &str = "content: [content]\npython: { rule_timeout: 1s }\n";

const TESTS: &str = "\
Tests:
  - Name: matches
    ExpectedResult: true
    ExpectedDestinations: [pager, chat]
    Log: { name: alice, to: [chat, pager] }
  - Name: stays silent
    ExpectedResult: false
    Log: { name: bob }
";

const RULE: &str = "\
def rule(event):
    print('<seen> & told')
    return event.get('name') == 'alice'

def title(event):
    return 'found ' + event.get('to')[0]

def unique(event):
    return event.get('name')

def destinations(event):
    return list(event.get('to'))
";

fn json_of(ran: &Ran) -> Value {
    serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {ran:?}"))
}

/// A site with a global, a data model and unit-test files for both.
fn site_with_python_tests() -> Site {
    let site = Site::new(CONFIG);
    site.rule("A.Rule", TESTS, RULE);
    site.write(
        "content/global_helpers/names.yml",
        "AnalysisType: global\nGlobalID: names\nFilename: names.py\n",
    );
    site.write("content/global_helpers/names.py", "def upper(name):\n    return name.upper()\n");
    site.write(
        "content/global_helpers/names_test.py",
        "import os, sys, unittest\nsys.path.append(os.path.dirname(__file__))\nimport names\n\n\
         class Names(unittest.TestCase):\n    def test_upper(self):\n        self.assertEqual(names.upper('a'), 'A')\n",
    );
    let model = "AnalysisType: datamodel\nDataModelID: My.Model\nEnabled: true\nLogTypes: [Okta.SystemLog]\n\
                 Filename: model.py\nMappings:\n  - { Name: who, Method: get_who }\n";
    site.write("content/data_models/model.yml", model);
    site.write(
        "content/data_models/model.py",
        "import names\n\ndef get_who(event):\n    return names.upper(event.get('user', ''))\n",
    );
    site.write(
        "content/data_models/model_test.py",
        "import os, unittest\nfrom panther_analysis_tool.main import load_analysis, setup_data_models\n\
         from panther_core.enriched_event import PantherEvent\n\n\
         specs, _ = load_analysis(os.path.dirname(__file__), [], [], [], True)\n\
         models, _ = setup_data_models(specs.data_models)\n\n\
         class Model(unittest.TestCase):\n    model = models.get('Okta.SystemLog')\n\n\
         \x20   def test_who(self):\n        self.assertEqual(PantherEvent({'user': 'ann'}, self.model).udm('who'), 'ANN')\n",
    );
    site
}

#[test]
fn python_unit_test_files_are_run_and_reported_apart() {
    let site = site_with_python_tests();
    let ran = site.run(&["test", "--format", "json"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let report = json_of(&ran);
    assert_eq!(report["tests"], json!({"total": 2, "passed": 2, "failed": 0}));
    let all_passed = json!({
        "files": 2, "total": 2, "passed": 2, "failed": 0, "skipped": 0, "leftOut": 0, "failures": []
    });
    assert_eq!(report["pythonTests"], all_passed);

    site.write(
        "content/global_helpers/more_test.py",
        "import unittest\n\nclass More(unittest.TestCase):\n    def test_fails(self):\n        self.assertEqual(1, 2)\n\n\
         \x20   @unittest.skip('later')\n    def test_skips(self):\n        pass\n",
    );
    site.write("content/global_helpers/odd_test.py", "import no_such_module\n");
    site.write("content/global_helpers/none_test.py", "");
    let ran = site.run(&["test", "--format", "json"]);
    assert_eq!(ran.code, Some(1));
    let report = json_of(&ran);
    assert_eq!(report["items"]["failed"], 0);
    let python = &report["pythonTests"];
    let counts: Vec<&Value> =
        ["files", "total", "passed", "failed", "skipped"].iter().map(|&key| &python[key]).collect();
    assert_eq!(counts, [5, 5, 2, 2, 1]);
    let failure = &python["failures"][0];
    assert_eq!((&failure["test"], &failure["line"]), (&json!("More.test_fails"), &json!(5)));
    assert_eq!(failure["reason"], "AssertionError: 1 != 2");
    assert_eq!(failure["file"], "content/global_helpers/more_test.py");
    assert_eq!(
        (&python["failures"][1]["test"], &python["failures"][1]["line"]),
        (&json!("(file)"), &json!(1))
    );

    let ran = site.run(&["test"]);
    assert_eq!(ran.code, Some(1));
    let shown = "content/global_helpers/more_test.py\n\t[FAIL] More.test_fails\n\t\tAssertionError: 1 != 2\n";
    assert!(ran.stdout.contains(shown), "{}", ran.stdout);
    for line in [
        "\t\tMore.test_fails: AssertionError: 1 != 2 (content/global_helpers/more_test.py:5)\n",
        "\tPython tests: 5 in 5 files, of which 2 passed, 2 failed, 1 skipped\n",
        "\tNo test was found in content/global_helpers/none_test.py",
    ] {
        assert!(ran.stdout.contains(line), "{line} {}", ran.stdout);
    }
}

#[test]
fn python_unit_test_files_can_be_left_out_or_chosen() {
    let site = site_with_python_tests();
    for (args, files, left_out) in [
        (&["--skip-python-tests"][..], 0, 2),
        (&["--filter", "AnalysisType=rule"], 0, 2),
        (&["content/rules"], 0, 0),
        (&["content/data_models"], 1, 0),
        (&["content/global_helpers/names_test.py"], 1, 0),
    ] {
        let args: Vec<&str> = ["test", "--format", "json"].iter().chain(args).copied().collect();
        let ran = site.run(&args);
        assert_eq!(ran.code, Some(0), "{args:?} {ran:?}");
        let python = &json_of(&ran)["pythonTests"];
        assert_eq!((&python["files"], &python["leftOut"]), (&json!(files), &json!(left_out)), "{args:?}");
        assert_eq!((&python["passed"], &python["failed"]), (&json!(files), &json!(0)), "{args:?}");
    }
    let ran = site.run(&["test", "--filter", "AnalysisType=rule"]);
    assert!(ran.stdout.contains("\tPython tests: 2 files left out because of --filter\n"), "{}", ran.stdout);
}

#[test]
fn failures_of_alert_functions_are_always_shown_and_the_rest_when_asked() {
    let site = Site::new(CONFIG);
    site.rule("A.Rule", TESTS, RULE);
    let ran = site.run(&["test"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    // The rule does not match: its alert functions are of no account, and their failures are told.
    let silent = "\t[PASS] stays silent\n\t\t[PASS] [rule] false\n\t\t[FAIL] [title] TypeError: 'NoneType' object is \
                  not subscriptable (ignored: no alert is expected)\n\t\t[FAIL] [destinations] TypeError: 'NoneType' \
                  object is not iterable (ignored: no alert is expected)\n";
    assert!(ran.stdout.contains(silent), "{}", ran.stdout);
    assert!(!ran.stdout.contains("[unique]"), "{}", ran.stdout);
    let ran = site.run(&["test", "-v"]);
    let everything = "\t[PASS] matches\n\t\t[PASS] [rule] true\n\t\t[PASS] [title] found chat\n\
                      \t\t[PASS] [dedup] found chat\n\t\t[PASS] [destinations] [\"chat\", \"pager\"]\n\
                      \t\t[PASS] [unique] alice\n";
    assert!(ran.stdout.contains(everything), "{}", ran.stdout);
    assert!(
        ran.stdout.contains("[dedup] A.Rule\n") && ran.stdout.contains("[unique] bob\n"),
        "{}",
        ran.stdout
    );
    let ran = site.run(&["test", "--show-failures-only"]);
    assert!(ran.stdout.starts_with("--------------------------\nTest Summary\n"), "{}", ran.stdout);
}

#[test]
fn destinations_that_differ_are_shown_entry_by_entry() {
    let site = Site::new(CONFIG);
    let tests = TESTS.replace("[pager, chat]", "[mail, chat, pager]");
    site.rule("A.Rule", &tests, RULE);
    let ran = site.run(&["test"]);
    assert_eq!(ran.code, Some(1));
    let shown = "\t\t[FAIL] [destinations] returned [\"chat\", \"pager\"], expected [\"mail\", \"chat\", \"pager\"]\n\
                 \t\t\t  chat\n\t\t\t- mail\n\t\t\t  pager\n";
    assert!(ran.stdout.contains(shown), "{}", ran.stdout);
}

#[test]
fn junit_keeps_to_the_schema_of_ci_systems() {
    let site = site_with_python_tests();
    site.rule("B.Wrong", TESTS, "def rule(event):\n    return False # <&>\n");
    site.rule("C.Broken", TESTS, "import no_such_module\n");
    site.write(
        "content/global_helpers/more_test.py",
        "import unittest\n\nclass More(unittest.TestCase):\n    def test_fails(self):\n        print('out')\n        \
         self.assertEqual('<a>', '\"')\n\n    @unittest.skip('later')\n    def test_skips(self):\n        pass\n",
    );
    let ran = site.run(&["test", "--format", "junit"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    check_shape(&ran.stdout);
    let head = "<testsuites name=\"margay test\" tests=\"9\" failures=\"2\" errors=\"1\" time=\"";
    assert!(ran.stdout.contains(head), "{}", ran.stdout);
    assert!(ran.stdout.contains("<system-out>&lt;seen&gt; &amp; told&#10;</system-out>"), "{}", ran.stdout);
    let failure = "<failure message=\"[rule] returned false, expected true\">content/rules/b_wrong.yml:8: [rule] \
                   returned false, expected true&#10;expected: true&#10;actual:   false&#10;</failure>";
    assert!(ran.stdout.contains(failure), "{}", ran.stdout);
    assert!(ran.stdout.contains("<skipped message=\"later\"></skipped>"), "{}", ran.stdout);
    let case =
        "<testcase classname=\"content/global_helpers/names_test.py\" name=\"Names.test_upper\" time=\"";
    assert!(ran.stdout.contains(case), "{}", ran.stdout);
}
