//! Shows a finding to a person, with the line it is about.

use unicode_width::UnicodeWidthStr;

use crate::diagnostic::{Diagnostic, Level};

/// Longest part of a source line that is shown, in characters.
const LINE_CHARS_MAX: usize = 120;
/// What a tab is shown as.
const TAB_COLUMNS: usize = 4;

/// Writes a finding as several lines: level, code and message; the place; the source line with a mark under
/// the range, when `source` (the text of the file) has it; the hint. `color` adds ANSI colours.
pub fn render_text(diagnostic: &Diagnostic, source: &str, color: bool) -> String {
    let (word, paint) = match diagnostic.level {
        Level::Error => ("error", "\u{1b}[31m"),
        Level::Warning => ("warning", "\u{1b}[33m"),
    };
    let (paint, reset) = if color { (paint, "\u{1b}[0m") } else { ("", "") };
    let Diagnostic { file, line, column, code, message, .. } = diagnostic;
    let gutter = " ".repeat(line.to_string().len());
    let mut out = format!("{paint}{word}[{code}]{reset}: {message}\n");
    out += &format!("{gutter}--> {}:{line}:{column}\n", file.display());
    if let Some((shown, mark)) = excerpt(diagnostic, source) {
        out += &format!("{gutter} |\n{line} | {shown}\n{gutter} | {paint}{mark}{reset}\n");
    }
    if let Some(hint) = &diagnostic.hint {
        out += &format!("{gutter} = help: {hint}\n");
    }
    out
}

/// The first line of the range and the mark under it, in columns of a terminal.
fn excerpt(diagnostic: &Diagnostic, source: &str) -> Option<(String, String)> {
    let index = usize::try_from(diagnostic.line).ok()?.checked_sub(1)?;
    let line: Vec<char> = source.trim_start_matches('\u{feff}').lines().nth(index)?.chars().collect();
    let start = usize::try_from(diagnostic.column).ok()?.checked_sub(1)?.min(line.len());
    let end = if diagnostic.end_line == diagnostic.line {
        usize::try_from(diagnostic.end_column).ok()?.saturating_sub(1)
    } else {
        line.len()
    };
    let end = end.clamp(start, line.len());
    let first = if start > LINE_CHARS_MAX { start - LINE_CHARS_MAX / 2 } else { 0 };
    let last = line.len().min(first + LINE_CHARS_MAX);
    let (before, after) = (if first > 0 { "…" } else { "" }, if last < line.len() { "…" } else { "" });
    let show = |part: &[char]| part.iter().map(|c| shown(*c)).collect::<String>();
    let indent = before.width() + show(&line[first..start]).width();
    let width = show(&line[start..end.min(last).max(start)]).width().max(1);
    let text = format!("{before}{}{after}", show(&line[first..last]));
    Some((text.trim_end().to_owned(), format!("{}{}", " ".repeat(indent), "^".repeat(width))))
}

/// A character as it is shown: a tab as spaces, what cannot be seen as a space.
fn shown(c: char) -> String {
    match c {
        '\t' => " ".repeat(TAB_COLUMNS),
        c if c.is_control() => " ".to_owned(),
        c => c.to_string(),
    }
}
