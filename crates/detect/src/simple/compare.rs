//! Compares two values as Python does. `None` is a missing value or null. Source: `detections.md` §4.3; what
//! it leaves open was found by running the reference library.

use std::borrow::Cow;
use std::cmp::Ordering;

use content::simple::{Comparison, Network, Order};
use serde_json::Value;

use super::address::network;
use super::fault::Fault;
use super::lookup::{Case, has_key};
use super::number::{Numeric, numeric};
use super::view::View;

/// Whether `left` compares with `right`. `case` is about keys of objects, not about texts.
pub(super) fn compare(
    comparison: Comparison,
    left: Option<View<'_>>,
    right: Option<View<'_>>,
    case: Case,
) -> Result<bool, Fault> {
    match comparison {
        Comparison::Equals { ignore_case } => Ok(match (text_of(left), text_of(right)) {
            (Some(left), Some(right)) => equal_texts(left, right, ignore_case),
            _ => equal_options(left, right),
        }),
        Comparison::Order(order) => ordered(order, left, right),
        Comparison::Contains { ignore_case } => contains(left, right, ignore_case, case),
        Comparison::StartsWith { ignore_case } => Ok(affix(left, right, ignore_case, Side::Start)),
        Comparison::EndsWith { ignore_case } => Ok(affix(left, right, ignore_case, Side::End)),
        Comparison::In => is_in(left, right),
        Comparison::InNetwork => {
            let right = [to_network(right)?];
            in_networks(left, &right)
        }
        Comparison::ListInNetwork => {
            let right = [to_network(right)?];
            list_in_networks(left, &right)
        }
    }
}

fn text_of(view: Option<View<'_>>) -> Option<&str> {
    view.and_then(View::text)
}

fn equal_texts(left: &str, right: &str, ignore_case: bool) -> bool {
    match ignore_case {
        false => left == right,
        true if left.is_ascii() && right.is_ascii() => left.eq_ignore_ascii_case(right),
        true => left.to_lowercase() == right.to_lowercase(),
    }
}

/// `==` of Python.
pub(super) fn equal(left: View<'_>, right: View<'_>) -> bool {
    match (left, right) {
        (View::Json(Value::String(left)), View::Json(Value::String(right))) => left == right,
        (View::Json(Value::Object(left)), View::Json(Value::Object(right))) => {
            left.len() == right.len()
                && left.iter().all(|(key, value)| {
                    right.get(key).is_some_and(|other| equal(View::Json(value), View::Json(other)))
                })
        }
        _ if left.is_null() || right.is_null() => left.is_null() && right.is_null(),
        _ => match (numeric(left), numeric(right)) {
            (Some(left), Some(right)) => left.compare(right) == Ordering::Equal,
            (None, None) => equal_lists(left, right),
            _ => false,
        },
    }
}

fn equal_lists(left: View<'_>, right: View<'_>) -> bool {
    let (Some(mut left), Some(mut right)) = (left.elements(), right.elements()) else { return false };
    loop {
        match (left.next(), right.next()) {
            (None, None) => return true,
            (Some(left), Some(right)) if equal(left, right) => {}
            _ => return false,
        }
    }
}

fn equal_options(left: Option<View<'_>>, right: Option<View<'_>>) -> bool {
    match (left, right) {
        (Some(left), Some(right)) => equal(left, right),
        (left, right) => left.is_none() && right.is_none(),
    }
}

/// What is missing or null is neither greater nor less.
fn ordered(order: Order, left: Option<View<'_>>, right: Option<View<'_>>) -> Result<bool, Fault> {
    let (Some(left), Some(right)) = (left, right) else { return Ok(false) };
    let found = order_of(left, right).map_err(|(left, right)| {
        let sign = match order {
            Order::Greater => ">",
            Order::GreaterOrEqual => ">=",
            Order::Less => "<",
            Order::LessOrEqual => "<=",
        };
        Fault::types(format!("'{sign}' not supported between instances of '{left}' and '{right}'"))
    })?;
    Ok(match order {
        Order::Greater => found == Ordering::Greater,
        Order::GreaterOrEqual => found != Ordering::Less,
        Order::Less => found == Ordering::Less,
        Order::LessOrEqual => found != Ordering::Greater,
    })
}

/// The order of texts, numbers or lists; else the names of the two types.
fn order_of(left: View<'_>, right: View<'_>) -> Result<Ordering, (&'static str, &'static str)> {
    if let (Some(left), Some(right)) = (left.text(), right.text()) {
        return Ok(left.cmp(right));
    }
    if let (Some(left), Some(right)) = (numeric(left), numeric(right)) {
        return Ok(left.compare(right));
    }
    let (Some(mut left_elements), Some(mut right_elements)) = (left.elements(), right.elements()) else {
        return Err((left.type_name(), right.type_name()));
    };
    loop {
        match (left_elements.next(), right_elements.next()) {
            (Some(left), Some(right)) if equal(left, right) => {}
            (Some(left), Some(right)) => return order_of(left, right),
            (left, right) => return Ok(left.is_some().cmp(&right.is_some())),
        }
    }
}

fn lower(text: &str, ignore_case: bool) -> Cow<'_, str> {
    if ignore_case { Cow::Owned(text.to_lowercase()) } else { Cow::Borrowed(text) }
}

/// A text holds a part, a list an element or an element that holds it, an object a key.
fn contains(
    left: Option<View<'_>>,
    right: Option<View<'_>>,
    ignore_case: bool,
    case: Case,
) -> Result<bool, Fault> {
    let Some(left) = left else { return Ok(false) };
    if let Some(elements) = left.elements() {
        return list_contains(elements, left, right, ignore_case, case);
    }
    if let (Some(text), Some(part)) = (left.text(), text_of(right)) {
        return Ok(lower(text, ignore_case).contains(&*lower(part, ignore_case)));
    }
    // The reference product asks nothing more of 0, false and what is empty.
    if ignore_case && is_falsy(left) {
        return Ok(false);
    }
    holds(left, right, case)
}

/// Whether Python takes it for false.
fn is_falsy(view: View<'_>) -> bool {
    match numeric(view) {
        Some(number) => number.compare(Numeric::Int(0)) == Ordering::Equal,
        None => view.is_empty() == Some(true),
    }
}

fn list_contains<'a>(
    elements: impl Iterator<Item = View<'a>>,
    list: View<'a>,
    right: Option<View<'_>>,
    ignore_case: bool,
    case: Case,
) -> Result<bool, Fault> {
    if holds(list, right, case)? {
        return Ok(true);
    }
    let Some(part) = text_of(right) else { return Ok(false) };
    if ignore_case {
        let part = part.to_lowercase();
        return Ok(elements.filter_map(View::text).any(|text| text.to_lowercase().contains(&*part)));
    }
    // Element by element, until one holds the part or is nothing that can hold anything.
    for element in elements {
        if holds(element, right, case)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// `right in left` of Python.
fn holds(left: View<'_>, right: Option<View<'_>>, case: Case) -> Result<bool, Fault> {
    if let Some(text) = left.text() {
        return match text_of(right) {
            Some(part) => Ok(text.contains(part)),
            None => Err(needs_text(right)),
        };
    }
    if let Some(mut elements) = left.elements() {
        return Ok(elements.any(|element| equal_options(Some(element), right)));
    }
    if let Some(object) = left.object() {
        return Ok(text_of(right).is_some_and(|key| has_key(object, key, case)));
    }
    Err(Fault::types(format!("argument of type '{}' is not iterable", left.type_name())))
}

fn needs_text(found: Option<View<'_>>) -> Fault {
    let name = found.map_or("NoneType", View::type_name);
    Fault::types(format!("'in <string>' requires string as left operand, not {name}"))
}

#[derive(Clone, Copy)]
enum Side {
    Start,
    End,
}

/// Whether a text begins or ends with another; false for everything that is no text.
fn affix(left: Option<View<'_>>, right: Option<View<'_>>, ignore_case: bool, side: Side) -> bool {
    let (Some(text), Some(part)) = (text_of(left), text_of(right)) else { return false };
    if ignore_case && text.is_ascii() && part.is_ascii() {
        let at = text.len().checked_sub(part.len());
        return at.is_some_and(|at| match side {
            Side::Start => text[..part.len()].eq_ignore_ascii_case(part),
            Side::End => text[at..].eq_ignore_ascii_case(part),
        });
    }
    let (text, part) = (lower(text, ignore_case), lower(part, ignore_case));
    match side {
        Side::Start => text.starts_with(&*part),
        Side::End => text.ends_with(&*part),
    }
}

/// Whether the left value, or an element of it, is an element of the right one; of a text on the right the
/// left one is a part.
fn is_in(left: Option<View<'_>>, right: Option<View<'_>>) -> Result<bool, Fault> {
    let Some(right) = right else {
        return Err(Fault::types("argument of type 'NoneType' is not iterable".to_owned()));
    };
    if let Some(text) = right.text() {
        return match text_of(left) {
            Some(part) => Ok(text.contains(part)),
            None => Err(needs_text(left)),
        };
    }
    let is_member = |wanted: Option<View<'_>>| holds(right, wanted, Case::Sensitive);
    match left.and_then(View::elements) {
        None => is_member(left),
        Some(elements) => {
            for element in elements {
                if is_member(Some(element))? {
                    return Ok(true);
                }
            }
            Ok(false)
        }
    }
}

fn to_network(view: Option<View<'_>>) -> Result<Network, Fault> {
    view.and_then(network).ok_or_else(|| Fault::filter("invalid ip or cidr detected".to_owned()))
}

/// Whether an address or network overlaps one of several; what is missing or null does not.
pub(super) fn in_networks(left: Option<View<'_>>, networks: &[Network]) -> Result<bool, Fault> {
    let Some(left) = left else { return Ok(false) };
    if left.elements().is_some() {
        let text = "expected target field to be an ip or cidr but got an array".to_owned();
        return Err(Fault::filter(text));
    }
    let own = to_network(Some(left))?;
    Ok(networks.iter().any(|network| network.overlaps(&own)))
}

/// Whether an element of a list overlaps one of several networks; what is missing or null does not.
pub(super) fn list_in_networks(left: Option<View<'_>>, networks: &[Network]) -> Result<bool, Fault> {
    let Some(left) = left else { return Ok(false) };
    let Some(elements) = left.elements() else {
        return Err(Fault::filter("expected a list of ips".to_owned()));
    };
    for element in elements {
        let own = to_network(Some(element))?;
        if networks.iter().any(|network| network.overlaps(&own)) {
            return Ok(true);
        }
    }
    Ok(false)
}
