//! Values as Python writes them: `str` and `repr` of what `json.loads` makes of an event.

use serde_json::{Number, Value};

use super::number::is_float;
use super::view::{Found, View};

/// Python's `str`.
pub(super) fn write_str(out: &mut String, view: View<'_>) {
    match view.text() {
        Some(text) => out.push_str(text),
        None => write_repr(out, view),
    }
}

/// Python's `repr`.
pub(super) fn write_repr(out: &mut String, view: View<'_>) {
    match view {
        View::List(list) => {
            write_list(out, list.iter().filter_map(Found::view));
        }
        View::Json(Value::Null) => out.push_str("None"),
        View::Json(Value::Bool(true)) => out.push_str("True"),
        View::Json(Value::Bool(false)) => out.push_str("False"),
        View::Json(Value::Number(number)) => write_number(out, number),
        View::Json(Value::String(text)) => write_text(out, text),
        View::Json(Value::Array(list)) => write_list(out, list.iter().map(View::Json)),
        View::Json(Value::Object(object)) => {
            out.push('{');
            for (index, (key, value)) in object.iter().enumerate() {
                out.push_str(if index > 0 { ", " } else { "" });
                write_text(out, key);
                out.push_str(": ");
                write_repr(out, View::Json(value));
            }
            out.push('}');
        }
    }
}

/// Python's `repr` of a text.
pub(super) fn repr(text: &str) -> String {
    let mut out = String::new();
    write_text(&mut out, text);
    out
}

fn write_list<'a>(out: &mut String, elements: impl Iterator<Item = View<'a>>) {
    out.push('[');
    for (index, element) in elements.enumerate() {
        out.push_str(if index > 0 { ", " } else { "" });
        write_repr(out, element);
    }
    out.push(']');
}

fn write_text(out: &mut String, text: &str) {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    out.push(quote);
    for character in text.chars() {
        match character {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            character if character == quote => {
                out.push('\\');
                out.push(character);
            }
            character if is_printable(character) => out.push(character),
            character => {
                let code = u32::from(character);
                out.push_str(&match code {
                    0..=0xff => format!("\\x{code:02x}"),
                    0x100..=0xffff => format!("\\u{code:04x}"),
                    _ => format!("\\U{code:08x}"),
                });
            }
        }
    }
    out.push(quote);
}

/// Python's `str.isprintable`, by the table of the standard library: both leave out control, format,
/// private and unassigned characters and all separators but the space.
fn is_printable(character: char) -> bool {
    if character.is_ascii() {
        return !character.is_ascii_control();
    }
    // Behind another character only what is not printable is escaped.
    let mut buffer = *b"a\0\0\0\0";
    let length = character.encode_utf8(&mut buffer[1..]).len();
    std::str::from_utf8(&buffer[..=length]).is_ok_and(|text| text.escape_debug().count() == 2)
}

fn write_number(out: &mut String, number: &Number) {
    let text = number.as_str();
    if is_float(number) {
        write_float(out, text.parse().expect("the text of a JSON number is one"));
    } else {
        // `json.loads` makes the integer 0 of it.
        out.push_str(if text == "-0" { "0" } else { text });
    }
}

/// The shortest digits that read back as the same number; an exponent below 1e-4 and from 1e16 on.
fn write_float(out: &mut String, float: f64) {
    if float.is_infinite() {
        out.push_str(if float > 0.0 { "inf" } else { "-inf" });
        return;
    }
    let scientific = format!("{float:e}");
    let (mantissa, exponent) = scientific.split_once('e').expect("the form has an exponent");
    let exponent: i32 = exponent.parse().expect("the exponent is a number");
    if float != 0.0 && !(-4..16).contains(&exponent) {
        let sign = if exponent < 0 { '-' } else { '+' };
        out.push_str(&format!("{mantissa}e{sign}{:02}", exponent.abs()));
    } else {
        out.push_str(&format!("{float:?}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(json: &str, expected: &str) {
        let value = model::json::parse_json(json).unwrap();
        let mut out = String::new();
        write_str(&mut out, View::Json(&value));
        assert_eq!(out, expected, "{json}");
    }

    #[test]
    fn values_are_written_as_python_writes_them() {
        check("\"it's \\n a\"", "it's \n a");
        check("null", "None");
        check("[true, false, null, 1, \"a\"]", "[True, False, None, 1, 'a']");
        check(r#"{"a": {"b": [1.5, "x"]}, "c": {}}"#, "{'a': {'b': [1.5, 'x']}, 'c': {}}");
        check(
            r#"["it's", "\"", "'\"", "\\", "\n\r\t", "\u0000\u007f"]"#,
            r#"["it's", '"', '\'"', '\\', '\n\r\t', '\x00\x7f']"#,
        );
        check(
            "[\"\\u00e9\\u00ad\\u200b\\ue000\\u3042\\u0301\\ud83d\\ude00\\udb40\\udc01\"]",
            "['é\\xad\\u200b\\ue000あ\u{301}😀\\U000e0001']",
        );
    }

    #[test]
    fn numbers_are_written_as_python_writes_them() {
        for (json, expected) in [
            ("5", "5"),
            ("-0", "0"),
            ("123456789012345678901234567890", "123456789012345678901234567890"),
            ("5.0", "5.0"),
            ("-0.0", "-0.0"),
            ("1.10", "1.1"),
            ("1e5", "100000.0"),
            ("1e15", "1000000000000000.0"),
            ("1e16", "1e+16"),
            ("1.5e300", "1.5e+300"),
            ("0.0001", "0.0001"),
            ("0.00001", "1e-05"),
            ("1.25e-7", "1.25e-07"),
            ("0.1", "0.1"),
            ("123456789.123456789", "123456789.12345679"),
            ("1e999", "inf"),
            ("-1e999", "-inf"),
        ] {
            check(json, expected);
        }
    }
}
