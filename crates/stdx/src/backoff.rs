//! When to try again.

use std::time::Duration;

use jiff::Timestamp;

/// Exponential back-off with full jitter in [½, 1].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    /// Delay after the first failure.
    pub first_delay: Duration,
    /// No delay is longer.
    pub delay_max: Duration,
}

impl Backoff {
    /// The delay after the `failure_count`-th failure in a row (from 1):
    /// (½ + `jitter`/2) · min(`delay_max`, `first_delay` · 2ⁿ⁻¹), with `jitter` in [0, 1].
    pub fn delay(&self, failure_count: u32, jitter: f64) -> Duration {
        let doublings = failure_count.saturating_sub(1).min(63);
        let factor = 1_u64 << doublings;
        let full = u32::try_from(factor)
            .ok()
            .and_then(|factor| self.first_delay.checked_mul(factor))
            .map_or(self.delay_max, |delay| delay.min(self.delay_max));
        full.mul_f64(0.5 + jitter.clamp(0.0, 1.0) / 2.0)
    }
}

/// Reads a `Retry-After` header (RFC 9110 §10.2.3): seconds, or an HTTP date relative to `now`.
/// `None` for anything else; a date in the past is zero; the result is at most `cap`.
pub fn retry_after(header: &str, now: Timestamp, cap: Duration) -> Option<Duration> {
    let header = header.trim();
    if let Ok(seconds) = header.parse::<u64>() {
        return Some(Duration::from_secs(seconds).min(cap));
    }
    let date = jiff::fmt::rfc2822::parse(header).ok()?.timestamp();
    let wait = date.duration_since(now);
    Some(Duration::try_from(wait).unwrap_or(Duration::ZERO).min(cap))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);

    #[test]
    fn delays_double_up_to_the_limit() {
        let backoff = Backoff { first_delay: Duration::from_secs(1), delay_max: Duration::from_secs(900) };
        assert_eq!(backoff.delay(1, 1.0), Duration::from_secs(1));
        assert_eq!(backoff.delay(1, 0.0), Duration::from_millis(500));
        assert_eq!(backoff.delay(4, 1.0), Duration::from_secs(8));
        assert_eq!(backoff.delay(11, 1.0), Duration::from_secs(900));
        assert_eq!(backoff.delay(u32::MAX, 0.0), Duration::from_secs(450));
    }

    #[test]
    fn retry_after_reads_seconds_and_dates() {
        let now: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        assert_eq!(retry_after("120", now, HOUR), Some(Duration::from_secs(120)));
        assert_eq!(retry_after("99999", now, HOUR), Some(HOUR));
        assert_eq!(retry_after("Thu, 01 Jan 2026 00:00:30 GMT", now, HOUR), Some(Duration::from_secs(30)));
        assert_eq!(retry_after("Wed, 31 Dec 2025 00:00:00 GMT", now, HOUR), Some(Duration::ZERO));
        assert_eq!(retry_after("soon", now, HOUR), None);
    }
}
