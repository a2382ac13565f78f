//! Slack by incoming webhook: one attachment in one channel.
//!
//! Sources: `destinations.md` §4.19;
//! <https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks>,
//! <https://docs.slack.dev/messaging/formatting-message-text>.

use std::sync::Arc;

use http::Method;
use serde_json::{Map, Value, json};

use crate::config::{ConfigError, ConfigReader, base_url_schema, webhook_url_schema};
use crate::destination::{Destination, HttpDestination, HttpSender, Outgoing, Reason, RenderError, Verdict};
use crate::http_types::{HttpReply, HttpRequest};
use crate::payload::severity_color;
use crate::secrets::SecretUrl;
use crate::text::{Unit, escaped};

pub(crate) const KIND: &str = "slack";

/// Longest title, after escaping. <https://docs.slack.dev/messaging/formatting-message-text>
const TITLE_CHARS_MAX: usize = 1024;
/// Longest value of a field, after escaping. <https://docs.slack.dev/reference/block-kit/blocks/section-block>
const FIELD_CHARS_MAX: usize = 2000;
const FENCE: &str = "```";

#[derive(Debug)]
struct Slack {
    url: SecretUrl,
}

pub(crate) fn schema() -> Value {
    json!({
        "type": "object",
        "additionalProperties": false,
        "required": ["webhook_url"],
        "properties": {
            "webhook_url": webhook_url_schema("Incoming webhook of the channel, such as https://hooks.slack.com/services/…"),
            "base_url": base_url_schema(),
        },
    })
}

pub(crate) fn build(mut config: ConfigReader<'_>) -> Result<Arc<dyn Destination>, ConfigError> {
    let slack = Slack { url: config.webhook_url("webhook_url")? };
    Ok(HttpSender::wrap(KIND, slack, config.into_secrets()))
}

impl HttpDestination for Slack {
    fn request(&self, out: &Outgoing) -> Result<HttpRequest, RenderError> {
        HttpRequest::json(Method::POST, self.url.0.clone(), &message(out))
    }

    /// Success is status 200 with the body `ok` and nothing else; errors are told by the body's word, then
    /// by the status. A 2xx with another body is not tried again: the message may well have been posted.
    fn verdict(&self, reply: &HttpReply) -> Verdict {
        let text = reply.text();
        match text.trim() {
            "rollup_error" => Verdict::Retry { reason: Reason::Unavailable, after: reply.retry_after() },
            "invalid_payload"
            | "no_text"
            | "invalid_blocks"
            | "invalid_blocks_format"
            | "missing_text_or_fallback_or_attachments"
            | "too_many_attachments" => Verdict::GiveUp { reason: Reason::Refused },
            "user_not_found"
            | "action_prohibited"
            | "channel_not_found"
            | "channel_is_archived"
            | "no_service"
            | "no_service_id"
            | "no_active_hooks"
            | "no_team"
            | "team_disabled"
            | "invalid_token"
            | "posting_to_general_channel_denied" => Verdict::GiveUp { reason: Reason::Configuration },
            _ if !reply.status.is_success() => Verdict::from_status(reply),
            _ if text == "ok" => Verdict::delivered(),
            _ if !reply.complete => Verdict::Retry { reason: Reason::Network, after: None },
            _ => Verdict::GiveUp { reason: Reason::UnexpectedReply },
        }
    }
}

/// The message of one alert.
pub fn message(out: &Outgoing) -> Value {
    let alert = &*out.alert;
    let compat = out.texts.compat;
    let title = escape(&out.title, TITLE_CHARS_MAX);
    let link_text = if compat {
        "Click here to view in the Panther UI".to_owned()
    } else {
        escape(&format!("Open in {}", out.texts.product_name), FIELD_CHARS_MAX)
    };
    let link = escape(out.link.as_str(), FIELD_CHARS_MAX);
    let runbook = escape(alert.runbook.as_deref().unwrap_or_default(), FIELD_CHARS_MAX);
    let mut fields = vec![
        json!({"value": format!("<{link}|{link_text}>"), "short": false}),
        json!({"title": "Runbook", "value": runbook, "short": false}),
        json!({"title": "Severity", "value": alert.severity.as_str(), "short": true}),
    ];
    if !alert.context.is_empty() {
        fields.push(json!({"title": "Alert Context", "value": fenced(&alert.context), "short": false}));
    }
    let mut attachment = Map::new();
    attachment.insert("fallback".to_owned(), Value::from(title.clone()));
    attachment.insert("color".to_owned(), Value::from(severity_color(alert.severity, compat)));
    attachment.insert("title".to_owned(), Value::from(title));
    if !compat {
        attachment.insert("title_link".to_owned(), Value::from(out.link.as_str()));
    }
    attachment.insert("fields".to_owned(), Value::from(fields));
    attachment.insert("mrkdwn_in".to_owned(), json!(["fields"]));
    json!({"attachments": [attachment]})
}

/// The context as JSON between fences; a fence inside it is broken up so that it ends nothing.
fn fenced(context: &Map<String, Value>) -> String {
    let json = serde_json::to_string_pretty(context).expect("a map with text keys is JSON");
    let json = json.replace(FENCE, "`\u{200b}`\u{200b}`\u{200b}");
    let room = FIELD_CHARS_MAX - 2 * FENCE.len() - 2;
    format!("{FENCE}\n{}\n{FENCE}", escape(&json, room))
}

/// Escapes the three characters that Slack reads as markup, in at most `chars_max` characters; a cut text
/// ends with `…` and never inside an escape.
fn escape(text: &str, chars_max: usize) -> String {
    escaped(text, chars_max, Unit::Chars, escape_character)
}

/// What stands for a character that Slack reads as markup.
pub(crate) fn escape_character(character: char) -> Option<&'static str> {
    match character {
        '&' => Some("&amp;"),
        '<' => Some("&lt;"),
        '>' => Some("&gt;"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_three_characters_are_escaped() {
        assert_eq!(escape("<!channel> & *b* `c` &amp;", 100), "&lt;!channel&gt; &amp; *b* `c` &amp;amp;");
    }

    #[test]
    fn cuts_fall_between_escapes() {
        assert_eq!(escape("abc", 3), "abc");
        assert_eq!(escape("abcd", 3), "ab…");
        assert_eq!(escape("a<b", 5), "a…");
        assert_eq!(escape("a<b", 6), "a&lt;b");
        assert_eq!(escape("äöü", 2), "ä…");
        for limit in 1..40 {
            assert!(escape("<><><><><>", limit).chars().count() <= limit);
        }
    }

    #[test]
    fn a_fence_in_the_context_ends_nothing() {
        for ticks in ["```", "````", "`````", "``````"] {
            let context = json!({ "a": format!("{ticks}<!here>") });
            let text = fenced(context.as_object().unwrap());
            assert_eq!(text.matches(FENCE).count(), 2, "{text}");
            assert!(text.contains("&lt;!here&gt;"));
        }
    }
}
