//! The dialect, form by form. Source: `detections.md` §1.3.

use super::*;

/// Reads `v: TEXT` and compares the JSON of the value, which shows type and digits.
#[track_caller]
fn check(text: &str, expected: &str) {
    let root = read(&format!("v: {text}\n")).unwrap().unwrap();
    assert_eq!(root.as_map().unwrap()["v"].value.to_json().to_string(), expected, "{text}");
}

#[track_caller]
fn check_error(text: &str) -> YamlError {
    read(text).expect_err(text)
}

#[test]
fn only_six_words_are_booleans() {
    for word in ["true", "True", "TRUE"] {
        check(word, "true");
    }
    for word in ["false", "False", "FALSE"] {
        check(word, "false");
    }
    for word in ["yes", "no", "on", "off", "Yes", "NO", "On", "OFF", "y", "n", "tRUE"] {
        check(word, &format!("\"{word}\""));
    }
}

#[test]
fn null_has_five_forms() {
    for word in ["null", "Null", "NULL", "~", ""] {
        check(word, "null");
    }
    check("None", "\"None\"");
    check("''", "\"\"");
    check("'null'", "\"null\"");
}

#[test]
fn integers() {
    check("0", "0");
    check("-0", "0");
    check("+12", "12");
    check("-12", "-12");
    check("0644", "644");
    check("0899", "\"0899\"");
    check("1_000", "1000");
    check("0x1F", "31");
    check("-0xff", "-255");
    check("0b1_01", "5");
    check("0o17", "\"0o17\"");
    check("0X1F", "\"0X1F\"");
    check("0x", "\"0x\"");
    check("123456789012345678901234567890", "123456789012345678901234567890");
    check("0xffffffffffffffffffffffffffffffffff", "87112285931760246646623899502532662132735");
    check("012345678901", "\"012345678901\"");
    check("_1", "\"_1\"");
    check("1:30:00", "\"1:30:00\"");
    check("'1'", "\"1\"");
}

#[test]
fn floats() {
    check("1.5", "1.5");
    check("1.", "1.0");
    check(".5", "0.5");
    check("-.5", "\"-.5\"");
    check("-1.5", "-1.5");
    check("1_0.2_5", "10.25");
    check("1.5e+3", "1500.0");
    check("1.5e3", "\"1.5e3\"");
    check("5e+06", "\"5e+06\"");
    check("1:30.5", "90.5");
    check("1:2:3.5", "3723.5");
    check("1.2.3", "\"1.2.3\"");
    check("10.0.0.1", "\"10.0.0.1\"");
    check(".", "\".\"");
    check("1.e", "\"1.e\"");
}

#[test]
fn what_json_cannot_hold_is_an_error() {
    assert!(check_error("v: .inf").message.contains("no JSON form"));
    assert!(check_error("v: .nan").message.contains("no JSON form"));
    assert!(check_error(&format!("v: {}", "1".repeat(5000))).message.contains("too long"));
}

#[test]
fn texts() {
    check("2020-01-01", "\"2020-01-01\"");
    check("2020-01-01T00:00:00Z", "\"2020-01-01T00:00:00Z\"");
    check("2001:db8::1", "\"2001:db8::1\"");
    check("!!str 12", "\"12\"");
    check("! 12", "\"12\"");
    check("!!int 12", "12");
    check("!!float 12", "12");
    check("\"a\\tb\"", "\"a\\tb\"");
    check("|\n  a\n  b\n", "\"a\\nb\\n\"");
    check(">-\n  a\n  b\n", "\"a b\"");
}

#[test]
fn foreign_tags_and_tags_that_do_not_fit_are_errors() {
    assert!(check_error("v: !Ref x").message.contains("means nothing"));
    assert!(check_error("v: !!int x").message.contains("does not fit"));
    assert!(check_error("v: !!set {a}").message.contains("means nothing"));
}

#[test]
fn keys_that_are_no_texts_become_texts() {
    let root = read("1: a\ntrue: b\n~: c\nOn: d\nNone: e\n0644: f\n").unwrap().unwrap();
    let json = root.to_json().to_string();
    assert_eq!(json, r#"{"1":"a","true":"b","null":"c","On":"d","None":"e","644":"f"}"#);
    assert!(check_error("[1, 2]: a\n").message.contains("a key is"));
}

#[test]
fn aliases_and_merge_keys() {
    let text =
        "a: &a {x: 1, y: 2}\nb: &b {y: 3, z: 4}\nc: *a\nd:\n  <<: *a\n  y: 9\ne:\n  <<: [*a, *b]\n  w: 0\n";
    let root = read(text).unwrap().unwrap().to_json();
    assert_eq!(root["c"].to_string(), r#"{"x":1,"y":2}"#);
    assert_eq!(root["d"].to_string(), r#"{"x":1,"y":9}"#);
    assert_eq!(root["e"].to_string(), r#"{"y":2,"z":4,"x":1,"w":0}"#);
    assert!(check_error("a: {<<: 1}").message.contains("takes a mapping"));
    assert_eq!(read("'<<': 1").unwrap().unwrap().to_json().to_string(), r#"{"<<":1}"#);
}

#[test]
fn an_alias_cannot_stand_inside_itself() {
    assert!(check_error("a: &a [*a]").message.contains("inside what it stands for"));
    assert_eq!(check_error("a: *nobody").code.code, "C001");
}

#[test]
fn duplicate_keys_name_both_lines() {
    let error = check_error("a: 1\nb: 2\na: 3\n");
    assert_eq!(error.code.code, "C002");
    assert!(error.message.contains("in line 1 and in line 3"), "{}", error.message);
    assert_eq!((error.span.line, error.span.column), (3, 1));
}

#[test]
fn many_laughs_are_an_error() {
    let mut text = "a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]\n".to_owned();
    for level in 1..12 {
        let before = format!("*a{}", level - 1);
        text += &format!("a{level}: &a{level} [{}]\n", [before.as_str(); 9].join(", "));
    }
    let error = check_error(&text);
    assert_eq!(error.code.code, "C003");
    assert!(error.message.contains("anchors and aliases"), "{}", error.message);
}

#[test]
fn depth_and_size_are_bounded() {
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    assert!(read(&nested(DEPTH_MAX)).is_ok());
    assert_eq!(check_error(&nested(DEPTH_MAX + 1)).code.code, "C003");
    let by_alias = format!("a: &a {}\nb: [[*a]]\n", nested(DEPTH_MAX - 2));
    assert_eq!(check_error(&by_alias).code.code, "C003");
    let large = format!("a: '{}'", "x".repeat(FILE_BYTES_MAX));
    assert_eq!(check_error(&large).code.code, "C003");
    let block = (0..3000).map(|level| format!("{}a:\n", " ".repeat(level))).collect::<String>();
    assert_eq!(check_error(&block).code.code, "C003");
}

#[test]
fn one_document_only() {
    assert!(read("").unwrap().is_none());
    assert!(read("# nothing\n").unwrap().is_none());
    assert!(read("---\na: 1\n...\n").unwrap().is_some());
    assert!(check_error("a: 1\n---\nb: 2\n").message.contains("more than one document"));
}

#[test]
fn marks_count_lines_and_characters_from_one() {
    let root = read("\u{feff}Größe:\n  - ä: 12\n    b: |\n      x\n").unwrap().unwrap();
    let field = &root.as_map().unwrap()["Größe"];
    assert_eq!(field.key, Span { line: 1, column: 1, end_line: 1, end_column: 6 });
    let entry = &field.value.as_list().unwrap()[0];
    let inner = &entry.as_map().unwrap()["ä"];
    assert_eq!(inner.key, Span { line: 2, column: 5, end_line: 2, end_column: 6 });
    assert_eq!(inner.value.span, Span { line: 2, column: 8, end_line: 2, end_column: 10 });
    assert_eq!(entry.as_map().unwrap()["b"].key.line, 3);
}

#[test]
fn broken_yaml_says_where() {
    let error = check_error("a: [1, 2\nb: 3\n");
    assert_eq!(error.code.code, "C001");
    assert!(error.span.line >= 1 && error.span.line <= 3);
    assert_eq!(check_error("a: b: c\n").span.line, 1);
    assert_eq!(check_error("a:\n\t- b\n").span.line, 2);
}
