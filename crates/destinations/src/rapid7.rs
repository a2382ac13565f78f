//! Rapid7 InsightConnect: the generic payload to the API trigger of a workflow.
//!
//! Any 2xx is success. Without a key the random part of the address is the only protection.
//! Sources: `destinations.md` §4.16; <https://docs.rapid7.com/insightconnect/api-trigger/>.

use std::sync::Arc;

use http::{HeaderMap, Method};
use serde_json::{Value, json};

use crate::config::{ConfigError, ConfigReader, base_url_schema, headers_schema};
use crate::destination::{Destination, HttpDestination, HttpSender, Outgoing, RenderError};
use crate::http_types::HttpRequest;
use crate::secrets::SecretUrl;
use crate::webhook::generic_request;

pub(crate) const KIND: &str = "rapid7";
const KEY_HEADER: &str = "x-api-key";

#[derive(Debug)]
struct Rapid7 {
    url: SecretUrl,
    headers: HeaderMap,
}

pub(crate) fn schema() -> Value {
    json!({
        "type": "object",
        "additionalProperties": false,
        "required": ["trigger_url"],
        "properties": {
            "trigger_url": {
                "type": "string", "format": "uri", "writeOnly": true, "title": "Trigger URL",
                "description": "URL of the workflow's API trigger.",
            },
            "api_key": {
                "type": "string", "writeOnly": true, "title": "API key",
                "description": "User or organisation key, when the trigger requires one.",
            },
            "headers": headers_schema(),
            "base_url": base_url_schema(),
        },
    })
}

pub(crate) fn build(mut config: ConfigReader<'_>) -> Result<Arc<dyn Destination>, ConfigError> {
    let url = config.webhook_url("trigger_url")?;
    let mut headers = config.headers("headers")?;
    config.add_key_header(&mut headers, "api_key", KEY_HEADER)?;
    Ok(HttpSender::wrap(KIND, Rapid7 { url, headers }, config.into_secrets()))
}

impl HttpDestination for Rapid7 {
    fn request(&self, out: &Outgoing) -> Result<HttpRequest, RenderError> {
        generic_request(Method::POST, &self.url, &self.headers, out)
    }
}
