//! Python files, read as CPython reads them, without running them.
//!
//! [`read`] turns a text into [`Module`]: names, imports, functions and what they return, with places.
//! `syntax` parses and finds faults, `scopes` knows names, `functions` and `values` look into functions.
//! The parser is Ruff's, and only this folder names it. What cannot be seen in the text alone is not guessed:
//! where a fact is unknown it says so, and the checks stay silent.

mod builtins;
mod facts;
mod flow;
mod functions;
mod module;
mod place;
mod scopes;
mod semantics;
mod syntax;
#[cfg(test)]
mod tests;
mod values;

use ruff_python_ast::PythonVersion;

pub(crate) use builtins::is_builtin;
pub(crate) use facts::{Function, Import, Module, Reach, Value};
pub(crate) use syntax::{Fault, FaultKind};

/// The newest version that rules are run on; what it refuses, every older one refuses too.
const NEWEST: (u8, u8) = (3, 13);

/// Reads a module for a version of Python, or the newest that rules are run on.
pub(crate) fn read(text: &str, version: Option<(u8, u8)>) -> Result<Module, Fault> {
    let lines = place::Lines::new(text);
    let parsed = syntax::parse(text, &lines, PythonVersion::from(version.unwrap_or(NEWEST)))?;
    Ok(module::read(parsed.syntax(), &lines))
}
