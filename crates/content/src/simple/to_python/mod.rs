//! A detection in YAML as a Python module that a person reads: `rule`, and `title`, `dedup`, `alert_context` and
//! `severity` where its keys say them. Programs that run detections without this engine run it.
//!
//! What the conditions mean is in `helpers.py`, of which a module gets what it calls, so that it stands alone.
//! `detect` evaluates the same detections itself; its tests compare the two on every row of their tables.

mod layout;

use std::fmt::Write as _;
use std::path::Path;

use model::json::parse_json;
use serde_json::{Map, Value};

use super::ast::{
    AddressClass, Check, Comparison, DynamicSeverity, Expression, Order, Piece, Quantifier, SimpleDetection,
    Template, Test,
};
use super::network::Network;
use super::path::{KeyPath, Step};
use super::read_detection;
use crate::author::write_value;
use crate::diagnostic::Level;
use crate::report::Report;
use crate::yaml;
use layout::Text;

/// What generated modules call.
const HELPERS: &str = include_str!("helpers.py");
/// Imports of helpers, each with the word that asks for it.
const IMPORTS: [(&str, &str); 3] = [
    ("ipaddress", "import ipaddress"),
    ("json", "import json"),
    ("Mapping", "from collections.abc import Mapping, Sequence"),
];
/// The keys of a rule that its Python says.
const KEYS: [&str; 5] = ["Detection", "AlertTitle", "AlertContext", "GroupBy", "DynamicSeverities"];
/// The first lines of every module.
const HEAD: &str = "\"\"\"Written from a detection in YAML: change that, and this is written anew.\"\"\"\n";

/// Reads a rule in YAML or JSON, and writes the Python that says the same.
///
/// # Errors
/// What is wrong with the detection, in one sentence.
pub fn rule_to_python(text: &str) -> Result<String, String> {
    match parse_json(text) {
        Ok(Value::Object(keys)) => keys_to_python(&keys),
        _ => yaml_to_python(text),
    }
}

/// Writes the Python that says what the keys of a rule say.
///
/// # Errors
/// What is wrong with the detection, in one sentence.
pub fn keys_to_python(keys: &Map<String, Value>) -> Result<String, String> {
    let of_detections = keys.iter().filter(|(key, _)| KEYS.contains(&key.as_str()));
    let keys = of_detections.map(|(key, value)| (key.clone(), value.clone())).collect();
    // Not every JSON says the same as YAML: `1e+16` is a text there.
    yaml_to_python(&write_value(&Value::Object(keys)))
}

fn yaml_to_python(text: &str) -> Result<String, String> {
    let node = yaml::read(text).map_err(|error| error.message)?;
    let Some(map) = node.as_ref().and_then(|node| node.as_map()) else {
        return Err("this is no rule; send a mapping with `Detection`".to_owned());
    };
    if !map.contains_key("Detection") {
        return Err("the rule has no `Detection`, which says what it looks for".to_owned());
    }
    let mut report = Report::new(Path::new("Detection"));
    let detection = read_detection(map, &mut report);
    match report.findings.into_iter().find(|finding| finding.level == Level::Error) {
        Some(finding) => Err(finding.message),
        None => Ok(to_python(&detection)),
    }
}

/// The Python module of a detection.
pub fn to_python(detection: &SimpleDetection) -> String {
    let SimpleDetection { expressions, title, group_by, context, severities } = detection;
    let mut functions = vec![format!("def rule(event):\n{}", returned(&all(expressions, "event")))];
    if let Some(template) = title {
        functions.push(format!("def title(event):\n    return {}\n", template_text(template)));
    }
    if !group_by.is_empty() {
        let values = group_by.iter().map(|key| Text::line(value(key, "event"))).collect();
        functions.push(format!("def dedup(event):\n{}", returned(&Text::call("_group", values))));
    }
    if !context.is_empty() {
        let entry =
            |entry: &super::ContextEntry| format!("{}: {}", quoted(&entry.name), value(&entry.key, "event"));
        let entries = context.iter().map(|one| Text::line(entry(one))).collect();
        functions.push(format!("def alert_context(event):\n{}", returned(&Text::group("{", entries, "}"))));
    }
    if !severities.is_empty() {
        functions.push(severity(severities));
    }
    module(&functions.join("\n\n"))
}

/// The functions of a rule with everything that they need.
fn module(functions: &str) -> String {
    let mut helpers: Vec<(&str, &str)> = HELPERS.split("\n\n\n").filter_map(named_block).collect();
    // What is called, and what that calls.
    let mut wanted = vec![false; helpers.len()];
    let mut texts = vec![functions];
    while let Some(text) = texts.pop() {
        for (index, (name, block)) in helpers.iter().enumerate() {
            if !wanted[index] && mentions(text, name) {
                wanted[index] = true;
                texts.push(block);
            }
        }
    }
    let mut wanted = wanted.into_iter();
    helpers.retain(|_| wanted.next().unwrap_or_default());
    let helpers: Vec<&str> = helpers.into_iter().map(|(_, block)| block.trim_end()).collect();
    let helpers = helpers.join("\n\n\n");

    let mut module = HEAD.to_owned();
    let imports: Vec<&str> =
        IMPORTS.iter().filter(|(word, _)| mentions(&helpers, word)).map(|(_, line)| *line).collect();
    if !imports.is_empty() {
        module.push('\n');
        module.push_str(&imports.join("\n"));
        module.push('\n');
    }
    module.push_str("\n\n");
    module.push_str(functions);
    if !helpers.is_empty() {
        let _written = write!(module, "\n\n{helpers}\n");
    }
    module
}

/// A block of the helpers with the name that it defines; `None` for the head of the file.
fn named_block(block: &str) -> Option<(&str, &str)> {
    let first = block.lines().next()?;
    let rest = ["def ", "class "].iter().find_map(|word| first.strip_prefix(word));
    let name = match rest {
        Some(rest) => rest.split(['(', ':']).next()?,
        None => first.split_once(" = ")?.0,
    };
    Some((name, block))
}

/// Whether a name stands in Python as a word of its own.
fn mentions(text: &str, name: &str) -> bool {
    let is_word = |character: char| character.is_alphanumeric() || character == '_';
    text.match_indices(name).any(|(at, _)| {
        let (before, after) = (text[..at].chars().next_back(), text[at + name.len()..].chars().next());
        !before.is_some_and(|before| is_word(before) || before == '.') && !after.is_some_and(is_word)
    })
}

fn returned(text: &Text) -> String {
    format!("    return {}\n", text.write(4, "    return ".len()))
}

fn severity(severities: &[DynamicSeverity]) -> String {
    let mut text = "def severity(event):\n".to_owned();
    for DynamicSeverity { severity, conditions } in severities {
        let condition = all(conditions, "event").write(4, "    if :".len());
        let _written = write!(text, "    if {condition}:\n        return \"{}\"\n", severity.as_str());
    }
    text + "    return \"DEFAULT\"\n"
}

fn template_text(template: &Template) -> String {
    let piece = |piece: &Piece| match piece {
        Piece::Text(text) => quoted(text),
        Piece::Value(key) => path("_text", key, "event"),
    };
    let pieces: Vec<String> = template.0.iter().map(piece).collect();
    if pieces.is_empty() { quoted("") } else { pieces.join(" + ") }
}

/// All of them; `scope` is the name of what keys are relative to.
fn all(expressions: &[Expression], scope: &str) -> Text {
    joined(expressions, "and", scope)
}

fn joined(expressions: &[Expression], word: &'static str, scope: &str) -> Text {
    match expressions {
        [] => Text::line("True"),
        [only] => expression(only, scope),
        several => Text::joined(word, several.iter().map(|one| expression(one, scope)).collect()),
    }
}

fn expression(written: &Expression, scope: &str) -> Text {
    match written {
        Expression::All(inner) => all(inner, scope),
        Expression::Any(inner) => joined(inner, "or", scope),
        Expression::NoneOf(inner) if inner.is_empty() => Text::line("True"),
        Expression::NoneOf(inner) => joined(inner, "or", scope).negated(),
        Expression::OnlyOne(inner) => {
            let conditions = inner.iter().map(|one| expression(one, scope).behind("lambda: ")).collect();
            Text::call("_only_one", conditions)
        }
        Expression::Always(holds) => Text::line(if *holds { "True" } else { "False" }),
        Expression::Test(test) => condition(test, scope),
        Expression::Elements { condition: _, key, quantifier, expressions } => {
            let function = match quantifier {
                Quantifier::Any => "_any_element",
                Quantifier::All => "_every_element",
                Quantifier::No => "_no_element",
                Quantifier::OnlyOne => "_only_one_element",
            };
            // Another name inside of another list.
            let element = if scope == "event" { "element".to_owned() } else { format!("{scope}_") };
            let fits = all(expressions, &element).behind(&format!("lambda {element}: "));
            Text::call(function, vec![Text::line(value(key, scope)), fits])
        }
    }
}

fn condition(test: &Test, scope: &str) -> Text {
    let Test { condition: _, negated, key, check } = test;
    let left = value(key, scope);
    let call = |function: &str, rest: Option<String>| {
        let arguments = std::iter::once(left.clone()).chain(rest).map(Text::line).collect();
        Text::call(function, arguments)
    };
    let sign = |positive: &str, negative: &str, right: &str| {
        Text::line(format!("{left} {} {right}", if *negated { negative } else { positive }))
    };
    let text = match check {
        Check::Exists => {
            let found = path("_find", key, scope);
            return Text::line(format!("{found} {} _MISSING", if *negated { "is" } else { "is not" }));
        }
        Check::IsNull => return sign("is", "is not", "None"),
        Check::Constant(Comparison::Equals { ignore_case: false }, constant) => {
            return sign("==", "!=", &literal(constant));
        }
        Check::Key(Comparison::Equals { ignore_case: false }, other) => {
            return sign("==", "!=", &value(other, scope));
        }
        Check::IsEmpty => call("_is_empty", None),
        Check::Address(class) => call(address_function(*class), None),
        Check::Constant(comparison, constant) => compared(*comparison, &call, literal(constant)),
        Check::Key(comparison, other) => compared(*comparison, &call, value(other, scope)),
        Check::Members(members) => {
            let members: Vec<String> = members.iter().map(literal).collect();
            let list = Text::group("[", members.into_iter().map(Text::line).collect(), "]");
            Text::call("_is_one_of", vec![Text::line(left.clone()), list])
        }
        Check::InNetworks(networks) => of_networks("_in_networks", &left, networks),
        Check::ListInNetworks(networks) => of_networks("_list_in_networks", &left, networks),
    };
    if *negated { text.negated() } else { text }
}

fn of_networks(function: &str, left: &str, networks: &[Network]) -> Text {
    let networks = networks.iter().map(|network| Text::line(quoted(&network.to_string()))).collect();
    Text::call(function, vec![Text::line(left), Text::group("[", networks, "]")])
}

fn compared(comparison: Comparison, call: &dyn Fn(&str, Option<String>) -> Text, right: String) -> Text {
    let function = match comparison {
        Comparison::InNetwork => return call("_in_networks", Some(format!("[{right}]"))),
        Comparison::ListInNetwork => return call("_list_in_networks", Some(format!("[{right}]"))),
        Comparison::Equals { .. } => "_equals_ignoring_case",
        Comparison::Order(Order::Greater) => "_is_greater",
        Comparison::Order(Order::GreaterOrEqual) => "_is_greater_or_equal",
        Comparison::Order(Order::Less) => "_is_less",
        Comparison::Order(Order::LessOrEqual) => "_is_less_or_equal",
        Comparison::Contains { ignore_case: false } => "_contains",
        Comparison::Contains { ignore_case: true } => "_contains_ignoring_case",
        Comparison::StartsWith { ignore_case: false } => "_starts_with",
        Comparison::StartsWith { ignore_case: true } => "_starts_with_ignoring_case",
        Comparison::EndsWith { ignore_case: false } => "_ends_with",
        Comparison::EndsWith { ignore_case: true } => "_ends_with_ignoring_case",
        Comparison::In => "_is_in",
    };
    call(function, Some(right))
}

fn address_function(class: AddressClass) -> &'static str {
    match class {
        AddressClass::Any => "_is_address",
        AddressClass::V4 => "_is_address_v4",
        AddressClass::V6 => "_is_address_v6",
        AddressClass::Public => "_is_public",
        AddressClass::Private => "_is_private",
    }
}

fn value(key: &KeyPath, scope: &str) -> String {
    path("_value", key, scope)
}

/// The call of a function that follows a path.
fn path(function: &str, key: &KeyPath, scope: &str) -> String {
    let mut text = format!("{function}({}", if key.from_event { "event" } else { scope });
    for step in &key.steps {
        text.push_str(", ");
        match step {
            Step::Field(name) => text.push_str(&quoted(name)),
            Step::Index(index) => text.push_str(&index.to_string()),
            Step::Every => text.push_str("_EACH"),
            Step::Rows => text.push_str("_ROWS"),
        }
    }
    text + ")"
}

/// A constant as Python writes it.
fn literal(constant: &Value) -> String {
    match constant {
        Value::Null => "None".to_owned(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => quoted(text),
        Value::Array(list) => format!("[{}]", list.iter().map(literal).collect::<Vec<_>>().join(", ")),
        Value::Object(map) => {
            let entry = |(key, value): (&String, &Value)| format!("{}: {}", quoted(key), literal(value));
            format!("{{{}}}", map.iter().map(entry).collect::<Vec<_>>().join(", "))
        }
    }
}

/// A text in double quotes. What is neither a letter nor a digit nor a sign of ASCII is escaped, so that nothing in
/// a constant looks like something else.
fn quoted(text: &str) -> String {
    let mut out = "\"".to_owned();
    for character in text.chars() {
        match character {
            '"' | '\\' => out.extend(['\\', character]),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            ' '..='~' => out.push(character),
            letter if letter.is_alphanumeric() => out.push(letter),
            other => {
                let code = u32::from(other);
                let _written =
                    if code > 0xffff { write!(out, "\\U{code:08x}") } else { write!(out, "\\u{code:04x}") };
            }
        }
    }
    out.push('"');
    out
}
