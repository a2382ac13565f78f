//! What only shows when all files are known: Python code beside its YAML, names across files, and what loads
//! but is questionable all the same.
//!
//! [`check`] is called once, at the end of loading. It builds a [`Scene`](scene::Scene) (all items with their
//! YAML and their parsed Python) and shows it to the checks, one file per subject. Checks of the first group
//! find errors and always run, because an item that they find is not loaded; the others find warnings and run
//! only when [`LoadOptions::lint`] asks for them. A check is a function from the scene to notes; it knows no
//! other check.

mod data_models;
mod destinations;
mod functions;
mod ignore;
mod imports;
mod keys;
mod left_out;
pub(crate) mod log_types;
mod modules;
mod overrides;
mod packs;
mod python_files;
mod scalars;
mod scene;
mod standard_library;
mod unit_tests;
mod values;

use std::collections::HashMap;
use std::path::Path;

use crate::item::{ItemState, LoadOptions, Repository, SourceFile};
use crate::yaml::Node;
use scene::{Notes, Scene};

pub use ignore::{Kept, apply_ignores};
pub(crate) use left_out::check_left_out;
pub(crate) use overrides::check_overrides;

/// What an item was read from.
pub(crate) struct Document<'a> {
    pub(crate) source: &'a SourceFile,
    /// The YAML; `None` when it cannot be read.
    pub(crate) root: Option<Node>,
    /// The index of the content root.
    pub(crate) content_root: usize,
}

/// Checks of single items that find errors.
const ERRORS: &[fn(&Scene<'_>, &mut Notes)] =
    &[python_files::check, imports::check_errors, data_models::check_errors, values::check_errors];

/// Checks that find warnings.
const WARNINGS: &[fn(&Scene<'_>, &mut Notes)] = &[
    imports::check_warnings,
    functions::check,
    modules::check,
    unit_tests::check,
    keys::check,
    values::check_warnings,
    scalars::check,
    destinations::check,
    data_models::check_warnings,
    left_out::check_orphans,
    packs::check,
];

/// Adds what the checks find to the repository; `documents` are those of its items, in the same order. An
/// item with an error is invalid from now on.
pub(crate) fn check(
    repository: &mut Repository,
    documents: &[Document<'_>],
    python: &HashMap<&Path, &SourceFile>,
    options: &LoadOptions,
) {
    let mut notes = Notes::default();
    {
        let scene = Scene::new(&repository.items, documents, python, options);
        ERRORS.iter().for_each(|check| check(&scene, &mut notes));
        if options.lint {
            WARNINGS.iter().for_each(|check| check(&scene, &mut notes));
        }
    }
    for note in &notes.errors {
        let item = &mut repository.items[note.item];
        if !item.is_invalid() {
            item.state = ItemState::Invalid { reason: note.reason.clone(), line: note.line };
        }
    }
    repository.findings.append(&mut notes.findings);
}
