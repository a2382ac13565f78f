//! Cutting a body into log entries, by stream type.
//!
//! A broken entry never stops the body: it becomes an [`Entry`] with a reason, and reading goes on at
//! the next line that begins with `{` or `[`. Source: `ingest.md` §1.4.

mod array;
mod auto;

use model::UnknownWord;
use schema::{Json, parse_json};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Largest entry; a larger one is kept as a failure.
pub const ENTRY_BYTES_MAX: usize = 8 << 20;

/// How often a body may be read again, in all, behind entries that broke: reading goes on behind the
/// entry's first line as long as that lasts, then behind the place of the error. So a hostile body
/// costs linear time.
const REREADS_MAX: usize = 4;

/// How a body is made up of entries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StreamType {
    /// Decided by the body itself.
    #[default]
    Auto,
    /// One entry per line.
    Lines,
    /// JSON values one after the other, each over as many lines as it likes.
    Json,
    /// The elements of a JSON array.
    JsonArray,
}

impl std::str::FromStr for StreamType {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, UnknownWord> {
        match word {
            "auto" => Ok(StreamType::Auto),
            "lines" => Ok(StreamType::Lines),
            "json" => Ok(StreamType::Json),
            "json_array" => Ok(StreamType::JsonArray),
            _ => Err(UnknownWord {
                word: word.to_owned(),
                expected: "auto, lines, json, json_array".to_owned(),
            }),
        }
    }
}

/// One log entry.
#[derive(Debug)]
pub struct Entry<'a> {
    /// Its text, trimmed; never empty.
    pub text: &'a str,
    /// Its value, or why the text holds none.
    pub parsed: Result<Value, String>,
}

impl<'a> Entry<'a> {
    /// The entry of a text that is one JSON value, or not.
    fn read(text: &'a str) -> Entry<'a> {
        if text.len() > ENTRY_BYTES_MAX {
            return Entry::broken(text, too_large());
        }
        let parsed = parse_json(text).map_err(|error| invalid_json(&error));
        Entry { text, parsed }
    }

    fn broken(text: &'a str, reason: impl Into<String>) -> Entry<'a> {
        Entry { text, parsed: Err(reason.into()) }
    }
}

/// Hands every entry of a body to `emit`, in order.
///
/// `envelope` is the path of the array inside the document, for [`StreamType::JsonArray`] only; empty
/// means that the document itself is the array. A numeric step indexes an array. A byte order mark at
/// the begin is dropped; blank lines and blanks between values are no entries.
pub fn for_each_entry<'a>(
    body: &'a str,
    stream_type: StreamType,
    envelope: &[String],
    emit: &mut dyn FnMut(Entry<'a>),
) {
    let body = body.strip_prefix('\u{feff}').unwrap_or(body);
    match stream_type {
        StreamType::Auto => auto::split(body, emit),
        StreamType::Lines => lines(body, emit),
        StreamType::Json => values(body, emit),
        StreamType::JsonArray => array::documents(body, envelope, emit),
    }
}

/// All entries of a body at once; see [`for_each_entry`].
pub fn split<'a>(body: &'a str, stream_type: StreamType, envelope: &[String]) -> Vec<Entry<'a>> {
    let mut entries = Vec::new();
    for_each_entry(body, stream_type, envelope, &mut |entry| entries.push(entry));
    entries
}

fn lines<'a>(body: &'a str, emit: &mut dyn FnMut(Entry<'a>)) {
    for line in body.split('\n').map(str::trim).filter(|line| !line.is_empty()) {
        emit(Entry::read(line));
    }
}

fn values<'a>(body: &'a str, emit: &mut dyn FnMut(Entry<'a>)) {
    let mut budget = body.len() * REREADS_MAX;
    let mut at = skip_blanks(body, 0);
    while at < body.len() {
        let (entry, end) = next_value(body, at, &mut budget);
        emit(entry);
        at = skip_blanks(body, end);
    }
}

/// The entry at `at`, which is no blank, and where it ends. `budget`: bytes that may be read again.
fn next_value<'a>(body: &'a str, at: usize, budget: &mut usize) -> (Entry<'a>, usize) {
    let rest = &body[at..];
    let mut stream = serde_json::Deserializer::from_str(rest).into_iter::<Json>();
    let error = match stream.next() {
        Some(Ok(Json(value))) => {
            let len = stream.byte_offset();
            let text = &rest[..len];
            let parsed = if len > ENTRY_BYTES_MAX { Err(too_large()) } else { Ok(value) };
            return (Entry { text, parsed }, at + len);
        }
        Some(Err(error)) => error,
        None => return (Entry::broken(rest.trim_end(), "not valid JSON: nothing here"), body.len()),
    };
    // The value may be well formed and yet not readable (too deep, half a surrogate pair): then
    // exactly this value is the broken entry.
    let len = raw_len(rest).unwrap_or_else(|| resume_at(rest, &error, budget));
    (Entry::broken(rest[..len].trim_end(), invalid_json(&error)), at + len)
}

/// Length of the well-formed JSON value at the begin of `text`.
fn raw_len(text: &str) -> Option<usize> {
    let mut stream = serde_json::Deserializer::from_str(text).into_iter::<serde::de::IgnoredAny>();
    match stream.next() {
        Some(Ok(_)) => Some(stream.byte_offset()),
        _ => None,
    }
}

/// Where reading goes on behind an entry that broke with `error`: at a line that begins with `{` or `[`.
fn resume_at(text: &str, error: &serde_json::Error, budget: &mut usize) -> usize {
    let mut from = 0;
    for _ in 1..error.line() {
        from = text[from..].find('\n').map_or(text.len(), |at| from + at + 1);
    }
    from = (from + error.column()).min(text.len());
    if from <= *budget {
        *budget -= from;
        from = 0;
    }
    let bytes = text.as_bytes();
    while let Some(newline) = bytes[from..].iter().position(|&byte| byte == b'\n') {
        from += newline + 1;
        if matches!(bytes.get(from), Some(b'{' | b'[')) {
            return from;
        }
    }
    text.len()
}

fn skip_blanks(body: &str, at: usize) -> usize {
    body.len() - body[at..].trim_start().len()
}

fn invalid_json(error: &serde_json::Error) -> String {
    format!("not valid JSON: {error}")
}

fn too_large() -> String {
    format!("the entry is larger than {} MiB", ENTRY_BYTES_MAX >> 20)
}
