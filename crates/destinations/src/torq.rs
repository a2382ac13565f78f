//! Torq: the generic payload to the webhook trigger of a workflow.
//!
//! Any 2xx is success. Use the plain or the asynchronous address of the trigger: the synchronous one answers
//! with what the workflow sets, once it is over.
//! Sources: `destinations.md` §4.22; <https://kb.torq.io/en/articles/9149297-webhook-integrations>.

use std::sync::Arc;

use http::{HeaderMap, Method};
use serde_json::{Value, json};

use crate::config::{ConfigError, ConfigReader, base_url_schema, headers_schema, webhook_url_schema};
use crate::destination::{Destination, HttpDestination, HttpSender, Outgoing, RenderError};
use crate::http_types::HttpRequest;
use crate::secrets::SecretUrl;
use crate::webhook::generic_request;

pub(crate) const KIND: &str = "torq";

#[derive(Debug)]
struct Torq {
    url: SecretUrl,
    headers: HeaderMap,
}

pub(crate) fn schema() -> Value {
    json!({
        "type": "object",
        "additionalProperties": false,
        "required": ["webhook_url"],
        "properties": {
            "webhook_url": webhook_url_schema("URL of the webhook trigger: https://hooks.torq.io/v1/webhooks/…"),
            "headers": headers_schema(),
            "base_url": base_url_schema(),
        },
    })
}

pub(crate) fn build(mut config: ConfigReader<'_>) -> Result<Arc<dyn Destination>, ConfigError> {
    let torq = Torq { url: config.webhook_url("webhook_url")?, headers: config.headers("headers")? };
    Ok(HttpSender::wrap(KIND, torq, config.into_secrets()))
}

impl HttpDestination for Torq {
    fn request(&self, out: &Outgoing) -> Result<HttpRequest, RenderError> {
        generic_request(Method::POST, &self.url, &self.headers, out)
    }
}
