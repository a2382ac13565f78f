//! Schema documents: what is accepted, and what every refusal says.

use rstest::rstest;
use schema::SchemaSet;

use crate::{error_of, normalise};

#[rstest]
#[case::syntax("schema: [", "test.yml:2:1: YAML: while parsing a node, did not find expected node content")]
#[case::empty("", "test.yml:1:1: the document is empty")]
#[case::no_map("[1]", "test.yml:1:1: `schema`: expected a mapping of keys to values")]
#[case::twice("schema: A\nschema: B", "test.yml:2:1: key `schema` is given twice")]
#[case::no_name("fields: []", "test.yml:1:1: `schema`: key `schema` (the name) is missing")]
#[case::prefix(
    "schema: Acme.Log\nfields: []",
    "test.yml:1:9: `schema`: name `Acme.Log` must begin with `Custom.`"
)]
#[case::no_fields("schema: Custom.A1", "test.yml:1:1: `schema`: key `fields` is missing")]
#[case::empty_fields("schema: Custom.A1\nfields: []", "test.yml:2:9: `fields`: needs at least one field")]
#[case::version("schema: Custom.A1\nversion: 1", "test.yml:2:10: `version`: the only version is 0")]
#[case::url(
    "schema: Custom.A1\nreferenceURL: ftp://a",
    "test.yml:2:15: `referenceURL`: `ftp://a` is not an http or https URL"
)]
#[case::flag(
    "schema: Custom.A1\nfieldDiscoveryEnabled: yes",
    "test.yml:2:24: `fieldDiscoveryEnabled`: expected `true` or `false`"
)]
#[case::parser(
    "schema: Custom.A1\nparser: {csv: {}}\nfields: []",
    "test.yml:2:10: `parser.csv`: this build reads JSON logs only; remove `parser` and send JSON"
)]
#[case::native(
    "schema: Custom.A1\nparser: {native: {name: AWS.CloudTrail}}\nfields: []",
    "test.yml:2:10: `parser.native`: native decoders are for built-in schemas; remove `parser`"
)]
fn documents(#[case] yaml: &str, #[case] expected: &str) {
    assert_eq!(error_of(yaml), expected);
}

#[rstest]
#[case::no_field_name("{type: int}", "2:10: `fields[0]`: key `name` is missing")]
#[case::no_type("{name: a}", "2:10: `a`: key `type` is missing")]
#[case::digit("{name: 1a, type: int}", "2:17: `1a`: name `1a` must not begin like this; use a letter or `_`")]
#[case::reserved(
    "{name: p_x, type: int}",
    "2:10: `p_x`: names that begin with `p_` are reserved for standard fields"
)]
#[case::twice("{name: a, type: int}, {name: a, type: int}", "2:39: `a`: field `a` is declared twice")]
#[case::collision(
    "{name: a.b, type: int}, {name: a b, type: int}",
    "2:41: `a b`: field `a b` becomes column `a_b`, which another field has"
)]
#[case::unknown_type(
    "{name: a, type: text}",
    "2:26: `a.type`: unknown type `text`; use string, int, smallint, bigint, float, boolean, timestamp, array, object, json or ref"
)]
#[case::unknown_key(
    "{name: a, type: int, rename: {from: b}}",
    "2:31: `a.rename`: unknown key `rename` for type `int`; known are name, type, required, description"
)]
#[case::indicator(
    "{name: a, type: object, fields: [{name: b, type: string, indicators: [ip, ips]}]}",
    "2:84: `a.b.indicators`: unknown indicator `ips`"
)]
#[case::no_element("{name: a, type: array}", "2:10: `a`: key `element` is missing")]
#[case::time_format(
    "{name: a, type: timestamp, timeFormats: [rfc]}",
    "2:51: `a.timeFormats`: unknown time format `rfc`; use rfc3339, unix, unix_ms, unix_us, unix_ns, unix_auto, cloudflare, a strftime pattern or `layout=`"
)]
#[case::time_directive(
    "{name: a, type: timestamp, timeFormats: ['%Q']}",
    "2:51: `a.timeFormats`: time format `%Q` has the unknown directive `%Q`"
)]
#[case::no_format("{name: a, type: timestamp}", "2:10: `a`: a timestamp needs `timeFormats`")]
#[case::no_year(
    "{name: a, type: timestamp, timeFormats: ['%H:%M'], isEventTime: true}",
    "2:51: `a.timeFormats`: time format `%H:%M` has no year, so the field cannot be the event time"
)]
#[case::validate(
    "{name: a, type: string, validate: {allow: []}}",
    "2:52: `a.validate.allow`: needs at least one text"
)]
#[case::reference("{name: a, type: ref, target: B2}", "2:39: `a.target`: there is no definition `B2`")]
fn fields(#[case] field: &str, #[case] expected: &str) {
    assert_eq!(error_of(&format!("schema: Custom.A1\nfields: [{field}]")), format!("test.yml:{expected}"));
}

#[test]
fn definitions_are_shared_and_circles_are_refused() {
    let yaml = "
definitions:
  Address: {type: object, fields: [{name: ip, type: string, indicators: [ip]}]}
  Addresses: {type: array, element: {type: ref, target: Address}}
fields: [{name: from, type: ref, target: Address}, {name: to, type: ref, target: Addresses}]";
    let event = normalise(yaml, r#"{"from":{"ip":"192.0.2.1"},"to":[{"ip":"192.0.2.2"}]}"#).unwrap();
    assert_eq!(event.indicators.iter().count(), 2);
    let circle = "schema: Custom.A1\ndefinitions: {A1: {type: ref, target: B1}, B1: {type: array, element: {type: ref, target: A1}}}\nfields: [{name: a, type: ref, target: A1}]";
    assert_eq!(
        error_of(circle),
        "test.yml:2:19: `B1[].target`: definitions refer to each other in a circle: A1 → B1 → A1"
            .replace("`B1[]", "`definitions.B1[]")
    );
}

#[test]
fn nesting_beyond_64_levels_is_refused_also_through_references() {
    let nested = |levels: usize, inner: &str| {
        format!("{}{inner}{}", "{type: array, element: ".repeat(levels), "}".repeat(levels))
    };
    let yaml = |first: usize, second: usize| {
        format!(
            "schema: Custom.A1\ndefinitions:\n  D1: {}\n  D2: {}\nfields: [{{name: a, type: ref, target: D2}}]",
            nested(first, "{type: int}"),
            nested(second, "{type: ref, target: D1}")
        )
    };
    assert_eq!(error_of(&yaml(32, 31)), "accepted Custom.A1");
    assert!(error_of(&yaml(32, 33)).contains("nested deeper than 64 levels"));
}

#[test]
fn names_are_found_in_any_case_and_taken_once() {
    let mut set = SchemaSet::builtin().unwrap();
    set.add("a.yml", "schema: Custom.Door\nname: x\nfields: [{name: a, type: int}]").unwrap();
    let schema = set.get("custom.door").unwrap();
    assert_eq!(schema.log_type().as_str(), "Custom.Door");
    assert_eq!(schema.warnings()[0].message, "unknown key `name` has no effect");
    let again = set.add("b.yml", "schema: Custom.DOOR\nfields: [{name: a, type: int}]").unwrap_err();
    assert_eq!(again.to_string(), "b.yml: log type `Custom.DOOR` is already defined; choose another name");
    let names: Vec<&str> = set.log_types().map(|name| name.as_str()).collect();
    assert_eq!(names, ["AWS.CloudTrail", "Custom.Door", "Okta.SystemLog", "Panther.Audit"]);
}

#[test]
fn aliases_are_expanded_and_bombs_refused() {
    let yaml = "fields:\n  - &a {name: a, type: object, fields: &f [{name: x, type: int}]}\n  - {name: b, type: object, fields: *f}";
    assert_eq!(normalise(yaml, r#"{"b":{"x":"1"}}"#).unwrap().fields["b"]["x"].to_string(), "1");
    let mut bomb = "a0: &a0 [1,1,1,1,1,1,1,1,1,1]\n".to_owned();
    for level in 1..9 {
        let aliases = vec![format!("*a{}", level - 1); 10].join(",");
        bomb.push_str(&format!("a{level}: &a{level} [{aliases}]\n"));
    }
    assert!(error_of(&bomb).contains("200,000 nodes"));
}
