//! Expressions, compiled once, and their evaluation.

use std::collections::HashSet;

use content::simple::{self as ast, AddressClass, Comparison, Network, Quantifier};
use serde_json::Value;
use stdx::truncate_with_ellipsis;

use super::address::{address, address_of_text, is_global, is_private};
use super::compare::{compare, in_networks, list_in_networks};
use super::fault::{EvaluationError, Fault};
use super::lookup::{Case, Path};
use super::number::{NumberKey, numeric};
use super::python_text::write_repr;
use super::view::{Found, View};

/// Longest value in an error, in characters.
const SHOWN_CHARS_MAX: usize = 120;

/// How expressions look at events.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mode {
    pub(super) case: Case,
    /// Whether a condition on a missing key holds whatever it asks.
    pub(super) missing_passes: bool,
}

/// An expression, ready to be evaluated.
#[derive(Debug)]
pub(super) enum Compiled {
    All(Vec<Compiled>),
    Any(Vec<Compiled>),
    OnlyOne(Vec<Compiled>),
    NoneOf(Vec<Compiled>),
    Always(bool),
    Test(Box<Test>),
    Elements { condition: &'static str, key: Path, quantifier: Quantifier, expressions: Vec<Compiled> },
}

/// A condition on one value.
#[derive(Debug)]
pub(super) struct Test {
    condition: &'static str,
    negated: bool,
    key: Path,
    check: Check,
    mode: Mode,
}

#[derive(Debug)]
enum Check {
    Exists,
    IsNull,
    IsEmpty,
    Address(AddressClass),
    Constant(Comparison, Value),
    Members(Members),
    InNetworks(Vec<Network>),
    ListInNetworks(Vec<Network>),
    Key(Comparison, Path),
}

/// Constants of which a value may be one.
#[derive(Debug, Default)]
struct Members {
    texts: HashSet<String>,
    numbers: HashSet<NumberKey>,
}

/// The event, and what keys are relative to: the event itself or an element of a list in it.
#[derive(Clone, Copy)]
pub(super) struct Scope<'a> {
    event: View<'a>,
    current: View<'a>,
}

impl<'a> Scope<'a> {
    pub(super) fn of(event: &'a Value) -> Scope<'a> {
        Scope { event: View::Json(event), current: View::Json(event) }
    }

    pub(super) fn find(&self, path: &Path) -> Found<'a> {
        path.find(self.event, self.current)
    }
}

/// Compiles the expressions of a list.
pub(super) fn compile(expressions: &[ast::Expression], mode: Mode) -> Vec<Compiled> {
    expressions.iter().map(|expression| compile_one(expression, mode)).collect()
}

fn compile_one(expression: &ast::Expression, mode: Mode) -> Compiled {
    match expression {
        ast::Expression::All(inner) => Compiled::All(compile(inner, mode)),
        ast::Expression::Any(inner) => Compiled::Any(compile(inner, mode)),
        ast::Expression::OnlyOne(inner) => Compiled::OnlyOne(compile(inner, mode)),
        ast::Expression::NoneOf(inner) => Compiled::NoneOf(compile(inner, mode)),
        ast::Expression::Always(holds) => Compiled::Always(*holds),
        ast::Expression::Elements { condition, key, quantifier, expressions } => Compiled::Elements {
            condition,
            key: Path::compile(key, mode.case),
            quantifier: *quantifier,
            expressions: compile(expressions, mode),
        },
        ast::Expression::Test(test) => Compiled::Test(Box::new(Test {
            condition: test.condition,
            negated: test.negated,
            key: Path::compile(&test.key, mode.case),
            check: compile_check(&test.check, mode.case),
            mode,
        })),
    }
}

fn compile_check(check: &ast::Check, case: Case) -> Check {
    match check {
        ast::Check::Exists => Check::Exists,
        ast::Check::IsNull => Check::IsNull,
        ast::Check::IsEmpty => Check::IsEmpty,
        ast::Check::Address(class) => Check::Address(*class),
        ast::Check::Constant(comparison, value) => Check::Constant(*comparison, value.clone()),
        ast::Check::Members(values) => Check::Members(Members::of(values)),
        ast::Check::InNetworks(networks) => Check::InNetworks(networks.clone()),
        ast::Check::ListInNetworks(networks) => Check::ListInNetworks(networks.clone()),
        ast::Check::Key(comparison, key) => Check::Key(*comparison, Path::compile(key, case)),
    }
}

/// Whether all of them hold; from left to right, until one does not.
pub(super) fn all(expressions: &[Compiled], scope: Scope<'_>) -> Result<bool, EvaluationError> {
    for expression in expressions {
        if !expression.holds(scope)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// How many of them hold; counting ends at `enough`.
fn count(expressions: &[Compiled], scope: Scope<'_>, enough: usize) -> Result<usize, EvaluationError> {
    let mut found = 0;
    for expression in expressions {
        found += usize::from(expression.holds(scope)?);
        if found == enough {
            break;
        }
    }
    Ok(found)
}

impl Compiled {
    /// Whether it holds for every event because it asks for nothing, such as `All: []`.
    pub(super) fn is_no_op(&self) -> bool {
        matches!(self, Compiled::All(inner) if inner.iter().all(Compiled::is_no_op))
    }

    fn holds(&self, scope: Scope<'_>) -> Result<bool, EvaluationError> {
        match self {
            Compiled::All(inner) => all(inner, scope),
            Compiled::Any(inner) => Ok(inner.is_empty() || count(inner, scope, 1)? > 0),
            Compiled::OnlyOne(inner) => Ok(count(inner, scope, 2)? == 1),
            Compiled::NoneOf(inner) => Ok(count(inner, scope, 1)? == 0),
            Compiled::Always(holds) => Ok(*holds),
            Compiled::Test(test) => test.holds(scope),
            Compiled::Elements { condition, key, quantifier, expressions } => {
                let found = scope.find(key);
                elements(found.value(), *quantifier, expressions, scope)
                    .map_err(|problem| problem.unwrap_or_else(|| no_list(condition, key, &found)))
            }
        }
    }
}

/// `Err(None)`: the value is no list.
fn elements(
    list: Option<View<'_>>,
    quantifier: Quantifier,
    expressions: &[Compiled],
    scope: Scope<'_>,
) -> Result<bool, Option<EvaluationError>> {
    let elements = match list {
        Some(list) => Some(list.elements().ok_or(None)?),
        None => None,
    };
    let mut fitting = 0;
    for element in elements.into_iter().flatten() {
        let fits = all(expressions, Scope { event: scope.event, current: element }).map_err(Some)?;
        fitting += usize::from(fits);
        match quantifier {
            Quantifier::Any if fits => return Ok(true),
            Quantifier::All if !fits => return Ok(false),
            Quantifier::No if fits => return Ok(false),
            Quantifier::OnlyOne if fitting == 2 => return Ok(false),
            _ => {}
        }
    }
    Ok(match quantifier {
        Quantifier::Any => false,
        Quantifier::All | Quantifier::No => true,
        Quantifier::OnlyOne => fitting == 1,
    })
}

fn no_list(condition: &str, key: &Path, found: &Found<'_>) -> EvaluationError {
    let name = found.view().map_or("NoneType", View::type_name);
    let fault = Fault::types(format!("'{name}' object is no list"));
    explain(fault, condition, key, found.view(), None)
}

impl Test {
    fn holds(&self, scope: Scope<'_>) -> Result<bool, EvaluationError> {
        let found = scope.find(&self.key);
        if self.mode.missing_passes && found.view().is_none() {
            return Ok(true);
        }
        let other = match &self.check {
            Check::Key(_, path) => scope.find(path),
            Check::Constant(_, constant) => Found::Seen(View::Json(constant)),
            _ => Found::Missing,
        };
        let answer = self.check(&found, &other);
        match answer {
            Ok(holds) => Ok(holds != self.negated),
            Err(fault) => {
                let compared = matches!(self.check, Check::Key(..) | Check::Constant(..));
                Err(explain(fault, self.condition, &self.key, found.view(), compared.then_some(other.view())))
            }
        }
    }

    fn check(&self, found: &Found<'_>, other: &Found<'_>) -> Result<bool, Fault> {
        let value = found.value();
        match &self.check {
            Check::Exists => Ok(found.view().is_some()),
            Check::IsNull => Ok(value.is_none()),
            Check::IsEmpty => Ok(value.is_none_or(|value| value.is_empty() == Some(true))),
            Check::Address(class) => is_of_class(value, *class),
            Check::Constant(comparison, _) | Check::Key(comparison, _) => {
                compare(*comparison, value, other.value(), self.mode.case)
            }
            Check::Members(members) => Ok(members.meet(value)),
            Check::InNetworks(networks) => in_networks(value, networks),
            Check::ListInNetworks(networks) => list_in_networks(value, networks),
        }
    }
}

fn is_of_class(value: Option<View<'_>>, class: AddressClass) -> Result<bool, Fault> {
    let Some(value) = value else { return Ok(false) };
    let read = || {
        let mut shown = String::new();
        address(value).ok_or_else(|| {
            write_repr(&mut shown, value);
            Fault::value(format!("{} does not appear to be an IPv4 or IPv6 address", cut(&shown)))
        })
    };
    Ok(match class {
        AddressClass::Any => address_of_text(value).is_some(),
        AddressClass::V4 => address_of_text(value).is_some_and(|address| address.is_ipv4()),
        AddressClass::V6 => address_of_text(value).is_some_and(|address| address.is_ipv6()),
        AddressClass::Public => is_global(read()?),
        AddressClass::Private => is_private(read()?),
    })
}

impl Members {
    fn of(values: &[Value]) -> Members {
        let mut members = Members::default();
        for value in values {
            match value {
                Value::String(text) => {
                    members.texts.insert(text.clone());
                }
                other => members.numbers.extend(numeric(View::Json(other)).map(|number| number.key())),
            }
        }
        members
    }

    /// Whether the value, or an element of it, is one of them.
    fn meet(&self, value: Option<View<'_>>) -> bool {
        let Some(value) = value else { return false };
        match value.elements() {
            Some(mut elements) => elements.any(|element| self.has(element)),
            None => self.has(value),
        }
    }

    fn has(&self, value: View<'_>) -> bool {
        match value.text() {
            Some(text) => self.texts.contains(text),
            None => {
                !self.numbers.is_empty()
                    && numeric(value).is_some_and(|number| self.numbers.contains(&number.key()))
            }
        }
    }
}

fn cut(text: &str) -> String {
    truncate_with_ellipsis(text, SHOWN_CHARS_MAX)
}

/// Names the condition, the key and the values.
fn explain(
    fault: Fault,
    condition: &str,
    key: &Path,
    value: Option<View<'_>>,
    compared_with: Option<Option<View<'_>>>,
) -> EvaluationError {
    let shown = |view: Option<View<'_>>| {
        let mut text = String::new();
        write_repr(&mut text, view.unwrap_or(View::Json(&Value::Null)));
        cut(&text)
    };
    let Fault { class, text } = fault;
    let with = compared_with.map(|other| format!(", compared with {}", shown(other))).unwrap_or_default();
    let key = cut(&key.text);
    let message = format!("`{condition}` of `{key}`: {text} (the value is {}{with})", shown(value));
    EvaluationError { class, message }
}
