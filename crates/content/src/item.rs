//! The items of a detection repository.

use std::collections::{BTreeSet, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use model::{Detection, LogType};
use serde_json::{Map, Value};

use crate::correlation::CorrelationRule;
use crate::diagnostic::{Diagnostic, Level};
use crate::environment::PythonEnvironment;
use crate::kinds::{LookupTable, Pack, SavedQuery, ScheduledPrompt, ScheduledQuery};
use crate::overlay::{OVERRIDES_FILE, Override};
use crate::project::PypantherProject;
use crate::simple::{InlineFilters, SimpleDetection};

/// A file of the repository: YAML (`.yml`, `.yaml`) or Python (`.py`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceFile {
    /// Where it lies; named so in findings.
    pub path: PathBuf,
    /// What it says.
    pub text: String,
}

/// How [`load`](crate::load) judges.
#[derive(Clone, Debug, Default)]
pub struct LoadOptions {
    /// The log types that exist; `None` knows none and says nothing about `LogTypes`.
    pub known_log_types: Option<BTreeSet<LogType>>,
    /// Whether to look for what loads and is questionable all the same.
    pub lint: bool,
    /// Names and ids of the destinations that exist; `None` knows none and says nothing about them.
    pub destinations: Option<BTreeSet<String>>,
    /// What Python code finds when it runs; `None` knows nothing and says nothing about modules.
    pub python: Option<PythonEnvironment>,
    /// Whether the files are only a part of a repository: then an item may name another one that is not
    /// among them.
    pub is_part: bool,
    /// Files beside the YAML that are neither YAML nor Python; `None` knows none and says nothing about them.
    pub data_files: Option<BTreeSet<PathBuf>>,
}

/// A loaded repository.
#[derive(Clone, Debug, Default)]
pub struct Repository {
    /// Every file with an `AnalysisType` and every file that is no YAML, in file order.
    pub items: Vec<Item>,
    /// Everything that was found, in file order; an invalid item has at least one error here.
    pub findings: Vec<Diagnostic>,
    /// What later roots replace and change: replaced items first, then changed ones, each in order of roots.
    pub overrides: Vec<Override>,
}

/// One file with an `AnalysisType`.
#[derive(Clone, Debug)]
pub struct Item {
    /// The id (`RuleID`, `GlobalID`, `QueryName`, …); the file's name when it cannot be read.
    pub id: String,
    /// `AnalysisType` as written; empty when it cannot be read.
    pub analysis_type: String,
    /// The YAML file.
    pub file: PathBuf,
    /// Line of the id, from 1.
    pub line: u32,
    /// The top-level keys as JSON, `Tests` left out; what [`Filter`](crate::Filter) looks at.
    pub fields: Map<String, Value>,
    /// Entries of `Tests`, whether they can be run or not.
    pub test_count: usize,
    /// What came of it.
    pub state: ItemState,
}

/// What came of an item.
#[derive(Clone, Debug)]
pub enum ItemState {
    /// It can be used.
    Ready(ItemBody),
    /// It is valid as far as it is read, but its kind is not run yet.
    NotBuilt {
        /// Why, for people.
        reason: String,
    },
    /// It cannot be loaded; [`Repository::findings`] has the whole story.
    Invalid {
        /// The first error.
        reason: String,
        /// Where, from 1.
        line: u32,
    },
}

/// The typed content of a ready item.
#[derive(Clone, Debug)]
pub enum ItemBody {
    /// A rule, scheduled rule or policy. Boxed because it is much larger than the others.
    Rule(Box<Rule>),
    /// A rule over the matches of other rules.
    Correlation(Box<CorrelationRule>),
    /// A Python module that others import by its id.
    Global(Global),
    /// Names of fields by log type.
    DataModel(DataModel),
    /// Items that belong together.
    Pack(Pack),
    /// A query with a name.
    SavedQuery(Box<SavedQuery>),
    /// A query that runs on a schedule.
    ScheduledQuery(Box<ScheduledQuery>),
    /// Rows that enrich events.
    LookupTable(Box<LookupTable>),
    /// A question that is asked on a schedule.
    ScheduledPrompt(Box<ScheduledPrompt>),
}

/// A detection that looks at one event, row or resource at a time: a rule, a scheduled rule or a policy;
/// `detection.kind` tells which.
#[derive(Clone, Debug)]
pub struct Rule {
    /// What alerting needs, defaults applied.
    pub detection: Detection,
    /// What it looks for.
    pub logic: Logic,
    /// What an event must fulfil before the logic sees it; none for scheduled rules and policies.
    pub filters: InlineFilters,
    /// What it looks at.
    pub scope: Scope,
    /// Its unit tests, in file order.
    pub tests: Vec<UnitTest>,
}

/// What a detection looks for.
#[derive(Clone, Debug)]
pub enum Logic {
    /// Functions of a Python file.
    Python(PythonFile),
    /// Expressions in YAML.
    Simple(Box<SimpleDetection>),
    /// Methods of a class that a pypanther project registers.
    Pypanther(PypantherRule),
}

/// A class of a pypanther project; its id is that of the detection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PypantherRule {
    /// The project whose `main.py` registers it.
    pub project: Arc<PypantherProject>,
    /// Where the class is written: a file of the project, or of an installed package.
    pub file: PathBuf,
}

impl Logic {
    /// The Python file, when there is one.
    pub fn python(&self) -> Option<&PythonFile> {
        match self {
            Logic::Python(python) => Some(python),
            Logic::Simple(_) | Logic::Pypanther(_) => None,
        }
    }

    /// The expressions, when it is written in YAML.
    pub fn simple(&self) -> Option<&SimpleDetection> {
        match self {
            Logic::Simple(simple) => Some(simple),
            Logic::Python(_) | Logic::Pypanther(_) => None,
        }
    }
}

/// What a detection looks at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Every event of the log types of its `detection`.
    LogTypes,
    /// Every row of these scheduled queries, by `QueryName`.
    ScheduledQueries(Vec<String>),
    /// Every cloud resource of these types (none = all) whose id fits none of the patterns.
    Resources {
        /// `ResourceTypes`.
        types: Vec<String>,
        /// `Suppressions`: shell-style patterns of resource ids.
        suppressions: Vec<String>,
    },
}

/// A Python file beside its YAML.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PythonFile {
    /// Where it lies.
    pub path: PathBuf,
    /// What it says.
    pub text: String,
}

/// A Python module that detections import by its id.
#[derive(Clone, Debug)]
pub struct Global {
    /// `GlobalID`, the name of the module.
    pub id: String,
    /// Its code.
    pub python: PythonFile,
}

/// Common names for the fields of some log types.
#[derive(Clone, Debug)]
pub struct DataModel {
    /// `DataModelID`.
    pub id: String,
    /// `Enabled`; only one enabled data model per log type is ready.
    pub enabled: bool,
    /// `LogTypes`.
    pub log_types: Vec<LogType>,
    /// `Mappings`, in file order.
    pub mappings: Vec<Mapping>,
    /// Its code; there is some when a mapping names a method.
    pub python: Option<PythonFile>,
}

/// One common name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mapping {
    /// The common name.
    pub name: String,
    /// Where its value comes from.
    pub target: MappingTarget,
}

/// Where the value of a common name comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MappingTarget {
    /// A field name or JSONPath.
    Path(String),
    /// A function of the data model's Python file.
    Method(String),
}

/// One entry of `Tests` of a rule, scheduled rule or policy.
#[derive(Clone, Debug, PartialEq)]
pub struct UnitTest {
    /// `Name`.
    pub name: String,
    /// `ExpectedResult`.
    pub expected: bool,
    /// `Log`, for a policy `Resource`; keys in file order.
    pub log: Value,
    /// `Mocks`: name of the module's attribute and what calling it returns.
    pub mocks: Vec<(String, Value)>,
    /// `ExpectedDestinations`.
    pub expected_destinations: Option<Vec<String>>,
    /// The file in which it stands, where that is not the item's own: a derived rule inherits tests.
    pub file: Option<PathBuf>,
    /// First line of the test in the YAML file, from 1.
    pub line: u32,
}

impl Item {
    /// The rule, scheduled rule or policy, when it is ready.
    pub fn rule(&self) -> Option<&Rule> {
        match &self.state {
            ItemState::Ready(ItemBody::Rule(rule)) => Some(rule),
            _ => None,
        }
    }

    /// The correlation rule, when it is ready.
    pub fn correlation_rule(&self) -> Option<&CorrelationRule> {
        match &self.state {
            ItemState::Ready(ItemBody::Correlation(rule)) => Some(rule),
            _ => None,
        }
    }

    /// What alerting needs to know of a detection of any kind, when it is ready.
    pub fn detection(&self) -> Option<&Detection> {
        match &self.state {
            ItemState::Ready(ItemBody::Rule(rule)) => Some(&rule.detection),
            ItemState::Ready(ItemBody::Correlation(rule)) => Some(&rule.detection),
            _ => None,
        }
    }

    /// Whether the item cannot be loaded.
    pub fn is_invalid(&self) -> bool {
        matches!(self.state, ItemState::Invalid { .. })
    }
}

impl Repository {
    /// The rules, scheduled rules and policies that are ready, in file order.
    pub fn rules(&self) -> impl Iterator<Item = &Rule> {
        self.items.iter().filter_map(Item::rule)
    }

    /// The correlation rules that are ready, in file order.
    pub fn correlation_rules(&self) -> impl Iterator<Item = &CorrelationRule> {
        self.items.iter().filter_map(Item::correlation_rule)
    }

    /// What alerting needs to know of every detection that is ready, in file order.
    pub fn detections(&self) -> impl Iterator<Item = &Detection> {
        self.items.iter().filter_map(Item::detection)
    }

    /// Errors that make no item invalid, such as those of overrides, which are no items.
    pub fn loose_errors(&self) -> impl Iterator<Item = &Diagnostic> {
        let invalid = || self.items.iter().filter(|item| item.is_invalid());
        let files: HashSet<&Path> = invalid().map(|item| item.file.as_path()).collect();
        let ids: HashSet<&str> = invalid().map(|item| item.id.as_str()).collect();
        let is_override = |file: &Path| file.file_name().is_some_and(|name| name == OVERRIDES_FILE);
        self.findings.iter().filter(move |finding| {
            // Overrides name items that may be invalid for another reason.
            let is_of_item = || finding.item_id.as_deref().is_some_and(|id| ids.contains(id));
            finding.level == Level::Error
                && !files.contains(finding.file.as_path())
                && (is_override(&finding.file) || !is_of_item())
        })
    }

    /// The globals that are ready, in file order.
    pub fn globals(&self) -> impl Iterator<Item = &Global> {
        self.items.iter().filter_map(|item| match &item.state {
            ItemState::Ready(ItemBody::Global(global)) => Some(global),
            _ => None,
        })
    }

    /// The data models that are ready, in file order.
    pub fn data_models(&self) -> impl Iterator<Item = &DataModel> {
        self.items.iter().filter_map(|item| match &item.state {
            ItemState::Ready(ItemBody::DataModel(data_model)) => Some(data_model),
            _ => None,
        })
    }
}
