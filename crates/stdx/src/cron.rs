//! Schedules written as cron expressions of five fields, in UTC.

use std::fmt;
use std::str::FromStr;

use croner::parser::{CronParser, Seconds, Year};
use jiff::Timestamp;
use jiff::tz::Offset;

/// Five fields (minute, hour, day of month, month, day of week), in UTC.
#[derive(Clone, PartialEq, Eq)]
pub struct Cron {
    text: String,
    schedule: croner::Cron,
}

impl Cron {
    /// The first moment after `at` at which the schedule is due; `None` when there is none.
    pub fn next_after(&self, at: Timestamp) -> Option<Timestamp> {
        let civil = Offset::UTC.to_datetime(at);
        let next = self.schedule.find_next_occurrence(&civil, false).ok()?;
        Offset::UTC.to_timestamp(next).ok()
    }

    /// The expression as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl fmt::Debug for Cron {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Cron").field(&self.text).finish()
    }
}

/// A text that is no cron expression.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no cron expression of five fields: {reason}")]
pub struct CronError {
    /// What was written.
    pub text: String,
    /// What is wrong with it.
    pub reason: String,
}

impl FromStr for Cron {
    type Err = CronError;

    fn from_str(text: &str) -> Result<Self, CronError> {
        let refuse = |reason: String| CronError { text: text.to_owned(), reason };
        let field_count = text.split_whitespace().count();
        if field_count != 5 {
            return Err(refuse(format!("it has {field_count} fields")));
        }
        let parser = CronParser::builder().seconds(Seconds::Disallowed).year(Year::Disallowed).build();
        match parser.parse(text) {
            Ok(schedule) => Ok(Cron { text: text.to_owned(), schedule }),
            Err(error) => Err(refuse(error.to_string())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn next(cron: &str, at: &str) -> Option<String> {
        let cron: Cron = cron.parse().unwrap();
        cron.next_after(at.parse().unwrap()).map(|at| at.to_string())
    }

    #[test]
    fn the_next_moment_is_after_and_never_at_the_given_one() {
        assert_eq!(next("0 * * * *", "2026-01-01T10:00:00Z").as_deref(), Some("2026-01-01T11:00:00Z"));
        assert_eq!(next("0 * * * *", "2026-01-01T09:59:59.5Z").as_deref(), Some("2026-01-01T10:00:00Z"));
        assert_eq!(next("30 2 * * 1", "2026-01-01T00:00:00Z").as_deref(), Some("2026-01-05T02:30:00Z"));
        assert_eq!(next("*/15 9-17 * * *", "2026-01-01T17:45:00Z").as_deref(), Some("2026-01-02T09:00:00Z"));
    }

    #[test]
    fn a_day_that_never_comes_is_never_due() {
        assert_eq!(next("0 0 30 2 *", "2026-01-01T00:00:00Z"), None);
    }

    #[test]
    fn anything_but_five_fields_is_refused_with_its_reason() {
        for text in ["", "* * * *", "0 * * * * *", "60 * * * *", "@daily", "a b c d e"] {
            let error = text.parse::<Cron>().unwrap_err();
            assert!(error.to_string().starts_with(&format!("`{text}` is no cron expression")), "{error}");
        }
    }
}
