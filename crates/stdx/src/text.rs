//! Cutting texts without breaking characters.

/// Ends a generated text that was cut (15 characters).
pub const TRUNCATED_MARK: &str = "... (truncated)";

/// Cuts a generated text to `chars_max` code points as the reference engine does: longer texts become
/// their first `chars_max` − 15 code points and [`TRUNCATED_MARK`].
pub fn truncate_generated(text: &str, chars_max: usize) -> String {
    if text.chars().count() <= chars_max {
        return text.to_owned();
    }
    let keep = chars_max.saturating_sub(TRUNCATED_MARK.len());
    let mut cut: String = text.chars().take(keep).collect();
    cut.push_str(TRUNCATED_MARK);
    cut
}

/// Cuts a text to `chars_max` code points, the last of them `…` when something was cut.
pub fn truncate_with_ellipsis(text: &str, chars_max: usize) -> String {
    if text.chars().count() <= chars_max {
        return text.to_owned();
    }
    let mut cut: String = text.chars().take(chars_max.saturating_sub(1)).collect();
    cut.push('…');
    cut
}

/// The longest prefix of at most `bytes_max` bytes that ends between characters, and whether it is shorter.
pub fn truncate_bytes(text: &str, bytes_max: usize) -> (&str, bool) {
    if text.len() <= bytes_max {
        return (text, false);
    }
    let end = (0..=bytes_max).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0);
    (&text[..end], true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn generated_texts_are_cut_by_characters() {
        assert_eq!(truncate_generated("ä", 1000), "ä");
        let cut = truncate_generated(&"ä".repeat(1001), 1000);
        assert_eq!(cut.chars().count(), 1000);
        assert!(cut.ends_with("ä... (truncated)"));
    }

    #[test]
    fn byte_limits_never_split_a_character() {
        assert_eq!(truncate_bytes("aä", 2), ("a", true));
        assert_eq!(truncate_bytes("aä", 3), ("aä", false));
        assert_eq!(truncate_with_ellipsis("abc", 2), "a…");
    }
}
