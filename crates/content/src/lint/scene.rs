//! All items at once, as the checks look at them, and what the checks note.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;

use super::{Document, standard_library};
use crate::codes::Code;
use crate::diagnostic::{Diagnostic, Level};
use crate::item::{Item, LoadOptions, SourceFile};
use crate::python::{self, Fault, Module};
use crate::yaml::{Mapping, Node, Span, Yaml};

/// How far `from x import *` is followed.
const STARS_MAX: usize = 16;

/// What the checks look at.
pub(super) struct Scene<'a> {
    pub(super) options: &'a LoadOptions,
    /// Items whose YAML can be read, in file order.
    pub(super) subjects: Vec<Subject<'a>>,
    /// YAML files that cannot be read.
    pub(super) unreadable: Vec<&'a Path>,
    /// All Python files by path.
    pub(super) python: &'a HashMap<&'a Path, &'a SourceFile>,
    modules: HashMap<&'a Path, Result<Module, Fault>>,
    /// Python files of globals by the name under which they are imported.
    globals: HashMap<&'a str, &'a Path>,
    /// Modules that the product brings: before and after all others.
    first: BTreeMap<&'a str, Option<Module>>,
    last: BTreeMap<&'a str, Option<Module>>,
}

/// One item.
pub(super) struct Subject<'a> {
    /// Its place among the items of the repository.
    pub(super) index: usize,
    pub(super) item: &'a Item,
    pub(super) map: &'a Mapping,
    pub(super) source: &'a SourceFile,
    /// Its Python file, when it names one that exists.
    pub(super) python: Option<&'a Path>,
    /// The index of its content root.
    pub(super) content_root: usize,
}

impl<'a> Subject<'a> {
    pub(super) fn analysis_type(&self) -> &'a str {
        &self.item.analysis_type
    }

    /// Whether it is a rule, scheduled rule or policy.
    pub(super) fn is_detection(&self) -> bool {
        matches!(self.analysis_type(), "rule" | "scheduled_rule" | "policy")
    }

    /// The function that it must have.
    pub(super) fn matcher(&self) -> Option<&'static str> {
        match self.analysis_type() {
            "rule" | "scheduled_rule" => Some("rule"),
            "policy" => Some("policy"),
            _ => None,
        }
    }

    pub(super) fn get(&self, key: &str) -> Option<&'a Node> {
        self.map.get(key).map(|field| &field.value)
    }

    pub(super) fn text(&self, key: &str) -> Option<&'a str> {
        self.get(key)?.as_text()
    }

    pub(super) fn flag(&self, key: &str) -> Option<bool> {
        match self.get(key)?.value {
            Yaml::Bool(flag) => Some(flag),
            _ => None,
        }
    }

    /// The texts of a list, with their places.
    pub(super) fn texts(&self, key: &str) -> impl Iterator<Item = (&'a str, Span)> {
        let entries = self.get(key).and_then(Node::as_list).unwrap_or_default();
        entries.iter().filter_map(|entry| Some((entry.as_text()?, entry.span)))
    }

    /// Entries of `Tests` that are mappings, with their places.
    pub(super) fn tests(&self) -> impl Iterator<Item = (&'a Mapping, Span)> {
        let entries = self.get("Tests").and_then(Node::as_list).unwrap_or_default();
        entries.iter().filter_map(|entry| Some((entry.as_map()?, entry.span)))
    }

    /// The place of the id, or of the file's beginning.
    pub(super) fn id_span(&self) -> Span {
        let keys = [
            "RuleID",
            "PolicyID",
            "GlobalID",
            "DataModelID",
            "PackID",
            "QueryName",
            "LookupName",
            "PromptName",
        ];
        keys.iter().find_map(|key| self.get(key)).map_or(Span::START, |node| node.span)
    }

    /// Whether it is switched on; derived detections and globals have no such key and are.
    pub(super) fn is_enabled(&self) -> bool {
        self.flag("Enabled") != Some(false)
    }
}

impl<'a> Scene<'a> {
    pub(super) fn new(
        items: &'a [Item],
        documents: &'a [Document<'a>],
        python: &'a HashMap<&'a Path, &'a SourceFile>,
        options: &'a LoadOptions,
    ) -> Self {
        let version = options.python.as_ref().map(|environment| environment.version);
        let subject = |(index, (item, document)): (usize, (&'a Item, &'a Document<'a>))| {
            let map = document.root.as_ref()?.as_map()?;
            let takes_python = matches!(
                item.analysis_type.as_str(),
                "rule" | "scheduled_rule" | "policy" | "global" | "datamodel"
            );
            let python = if takes_python { python_path(map, document.source, python) } else { None };
            let content_root = document.content_root;
            Some(Subject { index, item, map, source: document.source, python, content_root })
        };
        let subjects: Vec<Subject<'a>> =
            items.iter().zip(documents).enumerate().filter_map(subject).collect();
        let mut modules = HashMap::new();
        let mut globals = HashMap::new();
        for subject in &subjects {
            let Some(path) = subject.python else { continue };
            modules.entry(path).or_insert_with(|| python::read(code(python[path]), version));
            if let (Some(id), false) = (subject.text("GlobalID"), subject.item.is_invalid()) {
                globals.entry(id).or_insert(path);
            }
        }
        let brought = |table: &'a BTreeMap<String, String>| -> BTreeMap<&'a str, Option<Module>> {
            table.iter().map(|(name, code)| (name.as_str(), python::read(code, version).ok())).collect()
        };
        let environment = options.python.as_ref();
        let is_unreadable = |document: &&Document<'_>| document.root.is_none();
        Scene {
            options,
            subjects,
            unreadable: documents
                .iter()
                .filter(is_unreadable)
                .map(|document| document.source.path.as_path())
                .collect(),
            python,
            modules,
            globals,
            first: environment.map(|environment| brought(&environment.first)).unwrap_or_default(),
            last: environment.map(|environment| brought(&environment.last)).unwrap_or_default(),
        }
    }

    /// The subjects that have Python code that can be read.
    pub(super) fn with_code(&self) -> impl Iterator<Item = (&Subject<'a>, &'a Path, &Module)> {
        self.subjects.iter().filter_map(|subject| {
            let path = subject.python?;
            Some((subject, path, self.modules.get(path)?.as_ref().ok()?))
        })
    }

    /// What became of reading the Python file of a subject.
    pub(super) fn module(&self, subject: &Subject<'a>) -> Option<&Result<Module, Fault>> {
        self.modules.get(subject.python?)
    }

    /// Names of the globals.
    pub(super) fn globals(&self) -> impl Iterator<Item = &'a str> {
        let mut names: Vec<&str> = self.globals.keys().copied().collect();
        names.sort_unstable();
        names.into_iter()
    }

    /// What `import name` finds, `name` being dotted; `None` when nothing is known about modules.
    pub(super) fn find(&self, name: &str) -> Option<Found<'_>> {
        let environment = self.options.python.as_ref()?;
        let top = name.split('.').next().unwrap_or(name);
        if self.first.contains_key(top) {
            return Some(
                self.first.get(name).map_or(Found::Nothing, |module| Found::Brought(module.as_ref())),
            );
        }
        if standard_library::has(top, environment.version) {
            return Some(Found::Standard);
        }
        if environment.installed.contains(top) {
            return Some(Found::Installed);
        }
        if self.globals.contains_key(top) {
            let is_whole = top == name;
            return Some(if is_whole { Found::Global(self.global(top)) } else { Found::Nothing });
        }
        Some(self.last.get(name).map_or(Found::Nothing, |module| Found::Brought(module.as_ref())))
    }

    /// The code of a global, when it can be read.
    pub(super) fn global(&self, id: &str) -> Option<&Module> {
        self.modules.get(self.globals.get(id)?)?.as_ref().ok()
    }

    /// Submodules that the product brings, such as `immutable` of `panther_core`.
    pub(super) fn has_brought_submodule(&self, package: &str, name: &str) -> bool {
        self.first.contains_key(format!("{package}.{name}").as_str())
    }

    /// All names of a module, those of `from x import *` included; `None` when they cannot all be known.
    pub(super) fn names_of<'m>(&'m self, module: &'m Module) -> Option<BTreeSet<&'m str>> {
        self.names_at(module, STARS_MAX)
    }

    fn names_at<'m>(&'m self, module: &'m Module, stars: usize) -> Option<BTreeSet<&'m str>> {
        if module.is_open {
            return None;
        }
        let mut names: BTreeSet<&str> = module.names.iter().map(String::as_str).collect();
        for import in module.star_imports() {
            let found = match self.find(&import.module) {
                Some(Found::Global(module) | Found::Brought(module)) => module,
                // Without knowing what is installed, a global may be hidden by a package; that is rare enough.
                None => self.global(&import.module),
                Some(_) => None,
            };
            let source = found.filter(|_| import.level == 0)?;
            let all = self.names_at(source, stars.checked_sub(1)?)?;
            match &source.exported {
                Some(exported) => names.extend(exported.iter().map(String::as_str)),
                None => names.extend(all.into_iter().filter(|name| !name.starts_with('_'))),
            }
        }
        Some(names)
    }
}

/// What an import finds.
#[derive(Clone, Copy)]
pub(super) enum Found<'a> {
    /// A module of the standard library.
    Standard,
    /// An installed module.
    Installed,
    /// A global; its code, when it can be read.
    Global(Option<&'a Module>),
    /// A module that the product brings.
    Brought(Option<&'a Module>),
    /// Nothing.
    Nothing,
}

/// The text that is compiled: without a byte order mark.
fn code(file: &SourceFile) -> &str {
    file.text.strip_prefix('\u{feff}').unwrap_or(&file.text)
}

/// The Python file that `Filename` names, when it exists.
fn python_path<'a>(
    map: &Mapping,
    source: &SourceFile,
    python: &HashMap<&'a Path, &'a SourceFile>,
) -> Option<&'a Path> {
    let name = map.get("Filename")?.value.as_text()?;
    let base = name.rsplit(['/', '\\']).next().filter(|base| !base.is_empty())?;
    let path = source.path.with_file_name(base);
    python.get_key_value(path.as_path()).map(|(path, _)| *path)
}

/// What the checks found.
#[derive(Default)]
pub(super) struct Notes {
    pub(super) findings: Vec<Diagnostic>,
    /// The items that are invalid for it.
    pub(super) errors: Vec<ItemError>,
}

/// Why an item is invalid.
pub(super) struct ItemError {
    pub(super) item: usize,
    pub(super) reason: String,
    /// Line of the YAML file.
    pub(super) line: u32,
}

impl Notes {
    /// Notes something about a place of the YAML file.
    pub(super) fn yaml(
        &mut self,
        subject: &Subject<'_>,
        code: &'static Code,
        span: Span,
        message: String,
        hint: Option<String>,
    ) {
        self.note(subject, &subject.source.path, code, span, message, hint);
    }

    /// Notes something about a place of the Python file.
    pub(super) fn code(
        &mut self,
        subject: &Subject<'_>,
        code: &'static Code,
        span: Span,
        message: String,
        hint: Option<String>,
    ) {
        let file = subject.python.unwrap_or(&subject.source.path);
        self.note(subject, file, code, span, message, hint);
    }

    /// Notes something about a file that belongs to no item.
    pub(super) fn file(
        &mut self,
        file: &Path,
        code: &'static Code,
        span: Span,
        message: String,
        hint: Option<String>,
    ) {
        self.findings.push(diagnostic(file, None, code, span, message, hint));
    }

    fn note(
        &mut self,
        subject: &Subject<'_>,
        file: &Path,
        code: &'static Code,
        span: Span,
        message: String,
        hint: Option<String>,
    ) {
        let message = printable(message);
        if code.level == Level::Error {
            let is_yaml = file == subject.source.path;
            let line = if is_yaml {
                span.line
            } else {
                subject.get("Filename").map_or(subject.item.line, |node| node.span.line)
            };
            let reason = if is_yaml {
                message.clone()
            } else {
                format!("`{}`, line {}: {message}", file.display(), span.line)
            };
            self.errors.push(ItemError { item: subject.index, reason, line });
        }
        self.findings.push(diagnostic(file, Some(subject.item.id.clone()), code, span, message, hint));
    }
}

fn diagnostic(
    file: &Path,
    item_id: Option<String>,
    code: &'static Code,
    span: Span,
    message: String,
    hint: Option<String>,
) -> Diagnostic {
    Diagnostic {
        file: file.to_owned(),
        line: span.line,
        column: span.column,
        end_line: span.end_line,
        end_column: span.end_column,
        code: code.code,
        level: code.level,
        item_id,
        message: printable(message),
        hint: hint.map(printable),
    }
}

/// Code of strangers may hold characters that move the cursor of a terminal or colour it.
fn printable(text: String) -> String {
    if !text.contains(char::is_control) {
        return text;
    }
    let shown = |c: char| if c.is_control() { c.escape_default().to_string() } else { c.to_string() };
    text.chars().map(shown).collect()
}

/// A list of names in backticks, for a message.
pub(super) fn named<'n>(names: impl IntoIterator<Item = &'n str>) -> String {
    names.into_iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}
