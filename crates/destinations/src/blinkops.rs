//! Blink Ops: the generic payload to the webhook trigger of an automation.
//!
//! Any 2xx means received, not that the workflow ran. The key is part of the address, or goes into a header,
//! or signs the request (`ts=UNIX;sig1=HMAC` over time, full address and body).
//! Sources: `destinations.md` §4.4; <https://docs.blinkops.com/docs/automations/triggers/webhook-triggers>.

use std::sync::Arc;

use http::{HeaderMap, HeaderName, Method};
use serde_json::{Value, json};

use crate::config::{
    ConfigError, ConfigReader, base_url_schema, headers_schema, secret_header, webhook_url_schema,
};
use crate::destination::{Destination, HttpDestination, HttpSender, Outgoing, RenderError};
use crate::http_types::HttpRequest;
use crate::payload::bounded_payload;
use crate::secrets::SecretUrl;
use crate::sign::hmac_sha256;
use crate::webhook::generic_request_of;

pub(crate) const KIND: &str = "blinkops";
/// Largest body. <https://docs.panther.com/alerts/destinations/blink-ops>
const BODY_BYTES_MAX: usize = 5_000_000;
const KEY_HEADER: &str = "blink-api-key";
const SIGNATURE_HEADER: &str = "x-blink-signature";

struct BlinkOps {
    url: SecretUrl,
    headers: HeaderMap,
    signing_key: Option<Vec<u8>>,
}

pub(crate) fn schema() -> Value {
    json!({
        "type": "object",
        "additionalProperties": false,
        "required": ["webhook_url"],
        "properties": {
            "webhook_url": webhook_url_schema("Webhook URL of the automation's trigger, whole, with its key if it has one."),
            "api_key": {
                "type": "string", "writeOnly": true, "title": "API key",
                "description": "Sent or used as `auth_mode` says; leave it out when the address holds it.",
            },
            "auth_mode": {
                "type": "string", "enum": ["header", "signature"], "default": "header", "title": "Use of the key",
                "description": "`header` sends the key, `signature` signs each request with it.",
            },
            "headers": headers_schema(),
            "base_url": base_url_schema(),
        },
    })
}

pub(crate) fn build(mut config: ConfigReader<'_>) -> Result<Arc<dyn Destination>, ConfigError> {
    let url = config.webhook_url("webhook_url")?;
    let mut headers = config.headers("headers")?;
    let mut signing_key = None;
    if config.word("auth_mode", &["header", "signature"])? == "signature" {
        signing_key = Some(config.required_secret("api_key")?.as_bytes().to_vec());
    } else {
        config.add_key_header(&mut headers, "api_key", KEY_HEADER)?;
    }
    let blink = BlinkOps { url, headers, signing_key };
    Ok(HttpSender::wrap(KIND, blink, config.into_secrets()))
}

impl HttpDestination for BlinkOps {
    fn request(&self, out: &Outgoing) -> Result<HttpRequest, RenderError> {
        let body = bounded_payload(out, BODY_BYTES_MAX);
        let mut request = generic_request_of(Method::POST, &self.url, &self.headers, out, body)?;
        if let Some(key) = &self.signing_key {
            let seconds = out.at.as_second();
            let signed = format!("{seconds}.{}.", self.url.0);
            let digest = hex::encode(hmac_sha256(key, &[signed.as_bytes(), &request.body]));
            let value = secret_header(&format!("ts={seconds};sig1={digest}"), SIGNATURE_HEADER)
                .map_err(|_| RenderError::new("the signature is no legal header value"))?;
            request.headers.insert(HeaderName::from_static(SIGNATURE_HEADER), value);
        }
        Ok(request)
    }
}
