//! The simple (YAML) detection language and inline filters: what people write, typed and checked.
//!
//! [`read_detection`] and [`read_filters`] turn YAML nodes into the types below and report everything that is
//! wrong with its place; `detect` evaluates them. Source: `detections.md` §4.

mod alert_keys;
mod conditions;
mod expression;
mod path;

pub(crate) use alert_keys::read_detection;
pub(crate) use expression::read_filters;
pub use path::{KeyPath, Segment};

use model::Severity;
use serde_json::Value;

/// A detection in YAML with its alert keys.
#[derive(Clone, Debug)]
pub struct SimpleDetection {
    /// All of them must hold.
    pub conditions: Vec<Expression>,
    /// `AlertTitle`.
    pub title: Option<Template>,
    /// `GroupBy`: the dedup string is made of these values; empty when not given.
    pub group_by: Vec<KeyPath>,
    /// `AlertContext`: names and where their values come from.
    pub context: Vec<(String, KeyPath)>,
    /// `DynamicSeverities`: the first whose conditions all hold decides.
    pub severities: Vec<(Severity, Vec<Expression>)>,
}

/// What decides whether a rule sees an event: all expressions must hold. Keys are case-sensitive.
#[derive(Clone, Debug, Default)]
pub struct InlineFilters {
    /// The filters; none lets every event through.
    pub expressions: Vec<Expression>,
}

/// Something that holds or does not.
#[derive(Clone, Debug, PartialEq)]
pub enum Expression {
    /// Every one holds; holds when there is none.
    All(Vec<Expression>),
    /// At least one holds; holds when there is none, as the reference engine fails open.
    Any(Vec<Expression>),
    /// Exactly one holds.
    OnlyOne(Vec<Expression>),
    /// None holds.
    NoneOf(Vec<Expression>),
    /// `AlwaysTrue`, `AlwaysFalse`.
    Always(bool),
    /// A value of the event fits a test.
    Test(KeyPath, Test),
    /// So many elements of a list fit all of the expressions, whose keys are relative to the element.
    Elements(KeyPath, Quantifier, Vec<Expression>),
    /// Two values of the event compare.
    Compare(KeyPath, Comparison, KeyPath),
}

/// A test of one value.
#[derive(Clone, Debug, PartialEq)]
pub enum Test {
    /// `Exists`: the key is there, be it null; or the opposite.
    Exists(bool),
    /// `IsNull`: the key is missing or null; or the opposite.
    Null(bool),
    /// `IsNullOrEmpty`: missing, null, or of length 0; or the opposite.
    Empty(bool),
    /// Which kind of address it is.
    Address(AddressTest),
    /// It compares with a constant: a scalar, for `IsIn` a list.
    Compare(Comparison, Value),
}

/// Kinds of IP address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddressTest {
    /// Any.
    Ip,
    /// Version 4.
    V4,
    /// Version 6.
    V6,
    /// Python's `is_global`.
    Public,
    /// Python's `is_private`.
    Private,
}

/// An operator between two values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Comparison {
    /// What it asks.
    pub operator: Operator,
    /// Whether the answer is turned around.
    pub negated: bool,
    /// The condition as written, for messages.
    pub name: &'static str,
}

/// What an operator asks of its left and right side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it; semantics stand in `detect`")]
pub enum Operator {
    Equals,
    InsensitiveEquals,
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
    Contains,
    InsensitiveContains,
    StartsWith,
    InsensitiveStartsWith,
    EndsWith,
    InsensitiveEndsWith,
    In,
    /// The left address lies in the right network.
    InCidr,
    /// One of the left addresses lies in the right network.
    CidrContains,
}

/// How many elements must fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Quantifier {
    Any,
    All,
    No,
    OnlyOne,
}

/// A text with `{key}` placeholders.
#[derive(Clone, Debug, PartialEq)]
pub struct Template(pub Vec<Piece>);

/// A piece of a [`Template`].
#[derive(Clone, Debug, PartialEq)]
pub enum Piece {
    /// Text as it is.
    Text(String),
    /// The value at a path, as Python's `str` writes it.
    Value(KeyPath),
}
