//! The JSONPath dialect of data models: whether an expression is understood.
//!
//! The evaluator is Python's half (`python/panther_core/_jsonpath.py`); this is the same grammar, so that a
//! path is refused when it is checked and not when the first event comes. A table that both halves read keeps
//! them equal. Names are letters, digits, `_`, `@` and `-`; letters of any script count.

/// How deep filters may be nested inside filters and brackets; the evaluator's own limit.
const NESTING_MAX: usize = 20;

/// An expression that is not understood.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("JSONPath `{expression}` is not understood at character {position}: {problem}")]
pub struct JsonPathError {
    /// The expression.
    pub expression: String,
    /// The character at which it cannot go on, from 1.
    pub position: usize,
    /// What is wrong there.
    pub problem: String,
}

/// Checks that an expression is understood: `$`, names, `*`, `..`, and in brackets names, positions, slices,
/// `*` and filters.
///
/// # Errors
/// It is not; the error names the place.
pub fn check_json_path(expression: &str) -> Result<(), JsonPathError> {
    let tokens =
        Lexer { expression, chars: expression.trim_end_matches(is_blank).chars().collect() }.tokens()?;
    let mut parser = Parser { expression, tokens, at: 0, depth: 0 };
    parser.path()?;
    match parser.kind() {
        Kind::End => Ok(()),
        _ => Err(parser.error("unexpected")),
    }
}

type Result<T, E = JsonPathError> = std::result::Result<T, E>;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Float,
    /// Whether it is 0.
    Number {
        is_zero: bool,
    },
    Name,
    Quoted,
    Comparison {
        is_match: bool,
    },
    Descend,
    /// One of `$ @ . * [ ] ( ) , : ? &`.
    Mark(char),
    End,
}

struct Token {
    kind: Kind,
    /// First character, from 0.
    start: usize,
}

/// Python's `\s`.
fn is_blank(c: char) -> bool {
    c.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&c)
}

/// Python's `\w`.
fn is_word(c: char) -> bool {
    c == '_' || c.is_alphanumeric()
}

fn is_digit(c: char) -> bool {
    c.is_ascii_digit()
}

struct Lexer<'a> {
    expression: &'a str,
    chars: Vec<char>,
}

impl Lexer<'_> {
    fn tokens(&self) -> Result<Vec<Token>> {
        let mut tokens = Vec::new();
        let mut at = 0;
        while at < self.chars.len() {
            let start = self.skip(at, is_blank);
            let Some((kind, end)) = self.token(start) else {
                let found = self.chars.get(start).map(ToString::to_string).unwrap_or_default();
                return Err(JsonPathError {
                    expression: self.expression.to_owned(),
                    position: start + 1,
                    problem: format!("unexpected `{found}`"),
                });
            };
            tokens.push(Token { kind, start });
            at = end;
        }
        tokens.push(Token { kind: Kind::End, start: self.chars.len() });
        Ok(tokens)
    }

    fn char(&self, at: usize) -> Option<char> {
        self.chars.get(at).copied()
    }

    fn is(&self, at: usize, fits: impl Fn(char) -> bool) -> bool {
        self.char(at).is_some_and(fits)
    }

    fn skip(&self, at: usize, fits: impl Fn(char) -> bool) -> usize {
        self.chars[at..].iter().position(|c| !fits(*c)).map_or(self.chars.len(), |length| at + length)
    }

    fn token(&self, at: usize) -> Option<(Kind, usize)> {
        self.number(at).or_else(|| self.name(at)).or_else(|| self.quoted(at)).or_else(|| self.mark(at))
    }

    /// `-?digits.digits` not followed by a word or a dot, or `-?digits` not followed by a word.
    fn number(&self, at: usize) -> Option<(Kind, usize)> {
        let first = at + usize::from(self.char(at) == Some('-'));
        let whole = self.skip(first, is_digit);
        if whole == first {
            return None;
        }
        if self.char(whole) == Some('.') {
            let end = self.skip(whole + 1, is_digit);
            if end > whole + 1 && !self.is(end, |c| is_word(c) || c == '.') {
                return Some((Kind::Float, end));
            }
        }
        if self.is(whole, is_word) {
            return None;
        }
        let is_zero = self.chars[first..whole].iter().all(|c| *c == '0');
        Some((Kind::Number { is_zero }, whole))
    }

    fn name(&self, at: usize) -> Option<(Kind, usize)> {
        let starts = self.is(at, |c| is_word(c) && !is_digit(c));
        starts.then(|| (Kind::Name, self.skip(at, |c| is_word(c) || c == '@' || c == '-')))
    }

    fn quoted(&self, at: usize) -> Option<(Kind, usize)> {
        let quote = self.char(at).filter(|c| matches!(c, '\'' | '"'))?;
        let mut next = at + 1;
        loop {
            match self.char(next)? {
                '\\' => next += 2,
                c if c == quote => return Some((Kind::Quoted, next + 1)),
                _ => next += 1,
            }
        }
    }

    fn mark(&self, at: usize) -> Option<(Kind, usize)> {
        let first = self.char(at)?;
        let second = self.char(at + 1);
        let comparison = |is_match, length| Some((Kind::Comparison { is_match }, at + length));
        match (first, second) {
            ('=', Some('~')) => comparison(true, 2),
            ('=' | '!' | '<' | '>', Some('=')) => comparison(false, 2),
            ('=' | '<' | '>', _) => comparison(false, 1),
            ('.', Some('.')) => Some((Kind::Descend, at + 2)),
            ('$' | '@' | '.' | '*' | '[' | ']' | '(' | ')' | ',' | ':' | '?' | '&', _) => {
                Some((Kind::Mark(first), at + 1))
            }
            _ => None,
        }
    }
}

struct Parser<'a> {
    expression: &'a str,
    tokens: Vec<Token>,
    at: usize,
    depth: usize,
}

impl Parser<'_> {
    fn kind(&self) -> Kind {
        self.tokens[self.at].kind
    }

    /// The letters of a name.
    fn word(&self) -> &str {
        let start = self.tokens[self.at].start;
        let rest = self.expression.char_indices().nth(start).map_or("", |(at, _)| &self.expression[at..]);
        let end = rest.find(|c: char| !(is_word(c) || c == '@' || c == '-')).unwrap_or(rest.len());
        &rest[..end]
    }

    fn accept(&mut self, mark: char) -> bool {
        self.accept_kind(Kind::Mark(mark))
    }

    fn accept_kind(&mut self, kind: Kind) -> bool {
        let fits = self.kind() == kind;
        self.at += usize::from(fits);
        fits
    }

    fn expect(&mut self, mark: char) -> Result<()> {
        if self.accept(mark) { Ok(()) } else { Err(self.error(&format!("expected `{mark}`, found"))) }
    }

    fn error(&self, problem: &str) -> JsonPathError {
        const SHOWN_CHARS_MAX: usize = 20;
        let Token { kind, start } = self.tokens[self.at];
        let found = match kind {
            Kind::End => "the end".to_owned(),
            _ => {
                format!("`{}`", self.expression.chars().skip(start).take(SHOWN_CHARS_MAX).collect::<String>())
            }
        };
        JsonPathError {
            expression: self.expression.to_owned(),
            position: start + 1,
            problem: format!("{problem} {found}"),
        }
    }

    /// ( `$` | `@` | step ) ( `.` step | `..` step | bracket )*
    fn path(&mut self) -> Result<()> {
        if !(self.accept('$') || self.accept('@')) {
            self.step()?;
        }
        loop {
            if self.accept('.') || self.accept_kind(Kind::Descend) {
                self.step()?;
            } else if self.accept('[') {
                self.bracket(true)?;
            } else {
                return Ok(());
            }
        }
    }

    /// names | number | `*` | bracket without a filter
    fn step(&mut self) -> Result<()> {
        if self.accept('*') || self.accept_number() {
            return Ok(());
        }
        if self.accept('[') { self.bracket(false) } else { self.names() }
    }

    /// name ( `,` name )*
    fn names(&mut self) -> Result<()> {
        loop {
            if !matches!(self.kind(), Kind::Name | Kind::Quoted) {
                return Err(self.error("expected a name, found"));
            }
            self.at += 1;
            if !self.accept(',') {
                return Ok(());
            }
        }
    }

    /// The inside of a bracket up to and with `]`.
    fn bracket(&mut self, filters: bool) -> Result<()> {
        if !self.accept('*') {
            if filters && self.accept('?') {
                self.conditions()?;
            } else if matches!(self.kind(), Kind::Name | Kind::Quoted) {
                self.names()?;
            } else {
                self.positions()?;
            }
        }
        self.expect(']')
    }

    fn accept_number(&mut self) -> bool {
        let fits = matches!(self.kind(), Kind::Number { .. });
        self.at += usize::from(fits);
        fits
    }

    /// number ( `,` number )* | number? `:` number? ( `:` number? )?
    fn positions(&mut self) -> Result<()> {
        let mut all_given = self.accept_number();
        if self.accept(':') {
            self.accept_number();
            if self.accept(':') {
                let is_zero = self.kind() == Kind::Number { is_zero: true };
                self.accept_number();
                if is_zero {
                    return Err(self.error("a slice cannot have step 0, before"));
                }
            }
            return Ok(());
        }
        while self.accept(',') {
            all_given &= self.accept_number();
        }
        if all_given { Ok(()) } else { Err(self.error("expected a name, position, slice or filter, found")) }
    }

    /// term ( `&` term )*
    fn conditions(&mut self) -> Result<()> {
        self.depth += 1;
        if self.depth > NESTING_MAX {
            return Err(self.error(&format!("nested more than {NESTING_MAX} deep at")));
        }
        self.term()?;
        while self.accept('&') {
            self.term()?;
        }
        self.depth -= 1;
        Ok(())
    }

    /// `(` conditions `)` | path ( comparison literal )?
    fn term(&mut self) -> Result<()> {
        if self.accept('(') {
            self.conditions()?;
            return self.expect(')');
        }
        self.path()?;
        let Kind::Comparison { is_match } = self.kind() else { return Ok(()) };
        self.at += 1;
        let is_text = match self.kind() {
            Kind::Quoted => true,
            Kind::Name => !matches!(self.word(), "true" | "false"),
            Kind::Number { .. } | Kind::Float => false,
            _ => return Err(self.error("expected a number, a quoted text, true or false, found")),
        };
        self.at += 1;
        // Whether a regular expression is one, only Python can say; it does when the data model is loaded.
        if is_match && !is_text {
            return Err(self.error("`=~` needs a quoted regular expression, before"));
        }
        Ok(())
    }
}
