//! Collects the findings of one file.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use crate::codes::Code;
use crate::diagnostic::{Diagnostic, Level};
use crate::yaml::{Span, YamlError};

/// The findings of one file, in the order in which they were made.
pub(crate) struct Report<'a> {
    pub(crate) file: Cow<'a, Path>,
    pub(crate) item_id: Option<String>,
    pub(crate) findings: Vec<Diagnostic>,
}

impl<'a> Report<'a> {
    pub(crate) fn new(file: &'a Path) -> Self {
        Report { file: Cow::Borrowed(file), item_id: None, findings: Vec::new() }
    }

    /// Goes on with what was found about an item.
    pub(crate) fn of_item(file: PathBuf, item_id: String, findings: Vec<Diagnostic>) -> Self {
        Report { file: Cow::Owned(file), item_id: Some(item_id), findings }
    }

    pub(crate) fn add(&mut self, code: &'static Code, span: Span, message: String) {
        self.add_with_hint(code, span, message, None);
    }

    pub(crate) fn add_with_hint(
        &mut self,
        code: &'static Code,
        span: Span,
        message: String,
        hint: Option<String>,
    ) {
        self.findings.push(Diagnostic {
            file: self.file.to_path_buf(),
            line: span.line,
            column: span.column,
            end_line: span.end_line,
            end_column: span.end_column,
            code: code.code,
            level: code.level,
            item_id: self.item_id.clone(),
            message,
            hint,
        });
    }

    pub(crate) fn add_yaml(&mut self, error: YamlError) {
        self.add_with_hint(error.code, error.span, error.message, error.hint);
    }

    /// How many errors there are so far.
    pub(crate) fn error_count(&self) -> usize {
        self.findings.iter().filter(|finding| finding.level == Level::Error).count()
    }

    /// The first error, when there is one.
    pub(crate) fn first_error(&self) -> Option<&Diagnostic> {
        self.findings.iter().find(|finding| finding.level == Level::Error)
    }
}
