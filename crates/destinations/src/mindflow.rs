//! Mindflow: the generic payload starts a playbook.
//!
//! Asynchronous: any 2xx means that the playbook was started. The key goes into a header, unless the
//! address is of the form that carries it as `apikey`.
//! Sources: `destinations.md` §4.13; <https://intercom.help/mindflow>.

use std::sync::Arc;

use http::{HeaderMap, Method};
use serde_json::{Value, json};

use crate::config::{ConfigError, ConfigReader, base_url_schema, headers_schema, webhook_url_schema};
use crate::destination::{Destination, HttpDestination, HttpSender, Outgoing, RenderError};
use crate::http_types::HttpRequest;
use crate::secrets::SecretUrl;
use crate::webhook::generic_request;

pub(crate) const KIND: &str = "mindflow";
const KEY_HEADER: &str = "x-api-key";

#[derive(Debug)]
struct Mindflow {
    url: SecretUrl,
    headers: HeaderMap,
}

pub(crate) fn schema() -> Value {
    json!({
        "type": "object",
        "additionalProperties": false,
        "required": ["webhook_url"],
        "properties": {
            "webhook_url": webhook_url_schema("Webhook of the playbook: https://webhook-TENANT.mindflow.dev/playbooks/ID/steps/start/run-async"),
            "api_key": {
                "type": "string", "writeOnly": true, "title": "API key",
                "description": "Sent as X-API-Key; leave it out when the address holds `apikey`.",
            },
            "headers": headers_schema(),
            "base_url": base_url_schema(),
        },
    })
}

pub(crate) fn build(mut config: ConfigReader<'_>) -> Result<Arc<dyn Destination>, ConfigError> {
    let url = config.webhook_url("webhook_url")?;
    let mut headers = config.headers("headers")?;
    config.add_key_header(&mut headers, "api_key", KEY_HEADER)?;
    Ok(HttpSender::wrap(KIND, Mindflow { url, headers }, config.into_secrets()))
}

impl HttpDestination for Mindflow {
    fn request(&self, out: &Outgoing) -> Result<HttpRequest, RenderError> {
        generic_request(Method::POST, &self.url, &self.headers, out)
    }
}
