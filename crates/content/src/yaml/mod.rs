//! YAML as detection content writes it: a small tree with places, in the dialect of the field.
//!
//! The syntax is read by `granit-parser`, as leniently as PyYAML does; [`scalar`] decides what a plain
//! scalar means, `reader` builds the tree, resolves aliases and merge keys, and refuses what is too large,
//! too deep or said twice.

mod reader;
mod scalar;

use indexmap::IndexMap;
use serde_json::{Map, Number, Value};

pub(crate) use reader::{YamlError, read};

/// Largest file, in bytes.
pub(crate) const FILE_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Deepest nesting, aliases expanded.
pub(crate) const DEPTH_MAX: usize = 100;
/// Most memory that anchors and aliases may add to one file, in bytes.
pub(crate) const ALIAS_BYTES_MAX: usize = 16 * 1024 * 1024;

/// A range of a file: lines and columns from 1, columns in characters, the end exclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) line: u32,
    pub(crate) column: u32,
    pub(crate) end_line: u32,
    pub(crate) end_column: u32,
}

impl Span {
    /// The first character of a file, for what has no better place.
    pub(crate) const START: Span = Span { line: 1, column: 1, end_line: 1, end_column: 2 };
}

/// A value and its place.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) value: Yaml,
    pub(crate) span: Span,
}

/// What a node says.
#[derive(Clone, Debug)]
pub(crate) enum Yaml {
    Null,
    Bool(bool),
    /// Any size; canonical decimal digits.
    Int(Number),
    Float(Number),
    Text(String),
    List(Vec<Node>),
    Map(Mapping),
}

/// Keys in file order. A key that is no text is kept as its JSON text, as Python's `json.dumps` does.
pub(crate) type Mapping = IndexMap<String, Field>;

/// A value of a mapping and the place of its key.
#[derive(Clone, Debug)]
pub(crate) struct Field {
    pub(crate) key: Span,
    pub(crate) value: Node,
}

impl Node {
    /// The text, when it is one.
    pub(crate) fn as_text(&self) -> Option<&str> {
        match &self.value {
            Yaml::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The entries, when it is a list.
    pub(crate) fn as_list(&self) -> Option<&[Node]> {
        match &self.value {
            Yaml::List(nodes) => Some(nodes),
            _ => None,
        }
    }

    /// The fields, when it is a mapping.
    pub(crate) fn as_map(&self) -> Option<&Mapping> {
        match &self.value {
            Yaml::Map(map) => Some(map),
            _ => None,
        }
    }

    /// The word for its kind in messages.
    pub(crate) fn kind_name(&self) -> &'static str {
        match self.value {
            Yaml::Null => "an empty value",
            Yaml::Bool(_) => "a boolean",
            Yaml::Int(_) => "an integer",
            Yaml::Float(_) => "a number",
            Yaml::Text(_) => "a text",
            Yaml::List(_) => "a list",
            Yaml::Map(_) => "a mapping",
        }
    }

    /// The same as JSON, keys in file order. The depth is bounded by the reader.
    pub(crate) fn to_json(&self) -> Value {
        match &self.value {
            Yaml::Null => Value::Null,
            Yaml::Bool(flag) => Value::Bool(*flag),
            Yaml::Int(number) | Yaml::Float(number) => Value::Number(number.clone()),
            Yaml::Text(text) => Value::String(text.clone()),
            Yaml::List(nodes) => Value::Array(nodes.iter().map(Node::to_json).collect()),
            Yaml::Map(map) => {
                let fields = map.iter().map(|(key, field)| (key.clone(), field.value.to_json()));
                Value::Object(fields.collect::<Map<_, _>>())
            }
        }
    }
}

#[cfg(test)]
mod tests;
