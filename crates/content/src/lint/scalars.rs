//! Traps of YAML: unquoted values that become something else than they look like.
//!
//! Which value was quoted is no longer in the tree, so the text of the file is looked at where a value
//! stands.

use super::scene::{Notes, Scene, Subject};
use crate::codes;
use crate::yaml::{Node, Span, Yaml};

pub(super) fn check(scene: &Scene<'_>, notes: &mut Notes) {
    for subject in &scene.subjects {
        let text = subject.source.text.strip_prefix('\u{feff}').unwrap_or(&subject.source.text);
        let mut walk = Walk { subject, lines: text.lines().collect(), notes };
        for (key, field) in subject.map {
            if key != "Tests" {
                walk.node(&field.value, false);
            }
        }
        for (test, _) in subject.tests() {
            for (key, field) in test {
                walk.node(&field.value, matches!(key.as_str(), "Log" | "Resource" | "Mocks"));
            }
        }
    }
}

struct Walk<'n, 's, 'a> {
    subject: &'s Subject<'a>,
    lines: Vec<&'a str>,
    notes: &'n mut Notes,
}

impl Walk<'_, '_, '_> {
    /// `is_data` tells whether any value is legal here, so that a mistake shows nowhere else.
    fn node(&mut self, node: &Node, is_data: bool) {
        match &node.value {
            Yaml::Map(map) => map.values().for_each(|field| self.node(&field.value, is_data)),
            Yaml::List(entries) => entries.iter().for_each(|entry| self.node(entry, is_data)),
            Yaml::Int(_) => self.integer(node.span),
            Yaml::Text(text) if is_data => self.text(text, node.span),
            _ => {}
        }
    }

    fn integer(&mut self, span: Span) {
        let Some(written) = self.written(span) else { return };
        let digits = written.trim_start_matches(['+', '-']);
        let loses_zeros =
            digits.len() > 1 && digits.starts_with('0') && digits.bytes().all(|byte| byte.is_ascii_digit());
        if loses_zeros {
            let message = format!("`{written}` is a number here and loses its leading zeros");
            let hint = Some(format!("put it in quotes: `\"{written}\"`"));
            self.notes.yaml(self.subject, &codes::LEADING_ZERO, span, message, hint);
        }
    }

    fn text(&mut self, text: &str, span: Span) {
        // `on` and `off` are words of vendors far more often than booleans of authors.
        let is_old_boolean = ["yes", "no"].iter().any(|word| word.eq_ignore_ascii_case(text));
        let is_number = looks_like_a_number(text);
        if !(is_old_boolean || is_number) || self.written(span) != Some(text) {
            return;
        }
        if is_old_boolean {
            let message = format!("`{text}` is a text here, no boolean");
            let hint = Some(format!("write `true` or `false`, or `\"{text}\"` if the text is meant"));
            self.notes.yaml(self.subject, &codes::OLD_BOOLEAN, span, message, hint);
        } else {
            let message = format!("`{text}` is a text here: a number with an exponent needs a dot");
            let hint = Some(format!("write the digits out, or `\"{text}\"` if the text is meant"));
            self.notes.yaml(self.subject, &codes::NUMBER_IS_TEXT, span, message, hint);
        }
    }

    /// What stands at a place of one line; quotes are part of it.
    fn written(&self, span: Span) -> Option<&str> {
        if span.line != span.end_line {
            return None;
        }
        let line = self.lines.get(usize::try_from(span.line).ok()?.checked_sub(1)?)?;
        let offset = |column: u32| -> Option<usize> {
            let column = usize::try_from(column).ok()?.checked_sub(1)?;
            if line.is_ascii() {
                return Some(column.min(line.len()));
            }
            Some(line.char_indices().nth(column).map_or(line.len(), |(at, _)| at))
        };
        line.get(offset(span.column)?..offset(span.end_column)?)
    }
}

/// `5e+06`: digits, an exponent with a sign, and no dot.
fn looks_like_a_number(text: &str) -> bool {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let Some((mantissa, exponent)) = unsigned.split_once(['e', 'E']) else { return false };
    digits(mantissa) && exponent.strip_prefix(['+', '-']).is_some_and(digits)
}
