//! Numbers as Python compares them: integers of any size and floats, exactly; booleans are 0 and 1.

use std::cmp::Ordering;

use serde_json::{Number, Value};

use super::view::View;

/// A number of Python. The digits of an integer have no leading zeros.
#[derive(Clone, Copy, Debug)]
pub(super) enum Numeric<'a> {
    Int(i64),
    /// An integer beyond 64 bits: its digits.
    Big(&'a str),
    /// Never NaN: JSON has none.
    Float(f64),
}

/// A number in the one form that all equal numbers share, for sets.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum NumberKey {
    Int(i64),
    Big(String),
    /// The bits of a float that is no integer.
    Float(u64),
}

/// Whether Python reads it as a `float`.
pub(super) fn is_float(number: &Number) -> bool {
    number.as_str().bytes().any(|byte| matches!(byte, b'.' | b'e' | b'E'))
}

/// The number behind a number or a boolean.
pub(super) fn numeric(view: View<'_>) -> Option<Numeric<'_>> {
    match view {
        View::Json(Value::Bool(flag)) => Some(Numeric::Int(i64::from(*flag))),
        View::Json(Value::Number(number)) => Some(Numeric::of(number)),
        _ => None,
    }
}

impl<'a> Numeric<'a> {
    pub(super) fn of(number: &'a Number) -> Numeric<'a> {
        let text = number.as_str();
        if let Ok(integer) = text.parse() {
            return Numeric::Int(integer);
        }
        if !is_float(number) {
            return Numeric::Big(text);
        }
        Numeric::Float(text.parse().expect("the text of a JSON number is one"))
    }

    pub(super) fn key(self) -> NumberKey {
        match self {
            Numeric::Int(integer) => NumberKey::Int(integer),
            Numeric::Big(digits) => NumberKey::Big(digits.to_owned()),
            Numeric::Float(float) if float.is_finite() && float.fract() == 0.0 => match to_integer(float) {
                Some(integer) => NumberKey::Int(integer),
                None => NumberKey::Big(digits(float)),
            },
            Numeric::Float(float) => NumberKey::Float(float.to_bits()),
        }
    }

    pub(super) fn compare(self, other: Numeric<'_>) -> Ordering {
        match (self, other) {
            (Numeric::Int(left), Numeric::Int(right)) => left.cmp(&right),
            (Numeric::Float(left), Numeric::Float(right)) => {
                left.partial_cmp(&right).expect("numbers of JSON are never NaN")
            }
            (Numeric::Int(left), Numeric::Float(right)) => compare_with_float(left, right),
            (Numeric::Float(left), Numeric::Int(right)) => compare_with_float(right, left).reverse(),
            (Numeric::Big(left), Numeric::Big(right)) => compare_digits(left, right),
            (Numeric::Big(left), Numeric::Int(_)) => sign(left),
            (Numeric::Int(_), Numeric::Big(right)) => sign(right).reverse(),
            (Numeric::Big(left), Numeric::Float(right)) => compare_big_with_float(left, right),
            (Numeric::Float(left), Numeric::Big(right)) => compare_big_with_float(right, left).reverse(),
        }
    }
}

/// 2⁶³: the first float above all integers of 64 bits.
const ABOVE_INTEGERS: f64 = 9_223_372_036_854_775_808.0;

/// The integer part of a float, when it has 64 bits.
fn to_integer(float: f64) -> Option<i64> {
    #[expect(clippy::cast_possible_truncation, reason = "the range is checked; the fraction is to go")]
    (-ABOVE_INTEGERS..ABOVE_INTEGERS).contains(&float).then_some(float as i64)
}

/// All digits of the integer part of a float.
fn digits(float: f64) -> String {
    format!("{:.0}", float.trunc())
}

fn compare_with_float(left: i64, right: f64) -> Ordering {
    match to_integer(right) {
        Some(whole) => left.cmp(&whole).then_with(|| {
            let fraction = right.fract();
            0.0_f64.partial_cmp(&fraction).expect("the fraction of a finite float is a number")
        }),
        None if right > 0.0 => Ordering::Less,
        None => Ordering::Greater,
    }
}

fn compare_big_with_float(left: &str, right: f64) -> Ordering {
    if right.is_infinite() {
        return if right > 0.0 { Ordering::Less } else { Ordering::Greater };
    }
    if to_integer(right).is_some() {
        return sign(left);
    }
    // A float of this size has no fraction.
    compare_digits(left, &digits(right))
}

/// How an integer that does not have 64 bits compares with all that do.
fn sign(digits: &str) -> Ordering {
    if digits.starts_with('-') { Ordering::Less } else { Ordering::Greater }
}

fn compare_digits(left: &str, right: &str) -> Ordering {
    let (left_is_negative, right_is_negative) = (left.starts_with('-'), right.starts_with('-'));
    let by_size = || left.len().cmp(&right.len()).then_with(|| left.cmp(right));
    match (left_is_negative, right_is_negative) {
        (false, false) => by_size(),
        (true, true) => by_size().reverse(),
        (false, true) => Ordering::Greater,
        (true, false) => Ordering::Less,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(left: &str, right: &str, expected: Ordering) {
        let numbers: [Number; 2] = [left, right].map(|text| text.parse().unwrap());
        let [left_number, right_number] = [Numeric::of(&numbers[0]), Numeric::of(&numbers[1])];
        assert_eq!(left_number.compare(right_number), expected, "{left} {right}");
        assert_eq!(right_number.compare(left_number), expected.reverse(), "{right} {left}");
        assert_eq!(left_number.key() == right_number.key(), expected == Ordering::Equal, "{left} {right}");
    }

    #[test]
    fn numbers_compare_exactly() {
        check("5", "5.0", Ordering::Equal);
        check("5", "5.5", Ordering::Less);
        check("-5", "-5.5", Ordering::Greater);
        check("-0", "0", Ordering::Equal);
        check("-0.0", "0", Ordering::Equal);
        check("1e2", "100", Ordering::Equal);
        check("0.1", "0.10", Ordering::Equal);
        check("0.1", "1e-1", Ordering::Equal);
        check("9007199254740993", "9007199254740992.0", Ordering::Greater);
        check("9223372036854775807", "9223372036854775808.0", Ordering::Less);
        check("9223372036854775808", "9223372036854775808.0", Ordering::Equal);
        check("-9223372036854775808", "-9223372036854775808.0", Ordering::Equal);
        check("9223372036854775809", "9223372036854775808.0", Ordering::Greater);
        check("123456789012345678901234567890", "123456789012345678901234567891", Ordering::Less);
        check("-123456789012345678901234567890", "-123456789012345678901234567891", Ordering::Greater);
        check("123456789012345678901234567890", "-123456789012345678901234567890", Ordering::Greater);
        check("99999999999999999999", "100000000000000000000", Ordering::Less);
        check("99999999999999999999", "7", Ordering::Greater);
        check("-99999999999999999999", "7", Ordering::Less);
        check("100000000000000000000", "1e20", Ordering::Equal);
        check("100000000000000000001", "1e20", Ordering::Greater);
        check("99999999999999999999", "0.5", Ordering::Greater);
        check("1e999", "99999999999999999999", Ordering::Greater);
        check("-1e999", "-99999999999999999999", Ordering::Less);
        check("1e999", "2e999", Ordering::Equal);
        check("1e999", "9", Ordering::Greater);
        check("-1e999", "9", Ordering::Less);
    }
}
