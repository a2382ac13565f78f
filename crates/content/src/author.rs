//! Writes the YAML of an item from keys and values, for those who make items without a text editor.
//!
//! What is written reads back as the same values: a text that the dialect could take for something else is
//! quoted, and a YAML text that is put under a key is kept as it is, comments too, when it reads back as what it
//! says by itself.

use serde_json::{Map, Number, Value};

use crate::source::{YamlFault, read_value};

/// Spaces of one level.
const INDENT: usize = 2;
/// Longer texts are always quoted.
const PLAIN_CHARS_MAX: usize = 120;
/// Texts that mean something else where they stand plain, in any letter case.
const WORDS: [&str; 11] = ["true", "false", "yes", "no", "on", "off", "y", "n", "null", "inf", "nan"];

/// The value of a key.
#[derive(Clone, Debug, PartialEq)]
pub enum KeyValue {
    /// A value.
    Json(Value),
    /// A YAML text.
    Yaml(String),
}

/// Writes the YAML of an item: its top-level keys, in order.
///
/// # Errors
/// The text of a key is no YAML: the key and what is wrong.
pub fn write_item(keys: &[(String, KeyValue)]) -> Result<String, YamlFault> {
    let mut text = String::new();
    for (key, value) in keys {
        match value {
            KeyValue::Json(value) => entry(&mut text, key, value, 0),
            KeyValue::Yaml(yaml) => embed(&mut text, key, yaml)?,
        }
    }
    Ok(text)
}

/// Writes a value as YAML.
pub fn write_value(value: &Value) -> String {
    let mut text = String::new();
    match value {
        Value::Object(map) if !map.is_empty() => fields(&mut text, map, 0),
        Value::Array(list) if !list.is_empty() => entries(&mut text, list, 0),
        _ => {
            scalar(&mut text, value);
            text.push('\n');
        }
    }
    text
}

/// Puts a YAML text under a key, as it is written when that says the same.
fn embed(text: &mut String, key: &str, yaml: &str) -> Result<(), YamlFault> {
    let value = read_value(yaml)
        .map_err(|fault| YamlFault { message: format!("`{key}`: {}", fault.message), ..fault })?;
    let mut block = String::new();
    scalar(&mut block, &Value::String(key.to_owned()));
    block.push_str(":\n");
    for line in yaml.lines() {
        if !line.is_empty() {
            block.push_str("  ");
            block.push_str(line);
        }
        block.push('\n');
    }
    let reads_back = read_value(&block).is_ok_and(|read| read.get(key) == Some(&value));
    if reads_back {
        text.push_str(&block);
    } else {
        entry(text, key, &value, 0);
    }
    Ok(())
}

fn fields(text: &mut String, map: &Map<String, Value>, indent: usize) {
    for (key, value) in map {
        entry(text, key, value, indent);
    }
}

fn entry(text: &mut String, key: &str, value: &Value, indent: usize) {
    spaces(text, indent);
    scalar(text, &Value::String(key.to_owned()));
    text.push(':');
    below(text, value, indent);
}

/// A value behind a key.
fn below(text: &mut String, value: &Value, indent: usize) {
    match value {
        Value::Object(map) if !map.is_empty() => {
            text.push('\n');
            fields(text, map, indent + INDENT);
        }
        Value::Array(list) if !list.is_empty() => {
            text.push('\n');
            entries(text, list, indent + INDENT);
        }
        _ => {
            text.push(' ');
            scalar(text, value);
            text.push('\n');
        }
    }
}

fn entries(text: &mut String, list: &[Value], indent: usize) {
    for value in list {
        spaces(text, indent);
        text.push('-');
        match value {
            // The first key stands behind the dash.
            Value::Object(map) if !map.is_empty() => {
                let mut inner = String::new();
                fields(&mut inner, map, indent + INDENT);
                text.push(' ');
                text.push_str(inner.trim_start_matches(' '));
            }
            _ => below(text, value, indent),
        }
    }
}

fn spaces(text: &mut String, count: usize) {
    text.extend(std::iter::repeat_n(' ', count));
}

fn scalar(text: &mut String, value: &Value) {
    match value {
        Value::Null => text.push_str("null"),
        Value::Bool(flag) => text.push_str(if *flag { "true" } else { "false" }),
        Value::Number(number) => text.push_str(&number_text(number)),
        Value::String(string) if is_plain(string) => text.push_str(string),
        Value::String(string) => quoted(text, string),
        Value::Array(_) => text.push_str("[]"),
        Value::Object(_) => text.push_str("{}"),
    }
}

/// A number that the dialect reads as one: with an exponent it needs a point and a sign.
fn number_text(number: &Number) -> String {
    let digits = number.to_string();
    let Some((mantissa, exponent)) = digits.split_once(['e', 'E']) else { return digits };
    let point = if mantissa.contains('.') { "" } else { ".0" };
    let sign = if exponent.starts_with(['+', '-']) { "" } else { "+" };
    format!("{mantissa}{point}e{sign}{exponent}")
}

/// Whether a text may stand without quotes.
fn is_plain(text: &str) -> bool {
    let is_fit = |letter: char| letter.is_ascii_alphanumeric() || " _.-/()".contains(letter);
    text.len() <= PLAIN_CHARS_MAX
        && text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text.ends_with(|last: char| last.is_ascii_alphanumeric() || last == '.' || last == ')')
        && text.chars().all(is_fit)
        && !text.contains(" - ")
        && !WORDS.iter().any(|word| word.eq_ignore_ascii_case(text))
}

/// A text in double quotes. JSON's escapes are YAML's; what YAML takes for a break or cannot hold is escaped too.
fn quoted(text: &mut String, string: &str) {
    text.push('"');
    for letter in string.chars() {
        match letter {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            '\t' => text.push_str("\\t"),
            '\u{feff}' | '\u{85}' | '\u{2028}' | '\u{2029}' | '\u{fffe}' | '\u{ffff}' => hex(text, letter),
            _ if letter.is_control() => hex(text, letter),
            _ => text.push(letter),
        }
    }
    text.push('"');
}

fn hex(text: &mut String, letter: char) {
    text.push_str(&format!("\\u{:04x}", u32::from(letter)));
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_value_reads_back() {
        let odd = [
            "",
            "a",
            "yes",
            "No",
            "~",
            "1",
            "1.5",
            "0x1f",
            "1e5",
            "-",
            "- a",
            "a: b",
            "a #b",
            "#a",
            "{a",
            "[a",
            "'a'",
            "\"a\"",
            "a\\nb",
            "a\nb",
            " a ",
            "a\tb",
            "2026-01-02",
            "12:30:00",
            "=",
            "<<",
            "!x",
            "&x",
            "*x",
            "%x",
            "@x",
            "`x`",
            "é",
            "\u{85}\u{2028}\u{2029}\u{feff}",
            "\u{0}\u{7f}\u{1b}",
            "a - b",
            "null",
            "on",
            "a:",
            "a.b.c/d_e-f (g)",
            "\u{1f600}",
            "y",
            ".inf",
            "INF",
            "nan",
            "a,b",
            "---",
            "...",
            "a\r\nb",
            "? a",
        ];
        for text in odd {
            for value in [json!(text), json!([text]), json!({text: text}), json!([{text: [text]}, [[text]]])]
            {
                let written = write_value(&value);
                assert_eq!(read_value(&written).as_ref(), Ok(&value), "{written}");
            }
        }
        let numbers = r#"[0, -1, 123456789012345678901234567890, 1.5, -0.25, 1.5e+300, 1e5, 2E-7]"#;
        let numbers: Value = serde_json::from_str(numbers).unwrap();
        let written = write_value(&numbers);
        let read = read_value(&written).unwrap();
        let floats = |value: &Value| -> Vec<Option<f64>> {
            value.as_array().unwrap().iter().map(|number| number.to_string().parse().ok()).collect()
        };
        assert_eq!(floats(&read), floats(&numbers), "{written}");
        let empty = json!({"a": {}, "b": [], "c": null, "d": [{}, [], [{"x": {"y": []}}]], "e": true});
        assert_eq!(read_value(&write_value(&empty)), Ok(empty));
    }

    #[test]
    fn yaml_texts_are_kept_as_they_are_when_they_can_be() {
        let keys = |yaml: &str| vec![("Detection".to_owned(), KeyValue::Yaml(yaml.to_owned()))];
        let list = "# why\n- KeyPath: a # here\n  Condition: Exists\n";
        let written = write_item(&keys(list)).unwrap();
        assert_eq!(written, "Detection:\n  # why\n  - KeyPath: a # here\n    Condition: Exists\n");
        for yaml in [
            "---\n- a: 1\n",
            "\t\n- a\n",
            "- |\n  two\n  lines\n- >-\n  folded\n  text",
            "{a: [1,\n2]}",
            "a",
            "[]",
            "- 'quoted\n\n  text'",
            "x: &a 1\ny: *a",
        ] {
            let value = read_value(yaml).unwrap_or_else(|fault| panic!("{yaml}: {fault:?}"));
            let written = write_item(&keys(yaml)).unwrap();
            assert_eq!(read_value(&written), Ok(json!({"Detection": value})), "{written}");
        }
        let fault = write_item(&keys("a: [")).unwrap_err();
        assert!(fault.message.starts_with("`Detection`: this is no YAML"), "{fault:?}");
    }
}
