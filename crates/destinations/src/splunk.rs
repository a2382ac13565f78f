//! Splunk: one event by the HTTP Event Collector.
//!
//! Success is status 200 with code 0: accepted, not yet indexed. With `use_ack` the attempt also waits for
//! the indexers' word (Splunk Enterprise only). Sources: `destinations.md` §4.20;
//! <https://docs.splunk.com/Documentation/Splunk/latest/Data/HECRESTendpoints>,
//! <https://docs.splunk.com/Documentation/Splunk/latest/Data/TroubleshootHTTPEventCollector>.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use http::{HeaderName, HeaderValue, Method, header};
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};
use tokio::time::{Instant, sleep};
use url::Url;

use crate::config::{ConfigError, ConfigReader, base_url_schema, merge_properties, secret_header};
use crate::destination::{
    Attempt, Calls, Conversation, ConversationSender, Destination, Outgoing, Reason, RenderError, Verdict,
};
use crate::http_types::{HttpReply, HttpRequest};
use crate::payload::bounded_payload;
use crate::transport::{self, transport_schema};

pub(crate) const KIND: &str = "splunk";

/// Splunk Cloud advises at most 1 MB a request.
const EVENT_BYTES_MAX: usize = 900_000;
/// What is sent when the collector says that the event is too large.
const SMALL_EVENT_BYTES_MAX: usize = 8_000;
const CHANNEL_HEADER: &str = "x-splunk-request-channel";
/// Between two questions whether an event is indexed.
const ACK_PAUSE: Duration = Duration::from_millis(500);

struct Splunk {
    event_url: Url,
    ack_url: Url,
    authorization: HeaderValue,
    /// `index`, `source`, `sourcetype`, `host`, as configured.
    metadata: Map<String, Value>,
    use_ack: bool,
}

pub(crate) fn schema() -> Value {
    let mut schema = json!({
        "type": "object",
        "additionalProperties": false,
        "required": ["url", "token"],
        "properties": {
            "url": {
                "type": "string", "format": "uri", "title": "Collector",
                "description": "Address of the HTTP Event Collector, such as https://splunk.example:8088.",
            },
            "token": {"type": "string", "writeOnly": true, "title": "Token"},
            "index": {"type": "string", "title": "Index", "description": "The token's default when left out."},
            "source": {"type": "string", "title": "Source"},
            "sourcetype": {"type": "string", "title": "Source type", "default": "margay:alert"},
            "host": {"type": "string", "title": "Host"},
            "use_ack": {
                "type": "boolean", "default": false, "title": "Wait for indexer acknowledgment",
                "description": "For tokens with indexer acknowledgment; Splunk Enterprise only.",
            },
            "base_url": base_url_schema(),
        },
    });
    merge_properties(&mut schema, transport_schema());
    schema
}

pub(crate) fn build(mut config: ConfigReader<'_>) -> Result<Arc<dyn Destination>, ConfigError> {
    let base = config.site_url("url")?;
    let below = |path: &str| {
        let mut url = base.clone();
        url.set_path(&format!("{}{path}", base.path().trim_end_matches('/')));
        url
    };
    let token = config.required_secret("token")?.trim();
    let authorization = secret_header(&format!("Splunk {token}"), "token")?;
    let mut metadata = Map::new();
    for key in ["index", "source", "sourcetype", "host"] {
        if let Some(text) = config.text(key)? {
            metadata.insert(key.to_owned(), Value::from(text));
        }
    }
    let splunk = Splunk {
        event_url: below("/services/collector/event"),
        ack_url: below("/services/collector/ack"),
        authorization,
        metadata,
        use_ack: config.switch("use_ack", false)?,
    };
    let transport = transport::read(&mut config)?;
    Ok(ConversationSender::wrap_with(KIND, splunk, config.into_secrets(), transport))
}

impl Conversation for Splunk {
    fn converse<'a>(
        &'a self,
        calls: &'a Calls<'a>,
        out: &'a Outgoing,
    ) -> BoxFuture<'a, Result<Attempt, Attempt>> {
        Box::pin(async move {
            let mut reply = calls.send(self.event(out, EVENT_BYTES_MAX)?).await?;
            if reply.status == http::StatusCode::PAYLOAD_TOO_LARGE {
                reply = calls.send(self.event(out, SMALL_EVENT_BYTES_MAX)?).await?;
            }
            let verdict = verdict(&reply);
            let is_taken = matches!(verdict, Verdict::Delivered { .. });
            match ack_id(&reply).filter(|_| self.use_ack && is_taken) {
                Some(ack_id) => self.wait_for_ack(calls, out, ack_id).await,
                None if self.use_ack && is_taken => {
                    let verdict = Verdict::GiveUp { reason: Reason::Configuration };
                    let remedy = "the token has no indexer acknowledgment: turn it on in Splunk or set `use_ack: false`";
                    Err(Attempt::of_reply(&reply, verdict).with_remedy(remedy))
                }
                None => {
                    let attempt = Attempt::of_reply(&reply, verdict);
                    Ok(match remedy(&reply) {
                        Some(remedy) => attempt.with_remedy(remedy),
                        None => attempt,
                    })
                }
            }
        })
    }
}

impl Splunk {
    fn event(&self, out: &Outgoing, bytes_max: usize) -> Result<HttpRequest, RenderError> {
        let alert = &*out.alert;
        let payload = RawValue::from_string(bounded_payload(out, bytes_max))
            .map_err(|error| RenderError::new(format!("the payload is no JSON: {error}")))?;
        let sourcetype = if out.texts.compat { "panther:alert" } else { "margay:alert" };
        let metadata = |key: &str, default: Option<&str>| {
            self.metadata.get(key).cloned().or(default.map(Value::from)).unwrap_or(Value::Null)
        };
        let at = alert.created_at;
        let event = Event {
            time: format!("{}.{:03}", at.as_second(), at.subsec_nanosecond().abs() / 1_000_000),
            host: metadata("host", None),
            source: metadata("source", None),
            sourcetype: metadata("sourcetype", Some(sourcetype)),
            index: metadata("index", None),
            event: &payload,
            fields: json!({
                "severity": alert.severity.as_str(),
                "type": alert.alert_type.as_str(),
                "detectionId": alert.detection_id.as_str(),
            }),
        };
        self.request(&self.event_url, &event, out)
    }

    fn request(
        &self,
        url: &Url,
        body: &impl serde::Serialize,
        out: &Outgoing,
    ) -> Result<HttpRequest, RenderError> {
        let mut request = HttpRequest::json(Method::POST, url.clone(), body)?;
        request.headers.insert(header::AUTHORIZATION, self.authorization.clone());
        if self.use_ack {
            // The delivery's id is a UUID and the same for every attempt: a channel of its own.
            let channel = HeaderValue::from_str(out.delivery_id.as_str())
                .map_err(|_| RenderError::new("the delivery's id is no legal header value"))?;
            request.headers.insert(HeaderName::from_static(CHANNEL_HEADER), channel);
        }
        Ok(request)
    }

    /// Asks until the event is indexed or the attempt's time is over; a repeat may index it twice.
    async fn wait_for_ack(&self, calls: &Calls<'_>, out: &Outgoing, ack_id: u64) -> Result<Attempt, Attempt> {
        loop {
            let reply = calls.send(self.request(&self.ack_url, &json!({"acks": [ack_id]}), out)?).await?;
            let body: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
            if body.pointer(&format!("/acks/{ack_id}")) == Some(&Value::Bool(true)) {
                return Ok(Attempt::of_reply(&reply, Verdict::delivered()));
            }
            if !reply.status.is_success() {
                return Err(Attempt::of_reply(&reply, verdict(&reply)));
            }
            if Instant::now() + ACK_PAUSE * 2 >= calls.deadline() {
                let verdict = Verdict::Retry { reason: Reason::Timeout, after: None };
                let remedy = "accepted, but the indexers did not acknowledge the event in time";
                return Err(Attempt::of_reply(&reply, verdict).with_remedy(remedy));
            }
            sleep(ACK_PAUSE).await;
        }
    }
}

#[derive(serde::Serialize)]
struct Event<'a> {
    time: String,
    #[serde(skip_serializing_if = "Value::is_null")]
    host: Value,
    #[serde(skip_serializing_if = "Value::is_null")]
    source: Value,
    sourcetype: Value,
    #[serde(skip_serializing_if = "Value::is_null")]
    index: Value,
    event: &'a RawValue,
    fields: Value,
}

/// By the code in the body, which says more than the status.
fn verdict(reply: &HttpReply) -> Verdict {
    let body: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
    let after = reply.retry_after();
    match body.get("code").and_then(Value::as_u64) {
        Some(0) | None if reply.status.is_success() => Verdict::delivered(),
        Some(8 | 9 | 18..=20) => Verdict::Retry { reason: Reason::Unavailable, after },
        Some(1..=4 | 7 | 10 | 11 | 14 | 16 | 21 | 22) => Verdict::GiveUp { reason: Reason::Configuration },
        Some(5 | 6 | 12 | 13 | 15) => Verdict::GiveUp { reason: Reason::Refused },
        Some(_) if reply.status.is_success() => Verdict::GiveUp { reason: Reason::UnexpectedReply },
        _ => Verdict::from_status(reply),
    }
}

/// What a person should do about a code that tells where to look.
fn remedy(reply: &HttpReply) -> Option<&'static str> {
    let body: Value = serde_json::from_slice(&reply.body).ok()?;
    match body.get("code").and_then(Value::as_u64)? {
        1 => Some("the token is disabled: turn it on in Splunk, or give another `token`"),
        2..=4 => Some("Splunk does not know this token: give a new `token`"),
        7 => Some("the token may not write to this index, or there is none of this name: correct `index`"),
        9 | 18 | 20 => Some(
            "its queues are full: give the indexers room; deliveries go on by themselves, or set a lower `delivery.rate`",
        ),
        14 => Some("the token has no indexer acknowledgment: turn it on in Splunk or set `use_ack: false`"),
        _ => None,
    }
}

fn ack_id(reply: &HttpReply) -> Option<u64> {
    let body: Value = serde_json::from_slice(&reply.body).ok()?;
    body.get("ackId")?.as_u64()
}
