//! incident.io: one alert event of an HTTP alert source.
//!
//! Success is 202. The alert's id is the deduplication key: a repeat makes no second alert.
//! Sources: `destinations.md` §4.9; <https://api-docs.incident.io/tag/Alert-Events-V2>.

use std::sync::Arc;
use std::time::Duration;

use http::{HeaderValue, Method, header};
use serde_json::{Value, json};
use url::Url;

use crate::config::{ConfigError, ConfigReader, base_url_schema, secret_header};
use crate::destination::{Destination, HttpDestination, HttpSender, Outgoing, Reason, RenderError, Verdict};
use crate::http_types::{HttpReply, HttpRequest};
use crate::payload::bounded_payload;
use crate::text::{Unit, cut, escaped, facts, markdown, one_line};

pub(crate) const KIND: &str = "incidentio";

const EVENTS: &str = "https://api.incident.io/v2/alert_events/http/";
/// 512 KiB for the whole body; title and description take less than this leaves.
const METADATA_BYTES_MAX: usize = 480 * 1024;
/// Not published; the vendor's lists show no more.
const TITLE_CHARS_MAX: usize = 1000;

struct IncidentIo {
    url: Url,
    authorization: HeaderValue,
}

pub(crate) fn schema() -> Value {
    json!({
        "type": "object",
        "additionalProperties": false,
        "required": ["alert_source_config_id", "api_token"],
        "properties": {
            "alert_source_config_id": {
                "type": "string", "title": "Alert source", "pattern": "^[A-Za-z0-9_-]+$",
                "description": "Id of the HTTP alert source: the last part of its address.",
            },
            "api_token": {
                "type": "string", "writeOnly": true, "title": "Token", "description": "The alert source's own token.",
            },
            "base_url": base_url_schema(),
        },
    })
}

pub(crate) fn build(mut config: ConfigReader<'_>) -> Result<Arc<dyn Destination>, ConfigError> {
    let id = config.required_text("alert_source_config_id")?.trim();
    if !id.chars().all(|character| character.is_ascii_alphanumeric() || "_-".contains(character)) {
        let message = "`alert_source_config_id` holds letters, digits, `_` and `-` only: it is the last part of the source's address";
        return Err(ConfigError::new("alert_source_config_id", message));
    }
    let token = config.required_secret("api_token")?.trim();
    let authorization = secret_header(&format!("Bearer {token}"), "api_token")?;
    let mut url = config.vendor_url(EVENTS)?;
    url.set_path(&format!("{}{id}", url.path()));
    Ok(HttpSender::wrap(KIND, IncidentIo { url, authorization }, config.into_secrets()))
}

impl HttpDestination for IncidentIo {
    fn request(&self, out: &Outgoing) -> Result<HttpRequest, RenderError> {
        let metadata: Value = serde_json::from_str(&bounded_payload(out, METADATA_BYTES_MAX))
            .map_err(|error| RenderError::new(format!("the payload is no JSON: {error}")))?;
        let lines: Vec<String> = facts(&out.alert)
            .into_iter()
            .map(|fact| format!("**{}:** {}", fact.label, escaped(&fact.value, 1200, Unit::Chars, markdown)))
            .collect();
        let body = json!({
            "title": cut(&one_line(&out.title), TITLE_CHARS_MAX, Unit::Chars),
            "status": "firing",
            "description": lines.join("\n\n"),
            "deduplication_key": out.alert.id.as_str(),
            "source_url": out.link.as_str(),
            "metadata": metadata,
        });
        let mut request = HttpRequest::json(Method::POST, self.url.clone(), &body)?;
        request.headers.insert(header::AUTHORIZATION, self.authorization.clone());
        Ok(request)
    }

    fn verdict(&self, reply: &HttpReply) -> Verdict {
        let body: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
        match reply.status.as_u16() {
            200..=299 => Verdict::Delivered {
                remote_id: body.get("deduplication_key").and_then(Value::as_str).map(str::to_owned),
                remote_url: None,
            },
            404 => Verdict::GiveUp { reason: Reason::Configuration },
            429 => Verdict::Retry {
                reason: Reason::Throttled,
                after: reply.retry_after().or(told_wait(&body, reply)),
            },
            _ => Verdict::from_status(reply),
        }
    }
}

/// `rate_limit.retry_after` is a date that ends in `UTC`, which no standard allows.
fn told_wait(body: &Value, reply: &HttpReply) -> Option<Duration> {
    let text = body.pointer("/rate_limit/retry_after")?.as_str()?.replace("UTC", "GMT");
    stdx::retry_after(&text, reply.received_at, crate::RETRY_AFTER_MAX).filter(|wait| !wait.is_zero())
}
