//! Google Pub/Sub: the generic payload as one message of a topic.
//!
//! A repeat is a second message: subscribers tell doubles by the attribute `alertId`. Sources:
//! `destinations.md` §4.8; <https://cloud.google.com/pubsub/docs/reference/rest/v1/projects.topics/publish>,
//! <https://cloud.google.com/pubsub/quotas>, <https://cloud.google.com/pubsub/docs/reference/error-codes>.

mod credentials;
mod token;

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::future::BoxFuture;
use http::{Method, header};
use serde_json::{Value, json};
use url::Url;

use crate::config::{ConfigError, ConfigReader, base_url_schema, secret_header};
use crate::destination::{
    Attempt, Calls, Conversation, ConversationSender, Destination, Outgoing, Reason, Verdict,
};
use crate::http_types::{HttpReply, HttpRequest};
use crate::payload::bounded_payload;
use crate::secrets::MASK;
use crate::text::{Unit, cut};
use token::TokenSource;

pub(crate) const KIND: &str = "pubsub";

const API: &str = "https://pubsub.googleapis.com/";
/// A request has at most 10 MB, in which the payload counts as base64.
const PAYLOAD_BYTES_MAX: usize = 7_000_000;
const ATTRIBUTE_BYTES_MAX: usize = 1024;
/// While access is refused, somebody has to act.
const ACCESS_STEP: Duration = Duration::from_secs(15 * 60);

struct PubSub {
    publish_url: Url,
    /// `None` for an emulator, which asks for no credentials.
    tokens: Option<TokenSource>,
}

pub(crate) fn schema() -> Value {
    json!({
        "type": "object",
        "additionalProperties": false,
        "required": ["project_id", "topic_id"],
        "properties": {
            "project_id": {"type": "string", "title": "Project", "pattern": "^[a-z0-9:.-]+$"},
            "topic_id": {"type": "string", "title": "Topic", "description": "The topic's id, without its path."},
            "credentials": {
                "type": "string", "writeOnly": true, "contentMediaType": "application/json", "title": "Credentials",
                "description": "The JSON file of a service account's key or of a workload identity federation, as a text. Needs pubsub.topics.publish. Only an emulator takes none.",
            },
            "token_folder": {
                "type": "string", "title": "Token folder",
                "description": "Folder from which a workload identity federation may read its token file.",
            },
            "endpoint": {
                "type": "string", "format": "uri", "title": "Endpoint",
                "description": "A regional endpoint such as https://europe-west1-pubsub.googleapis.com, or an emulator.",
            },
            "base_url": base_url_schema(),
        },
    })
}

pub(crate) fn build(mut config: ConfigReader<'_>) -> Result<Arc<dyn Destination>, ConfigError> {
    let project_id = id(&config, "project_id")?;
    let topic_id = id(&config, "topic_id")?;
    let mut publish_url = match config.text("endpoint")? {
        Some(_) => config.site_url("endpoint")?,
        None => config.vendor_url(API)?,
    };
    publish_url.set_path(&format!("/v1/projects/{project_id}/topics/{topic_id}:publish"));
    let folder = config.text("token_folder")?.map(std::path::Path::new);
    let tokens = match config.secret("credentials")? {
        Some(text) => {
            let (credentials, found) = credentials::read(text, folder, &config)?;
            for secret in found {
                config.add_secret(&secret);
            }
            Some(TokenSource::new(credentials))
        }
        None if config.has("endpoint") || config.has("base_url") => None,
        None => {
            let message = "`credentials` is missing; give the JSON file of a service account's key as a text";
            return Err(ConfigError::new("credentials", message));
        }
    };
    Ok(ConversationSender::wrap(KIND, PubSub { publish_url, tokens }, config.into_secrets()))
}

/// An id that can stand in a path.
fn id<'a>(config: &ConfigReader<'a>, key: &str) -> Result<&'a str, ConfigError> {
    let text = config.required_text(key)?.trim();
    let is_legal = |character: char| character.is_ascii_alphanumeric() || "-_.~+%:".contains(character);
    if text.chars().all(is_legal) && text != ".." {
        return Ok(text);
    }
    let message = format!("`{key}` must be the id alone: letters, digits and `-_.~+%:`, no slashes");
    Err(ConfigError::new(key, message))
}

impl Conversation for PubSub {
    fn converse<'a>(
        &'a self,
        calls: &'a Calls<'a>,
        out: &'a Outgoing,
    ) -> BoxFuture<'a, Result<Attempt, Attempt>> {
        Box::pin(async move {
            let mut reply = self.publish(calls, out).await?;
            if let (401, Some(tokens)) = (reply.status.as_u16(), &self.tokens) {
                // The token may have been revoked before its time: a new one, once.
                tokens.forget();
                reply = self.publish(calls, out).await?;
            }
            let mut attempt = judge(&reply);
            if let Some(token) = self.tokens.as_ref().and_then(TokenSource::kept) {
                attempt.message = attempt.message.replace(&token, MASK);
            }
            Ok(attempt)
        })
    }
}

impl PubSub {
    async fn publish(&self, calls: &Calls<'_>, out: &Outgoing) -> Result<HttpReply, Attempt> {
        let alert = &*out.alert;
        let attribute = |text: &str| cut(text, ATTRIBUTE_BYTES_MAX, Unit::Bytes);
        let message = json!({
            "data": STANDARD.encode(bounded_payload(out, PAYLOAD_BYTES_MAX)),
            "attributes": {
                "alertId": attribute(alert.id.as_str()),
                "severity": alert.severity.as_str(),
                "type": alert.alert_type.as_str(),
                "detectionId": attribute(alert.detection_id.as_str()),
            },
        });
        let body = json!({"messages": [message]});
        let mut request = HttpRequest::json(Method::POST, self.publish_url.clone(), &body)?;
        if let Some(tokens) = &self.tokens {
            let token = tokens.token(calls, out.at).await?;
            let value = secret_header(&format!("Bearer {token}"), "credentials").map_err(|_| {
                let verdict = Verdict::Retry { reason: Reason::UnexpectedReply, after: None };
                Attempt::without_reply(verdict, "the token service gave a token that no header may hold")
            })?;
            request.headers.insert(header::AUTHORIZATION, value);
        }
        calls.send(request).await
    }
}

/// By Google's own status word, which says more than the number.
fn judge(reply: &HttpReply) -> Attempt {
    let body: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
    let of = |verdict| Attempt::of_reply(reply, verdict);
    let after = reply.retry_after();
    if reply.status.is_success() {
        let id = body.pointer("/messageIds/0").and_then(Value::as_str).map(str::to_owned);
        return of(Verdict::Delivered { remote_id: id, remote_url: None });
    }
    let slow = Verdict::Retry { reason: Reason::Unauthorized, after: after.or(Some(ACCESS_STEP)) };
    match body.pointer("/error/status").and_then(Value::as_str).unwrap_or_default() {
        "RESOURCE_EXHAUSTED" => of(Verdict::Retry { reason: Reason::Throttled, after }),
        "UNAVAILABLE" | "INTERNAL" | "DEADLINE_EXCEEDED" | "ABORTED" | "CANCELLED" | "UNKNOWN" => {
            of(Verdict::Retry { reason: Reason::Unavailable, after })
        }
        "FAILED_PRECONDITION" => of(slow).with_remedy(
            "billing may be off, the topic's key gone, or the region barred by its policy: use a regional `endpoint`",
        ),
        "PERMISSION_DENIED" => {
            of(slow).with_remedy("grant roles/pubsub.publisher on the topic to the account of `credentials`")
        }
        "UNAUTHENTICATED" => of(slow).with_remedy("the key is deleted or disabled: give new `credentials`"),
        "NOT_FOUND" => of(Verdict::GiveUp { reason: Reason::Configuration })
            .with_remedy("the topic does not exist: correct `project_id` or `topic_id`"),
        "INVALID_ARGUMENT" => of(Verdict::GiveUp { reason: Reason::Refused }),
        _ => of(Verdict::from_status(reply)),
    }
}
