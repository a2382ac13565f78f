//! What only shows across items: packs that name missing items, scheduled rules that name missing queries.

use std::collections::HashMap;

use crate::check::near_miss;
use crate::codes::{self, Code};
use crate::draft::Draft;
use crate::item::Item;
use crate::kinds::pack;
use crate::yaml::{Mapping, Span};

/// What is to be reported about an item.
struct Note {
    position: usize,
    code: &'static Code,
    span: Span,
    message: String,
    hint: String,
}

/// Checks what packs and scheduled rules name. When the items are only a part of a repository, what they name
/// may be elsewhere, and nothing is said.
pub(crate) fn check_references(drafts: &mut [Draft<'_>], is_part: bool) {
    if is_part {
        return;
    }
    let items: HashMap<&str, &Item> =
        drafts.iter().map(|draft| (draft.item.id.as_str(), &draft.item)).collect();
    let mut notes = Vec::new();
    for (position, draft) in drafts.iter().enumerate().filter(|(_, draft)| draft.is_sound()) {
        let Some(map) = draft.map() else { continue };
        match draft.item.analysis_type.as_str() {
            "pack" => check_pack(position, map, &items, &mut notes),
            "scheduled_rule" => check_queries(position, map, &items, &mut notes),
            _ => {}
        }
    }
    for Note { position, code, span, message, hint } in notes {
        drafts[position].report.add_with_hint(code, span, message, Some(hint));
    }
}

fn check_pack(position: usize, map: &Mapping, items: &HashMap<&str, &Item>, notes: &mut Vec<Note>) {
    for entry in pack::entries(map) {
        let Some(id) = entry.as_text().filter(|id| !items.contains_key(id)) else { continue };
        let hint = match near_miss(id, items.keys().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "add the item, or take its id out of the pack".to_owned(),
        };
        let message = format!("the pack names the item `{id}`, which does not exist");
        notes.push(Note { position, code: &codes::PACK_ITEM, span: entry.span, message, hint });
    }
}

fn is_query(item: &Item) -> bool {
    matches!(item.analysis_type.as_str(), "scheduled_query" | "saved_query")
}

fn check_queries(position: usize, map: &Mapping, items: &HashMap<&str, &Item>, notes: &mut Vec<Note>) {
    let entries = map.get("ScheduledQueries").and_then(|field| field.value.as_list()).unwrap_or_default();
    for entry in entries {
        let Some(name) = entry.as_text() else { continue };
        let (message, hint) = match items.get(name) {
            // Of what cannot be read nothing is known; it has findings of its own.
            Some(item) if item.analysis_type == "scheduled_query" || item.analysis_type.is_empty() => {
                continue;
            }
            Some(item) => (
                format!(
                    "`{name}` is of the type `{}`, so that it never runs for this rule",
                    item.analysis_type
                ),
                "name an item with `AnalysisType: scheduled_query`".to_owned(),
            ),
            None => {
                let known = items.values().filter(|item| is_query(item)).map(|item| item.id.as_str());
                let hint = match near_miss(name, known) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => "add a scheduled query of this `QueryName`".to_owned(),
                };
                (format!("there is no scheduled query `{name}`, so that this rule sees no rows of it"), hint)
            }
        };
        notes.push(Note { position, code: &codes::UNKNOWN_QUERY, span: entry.span, message, hint });
    }
}
