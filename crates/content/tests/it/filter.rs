//! `--filter`.

use content::{ContentError, Filter, Item};

use crate::{load_all, load_one, rule_yaml};

fn item(extra: &str) -> Item {
    load_one(&rule_yaml("My.Rule", extra)).items.remove(0)
}

#[track_caller]
fn check(filter: &str, item: &Item, expected: bool) {
    assert_eq!(Filter::parse(filter).unwrap().keeps(item), expected, "{filter}");
}

#[test]
fn values_are_compared_without_letter_case() {
    let item = item("Tags: [Okta, MFA]\nThreshold: 5\nCreateAlert: false\n");
    check("AnalysisType=rule", &item, true);
    check("AnalysisType=POLICY,Rule", &item, true);
    check("AnalysisType=policy", &item, false);
    check("AnalysisType!=policy", &item, true);
    check("RuleID=my.rule", &item, true);
    check("Tags=mfa,other", &item, true);
    check("Tags!=mfa", &item, false);
    check("LogTypes=okta.systemlog", &item, true);
    check("Threshold=5", &item, true);
    check("CreateAlert=false", &item, true);
    check("Status=Experimental", &item, false);
    check("Status!=Experimental", &item, true);
    check("PolicyID=x", &item, false);
}

#[test]
fn enabled_takes_every_boolean_word() {
    let item = item("");
    for word in ["y", "yes", "t", "True", "ON", "1"] {
        check(&format!("Enabled={word}"), &item, true);
        check(&format!("Enabled!={word}"), &item, false);
    }
    for word in ["n", "no", "f", "false", "off", "0"] {
        check(&format!("Enabled={word}"), &item, false);
    }
    let error = Filter::parse("Enabled=perhaps").unwrap_err();
    assert_eq!(error, ContentError::FilterFlag { value: "perhaps".to_owned() });
}

#[test]
fn helpers_and_data_models_are_always_kept() {
    let yaml = "AnalysisType: global\nGlobalID: g\nFilename: g.py\n";
    for (dir, kept) in [("global_helpers", true), ("a/data_models/edr", true), ("rules", false)] {
        let files = [crate::file(&format!("{dir}/g.yml"), yaml), crate::file(&format!("{dir}/g.py"), "")];
        let item = load_all(&files).items.remove(0);
        check("AnalysisType=rule", &item, kept);
    }
}

#[test]
fn wrong_filters_say_why() {
    for text in ["RuleID", "=x", "RuleID=", "!=x", "RuleID=a=b"] {
        assert!(matches!(Filter::parse(text), Err(ContentError::FilterForm { .. })), "{text}");
    }
    let error = Filter::parse("Severty=High").unwrap_err();
    assert_eq!(error.to_string(), "unknown filter key `Severty`; did you mean `Severity`?");
}
