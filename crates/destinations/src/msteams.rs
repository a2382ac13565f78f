//! Microsoft Teams: an Adaptive Card by a webhook of Workflows.
//!
//! Workflows answer 202 (or what the flow sets): accepted, not posted; what goes wrong afterwards is seen in
//! the flow's run history only. Addresses of the retired Office 365 connectors get the classic card.
//! Sources: `destinations.md` §4.12;
//! <https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/add-incoming-webhook>,
//! <https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/connectors-using>.

use std::sync::Arc;

use http::Method;
use model::Severity;
use serde_json::{Value, json};

use crate::config::{ConfigError, ConfigReader, base_url_schema, webhook_url_schema};
use crate::destination::{Destination, HttpDestination, HttpSender, Outgoing, Reason, RenderError, Verdict};
use crate::http_types::{HttpReply, HttpRequest};
use crate::secrets::SecretUrl;
use crate::text::{Unit, cut, escaped, facts, link_text, markdown, pretty_context};

pub(crate) const KIND: &str = "msteams";

/// Teams counts 28 KB after writing the card anew, which makes it longer; a body of this size always fits.
const BODY_BYTES_MAX: usize = 20 * 1024;
const TITLE_CHARS_MAX: usize = 1000;
const FACT_CHARS_MAX: usize = 1000;
/// What the old connectors said in the body of a reply with status 200.
const CONNECTOR_ERROR: &str = "endpoint returned HTTP error ";

#[derive(Debug)]
struct MsTeams {
    url: SecretUrl,
    is_connector: bool,
}

pub(crate) fn schema() -> Value {
    json!({
        "type": "object",
        "additionalProperties": false,
        "required": ["webhook_url"],
        "properties": {
            "webhook_url": webhook_url_schema(
                "HTTP address of a Workflows flow that posts Adaptive Cards, whole, with its `sig`. Give the flow a second owner: it ends with its owner's account."
            ),
            "base_url": base_url_schema(),
        },
    })
}

pub(crate) fn build(mut config: ConfigReader<'_>) -> Result<Arc<dyn Destination>, ConfigError> {
    let told = config.text("webhook_url")?.unwrap_or_default();
    let is_connector = told.contains(".webhook.office.com/") || told.contains("outlook.office.com/webhook/");
    let url = config.webhook_url("webhook_url")?;
    Ok(HttpSender::wrap(KIND, MsTeams { url, is_connector }, config.into_secrets()))
}

impl HttpDestination for MsTeams {
    fn request(&self, out: &Outgoing) -> Result<HttpRequest, RenderError> {
        let write = if self.is_connector { message_card } else { adaptive_card };
        let mut context_max = BODY_BYTES_MAX;
        loop {
            let body = write(out, context_max).to_string();
            if body.len() <= BODY_BYTES_MAX || context_max == 0 {
                return Ok(HttpRequest::json_text(Method::POST, self.url.0.clone(), body));
            }
            // The context gives way by what is too much; what escaping adds is met by the next round.
            let surplus = body.len() - BODY_BYTES_MAX;
            context_max = context_max.saturating_sub(surplus.max(256));
        }
    }

    fn verdict(&self, reply: &HttpReply) -> Verdict {
        if self.is_connector {
            return connector_verdict(reply);
        }
        match reply.status.as_u16() {
            200..=299 => Verdict::delivered(),
            401 | 403 | 404 | 410 => Verdict::GiveUp { reason: Reason::Configuration },
            _ => Verdict::from_status(reply),
        }
    }
}

/// A connector's success is the body `1`; its errors come with status 200 too.
fn connector_verdict(reply: &HttpReply) -> Verdict {
    let text = reply.text();
    let told: Option<u16> = text
        .split_once(CONNECTOR_ERROR)
        .and_then(|(_, rest)| rest.chars().take_while(char::is_ascii_digit).collect::<String>().parse().ok());
    match told {
        Some(429) => Verdict::Retry { reason: Reason::Throttled, after: reply.retry_after() },
        Some(500..=599) => Verdict::Retry { reason: Reason::Unavailable, after: reply.retry_after() },
        Some(_) => Verdict::GiveUp { reason: Reason::Refused },
        None if reply.status.is_success() && text.trim() == "1" => Verdict::delivered(),
        None if reply.status.is_success() && !reply.complete => {
            Verdict::Retry { reason: Reason::Network, after: None }
        }
        None if reply.status.is_success() => Verdict::GiveUp { reason: Reason::UnexpectedReply },
        None => match reply.status.as_u16() {
            404 | 410 => Verdict::GiveUp { reason: Reason::Configuration },
            _ => Verdict::from_status(reply),
        },
    }
}

fn adaptive_card(out: &Outgoing, context_max: usize) -> Value {
    let alert = &*out.alert;
    let rows: Vec<Value> = facts(alert)
        .into_iter()
        .map(|fact| {
            let value = escaped(&fact.value, FACT_CHARS_MAX, Unit::Utf16, markdown);
            json!({"title": fact.label, "value": value})
        })
        .collect();
    let title = escaped(&out.title, TITLE_CHARS_MAX, Unit::Utf16, markdown);
    let mut body = vec![
        json!({
            "type": "TextBlock", "text": title, "weight": "Bolder", "size": "Medium", "wrap": true,
            "color": color(alert.severity),
        }),
        json!({"type": "FactSet", "facts": rows}),
    ];
    if let Some(context) = pretty_context(alert, context_max, Unit::Bytes).filter(|_| context_max > 0) {
        let text = escaped(&context, usize::MAX, Unit::Bytes, markdown);
        body.push(json!({"type": "TextBlock", "text": text, "wrap": true, "fontType": "Monospace"}));
    }
    json!({
        "type": "message",
        "attachments": [{
            "contentType": "application/vnd.microsoft.card.adaptive",
            "contentUrl": null,
            "content": {
                "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
                "type": "AdaptiveCard",
                "version": "1.4",
                "msteams": {"width": "full"},
                "body": body,
                "actions": [{
                    "type": "Action.OpenUrl", "title": link_text(&out.texts), "url": out.link.as_str(),
                }],
            },
        }],
    })
}

/// The classic card of the connectors. Source: `destinations.md` §4.12.
fn message_card(out: &Outgoing, context_max: usize) -> Value {
    let alert = &*out.alert;
    let text = |text: &str, max| escaped(text, max, Unit::Utf16, markdown);
    let mut rows: Vec<Value> = facts(alert)
        .into_iter()
        .map(|fact| json!({"name": fact.label, "value": text(&fact.value, FACT_CHARS_MAX)}))
        .collect();
    if let Some(context) = pretty_context(alert, context_max, Unit::Bytes).filter(|_| context_max > 0) {
        rows.push(json!({"name": "AlertContext", "value": text(&context, usize::MAX)}));
    }
    let link = format!("[{}]({})", text(&link_text(&out.texts), 200), out.link);
    json!({
        "@context": "http://schema.org/extensions",
        "@type": "MessageCard",
        "summary": cut(&out.title, TITLE_CHARS_MAX, Unit::Utf16),
        "text": text(&out.title, TITLE_CHARS_MAX),
        "sections": [{"facts": rows, "text": link}],
        "potentialAction": [{
            "@type": "OpenUri", "name": link_text(&out.texts),
            "targets": [{"os": "default", "uri": out.link.as_str()}],
        }],
    })
}

fn color(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "Attention",
        Severity::Medium => "Warning",
        Severity::Low => "Accent",
        Severity::Info => "Default",
    }
}
