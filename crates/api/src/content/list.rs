//! Lists of content: filters, pages.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::content_admin::{ContentItem, ContentKind, ContentView};
use crate::error::ApiError;
use crate::params::Query;

/// Page size when none is asked for.
const LIMIT_DEFAULT: usize = 100;
/// Largest page size.
const LIMIT_MAX: usize = 1000;
/// The words of severities.
const SEVERITIES: [&str; 5] = ["INFO", "LOW", "MEDIUM", "HIGH", "CRITICAL"];

/// A page of items by id, and `cursor` of the next one.
pub(super) struct ItemPage {
    pub(super) items: Vec<Arc<ContentItem>>,
    pub(super) next: Option<String>,
}

/// The items of some kinds that a query asks for.
pub(super) fn page(view: &ContentView, kinds: &[ContentKind], query: &Query) -> Result<ItemPage, ApiError> {
    let filter = Filter::read(query)?;
    let after = query.one("cursor").map(read_cursor).transpose()?;
    let limit = limit(query)?;
    let wanted = view.items().iter().filter(|item| {
        let is_later = after.as_ref().is_none_or(|after| item.id > *after);
        is_later && kinds.contains(&item.kind) && filter.keeps(item)
    });
    let mut items: Vec<Arc<ContentItem>> = wanted.take(limit + 1).map(Arc::clone).collect();
    let has_more = items.len() > limit;
    items.truncate(limit);
    let next = items.last().filter(|_| has_more).map(|item| write_cursor(&item.id));
    Ok(ItemPage { items, next })
}

fn limit(query: &Query) -> Result<usize, ApiError> {
    let parse = |text: &str| text.parse().ok().filter(|limit| (1..=LIMIT_MAX).contains(limit));
    Ok(query.parsed("limit", "a number from 1 to 1000", parse)?.unwrap_or(LIMIT_DEFAULT))
}

fn write_cursor(id: &str) -> String {
    URL_SAFE_NO_PAD.encode(format!("after:{id}"))
}

fn read_cursor(cursor: &str) -> Result<String, ApiError> {
    let bytes = URL_SAFE_NO_PAD.decode(cursor).ok();
    let id = bytes.and_then(|bytes| Some(String::from_utf8(bytes).ok()?.strip_prefix("after:")?.to_owned()));
    id.ok_or_else(|| {
        ApiError::bad_request(format!("cursor `{cursor}` is not one of this list; begin without a cursor"))
    })
}

/// What items must fulfil; each empty list asks for nothing.
struct Filter {
    name: Option<String>,
    enabled: Option<bool>,
    log_types: Vec<String>,
    scheduled_queries: Vec<String>,
    resource_types: Vec<String>,
    severities: Vec<String>,
    tags: Vec<String>,
    created_by: Option<String>,
    last_modified_by: Option<String>,
    has_no_match: bool,
}

impl Filter {
    fn read(query: &Query) -> Result<Filter, ApiError> {
        let all = |key: &'static str| query.all(key).map(str::to_owned).collect::<Vec<_>>();
        let state = query.parsed("state", "enabled or disabled", |word| match word {
            "enabled" => Some(true),
            "disabled" => Some(false),
            _ => None,
        })?;
        let severity = |word: &str| SEVERITIES.contains(&word).then(|| word.to_owned());
        let severities =
            query.all_parsed("severity", "one of INFO, LOW, MEDIUM, HIGH, CRITICAL", severity)?;
        // Nothing evaluates cloud resources yet, so that no policy passes, fails or raises.
        let status = |word: &str| ["PASS", "FAIL", "ERROR"].contains(&word).then_some(());
        let compliance = query.parsed("compliance-status", "PASS, FAIL or ERROR", status)?;
        Ok(Filter {
            name: query.one("name-contains").map(str::to_lowercase),
            enabled: state,
            log_types: all("log-type"),
            scheduled_queries: all("scheduled-query"),
            resource_types: all("resource-type"),
            severities: severities.into_iter().collect(),
            tags: query.all("tag").map(str::to_lowercase).collect(),
            created_by: query.one("created-by").map(str::to_owned),
            last_modified_by: query.one("last-modified-by").map(str::to_owned),
            has_no_match: compliance.is_some(),
        })
    }

    fn keeps(&self, item: &ContentItem) -> bool {
        let has = |key: &str, wanted: &[String]| {
            wanted.is_empty() || item.list(key).iter().any(|entry| wanted.contains(entry))
        };
        let says = |text: &str, name: &str| text.to_lowercase().contains(name);
        let display_name = item.text("DisplayName").unwrap_or_default();
        let severity = item.text("Severity").unwrap_or_default().to_uppercase();
        let tags: Vec<String> = item.list("Tags").iter().map(|tag| tag.to_lowercase()).collect();
        let is_by = |actor: &Option<model::Actor>, id: &Option<String>| {
            id.as_ref().is_none_or(|id| actor.as_ref().is_some_and(|actor| actor.id == *id))
        };
        !self.has_no_match
            && self.name.as_ref().is_none_or(|name| says(&item.id, name) || says(display_name, name))
            && self.enabled.is_none_or(|enabled| item.enabled == enabled)
            && has("LogTypes", &self.log_types)
            && has("ScheduledQueries", &self.scheduled_queries)
            && has("ResourceTypes", &self.resource_types)
            && (self.severities.is_empty() || self.severities.contains(&severity))
            && (self.tags.is_empty() || tags.iter().any(|tag| self.tags.contains(tag)))
            && is_by(&item.created_by, &self.created_by)
            && is_by(&item.last_modified_by, &self.last_modified_by)
    }
}
