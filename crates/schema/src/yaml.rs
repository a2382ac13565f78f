//! YAML text to a tree in which every node knows its line and column.
//!
//! Scalars stay text: the reader of the schema decides what each one means, so `yes`, `0x1F` or
//! dates get no type of their own. Aliases are expanded; the number of nodes is limited.

use std::collections::{HashMap, HashSet};

use saphyr_parser::{Event, Marker, Parser, ScalarStyle};

use crate::error::Problem;

/// Longest schema text.
const YAML_BYTES_MAX: usize = 1 << 20;
/// Deepest nesting of YAML collections.
const YAML_DEPTH_MAX: usize = 256;
/// Most nodes, aliases expanded.
const YAML_NODES_MAX: usize = 200_000;

/// One YAML value and where it stands (line and column from 1).
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) line: usize,
    pub(crate) column: usize,
    pub(crate) data: Data,
}

#[derive(Clone, Debug)]
pub(crate) enum Data {
    /// `plain`: written without quotes.
    Scalar {
        text: String,
        plain: bool,
    },
    List(Vec<Node>),
    /// Keys are scalars, each once.
    Map(Vec<(Node, Node)>),
}

impl Node {
    pub(crate) fn problem(&self, path: &str, message: impl Into<String>) -> Problem {
        let path = if path.is_empty() { "schema" } else { path };
        Problem { line: self.line, column: self.column, path: Some(path.to_owned()), message: message.into() }
    }

    /// The text of a scalar key; keys are checked to be scalars.
    pub(crate) fn key_text(&self) -> &str {
        match &self.data {
            Data::Scalar { text, .. } => text,
            _ => "",
        }
    }

    pub(crate) fn text(&self, path: &str) -> Result<&str, Problem> {
        match &self.data {
            Data::Scalar { text, .. } => Ok(text),
            _ => Err(self.problem(path, "expected a text")),
        }
    }

    /// Whether the value is null: `~`, `null` or nothing.
    pub(crate) fn is_null(&self) -> bool {
        matches!(&self.data, Data::Scalar { text, plain: true } if matches!(text.as_str(), "" | "~" | "null"))
    }

    pub(crate) fn boolean(&self, path: &str) -> Result<bool, Problem> {
        match &self.data {
            Data::Scalar { text, plain: true } if text == "true" => Ok(true),
            Data::Scalar { text, plain: true } if text == "false" => Ok(false),
            _ => Err(self.problem(path, "expected `true` or `false`")),
        }
    }

    pub(crate) fn list(&self, path: &str) -> Result<&[Node], Problem> {
        match &self.data {
            Data::List(list) => Ok(list),
            _ => Err(self.problem(path, "expected a list")),
        }
    }

    pub(crate) fn map(&self, path: &str) -> Result<&[(Node, Node)], Problem> {
        match &self.data {
            Data::Map(members) => Ok(members),
            _ => Err(self.problem(path, "expected a mapping of keys to values")),
        }
    }
}

/// Reads the single document of a YAML text.
pub(crate) fn parse(text: &str) -> Result<Node, Problem> {
    let at_start = |message: &str| Problem { line: 1, column: 1, path: None, message: message.to_owned() };
    if text.len() > YAML_BYTES_MAX {
        return Err(at_start("the text is longer than 1 MiB; split the schema"));
    }
    let mut builder = Builder::default();
    for event in Parser::new_from_str(text.strip_prefix('\u{feff}').unwrap_or(text)) {
        let (event, span) =
            event.map_err(|error| problem_at(*error.marker(), format!("YAML: {}", error.info())))?;
        builder.take(event, span.start)?;
    }
    builder.root.ok_or_else(|| at_start("the document is empty"))
}

fn problem_at(mark: Marker, message: impl Into<String>) -> Problem {
    Problem { line: mark.line(), column: mark.col() + 1, path: None, message: message.into() }
}

#[derive(Default)]
struct Builder {
    open: Vec<Open>,
    anchors: HashMap<usize, Node>,
    root: Option<Node>,
    node_count: usize,
}

/// A collection whose end has not come yet.
struct Open {
    anchor: usize,
    node: Node,
    key: Option<Node>,
    keys_seen: HashSet<String>,
}

impl Builder {
    fn take(&mut self, event: Event<'_>, mark: Marker) -> Result<(), Problem> {
        let node = |data| Node { line: mark.line(), column: mark.col() + 1, data };
        match event {
            Event::Scalar(text, style, anchor, _) => {
                let plain = style == ScalarStyle::Plain;
                self.place(node(Data::Scalar { text: text.into_owned(), plain }), anchor, mark)
            }
            Event::SequenceStart(anchor, _) => self.open(node(Data::List(Vec::new())), anchor, mark),
            Event::MappingStart(anchor, _) => self.open(node(Data::Map(Vec::new())), anchor, mark),
            Event::SequenceEnd | Event::MappingEnd => match self.open.pop() {
                Some(open) => self.place(open.node, open.anchor, mark),
                None => Ok(()),
            },
            Event::Alias(anchor) => {
                let Some(target) = self.anchors.get(&anchor) else {
                    return Err(problem_at(mark, "the alias stands inside the value that it names"));
                };
                let copy = Node { line: mark.line(), column: mark.col() + 1, data: target.data.clone() };
                self.node_count += size(&copy);
                self.place(copy, 0, mark)
            }
            Event::DocumentStart(_) if self.root.is_some() => {
                Err(problem_at(mark, "the file holds a second document; put each schema into its own file"))
            }
            _ => Ok(()),
        }
    }

    fn open(&mut self, node: Node, anchor: usize, mark: Marker) -> Result<(), Problem> {
        if self.open.len() >= YAML_DEPTH_MAX {
            return Err(problem_at(mark, "the YAML is nested deeper than 256 levels"));
        }
        self.open.push(Open { anchor, node, key: None, keys_seen: HashSet::new() });
        Ok(())
    }

    fn place(&mut self, node: Node, anchor: usize, mark: Marker) -> Result<(), Problem> {
        self.node_count += 1;
        if self.node_count > YAML_NODES_MAX {
            return Err(problem_at(mark, "the YAML has more than 200,000 nodes"));
        }
        if anchor != 0 {
            self.anchors.insert(anchor, node.clone());
        }
        let Some(open) = self.open.last_mut() else {
            self.root = Some(node);
            return Ok(());
        };
        match &mut open.node.data {
            Data::List(list) => list.push(node),
            Data::Map(members) => match open.key.take() {
                Some(key) => members.push((key, node)),
                None => {
                    if !matches!(node.data, Data::Scalar { .. }) {
                        return Err(problem_at(mark, "a key must be a text"));
                    }
                    if !open.keys_seen.insert(node.key_text().to_owned()) {
                        return Err(problem_at(mark, format!("key `{}` is given twice", node.key_text())));
                    }
                    open.key = Some(node);
                }
            },
            Data::Scalar { .. } => {}
        }
        Ok(())
    }
}

fn size(node: &Node) -> usize {
    match &node.data {
        Data::Scalar { .. } => 1,
        Data::List(list) => 1 + list.iter().map(size).sum::<usize>(),
        Data::Map(members) => 1 + members.iter().map(|(_, value)| 1 + size(value)).sum::<usize>(),
    }
}
