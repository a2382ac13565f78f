//! The two ways in which Margay writes a point in time.

use jiff::Timestamp;
use jiff::tz::Offset;

/// Writes a time as `AWSDateTime` in UTC: `2020-10-13T03:35:24Z`, with a fraction of up to nine digits
/// only when it is not zero, without trailing zeros. Source: `destinations.md` §1.6.
pub fn format_aws_date_time(at: Timestamp) -> String {
    let civil = Offset::UTC.to_datetime(at);
    let mut text = format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}",
        civil.year(),
        civil.month(),
        civil.day(),
        civil.hour(),
        civil.minute(),
        civil.second()
    );
    if civil.subsec_nanosecond() != 0 {
        text.push_str(format!(".{:09}", civil.subsec_nanosecond()).trim_end_matches('0'));
    }
    text.push('Z');
    text
}

/// Writes a time as rules and the lake see it: `2020-10-13 03:35:24.000` in UTC; three digits of
/// fraction, six or nine only when the time is that fine. Source: `ingest.md` §1.9.
pub fn format_lake_time(at: Timestamp) -> String {
    let civil = Offset::UTC.to_datetime(at);
    let nanos = civil.subsec_nanosecond();
    let seconds = format!(
        "{:04}-{:02}-{:02} {:02}:{:02}:{:02}",
        civil.year(),
        civil.month(),
        civil.day(),
        civil.hour(),
        civil.minute(),
        civil.second()
    );
    if nanos % 1_000_000 == 0 {
        format!("{seconds}.{:03}", nanos / 1_000_000)
    } else if nanos % 1_000 == 0 {
        format!("{seconds}.{:06}", nanos / 1_000)
    } else {
        format!("{seconds}.{nanos:09}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn aws_date_time_has_a_fraction_only_when_there_is_one() {
        assert_eq!(format_aws_date_time(at("2020-10-13T03:35:24Z")), "2020-10-13T03:35:24Z");
        assert_eq!(
            format_aws_date_time(at("2022-04-26T03:17:32.099054303Z")),
            "2022-04-26T03:17:32.099054303Z"
        );
        assert_eq!(format_aws_date_time(at("2022-04-26T03:17:32.100Z")), "2022-04-26T03:17:32.1Z");
    }

    #[test]
    fn lake_time_has_three_six_or_nine_digits() {
        assert_eq!(format_lake_time(at("2020-10-13T03:35:24Z")), "2020-10-13 03:35:24.000");
        assert_eq!(format_lake_time(at("2020-10-13T03:35:24.0001Z")), "2020-10-13 03:35:24.000100");
        assert_eq!(format_lake_time(at("2020-10-13T03:35:24.000000001Z")), "2020-10-13 03:35:24.000000001");
    }
}
