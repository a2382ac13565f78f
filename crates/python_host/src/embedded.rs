//! The Python half, embedded: nothing of it is read from disk at run time.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

/// First code of a worker, for `-c`.
pub(crate) const BOOTSTRAP: &str = include_str!("../../../python/margay_worker/bootstrap.py");

macro_rules! python_files {
    ($($path:literal,)+) => {
        &[$(($path, include_str!(concat!("../../../python/", $path))),)+]
    };
}

/// Modules that come before everything else.
const FIRST: &[(&str, &str)] = python_files![
    "margay_worker/__init__.py",
    "margay_worker/detection.py",
    "margay_worker/errors.py",
    "margay_worker/functions.py",
    "margay_worker/main.py",
    "margay_worker/modules.py",
    "margay_worker/project_files.py",
    "margay_worker/pypanther_describe.py",
    "margay_worker/pypanther_faults.py",
    "margay_worker/pypanther_models.py",
    "margay_worker/pypanther_project.py",
    "margay_worker/pypanther_rule.py",
    "margay_worker/pypanther_testing.py",
    "margay_worker/reference_tool.py",
    "margay_worker/remedies.py",
    "margay_worker/testing.py",
    "margay_worker/tree.py",
    "margay_worker/unit_files.py",
    "panther_core/__init__.py",
    "panther_core/_jsonpath.py",
    "panther_core/data_model.py",
    "panther_core/detection.py",
    "panther_core/enriched_event.py",
    "panther_core/exceptions.py",
    "panther_core/immutable.py",
    "panther_core/util.py",
    "panther_detection_helpers/__init__.py",
    "panther_detection_helpers/_server.py",
    "panther_detection_helpers/caching.py",
    "panther_detection_helpers/mocking.py",
    "panther_detection_helpers/monitoring.py",
];

/// Modules that come after everything else, under their bare names.
const LAST: &[(&str, &str)] = python_files![
    "fallback/panther.py",
    "fallback/panther_analysis_tool/__init__.py",
    "fallback/panther_analysis_tool/enriched_event.py",
    "fallback/panther_analysis_tool/immutable.py",
    "fallback/panther_base_helpers.py",
    "fallback/panther_config.py",
    "fallback/panther_config_defaults.py",
    "fallback/panther_config_overrides.py",
    "fallback/panther_default.py",
    "fallback/panther_oss_helpers.py",
];

/// The modules that come first, as the worker's module table.
pub(crate) fn first_modules() -> Value {
    table(FIRST, "")
}

/// The modules that come last, as the worker's module table.
pub(crate) fn last_modules() -> Value {
    table(LAST, "fallback/")
}

/// The code of the modules that come first, and of those that come last, by dotted name.
pub(crate) fn sources() -> (BTreeMap<String, String>, BTreeMap<String, String>) {
    let by_name = |files: &[(&str, &str)], prefix: &str| {
        let entry = |(path, source): &(&str, &str)| {
            let file = path.strip_prefix(prefix).unwrap_or(path);
            (module_of(file).0, (*source).to_owned())
        };
        files.iter().map(entry).collect()
    };
    (by_name(FIRST, ""), by_name(LAST, "fallback/"))
}

fn table(files: &[(&str, &str)], prefix: &str) -> Value {
    let entries = files.iter().map(|(path, source)| {
        let file = path.strip_prefix(prefix).unwrap_or(path);
        let (name, is_package) = module_of(file);
        (name, json!({"source": source, "file": file, "package": is_package}))
    });
    Value::Object(entries.collect::<Map<_, _>>())
}

/// The dotted name of a module's file, and whether it is a package.
fn module_of(file: &str) -> (String, bool) {
    let stem = file.strip_suffix(".py").unwrap_or(file);
    let (name, is_package) = match stem.strip_suffix("/__init__") {
        Some(package) => (package, true),
        None => (stem, false),
    };
    (name.replace('/', "."), is_package)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;

    #[test]
    fn every_python_file_is_embedded() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../python");
        let mut found = BTreeSet::new();
        let folders = ["margay_worker", "panther_core", "panther_detection_helpers", "fallback"];
        let mut open: Vec<String> = folders.map(str::to_owned).to_vec();
        while let Some(folder) = open.pop() {
            for entry in std::fs::read_dir(root.join(&folder)).unwrap() {
                let entry = entry.unwrap();
                let name = entry.file_name().into_string().unwrap();
                let path = format!("{folder}/{name}");
                if entry.file_type().unwrap().is_dir() && name != "__pycache__" {
                    open.push(path);
                } else if name.ends_with(".py") && name != "bootstrap.py" {
                    found.insert(path);
                }
            }
        }
        let embedded: BTreeSet<_> = FIRST.iter().chain(LAST).map(|(path, _)| (*path).to_owned()).collect();
        assert_eq!(found, embedded);
    }

    #[test]
    fn packages_and_modules_have_their_dotted_names() {
        let table = first_modules();
        assert_eq!(table["panther_core"]["package"], true);
        assert_eq!(table["panther_core.immutable"]["file"], "panther_core/immutable.py");
        assert_eq!(last_modules()["panther_base_helpers"]["package"], false);
        assert_eq!(last_modules()["panther_analysis_tool"]["package"], true);
        assert_eq!(
            last_modules()["panther_analysis_tool.immutable"]["file"],
            "panther_analysis_tool/immutable.py"
        );
    }
}
