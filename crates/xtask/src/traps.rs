//! What public detection content stumbles over: each trap has a number, and tests that are called by it.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::LazyLock;

use regex::Regex;

use crate::problem::Problem;
use crate::tree::SourceText;

/// The traps, from 1: what an engine has to do, or authors have to know.
pub const TRAPS: [&str; 34] = [
    "`get` keeps an explicit null, `deep_get` replaces it, `udm` replaces whatever is falsy unless it is mapped",
    "`deep_walk` knows letter case and gives plain containers",
    "of keys that differ in case alone the exact one is found, else the first",
    "a mapping that finds nothing hides `p_udm` and the field of the same name",
    "several matches of one JSONPath raise, in a rule that is a detection error",
    "containers of events are no `dict` and `list`, cannot be hashed, and may show in titles",
    "a verdict that is no bool is an error and no match",
    "a failed `title` and no `title` make different dedup strings",
    "`severity` may return DEFAULT, and an unknown word is the configured severity",
    "`destinations`: an unknown or repeated name costs itself alone, an empty list the delivery alone",
    "an alert context that is too large is replaced, not cut",
    "alert functions run in tests also when the rule is false, in production they do not",
    "alert functions see what the rule left in its module",
    "an imported name counts as a definition",
    "a policy alerts on `False`, and gets a `dict`, in tests under `Resource`",
    "`p_log_type` of a test's event picks the data model",
    "YAML: `On` and `None` are texts, unquoted account ids numbers, times texts",
    "an id is taken for items of every type",
    "an installed module wins over a global of the same id",
    "scheduled rules have neither data models nor inline filters",
    "a dedup period of 0 groups all the same",
    "dedup windows begin with the first match, by the time of processing",
    "a threshold counts matches, with `unique` distinct values; errors pass it by",
    "the summary of tests counts each item once",
    "correlation tests mix minutes and times, and their values are texts",
    "a group has no order, a sequence has",
    "shared addresses are neither private nor public, multicast is public",
    "filters: values of the wrong type are errors, `in` beside a text is no search",
    "`event_time_epoch` is 0 for a time that ends in `Z`",
    "an expired counter answers the increment and keeps its total",
    "mocks replace names of the detection's module alone",
    "`CreateAlert: false` changes nothing in tests but what is shown",
    "what depends on clocks and on the world outside is pinned or mocked",
    "tests of one detection share its module and run in order",
];

/// Where the list stands.
const LIST: &str = "crates/xtask/src/traps.rs";

static RUST_TEST: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"#\[(?:tokio::test|test|rstest)\b[^\]]*\]\s*(?:#\[[^\]]*\]\s*)*(?:pub(?:\([^)]*\))? )?(?:async )?fn trap_(\d\d)_")
        .expect("the pattern is a constant")
});
static PYTHON_TEST: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?m)^\s+def test_trap_(\d\d)_").expect("the pattern is a constant"));

/// Traps without a test that is called `trap_NN_…` (`test_trap_NN_…` in Python), and numbers without a trap.
pub fn traps<'a>(files: impl IntoIterator<Item = &'a SourceText>) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut tested = BTreeSet::new();
    for file in files {
        let pattern = if file.ends_in("py") { &PYTHON_TEST } else { &RUST_TEST };
        for found in pattern.captures_iter(&file.text) {
            let number: usize = found[1].parse().unwrap_or_default();
            if (1..=TRAPS.len()).contains(&number) {
                tested.insert(number);
                continue;
            }
            let at = found.get(0).map_or(0, |whole| whole.end());
            let line = file.text[..at].lines().count();
            let message =
                format!("there is no trap {number:02}; add it to `{LIST}`, or mend the name of the test");
            problems.push(Problem::new(&file.path, line, message));
        }
    }
    for (number, trap) in (1..).zip(TRAPS).filter(|(number, _)| !tested.contains(number)) {
        let message = format!("no test is called `trap_{number:02}_…`: {trap}; write one");
        problems.push(Problem::new(Path::new(LIST), 1, message));
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, text: String) -> SourceText {
        SourceText { path: path.into(), text }
    }

    /// A file with a test for every trap but those left out.
    fn all_but(left_out: &[usize]) -> SourceText {
        let tests = (1..=TRAPS.len()).filter(|number| !left_out.contains(number));
        let text = tests.map(|number| format!("#[test]\nfn trap_{number:02}_is_tested() {{}}\n")).collect();
        file("crates/a/tests/it/traps.rs", text)
    }

    fn check(files: &[SourceText]) -> Vec<String> {
        traps(files).into_iter().map(|problem| problem.to_string()).collect()
    }

    #[test]
    fn every_trap_without_a_test_is_named() {
        assert_eq!(check(&[all_but(&[])]), [""; 0]);
        for number in 1..=TRAPS.len() {
            let found = check(&[all_but(&[number])]);
            assert_eq!(found.len(), 1, "{found:?}");
            assert!(found[0].contains(&format!("`trap_{number:02}_…`: {}", TRAPS[number - 1])), "{found:?}");
        }
        assert_eq!(check(&[]).len(), TRAPS.len());
    }

    #[test]
    fn every_form_of_a_test_counts_and_nothing_else() {
        let name = "trap_05_x";
        for (path, text, counts) in [
            ("a.rs", format!("#[tokio::test]\nasync fn {name}() {{}}"), true),
            ("a.rs", format!("#[rstest]\n#[case::a(1)]\nfn {name}() {{}}"), true),
            ("a.rs", format!("#[test]\n#[cfg(unix)]\nfn {name}() {{}}"), true),
            ("a.rs", format!("fn {name}() {{}}"), false),
            ("a.rs", format!("// #[test] {name}"), false),
            ("a.py", format!("class A:\n    def test_{name}(self):\n        pass\n"), true),
            ("a.py", format!("class A:\n    def {name}(self):\n        pass\n"), false),
            ("a.py", format!("def test_{name}():\n    pass\n"), false),
        ] {
            let found = check(&[all_but(&[5]), file(path, text.clone())]);
            assert_eq!(found.is_empty(), counts, "{text}: {found:?}");
        }
    }

    #[test]
    fn a_number_without_a_trap_is_found_where_it_stands() {
        let beyond = TRAPS.len() + 1;
        let text = format!("\n#[test]\nfn trap_{beyond}_x() {{}}\n");
        let found = check(&[all_but(&[]), file("a.rs", text)]);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].starts_with(&format!("a.rs:3: there is no trap {beyond}")), "{found:?}");
    }
}
