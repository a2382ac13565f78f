//! Points in time as log senders write them (`ingest.md` §2.4).
//!
//! Every format takes the value's text: a string as it is, or the literal of a JSON number. A text
//! without zone is UTC. Results are `jiff::Timestamp`s; `model::format_lake_time` writes them.

mod layout;
mod pattern;
mod rfc3339;
mod strftime;
mod unix;

use jiff::Timestamp;

use pattern::Pattern;
pub(crate) use rfc3339::parse_rfc3339;

/// How a timestamp field is written.
#[derive(Clone, Debug)]
pub(crate) enum TimeFormat {
    Rfc3339,
    /// Seconds, with a fraction of which six digits are kept.
    Unix,
    UnixMs,
    UnixUs,
    UnixNs,
    /// The size of the number tells the unit.
    UnixAuto,
    /// RFC 3339, seconds or nanoseconds.
    Cloudflare,
    Pattern(Pattern),
}

impl TimeFormat {
    /// Reads the name of a format, a strftime pattern or `layout=` with a Go reference layout.
    pub(crate) fn read(text: &str) -> Result<TimeFormat, String> {
        Ok(match text {
            "rfc3339" => TimeFormat::Rfc3339,
            "unix" => TimeFormat::Unix,
            "unix_ms" => TimeFormat::UnixMs,
            "unix_us" => TimeFormat::UnixUs,
            "unix_ns" => TimeFormat::UnixNs,
            "unix_auto" => TimeFormat::UnixAuto,
            "cloudflare" => TimeFormat::Cloudflare,
            _ => TimeFormat::Pattern(match text.strip_prefix("layout=") {
                Some(go_layout) => layout::read(go_layout)?,
                None => strftime::read(text)?,
            }),
        })
    }

    /// The time that `text` writes, or `None` when it is not of this format.
    pub(crate) fn parse(&self, text: &str) -> Option<Timestamp> {
        match self {
            TimeFormat::Rfc3339 => parse_rfc3339(text),
            TimeFormat::Unix => unix::seconds(text),
            TimeFormat::UnixMs => unix::integer(text).and_then(unix::from_ms),
            TimeFormat::UnixUs => unix::integer(text).and_then(unix::from_us),
            TimeFormat::UnixNs => unix::integer(text).and_then(unix::from_ns),
            TimeFormat::UnixAuto => unix::auto(text),
            TimeFormat::Cloudflare => parse_rfc3339(text).or_else(|| unix::seconds_or_nanoseconds(text)),
            TimeFormat::Pattern(pattern) => pattern.parse(text),
        }
    }

    /// Whether the format says the year, without which it cannot be an event time.
    pub(crate) fn has_year(&self) -> bool {
        match self {
            TimeFormat::Pattern(pattern) => pattern.has_year(),
            _ => true,
        }
    }
}
