//! Turns files into items: recognises the type, checks the keys, builds the typed content, and looks at
//! what only shows across files.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use model::LogType;
use serde_json::{Map, Value};

use crate::build::{self, Context};
use crate::check::{check_shape, near_miss};
use crate::codes;
use crate::correlation::{check_broken_steps, check_references};
use crate::derived;
use crate::diagnostic::Diagnostic;
use crate::draft::Draft;
use crate::item::{Item, ItemBody, ItemState, LoadOptions, Repository, SourceFile};
use crate::keys::{self, Shape};
use crate::kinds;
use crate::lint;
use crate::overlay::{self, OverridesFile, Root};
use crate::project_items::{self, ProjectItems};
use crate::report::Report;
use crate::simple;
use crate::yaml::{self, Mapping, Node};

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

/// Reads a repository of one root; see [`load_roots`].
pub fn load(files: &[SourceFile], options: &LoadOptions) -> Repository {
    load_roots(vec![Root { files, overrides: None, projects: Vec::new() }], options)
}

/// Reads content roots on top of each other: every YAML file with an `AnalysisType` becomes an item, in the
/// order of the files.
///
/// Python files (`.py`) are found by their path beside the YAML that names them. YAML files that are empty
/// or have no `AnalysisType` are left out; YAML that cannot be read becomes an invalid item. An item takes the
/// place of the item of an earlier root with its id; of two items of one root with one id, or two enabled data
/// models for one log type, the first in file order stays ready. Never fails as a whole.
pub fn load_roots(roots: Vec<Root<'_>>, options: &LoadOptions) -> Repository {
    let is_python = |file: &&SourceFile| file.path.extension().is_some_and(|extension| extension == "py");
    let files = roots.iter().flat_map(|root| root.files);
    let python: HashMap<&Path, &SourceFile> =
        files.filter(is_python).map(|file| (file.path.as_path(), file)).collect();
    let mut repository = Repository::default();
    let mut drafts: Vec<Draft<'_>> = Vec::new();
    let mut overrides: Vec<OverridesFile<'_>> = Vec::new();
    let mut of_projects = Vec::new();
    for (index, root) in roots.into_iter().enumerate() {
        for yaml in root.files.iter().filter(|file| !is_python(file)) {
            match read_file(Context { yaml, python: &python, options }, index) {
                Ok(draft) => drafts.push(draft),
                Err(findings) => repository.findings.extend(findings),
            }
        }
        overrides.extend(root.overrides.map(|file| overlay::read(file, index)));
        for outcome in root.projects {
            let ProjectItems { items, findings } = project_items::read(outcome, options);
            of_projects.extend(items.into_iter().map(|item| Draft::of_project(item, index)));
            repository.findings.extend(findings);
        }
    }
    if options.lint {
        overrides.iter_mut().for_each(|file| lint::check_overrides(file, options));
    }
    drafts.append(&mut of_projects);
    let replaced = overlay::settle(&mut drafts);
    let changed = overlay::apply(&mut overrides, &mut drafts, &replaced, options.is_part);
    derived::resolve(&mut drafts);
    claim_log_types(&mut drafts);
    kinds::check_references(&mut drafts, options.is_part);
    let mut documents = Vec::with_capacity(drafts.len());
    for draft in drafts {
        let (item, document, findings) = draft.finish();
        repository.items.push(item);
        repository.findings.extend(findings);
        documents.extend(document);
    }
    repository.findings.extend(overrides.into_iter().flat_map(|file| file.report.findings));
    let python = overlay::without_replaced(&python, &replaced, &repository.items);
    check_references(&mut repository, options.is_part);
    lint::check(&mut repository, &documents, &python, options);
    derived::follow_bases(&mut repository, &documents);
    check_broken_steps(&mut repository);
    repository.overrides = replaced.into_iter().map(|replaced| replaced.step).chain(changed).collect();
    repository
}

/// Reads one YAML file; when it is no item, gives what there is to say about it all the same.
fn read_file(context: Context<'_>, root_index: usize) -> Result<Draft<'_>, Vec<Diagnostic>> {
    let file = context.yaml;
    let mut report = Report::new(&file.path);
    let root = match yaml::read(&file.text) {
        Ok(Some(root)) => root,
        Ok(None) => return Err(Vec::new()),
        Err(mut error) => {
            if error.code == &codes::YAML_SYNTAX && simple::is_meant(&file.text) {
                error.code = &codes::SIMPLE_UNREADABLE;
            }
            report.add_yaml(error);
            return Ok(unreadable(context, root_index, report));
        }
    };
    let Some(map) = root.as_map().filter(|map| map.contains_key("AnalysisType")) else {
        overlay::check_misplaced(file, &root, &mut report);
        if context.options.lint {
            lint::check_left_out(&root, &mut report);
        }
        return Err(report.findings);
    };
    let analysis_type = &map["AnalysisType"].value;
    let Some(word) = analysis_type.as_text().filter(|word| ANALYSIS_TYPES.contains(word)) else {
        report_type(analysis_type, &mut report);
        return Ok(unreadable(context, root_index, report));
    };
    let (shape, id_key) = shape_of(word, map);
    let id = map.get(id_key).and_then(|field| Some((field.value.as_text()?, field.value.span)));
    report.item_id = id.map(|(id, _)| id.to_owned());
    check_shape(map, shape, "", root.span, &mut report);
    let state = if std::ptr::eq(shape, &keys::DERIVED) {
        derived::begin(map, &mut report)
    } else {
        build::build(word, map, &context, &mut report)
    };
    let id_span = id.map(|(_, span)| span);
    let item = Item {
        id: id.map_or_else(|| file_name(&file.path), |(id, _)| id.to_owned()),
        analysis_type: word.to_owned(),
        file: file.path.clone(),
        line: id_span.map_or(1, |span| span.line),
        fields: fields(map),
        test_count: test_count(map),
        state,
    };
    Ok(Draft::new(item, id_span, Some(root), root_index, context, report))
}

/// An item of which nothing is known but its file; `report` says why.
fn unreadable<'a>(context: Context<'a>, root_index: usize, report: Report<'a>) -> Draft<'a> {
    let file = &context.yaml.path;
    let item = Item {
        id: file_name(file),
        analysis_type: String::new(),
        file: file.clone(),
        line: 1,
        fields: Map::new(),
        test_count: 0,
        state: build::invalid(),
    };
    Draft::new(item, None, None, root_index, context, report)
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// Entries of `Tests`.
pub(crate) fn test_count(map: &Mapping) -> usize {
    map.get("Tests").and_then(|field| field.value.as_list()).map_or(0, <[Node]>::len)
}

/// The top-level keys but `Tests` as JSON.
pub(crate) fn fields(map: &Mapping) -> Map<String, Value> {
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
pub(crate) fn shape_of(analysis_type: &str, map: &Mapping) -> (&'static Shape, &'static str) {
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

/// Reports every log type for which a sound, enabled data model before has one.
fn claim_log_types(drafts: &mut [Draft<'_>]) {
    let mut taken: BTreeMap<LogType, (String, PathBuf)> = BTreeMap::new();
    for draft in drafts.iter_mut().filter(|draft| draft.is_sound()) {
        let span = draft.id_span();
        let ItemState::Ready(ItemBody::DataModel(data_model)) = &draft.item.state else { continue };
        if !data_model.enabled {
            continue;
        }
        for log_type in &data_model.log_types {
            if let Some((id, file)) = taken.get(log_type) {
                let message =
                    format!("the log type `{log_type}` has the data model `{id}` in `{}`", file.display());
                let hint = Some("disable one of the two, or take the log type out of one".to_owned());
                draft.report.add_with_hint(&codes::DATA_MODEL_TAKEN, span, message, hint);
            }
        }
        if draft.report.first_error().is_some() {
            continue;
        }
        for log_type in &data_model.log_types {
            taken.insert(log_type.clone(), (draft.item.id.clone(), draft.item.file.clone()));
        }
    }
}
