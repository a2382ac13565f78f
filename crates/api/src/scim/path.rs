//! Attribute paths and comparisons: `name.givenName`, `emails[type eq "work"].value`, `userName eq "mira"`.
//! Source: RFC 7644 §3.4.2.2 and figure 7 of §3.5.2.
//!
//! Of the language of filters there is what providers use: `eq`, joined by `and`. One pass makes tokens, another one
//! reads them; neither calls itself, so that no text can be too deep.

use serde_json::Value;

use super::{ENTERPRISE_URN, MARGAY_URN, USER_URN};

/// Longest path or filter, in bytes.
const TEXT_BYTES_MAX: usize = 2_048;
/// Comparisons that one path or filter may hold.
const COMPARISONS_MAX: usize = 16;

/// The schema that an attribute belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Schema {
    Core,
    Enterprise,
    Margay,
    /// One that nobody here knows.
    Other,
}

/// Where an attribute is.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct AttributePath {
    /// As it was written.
    pub(super) text: String,
    pub(super) schema: Schema,
    /// In small letters; empty: all of the schema.
    pub(super) name: String,
    /// Which of several values; all that are listed hold.
    pub(super) filter: Vec<Comparison>,
    /// In small letters.
    pub(super) sub: Option<String>,
}

/// `attribute eq value`.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Comparison {
    /// In small letters.
    pub(super) attribute: String,
    pub(super) value: Value,
}

/// One part of a filter.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Term {
    pub(super) path: AttributePath,
    /// `None`: the comparisons in the path alone count.
    pub(super) value: Option<Value>,
}

/// Reads a path; the error says what is wrong with it.
pub(super) fn parse_path(text: &str) -> Result<AttributePath, String> {
    let mut tokens = Tokens::of(text)?;
    let path = tokens.path()?;
    tokens.end()?;
    Ok(AttributePath { text: text.trim().to_owned(), ..path })
}

/// Reads a filter; the error says what is wrong with it.
pub(super) fn parse_filter(text: &str) -> Result<Vec<Term>, String> {
    let mut tokens = Tokens::of(text)?;
    let mut terms = Vec::new();
    loop {
        let path = tokens.path()?;
        let is_whole = !path.filter.is_empty() && matches!(tokens.peek(), None | Some(Token::Word("and")));
        let value = if is_whole { None } else { Some(tokens.eq_value()?) };
        terms.push(Term { path, value });
        if !tokens.and()? {
            break;
        }
        if terms.len() == COMPARISONS_MAX {
            return Err(format!("there are more than {COMPARISONS_MAX} comparisons"));
        }
    }
    Ok(terms)
}

#[derive(Clone, Debug, PartialEq)]
enum Token<'a> {
    Word(&'a str),
    Text(String),
    Open,
    Close,
}

struct Tokens<'a>(std::iter::Peekable<std::vec::IntoIter<Token<'a>>>);

impl<'a> Tokens<'a> {
    fn of(text: &'a str) -> Result<Tokens<'a>, String> {
        if text.len() > TEXT_BYTES_MAX {
            return Err(format!("it is longer than {TEXT_BYTES_MAX} bytes"));
        }
        let mut tokens = Vec::new();
        let mut rest = text.trim_start();
        while let Some(first) = rest.chars().next() {
            let (token, length) = match first {
                '[' => (Token::Open, 1),
                ']' => (Token::Close, 1),
                '"' => quoted(rest)?,
                '(' | ')' => return Err("parentheses are not supported".to_owned()),
                _ => {
                    let ends = |c: char| c.is_whitespace() || "[]()\"".contains(c);
                    let length = rest.find(ends).unwrap_or(rest.len());
                    (Token::Word(word(&rest[..length])), length)
                }
            };
            tokens.push(token);
            rest = rest[length..].trim_start();
        }
        Ok(Tokens(tokens.into_iter().peekable()))
    }

    fn peek(&mut self) -> Option<&Token<'a>> {
        self.0.peek()
    }

    fn end(&mut self) -> Result<(), String> {
        match self.0.next() {
            None => Ok(()),
            Some(token) => Err(format!("nothing is expected before {}", token.shown())),
        }
    }

    /// `name`, `name.sub`, `name[filter]`, `name[filter].sub`, each perhaps behind the URN of a schema.
    fn path(&mut self) -> Result<AttributePath, String> {
        let text = match self.0.next() {
            Some(Token::Word(text)) => text,
            Some(token) => return Err(format!("an attribute is expected instead of {}", token.shown())),
            None => return Err("an attribute is missing".to_owned()),
        };
        let (schema, rest) = split_schema(text);
        let (name, sub) = match rest.split_once('.') {
            Some((name, sub)) => (attribute_name(name)?, Some(attribute_name(sub)?)),
            None if rest.is_empty() && schema != Schema::Core => (String::new(), None),
            None if rest.is_empty() && text.len() == USER_URN.len() => (String::new(), None),
            None => (attribute_name(rest)?, None),
        };
        let mut path = AttributePath { text: text.to_owned(), schema, name, filter: Vec::new(), sub };
        if path.sub.is_none() && self.0.next_if_eq(&Token::Open).is_some() {
            path.filter = self.comparisons()?;
            path.sub = match self.peek() {
                Some(Token::Word(word)) if word.starts_with('.') => Some(attribute_name(&word[1..])?),
                _ => None,
            };
            if path.sub.is_some() {
                self.0.next();
            }
        }
        Ok(path)
    }

    /// What stands between brackets, up to the closing one.
    fn comparisons(&mut self) -> Result<Vec<Comparison>, String> {
        let mut comparisons = Vec::new();
        loop {
            let attribute = match self.0.next() {
                Some(Token::Word(word)) => attribute_name(word)?,
                _ => return Err("an attribute is expected behind `[`".to_owned()),
            };
            comparisons.push(Comparison { attribute, value: self.eq_value()? });
            if self.0.next_if_eq(&Token::Close).is_some() {
                return Ok(comparisons);
            }
            if !self.and()? {
                return Err("`]` is missing".to_owned());
            }
            if comparisons.len() == COMPARISONS_MAX {
                return Err(format!("there are more than {COMPARISONS_MAX} comparisons"));
            }
        }
    }

    fn eq_value(&mut self) -> Result<Value, String> {
        match self.0.next() {
            Some(Token::Word(word)) if word.eq_ignore_ascii_case("eq") => {}
            Some(token) => return Err(format!("{} is no operator that is supported", token.shown())),
            None => return Err("an operator is missing".to_owned()),
        }
        match self.0.next() {
            Some(Token::Text(text)) => Ok(Value::String(text)),
            Some(Token::Word(word)) => literal(word),
            _ => Err("a value is missing behind `eq`".to_owned()),
        }
    }

    /// Whether `and` comes next, and is taken.
    fn and(&mut self) -> Result<bool, String> {
        match self.0.next() {
            None => Ok(false),
            Some(Token::Word("and")) => Ok(true),
            Some(token) => Err(format!("`and` is expected instead of {}", token.shown())),
        }
    }
}

impl Token<'_> {
    fn shown(&self) -> String {
        match self {
            Token::Word(word) => format!("`{word}`"),
            Token::Text(text) => format!("`\"{text}\"`"),
            Token::Open => "`[`".to_owned(),
            Token::Close => "`]`".to_owned(),
        }
    }
}

/// Words are the same in any letter case.
fn word(text: &str) -> &str {
    if text.eq_ignore_ascii_case("and") { "and" } else { text }
}

/// A text between quotes, escaped as in JSON, and how long it is with them.
fn quoted(text: &str) -> Result<(Token<'static>, usize), String> {
    let mut is_escaped = false;
    for (index, c) in text.char_indices().skip(1) {
        match c {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            '"' => {
                let length = index + 1;
                let read = serde_json::from_str(&text[..length]);
                let read: String = read.map_err(|_| "a text is not escaped as in JSON".to_owned())?;
                return Ok((Token::Text(read), length));
            }
            _ => {}
        }
    }
    Err("a closing `\"` is missing".to_owned())
}

fn literal(word: &str) -> Result<Value, String> {
    let lower = word.to_ascii_lowercase();
    match serde_json::from_str(&lower) {
        Ok(value @ (Value::Bool(_) | Value::Number(_) | Value::Null)) => Ok(value),
        _ => Err(format!("`{word}` is no value; write texts between double quotes")),
    }
}

fn attribute_name(text: &str) -> Result<String, String> {
    let is_name = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '$')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "$-_".contains(c));
    if is_name { Ok(text.to_ascii_lowercase()) } else { Err(format!("`{text}` is no name of an attribute")) }
}

fn split_schema(text: &str) -> (Schema, &str) {
    let lower = text.to_ascii_lowercase();
    if !lower.starts_with("urn:") {
        return (Schema::Core, text);
    }
    for (urn, schema) in
        [(USER_URN, Schema::Core), (ENTERPRISE_URN, Schema::Enterprise), (MARGAY_URN, Schema::Margay)]
    {
        if let Some(rest) = lower.strip_prefix(&urn.to_ascii_lowercase())
            && (rest.is_empty() || rest.starts_with(':'))
        {
            return (schema, text[urn.len()..].trim_start_matches(':'));
        }
    }
    (Schema::Other, "")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    fn comparison(attribute: &str, value: Value) -> Comparison {
        Comparison { attribute: attribute.to_owned(), value }
    }

    #[rstest]
    #[case("userName", Schema::Core, "username", None)]
    #[case("  name.GivenName ", Schema::Core, "name", Some("givenname"))]
    #[case(
        "URN:IETF:params:scim:schemas:core:2.0:user:name.givenName",
        Schema::Core,
        "name",
        Some("givenname")
    )]
    #[case("urn:ietf:params:scim:schemas:core:2.0:User", Schema::Core, "", None)]
    #[case(
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value",
        Schema::Enterprise,
        "manager",
        Some("value")
    )]
    #[case("urn:ietf:params:scim:schemas:extension:margay:2.0:User:role", Schema::Margay, "role", None)]
    #[case("urn:ietf:params:scim:schemas:extension:margay:2.0:User", Schema::Margay, "", None)]
    #[case("urn:ietf:params:scim:schemas:extension:margay:2.0:Users", Schema::Other, "", None)]
    #[case("members.$ref", Schema::Core, "members", Some("$ref"))]
    fn paths_are_read(
        #[case] text: &str,
        #[case] schema: Schema,
        #[case] name: &str,
        #[case] sub: Option<&str>,
    ) {
        let path = parse_path(text).unwrap();
        assert_eq!((path.schema, path.name.as_str(), path.sub.as_deref()), (schema, name, sub));
        assert!(path.filter.is_empty());
    }

    #[test]
    fn paths_have_comparisons() {
        let path =
            parse_path(r#"emails[ Type EQ "wo\"rk" And primary eq True and x eq 1.5 ].value"#).unwrap();
        let expected = [
            comparison("type", json!("wo\"rk")),
            comparison("primary", json!(true)),
            comparison("x", serde_json::from_str("1.5").unwrap()),
        ];
        assert_eq!((path.name.as_str(), path.filter.as_slice()), ("emails", &expected[..]));
        assert_eq!(path.sub.as_deref(), Some("value"));
    }

    #[rstest]
    #[case("")]
    #[case(".value")]
    #[case("a.b.c")]
    #[case("a..b")]
    #[case("7a")]
    #[case("a b")]
    #[case("a[b eq 1]c")]
    #[case("a[b eq 1].")]
    #[case("a.b[c eq 1]")]
    #[case("a[b eq 1][c eq 1]")]
    #[case("a[b eq]")]
    #[case("a[b eq 1 or c eq 1]")]
    #[case("\"a\"")]
    #[case("urn:ietf:params:scim:schemas:core:2.0:User:")]
    fn what_is_no_path_is_refused(#[case] text: &str) {
        assert!(parse_path(text).is_err(), "{:?}", parse_path(text));
    }

    proptest! {
        /// Strangers' text is read or refused, whatever it is.
        #[test]
        fn no_text_is_too_odd(text in "\\PC{0,200}") {
            for problem in [parse_path(&text).err(), parse_filter(&text).err()].into_iter().flatten() {
                prop_assert!(!problem.is_empty());
            }
        }

        /// Pieces of the language in any order, with what they would be split at.
        #[test]
        fn no_order_of_pieces_is_too_odd(pieces in prop::collection::vec(prop_oneof![
            Just("userName"), Just("emails"), Just("["), Just("]"), Just("\""), Just("\\"), Just(" eq "), Just(" and "),
            Just("."), Just("urn:ietf:params:scim:schemas:core:2.0:User"), Just(":"), Just("\u{130}"), Just("é"),
            Just("\"x\""), Just("true"), Just("\u{0}"), Just("("), Just(" "), Just("-1e9"),
        ], 0..40)) {
            let text = pieces.concat();
            for problem in [parse_path(&text).err(), parse_filter(&text).err()].into_iter().flatten() {
                prop_assert!(!problem.is_empty());
            }
        }

        /// A text is found as it was written.
        #[test]
        fn texts_come_out_as_they_went_in(text in "\\PC{0,80}") {
            let filter = format!("userName eq {}", json!(text));
            let terms = parse_filter(&filter).unwrap();
            prop_assert_eq!(&terms[0].value, &Some(json!(text)));
        }
    }
}
