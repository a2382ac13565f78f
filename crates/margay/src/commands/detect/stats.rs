//! Counts and times of a run, for `--stats`.

use std::path::Path;
use std::time::Duration;

use serde::Serialize;

use super::record::Record;
use crate::failure::Failure;

/// What is written; its shape is fixed.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Stats {
    events: u64,
    rules: usize,
    matches: u64,
    errors: u64,
    cpu_seconds: f64,
    wall_seconds: f64,
    native_rules: usize,
    python_rules: usize,
}

impl Stats {
    pub(super) fn new(native_rules: usize, python_rules: usize) -> Stats {
        Stats {
            events: 0,
            rules: native_rules + python_rules,
            matches: 0,
            errors: 0,
            cpu_seconds: 0.0,
            wall_seconds: 0.0,
            native_rules,
            python_rules,
        }
    }

    pub(super) fn count_events(&mut self, count: usize) {
        self.events += u64::try_from(count).expect("a count of events fits");
    }

    pub(super) fn count(&mut self, record: &Record<'_>) {
        if record.error.is_some() {
            self.errors += 1;
        } else {
            self.matches += 1;
        }
    }

    /// Writes the file. The workers must have ended: only children that ended are part of the times.
    pub(super) fn write(&mut self, file: &Path, wall: Duration) -> Result<(), Failure> {
        let what = || format!("cannot write `{}`", file.display());
        self.cpu_seconds =
            cpu_seconds().map_err(|error| Failure::operation("cannot read the used time", &error))?;
        self.wall_seconds = wall.as_secs_f64();
        let mut text = serde_json::to_string(self).expect("counts and times are JSON");
        text.push('\n');
        std::fs::write(file, text).map_err(|error| Failure::operation(&what(), &error))
    }
}

/// User and system time of this process and of its children that ended, from `/proc/self/stat`
/// (proc(5): `utime`, `stime`, `cutime`, `cstime`).
fn cpu_seconds() -> std::io::Result<f64> {
    let text = std::fs::read_to_string("/proc/self/stat")?;
    let ticks = ticks(&text).ok_or(std::io::ErrorKind::InvalidData)?;
    #[expect(clippy::cast_precision_loss, reason = "ticks of a process are far below 2⁵³")]
    Ok(ticks as f64 / rustix::param::clock_ticks_per_second() as f64)
}

/// The sum of the four fields; the name of the program, which may hold anything, ends at the last `)`.
fn ticks(stat: &str) -> Option<u64> {
    const FIRST_AFTER_NAME: usize = 3;
    const UTIME: usize = 14;
    let (_, rest) = stat.rsplit_once(')')?;
    let times: Vec<u64> = rest
        .split_whitespace()
        .skip(UTIME - FIRST_AFTER_NAME)
        .take(4)
        .map(|field| field.parse().ok())
        .collect::<Option<_>>()?;
    (times.len() == 4).then(|| times.iter().sum())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_found_behind_a_hostile_name() {
        let stat = "1 (a ) b 9 9) S 0 1 1 0 -1 4194560 1 2 3 4 100 20 3 4 20 0 2 0 1";
        assert_eq!(ticks(stat), Some(127));
        assert!(cpu_seconds().unwrap() >= 0.0);
    }
}
