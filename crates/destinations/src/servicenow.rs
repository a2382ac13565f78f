//! ServiceNow: a record by the Table API, or the generic payload to a scripted endpoint.
//!
//! With `instance_url` one record is made in `table`; the alert's id is its `correlation_id`, by which an
//! attempt after another one looks before it makes a second one. With `webhook_url` a Scripted REST API of
//! the instance gets the generic payload. Sources: `destinations.md` §4.17;
//! <https://www.servicenow.com/docs/bundle/zurich-api-reference/page/integrate/inbound-rest/concept/c_TableAPI.html>.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::future::BoxFuture;
use http::{HeaderMap, HeaderValue, Method, header};
use model::Severity;
use serde_json::{Value, json};
use url::Url;

use crate::config::{
    ConfigError, ConfigReader, add_authorization, base_url_schema, basic_schema, headers_schema,
    secret_header, webhook_url_schema,
};
use crate::destination::{
    Attempt, Calls, Conversation, ConversationSender, Destination, HttpDestination, HttpSender, Outgoing,
    Reason, RenderError, Verdict,
};
use crate::http_types::{HttpReply, HttpRequest};
use crate::secrets::SecretUrl;
use crate::text::{Unit, cut, long_text, one_line};
use crate::webhook::generic_request;

pub(crate) const KIND: &str = "servicenow";

/// Usual sizes of the fields; an instance may have others.
const SHORT_DESCRIPTION_CHARS_MAX: usize = 160;
const DESCRIPTION_CHARS_MAX: usize = 4000;
const TABLES: [&str; 2] = ["incident", "sn_si_incident"];

struct Endpoint {
    url: SecretUrl,
    headers: HeaderMap,
}

struct Table {
    table_url: Url,
    record_url: Url,
    authorization: HeaderValue,
}

pub(crate) fn schema() -> Value {
    json!({
        "type": "object",
        "additionalProperties": false,
        "properties": {
            "instance_url": {
                "type": "string", "format": "uri", "title": "Instance",
                "description": "https://INSTANCE.service-now.com, to make records by the Table API.",
            },
            "user_name": {"type": "string", "title": "User name", "description": "Of a user for integrations."},
            "password": {"type": "string", "writeOnly": true, "title": "Password"},
            "table": {
                "type": "string", "default": TABLES[0], "title": "Table", "pattern": "^[a-z0-9_]+$",
                "description": "`incident`, `sn_si_incident` for security incidents, or a table of your own.",
            },
            "webhook_url": webhook_url_schema(
                "Address of a Scripted REST API of the instance, instead of `instance_url`."
            ),
            "basic": basic_schema(),
            "bearer": {"type": "string", "writeOnly": true, "title": "Bearer token"},
            "headers": headers_schema(),
            "base_url": base_url_schema(),
        },
        "oneOf": [
            {
                "required": ["instance_url", "user_name", "password"],
                "properties": {"basic": false, "bearer": false, "headers": false},
            },
            {"required": ["webhook_url"], "properties": {"table": false}},
        ],
    })
}

pub(crate) fn build(config: ConfigReader<'_>) -> Result<Arc<dyn Destination>, ConfigError> {
    let has_instance = config.text("instance_url")?.is_some();
    match (has_instance, config.text("webhook_url")?.is_some()) {
        (true, true) => Err(ConfigError::new(
            "webhook_url",
            "`instance_url` and `webhook_url` exclude each other; give one of them",
        )),
        (false, false) => Err(ConfigError::new(
            "instance_url",
            "`instance_url` is missing; give it, or `webhook_url` of a scripted endpoint",
        )),
        (true, false) => build_table(config),
        (false, true) => build_endpoint(config),
    }
}

fn build_endpoint(mut config: ConfigReader<'_>) -> Result<Arc<dyn Destination>, ConfigError> {
    refuse_with(&config, &["user_name", "password", "table"], "webhook_url", "`basic` or `bearer`")?;
    let url = config.webhook_url("webhook_url")?;
    let mut headers = config.headers("headers")?;
    add_authorization(&mut headers, config.authorization()?)?;
    Ok(HttpSender::wrap(KIND, Endpoint { url, headers }, config.into_secrets()))
}

fn build_table(mut config: ConfigReader<'_>) -> Result<Arc<dyn Destination>, ConfigError> {
    refuse_with(&config, &["basic", "bearer", "headers"], "instance_url", "`user_name` and `password`")?;
    let table = config.text("table")?.unwrap_or(TABLES[0]);
    let is_legal =
        |character: char| character.is_ascii_lowercase() || character.is_ascii_digit() || character == '_';
    if !table.chars().all(is_legal) {
        let message = "`table` must be the name of a table: lower-case letters, digits and `_`";
        return Err(ConfigError::new("table", message));
    }
    let instance = config.site_url("instance_url")?;
    let user_name = config.required_text("user_name")?;
    if user_name.contains(':') {
        return Err(ConfigError::new("user_name", "`user_name` must not contain a colon (RFC 7617)"));
    }
    let password = config.required_secret("password")?;
    let encoded = STANDARD.encode(format!("{user_name}:{password}"));
    let authorization = secret_header(&format!("Basic {encoded}"), "password")?;
    let mut table_url = instance.clone();
    table_url.set_path(&format!("/api/now/table/{table}"));
    let mut record_url = instance;
    record_url.set_path(&format!("/{table}.do"));
    let mut secrets = config.into_secrets();
    secrets.add(&encoded);
    Ok(ConversationSender::wrap(KIND, Table { table_url, record_url, authorization }, secrets))
}

/// Keys of the other way are refused rather than ignored.
fn refuse_with(
    config: &ConfigReader<'_>,
    keys: &[&str],
    way: &str,
    instead: &str,
) -> Result<(), ConfigError> {
    match keys.iter().find(|key| config.has(key)) {
        None => Ok(()),
        Some(key) => {
            Err(ConfigError::new(*key, format!("`{key}` has no meaning with `{way}`; use {instead}")))
        }
    }
}

impl HttpDestination for Endpoint {
    fn request(&self, out: &Outgoing) -> Result<HttpRequest, RenderError> {
        generic_request(Method::POST, &self.url, &self.headers, out)
    }
}

impl Conversation for Table {
    fn converse<'a>(
        &'a self,
        calls: &'a Calls<'a>,
        out: &'a Outgoing,
    ) -> BoxFuture<'a, Result<Attempt, Attempt>> {
        Box::pin(async move {
            if out.earlier_attempts > 0
                && let Some(found) = self.find(calls, out).await?
            {
                return Ok(found);
            }
            let mut request = HttpRequest::json(Method::POST, self.table_url.clone(), &record(out))?;
            request.headers.insert(header::AUTHORIZATION, self.authorization.clone());
            Ok(self.judge(&calls.send(request).await?))
        })
    }
}

impl Table {
    async fn find(&self, calls: &Calls<'_>, out: &Outgoing) -> Result<Option<Attempt>, Attempt> {
        let mut url = self.table_url.clone();
        url.query_pairs_mut()
            .append_pair("sysparm_query", &format!("correlation_id={}", out.alert.id))
            .append_pair("sysparm_fields", "sys_id,number")
            .append_pair("sysparm_limit", "1");
        let mut request = HttpRequest::json_text(Method::GET, url, String::new());
        request.headers.remove(header::CONTENT_TYPE);
        request.headers.insert(header::AUTHORIZATION, self.authorization.clone());
        let reply = calls.send(request).await?;
        if !reply.status.is_success() {
            return Err(self.judge(&reply));
        }
        let body: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
        let found = body.pointer("/result/0").map(|record| self.delivered(record));
        Ok(found.map(|verdict| {
            Attempt::of_reply(&reply, verdict).with_remedy("an earlier attempt made the record")
        }))
    }

    fn delivered(&self, record: &Value) -> Verdict {
        let text = |key: &str| record.get(key).and_then(Value::as_str);
        let link = text("sys_id").map(|sys_id| {
            let mut url = self.record_url.clone();
            url.query_pairs_mut().append_pair("sys_id", sys_id);
            url
        });
        Verdict::Delivered {
            remote_id: text("number").or(text("sys_id")).map(str::to_owned),
            remote_url: link,
        }
    }

    /// 403 is also how access rules and business rules say no; 404 is also a table hidden by them.
    fn judge(&self, reply: &HttpReply) -> Attempt {
        let of = |verdict| Attempt::of_reply(reply, verdict);
        match reply.status.as_u16() {
            200..=299 => {
                let body: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
                of(self.delivered(body.get("result").unwrap_or(&Value::Null)))
            }
            401 => of(Verdict::from_status(reply)).with_remedy("`user_name` or `password` is wrong"),
            403 => of(Verdict::from_status(reply)).with_remedy(
                "the user may not write to `table`, or a rule of the instance refuses the record",
            ),
            404 => of(Verdict::GiveUp { reason: Reason::Configuration })
                .with_remedy("`table` does not exist, or the user may not see it"),
            _ => of(Verdict::from_status(reply)),
        }
    }
}

fn record(out: &Outgoing) -> Value {
    let alert = &*out.alert;
    let (urgency, impact) = match alert.severity {
        Severity::Critical | Severity::High => (1, 1),
        Severity::Medium | Severity::Low => (2, 2),
        Severity::Info => (3, 3),
    };
    json!({
        "short_description": cut(&one_line(&out.title), SHORT_DESCRIPTION_CHARS_MAX, Unit::Chars),
        "description": long_text(out, DESCRIPTION_CHARS_MAX, Unit::Chars),
        "urgency": urgency.to_string(),
        "impact": impact.to_string(),
        "category": alert.alert_type.as_str(),
        "correlation_id": alert.id.as_str(),
        "correlation_display": out.texts.product_name,
    })
}
