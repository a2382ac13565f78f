//! Some hundred alerts that follow each other, and a summary that tells whether it is worth while to look at them.

use model::{AlertStatus, AlertType, Severity};

use super::bloom::Bloom;

/// Alerts in one chunk.
pub(super) const CHUNK_ALERTS_MAX: usize = 1_024;

/// What is known of one alert; texts are in the chunk, names are numbers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    pub(super) created_at: i64,
    pub(super) event_count: i64,
    /// Hash of what groups its events.
    pub(super) dedup: u64,
    pub(super) detection: u32,
    pub(super) assignee: u32,
    pub(super) log_types: u32,
    pub(super) source_ids: u32,
    pub(super) alert_type: AlertType,
    pub(super) severity: Severity,
    pub(super) status: AlertStatus,
    /// Where its id begins; the text to search follows it.
    pub(super) id_start: u32,
    pub(super) id_end: u32,
    pub(super) text_end: u32,
}

/// Alerts in order of creation time and id.
#[derive(Clone, Debug, Default)]
pub(super) struct Chunk {
    pub(super) entries: Vec<Entry>,
    /// Id and searched text of each, in the order in which they came.
    pub(super) texts: String,
    pub(super) summary: Summary,
}

impl Chunk {
    pub(super) fn id(&self, entry: &Entry) -> &str {
        self.slice(entry.id_start, entry.id_end)
    }

    pub(super) fn text(&self, entry: &Entry) -> &str {
        self.slice(entry.id_end, entry.text_end)
    }

    fn slice(&self, start: u32, end: u32) -> &str {
        self.texts.get(start as usize..end as usize).unwrap_or_default()
    }

    /// Creation time and id of an alert.
    pub(super) fn key(&self, entry: &Entry) -> (i64, &str) {
        (entry.created_at, self.id(entry))
    }

    /// The key of the last alert.
    pub(super) fn last_key(&self) -> Option<(i64, &str)> {
        self.entries.last().map(|entry| self.key(entry))
    }

    /// Where an alert is, or belongs.
    pub(super) fn position(&self, created_at: i64, id: &str) -> Result<usize, usize> {
        self.entries.binary_search_by(|entry| self.key(entry).cmp(&(created_at, id)))
    }

    /// Puts an alert in place of the one at `position`, or between it and the one before.
    pub(super) fn put(&mut self, position: Result<usize, usize>, entry: Entry, id: &str, text: &str) {
        self.summary.add(&entry);
        match position {
            // Id and searched text of an alert never change.
            Ok(position) => {
                let Entry { id_start, id_end, text_end, .. } = self.entries[position];
                self.entries[position] = Entry { id_start, id_end, text_end, ..entry };
            }
            Err(position) => {
                let id_start = self.end();
                self.texts.push_str(id);
                let id_end = self.end();
                self.texts.push_str(text);
                let entry = Entry { id_start, id_end, text_end: self.end(), ..entry };
                self.entries.insert(position, entry);
            }
        }
    }

    /// A chunk of these alerts has at most some hundred megabytes of text.
    fn end(&self) -> u32 {
        u32::try_from(self.texts.len()).unwrap_or(u32::MAX)
    }

    /// The second half of the alerts, which this chunk has no longer.
    pub(super) fn split(&mut self) -> Chunk {
        let old = std::mem::take(self);
        let mut second = Chunk::default();
        let middle = old.entries.len() / 2;
        for (number, entry) in old.entries.iter().enumerate() {
            let half = if number < middle { &mut *self } else { &mut second };
            half.put(Err(half.entries.len()), *entry, old.id(entry), old.text(entry));
        }
        second
    }
}

/// What some alert of a chunk has. It only grows: a value that has changed since may still be in it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Summary {
    pub(super) types: u32,
    pub(super) severities: u32,
    pub(super) statuses: u32,
    pub(super) detections: Bits,
    pub(super) assignees: Bits,
    pub(super) log_types: Bits,
    pub(super) source_ids: Bits,
    pub(super) dedups: Bloom,
    pub(super) event_count_min: i64,
    pub(super) event_count_max: i64,
}

impl Default for Summary {
    fn default() -> Self {
        Self {
            types: 0,
            severities: 0,
            statuses: 0,
            detections: Bits::default(),
            assignees: Bits::default(),
            log_types: Bits::default(),
            source_ids: Bits::default(),
            dedups: Bloom::default(),
            event_count_min: i64::MAX,
            event_count_max: i64::MIN,
        }
    }
}

impl Summary {
    fn add(&mut self, entry: &Entry) {
        self.types |= 1 << entry.alert_type as u32;
        self.severities |= 1 << entry.severity as u32;
        self.statuses |= 1 << entry.status as u32;
        self.detections.add(entry.detection);
        self.assignees.add(entry.assignee);
        self.log_types.add(entry.log_types);
        self.source_ids.add(entry.source_ids);
        self.dedups.add(entry.dedup);
        self.event_count_min = self.event_count_min.min(entry.event_count);
        self.event_count_max = self.event_count_max.max(entry.event_count);
    }
}

/// A set of numbers that may say yes where it should say no.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Bits([u64; 4]);

impl Bits {
    pub(super) fn add(&mut self, number: u32) {
        self.0[(number as usize / 64) % 4] |= 1 << (number % 64);
    }

    /// Whether both may have a number in common.
    pub(super) fn meets(&self, other: &Bits) -> bool {
        self.0.iter().zip(&other.0).any(|(own, other)| own & other != 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_say_no_only_when_it_is_so() {
        let set = |numbers: &[u32]| {
            let mut bits = Bits::default();
            numbers.iter().for_each(|number| bits.add(*number));
            bits
        };
        assert!(!set(&[1, 70, 200]).meets(&set(&[2, 71, 201])));
        assert!(set(&[1, 70, 200]).meets(&set(&[200])));
        assert!(set(&[300]).meets(&set(&[300])));
        assert!(!Bits::default().meets(&set(&[0])));
    }
}
