//! Several content roots on top of each other.
//!
//! Roots come in the order of the configuration. An item replaces the item of an earlier root that has its id,
//! whatever the two are; `overrides.yml` in the top folder of a root changes single keys of items of earlier
//! roots. Two items of one root with the same id are an error.
//!
//! An item replaces also when it cannot be loaded: its author meant something else than the earlier one.
//! Overrides reach earlier roots only: an item of the same root is changed where it is written. Derived rules
//! see their base as it is after all of this.

mod apply;
mod overrides;
mod settle;

use std::path::PathBuf;

use serde::Serialize;
use serde_json::Value;

pub(crate) use apply::apply;
pub(crate) use overrides::{OverridesFile, check_misplaced, read};
pub(crate) use settle::{Replaced, settle, without_replaced};

use crate::item::SourceFile;
use crate::project::ProjectOutcome;

/// The file of a root that changes items of earlier roots.
pub const OVERRIDES_FILE: &str = "overrides.yml";

/// One content root.
#[derive(Debug)]
pub struct Root<'a> {
    /// Its YAML and Python files, but [`OVERRIDES_FILE`].
    pub files: &'a [SourceFile],
    /// [`OVERRIDES_FILE`] of its top folder.
    pub overrides: Option<&'a SourceFile>,
    /// Its pypanther projects; their rules come behind the items of all roots.
    pub projects: Vec<ProjectOutcome>,
}

/// One step of what later roots make of an item. Its JSON is an entry of `overrides` of `margay check`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Override {
    /// The id of the item.
    pub id: String,
    /// What happens to it.
    pub what: OverrideWhat,
    /// The keys that get other values, in the order of the entry; empty when it is replaced.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<Change>,
    /// The item as it was.
    pub from: Place,
    /// What counts now: another item, or an entry of [`OVERRIDES_FILE`].
    pub to: Place,
}

/// What a later root does to an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum OverrideWhat {
    /// Another item with its id takes its place.
    Replaced,
    /// Some of its keys get other values.
    Changed,
}

/// One changed key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Change {
    /// The key as overrides name it, such as `severity`.
    pub key: &'static str,
    /// The value before, null where the item has none.
    pub before: Value,
    /// The value that counts.
    pub after: Value,
}

/// A line of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Place {
    /// The file.
    pub file: PathBuf,
    /// The line, from 1.
    pub line: u32,
}
