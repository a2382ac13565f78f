//! Packs: what their items need and they lack, items that should be in a pack, and items that should not.
//! Source: `detections.md` §1.5, the rules of `check-packs`.
//!
//! Only content roots that have packs are looked at, and only when the whole is known.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::scene::{Found, Notes, Scene, Subject};
use crate::codes;
use crate::yaml::{Node, Span};

/// Items of these types should be in a pack.
const PACKED_TYPES: [&str; 5] = ["rule", "scheduled_rule", "correlation_rule", "datamodel", "lookup_table"];
/// A tag that says that an item should be in none, in lower case.
const UNPACKED_TAGS: [&str; 3] = ["no pack", "configuration required", "multi-table query"];
/// A status that says so, in lower case.
const UNPACKED_STATUSES: [&str; 2] = ["experimental", "deprecated"];
/// How the ids of globals begin that everybody replaces: what they need is not part of a pack.
const FILTER_GLOBAL: &str = "global_filter_";

pub(super) fn check(scene: &Scene<'_>, notes: &mut Notes) {
    let is_pack = |subject: &&Subject<'_>| subject.analysis_type() == "pack";
    let packs: Vec<&Subject<'_>> = scene.subjects.iter().filter(is_pack).collect();
    if packs.is_empty() || scene.options.is_part {
        return;
    }
    let needs = Needs::new(scene);
    let mut packed: HashSet<&str> = HashSet::new();
    for pack in &packs {
        let entries = entries(pack);
        check_needs(pack, &entries, &needs, notes);
        check_misfits(pack, &entries, &needs, notes);
        packed.extend(entries.iter().map(|(id, _)| *id));
    }
    let roots: BTreeSet<usize> = packs.iter().map(|pack| pack.content_root).collect();
    for subject in scene.subjects.iter().filter(|subject| roots.contains(&subject.content_root)) {
        let is_left_out = PACKED_TYPES.contains(&subject.analysis_type())
            && !packed.contains(subject.item.id.as_str())
            && misfit(subject).is_none();
        if is_left_out {
            let message = format!("`{}` is in no pack", subject.item.id);
            let hint = "name it in a pack, or tag it `no pack`".to_owned();
            notes.yaml(subject, &codes::IN_NO_PACK, subject.id_span(), message, Some(hint));
        }
    }
}

/// The ids of a pack and their places.
fn entries<'a>(pack: &Subject<'a>) -> Vec<(&'a str, Span)> {
    let ids = pack.get("PackDefinition").and_then(Node::as_map).and_then(|definition| definition.get("IDs"));
    let entries = ids.and_then(|field| field.value.as_list()).unwrap_or_default();
    entries.iter().filter_map(|entry| Some((entry.as_text()?, entry.span))).collect()
}

/// Why an item should be in no pack.
fn misfit(subject: &Subject<'_>) -> Option<String> {
    let status = subject.text("Status").unwrap_or_default();
    if UNPACKED_STATUSES.contains(&status.to_lowercase().as_str()) {
        return Some(format!("its `Status` is `{status}`"));
    }
    let is_unpacked = |tag: &str| UNPACKED_TAGS.contains(&tag.to_lowercase().as_str());
    let (tag, _) = subject.texts("Tags").find(|(tag, _)| is_unpacked(tag))?;
    Some(format!("it is tagged `{tag}`"))
}

fn check_misfits(pack: &Subject<'_>, entries: &[(&str, Span)], needs: &Needs<'_>, notes: &mut Notes) {
    for (id, span) in entries {
        let named = needs.subjects.get(id).filter(|named| PACKED_TYPES.contains(&named.analysis_type()));
        if let Some(reason) = named.and_then(|named| misfit(named)) {
            let message = format!("`{id}` should be in no pack: {reason}");
            let hint = "take it out of the pack, or take the mark off the item".to_owned();
            notes.yaml(pack, &codes::NOT_FOR_PACKS, *span, message, Some(hint));
        }
    }
}

fn check_needs(pack: &Subject<'_>, entries: &[(&str, Span)], needs: &Needs<'_>, notes: &mut Notes) {
    let held: HashSet<&str> = entries.iter().map(|(id, _)| *id).collect();
    // Each missing item once, for the first entry that needs it.
    let mut told: HashSet<&str> = HashSet::new();
    for (id, span) in entries {
        for (needed, reason) in needs.closure(id) {
            if held.contains(needed) || !told.insert(needed) {
                continue;
            }
            let message = format!("the pack lacks `{needed}`: {reason}");
            let hint = format!("add `{needed}` to its `IDs`");
            notes.yaml(pack, &codes::PACK_LACKS, *span, message, Some(hint));
        }
    }
}

/// What items need directly.
struct Needs<'a> {
    subjects: HashMap<&'a str, &'a Subject<'a>>,
    /// By id, each with the reason.
    direct: HashMap<&'a str, Vec<(&'a str, String)>>,
    /// Enabled data models by log type.
    models: BTreeMap<&'a str, &'a str>,
}

impl<'a> Needs<'a> {
    fn new(scene: &'a Scene<'a>) -> Self {
        let sound = scene.subjects.iter().filter(|subject| !subject.item.is_invalid());
        let subjects: HashMap<&str, &Subject<'a>> =
            sound.map(|subject| (subject.item.id.as_str(), subject)).collect();
        let mut models = BTreeMap::new();
        let is_model =
            |subject: &&Subject<'_>| subject.analysis_type() == "datamodel" && subject.is_enabled();
        for model in scene.subjects.iter().filter(is_model) {
            for (log_type, _) in model.texts("LogTypes") {
                models.insert(log_type, model.item.id.as_str());
            }
        }
        let mut needs = Needs { subjects, direct: HashMap::new(), models };
        let direct =
            scene.subjects.iter().map(|subject| (subject.item.id.as_str(), needs.of(scene, subject)));
        needs.direct = direct.collect();
        needs
    }

    fn of(&self, scene: &'a Scene<'a>, subject: &Subject<'a>) -> Vec<(&'a str, String)> {
        let id = subject.item.id.as_str();
        let mut needed: Vec<(&'a str, String)> = Vec::new();
        if let Some(Ok(module)) = scene.module(subject)
            && !(subject.analysis_type() == "global" && id.starts_with(FILTER_GLOBAL))
        {
            for import in module.imports.iter().filter(|import| import.level == 0) {
                let top = import.module.split('.').next().unwrap_or_default();
                let is_global = matches!(scene.find(top), None | Some(Found::Global(_)));
                if is_global && let Some(global) = self.known(top, "global") {
                    needed.push((global, format!("`{id}` imports it")));
                }
            }
        }
        if let Some(rule) = subject.item.correlation_rule() {
            for step in &rule.correlation.steps {
                let rule_id = step.rule_id.as_str();
                needed.extend(self.any(rule_id).map(|rule| (rule, format!("`{id}` looks at its matches"))));
            }
        }
        let base = subject.text("BaseDetection").and_then(|base| self.any(base));
        needed.extend(base.map(|base| (base, format!("`{id}` is derived from it"))));
        for (query, _) in subject.texts("ScheduledQueries") {
            needed.extend(self.any(query).map(|query| (query, format!("`{id}` looks at its rows"))));
        }
        if subject.analysis_type() == "rule" {
            // What counts, so that log types of a base are among them.
            let log_types = subject.item.fields.get("LogTypes").and_then(|list| list.as_array());
            for log_type in log_types.into_iter().flatten().filter_map(|log_type| log_type.as_str()) {
                if let Some(model) = self.models.get(log_type) {
                    let reason = format!("it is the data model of `{log_type}`, which `{id}` lists");
                    needed.push((model, reason));
                }
            }
        }
        needed
    }

    fn any(&self, id: &str) -> Option<&'a str> {
        self.subjects.get(id).map(|subject| subject.item.id.as_str())
    }

    fn known(&self, id: &str, analysis_type: &str) -> Option<&'a str> {
        let subject = self.subjects.get(id).filter(|subject| subject.analysis_type() == analysis_type)?;
        Some(subject.item.id.as_str())
    }

    /// Everything that an item needs, directly or not, each with the reason.
    fn closure(&self, id: &str) -> Vec<(&'a str, &str)> {
        let mut seen: HashSet<&str> = HashSet::new();
        let mut found: Vec<(&'a str, &str)> = Vec::new();
        let mut open: Vec<&str> = vec![id];
        while let Some(id) = open.pop() {
            for (needed, reason) in self.direct.get(id).into_iter().flatten() {
                if seen.insert(needed) {
                    found.push((needed, reason));
                    open.push(needed);
                }
            }
        }
        found
    }
}
