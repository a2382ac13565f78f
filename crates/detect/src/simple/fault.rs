//! Why an evaluation has no answer.

use std::fmt;

/// An error of an evaluation: the class of the Python exception that the reference product raises, and what
/// is wrong with which value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EvaluationError {
    /// Class of the exception.
    pub class: &'static str,
    /// Names the condition, the key and the value.
    pub message: String,
}

impl fmt::Display for EvaluationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.class, self.message)
    }
}

/// What a comparison says about values that it does not take.
#[derive(Debug)]
pub(super) struct Fault {
    pub(super) class: &'static str,
    pub(super) text: String,
}

impl Fault {
    pub(super) fn types(text: String) -> Fault {
        Fault { class: "TypeError", text }
    }

    pub(super) fn value(text: String) -> Fault {
        Fault { class: "ValueError", text }
    }

    pub(super) fn filter(text: String) -> Fault {
        Fault { class: "FilterException", text }
    }
}
