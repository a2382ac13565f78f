//! Stream types: which entries a body has.

use parsers::{ENTRY_BYTES_MAX, StreamType, split};
use proptest::prelude::*;
use rstest::rstest;

/// The entries, one per line: `+` and the compact value, or `!` and the text of a broken one.
fn entries(body: &str, stream_type: StreamType, envelope: &[&str]) -> String {
    let envelope: Vec<String> = envelope.iter().map(|step| (*step).to_owned()).collect();
    let shown = split(body, stream_type, &envelope).into_iter().map(|entry| match entry.parsed {
        Ok(value) => format!("+{value}"),
        Err(_) => format!("!{}", entry.text.replace('\n', "⏎")),
    });
    shown.collect::<Vec<_>>().join(" ")
}

#[rstest]
#[case::empty("", "")]
#[case::blank(" \n\r\n ", "")]
#[case::byte_order_mark("\u{feff}{\"a\":1}", r#"+{"a":1}"#)]
#[case::one_pretty_value("{\n  \"a\": 1\n}\n", r#"+{"a":1}"#)]
#[case::lines("{\"a\":1}\r\n\n{\"a\":2}\n", r#"+{"a":1} +{"a":2}"#)]
#[case::broken_line_in_the_middle("{\"a\":1}\n{\"a\":\n{\"a\":3}", r#"+{"a":1} !{"a": +{"a":3}"#)]
#[case::broken_first_line("{\"a\"\n{\"a\":2}\n{\"a\":3}", r#"!{"a" +{"a":2} +{"a":3}"#)]
#[case::text_between_lines("{\"a\":1}\nplain text\n{\"a\":3}", r#"+{"a":1} !plain text +{"a":3}"#)]
#[case::concatenated("{\"a\":1}{\"a\":2} {\"a\":3}", r#"+{"a":1} +{"a":2} +{"a":3}"#)]
#[case::pretty_values("{\n\"a\":1\n}\n{\n\"a\":2\n}", r#"+{"a":1} +{"a":2}"#)]
#[case::broken_pretty_value(
    "{\n \"a\":1\n}\n{\n \"a\":,\n}\n{\n \"a\":3\n}",
    r#"+{"a":1} !{⏎ "a":,⏎} +{"a":3}"#
)]
#[case::array("[{\"a\":1},\n {\"a\":2}]", r#"+{"a":1} +{"a":2}"#)]
#[case::arrays("[{\"a\":1}]\n[{\"a\":2}]", r#"+{"a":1} +{"a":2}"#)]
#[case::empty_array("[ ]", "")]
#[case::open_array("[{\"a\":1},{\"a\":2}", r#"+{"a":1} +{"a":2} !["#)]
#[case::broken_element("[\n{\"a\":1},\n{\"a\":,},\n{\"a\":3}\n]", r#"+{"a":1} !{"a":,}, +{"a":3}"#)]
#[case::broken_last_element("[{\"a\":1},{\"a\":]", r#"+{"a":1} !{"a":]"#)]
#[case::broken_array("[{\"a\":1},{\"a\":]\n[{\"a\":2}]", r#"+{"a":1} !{"a":] +{"a":2}"#)]
#[case::unreadable_element(r#"[{"a":"\ud800"},{"a":2}]"#, r#"!{"a":"\ud800"} +{"a":2}"#)]
#[case::no_array("[error] disk full\n[error] again", "![error] disk full ![error] again")]
#[case::records(r#"{"Records":[{"a":1},{"a":2}]}"#, r#"+{"a":1} +{"a":2}"#)]
#[case::records_beside_others(r#"{"x":1,"records":[{"a":1}]}"#, r#"+{"a":1}"#)]
#[case::no_records(r#"{"Records":[]}"#, "")]
#[case::empty_list_of_an_event(r#"{"x":1,"events":[]}"#, r#"+{"x":1,"events":[]}"#)]
#[case::list_of_texts(r#"{"value":["a"]}"#, r#"+{"value":["a"]}"#)]
#[case::two_documents("{\"Records\":[{\"a\":1}]}\n{\"a\":2}", r#"+{"Records":[{"a":1}]} +{"a":2}"#)]
#[case::text("plain\n\ntext", "!plain !text")]
#[case::broken_only("{\"a\":", r#"!{"a":"#)]
fn auto(#[case] body: &str, #[case] expected: &str) {
    assert_eq!(entries(body, StreamType::Auto, &[]), expected);
}

#[rstest]
#[case::lines_never_join(StreamType::Lines, "{\n}", "!{ !}")]
#[case::lines_take_arrays_whole(StreamType::Lines, "[1]\n 2 ", "+[1] +2")]
#[case::lines_take_envelopes_whole(StreamType::Lines, r#"{"Records":[{}]}"#, r#"+{"Records":[{}]}"#)]
#[case::json_joins_lines(StreamType::Json, "{\n}{\"a\"\n:1}", r#"+{} +{"a":1}"#)]
#[case::json_takes_arrays_whole(StreamType::Json, "[1]", "+[1]")]
#[case::json_goes_on_at_a_line(
    StreamType::Json,
    "{\"a\" 1} {\"a\":2}\n x\n{\"a\":3}",
    "!{\"a\" 1} {\"a\":2}⏎ x +{\"a\":3}"
)]
#[case::array_of_scalars(StreamType::JsonArray, "[1,\"b\"]", r#"+1 +"b""#)]
#[case::array_wanted(StreamType::JsonArray, r#"{"Records":[{}]}"#, r#"!{"Records":[{}]}"#)]
#[case::null_is_no_entries(StreamType::JsonArray, "null", "")]
#[case::array_text(StreamType::JsonArray, "text\n[1]", "!text +1")]
fn explicit(#[case] stream_type: StreamType, #[case] body: &str, #[case] expected: &str) {
    assert_eq!(entries(body, stream_type, &[]), expected);
}

#[rstest]
#[case(&["a", "1", "b"], r#"{"a":[0,{"b":[{"x":1.0}]}]} {"a":[0,{"b":null}]}"#, r#"+{"x":1.0}"#)]
#[case(&["a"], r#"{"a":[1],"a":[2]}"#, "+2")]
#[case(&["a"], r#"{"b":[1]}"#, r#"!{"b":[1]}"#)]
#[case(&["a", "7"], r#"{"a":[]}"#, r#"!{"a":[]}"#)]
#[case(&["a"], r#"{"a":{}}"#, r#"!{"a":{}}"#)]
#[case(&["a"], "{\"a\":[1}\n{\"a\":[2]}", r#"!{"a":[1} +2"#)]
fn envelopes(#[case] envelope: &[&str], #[case] body: &str, #[case] expected: &str) {
    assert_eq!(entries(body, StreamType::JsonArray, envelope), expected);
}

#[test]
fn entries_beyond_the_limits_are_broken_and_cost_only_themselves() {
    let large = format!("{{\"a\":\"{}\"}}\n{{\"a\":1}}", "x".repeat(ENTRY_BYTES_MAX));
    let deep = format!("{}{}\n{{\"a\":1}}", "{\"a\":".repeat(200) + "1", "}".repeat(200));
    for stream_type in [StreamType::Lines, StreamType::Json, StreamType::Auto] {
        for body in [&large, &deep] {
            let found: Vec<bool> =
                split(body, stream_type, &[]).iter().map(|entry| entry.parsed.is_ok()).collect();
            assert_eq!(found, [false, true], "{stream_type:?}");
        }
    }
}

#[test]
fn hostile_bodies_take_linear_time() {
    // Each line can be read on for ever as the begin of one value that breaks only at the end.
    let body = format!("{}{}", "[\n".repeat(100), "[1],\n".repeat(400_000));
    let begin = std::time::Instant::now();
    assert!(!split(&body, StreamType::Json, &[]).is_empty());
    assert!(begin.elapsed().as_secs() < 20);
}

#[test]
fn words_of_stream_types() {
    for (word, stream_type) in [("auto", StreamType::Auto), ("json_array", StreamType::JsonArray)] {
        assert_eq!(word.parse(), Ok(stream_type));
        assert_eq!(serde_json::to_string(&stream_type).unwrap(), format!("\"{word}\""));
    }
    assert!("JSON".parse::<StreamType>().is_err());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever the body: no panic, no empty entry, and no visible character is lost.
    #[test]
    fn any_body_is_split(body in "([{}\\[\\],:\"a1 \n]|Records|\\\\u|null){0,60}") {
        for stream_type in [StreamType::Auto, StreamType::Lines, StreamType::Json, StreamType::JsonArray] {
            for entry in split(&body, stream_type, &[]) {
                prop_assert!(!entry.text.is_empty());
                prop_assert_eq!(entry.text, entry.text.trim());
            }
        }
        let visible = |text: &str| text.chars().filter(|c| !c.is_whitespace()).count();
        let found: usize = split(&body, StreamType::Json, &[]).iter().map(|entry| visible(entry.text)).sum();
        prop_assert_eq!(found, visible(&body));
    }

    #[test]
    fn good_lines_survive_any_neighbour(noise in "[^\n\r]{0,40}") {
        let body = format!("{{\"a\":1}}\n{noise}\n{{\"a\":2}}");
        let good = split(&body, StreamType::Auto, &[]).iter().filter(|entry| {
            entry.parsed.as_ref().is_ok_and(|value| value.get("a").is_some())
        }).count();
        prop_assert!(good >= 2);
    }
}
