//! When to try again, when to give up, and how fast to go: arithmetic only, time and jitter come in.

use std::str::FromStr;
use std::time::Duration;

use destinations::{Pace, Verdict};
use jiff::Timestamp;
use model::Trigger;
use stdx::Backoff;

/// Step and number of retries of the profile `panther`. Source: `destinations.md` §3.1.
const PANTHER_STEP: Duration = Duration::from_secs(15 * 60);
const PANTHER_ATTEMPTS_MAX: u64 = 11;

/// How one destination is served.
#[derive(Clone, Debug, PartialEq)]
pub struct DeliveryPolicy {
    /// When failed deliveries are tried again.
    pub retry: RetryPolicy,
    /// Longest time for one attempt.
    pub timeout: Duration,
    /// Attempts under way at a time, at least 1.
    pub concurrency: usize,
    /// How fast attempts begin; `None` = as fast as they can.
    pub rate: Option<Rate>,
}

impl DeliveryPolicy {
    /// This policy at the vendor's own pace, where the vendor has one.
    pub fn at_pace(self, pace: Pace) -> DeliveryPolicy {
        DeliveryPolicy {
            concurrency: pace.concurrency.unwrap_or(self.concurrency),
            rate: pace.rate.map(|(count, per)| Rate { count, per }).or(self.rate),
            ..self
        }
    }
}

impl Default for DeliveryPolicy {
    /// 15 s, 4 at a time, no rate.
    fn default() -> Self {
        DeliveryPolicy {
            retry: RetryPolicy::default(),
            timeout: Duration::from_secs(15),
            concurrency: 4,
            rate: None,
        }
    }
}

/// When failed deliveries are tried again, and when they are given up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RetryPolicy {
    /// The shape of the schedule.
    pub profile: Profile,
    /// Attempts in all; 0 = until `age_max` (with `panther`: 11, the first and ten retries).
    pub attempts_max: u64,
    /// Profile `default`: delay after the first failure.
    pub first_delay: Duration,
    /// Profile `default`: no delay is longer.
    pub delay_max: Duration,
    /// No attempt begins later than this after the delivery was made.
    pub age_max: Duration,
}

impl Default for RetryPolicy {
    /// From 1 s to 15 min for 72 h.
    fn default() -> Self {
        RetryPolicy {
            profile: Profile::Default,
            attempts_max: 0,
            first_delay: Duration::from_secs(1),
            delay_max: Duration::from_secs(15 * 60),
            age_max: Duration::from_secs(72 * 3600),
        }
    }
}

/// The shape of a retry schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// Doubling delays with jitter; `Retry-After` wins.
    Default,
    /// Every 15 minutes, ten retries; a longer `Retry-After` wins.
    Panther,
}

/// So many attempts in so much time: a token bucket of depth one, so attempts are evenly spaced and no stretch
/// of that time ever sees more. What comes faster waits in the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// Attempts, at least 1.
    pub count: u32,
    /// Time.
    pub per: Duration,
}

/// A rate that is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no rate; write for example `60/min`, `1/s`, `1000/h` or `none`")]
pub struct RateError {
    /// What was read.
    pub text: String,
}

impl Rate {
    /// Time between the beginnings of two attempts.
    pub fn interval(self) -> Duration {
        self.per / self.count.max(1)
    }

    /// Reads `60/min`, `1/s`, `1000/h`; `none` is `None`.
    ///
    /// # Errors
    ///
    /// For anything else, zero included.
    pub fn parse(text: &str) -> Result<Option<Rate>, RateError> {
        if text == "none" { Ok(None) } else { text.parse().map(Some) }
    }
}

impl FromStr for Rate {
    type Err = RateError;

    fn from_str(text: &str) -> Result<Self, RateError> {
        let error = || RateError { text: text.to_owned() };
        let (count, unit) = text.split_once('/').ok_or_else(error)?;
        let count = count.trim().parse().ok().filter(|count| *count > 0).ok_or_else(error)?;
        let seconds = match unit.trim() {
            "s" | "sec" | "second" => 1,
            "m" | "min" | "minute" => 60,
            "h" | "hour" => 3600,
            "d" | "day" => 86400,
            _ => return Err(error()),
        };
        Ok(Rate { count, per: Duration::from_secs(seconds) })
    }
}

/// What becomes of a delivery after an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Delivered,
    RetryAt(Timestamp),
    /// Given up: the verdict was permanent, or attempts or age are used up.
    Failed,
}

/// A delivery at the end of an attempt.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Progress {
    /// What made the delivery; a person's retry is one attempt and no more.
    pub(crate) trigger: Trigger,
    pub(crate) created_at: Timestamp,
    /// Attempts so far, this one included.
    pub(crate) attempt_count: u64,
    pub(crate) now: Timestamp,
}

/// Whether it is too late for an attempt. What a person asks for is never too late.
pub(crate) fn is_expired(
    policy: &RetryPolicy,
    trigger: Trigger,
    created_at: Timestamp,
    now: Timestamp,
) -> bool {
    let end = created_at.checked_add(policy.age_max).unwrap_or(Timestamp::MAX);
    trigger != Trigger::Retry && now > end
}

/// The step after an attempt; `jitter` is in [0, 1].
pub(crate) fn next_step(policy: &RetryPolicy, verdict: &Verdict, progress: Progress, jitter: f64) -> Step {
    let after = match verdict {
        Verdict::Delivered { .. } => return Step::Delivered,
        Verdict::GiveUp { .. } => return Step::Failed,
        Verdict::Retry { after, .. } => *after,
    };
    let attempts_max = match (policy.attempts_max, policy.profile) {
        (0, Profile::Default) => u64::MAX,
        (0, Profile::Panther) => PANTHER_ATTEMPTS_MAX,
        (attempts_max, _) => attempts_max,
    };
    if progress.trigger == Trigger::Retry || progress.attempt_count >= attempts_max {
        return Step::Failed;
    }
    let delay = match policy.profile {
        Profile::Default => after.unwrap_or_else(|| {
            let backoff = Backoff { first_delay: policy.first_delay, delay_max: policy.delay_max };
            backoff.delay(u32::try_from(progress.attempt_count).unwrap_or(u32::MAX), jitter)
        }),
        Profile::Panther => PANTHER_STEP.max(after.unwrap_or_default()),
    };
    let (Ok(at), Ok(end)) =
        (progress.now.checked_add(delay), progress.created_at.checked_add(policy.age_max))
    else {
        return Step::Failed;
    };
    if at > end { Step::Failed } else { Step::RetryAt(at) }
}

#[cfg(test)]
mod tests {
    use destinations::Reason;
    use jiff::SignedDuration;
    use rstest::rstest;

    use super::*;

    const NOW: &str = "2026-03-01T10:00:00Z";

    fn step(policy: &RetryPolicy, after: Option<u64>, attempt_count: u64, age_secs: i64) -> Option<i64> {
        let now: Timestamp = NOW.parse().unwrap();
        let verdict = Verdict::Retry { reason: Reason::Unavailable, after: after.map(Duration::from_secs) };
        let created_at = now - SignedDuration::from_secs(age_secs);
        let progress = Progress { trigger: Trigger::Auto, created_at, attempt_count, now };
        match next_step(policy, &verdict, progress, 1.0) {
            Step::RetryAt(at) => Some(at.duration_since(now).as_secs()),
            Step::Failed => None,
            Step::Delivered => panic!("a retry is no success"),
        }
    }

    #[rstest]
    #[case::first(None, 1, 0, Some(1))]
    #[case::doubling(None, 5, 60, Some(16))]
    #[case::longest(None, 40, 3600, Some(900))]
    #[case::retry_after_wins_longer(Some(120), 1, 0, Some(120))]
    #[case::retry_after_wins_shorter(Some(2), 11, 0, Some(2))]
    #[case::last_by_age(None, 300, 72 * 3600 - 900, Some(900))]
    #[case::too_old(None, 300, 72 * 3600 - 899, None)]
    fn default_profile(
        #[case] after: Option<u64>,
        #[case] attempts: u64,
        #[case] age: i64,
        #[case] delay: Option<i64>,
    ) {
        assert_eq!(step(&RetryPolicy::default(), after, attempts, age), delay);
    }

    #[rstest]
    #[case::first(None, 1, Some(900))]
    #[case::tenth_retry(None, 10, Some(900))]
    #[case::used_up(None, 11, None)]
    #[case::longer_retry_after(Some(1800), 1, Some(1800))]
    #[case::shorter_retry_after(Some(2), 1, Some(900))]
    fn panther_profile(#[case] after: Option<u64>, #[case] attempts: u64, #[case] delay: Option<i64>) {
        let policy = RetryPolicy { profile: Profile::Panther, ..RetryPolicy::default() };
        assert_eq!(step(&policy, after, attempts, 0), delay);
    }

    #[test]
    fn too_late_is_after_age_max_unless_a_person_asks() {
        let policy = RetryPolicy::default();
        let now: Timestamp = NOW.parse().unwrap();
        let made = |hours: i64| now - SignedDuration::from_hours(hours);
        assert!(!is_expired(&policy, Trigger::Auto, made(72), now));
        assert!(is_expired(&policy, Trigger::Auto, made(73), now));
        assert!(is_expired(&policy, Trigger::Manual, made(73), now));
        assert!(!is_expired(&policy, Trigger::Retry, made(1000), now));
    }

    #[test]
    fn the_vendors_pace_stands_above_the_default() {
        let pace = |kind| DeliveryPolicy::default().at_pace(destinations::find_type(kind).unwrap().pace);
        let rate = |count, secs| Some(Rate { count, per: Duration::from_secs(secs) });
        assert_eq!((pace("discord").rate, pace("discord").concurrency), (rate(30, 60), 4));
        assert_eq!((pace("slack").rate, pace("slack_bot").rate), (rate(1, 1), rate(1, 1)));
        assert_eq!((pace("pagerduty").rate, pace("msteams").rate), (rate(100, 60), rate(30, 60)));
        assert_eq!((pace("github").concurrency, pace("asana").concurrency), (1, 4));
        assert_eq!(pace("webhook"), DeliveryPolicy::default());
    }

    #[test]
    fn attempts_max_counts_every_attempt() {
        let policy = RetryPolicy { attempts_max: 3, ..RetryPolicy::default() };
        assert_eq!(step(&policy, None, 2, 0), Some(2));
        assert_eq!(step(&policy, None, 3, 0), None);
    }

    #[test]
    fn jitter_takes_up_to_half() {
        let now: Timestamp = NOW.parse().unwrap();
        let verdict = Verdict::Retry { reason: Reason::Network, after: None };
        let progress = Progress { trigger: Trigger::Manual, created_at: now, attempt_count: 1, now };
        let at = now + SignedDuration::from_millis(500);
        assert_eq!(next_step(&RetryPolicy::default(), &verdict, progress, 0.0), Step::RetryAt(at));
    }

    #[test]
    fn a_person_asks_for_one_attempt_only() {
        let now: Timestamp = NOW.parse().unwrap();
        let verdict = Verdict::Retry { reason: Reason::Network, after: None };
        let progress = Progress { trigger: Trigger::Retry, created_at: now, attempt_count: 1, now };
        assert_eq!(next_step(&RetryPolicy::default(), &verdict, progress, 0.0), Step::Failed);
    }

    #[rstest]
    #[case("60/min", 1000)]
    #[case("1/s", 1000)]
    #[case("1000/h", 3600)]
    #[case("2/day", 43_200_000)]
    fn rates(#[case] text: &str, #[case] interval_ms: u128) {
        assert_eq!(Rate::parse(text).unwrap().unwrap().interval().as_millis(), interval_ms);
    }

    #[rstest]
    #[case("0/min")]
    #[case("60")]
    #[case("60/week")]
    #[case("fast")]
    fn rates_that_are_none(#[case] text: &str) {
        assert!(Rate::parse(text).is_err());
        assert_eq!(Rate::parse("none"), Ok(None));
    }
}
