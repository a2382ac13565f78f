//! Custom webhook: the generic payload to any HTTP address.
//!
//! Any 2xx is success. Sources: `destinations.md` §4.5; <https://www.standardwebhooks.com>.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, Method};
use serde_json::{Value, json};

use crate::config::{
    ConfigError, ConfigReader, add_authorization, base_url_schema, basic_schema, headers_schema,
    merge_properties, webhook_url_schema,
};
use crate::destination::{Destination, HttpDestination, HttpSender, Outgoing, RenderError, Verdict};
use crate::http_types::{HttpReply, HttpRequest};
use crate::payload::generic_payload;
use crate::secrets::SecretUrl;
use crate::sign::hmac_sha256;
use crate::transport::{self, transport_schema};

pub(crate) const KIND: &str = "webhook";

struct Webhook {
    url: SecretUrl,
    method: Method,
    headers: HeaderMap,
    retry_all_non_2xx: bool,
    signing_keys: Vec<Vec<u8>>,
}

/// Begins a secret of Standard Webhooks, whose rest is base64.
const SECRET_PREFIX: &str = "whsec_";
const SIGNING_HEADERS: [&str; 3] = ["webhook-id", "webhook-timestamp", "webhook-signature"];

pub(crate) fn schema() -> Value {
    let mut schema = json!({
        "type": "object",
        "additionalProperties": false,
        "required": ["webhook_url"],
        "properties": {
            "webhook_url": webhook_url_schema("Where to send; http or https."),
            "headers": headers_schema(),
            "method": {"type": "string", "enum": ["POST", "PUT", "PATCH"], "default": "POST", "title": "Method"},
            "basic": basic_schema(),
            "bearer": {"type": "string", "writeOnly": true, "title": "Bearer token"},
            "retry_all_non_2xx": {
                "type": "boolean", "default": true, "title": "Retry every 4xx and 5xx",
                "description": "When off, a reply such as 400 or 404 ends the delivery.",
            },
            "hmac_secret": {
                "type": "string", "writeOnly": true, "title": "Signing secret",
                "description": "Signs each request as Standard Webhooks says. `whsec_` and base64, or any text; two, separated by a space, while receivers change over.",
            },
            "base_url": base_url_schema(),
        },
    });
    merge_properties(&mut schema, transport_schema());
    schema
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
    let signing_keys = signing_keys(&mut config, &headers)?;
    let transport = transport::read(&mut config)?;
    let webhook = Webhook { url, method, headers, retry_all_non_2xx, signing_keys };
    Ok(HttpSender::wrap_with(KIND, webhook, config.into_secrets(), transport))
}

/// The keys of `hmac_secret`, the newest first as written.
fn signing_keys(config: &mut ConfigReader<'_>, headers: &HeaderMap) -> Result<Vec<Vec<u8>>, ConfigError> {
    let Some(text) = config.secret("hmac_secret")? else { return Ok(Vec::new()) };
    if let Some(name) = SIGNING_HEADERS.iter().find(|name| headers.contains_key(**name)) {
        let message = format!("`headers.{name}` is set by the signature; remove it or `hmac_secret`");
        return Err(ConfigError::new(format!("headers.{name}"), message));
    }
    let key = |word: &str| match word.strip_prefix(SECRET_PREFIX) {
        None => Ok(word.as_bytes().to_vec()),
        Some(encoded) => STANDARD.decode(encoded).map_err(|_| {
            let message = format!("`hmac_secret` begins with `{SECRET_PREFIX}` but its rest is no base64");
            ConfigError::new("hmac_secret", message)
        }),
    };
    let words: Vec<&str> = text.split_whitespace().collect();
    words.iter().for_each(|word| config.add_secret(word));
    words.into_iter().map(key).collect()
}

/// The headers of Standard Webhooks: the id is the same for every attempt, the time is not.
fn sign(request: &mut HttpRequest, keys: &[Vec<u8>], out: &Outgoing) -> Result<(), RenderError> {
    let (id, seconds) = (out.delivery_id.as_str(), out.at.as_second().to_string());
    let signed = format!("{id}.{seconds}.");
    let signature = |key: &Vec<u8>| {
        format!("v1,{}", STANDARD.encode(hmac_sha256(key, &[signed.as_bytes(), &request.body])))
    };
    let signatures: Vec<String> = keys.iter().map(signature).collect();
    request.set_header(SIGNING_HEADERS[0], id)?;
    request.set_header(SIGNING_HEADERS[1], &seconds)?;
    request.set_header(SIGNING_HEADERS[2], &signatures.join(" "))
}

/// The request of the webhook and its kin: generic payload, configured headers, delivery headers.
pub(crate) fn generic_request(
    method: Method,
    url: &SecretUrl,
    headers: &HeaderMap,
    out: &Outgoing,
) -> Result<HttpRequest, RenderError> {
    let body = serde_json::to_string(&generic_payload(out))
        .map_err(|error| RenderError::new(format!("body is no JSON: {error}")))?;
    generic_request_of(method, url, headers, out, body)
}

/// As [`generic_request`], with a body that was written already.
pub(crate) fn generic_request_of(
    method: Method,
    url: &SecretUrl,
    headers: &HeaderMap,
    out: &Outgoing,
    body: String,
) -> Result<HttpRequest, RenderError> {
    let mut request = HttpRequest::json_text(method, url.0.clone(), body);
    request.headers.extend(headers.clone());
    request.set_header("x-alert-id", out.alert.id.as_str())?;
    request.set_header("x-delivery-id", out.delivery_id.as_str())?;
    request.set_header("idempotency-key", out.delivery_id.as_str())?;
    Ok(request)
}

impl HttpDestination for Webhook {
    fn request(&self, out: &Outgoing) -> Result<HttpRequest, RenderError> {
        let mut request = generic_request(self.method.clone(), &self.url, &self.headers, out)?;
        if !self.signing_keys.is_empty() {
            sign(&mut request, &self.signing_keys, out)?;
        }
        Ok(request)
    }

    fn verdict(&self, reply: &HttpReply) -> Verdict {
        if self.retry_all_non_2xx { Verdict::retry_all_non_2xx(reply) } else { Verdict::from_status(reply) }
    }
}
