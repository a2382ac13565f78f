//! The conditions: their names, what value they take, where they may stand. Source: `detections.md` §4.3.

use super::{AddressTest, Comparison, Operator, Quantifier};

/// What a condition asks.
#[derive(Clone, Copy)]
pub(super) enum Asks {
    Exists(bool),
    Null(bool),
    Empty(bool),
    Address(AddressTest),
    Compare(Operator, bool),
    Elements(Quantifier),
    Always(bool),
}

/// What stands beside a condition.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Takes {
    Nothing,
    /// `Value`: a scalar.
    Scalar,
    /// `Value`: a number or a text that orders.
    Ordered,
    /// `Value`: a text.
    Text,
    /// `Values`: scalars.
    List,
    /// `Value`: a network, or `Values`: networks.
    Networks,
    /// `Expressions`.
    Expressions,
}

/// One condition.
pub(super) struct Condition {
    pub(super) name: &'static str,
    pub(super) asks: Asks,
    pub(super) takes: Takes,
    pub(super) in_filters: bool,
}

const fn row(name: &'static str, asks: Asks, takes: Takes, in_filters: bool) -> Condition {
    Condition { name, asks, takes, in_filters }
}

const fn both(
    name: &'static str,
    operator: Operator,
    negated: bool,
    takes: Takes,
    filter: bool,
) -> Condition {
    row(name, Asks::Compare(operator, negated), takes, filter)
}

#[rustfmt::skip]
static CONDITIONS: &[Condition] = &[
    both("Equals", Operator::Equals, false, Takes::Scalar, true),
    both("DoesNotEqual", Operator::Equals, true, Takes::Scalar, true),
    both("IEquals", Operator::InsensitiveEquals, false, Takes::Scalar, false),
    both("IDoesNotEqual", Operator::InsensitiveEquals, true, Takes::Scalar, false),
    both("IsGreaterThan", Operator::Greater, false, Takes::Ordered, true),
    both("IsGreaterThanOrEquals", Operator::GreaterOrEqual, false, Takes::Ordered, true),
    both("IsGreaterThanOrEqual", Operator::GreaterOrEqual, false, Takes::Ordered, true),
    both("IsLessThan", Operator::Less, false, Takes::Ordered, true),
    both("IsLessThanOrEquals", Operator::LessOrEqual, false, Takes::Ordered, true),
    both("IsLessThanOrEqual", Operator::LessOrEqual, false, Takes::Ordered, true),
    both("Contains", Operator::Contains, false, Takes::Scalar, true),
    both("DoesNotContain", Operator::Contains, true, Takes::Scalar, true),
    both("IContains", Operator::InsensitiveContains, false, Takes::Scalar, false),
    both("IDoesNotContain", Operator::InsensitiveContains, true, Takes::Scalar, false),
    both("StartsWith", Operator::StartsWith, false, Takes::Text, true),
    both("DoesNotStartWith", Operator::StartsWith, true, Takes::Text, false),
    both("IStartsWith", Operator::InsensitiveStartsWith, false, Takes::Text, false),
    both("IDoesNotStartWith", Operator::InsensitiveStartsWith, true, Takes::Text, false),
    both("EndsWith", Operator::EndsWith, false, Takes::Text, true),
    both("DoesNotEndWith", Operator::EndsWith, true, Takes::Text, false),
    both("IEndsWith", Operator::InsensitiveEndsWith, false, Takes::Text, false),
    both("IDoesNotEndWith", Operator::InsensitiveEndsWith, true, Takes::Text, false),
    both("IsIn", Operator::In, false, Takes::List, true),
    both("IsNotIn", Operator::In, true, Takes::List, true),
    both("IsIPAddressInCIDR", Operator::InCidr, false, Takes::Networks, true),
    both("IsIPAddressNotInCIDR", Operator::InCidr, true, Takes::Networks, true),
    both("CIDRContainsIPAddresses", Operator::CidrContains, false, Takes::Networks, true),
    both("CIDRDoesNotContainIPAddresses", Operator::CidrContains, true, Takes::Networks, true),
    row("Exists", Asks::Exists(true), Takes::Nothing, false),
    row("DoesNotExist", Asks::Exists(false), Takes::Nothing, false),
    row("IsNull", Asks::Null(true), Takes::Nothing, false),
    row("IsNotNull", Asks::Null(false), Takes::Nothing, false),
    row("IsNullOrEmpty", Asks::Empty(true), Takes::Nothing, true),
    row("IsNotNullOrEmpty", Asks::Empty(false), Takes::Nothing, true),
    row("IsIPAddress", Asks::Address(AddressTest::Ip), Takes::Nothing, false),
    row("IsIPv4Address", Asks::Address(AddressTest::V4), Takes::Nothing, false),
    row("IsIPv6Address", Asks::Address(AddressTest::V6), Takes::Nothing, false),
    row("IsIPAddressPublic", Asks::Address(AddressTest::Public), Takes::Nothing, true),
    row("IsIPAddressPrivate", Asks::Address(AddressTest::Private), Takes::Nothing, true),
    row("AnyElement", Asks::Elements(Quantifier::Any), Takes::Expressions, false),
    row("AllElements", Asks::Elements(Quantifier::All), Takes::Expressions, false),
    row("NoElement", Asks::Elements(Quantifier::No), Takes::Expressions, false),
    row("OnlyOneElement", Asks::Elements(Quantifier::OnlyOne), Takes::Expressions, false),
    row("AlwaysTrue", Asks::Always(true), Takes::Nothing, false),
    row("AlwaysFalse", Asks::Always(false), Takes::Nothing, false),
];

/// The condition of this name.
pub(super) fn find(name: &str) -> Option<&'static Condition> {
    CONDITIONS.iter().find(|condition| condition.name == name)
}

/// All names, for near misses.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    CONDITIONS.iter().map(|condition| condition.name)
}

impl Condition {
    /// The operator, when it compares.
    pub(super) fn comparison(&self) -> Option<Comparison> {
        match self.asks {
            Asks::Compare(operator, negated) => Some(Comparison { operator, negated, name: self.name }),
            _ => None,
        }
    }
}
