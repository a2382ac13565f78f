//! Takes detections out of service that end their workers again and again, and lets them back in.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use jiff::Timestamp;
use model::{RuleId, metric};
use stdx::Clock;

use crate::program::Program;

/// Deaths within [`WINDOW`] that bench a rule.
pub const DEATHS_MAX: usize = 5;
/// How long a death counts.
const WINDOW: Duration = Duration::from_secs(10 * 60);
/// The first bench; each further one is twice as long.
const FIRST: Duration = Duration::from_secs(10 * 60);
/// The longest bench.
const LONGEST: Duration = Duration::from_secs(6 * 60 * 60);

/// A rule was taken out of service; said once per bench.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Benched {
    /// The rule.
    pub rule_id: RuleId,
    /// When.
    pub at: Timestamp,
    /// When it is tried again.
    pub until: Timestamp,
    /// How many workers it ended within ten minutes.
    pub deaths: usize,
    /// What the last one was.
    pub last_error: String,
}

struct Record {
    version: String,
    deaths: VecDeque<Timestamp>,
    until: Option<Timestamp>,
    /// How often it was benched in a row.
    times: u32,
}

/// The bench of a host. Time is the clock's.
pub(crate) struct Bench {
    clock: Arc<dyn Clock>,
    records: Mutex<HashMap<RuleId, Record>>,
}

impl Bench {
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Bench {
        Bench { clock, records: Mutex::default() }
    }

    /// What time it is.
    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Notes that a rule ended a worker; answers when that benches it.
    pub(crate) fn note_death(&self, rule_id: &RuleId, version: &str, error: &str) -> Option<Benched> {
        let now = self.clock.now();
        let mut records = self.lock();
        let record = records.entry(rule_id.clone()).or_insert_with(|| Record {
            version: version.to_owned(),
            deaths: VecDeque::new(),
            until: None,
            times: 0,
        });
        if record.until.is_some_and(|until| now < until) {
            return None;
        }
        // A long quiet time is forgiven.
        if record.until.is_some_and(|until| is_older(until, now, LONGEST)) {
            record.times = 0;
        }
        record.deaths.retain(|&at| !is_older(at, now, WINDOW));
        record.deaths.push_back(now);
        if record.deaths.len() < DEATHS_MAX {
            return None;
        }
        let length = FIRST.saturating_mul(1 << record.times.min(10)).min(LONGEST);
        let until = now.checked_add(length).unwrap_or(Timestamp::MAX);
        let deaths = record.deaths.len();
        record.until = Some(until);
        record.times += 1;
        record.deaths.clear();
        show(&records, now);
        Some(Benched { rule_id: rule_id.clone(), at: now, until, deaths, last_error: error.to_owned() })
    }

    /// Whether a rule is out of service now.
    pub(crate) fn is_benched(&self, rule_id: &RuleId) -> bool {
        self.any_benched().is_some_and(|(records, now)| is_out(&records, rule_id, now))
    }

    /// Of some rules (by index), those that are out of service now.
    pub(crate) fn benched_of(&self, program: &Program, rules: impl Iterator<Item = u32>) -> Vec<u32> {
        let Some((records, now)) = self.any_benched() else { return Vec::new() };
        rules.filter(|&rule| is_out(&records, &program.rule(rule).id, now)).collect()
    }

    /// Lets a rule back in at once; whether it was out.
    pub(crate) fn release(&self, rule_id: &RuleId) -> bool {
        let now = self.clock.now();
        let mut records = self.lock();
        let was_out = is_out(&records, rule_id, now);
        records.remove(rule_id);
        show(&records, now);
        was_out
    }

    /// Forgets rules that are gone or have new content.
    pub(crate) fn reload(&self, program: &Program) {
        let now = self.clock.now();
        let mut records = self.lock();
        records.retain(|id, record| {
            program.index_of(id).is_some_and(|rule| program.rule(rule).version == record.version)
        });
        show(&records, now);
    }

    fn any_benched(&self) -> Option<(MutexGuard<'_, HashMap<RuleId, Record>>, Timestamp)> {
        let records = self.lock();
        if records.is_empty() { None } else { Some((records, self.clock.now())) }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<RuleId, Record>> {
        self.records.lock().expect("no holder of this lock panics")
    }
}

fn is_out(records: &HashMap<RuleId, Record>, rule_id: &RuleId, now: Timestamp) -> bool {
    records.get(rule_id).and_then(|record| record.until).is_some_and(|until| now < until)
}

fn is_older(at: Timestamp, now: Timestamp, than: Duration) -> bool {
    at.checked_add(than).is_ok_and(|end| end <= now)
}

fn show(records: &HashMap<RuleId, Record>, now: Timestamp) {
    let out = records.values().filter(|record| record.until.is_some_and(|until| now < until)).count();
    metrics::gauge!(metric::DETECTIONS_BENCHED).set(f64::from(u32::try_from(out).unwrap_or(u32::MAX)));
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;
    use stdx::ManualClock;

    use super::*;

    fn at_start() -> (ManualClock, Bench) {
        let clock = ManualClock::new("2026-01-01T00:00:00Z".parse().unwrap());
        (clock.clone(), Bench::new(Arc::new(clock)))
    }

    fn die(bench: &Bench, times: usize) -> Option<Benched> {
        (0..times).filter_map(|_| bench.note_death(&"R".into(), "1", "TimeoutError")).last()
    }

    #[test]
    fn five_deaths_within_ten_minutes_bench_a_rule() {
        let (_clock, bench) = at_start();
        assert_eq!(die(&bench, 4), None);
        assert!(!bench.is_benched(&"R".into()));
        let benched = die(&bench, 1).unwrap();
        assert_eq!(benched.deaths, 5);
        assert!(bench.is_benched(&"R".into()));
    }

    #[test]
    fn deaths_far_apart_do_not() {
        let (clock, bench) = at_start();
        for _ in 0..20 {
            assert_eq!(die(&bench, 1), None);
            clock.advance(SignedDuration::from_mins(3));
        }
    }

    #[test]
    fn each_bench_is_twice_as_long_up_to_six_hours() {
        let (clock, bench) = at_start();
        let mut minutes = Vec::new();
        for _ in 0..8 {
            let benched = die(&bench, 5).unwrap();
            let length = benched.until.duration_since(benched.at);
            minutes.push(length.as_mins());
            clock.advance(length);
            assert!(!bench.is_benched(&"R".into()));
        }
        assert_eq!(minutes, [10, 20, 40, 80, 160, 320, 360, 360]);
    }

    #[test]
    fn a_person_can_end_a_bench() {
        let (_clock, bench) = at_start();
        assert!(die(&bench, 5).is_some());
        assert!(bench.release(&"R".into()));
        assert!(!bench.is_benched(&"R".into()));
        assert!(!bench.release(&"R".into()));
    }
}
