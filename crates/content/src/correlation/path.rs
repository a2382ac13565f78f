//! Where a value is found in a signal: `p_alert_context.user`, `list[0].name`, `p_enrichment.'My Table'.ip`.

use std::fmt;

/// Longest text of a path, in characters.
const PATH_CHARS_MAX: usize = 500;
/// Most parts of a path.
const PARTS_MAX: usize = 32;

/// A path into a signal: the event, its standard fields, and `p_alert_context` of the match.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FieldPath {
    text: String,
    parts: Vec<PathPart>,
}

/// One part of a path.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PathPart {
    /// A key of an object.
    Key(String),
    /// An entry of a list, from 0.
    Index(usize),
    /// Every entry of a list.
    Every,
}

impl FieldPath {
    /// Reads a path: keys joined by dots, `[0]` or `[*]` after a key, odd keys in quotes of either kind.
    ///
    /// # Errors
    /// Says what is wrong with the text.
    pub fn parse(text: &str) -> Result<FieldPath, String> {
        if text.chars().count() > PATH_CHARS_MAX {
            return Err(format!("a path has at most {PATH_CHARS_MAX} characters"));
        }
        let mut rest = text;
        let mut parts = Vec::new();
        loop {
            let (key, after) = take_key(rest)?;
            parts.push(PathPart::Key(key));
            rest = after;
            while let Some(inside) = rest.strip_prefix('[') {
                let (index, after) = inside.split_once(']').ok_or("a `[` is not closed")?;
                parts.push(parse_index(index)?);
                rest = after;
            }
            if parts.len() > PARTS_MAX {
                return Err(format!("a path has at most {PARTS_MAX} parts"));
            }
            match rest.strip_prefix('.') {
                Some(after) => rest = after,
                None if rest.is_empty() => break,
                None => return Err(format!("`{rest}` is not understood; keys are joined by dots")),
            }
        }
        Ok(FieldPath { text: text.to_owned(), parts })
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Its parts; the first is a key.
    pub fn parts(&self) -> &[PathPart] {
        &self.parts
    }

    /// Whether it leads to a field of the log itself rather than to a standard field (`p_…`).
    pub fn is_raw(&self) -> bool {
        !self.text.starts_with("p_")
    }
}

impl fmt::Debug for FieldPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("FieldPath").field(&self.text).finish()
    }
}

fn take_key(text: &str) -> Result<(String, &str), String> {
    if let Some(quote) = text.chars().next().filter(|first| matches!(first, '\'' | '"')) {
        let (key, after) = text[1..].split_once(quote).ok_or_else(|| format!("a {quote} is not closed"))?;
        if key.is_empty() {
            return Err("a key is empty".to_owned());
        }
        return Ok((key.to_owned(), after));
    }
    let end = text.find(['.', '[']).unwrap_or(text.len());
    let (key, after) = text.split_at(end);
    if key.is_empty() {
        return Err("a key is empty".to_owned());
    }
    if key.contains(|c: char| c.is_whitespace() || c.is_control() || matches!(c, ']' | '\'' | '"' | '*')) {
        return Err(format!("the key `{key}` must stand in quotes"));
    }
    Ok((key.to_owned(), after))
}

fn parse_index(index: &str) -> Result<PathPart, String> {
    match index {
        "*" => Ok(PathPart::Every),
        _ => match index.parse() {
            Ok(number) if index.bytes().all(|byte| byte.is_ascii_digit()) => Ok(PathPart::Index(number)),
            _ => Err(format!("`[{index}]` is neither a position from 0 nor `[*]`")),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(text: &str) -> PathPart {
        PathPart::Key(text.to_owned())
    }

    #[test]
    fn keys_positions_and_quotes() {
        let parts = |text: &str| FieldPath::parse(text).unwrap().parts;
        assert_eq!(parts("actor"), [key("actor")]);
        assert_eq!(parts("p_alert_context.user-name"), [key("p_alert_context"), key("user-name")]);
        assert_eq!(parts("a[0][*].b"), [key("a"), PathPart::Index(0), PathPart::Every, key("b")]);
        assert_eq!(
            parts("p_enrichment.'My Table'.\"x.y\""),
            [key("p_enrichment"), key("My Table"), key("x.y")]
        );
    }

    #[test]
    fn broken_paths_say_why() {
        for (text, reason) in [
            ("", "a key is empty"),
            ("a..b", "a key is empty"),
            ("a.", "a key is empty"),
            ("a b", "the key `a b` must stand in quotes"),
            ("a[-1]", "`[-1]` is neither a position from 0 nor `[*]`"),
            ("a[1", "a `[` is not closed"),
            ("a[0]b", "`b` is not understood; keys are joined by dots"),
            ("'a", "a ' is not closed"),
        ] {
            assert_eq!(FieldPath::parse(text).unwrap_err(), reason, "{text}");
        }
        assert!(FieldPath::parse(&"a.".repeat(40)).unwrap_err().contains("parts"));
        assert!(FieldPath::parse(&"a".repeat(501)).unwrap_err().contains("characters"));
    }

    #[test]
    fn standard_fields_are_not_raw() {
        assert!(FieldPath::parse("userIdentity.userName").unwrap().is_raw());
        assert!(!FieldPath::parse("p_any_emails").unwrap().is_raw());
    }
}
