//! The engine behind strftime patterns and Go layouts: a list of items, read from left to right.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::Offset;

use super::rfc3339::nanoseconds;

/// What a pattern expects at one place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Item {
    Literal(char),
    /// Any run of white space, also none.
    Space,
    /// Exactly four digits.
    Year,
    /// Two digits; 69 to 99 are of the twentieth century.
    YearOfCentury,
    Century,
    Month,
    /// English, full or short, any case.
    MonthName,
    /// One or two digits, or a blank and a digit.
    Day,
    DayOfYear,
    Hour,
    Hour12,
    Minute,
    Second,
    /// One to nine digits.
    Fraction,
    /// A point or comma with one to nine digits, or nothing.
    OptionalFraction,
    AmPm,
    /// English, full or short, any case; not checked against the date.
    WeekdayName,
    /// Digits that are read and not used: weekday and week numbers.
    Ignored(usize),
    /// `Z`, `±hh`, `±hhmm` or `±hh:mm`.
    Offset,
    /// Letters; every zone counts as UTC.
    ZoneName,
    UnixSeconds,
}

/// A compiled pattern.
#[derive(Clone, Debug)]
pub(crate) struct Pattern {
    items: Vec<Item>,
}

#[derive(Default)]
struct Fields {
    year: Option<i64>,
    year_of_century: Option<i64>,
    century: Option<i64>,
    month: Option<i64>,
    day: Option<i64>,
    day_of_year: Option<i64>,
    hour: i64,
    is_hour12: bool,
    is_pm: Option<bool>,
    minute: i64,
    second: i64,
    nanosecond: i32,
    offset_seconds: i32,
    unix_seconds: Option<i64>,
}

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];
const WEEKDAYS: [&str; 7] = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];

impl Pattern {
    pub(super) fn new(items: Vec<Item>) -> Pattern {
        Pattern { items }
    }

    pub(super) fn has_year(&self) -> bool {
        self.items.iter().any(|item| matches!(item, Item::Year | Item::YearOfCentury | Item::UnixSeconds))
    }

    pub(super) fn parse(&self, text: &str) -> Option<Timestamp> {
        let mut fields = Fields::default();
        let mut rest = text;
        for &item in &self.items {
            rest = fields.read(item, rest)?;
        }
        if rest.is_empty() { fields.timestamp() } else { None }
    }
}

impl Fields {
    /// Reads one item off the front; `None` when it is not there.
    fn read<'t>(&mut self, item: Item, text: &'t str) -> Option<&'t str> {
        let (value, rest) = match item {
            Item::Literal(c) => return text.strip_prefix(c),
            Item::Space => return Some(text.trim_start()),
            Item::MonthName => name(text, &MONTHS)?,
            Item::WeekdayName => name(text, &WEEKDAYS)?,
            Item::AmPm => name(text, &["am", "pm"])?,
            Item::Offset => return self.read_offset(text),
            Item::ZoneName => {
                let rest = text.trim_start_matches(|c: char| c.is_ascii_alphabetic());
                return (rest.len() < text.len()).then_some(rest);
            }
            Item::OptionalFraction => match text.strip_prefix(['.', ',']) {
                Some(rest) if rest.starts_with(|c: char| c.is_ascii_digit()) => {
                    return self.read_fraction(rest);
                }
                _ => return Some(text),
            },
            Item::Fraction => return self.read_fraction(text),
            Item::UnixSeconds => match text.strip_prefix('-') {
                Some(rest) => digits(rest, 1, 18).map(|(value, rest)| (-value, rest))?,
                None => digits(text, 1, 18)?,
            },
            Item::Day => digits(text.strip_prefix(' ').unwrap_or(text), 1, 2)?,
            Item::Year => digits(text, 4, 4)?,
            Item::YearOfCentury | Item::Century => digits(text, 2, 2)?,
            Item::DayOfYear => digits(text, 1, 3)?,
            Item::Ignored(count) => digits(text, 1, count)?,
            Item::Month | Item::Hour | Item::Hour12 | Item::Minute | Item::Second => digits(text, 1, 2)?,
        };
        self.set(item, value);
        Some(rest)
    }

    fn set(&mut self, item: Item, value: i64) {
        match item {
            Item::Year => self.year = Some(value),
            Item::YearOfCentury => self.year_of_century = Some(value),
            Item::Century => self.century = Some(value),
            Item::Month => self.month = Some(value),
            Item::MonthName => self.month = Some(value + 1),
            Item::Day => self.day = Some(value),
            Item::DayOfYear => self.day_of_year = Some(value),
            Item::Hour => (self.hour, self.is_hour12) = (value, false),
            Item::Hour12 => (self.hour, self.is_hour12) = (value, true),
            Item::Minute => self.minute = value,
            Item::Second => self.second = value,
            Item::AmPm => self.is_pm = Some(value == 1),
            Item::UnixSeconds => self.unix_seconds = Some(value),
            _ => {}
        }
    }

    fn read_fraction<'t>(&mut self, text: &'t str) -> Option<&'t str> {
        let count = digit_count(text);
        if count == 0 || count > 9 {
            return None;
        }
        self.nanosecond = nanoseconds(&text.as_bytes()[..count]);
        Some(&text[count..])
    }

    fn read_offset<'t>(&mut self, text: &'t str) -> Option<&'t str> {
        if let Some(rest) = text.strip_prefix('Z') {
            self.offset_seconds = 0;
            return Some(rest);
        }
        let sign = match text.as_bytes().first()? {
            b'+' => 1,
            b'-' => -1,
            _ => return None,
        };
        let (hours, rest) = digits(&text[1..], 2, 2)?;
        let after_colon = rest.strip_prefix(':').unwrap_or(rest);
        let (minutes, rest) = digits(after_colon, 2, 2).unwrap_or((0, rest));
        if hours > 23 || minutes > 59 {
            return None;
        }
        self.offset_seconds = sign * i32::try_from(hours * 3600 + minutes * 60).ok()?;
        Some(rest)
    }

    fn timestamp(&self) -> Option<Timestamp> {
        if let Some(seconds) = self.unix_seconds {
            return Timestamp::new(seconds, self.nanosecond).ok();
        }
        let small = |value: i64| i8::try_from(value).ok();
        let time =
            Time::new(small(self.hour24()?)?, small(self.minute)?, small(self.second)?, self.nanosecond)
                .ok()?;
        let civil = DateTime::from_parts(self.date()?, time);
        Offset::from_seconds(self.offset_seconds).ok()?.to_timestamp(civil).ok()
    }

    fn hour24(&self) -> Option<i64> {
        if !self.is_hour12 {
            return Some(self.hour);
        }
        if !(1..=12).contains(&self.hour) {
            return None;
        }
        Some(self.hour % 12 + if self.is_pm == Some(true) { 12 } else { 0 })
    }

    /// The date; a year that is not given is year 0, month and day are 1.
    fn date(&self) -> Option<Date> {
        let year = match (self.year, self.century, self.year_of_century) {
            (Some(year), _, _) => year,
            (None, Some(century), rest) => century * 100 + rest.unwrap_or(0),
            (None, None, Some(rest)) => rest + if rest >= 69 { 1900 } else { 2000 },
            (None, None, None) => 0,
        };
        let year = i16::try_from(year).ok()?;
        if let (Some(day_of_year), None) = (self.day_of_year, self.month) {
            let first = Date::new(year, 1, 1).ok()?;
            if !(1..=i64::from(first.days_in_year())).contains(&day_of_year) {
                return None;
            }
            return first.checked_add(jiff::Span::new().try_days(day_of_year - 1).ok()?).ok();
        }
        let month = i8::try_from(self.month.unwrap_or(1)).ok()?;
        Date::new(year, month, i8::try_from(self.day.unwrap_or(1)).ok()?).ok()
    }
}

fn digit_count(text: &str) -> usize {
    text.bytes().take_while(u8::is_ascii_digit).count()
}

/// The value of the longest run of `min` to `max` digits at the front, and the rest.
fn digits(text: &str, min: usize, max: usize) -> Option<(i64, &str)> {
    let count = digit_count(text).min(max);
    if count < min {
        return None;
    }
    Some((text[..count].parse().ok()?, &text[count..]))
}

/// Which of the names, in full or as its first three letters, stands at the front, and the rest.
fn name<'t>(text: &'t str, names: &[&str]) -> Option<(i64, &'t str)> {
    let starts_with =
        |prefix: &str| text.get(..prefix.len()).is_some_and(|head| head.eq_ignore_ascii_case(prefix));
    let full = names.iter().position(|name| starts_with(name)).map(|at| (at, names[at].len()));
    let short = || names.iter().position(|name| name.len() > 3 && starts_with(&name[..3])).map(|at| (at, 3));
    let (position, len) = full.or_else(short)?;
    Some((i64::try_from(position).ok()?, &text[len..]))
}
