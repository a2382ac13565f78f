//! Counts that survive restarts: added up per group and written in the group's transaction, so that a
//! replayed batch counts nothing twice.

use std::collections::BTreeMap;

use store::CounterAdd;

/// Adds up counters of one group; keys are (metric name, Prometheus labels such as `source="okta"`).
#[derive(Clone, Debug, Default)]
pub(crate) struct Counters(BTreeMap<(&'static str, String), u64>);

impl Counters {
    /// Adds to one series; zero adds nothing.
    pub(crate) fn add(&mut self, name: &'static str, labels: &[(&str, &str)], count: u64) {
        if count == 0 {
            return;
        }
        *self.0.entry((name, render_labels(labels))).or_default() += count;
    }

    /// Adds other counters to these.
    pub(crate) fn absorb(&mut self, other: Counters) {
        for (series, count) in other.0 {
            *self.0.entry(series).or_default() += count;
        }
    }

    /// The rows to write.
    pub(crate) fn into_rows(self) -> Vec<CounterAdd> {
        self.0.into_iter().map(|((name, label), add)| CounterAdd { name, label, add }).collect()
    }
}

/// Labels in Prometheus text form, values escaped.
fn render_labels(labels: &[(&str, &str)]) -> String {
    labels
        .iter()
        .map(|(name, value)| {
            let value = model::metric::escape_label(value);
            format!("{name}=\"{value}\"")
        })
        .collect::<Vec<_>>()
        .join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_escaped_and_counts_add_up() {
        let mut counters = Counters::default();
        counters.add("a", &[("source", "x\"y")], 1);
        counters.add("a", &[("source", "x\"y")], 2);
        counters.add("a", &[], 0);
        let rows = counters.into_rows();
        assert_eq!(rows.len(), 1);
        assert_eq!((rows[0].label.as_str(), rows[0].add), ("source=\"x\\\"y\"", 3));
    }
}
