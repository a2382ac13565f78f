//! What the checks know about a Python file: plain data, without a syntax tree.

use std::collections::BTreeSet;

use crate::yaml::Span;

/// A module.
#[derive(Debug, Default)]
pub(crate) struct Module {
    /// Names of the module's namespace, as far as they can be seen.
    pub(crate) names: BTreeSet<String>,
    /// Whether there may be more names: it uses `globals()`, `exec` or a module `__getattr__`.
    pub(crate) is_open: bool,
    /// `__all__`, when it is a plain list of texts.
    pub(crate) exported: Option<Vec<String>>,
    /// Every import, in file order.
    pub(crate) imports: Vec<Import>,
    /// Functions of the module, in file order; those of classes and functions are left out.
    pub(crate) functions: Vec<Function>,
    /// Names that are used and not defined, if no `from x import *` defines them; each with its first use.
    pub(crate) undefined: Vec<(String, Span)>,
    /// Calls of `print`.
    pub(crate) prints: Vec<Span>,
    /// `is` beside a text or number.
    pub(crate) literal_identities: Vec<Span>,
    /// `event.udm("name")` with one constant name.
    pub(crate) udm_names: Vec<(String, Span)>,
}

impl Module {
    /// The last function of this name: the one that counts.
    pub(crate) fn function(&self, name: &str) -> Option<&Function> {
        self.functions.iter().rev().find(|function| function.name == name)
    }

    /// Modules of `from x import *` in the module's own namespace.
    pub(crate) fn star_imports(&self) -> impl Iterator<Item = &Import> {
        self.imports.iter().filter(|import| import.is_star)
    }
}

/// `import module`, or `from module import names`.
#[derive(Debug)]
pub(crate) struct Import {
    /// The dotted name, without the dots of a relative import.
    pub(crate) module: String,
    /// Dots of a relative import.
    pub(crate) level: u32,
    /// Names that are imported from the module.
    pub(crate) names: Vec<ImportedName>,
    /// Whether all names are.
    pub(crate) is_star: bool,
    /// When it runs.
    pub(crate) reach: Reach,
    /// The place of the module's name.
    pub(crate) span: Span,
}

/// One name of `from module import name`.
#[derive(Debug)]
pub(crate) struct ImportedName {
    pub(crate) name: String,
    /// The name that it gets here.
    pub(crate) bound: String,
    pub(crate) span: Span,
}

/// When an import runs, and what its failure does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// When the module is loaded; its failure is the module's.
    Always,
    /// When a function is called or a condition holds.
    Sometimes,
    /// Its failure is expected, or it is there for type checkers.
    Guarded,
}

/// A function of the module.
#[derive(Debug)]
pub(crate) struct Function {
    pub(crate) name: String,
    /// The place of the name.
    pub(crate) span: Span,
    pub(crate) is_async: bool,
    /// Whether it yields.
    pub(crate) is_generator: bool,
    /// Whether a decorator may have made something else of it.
    pub(crate) is_decorated: bool,
    /// Whether it stands directly in the module, under no condition.
    pub(crate) is_unconditional: bool,
    /// Whether it can be called with exactly one argument.
    pub(crate) takes_one: bool,
    /// Every `return`, in file order.
    pub(crate) returns: Vec<Return>,
    /// Whether its end can be reached without `return` or `raise`.
    pub(crate) falls_through: bool,
    /// Parameters whose default is a list, dict or set.
    pub(crate) mutable_defaults: Vec<Span>,
    /// Where its first parameter is changed, with the code that does it.
    pub(crate) changes: Vec<(Span, String)>,
    /// `isinstance(event.get(…), dict)` and the like, with the name of the type.
    pub(crate) type_checks: Vec<(Span, &'static str)>,
}

/// One `return`.
#[derive(Debug)]
pub(crate) struct Return {
    pub(crate) span: Span,
    pub(crate) value: Value,
}

/// What an expression is known to give.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    /// `True`, `False`, or one of them.
    Bool(Option<bool>),
    /// `None`.
    None,
    /// A text, and which, when it is a constant.
    Text(Option<String>),
    /// A number.
    Number,
    /// A list; of a literal one the texts that are constants, with their places.
    List(Vec<(String, Span)>),
    /// A dict.
    Mapping,
    /// Something else, in words.
    Other(&'static str),
    /// A field of the event, as it is.
    Field,
    /// What a function of this module returns.
    Call(String),
    /// One of several.
    AnyOf(Vec<Value>),
    /// Not known.
    Unknown,
}

impl Value {
    /// What it is, in words.
    pub(crate) fn words(&self) -> &'static str {
        match self {
            Value::Bool(_) => "a bool",
            Value::None => "`None`",
            Value::Text(_) => "a text",
            Value::Number => "a number",
            Value::List(_) => "a list",
            Value::Mapping => "a dict",
            Value::Other(words) => words,
            Value::Field => "a field of the event",
            Value::Call(_) | Value::AnyOf(_) | Value::Unknown => "something unknown",
        }
    }

    /// Whether it is true in a condition, when that is known.
    pub(crate) fn truth(&self) -> Option<bool> {
        match self {
            Value::Bool(truth) => *truth,
            Value::None => Some(false),
            Value::Text(Some(text)) => Some(!text.is_empty()),
            _ => None,
        }
    }
}
