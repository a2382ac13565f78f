//! Numbers that count from 1970-01-01T00:00:00Z.

use jiff::Timestamp;

/// A decimal integer, with `-` at most; no fraction, no exponent.
pub(super) fn integer(text: &str) -> Option<i64> {
    if text.starts_with('+') { None } else { text.parse().ok() }
}

pub(super) fn from_ms(value: i64) -> Option<Timestamp> {
    Timestamp::from_millisecond(value).ok()
}

pub(super) fn from_us(value: i64) -> Option<Timestamp> {
    Timestamp::from_microsecond(value).ok()
}

pub(super) fn from_ns(value: i64) -> Option<Timestamp> {
    Timestamp::from_nanosecond(i128::from(value)).ok()
}

fn from_s(value: i64) -> Option<Timestamp> {
    Timestamp::from_second(value).ok()
}

/// Seconds with an optional fraction, of which six digits are kept; an exponent is understood.
pub(super) fn seconds(text: &str) -> Option<Timestamp> {
    if text.contains(['e', 'E']) {
        return seconds_with_exponent(text);
    }
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text),
    };
    let (whole, fraction) = match digits.split_once('.') {
        Some((_, "")) => return None,
        Some(parts) => parts,
        None => (digits, ""),
    };
    let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !all_digits(whole) || !all_digits(fraction) {
        return None;
    }
    let micros = i64::from(super::rfc3339::nanoseconds(fraction.as_bytes()) / 1000);
    let total = whole.parse::<i64>().ok()?.checked_mul(1_000_000)?.checked_add(micros)?;
    from_us(if negative { -total } else { total })
}

#[expect(clippy::cast_possible_truncation, reason = "the value is checked to be in range")]
fn seconds_with_exponent(text: &str) -> Option<Timestamp> {
    let micros = text.parse::<f64>().ok()? * 1e6;
    if !micros.is_finite() || micros.abs() > 1e18 {
        return None;
    }
    from_us(micros.round() as i64)
}

/// The size tells the unit: below 10¹¹ seconds, 10¹⁴ milliseconds, 10¹⁷ microseconds, else nanoseconds.
pub(super) fn auto(text: &str) -> Option<Timestamp> {
    match integer(text)? {
        value if value < 0 => None,
        value if value < 100_000_000_000 => from_s(value),
        value if value < 100_000_000_000_000 => from_ms(value),
        value if value < 100_000_000_000_000_000 => from_us(value),
        value => from_ns(value),
    }
}

/// Seconds below 10¹¹, else nanoseconds.
pub(super) fn seconds_or_nanoseconds(text: &str) -> Option<Timestamp> {
    match integer(text)? {
        value if value.abs() < 100_000_000_000 => from_s(value),
        value => from_ns(value),
    }
}
