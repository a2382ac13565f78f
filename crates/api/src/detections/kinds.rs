//! The kinds of items that the console edits: their words, and who may read and change them.

use model::Permission;

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

/// Whether a caller who may read rules may read items of this kind: policies have a permission of their own. Roles
/// for some log types limit alerts and data, not detections.
pub(super) fn may_read<P>(caller: &Caller<P>, kind: ContentKind) -> bool {
    kind != ContentKind::Policy || caller.holds(Permission::PolicyRead)
}

/// The same of an item that is not there any more, by its `AnalysisType`.
pub(super) fn may_read_stored<P>(caller: &Caller<P>, analysis_type: &str) -> bool {
    match analysis_type {
        "policy" => may_read(caller, ContentKind::Policy),
        "rule" | "scheduled_rule" | "correlation_rule" | "datamodel" | "global" | "pack" => true,
        _ => false,
    }
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
