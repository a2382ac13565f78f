//! What was expected beside what came instead.

use python_host::Difference;

use super::paint::Paint;
use crate::commands::escape::line;

/// Writes two lines for single values, and for lists one line an entry: `-` was expected and is missing,
/// `+` was not expected.
pub(super) fn write_difference(out: &mut String, indent: &str, difference: &Difference, paint: Paint) {
    let Difference { expected, actual } = difference;
    if let ([expected], [actual]) = (&expected[..], &actual[..]) {
        for (word, value, is_good) in [("expected: ", expected, true), ("actual:   ", actual, false)] {
            out.push_str(&format!("{indent}{}\n", paint.text(&format!("{word}{}", line(value)), is_good)));
        }
        return;
    }
    let mut entries: Vec<&String> = expected.iter().chain(actual).collect();
    entries.sort();
    entries.dedup();
    for entry in entries {
        let shown = line(entry);
        let text = match (expected.contains(entry), actual.contains(entry)) {
            (true, false) => paint.text(&format!("- {shown}"), false),
            (false, _) => paint.text(&format!("+ {shown}"), true),
            (true, true) => format!("  {shown}"),
        };
        out.push_str(&format!("{indent}{text}\n"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(expected: &[&str], actual: &[&str], color: bool) -> String {
        let texts = |list: &[&str]| list.iter().map(|&text| text.to_owned()).collect();
        let difference = Difference { expected: texts(expected), actual: texts(actual) };
        let mut out = String::new();
        write_difference(&mut out, "  ", &difference, Paint::new(color));
        out
    }

    #[test]
    fn single_values_stand_below_each_other() {
        assert_eq!(written(&["true"], &["false"], false), "  expected: true\n  actual:   false\n");
        assert_eq!(
            written(&["a"], &["b"], true),
            "  \u{1b}[32mexpected: a\u{1b}[0m\n  \u{1b}[31mactual:   b\u{1b}[0m\n"
        );
    }

    #[test]
    fn lists_show_what_is_missing_and_what_is_new() {
        assert_eq!(written(&["a", "b"], &["b", "c"], false), "  - a\n    b\n  + c\n");
        assert_eq!(written(&["a"], &[], false), "  - a\n");
        assert_eq!(written(&[], &["a"], false), "  + a\n");
    }
}
