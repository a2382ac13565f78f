//! RFC 3339 times, as strict as Go reads them.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::Offset;

/// Reads `2022-04-04T17:09:17[.123456789](Z|±hh:mm)`: upper-case `T` and `Z`, 1 to 9 digits of
/// fraction, no leap second.
pub(crate) fn parse_rfc3339(text: &str) -> Option<Timestamp> {
    let bytes = text.as_bytes();
    if !text.is_ascii() || bytes.len() < 20 {
        return None;
    }
    let marks = [(4, b'-'), (7, b'-'), (10, b'T'), (13, b':'), (16, b':')];
    if marks.iter().any(|&(at, mark)| bytes[at] != mark) {
        return None;
    }
    let year = number(&bytes[0..4])?;
    let small = |at: usize| number(&bytes[at..at + 2]).and_then(|value| i8::try_from(value).ok());
    let (nanosecond, zone) = fraction(&bytes[19..])?;
    let offset = offset_seconds(zone)?;
    let civil =
        DateTime::new(year, small(5)?, small(8)?, small(11)?, small(14)?, small(17)?, nanosecond).ok()?;
    Offset::from_seconds(offset).ok()?.to_timestamp(civil).ok()
}

/// The value of a run of at most four digits.
fn number(digits: &[u8]) -> Option<i16> {
    let mut value = 0;
    for digit in digits {
        if !digit.is_ascii_digit() {
            return None;
        }
        value = value * 10 + i16::from(digit - b'0');
    }
    Some(value)
}

/// Nanoseconds of a leading `.` and 1 to 9 digits, and what follows.
fn fraction(rest: &[u8]) -> Option<(i32, &[u8])> {
    let Some(rest) = rest.strip_prefix(b".") else {
        return Some((0, rest));
    };
    let count = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if count == 0 || count > 9 {
        return None;
    }
    Some((nanoseconds(&rest[..count]), &rest[count..]))
}

/// Nanoseconds of a fraction's 1 to 9 digits.
pub(super) fn nanoseconds(digits: &[u8]) -> i32 {
    (0..9).fold(0, |value, at| value * 10 + digits.get(at).map_or(0, |digit| i32::from(digit - b'0')))
}

fn offset_seconds(zone: &[u8]) -> Option<i32> {
    match zone {
        b"Z" => Some(0),
        [sign @ (b'+' | b'-'), h1, h2, b':', m1, m2] => {
            let hours = i32::from(number(&[*h1, *h2])?);
            let minutes = i32::from(number(&[*m1, *m2])?);
            if hours > 23 || minutes > 59 {
                return None;
            }
            let seconds = hours * 3600 + minutes * 60;
            Some(if *sign == b'-' { -seconds } else { seconds })
        }
        _ => None,
    }
}
