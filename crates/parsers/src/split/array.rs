//! Entries that are elements of a JSON array, perhaps inside a document.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::{Entry, REREADS_MAX, next_value, resume_at, skip_blanks};

/// Arrays, or documents with an array at `envelope`, one after the other.
pub(super) fn documents<'a>(body: &'a str, envelope: &[String], emit: &mut dyn FnMut(Entry<'a>)) {
    let mut budget = body.len() * REREADS_MAX;
    let mut at = skip_blanks(body, 0);
    while at < body.len() {
        at = if envelope.is_empty() && body[at..].starts_with('[') {
            elements(body, at, &mut budget, emit)
        } else {
            document(body, at, envelope, &mut budget, emit)
        };
        at = skip_blanks(body, at);
    }
}

/// Emits the elements of the array that begins at `at` and answers where it ends. Commas may be
/// missing or too many. A broken element costs itself and what follows up to the next line that begins
/// with `{` (the array goes on there) or `[` (a new array begins there).
pub(super) fn elements<'a>(
    body: &'a str,
    at: usize,
    budget: &mut usize,
    emit: &mut dyn FnMut(Entry<'a>),
) -> usize {
    let start = at;
    let mut at = at + 1;
    let mut is_broken = false;
    loop {
        at = body.len() - body[at..].trim_start_matches(|c: char| c == ',' || c.is_whitespace()).len();
        match body.as_bytes().get(at) {
            Some(b']') => return at + 1,
            Some(_) => {
                let (entry, end) = next_value(body, at, budget);
                is_broken = entry.parsed.is_err();
                emit(entry);
                at = end;
                if is_broken && body[at..].starts_with('[') {
                    return at;
                }
            }
            None if is_broken => return at,
            None => {
                emit(Entry::broken(
                    &body[start..=start],
                    "not valid JSON: the array is not closed; elements may be missing",
                ));
                return at;
            }
        }
    }
}

/// Emits the elements of the array at `envelope` inside the document at `at`; answers where it ends.
fn document<'a>(
    body: &'a str,
    at: usize,
    envelope: &[String],
    budget: &mut usize,
    emit: &mut dyn FnMut(Entry<'a>),
) -> usize {
    let rest = &body[at..];
    let mut stream = serde_json::Deserializer::from_str(rest).into_iter::<&RawValue>();
    let raw = match stream.next() {
        Some(Ok(raw)) => raw.get(),
        Some(Err(error)) => {
            let len = resume_at(rest, &error, budget);
            emit(Entry::broken(rest[..len].trim_end(), super::invalid_json(&error)));
            return at + len;
        }
        None => return body.len(),
    };
    let end = at + stream.byte_offset();
    match envelope.iter().try_fold(raw, |document, step| member(document, step)) {
        Some(array) if array.starts_with('[') => {
            elements(array, 0, budget, emit);
        }
        Some("null") => {}
        _ => {
            let place = if envelope.is_empty() {
                "the document".to_owned()
            } else {
                format!("`{}`", envelope.join("."))
            };
            emit(Entry::broken(
                raw,
                format!("{place} is not a JSON array, as the stream type `json_array` wants"),
            ));
        }
    }
    end
}

/// The text of one member of an object, or of one element of an array.
fn member<'a>(document: &'a str, step: &str) -> Option<&'a str> {
    if document.starts_with('[') {
        let elements: Vec<&RawValue> = serde_json::from_str(document).ok()?;
        return elements.get(step.parse::<usize>().ok()?).map(|raw| raw.get());
    }
    members(document)?.into_iter().rev().find(|(key, _)| key == step).map(|(_, text)| text)
}

/// Keys and texts of the members of an object; `None` when the text is none.
pub(super) fn members(document: &str) -> Option<Vec<(String, &str)>> {
    serde_json::from_str::<Members<'_>>(document).ok().map(|members| members.0)
}

struct Members<'a>(Vec<(String, &'a str)>);

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct MembersVisitor;

        impl<'de> Visitor<'de> for MembersVisitor {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Members<'de>, A::Error> {
                let mut members = Vec::new();
                while let Some((key, value)) = access.next_entry::<String, &RawValue>()? {
                    members.push((key, value.get()));
                }
                Ok(Members(members))
            }
        }

        deserializer.deserialize_map(MembersVisitor)
    }
}
