//! Texts of alerts inside a Slack message, where `<`, `>` and `&` are markup.

use std::sync::Arc;
use std::time::Duration;

use destinations::{Outgoing, Texts, slack_message};
use model::Trigger;
use serde_json::{Map, Value};
use test_support::sample_alert;
use url::Url;

pub(crate) const WORDS: &[&str] =
    &["<!channel>", "<@U123>", "<http://x|y>", "&amp;", "&", "<", ">", "|", "```", "`", "*b*", "\u{200b}"];

const TITLE_CHARS_MAX: usize = 1024;
const FIELD_CHARS_MAX: usize = 2000;

/// Writes a message whose title, runbook and context are parts of the input (one after the other, by line):
/// no markup of theirs survives, and lengths hold.
pub fn slack(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let mut parts = text.splitn(3, '\n');
    let (title, runbook) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let context = parts.next().unwrap_or_default();
    let compat = input.len() % 2 == 1;
    check(&slack_message(&outgoing(title, runbook, context, compat)), compat);
}

fn outgoing(title: &str, runbook: &str, context: &str, compat: bool) -> Outgoing {
    let mut alert = sample_alert();
    alert.title = title.to_owned();
    alert.runbook = Some(runbook.to_owned());
    alert.context = match serde_json::from_str::<Map<String, Value>>(context) {
        Ok(context) => context,
        Err(_) => Map::from_iter([(title.to_owned(), Value::from(context))]),
    };
    let link = "https://margay.example.com/console/alerts/1?source=RULE&a=b";
    Outgoing {
        alert: Arc::new(alert),
        delivery_id: "d".into(),
        link: Url::parse(link).expect("a legal URL"),
        trigger: Trigger::Auto,
        title: title.to_owned(),
        test: false,
        earlier_attempts: 0,
        created_at: jiff::Timestamp::UNIX_EPOCH,
        at: jiff::Timestamp::UNIX_EPOCH,
        timeout: Duration::from_secs(1),
        texts: Arc::new(Texts { product_name: "A <B> & C".to_owned(), compat }),
    }
}

fn check(message: &Value, compat: bool) {
    let attachment = &message["attachments"][0];
    check_text(&attachment["title"], TITLE_CHARS_MAX);
    check_text(&attachment["fallback"], TITLE_CHARS_MAX);
    let fields = attachment["fields"].as_array().expect("a message has fields");
    assert_eq!(fields.len(), 4, "every part has its field");
    let link = fields[0]["value"].as_str().expect("the link is a text");
    let inner = link.strip_prefix('<').and_then(|link| link.strip_suffix('>'));
    let (url, label) = inner.and_then(|inner| inner.split_once('|')).expect("the link is the only markup");
    assert_eq!(url, "https://margay.example.com/console/alerts/1?source=RULE&amp;a=b");
    check_escaped(label);
    assert_eq!(label.contains("A &lt;B&gt; &amp; C"), !compat);
    for field in &fields[1..] {
        check_text(&field["value"], FIELD_CHARS_MAX);
    }
    let context = fields[3]["value"].as_str().expect("the context is a text");
    assert_eq!(context.matches("```").count(), 2, "a fence inside the context ends it: {context}");
}

fn check_text(value: &Value, chars_max: usize) {
    let text = value.as_str().expect("a text");
    let count = text.chars().count();
    assert!(count <= chars_max, "{count} characters of {chars_max}");
    check_escaped(text);
}

/// Nothing but the three entities may hold a character that is markup.
fn check_escaped(text: &str) {
    let rest = text.replace("&amp;", "").replace("&lt;", "").replace("&gt;", "");
    assert!(!rest.contains(['<', '>', '&']), "markup survives: {rest}");
}
