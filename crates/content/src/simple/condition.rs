//! The table of conditions: their names, what stands beside them, where they may be used.
//! Source: `detections.md` §4.3.

use super::ast::{AddressClass, Comparison, Order, Quantifier};

/// A condition.
#[derive(Debug)]
pub(super) struct Condition {
    /// As it is written.
    pub(super) name: &'static str,
    /// What it asks.
    pub(super) asks: Asks,
    /// Whether the answer is turned round.
    pub(super) negated: bool,
    /// Whether inline filters may use it.
    pub(super) in_filters: bool,
}

/// What a condition asks, and so what stands beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asks {
    /// Nothing: it is a constant and takes no key.
    Always(bool),
    /// A key alone.
    Unary(Unary),
    /// A key and `Value`, or two keys.
    Compare(Comparison),
    /// A key and `Expressions`.
    Elements(Quantifier),
}

/// Conditions on a key alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unary {
    Exists,
    IsNull,
    IsEmpty,
    Address(AddressClass),
}

const fn row(name: &'static str, asks: Asks, negated: bool, in_filters: bool) -> Condition {
    Condition { name, asks, negated, in_filters }
}

const fn compare(name: &'static str, comparison: Comparison, negated: bool, in_filters: bool) -> Condition {
    row(name, Asks::Compare(comparison), negated, in_filters)
}

const fn unary(name: &'static str, asked: Unary, negated: bool, in_filters: bool) -> Condition {
    row(name, Asks::Unary(asked), negated, in_filters)
}

const fn elements(name: &'static str, quantifier: Quantifier) -> Condition {
    row(name, Asks::Elements(quantifier), false, false)
}

const EQUALS: Comparison = Comparison::Equals { ignore_case: false };
const I_EQUALS: Comparison = Comparison::Equals { ignore_case: true };
const GREATER: Comparison = Comparison::Order(Order::Greater);
const GREATER_OR_EQUAL: Comparison = Comparison::Order(Order::GreaterOrEqual);
const LESS: Comparison = Comparison::Order(Order::Less);
const LESS_OR_EQUAL: Comparison = Comparison::Order(Order::LessOrEqual);
const CONTAINS: Comparison = Comparison::Contains { ignore_case: false };
const I_CONTAINS: Comparison = Comparison::Contains { ignore_case: true };
const STARTS_WITH: Comparison = Comparison::StartsWith { ignore_case: false };
const I_STARTS_WITH: Comparison = Comparison::StartsWith { ignore_case: true };
const ENDS_WITH: Comparison = Comparison::EndsWith { ignore_case: false };
const I_ENDS_WITH: Comparison = Comparison::EndsWith { ignore_case: true };

/// Every condition.
pub(super) static CONDITIONS: [Condition; 45] = [
    compare("Equals", EQUALS, false, true),
    compare("DoesNotEqual", EQUALS, true, true),
    compare("IEquals", I_EQUALS, false, false),
    compare("IDoesNotEqual", I_EQUALS, true, false),
    compare("IsGreaterThan", GREATER, false, true),
    compare("IsGreaterThanOrEquals", GREATER_OR_EQUAL, false, true),
    compare("IsGreaterThanOrEqual", GREATER_OR_EQUAL, false, true),
    compare("IsLessThan", LESS, false, true),
    compare("IsLessThanOrEquals", LESS_OR_EQUAL, false, true),
    compare("IsLessThanOrEqual", LESS_OR_EQUAL, false, true),
    compare("Contains", CONTAINS, false, true),
    compare("DoesNotContain", CONTAINS, true, true),
    compare("IContains", I_CONTAINS, false, false),
    compare("IDoesNotContain", I_CONTAINS, true, false),
    compare("StartsWith", STARTS_WITH, false, true),
    compare("DoesNotStartWith", STARTS_WITH, true, false),
    compare("IStartsWith", I_STARTS_WITH, false, false),
    compare("IDoesNotStartWith", I_STARTS_WITH, true, false),
    compare("EndsWith", ENDS_WITH, false, true),
    compare("DoesNotEndWith", ENDS_WITH, true, false),
    compare("IEndsWith", I_ENDS_WITH, false, false),
    compare("IDoesNotEndWith", I_ENDS_WITH, true, false),
    compare("IsIn", Comparison::In, false, true),
    compare("IsNotIn", Comparison::In, true, true),
    compare("IsIPAddressInCIDR", Comparison::InNetwork, false, true),
    compare("IsIPAddressNotInCIDR", Comparison::InNetwork, true, true),
    compare("CIDRContainsIPAddresses", Comparison::ListInNetwork, false, true),
    compare("CIDRDoesNotContainIPAddresses", Comparison::ListInNetwork, true, true),
    unary("Exists", Unary::Exists, false, false),
    unary("DoesNotExist", Unary::Exists, true, false),
    unary("IsNull", Unary::IsNull, false, false),
    unary("IsNotNull", Unary::IsNull, true, false),
    unary("IsNullOrEmpty", Unary::IsEmpty, false, true),
    unary("IsNotNullOrEmpty", Unary::IsEmpty, true, true),
    unary("IsIPAddress", Unary::Address(AddressClass::Any), false, false),
    unary("IsIPv4Address", Unary::Address(AddressClass::V4), false, false),
    unary("IsIPv6Address", Unary::Address(AddressClass::V6), false, false),
    unary("IsIPAddressPublic", Unary::Address(AddressClass::Public), false, true),
    unary("IsIPAddressPrivate", Unary::Address(AddressClass::Private), false, true),
    elements("AnyElement", Quantifier::Any),
    elements("AllElements", Quantifier::All),
    elements("NoElement", Quantifier::No),
    elements("OnlyOneElement", Quantifier::OnlyOne),
    row("AlwaysTrue", Asks::Always(true), false, false),
    row("AlwaysFalse", Asks::Always(false), false, false),
];

/// The condition of this name.
pub(super) fn find(name: &str) -> Option<&'static Condition> {
    CONDITIONS.iter().find(|condition| condition.name == name)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn names_are_unique_and_found() {
        let names: BTreeSet<_> = CONDITIONS.iter().map(|condition| condition.name).collect();
        assert_eq!(names.len(), CONDITIONS.len());
        assert!(CONDITIONS.iter().all(|condition| find(condition.name).is_some()));
        assert!(find("equals").is_none());
    }

    #[test]
    fn what_turns_an_answer_round_has_its_plain_twin() {
        for condition in CONDITIONS.iter().filter(|condition| condition.negated) {
            let twin = CONDITIONS.iter().find(|twin| !twin.negated && twin.asks == condition.asks);
            assert!(twin.is_some(), "{}", condition.name);
        }
    }
}
