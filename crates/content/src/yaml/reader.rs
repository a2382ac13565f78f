//! Builds the tree from parser events: anchors, aliases, merge keys, duplicate keys, limits.

use std::collections::HashMap;

use granit_parser::{ErrorKind, Event, Marker, Options, Parser, ScalarStyle, StrInput, Tag};
use indexmap::IndexMap;

use super::{ALIAS_BYTES_MAX, DEPTH_MAX, FILE_BYTES_MAX, Field, Mapping, Node, Span, Yaml, scalar};
use crate::codes::{self, Code};

/// Why a file cannot be read.
#[derive(Debug)]
pub(crate) struct YamlError {
    pub(crate) code: &'static Code,
    pub(crate) span: Span,
    pub(crate) message: String,
    pub(crate) hint: Option<String>,
}

type Result<T> = std::result::Result<T, YamlError>;

/// Reads the one document of a file; `None` when it is empty.
pub(crate) fn read(text: &str) -> Result<Option<Node>> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.len() > FILE_BYTES_MAX {
        let message = format!("the file has {} bytes; at most {FILE_BYTES_MAX} are read", text.len());
        return Err(YamlError { code: &codes::TOO_LARGE, span: Span::START, message, hint: None });
    }
    let mut options = Options::default();
    options.emit_comments = false;
    options.block_scalar_eof_without_line_feed = true;
    Reader {
        parser: Parser::new_from_str_with_options(text, options),
        anchors: HashMap::new(),
        alias_bytes: 0,
    }
    .document()
}

struct Reader<'a> {
    parser: Parser<'a, StrInput<'a>>,
    anchors: HashMap<usize, Node>,
    alias_bytes: usize,
}

impl<'a> Reader<'a> {
    fn document(&mut self) -> Result<Option<Node>> {
        let mut root = None;
        loop {
            let (event, span) = self.next()?;
            match event {
                Event::StreamEnd => return Ok(root),
                Event::DocumentStart(..) if root.is_some() => {
                    let message = "the file holds more than one document".to_owned();
                    let hint = Some("put each item into a file of its own".to_owned());
                    return Err(YamlError { code: &codes::YAML_SYNTAX, span, message, hint });
                }
                Event::DocumentStart(..) => {
                    let (event, span) = self.next()?;
                    root = Some(self.node(event, span, 1)?);
                }
                _ => {}
            }
        }
    }

    fn next(&mut self) -> Result<(Event<'a>, Span)> {
        match self.parser.next_event() {
            Some(Ok((event, span))) => Ok((event, to_span(span.start, span.end))),
            Some(Err(error)) => {
                let at = *error.marker();
                if *error.kind() == ErrorKind::RecursionLimitExceeded {
                    return Err(too_deep(to_span(at, at)));
                }
                Err(syntax(to_span(at, at), format!("this is no YAML: {}", error.info())))
            }
            None => Ok((Event::StreamEnd, Span::START)),
        }
    }

    fn node(&mut self, event: Event<'a>, span: Span, depth: usize) -> Result<Node> {
        if depth > DEPTH_MAX {
            return Err(too_deep(span));
        }
        let (anchor, value) = match event {
            Event::Alias(id) => return self.alias(id, span, depth),
            Event::Scalar(text, style, anchor, tag) => {
                (anchor, scalar_value(&text, style, tag.as_deref(), span)?)
            }
            Event::SequenceStart(_, anchor, tag) => {
                collection_tag(tag.as_deref(), "seq", span)?;
                (anchor, self.list(depth)?)
            }
            Event::MappingStart(_, anchor, tag) => {
                collection_tag(tag.as_deref(), "map", span)?;
                (anchor, self.map(depth)?)
            }
            other => return Err(syntax(span, format!("this is no YAML: unexpected {other:?}"))),
        };
        let node = Node { value, span };
        if anchor > 0 {
            self.charge(measure(&node).bytes, span)?;
            self.anchors.insert(anchor, node.clone());
        }
        Ok(node)
    }

    fn alias(&mut self, id: usize, span: Span, depth: usize) -> Result<Node> {
        let Some(anchored) = self.anchors.get(&id) else {
            return Err(syntax(span, "this alias stands inside what it stands for".to_owned()));
        };
        let size = measure(anchored);
        if depth + size.depth > DEPTH_MAX + 1 {
            return Err(too_deep(span));
        }
        let value = anchored.value.clone();
        self.charge(size.bytes, span)?;
        Ok(Node { value, span })
    }

    fn charge(&mut self, bytes: usize, span: Span) -> Result<()> {
        self.alias_bytes += bytes;
        if self.alias_bytes > ALIAS_BYTES_MAX {
            let message = format!("anchors and aliases make the file larger than {ALIAS_BYTES_MAX} bytes");
            return Err(YamlError { code: &codes::TOO_LARGE, span, message, hint: None });
        }
        Ok(())
    }

    fn list(&mut self, depth: usize) -> Result<Yaml> {
        let mut nodes = Vec::new();
        loop {
            let (event, span) = self.next()?;
            if event == Event::SequenceEnd {
                return Ok(Yaml::List(nodes));
            }
            nodes.push(self.node(event, span, depth + 1)?);
        }
    }

    fn map(&mut self, depth: usize) -> Result<Yaml> {
        let mut map = IndexMap::new();
        let mut merged = None;
        loop {
            let (event, span) = self.next()?;
            if event == Event::MappingEnd {
                break;
            }
            let is_merge = matches!(&event, Event::Scalar(text, ScalarStyle::Plain, _, None) if text == "<<");
            let key = self.node(event, span, depth + 1)?;
            let (event, value_span) = self.next()?;
            let value = self.node(event, value_span, depth + 1)?;
            if is_merge {
                if let Some((first, _)) = merged.replace((span, value)) {
                    return Err(duplicate("<<", first, span));
                }
                continue;
            }
            let name = key_text(&key)?;
            if let Some(first) = map.get(&name) {
                let Field { key: first, .. } = first;
                return Err(duplicate(&name, *first, span));
            }
            map.insert(name, Field { key: span, value });
        }
        match merged {
            Some((_, source)) => merge(source, map).map(Yaml::Map),
            None => Ok(Yaml::Map(map)),
        }
    }
}

/// Puts the merged keys first; what the mapping says itself wins, and of several sources the first.
fn merge(source: Node, own: Mapping) -> Result<Mapping> {
    let span = source.span;
    let sources = match source.value {
        Yaml::List(nodes) => nodes,
        value => vec![Node { value, span }],
    };
    let mut map = IndexMap::new();
    for source in sources.into_iter().rev() {
        match source.value {
            Yaml::Map(fields) => map.extend(fields),
            _ => return Err(syntax(source.span, "`<<` takes a mapping or a list of mappings".to_owned())),
        }
    }
    map.extend(own);
    Ok(map)
}

fn key_text(key: &Node) -> Result<String> {
    match &key.value {
        Yaml::Text(text) => Ok(text.clone()),
        Yaml::List(_) | Yaml::Map(_) => {
            Err(syntax(key.span, "a key is a text, a number or a boolean".to_owned()))
        }
        _ => Ok(key.to_json().to_string()),
    }
}

fn scalar_value(text: &str, style: ScalarStyle, tag: Option<&Tag>, span: Span) -> Result<Yaml> {
    let resolved = || scalar::resolve(text).map_err(|message| syntax(span, message));
    let Some(tag) = tag else {
        return if style == ScalarStyle::Plain { resolved() } else { Ok(Yaml::Text(text.to_owned())) };
    };
    if format!("{}{}", tag.handle(), tag.suffix()) == "!" {
        return Ok(Yaml::Text(text.to_owned()));
    }
    let value = match core_tag(tag) {
        Some("str") => return Ok(Yaml::Text(text.to_owned())),
        Some("int" | "float" | "bool" | "null") => resolved()?,
        _ => return Err(unknown_tag(tag, span)),
    };
    let fits = match core_tag(tag) {
        Some("int") => matches!(value, Yaml::Int(_)),
        Some("float") => matches!(value, Yaml::Int(_) | Yaml::Float(_)),
        Some("bool") => matches!(value, Yaml::Bool(_)),
        _ => matches!(value, Yaml::Null),
    };
    if fits { Ok(value) } else { Err(syntax(span, format!("`{text}` does not fit its tag `{tag}`"))) }
}

fn core_tag(tag: &Tag) -> Option<&str> {
    tag.core_suffix()
}

fn collection_tag(tag: Option<&Tag>, expected: &str, span: Span) -> Result<()> {
    match tag {
        Some(tag) if core_tag(tag) != Some(expected) => Err(unknown_tag(tag, span)),
        _ => Ok(()),
    }
}

fn unknown_tag(tag: &Tag, span: Span) -> YamlError {
    syntax(span, format!("the tag `{tag}` means nothing here; leave it out"))
}

struct Size {
    bytes: usize,
    depth: usize,
}

fn measure(node: &Node) -> Size {
    let mut size = Size { bytes: size_of::<Node>(), depth: 1 };
    let mut add = |child: Size| {
        size.bytes += child.bytes;
        size.depth = size.depth.max(child.depth + 1);
    };
    match &node.value {
        Yaml::List(nodes) => nodes.iter().for_each(|child| add(measure(child))),
        Yaml::Map(map) => {
            for (key, field) in map {
                let child = measure(&field.value);
                add(Size { bytes: child.bytes + key.len() + size_of::<Field>(), depth: child.depth });
            }
        }
        Yaml::Text(text) => add(Size { bytes: text.len(), depth: 0 }),
        _ => {}
    }
    size
}

fn to_span(start: Marker, end: Marker) -> Span {
    let number = |value: usize| u32::try_from(value).unwrap_or(u32::MAX);
    let (line, column) = (number(start.line()).max(1), number(start.col()) + 1);
    let (end_line, end_column) = (number(end.line()), number(end.col()) + 1);
    if (end_line, end_column) > (line, column) {
        Span { line, column, end_line, end_column }
    } else {
        Span { line, column, end_line: line, end_column: column + 1 }
    }
}

fn syntax(span: Span, message: String) -> YamlError {
    YamlError { code: &codes::YAML_SYNTAX, span, message, hint: None }
}

fn too_deep(span: Span) -> YamlError {
    let message = format!("the file is nested more than {DEPTH_MAX} levels deep");
    YamlError { code: &codes::TOO_LARGE, span, message, hint: None }
}

fn duplicate(key: &str, first: Span, second: Span) -> YamlError {
    let message =
        format!("the key `{key}` is given twice, in line {} and in line {}", first.line, second.line);
    let hint = Some("remove one of them; only the last would count".to_owned());
    YamlError { code: &codes::DUPLICATE_KEY, span: second, message, hint }
}
