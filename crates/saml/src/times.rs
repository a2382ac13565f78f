//! Times as SAML writes them, and how far clocks may be apart.

use jiff::{SignedDuration, Timestamp, civil};

/// How far the clock of the provider may be from ours.
pub const CLOCK_LEEWAY: SignedDuration = SignedDuration::from_secs(60);

/// Reads an `xs:dateTime` with its zone; SAML demands UTC (SAML core, section 1.3.3).
pub(crate) fn parse(text: &str) -> Option<Timestamp> {
    let is_plain = text.as_bytes().get(10) == Some(&b'T') && text.is_ascii() && !text.contains('[');
    if !is_plain {
        return None;
    }
    text.parse().ok().or_else(|| is_end_of_time(text).then_some(Timestamp::MAX))
}

/// "Never", as some write it: the last day of the year 9999, which is beyond what a [`Timestamp`] can be.
fn is_end_of_time(text: &str) -> bool {
    let time = text.strip_suffix('Z').map(str::parse::<civil::DateTime>);
    matches!(time, Some(Ok(time)) if time.year() == civil::Date::MAX.year())
}

/// Writes a time in UTC, to the second.
pub(crate) fn format(at: Timestamp) -> String {
    let whole = Timestamp::from_second(at.as_second()).unwrap_or(at);
    whole.to_string()
}

/// Whether the time lies in the future even for a clock that is behind.
pub(crate) fn is_future(at: Timestamp, now: Timestamp) -> bool {
    at > later(now)
}

/// Whether the time is over even for a clock that is ahead. "Not on or after" excludes the time itself.
pub(crate) fn is_over(not_on_or_after: Timestamp, now: Timestamp) -> bool {
    now >= later(not_on_or_after)
}

/// The time and the leeway.
pub(crate) fn later(at: Timestamp) -> Timestamp {
    at.checked_add(CLOCK_LEEWAY).unwrap_or(Timestamp::MAX)
}
