//! Checks of the documentation: links that lead somewhere, metrics that are explained.

use std::path::{Component, Path, PathBuf};
use std::sync::LazyLock;

use regex::Regex;

use crate::problem::Problem;
use crate::tree::SourceText;

static LINK: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\]\(<?([^)\s>]+)>?(?:\s[^)]*)?\)").expect("the pattern is a constant"));
static SCHEME: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"^[a-z][a-z0-9+.-]*:").expect("the pattern is a constant"));
static METRIC: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"pub const \w+: &str = "(margay_\w+)""#).expect("the pattern is a constant")
});
static METRIC_ROW: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"^\| `(margay_\w+)").expect("the pattern is a constant"));

/// Relative links of Markdown files that lead nowhere; `exists` takes a path relative to the repository.
pub fn links<'a>(
    files: impl IntoIterator<Item = &'a SourceText>,
    exists: impl Fn(&Path) -> bool,
) -> Vec<Problem> {
    let mut problems = Vec::new();
    for file in files {
        let folder = file.path.parent().unwrap_or(Path::new(""));
        let mut in_code = false;
        for (index, line) in file.text.lines().enumerate() {
            if line.trim_start().starts_with("```") {
                in_code = !in_code;
            }
            if in_code {
                continue;
            }
            for found in LINK.captures_iter(line) {
                let target = &found[1];
                let path = target.split('#').next().unwrap_or_default();
                if path.is_empty() || SCHEME.is_match(target) {
                    continue;
                }
                let problem = match normal(&folder.join(path)) {
                    Some(path) if exists(&path) => continue,
                    Some(path) => format!("link to `{target}`: `{}` does not exist", path.display()),
                    None => format!("link to `{target}` leads out of the repository"),
                };
                problems.push(Problem::new(&file.path, index + 1, problem));
            }
        }
    }
    problems
}

/// Metrics that the page does not explain, and rows of the page about metrics that do not exist.
///
/// `names` is the file that declares them, `page` the one with a table whose rows begin with the name.
pub fn metrics(names: &SourceText, page: &SourceText) -> Vec<Problem> {
    let declared = rows(names, &METRIC);
    let explained = rows(page, &METRIC_ROW);
    let mut problems = Vec::new();
    for (line, name) in &declared {
        if !explained.iter().any(|(_, explained)| explained == name) {
            let message = format!("`{name}` has no row in the metrics table of `{}`", page.path.display());
            problems.push(Problem::new(&names.path, *line, message));
        }
    }
    for (line, name) in &explained {
        if !declared.iter().any(|(_, declared)| declared == name) {
            let message = format!("`{name}` is not declared in `{}`", names.path.display());
            problems.push(Problem::new(&page.path, *line, message));
        }
    }
    if declared.is_empty() {
        problems.push(Problem::new(
            &names.path,
            1,
            "no metric is declared here; the check reads the wrong file",
        ));
    }
    problems
}

fn rows(file: &SourceText, pattern: &Regex) -> Vec<(usize, String)> {
    file.text
        .lines()
        .enumerate()
        .filter_map(|(index, line)| Some((index + 1, pattern.captures(line)?[1].to_owned())))
        .collect()
}

/// The path without `.` and `..`; `None` when it leads above the repository.
fn normal(path: &Path) -> Option<PathBuf> {
    let mut normal = PathBuf::new();
    for component in path.components() {
        match component {
            Component::Normal(name) => normal.push(name),
            Component::CurDir => {}
            Component::ParentDir if normal.pop() => {}
            Component::ParentDir | Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    Some(normal)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, text: &str) -> SourceText {
        SourceText { path: path.into(), text: text.to_owned() }
    }

    fn check(text: &str) -> Vec<String> {
        let files = [file("docs/a.md", text)];
        let exists = |path: &Path| path == Path::new("README.md") || path == Path::new("docs/b.md");
        links(&files, exists).into_iter().map(|problem| problem.to_string()).collect()
    }

    #[test]
    fn links_that_lead_somewhere_pass() {
        let text = "[a](b.md) [b](../README.md#top) [c](#here) [d](https://example.com/x.md) ![e](<b.md>)\n```\n[x](y)\n```\n";
        assert_eq!(check(text), [""; 0]);
    }

    #[test]
    fn links_that_lead_nowhere_are_found() {
        let found = check("fine\n[a](b.md) and [b](gone.md#part)\n[c](../../outside.md)\n");
        assert_eq!(
            found,
            [
                "docs/a.md:2: link to `gone.md#part`: `docs/gone.md` does not exist",
                "docs/a.md:3: link to `../../outside.md` leads out of the repository",
            ]
        );
    }

    #[test]
    fn metrics_without_a_row_and_rows_without_a_metric_are_found() {
        let names = file(
            "m.rs",
            "//! x\npub const A: &str = \"margay_a_total\";\npub const B: &str = \"margay_b\";\n",
        );
        let page = file("ops.md", "| `margay_a_total{source}` | x |\n| `margay_c` | y |\n");
        let found: Vec<String> = metrics(&names, &page).iter().map(ToString::to_string).collect();
        assert_eq!(
            found,
            [
                "m.rs:3: `margay_b` has no row in the metrics table of `ops.md`",
                "ops.md:2: `margay_c` is not declared in `m.rs`",
            ]
        );
        assert_eq!(metrics(&file("m.rs", ""), &file("ops.md", "")).len(), 1);
    }
}
