//! Values as Python's `str` writes them; titles and dedup strings are made of such texts.

use serde_json::Value;

/// `str(value)`: texts as they are, everything else as `repr`.
pub(super) fn python_str(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => {
            let mut out = String::new();
            write_repr(other, &mut out);
            out
        }
    }
}

fn write_repr(value: &Value, out: &mut String) {
    match value {
        Value::Null => out.push_str("None"),
        Value::Bool(true) => out.push_str("True"),
        Value::Bool(false) => out.push_str("False"),
        Value::Number(number) => {
            let text = number.as_str();
            match text.parse::<f64>() {
                Ok(float) if text.contains(['.', 'e', 'E']) => out.push_str(&float_repr(float)),
                _ => out.push_str(text),
            }
        }
        Value::String(text) => write_quoted(text, out),
        Value::Array(elements) => {
            out.push('[');
            for (index, element) in elements.iter().enumerate() {
                out.push_str(if index > 0 { ", " } else { "" });
                write_repr(element, out);
            }
            out.push(']');
        }
        Value::Object(map) => {
            out.push('{');
            for (index, (key, value)) in map.iter().enumerate() {
                out.push_str(if index > 0 { ", " } else { "" });
                write_quoted(key, out);
                out.push_str(": ");
                write_repr(value, out);
            }
            out.push('}');
        }
    }
}

/// Single quotes, unless the text holds one and no double quote.
fn write_quoted(text: &str, out: &mut String) {
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
            character if character.is_control() => {
                let code = u32::from(character);
                out.push_str(&format!("\\x{code:02x}"));
            }
            character => out.push(character),
        }
    }
    out.push(quote);
}

/// Shortest digits that read back the same; an exponent below 10⁻⁴ and from 10¹⁶ on.
fn float_repr(float: f64) -> String {
    if float.is_infinite() {
        return if float > 0.0 { "inf".to_owned() } else { "-inf".to_owned() };
    }
    let scientific = format!("{float:e}");
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let power: i32 = exponent.parse().unwrap_or(0);
    if float != 0.0 && !(-4..16).contains(&power) {
        let sign = if power < 0 { '-' } else { '+' };
        return format!("{digits}e{sign}{:02}", power.abs());
    }
    let plain = format!("{float}");
    if plain.contains('.') { plain } else { format!("{plain}.0") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(json: &str, expected: &str) {
        assert_eq!(python_str(&serde_json::from_str(json).unwrap()), expected, "{json}");
    }

    #[test]
    fn values_read_as_in_python() {
        check("\"a'b\"", "a'b");
        check("null", "None");
        check("true", "True");
        check("12345678901234567890123", "12345678901234567890123");
        check("1.0", "1.0");
        check("1.50", "1.5");
        check("1e3", "1000.0");
        check("1e16", "1e+16");
        check("1.5e-7", "1.5e-07");
        check("0.0001", "0.0001");
        check("-0.0", "-0.0");
        check(r#"[1, "a'b", "c\"d'", null, {"k": [true]}]"#, r#"[1, "a'b", 'c"d\'', None, {'k': [True]}]"#);
        check(r#"["a\n\t\u0001\\ü"]"#, r"['a\n\t\x01\\ü']");
    }
}
