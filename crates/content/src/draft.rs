//! An item on its way: what one file says, before all files are looked at together.

use serde_json::Value;

use crate::build::{self, Context};
use crate::diagnostic::Diagnostic;
use crate::item::{Item, ItemBody, ItemState};
use crate::lint::Document;
use crate::project_items::ProjectItem;
use crate::report::Report;
use crate::yaml::{Mapping, Node, Span};

/// An item while a repository is loaded. Findings may be added until the end; then an error makes the item
/// invalid.
pub(crate) struct Draft<'a> {
    pub(crate) item: Item,
    /// The place of its id, `None` when it has no id that can be read.
    pub(crate) id_span: Option<Span>,
    /// The YAML as it is written, `None` when it cannot be read.
    pub(crate) yaml: Option<Node>,
    /// The YAML as it counts, where that differs from what is written.
    pub(crate) changed: Option<Mapping>,
    /// The index of its content root.
    pub(crate) root: usize,
    /// What overrides say about it: keys and values.
    pub(crate) overridden: Vec<Value>,
    /// `None` for a rule of a project, which has no YAML.
    pub(crate) context: Option<Context<'a>>,
    pub(crate) report: Report<'a>,
}

impl<'a> Draft<'a> {
    pub(crate) fn new(
        item: Item,
        id_span: Option<Span>,
        yaml: Option<Node>,
        root: usize,
        context: Context<'a>,
        report: Report<'a>,
    ) -> Self {
        Draft {
            item,
            id_span,
            yaml,
            changed: None,
            root,
            overridden: Vec::new(),
            context: Some(context),
            report,
        }
    }

    /// An item of a project.
    pub(crate) fn of_project(found: ProjectItem, root: usize) -> Self {
        let ProjectItem { item, id_span, findings } = found;
        let report = Report::of_item(item.file.clone(), item.id.clone(), findings);
        Draft {
            item,
            id_span,
            yaml: None,
            changed: None,
            root,
            overridden: Vec::new(),
            context: None,
            report,
        }
    }

    /// The keys as they count.
    pub(crate) fn map(&self) -> Option<&Mapping> {
        self.changed.as_ref().or_else(|| self.yaml.as_ref()?.as_map())
    }

    /// Whether no error was found so far.
    pub(crate) fn is_sound(&self) -> bool {
        self.report.first_error().is_none()
    }

    /// Whether it takes its logic from another detection.
    pub(crate) fn is_derived(&self) -> bool {
        self.item.analysis_type == "rule" && self.map().is_some_and(|map| map.contains_key("BaseDetection"))
    }

    /// The place of its id, or of the beginning of the file.
    pub(crate) fn id_span(&self) -> Span {
        self.id_span.unwrap_or(Span::START)
    }

    /// Builds the typed content from other keys than those that are written. What there is to say about the
    /// values themselves was said where they are written, so an error here is only given back.
    pub(crate) fn build_from(&mut self, map: &Mapping, context: &Context<'_>) -> Result<(), String> {
        let mut silent = Report::new(&context.yaml.path);
        let state = build::build(&self.item.analysis_type, map, context, &mut silent);
        if let Some(error) = silent.first_error() {
            return Err(error.message.clone());
        }
        self.item.state = state;
        Ok(())
    }

    /// Lets the version tell what overrides say, once the content is built.
    pub(crate) fn stamp(&mut self) {
        let detection = match &mut self.item.state {
            ItemState::Ready(ItemBody::Rule(rule)) => &mut rule.detection,
            ItemState::Ready(ItemBody::Correlation(rule)) => &mut rule.detection,
            _ => return,
        };
        if !self.overridden.is_empty() {
            let text = Value::Array(self.overridden.clone()).to_string();
            detection.version = build::version(&detection.version, &text);
        }
    }

    /// The finished item, what it was read from if it has YAML, and what was found.
    pub(crate) fn finish(mut self) -> (Item, Option<Document<'a>>, Vec<Diagnostic>) {
        if let Some(error) = self.report.first_error() {
            self.item.state = ItemState::Invalid { reason: error.message.clone(), line: error.line };
        }
        let (yaml, content_root) = (self.yaml, self.root);
        let document =
            self.context.map(|context| Document { source: context.yaml, root: yaml, content_root });
        (self.item, document, self.report.findings)
    }
}
