//! The part of the content that can have a say in what is said of one item: a check in an editor cannot wait until
//! hundreds of other items are read.
//!
//! It holds the globals and data models, and whatever the item names, directly or through others or by an import. What is said of the
//! item by this part is what is said by the whole, unless the item names something that is not there: then hints
//! and further checks look at everything, and the whole is to be loaded.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::PathBuf;

use content::{Diagnostic, Item, LoadOptions, Repository, read_value};
use serde_json::Value;

use super::Shown;
use super::stored::{Stored, is_stored};

/// Codes of findings about items that are not there: `BaseDetection`, packs, steps, queries.
const CODES_OF_MISSING: [&str; 4] = ["C020", "C024", "C044", "C121"];

/// Items that belong to the part of one.
struct Part {
    /// Files of directories.
    files: HashSet<PathBuf>,
    /// Ids of stored items.
    stored: BTreeSet<String>,
    has_projects: bool,
}

/// Loads what can have a say in an item, `next` being stored; `is_own` tells its findings.
pub(super) fn load_for(
    shown: &Shown,
    next: &Stored,
    (id, yaml, python): (&str, &str, &str),
    options: &LoadOptions,
    is_own: impl Fn(&Diagnostic) -> bool,
) -> Repository {
    let part = Part::of(&shown.repository, id, yaml, python);
    let mut top = next.root_of(|stored| stored == id || part.stored.contains(stored));
    if part.has_projects {
        top.projects.extend(next.project().cloned());
    }
    let repository = shown.directories.load_part(&part.files, part.has_projects, options, &top);
    let is_missing = |finding: &Diagnostic| CODES_OF_MISSING.contains(&finding.code) && is_own(finding);
    if repository.findings.iter().any(is_missing) {
        return shown.directories.load_with(options, &next.root());
    }
    repository
}

impl Part {
    fn of<'r>(repository: &'r Repository, id: &str, yaml: &str, python: &str) -> Part {
        let by_id: HashMap<&str, &'r Item> =
            repository.items.iter().map(|item| (item.id.as_str(), item)).collect();
        let mut part = Part { files: HashSet::new(), stored: BTreeSet::new(), has_projects: false };
        // Files that the item replaces are compared with it.
        let replaced = repository.overrides.iter().filter(|step| step.id == id);
        part.files.extend(replaced.map(|step| step.from.file.clone()));
        let mut waiting: Vec<&'r Item> = Vec::new();
        let mut seen: HashSet<&'r str> = HashSet::new();
        let mut name = |word: &str, waiting: &mut Vec<&'r Item>| {
            let Some(item) = by_id.get(word) else { return };
            if seen.insert(item.id.as_str()) {
                waiting.push(item);
            }
        };
        let mut said = read_value(yaml).unwrap_or_default();
        if let Some(keys) = said.as_object_mut() {
            keys.remove("Tests");
        }
        name(id, &mut waiting);
        words(&said, &mut |word| name(word, &mut waiting));
        let imported = imported(python);
        for item in &repository.items {
            let is_shared = matches!(item.analysis_type.as_str(), "global" | "datamodel")
                || file_name(item)
                    .and_then(|name| name.strip_suffix(".py"))
                    .is_some_and(|stem| imported.contains(stem));
            // A stored item may be missed by the packs that are stored with it.
            if is_shared || (item.analysis_type == "pack" && is_stored(&item.file)) {
                name(&item.id, &mut waiting);
            }
        }
        while let Some(item) = waiting.pop() {
            part.add(item);
            for value in item.fields.values() {
                words(value, &mut |word| name(word, &mut waiting));
            }
        }
        part
    }

    fn add(&mut self, item: &Item) {
        if is_stored(&item.file) {
            self.stored.insert(item.id.clone());
        }
        // The file of a pypanther rule is no file of a directory that is read as YAML.
        self.has_projects |= item.file.extension().is_some_and(|extension| extension == "py");
        self.files.insert(item.file.clone());
        self.files.extend(file_name(item).map(|name| item.file.with_file_name(name)));
    }
}

/// The file beside an item.
fn file_name(item: &Item) -> Option<&str> {
    let name = item.fields.get("Filename")?.as_str()?;
    name.rsplit(['/', '\\']).next().filter(|name| !name.is_empty())
}

/// Every name in the lines of a Python text that import something, and more than that where such a line is no
/// import: an item too many does no harm.
fn imported(python: &str) -> HashSet<&str> {
    let lines = python.lines().map(str::trim_start);
    let lines = lines.filter(|line| line.starts_with("import ") || line.starts_with("from "));
    lines.flat_map(|line| line.split(|letter: char| !letter.is_alphanumeric() && letter != '_')).collect()
}

/// Every text of a value.
fn words(value: &Value, found: &mut impl FnMut(&str)) {
    match value {
        Value::String(word) => found(word),
        Value::Array(entries) => entries.iter().for_each(|entry| words(entry, found)),
        Value::Object(fields) => fields.values().for_each(|field| words(field, found)),
        _ => {}
    }
}
