//! A detection repository (YAML and Python files) as typed, validated items.
//!
//! Pure: files come in as texts ([`SourceFile`]), [`load`] answers with a [`Repository`] in which every
//! file with an `AnalysisType` is an [`Item`]; what is wrong with it is a [`Diagnostic`] with a stable code,
//! a place and a hint. Nothing is dropped silently: an item is ready, not built yet (with the reason) or
//! invalid (with the reason). `python_host` runs what is ready, `margay test` and `margay check` report all.
//!
//! One broken item never hides another one.

pub mod archive;
mod author;
mod build;
mod check;
mod codes;
mod correlation;
mod derived;
mod diagnostic;
mod draft;
mod environment;
mod filter;
mod item;
mod json_path;
mod keys;
mod kinds;
mod lint;
mod load;
mod mitre;
mod overlay;
mod project;
mod project_items;
mod python;
mod render;
mod report;
mod select;
pub mod simple;
mod source;
mod yaml;

pub use author::{KeyValue, write_item, write_value};
pub use codes::{CODES, Code};
pub use correlation::{
    Arrangement, Correlation, CorrelationRule, CorrelationTest, Criterion, EvaluationOrder, FieldPath, Group,
    LOOKBACK_MINUTES_MAX, LOOKBACK_MINUTES_MIN, MATCH_COUNT_MAX, PathPart, Presence, Rate, STEPS_MAX,
    STEPS_MIN, Schedule, Sequence, Step, TestSignal, Transition,
};
pub use diagnostic::{Diagnostic, Level};
pub use environment::PythonEnvironment;
pub use filter::{ContentError, Filter};
pub use item::{
    DataModel, Global, Item, ItemBody, ItemState, LoadOptions, Logic, Mapping, MappingTarget, PypantherRule,
    PythonFile, Repository, Rule, Scope, SourceFile, UnitTest,
};
pub use json_path::{JsonPathError, check_json_path};
pub use kinds::{
    EmailConfig, LogTypeLookup, LookupTable, ObjectAccess, ObjectRefresh, OutputLength, Pack, QueryRefresh,
    QueryText, SavedQuery, ScheduledPrompt, ScheduledQuery,
};
pub use lint::{Kept, apply_ignores};
pub use load::{load, load_roots};
pub use mitre::{
    Cell, Covering, MITRE_FRAMEWORK, Matrix, MitreEntry, Row, Runs, TACTICS, Tactic, UnknownEntry,
    find_entry, find_tactic, navigator_layer, technique_name, techniques,
};
pub use overlay::{Change, OVERRIDES_FILE, Override, OverrideWhat, Place, Root};
pub use project::{
    CodePlace, DescribedProject, DescribedRule, DescribedTest, PROJECT_BYTES_MAX, PROJECT_FILES_MAX,
    PROJECT_MAIN, ProjectFault, ProjectOutcome, PypantherProject, RuleAttributes, project_descends,
};
pub use render::render_text;
pub use select::{REPOSITORY_FOLDERS, descends, is_candidate, visits};
pub use simple::{InlineFilters, SimpleDetection};
pub use source::{ItemHead, YamlFault, key_texts, read_head, read_value};
