//! A detection repository (YAML and Python files) as typed, validated items.
//!
//! Pure: files come in as texts ([`SourceFile`]), [`load`] answers with a [`Repository`] in which every
//! file with an `AnalysisType` is an [`Item`]; what is wrong with it is a [`Diagnostic`] with a stable code,
//! a place and a hint. Nothing is dropped silently: an item is ready, not built yet (with the reason) or
//! invalid (with the reason). `python_host` runs what is ready, `margay test` and `margay check` report all.
//!
//! One broken item never hides another one.

mod build;
mod check;
mod codes;
mod correlation;
mod diagnostic;
mod filter;
mod item;
mod keys;
mod load;
mod python;
mod render;
mod report;
mod select;
mod yaml;

pub use codes::{CODES, Code};
pub use correlation::{
    Arrangement, Correlation, CorrelationRule, CorrelationTest, Criterion, EvaluationOrder, FieldPath, Group,
    LOOKBACK_MINUTES_MAX, LOOKBACK_MINUTES_MIN, MATCH_COUNT_MAX, PathPart, Presence, Rate, STEPS_MAX,
    STEPS_MIN, Schedule, Sequence, Step, TestSignal, Transition,
};
pub use diagnostic::{Diagnostic, Level};
pub use filter::{ContentError, Filter};
pub use item::{
    DataModel, Global, Item, ItemBody, ItemState, LoadOptions, Logic, Mapping, MappingTarget, PythonFile,
    Repository, Rule, Scope, SourceFile, UnitTest,
};
pub use load::load;
pub use render::render_text;
pub use select::{REPOSITORY_FOLDERS, descends, is_candidate, visits};
