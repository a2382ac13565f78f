//! A filter, as it is compared with entries.

use memchr::memmem::Finder;
use model::{AlertType, LogType, LogTypeAccess};

use super::chunk::{Bits, Chunk, Entry, Summary};
use super::table::AllNames;
use crate::request::AlertFilter;
use crate::rows::{count, nanos};

/// What an alert must have.
pub(super) struct Wanted {
    pub(super) created_after: i64,
    pub(super) created_before: i64,
    types: u32,
    severities: u32,
    statuses: u32,
    event_count_min: i64,
    event_count_max: i64,
    detection: Option<u32>,
    dedup: Option<u64>,
    assignees: Option<Numbers>,
    log_types: Option<Numbers>,
    source_ids: Option<Numbers>,
    name: Option<Finder<'static>>,
}

/// Some numbers, none of them twice.
struct Numbers {
    sorted: Vec<u32>,
    bits: Bits,
}

impl Numbers {
    fn new(sorted: Vec<u32>) -> Option<Self> {
        let mut bits = Bits::default();
        sorted.iter().for_each(|number| bits.add(*number));
        (!sorted.is_empty()).then_some(Self { sorted, bits })
    }

    fn has(&self, number: u32) -> bool {
        self.sorted.binary_search(&number).is_ok()
    }
}

impl Wanted {
    /// Reads a filter; `None` when no alert can pass it.
    pub(super) fn of(filter: &AlertFilter, names: &AllNames) -> Option<Wanted> {
        let AlertFilter {
            class,
            types,
            created_after,
            created_before,
            detection_id,
            dedup,
            name_contains,
            source_ids,
            log_types,
            statuses,
            severities,
            assignees,
            event_count_min,
            event_count_max,
            visible,
            sort: _,
        } = filter;
        let is_of_class = |word: &AlertType| class.is_none_or(|class| word.class() == class);
        let is_of_type = |word: &AlertType| types.is_empty() || types.contains(word);
        let types = AlertType::ALL.iter().filter(|word| is_of_class(word) && is_of_type(word));
        let assignees = assignees.iter().filter_map(|name| names.assignees.find(name));
        // Several words of one list are few; the numbers of their lists are found once for each filter.
        let has_log_type = |list: &str| {
            (log_types.is_empty() || names_one_of(list, log_types.iter().map(model::LogType::as_str)))
                && may_be_seen(visible, list)
        };
        let has_source = |list: &str| names_one_of(list, source_ids.iter().map(model::SourceId::as_str));
        Some(Wanted {
            created_after: created_after.map_or(i64::MIN, nanos),
            created_before: created_before.map_or(i64::MAX, nanos),
            types: types.fold(0, |mask, word| mask | 1 << *word as u32),
            severities: mask(severities.iter().map(|word| *word as u32)),
            statuses: mask(statuses.iter().map(|word| *word as u32)),
            event_count_min: event_count_min.map_or(i64::MIN, count),
            event_count_max: event_count_max.map_or(i64::MAX, count),
            detection: match detection_id {
                Some(id) => Some(names.detections.find(id.as_str())?),
                None => None,
            },
            dedup: dedup.as_ref().map(|text| names.dedups.of(text)),
            assignees: match filter.assignees.is_empty() {
                true => None,
                false => Some(Numbers::new(sorted(assignees))?),
            },
            log_types: match log_types.is_empty() && visible.is_all() {
                true => None,
                false => Some(Numbers::new(names.log_types.filter(has_log_type))?),
            },
            source_ids: match source_ids.is_empty() {
                true => None,
                false => Some(Numbers::new(names.source_ids.filter(has_source))?),
            },
            name: name_contains
                .as_ref()
                .filter(|name| !name.is_empty())
                .map(|name| Finder::new(name.to_lowercase().as_bytes()).into_owned()),
        })
    }

    /// Whether an alert of the chunk may pass.
    pub(super) fn may_be_in(&self, chunk: &Chunk) -> bool {
        let Summary {
            types,
            severities,
            statuses,
            detections,
            assignees,
            log_types,
            source_ids,
            dedups,
            event_count_min,
            event_count_max,
        } = &chunk.summary;
        let meets = |numbers: &Option<Numbers>, bits: &Bits| {
            numbers.as_ref().is_none_or(|numbers| numbers.bits.meets(bits))
        };
        let has_detection = self.detection.is_none_or(|number| {
            let mut bits = Bits::default();
            bits.add(number);
            bits.meets(detections)
        });
        self.types & types != 0
            && self.severities & severities != 0
            && self.statuses & statuses != 0
            && self.event_count_min <= *event_count_max
            && self.event_count_max >= *event_count_min
            && has_detection
            && self.dedup.is_none_or(|hash| dedups.may_have(hash))
            && meets(&self.assignees, assignees)
            && meets(&self.log_types, log_types)
            && meets(&self.source_ids, source_ids)
            && self.name.as_ref().is_none_or(|name| name.find(chunk.texts.as_bytes()).is_some())
    }

    /// Whether an alert passes, its time aside.
    pub(super) fn takes(&self, chunk: &Chunk, entry: &Entry) -> bool {
        let has = |numbers: &Option<Numbers>, number: u32| {
            numbers.as_ref().is_none_or(|numbers| numbers.has(number))
        };
        self.types & (1 << entry.alert_type as u32) != 0
            && self.severities & (1 << entry.severity as u32) != 0
            && self.statuses & (1 << entry.status as u32) != 0
            && entry.event_count >= self.event_count_min
            && entry.event_count <= self.event_count_max
            && self.detection.is_none_or(|number| number == entry.detection)
            && self.dedup.is_none_or(|hash| hash == entry.dedup)
            && has(&self.assignees, entry.assignee)
            && has(&self.log_types, entry.log_types)
            && has(&self.source_ids, entry.source_ids)
            && self.name.as_ref().is_none_or(|name| name.find(chunk.text(entry).as_bytes()).is_some())
    }
}

/// A bit for each word; no words, no restriction.
fn mask(words: impl Iterator<Item = u32>) -> u32 {
    match words.fold(0, |mask, word| mask | 1 << word) {
        0 => u32::MAX,
        mask => mask,
    }
}

fn sorted(numbers: impl Iterator<Item = u32>) -> Vec<u32> {
    let mut numbers: Vec<u32> = numbers.collect();
    numbers.sort_unstable();
    numbers
}

/// Whether who has this access may see what is about a JSON list of log types.
fn may_be_seen(access: &LogTypeAccess, list: &str) -> bool {
    // What cannot be read is not shown to anybody who may not see everything.
    let held: Option<Vec<LogType>> = serde_json::from_str(list).ok();
    access.is_all() || held.is_some_and(|held| access.permits_all(&held))
}

/// Whether a JSON list of texts has one of the words.
fn names_one_of<'a>(list: &str, mut words: impl Iterator<Item = &'a str>) -> bool {
    let held: Vec<String> = serde_json::from_str(list).unwrap_or_default();
    words.any(|word| held.iter().any(|held| held == word))
}
