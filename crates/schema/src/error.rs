//! What can be wrong: with a schema ([`SchemaError`]), and with an entry ([`Mismatch`]).

use std::borrow::Cow;
use std::fmt;

/// A schema that cannot be used. Lines and columns count from 1.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SchemaError {
    /// The text is no YAML: correct the text.
    #[error("{file}:{line}:{column}: {message}")]
    Syntax {
        /// The file, as handed over.
        file: String,
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
        /// What the YAML parser said.
        message: String,
    },
    /// The YAML breaks a rule of the schema language: correct the named place.
    #[error("{file}:{line}:{column}: `{path}`: {message}")]
    Invalid {
        /// The file, as handed over.
        file: String,
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
        /// Dotted path of field names and keys, `schema` for the document itself.
        path: String,
        /// The rule that is broken.
        message: String,
    },
    /// Another schema has this name, in whatever letter case: choose another one.
    #[error("{file}: log type `{log_type}` is already defined; choose another name")]
    NameTaken {
        /// The file, as handed over.
        file: String,
        /// The name, as written in the file.
        log_type: String,
    },
}

/// A fault in a schema before the file's name is known.
#[derive(Clone, Debug)]
pub(crate) struct Problem {
    pub(crate) line: usize,
    pub(crate) column: usize,
    /// `None` for faults of the YAML text.
    pub(crate) path: Option<String>,
    pub(crate) message: String,
}

impl Problem {
    pub(crate) fn in_file(self, file: &str) -> SchemaError {
        let Problem { line, column, path, message } = self;
        let file = file.to_owned();
        match path {
            None => SchemaError::Syntax { file, line, column, message },
            Some(path) => SchemaError::Invalid { file, line, column, path, message },
        }
    }
}

/// Why an entry does not fit a schema. Holds no value of the entry, so it may be logged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch {
    /// Dotted path of the field, such as `request.ipChain[0].ip`; empty for the entry itself.
    pub path: String,
    /// What is wrong with it.
    pub reason: Reason,
}

/// What is wrong with a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// It is required and absent or null.
    Missing,
    /// Its value does not fit; the text says why.
    Unfit(Cow<'static, str>),
}

impl Mismatch {
    pub(crate) fn unfit(reason: impl Into<Cow<'static, str>>) -> Mismatch {
        Mismatch { path: String::new(), reason: Reason::Unfit(reason.into()) }
    }

    pub(crate) fn missing(field: &str) -> Mismatch {
        Mismatch { path: field.to_owned(), reason: Reason::Missing }
    }

    /// The same mismatch, seen from the object that holds `field`.
    pub(crate) fn within(mut self, field: &str) -> Mismatch {
        let joint = if self.path.is_empty() || self.path.starts_with('[') { "" } else { "." };
        self.path = format!("{field}{joint}{}", self.path);
        self
    }

    /// The same mismatch, seen from the array that holds the element.
    pub(crate) fn within_element(self, index: usize) -> Mismatch {
        self.within(&format!("[{index}]"))
    }
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.reason {
            Reason::Missing => write!(f, "required field \"{}\" is missing", self.path),
            Reason::Unfit(reason) if self.path.is_empty() => f.write_str(reason),
            Reason::Unfit(reason) => write!(f, "field \"{}\": {reason}", self.path),
        }
    }
}

impl std::error::Error for Mismatch {}
