//! Derived rules: `BaseDetection` names the rule whose logic they take. Source: `detections.md` §1.5.
//!
//! A derived rule has an id and a version of its own. Every key that it has replaces the one of its base as a
//! whole; what it does not say is the base's, also when the base changes. The logic and what it looks at
//! (`Filename`, `Detection`, `LogTypes`) are always the base's. So is `Tests`, unless the derived rule has the
//! key. The base may be disabled, lie in any root and come in any order; it may not be derived itself.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use crate::build::{self, Context, version};
use crate::check::near_miss;
use crate::codes::{self, Code};
use crate::draft::Draft;
use crate::item::{Item, ItemBody, ItemState, Repository};
use crate::lint::Document;
use crate::load::{fields, test_count};
use crate::report::Report;
use crate::simple;
use crate::yaml::{Mapping, Node, Span};

/// Keys that say where the logic is, which the derived rule does not repeat.
const LOGIC_KEYS: [&str; 2] = ["Filename", "Detection"];

/// Checks the values of a derived rule by themselves. The state is to be replaced by [`resolve`].
pub(crate) fn begin(map: &Mapping, report: &mut Report<'_>) -> ItemState {
    build::dedup_period(map, "DedupPeriodMinutes", report);
    build::threshold(map, "Threshold", report);
    simple::read_detection(map, report);
    if let Some(field) = map.get("InlineFilters") {
        simple::read_filters(&field.value, report);
    }
    build::invalid()
}

/// Builds every derived rule from its base.
pub(crate) fn resolve(drafts: &mut [Draft<'_>]) {
    let mut positions: HashMap<&str, usize> = HashMap::with_capacity(drafts.len());
    for (position, draft) in drafts.iter().enumerate().filter(|(_, draft)| draft.id_span.is_some()) {
        positions.entry(draft.item.id.as_str()).or_insert(position);
    }
    let derived = drafts.iter().enumerate().filter(|(_, draft)| draft.is_derived());
    let plans: Vec<(usize, Span, Result<Inherited<'_>, Refusal>)> = derived
        .filter_map(|(position, draft)| {
            let named = &draft.map()?.get("BaseDetection")?.value;
            let base = positions.get(named.as_text()?).map(|base| &drafts[*base]);
            Some((position, named.span, inherit(draft, named.as_text()?, base, drafts)))
        })
        .collect();
    for (position, span, plan) in plans {
        let draft = &mut drafts[position];
        if let Err(refusal) = plan.and_then(|inherited| build(draft, inherited)) {
            let Refusal { code, message, hint } = refusal;
            draft.report.add_with_hint(code, span, message, hint);
        }
    }
}

/// What a derived rule is built from.
struct Inherited<'a> {
    base_id: String,
    /// The base's keys, replaced where the derived rule has its own.
    map: Mapping,
    context: Context<'a>,
    has_own_tests: bool,
    base_version: String,
}

/// Why a rule cannot be derived.
struct Refusal {
    code: &'static Code,
    message: String,
    hint: Option<String>,
}

fn refuse(code: &'static Code, message: String, hint: &str) -> Refusal {
    Refusal { code, message, hint: Some(hint.to_owned()) }
}

fn inherit<'a>(
    derived: &Draft<'a>,
    named: &str,
    base: Option<&Draft<'a>>,
    drafts: &[Draft<'a>],
) -> Result<Inherited<'a>, Refusal> {
    let base = base.ok_or_else(|| missing(named, drafts))?;
    let unfit = |message: String, hint: &str| Err(refuse(&codes::BASE_UNFIT, message, hint));
    if base.item.id == derived.item.id {
        return unfit(format!("`{named}` is derived from itself"), "name the rule whose logic it takes");
    }
    if base.is_derived() {
        let message = format!("`{named}` is derived itself, and nothing can be derived from that");
        return unfit(message, "name its base instead, and repeat the keys that differ");
    }
    let analysis_type = base.item.analysis_type.as_str();
    if analysis_type != "rule" {
        return unfit(
            format!("`{named}` is of the type `{analysis_type}`; only rules can be derived from"),
            "name an item with `AnalysisType: rule`",
        );
    }
    let Some(context) = base.context else {
        let message = format!("`{named}` is a class of a project; YAML cannot be derived from it");
        return unfit(message, "derive a class from it in Python, with `override` of its attributes");
    };
    let (true, Some(base_map), Some(own_map)) = (base.is_sound(), base.map(), derived.map()) else {
        return Err(broken_base(named));
    };
    Ok(Inherited {
        base_id: named.to_owned(),
        map: merge(base_map, own_map),
        context,
        has_own_tests: own_map.contains_key("Tests"),
        base_version: base.item.detection().map(|base| base.version.clone()).unwrap_or_default(),
    })
}

fn broken_base(named: &str) -> Refusal {
    refuse(&codes::BASE_UNFIT, format!("the base `{named}` cannot be loaded"), "correct the base first")
}

fn missing(named: &str, drafts: &[Draft<'_>]) -> Refusal {
    let rules = drafts.iter().filter(|draft| draft.item.analysis_type == "rule" && !draft.is_derived());
    let hint = match near_miss(named, rules.map(|draft| draft.item.id.as_str())) {
        Some(near) => format!("did you mean `{near}`?"),
        None => {
            "name the `RuleID` of a rule; when it lies in another folder, name that folder too".to_owned()
        }
    };
    refuse(&codes::BASE_MISSING, format!("there is no rule `{named}` to derive from"), &hint)
}

fn merge(base: &Mapping, own: &Mapping) -> Mapping {
    let mut merged = base.clone();
    let replacing = own.iter().filter(|(key, _)| *key != "BaseDetection");
    merged.extend(replacing.map(|(key, field)| (key.clone(), field.clone())));
    merged
}

fn build(draft: &mut Draft<'_>, inherited: Inherited<'_>) -> Result<(), Refusal> {
    let Inherited { base_id, map, context, has_own_tests, base_version } = inherited;
    draft.build_from(&map, &context).map_err(|reason| {
        let message = format!("`{}` does not fit its base `{base_id}`: {reason}", draft.item.id);
        refuse(&codes::BASE_UNFIT, message, "change the keys that replace those of the base")
    })?;
    let own_text = draft.context.map_or("", |context| context.yaml.text.as_str());
    if let ItemState::Ready(ItemBody::Rule(rule)) = &mut draft.item.state {
        rule.detection.version = version(own_text, &base_version);
        if !has_own_tests {
            // The tests stand in the file of the base.
            rule.tests.iter_mut().for_each(|test| test.file = Some(context.yaml.path.clone()));
        }
    }
    draft.stamp();
    let Item { fields: shown, test_count: count, .. } = &mut draft.item;
    *count = test_count(&map);
    *shown = fields(&map);
    shown.retain(|key, _| !LOGIC_KEYS.contains(&key.as_str()));
    shown.insert("BaseDetection".to_owned(), base_id.into());
    Ok(())
}

/// Takes derived rules out of service whose base turned out to be broken after they were built.
pub(crate) fn follow_bases(repository: &mut Repository, documents: &[Document<'_>]) {
    let sound: HashSet<String> =
        repository.items.iter().filter(|item| !item.is_invalid()).map(|item| item.id.clone()).collect();
    for (item, document) in repository.items.iter_mut().zip(documents) {
        let Some(base) = item.fields.get("BaseDetection").and_then(Value::as_str) else { continue };
        if item.is_invalid() || sound.contains(base) {
            continue;
        }
        let map = document.root.as_ref().and_then(Node::as_map);
        let span = map.and_then(|map| map.get("BaseDetection")).map_or(Span::START, |field| field.value.span);
        let Refusal { code, message, hint } = broken_base(base);
        let mut report = Report::new(&item.file);
        report.item_id = Some(item.id.clone());
        report.add_with_hint(code, span, message.clone(), hint);
        item.state = ItemState::Invalid { reason: message, line: span.line };
        repository.findings.append(&mut report.findings);
    }
}
