//! How large an operation may be. Measured before anything else is done with it, in time that grows with the
//! length of the document alone: fragments are measured once, however often they are spread.

use std::collections::HashMap;

use async_graphql::parser::types::{ExecutableDocument, Field, OperationDefinition, Selection, SelectionSet};
use serde_json::{Map, Value};

use super::value::{from_graphql, to_graphql};

/// Longest document, in bytes.
pub(super) const DOCUMENT_BYTES_MAX: usize = 256 << 10;
/// Most words and signs of a document.
pub(super) const DOCUMENT_TOKENS_MAX: usize = 20_000;
/// Deepest nesting of brackets of any kind in a document.
pub(super) const BRACKETS_DEPTH_MAX: usize = 40;
/// Most fragments of a document.
pub(super) const FRAGMENTS_MAX: usize = 100;
/// Most operations of a document.
pub(super) const OPERATIONS_MAX: usize = 20;
/// Deepest nesting of fields and fragments; the introspection of clients has 17.
pub(super) const DEPTH_MAX: usize = 32;
/// Most fields of an operation, fragments written out.
pub(super) const FIELDS_MAX: u64 = 2_000;
/// Most fields of an operation that are given another name.
pub(super) const ALIASES_MAX: u64 = 100;
/// What an operation may cost. A field costs 1, one that asks the database [`LOOKUP_COST`]; what lies below a
/// page counts as often as the page has items.
pub(super) const COST_MAX: u64 = 50_000;
/// Cost of a field of `Query` or `Mutation`.
const LOOKUP_COST: u64 = 10;
/// Most fields `__schema` and `__type`: each answers with up to the whole schema.
pub(super) const INTROSPECTIONS_MAX: u64 = 3;
/// Lists of types that an introspection may nest; each level multiplies the answer.
pub(super) const INTROSPECTION_LISTS_MAX: u64 = 2;
/// Items that a page is counted with when none are asked for.
const PAGE_ITEMS_DEFAULT: u64 = 25;

/// Refuses a text that is too long, or too deeply nested for a parser that recurses.
pub(super) fn check_text(text: &str) -> Result<(), String> {
    if text.len() > DOCUMENT_BYTES_MAX {
        let found = text.len();
        return Err(format!(
            "the document has {found} bytes, the most is {DOCUMENT_BYTES_MAX}; send less in one request"
        ));
    }
    let mut depth = 0_usize;
    let mut tokens = 0_usize;
    let mut rest = text.as_bytes();
    while let [byte, tail @ ..] = rest {
        rest = tail;
        match byte {
            b'#' => rest = skip_line(rest),
            b'"' => {
                rest = skip_string(rest);
                tokens += 1;
            }
            b'{' | b'[' | b'(' => {
                depth += 1;
                tokens += 1;
                if depth > BRACKETS_DEPTH_MAX {
                    return Err(format!(
                        "the document nests deeper than {BRACKETS_DEPTH_MAX} levels; ask for less in one request"
                    ));
                }
            }
            b'}' | b']' | b')' => depth = depth.saturating_sub(1),
            byte if is_word(*byte) => {
                let length = rest.iter().take_while(|byte| is_word(**byte)).count();
                rest = &rest[length..];
                tokens += 1;
            }
            _ => {}
        }
        if tokens > DOCUMENT_TOKENS_MAX {
            return Err(format!(
                "the document has more than {DOCUMENT_TOKENS_MAX} words; ask for less in one request"
            ));
        }
    }
    Ok(())
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

fn skip_line(rest: &[u8]) -> &[u8] {
    let end = rest.iter().position(|byte| *byte == b'\n' || *byte == b'\r').unwrap_or(rest.len());
    &rest[end..]
}

/// What follows a string whose first quote was read; a text that is not closed ends with the document.
fn skip_string(rest: &[u8]) -> &[u8] {
    if let Some(mut rest) = rest.strip_prefix(b"\"\"") {
        while !rest.is_empty() {
            if let Some(after) = rest.strip_prefix(b"\\\"\"\"") {
                rest = after;
            } else if let Some(after) = rest.strip_prefix(b"\"\"\"") {
                return after;
            } else {
                rest = &rest[1..];
            }
        }
        return rest;
    }
    let mut rest = rest;
    while let [byte, tail @ ..] = rest {
        rest = match byte {
            b'\\' => tail.get(1..).unwrap_or_default(),
            b'"' | b'\n' => return tail,
            _ => tail,
        };
    }
    rest
}

/// Refuses a document with an operation that asks for too much.
pub(super) fn check_document(
    document: &ExecutableDocument,
    variables: &Map<String, Value>,
) -> Result<(), String> {
    if document.operations.iter().len() > OPERATIONS_MAX {
        return Err(format!(
            "the document has more than {OPERATIONS_MAX} operations; send less in one request"
        ));
    }
    if document.fragments.len() > FRAGMENTS_MAX {
        return Err(format!(
            "the document has more than {FRAGMENTS_MAX} fragments; send less in one request"
        ));
    }
    for (_, operation) in document.operations.iter() {
        let mut meter = Meter { document, variables, fragments: HashMap::new() };
        let Size { fields, aliases, cost, introspections, lists } = meter.operation(&operation.node)?;
        for (found, most, what) in [
            (fields, FIELDS_MAX, "fields"),
            (aliases, ALIASES_MAX, "aliases"),
            (cost, COST_MAX, "points of cost"),
            (introspections, INTROSPECTIONS_MAX, "fields `__schema` and `__type`"),
            (lists, INTROSPECTION_LISTS_MAX, "lists of types inside each other"),
        ] {
            if found > most {
                return Err(format!(
                    "the operation has {found} {what}, the most is {most}; ask for less in one request"
                ));
            }
        }
    }
    Ok(())
}

/// What a selection comes to.
#[derive(Clone, Copy, Default)]
struct Size {
    fields: u64,
    aliases: u64,
    cost: u64,
    introspections: u64,
    /// Longest chain of lists of types; only counts below `__schema` and `__type`.
    lists: u64,
}

impl Size {
    fn add(&mut self, other: Size) {
        self.fields = self.fields.saturating_add(other.fields);
        self.aliases = self.aliases.saturating_add(other.aliases);
        self.cost = self.cost.saturating_add(other.cost);
        self.introspections = self.introspections.saturating_add(other.introspections);
        self.lists = self.lists.max(other.lists);
    }
}

struct Meter<'a> {
    document: &'a ExecutableDocument,
    variables: &'a Map<String, Value>,
    /// Sizes of fragments; `None` while one is being measured.
    fragments: HashMap<&'a str, Option<Size>>,
}

impl<'a> Meter<'a> {
    fn operation(&mut self, operation: &'a OperationDefinition) -> Result<Size, String> {
        let mut size = self.selections(&operation.selection_set.node, 1)?;
        let roots = u64::try_from(operation.selection_set.node.items.len()).unwrap_or(u64::MAX);
        size.cost = size.cost.saturating_add(roots.saturating_mul(LOOKUP_COST));
        Ok(size)
    }

    fn selections(&mut self, set: &'a SelectionSet, depth: usize) -> Result<Size, String> {
        if depth > DEPTH_MAX {
            return Err(format!(
                "the operation is deeper than {DEPTH_MAX} levels; ask for less in one request"
            ));
        }
        let mut size = Size::default();
        for selection in &set.items {
            size.add(match &selection.node {
                Selection::Field(field) => self.field(&field.node, depth)?,
                Selection::InlineFragment(fragment) => {
                    self.selections(&fragment.node.selection_set.node, depth + 1)?
                }
                Selection::FragmentSpread(spread) => {
                    self.fragment(spread.node.fragment_name.node.as_str(), depth)?
                }
            });
        }
        Ok(size)
    }

    fn field(&mut self, field: &'a Field, depth: usize) -> Result<Size, String> {
        let mut size = self.selections(&field.selection_set.node, depth + 1)?;
        let name = field.name.node.as_str();
        size.cost = size.cost.saturating_mul(self.items(field)).saturating_add(1);
        size.fields = size.fields.saturating_add(1);
        size.aliases += u64::from(field.alias.is_some());
        if matches!(name, "fields" | "inputFields" | "interfaces" | "possibleTypes") {
            size.lists += 1;
        }
        if matches!(name, "__schema" | "__type") {
            size.introspections += 1;
        } else if depth == 1 {
            size.lists = 0;
        }
        Ok(size)
    }

    /// Measures a fragment, at its first spread. One that contains itself is left to the check of the schema.
    fn fragment(&mut self, name: &'a str, depth: usize) -> Result<Size, String> {
        if let Some(known) = self.fragments.get(name) {
            return Ok(known.unwrap_or_default());
        }
        let Some((name, fragment)) = self.document.fragments.get_key_value(name) else {
            return Ok(Size::default());
        };
        self.fragments.insert(name.as_str(), None);
        let size = self.selections(&fragment.node.selection_set.node, depth + 1)?;
        self.fragments.insert(name.as_str(), Some(size));
        Ok(size)
    }

    /// How many items of a page the field answers with; 1 when it has no page.
    fn items(&self, field: &Field) -> u64 {
        let Some((_, input)) = field.arguments.iter().find(|(name, _)| name.node == "input") else {
            return 1;
        };
        let input = input.node.clone().into_const_with(|name| -> Result<_, std::convert::Infallible> {
            Ok(self.variables.get(name.as_str()).cloned().map_or_else(Default::default, to_graphql))
        });
        let Ok(input) = input;
        let input = from_graphql(input);
        let asked = ["pageSize", "first"].into_iter().find_map(|key| input[key].as_u64());
        asked.unwrap_or_else(|| if Self::has_page(field) { PAGE_ITEMS_DEFAULT } else { 1 })
    }

    /// Whether the field selects `edges`, as pages have them.
    fn has_page(field: &Field) -> bool {
        let is_edges = |selection: &Selection| match selection {
            Selection::Field(field) => field.node.name.node == "edges",
            _ => true,
        };
        field.selection_set.node.items.iter().any(|selection| is_edges(&selection.node))
    }
}
