//! The content that counts, as the API shows it.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::Arc;

use api::{ContentFile, ContentItem, ContentKind, ContentOrigin, ContentView};
use content::{
    Item, ItemBody, ItemState, Logic, Repository, Rule, UnitTest, key_texts, read_value, write_value,
};
use model::DetectionKind;
use serde_json::{Map, Value, json};
use store::StoredContent;

use super::stored::{Names, Stored, is_of_project, is_stored};
use crate::repository::Directories;

/// Keys that hold expressions, shown as they are written.
const TEXT_KEYS: [&str; 6] =
    ["Detection", "InlineFilters", "DynamicSeverities", "AlertTitle", "AlertContext", "GroupBy"];

/// Everything that is shown of a repository; `broken` are detections that no worker can run, and why.
pub(super) fn view(
    repository: &Repository,
    directories: &Directories,
    stored: &Stored,
    broken: &BTreeMap<String, String>,
) -> ContentView {
    let files: HashMap<&Path, &str> =
        directories.files().map(|file| (file.path.as_path(), file.text.as_str())).collect();
    let builder = Builder { repository, directories, stored, broken, names: stored.names(), files };
    let items = repository.items.iter().filter_map(|item| builder.item(item).map(Arc::new));
    ContentView::new(items.collect(), stored.change)
}

struct Builder<'a> {
    repository: &'a Repository,
    directories: &'a Directories,
    stored: &'a Stored,
    broken: &'a BTreeMap<String, String>,
    names: Names,
    files: HashMap<&'a Path, &'a str>,
}

impl Builder<'_> {
    /// `None` for a file of which nothing is known but that it cannot be read.
    fn item(&self, item: &Item) -> Option<ContentItem> {
        let kind = kind_of(item)?;
        let row = self.row(item);
        let origin = if is_of_project(&item.file) || self.is_of_stored_project(item) {
            ContentOrigin::Pypanther
        } else if row.is_some() {
            ContentOrigin::Api
        } else {
            ContentOrigin::Directory
        };
        let yaml = self.yaml(item);
        let mut keys = item.fields.clone();
        if let Some(tests) = tests(item, yaml) {
            keys.insert("Tests".to_owned(), tests);
        }
        let written = self.directories.written_at(&item.file);
        Some(ContentItem {
            id: item.id.clone(),
            kind,
            origin,
            path: self.names.shown(&item.file),
            texts: self.texts(item, yaml, row),
            yaml: yaml.into(),
            python: self.python(item),
            enabled: keys.get("Enabled").and_then(Value::as_bool).unwrap_or(!kind.is_detection()),
            keys,
            version: row.map_or(0, |row| row.version),
            created_at: row.map(|row| row.created_at).or(written),
            last_modified: row.map(|row| row.updated_at).or(written),
            created_by: row.map(|row| row.created_by.clone()),
            last_modified_by: row.map(|row| row.updated_by.clone()),
            problem: match &item.state {
                ItemState::Invalid { reason, .. } => Some(self.names.sentence(reason)),
                _ => self.broken.get(&item.id).map(|reason| format!("it cannot run: {reason}")),
            },
        })
    }

    /// The stored row that the item comes from.
    fn row(&self, item: &Item) -> Option<&StoredContent> {
        let row = if self.is_of_stored_project(item) {
            self.stored.project_row()
        } else {
            self.stored.find(&item.id).filter(|_| is_stored(&item.file))
        };
        row.map(Arc::as_ref)
    }

    /// A rule of an installed package lies in no file of the project.
    fn is_of_stored_project(&self, item: &Item) -> bool {
        match item.rule().map(|rule| &rule.logic) {
            Some(Logic::Pypanther(class)) => is_of_project(class.project.root()),
            _ => is_of_project(&item.file),
        }
    }

    fn yaml(&self, item: &Item) -> &str {
        if matches!(item.rule().map(|rule| &rule.logic), Some(Logic::Pypanther(_))) {
            return "";
        }
        match self.stored.find(&item.id).filter(|_| is_stored(&item.file)) {
            Some(row) => &row.text.yaml,
            None => self.files.get(item.file.as_path()).copied().unwrap_or_default(),
        }
    }

    fn python(&self, item: &Item) -> Option<ContentFile> {
        let python = match &item.state {
            ItemState::Ready(ItemBody::Rule(rule)) => match &rule.logic {
                Logic::Python(python) => python,
                Logic::Pypanther(class) => {
                    let inner = class.file.strip_prefix(class.project.root()).ok()?;
                    let text = class.project.text(&inner.to_string_lossy())?;
                    return Some(ContentFile {
                        name: inner.to_string_lossy().into_owned(),
                        text: text.into(),
                    });
                }
                Logic::Simple(_) => return None,
            },
            ItemState::Ready(ItemBody::Global(global)) => &global.python,
            ItemState::Ready(ItemBody::DataModel(model)) => model.python.as_ref()?,
            _ => return self.python_of_broken(item),
        };
        let name = python.path.file_name()?.to_string_lossy().into_owned();
        Some(ContentFile { name, text: python.text.as_str().into() })
    }

    /// What lies beside an item that cannot be used.
    fn python_of_broken(&self, item: &Item) -> Option<ContentFile> {
        if let Some(row) = self.stored.find(&item.id).filter(|_| is_stored(&item.file)) {
            let file = row.text.file.as_ref().filter(|file| file.name.ends_with(".py"))?;
            let text = String::from_utf8_lossy(&file.data);
            return Some(ContentFile { name: file.name.clone(), text: text.as_ref().into() });
        }
        let name = item.fields.get("Filename")?.as_str()?.rsplit(['/', '\\']).next()?.to_owned();
        let text = self.files.get(item.file.with_file_name(&name).as_path())?;
        Some(ContentFile { name, text: (*text).into() })
    }

    /// The texts of expressions: as the form said them, as the file says them, or as they count.
    fn texts(&self, item: &Item, yaml: &str, row: Option<&StoredContent>) -> BTreeMap<String, String> {
        let base = item.fields.get("BaseDetection").and_then(Value::as_str);
        let has_any = TEXT_KEYS.iter().any(|key| item.fields.contains_key(*key));
        let has_form = row.is_some_and(|row| !row.text.form.is_empty());
        if !has_any && !has_form && base.is_none() {
            return BTreeMap::new();
        }
        let mut texts = BTreeMap::new();
        if let Some(base) = base.and_then(|base| self.repository.items.iter().find(|item| item.id == base)) {
            texts.extend(key_texts(self.yaml(base), &TEXT_KEYS));
        }
        texts.extend(key_texts(yaml, &TEXT_KEYS));
        for (key, text) in row.into_iter().flat_map(|row| &row.text.form) {
            texts.insert(key.clone(), text.clone());
        }
        for key in TEXT_KEYS {
            let Some(value) = item.fields.get(key) else { continue };
            let says_so = |text: &String| {
                value.as_str() == Some(text) || read_value(text).is_ok_and(|read| read == *value)
            };
            if !texts.get(key).is_some_and(says_so) {
                texts.insert(key.to_owned(), write_value(value));
            }
        }
        texts
    }
}

fn kind_of(item: &Item) -> Option<ContentKind> {
    if let Some(rule) = item.rule() {
        return Some(match (rule.detection.kind, &rule.logic) {
            (DetectionKind::Policy, _) => ContentKind::Policy,
            (DetectionKind::ScheduledRule, _) => ContentKind::ScheduledRule,
            (_, Logic::Simple(_)) => ContentKind::SimpleRule,
            _ => ContentKind::Rule,
        });
    }
    Some(match item.analysis_type.as_str() {
        "rule" if item.fields.contains_key("Detection") => ContentKind::SimpleRule,
        "rule" => ContentKind::Rule,
        "scheduled_rule" => ContentKind::ScheduledRule,
        "correlation_rule" => ContentKind::CorrelationRule,
        "policy" => ContentKind::Policy,
        "datamodel" => ContentKind::DataModel,
        "global" => ContentKind::Global,
        "saved_query" => ContentKind::SavedQuery,
        "scheduled_query" => ContentKind::ScheduledQuery,
        "lookup_table" => ContentKind::LookupTable,
        "scheduled_prompt" => ContentKind::ScheduledPrompt,
        "pack" => ContentKind::Pack,
        _ => return None,
    })
}

/// `Tests` as they count; those of a derived rule may be its base's.
fn tests(item: &Item, yaml: &str) -> Option<Value> {
    if let Some(rule) = item.rule() {
        let tests: Vec<Value> = rule.tests.iter().map(|test| unit_test(rule, test)).collect();
        return (!tests.is_empty()).then_some(Value::Array(tests));
    }
    if item.test_count == 0 {
        return None;
    }
    read_value(yaml).ok()?.get("Tests").cloned()
}

fn unit_test(rule: &Rule, test: &UnitTest) -> Value {
    let UnitTest { name, expected, log, mocks, expected_destinations, file: _, line: _ } = test;
    let mut keys = Map::new();
    keys.insert("Name".to_owned(), json!(name));
    keys.insert("ExpectedResult".to_owned(), json!(expected));
    let log_key = if rule.detection.kind == DetectionKind::Policy { "Resource" } else { "Log" };
    keys.insert(log_key.to_owned(), log.clone());
    if !mocks.is_empty() {
        let mock = |(name, value): &(String, Value)| json!({"objectName": name, "returnValue": value});
        keys.insert("Mocks".to_owned(), mocks.iter().map(mock).collect());
    }
    if let Some(destinations) = expected_destinations {
        keys.insert("ExpectedDestinations".to_owned(), json!(destinations));
    }
    Value::Object(keys)
}
