//! Every type against every kind of JSON value.

use rstest::rstest;

use crate::{field, normalise};

const NO_16: &str = "field \"f\": value is not an integer of 16 bits";
const NO_32: &str = "field \"f\": value is not an integer of 32 bits";
const NO_64: &str = "field \"f\": value is not an integer of 64 bits";
const NO_FLOAT: &str = "field \"f\": value is not a number of 64 bits";
const NO_BOOL: &str = "field \"f\": value is not a boolean";

#[rstest]
#[case("string", r#""a""#, r#""a""#)]
#[case("string", r#""""#, r#""""#)]
#[case("string", "1.10", r#""1.10""#)]
#[case("string", "12345678901234567890123", r#""12345678901234567890123""#)]
#[case("string", "true", r#""true""#)]
#[case("string", "null", "absent")]
#[case("string", "{}", "field \"f\": expected a string, found an object")]
#[case("string", "[]", "field \"f\": expected a string, found an array")]
#[case("smallint", "32767", "32767")]
#[case("smallint", "32768", NO_16)]
#[case("smallint", r#""-5""#, "-5")]
#[case("int", "2147483647", "2147483647")]
#[case("int", "2147483648", NO_32)]
#[case("int", "1.0", NO_32)]
#[case("int", "1e3", NO_32)]
#[case("int", r#""007""#, "7")]
#[case("int", r#""+7""#, NO_32)]
#[case("int", r#""0x10""#, NO_32)]
#[case("int", r#""""#, "absent")]
#[case("int", "null", "absent")]
#[case("int", "true", "field \"f\": expected an integer, found a boolean")]
#[case("bigint", "9223372036854775807", "9223372036854775807")]
#[case("bigint", "9223372036854775808", NO_64)]
#[case("bigint", r#""-9223372036854775808""#, "-9223372036854775808")]
#[case("float", "1.500", "1.500")]
#[case("float", "3", "3")]
#[case("float", r#""2.50""#, "2.50")]
#[case("float", r#"".5""#, "0.5")]
#[case("float", r#""1e3""#, "1e+3")]
#[case("float", r#""NaN""#, NO_FLOAT)]
#[case("float", "1e999", NO_FLOAT)]
#[case("float", r#""""#, "absent")]
#[case("float", "[]", "field \"f\": expected a number, found an array")]
#[case("boolean", "true", "true")]
#[case("boolean", "0", "false")]
#[case("boolean", "1", "true")]
#[case("boolean", "2", NO_BOOL_KIND)]
#[case("boolean", r#""True""#, "true")]
#[case("boolean", r#""f""#, "false")]
#[case("boolean", r#""yes""#, NO_BOOL)]
#[case("boolean", r#""""#, "absent")]
#[case("json", r#"{"b":[null,1.0]}"#, r#"{"b":[null,1.0]}"#)]
#[case("json", r#""""#, r#""""#)]
#[case("json", "null", "absent")]
#[case("json, isEmbeddedJSON: true", r#""{\"a\": 1.20}""#, r#"{"a":1.20}"#)]
#[case("json, isEmbeddedJSON: true", r#"{"a":1}"#, r#"{"a":1}"#)]
#[case(
    "json, isEmbeddedJSON: true",
    r#""{oops""#,
    "field \"f\": text is not the JSON that the field promises"
)]
#[case("array, element: {type: int}", r#"[1,null,"2",""]"#, "[1,2]")]
#[case("array, element: {type: int}", "[]", "[]")]
#[case("array, element: {type: int}", "[1,2.5]", "field \"f[1]\": value is not an integer of 32 bits")]
#[case("array, element: {type: int}", "1", "field \"f\": expected an array, found a number")]
#[case("array, isEmbeddedJSON: true, element: {type: int}", r#""[1]""#, "[1]")]
#[case("object, fields: [{name: a, type: int}]", "{}", "{}")]
#[case("object, fields: [{name: a, type: int}]", r#"{"a":"1","b":2}"#, r#"{"a":1}"#)]
#[case("object, fields: [{name: a, type: int}]", "null", "absent")]
#[case("object, fields: [{name: a, type: int}]", "[]", "field \"f\": expected an object, found an array")]
#[case("object, fields: [{name: a, type: int, required: true}]", "{}", "required field \"f.a\" is missing")]
#[case("object, isEmbeddedJSON: true, fields: [{name: a, type: int}]", r#""{\"a\":1}""#, r#"{"a":1}"#)]
fn types(#[case] declaration: &str, #[case] value: &str, #[case] expected: &str) {
    assert_eq!(field(&format!("type: {declaration}"), value), expected);
}

const NO_BOOL_KIND: &str = "field \"f\": expected a boolean, found a number";

#[rstest]
#[case("allow: [login, logout]", "login", true)]
#[case("allow: [login, logout]", "Login", false)]
#[case("deny: [debug, trace]", "info", true)]
#[case("deny: [debug, trace]", "debug", false)]
#[case("deny: [debug, trace]", "trace", false)]
#[case("allow: [a], deny: [a]", "a", true)]
#[case("ip: ipv4", "192.0.2.1", true)]
#[case("ip: ipv4", "2001:db8::1", false)]
#[case("ip: ipv6", "2001:db8::1", true)]
#[case("ip: any", "192.0.2.1/24", false)]
#[case("cidr: any", "192.0.2.0/24", true)]
#[case("cidr: ipv6", "192.0.2.0/24", false)]
#[case("cidr: ipv6", "2001:db8::/32", true)]
fn validation(#[case] rule: &str, #[case] value: &str, #[case] fits: bool) {
    let outcome = field(&format!("type: string, validate: {{{rule}}}"), &format!("\"{value}\""));
    assert_eq!(outcome == format!("\"{value}\""), fits, "{outcome}");
    assert_eq!(field(&format!("type: string, validate: {{{rule}}}"), "null"), "absent");
}

#[rstest]
#[case::present_and_false("boolean", "false", true)]
#[case::present_and_empty("string", r#""""#, true)]
#[case::null("string", "null", false)]
#[case::empty_number("int", r#""""#, false)]
fn required(#[case] kind: &str, #[case] value: &str, #[case] fits: bool) {
    let outcome = field(&format!("type: {kind}, required: true"), value);
    assert_eq!(outcome != "required field \"f\" is missing", fits, "{outcome}");
}

#[test]
fn unknown_keys_are_dropped_and_counted_without_discovery() {
    let event = normalise("fields: [{name: a, type: int}]", r#"{"x":1,"a":2,"p_log_type":"x"}"#).unwrap();
    assert_eq!(serde_json::to_string(&event.fields).unwrap(), r#"{"a":2}"#);
    assert_eq!(event.unknown_keys, 2);
}

#[test]
fn discovery_keeps_unknown_keys_under_column_names() {
    let yaml =
        "fieldDiscoveryEnabled: true\nfields: [{name: '@timestamp', type: string}, {name: raw, type: json}]";
    let entry = r##"{"id.orig":{"a b":[{"c#d":1.0,"n":null}],"n":null},"p.x":1,"p_row_id":"f","at_sign_timestamp":1,
        "@timestamp":"t","null":null,"raw":{"a b":null},"z":[null]}"##;
    let event = normalise(yaml, entry).unwrap();
    assert_eq!(
        serde_json::to_string(&event.fields).unwrap(),
        r#"{"id_orig":{"a_b":[{"c_hash_d":1.0}]},"at_sign_timestamp_":1,"at_sign_timestamp":"t","raw":{"a b":null},"z":[null]}"#
    );
    assert_eq!(event.unknown_keys, 6);
}
