//! Finding out how a body is made up. Source: `ingest.md` §1.4, Auto.

use serde::de::IgnoredAny;

use super::array::{documents, elements, members};
use super::{Entry, lines, raw_len, skip_blanks, values};

/// Members that hold the records of an envelope document, as AWS, Azure and others name them.
const ENVELOPE_KEYS: [&str; 5] = ["Records", "records", "value", "events", "logs"];

pub(super) fn split<'a>(body: &'a str, emit: &mut dyn FnMut(Entry<'a>)) {
    let start = skip_blanks(body, 0);
    let text = &body[start..];
    match text.as_bytes().first() {
        Some(b'[') if holds_json(&text[1..]) => documents(text, &[], emit),
        Some(b'{') => split_objects(text, emit),
        Some(_) => lines(text, emit),
        None => {}
    }
}

/// Whether what follows a `[` looks like elements, and not like a log line such as `[error] …`.
fn holds_json(text: &str) -> bool {
    matches!(text.trim_start().as_bytes().first(), Some(b'{' | b'[' | b'"' | b']') | None)
}

fn split_objects<'a>(text: &'a str, emit: &mut dyn FnMut(Entry<'a>)) {
    let is_only_value = raw_len(text).is_some_and(|len| text[len..].trim_start().is_empty());
    if is_only_value {
        match envelope_array(text.trim_end()) {
            Some(array) => {
                elements(array, 0, &mut 0, emit);
            }
            None => emit(Entry::read(text.trim_end())),
        }
        return;
    }
    let mut all_lines = text.split('\n');
    let is_value = |line: &str| serde_json::from_str::<IgnoredAny>(line).is_ok();
    let first_is_value = all_lines.next().is_some_and(is_value);
    if first_is_value || all_lines.next().is_some_and(|line| line.starts_with('{')) {
        lines(text, emit);
    } else {
        values(text, emit);
    }
}

/// The array of records when the document is an envelope: a member with one of the known names that
/// holds an array of objects. An empty array counts only when it is all that the document holds, so
/// that an event with an empty list of that name is not taken for an envelope.
fn envelope_array(document: &str) -> Option<&str> {
    let members = members(document)?;
    let is_alone = members.len() == 1;
    ENVELOPE_KEYS.into_iter().find_map(|name| {
        let (_, text) = members.iter().rev().find(|(key, _)| key == name)?;
        let content = text.strip_prefix('[')?.trim_start();
        (content.starts_with('{') || (is_alone && content.starts_with(']'))).then_some(*text)
    })
}
