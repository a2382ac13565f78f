//! Where in an event a value is: `a.b[0]."odd name"[*].c`. Source: `detections.md` §4.2.

use std::fmt;

/// Where a value is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyPath {
    /// For messages.
    text: String,
    /// The way to it, never empty.
    pub steps: Vec<Step>,
    /// Whether it begins at the event also inside `Expressions`.
    pub from_event: bool,
}

/// One step of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// A member of an object.
    Field(String),
    /// An element of a list, from 0; negative from its end.
    Index(i64),
    /// `[*]`: what the rest of the path finds in every element of a list; what is missing or null is left out.
    Every,
    /// Like [`Step::Every`] in a list; anything else is looked at itself.
    Rows,
}

impl fmt::Display for KeyPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// How strictly names are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Names {
    /// Nearly any character may stand in a name.
    Lenient,
    /// As in `JMESPath`: letters, digits and `_`; anything else is quoted.
    Strict,
}

/// What is wrong with a path, and what to do.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct PathError {
    pub(super) message: String,
    pub(super) hint: String,
}

/// Characters that mean something else in `JMESPath`, so that nobody expects them to be part of a name.
const OPERATORS: &str = "*?|&()`{}!<>=,";

impl KeyPath {
    /// One member of the event, its name as it is.
    pub(super) fn field(name: &str) -> KeyPath {
        KeyPath::new(name.to_owned(), vec![Step::Field(name.to_owned())])
    }

    /// A path of these steps.
    pub(super) fn of_steps(steps: Vec<Step>) -> KeyPath {
        KeyPath::new(show(&steps), steps)
    }

    /// A value of an enrichment: table, selector, and where in its row or rows.
    pub(super) fn enrichment(table: &str, selector: &str, field: KeyPath) -> KeyPath {
        let head = ["p_enrichment", table, selector].map(|name| Step::Field(name.to_owned()));
        let text = show(&[head.as_slice(), &field.steps].concat());
        let steps = head.into_iter().chain([Step::Rows]).chain(field.steps).collect();
        KeyPath { from_event: true, ..KeyPath::new(text, steps) }
    }

    fn new(text: String, steps: Vec<Step>) -> KeyPath {
        KeyPath { text, steps, from_event: false }
    }

    /// Reads a path.
    ///
    /// # Errors
    /// It is empty, not closed, or of a form that is not known.
    pub(super) fn parse(text: &str, names: Names) -> Result<KeyPath, PathError> {
        // A lone name of a filter is never read as a path, so that it may begin with a digit.
        let is_lone =
            !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        if is_lone {
            return Ok(KeyPath::field(text));
        }
        let characters: Vec<char> = text.chars().collect();
        let mut reader = Reader { characters: &characters, at: 0, names };
        let steps = reader.path()?;
        Ok(KeyPath::new(text.to_owned(), steps))
    }
}

fn show(steps: &[Step]) -> String {
    let mut text = String::new();
    for step in steps {
        match step {
            Step::Field(name) => {
                if !text.is_empty() {
                    text.push('.');
                }
                let is_plain = !name.is_empty()
                    && name.chars().all(|character| character.is_alphanumeric() || character == '_');
                if is_plain { text.push_str(name) } else { text.push_str(&format!("'{name}'")) }
            }
            Step::Index(index) => text.push_str(&format!("[{index}]")),
            Step::Every => text.push_str("[*]"),
            Step::Rows => {}
        }
    }
    text
}

struct Reader<'a> {
    characters: &'a [char],
    at: usize,
    names: Names,
}

impl Reader<'_> {
    fn path(&mut self) -> Result<Vec<Step>, PathError> {
        let mut steps = Vec::new();
        loop {
            match self.peek() {
                Some('[') => steps.push(self.bracket()?),
                Some('.') if !steps.is_empty() => {
                    self.at += 1;
                    steps.push(self.name()?);
                }
                None if !steps.is_empty() => return Ok(steps),
                _ if steps.is_empty() => steps.push(self.name()?),
                Some(other) => {
                    return Err(
                        self.error(&format!("`{other}` cannot stand here"), "parts are joined by `.`")
                    );
                }
                None => return Err(self.error("the path is empty", "name a key, such as `a.b`")),
            }
        }
    }

    fn peek(&self) -> Option<char> {
        self.characters.get(self.at).copied()
    }

    fn error(&self, message: &str, hint: &str) -> PathError {
        PathError { message: format!("{message} (character {})", self.at + 1), hint: hint.to_owned() }
    }

    fn name(&mut self) -> Result<Step, PathError> {
        if let Some(quote @ ('\'' | '"')) = self.peek() {
            return self.quoted(quote).map(Step::Field);
        }
        let start = self.at;
        while let Some(character) = self.peek() {
            if matches!(character, '.' | '[' | ']' | '\'' | '"') {
                break;
            }
            if OPERATORS.contains(character) {
                return Err(self.operator(character));
            }
            let is_plain = character.is_ascii_alphabetic()
                || character == '_'
                || (character.is_ascii_digit() && self.at > start);
            if self.names == Names::Strict && !is_plain {
                let message = format!("`{character}` cannot stand in a plain name of a filter");
                return Err(self.error(&message, "put the name in double quotes: `\"odd-name\".other`"));
            }
            self.at += 1;
        }
        if self.at == start {
            return Err(self.error("a name is missing", "name a key, such as `a.b`"));
        }
        Ok(Step::Field(self.characters[start..self.at].iter().collect()))
    }

    fn operator(&self, character: char) -> PathError {
        let hint = "of JMESPath, names, quoted names, `[0]` and `[*]` are known; put a name that holds other \
                    characters in quotes";
        self.error(&format!("`{character}` has no meaning in a key path"), hint)
    }

    /// A quoted name; a backslash stands before a quote and before another backslash.
    fn quoted(&mut self, quote: char) -> Result<String, PathError> {
        let start = self.at;
        self.at += 1;
        let mut name = String::new();
        while let Some(character) = self.peek() {
            self.at += 1;
            match character {
                '\\' if matches!(self.peek(), Some('\\' | '\'' | '"')) => {
                    name.extend(self.peek());
                    self.at += 1;
                }
                character if character == quote => return Ok(name),
                character => name.push(character),
            }
        }
        self.at = start;
        Err(self.error(&format!("the quote `{quote}` is not closed"), "end the name with the same quote"))
    }

    /// `[0]`, `[-1]` or `[*]`.
    fn bracket(&mut self) -> Result<Step, PathError> {
        let inside = &self.characters[self.at + 1..];
        let Some(length) = inside.iter().position(|&character| character == ']') else {
            return Err(self.error("the bracket is not closed", "write `[0]` or `[*]`"));
        };
        let inside: String = inside[..length].iter().collect();
        let step = match inside.as_str() {
            "*" => Step::Every,
            text => match text.parse::<i64>() {
                Ok(index) if !text.starts_with('+') => Step::Index(index),
                _ => {
                    let hint = "write the position of an element, such as `[0]`, or `[*]` for all";
                    return Err(
                        self.error(&format!("`[{text}]` is no form of a key path that is known"), hint)
                    );
                }
            },
        };
        self.at += length + 2;
        Ok(step)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str, names: Names) -> String {
        match KeyPath::parse(text, names) {
            Ok(path) => format!("{:?}", path.steps),
            Err(error) => error.message,
        }
    }

    fn check(text: &str, expected: &str) {
        assert_eq!(shown(text, Names::Lenient), expected, "{text}");
    }

    #[test]
    fn every_documented_form_is_read() {
        check("a", r#"[Field("a")]"#);
        check("a.b.c", r#"[Field("a"), Field("b"), Field("c")]"#);
        check("a[2].b", r#"[Field("a"), Index(2), Field("b")]"#);
        check("a[-1][0]", r#"[Field("a"), Index(-1), Index(0)]"#);
        check("a[*].b", r#"[Field("a"), Every, Field("b")]"#);
        check("[*].b", r#"[Every, Field("b")]"#);
        check(r#""f-g".x"#, r#"[Field("f-g"), Field("x")]"#);
        check("a.'b.c'[0]", r#"[Field("a"), Field("b.c"), Index(0)]"#);
        check(r"'it\'s \\ \n'", r#"[Field("it's \\ \\n")]"#);
        check("@timestamp.$type", r#"[Field("@timestamp"), Field("$type")]"#);
        check("user agent.os-version", r#"[Field("user agent"), Field("os-version")]"#);
        check("0a", r#"[Field("0a")]"#);
    }

    #[test]
    fn what_is_wrong_is_named_with_its_place() {
        check("", "a name is missing (character 1)");
        check(".a", "a name is missing (character 1)");
        check("a.", "a name is missing (character 3)");
        check("a..b", "a name is missing (character 3)");
        check("a[", "the bracket is not closed (character 2)");
        check("a[0]b", "`b` cannot stand here (character 5)");
        check("a]", "`]` cannot stand here (character 2)");
        check("a.'b", "the quote `'` is not closed (character 3)");
        check("'a'b", "`b` cannot stand here (character 4)");
        for form in ["a[0:1]", "a[]", "a[?b]", "a[+1]", "a[1.5]", "a[99999999999999999999]"] {
            assert!(shown(form, Names::Lenient).contains("no form of a key path"), "{form}");
        }
        for form in ["a | b", "a || b", "length(a)", "*.a", "a.*", "`1`", "{x: a}", "a && b", "a == b", "!a"]
        {
            assert!(shown(form, Names::Lenient).contains("has no meaning"), "{form}");
        }
    }

    #[test]
    fn names_of_filters_are_those_of_jmespath() {
        for path in ["a", "0a", "a_1.B[0].c[*].d", r#""f-g".x"#, "p_enrichment.'My Table'.x.y"] {
            assert!(shown(path, Names::Strict).starts_with('['), "{path}");
        }
        for path in ["f-g.x", "a.0b", "user agent.x", "ä.b", "$a"] {
            assert!(shown(path, Names::Strict).contains("cannot stand in a plain name"), "{path}");
        }
    }

    #[test]
    fn paths_are_shown_as_they_would_be_written() {
        let steps = vec![Step::Field("a".into()), Step::Index(0), Step::Field("b c".into()), Step::Every];
        assert_eq!(KeyPath::of_steps(steps).to_string(), "a[0].'b c'[*]");
        let field = KeyPath::parse("x.y", Names::Lenient).unwrap();
        let path = KeyPath::enrichment("My Table", "ip", field);
        assert_eq!(path.to_string(), "p_enrichment.'My Table'.ip.x.y");
        assert!(path.from_event && path.steps.contains(&Step::Rows));
    }
}
