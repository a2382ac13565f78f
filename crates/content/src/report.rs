//! Collects the findings of one file.

use std::path::Path;

use crate::codes::Code;
use crate::diagnostic::{Diagnostic, Level};
use crate::yaml::{Span, YamlError};

/// The findings of one file, in the order in which they were made.
pub(crate) struct Report<'a> {
    pub(crate) file: &'a Path,
    pub(crate) item_id: Option<String>,
    pub(crate) findings: Vec<Diagnostic>,
}

impl<'a> Report<'a> {
    pub(crate) fn new(file: &'a Path) -> Self {
        Report { file, item_id: None, findings: Vec::new() }
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
            file: self.file.to_owned(),
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

    /// The first error, when there is one.
    pub(crate) fn first_error(&self) -> Option<&Diagnostic> {
        self.findings.iter().find(|finding| finding.level == Level::Error)
    }
}
