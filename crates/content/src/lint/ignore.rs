//! `# margay: ignore[C108]`: warnings that somebody has looked at and does not want to see again.
//!
//! At the end of a line it is about that line, on a line of its own about the next one, and
//! `ignore-file[…]` anywhere about the whole file. It works in YAML and in Python. Errors are not ignored.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::codes::{self, CODES};
use crate::diagnostic::{Diagnostic, Level};
use crate::yaml::Span;

/// What begins the comment.
const MARK: &str = "margay:";

/// Codes that depend on where the check runs: what is ignored there may not show here.
const DEPENDENT: [&str; 6] = ["C103", "C113", "C150", "C151", "C161", "C167"];

/// Findings that are left.
#[derive(Debug, PartialEq, Eq)]
pub struct Kept {
    /// Those that are not ignored, and those about comments that ignore nothing.
    pub findings: Vec<Diagnostic>,
    /// How many are ignored.
    pub ignored: usize,
}

/// Takes out the warnings that comments in `files` (path and text) or `codes` ask to ignore.
pub fn apply_ignores<'f>(
    findings: Vec<Diagnostic>,
    files: impl IntoIterator<Item = (&'f Path, &'f str)>,
    codes: &BTreeSet<&str>,
) -> Kept {
    let mut comments: BTreeMap<&Path, Vec<Comment>> = BTreeMap::new();
    for (path, text) in files {
        if text.contains(MARK) {
            comments.insert(path, comments_of(text));
        }
    }
    let count = findings.len();
    let mut kept: Vec<Diagnostic> = findings
        .into_iter()
        .filter(|finding| finding.level == Level::Error || !is_ignored(finding, &mut comments))
        .collect();
    let by_comments = count - kept.len();
    for (path, comments) in &comments {
        kept.extend(comments.iter().flat_map(|comment| useless(path, comment)));
    }
    let left = kept.len();
    kept.retain(|finding| finding.level == Level::Error || !codes.contains(finding.code));
    let by_codes = left - kept.len();
    Kept { findings: kept, ignored: by_comments + by_codes }
}

struct Comment {
    /// The line that it is about; `None` is the whole file.
    line: Option<u32>,
    span: Span,
    codes: Vec<Named>,
}

/// A code that a comment names.
struct Named {
    code: String,
    is_used: bool,
}

fn is_ignored(finding: &Diagnostic, comments: &mut BTreeMap<&Path, Vec<Comment>>) -> bool {
    let Some(comments) = comments.get_mut(finding.file.as_path()) else { return false };
    let mut is_ignored = false;
    for comment in comments.iter_mut().filter(|comment| comment.line.is_none_or(|line| line == finding.line))
    {
        for named in comment.codes.iter_mut().filter(|named| named.code == finding.code) {
            named.is_used = true;
            is_ignored = true;
        }
    }
    is_ignored
}

fn useless(path: &Path, comment: &Comment) -> Vec<Diagnostic> {
    let finding = |message: String, hint: &str| Diagnostic {
        file: path.to_owned(),
        line: comment.span.line,
        column: comment.span.column,
        end_line: comment.span.end_line,
        end_column: comment.span.end_column,
        code: codes::USELESS_IGNORE.code,
        level: codes::USELESS_IGNORE.level,
        item_id: None,
        message,
        hint: Some(hint.to_owned()),
    };
    if comment.codes.is_empty() {
        let message = "this comment names no code to ignore".to_owned();
        return vec![finding(
            message,
            "write it as `# margay: ignore[C108]` or `# margay: ignore-file[C108]`",
        )];
    }
    let unused =
        comment.codes.iter().filter(|named| !named.is_used && !DEPENDENT.contains(&named.code.as_str()));
    let report = |named: &Named| {
        let code = &named.code;
        match CODES.iter().find(|known| known.code == code) {
            None => finding(format!("there is no code `{code}`"), "remove it, or correct it"),
            Some(known) if known.level == Level::Error => finding(
                format!("`{code}` is an error, and errors are not ignored"),
                "remove it, and mend the error",
            ),
            Some(_) => finding(format!("there is no `{code}` to ignore here"), "remove it"),
        }
    };
    unused.map(report).collect()
}

/// The comments of a text.
fn comments_of(text: &str) -> Vec<Comment> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let lines: Vec<&str> = text.lines().collect();
    let number = |index: usize| u32::try_from(index + 1).unwrap_or(u32::MAX);
    let mut comments = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        let Some((start, body)) = comment_in(line) else { continue };
        let (is_file, list) = match body.strip_prefix("ignore") {
            Some(rest) => match rest.strip_prefix("-file") {
                Some(rest) => (true, rest),
                None => (false, rest),
            },
            None => continue,
        };
        let is_own_line = line[..start].trim().is_empty();
        let about = if is_own_line {
            let next = lines.iter().enumerate().skip(index + 1).find(|(_, line)| !is_comment_or_blank(line));
            next.map_or(index, |(next, _)| next)
        } else {
            index
        };
        let column = number(line[..start].chars().count());
        comments.push(Comment {
            line: (!is_file).then(|| number(about)),
            span: Span {
                line: number(index),
                column,
                end_line: number(index),
                end_column: number(line.trim_end().chars().count()),
            },
            codes: codes_in(list),
        });
    }
    comments
}

/// Where a `#` comment of ours begins, and what follows the mark.
fn comment_in(line: &str) -> Option<(usize, &str)> {
    let mark = line.find(MARK)?;
    let before = line[..mark].trim_end();
    let start = before.len().checked_sub(1)?;
    let is_comment = before.ends_with('#') && (start == 0 || line[..start].ends_with([' ', '\t']));
    is_comment.then(|| (start, line[mark + MARK.len()..].trim_start()))
}

fn is_comment_or_blank(line: &str) -> bool {
    let line = line.trim_start();
    line.is_empty() || line.starts_with('#')
}

/// `[C108, C109]`.
fn codes_in(list: &str) -> Vec<Named> {
    let Some((inside, _)) = list.strip_prefix('[').and_then(|list| list.split_once(']')) else {
        return Vec::new();
    };
    let named = |code: &str| Named { code: code.trim().to_owned(), is_used: false };
    inside.split(',').filter(|code| !code.trim().is_empty()).map(named).collect()
}
