//! Key paths: `Key`, `DeepKey`, `KeyPath` and `Enrichment` in one form. Source: `detections.md` §4.2.

use std::fmt;

/// Longest path, in segments.
const SEGMENTS_MAX: usize = 32;

/// Where a value of an event is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyPath(pub Vec<Segment>);

/// One step of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Segment {
    /// A field of an object.
    Field(String),
    /// An element of a list, from 0; negative from the end.
    Index(i64),
    /// Every element of a list; missing results are left out.
    Every,
}

impl KeyPath {
    /// The path of one top-level field.
    pub fn field(name: &str) -> KeyPath {
        KeyPath(vec![Segment::Field(name.to_owned())])
    }

    /// Reads `a.b[0].'odd name'."other"[*]`.
    ///
    /// # Errors
    /// What is wrong and at which character, from 0.
    pub fn parse(text: &str) -> Result<KeyPath, (usize, String)> {
        let characters: Vec<char> = text.chars().collect();
        let mut reader = Reader { characters: &characters, at: 0 };
        let mut segments = vec![reader.name()?];
        while reader.at < characters.len() {
            if segments.len() >= SEGMENTS_MAX {
                return Err((reader.at, format!("a path has at most {SEGMENTS_MAX} steps")));
            }
            match characters[reader.at] {
                '.' => {
                    reader.at += 1;
                    segments.push(reader.name()?);
                }
                '[' => {
                    reader.at += 1;
                    segments.push(reader.bracket()?);
                }
                other => return Err((reader.at, format!("`{other}` cannot stand here; quote odd names"))),
            }
        }
        Ok(KeyPath(segments))
    }
}

struct Reader<'a> {
    characters: &'a [char],
    at: usize,
}

impl Reader<'_> {
    /// A plain or quoted name; a plain one runs to the next `.` or `[`.
    fn name(&mut self) -> Result<Segment, (usize, String)> {
        if let Some(&quote @ ('\'' | '"')) = self.characters.get(self.at) {
            return self.quoted(quote).map(Segment::Field);
        }
        let start = self.at;
        let is_legal =
            |c: &char| !matches!(c, '.' | '[' | ']' | '\'' | '"' | '|' | '(' | ')' | '{' | '}' | '`');
        while self.characters.get(self.at).is_some_and(is_legal) {
            self.at += 1;
        }
        if self.at == start {
            return Err((start, "a name is missing".to_owned()));
        }
        Ok(Segment::Field(self.characters[start..self.at].iter().collect()))
    }

    fn quoted(&mut self, quote: char) -> Result<String, (usize, String)> {
        let start = self.at;
        self.at += 1;
        let mut name = String::new();
        while let Some(&character) = self.characters.get(self.at) {
            self.at += 1;
            match character {
                '\\' => {
                    let Some(&escaped) = self.characters.get(self.at) else { break };
                    self.at += 1;
                    name.push(escaped);
                }
                character if character == quote => return Ok(name),
                character => name.push(character),
            }
        }
        Err((start, "the quote is not closed".to_owned()))
    }

    /// What stands between brackets, after the opening one.
    fn bracket(&mut self) -> Result<Segment, (usize, String)> {
        let start = self.at;
        let Some(length) = self.characters[start..].iter().position(|&character| character == ']') else {
            return Err((start, "the bracket is not closed".to_owned()));
        };
        let inside: String = self.characters[start..start + length].iter().collect();
        self.at = start + length + 1;
        match inside.trim() {
            "*" => Ok(Segment::Every),
            text => text.parse().map(Segment::Index).map_err(|_| {
                (start, format!("`[{inside}]` is neither a number nor `*`; other forms are not supported"))
            }),
        }
    }
}

impl fmt::Display for KeyPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, segment) in self.0.iter().enumerate() {
            match segment {
                Segment::Field(name) => {
                    let dot = if index > 0 { "." } else { "" };
                    let is_plain =
                        !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || "_-:@$ ".contains(c));
                    if is_plain { write!(f, "{dot}{name}")? } else { write!(f, "{dot}{name:?}")? }
                }
                Segment::Index(number) => write!(f, "[{number}]")?,
                Segment::Every => f.write_str("[*]")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        let shown = match KeyPath::parse(text) {
            Ok(path) => format!("{:?}", path.0),
            Err((at, message)) => format!("{at}: {message}"),
        };
        assert_eq!(shown, expected, "{text}");
    }

    #[test]
    fn paths_of_every_form() {
        check("a", r#"[Field("a")]"#);
        check("a.b-c", r#"[Field("a"), Field("b-c")]"#);
        check("a[2].b", r#"[Field("a"), Index(2), Field("b")]"#);
        check("a[-1][*]", r#"[Field("a"), Index(-1), Every]"#);
        check(r#""f.g".'x y'.z"#, r#"[Field("f.g"), Field("x y"), Field("z")]"#);
        check(r#""a\"b""#, r#"[Field("a\"b")]"#);
        check(
            "p_enrichment.'My Table'.sel.f",
            r#"[Field("p_enrichment"), Field("My Table"), Field("sel"), Field("f")]"#,
        );
    }

    #[test]
    fn what_is_wrong_is_named_with_its_place() {
        check("", "0: a name is missing");
        check("a..b", "2: a name is missing");
        check("a[", "2: the bracket is not closed");
        check("a[?x]", "2: `[?x]` is neither a number nor `*`; other forms are not supported");
        check("a | b", "2: `|` cannot stand here; quote odd names");
        check("'a", "0: the quote is not closed");
        assert!(KeyPath::parse(&"a.".repeat(40)).is_err());
    }
}
