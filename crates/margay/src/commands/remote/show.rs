//! A plan for people.

use super::plan::{Change, Counts, Plan};
use crate::commands::escape;

/// So many changes are listed where texts are not shown.
const LISTED_MAX: usize = 40;

/// How much is shown.
#[derive(Clone, Copy)]
pub(super) struct Style {
    pub(super) color: bool,
    /// Every change, with the texts of what is modified; else the first changes only.
    pub(super) shows_texts: bool,
}

/// The changes, then what they are in numbers.
pub(super) fn render(plan: &Plan, style: Style) -> String {
    let mut out = String::new();
    let shown = if style.shows_texts { plan.changes.len() } else { plan.changes.len().min(LISTED_MAX) };
    for change in &plan.changes[..shown] {
        let Change { what, kind, id, path, diff } = change;
        let place = if path == id { String::new() } else { format!("  {}", escape::line(path)) };
        out += &format!("{:<8}  {kind}  {}{place}\n", what.word(), escape::line(id));
        if style.shows_texts && !diff.is_empty() {
            write_diff(&mut out, diff, style.color);
        }
    }
    let rest = plan.changes.len() - shown;
    if rest > 0 {
        out += &format!("… and {rest} more; `margay diff` shows all\n");
    }
    if !plan.changes.is_empty() {
        out.push('\n');
    }
    out + &counts(plan)
}

/// A line for each kind.
fn counts(plan: &Plan) -> String {
    let line = |(kind, counts): (&&str, &Counts)| {
        let Counts { new, modified, deleted, unchanged } = counts;
        let numbers = [(new, "new"), (modified, "modified"), (deleted, "deleted"), (unchanged, "unchanged")];
        let numbers: Vec<String> = numbers
            .iter()
            .filter(|(count, _)| **count > 0)
            .map(|(count, word)| format!("{count} {word}"))
            .collect();
        format!("{kind}: {}\n", numbers.join(", "))
    };
    plan.kinds.iter().map(line).collect()
}

fn write_diff(out: &mut String, diff: &str, color: bool) {
    for line in escape::lines(diff).lines() {
        let code = match line.as_bytes().first() {
            Some(b'+') => "32",
            Some(b'-') => "31",
            Some(b'@') => "36",
            _ => "",
        };
        if color && !code.is_empty() {
            out.push_str(&format!("\u{1b}[{code}m{line}\u{1b}[0m\n"));
        } else {
            out.push_str(line);
            out.push('\n');
        }
    }
    out.push('\n');
}
