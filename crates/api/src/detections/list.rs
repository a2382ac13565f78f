//! `GET /internal/detections`: items of all kinds in one table, filtered and sorted.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use api_types::{ErrorMessage, ListedItem, ListedItemPage, wire_time, words};
use axum::Json;
use axum::extract::State;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use content::MITRE_FRAMEWORK;
use serde_json::Value;

use super::kinds::{kind_of, may_read, word_of};
use super::wire::is_enabled;
use crate::auth::{Caller, RuleRead};
use crate::content::reports;
use crate::content_admin::{ContentItem, ContentKind, ContentOrigin};
use crate::error::ApiError;
use crate::params::Query;
use crate::state::ApiState;

/// Rows of a page when nothing is asked for.
const ROWS_DEFAULT: usize = 50;
/// Most rows of a page.
const ROWS_MAX: usize = 100;
/// Severities, the least bad first.
const SEVERITIES: [&str; 5] = ["INFO", "LOW", "MEDIUM", "HIGH", "CRITICAL"];
/// Asks for what names no technique at all.
const NO_TECHNIQUE: &str = "none";

/// Lists detections; other kinds are listed when they are asked for.
#[utoipa::path(get, path = "/internal/detections", operation_id = "list_detections", tag = "console", params(
    ("kind" = Option<Vec<words::ItemKind>>, Query, description = "Kinds; the kinds of detections when there is none"),
    ("name-contains" = Option<String>, Query, description = "Substring of id or display name, any case"),
    ("state" = Option<words::ItemState>, Query, description = "Whether it runs; a broken one is neither enabled nor disabled"),
    ("severity" = Option<Vec<words::Severity>>, Query, description = "INFO … CRITICAL"),
    ("log-type" = Option<Vec<String>>, Query, description = "Log types"),
    ("tag" = Option<Vec<String>>, Query, description = "Tags, any case"),
    ("origin" = Option<Vec<words::ItemOrigin>>, Query, description = "Where it comes from"),
    ("mitre" = Option<String>, Query, description = "Id of a tactic or technique, an entry such as `TA0006:T1110`, or `none`"),
    ("sort" = Option<words::ItemSort>, Query, description = "`name` by default; `-` in front turns it round"),
    ("cursor" = Option<String>, Query, description = "`next` of the page before"),
    ("limit" = Option<u64>, Query, minimum = 1, maximum = 100, description = "1 to 100, 50 by default"),
), responses((status = 200, body = ListedItemPage), (status = 400, body = ErrorMessage)))]
pub(crate) async fn list_detections(
    caller: Caller<RuleRead>,
    State(state): State<ApiState>,
    query: Query,
) -> Result<Json<ListedItemPage>, ApiError> {
    let filter = Filter::read(&query)?;
    let sort = Sort::read(&query)?;
    let begin = query.one("cursor").map(read_cursor).transpose()?.unwrap_or_default();
    let limit = query.limit_within(ROWS_DEFAULT, ROWS_MAX)?;
    let (view, switches) = (state.content.view(), state.desk.switches());
    let kept = |item: &&Arc<ContentItem>| may_read(&caller, item.kind) && filter.keeps(item, &switches);
    let mut items: Vec<&Arc<ContentItem>> = view.items().iter().filter(kept).collect();
    items.sort_by(|a, b| sort.compare(a, b, &switches));
    let total = items.len();
    let page = items.into_iter().skip(begin).take(limit);
    let results: Vec<ListedItem> = page.map(|item| listed(item, &switches)).collect();
    let reached = begin.saturating_add(results.len());
    let next = (!results.is_empty() && reached < total).then(|| write_cursor(reached));
    Ok(Json(ListedItemPage { results, next, total }))
}

fn listed(item: &ContentItem, switches: &BTreeMap<String, bool>) -> ListedItem {
    ListedItem {
        id: item.id.clone(),
        kind: word_of(item.kind).unwrap_or_default().to_owned(),
        display_name: item.text("DisplayName").unwrap_or_default().to_owned(),
        severity: item.text("Severity").map(str::to_uppercase),
        log_types: item.list("LogTypes"),
        tags: item.list("Tags"),
        reports: reports(item),
        enabled: is_enabled(item, switches),
        origin: item.origin.as_str().to_owned(),
        version: item.version,
        last_modified: item.last_modified.map(wire_time),
        last_modified_by: item.last_modified_by.as_ref().map(api_types::Actor::from),
        problem: item.problem.clone(),
        tests: item.keys.get("Tests").and_then(Value::as_array).map_or(0, Vec::len),
    }
}

/// Where a page begins, among what the filter keeps.
fn write_cursor(begin: usize) -> String {
    URL_SAFE_NO_PAD.encode(format!("at:{begin}"))
}

fn read_cursor(cursor: &str) -> Result<usize, ApiError> {
    let bytes = URL_SAFE_NO_PAD.decode(cursor).ok();
    let begin = bytes.and_then(|bytes| String::from_utf8(bytes).ok()?.strip_prefix("at:")?.parse().ok());
    begin.ok_or_else(|| {
        ApiError::bad_request(format!("cursor `{cursor}` is not one of this list; begin without a cursor"))
    })
}

/// What items must fulfil; each empty set asks for nothing.
struct Filter {
    kinds: BTreeSet<ContentKind>,
    name: Option<String>,
    state: Option<String>,
    severities: BTreeSet<String>,
    log_types: BTreeSet<String>,
    tags: BTreeSet<String>,
    origins: BTreeSet<ContentOrigin>,
    mitre: Option<String>,
}

impl Filter {
    fn read(query: &Query) -> Result<Filter, ApiError> {
        let word =
            |known: Vec<&'static str>| move |word: &str| known.contains(&word).then(|| word.to_owned());
        let severity = |text: &str| SEVERITIES.contains(&text).then(|| text.to_owned());
        let origin = |text: &str| ContentOrigin::ALL.into_iter().find(|origin| origin.as_str() == text);
        Ok(Filter {
            kinds: query.all_parsed("kind", &words::ItemKind::list().join(", "), kind_of)?,
            name: query.one("name-contains").map(str::to_lowercase),
            state: query.parsed("state", "enabled, disabled or broken", word(words::ItemState::list()))?,
            severities: query.all_parsed("severity", "one of INFO, LOW, MEDIUM, HIGH, CRITICAL", severity)?,
            log_types: query.all("log-type").map(str::to_owned).collect(),
            tags: query.all("tag").map(str::to_lowercase).collect(),
            origins: query.all_parsed("origin", "directory, api or pypanther", origin)?,
            mitre: query.one("mitre").map(str::to_owned),
        })
    }

    fn keeps(&self, item: &ContentItem, switches: &BTreeMap<String, bool>) -> bool {
        let is_of_kind =
            if self.kinds.is_empty() { item.kind.is_detection() } else { self.kinds.contains(&item.kind) };
        is_of_kind
            && self.name.as_ref().is_none_or(|name| {
                let display_name = item.text("DisplayName").unwrap_or_default();
                item.id.to_lowercase().contains(name) || display_name.to_lowercase().contains(name)
            })
            && self.state.as_ref().is_none_or(|state| state_of(item, switches) == state)
            && (self.severities.is_empty()
                || item.text("Severity").is_some_and(|word| self.severities.contains(&word.to_uppercase())))
            && (self.log_types.is_empty()
                || item.list("LogTypes").iter().any(|name| self.log_types.contains(name)))
            && (self.tags.is_empty()
                || item.list("Tags").iter().any(|tag| self.tags.contains(&tag.to_lowercase())))
            && (self.origins.is_empty() || self.origins.contains(&item.origin))
            && self.mitre.as_ref().is_none_or(|wanted| names(item, wanted))
    }
}

/// Whether an item names a tactic, a technique or one of its parts, or nothing at all.
fn names(item: &ContentItem, wanted: &str) -> bool {
    let reports = reports(item);
    let entries = reports.get(MITRE_FRAMEWORK).map(Vec::as_slice).unwrap_or_default();
    if wanted == NO_TECHNIQUE {
        return entries.is_empty();
    }
    entries.iter().any(|entry| {
        let (tactic, technique) = entry.split_once(':').unwrap_or((entry, ""));
        let whole = technique.split('.').next().unwrap_or(technique);
        [entry.as_str(), tactic, technique, whole].contains(&wanted)
    })
}

fn state_of(item: &ContentItem, switches: &BTreeMap<String, bool>) -> &'static str {
    match (item.problem.is_some(), is_enabled(item, switches)) {
        (true, _) => "broken",
        (false, true) => "enabled",
        (false, false) => "disabled",
    }
}

/// What the table is sorted by; the id decides between equals.
struct Sort {
    by: String,
    is_descending: bool,
}

impl Sort {
    fn read(query: &Query) -> Result<Sort, ApiError> {
        let known = words::ItemSort::list();
        let expected = format!("one of {}", known.join(", "));
        let word = query.parsed("sort", &expected, |word| known.contains(&word).then(|| word.to_owned()))?;
        let word = word.unwrap_or_else(|| "name".to_owned());
        Ok(match word.strip_prefix('-') {
            Some(by) => Sort { by: by.to_owned(), is_descending: true },
            None => Sort { by: word, is_descending: false },
        })
    }

    fn compare(&self, a: &ContentItem, b: &ContentItem, switches: &BTreeMap<String, bool>) -> Ordering {
        let severity = |item: &ContentItem| {
            let word = item.text("Severity").unwrap_or_default().to_uppercase();
            SEVERITIES.iter().position(|severity| *severity == word)
        };
        let order = match self.by.as_str() {
            "id" => Ordering::Equal,
            "kind" => word_of(a.kind).cmp(&word_of(b.kind)),
            "severity" => severity(a).cmp(&severity(b)),
            "lastModified" => a.last_modified.cmp(&b.last_modified),
            "state" => state_of(a, switches).cmp(state_of(b, switches)),
            "origin" => a.origin.cmp(&b.origin),
            _ => name_of(a).cmp(&name_of(b)),
        };
        let order = order.then_with(|| a.id.cmp(&b.id));
        if self.is_descending { order.reverse() } else { order }
    }
}

/// What people look for it by.
fn name_of(item: &ContentItem) -> String {
    let name = item.text("DisplayName").filter(|name| !name.is_empty()).unwrap_or(&item.id);
    name.to_lowercase()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn item(id: &str, kind: ContentKind, keys: &Value) -> ContentItem {
        ContentItem {
            id: id.to_owned(),
            kind,
            origin: ContentOrigin::Directory,
            path: String::new(),
            yaml: "".into(),
            python: None,
            keys: keys.as_object().unwrap().clone(),
            texts: BTreeMap::new(),
            enabled: keys.get("Enabled").is_none_or(|enabled| enabled == true),
            version: 0,
            created_at: None,
            last_modified: None,
            created_by: None,
            last_modified_by: None,
            problem: keys.get("problem").map(ToString::to_string),
        }
    }

    fn items() -> Vec<ContentItem> {
        let reports = json!({ "MITRE ATT&CK": ["TA0006:T1110.003"] });
        vec![
            item(
                "B.First",
                ContentKind::Rule,
                &json!({"DisplayName": "zebra", "Severity": "High", "Reports": reports,
                "LogTypes": ["A.B"], "Tags": ["Cloud"]}),
            ),
            item("A.Second", ContentKind::SimpleRule, &json!({"Severity": "Info", "Enabled": false})),
            item("C.Third", ContentKind::Policy, &json!({"Severity": "Critical", "problem": true})),
            item("helper", ContentKind::Global, &json!({})),
        ]
    }

    fn found(query: &str, switches: &[(&str, bool)]) -> Vec<String> {
        let query = Query::of(query);
        let (filter, sort) = (Filter::read(&query).unwrap(), Sort::read(&query).unwrap());
        let switches = switches.iter().map(|(id, on)| ((*id).to_owned(), *on)).collect();
        let items = items();
        let mut kept: Vec<&ContentItem> = items.iter().filter(|item| filter.keeps(item, &switches)).collect();
        kept.sort_by(|a, b| sort.compare(a, b, &switches));
        kept.into_iter().map(|item| item.id.clone()).collect()
    }

    #[test]
    fn each_filter_keeps_what_it_says() {
        for (query, expected) in [
            ("", vec!["A.Second", "C.Third", "B.First"]),
            ("kind=global", vec!["helper"]),
            ("kind=rule&kind=policy", vec!["C.Third", "B.First"]),
            ("name-contains=ZEB", vec!["B.First"]),
            ("name-contains=second", vec!["A.Second"]),
            ("state=enabled", vec!["B.First"]),
            ("state=disabled", vec!["A.Second"]),
            ("state=broken", vec!["C.Third"]),
            ("severity=HIGH&severity=INFO", vec!["A.Second", "B.First"]),
            ("log-type=A.B", vec!["B.First"]),
            ("log-type=A.C", vec![]),
            ("tag=cLOUD", vec!["B.First"]),
            ("origin=api", vec![]),
            ("mitre=TA0006", vec!["B.First"]),
            ("mitre=T1110", vec!["B.First"]),
            ("mitre=T1110.003", vec!["B.First"]),
            ("mitre=TA0006:T1110.003", vec!["B.First"]),
            ("mitre=T111", vec![]),
            ("mitre=none", vec!["A.Second", "C.Third"]),
        ] {
            assert_eq!(found(query, &[]), expected, "{query}");
        }
    }

    #[test]
    fn a_switch_wins_over_the_content() {
        assert_eq!(found("state=enabled", &[("A.Second", true), ("B.First", false)]), ["A.Second"]);
        assert_eq!(found("state=broken", &[("C.Third", false)]), ["C.Third"]);
    }

    #[test]
    fn each_order_can_be_turned_round() {
        for (by, expected) in [
            ("name", ["A.Second", "C.Third", "B.First"]),
            ("id", ["A.Second", "B.First", "C.Third"]),
            ("severity", ["A.Second", "B.First", "C.Third"]),
            ("kind", ["C.Third", "B.First", "A.Second"]),
            ("state", ["C.Third", "A.Second", "B.First"]),
        ] {
            assert_eq!(found(&format!("sort={by}"), &[]), expected, "{by}");
            let mut turned = found(&format!("sort=-{by}"), &[]);
            turned.reverse();
            assert_eq!(turned, expected, "-{by}");
        }
    }
}
