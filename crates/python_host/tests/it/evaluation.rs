//! Matches and failures of one rule, in production: every row of the table of functions.

use model::{Event, Severity};
use python_host::{ActiveRules, DataModelProgram, GlobalProgram, HostConfig, LookupSource, TestCase};
use rstest::rstest;
use serde_json::json;

use crate::support::{
    LOG_TYPE, bystander, config, errors, evaluate, evaluate_one, event, events, only_match, program, rule,
    start, start_full, start_with, summary,
};

const EVERY_FUNCTION: &str = r#"
seen = []
def rule(event):
    seen.append("rule")
    return event.get("name") == "a"
def title(event):
    seen.append("title")
    return f"title of {event.get('NAME')}"
def description(event):
    seen.append("description")
    return "d"
def reference(event):
    seen.append("reference")
    return "r"
def severity(event):
    seen.append("severity")
    return "high"
def runbook(event):
    seen.append("runbook")
    return "b"
def destinations(event):
    seen.append("destinations")
    return ["slack", "pager"]
def dedup(event):
    seen.append("dedup")
    return "k"
def alert_context(event):
    seen.append("alert_context")
    return {"z": 1, "a": event.get("nested"), "big": 12345678901234567890, "order": list(seen)}
def unique(event):
    return "u"
"#;

#[tokio::test]
async fn a_match_carries_the_output_of_every_function() {
    let evaluation = evaluate_one(EVERY_FUNCTION, r#"{"name":"a","nested":{"l":[1,{"x":null}]}}"#).await;
    let found = only_match(&evaluation);
    assert_eq!(found.title.as_deref(), Some("title of a"));
    assert_eq!(found.description.as_deref(), Some("d"));
    assert_eq!(found.reference.as_deref(), Some("r"));
    assert_eq!(found.severity, Some(Severity::High));
    assert_eq!(found.runbook.as_deref(), Some("b"));
    assert_eq!(found.destinations, Some(vec!["slack".to_owned(), "pager".to_owned()]));
    assert_eq!(found.dedup, "k");
    assert_eq!(found.unique.as_deref(), Some("u"));
    assert!(found.counts_unique);
    assert!(found.warnings.is_empty());
    let context = serde_json::to_string(&found.alert_context).unwrap();
    assert_eq!(
        context,
        r#"{"z":1,"a":{"l":[1,{"x":null}]},"big":12345678901234567890,"order":["rule","title","description","reference","severity","runbook","destinations","dedup","alert_context"]}"#
    );
}

#[tokio::test]
async fn no_match_runs_nothing_else_and_says_nothing() {
    let evaluation = evaluate_one(EVERY_FUNCTION, r#"{"name":"b"}"#).await;
    assert!(evaluation.findings.is_empty());
}

#[tokio::test]
async fn a_rule_without_functions_gets_the_defaults() {
    let evaluation = evaluate_one("def rule(event):\n    return True", "{}").await;
    let found = only_match(&evaluation);
    assert_eq!((found.title, found.severity, found.destinations), (None, None, None));
    assert_eq!(found.dedup, "defaultDedupString:My.Rule");
    assert!(!found.counts_unique);
}

#[rstest]
#[case::none("return None", "NoneType")]
#[case::zero("return 0", "int")]
#[case::text("return 'x'", "str")]
#[tokio::test]
async fn a_verdict_that_is_no_bool_is_an_error(#[case] body: &str, #[case] type_name: &str) {
    let evaluation = evaluate_one(&format!("def rule(event):\n    {body}"), "{}").await;
    let text = format!("detection [My.Rule] function [rule] returned [{type_name}], expected [bool]");
    let error = &errors(&evaluation)[0];
    assert_eq!(error.error_type, "FunctionReturnTypeError");
    assert_eq!(error.message, text);
    assert_eq!(error.short_message, format!("FunctionReturnTypeError('{text}')"));
}

#[tokio::test]
async fn an_exception_is_told_with_its_last_frame() {
    let evaluation = evaluate_one("\n\ndef rule(event):\n    return 1/0 == 1", "{}").await;
    let error = &errors(&evaluation)[0];
    assert_eq!(error.error_type, "ZeroDivisionError");
    assert_eq!(error.short_message, "ZeroDivisionError('division by zero')");
    assert_eq!(error.message, "division by zero: My.Rule.py, line 4, in rule return 1/0 == 1");
}

#[rstest]
#[case("raise SystemExit(3)", "SystemExit")]
#[case("raise KeyboardInterrupt", "KeyboardInterrupt")]
#[case("raise type('Odd', (BaseException,), {'__repr__': lambda s: 1/0, '__str__': lambda s: 1/0})()", "Odd")]
#[tokio::test]
async fn every_kind_of_exception_is_an_error(#[case] body: &str, #[case] error_type: &str) {
    let evaluation = evaluate_one(&format!("def rule(event):\n    {body}"), "{}").await;
    assert_eq!(errors(&evaluation)[0].error_type, error_type);
}

#[rstest]
#[case::raises("raise ValueError('no')", "failed: ValueError: no;")]
#[case::none("return None", "returned [NoneType], expected [str];")]
#[case::exits("raise SystemExit(1)", "failed: SystemExit: 1;")]
#[tokio::test]
async fn a_failed_text_function_never_blocks_the_alert(#[case] body: &str, #[case] said: &str) {
    let mut source = String::from("def rule(event):\n    return True\n");
    for name in
        ["title", "description", "reference", "runbook", "severity", "destinations", "dedup", "unique"]
    {
        source.push_str(&format!("def {name}(event):\n    {body}\n"));
    }
    let found = only_match(&evaluate_one(&source, "{}").await);
    assert_eq!(found.title.as_deref(), Some("My.Rule"));
    assert_eq!((found.description, found.reference, found.runbook), (None, None, None));
    assert_eq!((found.severity, found.destinations, found.unique), (None, None, None));
    assert_eq!(found.dedup, "defaultDedupString:My.Rule");
    // `None` is a legal answer of `destinations`.
    let expected = if body == "return None" { 7 } else { 8 };
    assert_eq!(found.warnings.len(), expected, "{:?}", found.warnings);
    assert!(found.warnings[0].contains(said), "{:?}", found.warnings);
}

#[tokio::test]
async fn a_failed_title_makes_the_id_the_dedup_string() {
    let source = "def rule(event):\n    return True\ndef title(event):\n    return 1";
    let found = only_match(&evaluate_one(source, "{}").await);
    assert_eq!((found.title.as_deref(), found.dedup.as_str()), (Some("My.Rule"), "My.Rule"));
    let source = "def rule(event):\n    return True\ndef title(event):\n    return ''";
    let found = only_match(&evaluate_one(source, "{}").await);
    assert_eq!((found.title.as_deref(), found.dedup.as_str()), (Some(""), "defaultDedupString:My.Rule"));
    let source = "def rule(event):\n    return True\ndef dedup(event):\n    return ''";
    assert_eq!(only_match(&evaluate_one(source, "{}").await).dedup, "defaultDedupString:My.Rule");
}

#[rstest]
#[case("'default'", None, 0)]
#[case("'CRITICAL'", Some(Severity::Critical), 0)]
#[case("'Loud'", None, 1)]
#[tokio::test]
async fn severity_words(#[case] word: &str, #[case] expected: Option<Severity>, #[case] warnings: usize) {
    let source = format!("def rule(event):\n    return True\ndef severity(event):\n    return {word}");
    let found = only_match(&evaluate_one(&source, "{}").await);
    assert_eq!((found.severity, found.warnings.len()), (expected, warnings));
}

#[tokio::test]
async fn texts_are_cut_at_1000_characters_and_lists_at_10() {
    let source = r#"
def rule(event):
    return True
def title(event):
    return "ä" * 1001
def dedup(event):
    return "k" * 1000
def destinations(event):
    return [str(n) for n in range(12)]
def description(event):
    return "lone \ud800 surrogate"
"#;
    let found = only_match(&evaluate_one(source, "{}").await);
    assert_eq!(found.title, Some(format!("{}... (truncated)", "ä".repeat(985))));
    assert_eq!(found.dedup.len(), 1000);
    assert_eq!(found.destinations.as_ref().map(Vec::len), Some(10));
    assert_eq!(found.warnings, ["destinations() returned 12 entries; only the first 10 are used"]);
    assert_eq!(found.description.as_deref(), Some("lone ? surrogate"));
}

#[rstest]
#[case::raises("raise KeyError('x')", r#"{"_error":"KeyError('x')"}"#)]
#[case::list(
    "return [1]",
    r#"{"_error":"FunctionReturnTypeError('detection [My.Rule] function [alert_context] returned [list], expected [Mapping]')"}"#
)]
#[case::large(
    "return {'x': 'y' * 204800}",
    r#"{"_error":"alert_context size is [204809] characters, bigger than maximum of [204800] characters"}"#
)]
#[case::keys("return {1: (True, None), None: 'é😀'}", r#"{"1":[true,null],"null":"é😀"}"#)]
#[case::event("return event", r#"{"p_log_type":"Test.Log","a":{"b":[1]}}"#)]
#[tokio::test]
async fn contexts(#[case] body: &str, #[case] expected: &str) {
    let source = format!("def rule(event):\n    return True\ndef alert_context(event):\n    {body}");
    let found = only_match(&evaluate_one(&source, r#"{"a":{"b":[1]}}"#).await);
    assert_eq!(serde_json::to_string(&found.alert_context).unwrap(), expected);
}

#[tokio::test]
async fn a_context_with_a_number_that_json_has_not_is_replaced() {
    let source =
        "def rule(event):\n    return True\ndef alert_context(event):\n    return {'x': float('nan')}";
    let context = only_match(&evaluate_one(source, "{}").await).alert_context.unwrap();
    let said = context["_error"].as_str().unwrap();
    assert!(said.starts_with("ValueError('Out of range float values are not JSON compliant"), "{said}");
}

#[tokio::test]
async fn a_context_too_deep_to_keep_is_told() {
    let source = "def rule(event):\n    return True\ndef alert_context(event):\n    value = {}\n    \
                  for _ in range(300):\n        value = {'v': value}\n    return value";
    let found = only_match(&evaluate_one(source, "{}").await);
    assert!(found.alert_context.unwrap().contains_key("_error"));
    assert_eq!(found.warnings.len(), 1);
}

#[tokio::test]
async fn findings_come_in_the_order_of_events_then_rules_whatever_the_workers() {
    let config = crate::support::config(2);
    let rules =
        vec![bystander("B"), bystander("A"), rule("C", "def rule(event):\n    return event['n'] % 2 == 0")];
    let (host, _) = start_with(config, crate::support::program(rules)).await;
    let lines = summary(&evaluate(&host, events(600)).await);
    let expected: Vec<String> = (0..600)
        .flat_map(|n| {
            let last = (n % 2 == 0).then_some("C");
            ["A", "B"].into_iter().chain(last).map(move |id| format!("row-{n:04} {id} match"))
        })
        .collect();
    assert_eq!(lines, expected);
}

#[tokio::test]
async fn rules_see_only_events_of_their_log_types_and_when_they_are_on() {
    let mut other = bystander("Other");
    other.log_types = vec!["Other.Log".into()];
    let mut off = bystander("Off");
    off.enabled = false;
    let (host, _) = start(vec![bystander("On"), other, off]).await;
    assert_eq!(summary(&evaluate(&host, events(1)).await), ["row-0000 On match"]);
    let active = ActiveRules { overrides: [("Off".into(), true), ("On".into(), false)].into() };
    let evaluation = host.evaluate(events(1), &active).await.unwrap();
    assert_eq!(summary(&evaluation), ["row-0000 Off match"]);
}

#[tokio::test]
async fn a_rule_that_cannot_be_loaded_is_reported_and_answers_every_event_with_its_error() {
    let (host, report) = start(vec![
        rule("Bad.Import", "import no_such_module\ndef rule(event):\n    return True"),
        rule("Bad.Syntax", "def rule(event)\n    return True"),
        rule("No Rule<>", "def title(event):\n    return ''"),
        rule("Ok", "import os\ndef rule(event):\n    return True"),
    ])
    .await;
    let told: Vec<_> =
        report.setup_errors.iter().map(|e| (e.item_id.as_str(), e.error_type.as_str(), e.line)).collect();
    assert_eq!(
        told,
        [
            ("Bad.Import", "ModuleNotFoundError", Some(1)),
            ("Bad.Syntax", "SyntaxError", Some(1)),
            ("No Rule<>", "AttributeError", None),
        ]
    );
    assert_eq!(report.setup_errors[2].message, "detection needs to have a method named 'rule'");
    let lines = summary(&evaluate(&host, events(2)).await);
    assert_eq!(
        lines[..4],
        [
            "row-0000 Bad.Import ModuleNotFoundError",
            "row-0000 Bad.Syntax SyntaxError",
            "row-0000 No Rule<> AttributeError",
            "row-0000 Ok match",
        ]
    );
    assert_eq!(lines.len(), 8);
}

#[tokio::test]
async fn globals_are_found_after_the_standard_library_and_before_the_fallback() {
    let global = |id: &str, source: &str| GlobalProgram { id: id.into(), source: source.into() };
    let (host, report) = start_full(
        vec![
            global("mine", "import other\nWORD = other.WORD"),
            global("other", "WORD = 'from a global'"),
            global("json", "raise Exception('the standard library comes first')"),
        ],
        vec![],
        vec![rule(
            "R",
            "import json, mine\nfrom panther_base_helpers import deep_get\n\
             from panther_detection_helpers.caching import get_counter\nfrom panther_core import PantherEvent\n\
             def rule(event):\n    return isinstance(event, PantherEvent)\n\
             def title(event):\n    return mine.WORD + json.dumps(1) + str(deep_get(event, 'a', 'b'))",
        )],
    )
    .await;
    assert_eq!(report.setup_errors, []);
    let found = only_match(&evaluate(&host, vec![event(0, r#"{"a":{"b":2}}"#)]).await);
    assert_eq!(found.title.as_deref(), Some("from a global12"));
}

#[tokio::test]
async fn the_data_model_of_the_log_type_serves_udm() {
    let model = |id: &str, method: &str| DataModelProgram {
        id: id.into(),
        log_types: vec![LOG_TYPE.into()],
        mappings: vec![
            ("user".into(), content::MappingTarget::Path("actor.name".into())),
            ("shout".into(), content::MappingTarget::Method(method.into())),
        ],
        source: Some("def get_shout(event):\n    return event.deep_get('ACTOR', 'name').upper()".into()),
    };
    let source = "def rule(event):\n    return event.udm('user') == 'ann'\ndef title(event):\n    return event.udm('shout')";
    let (host, report) = start_full(
        vec![],
        vec![model("Good", "get_shout"), model("Second", "get_shout")],
        vec![rule("R", source)],
    )
    .await;
    assert_eq!(report.setup_errors.len(), 1);
    assert_eq!(report.setup_errors[0].item_id, "Second");
    let found = only_match(&evaluate(&host, vec![event(0, r#"{"actor":{"name":"ann"}}"#)]).await);
    assert_eq!(found.title.as_deref(), Some("ANN"));
}

#[tokio::test]
async fn events_cross_as_they_are() {
    let source = "def rule(event):\n    return True\n\
                  def alert_context(event):\n    return {'keys': list(event.keys())[1:], 'n': event['n'], 'd': event['d']}";
    let found = only_match(
        &evaluate_one(source, r#"{"z":1,"a":2,"n":123456789012345678901234567890,"d":"first","d":"last"}"#)
            .await,
    );
    assert_eq!(
        serde_json::to_value(&found.alert_context).unwrap().to_string(),
        json!({"keys": ["z", "a", "n", "d"], "n": 0, "d": "last"})
            .to_string()
            .replace("\"n\":0", "\"n\":123456789012345678901234567890")
    );
}

#[tokio::test]
async fn an_event_that_python_cannot_read_is_an_error_of_each_rule() {
    let (host, _) = start(vec![bystander("A"), bystander("B")]).await;
    let broken = Event { json: "{\"p_log_type\":".into(), ..event(0, "{}") };
    let lines = summary(&evaluate(&host, vec![broken, event(1, "{}")]).await);
    assert_eq!(
        lines,
        ["row-0000 A JSONDecodeError", "row-0000 B JSONDecodeError", "row-0001 A match", "row-0001 B match",]
    );
}

#[tokio::test]
async fn the_environment_is_the_same_everywhere() {
    let source = "import os, sys, time\ndef rule(event):\n    return True\n\
                  def alert_context(event):\n    return {'hash': hash('a') == hash('a'), 'tz': time.strftime('%Z'), \
                  'env': sorted(os.environ), 'path': '' in sys.path, 'cwd': os.getcwd(), 'main': __name__}";
    let context = only_match(&evaluate_one(source, "{}").await).alert_context.unwrap();
    assert_eq!(context["tz"], "UTC");
    assert_eq!(context["path"], false);
    assert_eq!(context["cwd"], "/");
    assert_eq!(context["main"], "My.Rule");
    assert_eq!(
        context["env"],
        json!([
            "HOME",
            "LANG",
            "LC_ALL",
            "MALLOC_ARENA_MAX",
            "OMP_NUM_THREADS",
            "OPENBLAS_NUM_THREADS",
            "PATH",
            "PYTHONHASHSEED",
            "PYTHONSAFEPATH",
            "TZ"
        ])
    );
}

#[tokio::test]
async fn lookups_read_the_event_offline_and_find_nothing_in_the_server() {
    let source = "def rule(event):\n    return True\ndef title(event):\n    row = event.lookup('users', 'ada')\n    \
                  return 'nothing' if row is None else f\"{row['Name']} {event.lookup('users', 'eve')}\"";
    let json = r#"{"_mocked_lookup_data_":{"users":{"ada":{"name":"Ada"}}}}"#;
    for (lookups, title) in [(LookupSource::Event, "Ada None"), (LookupSource::Tables, "nothing")] {
        let config = HostConfig { lookups, ..config(1) };
        let (host, _) = start_with(config, program(vec![rule("R", source)])).await;
        let found = only_match(&evaluate(&host, vec![event(0, json)]).await);
        assert_eq!((found.title.as_deref(), found.warnings.len()), (Some(title), 0));
        // Unit tests bring their own rows, wherever they run.
        let test = TestCase {
            name: "t".into(),
            expected: true,
            log: serde_json::from_str(json).unwrap(),
            mocks: vec![],
            expected_destinations: None,
        };
        let run = host.run_tests(&"R".into(), vec![test]).await.unwrap();
        assert_eq!(run.outcomes[0].functions[1].output.as_deref(), Some("Ada None"));
    }
}

#[tokio::test]
async fn modules_that_old_content_imports_stand_in_until_the_content_has_its_own() {
    let source = "import panther\nfrom panther_oss_helpers import resource_lookup, get_counter\n\
                  from panther_analysis_tool.immutable import ImmutableList\nfrom panther_config import config\n\
                  def rule(event):\n    assert isinstance(event['l'], ImmutableList) and get_counter('k') == 0\n    \
                  return True\ndef title(event):\n    return panther.lookup_aws_account_name('1')\n\
                  def runbook(event):\n    return resource_lookup('arn:x')";
    let events = || vec![event(0, r#"{"l":[1]}"#)];
    let (host, _) = start_full(vec![], vec![], vec![rule("R", source)]).await;
    let found = only_match(&evaluate(&host, events()).await);
    assert_eq!(found.title.as_deref(), Some("1 (unnamed account)"));
    let warning = "runbook() failed: CloudResourcesUnavailableError: resource_lookup('arn:x'): cloud resources \
                   come with a later part";
    assert!(found.warnings[0].starts_with(warning), "{:?}", found.warnings);

    let own = |id: &str, source: &str| GlobalProgram { id: id.into(), source: source.into() };
    let globals = vec![own(
        "panther_default",
        "AWS_ACCOUNTS = {'1': 'prod'}\ndef lookup_aws_account_name(id):\n    return AWS_ACCOUNTS[id]",
    )];
    let (host, _) = start_full(globals, vec![], vec![rule("R", source)]).await;
    assert_eq!(only_match(&evaluate(&host, events()).await).title.as_deref(), Some("prod"));
}

/// Ways to get hold of the plain containers of an event, and to change them.
const CHANGERS: [(&str, &str); 7] = [
    ("top", "event.raw_view()['d'] = 'changed'"),
    ("inner", "event['d'].raw_view()['k'] = 'changed'"),
    ("list", "event['l'].raw_view().append('changed')"),
    ("slice", "event['l'][0:1][0]['k'] = 'changed'"),
    ("walked", "event.deep_walk('d')['inner']['k'] = 'changed'"),
    ("walked_all", "event.deep_walk()['d'] = 'changed'"),
    ("encoded", "type(event).json_encoder(event)['d'] = 'changed'"),
];

#[tokio::test]
async fn what_a_rule_does_to_an_event_is_not_seen_by_the_next() {
    let title = "def title(event):\n    return str(event.to_dict())\n";
    let changes = |(id, change): &(&str, &str)| {
        rule(&format!("A.{id}"), &format!("def rule(event):\n    {change}\n    return True\n{title}"))
    };
    let mut rules: Vec<_> = CHANGERS.iter().map(changes).collect();
    rules.push(rule("Z", &format!("def rule(event):\n    return True\n{title}")));
    let (host, report) = start(rules).await;
    assert!(report.setup_errors.is_empty(), "{:?}", report.setup_errors);
    let json = r#"{"d":{"k":1,"inner":{"k":1}},"l":[{"k":1}]}"#;
    let evaluation = evaluate(&host, vec![event(0, json), event(1, json)]).await;
    let titles = |id: &str| -> Vec<String> {
        let found = evaluation.findings.iter().filter_map(|finding| match &finding.kind {
            model::FindingKind::Match(found) if found.rule_id.as_str() == id => found.title.clone(),
            _ => None,
        });
        found.collect()
    };
    for (id, _) in CHANGERS {
        let titles = titles(&format!("A.{id}"));
        assert_eq!(titles.len(), 2, "{id}: {:?}", summary(&evaluation));
        assert!(titles.iter().all(|title| title.matches("changed").count() == 1), "{id}: {titles:?}");
    }
    let untouched = "{'p_log_type': 'Test.Log', 'd': {'k': 1, 'inner': {'k': 1}}, 'l': [{'k': 1}]}";
    assert_eq!(titles("Z"), [untouched; 2]);
}
