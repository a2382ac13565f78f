//! Short texts of strangers and operators: `Retry-After`, times, rules of `egress.allow`.

use std::time::Duration;

use destinations::AllowRule;
use jiff::Timestamp;

pub(crate) const WORDS: &[&str] = &[
    "Wed, 21 Oct 2015 07:28:00 GMT",
    "Sun Nov  6 08:49:37 1994",
    "120",
    "-1",
    "+5",
    "18446744073709551615",
    "[::1]:9000",
    "10.0.0.0/8:443",
    "::ffff:10.0.0.1/128",
    "siem.internal:65535",
    "2024-02-29T23:59:60.999999999Z",
    "9999-12-31T23:59:59.999999999Z",
    "-009999-01-02T01:59:59Z",
];

const CAP: Duration = Duration::from_secs(3600);

/// Reads the text as each of them: no delay beyond its cap, times that read back as they were written, rules
/// that print as they are read.
pub fn settings(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    for line in text.lines() {
        retry_after(line);
        times(line);
        allow_rule(line);
    }
}

fn retry_after(text: &str) {
    let now: Timestamp = "2026-01-01T00:00:00Z".parse().expect("a legal time");
    for now in [now, Timestamp::MIN, Timestamp::MAX] {
        let delay = stdx::retry_after(text, now, CAP);
        assert!(delay.is_none_or(|delay| delay <= CAP), "`{text}` is a delay of {delay:?}");
    }
    if let Ok(seconds) = text.parse::<u32>() {
        let expected = Duration::from_secs(seconds.into()).min(CAP);
        assert_eq!(stdx::retry_after(text, now, CAP), Some(expected));
    }
}

fn times(text: &str) {
    let Ok(at) = text.parse::<Timestamp>() else { return };
    let aws = model::format_aws_date_time(at);
    let lake = model::format_lake_time(at);
    // Years before 1 are outside of both formats; nothing but a panic would be wrong.
    if at.as_second() >= -62_135_596_800 {
        assert_eq!(aws.parse::<Timestamp>().ok(), Some(at), "`{aws}` does not read back");
        assert_eq!(format!("{}Z", lake.replace(' ', "T")).parse::<Timestamp>().ok(), Some(at), "`{lake}`");
    }
}

fn allow_rule(text: &str) {
    match text.parse::<AllowRule>() {
        Ok(rule) => {
            let shown = rule.to_string();
            assert_eq!(shown.parse::<AllowRule>().as_ref(), Ok(&rule), "`{text}` prints as `{shown}`");
            assert!(shown.is_ascii(), "`{text}` opens `{shown}`");
        }
        Err(error) => assert_eq!(error.text, text),
    }
}
