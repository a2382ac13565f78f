//! Checks of single files: opening comment, size, unfinished code, paths of somebody's machine.

use std::sync::LazyLock;

use regex::Regex;

use crate::problem::Problem;
use crate::tree::SourceText;

/// Longest source file.
pub const LINES_MAX: usize = 800;
/// How many of the longest files are named when one is too long.
const LONGEST_SHOWN: usize = 10;

/// Rust files that do not open with a module comment.
pub fn module_comments<'a>(files: impl IntoIterator<Item = &'a SourceText>) -> Vec<Problem> {
    files
        .into_iter()
        .filter(|file| !file.text.starts_with("//!"))
        .map(|file| {
            Problem::new(&file.path, 1, "open with `//!`: the module's role, neighbours and guarantees")
        })
        .collect()
}

/// Files of the web console that do not open with a comment.
pub fn opening_comments<'a>(files: impl IntoIterator<Item = &'a SourceText>) -> Vec<Problem> {
    files
        .into_iter()
        .filter(|file| !file.text.starts_with("// "))
        .map(|file| Problem::new(&file.path, 1, "open with `// `: what this file is"))
        .collect()
}

/// Lines of a lock file that say where a package was fetched from: that is a matter of one machine.
pub fn registries<'a>(files: impl IntoIterator<Item = &'a SourceText>) -> Vec<Problem> {
    matches(files, &RESOLVED, "names a registry; `console/.npmrc` keeps such lines out, install again")
}

static RESOLVED: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r#""resolved": *"[^"]*""#).expect("the pattern is a constant"));

/// Files that are too long; the message names the longest files of all.
pub fn file_size<'a>(files: impl IntoIterator<Item = &'a SourceText>) -> Vec<Problem> {
    let mut sizes: Vec<(usize, &SourceText)> =
        files.into_iter().map(|file| (file.text.lines().count(), file)).collect();
    sizes.sort_by_key(|(lines, _)| std::cmp::Reverse(*lines));
    let longest: Vec<String> = sizes
        .iter()
        .take(LONGEST_SHOWN)
        .map(|(lines, file)| format!("{} ({lines})", file.path.display()))
        .collect();
    sizes
        .iter()
        .filter(|(lines, _)| *lines > LINES_MAX)
        .map(|(lines, file)| {
            let message = format!(
                "{lines} lines; find the seam and split it, {LINES_MAX} is the most. Longest: {}",
                longest.join(", ")
            );
            Problem::new(&file.path, LINES_MAX + 1, message)
        })
        .collect()
}

/// Marks of code that is not done, in Rust and Python.
static UNFINISHED: LazyLock<Regex> = LazyLock::new(|| {
    // Written in pieces, so that this file passes its own check.
    let pattern =
        [r"\bto", r"do!|\bunimple", r"mented!|#\[ig", r"nore\b|\bTO", r"DO\b|\bFIX", r"ME\b"].concat();
    Regex::new(&pattern).expect("the pattern is a constant")
});

/// Lines that say that something is not done, or tests that do not run.
pub fn unfinished<'a>(files: impl IntoIterator<Item = &'a SourceText>) -> Vec<Problem> {
    matches(files, &UNFINISHED, "is left over; do it, or say in the documentation that it is not there")
}

/// Folders of a person or of one machine.
static MACHINE_PATH: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?:^|[^\w.~/-])/(?:root|home|work|Users)/[\w.]").expect("the pattern is a constant")
});

/// Lines that name a path of the machine on which they were written.
pub fn machine_paths<'a>(files: impl IntoIterator<Item = &'a SourceText>) -> Vec<Problem> {
    matches(files, &MACHINE_PATH, "is a path of one machine; write a relative one")
}

fn matches<'a>(
    files: impl IntoIterator<Item = &'a SourceText>,
    pattern: &Regex,
    message: &str,
) -> Vec<Problem> {
    let mut problems = Vec::new();
    for file in files {
        for (index, line) in file.text.lines().enumerate() {
            if let Some(found) = pattern.find(line) {
                let message = format!("`{}` {message}", found.as_str().trim());
                problems.push(Problem::new(&file.path, index + 1, message));
            }
        }
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &str) -> SourceText {
        SourceText { path: "crates/a/src/b.rs".into(), text: text.to_owned() }
    }

    fn check(find: impl Fn(&[SourceText]) -> Vec<Problem>, text: &str) -> Vec<String> {
        find(&[file(text)]).into_iter().map(|problem| problem.to_string()).collect()
    }

    #[test]
    fn a_file_without_module_comment_is_found() {
        assert_eq!(check(|files| module_comments(files), "//! Role.\n"), [""; 0]);
        let found = check(|files| module_comments(files), "use std::fmt;\n//! Late.\n");
        assert!(found[0].starts_with("crates/a/src/b.rs:1: open with"), "{found:?}");
    }

    #[test]
    fn a_file_of_the_console_without_comment_is_found() {
        assert_eq!(check(|files| opening_comments(files), "// What it is.\nimport 'a';\n"), [] as [&str; 0]);
        assert_eq!(check(|files| opening_comments(files), "import 'a';\n").len(), 1);
    }

    #[test]
    fn a_lock_file_that_names_a_registry_is_found() {
        assert_eq!(check(|files| registries(files), "{\"integrity\": \"sha512-0\"}\n"), [] as [&str; 0]);
        let line = "{\"resolved\": \"https://registry.example.com/a.tgz\"}\n";
        assert_eq!(check(|files| registries(files), line).len(), 1);
    }

    #[test]
    fn a_long_file_is_found_and_the_longest_are_named() {
        assert_eq!(check(|files| file_size(files), &"x\n".repeat(LINES_MAX)), [""; 0]);
        let found = check(|files| file_size(files), &"x\n".repeat(LINES_MAX + 1));
        assert!(found[0].starts_with("crates/a/src/b.rs:801: 801 lines"), "{found:?}");
        assert!(found[0].ends_with("Longest: crates/a/src/b.rs (801)"), "{found:?}");
    }

    #[test]
    fn unfinished_code_is_found() {
        for mark in [
            ["to", "do!()"],
            ["unimple", "mented!()"],
            ["#[ig", "nore]"],
            ["// TO", "DO: x"],
            ["# FIX", "ME"],
        ] {
            let found = check(|files| unfinished(files), &format!("fine\n{}\n", mark.concat()));
            assert_eq!(found.len(), 1, "{mark:?}");
            assert!(found[0].starts_with("crates/a/src/b.rs:2: `"), "{found:?}");
        }
        assert_eq!(check(|files| unfinished(files), "methodology, TODOS_MAX, ignore = 1\n"), [""; 0]);
    }

    #[test]
    fn paths_of_a_machine_are_found() {
        for folder in ["root", "home", "work", "Users"] {
            let found = check(|files| machine_paths(files), &format!("a\nlet x = \"/{folder}/ada/x\";\n"));
            assert_eq!(found.len(), 1, "{folder}");
            assert!(found[0].starts_with("crates/a/src/b.rs:2: "), "{found:?}");
        }
        for (before, after) in [("https://example.com", "/x"), ("..", "/x"), ("", "space/x")] {
            for folder in ["home", "work"] {
                let fine = format!("{before}/{folder}{after}");
                assert_eq!(check(|files| machine_paths(files), &fine), [""; 0], "{fine}");
            }
        }
    }
}
