//! Events through rule classes: filters, methods, what stands in when one fails, data models.

use model::FindingKind;
use serde_json::json;

use super::{IMPORTS, fail_each, find_each, match_each, rule_py, start};
use crate::support::{self, LOG_TYPE, event, only_match, summary};

const MATCHES: &str = "def rule(self, event):\n    return event.get('n') == 1\n";

#[tokio::test]
async fn a_match_has_the_name_of_the_rule_and_leaves_the_rest_to_the_attributes() {
    let named = format!("display_name = 'Shown'\n{MATCHES}");
    let found = match_each(&[MATCHES, &named], r#"{"n":1}"#).await;
    assert_eq!((found[0].title.as_deref(), found[0].dedup.as_str()), (Some("R00"), "R00"));
    assert_eq!((found[1].title.as_deref(), found[1].dedup.as_str()), (Some("Shown"), "Shown"));
    let bare = found[0].clone();
    assert_eq!((bare.severity, bare.destinations, bare.alert_context), (None, None, None));
    assert_eq!((bare.description, bare.reference, bare.runbook), (None, None, None));
    assert!(bare.warnings.is_empty() && !bare.counts_unique);
}

#[tokio::test]
async fn every_method_has_its_say() {
    let body = format!(
        "{MATCHES}\
         def title(self, event):\n    return 'T ' + event['who']\n\
         def description(self, event):\n    return 'D'\n\
         def reference(self, event):\n    return 'https://example.com'\n\
         def runbook(self, event):\n    return 'call'\n\
         def severity(self, event):\n    return self.default_severity.upgrade()\n\
         def dedup(self, event):\n    return 'K'\n\
         def destinations(self, event):\n    return ['pager']\n\
         def alert_context(self, event):\n    return {{'e': event.get('deep')}}\n"
    );
    let found = match_each(&[&body], r#"{"n":1,"who":"ada","deep":{"a":[1]}}"#).await.remove(0);
    assert_eq!((found.title.as_deref(), found.dedup.as_str()), (Some("T ada"), "K"));
    assert_eq!(found.description.as_deref(), Some("D"));
    assert_eq!(found.reference.as_deref(), Some("https://example.com"));
    assert_eq!(found.runbook.as_deref(), Some("call"));
    assert_eq!(found.severity.map(model::Severity::as_str), Some("HIGH"));
    assert_eq!(found.destinations, Some(vec!["pager".to_owned()]));
    assert_eq!(found.alert_context.map(serde_json::Value::Object), Some(json!({"e": {"a": [1]}})));
    assert_eq!(found.warnings, [""; 0]);
}

/// Methods, and the title, dedup string and warning that come of them; `ID` is the id of the rule.
const TITLE_AND_DEDUP: [(&str, &str, &str, &str); 7] = [
    (
        "display_name = 'Shown'\ndef title(self, event):\n    return event['gone']",
        "Shown",
        "Shown",
        "title() failed: KeyError: 'gone'; the name of the rule is the title",
    ),
    (
        "def title(self, event):\n    return 7",
        "ID",
        "ID",
        "title() failed: FunctionReturnTypeError: detection [ID] function [title] returned [int], \
         expected [str]; the name of the rule is the title",
    ),
    (
        "def title(self, event):\n    return 'T'\ndef dedup(self, event):\n    raise ValueError('no')",
        "T",
        "T",
        "dedup() failed: ValueError: no; the title is the dedup string",
    ),
    (
        "def title(self, event):\n    return 'T'\ndef dedup(self, event):\n    return None",
        "T",
        "T",
        "dedup() failed: FunctionReturnTypeError: detection [ID] function [dedup] returned [NoneType], \
         expected [str]; the title is the dedup string",
    ),
    ("def title(self, event):\n    return 'T'\ndef dedup(self, event):\n    return ''", "T", "T", ""),
    ("def title(self, event):\n    return ''", "", "defaultDedupString:ID", ""),
    (
        "def title(self, event):\n    return 1\ndef dedup(self, event):\n    return 'K'",
        "ID",
        "K",
        "title() failed: FunctionReturnTypeError: detection [ID] function [title] returned [int], \
         expected [str]; the name of the rule is the title",
    ),
];

#[tokio::test]
async fn what_stands_in_for_title_and_dedup() {
    let bodies = TITLE_AND_DEDUP.map(|(methods, ..)| format!("{MATCHES}{methods}"));
    let found = match_each(&bodies.each_ref().map(String::as_str), r#"{"n":1}"#).await;
    for (found, (methods, title, dedup, warning)) in found.iter().zip(TITLE_AND_DEDUP) {
        let [title, dedup, warning] =
            [title, dedup, warning].map(|text| text.replace("ID", found.rule_id.as_str()));
        assert_eq!(found.title.as_deref(), Some(title.as_str()), "{methods}");
        assert_eq!(found.dedup, dedup, "{methods}");
        assert_eq!(found.warnings.join("|"), warning, "{methods}");
    }
}

/// A method, its code, and the beginning of the warning. All leave the configured value.
const CONFIGURED_STANDS: [(&str, &str, &str); 10] = [
    (
        "description",
        "raise ValueError('no')",
        "description() failed: ValueError: no; the configured value stands",
    ),
    ("description", "return ''", ""),
    ("reference", "return 1", "reference() failed: FunctionReturnTypeError"),
    ("runbook", "return None", "runbook() failed: FunctionReturnTypeError"),
    ("severity", "return 'LOUD'", "severity() failed: FunctionReturnValueError"),
    ("severity", "return 'default'", ""),
    ("severity", "raise SystemExit(1)", "severity() failed: SystemExit: 1; the configured value stands"),
    ("destinations", "return 'pager'", "destinations() failed: FunctionReturnTypeError"),
    ("destinations", "return [1]", "destinations() failed: FunctionReturnTypeError"),
    ("destinations", "return None", ""),
];

#[tokio::test]
async fn what_is_wrong_leaves_the_configured_value() {
    let bodies =
        CONFIGURED_STANDS.map(|(method, code, _)| format!("{MATCHES}def {method}(self, event):\n    {code}"));
    let found = match_each(&bodies.each_ref().map(String::as_str), r#"{"n":1}"#).await;
    for (found, (method, code, warning)) in found.into_iter().zip(CONFIGURED_STANDS) {
        let is_unset = found.description.is_none() && found.reference.is_none() && found.runbook.is_none();
        assert!(is_unset && found.severity.is_none() && found.destinations.is_none(), "{method} {code}");
        assert_eq!(found.warnings.len(), usize::from(!warning.is_empty()), "{:?}", found.warnings);
        assert!(found.warnings.concat().starts_with(warning), "{:?}", found.warnings);
    }
}

#[tokio::test]
async fn a_failed_context_holds_the_error_and_long_values_are_cut() {
    let body = format!(
        "{MATCHES}def alert_context(self, event):\n    return {{1, 2}}\n\
         def title(self, event):\n    return 'x' * 2000\n\
         def destinations(self, event):\n    return ['d%d' % n for n in range(12)]\n"
    );
    let large = format!("{MATCHES}def alert_context(self, event):\n    return {{'a': 'x' * 204800}}\n");
    let found = match_each(&[&body, &large], r#"{"n":1}"#).await;
    let error = |at: usize| found[at].alert_context.as_ref().unwrap()["_error"].as_str().unwrap();
    assert!(error(0).starts_with("FunctionReturnTypeError("), "{}", error(0));
    assert!(error(1).starts_with("alert_context size is ["), "{}", error(1));
    assert_eq!((found[0].title.as_ref().unwrap().len(), found[0].dedup.len()), (1000, 1000));
    assert_eq!(found[0].destinations.as_ref().unwrap().len(), 10);
    let warnings = &found[0].warnings;
    assert!(warnings.iter().any(|warning| warning.contains("returned 12 entries")), "{warnings:?}");
}

/// Filters that include, filters that exclude, whether the rule matches: all of the first and none of the
/// second must hold.
const FILTERS: [(&str, &str, bool); 6] = [
    ("[]", "[]", true),
    ("[lambda e: e.get('n') == 1]", "[]", true),
    ("[lambda e: True, lambda e: e.get('n') == 2]", "[]", false),
    ("[]", "[lambda e: e.get('n') == 1]", false),
    ("[]", "[lambda e: False, lambda e: None]", true),
    ("[lambda e: 'yes']", "[lambda e: 0]", true),
];

#[tokio::test]
async fn filters_decide_whether_the_rule_runs() {
    let bodies = FILTERS.map(|(include, exclude, _)| {
        format!("include_filters = {include}\nexclude_filters = {exclude}\ndef rule(self, event):\n    return True")
    });
    let found = find_each(&bodies.each_ref().map(String::as_str), r#"{"n":1}"#).await;
    for (found, (include, exclude, matches)) in found.iter().zip(FILTERS) {
        assert_eq!(matches!(found, Some(FindingKind::Match(_))), matches, "{include} {exclude}: {found:?}");
        assert!(!matches!(found, Some(FindingKind::Error(_))), "{found:?}");
    }
}

#[tokio::test]
async fn a_filter_that_raises_is_an_error_of_the_detection() {
    let rule = "def rule(self, event):\n    return True";
    let bodies = [
        format!("include_filters = [lambda e: e['gone']]\n{rule}"),
        format!("exclude_filters = [lambda e: e['gone']]\n{rule}"),
        format!("include_filters = [lambda e: False]\nexclude_filters = [lambda e: e['gone']]\n{rule}"),
    ];
    for error in fail_each(&bodies.each_ref().map(String::as_str), "{}").await {
        assert_eq!(
            (error.error_type.as_str(), error.short_message.as_str()),
            ("KeyError", "KeyError('gone')")
        );
    }
}

const FAILS: [(&str, &str); 5] = [
    ("return event['gone']", "KeyError"),
    ("return 1", "FunctionReturnTypeError"),
    ("return None", "FunctionReturnTypeError"),
    ("raise SystemExit(3)", "SystemExit"),
    ("while True:\n        pass", "TimeoutError"),
];

#[tokio::test]
async fn a_rule_that_fails_is_an_error_of_the_detection() {
    let bodies = FAILS.map(|(code, _)| format!("def rule(self, event):\n    {code}"));
    let errors = fail_each(&bodies.each_ref().map(String::as_str), "{}").await;
    let types: Vec<&str> = errors.iter().map(|error| error.error_type.as_str()).collect();
    assert_eq!(types, FAILS.map(|(_, error_type)| error_type));
}

#[tokio::test]
async fn data_models_are_those_of_the_package() {
    let main = format!(
        "{IMPORTS}class R(Rule):\n    id = 'My.R'\n    log_types = [LogType.OKTA_SYSTEM_LOG, '{LOG_TYPE}']\n    \
         default_severity = Severity.LOW\n    def rule(self, event):\n        return True\n    \
         def title(self, event):\n        return '%s|%s' % (event.udm('actor_user'), event.data_model is None)\n\
         register(R)\n"
    );
    let (host, _) = start(&[("main.py", &main)]).await;
    let okta = model::Event {
        log_type: "Okta.SystemLog".into(),
        json:
            r#"{"p_log_type":"Okta.SystemLog","actor":{"displayName":"Ada","alternateId":"ada@example.com"}}"#
                .into(),
        ..event(0, "{}")
    };
    let found = only_match(&support::evaluate(&host, vec![okta]).await);
    assert!(found.title.as_deref().unwrap().ends_with("|False"), "{found:?}");
    assert!(found.title.as_deref().unwrap().to_lowercase().starts_with("ada"), "{found:?}");
    let other = only_match(&support::evaluate(&host, vec![event(1, r#"{"actor_user":"raw"}"#)]).await);
    assert_eq!(other.title.as_deref(), Some("raw|True"));
}

#[tokio::test]
async fn rules_are_classes_with_inheritance_overrides_and_files() {
    let files = [
        (
            "main.py",
            "import rules\nimport overrides\nfrom pypanther import get_rules, register, apply_overrides\n\
             found = get_rules(rules)\napply_overrides(overrides, found)\nregister(found)\n",
        ),
        ("rules/__init__.py", ""),
        ("rules/team/__init__.py", ""),
        (
            "rules/team/doors.py",
            "from pypanther import Rule, Severity\nfrom helpers.words import shout\n\n\nclass Door(Rule):\n    \
             id = 'Door'\n    log_types = ['Test.Log']\n    default_severity = Severity.LOW\n    \
             tags = ['a']\n    def rule(self, event):\n        return event.get('n') == self.number()\n    \
             def number(self):\n        return 1\n    def title(self, event):\n        \
             from helpers import late\n        return shout(self.id) + late.MARK\n\n\nclass Gate(Door):\n    \
             id = 'Gate'\n    default_severity = Severity.HIGH\n    def number(self):\n        return 2\n",
        ),
        ("helpers/words.py", "def shout(text):\n    return text.upper()\n"),
        ("helpers/late.py", "MARK = '!'\n"),
        ("overrides/__init__.py", ""),
        (
            "overrides/ours.py",
            "from rules.team.doors import Door\n\n\ndef apply_overrides(rules):\n    \
             Door.override(enabled=True, threshold=5)\n    Door.extend(tags=['b'])\n",
        ),
    ];
    let (host, repository) = start(&files).await;
    let told: Vec<_> = repository
        .rules()
        .map(|rule| {
            let detection = &rule.detection;
            (
                detection.id.as_str(),
                detection.threshold,
                detection.tags.join(","),
                detection.severity.as_str(),
            )
        })
        .collect();
    assert_eq!(told, [("Door", 5, "a,b".to_owned(), "LOW"), ("Gate", 1, "a".to_owned(), "HIGH")]);
    assert_eq!(repository.items[0].file.to_str(), Some("p/rules/team/doors.py"));
    assert_eq!((repository.items[0].line, repository.items[1].line), (5, 19));
    let evaluation =
        support::evaluate(&host, vec![event(0, r#"{"n":1}"#), event(1, r#"{"n":2}"#), event(2, "{}")]).await;
    assert_eq!(summary(&evaluation), ["row-0000 Door match", "row-0001 Gate match"]);
    let model::FindingKind::Match(found) = &evaluation.findings[0].kind else { panic!("a match") };
    assert_eq!(found.title.as_deref(), Some("DOOR!"), "modules are found when a rule runs, too");
}

#[tokio::test]
async fn the_key_value_cache_is_there_for_classes_too() {
    let body = "def rule(self, event):\n    \
                from panther_detection_helpers.caching import increment_counter\n    \
                return increment_counter('k') >= 2";
    let (host, _) = start(&[("main.py", &rule_py(body))]).await;
    let evaluation = support::evaluate(&host, vec![event(0, "{}"), event(1, "{}"), event(2, "{}")]).await;
    assert_eq!(summary(&evaluation), ["row-0001 R match", "row-0002 R match"]);
}
