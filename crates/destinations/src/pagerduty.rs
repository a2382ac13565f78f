//! PagerDuty, Events API v2: an alert triggers an incident of a service.
//!
//! Success is 202: taken, and processed later. The alert's id is the `dedup_key`, so that a repeat joins the
//! open alert. Sources: `destinations.md` §4.15;
//! <https://developer.pagerduty.com/docs/send-alert-event>.

use std::sync::Arc;
use std::time::Duration;

use http::Method;
use jiff::Timestamp;
use model::Severity;
use serde_json::{Value, json};
use url::Url;

use crate::config::{ConfigError, ConfigReader, base_url_schema};
use crate::destination::{Destination, HttpDestination, HttpSender, Outgoing, Reason, RenderError, Verdict};
use crate::http_types::{HttpReply, HttpRequest};
use crate::payload::bounded_payload;
use crate::text::{Unit, cut, detection_name, link_text, one_line};

pub(crate) const KIND: &str = "pagerduty";

const US: &str = "https://events.pagerduty.com/v2/enqueue";
const EU: &str = "https://events.eu.pagerduty.com/v2/enqueue";
const KEY_CHARS: usize = 32;
/// Characters of a REST API key, often given by mistake.
const REST_KEY_CHARS: usize = 20;
/// <https://developer.pagerduty.com/docs/send-alert-event#parameters>
const SUMMARY_CHARS_MAX: usize = 1024;
/// 512 KB for the whole event; the rest of the event takes less than this leaves.
const DETAILS_BYTES_MAX: usize = 500_000;
/// 429 comes without `Retry-After`; about 120 events a minute and key are taken.
const THROTTLED_WAIT: Duration = Duration::from_secs(30);

struct PagerDuty {
    url: Url,
    integration_key: String,
}

pub(crate) fn schema() -> Value {
    json!({
        "type": "object",
        "additionalProperties": false,
        "required": ["integration_key"],
        "properties": {
            "integration_key": {
                "type": "string", "writeOnly": true, "title": "Integration key", "pattern": "^[A-Za-z0-9]{32}$",
                "description": "Key of an Events API v2 integration of the service: 32 letters and digits.",
            },
            "service_region": {
                "type": "string", "enum": ["US", "EU"], "default": "US", "title": "Service region",
            },
            "base_url": base_url_schema(),
        },
    })
}

pub(crate) fn build(mut config: ConfigReader<'_>) -> Result<Arc<dyn Destination>, ConfigError> {
    let key = config.required_secret("integration_key")?.trim();
    if key.len() != KEY_CHARS || !key.chars().all(|character| character.is_ascii_alphanumeric()) {
        let hint = if key.len() == REST_KEY_CHARS { "; this looks like a REST API key" } else { "" };
        let message = format!(
            "`integration_key` must be {KEY_CHARS} letters and digits{hint}; take the key of an Events API v2 integration"
        );
        return Err(ConfigError::new("integration_key", message));
    }
    let vendor = if config.word("service_region", &["US", "EU"])? == "EU" { EU } else { US };
    let pagerduty = PagerDuty { url: config.vendor_url(vendor)?, integration_key: key.to_owned() };
    Ok(HttpSender::wrap(KIND, pagerduty, config.into_secrets()))
}

impl HttpDestination for PagerDuty {
    fn request(&self, out: &Outgoing) -> Result<HttpRequest, RenderError> {
        let alert = &*out.alert;
        let details = bounded_payload(out, DETAILS_BYTES_MAX);
        let details = serde_json::value::RawValue::from_string(details)
            .map_err(|error| RenderError::new(format!("the payload is no JSON: {error}")))?;
        let source = if out.texts.compat { "pantherlabs" } else { &out.texts.product_name };
        let component = alert.log_types.iter().next().map_or("alert", model::LogType::as_str);
        let body = Event {
            routing_key: &self.integration_key,
            event_action: "trigger",
            dedup_key: alert.id.as_str(),
            client: &out.texts.product_name,
            client_url: out.link.as_str(),
            links: [json!({"href": out.link.as_str(), "text": link_text(&out.texts)})],
            payload: Payload {
                summary: cut(&one_line(&out.title), SUMMARY_CHARS_MAX, Unit::Chars),
                severity: severity(alert.severity),
                timestamp: whole_seconds(alert.created_at),
                source,
                component,
                group: detection_name(alert),
                class: alert.alert_type.as_str(),
                custom_details: &details,
            },
        };
        HttpRequest::json(Method::POST, self.url.clone(), &body)
    }

    fn verdict(&self, reply: &HttpReply) -> Verdict {
        match reply.status.as_u16() {
            200..=299 => Verdict::Delivered { remote_id: dedup_key(reply), remote_url: None },
            429 => Verdict::Retry {
                reason: Reason::Throttled,
                after: reply.retry_after().or(Some(THROTTLED_WAIT)),
            },
            _ => Verdict::from_status(reply),
        }
    }
}

#[derive(serde::Serialize)]
struct Event<'a> {
    routing_key: &'a str,
    event_action: &'static str,
    dedup_key: &'a str,
    client: &'a str,
    client_url: &'a str,
    links: [Value; 1],
    payload: Payload<'a>,
}

#[derive(serde::Serialize)]
struct Payload<'a> {
    summary: String,
    severity: &'static str,
    timestamp: String,
    source: &'a str,
    component: &'a str,
    group: &'a str,
    class: &'static str,
    custom_details: &'a serde_json::value::RawValue,
}

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "critical",
        Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low | Severity::Info => "info",
    }
}

/// RFC 3339 without a fraction, which PagerDuty does not read.
fn whole_seconds(at: Timestamp) -> String {
    let whole = Timestamp::from_second(at.as_second()).unwrap_or(at);
    model::format_aws_date_time(whole)
}

fn dedup_key(reply: &HttpReply) -> Option<String> {
    let body: Value = serde_json::from_slice(&reply.body).ok()?;
    body.get("dedup_key")?.as_str().map(str::to_owned)
}
