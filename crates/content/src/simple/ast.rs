//! The types of detections in YAML and of inline filters. Everything in them is legal: what is not was
//! reported when it was read.

use model::Severity;
use serde_json::Value;

use super::network::Network;
use super::path::KeyPath;

/// A detection in YAML with its alert keys.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SimpleDetection {
    /// `Detection`: all of them must hold.
    pub expressions: Vec<Expression>,
    /// `AlertTitle`.
    pub title: Option<Template>,
    /// `GroupBy`: the values that make the dedup string, in order; none = the title.
    pub group_by: Vec<KeyPath>,
    /// `AlertContext`, in file order; names are unique.
    pub context: Vec<ContextEntry>,
    /// `DynamicSeverities`, in file order; the first that holds decides.
    pub severities: Vec<DynamicSeverity>,
}

/// What an event must fulfil before a rule sees it: all expressions must hold.
///
/// Only the forms that filters may use: combinators `All` and `Any`, key paths and enrichment, constants.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct InlineFilters {
    /// The expressions; none lets every event through.
    pub expressions: Vec<Expression>,
}

/// Something that holds for an event or does not.
#[derive(Clone, Debug, PartialEq)]
pub enum Expression {
    /// Every one holds; holds when empty.
    All(Vec<Expression>),
    /// At least one holds; holds when empty, as in the reference product.
    Any(Vec<Expression>),
    /// Exactly one holds.
    OnlyOne(Vec<Expression>),
    /// `None`: no one holds; holds when empty.
    NoneOf(Vec<Expression>),
    /// `AlwaysTrue` and `AlwaysFalse`.
    Always(bool),
    /// A condition on the value of a key.
    Test(Test),
    /// A condition on the elements of a list.
    Elements {
        /// `Condition` as it is written, for messages.
        condition: &'static str,
        /// The list.
        key: KeyPath,
        /// How many elements must fit.
        quantifier: Quantifier,
        /// What fits: all of them hold; their keys are relative to the element.
        expressions: Vec<Expression>,
    },
}

/// A condition on the value of a key.
#[derive(Clone, Debug, PartialEq)]
pub struct Test {
    /// `Condition` as it is written, for messages.
    pub condition: &'static str,
    /// Whether the answer of `check` is turned round.
    pub negated: bool,
    /// The value that is looked at.
    pub key: KeyPath,
    /// What is asked of it.
    pub check: Check,
}

/// What is asked of a value.
#[derive(Clone, Debug, PartialEq)]
pub enum Check {
    /// The key is there; null counts.
    Exists,
    /// It is missing or null.
    IsNull,
    /// It is missing, null or of length 0.
    IsEmpty,
    /// It is an address of this class.
    Address(AddressClass),
    /// It compares with a constant: a text, a number or a boolean.
    Constant(Comparison, Value),
    /// It, or an element of it, is one of these texts, numbers or booleans.
    Members(Vec<Value>),
    /// It overlaps one of these networks.
    InNetworks(Vec<Network>),
    /// It is a list, an element of which overlaps one of these networks.
    ListInNetworks(Vec<Network>),
    /// It compares with the value of another key, on the right side.
    Key(Comparison, KeyPath),
}

/// How two values compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// They are equal.
    Equals {
        /// Texts without letter case.
        ignore_case: bool,
    },
    /// The left one is greater or less.
    Order(Order),
    /// The left one holds the right one.
    Contains {
        /// Texts without letter case.
        ignore_case: bool,
    },
    /// The left one begins with the right one.
    StartsWith {
        /// Without letter case.
        ignore_case: bool,
    },
    /// The left one ends with the right one.
    EndsWith {
        /// Without letter case.
        ignore_case: bool,
    },
    /// The left one, or an element of it, is an element of the right one, or a part of the text on the right.
    In,
    /// The left address or network overlaps the right one.
    InNetwork,
    /// The left list has an element that overlaps the right network.
    ListInNetwork,
}

/// Greater or less.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
}

/// Classes of addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddressClass {
    /// A text that is an address.
    Any,
    /// A text that is an address of version 4.
    V4,
    /// A text that is an address of version 6.
    V6,
    /// Globally reachable, as Python's `ipaddress` says.
    Public,
    /// Private, as Python's `ipaddress` says.
    Private,
}

/// How many elements of a list must fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quantifier {
    /// `AnyElement`: one at least.
    Any,
    /// `AllElements`: every one; also of an empty list.
    All,
    /// `NoElement`.
    No,
    /// `OnlyOneElement`: exactly one.
    OnlyOne,
}

/// A text with `{key}` placeholders.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Template(pub Vec<Piece>);

/// A piece of a [`Template`].
#[derive(Clone, Debug, PartialEq)]
pub enum Piece {
    /// Text as it is.
    Text(String),
    /// The value of a key, as Python's `str` writes it; nothing when it is missing.
    Value(KeyPath),
}

/// An entry of `AlertContext`.
#[derive(Clone, Debug, PartialEq)]
pub struct ContextEntry {
    /// `KeyName`.
    pub name: String,
    /// `KeyValue`; null when it is missing.
    pub key: KeyPath,
}

/// An entry of `DynamicSeverities`.
#[derive(Clone, Debug, PartialEq)]
pub struct DynamicSeverity {
    /// `ChangeTo`.
    pub severity: Severity,
    /// `Conditions`: all of them must hold.
    pub conditions: Vec<Expression>,
}
