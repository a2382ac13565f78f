//! The repository around a path, which lends its globals and data models.

use std::path::{Path, PathBuf};

use content::PROJECT_MAIN;

use super::project::is_project;
use super::walk::is_repository;

/// The nearest folder above `path` (links resolved) that is the root of a repository. A folder that is
/// itself such a root stands alone.
pub(super) fn repository_around(path: &Path) -> Option<PathBuf> {
    if path.is_dir() && is_repository(path) {
        return None;
    }
    path.ancestors().skip(1).find(|folder| is_repository(folder)).map(Path::to_owned)
}

/// The nearest folder above `path` (links resolved) that is a pypanther project. Its `main.py` must name the
/// package: many folders of a disk have a file of that name.
pub(super) fn project_around(path: &Path) -> Option<PathBuf> {
    let names_package = |folder: &&Path| {
        is_project(folder)
            && std::fs::read_to_string(folder.join(PROJECT_MAIN)).is_ok_and(|text| text.contains("pypanther"))
    };
    path.ancestors().skip(1).find(names_package).map(Path::to_owned)
}

/// How a resolved path is named to people: relative to the working directory when it lies below it.
pub(super) fn shown(real: &Path) -> PathBuf {
    let here = std::env::current_dir().and_then(std::fs::canonicalize);
    match here.ok().as_deref().and_then(|here| real.strip_prefix(here).ok()) {
        Some(relative) => relative.to_owned(),
        None => real.to_owned(),
    }
}

/// Whether a YAML text may be a global or a data model; cheaper than reading it as YAML.
pub(super) fn may_be_shared(text: &str) -> bool {
    text.lines()
        .any(|line| line.contains("AnalysisType") && (line.contains("global") || line.contains("datamodel")))
}
