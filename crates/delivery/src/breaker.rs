//! The circuit breaker of a destination: after many failures in a row it pauses, and one attempt at a time
//! finds out whether the destination is back. A destination that says how long to wait is left alone so long,
//! by all its deliveries. Time comes in; nothing is lost, what waits stays in the table.

use std::time::Duration;

use jiff::Timestamp;
use stdx::Backoff;

/// So many failures in a row pause a destination. Source: `destinations.md` §3.3.
pub(crate) const FAILURES_TO_PAUSE: u64 = 10;
/// Time from the pause to the first probe; it doubles with every probe that fails.
const PROBE_DELAY_FIRST: Duration = Duration::from_secs(5);
/// Longest time between two probes, so that a destination that is back is noticed soon.
const PROBE_DELAY_MAX: Duration = Duration::from_secs(5 * 60);

/// Whether an attempt may begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Gate {
    /// As many as concurrency and rate allow.
    Open,
    /// One, as a probe.
    Probe,
    /// None.
    Closed,
}

/// What an attempt was for the breaker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// One of many.
    Ordinary,
    /// The one that finds out.
    Probe,
}

/// Counts failures in a row and remembers a pause.
#[derive(Debug, Default)]
pub(crate) struct Breaker {
    failure_count: u64,
    pause: Option<Pause>,
    /// What the destination said: nothing before this.
    quiet_until: Option<Timestamp>,
}

#[derive(Debug)]
struct Pause {
    probe_at: Timestamp,
    probes_failed: u32,
    is_probing: bool,
}

impl Breaker {
    /// What may begin at `now`.
    pub(crate) fn gate(&self, now: Timestamp) -> Gate {
        if self.quiet_until(now).is_some() {
            return Gate::Closed;
        }
        match &self.pause {
            None => Gate::Open,
            Some(pause) if !pause.is_probing && pause.probe_at <= now => Gate::Probe,
            Some(_) => Gate::Closed,
        }
    }

    /// Whether the destination is paused.
    pub(crate) fn is_paused(&self) -> bool {
        self.pause.is_some()
    }

    /// Until when the destination wants nothing; `None` when that is over or it never said so.
    pub(crate) fn quiet_until(&self, now: Timestamp) -> Option<Timestamp> {
        self.quiet_until.filter(|until| now < *until)
    }

    /// Whether what is due waits in the table: it is paused, or wants nothing for now.
    pub(crate) fn holds_back(&self, now: Timestamp) -> bool {
        self.is_paused() || self.quiet_until(now).is_some()
    }

    /// When the next probe may begin; `None` while not paused or while one is under way.
    pub(crate) fn next_probe_at(&self) -> Option<Timestamp> {
        self.pause.as_ref().filter(|pause| !pause.is_probing).map(|pause| pause.probe_at)
    }

    /// The destination asked everybody to wait; when attempts may begin again.
    pub(crate) fn hush(&mut self, now: Timestamp, wait: Duration) -> Timestamp {
        let until = now.checked_add(wait).unwrap_or(Timestamp::MAX);
        *self.quiet_until.insert(self.quiet_until.map_or(until, |earlier| earlier.max(until)))
    }

    /// What it asked for is over: its settings are new, or it took something.
    pub(crate) fn unhush(&mut self) {
        self.quiet_until = None;
    }

    /// An attempt begins; its role.
    pub(crate) fn begin(&mut self) -> Role {
        match &mut self.pause {
            None => Role::Ordinary,
            Some(pause) => {
                pause.is_probing = true;
                Role::Probe
            }
        }
    }

    /// The destination took something; whether a pause ends with it.
    pub(crate) fn succeeded(&mut self) -> bool {
        self.failure_count = 0;
        self.pause.take().is_some()
    }

    /// An attempt failed. `after` is what the destination asked to wait, `delay_max` the longest delay of its
    /// retry settings, `jitter` is in [0, 1]. Answers the time of the next probe when this failure set one.
    pub(crate) fn failed(
        &mut self,
        role: Role,
        now: Timestamp,
        after: Option<Duration>,
        delay_max: Duration,
        jitter: f64,
    ) -> Option<Timestamp> {
        self.failure_count += 1;
        let probes_failed = match (&self.pause, role) {
            (None, _) if self.failure_count < FAILURES_TO_PAUSE => return None,
            (None, _) => 0,
            // Begun before the pause: it tells nothing new.
            (Some(_), Role::Ordinary) => return None,
            (Some(pause), Role::Probe) => pause.probes_failed.saturating_add(1),
        };
        let backoff = Backoff {
            first_delay: PROBE_DELAY_FIRST.min(delay_max),
            delay_max: PROBE_DELAY_MAX.min(delay_max),
        };
        let delay = backoff.delay(probes_failed.saturating_add(1), jitter).max(after.unwrap_or_default());
        let probe_at = now.checked_add(delay).unwrap_or(Timestamp::MAX);
        self.pause = Some(Pause { probe_at, probes_failed, is_probing: false });
        Some(probe_at)
    }

    /// A probe ended without telling anything: the next attempt is the probe.
    pub(crate) fn probe_was_lost(&mut self) {
        if let Some(pause) = &mut self.pause {
            pause.is_probing = false;
        }
    }

    /// Somebody changed something or wants to know: the next probe is due at `now`.
    pub(crate) fn probe_at_once(&mut self, now: Timestamp) {
        if let Some(pause) = &mut self.pause {
            pause.probe_at = pause.probe_at.min(now);
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    const LONG: Duration = Duration::from_secs(900);

    fn second(second: i64) -> Timestamp {
        "2026-03-01T10:00:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_secs(second)
    }

    #[test]
    fn what_a_destination_asks_for_closes_the_gate_for_all() {
        let mut breaker = Breaker::default();
        assert_eq!(breaker.hush(second(0), Duration::from_secs(60)), second(60));
        assert_eq!(breaker.hush(second(1), Duration::from_secs(5)), second(60), "the longest counts");
        assert_eq!((breaker.gate(second(59)), breaker.holds_back(second(59))), (Gate::Closed, true));
        assert!(!breaker.is_paused());
        breaker.probe_at_once(second(59));
        assert_eq!(breaker.gate(second(59)), Gate::Closed, "also for a person");
        assert_eq!((breaker.gate(second(60)), breaker.holds_back(second(60))), (Gate::Open, false));

        let mut breaker = paused();
        breaker.hush(second(0), Duration::from_secs(60));
        assert_eq!((breaker.gate(second(59)), breaker.gate(second(60))), (Gate::Closed, Gate::Probe));
        breaker.unhush();
        assert_eq!(breaker.gate(second(5)), Gate::Probe);
    }

    fn paused() -> Breaker {
        let mut breaker = Breaker::default();
        for _ in 1..FAILURES_TO_PAUSE {
            assert_eq!(breaker.failed(Role::Ordinary, second(0), None, LONG, 1.0), None);
            assert_eq!(breaker.gate(second(0)), Gate::Open);
        }
        assert_eq!(breaker.failed(Role::Ordinary, second(0), None, LONG, 1.0), Some(second(5)));
        breaker
    }

    #[test]
    fn ten_failures_in_a_row_pause() {
        let breaker = paused();
        assert_eq!(breaker.gate(second(4)), Gate::Closed);
        assert_eq!(breaker.gate(second(5)), Gate::Probe);
    }

    #[test]
    fn a_success_among_failures_starts_the_count_anew() {
        let mut breaker = Breaker::default();
        for _ in 0..3 {
            for _ in 1..FAILURES_TO_PAUSE {
                breaker.failed(Role::Ordinary, second(0), None, LONG, 1.0);
            }
            assert!(!breaker.succeeded());
        }
        assert!(!breaker.is_paused());
    }

    #[test]
    fn one_probe_at_a_time_backing_off_to_five_minutes() {
        let mut breaker = paused();
        let mut now = second(5);
        let mut delays = Vec::new();
        for _ in 0..8 {
            assert_eq!(breaker.begin(), Role::Probe);
            assert_eq!(breaker.gate(now), Gate::Closed, "one is under way");
            let next = breaker.failed(Role::Probe, now, None, LONG, 1.0).unwrap();
            delays.push(next.duration_since(now).as_secs());
            assert_eq!(breaker.next_probe_at(), Some(next));
            now = next;
        }
        assert_eq!(delays, [10, 20, 40, 80, 160, 300, 300, 300]);
        assert_eq!(breaker.begin(), Role::Probe);
        assert!(breaker.succeeded());
        assert_eq!(breaker.gate(now), Gate::Open);
        assert_eq!(breaker.begin(), Role::Ordinary);
    }

    #[test]
    fn stragglers_of_before_the_pause_change_no_probe_but_may_end_it() {
        let mut breaker = paused();
        assert_eq!(breaker.failed(Role::Ordinary, second(3), None, LONG, 1.0), None);
        assert_eq!(breaker.next_probe_at(), Some(second(5)));
        assert!(breaker.succeeded());
    }

    #[test]
    fn the_destination_may_ask_for_more_time_and_settings_for_less() {
        let mut breaker = paused();
        breaker.begin();
        let asked = Some(Duration::from_secs(3600));
        assert_eq!(breaker.failed(Role::Probe, second(10), asked, LONG, 1.0), Some(second(3610)));
        breaker.probe_at_once(second(20));
        assert_eq!(breaker.gate(second(20)), Gate::Probe);
        breaker.begin();
        let short = Duration::from_secs(2);
        assert_eq!(breaker.failed(Role::Probe, second(20), None, short, 1.0), Some(second(22)));
    }

    #[test]
    fn a_lost_probe_is_made_again() {
        let mut breaker = paused();
        breaker.begin();
        breaker.probe_was_lost();
        assert_eq!(breaker.gate(second(5)), Gate::Probe);
    }
}
