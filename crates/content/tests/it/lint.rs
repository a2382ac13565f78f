//! Findings that need more than one file, and what must not be found. The pages of the codes hold an example
//! of each finding.

use std::collections::{BTreeMap, BTreeSet};

use content::{Diagnostic, LoadOptions, PythonEnvironment, SourceFile, load};

use crate::file;

const TESTS: &str = "Tests:\n  - {Name: a, ExpectedResult: true, Log: {x: 1}}\n  - {Name: b, ExpectedResult: false, Log: {x: 2}}\n";

fn environment() -> PythonEnvironment {
    let code = |name: &str, code: &str| (name.to_owned(), code.to_owned());
    PythonEnvironment {
        version: (3, 11),
        installed: BTreeSet::from(["policyuniverse".to_owned(), "requests".to_owned()]),
        first: BTreeMap::from([
            code("panther_core", "from .enriched_event import PantherEvent\n"),
            code("panther_core.immutable", "class ImmutableList:\n    pass\n"),
        ]),
        last: BTreeMap::from([code(
            "panther_base_helpers",
            "def deep_get(event, *keys):\n    return None\n",
        )]),
        network: false,
    }
}

fn options() -> LoadOptions {
    LoadOptions { lint: true, python: Some(environment()), ..LoadOptions::default() }
}

fn rule(extra: &str) -> String {
    format!(
        "AnalysisType: rule\nRuleID: R\nEnabled: true\nFilename: r.py\nLogTypes: [A.B]\nSeverity: Low\nDescription: d\n{extra}"
    )
}

fn global(id: &str) -> String {
    format!("AnalysisType: global\nGlobalID: {id}\nFilename: {id}.py\n")
}

fn find(files: &[SourceFile], options: &LoadOptions) -> Vec<Diagnostic> {
    load(files, options).findings
}

fn summary(findings: &[Diagnostic]) -> String {
    let one = |finding: &Diagnostic| format!("{} {}:{}", finding.code, finding.line, finding.column);
    findings.iter().map(one).collect::<Vec<_>>().join(", ")
}

/// A rule with this code, and a global `helpers`.
fn with_helpers(python: &str, helpers: &str) -> Vec<Diagnostic> {
    let files = [
        file("rules/r.yml", &rule(TESTS)),
        file("rules/r.py", python),
        file("global_helpers/helpers.yml", &global("helpers")),
        file("global_helpers/helpers.py", helpers),
    ];
    find(&files, &options())
}

#[track_caller]
fn check(python: &str, helpers: &str, expected: &str) {
    assert_eq!(summary(&with_helpers(python, helpers)), expected, "{python}");
}

#[test]
fn imports_are_found_where_python_finds_them() {
    let rule = "def rule(event):\n    return True\n";
    for (line, expected) in [
        ("import json, os.path", ""),
        ("from helpers import x", ""),
        ("from helpers import y", "C057 1:21"),
        ("import helpers.x", "C150 1:8"),
        ("from policyuniverse.policy import Policy", ""),
        ("import requests", "C167 1:8"),
        ("import subprocess", "C167 1:8"),
        ("import urllib.request", "C167 1:8"),
        ("import urllib.parse", ""),
        ("from panther_core import PantherEvent, immutable, __version__", ""),
        ("from panther_core import Nope", "C057 1:26"),
        ("from panther_core.immutable import ImmutableList", ""),
        ("from panther_core.other import x", "C150 1:6"),
        ("from panther_base_helpers import deep_get", ""),
        ("from panther_base_helpers import deep_gt", "C057 1:34"),
        ("import distutils.version", ""),
        ("import nothing_like_it", "C150 1:8"),
        ("try:\n    import nothing_like_it\nexcept ImportError:\n    pass", ""),
        ("def f():\n    import nothing_like_it", "C150 2:12"),
        ("from . import x", "C053 1:1"),
        ("def f():\n    from . import x", "C150 2:5"),
        ("import r", "C054 1:8"),
    ] {
        check(&format!("{line}\n{rule}"), "x = 1\n", expected);
    }
}

#[test]
fn hints_say_what_to_do_about_a_missing_module() {
    let hint = |line: &str| {
        let findings = with_helpers(&format!("{line}\ndef rule(event):\n    return True\n"), "");
        findings[0].hint.clone().unwrap()
    };
    assert_eq!(hint("import helper"), "did you mean the global `helpers`?");
    assert!(hint("import yaml").starts_with("install `PyYAML` for the interpreter"));
    assert_eq!(hint("import formatter"), "Python had it up to 3.9; rules run on 3.11 here");
    let files = [
        file("rules/r.yml", &rule(TESTS)),
        file("rules/r.py", "import helper_file\ndef rule(event):\n    return True\n"),
        file("g/a.yml", "AnalysisType: global\nGlobalID: helper_id\nFilename: helper_file.py\n"),
        file("g/helper_file.py", ""),
    ];
    let found = find(&files, &options());
    assert!(found[0].hint.as_ref().unwrap().contains("here `helper_id`"), "{found:?}");
}

#[test]
fn names_come_through_stars() {
    check("from helpers import *\n", "def rule(event):\n    return True\n", "");
    check("from helpers import *\n", "def _rule(event):\n    return True\n", "C052 4:11");
    check("from helpers import *\n", "rule = title = 1\n__all__ = ['title']\n", "C052 4:11");
    check("from helpers import *\ndef rule(event):\n    return event.x == NAME\n", "NAME = 1\n", "");
    check(
        "from helpers import *\ndef rule(event):\n    return event.x == OTHER\n",
        "NAME = 1\n",
        "C164 3:23",
    );
    // What cannot be seen is not guessed.
    check("from policyuniverse import *\ndef rule(event):\n    return X == 1\n", "", "");
    check("from helpers import rule\n", "exec('')\n", "");
    check("globals()['rule'] = print\n", "", "");
}

#[test]
fn without_surroundings_nothing_is_said_about_modules() {
    let files = [
        file("rules/r.yml", &rule(TESTS)),
        file(
            "rules/r.py",
            "import nothing_like_it, requests\nfrom helpers import y\ndef rule(event):\n    return True\n",
        ),
        file("global_helpers/helpers.yml", &global("helpers")),
        file("global_helpers/helpers.py", ""),
    ];
    assert_eq!(find(&files, &LoadOptions { lint: true, ..LoadOptions::default() }), []);
}

#[test]
fn without_lint_only_errors_are_found() {
    let files = [
        file("rules/r.yml", &rule("")),
        file("rules/r.py", "from . import x\nprint(1)\ndef rule():\n    pass\n"),
        file("rules/orphan.py", ""),
        file("rules/x.yml", "RuleID: X\n"),
    ];
    assert_eq!(summary(&find(&files, &LoadOptions::default())), "C053 1:1");
}

#[test]
fn a_broken_file_of_several_items_makes_each_invalid() {
    let other = rule(TESTS).replace("RuleID: R", "RuleID: S");
    let files = [
        file("rules/r.yml", &rule(TESTS)),
        file("rules/s.yml", &other),
        file("rules/r.py", "def rule(event)\n"),
    ];
    let repository = load(&files, &options());
    assert!(repository.items.iter().all(content::Item::is_invalid));
    let ids: Vec<_> = repository.findings.iter().map(|finding| finding.item_id.as_deref()).collect();
    assert_eq!(ids, [Some("R"), Some("S")]);
}

#[test]
fn the_matcher_is_looked_into() {
    for (code, expected) in [
        (
            "def rule(event):\n    return helpers(event)\ndef helpers(event):\n    return event['a'] == 1\n",
            "",
        ),
        ("def rule(event):\n    return helpers(event)\ndef helpers(event):\n    return 'x'\n", "C154 2:12"),
        (
            "def rule(event):\n    return a(event) and b(event)\ndef a(e):\n    return e == 1\ndef b(e):\n    return 1\n",
            "C155 2:12",
        ),
        ("def rule(event):\n    return rule(event)\n", ""),
        ("@wraps\ndef rule(*, x):\n    pass\n", "C164 1:2"),
        ("rule = lambda event: 1\n", ""),
        ("def rule(event):\n    return\n", "C154 2:5"),
        ("def rule(event):\n    pass\n", "C156 1:5"),
        ("def rule(event):\n    return x\nx = True\n", ""),
        ("def rule(event):\n    if event:\n        return False\n    return False\n", "C170 1:5"),
        ("def rule(event):\n    return True\n", ""),
        ("def rule(event):\n    yield True\n", "C153 1:5"),
        (
            "def rule(_):\n    return True\ndef severity(event):\n    return 'high' if event else 'Default'\n",
            "",
        ),
        ("def rule(_):\n    return True\ndef destinations(event):\n    return ('a',)\n", "C157 4:12"),
        (
            "def rule(_):\n    return True\ndef destinations(event):\n    if event:\n        return ['a']\n",
            "",
        ),
        ("def rule(_):\n    return True\ndef alert_context(event):\n    return [event]\n", "C157 4:12"),
        ("def rule(_):\n    return True\ndef dedup(event):\n    return event.get('x')\n", ""),
        ("def rule(_):\n    return True\ndef title():\n    return 'x'\n", "C152 3:5"),
    ] {
        check(code, "", expected);
    }
}

#[test]
fn policies_get_plain_dicts() {
    let yaml = "AnalysisType: policy\nPolicyID: P\nEnabled: true\nFilename: p.py\nSeverity: Low\nDescription: d\n\
                Tests:\n  - {Name: a, ExpectedResult: true, Resource: {x: 1}}\n  - {Name: b, ExpectedResult: false, Resource: {}}\n";
    let python =
        "def policy(resource):\n    resource['x'] = 1\n    return isinstance(resource.get('y'), dict)\n";
    assert_eq!(find(&[file("p.yml", yaml), file("p.py", python)], &options()), []);
    let always = "def policy(resource):\n    return True\n";
    assert_eq!(summary(&find(&[file("p.yml", yaml), file("p.py", always)], &options())), "C170 1:5");
    let rule = "def rule(event):\n    return True\n";
    let found = find(&[file("p.yml", yaml), file("p.py", rule)], &options());
    assert_eq!(summary(&found), "C052 4:11");
    assert_eq!(found[0].hint.as_deref(), Some("it defines `rule`; rename it, or correct `AnalysisType`"));
}

#[test]
fn scheduled_rules_have_their_own_dead_keys() {
    let yaml = rule(TESTS)
        .replace("AnalysisType: rule", "AnalysisType: scheduled_rule")
        .replace("LogTypes: [A.B]", "ScheduledQueries: [Q]");
    let python = file("rules/r.py", "def rule(row):\n    return True\n");
    // The query is elsewhere.
    let options = LoadOptions { is_part: true, ..options() };
    assert_eq!(find(&[file("rules/r.yml", &yaml), python.clone()], &options), []);
    let placeholder = format!("{yaml}InlineFilters:\n  - All: []\n");
    assert_eq!(find(&[file("rules/r.yml", &placeholder), python.clone()], &options), []);
    let filtered = format!("{yaml}InlineFilters:\n  - {{KeyPath: a, Condition: Exists}}\n");
    assert_eq!(summary(&find(&[file("rules/r.yml", &filtered), python], &options)), "C118 11:1");
}

#[test]
fn disabled_detections_need_no_texts() {
    let yaml = rule(TESTS).replace("Enabled: true", "Enabled: false").replace("Description: d\n", "");
    let python = file("rules/r.py", "def rule(event):\n    return True\n");
    assert_eq!(find(&[file("rules/r.yml", &yaml), python], &options()), []);
}

#[test]
fn quoted_values_are_what_they_say() {
    let log = "Tests:\n  - Name: a\n    ExpectedResult: true\n    Log: {a: \"012\", b: 'no', c: 0, d: -7, e: 1.50, f: on, g: 5.0e+06, h: 0x1F, \
               i: no-one, k: *x}\n  - {Name: b, ExpectedResult: false, Log: {}}\n";
    let yaml = format!("{}{log}", rule("Threshold: &x 12\n"));
    let python = file("rules/r.py", "def rule(event):\n    return True\n");
    assert_eq!(find(&[file("rules/r.yml", &yaml), python.clone()], &options()), []);
    let traps = "Tests:\n  - Name: a\n    ExpectedResult: true\n    Log:\n      日本: [No, 007, -007, 1e+3]\n  - {Name: b, ExpectedResult: false, Log: {}}\n";
    let yaml = rule(traps);
    let found = find(&[file("rules/r.yml", &yaml), python], &options());
    assert_eq!(summary(&found), "C173 12:12, C119 12:16, C119 12:21, C174 12:27");
}

#[test]
fn python_without_a_yaml_file_is_only_strange_beside_items() {
    let rule_files =
        [file("rules/r.yml", &rule(TESTS)), file("rules/r.py", "def rule(event):\n    return True\n")];
    let with = |path: &str| {
        let mut files = rule_files.to_vec();
        files.push(file(path, "x = 1\n"));
        summary(&find(&files, &options()))
    };
    assert_eq!(with("rules/other.py"), "C171 1:1");
    for path in ["rules/r_test.py", "rules/test_r.py", "rules/__init__.py", "tools/other.py", "main.py"] {
        assert_eq!(with(path), "", "{path}");
    }
    // A project imports its files.
    let mut files = rule_files.to_vec();
    files.extend([file("rules/other.py", "x = 1\n"), file("main.py", "import rules.other\n")]);
    assert_eq!(summary(&find(&files, &options())), "");
    // A file that cannot be read may have named it.
    let mut files = rule_files.to_vec();
    files.extend([file("rules/other.py", "x = 1\n"), file("rules/other.yml", "a: [\n")]);
    assert_eq!(summary(&find(&files, &options())), "C001 1:4");
}

#[test]
fn data_models_that_are_off_map_nothing() {
    let model = |enabled: bool| {
        format!(
            "AnalysisType: datamodel\nDataModelID: M\nEnabled: {enabled}\nLogTypes: [A.B]\nMappings: [{{Name: user, Path: u}}]\n"
        )
    };
    let python = file("rules/r.py", "def rule(event):\n    return event.udm('user') == event.udm('usr')\n");
    let found = |enabled| {
        find(&[file("rules/r.yml", &rule(TESTS)), python.clone(), file("m.yml", &model(enabled))], &options())
    };
    assert_eq!(summary(&found(true)), "C172 2:43, C111 9:5");
    assert_eq!(found(false), []);
}

#[test]
fn methods_of_data_models_are_looked_for_in_their_file() {
    let yaml = "AnalysisType: datamodel\nDataModelID: M\nEnabled: true\nLogTypes: [A.B]\nFilename: m.py\n\
                Mappings:\n  - {Name: a, Method: get_a}\n  - {Name: b, Method: get_b}\n";
    let found = |python: &str| find(&[file("m.yml", yaml), file("m.py", python)], &options());
    assert_eq!(found("from json import loads as get_a\nget_b = len\n"), []);
    let findings = found("def get_aa(event):\n    return 1\ndef get_b():\n    return 1\n");
    assert_eq!(summary(&findings), "C056 7:23, C152 3:5");
    assert_eq!(findings[0].hint.as_deref(), Some("did you mean `get_aa`?"));
    assert_eq!(summary(&found("def get_a(event:\n")), "C050 1:10");
}
