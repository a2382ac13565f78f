//! Figures out of what was measured: percentiles of times, medians and ranges of runs.

use std::time::Duration;

/// Times of one run, sorted.
pub(crate) struct Times(Vec<Duration>);

impl Times {
    pub(crate) fn new(mut times: Vec<Duration>) -> Times {
        times.sort_unstable();
        Times(times)
    }

    /// The `part`-th percentile in milliseconds; 0 when nothing was measured.
    pub(crate) fn percentile_ms(&self, part: usize) -> f64 {
        let last = self.0.len().saturating_sub(1);
        ms(self.0.get((self.0.len() * part / 100).min(last)))
    }

    fn max_ms(&self) -> f64 {
        ms(self.0.last())
    }
}

impl std::fmt::Display for Times {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (p50, p99) = (self.percentile_ms(50), self.percentile_ms(99));
        write!(f, "p50 {p50:.1} ms, p99 {p99:.1} ms, max {:.1} ms", self.max_ms())
    }
}

fn ms(time: Option<&Duration>) -> f64 {
    time.map_or(0.0, |time| time.as_secs_f64() * 1e3)
}

/// One figure of several runs.
#[derive(Clone, Debug, Default)]
pub(crate) struct Runs(Vec<f64>);

impl Runs {
    pub(crate) fn push(&mut self, figure: f64) {
        self.0.push(figure);
        self.0.sort_by(f64::total_cmp);
    }

    /// The middle one; of an even number the upper of the two. Not a number before the first run.
    pub(crate) fn median(&self) -> f64 {
        self.0.get(self.0.len() / 2).copied().unwrap_or(f64::NAN)
    }

    /// `12.3 ms (10.1–15.0)`: median, unit, range.
    pub(crate) fn cell(&self, unit: &str, digits: usize) -> String {
        let (Some(least), Some(most)) = (self.0.first(), self.0.last()) else {
            return "–".to_owned();
        };
        let space = if unit.is_empty() { "" } else { " " };
        format!("{:.digits$}{space}{unit} ({least:.digits$}–{most:.digits$})", self.median())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn times(count: u64) -> Times {
        Times::new((1..=count).rev().map(Duration::from_millis).collect())
    }

    #[test]
    fn percentiles_are_of_the_sorted_times() {
        assert_eq!(times(100).percentile_ms(50), 51.0);
        assert_eq!(times(100).percentile_ms(99), 100.0);
        assert_eq!(times(1000).percentile_ms(99), 991.0);
        assert_eq!(times(1).percentile_ms(99), 1.0);
        assert_eq!(times(0).percentile_ms(99), 0.0);
        assert_eq!(times(2).to_string(), "p50 2.0 ms, p99 2.0 ms, max 2.0 ms");
    }

    #[test]
    fn the_median_is_the_middle_run_and_stands_with_its_range() {
        let mut runs = Runs::default();
        assert!(runs.median().is_nan());
        assert_eq!(runs.cell("ms", 1), "–");
        for figure in [30.0, 10.0, 21.04] {
            runs.push(figure);
        }
        assert_eq!(runs.median(), 21.04);
        assert_eq!(runs.cell("ms", 1), "21.0 ms (10.0–30.0)");
        assert_eq!(runs.cell("", 0), "21 (10–30)");
    }
}
