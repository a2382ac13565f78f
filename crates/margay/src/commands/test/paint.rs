//! Colours of the text report.

/// Green for what is well and red for what is not, where colours are wanted.
#[derive(Clone, Copy)]
pub(super) struct Paint {
    color: bool,
}

impl Paint {
    pub(super) fn new(color: bool) -> Paint {
        Paint { color }
    }

    /// `PASS` or `FAIL`.
    pub(super) fn word(self, passed: bool) -> String {
        self.text(if passed { "PASS" } else { "FAIL" }, passed)
    }

    /// A count, red when it is not well.
    pub(super) fn count(self, count: usize, is_good: bool) -> String {
        if is_good { count.to_string() } else { self.text(&count.to_string(), false) }
    }

    /// A text in green or red.
    pub(super) fn text(self, text: &str, is_good: bool) -> String {
        if !self.color {
            return text.to_owned();
        }
        let code = if is_good { 32 } else { 31 };
        format!("\u{1b}[{code}m{text}\u{1b}[0m")
    }
}
