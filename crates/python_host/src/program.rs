//! What the workers run: globals, data models and detections as texts.

use std::collections::HashMap;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use content::{Logic, MappingTarget, PypantherProject, Repository};
use model::{DetectionKind, LogType, RuleId, Severity};

/// A whole program; immutable, replaced as a whole by a reload.
#[derive(Debug, Default, PartialEq)]
pub struct Program {
    globals: Vec<GlobalProgram>,
    data_models: Vec<DataModelProgram>,
    rules: Vec<RuleProgram>,
    projects: Vec<Arc<PypantherProject>>,
    by_log_type: HashMap<LogType, Vec<u32>>,
    by_id: HashMap<RuleId, u32>,
    shared_version: u64,
}

/// A module that detections import by its id.
#[derive(Clone, Debug, PartialEq)]
pub struct GlobalProgram {
    /// `GlobalID`.
    pub id: String,
    /// Python text.
    pub source: String,
}

/// Common names for the fields of some log types.
#[derive(Clone, Debug, PartialEq)]
pub struct DataModelProgram {
    /// `DataModelID`.
    pub id: String,
    /// The log types that it serves.
    pub log_types: Vec<LogType>,
    /// Common name to field.
    pub mappings: Vec<(String, MappingTarget)>,
    /// Python text with the functions that mappings name.
    pub source: Option<String>,
}

/// One Python detection.
#[derive(Clone, Debug, PartialEq)]
pub struct RuleProgram {
    /// `RuleID`.
    pub id: RuleId,
    /// Decides the argument, the name of the matcher and when it triggers.
    pub kind: DetectionKind,
    /// The log types whose events it sees.
    pub log_types: Vec<LogType>,
    /// What `DEFAULT` means in unit tests.
    pub severity: Severity,
    /// `CreateAlert`; `false` leaves alert texts out of test reports.
    pub create_alert: bool,
    /// `Enabled` of the content; [`ActiveRules`](crate::ActiveRules) may say otherwise.
    pub enabled: bool,
    /// Changes whenever the item does; new content ends a bench.
    pub version: String,
    /// Its code.
    pub source: RuleSource,
}

/// Where the code of a detection comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RuleSource {
    /// A Python text of its own.
    Text(String),
    /// The class that this pypanther project registers under the id of the detection.
    Project(Arc<PypantherProject>),
}

impl From<String> for RuleSource {
    fn from(text: String) -> RuleSource {
        RuleSource::Text(text)
    }
}

impl From<&str> for RuleSource {
    fn from(text: &str) -> RuleSource {
        RuleSource::Text(text.to_owned())
    }
}

impl RuleProgram {
    /// A detection under the id of a global that does nothing but import it: loading the one shows whether
    /// the other can be loaded. Ids are unique over all kinds, so it takes nobody's place.
    pub fn importing(global_id: &str) -> RuleProgram {
        let name = serde_json::to_string(global_id).expect("a text is JSON");
        RuleProgram {
            id: global_id.into(),
            kind: DetectionKind::Rule,
            log_types: Vec::new(),
            severity: Severity::Info,
            create_alert: false,
            enabled: false,
            version: String::new(),
            source: RuleSource::Text(format!(
                "import importlib\nimportlib.import_module({name})\ndef rule(event):\n    return False\n"
            )),
        }
    }
}

impl Program {
    /// A program; the order of evaluation is the order of rule ids. Of several rules with one id the
    /// last one stays.
    pub fn new(
        globals: Vec<GlobalProgram>,
        data_models: Vec<DataModelProgram>,
        mut rules: Vec<RuleProgram>,
    ) -> Program {
        rules.reverse();
        rules.sort_by(|a, b| a.id.cmp(&b.id));
        rules.dedup_by(|a, b| a.id == b.id);
        let mut by_log_type: HashMap<LogType, Vec<u32>> = HashMap::new();
        let mut by_id = HashMap::new();
        for (index, rule) in (0_u32..).zip(&rules) {
            by_id.insert(rule.id.clone(), index);
            if rule.kind == DetectionKind::Rule {
                for log_type in &rule.log_types {
                    let rules = by_log_type.entry(log_type.clone()).or_default();
                    if rules.last() != Some(&index) {
                        rules.push(index);
                    }
                }
            }
        }
        let shared_version = shared_version(&globals, &data_models);
        let projects = projects_of(&rules);
        Program { globals, data_models, rules, projects, by_log_type, by_id, shared_version }
    }

    /// The Python detections, globals and enabled data models of a repository that are ready.
    pub fn from_repository(repository: &Repository) -> Program {
        let globals = repository
            .globals()
            .map(|global| GlobalProgram { id: global.id.clone(), source: global.python.text.clone() })
            .collect();
        let data_models = repository
            .data_models()
            .filter(|model| model.enabled)
            .map(|model| DataModelProgram {
                id: model.id.clone(),
                log_types: model.log_types.clone(),
                mappings: model.mappings.iter().map(|m| (m.name.clone(), m.target.clone())).collect(),
                source: model.python.as_ref().map(|python| python.text.clone()),
            })
            .collect();
        let rules = repository
            .rules()
            .filter_map(|rule| Some((rule, source_of(&rule.logic)?)))
            .map(|(rule, source)| RuleProgram {
                id: rule.detection.id.clone(),
                kind: rule.detection.kind,
                log_types: rule.detection.log_types.clone(),
                severity: rule.detection.severity,
                create_alert: rule.detection.create_alert,
                enabled: rule.detection.enabled,
                version: rule.detection.version.clone(),
                source,
            })
            .collect();
        Program::new(globals, data_models, rules)
    }

    /// This program with further detections.
    pub fn with_rules(self, rules: Vec<RuleProgram>) -> Program {
        let Program { globals, data_models, rules: mut all, .. } = self;
        all.extend(rules);
        Program::new(globals, data_models, all)
    }

    /// Changes with the texts that every item can import; the same in one process only.
    pub(crate) fn shared_version(&self) -> u64 {
        self.shared_version
    }

    /// The detections in the order of evaluation.
    pub fn rules(&self) -> &[RuleProgram] {
        &self.rules
    }

    pub(crate) fn globals(&self) -> &[GlobalProgram] {
        &self.globals
    }

    pub(crate) fn data_models(&self) -> &[DataModelProgram] {
        &self.data_models
    }

    /// The pypanther projects of the detections, each once.
    pub(crate) fn projects(&self) -> &[Arc<PypantherProject>] {
        &self.projects
    }

    /// Index of the project that registers a detection.
    pub(crate) fn project_of(&self, rule: &RuleProgram) -> Option<usize> {
        match &rule.source {
            RuleSource::Text(_) => None,
            RuleSource::Project(project) => self.projects.iter().position(|one| Arc::ptr_eq(one, project)),
        }
    }

    /// Indexes of the rules that list a log type, ascending.
    pub(crate) fn rules_of(&self, log_type: &LogType) -> &[u32] {
        self.by_log_type.get(log_type).map_or(&[], Vec::as_slice)
    }

    pub(crate) fn index_of(&self, id: &RuleId) -> Option<u32> {
        self.by_id.get(id).copied()
    }

    pub(crate) fn rule(&self, index: u32) -> &RuleProgram {
        &self.rules[index as usize]
    }
}

fn projects_of(rules: &[RuleProgram]) -> Vec<Arc<PypantherProject>> {
    let mut projects: Vec<Arc<PypantherProject>> = Vec::new();
    for rule in rules {
        if let RuleSource::Project(project) = &rule.source
            && !projects.iter().any(|one| Arc::ptr_eq(one, project))
        {
            projects.push(Arc::clone(project));
        }
    }
    // The order of evaluation of rules says nothing about projects; their folders do.
    projects.sort_by(|a, b| a.root().cmp(b.root()));
    projects
}

/// The Python of a rule; `None` for a rule that needs none.
fn source_of(logic: &Logic) -> Option<RuleSource> {
    match logic {
        Logic::Python(python) => Some(RuleSource::Text(python.text.clone())),
        Logic::Pypanther(class) => Some(RuleSource::Project(Arc::clone(&class.project))),
        Logic::Simple(_) => None,
    }
}

fn shared_version(globals: &[GlobalProgram], data_models: &[DataModelProgram]) -> u64 {
    let mut hasher = std::hash::DefaultHasher::new();
    for global in globals {
        (&global.id, &global.source).hash(&mut hasher);
    }
    for model in data_models {
        (&model.id, &model.source).hash(&mut hasher);
    }
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(id: &str, log_types: &[&str], source: &str) -> RuleProgram {
        RuleProgram {
            id: id.into(),
            kind: DetectionKind::Rule,
            log_types: log_types.iter().map(|&log_type| log_type.into()).collect(),
            severity: Severity::Low,
            create_alert: true,
            enabled: true,
            version: "1".into(),
            source: source.into(),
        }
    }

    #[test]
    fn rules_are_ordered_by_id_and_found_by_log_type() {
        let program = Program::new(
            vec![],
            vec![],
            vec![rule("B", &["T", "T"], "old"), rule("A", &["T", "U"], ""), rule("B", &["T"], "new")],
        );
        let ids: Vec<_> = program.rules().iter().map(|rule| rule.id.as_str()).collect();
        assert_eq!(ids, ["A", "B"]);
        assert_eq!(program.rule(1).source, "new".into());
        assert_eq!(program.rules_of(&"T".into()), [0, 1]);
        assert_eq!(program.rules_of(&"U".into()), [0]);
        assert!(program.rules_of(&"V".into()).is_empty());
        assert_eq!(program.index_of(&"B".into()), Some(1));
    }
}
