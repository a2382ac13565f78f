//! `RuleTest` and `RuleMock`.

use super::{IMPORTS, rule_py, run_tests};

fn verdicts(run: &python_host::TestRun) -> Vec<(&str, bool, Option<&str>, Option<u32>)> {
    run.outcomes.iter().map(|one| (one.name.as_str(), one.passed, one.reason.as_deref(), one.line)).collect()
}

const BODY: &str = "def rule(self, event):\n    return event['n'] == 1\n\
                    def title(self, event):\n    return 'T %s' % event.get('who')\n";

#[tokio::test]
async fn tests_run_in_order_and_methods_only_after_a_match() {
    let body = format!(
        "calls = []\ntests = [\n    RuleTest(name='yes', expected_result=True, log={{'n': 1, 'who': 'ada'}}),\n    \
         RuleTest(name='text', expected_result=True, log='{{\"n\": 1}}'),\n    \
         RuleTest(name='no', expected_result=False, log={{'n': 2}}),\n    \
         RuleTest(name='wrong', expected_result=True, log={{'n': 2}}),\n    \
         RuleTest(name='raises', expected_result=False, log={{}}),\n]\n{BODY}\
         def runbook(self, event):\n    print('asked')\n    return event['book'] if 'who' in event else 'none'\n"
    );
    let run = run_tests(&[("main.py", &rule_py(&body))], "R").await;
    assert!(run.setup_error.is_none());
    assert_eq!(
        verdicts(&run),
        [
            ("yes", false, Some("[runbook] KeyError: 'book'"), Some(22)),
            ("text", true, None, None),
            ("no", true, None, None),
            ("wrong", false, Some("[rule] returned false, expected true"), None),
            ("raises", false, Some("[rule] KeyError: 'n'"), Some(17)),
        ]
    );
    let printed: Vec<&str> = run.outcomes.iter().map(|outcome| outcome.printed.as_str()).collect();
    assert_eq!(printed, ["asked\n", "asked\n", "", "", ""]);
    let told: Vec<_> =
        run.outcomes[1].functions.iter().map(|f| (f.name.as_str(), f.output.as_deref().unwrap())).collect();
    assert_eq!(
        told,
        [("rule", "true"), ("title", "T None"), ("runbook", "none"), ("dedup", "T None")],
        "what the class does not define is not shown"
    );
}

/// Expectations of a test on a rule that matches with title `T ada`, and why it fails.
const EXPECTATIONS: [(&str, &str); 13] = [
    ("expected_title='T ada'", ""),
    ("expected_title='T bob'", r#"[title] returned "T ada", expected "T bob""#),
    ("expected_severity=Severity.MEDIUM", ""),
    ("expected_severity='HIGH'", r#"[severity] returned "MEDIUM", expected "HIGH""#),
    ("expected_dedup='T ada'", ""),
    ("expected_dedup=''", r#"[dedup] returned "T ada", expected """#),
    ("expected_runbook='book'", ""),
    ("expected_runbook='other'", r#"[runbook] returned "book", expected "other""#),
    ("expected_reference=''", ""),
    ("expected_reference='x'", r#"[reference] returned "", expected "x""#),
    ("expected_description='x'", r#"[description] returned "", expected "x""#),
    ("expected_alert_context={}", ""),
    ("expected_alert_context={'a': 1}", r#"[alert_context] returned {}, expected {"a": 1}"#),
];

#[tokio::test]
async fn expectations() {
    let test = |(row, (expectation, _)): (usize, &(&str, &str))| {
        format!(
            "RuleTest(name='{row}', expected_result=True, log={{'n': 1, 'who': 'ada'}}, {expectation}),\n    "
        )
    };
    let tests: String = EXPECTATIONS.iter().enumerate().map(test).collect();
    let body = format!("default_runbook = 'book'\ntests = [\n    {tests}]\n{BODY}");
    let run = run_tests(&[("main.py", &rule_py(&body))], "R").await;
    let reasons: Vec<(bool, &str)> =
        run.outcomes.iter().map(|one| (one.passed, one.reason.as_deref().unwrap_or_default())).collect();
    assert_eq!(reasons, EXPECTATIONS.map(|(_, reason)| (reason.is_empty(), reason)));
}

#[tokio::test]
async fn an_expectation_on_a_test_without_a_match_fails() {
    let body = format!(
        "tests = [RuleTest(name='t', expected_result=False, log={{'n': 2}}, expected_alert_context={{}})]\n{BODY}"
    );
    let run = run_tests(&[("main.py", &rule_py(&body))], "R").await;
    assert_eq!(verdicts(&run), [("t", false, Some("[alert_context] returned null, expected {}"), None)]);
}

#[tokio::test]
async fn a_test_goes_through_the_filters() {
    let body = format!(
        "include_filters = [lambda e: e['team'] == 'ours']\ntests = [\n    \
         RuleTest(name='theirs', expected_result=False, log={{'n': 1, 'team': 'theirs'}}),\n    \
         RuleTest(name='broken', expected_result=False, log={{'n': 1}}),\n]\n{BODY}"
    );
    let run = run_tests(&[("main.py", &rule_py(&body))], "R").await;
    assert_eq!(
        verdicts(&run),
        [("theirs", true, None, None), ("broken", false, Some("[filters] KeyError: 'team'"), Some(8))]
    );
}

const MOCKED: &str = "\
import helpers
from pypanther import Rule, RuleMock, RuleTest, Severity, register
from helpers import owner

LIMIT = 3


class R(Rule):
    id = 'R'
    log_types = ['Test.Log']
    default_severity = Severity.LOW
    tests = [
        RuleTest(name='of the module', expected_result=True, log={},
                 mocks=[RuleMock(object_name='owner', return_value='ada')]),
        RuleTest(name='new value', expected_result=True, log={'n': 9},
                 mocks=[RuleMock(object_name='LIMIT', new=9), RuleMock('owner', new=lambda: 'ada')]),
        RuleTest(name='side effect', expected_result=True, log={'raises': True},
                 mocks=[RuleMock('owner', side_effect=ValueError('mocked'))]),
        RuleTest(name='of the instance', expected_result=True, log={},
                 mocks=[RuleMock(object_name='allowed', return_value=True)]),
        RuleTest(name='title too', expected_result=True, log={}, expected_title='mocked',
                 expected_dedup='other', mocks=[RuleMock('allowed', return_value=True),
                 RuleMock('title', return_value='mocked'), RuleMock('dedup', return_value='other')]),
        RuleTest(name='unknown', expected_result=True, log={}, mocks=[RuleMock('nothing')]),
        RuleTest(name='undone', expected_result=False, log={}),
    ]

    def allowed(self):
        return False

    def rule(self, event):
        if event.get('raises'):
            try:
                owner()
            except ValueError:
                return True
        return self.allowed() or owner() == 'ada' and event.get('n', 3) == LIMIT


register(R)
";

#[tokio::test]
async fn mocks_replace_names_of_the_module_of_the_test_else_of_the_instance_and_are_undone() {
    let files = [("main.py", MOCKED), ("helpers.py", "def owner():\n    return 'nobody'\n")];
    let run = run_tests(&files, "R").await;
    let passed: Vec<(&str, bool)> = run.outcomes.iter().map(|one| (one.name.as_str(), one.passed)).collect();
    assert_eq!(
        passed,
        [
            ("of the module", true),
            ("new value", true),
            ("side effect", true),
            ("of the instance", true),
            ("title too", true),
            ("unknown", false),
            ("undone", true)
        ],
        "{:?}",
        verdicts(&run)
    );
    assert!(run.outcomes[5].reason.as_deref().unwrap().starts_with("AttributeError: "), "{run:?}");
}

#[tokio::test]
async fn tests_that_panther_managed_puts_away_run_without_the_filters_that_were_added() {
    let main = format!(
        "{IMPORTS}@panther_managed\nclass R(Rule):\n    id = 'Managed'\n    log_types = ['Test.Log']\n    \
         default_severity = Severity.LOW\n    tests = [RuleTest(name='theirs', expected_result=True, log={{}})]\n    \
         def rule(self, event):\n        return True\n\n\nclass Ours(R):\n    id = 'Ours'\n    \
         tests = [RuleTest(name='ours', expected_result=True, log={{}})]\n\n\n\
         R.extend(include_filters=[lambda e: e.get('team') == 'ours'],\n         \
         tests=[RuleTest(name='added', expected_result=False, log={{}})])\nregister([R, Ours])\n"
    );
    assert_eq!(
        verdicts(&run_tests(&[("main.py", &main)], "Managed").await),
        [("theirs", true, None, None), ("added", true, None, None)]
    );
    assert_eq!(verdicts(&run_tests(&[("main.py", &main)], "Ours").await), [("ours", true, None, None)]);
}

#[tokio::test]
async fn a_test_that_hangs_or_ends_the_worker_fails_and_the_rest_goes_on() {
    let body = "tests = [\n    RuleTest(name=name, expected_result=True, log={'do': name})\n    \
                for name in ('hang', 'fine', 'die', 'fine too')\n]\n\
                def rule(self, event):\n    import os\n    while event.get('do') == 'hang':\n        pass\n    \
                if event.get('do') == 'die':\n        os._exit(2)\n    return True\n";
    let run = run_tests(&[("main.py", &rule_py(body))], "R").await;
    assert_eq!(
        verdicts(&run),
        [
            ("hang", false, Some("TimeoutError: rule took longer than 1s"), None),
            ("fine", true, None, None),
            ("die", false, Some("WorkerDied: the worker ended with exit status 2"), None),
            ("fine too", true, None, None),
        ]
    );
}

#[tokio::test]
async fn rules_of_the_package_pass_their_own_tests() {
    let main = "from pypanther import register\n\
                from pypanther.rules.okta.okta_rate_limits import OktaRateLimits\nregister(OktaRateLimits)\n";
    let run = run_tests(&[("main.py", main)], "Okta.Rate.Limits-prototype").await;
    assert!(!run.outcomes.is_empty());
    assert!(run.outcomes.iter().all(|outcome| outcome.passed), "{:?}", verdicts(&run));
}
