//! Texts of strangers, safe to show on a terminal.

use std::borrow::Cow;

/// A text on one line: control characters are escaped.
pub(super) fn line(text: &str) -> Cow<'_, str> {
    escape(text, |_| false)
}

/// A text that may have several lines: control characters are escaped but newline and tab.
pub(super) fn lines(text: &str) -> Cow<'_, str> {
    escape(text, |c| matches!(c, '\n' | '\t'))
}

fn escape(text: &str, is_kept: impl Fn(char) -> bool) -> Cow<'_, str> {
    let is_escaped = |c: char| (c.is_control() || is_direction(c)) && !is_kept(c);
    if !text.contains(is_escaped) {
        return Cow::Borrowed(text);
    }
    let shown = |c: char| if is_escaped(c) { c.escape_default().to_string() } else { c.to_string() };
    Cow::Owned(text.chars().map(shown).collect())
}

/// Characters that reorder what stands around them.
fn is_direction(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_escaped() {
        assert_eq!(line("a\u{1b}[31mb\n\tc\u{9b}é\u{202e}"), "a\\u{1b}[31mb\\n\\tc\\u{9b}é\\u{202e}");
        assert_eq!(lines("a\r\u{7}\n\tb"), "a\\r\\u{7}\n\tb");
        assert!(matches!(line("plain é"), Cow::Borrowed(_)));
    }
}
