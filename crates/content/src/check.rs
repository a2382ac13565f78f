//! Checks a mapping against the table of its keys: required, known, of the right type, legal.

use std::collections::BTreeMap;

use model::Severity;

use crate::codes;
use crate::keys::{Choice, Kind, SCHEDULE, Shape};
use crate::report::Report;
use crate::yaml::{Mapping, Node, Span, Yaml};

/// Characters that no id and no name may hold.
pub(crate) const ILLEGAL_IN_NAMES: [char; 5] = ['<', '>', '&', '"', '%'];

/// Reports everything in which `map` differs from `shape`; `path` leads to it, empty at the top.
pub(crate) fn check_shape(
    map: &Mapping,
    shape: &'static Shape,
    path: &str,
    place: Span,
    report: &mut Report<'_>,
) {
    for key in shape.keys {
        if key.required && !map.contains_key(key.name) {
            let message = format!("the key `{}` is missing", join(path, key.name));
            report.add(&codes::MISSING_KEY, place, message);
        }
    }
    for choice in shape.choices {
        check_choice(map, choice, path, place, report);
    }
    for (name, field) in map {
        let path = join(path, name);
        match shape.keys.iter().find(|key| key.name == name) {
            Some(key) => check_value(&field.value, key.kind, &path, report),
            None => {
                let known = shape.keys.iter().map(|key| key.name);
                let hint = near_miss(name, known).map(|near| format!("did you mean `{near}`?"));
                let hint =
                    hint.unwrap_or_else(|| "remove it; no key of this name has a meaning here".to_owned());
                report.add_with_hint(
                    &codes::UNKNOWN_KEY,
                    field.key,
                    format!("unknown key `{path}`"),
                    Some(hint),
                );
            }
        }
    }
    if std::ptr::eq(shape, &SCHEDULE) {
        check_schedule(map, path, report);
    }
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

fn check_choice(map: &Mapping, choice: &Choice, path: &str, place: Span, report: &mut Report<'_>) {
    let given: Vec<&str> = choice.names.iter().copied().filter(|name| map.contains_key(*name)).collect();
    let names = choice.names.iter().map(|name| format!("`{}`", join(path, name)));
    let names = names.collect::<Vec<_>>().join(", ");
    if given.is_empty() {
        report.add(&codes::CHOICE, place, format!("one of {names} is needed"));
    } else if choice.exactly_one && given.len() > 1 {
        let place = map[given[1]].key;
        report.add(&codes::CHOICE, place, format!("only one of {names} may be given"));
    }
}

fn check_value(node: &Node, kind: Kind, path: &str, report: &mut Report<'_>) {
    match kind {
        Kind::Any => {}
        Kind::Text => {
            expect_text(node, path, report);
        }
        Kind::Name => check_name(node, path, report),
        Kind::PromptName => check_prompt_name(node, path, report),
        Kind::Bool => expect(matches!(node.value, Yaml::Bool(_)), node, path, "true or false", report),
        Kind::False => expect(matches!(node.value, Yaml::Bool(false)), node, path, "false", report),
        Kind::Int => expect(matches!(node.value, Yaml::Int(_)), node, path, "an integer", report),
        Kind::TextOrInt => {
            let fits = matches!(node.value, Yaml::Int(_) | Yaml::Text(_));
            expect(fits, node, path, "a text or an integer", report);
        }
        Kind::Texts => {
            expect_texts(node, path, report);
        }
        Kind::UniqueTexts { case } => check_unique(node, case, path, report),
        Kind::Severity => check_severity(node, path, report),
        Kind::Reports => check_reports(node, path, report),
        Kind::Word(words) => check_word(node, words, path, report),
        Kind::Object(shape) => match node.as_map() {
            Some(map) => check_shape(map, shape, path, node.span, report),
            None => expect(false, node, path, "a mapping", report),
        },
        Kind::Objects(shape) => check_objects(node, shape, path, report),
    }
}

pub(crate) fn expect(fits: bool, node: &Node, path: &str, wanted: &str, report: &mut Report<'_>) {
    if fits {
        return;
    }
    let message = format!("`{path}` must be {wanted}, not {}", node.kind_name());
    let hint = match (&node.value, wanted) {
        (Yaml::Bool(_) | Yaml::Int(_) | Yaml::Float(_), "a text") => Some("put it in quotes".to_owned()),
        (Yaml::Null, _) => Some("give it a value or remove the key".to_owned()),
        (Yaml::Text(word), "true or false") if is_old_boolean(word) => {
            Some(format!("`{word}` is a text here; write `true` or `false`"))
        }
        _ => None,
    };
    report.add_with_hint(&codes::WRONG_TYPE, node.span, message, hint);
}

fn is_old_boolean(word: &str) -> bool {
    ["yes", "no", "on", "off", "true", "false"].iter().any(|known| word.eq_ignore_ascii_case(known))
}

fn expect_text<'n>(node: &'n Node, path: &str, report: &mut Report<'_>) -> Option<&'n str> {
    let text = node.as_text();
    expect(text.is_some(), node, path, "a text", report);
    text
}

/// The texts of a list and their places; entries that are no texts are reported and left out.
fn expect_texts<'n>(node: &'n Node, path: &str, report: &mut Report<'_>) -> Vec<(&'n str, Span)> {
    let Some(entries) = node.as_list() else {
        expect(false, node, path, "a list of texts", report);
        return Vec::new();
    };
    let mut texts = Vec::new();
    for (index, entry) in entries.iter().enumerate() {
        let text = expect_text(entry, &format!("{path}[{index}]"), report);
        texts.extend(text.map(|text| (text, entry.span)));
    }
    texts
}

fn check_name(node: &Node, path: &str, report: &mut Report<'_>) {
    let Some(name) = expect_text(node, path, report) else { return };
    if name.is_empty() {
        report.add(&codes::ILLEGAL_NAME, node.span, format!("`{path}` must not be empty"));
    } else if let Some(illegal) = name.chars().find(|c| ILLEGAL_IN_NAMES.contains(c)) {
        let message = format!("`{path}` must not hold `{illegal}`");
        let hint = Some("the characters `<`, `>`, `&`, `\"` and `%` are not allowed in names".to_owned());
        report.add_with_hint(&codes::ILLEGAL_NAME, node.span, message, hint);
    }
}

fn check_prompt_name(node: &Node, path: &str, report: &mut Report<'_>) {
    let Some(name) = expect_text(node, path, report) else { return };
    let starts_well = name.starts_with(|c: char| c.is_ascii_lowercase());
    let goes_on_well = name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    if !(starts_well && goes_on_well) {
        let message = format!("`{path}` must be lower-case letters, digits and `_`, beginning with a letter");
        report.add(&codes::ILLEGAL_NAME, node.span, message);
    }
}

fn check_unique(node: &Node, case: bool, path: &str, report: &mut Report<'_>) {
    let mut seen: BTreeMap<String, u32> = BTreeMap::new();
    for (text, span) in expect_texts(node, path, report) {
        let key = if case { text.to_owned() } else { text.to_lowercase() };
        if let Some(line) = seen.get(&key) {
            let message = format!("`{path}` holds `{text}` twice, first in line {line}");
            report.add_with_hint(
                &codes::DUPLICATE_ENTRY,
                span,
                message,
                Some("remove one of them".to_owned()),
            );
        } else {
            seen.insert(key, span.line);
        }
    }
}

/// Reads `Info` or `INFO`; other letter cases are refused as in the reference product.
pub(crate) fn parse_severity(word: &str) -> Option<Severity> {
    let severity = Severity::parse(word)?;
    let upper = severity.as_str();
    let is_title_case = word.starts_with(&upper[..1]) && word[1..] == upper[1..].to_lowercase();
    (word == upper || is_title_case).then_some(severity)
}

fn check_severity(node: &Node, path: &str, report: &mut Report<'_>) {
    let Some(word) = expect_text(node, path, report) else { return };
    if parse_severity(word).is_none() {
        let words = ["Info", "Low", "Medium", "High", "Critical"];
        report_word(node, word, &words, path, report);
    }
}

fn check_word(node: &Node, words: &[&'static str], path: &str, report: &mut Report<'_>) {
    let Some(word) = expect_text(node, path, report) else { return };
    if !words.contains(&word) {
        report_word(node, word, words, path, report);
    }
}

fn report_word(node: &Node, word: &str, words: &[&'static str], path: &str, report: &mut Report<'_>) {
    let message = format!("`{path}` is `{word}`; it must be one of {}", words.join(", "));
    let hint = near_miss(word, words.iter().copied()).map(|near| format!("did you mean `{near}`?"));
    report.add_with_hint(&codes::ILLEGAL_VALUE, node.span, message, hint);
}

fn check_reports(node: &Node, path: &str, report: &mut Report<'_>) {
    let Some(map) = node.as_map() else {
        return expect(false, node, path, "a mapping of lists", report);
    };
    for (framework, field) in map {
        let path = join(path, framework);
        let Some(entries) = field.value.as_list() else {
            expect(false, &field.value, &path, "a list of texts or numbers", report);
            continue;
        };
        for entry in entries {
            let fits = matches!(entry.value, Yaml::Text(_) | Yaml::Int(_) | Yaml::Float(_));
            expect(fits, entry, &path, "a list of texts or numbers", report);
        }
    }
}

fn check_objects(node: &Node, shape: &'static Shape, path: &str, report: &mut Report<'_>) {
    let Some(entries) = node.as_list() else {
        return expect(false, node, path, "a list of mappings", report);
    };
    for (index, entry) in entries.iter().enumerate() {
        let path = format!("{path}[{index}]");
        match entry.as_map() {
            Some(map) => check_shape(map, shape, &path, entry.span, report),
            None => expect(false, entry, &path, "a mapping", report),
        }
    }
}

/// `RateMinutes` is more than 1 and at least `TimeoutMinutes`.
fn check_schedule(map: &Mapping, path: &str, report: &mut Report<'_>) {
    let number = |name: &str| match map.get(name).map(|field| &field.value.value) {
        Some(Yaml::Int(number)) => number.as_i64(),
        _ => None,
    };
    let (Some(rate), Some(field)) = (number("RateMinutes"), map.get("RateMinutes")) else { return };
    let path = join(path, "RateMinutes");
    if rate <= 1 {
        report.add(
            &codes::ILLEGAL_VALUE,
            field.value.span,
            format!("`{path}` is {rate}; it must be above 1"),
        );
    } else if number("TimeoutMinutes").is_some_and(|timeout| rate < timeout) {
        let message = format!("`{path}` is {rate}; it must not be below `TimeoutMinutes`");
        report.add(&codes::ILLEGAL_VALUE, field.value.span, message);
    }
}

/// The known word that was probably meant.
pub(crate) fn near_miss<'k>(word: &str, known: impl Iterator<Item = &'k str>) -> Option<&'k str> {
    let lower = word.to_lowercase();
    let distance_max = (word.chars().count() / 3).clamp(1, 4);
    known
        .map(|candidate| (strsim::damerau_levenshtein(&lower, &candidate.to_lowercase()), candidate))
        .filter(|(distance, _)| *distance <= distance_max)
        .min()
        .map(|(_, candidate)| candidate)
}
