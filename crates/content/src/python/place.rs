//! From byte offsets to lines and columns.

use ruff_text_size::{TextRange, TextSize};

use crate::yaml::Span;

/// Where the lines of a text begin.
pub(super) struct Lines<'a> {
    text: &'a str,
    starts: Vec<usize>,
}

impl<'a> Lines<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        let after_breaks = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at + 1);
        Lines { text, starts: std::iter::once(0).chain(after_breaks).collect() }
    }

    /// The place of a range; an empty one is one character wide.
    pub(super) fn span(&self, range: TextRange) -> Span {
        let (line, column) = self.position(range.start());
        let (end_line, end_column) = self.position(range.end());
        if (end_line, end_column) > (line, column) {
            Span { line, column, end_line, end_column }
        } else {
            Span { line, column, end_line: line, end_column: column + 1 }
        }
    }

    fn position(&self, offset: TextSize) -> (u32, u32) {
        let mut offset = offset.to_usize().min(self.text.len());
        while !self.text.is_char_boundary(offset) {
            offset -= 1;
        }
        let line = self.starts.partition_point(|start| *start <= offset) - 1;
        let column = self.text[self.starts[line]..offset].chars().count();
        let number = |value: usize| u32::try_from(value + 1).unwrap_or(u32::MAX);
        (number(line), number(column))
    }
}
