//! Discord by webhook: one embed in one channel or thread.
//!
//! Sources: `destinations.md` §4.6;
//! <https://discord.com/developers/docs/resources/webhook#execute-webhook>,
//! <https://discord.com/developers/docs/resources/message#embed-object-embed-limits>.

use std::sync::Arc;

use http::{HeaderValue, Method, header};
use model::Severity;
use serde_json::{Value, json};
use url::Url;

use crate::config::{ConfigError, ConfigReader, base_url_schema, webhook_url_schema};
use crate::destination::{Destination, HttpDestination, HttpSender, Outgoing, Reason, RenderError, Verdict};
use crate::http_types::{HttpReply, HttpRequest};
use crate::secrets::SecretUrl;
use crate::text::{Unit, escaped, facts, link_text, markdown, pretty_context, unfenced};

pub(crate) const KIND: &str = "discord";

/// Discord does not say how it counts; UTF-16 never counts less than code points do.
const UNIT: Unit = Unit::Utf16;
const TITLE_MAX: usize = 256;
const DESCRIPTION_MAX: usize = 4096;
const FIELD_VALUE_MAX: usize = 1024;
const FIELDS_MAX: usize = 25;
const FOOTER_MAX: usize = 2048;
/// Title, description, names and values of fields, and footer together.
const EMBED_MAX: usize = 6000;

#[derive(Debug)]
struct Discord {
    url: SecretUrl,
}

pub(crate) fn schema() -> Value {
    json!({
        "type": "object",
        "additionalProperties": false,
        "required": ["webhook_url"],
        "properties": {
            "webhook_url": webhook_url_schema(
                "Webhook of the channel: https://discord.com/api/webhooks/ID/TOKEN, with ?thread_id=ID for a thread."
            ),
            "base_url": base_url_schema(),
        },
    })
}

pub(crate) fn build(mut config: ConfigReader<'_>) -> Result<Arc<dyn Destination>, ConfigError> {
    let mut url = config.webhook_url("webhook_url")?.0;
    pin_version(&mut url);
    // Without `wait` a message that cannot be kept gives no error.
    let others: Vec<(String, String)> =
        url.query_pairs().filter(|(name, _)| name != "wait").map(|(n, v)| (n.into(), v.into())).collect();
    url.query_pairs_mut().clear().extend_pairs(others).append_pair("wait", "true");
    let mut secrets = config.into_secrets();
    secrets.add_url(&url);
    Ok(HttpSender::wrap(KIND, Discord { url: SecretUrl(url) }, secrets))
}

/// A copied address has no version, which means one that is deprecated.
fn pin_version(url: &mut Url) {
    if let Some(rest) = url.path().strip_prefix("/api/webhooks/") {
        url.set_path(&format!("/api/v10/webhooks/{rest}"));
    }
}

impl HttpDestination for Discord {
    fn request(&self, out: &Outgoing) -> Result<HttpRequest, RenderError> {
        let body = json!({"embeds": [embed(out)], "allowed_mentions": {"parse": []}});
        let mut request = HttpRequest::json(Method::POST, self.url.0.clone(), &body)?;
        request.headers.insert(header::USER_AGENT, user_agent(out)?);
        Ok(request)
    }

    fn verdict(&self, reply: &HttpReply) -> Verdict {
        let body: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
        match reply.status.as_u16() {
            200..=299 => Verdict::Delivered {
                remote_id: body.get("id").and_then(Value::as_str).map(str::to_owned),
                remote_url: None,
            },
            429 => {
                let seconds = body.get("retry_after").and_then(Value::as_f64).unwrap_or_default();
                let told =
                    std::time::Duration::try_from_secs_f64(seconds).ok().filter(|wait| !wait.is_zero());
                let after = reply.retry_after().max(told).map(|wait| wait.min(crate::RETRY_AFTER_MAX));
                Verdict::Retry { reason: Reason::Throttled, after }
            }
            // Unknown webhook, invalid token: asking again would get this address blocked.
            401 | 403 | 404 | 410 => Verdict::GiveUp { reason: Reason::Configuration },
            _ => Verdict::from_status(reply),
        }
    }
}

/// Discord wants the bot's address and version; without them its gateway answers with a page.
fn user_agent(out: &Outgoing) -> Result<HeaderValue, RenderError> {
    let address = out.link.origin().ascii_serialization();
    HeaderValue::from_str(&format!("DiscordBot ({address}, {})", env!("CARGO_PKG_VERSION")))
        .map_err(|_| RenderError::new("the console's address is no legal header value"))
}

fn embed(out: &Outgoing) -> Value {
    let alert = &*out.alert;
    let footer = escaped(alert.detection_id.as_str(), FOOTER_MAX.min(256), UNIT, |_| None);
    let title = escaped(out.title.trim(), TITLE_MAX, UNIT, markdown);
    let mut room = EMBED_MAX - UNIT.measure(&footer) - UNIT.measure(&title);
    let mut description = String::new();
    let mut fields = Vec::new();
    for fact in facts(alert) {
        if fact.label == "Description" {
            description = escaped(fact.value.trim(), 1500, UNIT, markdown);
            room = room.saturating_sub(UNIT.measure(&description));
            continue;
        }
        let value = escaped(fact.value.trim(), FIELD_VALUE_MAX, UNIT, markdown);
        let size = UNIT.measure(fact.label) + UNIT.measure(&value);
        if fields.len() < FIELDS_MAX && size <= room {
            room -= size;
            fields.push(json!({"name": fact.label, "value": value, "inline": fact.short}));
        }
    }
    let heading = format!("[{}]({})\n", escaped(&link_text(&out.texts), 200, UNIT, markdown), out.link);
    let context_room = room.saturating_sub(UNIT.measure(&heading) + 10).min(DESCRIPTION_MAX - 2000);
    let context = pretty_context(alert, context_room, UNIT)
        .map(|json| cut_fenced(&json, context_room))
        .unwrap_or_default();
    json!({
        "title": title,
        "url": out.link.as_str(),
        "color": color(alert.severity),
        "timestamp": model::format_aws_date_time(alert.created_at),
        "description": format!("{heading}{description}{context}"),
        "fields": fields,
        "footer": {"text": footer},
    })
}

/// The JSON between fences; breaking up fences inside it makes it longer, so it is cut after that.
fn cut_fenced(json: &str, max: usize) -> String {
    format!("\n```json\n{}\n```", crate::text::cut(&unfenced(json), max.saturating_sub(16), UNIT))
}

/// The colours of the reference, as Discord writes them.
fn color(severity: Severity) -> u32 {
    let hex = crate::payload::severity_color(severity, false);
    u32::from_str_radix(hex.trim_start_matches('#'), 16).unwrap_or_default()
}
