//! Opsgenie: one alert of an API integration.
//!
//! Success is 202: taken, and processed later. The alert's id is the alias, so that a repeat joins the open
//! alert. The service ends on 5 April 2027; its successor takes the same bodies, see `service_region: JSM`.
//! Sources: `destinations.md` §4.14; <https://docs.opsgenie.com/docs/alert-api#create-alert>,
//! <https://developer.atlassian.com/cloud/jira/service-desk-ops/rest/v2/api-group-integration-events/>.

use std::sync::Arc;
use std::time::Duration;

use http::{HeaderValue, Method, header};
use model::Severity;
use serde_json::{Map, Value, json};
use url::Url;

use crate::config::{ConfigError, ConfigReader, base_url_schema, secret_header};
use crate::destination::{Destination, HttpDestination, HttpSender, Outgoing, Reason, RenderError, Verdict};
use crate::http_types::{HttpReply, HttpRequest};
use crate::text::{Unit, compact_context, cut, escaped, facts, link_text, one_line};

pub(crate) const KIND: &str = "opsgenie";

const US: &str = "https://api.opsgenie.com/v2/alerts";
const EU: &str = "https://api.eu.opsgenie.com/v2/alerts";
const JSM: &str = "https://api.atlassian.com/jsm/ops/integration/v2/alerts";
/// <https://docs.opsgenie.com/docs/alert-api#create-alert>
const MESSAGE_CHARS_MAX: usize = 130;
const DESCRIPTION_CHARS_MAX: usize = 15_000;
const ENTITY_CHARS_MAX: usize = 512;
const SOURCE_CHARS_MAX: usize = 100;
const TAGS_MAX: usize = 20;
const TAG_CHARS_MAX: usize = 50;
/// Of all details together.
const DETAILS_CHARS_MAX: usize = 8_000;

struct OpsGenie {
    url: Url,
    authorization: HeaderValue,
}

pub(crate) fn schema() -> Value {
    json!({
        "type": "object",
        "additionalProperties": false,
        "required": ["api_key"],
        "properties": {
            "api_key": {
                "type": "string", "writeOnly": true, "title": "API key",
                "description": "Key of an API integration; keys of the account cannot create alerts.",
            },
            "service_region": {
                "type": "string", "enum": ["US", "EU", "JSM"], "default": "US", "title": "Service region",
                "description": "JSM is the successor in Jira Service Management.",
            },
            "base_url": base_url_schema(),
        },
    })
}

pub(crate) fn build(mut config: ConfigReader<'_>) -> Result<Arc<dyn Destination>, ConfigError> {
    let key = config.required_secret("api_key")?.trim();
    let authorization = secret_header(&format!("GenieKey {key}"), "api_key")?;
    let vendor = match config.word("service_region", &["US", "EU", "JSM"])? {
        "EU" => EU,
        "JSM" => JSM,
        _ => US,
    };
    let opsgenie = OpsGenie { url: config.vendor_url(vendor)?, authorization };
    Ok(HttpSender::wrap(KIND, opsgenie, config.into_secrets()))
}

impl HttpDestination for OpsGenie {
    fn request(&self, out: &Outgoing) -> Result<HttpRequest, RenderError> {
        let mut request = HttpRequest::json(Method::POST, self.url.clone(), &body(out))?;
        request.headers.insert(header::AUTHORIZATION, self.authorization.clone());
        Ok(request)
    }

    /// 401, 402 and 403 are final here: the key is wrong, lacks the right, or the plan does not allow it.
    fn verdict(&self, reply: &HttpReply) -> Verdict {
        match reply.status.as_u16() {
            200..=299 => Verdict::Delivered { remote_id: request_id(reply), remote_url: None },
            401..=403 => Verdict::GiveUp { reason: Reason::Unauthorized },
            429 => Verdict::Retry { reason: Reason::Throttled, after: reply.retry_after().or(period(reply)) },
            _ => Verdict::from_status(reply),
        }
    }
}

fn body(out: &Outgoing) -> Value {
    let alert = &*out.alert;
    let text = |text: &str, max| escaped(text, max, Unit::Chars, html);
    let tags: Vec<String> =
        alert.tags.iter().take(TAGS_MAX).map(|tag| cut(tag, TAG_CHARS_MAX, Unit::Chars)).collect();
    json!({
        "message": text(&one_line(&out.title), MESSAGE_CHARS_MAX),
        "alias": alert.id.as_str(),
        "description": description(out),
        "tags": tags,
        "details": details(out),
        "entity": cut(alert.detection_id.as_str(), ENTITY_CHARS_MAX, Unit::Chars),
        "source": cut(&out.texts.product_name, SOURCE_CHARS_MAX, Unit::Chars),
        "priority": priority(alert.severity),
    })
}

/// HTML of at most the limit: facts first, and of the context what fits.
fn description(out: &Outgoing) -> String {
    let link = format!(
        "<a href=\"{}\">{}</a><br>",
        escaped(out.link.as_str(), 2000, Unit::Chars, html),
        escaped(&link_text(&out.texts), 200, Unit::Chars, html)
    );
    let mut text = link;
    for fact in facts(&out.alert) {
        let value = escaped(&fact.value, 1200, Unit::Chars, html);
        text.push_str(&format!("<strong>{}:</strong> {value}<br>", fact.label));
    }
    if !out.alert.context.is_empty() {
        let label = "<strong>AlertContext:</strong> ";
        let used = Unit::Chars.measure(&text) + label.len();
        let room = DESCRIPTION_CHARS_MAX.saturating_sub(used);
        text.push_str(label);
        text.push_str(&escaped(&compact_context(&out.alert), room, Unit::Chars, html));
    }
    text
}

/// Plain values for rules and filters of the vendor, within the limit of all details together.
fn details(out: &Outgoing) -> Map<String, Value> {
    let alert = &*out.alert;
    let mut details = Map::new();
    let mut room = DETAILS_CHARS_MAX;
    let pairs = [
        ("link", out.link.to_string()),
        ("alertId", alert.id.to_string()),
        ("detectionId", alert.detection_id.to_string()),
        ("type", alert.alert_type.to_string()),
        ("severity", alert.severity.as_str().to_owned()),
    ];
    for (key, value) in pairs {
        let value = cut(&value, 1000, Unit::Chars);
        room = room.saturating_sub(key.len() + Unit::Chars.measure(&value));
        if room > 0 {
            details.insert(key.to_owned(), Value::from(value));
        }
    }
    details
}

fn html(character: char) -> Option<&'static str> {
    match character {
        '&' => Some("&amp;"),
        '<' => Some("&lt;"),
        '>' => Some("&gt;"),
        '"' => Some("&quot;"),
        _ => None,
    }
}

fn priority(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "P1",
        Severity::High => "P2",
        Severity::Medium => "P3",
        Severity::Low => "P4",
        Severity::Info => "P5",
    }
}

fn request_id(reply: &HttpReply) -> Option<String> {
    let body: Value = serde_json::from_slice(&reply.body).ok()?;
    body.get("requestId")?.as_str().map(str::to_owned)
}

/// The throttle's period, which is told instead of `Retry-After`.
fn period(reply: &HttpReply) -> Option<Duration> {
    let seconds = reply.headers.get("x-ratelimit-period-in-sec")?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds).min(crate::RETRY_AFTER_MAX)).filter(|wait| !wait.is_zero())
}
