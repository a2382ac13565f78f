//! `# margay: ignore[…]`.

use std::collections::BTreeSet;
use std::path::Path;

use content::{Diagnostic, Kept, Level, apply_ignores};

fn finding(line: u32, code: &'static str) -> Diagnostic {
    Diagnostic {
        file: "r.yml".into(),
        line,
        column: 1,
        end_line: line,
        end_column: 2,
        code,
        level: if code < "C100" { Level::Error } else { Level::Warning },
        item_id: None,
        message: "m".to_owned(),
        hint: None,
    }
}

/// What is left of findings in a text: `code line`, and how many are ignored.
fn left(text: &str, findings: &[(u32, &'static str)], codes: &[&str]) -> (Vec<String>, usize) {
    let findings = findings.iter().map(|(line, code)| finding(*line, code)).collect();
    let codes: BTreeSet<&str> = codes.iter().copied().collect();
    let Kept { findings, ignored } = apply_ignores(findings, [(Path::new("r.yml"), text)], &codes);
    (findings.iter().map(|finding| format!("{} {}", finding.code, finding.line)).collect(), ignored)
}

#[track_caller]
fn check(text: &str, findings: &[(u32, &'static str)], expected: &[&str], ignored: usize) {
    let (left, count) = left(text, findings, &[]);
    assert_eq!(
        (left.iter().map(String::as_str).collect::<Vec<_>>().as_slice(), count),
        (expected, ignored),
        "{text}"
    );
}

#[test]
fn a_comment_is_about_its_line_the_next_one_or_the_file() {
    check("a: 1 # margay: ignore[C108]\nb: 2\n", &[(1, "C108"), (2, "C108")], &["C108 2"], 1);
    check("# margay: ignore[C108]\n\n# why\na: 1\nb: 2\n", &[(4, "C108"), (5, "C108")], &["C108 5"], 1);
    check(
        "a: 1\nb: 2\n  # margay: ignore-file[C108]\n",
        &[(1, "C108"), (2, "C108"), (2, "C109")],
        &["C109 2"],
        2,
    );
    check("a: 1 # margay: ignore[C108, C109]\n", &[(1, "C108"), (1, "C109"), (1, "C110")], &["C110 1"], 2);
    check("\u{feff}a: 1 #margay:ignore[C108]\n", &[(1, "C108")], &[], 1);
    check("a: 1 # because margay: ignore[C108]\n", &[(1, "C108")], &["C108 1"], 0);
    check("a: b#margay: ignore[C108]\n", &[(1, "C108")], &["C108 1"], 0);
}

#[test]
fn errors_are_never_ignored() {
    check("a: 1 # margay: ignore[C005]\n", &[(1, "C005")], &["C005 1", "C181 1"], 0);
    assert_eq!(left("", &[(1, "C005"), (1, "C108")], &["C005", "C108"]), (vec!["C005 1".to_owned()], 1));
}

#[test]
fn comments_that_ignore_nothing_are_found() {
    for (text, expected) in [
        ("# margay: ignore[C108]\na: 1\n", &["C181 1"][..]),
        ("# margay: ignore[C999]\n", &["C181 1"]),
        ("# margay: ignore\n", &["C181 1"]),
        ("# margay: ignore[]\n", &["C181 1"]),
        ("# margay: ignore[C108\n", &["C181 1"]),
        ("# margay: ignore[C108, C109]\n", &["C181 1", "C181 1"]),
        // Whether these are found depends on the machine.
        ("# margay: ignore[C103, C113, C150]\n", &[]),
        ("# margay: something else\n", &[]),
    ] {
        check(text, &[], expected, 0);
    }
    assert_eq!(left("# margay: ignore[C108]\n", &[], &["C181"]), (Vec::new(), 1));
}

#[test]
fn a_finding_may_be_ignored_twice_and_counts_once() {
    check("# margay: ignore-file[C108]\na: 1 # margay: ignore[C108]\n", &[(2, "C108")], &[], 1);
}
