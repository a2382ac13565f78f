//! Detection content as the audit log shows it: one item whole, many by their names, as far as there is room.

use serde_json::{Map, Value, json};

use crate::content_admin::{ContentItem, ContentView, KindCounts, Uploaded};

/// Names that one entry has, of all lists together.
const NAMES_MAX: usize = 300;
/// Longest name, in characters.
const NAME_CHARS_MAX: usize = 120;

/// One item, with its texts.
pub(crate) fn item(item: &ContentItem) -> Value {
    let mut view = head(item);
    view["yaml"] = (*item.yaml).into();
    view["python"] = item.python.as_ref().map(|file| &*file.text).into();
    view
}

/// Those of some items that there are, without their texts, and which are not there.
pub(crate) fn items(view: &ContentView, ids: &[String]) -> (Value, Vec<String>) {
    let (mut found, mut missing) = (Vec::new(), Vec::new());
    for id in ids {
        match view.find(id) {
            Some(item) => found.push(head(item)),
            None => missing.push(format!("there is no `{}`", cut(id))),
        }
    }
    let count = found.len();
    found.truncate(NAMES_MAX);
    missing.truncate(NAMES_MAX);
    (json!({ "count": count, "items": found }), missing)
}

/// What an upload did, by kind.
pub(crate) fn uploaded(uploaded: &Uploaded) -> Value {
    let mut room = NAMES_MAX;
    let kinds = uploaded.kinds.iter().map(|(kind, counts)| (kind.noun(), counts));
    let mut view = Map::new();
    for (kind, counts) in kinds {
        view.insert(kind.to_owned(), self::counts(counts, &mut room));
    }
    view.into()
}

/// What a project did.
pub(crate) fn project(counts: &KindCounts) -> Value {
    self::counts(counts, &mut { NAMES_MAX })
}

fn counts(counts: &KindCounts, room: &mut usize) -> Value {
    let KindCounts { total, new, modified, deleted } = counts;
    let mut view = json!({ "total": total.len() });
    for (count, names, ids) in [
        ("added", "addedIds", new),
        ("modified", "modifiedIds", modified),
        ("deleted", "deletedIds", deleted),
    ] {
        view[count] = ids.len().into();
        let named: Vec<String> = ids.iter().take(*room).map(|id| cut(id)).collect();
        *room -= named.len();
        view[names] = named.into();
    }
    view
}

fn head(item: &ContentItem) -> Value {
    json!({
        "id": cut(&item.id), "kind": item.kind.noun(), "origin": item.origin.as_str(), "enabled": item.enabled,
        "version": item.version,
    })
}

/// A name, as long as one is in an entry.
pub(crate) fn cut(text: &str) -> String {
    text.chars().take(NAME_CHARS_MAX).collect()
}
