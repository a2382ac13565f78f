//! Reads expressions: one mapping is one expression, a list of them holds when all do.

use std::net::IpAddr;

use super::conditions::{self, Asks, Condition, Takes};
use super::{Expression, InlineFilters, KeyPath, Segment, Test};
use crate::check::near_miss;
use crate::codes;
use crate::report::Report;
use crate::yaml::{Field, Mapping, Node, Yaml};

/// Expressions of one detection, nested ones included.
const EXPRESSIONS_MAX: usize = 2_000;
/// Deepest nesting of combinators and element lists.
const DEPTH_MAX: usize = 20;
const COMBINATORS: [&str; 4] = ["All", "Any", "OnlyOne", "None"];
const KEY_WORDS: [&str; 4] = ["Key", "DeepKey", "KeyPath", "Enrichment"];
const OTHER_WORDS: [&str; 4] = ["Condition", "Value", "Values", "Expressions"];

/// Where expressions stand.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Detection,
    Filter,
}

/// Reads `InlineFilters`.
pub(crate) fn read_filters(node: &Node, report: &mut Report<'_>) -> InlineFilters {
    InlineFilters { expressions: Reader::new(Place::Filter, report).list(node, "InlineFilters", 0) }
}

/// Reads expressions and counts them.
pub(super) struct Reader<'r, 'f> {
    place: Place,
    report: &'r mut Report<'f>,
    count: usize,
}

impl<'r, 'f> Reader<'r, 'f> {
    pub(super) fn new(place: Place, report: &'r mut Report<'f>) -> Reader<'r, 'f> {
        Reader { place, report, count: 0 }
    }

    /// A list of expressions; what is wrong is reported and left out.
    pub(super) fn list(&mut self, node: &Node, path: &str, depth: usize) -> Vec<Expression> {
        let Some(entries) = node.as_list() else {
            let message = format!("`{path}` must be a list of expressions, not {}", node.kind_name());
            self.report.add(&codes::SIMPLE_SHAPE, node.span, message);
            return Vec::new();
        };
        let mut expressions = Vec::with_capacity(entries.len());
        for (index, entry) in entries.iter().enumerate() {
            expressions.extend(self.expression(entry, &format!("{path}[{index}]"), depth));
        }
        expressions
    }

    fn expression(&mut self, node: &Node, path: &str, depth: usize) -> Option<Expression> {
        self.count += 1;
        if depth > DEPTH_MAX || self.count > EXPRESSIONS_MAX {
            let message =
                format!("more than {DEPTH_MAX} levels or {EXPRESSIONS_MAX} expressions are not read");
            self.report.add(&codes::SIMPLE_TOO_LARGE, node.span, message);
            return None;
        }
        let Some(map) = node.as_map() else {
            let message = format!("`{path}` must be a mapping, not {}", node.kind_name());
            self.report.add(&codes::SIMPLE_SHAPE, node.span, message);
            return None;
        };
        if let Some(word) = COMBINATORS.iter().find(|word| map.contains_key(**word)) {
            return self.combinator(word, map, path, depth);
        }
        self.check_words(map, path);
        let Some(field) = map.get("Condition") else {
            self.report.add(&codes::SIMPLE_CONDITION, node.span, format!("`{path}` has no `Condition`"));
            return None;
        };
        let condition = self.condition(field)?;
        let key = self.key(map, node, path);
        if self.place == Place::Filter && !self.is_for_filters(map, condition, field) {
            return None;
        }
        match (condition.asks, key) {
            (Asks::Always(holds), Key::None) => Some(Expression::Always(holds)),
            (_, Key::None) if condition.comparison().is_some() && map.contains_key("Values") => {
                self.compare(map, condition, path)
            }
            (_, Key::None) => {
                let message =
                    format!("`{path}` names no key; give one of `Key`, `DeepKey`, `KeyPath`, `Enrichment`");
                self.report.add(&codes::SIMPLE_KEY, node.span, message);
                None
            }
            (_, Key::Wrong) => None,
            (Asks::Always(_), Key::Path(_)) => {
                let message = format!("`{}` takes no key", condition.name);
                self.report.add(&codes::SIMPLE_KEY, field.value.span, message);
                None
            }
            (Asks::Elements(quantifier), Key::Path(key)) => {
                let Some(inner) = map.get("Expressions") else {
                    self.missing("Expressions", condition, field);
                    return None;
                };
                let inner = self.list(&inner.value, &format!("{path}.Expressions"), depth + 1);
                Some(Expression::Elements(key, quantifier, inner))
            }
            (_, Key::Path(key)) => {
                self.test(map, condition, field, path).map(|test| Expression::Test(key, test))
            }
        }
    }

    fn combinator(&mut self, word: &str, map: &Mapping, path: &str, depth: usize) -> Option<Expression> {
        let field = &map[word];
        if let Some((other, extra)) = map.iter().find(|(name, _)| *name != word) {
            let message = format!("`{path}` holds `{word}` and `{other}`; a combinator stands alone");
            self.report.add(&codes::SIMPLE_SHAPE, extra.key, message);
            return None;
        }
        if self.place == Place::Filter && !matches!(word, "All" | "Any") {
            let message = format!("inline filters know `All` and `Any`, not `{word}`");
            let hint = Some("express it with negated conditions".to_owned());
            self.report.add_with_hint(&codes::SIMPLE_NOT_IN_FILTERS, field.key, message, hint);
            return None;
        }
        let inner = self.list(&field.value, &format!("{path}.{word}"), depth + 1);
        Some(match word {
            "All" => Expression::All(inner),
            "Any" => Expression::Any(inner),
            "OnlyOne" => Expression::OnlyOne(inner),
            _ => Expression::NoneOf(inner),
        })
    }

    /// Reports keys that no expression has.
    fn check_words(&mut self, map: &Mapping, path: &str) {
        let known = || KEY_WORDS.into_iter().chain(OTHER_WORDS).chain(COMBINATORS);
        for (name, field) in map {
            if !known().any(|word| word == name) {
                let hint = near_miss(name, known()).map(|near| format!("did you mean `{near}`?"));
                let message = format!("unknown key `{path}.{name}`");
                self.report.add_with_hint(&codes::SIMPLE_UNKNOWN_KEY, field.key, message, hint);
            }
        }
    }

    fn condition(&mut self, field: &Field) -> Option<&'static Condition> {
        let name = field.value.as_text().unwrap_or_default();
        let found = conditions::find(name);
        if found.is_none() {
            let message = match field.value.as_text() {
                Some(name) => format!("unknown `Condition` `{name}`"),
                None => format!("`Condition` must be a text, not {}", field.value.kind_name()),
            };
            let hint = near_miss(name, conditions::names()).map(|near| format!("did you mean `{near}`?"));
            self.report.add_with_hint(&codes::SIMPLE_CONDITION, field.value.span, message, hint);
        }
        found
    }

    fn is_for_filters(&mut self, map: &Mapping, condition: &Condition, field: &Field) -> bool {
        if !condition.in_filters {
            let message = format!("inline filters do not know the condition `{}`", condition.name);
            self.report.add(&codes::SIMPLE_NOT_IN_FILTERS, field.value.span, message);
            return false;
        }
        for word in ["Key", "DeepKey"] {
            if let Some(other) = map.get(word) {
                let message = format!("inline filters take `KeyPath`, not `{word}`");
                self.report.add(&codes::SIMPLE_NOT_IN_FILTERS, other.key, message);
                return false;
            }
        }
        true
    }

    fn key(&mut self, map: &Mapping, node: &Node, path: &str) -> Key {
        let given: Vec<&str> = KEY_WORDS.into_iter().filter(|word| map.contains_key(*word)).collect();
        let [word] = given[..] else {
            if given.is_empty() {
                return Key::None;
            }
            let message = format!("`{path}` names its key twice: `{}`", given.join("`, `"));
            self.report.add(&codes::SIMPLE_KEY, node.span, message);
            return Key::Wrong;
        };
        self.key_of(word, &map[word]).map_or(Key::Wrong, Key::Path)
    }

    fn key_of(&mut self, word: &str, field: &Field) -> Option<KeyPath> {
        let read = match word {
            "Key" => text_key(&field.value),
            "DeepKey" => deep_key(&field.value),
            "KeyPath" => key_path(&field.value),
            _ => enrichment(&field.value),
        };
        read.map_err(|problem| {
            let message = format!("`{word}`: {problem}");
            self.report.add(&codes::SIMPLE_PATH, field.value.span, message);
        })
        .ok()
    }

    /// A mapping that is nothing but a key specifier.
    pub(super) fn key_spec(&mut self, node: &Node, path: &str) -> Option<KeyPath> {
        let Some(map) = node.as_map() else {
            let message = format!("`{path}` must be a mapping with a key, not {}", node.kind_name());
            self.report.add(&codes::SIMPLE_KEY, node.span, message);
            return None;
        };
        if let Some((name, field)) = map.iter().find(|(name, _)| !KEY_WORDS.contains(&name.as_str())) {
            let hint = near_miss(name, KEY_WORDS.into_iter()).map(|near| format!("did you mean `{near}`?"));
            let message = format!("unknown key `{path}.{name}`");
            self.report.add_with_hint(&codes::SIMPLE_UNKNOWN_KEY, field.key, message, hint);
            return None;
        }
        match self.key(map, node, path) {
            Key::Path(key) => Some(key),
            Key::Wrong => None,
            Key::None => {
                let message = format!("`{path}` names no key");
                self.report.add(&codes::SIMPLE_KEY, node.span, message);
                None
            }
        }
    }

    /// `Values` of two keys: the values of the event compare.
    fn compare(&mut self, map: &Mapping, condition: &Condition, path: &str) -> Option<Expression> {
        let field = &map["Values"];
        let entries = field.value.as_list().unwrap_or_default();
        let [left, right] = entries else {
            let message =
                format!("`{path}` names no key, so its `Values` must be exactly two keys to compare");
            self.report.add(&codes::SIMPLE_TWO_KEYS, field.value.span, message);
            return None;
        };
        let left = self.key_spec(left, &format!("{path}.Values[0]"));
        let right = self.key_spec(right, &format!("{path}.Values[1]"));
        Some(Expression::Compare(left?, condition.comparison()?, right?))
    }

    fn test(&mut self, map: &Mapping, condition: &Condition, place: &Field, path: &str) -> Option<Test> {
        let allowed: &[&str] = match condition.takes {
            Takes::Nothing | Takes::Expressions => &[],
            Takes::Scalar | Takes::Ordered | Takes::Text => &["Value"],
            Takes::List => &["Values"],
            Takes::Networks => &["Value", "Values"],
        };
        for word in ["Value", "Values", "Expressions"] {
            if let Some(field) = map.get(word).filter(|_| !allowed.contains(&word)) {
                let message = format!("`{}` takes no `{word}`", condition.name);
                self.report.add(&codes::SIMPLE_VALUE, field.key, message);
                return None;
            }
        }
        match condition.asks {
            Asks::Exists(there) => return Some(Test::Exists(there)),
            Asks::Null(is) => return Some(Test::Null(is)),
            Asks::Empty(is) => return Some(Test::Empty(is)),
            Asks::Address(test) => return Some(Test::Address(test)),
            Asks::Compare(..) | Asks::Elements(_) | Asks::Always(_) => {}
        }
        let Some(field) = allowed.iter().find_map(|word| map.get(*word)) else {
            self.missing(allowed.first().copied().unwrap_or("Value"), condition, place);
            return None;
        };
        self.is_legal(condition, &field.value, path).then(|| {
            Test::Compare(condition.comparison().expect("only comparisons come here"), field.value.to_json())
        })
    }

    fn missing(&mut self, word: &str, condition: &Condition, place: &Field) {
        let message = format!("`{}` needs `{word}`", condition.name);
        self.report.add(&codes::SIMPLE_VALUE, place.value.span, message);
    }

    /// Whether the constant is one that the condition can use; reports when it is not.
    fn is_legal(&mut self, condition: &Condition, node: &Node, path: &str) -> bool {
        let name = condition.name;
        let problem = match condition.takes {
            Takes::Ordered if !matches!(node.value, Yaml::Int(_) | Yaml::Float(_) | Yaml::Text(_)) => Some((
                &codes::SIMPLE_TYPE,
                format!("`{name}` needs a number or a text, not {}", node.kind_name()),
            )),
            Takes::Text if !matches!(node.value, Yaml::Text(_)) => {
                Some((&codes::SIMPLE_TYPE, format!("`{name}` needs a text, not {}", node.kind_name())))
            }
            Takes::Scalar if !is_scalar(node) => Some((
                &codes::SIMPLE_TYPE,
                format!(
                    "`{name}` needs one value, not {}; for several use `IsIn` with `Values`",
                    node.kind_name()
                ),
            )),
            Takes::List if !node.as_list().is_some_and(|nodes| nodes.iter().all(is_scalar)) => {
                Some((&codes::SIMPLE_TYPE, format!("`{name}` needs a list of values in `Values`")))
            }
            Takes::Networks => networks(node)
                .err()
                .map(|text| (&codes::SIMPLE_NETWORK, format!("`{path}`: `{text}` is no address or network"))),
            _ => None,
        };
        let Some((code, message)) = problem else { return true };
        self.report.add(code, node.span, message);
        false
    }
}

enum Key {
    None,
    Wrong,
    Path(KeyPath),
}

fn is_scalar(node: &Node) -> bool {
    matches!(node.value, Yaml::Bool(_) | Yaml::Int(_) | Yaml::Float(_) | Yaml::Text(_))
}

/// Every network is one; gives the first that is none.
fn networks(node: &Node) -> Result<(), String> {
    let nodes = node.as_list().unwrap_or(std::slice::from_ref(node));
    for node in nodes {
        let text = node.as_text().ok_or_else(|| node.kind_name().to_owned())?;
        let (address, prefix) = text.split_once('/').unwrap_or((text, "0"));
        let Ok(address) = address.parse::<IpAddr>() else { return Err(text.to_owned()) };
        let is_mask = address.is_ipv4() && prefix.parse::<std::net::Ipv4Addr>().is_ok();
        let bits_max = if address.is_ipv4() { 32 } else { 128 };
        if !is_mask && !prefix.parse::<u8>().is_ok_and(|bits| bits <= bits_max) {
            return Err(text.to_owned());
        }
    }
    Ok(())
}

fn text_key(node: &Node) -> Result<KeyPath, String> {
    let name = node.as_text().filter(|name| !name.is_empty());
    name.map(KeyPath::field).ok_or_else(|| format!("a text is needed, not {}", node.kind_name()))
}

fn deep_key(node: &Node) -> Result<KeyPath, String> {
    let entries = node.as_list().filter(|entries| !entries.is_empty());
    let entries = entries.ok_or("a list of names and positions is needed")?;
    let segment = |entry: &Node| match &entry.value {
        Yaml::Text(name) => Ok(Segment::Field(name.clone())),
        Yaml::Int(number) => {
            number.as_i64().map(Segment::Index).ok_or_else(|| format!("{number} is no position"))
        }
        _ => Err(format!("names and positions only, not {}", entry.kind_name())),
    };
    entries.iter().map(segment).collect::<Result<Vec<_>, _>>().map(KeyPath)
}

fn key_path(node: &Node) -> Result<KeyPath, String> {
    let text = node.as_text().ok_or_else(|| format!("a text is needed, not {}", node.kind_name()))?;
    KeyPath::parse(text).map_err(|(at, problem)| format!("`{text}`, character {}: {problem}", at + 1))
}

/// `Enrichment: {Table, Selector, FieldPath}` is `p_enrichment.Table.Selector.FieldPath`.
fn enrichment(node: &Node) -> Result<KeyPath, String> {
    let map = node.as_map().ok_or("a mapping with `Table`, `Selector` and `FieldPath` is needed")?;
    let text = |name: &str| {
        let found = map.get(name).and_then(|field| field.value.as_text());
        found.ok_or_else(|| format!("`{name}` is missing"))
    };
    if let Some(name) = map.keys().find(|name| !["Table", "Selector", "FieldPath"].contains(&name.as_str())) {
        return Err(format!("unknown key `{name}`"));
    }
    let field_path = text("FieldPath")?;
    let inner = KeyPath::parse(field_path)
        .map_err(|(at, problem)| format!("`FieldPath`, character {}: {problem}", at + 1))?;
    let outer = ["p_enrichment", text("Table")?, text("Selector")?];
    let outer = outer.into_iter().map(|name| Segment::Field(name.to_owned()));
    Ok(KeyPath(outer.chain(inner.0).collect()))
}

#[cfg(test)]
mod tests {
    use super::super::Operator;
    use super::*;

    #[test]
    fn every_comparison_has_a_condition() {
        let operators: Vec<Operator> = conditions::names()
            .filter_map(conditions::find)
            .filter_map(Condition::comparison)
            .map(|comparison| comparison.operator)
            .collect();
        assert!(operators.contains(&Operator::CidrContains) && operators.len() >= 28);
    }
}
