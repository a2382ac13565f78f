//! Files that cannot be read, as findings and invalid items.

use std::collections::HashSet;
use std::path::PathBuf;

use content::{Diagnostic, Item, ItemState, Level, Repository};
use serde_json::Map;

/// What is wrong with one file or link.
#[derive(Debug, Clone)]
pub(super) struct Problem {
    pub(super) file: PathBuf,
    pub(super) line: u32,
    pub(super) kind: ProblemKind,
    pub(super) message: String,
    pub(super) hint: Option<String>,
}

/// Kinds of problem; each has a code of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ProblemKind {
    TooLarge,
    Unreadable,
    Link,
}

impl ProblemKind {
    fn code(self) -> (&'static str, Level) {
        match self {
            ProblemKind::TooLarge => ("C003", Level::Error),
            ProblemKind::Unreadable => ("C015", Level::Error),
            ProblemKind::Link => ("C107", Level::Warning),
        }
    }
}

impl Problem {
    fn diagnostic(self, item_id: Option<String>) -> Diagnostic {
        let (code, level) = self.kind.code();
        Diagnostic {
            file: self.file,
            line: self.line,
            column: 1,
            end_line: self.line,
            end_column: 2,
            code,
            level,
            item_id,
            message: self.message,
            hint: self.hint,
        }
    }
}

/// Adds the problems: a YAML file becomes an invalid item, an item whose Python file is at fault becomes
/// invalid, a Python file that nothing names is nobody's problem.
pub(super) fn apply(problems: Vec<Problem>, repository: &mut Repository, selected: &mut HashSet<PathBuf>) {
    for problem in problems {
        if problem.kind == ProblemKind::Link {
            selected.insert(problem.file.clone());
            repository.findings.push(problem.diagnostic(None));
        } else if problem.file.extension().is_some_and(|extension| extension == "py") {
            apply_to_namesakes(&problem, repository, selected);
        } else {
            selected.insert(problem.file.clone());
            let name = problem.file.file_name().unwrap_or_default().to_string_lossy().into_owned();
            repository.items.push(Item {
                id: name,
                analysis_type: String::new(),
                file: problem.file.clone(),
                line: 1,
                fields: Map::new(),
                test_count: 0,
                state: ItemState::Invalid { reason: problem.message.clone(), line: problem.line },
            });
            repository.findings.push(problem.diagnostic(None));
        }
    }
}

/// The Python file was handed over as an empty text, so that its items are known.
fn apply_to_namesakes(problem: &Problem, repository: &mut Repository, selected: &mut HashSet<PathBuf>) {
    for item in &mut repository.items {
        if super::python_path(item).as_ref() != Some(&problem.file) {
            continue;
        }
        let reason = format!("`{}`: {}", problem.file.display(), problem.message);
        item.state = ItemState::Invalid { reason, line: item.line };
        // Whether its functions are there is not known.
        let is_unknown = |code| matches!(code, "C052" | "C056");
        repository.findings.retain(|finding| !(is_unknown(finding.code) && finding.file == item.file));
        if selected.contains(&item.file) {
            selected.insert(problem.file.clone());
        }
        repository.findings.push(problem.clone().diagnostic(Some(item.id.clone())));
    }
}
