//! Whatever comes in: no panic, no lost digit, no changed order.

use proptest::prelude::*;
use schema::SchemaSet;

/// JSON texts, with keys that the built-in schemas know and odd ones.
fn json_text() -> impl Strategy<Value = String> {
    let number = "-?(0|[1-9][0-9]{0,25})(\\.[0-9]{1,9})?([eE][+-]?[0-9]{1,2})?";
    let text = "[ -~äß日]{0,12}".prop_map(|text| serde_json::to_string(&text).unwrap());
    let leaf = prop_oneof![number, text, Just("null".to_owned()), Just("true".to_owned())];
    let key = prop_oneof![
        Just("actor".to_owned()),
        Just("userIdentity".to_owned()),
        Just("resources".to_owned()),
        Just("published".to_owned()),
        Just("request".to_owned()),
        Just("ipChain".to_owned()),
        Just("Records".to_owned()),
        Just("detail".to_owned()),
        Just("requestParameters".to_owned()),
        Just("p_log_type".to_owned()),
        Just("$serde_json::private::Number".to_owned()),
        "[ -~ä]{0,6}",
    ];
    leaf.prop_recursive(4, 40, 6, move |inner| {
        let member = (key.clone(), inner.clone())
            .prop_map(|(key, value)| format!("{}:{value}", serde_json::to_string(&key).unwrap()));
        prop_oneof![
            prop::collection::vec(inner, 0..5).prop_map(|list| format!("[{}]", list.join(","))),
            prop::collection::vec(member, 0..6).prop_map(|list| format!("{{{}}}", list.join(","))),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn normalising_never_panics(text in json_text()) {
        let set = SchemaSet::builtin().unwrap();
        for log_type in ["AWS.CloudTrail", "Okta.SystemLog", "Panther.Audit"] {
            if let Ok(entry) = schema::parse_json(&text) {
                drop(set.get(log_type).unwrap().normalise(entry));
            }
        }
    }

    #[test]
    fn digits_and_order_survive(numbers in prop::collection::vec("-?(0|[1-9][0-9]{0,30})(\\.[0-9]{1,30})?(e[+-][0-9]{1,3})?", 1..8)) {
        let mut set = SchemaSet::default();
        let yaml = "schema: Custom.Test\nfieldDiscoveryEnabled: true\nfields: [{name: raw, type: json}]";
        set.add("test.yml", yaml).unwrap();
        let members: Vec<String> = numbers.iter().enumerate().rev().map(|(i, n)| format!("\"k{i}\":{n}")).collect();
        let text = format!("{{{0},\"raw\":{{{0}}}}}", members.join(","));
        let outcome = set.get("Custom.Test").unwrap().normalise(schema::parse_json(&text).unwrap()).unwrap();
        prop_assert_eq!(serde_json::to_string(&outcome.events[0].fields).unwrap(), text);
    }

    #[test]
    fn schemas_never_panic(yaml in "[ -~\n]{0,200}") {
        drop(SchemaSet::default().add("test.yml", &yaml));
    }

    #[test]
    fn time_formats_never_panic(text in "\\PC{0,20}") {
        let formats = "rfc3339, unix, unix_auto, cloudflare, '%c %z', '%Y-%m-%dT%H:%M:%S.%f%Z', '%I %p %j', 'layout=Jan _2 2006 3:04:05.000PM'";
        let declaration = format!("type: timestamp, timeFormats: [{formats}]");
        crate::field(&declaration, &serde_json::to_string(&text).unwrap());
    }
}
