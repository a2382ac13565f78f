//! Tines: the generic payload to the webhook action of a story.
//!
//! The story may set code and body of its reply, so any 2xx is success (201 by default). Tines takes 1000
//! requests a minute per path; a destination that sends more sets `delivery.rate`.
//! Sources: `destinations.md` §4.21; <https://www.tines.com/docs/actions/types/webhook/>.

use std::sync::Arc;

use http::{HeaderMap, Method};
use serde_json::{Value, json};

use crate::config::{ConfigError, ConfigReader, base_url_schema, headers_schema, webhook_url_schema};
use crate::destination::{Destination, HttpDestination, HttpSender, Outgoing, RenderError};
use crate::http_types::HttpRequest;
use crate::secrets::SecretUrl;
use crate::webhook::generic_request;

pub(crate) const KIND: &str = "tines";

#[derive(Debug)]
struct Tines {
    url: SecretUrl,
    headers: HeaderMap,
}

pub(crate) fn schema() -> Value {
    json!({
        "type": "object",
        "additionalProperties": false,
        "required": ["webhook_url"],
        "properties": {
            "webhook_url": webhook_url_schema("URL of the story's webhook action, with its path and secret."),
            "headers": headers_schema(),
            "base_url": base_url_schema(),
        },
    })
}

pub(crate) fn build(mut config: ConfigReader<'_>) -> Result<Arc<dyn Destination>, ConfigError> {
    let tines = Tines { url: config.webhook_url("webhook_url")?, headers: config.headers("headers")? };
    Ok(HttpSender::wrap(KIND, tines, config.into_secrets()))
}

impl HttpDestination for Tines {
    fn request(&self, out: &Outgoing) -> Result<HttpRequest, RenderError> {
        generic_request(Method::POST, &self.url, &self.headers, out)
    }
}
