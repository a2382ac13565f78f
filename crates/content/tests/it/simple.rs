//! Detections in YAML and inline filters: what is read, and every static error with its place.

use content::Level;
use content::simple::{Check, Expression, Step};

use crate::{file, load_all, load_one};

/// Lines before the keys of a test.
const HEAD_LINES: u32 = 5;

fn yaml(keys: &str) -> String {
    format!("AnalysisType: rule\nRuleID: R\nEnabled: true\nLogTypes: [A.B]\nSeverity: High\n{keys}\n")
}

/// The findings of a rule with these keys: line of the keys, what is marked there, code and text.
fn check(keys: &str, expected: &[&str]) {
    let yaml = yaml(keys);
    let repository = load_one(&yaml);
    let found: Vec<String> = repository
        .findings
        .iter()
        .map(|finding| {
            let source = yaml.lines().nth(finding.line as usize - 1).unwrap_or_default();
            let end =
                if finding.end_line == finding.line { finding.end_column as usize - 1 } else { source.len() };
            let marked = &source[finding.column as usize - 1..end];
            let hint = finding.hint.as_deref().unwrap_or("-");
            let line = finding.line - HEAD_LINES;
            format!("{line} [{marked}] {}: {} ({hint})", finding.code, finding.message)
        })
        .collect();
    assert_eq!(found, expected, "{keys}");
}

fn check_codes(keys: &str, expected: &[&str]) {
    let repository = load_one(&yaml(keys));
    let found: Vec<_> = repository.findings.iter().map(|finding| finding.code).collect();
    assert_eq!(found, expected, "{keys}: {:?}", repository.findings);
    let is_sound = repository.findings.iter().all(|finding| finding.level == Level::Warning);
    assert_eq!(repository.items[0].is_invalid(), !is_sound);
}

fn detection(expression: &str) -> String {
    format!("Detection:\n  - {expression}")
}

fn filter(expression: &str) -> String {
    format!("Filename: r.py\nInlineFilters:\n  - {expression}")
}

#[test]
fn a_detection_with_all_of_its_keys_is_read() {
    let keys = "\
Detection:
  - KeyPath: user.type
    Condition: DoesNotEqual
    Value: Root
  - Any:
      - {Key: a, Condition: IsIn, Values: [1, 2.5]}
      - {DeepKey: [a, 0], Condition: IsIPAddressInCIDR, Value: 10.1.2.3/8}
InlineFilters:
  - {KeyPath: 'a[*].b', Condition: IsNotNullOrEmpty}
AlertTitle: '{user.name} did it'
GroupBy: [{Key: a}]
AlertContext: [{KeyName: who, KeyValue: {KeyPath: user.name}}]
DynamicSeverities: [{ChangeTo: Low, Conditions: [{Condition: AlwaysTrue}]}]
";
    let repository = load_one(&yaml(keys));
    assert_eq!(repository.findings, []);
    let rule = repository.rules().next().unwrap();
    let simple = rule.logic.simple().unwrap();
    assert!(rule.logic.python().is_none());
    let Expression::Test(first) = &simple.expressions[0] else { panic!() };
    assert_eq!(
        (first.condition, first.negated, first.key.to_string().as_str()),
        ("DoesNotEqual", true, "user.type")
    );
    let Expression::Any(any) = &simple.expressions[1] else { panic!() };
    assert!(
        matches!(&any[0], Expression::Test(test) if matches!(&test.check, Check::Members(values) if values.len() == 2))
    );
    assert!(matches!(&any[1], Expression::Test(test) if matches!(&test.check, Check::InNetworks(_))));
    let Expression::Test(filter) = &rule.filters.expressions[0] else { panic!() };
    assert_eq!(filter.key.steps, [Step::Field("a".into()), Step::Every, Step::Field("b".into())]);
    assert_eq!((simple.group_by.len(), simple.context[0].name.as_str()), (1, "who"));
    assert_eq!(simple.severities[0].severity, model::Severity::Low);
}

#[test]
fn the_version_changes_with_the_yaml() {
    let version = |value: &str| {
        let repository =
            load_one(&yaml(&detection(&format!("{{Key: a, Condition: Equals, Value: {value}}}"))));
        repository.rules().next().unwrap().detection.version.clone()
    };
    assert_ne!(version("1"), version("2"));
    assert_eq!(version("1"), version("1"));
}

#[test]
fn a_detection_without_expressions() {
    check(
        "Detection: []",
        &[
            "1 [[] SD00100001: `Detection` has no expression, so there is nothing to look for (add one, such as `{Key: eventName, Condition: Equals, Value: DeleteTrail}`)",
        ],
    );
    check_codes("Detection:", &["SD00100001"]);
    check(
        "Detection: x",
        &[
            "1 [x] SD90000006: `Detection` must be a list of expressions, not a text (begin each expression with `- `)",
        ],
    );
    check_codes(&detection("text"), &["SD90000006"]);
}

#[test]
fn a_file_that_is_no_yaml() {
    let codes = |text: &str| load_one(text).findings.iter().map(|finding| finding.code).collect::<Vec<_>>();
    assert_eq!(codes("AnalysisType: rule\nDetection:\n  - {Key: a\n"), ["SD00100002"]);
    assert_eq!(codes("AnalysisType: correlation_rule\nDetection:\n  - {Key: a\n"), ["C001"]);
    assert_eq!(codes("AnalysisType: rule\nTags: [a\n"), ["C001"]);
}

#[test]
fn conditions() {
    check(
        &detection("{Key: a, Condition: Equal, Value: 1}"),
        &["2 [Equal] SD90000001: `Detection[0]`: unknown condition `Equal` (did you mean `Equals`?)"],
    );
    check(
        &detection("{Key: a, Condition: Frobnicates}"),
        &[
            "2 [Frobnicates] SD90000001: `Detection[0]`: unknown condition `Frobnicates` (the conditions are listed in `docs/simple-detections.md`)",
        ],
    );
    check_codes(&detection("{Key: a, Condition: 5}"), &["SD90000001"]);
    check_codes(&detection("{Key: a, Value: 5}"), &["SD90000001"]);
    check_codes(&detection("{}"), &["SD90000001"]);
}

#[test]
fn values_that_are_missing_or_too_many() {
    check(
        &detection("{Key: a, Condition: Equals}"),
        &[
            "2 [Equals] SD90000002: `Detection[0]` has no `Value`, which `Equals` needs (add `Value: ` and what to compare with)",
        ],
    );
    check(
        &detection("{Key: a, Condition: IsNotIn}"),
        &[
            "2 [IsNotIn] SD90000002: `Detection[0]` has no `Values`, which `IsNotIn` needs (add `Values: [a, b]`)",
        ],
    );
    check_codes(&detection("{Key: a, Condition: IsIPAddressInCIDR}"), &["SD90000002"]);
    check(
        &detection("{Key: a, Condition: AnyElement}"),
        &[
            "2 [AnyElement] SD90000002: `Detection[0]` has no `Expressions`, which `AnyElement` needs (add what an element must fulfil, as a list)",
        ],
    );
    for parts in [
        "Condition: Exists, Value: 1",
        "Condition: IsNull, Values: [1]",
        "Condition: IsIPAddress, Expressions: []",
    ] {
        check_codes(&detection(&format!("{{Key: a, {parts}}}")), &["SD90000002"]);
    }
    check(
        &detection("{Key: a, Condition: Equals, Values: [1, 2]}"),
        &[
            "2 [Values] SD90000002: `Detection[0]`: `Equals` compares with one `Value`, not with `Values` (write `Value`; for one of several values use `IsIn`, for several conditions `Any`)",
        ],
    );
    for parts in [
        "Condition: Equals, Value: 1, Values: [1]",
        "Condition: Equals, Value: 1, Expressions: []",
        "Condition: AnyElement, Value: 1, Expressions: []",
    ] {
        check_codes(&detection(&format!("{{Key: a, {parts}}}")), &["SD90000002"]);
    }
    check_codes(&detection("{Condition: AlwaysTrue, Key: a}"), &["SD90000003"]);
    check_codes(&detection("{Condition: AlwaysTrue, Value: 1}"), &["SD90000002"]);
}

#[test]
fn values_of_a_wrong_type() {
    check(
        &detection("{Key: a, Condition: IsGreaterThan, Value: '5'}"),
        &[
            "2 ['5'] SD00100003: `Detection[0].Value`: `IsGreaterThan` needs a number, not a text (write the number without quotes)",
        ],
    );
    check(
        &detection("{Key: a, Condition: StartsWith, Value: 5}"),
        &[
            "2 [5] SD00100003: `Detection[0].Value`: `StartsWith` needs a text, not an integer (put it in quotes)",
        ],
    );
    check(
        &detection("{Key: a, Condition: Equals, Value: [1]}"),
        &[
            "2 [[] SD00100003: `Detection[0].Value`: `Equals` needs a text, a number or a boolean, not a list (for one of several values use `IsIn` with `Values`)",
        ],
    );
    check(
        &detection("{Key: a, Condition: Equals, Value: null}"),
        &[
            "2 [null] SD00100003: `Detection[0].Value`: `Equals` needs a text, a number or a boolean, not an empty value (for an empty field use `IsNull` or `IsNullOrEmpty`)",
        ],
    );
    for parts in [
        "Condition: IsLessThan, Value: true",
        "Condition: IsIn, Value: 5",
        "Condition: IsIn, Values: x",
        "Condition: IsIPAddressInCIDR, Value: 5",
        "Condition: IEndsWith, Value: {a: 1}",
    ] {
        check_codes(&detection(&format!("{{Key: a, {parts}}}")), &["SD00100003"]);
    }
}

#[test]
fn lists_of_values_are_of_one_type() {
    check(
        &detection("{Key: a, Condition: IsIn, Values: [1, x]}"),
        &[
            "2 [x] SD00100004: `Detection[0].Values[1]` must be an integer like the first entry, not a text (all entries are of one type; quote texts, and use `Any` for conditions of different types)",
        ],
    );
    for (values, code) in [
        ("[1, true]", "SD00100004"),
        ("[1.5, x]", "SD00100005"),
        ("[true, 1]", "SD00100006"),
        ("[x, 1]", "SD00100003"),
        ("[[1]]", "SD00100003"),
        ("[null]", "SD00100003"),
    ] {
        check_codes(&detection(&format!("{{Key: a, Condition: IsIn, Values: {values}}}")), &[code]);
    }
    for values in ["[1, 2.5]", "[2.5, 1]", "[true, false]", "[a, b]"] {
        check_codes(&detection(&format!("{{Key: a, Condition: IsIn, Values: {values}}}")), &[]);
    }
}

#[test]
fn networks() {
    check(
        &detection("{Key: a, Condition: IsIPAddressInCIDR, Value: 10.0.0.0/33}"),
        &[
            "2 [10.0.0.0/33] SD90000009: `Detection[0].Value`: `10.0.0.0/33` is no address or network (write an address, or a network such as `10.0.0.0/8` or `2001:db8::/32`)",
        ],
    );
    check_codes(
        &detection("{Key: a, Condition: CIDRContainsIPAddresses, Values: [10.0.0.0/8, x]}"),
        &["SD90000009"],
    );
    check_codes(&detection("{Key: a, Condition: CIDRContainsIPAddresses, Values: [5]}"), &["SD90000009"]);
    check_codes(&detection("{Key: a, Condition: IsIPAddressNotInCIDR, Values: [10.0.0.0/8, '::1']}"), &[]);
}

#[test]
fn keys() {
    check(
        &detection("{Condition: Exists}"),
        &[
            "2 [Exists] SD90000003: `Detection[0]` names no key; it needs one of `Key`, `DeepKey`, `KeyPath`, `Enrichment` (-)",
        ],
    );
    check(
        &detection("{Key: a, KeyPath: a.b, Condition: Exists}"),
        &[
            "2 [KeyPath] SD90000003: `Detection[0]` names its key twice, with `Key` and with `KeyPath` (keep one of them)",
        ],
    );
    for key in ["Key: 5", "Enrichment: x", "KeyPath: [a]"] {
        check_codes(&detection(&format!("{{{key}, Condition: Equals, Value: 1}}")), &["SD90000003"]);
    }
    check(
        &detection("{Key: a, Conditon: Exists}"),
        &[
            "2 [Conditon] SD90000005: unknown key `Detection[0].Conditon` (did you mean `Condition`?)",
            "2 [{] SD90000001: `Detection[0]` has no `Condition` (add one, such as `Condition: Equals`)",
        ],
    );
    check_codes(&detection("{Key: a, Condition: Exists, Sequence: []}"), &["SD90000005"]);
    check(
        &detection("{KeyPath: 'a[?b]', Condition: Exists}"),
        &[
            "2 ['a[?b]'] SD90000004: `Detection[0].KeyPath`: `[?b]` is no form of a key path that is known (character 2) (write the position of an element, such as `[0]`, or `[*]` for all)",
        ],
    );
    for key in [
        "KeyPath: a..b",
        "KeyPath: ''",
        "Key: ''",
        "DeepKey: []",
        "DeepKey: a",
        "DeepKey: [a, null]",
        "DeepKey: [1.5]",
        "KeyPath: length(a)",
    ] {
        check_codes(&detection(&format!("{{{key}, Condition: Exists}}")), &["SD90000004"]);
    }
}

#[test]
fn enrichment() {
    let with = |parts: &str| detection(&format!("{{Enrichment: {{{parts}}}, Condition: Equals, Value: 1}}"));
    check_codes(&with("Table: t, Selector: s, FieldPath: a.b"), &[]);
    check_codes(&with("Table: t, Selector: s"), &["C005"]);
    check_codes(&with("Table: t, Selector: s, FieldPath: a, Foo: b"), &["C006"]);
    check_codes(&with("Table: 5, Selector: s, FieldPath: a"), &["C007"]);
    check_codes(&with("Table: t, Selector: s, FieldPath: 'a['"), &["SD90000004"]);
    check(
        &detection("{Enrichment: {Table: my table, Selector: s, FieldPath: a}, Condition: Exists}"),
        &[
            "2 [Enrichment] SD90000003: `Detection[0]`: `Exists` cannot be asked of an `Enrichment` (write `KeyPath: \"p_enrichment.'my table'.s.a\"`)",
        ],
    );
}

#[test]
fn combinators() {
    check(
        &detection("{All: [], Any: []}"),
        &[
            "2 [Any] SD90000006: `Detection[0]`: `All` stands alone, without `Any` (make an expression of its own of each, in a list)",
        ],
    );
    check_codes(&detection("{None: x}"), &["SD90000006"]);
    check_codes(&detection("{All: [{OnlyOne: [{Key: a, Condition: Nope}]}]}"), &["SD90000001"]);
    check_codes(&detection("{All: []}"), &[]);
    check(
        &detection("{OnlyOne: []}"),
        &["2 [[] SD90000101: `Detection[0].OnlyOne` is empty, so that it never holds (-)"],
    );
    check_codes(&detection("{Any: []}"), &["SD90000101"]);
    check_codes(&detection("{None: []}"), &["SD90000101"]);
    check_codes(&detection("{Key: a, Condition: IsIn, Values: []}"), &["SD90000101"]);
}

#[test]
fn elements_of_lists() {
    check_codes(
        &detection("{DeepKey: [a, b], Condition: AnyElement, Expressions: [{Key: c, Condition: Exists}]}"),
        &[],
    );
    check_codes(
        &detection("{DeepKey: [a, 0], Condition: AnyElement, Expressions: [{Key: c, Condition: Exists}]}"),
        &["SD90000003"],
    );
    check(
        &detection("{Key: a, Condition: AnyElement, Expressions: [{Condition: Equals, Value: x}]}"),
        &[
            "2 [Equals] SD90000003: `Detection[0].Expressions[0]` names no key; it needs one of `Key`, `DeepKey`, `KeyPath`, `Enrichment` (expressions look at keys of an element; a list of texts or numbers is searched with `Contains` or `IsIn`)",
        ],
    );
}

#[test]
fn what_is_too_large() {
    let nested = |levels: usize| {
        detection(&format!("{}{{Condition: AlwaysTrue}}{}", "{All: [".repeat(levels), "]}".repeat(levels)))
    };
    check_codes(&nested(19), &[]);
    check_codes(&nested(20), &["SD90000012"]);
    let many = |count: usize| format!("Detection:\n{}", "  - {Condition: AlwaysTrue}\n".repeat(count));
    check_codes(&many(2000), &[]);
    check_codes(&many(2002), &["SD90000012"]);
}

#[test]
fn comparisons_of_two_keys() {
    check(
        &detection("{Condition: Equals, Values: [{Key: a}]}"),
        &[
            "2 [[] SD90000008: `Detection[0].Values` names 1 key; a comparison of keys takes exactly two (write `Values: [{KeyPath: a}, {KeyPath: b}]`)",
        ],
    );
    check_codes(&detection("{Condition: Equals, Values: [{Key: a}, {Key: b}, {Key: c}]}"), &["SD90000008"]);
    check_codes(&detection("{Condition: Equals, Values: [{Key: a}, b]}"), &["SD90000003"]);
    check_codes(&detection("{Condition: Equals, Values: [{Key: a}, {Key: b, KeyPath: c}]}"), &["SD90000003"]);
    check_codes(&detection("{Condition: Equals, Value: 1, Values: [{Key: a}, {Key: b}]}"), &["SD90000002"]);
    check_codes(&detection("{Condition: Exists, Values: [{Key: a}, {Key: b}]}"), &["SD90000003"]);
    check_codes(&detection("{Condition: Equals, Values: [a, b]}"), &["SD90000003"]);
}

#[test]
fn what_filters_do_not_know() {
    check(
        &filter("{Key: a, Condition: Equals, Value: 1}"),
        &["3 [Key] SD90000007: `InlineFilters[0]`: inline filters do not know `Key` (write `KeyPath: a.b`)"],
    );
    check(
        &filter("{None: [{KeyPath: a, Condition: Equals, Value: 1}]}"),
        &[
            "3 [None] SD90000007: `InlineFilters[0]`: inline filters do not know `None` (use `All` and `Any` with the opposite conditions, such as `DoesNotEqual`)",
        ],
    );
    for expression in [
        "{OnlyOne: []}",
        "{DeepKey: [a], Condition: Equals, Value: 1}",
        "{Condition: AlwaysTrue}",
        "{KeyPath: a, Condition: Exists}",
        "{KeyPath: a, Condition: IContains, Value: x}",
        "{KeyPath: a, Condition: DoesNotStartWith, Value: x}",
        "{KeyPath: a, Condition: AnyElement, Expressions: []}",
        "{Condition: Equals, Values: [{KeyPath: a}, {KeyPath: b}]}",
        "{Any: [{Key: a, Condition: Equals, Value: 1}]}",
    ] {
        check_codes(&filter(expression), &["SD90000007"]);
    }
    check(
        &filter("{KeyPath: f-g.x, Condition: Equals, Value: 1}"),
        &[
            "3 [f-g.x] SD90000004: `InlineFilters[0].KeyPath`: `-` cannot stand in a plain name of a filter (character 2) (put the name in double quotes: `\"odd-name\".other`)",
        ],
    );
    check_codes(&filter("{Condition: Equals, Value: 1}"), &["SD90000003"]);
    check(
        &filter("{KeyPath: a, Condition: IsGraterThan, Value: 1}"),
        &[
            "3 [IsGraterThan] SD90000001: `InlineFilters[0]`: unknown condition `IsGraterThan` (did you mean `IsGreaterThan`?)",
        ],
    );
    check_codes("Filename: r.py\nInlineFilters: x", &["SD90000006"]);
    check_codes("Filename: r.py\nInlineFilters:\n  - All: []", &[]);
    check_codes("Filename: r.py\nInlineFilters: []", &[]);
}

#[test]
fn one_text_where_a_list_is_meant() {
    check(
        &detection("{Key: a, Condition: IsIn, Value: abc}"),
        &[
            "2 [abc] SD90000102: `IsIn` with one text asks whether the field is a part of that text (if the field should be that text, write `Values: [text]`)",
        ],
    );
}

#[test]
fn titles() {
    let title = |text: &str| format!("Detection: [{{Condition: AlwaysTrue}}]\nAlertTitle: {text}");
    check(
        &title("'{a} and {b'"),
        &[
            "2 ['{a} and {b'] SD90000010: `AlertTitle`: a `{` is not closed (write `{key}`; a brace that is text is not possible)",
        ],
    );
    check(
        &title("'{a[x]}'"),
        &[
            "2 ['{a[x]}'] SD90000010: `AlertTitle`: `{a[x]}` is no key: `[x]` is no form of a key path that is known (character 2) (write the position of an element, such as `[0]`, or `[*]` for all)",
        ],
    );
    check_codes(&title("'{}'"), &["SD90000010"]);
    check_codes(&title("'{a{b}}'"), &["SD90000010"]);
    check_codes(&title("'no key } at all'"), &[]);
    check_codes(&title("5"), &["C007"]);
}

#[test]
fn alert_keys() {
    let keys = |text: &str| format!("Detection: [{{Condition: AlwaysTrue}}]\n{text}");
    check_codes(&keys("GroupBy: x"), &["SD90000011"]);
    check_codes(&keys("GroupBy: [a]"), &["SD90000003"]);
    check_codes(&keys("GroupBy: [{Enrichment: {}}]"), &["SD90000003"]);
    check_codes(&keys("GroupBy: [{Key: a, KeyPath: b}]"), &["SD90000003"]);
    check_codes(&keys("AlertContext: [{KeyName: a}]"), &["C005"]);
    check_codes(&keys("AlertContext: [{KeyName: a, KeyValue: {KeyPath: 'a['}}]"), &["SD90000004"]);
    check_codes(&keys("AlertContext: [{KeyName: 5, KeyValue: {Key: a}}]"), &["C007"]);
    check_codes(&keys("AlertContext: [x]"), &["SD90000011"]);
    check(
        &keys("AlertContext:\n  - {KeyName: a, KeyValue: {Key: a}}\n  - {KeyName: a, KeyValue: {Key: b}}"),
        &[
            "4 [a] SD90000014: `AlertContext[1].KeyName`: the name `a` is already given in line 8 (only one value can stand under a name)",
        ],
    );
    check_codes(&keys("DynamicSeverities: [{ChangeTo: Hihg, Conditions: []}]"), &["C009"]);
    check_codes(&keys("DynamicSeverities: [{ChangeTo: High}]"), &["C005"]);
    check_codes(&keys("DynamicSeverities: [{ChangeTo: High, Conditions: [{Key: a}]}]"), &["SD90000001"]);
    check_codes(&keys("DynamicSeverities: [{ChangeTo: High, Conditions: x}]"), &["SD90000006"]);
    // A Python rule has these keys without a meaning; only their shape is checked.
    check_codes("Filename: r.py\nGroupBy: [{KeyPath: 'a['}]\nAlertTitle: '{'", &[]);
    check_codes("Filename: r.py\nGroupBy: x", &["SD90000011"]);
}

#[test]
fn only_rules_are_written_in_yaml() {
    let text = "AnalysisType: scheduled_rule\nRuleID: R\nEnabled: true\nScheduledQueries: [q]\nSeverity: High\n\
                Detection: [{Condition: AlwaysTrue}]\n";
    let repository = load_one(text);
    let codes: Vec<_> = repository.findings.iter().map(|finding| finding.code).collect();
    assert_eq!(codes, ["SD90000013"]);
}

#[test]
fn filters_of_scheduled_rules_and_policies_are_ignored() {
    let scheduled = "AnalysisType: scheduled_rule\nRuleID: R\nEnabled: true\nScheduledQueries: [q]\nSeverity: High\n\
                     Filename: r.py\nInlineFilters: [{KeyPath: a, Condition: Equals, Value: 1}]\n";
    let repository = load_all(&[file("r.yml", scheduled), file("r.py", crate::PYTHON)]);
    let codes: Vec<_> = repository.findings.iter().map(|finding| finding.code).collect();
    assert_eq!(codes, ["C121"], "there is no query `q` beside it");
    assert!(repository.rules().next().unwrap().filters.expressions.is_empty());
}

#[test]
fn mocks_of_a_detection_in_yaml() {
    let tests =
        "Tests:\n  - {Name: t, ExpectedResult: true, Log: {}, Mocks: [{objectName: a, returnValue: b}]}";
    check_codes(&format!("{}\n{tests}", detection("{Condition: AlwaysTrue}")), &["SD90000103"]);
}
