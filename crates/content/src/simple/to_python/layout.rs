//! Where lines of generated Python break: on one line what fits, else one part a line.

/// Longest line that is not broken, in characters.
const LINE_CHARS_MAX: usize = 100;
/// Spaces of one level.
const INDENT: usize = 4;

/// An expression of Python, not yet on lines.
#[derive(Clone, Debug)]
pub(super) enum Text {
    /// What stays on one line.
    Line(String),
    /// Parts between brackets.
    Group { open: String, between: Between, parts: Vec<Text>, close: &'static str },
    /// A part behind a few words.
    Behind(String, Box<Text>),
}

/// What stands between parts.
#[derive(Clone, Copy, Debug)]
pub(super) enum Between {
    /// A comma, behind each.
    Comma,
    /// `and` or `or`, before each but the first.
    Word(&'static str),
}

impl Text {
    pub(super) fn line(text: impl Into<String>) -> Text {
        Text::Line(text.into())
    }

    /// Parts between brackets, with commas.
    pub(super) fn group(open: &str, parts: Vec<Text>, close: &'static str) -> Text {
        Text::Group { open: open.to_owned(), between: Between::Comma, parts, close }
    }

    pub(super) fn call(function: &str, arguments: Vec<Text>) -> Text {
        Text::group(&format!("{function}("), arguments, ")")
    }

    /// Parts in parentheses with a word between them.
    pub(super) fn joined(word: &'static str, parts: Vec<Text>) -> Text {
        Text::Group { open: "(".to_owned(), between: Between::Word(word), parts, close: ")" }
    }

    pub(super) fn behind(self, words: &str) -> Text {
        Text::Behind(words.to_owned(), Box::new(self))
    }

    /// Its opposite. A comparison gets no parentheses: `not` binds less than it does.
    pub(super) fn negated(self) -> Text {
        self.behind("not ")
    }

    /// The text for a place: the lines after the first are indented by `indent` and more, and `before` characters
    /// stand before the first.
    pub(super) fn write(&self, indent: usize, before: usize) -> String {
        let one_line = self.on_one_line();
        if before + one_line.chars().count() <= LINE_CHARS_MAX {
            return one_line;
        }
        match self {
            Text::Line(text) => text.clone(),
            Text::Behind(words, text) => {
                format!("{words}{}", text.write(indent, before + words.chars().count()))
            }
            Text::Group { parts, .. } if parts.is_empty() => one_line,
            Text::Group { open, between, parts, close } => {
                let (inner, outer) = (" ".repeat(indent + INDENT), " ".repeat(indent));
                let mut text = format!("{open}\n");
                for (index, part) in parts.iter().enumerate() {
                    let (word, comma) = match between {
                        Between::Comma => (String::new(), ","),
                        Between::Word(word) if index > 0 => (format!("{word} "), ""),
                        Between::Word(_) => (String::new(), ""),
                    };
                    let part = part.write(indent + INDENT, indent + INDENT + word.len() + comma.len());
                    text.push_str(&format!("{inner}{word}{part}{comma}\n"));
                }
                text + &outer + close
            }
        }
    }

    fn on_one_line(&self) -> String {
        match self {
            Text::Line(text) => text.clone(),
            Text::Behind(words, text) => format!("{words}{}", text.on_one_line()),
            Text::Group { open, between, parts, close } => {
                let parts: Vec<String> = parts.iter().map(Text::on_one_line).collect();
                let between = match between {
                    Between::Comma => ", ".to_owned(),
                    Between::Word(word) => format!(" {word} "),
                };
                format!("{open}{}{close}", parts.join(&between))
            }
        }
    }
}
