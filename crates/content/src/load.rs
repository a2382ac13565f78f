//! Turns files into items: recognises the type, checks the keys, builds the typed content, and looks at
//! what only shows across files.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use model::LogType;
use serde_json::{Map, Value};

use crate::build::{self, Context};
use crate::check::{check_shape, near_miss};
use crate::codes;
use crate::correlation::check_references;
use crate::item::{Item, ItemBody, ItemState, LoadOptions, Repository, SourceFile};
use crate::keys::{self, Shape};
use crate::lint::{self, Document};
use crate::report::Report;
use crate::yaml::{self, Mapping, Node, Span};

/// The known values of `AnalysisType`.
pub(crate) const ANALYSIS_TYPES: [&str; 11] = [
    "rule",
    "scheduled_rule",
    "policy",
    "correlation_rule",
    "datamodel",
    "global",
    "pack",
    "saved_query",
    "scheduled_query",
    "lookup_table",
    "scheduled_prompt",
];

/// Reads a repository: every YAML file with an `AnalysisType` becomes an item, in the order of `files`.
///
/// Python files (`.py`) are found by their path beside the YAML that names them. YAML files that are empty
/// or have no `AnalysisType` are left out; YAML that cannot be read becomes an invalid item. Of two items
/// with one id, or two enabled data models for one log type, the first in file order stays ready.
/// Never fails as a whole.
pub fn load(files: &[SourceFile], options: &LoadOptions) -> Repository {
    let is_python = |file: &&SourceFile| file.path.extension().is_some_and(|extension| extension == "py");
    let python: HashMap<&Path, &SourceFile> =
        files.iter().filter(is_python).map(|file| (file.path.as_path(), file)).collect();
    let mut repository = Repository::default();
    let mut documents = Vec::new();
    let mut claims = Claims::default();
    for file in files.iter().filter(|file| !is_python(file)) {
        let mut report = Report::new(&file.path);
        if let Some(mut loaded) = load_file(file, &python, options, &mut report) {
            claims.take(&loaded, &mut report);
            if let Some(error) = report.first_error() {
                loaded.item.state = ItemState::Invalid { reason: error.message.clone(), line: error.line };
            }
            repository.items.push(loaded.item);
            documents.push(Document { source: file, root: loaded.root });
        } else if options.lint {
            lint::check_left_out(file, &mut report);
        }
        repository.findings.append(&mut report.findings);
    }
    check_references(&mut repository, options.is_part);
    lint::check(&mut repository, &documents, &python, options);
    repository
}

/// An item, the place of its id (`None` when it has no id that can be read), and its YAML (`None` when that
/// cannot be read).
struct Loaded {
    item: Item,
    id_span: Option<Span>,
    root: Option<Node>,
}

fn load_file(
    file: &SourceFile,
    python: &HashMap<&Path, &SourceFile>,
    options: &LoadOptions,
    report: &mut Report<'_>,
) -> Option<Loaded> {
    let root = match yaml::read(&file.text) {
        Ok(root) => root?,
        Err(error) => {
            report.add_yaml(error);
            return Some(unreadable(file));
        }
    };
    let map = root.as_map()?;
    let analysis_type = &map.get("AnalysisType")?.value;
    let Some(word) = analysis_type.as_text().filter(|word| ANALYSIS_TYPES.contains(word)) else {
        report_type(analysis_type, report);
        return Some(unreadable(file));
    };
    let (shape, id_key) = shape_of(word, map);
    let id = map.get(id_key).and_then(|field| Some((field.value.as_text()?, field.value.span)));
    report.item_id = id.map(|(id, _)| id.to_owned());
    check_shape(map, shape, "", root.span, report);
    let context = Context { yaml: file, python, options };
    let state = build::build(word, map, &context, report);
    if let (ItemState::NotBuilt { reason }, None) = (&state, report.first_error()) {
        report.add(&codes::NOT_RUN, id.map_or(Span::START, |(_, span)| span), reason.clone());
    }
    let item = Item {
        id: id.map_or_else(|| file_name(&file.path), |(id, _)| id.to_owned()),
        analysis_type: word.to_owned(),
        file: file.path.clone(),
        line: id.map_or(1, |(_, span)| span.line),
        fields: fields(map),
        test_count: map.get("Tests").and_then(|field| field.value.as_list()).map_or(0, <[Node]>::len),
        state,
    };
    let id_span = id.map(|(_, span)| span);
    Some(Loaded { item, id_span, root: Some(root) })
}

/// An item of which nothing is known but its file; the caller has reported why.
fn unreadable(file: &SourceFile) -> Loaded {
    let item = Item {
        id: file_name(&file.path),
        analysis_type: String::new(),
        file: file.path.clone(),
        line: 1,
        fields: Map::new(),
        test_count: 0,
        state: ItemState::Invalid { reason: String::new(), line: 1 },
    };
    Loaded { item, id_span: None, root: None }
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn fields(map: &Mapping) -> Map<String, Value> {
    let without_tests = map.iter().filter(|(key, _)| *key != "Tests");
    without_tests.map(|(key, field)| (key.clone(), field.value.to_json())).collect()
}

fn report_type(node: &Node, report: &mut Report<'_>) {
    let Some(word) = node.as_text() else {
        let message = format!("`AnalysisType` must be a text, not {}", node.kind_name());
        return report.add(&codes::WRONG_TYPE, node.span, message);
    };
    let hint = match near_miss(word, ANALYSIS_TYPES.into_iter()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("use one of {}", ANALYSIS_TYPES.join(", ")),
    };
    report.add_with_hint(
        &codes::UNKNOWN_TYPE,
        node.span,
        format!("unknown `AnalysisType` `{word}`"),
        Some(hint),
    );
}

/// The keys of an item and the one that holds its id.
fn shape_of(analysis_type: &str, map: &Mapping) -> (&'static Shape, &'static str) {
    match analysis_type {
        "rule" if map.contains_key("BaseDetection") => (&keys::DERIVED, "RuleID"),
        "rule" | "scheduled_rule" => (&keys::RULE, "RuleID"),
        "policy" => (&keys::POLICY, "PolicyID"),
        "correlation_rule" => (&keys::CORRELATION_RULE, "RuleID"),
        "datamodel" => (&keys::DATA_MODEL, "DataModelID"),
        "global" => (&keys::GLOBAL, "GlobalID"),
        "pack" => (&keys::PACK, "PackID"),
        "saved_query" => (&keys::SAVED_QUERY, "QueryName"),
        "scheduled_query" => (&keys::SCHEDULED_QUERY, "QueryName"),
        "lookup_table" if map.keys().any(|key| keys::is_query_key(key)) => {
            (&keys::SQL_LOOKUP_TABLE, "LookupName")
        }
        "lookup_table" => (&keys::LOOKUP_TABLE, "LookupName"),
        _ => (&keys::SCHEDULED_PROMPT, "PromptName"),
    }
}

/// What the items read so far have taken for themselves.
#[derive(Default)]
struct Claims {
    ids: HashMap<String, (PathBuf, u32)>,
    data_models: BTreeMap<LogType, (String, PathBuf)>,
}

impl Claims {
    fn take(&mut self, loaded: &Loaded, report: &mut Report<'_>) {
        let Loaded { item, id_span, root: _ } = loaded;
        if let Some(span) = *id_span {
            self.take_id(item, span, report);
        }
        if let ItemState::Ready(ItemBody::DataModel(data_model)) = &item.state
            && data_model.enabled
            && report.first_error().is_none()
        {
            self.take_log_types(item, &data_model.log_types, id_span.unwrap_or(Span::START), report);
        }
    }

    fn take_id(&mut self, item: &Item, span: Span, report: &mut Report<'_>) {
        if let Some((file, line)) = self.ids.get(&item.id) {
            let message =
                format!("the id `{}` is already used in `{}`, line {line}", item.id, file.display());
            let hint =
                Some(format!("give one of `{}` and `{}` another id", file.display(), item.file.display()));
            report.add_with_hint(&codes::DUPLICATE_ID, span, message, hint);
        } else {
            self.ids.insert(item.id.clone(), (item.file.clone(), span.line));
        }
    }

    fn take_log_types(&mut self, item: &Item, log_types: &[LogType], span: Span, report: &mut Report<'_>) {
        for log_type in log_types {
            if let Some((id, file)) = self.data_models.get(log_type) {
                let message =
                    format!("the log type `{log_type}` has the data model `{id}` in `{}`", file.display());
                let hint = Some("disable one of the two, or take the log type out of one".to_owned());
                report.add_with_hint(&codes::DATA_MODEL_TAKEN, span, message, hint);
            }
        }
        if report.first_error().is_some() {
            return;
        }
        for log_type in log_types {
            self.data_models.insert(log_type.clone(), (item.id.clone(), item.file.clone()));
        }
    }
}
