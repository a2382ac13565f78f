//! Reads a text as CPython of a version reads it, or says why it cannot.

use ruff_python_ast::token::TokenKind;
use ruff_python_ast::{ModModule, PythonVersion};
use ruff_python_parser::{Mode, ParseError, ParseOptions, Parsed, lexer, parse_unchecked};
use ruff_text_size::{Ranged, TextRange, TextSize};

use super::place::Lines;
use super::semantics;
use crate::yaml::Span;

/// Deepest nesting of one expression, counted generously; CPython gives up at 200 brackets.
const NESTING_MAX: usize = 200;
/// Most levels of indentation; CPython's own limit.
const INDENTS_MAX: usize = 100;

/// Why a text is no module.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) kind: FaultKind,
    pub(crate) span: Span,
    pub(crate) message: String,
}

/// Kinds of fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FaultKind {
    /// No version reads it.
    Syntax,
    /// A newer version reads it.
    TooNew,
    /// It is nested deeper than is read here.
    TooDeep,
}

/// Parses a module for one version; the first fault in reading order counts, as in CPython.
pub(super) fn parse(
    text: &str,
    lines: &Lines<'_>,
    version: PythonVersion,
) -> Result<Parsed<ModModule>, Fault> {
    let fault =
        |kind, range, message: &str| Fault { kind, span: lines.span(range), message: sentence(message) };
    if let Some(at) = text.find('\0') {
        let at = TextRange::empty(TextSize::try_from(at).unwrap_or_default());
        return Err(fault(FaultKind::Syntax, at, "the code holds a null character"));
    }
    if is_too_deep(text) {
        let message = format!("the code is nested more than {NESTING_MAX} levels deep");
        return Err(fault(FaultKind::TooDeep, TextRange::default(), &message));
    }
    let options = ParseOptions::from(Mode::Module).with_target_version(version);
    let Some(parsed) = parse_unchecked(text, options).try_into_module() else {
        return Err(fault(FaultKind::Syntax, TextRange::default(), "this is no module"));
    };
    if let Some(error) = parsed.errors().iter().find(|error| !is_bare_raise(text, error)) {
        return Err(match never_closed(&parsed, error) {
            Some((range, bracket)) => {
                fault(FaultKind::Syntax, range, &format!("`{bracket}` was never closed"))
            }
            None => fault(FaultKind::Syntax, error.location, &error.error.to_string()),
        });
    }
    if let Some(error) = semantics::first_error(parsed.syntax(), text, version) {
        return Err(fault(FaultKind::Syntax, error.range, &error.to_string()));
    }
    if let Some(error) = parsed.unsupported_syntax_errors().first() {
        return Err(fault(FaultKind::TooNew, error.range, &error.to_string()));
    }
    Ok(parsed)
}

/// The innermost bracket before the error that nothing closes: what is wrong is there, and not where the
/// reader noticed.
fn never_closed(parsed: &Parsed<ModModule>, error: &ParseError) -> Option<(TextRange, &'static str)> {
    let mut open = Vec::new();
    for token in parsed.tokens() {
        let opens = match token.kind() {
            TokenKind::Lpar => "(",
            TokenKind::Lsqb => "[",
            TokenKind::Lbrace => "{",
            TokenKind::Rpar | TokenKind::Rsqb | TokenKind::Rbrace => {
                let closed = open.pop().map(|(_, bracket)| bracket);
                let fits = matches!(
                    (closed, token.kind()),
                    (Some("("), TokenKind::Rpar)
                        | (Some("["), TokenKind::Rsqb)
                        | (Some("{"), TokenKind::Rbrace)
                );
                if fits {
                    continue;
                }
                return None;
            }
            _ => continue,
        };
        open.push((token.range(), opens));
    }
    open.into_iter().rev().find(|(range, _)| range.start() <= error.location.start())
}

/// `raise;` is legal, and the parser wants an expression there.
fn is_bare_raise(text: &str, error: &ParseError) -> bool {
    let at = error.location.start().to_usize();
    let around = text.get(..at).zip(text.get(at..));
    around.is_some_and(|(before, after)| {
        before.trim_end().ends_with("raise") && after.trim_start().starts_with(';')
    })
}

/// A message as it is written here: it begins in lower case.
fn sentence(message: &str) -> String {
    let mut rest = message.chars();
    match (rest.next(), message.chars().nth(1)) {
        (Some(first), Some(second)) if second.is_lowercase() || second == ' ' => {
            first.to_lowercase().chain(rest).collect()
        }
        _ => message.to_owned(),
    }
}

/// Whether the code goes deeper than may be read. A tree is walked and dropped by recursion, so that its
/// depth is bounded here, from the tokens: an open bracket is a level, and so is everything that an
/// expression is chained with (`.name`, a call, an operator) up to the next comma or line.
fn is_too_deep(text: &str) -> bool {
    let mut lexer = lexer::lex(text, Mode::Module);
    let mut levels: Vec<usize> = vec![0];
    let mut depth = 0;
    let mut indents: usize = 0;
    loop {
        let token = lexer.next_token();
        let is_inside = levels.len() > 1;
        let Some(here) = levels.last_mut() else { return false };
        match token {
            TokenKind::EndOfFile => return false,
            TokenKind::Indent => indents += 1,
            TokenKind::Dedent => indents = indents.saturating_sub(1),
            TokenKind::Comma | TokenKind::Newline | TokenKind::Semi => {
                depth -= *here;
                *here = 0;
            }
            TokenKind::Lpar | TokenKind::Lsqb | TokenKind::Lbrace => {
                *here += 1;
                depth += 1;
                levels.push(0);
            }
            TokenKind::Rpar | TokenKind::Rsqb | TokenKind::Rbrace if is_inside => {
                depth -= levels.pop().unwrap_or_default();
            }
            _ if chains(token) => {
                *here += 1;
                depth += 1;
            }
            _ => {}
        }
        if depth > NESTING_MAX || indents > INDENTS_MAX {
            return true;
        }
    }
}

/// Whether a token may put one expression into another.
fn chains(token: TokenKind) -> bool {
    token.as_unary_operator().is_some()
        || token.as_binary_operator().is_some()
        || matches!(
            token,
            TokenKind::Dot
                | TokenKind::If
                | TokenKind::Lambda
                | TokenKind::Await
                | TokenKind::Yield
                | TokenKind::ColonEqual
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Result<(), (FaultKind, u32, u32, &str)>) {
        let found = parse(text, &Lines::new(text), PythonVersion::PY311);
        let found = found
            .map(|_| ())
            .map_err(|fault| (fault.kind, fault.span.line, fault.span.column, fault.message));
        let found = match &found {
            Ok(()) => Ok(()),
            Err((kind, line, column, message)) => Err((*kind, *line, *column, message.as_str())),
        };
        assert_eq!(found, expected, "{}", &text[..text.len().min(80)]);
    }

    #[test]
    fn code_that_runs_has_no_fault() {
        for text in [
            "",
            "x = 1",
            "def rule(event):\n    return True\n",
            "x = 1\r\ny = 2\r\n",
            "match x:\n    case [1, *rest]:\n        pass\n",
            "def f():\n    global g\n    g = 1\n",
            "class A:\n    x = [y for y in range(3)]\n",
            "async def f():\n    async with a as b:\n        await b\n",
            "def f():\n    x: int\n    def g():\n        nonlocal x\n        x = 1\n",
            "try:\n    pass\nexcept ValueError:\n    raise; x = 1\n",
        ] {
            check(text, Ok(()));
        }
    }

    #[test]
    fn faults_have_a_place_and_a_reason() {
        let syntax = |line, column, message| Err((FaultKind::Syntax, line, column, message));
        check("def rule(event)\n    return True\n", syntax(1, 16, "expected `:`, found newline"));
        check(
            "def rule(event):\nreturn True\n",
            syntax(2, 1, "expected an indented block after function definition"),
        );
        check("x = 1\n  y = 2\n", syntax(2, 1, "unexpected indentation"));
        check("x = (1,\n", syntax(1, 5, "`(` was never closed"));
        check("x = f(a[1\ny = 2\nz = 3\n", syntax(1, 8, "`[` was never closed"));
        check("x = (1]\n", syntax(1, 7, "expected `)`, found `]`"));
        check("return 1\n", syntax(1, 1, "`return` statement outside of a function"));
        check("def f(a, a): pass\n", syntax(1, 10, "duplicate parameter \"a\""));
        check("x = '\0'\n", syntax(1, 6, "the code holds a null character"));
        check("é = 'ü' ü\n", syntax(1, 9, "simple statements must be separated by newlines or semicolons"));
    }

    #[test]
    fn newer_syntax_names_the_version() {
        let message = "cannot use `type` alias statement on Python 3.11 (syntax was added in Python 3.12)";
        check("type X = int\n", Err((FaultKind::TooNew, 1, 1, message)));
    }

    /// The stack of a test thread is as small as that of a worker of the runtime.
    #[test]
    fn hostile_depth_is_refused_and_legal_depth_is_walked() {
        for (open, close) in
            [("(", ")"), ("[", "]"), ("{1:", "}"), ("-", ""), ("not ", ""), ("f(", ")"), ("lambda: ", "")]
        {
            let nested = |count: usize| format!("x = {}1{}\n", open.repeat(count), close.repeat(count));
            check(&nested(90), Ok(()));
            let found = parse(&nested(100_000), &Lines::new("x"), PythonVersion::PY311);
            assert_eq!(found.map(|_| ()).unwrap_err().kind, FaultKind::TooDeep, "{open}");
        }
        for link in [".a", "()", "[0]", " + 1", " ** 1", " if 1 else 1"] {
            check(&format!("x = a{}\n", link.repeat(190)), Ok(()));
            let found =
                parse(&format!("x = a{}\n", link.repeat(100_000)), &Lines::new("x"), PythonVersion::PY311);
            assert_eq!(found.map(|_| ()).unwrap_err().kind, FaultKind::TooDeep, "{link}");
        }
        let indented = |count: usize| -> String {
            (0..count).map(|level| format!("{}if x:\n", " ".repeat(level))).collect::<String>()
                + &" ".repeat(count)
                + "pass\n"
        };
        check(&indented(99), Ok(()));
        let found = parse(&indented(200), &Lines::new("x"), PythonVersion::PY311);
        assert_eq!(found.map(|_| ()).unwrap_err().kind, FaultKind::TooDeep);
    }

    #[test]
    fn long_flat_code_is_not_deep() {
        let list: String = (0..5000).map(|n| format!("a.b({n}), ")).collect();
        check(&format!("x = [{list}]\n"), Ok(()));
        check(&format!("x = \"{}\"\n", "a.b.c(".repeat(1000)), Ok(()));
    }
}
