//! What a plain scalar means: YAML 1.1 numbers without octals and base 60 integers, YAML 1.2 booleans, no
//! timestamps. Source: `detections.md` §1.3.

use serde_json::Number;

use super::Yaml;

/// Most digits of an integer; Python refuses more by default.
const INT_DIGITS_MAX: usize = 4300;

/// What an unquoted scalar stands for; `Err` says why it stands for nothing that can be kept.
pub(super) fn resolve(text: &str) -> Result<Yaml, String> {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Ok(Yaml::Null),
        "true" | "True" | "TRUE" => return Ok(Yaml::Bool(true)),
        "false" | "False" | "FALSE" => return Ok(Yaml::Bool(false)),
        _ => {}
    }
    let first = text.as_bytes()[0];
    if !(first.is_ascii_digit() || matches!(first, b'+' | b'-' | b'.')) {
        return Ok(Yaml::Text(text.to_owned()));
    }
    if let Some(number) = integer(text)? {
        return Ok(Yaml::Int(number));
    }
    if let Some(number) = float(text)? {
        return Ok(Yaml::Float(number));
    }
    Ok(Yaml::Text(text.to_owned()))
}

fn split_sign(text: &str) -> (bool, &str) {
    match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    }
}

/// `0b101`, `0x1F`, `0644` (decimal, digits 0 to 7 only), `1_000`.
fn integer(text: &str) -> Result<Option<Number>, String> {
    let (negative, body) = split_sign(text);
    let all = |digits: &str, legal: fn(u8) -> bool| digits.bytes().all(|byte| byte == b'_' || legal(byte));
    let (digits, radix) = if let Some(digits) = body.strip_prefix("0b") {
        (digits, all(digits, |byte| matches!(byte, b'0' | b'1')).then_some(2))
    } else if let Some(digits) = body.strip_prefix("0x") {
        (digits, all(digits, |byte| byte.is_ascii_hexdigit()).then_some(16))
    } else if body.len() > 1 && body.starts_with('0') {
        (body, all(body, |byte| matches!(byte, b'0'..=b'7')).then_some(10))
    } else {
        let starts_with_digit = body.as_bytes().first().is_some_and(u8::is_ascii_digit);
        (body, (starts_with_digit && all(body, |byte| byte.is_ascii_digit())).then_some(10))
    };
    let digits = digits.replace('_', "");
    let Some(radix) = radix.filter(|_| !digits.is_empty()) else { return Ok(None) };
    if digits.len() > INT_DIGITS_MAX {
        return Err(format!("an integer of {} digits is too long; quote it", digits.len()));
    }
    let decimal = if radix == 10 { digits } else { to_decimal(&digits, radix) };
    let magnitude = match decimal.trim_start_matches('0') {
        "" => "0",
        trimmed => trimmed,
    };
    let sign = if negative && magnitude != "0" { "-" } else { "" };
    Ok(format!("{sign}{magnitude}").parse().ok())
}

/// Decimal digits of a number of any size.
fn to_decimal(digits: &str, radix: u32) -> String {
    let mut decimal: Vec<u8> = vec![0]; // least significant digit first
    for digit in digits.chars().filter_map(|digit| digit.to_digit(radix)) {
        let mut carry = digit;
        for place in &mut decimal {
            let sum = u32::from(*place) * radix + carry;
            *place = u8::try_from(sum % 10).expect("a remainder by ten is one digit");
            carry = sum / 10;
        }
        while carry > 0 {
            decimal.push(u8::try_from(carry % 10).expect("a remainder by ten is one digit"));
            carry /= 10;
        }
    }
    decimal.iter().rev().map(|digit| char::from(b'0' + digit)).collect()
}

/// `1.5`, `1.`, `.5`, `1.5e+3` (the sign of the exponent is required), `1:30.5` (base 60), `.inf`, `.nan`.
fn float(text: &str) -> Result<Option<Number>, String> {
    let (negative, body) = split_sign(text);
    let unsigned = body.len() == text.len();
    if matches!(body, ".inf" | ".Inf" | ".INF") || (unsigned && matches!(text, ".nan" | ".NaN" | ".NAN")) {
        return Err(format!("`{text}` has no JSON form; quote it or write a finite number"));
    }
    let Some((whole, fraction)) = body.split_once('.') else { return Ok(None) };
    let value = if whole.contains(':') {
        base_sixty(whole, fraction)
    } else {
        decimal_fraction(whole, fraction, unsigned)
    };
    let Some(value) = value else { return Ok(None) };
    match Number::from_f64(if negative { -value } else { value }) {
        Some(number) => Ok(Some(number)),
        None => Err(format!("`{text}` is too large for a number; quote it")),
    }
}

fn is_digits(text: &str) -> bool {
    text.bytes().all(|byte| byte == b'_' || byte.is_ascii_digit())
}

fn decimal_fraction(whole: &str, fraction: &str, unsigned: bool) -> Option<f64> {
    let starts_with_digit = |part: &str| part.as_bytes().first().is_some_and(u8::is_ascii_digit);
    let (fraction, exponent) = match fraction.find(['e', 'E']) {
        Some(at) => (&fraction[..at], Some(&fraction[at + 1..])),
        None => (fraction, None),
    };
    let mantissa_is_legal = if whole.is_empty() {
        unsigned && starts_with_digit(fraction)
    } else {
        starts_with_digit(whole) && is_digits(whole)
    };
    let exponent_is_legal = exponent.is_none_or(|exponent| {
        let digits = exponent.strip_prefix(['+', '-']).unwrap_or("");
        !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
    });
    if !(mantissa_is_legal && is_digits(fraction) && exponent_is_legal) {
        return None;
    }
    let exponent = exponent.map(|exponent| format!("e{exponent}")).unwrap_or_default();
    format!("{whole}.{fraction}{exponent}").replace('_', "").parse().ok()
}

fn base_sixty(whole: &str, fraction: &str) -> Option<f64> {
    let mut parts = whole.split(':');
    let first = parts.next()?;
    if !(first.as_bytes().first()?.is_ascii_digit() && is_digits(first) && is_digits(fraction)) {
        return None;
    }
    let mut value: f64 = first.replace('_', "").parse().ok()?;
    let mut last_part = None;
    for part in parts {
        let part_is_legal = matches!(part.as_bytes(), [b'0'..=b'9'] | [b'0'..=b'5', b'0'..=b'9']);
        if !part_is_legal {
            return None;
        }
        if let Some(last) = last_part.replace(part) {
            value = value * 60.0 + last.parse::<f64>().ok()?;
        }
    }
    let seconds: f64 = format!("{}.{fraction}", last_part?).replace('_', "").parse().ok()?;
    Some(value * 60.0 + seconds)
}
