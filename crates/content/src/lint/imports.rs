//! Imports: relative ones, detections as modules, names that are not there, modules that are not there.

use std::collections::HashMap;
use std::path::Path;

use super::scene::{Found, Notes, Scene, Subject, named};
use super::standard_library;
use crate::check::near_miss;
use crate::codes;
use crate::python::{Import, Module, Reach};
use crate::yaml::Span;

/// Modules whose work the sandbox refuses: other processes, and the network unless it is allowed.
const PROCESS_MODULES: [&str; 3] = ["subprocess", "multiprocessing", "pty"];
const NETWORK_MODULES: [&str; 12] = [
    "socket",
    "ssl",
    "requests",
    "httpx",
    "aiohttp",
    "urllib3",
    "boto3",
    "botocore",
    "smtplib",
    "ftplib",
    "telnetlib",
    "paramiko",
];

/// Names that packages are installed under, where those differ from the module's.
const PACKAGES: [(&str, &str); 7] = [
    ("yaml", "PyYAML"),
    ("dateutil", "python-dateutil"),
    ("jsonpath_ng", "jsonpath-ng"),
    ("bs4", "beautifulsoup4"),
    ("Crypto", "pycryptodome"),
    ("jwt", "PyJWT"),
    ("OpenSSL", "pyOpenSSL"),
];

pub(super) fn check_errors(scene: &Scene<'_>, notes: &mut Notes) {
    let owners = owners(scene);
    for (subject, path, module) in scene.with_code() {
        for import in module.imports.iter().filter(|import| import.reach == Reach::Always) {
            if import.level > 0 {
                report_relative(subject, import, notes);
            } else if let Some(owner) = imported_item(scene, path, import, &owners) {
                report_item(subject, import, owner, notes);
            } else {
                check_names(scene, subject, import, notes);
            }
        }
    }
}

pub(super) fn check_warnings(scene: &Scene<'_>, notes: &mut Notes) {
    let owners = owners(scene);
    let mut missing = Missing::new(scene);
    for (subject, path, module) in scene.with_code() {
        for import in &module.imports {
            let is_reported = import.reach == Reach::Always
                && (import.level > 0 || imported_item(scene, path, import, &owners).is_some());
            if import.reach != Reach::Guarded && !is_reported {
                missing.check(subject, import, notes);
                check_reach(scene, subject, import, notes);
            }
        }
        check_shadowed(scene, subject, notes);
        check_alert_names(subject, module, notes);
    }
}

/// Which item a Python file belongs to, globals left out.
fn owners<'s, 'a>(scene: &'s Scene<'a>) -> HashMap<&'a Path, &'s Subject<'a>> {
    let items = scene.subjects.iter().filter(|subject| subject.analysis_type() != "global");
    items.filter_map(|subject| Some((subject.python?, subject))).collect()
}

fn report_relative(subject: &Subject<'_>, import: &Import, notes: &mut Notes) {
    let (message, hint) = relative(import);
    notes.code(subject, &codes::RELATIVE_IMPORT, import.span, message, Some(hint));
}

/// Why a relative import cannot work, and what can.
fn relative(import: &Import) -> (String, String) {
    let dots = ".".repeat(usize::try_from(import.level).unwrap_or(1));
    let message =
        format!("`from {dots}{} import …` cannot work; detections belong to no package", import.module);
    (message, "put what is shared into a global helper, and import it by its `GlobalID`".to_owned())
}

/// The item whose file a failing import names.
fn imported_item<'s, 'a>(
    scene: &Scene<'_>,
    importer: &Path,
    import: &Import,
    owners: &HashMap<&'a Path, &'s Subject<'a>>,
) -> Option<&'s Subject<'a>> {
    if import.module.contains('.') || !matches!(scene.find(&import.module), Some(Found::Nothing)) {
        return None;
    }
    let beside = importer.with_file_name(format!("{}.py", import.module));
    owners.get(beside.as_path()).copied()
}

fn report_item(subject: &Subject<'_>, import: &Import, owner: &Subject<'_>, notes: &mut Notes) {
    let message = format!(
        "`{}` is the file of `{}`; files of detections and data models cannot be imported",
        import.module, owner.item.id
    );
    let hint = "put what is shared into a global helper, and import it by its `GlobalID`";
    notes.code(subject, &codes::DETECTION_IMPORT, import.span, message, Some(hint.to_owned()));
}

/// Names imported from a module whose names are all known.
fn check_names(scene: &Scene<'_>, subject: &Subject<'_>, import: &Import, notes: &mut Notes) {
    let Some(Found::Global(Some(module)) | Found::Brought(Some(module))) = scene.find(&import.module) else {
        return;
    };
    let Some(known) = scene.names_of(module) else { return };
    for imported in &import.names {
        let name = imported.name.as_str();
        if known.contains(name)
            || is_module_attribute(name)
            || scene.has_brought_submodule(&import.module, name)
        {
            continue;
        }
        let message = format!("`{}` does not define `{name}`", import.module);
        let hint = near_miss(name, known.iter().copied()).map(|near| format!("did you mean `{near}`?"));
        notes.code(subject, &codes::UNKNOWN_NAME, imported.span, message, hint);
    }
}

fn is_module_attribute(name: &str) -> bool {
    name.starts_with("__") && name.ends_with("__")
}

/// Modules that cannot be found.
struct Missing<'s, 'a> {
    scene: &'s Scene<'a>,
    /// `GlobalID` by the name of the global's file without its ending.
    global_files: HashMap<&'a str, &'a str>,
    /// What to do, by the module's first name: looking for near misses takes a while.
    hints: HashMap<String, String>,
}

impl<'s, 'a> Missing<'s, 'a> {
    fn new(scene: &'s Scene<'a>) -> Self {
        let globals = scene.subjects.iter().filter_map(|subject| {
            let stem = subject.python?.file_stem()?.to_str()?;
            Some((stem, subject.text("GlobalID")?))
        });
        Missing { scene, global_files: globals.collect(), hints: HashMap::new() }
    }

    fn check(&mut self, subject: &Subject<'_>, import: &Import, notes: &mut Notes) {
        if import.level > 0 {
            let (message, hint) = relative(import);
            return notes.code(subject, &codes::UNRESOLVED_IMPORT, import.span, message, Some(hint));
        }
        if !matches!(self.scene.find(&import.module), Some(Found::Nothing)) {
            return;
        }
        let name = import.module.as_str();
        let top = name.split('.').next().unwrap_or(name);
        if !self.hints.contains_key(top) {
            let hint = self.hint(top);
            self.hints.insert(top.to_owned(), hint);
        }
        let message = format!("the module `{name}` cannot be found");
        notes.code(subject, &codes::UNRESOLVED_IMPORT, import.span, message, self.hints.get(top).cloned());
    }

    fn hint(&self, top: &str) -> String {
        if let Some(id) = self.global_files.get(top) {
            return format!(
                "a global is imported by its `GlobalID`, here `{id}`, not by the name of its file"
            );
        }
        if let Some(elsewhere) = standard_library::elsewhere(top) {
            let (major, minor) = self.scene.options.python.as_ref().map_or((3, 11), |python| python.version);
            return format!("{elsewhere}; rules run on {major}.{minor} here");
        }
        if let Some(near) = near_miss(top, self.scene.globals()) {
            return format!("did you mean the global `{near}`?");
        }
        let package = PACKAGES.iter().find(|(module, _)| *module == top).map_or(top, |(_, package)| package);
        format!("install `{package}` for the interpreter that runs rules, or add a global of this name")
    }
}

fn check_reach(scene: &Scene<'_>, subject: &Subject<'_>, import: &Import, notes: &mut Notes) {
    let Some(environment) = &scene.options.python else { return };
    let name = import.module.as_str();
    let top = name.split('.').next().unwrap_or(name);
    let is_library = matches!(scene.find(name), Some(Found::Standard | Found::Installed));
    let needs_processes = PROCESS_MODULES.contains(&top);
    let needs_network = !environment.network
        && (NETWORK_MODULES.contains(&top) || matches!(name, "urllib.request" | "http.client"));
    if !is_library || !(needs_processes || needs_network) {
        return;
    }
    let (what, hint) = if needs_processes {
        ("starts processes", "rules cannot start processes; compute it in Python")
    } else {
        (
            "uses the network",
            "set `python.network: true` in the configuration, or mock it and keep it for later",
        )
    };
    let message = format!("`{name}` {what}, which the sandbox refuses");
    notes.code(subject, &codes::OUT_OF_REACH, import.span, message, Some(hint.to_owned()));
}

fn check_shadowed(scene: &Scene<'_>, subject: &Subject<'_>, notes: &mut Notes) {
    let Some(id) = subject.text("GlobalID") else { return };
    let by = match scene.find(id) {
        Some(Found::Standard) => "a module of the standard library",
        Some(Found::Installed) => "an installed package",
        Some(Found::Brought(_)) => "a module of the product",
        _ => return,
    };
    let message = format!("`{id}` is also {by}, which is found first; this file is never imported");
    let hint = Some("give the global another `GlobalID`".to_owned());
    notes.yaml(subject, &codes::SHADOWED_GLOBAL, subject.id_span(), message, hint);
}

/// An imported name such as `title` makes it the detection's title function.
fn check_alert_names(subject: &Subject<'_>, module: &Module, notes: &mut Notes) {
    if !subject.is_detection() {
        return;
    }
    let mut report = |name: &str, span: Span, from: &str| {
        if super::functions::ALERT_FUNCTIONS.contains(&name) && module.function(name).is_none() {
            let message = format!("`{name}` from `{from}` is taken for the alert function `{name}`");
            let hint = format!("if that is not meant, import it under another name: `import {name} as …`");
            notes.code(subject, &codes::IMPORTED_ALERT_FUNCTION, span, message, Some(hint));
        }
    };
    for import in module.imports.iter().filter(|import| import.reach != Reach::Guarded) {
        import.names.iter().for_each(|imported| report(&imported.bound, imported.span, &import.module));
    }
}

/// The names in a message, when there are few.
pub(super) fn few<'n>(names: impl Iterator<Item = &'n str>) -> String {
    const SHOWN_MAX: usize = 5;
    let names: Vec<&str> = names.collect();
    let shown = named(names.iter().take(SHOWN_MAX).copied());
    if names.len() > SHOWN_MAX { format!("{shown} and {} more", names.len() - SHOWN_MAX) } else { shown }
}
