//! Column names: field names made of `[A-Za-z0-9_-]` only.

use std::borrow::Cow;

/// Rewrites a field name for storage and rules (`ingest.md` §2.9): known symbols become words that
/// are set off with `_`, other letters their ASCII form, anything else `_`; case is kept.
pub(crate) fn column_name(name: &str) -> Cow<'_, str> {
    if !name.is_empty() && name.bytes().all(is_plain) {
        return Cow::Borrowed(name);
    }
    let mut column = String::with_capacity(name.len() + 8);
    let mut chars = name.chars().peekable();
    let mut first = true;
    while let Some(c) = chars.next() {
        if let Some(word) = symbol_word(c) {
            if !first {
                column.push('_');
            }
            column.push_str(word);
            if chars.peek().is_some() {
                column.push('_');
            }
        } else {
            push_letter(&mut column, c);
        }
        first = false;
    }
    if column.is_empty() {
        column.push('_');
    }
    Cow::Owned(column)
}

fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-'
}

fn push_letter(column: &mut String, c: char) {
    if u8::try_from(c).is_ok_and(is_plain) {
        column.push(c);
        return;
    }
    let ascii = if c.is_alphabetic() { any_ascii::any_ascii_char(c) } else { "" };
    if ascii.is_empty() {
        column.push('_');
    } else {
        column.extend(ascii.bytes().map(|byte| if is_plain(byte) { char::from(byte) } else { '_' }));
    }
}

fn symbol_word(c: char) -> Option<&'static str> {
    Some(match c {
        '@' => "at_sign",
        ',' => "comma",
        '`' => "backtick",
        '\'' => "apostrophe",
        '$' => "dollar_sign",
        '*' => "asterisk",
        '&' => "ampersand",
        '!' => "exclamation",
        '%' => "percent",
        '+' => "plus",
        '/' => "slash",
        '\\' => "backslash",
        '#' => "hash",
        '~' => "tilde",
        '=' => "eq",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::column_name;
    use rstest::rstest;

    #[rstest]
    #[case::plain("eventName", "eventName")]
    #[case::digits_and_dashes("a-b_9", "a-b_9")]
    #[case::first_symbol("@timestamp", "at_sign_timestamp")]
    #[case::inner_symbol("a#b", "a_hash_b")]
    #[case::last_symbol("rate%", "rate_percent")]
    #[case::dot("id.orig_h", "id_orig_h")]
    #[case::brackets("cs(Host)", "cs_Host_")]
    #[case::letters("größe", "grosse")]
    #[case::pair("a@=b", "a_at_sign__eq_b")]
    #[case::space("a b", "a_b")]
    #[case::empty("", "_")]
    fn names(#[case] name: &str, #[case] column: &str) {
        assert_eq!(column_name(name), column);
    }
}
