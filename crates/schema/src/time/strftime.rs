//! strftime patterns, read into [`Pattern`]s.

use super::pattern::{Item, Pattern};

/// Reads a pattern; it must hold at least one directive.
///
/// # Errors
/// A text that says what is wrong with the pattern.
pub(super) fn read(pattern: &str) -> Result<Pattern, String> {
    let mut items = Vec::new();
    let mut has_directive = false;
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        if c != '%' {
            items.push(Item::Literal(c));
            continue;
        }
        let Some(directive) = chars.next() else {
            return Err(format!("time format `{pattern}` ends with a single `%`"));
        };
        if !push_directive(&mut items, directive) {
            return Err(format!("time format `{pattern}` has the unknown directive `%{directive}`"));
        }
        has_directive |= !matches!(directive, '%' | 'n' | 't');
    }
    if !has_directive {
        return Err(format!(
            "unknown time format `{pattern}`; use rfc3339, unix, unix_ms, unix_us, unix_ns, unix_auto, \
             cloudflare, a strftime pattern or `layout=`"
        ));
    }
    Ok(Pattern::new(items))
}

/// Appends what a directive stands for; false when there is no such directive.
fn push_directive(items: &mut Vec<Item>, directive: char) -> bool {
    let composite = match directive {
        'c' => "a b e H:M:S Y",
        'x' | 'D' => "m/d/y",
        'X' | 'T' => "H:M:S",
        'F' => "Y-m-d",
        'R' => "H:M",
        _ => "",
    };
    if !composite.is_empty() {
        for c in composite.chars() {
            if !c.is_ascii_alphabetic() {
                items.push(Item::Literal(c));
            } else {
                push_directive(items, c);
            }
        }
        return true;
    }
    items.push(match directive {
        'a' | 'A' => Item::WeekdayName,
        'b' | 'B' | 'h' => Item::MonthName,
        'C' => Item::Century,
        'd' | 'e' => Item::Day,
        'f' | 'L' | 'N' => Item::Fraction,
        'H' => Item::Hour,
        'I' => Item::Hour12,
        'j' => Item::DayOfYear,
        'm' => Item::Month,
        'M' => Item::Minute,
        'p' => Item::AmPm,
        's' => Item::UnixSeconds,
        'S' => Item::Second,
        'U' | 'W' => Item::Ignored(2),
        'w' => Item::Ignored(1),
        'y' => Item::YearOfCentury,
        'Y' => Item::Year,
        'z' => Item::Offset,
        'Z' => Item::ZoneName,
        'n' | 't' => Item::Space,
        '%' => Item::Literal('%'),
        _ => return false,
    });
    true
}
