//! The detection language of YAML rules and inline filters: what people write, typed and checked.
//!
//! [`read_detection`] and [`read_filters`] turn YAML nodes into the types of `ast` and report what is wrong
//! with its exact place. Constants are read here once (networks, key paths), so that `detect` can compile
//! what is sound without any further error. Source: `detections.md` §4.

mod alert;
mod ast;
mod condition;
mod constant;
mod expression;
mod key;
mod network;
mod path;
mod to_python;
mod wire;

pub use ast::{
    AddressClass, Check, Comparison, ContextEntry, DynamicSeverity, Expression, InlineFilters, Order, Piece,
    Quantifier, SimpleDetection, Template, Test,
};
pub use network::{Network, parse_address};
pub use path::{KeyPath, Step};
pub use to_python::{keys_to_python, rule_to_python, to_python};
pub use wire::compile_filters;

use crate::codes::{self, Code};
use crate::diagnostic::{Diagnostic, Level};
use crate::report::Report;
use crate::yaml::{Mapping, Node, Yaml};
use expression::{Dialect, Reader};

/// Reads `Detection` and the alert keys beside it; whatever is wrong is reported and left out.
pub(crate) fn read_detection(map: &Mapping, report: &mut Report<'_>) -> SimpleDetection {
    let expressions = map.get("Detection").map(|field| read_expressions(&field.value, report));
    SimpleDetection { expressions: expressions.unwrap_or_default(), ..alert::read(map, report) }
}

/// Checks the shape of alert keys that stand beside Python and so have no effect: values that the public tool
/// accepts too are not looked at closer.
pub(crate) fn check_idle_keys(map: &Mapping, report: &mut Report<'_>) {
    const BEYOND_SHAPE: [&Code; 5] = [
        &codes::SIMPLE_TITLE,
        &codes::SIMPLE_PATH,
        &codes::SIMPLE_CONTEXT_NAME,
        &codes::SIMPLE_NETWORK,
        &codes::SIMPLE_TOO_LARGE,
    ];
    let mut found = Report::new(&report.file);
    found.item_id.clone_from(&report.item_id);
    alert::read(map, &mut found);
    let is_shape = |finding: &Diagnostic| {
        finding.level == Level::Error && !BEYOND_SHAPE.iter().any(|code| code.code == finding.code)
    };
    let findings: Vec<Diagnostic> = found.findings.into_iter().filter(is_shape).collect();
    report.findings.extend(findings);
}

fn read_expressions(node: &Node, report: &mut Report<'_>) -> Vec<Expression> {
    if !matches!(node.value, Yaml::Null) && node.as_list().is_none_or(|entries| !entries.is_empty()) {
        return Reader::new(Dialect::Detection, report).list(node, "Detection");
    }
    let message = "`Detection` has no expression, so there is nothing to look for".to_owned();
    let hint = "add one, such as `{Key: eventName, Condition: Equals, Value: DeleteTrail}`".to_owned();
    report.add_with_hint(&codes::SIMPLE_NO_RULE, node.span, message, Some(hint));
    Vec::new()
}

/// Reads `InlineFilters`; whatever is wrong is reported and left out.
pub(crate) fn read_filters(node: &Node, report: &mut Report<'_>) -> InlineFilters {
    InlineFilters { expressions: Reader::new(Dialect::Filter, report).list(node, "InlineFilters") }
}

/// Whether a text that is no YAML was meant to be a detection in YAML: a top-level `Detection` and no other
/// type that has this key.
pub(crate) fn is_meant(text: &str) -> bool {
    let has_line = |wanted: &dyn Fn(&str) -> bool| text.lines().any(wanted);
    has_line(&|line| line.starts_with("Detection:"))
        && !has_line(&|line| line.starts_with("AnalysisType:") && line.contains("correlation_rule"))
}
