//! Custom webhook: the generic payload to any HTTP address.
//!
//! Any 2xx is success. Sources: `destinations.md` §4.5; <https://www.standardwebhooks.com>.

use std::sync::Arc;

use http::{HeaderMap, Method};
use serde_json::{Value, json};

use crate::config::{
    ConfigError, ConfigReader, add_authorization, base_url_schema, headers_schema, webhook_url_schema,
};
use crate::destination::{Destination, HttpDestination, HttpSender, Outgoing, RenderError, Verdict};
use crate::http_types::{HttpReply, HttpRequest};
use crate::payload::generic_payload;
use crate::secrets::SecretUrl;

pub(crate) const KIND: &str = "webhook";

#[derive(Debug)]
struct Webhook {
    url: SecretUrl,
    method: Method,
    headers: HeaderMap,
    retry_all_non_2xx: bool,
}

pub(crate) fn schema() -> Value {
    json!({
        "type": "object",
        "additionalProperties": false,
        "required": ["webhook_url"],
        "properties": {
            "webhook_url": webhook_url_schema("Where to send; http or https."),
            "headers": headers_schema(),
            "method": {"type": "string", "enum": ["POST", "PUT", "PATCH"], "default": "POST", "title": "Method"},
            "basic": {
                "type": "object", "title": "Basic authentication",
                "additionalProperties": false, "required": ["username", "password"],
                "properties": {
                    "username": {"type": "string", "title": "User name"},
                    "password": {"type": "string", "writeOnly": true, "title": "Password"},
                },
            },
            "bearer": {"type": "string", "writeOnly": true, "title": "Bearer token"},
            "retry_all_non_2xx": {
                "type": "boolean", "default": true, "title": "Retry every 4xx and 5xx",
                "description": "When off, a reply such as 400 or 404 ends the delivery.",
            },
            "base_url": base_url_schema(),
        },
    })
}

pub(crate) fn build(mut config: ConfigReader<'_>) -> Result<Arc<dyn Destination>, ConfigError> {
    let url = config.webhook_url("webhook_url")?;
    let mut headers = config.headers("headers")?;
    add_authorization(&mut headers, config.authorization()?)?;
    let method = match config.text("method")? {
        None | Some("POST") => Method::POST,
        Some("PUT") => Method::PUT,
        Some("PATCH") => Method::PATCH,
        Some(_) => return Err(ConfigError::new("method", "`method` must be `POST`, `PUT` or `PATCH`")),
    };
    let retry_all_non_2xx = config.switch("retry_all_non_2xx", true)?;
    let webhook = Webhook { url, method, headers, retry_all_non_2xx };
    Ok(HttpSender::wrap(KIND, webhook, config.into_secrets()))
}

/// The request of the webhook and its kin: generic payload, configured headers, delivery headers.
pub(crate) fn generic_request(
    method: Method,
    url: &SecretUrl,
    headers: &HeaderMap,
    out: &Outgoing,
) -> Result<HttpRequest, RenderError> {
    let mut request = HttpRequest::json(method, url.0.clone(), &generic_payload(out))?;
    request.headers.extend(headers.clone());
    request.set_header("x-alert-id", out.alert.id.as_str())?;
    request.set_header("x-delivery-id", out.delivery_id.as_str())?;
    request.set_header("idempotency-key", out.delivery_id.as_str())?;
    Ok(request)
}

impl HttpDestination for Webhook {
    fn request(&self, out: &Outgoing) -> Result<HttpRequest, RenderError> {
        generic_request(self.method.clone(), &self.url, &self.headers, out)
    }

    fn verdict(&self, reply: &HttpReply) -> Verdict {
        if self.retry_all_non_2xx { Verdict::retry_all_non_2xx(reply) } else { Verdict::from_status(reply) }
    }
}
