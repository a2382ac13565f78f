//! Enrichment tables that rules ask for with `event.lookup`. None is served yet, and that is said.

use std::collections::BTreeSet;
use std::sync::Mutex;

use model::metric;
use stdx::truncate_generated;
use tracing::warn;

/// Tables that are named; what is asked of further ones is counted together.
const TABLES_NAMED_MAX: usize = 100;
/// Longest name of a table, in characters.
const NAME_CHARS_MAX: usize = 200;
/// Stands for every table beyond [`TABLES_NAMED_MAX`].
const OTHERS: &str = "(others)";

/// Where `event.lookup` finds rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LookupSource {
    /// In the event itself, under `_mocked_lookup_data_`: unit tests and offline runs.
    #[default]
    Event,
    /// In enrichment tables. None is served yet: nothing is found, each table is named once in the log, and
    /// lookups are counted.
    Tables,
}

/// The tables that were asked for and are not there.
#[derive(Default)]
pub(crate) struct Lookups {
    missing: Mutex<BTreeSet<String>>,
}

impl Lookups {
    /// A rule looked something up in a table that is not there.
    pub(crate) fn note_missing(&self, table: &str) {
        let table = truncate_generated(table, NAME_CHARS_MAX);
        let mut missing = self.missing.lock().expect("no holder of this lock panics");
        let label = if missing.contains(&table) {
            table
        } else if missing.len() < TABLES_NAMED_MAX {
            warn!(
                table,
                "a rule looks something up in a table that does not exist: `event.lookup` finds nothing; \
                 enrichment tables come with a later part"
            );
            missing.insert(table.clone());
            table
        } else {
            OTHERS.to_owned()
        };
        metrics::counter!(metric::LOOKUPS_MISSED, "table" => label).increment(1);
    }

    #[cfg(test)]
    fn named(&self) -> Vec<String> {
        self.missing.lock().unwrap().iter().cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_named_once_and_not_without_end() {
        let lookups = Lookups::default();
        for number in 0..TABLES_NAMED_MAX * 2 {
            lookups.note_missing(&format!("{number:03}"));
            lookups.note_missing("000");
        }
        let named = lookups.named();
        assert_eq!((named.len(), named[0].as_str()), (TABLES_NAMED_MAX, "000"));
        let lookups = Lookups::default();
        lookups.note_missing(&"x".repeat(5000));
        assert_eq!(lookups.named()[0].chars().count(), NAME_CHARS_MAX);
    }
}
