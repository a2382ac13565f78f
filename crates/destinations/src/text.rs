//! What messages for people share: the facts of an alert as rows, its context, and cuts in the vendor's unit.
//!
//! A cut text always ends with `…`, never inside a character, and never exceeds its limit in the unit in
//! which the vendor counts. Markup is the business of each destination: nothing here is escaped.

use model::{Alert, AlertClass, AlertType};
use serde_json::Value;

use crate::destination::{Outgoing, Texts};

/// How a vendor counts the length of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unit {
    /// Unicode code points.
    Chars,
    /// UTF-16 code units, as JavaScript and .NET count.
    Utf16,
    /// Bytes of UTF-8.
    Bytes,
}

impl Unit {
    /// The length of a character.
    fn width(self, character: char) -> usize {
        match self {
            Unit::Chars => 1,
            Unit::Utf16 => character.len_utf16(),
            Unit::Bytes => character.len_utf8(),
        }
    }

    /// The length of a text.
    pub(crate) fn measure(self, text: &str) -> usize {
        match self {
            Unit::Bytes => text.len(),
            Unit::Chars => text.chars().count(),
            Unit::Utf16 => text.encode_utf16().count(),
        }
    }
}

/// The text, or its longest beginning that fits into `max` together with `…`.
pub(crate) fn cut(text: &str, max: usize, unit: Unit) -> String {
    if unit.measure(text) <= max {
        return text.to_owned();
    }
    let mark = unit.width('…');
    let room = max.saturating_sub(mark);
    let mut used = 0;
    let fits = |&character: &char| {
        used += unit.width(character);
        used <= room
    };
    let mut cut: String = text.chars().take_while(fits).collect();
    if max >= mark {
        cut.push('…');
    }
    cut
}

/// The text with `escape` applied to every character, within `max`: a cut falls between escapes.
///
/// `escape` gives what stands for a character, `None` for the character itself.
pub(crate) fn escaped(
    text: &str,
    max: usize,
    unit: Unit,
    escape: impl Fn(char) -> Option<&'static str>,
) -> String {
    let mark = unit.width('…');
    let mut out = String::with_capacity(text.len());
    let (mut used, mut end_with_mark) = (0, 0);
    for character in text.chars() {
        let piece = escape(character);
        used += piece.map_or(unit.width(character), |piece| unit.measure(piece));
        if used > max {
            out.truncate(end_with_mark);
            if max >= mark {
                out.push('…');
            }
            return out;
        }
        match piece {
            Some(piece) => out.push_str(piece),
            None => out.push(character),
        }
        if used + mark <= max {
            end_with_mark = out.len();
        }
    }
    out
}

/// Escapes what Markdown reads as markup.
pub(crate) fn markdown(character: char) -> Option<&'static str> {
    Some(match character {
        '\\' => r"\\",
        '`' => r"\`",
        '*' => r"\*",
        '_' => r"\_",
        '~' => r"\~",
        '#' => r"\#",
        '|' => r"\|",
        '[' => r"\[",
        ']' => r"\]",
        '(' => r"\(",
        ')' => r"\)",
        '!' => r"\!",
        '<' => "&lt;",
        '>' => "&gt;",
        '&' => "&amp;",
        _ => return None,
    })
}

/// Breaks up a fence of backticks, so that a text inside a code block ends nothing.
pub(crate) fn unfenced(text: &str) -> String {
    text.replace("```", "`\u{200b}`\u{200b}`\u{200b}")
}

/// The text on one line: line breaks and other control characters become spaces, runs of them one.
pub(crate) fn one_line(text: &str) -> String {
    let is_gap = |character: char| character.is_control() || matches!(character, '\u{2028}' | '\u{2029}');
    let words: Vec<&str> = text.split(is_gap).map(str::trim).filter(|word| !word.is_empty()).collect();
    words.join(" ")
}

/// One row of an alert's facts: a label and its value, never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fact {
    pub(crate) label: &'static str,
    pub(crate) value: String,
    /// Whether the value is a word or two and can stand beside another.
    pub(crate) short: bool,
}

/// What a person wants to know of an alert besides title, link and context, most important first; rows
/// without a value are left out.
pub(crate) fn facts(alert: &Alert) -> Vec<Fact> {
    let tags = alert.tags.join(", ");
    let log_types: Vec<&str> = alert.log_types.iter().map(model::LogType::as_str).collect();
    let time = model::format_aws_date_time;
    let rows = [
        ("Severity", alert.severity.as_str().to_owned(), true),
        ("Detection", detection_name(alert).to_owned(), true),
        ("Description", alert.description.clone().unwrap_or_default(), false),
        ("Runbook", alert.runbook.clone().unwrap_or_default(), false),
        ("Reference", alert.reference.clone().unwrap_or_default(), false),
        ("Log Types", log_types.join(", "), true),
        ("Tags", tags, true),
        ("Events", alert.event_count.to_string(), true),
        ("First Event (UTC)", time(alert.first_event_at), true),
        ("Last Event (UTC)", time(alert.last_event_at), true),
    ];
    let row = |(label, value, short): (&'static str, String, bool)| Fact { label, value, short };
    rows.into_iter().map(row).filter(|fact| !fact.value.trim().is_empty()).collect()
}

/// The detection's name for people, else its id.
pub(crate) fn detection_name(alert: &Alert) -> &str {
    alert.detection_name.as_deref().unwrap_or(alert.detection_id.as_str())
}

/// The words on the link to the alert.
pub(crate) fn link_text(texts: &Texts) -> String {
    if texts.compat {
        "Click here to view in the Panther UI".to_owned()
    } else {
        format!("Open in {}", texts.product_name)
    }
}

/// The alert's context as indented JSON within `max`, `None` when there is none.
pub(crate) fn pretty_context(alert: &Alert, max: usize, unit: Unit) -> Option<String> {
    if alert.context.is_empty() {
        return None;
    }
    let json = serde_json::to_string_pretty(&alert.context).expect("a map with text keys is JSON");
    Some(cut(&json, max, unit))
}

/// The alert's context as compact JSON; `{}` when there is none.
pub(crate) fn compact_context(alert: &Alert) -> String {
    Value::Object(alert.context.clone()).to_string()
}

/// What happened, in one sentence: `Strange login triggered`.
fn headline(alert: &Alert) -> String {
    let name = detection_name(alert);
    match (alert.alert_type.class(), alert.alert_type) {
        (AlertClass::DetectionError, _) => format!("{name} encountered an error"),
        (AlertClass::SystemError, _) => alert.title.clone(),
        (AlertClass::Alert, AlertType::Policy) => format!("{name} failed on new resources"),
        (AlertClass::Alert, _) => format!("{name} triggered"),
    }
}

/// The alert as plain text for mails and notes, most important lines first, within `max`. What is too long
/// loses its end, which is the context's. Source: `destinations.md` §4.0.
pub(crate) fn long_text(out: &Outgoing, max: usize, unit: Unit) -> String {
    let alert = &*out.alert;
    let mut text = format!("{}\nFor more details please visit: {}\n", headline(alert), out.link);
    for fact in facts(alert) {
        text.push_str(&format!("{}: {}\n", fact.label, fact.value));
    }
    text.push_str(&format!("Alert ID: {}\nAlertContext: {}", alert.id, compact_context(alert)));
    cut(&text, max, unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cuts_hold_in_every_unit() {
        let text = "aä€😀aä€😀aä€😀";
        for unit in [Unit::Chars, Unit::Utf16, Unit::Bytes] {
            let whole = unit.measure(text);
            assert_eq!(cut(text, whole, unit), text);
            for max in 0..whole {
                let cut = cut(text, max, unit);
                assert!(unit.measure(&cut) <= max, "{max} {unit:?} {cut}");
                let kept = cut.strip_suffix('…').unwrap_or(&cut);
                assert!(text.starts_with(kept), "{max} {unit:?} {cut}");
                assert!(max < unit.width('…') || cut.ends_with('…'), "{max} {unit:?} {cut}");
            }
        }
        assert_eq!(cut("😀😀😀", 5, Unit::Utf16), "😀😀…");
        assert_eq!(cut("abcdef", 5, Unit::Bytes), "ab…");
        assert_eq!(cut("abcdef", 5, Unit::Chars), "abcd…");
    }

    #[test]
    fn cuts_fall_between_escapes() {
        for max in 0..40 {
            for unit in [Unit::Chars, Unit::Utf16, Unit::Bytes] {
                let text = escaped("<b>*😀*&", max, unit, markdown);
                assert!(unit.measure(&text) <= max, "{max} {unit:?} {text}");
                let kept = text.strip_suffix('…').unwrap_or(&text);
                assert!(r"&lt;b&gt;\*😀\*&amp;".starts_with(kept), "{max} {unit:?} {text}");
                assert!(!kept.ends_with('\\') && (!kept.contains('&') || kept.contains(';')), "{text}");
            }
        }
        assert_eq!(escaped("@here [x](y)", 100, Unit::Chars, markdown), "@here \\[x\\]\\(y\\)");
    }

    #[test]
    fn titles_stay_on_one_line() {
        assert_eq!(one_line("a\r\nb\u{2028}c\td  e\n"), "a b c d  e");
    }

    #[test]
    fn facts_have_no_empty_rows() {
        let alert = test_support::sample_alert();
        let labels: Vec<&str> = facts(&alert).iter().map(|fact| fact.label).collect();
        assert_eq!(
            labels,
            [
                "Severity",
                "Detection",
                "Description",
                "Runbook",
                "Log Types",
                "Tags",
                "Events",
                "First Event (UTC)",
                "Last Event (UTC)"
            ]
        );
    }
}
