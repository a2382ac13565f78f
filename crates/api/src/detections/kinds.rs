//! The kinds of items that the console edits: their words, and who may read and change them.

use model::{LogType, Permission};

use crate::auth::Caller;
use crate::content_admin::{ContentItem, ContentKind, ContentOrigin};
use crate::error::ApiError;

/// Kinds and their words.
const KINDS: [(ContentKind, &str); 8] = [
    (ContentKind::Rule, "rule"),
    (ContentKind::ScheduledRule, "scheduled_rule"),
    (ContentKind::SimpleRule, "simple_rule"),
    (ContentKind::CorrelationRule, "correlation_rule"),
    (ContentKind::Policy, "policy"),
    (ContentKind::DataModel, "data_model"),
    (ContentKind::Global, "global"),
    (ContentKind::Pack, "pack"),
];

/// The word of a kind; `None` for kinds that the console does not edit.
pub(super) fn word_of(kind: ContentKind) -> Option<&'static str> {
    KINDS.iter().find(|(known, _)| *known == kind).map(|(_, word)| *word)
}

/// The kind of a word.
pub(super) fn kind_of(word: &str) -> Option<ContentKind> {
    KINDS.iter().find(|(_, known)| *known == word).map(|(kind, _)| *kind)
}

/// The kind of a body.
pub(super) fn parse_kind(word: &str) -> Result<ContentKind, ApiError> {
    kind_of(word).ok_or_else(|| {
        let words: Vec<&str> = KINDS.iter().map(|(_, word)| *word).collect();
        ApiError::bad_request(format!("`kind`: `{word}` is not one of {}", words.join(", ")))
    })
}

/// Whether a caller who may read rules may read this item: policies have a permission of their own, and log types
/// may be hidden.
pub(super) fn may_read<P>(caller: &Caller<P>, item: &ContentItem) -> bool {
    let is_permitted = item.kind != ContentKind::Policy || caller.holds(Permission::PolicyRead);
    let log_types = item.list("LogTypes");
    is_permitted
        && caller
            .rights
            .log_types
            .permits_all(&log_types.iter().map(|name| LogType::from(name.as_str())).collect::<Vec<_>>())
}

/// The permissions to change items of a kind, beyond that to change rules.
fn needed(kind: ContentKind) -> Option<Permission> {
    match kind {
        ContentKind::Policy => Some(Permission::PolicyModify),
        // They come with uploads.
        ContentKind::Pack => Some(Permission::BulkUpload),
        _ => None,
    }
}

/// Refuses a caller who may change rules and not items of this kind.
pub(super) fn require_modify<P>(caller: &Caller<P>, kind: ContentKind) -> Result<(), ApiError> {
    needed(kind).map_or(Ok(()), |permission| caller.require(permission))
}

/// Whether a caller may change an item.
pub(super) fn may_modify<P>(caller: &Caller<P>, item: &ContentItem) -> bool {
    item.origin != ContentOrigin::Pypanther
        && caller.holds(Permission::RuleModify)
        && needed(item.kind).is_none_or(|permission| caller.holds(permission))
}
