//! Go reference-time layouts (`2006-01-02T15:04:05Z07:00`), read into [`Pattern`]s.
//!
//! Source: <https://pkg.go.dev/time#pkg-constants>.

use super::pattern::{Item, Pattern};

/// Elements of a layout, longer ones before their prefixes.
const ELEMENTS: &[(&str, Item)] = &[
    ("January", Item::MonthName),
    ("Jan", Item::MonthName),
    ("Monday", Item::WeekdayName),
    ("Mon", Item::WeekdayName),
    ("MST", Item::ZoneName),
    ("2006", Item::Year),
    ("Z07:00", Item::Offset),
    ("Z0700", Item::Offset),
    ("Z07", Item::Offset),
    ("-07:00", Item::Offset),
    ("-0700", Item::Offset),
    ("-07", Item::Offset),
    ("002", Item::DayOfYear),
    ("01", Item::Month),
    ("02", Item::Day),
    ("03", Item::Hour12),
    ("04", Item::Minute),
    ("05", Item::Second),
    ("06", Item::YearOfCentury),
    ("15", Item::Hour),
    ("_2", Item::Day),
    ("PM", Item::AmPm),
    ("pm", Item::AmPm),
    ("1", Item::Month),
    ("2", Item::Day),
    ("3", Item::Hour12),
    ("4", Item::Minute),
    ("5", Item::Second),
];

/// Reads a layout; it must hold at least one element of time.
///
/// # Errors
/// A text that says what is wrong with the layout.
pub(super) fn read(layout: &str) -> Result<Pattern, String> {
    let mut items = Vec::new();
    let mut rest = layout;
    while let Some(c) = rest.chars().next() {
        if let Some((fraction, len)) = fraction(rest) {
            items.extend_from_slice(fraction);
            rest = &rest[len..];
            continue;
        }
        let element = ELEMENTS.iter().find(|(text, _)| rest.starts_with(text) && !rest.starts_with("_2006"));
        let Some(&(text, item)) = element else {
            items.push(Item::Literal(c));
            rest = &rest[c.len_utf8()..];
            continue;
        };
        items.push(item);
        rest = &rest[text.len()..];
        // Go reads a fraction behind the seconds even where the layout has none.
        if item == Item::Second && fraction_of(rest).is_none() {
            items.push(Item::OptionalFraction);
        }
    }
    if items.iter().all(|item| matches!(item, Item::Literal(_))) {
        return Err(format!("time format `layout={layout}` has no element of the reference time"));
    }
    Ok(Pattern::new(items))
}

fn fraction_of(rest: &str) -> Option<usize> {
    fraction(rest).map(|(_, len)| len)
}

/// A fraction at the front: `.000` (as many digits) or `.999` (may be absent), and its length.
fn fraction(rest: &str) -> Option<(&'static [Item], usize)> {
    let separator = rest.chars().next().filter(|c| matches!(c, '.' | ','))?;
    let digits = &rest[1..];
    for (digit, items) in [
        (
            '0',
            if separator == '.' {
                &[Item::Literal('.'), Item::Fraction]
            } else {
                &[Item::Literal(','), Item::Fraction]
            } as &[Item],
        ),
        ('9', &[Item::OptionalFraction] as &[Item]),
    ] {
        let count = digits.len() - digits.trim_start_matches(digit).len();
        if count > 0 && !digits[count..].starts_with(|c: char| c.is_ascii_digit()) {
            return Some((items, 1 + count));
        }
    }
    None
}
