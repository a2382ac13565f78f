//! Every time format, and which field is the event time.

use rstest::rstest;

use crate::{field, normalise};

const NONE: &str = "field \"f\": value is a time in none of the field's formats";

#[rstest]
#[case("rfc3339", r#""2022-04-04T17:09:17Z""#, "2022-04-04 17:09:17.000")]
#[case("rfc3339", r#""2022-04-04T17:09:17.5Z""#, "2022-04-04 17:09:17.500")]
#[case("rfc3339", r#""2022-04-04T17:09:17.123456789+02:00""#, "2022-04-04 15:09:17.123456789")]
#[case("rfc3339", r#""2022-04-04T00:09:17-05:30""#, "2022-04-04 05:39:17.000")]
#[case("rfc3339", r#""2022-04-04t17:09:17Z""#, NONE)]
#[case("rfc3339", r#""2022-04-04 17:09:17Z""#, NONE)]
#[case("rfc3339", r#""2022-04-04T17:09:17""#, NONE)]
#[case("rfc3339", r#""2022-02-30T17:09:17Z""#, NONE)]
#[case("rfc3339", r#""2022-04-04T17:09:60Z""#, NONE)]
#[case("rfc3339", r#""2022-04-04T17:09:17.1234567890Z""#, NONE)]
#[case("rfc3339", r#""2022-04-04T17:09:17.Z""#, NONE)]
#[case("rfc3339", r#""2022-04-04T17:09:17Ä0""#, NONE)]
#[case("rfc3339", r#""""#, "absent")]
#[case("rfc3339", "true", "field \"f\": expected a time, found a boolean")]
#[case("unix", "1649092157", "2022-04-04 17:09:17.000")]
#[case("unix", "1649092157.1234567", "2022-04-04 17:09:17.123456")]
#[case("unix", r#""1649092157.5""#, "2022-04-04 17:09:17.500")]
#[case("unix", "1.649092157e9", "2022-04-04 17:09:17.000")]
#[case("unix", "-0.5", "1969-12-31 23:59:59.500")]
#[case("unix", r#""soon""#, NONE)]
#[case("unix", r#"".""#, NONE)]
#[case("unix", "1e300", NONE)]
#[case("unix_ms", "1649092157123", "2022-04-04 17:09:17.123")]
#[case("unix_ms", r#""1649092157123""#, "2022-04-04 17:09:17.123")]
#[case("unix_ms", "1649092157123.5", NONE)]
#[case("unix_us", "1649092157123456", "2022-04-04 17:09:17.123456")]
#[case("unix_ns", "1649092157123456789", "2022-04-04 17:09:17.123456789")]
#[case("unix_auto", "1649092157", "2022-04-04 17:09:17.000")]
#[case("unix_auto", "1649092157123", "2022-04-04 17:09:17.123")]
#[case("unix_auto", r#""1649092157123456""#, "2022-04-04 17:09:17.123456")]
#[case("unix_auto", "1649092157123456789", "2022-04-04 17:09:17.123456789")]
#[case("unix_auto", "-5", NONE)]
#[case("cloudflare", r#""2022-04-04T17:09:17Z""#, "2022-04-04 17:09:17.000")]
#[case("cloudflare", "1649092157", "2022-04-04 17:09:17.000")]
#[case("cloudflare", "1649092157000000001", "2022-04-04 17:09:17.000000001")]
#[case("'%Y-%m-%d %H:%M:%S.%f'", r#""2022-04-04 17:09:17.569000""#, "2022-04-04 17:09:17.569")]
#[case("'%Y-%m-%d %H:%M:%S,%f %z'", r#""2022-04-04 17:09:17,5 +0200""#, "2022-04-04 15:09:17.500")]
#[case("'%d/%b/%Y:%H:%M:%S %z'", r#""04/apr/2022:17:09:17 -07:00""#, "2022-04-05 00:09:17.000")]
#[case("'%A, %d %B %Y %I:%M %p %Z'", r#""Monday, 4 April 2022 12:09 am PST""#, "2022-04-04 00:09:00.000")]
#[case("'%a %b %e %T %Y'", r#""Mon Apr  4 17:09:17 2022""#, "2022-04-04 17:09:17.000")]
#[case("'%c'", r#""Mon Apr  4 17:09:17 2022""#, "2022-04-04 17:09:17.000")]
#[case("'%D %R'", r#""04/04/69 17:09""#, "1969-04-04 17:09:00.000")]
#[case("'%x %X'", r#""04/04/68 17:09:17""#, "2068-04-04 17:09:17.000")]
#[case("'%F%n%H%M%S'", r#""2022-04-04   170917""#, "2022-04-04 17:09:17.000")]
#[case("'%Y %j'", r#""2024 366""#, "2024-12-31 00:00:00.000")]
#[case("'%Y %j'", r#""2023 366""#, NONE)]
#[case("'%s.%L'", r#""1649092157.123""#, "2022-04-04 17:09:17.123")]
#[case("'%C%y'", r#""1999""#, "1999-01-01 00:00:00.000")]
#[case("'%Y-%m-%d'", r#""2022-13-01""#, NONE)]
#[case("'%Y-%m-%d'", r#""2022-12-01 rest""#, NONE)]
#[case("'%H:%M %%'", r#""17:09 %""#, "0000-01-01 17:09:00.000")]
#[case("'layout=2006-01-02T15:04:05'", r#""2022-04-04T17:09:17""#, "2022-04-04 17:09:17.000")]
#[case("'layout=2006-01-02T15:04:05'", r#""2022-04-04T17:09:17.25""#, "2022-04-04 17:09:17.250")]
#[case("'layout=2006-01-02 15:04:05 MST'", r#""2022-04-04 17:09:17 UTC""#, "2022-04-04 17:09:17.000")]
#[case(
    "'layout=Jan _2 2006 3:04:05.000PM -0700'",
    r#""Apr  4 2022 5:09:17.123PM +0100""#,
    "2022-04-04 16:09:17.123"
)]
#[case("'layout=2006-01-02T15:04:05.999Z07:00'", r#""2022-04-04T17:09:17Z""#, "2022-04-04 17:09:17.000")]
fn formats(#[case] format: &str, #[case] value: &str, #[case] expected: &str) {
    let got = field(&format!("type: timestamp, timeFormats: [{format}]"), value);
    assert_eq!(got.trim_matches('"'), expected.trim_matches('"'));
}

#[test]
fn formats_are_tried_in_order_and_the_list_wins_over_the_old_key() {
    let two = "type: timestamp, timeFormats: [rfc3339, unix]";
    assert_eq!(field(two, "1649092157"), "\"2022-04-04 17:09:17.000\"");
    assert_eq!(field("type: timestamp, timeFormat: unix_ms", "5"), "\"1970-01-01 00:00:00.005\"");
    let both = "type: timestamp, timeFormat: unix_ms, timeFormats: [unix]";
    assert_eq!(field(both, "5"), "\"1970-01-01 00:00:05.000\"");
}

const EVENT_TIMES: &str = "
fields:
  - {name: a, type: object, fields: [{name: t, type: timestamp, timeFormats: [unix], isEventTime: true}]}
  - {name: b, type: timestamp, timeFormats: [unix, rfc3339], isEventTime: true}
  - {name: c, type: array, element: {type: timestamp, timeFormats: [unix], isEventTime: true}}
";

#[rstest]
#[case::declaration_order(r#"{"c":[9],"b":2,"a":{"t":1}}"#, Some("1970-01-01T00:00:01Z"))]
#[case::null_is_skipped(r#"{"b":2,"a":{"t":null}}"#, Some("1970-01-01T00:00:02Z"))]
#[case::first_element(r#"{"c":[8,9]}"#, Some("1970-01-01T00:00:08Z"))]
#[case::zero_time_is_none(r#"{"b":"0001-01-01T00:00:00Z","c":[3]}"#, Some("1970-01-01T00:00:03Z"))]
#[case::none("{}", None)]
fn event_time(#[case] entry: &str, #[case] expected: Option<&str>) {
    let event = normalise(EVENT_TIMES, entry).unwrap();
    assert_eq!(event.event_time.map(|time| time.to_string()).as_deref(), expected);
}
