//! Reads expressions: a mapping is one expression, and a list of them holds when all do.

use super::ast::{Check, Comparison, Expression, Test};
use super::condition::{self, Asks, CONDITIONS, Condition, Unary};
use super::path::{KeyPath, Names, Step};
use super::{constant, key};
use crate::check::near_miss;
use crate::codes;
use crate::report::Report;
use crate::yaml::{Field, Mapping, Node, Yaml};

const COMBINATORS: [&str; 4] = ["All", "Any", "OnlyOne", "None"];
const FILTER_COMBINATORS: [&str; 2] = ["All", "Any"];
/// Keys of expressions beside those that name a key of the event.
const PARTS: [&str; 4] = ["Condition", "Value", "Values", "Expressions"];
/// Keys of a correlation block, which stands in `Detection` of another type of item.
const CORRELATION: [&str; 2] = ["Sequence", "Group"];

/// Most expressions of one list with all that are nested in it.
const EXPRESSIONS_MAX: usize = 2_000;
/// Deepest nesting of combinators and lists.
const DEPTH_MAX: usize = 20;

/// Where expressions stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dialect {
    /// In a detection: everything is known.
    Detection,
    /// In `InlineFilters`.
    Filter,
}

/// Reads expressions; what is wrong is reported and left out.
pub(super) struct Reader<'r, 'f> {
    dialect: Dialect,
    report: &'r mut Report<'f>,
    count: usize,
    depth: usize,
}

/// The keys that an expression names.
enum Named {
    No,
    One(&'static str, KeyPath),
    /// Reported.
    Wrong,
}

impl<'r, 'f> Reader<'r, 'f> {
    pub(super) fn new(dialect: Dialect, report: &'r mut Report<'f>) -> Reader<'r, 'f> {
        Reader { dialect, report, count: 0, depth: 0 }
    }

    /// The expressions of a list.
    pub(super) fn list(&mut self, node: &Node, path: &str) -> Vec<Expression> {
        let Some(entries) = node.as_list() else {
            let message = format!("`{path}` must be a list of expressions, not {}", node.kind_name());
            let hint = Some("begin each expression with `- `".to_owned());
            self.report.add_with_hint(&codes::SIMPLE_SHAPE, node.span, message, hint);
            return Vec::new();
        };
        self.depth += 1;
        let mut expressions = Vec::with_capacity(entries.len());
        for (index, entry) in entries.iter().enumerate() {
            let path = format!("{path}[{index}]");
            if !self.has_room(entry, &path) {
                break;
            }
            expressions.extend(self.expression(entry, &path));
        }
        self.depth -= 1;
        expressions
    }

    /// Counts an expression; one that is too much is reported.
    fn has_room(&mut self, node: &Node, path: &str) -> bool {
        self.count += 1;
        if self.count <= EXPRESSIONS_MAX && self.depth <= DEPTH_MAX {
            return true;
        }
        let message = format!(
            "`{path}`: more than {EXPRESSIONS_MAX} expressions, or {DEPTH_MAX} levels of them, are not read"
        );
        let hint = Some("make several rules of it, or write it in Python".to_owned());
        self.report.add_with_hint(&codes::SIMPLE_TOO_LARGE, node.span, message, hint);
        false
    }

    fn expression(&mut self, node: &Node, path: &str) -> Option<Expression> {
        let Some(map) = node.as_map() else {
            let message =
                format!("`{path}` must be an expression, which is a mapping, not {}", node.kind_name());
            let hint = Some("write `{KeyPath: a.b, Condition: Equals, Value: c}`".to_owned());
            self.report.add_with_hint(&codes::SIMPLE_SHAPE, node.span, message, hint);
            return None;
        };
        if let Some(word) = COMBINATORS.into_iter().find(|word| map.contains_key(*word)) {
            return self.combinator(word, map, path);
        }
        let is_known = self.check_keys(map, path);
        let condition = self.condition(map, node, path);
        let named = self.key(map, path);
        let (true, Some(condition)) = (is_known, condition) else { return None };
        match (condition.asks, named) {
            (_, Named::Wrong) => None,
            (Asks::Always(holds), Named::No) => {
                self.refuse_parts(map, condition, &["Value", "Values", "Expressions"], path)?;
                Some(Expression::Always(holds))
            }
            (Asks::Always(_), Named::One(word, _)) => {
                let message = format!("`{path}`: `{}` takes no `{word}`", condition.name);
                self.report.add(&codes::SIMPLE_KEY, map[word].key, message);
                None
            }
            (Asks::Compare(comparison), Named::No) if is_multi_key(map) => {
                self.multi_key(condition, comparison, map, path)
            }
            (_, Named::No) => self.missing_key(map, path),
            (_, Named::One("Enrichment", key)) if !matches!(condition.asks, Asks::Compare(_)) => {
                let message = format!("`{path}`: `{}` cannot be asked of an `Enrichment`", condition.name);
                let hint = Some(format!("write `KeyPath: \"{key}\"`"));
                self.report.add_with_hint(&codes::SIMPLE_KEY, map["Enrichment"].key, message, hint);
                None
            }
            (Asks::Elements(quantifier), Named::One(_, key)) => {
                let expressions = self.element_expressions(condition, &key, map, path)?;
                let condition = condition.name;
                Some(Expression::Elements { condition, key, quantifier, expressions })
            }
            (_, Named::One(_, key)) => {
                let check = self.check(condition, map, path)?;
                Some(test(condition, key, check))
            }
        }
    }

    fn combinator(&mut self, word: &'static str, map: &Mapping, path: &str) -> Option<Expression> {
        if let Some((other, field)) = map.iter().find(|(name, _)| *name != word) {
            let message = format!("`{path}`: `{word}` stands alone, without `{other}`");
            let hint = Some("make an expression of its own of each, in a list".to_owned());
            self.report.add_with_hint(&codes::SIMPLE_SHAPE, field.key, message, hint);
            return None;
        }
        let field = &map[word];
        if self.dialect == Dialect::Filter && !FILTER_COMBINATORS.contains(&word) {
            let message = format!("`{path}`: inline filters do not know `{word}`");
            let hint = "use `All` and `Any` with the opposite conditions, such as `DoesNotEqual`".to_owned();
            self.report.add_with_hint(&codes::SIMPLE_NOT_IN_FILTERS, field.key, message, Some(hint));
            return None;
        }
        let is_empty = field.value.as_list().is_some_and(<[Node]>::is_empty);
        if is_empty && word != "All" {
            let answer = if word == "OnlyOne" { "never holds" } else { "always holds" };
            let message = format!("`{path}.{word}` is empty, so that it {answer}");
            self.report.add(&codes::SIMPLE_EMPTY, field.value.span, message);
        }
        let expressions = self.list(&field.value, &format!("{path}.{word}"));
        Some(match word {
            "All" => Expression::All(expressions),
            "Any" => Expression::Any(expressions),
            "OnlyOne" => Expression::OnlyOne(expressions),
            _ => Expression::NoneOf(expressions),
        })
    }

    /// Whether all keys have a meaning in an expression.
    fn check_keys(&mut self, map: &Mapping, path: &str) -> bool {
        let known = || key::WORDS.into_iter().chain(PARTS);
        let mut is_known = true;
        for (name, field) in map.iter().filter(|(name, _)| !known().any(|word| word == *name)) {
            is_known = false;
            let hint = if CORRELATION.contains(&name.as_str()) {
                "correlation needs `AnalysisType: correlation_rule`".to_owned()
            } else {
                match near_miss(name, known().chain(COMBINATORS)) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => "remove it; no key of this name has a meaning here".to_owned(),
                }
            };
            let message = format!("unknown key `{path}.{name}`");
            self.report.add_with_hint(&codes::SIMPLE_UNKNOWN_KEY, field.key, message, Some(hint));
        }
        is_known
    }

    fn condition(&mut self, map: &Mapping, node: &Node, path: &str) -> Option<&'static Condition> {
        let Some(Field { value, .. }) = map.get("Condition") else {
            let message = format!("`{path}` has no `Condition`");
            let hint = Some("add one, such as `Condition: Equals`".to_owned());
            self.report.add_with_hint(&codes::SIMPLE_CONDITION, node.span, message, hint);
            return None;
        };
        let Some(name) = value.as_text() else {
            let message = format!("`{path}.Condition` must be a text, not {}", value.kind_name());
            self.report.add(&codes::SIMPLE_CONDITION, value.span, message);
            return None;
        };
        let is_filter = self.dialect == Dialect::Filter;
        let here =
            || CONDITIONS.iter().filter(|known| known.in_filters || !is_filter).map(|known| known.name);
        match condition::find(name) {
            Some(found) if found.in_filters || !is_filter => Some(found),
            Some(_) => {
                let message = format!("`{path}`: inline filters do not know the condition `{name}`");
                let hint = format!("filters know {}", here().collect::<Vec<_>>().join(", "));
                self.report.add_with_hint(&codes::SIMPLE_NOT_IN_FILTERS, value.span, message, Some(hint));
                None
            }
            None => {
                let message = format!("`{path}`: unknown condition `{name}`");
                let hint = match near_miss(name, here()) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => "the conditions are listed in `docs/simple-detections.md`".to_owned(),
                };
                self.report.add_with_hint(&codes::SIMPLE_CONDITION, value.span, message, Some(hint));
                None
            }
        }
    }

    fn key(&mut self, map: &Mapping, path: &str) -> Named {
        let mut given = key::WORDS.into_iter().filter_map(|word| Some((word, map.get(word)?)));
        let Some((word, field)) = given.next() else { return Named::No };
        if let Some((other, field)) = given.next() {
            let message = format!("`{path}` names its key twice, with `{word}` and with `{other}`");
            self.report.add_with_hint(
                &codes::SIMPLE_KEY,
                field.key,
                message,
                Some("keep one of them".to_owned()),
            );
            return Named::Wrong;
        }
        let is_filter = self.dialect == Dialect::Filter;
        if is_filter && matches!(word, "Key" | "DeepKey") {
            let message = format!("`{path}`: inline filters do not know `{word}`");
            let hint = Some("write `KeyPath: a.b`".to_owned());
            self.report.add_with_hint(&codes::SIMPLE_NOT_IN_FILTERS, field.key, message, hint);
            return Named::Wrong;
        }
        let names = if is_filter { Names::Strict } else { Names::Lenient };
        key::read(word, &field.value, &format!("{path}.{word}"), names, self.report)
            .map_or(Named::Wrong, |key| Named::One(word, key))
    }

    fn missing_key(&mut self, map: &Mapping, path: &str) -> Option<Expression> {
        let words = if self.dialect == Dialect::Filter { &key::WORDS[2..] } else { &key::WORDS[..] };
        let words: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
        let message = format!("`{path}` names no key; it needs one of {}", words.join(", "));
        let hint = path.contains(".Expressions[").then(|| {
            "expressions look at keys of an element; a list of texts or numbers is searched with `Contains` or \
             `IsIn`"
                .to_owned()
        });
        self.report.add_with_hint(&codes::SIMPLE_KEY, map["Condition"].value.span, message, hint);
        None
    }

    /// What an element must fulfil.
    fn element_expressions(
        &mut self,
        condition: &Condition,
        key: &KeyPath,
        map: &Mapping,
        path: &str,
    ) -> Option<Vec<Expression>> {
        self.refuse_parts(map, condition, &["Value", "Values"], path)?;
        if let Some(field) = map.get("DeepKey")
            && key.steps.iter().any(|step| matches!(step, Step::Index(_)))
        {
            let message = format!("`{path}`: `DeepKey` of `{}` holds names only", condition.name);
            let hint = Some(format!("write `KeyPath: \"{key}\"`"));
            self.report.add_with_hint(&codes::SIMPLE_KEY, field.value.span, message, hint);
            return None;
        }
        let Some(field) = map.get("Expressions") else {
            let message = format!("`{path}` has no `Expressions`, which `{}` needs", condition.name);
            let hint = Some("add what an element must fulfil, as a list".to_owned());
            let place = map["Condition"].value.span;
            self.report.add_with_hint(&codes::SIMPLE_VALUE, place, message, hint);
            return None;
        };
        Some(self.list(&field.value, &format!("{path}.Expressions")))
    }

    /// What a condition asks of the value of a key.
    fn check(&mut self, condition: &Condition, map: &Mapping, path: &str) -> Option<Check> {
        match condition.asks {
            Asks::Compare(comparison) => {
                self.refuse_parts(map, condition, &["Expressions"], path)?;
                constant::read(condition.name, comparison, map, path, self.report)
            }
            Asks::Unary(unary) => {
                self.refuse_parts(map, condition, &["Value", "Values", "Expressions"], path)?;
                Some(match unary {
                    Unary::Exists => Check::Exists,
                    Unary::IsNull => Check::IsNull,
                    Unary::IsEmpty => Check::IsEmpty,
                    Unary::Address(class) => Check::Address(class),
                })
            }
            Asks::Always(_) | Asks::Elements(_) => None,
        }
    }

    /// Reports the parts that the condition does not take.
    fn refuse_parts(
        &mut self,
        map: &Mapping,
        condition: &Condition,
        parts: &[&str],
        path: &str,
    ) -> Option<()> {
        let found = parts.iter().find_map(|part| Some((part, map.get(*part)?)));
        let Some((part, field)) = found else { return Some(()) };
        let message = format!("`{path}`: `{}` takes no `{part}`", condition.name);
        let hint = Some("remove it, or use another condition".to_owned());
        self.report.add_with_hint(&codes::SIMPLE_VALUE, field.key, message, hint);
        None
    }

    /// `Values: [{KeyPath: a}, {KeyPath: b}]` compares two values of the event.
    fn multi_key(
        &mut self,
        condition: &'static Condition,
        comparison: Comparison,
        map: &Mapping,
        path: &str,
    ) -> Option<Expression> {
        let field = &map["Values"];
        if self.dialect == Dialect::Filter {
            let message = format!("`{path}`: inline filters do not compare two keys");
            let hint = Some("compare in `rule()` or in `Detection`".to_owned());
            self.report.add_with_hint(&codes::SIMPLE_NOT_IN_FILTERS, field.key, message, hint);
            return None;
        }
        self.refuse_parts(map, condition, &["Value", "Expressions"], path)?;
        let entries = field.value.as_list().unwrap_or_default();
        let [left, right] = entries else {
            let count = entries.len();
            let noun = if count == 1 { "key" } else { "keys" };
            let message =
                format!("`{path}.Values` names {count} {noun}; a comparison of keys takes exactly two");
            let hint = Some("write `Values: [{KeyPath: a}, {KeyPath: b}]`".to_owned());
            self.report.add_with_hint(&codes::SIMPLE_TWO_KEYS, field.value.span, message, hint);
            return None;
        };
        let key = key::read_alone(left, &format!("{path}.Values[0]"), self.report);
        let other = key::read_alone(right, &format!("{path}.Values[1]"), self.report);
        Some(test(condition, key?, Check::Key(comparison, other?)))
    }
}

fn test(condition: &Condition, key: KeyPath, check: Check) -> Expression {
    Expression::Test(Test { condition: condition.name, negated: condition.negated, key, check })
}

/// Whether `Values` are keys and not constants.
fn is_multi_key(map: &Mapping) -> bool {
    let entries = map.get("Values").and_then(|field| field.value.as_list()).unwrap_or_default();
    entries.iter().any(|entry| matches!(entry.value, Yaml::Map(_)))
}
