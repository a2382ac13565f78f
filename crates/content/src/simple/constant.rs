//! The constants beside a condition: `Value` and `Values`.

use serde_json::Value;

use super::ast::{Check, Comparison};
use super::network::Network;
use crate::codes::{self, Code};
use crate::report::Report;
use crate::yaml::{Field, Mapping, Node, Yaml};

/// What a comparison takes beside its key.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Takes {
    /// `Value`: a text, a number or a boolean.
    Scalar,
    /// `Value`: a number.
    Number,
    /// `Value`: a text.
    Text,
    /// `Values`, or a text as `Value`.
    Members,
    /// A network as `Value`, or several as `Values`.
    Networks,
}

fn takes(comparison: Comparison) -> Takes {
    match comparison {
        Comparison::Equals { .. } | Comparison::Contains { .. } => Takes::Scalar,
        Comparison::Order(_) => Takes::Number,
        Comparison::StartsWith { .. } | Comparison::EndsWith { .. } => Takes::Text,
        Comparison::In => Takes::Members,
        Comparison::InNetwork | Comparison::ListInNetwork => Takes::Networks,
    }
}

/// Reads what stands beside the condition `name` in the expression at `path`.
pub(super) fn read(
    name: &'static str,
    comparison: Comparison,
    map: &Mapping,
    path: &str,
    report: &mut Report<'_>,
) -> Option<Check> {
    let mut reader = Reader { name, path, report };
    let takes = takes(comparison);
    match (map.get("Value"), map.get("Values")) {
        (Some(_), Some(values)) => {
            let message = format!("`{path}` has `Value` and `Values`; `{name}` takes one of them");
            reader.report.add(&codes::SIMPLE_VALUE, values.key, message);
            None
        }
        (Some(value), None) => reader.value(comparison, takes, value),
        (None, Some(values)) => reader.values(comparison, takes, values),
        (None, None) => {
            let wanted = if takes == Takes::Members { "Values" } else { "Value" };
            let message = format!("`{path}` has no `{wanted}`, which `{name}` needs");
            let hint = match takes {
                Takes::Members => "add `Values: [a, b]`".to_owned(),
                Takes::Networks => "add `Value: 10.0.0.0/8`".to_owned(),
                _ => format!("add `{wanted}: ` and what to compare with"),
            };
            let place = map["Condition"].value.span;
            reader.report.add_with_hint(&codes::SIMPLE_VALUE, place, message, Some(hint));
            None
        }
    }
}

struct Reader<'r, 'f, 'a> {
    name: &'static str,
    path: &'a str,
    report: &'r mut Report<'f>,
}

impl Reader<'_, '_, '_> {
    fn value(&mut self, comparison: Comparison, takes: Takes, field: &Field) -> Option<Check> {
        let node = &field.value;
        let constant = || Check::Constant(comparison, node.to_json());
        match (takes, &node.value) {
            (Takes::Scalar, Yaml::Text(_) | Yaml::Int(_) | Yaml::Float(_) | Yaml::Bool(_))
            | (Takes::Number, Yaml::Int(_) | Yaml::Float(_))
            | (Takes::Text, Yaml::Text(_)) => Some(constant()),
            (Takes::Members, Yaml::Text(_)) => {
                let message =
                    format!("`{}` with one text asks whether the field is a part of that text", self.name);
                let hint = "if the field should be that text, write `Values: [text]`".to_owned();
                self.report.add_with_hint(&codes::SIMPLE_PART, node.span, message, Some(hint));
                Some(constant())
            }
            (Takes::Networks, Yaml::Text(_)) => {
                let network = self.network(node, "Value")?;
                Some(networks_check(comparison, vec![network]))
            }
            _ => {
                self.refuse_value(takes, node);
                None
            }
        }
    }

    fn refuse_value(&mut self, takes: Takes, node: &Node) {
        let (wanted, hint) = match (takes, &node.value) {
            (Takes::Members, _) => ("a list in `Values`", "write `Values: [a, b]`"),
            (Takes::Scalar, Yaml::Null) => {
                ("a text, a number or a boolean", "for an empty field use `IsNull` or `IsNullOrEmpty`")
            }
            (Takes::Scalar, _) => {
                ("a text, a number or a boolean", "for one of several values use `IsIn` with `Values`")
            }
            (Takes::Number, _) => ("a number", "write the number without quotes"),
            (Takes::Text, _) => ("a text", "put it in quotes"),
            (Takes::Networks, _) => ("a text such as `10.0.0.0/8`", "put it in quotes"),
        };
        let message =
            format!("`{}.Value`: `{}` needs {wanted}, not {}", self.path, self.name, node.kind_name());
        self.report.add_with_hint(&codes::SIMPLE_TYPE, node.span, message, Some(hint.to_owned()));
    }

    fn values(&mut self, comparison: Comparison, takes: Takes, field: &Field) -> Option<Check> {
        let (path, name) = (self.path, self.name);
        if !matches!(takes, Takes::Members | Takes::Networks) {
            let message = format!("`{path}`: `{name}` compares with one `Value`, not with `Values`");
            let hint = "write `Value`; for one of several values use `IsIn`, for several conditions `Any`";
            self.report.add_with_hint(&codes::SIMPLE_VALUE, field.key, message, Some(hint.to_owned()));
            return None;
        }
        let Some(entries) = field.value.as_list() else {
            let message = format!("`{path}.Values` must be a list, not {}", field.value.kind_name());
            let hint = Some("write `Values: [a, b]`".to_owned());
            self.report.add_with_hint(&codes::SIMPLE_TYPE, field.value.span, message, hint);
            return None;
        };
        if entries.is_empty() {
            let message =
                format!("`{path}.Values` is empty, so that `{name}` gives the same answer for every event");
            self.report.add(&codes::SIMPLE_EMPTY, field.value.span, message);
        }
        if takes == Takes::Members {
            return self.members(entries);
        }
        let mut networks = Vec::with_capacity(entries.len());
        for (index, entry) in entries.iter().enumerate() {
            networks.push(self.network(entry, &format!("Values[{index}]"))?);
        }
        Some(networks_check(comparison, networks))
    }

    /// All entries are of the type of the first; integers and other numbers mix.
    fn members(&mut self, entries: &[Node]) -> Option<Check> {
        let first = entries.first().map(|entry| &entry.value);
        for (index, entry) in entries.iter().enumerate() {
            let fits = matches!(
                (first, &entry.value),
                (Some(Yaml::Text(_)), Yaml::Text(_))
                    | (Some(Yaml::Bool(_)), Yaml::Bool(_))
                    | (Some(Yaml::Int(_) | Yaml::Float(_)), Yaml::Int(_) | Yaml::Float(_))
            );
            if !fits {
                self.refuse_member(first, index, entry);
                return None;
            }
        }
        Some(Check::Members(entries.iter().map(Node::to_json).collect::<Vec<Value>>()))
    }

    fn refuse_member(&mut self, first: Option<&Yaml>, index: usize, entry: &Node) {
        let (code, wanted): (&'static Code, &str) = match first {
            Some(Yaml::Int(_)) => (&codes::SIMPLE_NOT_INTEGER, "an integer like the first entry"),
            Some(Yaml::Float(_)) => (&codes::SIMPLE_NOT_FLOAT, "a number like the first entry"),
            Some(Yaml::Bool(_)) => (&codes::SIMPLE_NOT_BOOLEAN, "true or false like the first entry"),
            Some(Yaml::Text(_)) => (&codes::SIMPLE_TYPE, "a text like the first entry"),
            _ => (&codes::SIMPLE_TYPE, "a text, a number or a boolean"),
        };
        let message = format!("`{}.Values[{index}]` must be {wanted}, not {}", self.path, entry.kind_name());
        let hint =
            "all entries are of one type; quote texts, and use `Any` for conditions of different types";
        self.report.add_with_hint(code, entry.span, message, Some(hint.to_owned()));
    }

    fn network(&mut self, node: &Node, place: &str) -> Option<Network> {
        let network = node.as_text().and_then(Network::parse);
        if network.is_none() {
            let what = node.as_text().map_or_else(|| node.kind_name().to_owned(), |text| format!("`{text}`"));
            let message = format!("`{}.{place}`: {what} is no address or network", self.path);
            let hint = "write an address, or a network such as `10.0.0.0/8` or `2001:db8::/32`";
            self.report.add_with_hint(&codes::SIMPLE_NETWORK, node.span, message, Some(hint.to_owned()));
        }
        network
    }
}

fn networks_check(comparison: Comparison, networks: Vec<Network>) -> Check {
    match comparison {
        Comparison::ListInNetwork => Check::ListInNetworks(networks),
        _ => Check::InNetworks(networks),
    }
}
