//! Packs: items that are switched on together, by id.

use std::collections::HashMap;

use crate::build::{non_empty, text};
use crate::codes;
use crate::report::Report;
use crate::yaml::{Mapping, Node};

/// Items that belong together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pack {
    /// `PackID`.
    pub id: String,
    /// `DisplayName`.
    pub display_name: Option<String>,
    /// `Description`.
    pub description: Option<String>,
    /// `PackDefinition.IDs`, in file order.
    pub ids: Vec<String>,
}

pub(super) fn build(map: &Mapping, report: &mut Report<'_>) -> Option<Pack> {
    let mut lines: HashMap<&str, u32> = HashMap::new();
    let mut ids = Vec::new();
    for entry in entries(map) {
        let Some(id) = entry.as_text() else { continue };
        if let Some(line) = lines.get(id) {
            let message = format!("the pack names `{id}` twice, first in line {line}");
            let hint = Some("remove one of them".to_owned());
            report.add_with_hint(&codes::PACK_ITEM_TWICE, entry.span, message, hint);
            continue;
        }
        lines.insert(id, entry.span.line);
        ids.push(id.to_owned());
    }
    Some(Pack {
        id: text(map, "PackID")?,
        display_name: non_empty(map, "DisplayName"),
        description: non_empty(map, "Description"),
        ids,
    })
}

/// The entries of `PackDefinition.IDs`.
pub(super) fn entries(map: &Mapping) -> &[Node] {
    let definition = map.get("PackDefinition").and_then(|field| field.value.as_map());
    let ids = definition.and_then(|definition| definition.get("IDs"));
    ids.and_then(|field| field.value.as_list()).unwrap_or_default()
}
