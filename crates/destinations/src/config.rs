//! Reading a destination's configuration by hand, so that no error can ever repeat a secret.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use serde_json::{Map, Value, json};
use url::Url;

use crate::secrets::{SecretUrl, Secrets, property};

/// Headers that belong to the connection or to the delivery and cannot be configured.
const HEADERS_RESERVED: &[&str] = &[
    "host",
    "content-length",
    "transfer-encoding",
    "connection",
    "keep-alive",
    "upgrade",
    "te",
    "trailer",
    "expect",
    "proxy-authorization",
    "proxy-connection",
    "x-alert-id",
    "x-delivery-id",
    "idempotency-key",
];

/// A configuration that cannot be used: where and why. Holds no value of the configuration.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ConfigError {
    /// Dotted path of the key inside the configuration; empty for the configuration itself.
    pub path: String,
    /// A sentence that names the key and says what to do.
    pub message: String,
}

impl ConfigError {
    pub(crate) fn new(path: impl Into<String>, message: impl Into<String>) -> ConfigError {
        ConfigError { path: path.into(), message: message.into() }
    }
}

/// Reads the keys of one configuration and gathers its secrets on the way. `null` means absent.
pub(crate) struct ConfigReader<'a> {
    map: &'a Map<String, Value>,
    secrets: Secrets,
}

impl<'a> ConfigReader<'a> {
    /// Checks that every key is known to `schema`.
    pub(crate) fn open(schema: &Value, config: &'a Value) -> Result<ConfigReader<'a>, ConfigError> {
        let Value::Object(map) = config else {
            return Err(ConfigError::new("", "`config` must be a map of keys and values"));
        };
        check_keys(schema, map, "")?;
        Ok(ConfigReader { map, secrets: Secrets::default() })
    }

    /// All secrets read.
    pub(crate) fn into_secrets(self) -> Secrets {
        self.secrets
    }

    fn value(&self, key: &str) -> Option<&'a Value> {
        self.map.get(key).filter(|value| !value.is_null())
    }

    /// Adds a secret that is a part of a value.
    pub(crate) fn add_secret(&mut self, secret: &str) {
        self.secrets.add(secret);
    }

    /// An address with scheme, host and port of `base_url` when that is given.
    pub(crate) fn rebased(&self, url: Url) -> Result<Url, ConfigError> {
        match self.text("base_url")? {
            Some(base) => Ok(rebase(&url, &parse_base(base)?)),
            None => Ok(url),
        }
    }

    /// Whether the key is given.
    pub(crate) fn has(&self, key: &str) -> bool {
        self.value(key).is_some()
    }

    /// A text, or `None` when absent.
    pub(crate) fn text(&self, key: &str) -> Result<Option<&'a str>, ConfigError> {
        self.value(key).map(|value| as_text(value, key)).transpose()
    }

    /// A secret text, or `None` when absent.
    pub(crate) fn secret(&mut self, key: &str) -> Result<Option<&'a str>, ConfigError> {
        let secret = self.text(key)?;
        if let Some(secret) = secret {
            self.secrets.add(secret);
        }
        Ok(secret)
    }

    /// A required text.
    pub(crate) fn required_text(&self, key: &str) -> Result<&'a str, ConfigError> {
        self.text(key)?.ok_or_else(|| missing(key))
    }

    /// A required secret text.
    pub(crate) fn required_secret(&mut self, key: &str) -> Result<&'a str, ConfigError> {
        self.secret(key)?.ok_or_else(|| missing(key))
    }

    /// A text of the map at `outer`.
    pub(crate) fn text_in(&self, outer: &str, key: &str) -> Result<Option<&'a str>, ConfigError> {
        let map = match self.value(outer) {
            None => return Ok(None),
            Some(Value::Object(map)) => map,
            Some(_) => return Err(ConfigError::new(outer, format!("`{outer}` must be a map of keys"))),
        };
        let value = map.get(key).filter(|value| !value.is_null());
        value.map(|value| as_text(value, &format!("{outer}.{key}"))).transpose()
    }

    /// A secret text of the map at `outer`.
    pub(crate) fn secret_in(&mut self, outer: &str, key: &str) -> Result<Option<&'a str>, ConfigError> {
        let secret = self.text_in(outer, key)?;
        if let Some(secret) = secret {
            self.secrets.add(secret);
        }
        Ok(secret)
    }

    /// A list of texts; empty when absent.
    pub(crate) fn texts(&self, key: &str) -> Result<Vec<&'a str>, ConfigError> {
        let entries = match self.value(key) {
            None => return Ok(Vec::new()),
            Some(Value::Array(entries)) => entries,
            Some(_) => return Err(ConfigError::new(key, format!("`{key}` must be a list of texts"))),
        };
        let entry = |(index, value)| as_text(value, &format!("{key}[{index}]"));
        entries.iter().enumerate().map(entry).collect()
    }

    /// One of the words, `words[0]` when absent.
    pub(crate) fn word(
        &self,
        key: &str,
        words: &'static [&'static str],
    ) -> Result<&'static str, ConfigError> {
        let Some(given) = self.text(key)? else { return Ok(words[0]) };
        words.iter().copied().find(|word| *word == given).ok_or_else(|| {
            let words: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
            ConfigError::new(key, format!("`{key}` must be one of {}", words.join(", ")))
        })
    }

    /// The vendor's address, with scheme, host and port of `base_url` when that is given.
    ///
    /// # Panics
    ///
    /// When `vendor`, a constant of the caller, is no URL.
    pub(crate) fn vendor_url(&self, vendor: &str) -> Result<Url, ConfigError> {
        self.rebased(Url::parse(vendor).expect("the vendor's address is a constant that parses"))
    }

    /// A required address that is no secret; a path is kept without its last slash.
    pub(crate) fn own_site_url(&self, key: &str) -> Result<Url, ConfigError> {
        let mut url = parse_url(self.required_text(key)?, key)?;
        url.set_fragment(None);
        url.set_query(None);
        let path = url.path().trim_end_matches('/').to_owned();
        url.set_path(&path);
        Ok(url)
    }

    /// A required address that is no secret, such as the vendor's site of a customer; a path is kept
    /// without its last slash. `base_url` stands above its scheme, host and port.
    pub(crate) fn site_url(&self, key: &str) -> Result<Url, ConfigError> {
        self.rebased(self.own_site_url(key)?)
    }

    /// A switch.
    pub(crate) fn switch(&self, key: &str, default: bool) -> Result<bool, ConfigError> {
        match self.value(key) {
            None => Ok(default),
            Some(Value::Bool(value)) => Ok(*value),
            Some(_) => Err(ConfigError::new(key, format!("`{key}` must be true or false"))),
        }
    }

    /// A required secret URL, with scheme, host and port of `base_url` when that is given.
    pub(crate) fn webhook_url(&mut self, key: &str) -> Result<SecretUrl, ConfigError> {
        let Some(text) = self.secret(key)? else {
            return Err(ConfigError::new(key, format!("`{key}` is missing; give the address to send to")));
        };
        let mut url = parse_url(text, key)?;
        url.set_fragment(None);
        self.secrets.add_url(&url);
        if let Some(base) = self.text("base_url")? {
            url = rebase(&url, &parse_base(base)?);
            self.secrets.add_url(&url);
        }
        Ok(SecretUrl(url))
    }

    /// Custom headers: values are secrets, reserved names and line breaks are refused.
    pub(crate) fn headers(&mut self, key: &str) -> Result<HeaderMap, ConfigError> {
        let mut headers = HeaderMap::new();
        let map = match self.value(key) {
            None => return Ok(headers),
            Some(Value::Object(map)) => map,
            Some(_) => {
                return Err(ConfigError::new(
                    key,
                    format!("`{key}` must be a map of header names and values"),
                ));
            }
        };
        for (name, value) in map.iter().filter(|(_, value)| !value.is_null()) {
            let path = format!("{key}.{name}");
            let value = as_text(value, &path)?;
            self.secrets.add(value);
            let parsed: HeaderName = name.parse().map_err(|_| {
                ConfigError::new(&path, format!("`{}` is no legal header name", name.escape_debug()))
            })?;
            if HEADERS_RESERVED.contains(&parsed.as_str()) {
                return Err(ConfigError::new(
                    &path,
                    format!("header `{name}` is set by the client; remove it"),
                ));
            }
            headers.insert(parsed, secret_header(value, &path)?);
        }
        Ok(headers)
    }

    /// Puts the secret of `key`, when given, into the header `name`, unless `headers` names it too.
    pub(crate) fn add_key_header(
        &mut self,
        headers: &mut HeaderMap,
        key: &str,
        name: &'static str,
    ) -> Result<(), ConfigError> {
        let Some(secret) = self.secret(key)? else { return Ok(()) };
        if headers.contains_key(name) {
            let message = format!("`{key}` and `headers.{name}` exclude each other; give one of them");
            return Err(ConfigError::new(key, message));
        }
        headers.insert(HeaderName::from_static(name), secret_header(secret.trim(), key)?);
        Ok(())
    }

    /// `Authorization` of `basic: {username, password}` or `bearer`, or `None`.
    pub(crate) fn authorization(&mut self) -> Result<Option<HeaderValue>, ConfigError> {
        let bearer = self.secret("bearer")?;
        let credential = match (self.value("basic"), bearer) {
            (Some(_), Some(_)) => {
                return Err(ConfigError::new(
                    "bearer",
                    "`basic` and `bearer` exclude each other; give one of them",
                ));
            }
            (None, None) => return Ok(None),
            (None, Some(token)) => format!("Bearer {token}"),
            (Some(basic), None) => {
                let (username, password) = basic_pair(basic)?;
                self.secrets.add(password);
                let encoded = STANDARD.encode(format!("{username}:{password}"));
                self.secrets.add(&encoded);
                format!("Basic {encoded}")
            }
        };
        secret_header(&credential, "bearer").map(Some)
    }
}

/// Puts the credential among the headers, unless they have one of their own.
pub(crate) fn add_authorization(
    headers: &mut HeaderMap,
    value: Option<HeaderValue>,
) -> Result<(), ConfigError> {
    let Some(value) = value else {
        return Ok(());
    };
    if headers.contains_key(header::AUTHORIZATION) {
        let message = "`headers.Authorization` and `basic` or `bearer` exclude each other; give one of them";
        return Err(ConfigError::new("headers.Authorization", message));
    }
    headers.insert(header::AUTHORIZATION, value);
    Ok(())
}

/// Schema of `webhook_url`.
pub(crate) fn webhook_url_schema(description: &str) -> Value {
    json!({"type": "string", "format": "uri", "writeOnly": true, "title": "Webhook URL", "description": description})
}

/// Schema of `base_url`.
pub(crate) fn base_url_schema() -> Value {
    json!({
        "type": "string", "format": "uri", "title": "Base URL",
        "description": "Replaces scheme, host and port of the address; its path is kept. For gateways and tests.",
    })
}

/// Adds properties to a schema.
pub(crate) fn merge_properties(schema: &mut Value, more: Value) {
    if let (Some(properties), Value::Object(more)) = (schema["properties"].as_object_mut(), more) {
        properties.extend(more);
    }
}

/// Schema of `basic`.
pub(crate) fn basic_schema() -> Value {
    json!({
        "type": "object", "title": "Basic authentication",
        "additionalProperties": false, "required": ["username", "password"],
        "properties": {
            "username": {"type": "string", "title": "User name"},
            "password": {"type": "string", "writeOnly": true, "title": "Password"},
        },
    })
}

/// Schema of `headers`.
pub(crate) fn headers_schema() -> Value {
    json!({
        "type": "object", "title": "Headers", "description": "Headers to send along; the values are kept secret.",
        "additionalProperties": {"type": "string", "writeOnly": true},
    })
}

fn check_keys(schema: &Value, map: &Map<String, Value>, parent: &str) -> Result<(), ConfigError> {
    for (key, value) in map {
        let path = if parent.is_empty() { key.clone() } else { format!("{parent}.{key}") };
        let Some(node) = property(schema, key) else {
            return Err(ConfigError::new(&path, unknown_key(schema, key, &path)));
        };
        if let (Value::Object(inner), Some(_)) = (value, node.get("properties")) {
            check_keys(node, inner, &path)?;
        }
    }
    Ok(())
}

fn unknown_key(schema: &Value, key: &str, path: &str) -> String {
    let known: Vec<&String> =
        schema.get("properties").and_then(Value::as_object).into_iter().flat_map(Map::keys).collect();
    let near = known
        .iter()
        .map(|name| (strsim::damerau_levenshtein(name, key), name))
        .filter(|(distance, name)| *distance <= 2.max(name.len() / 3))
        .min_by_key(|(distance, _)| *distance);
    match near {
        Some((_, name)) => format!("unknown key `{path}`; did you mean `{name}`?"),
        None => {
            let names: Vec<String> = known.iter().map(|name| format!("`{name}`")).collect();
            format!("unknown key `{path}`; known keys are {}", names.join(", "))
        }
    }
}

fn missing(key: &str) -> ConfigError {
    ConfigError::new(key, format!("`{key}` is missing"))
}

fn as_text<'a>(value: &'a Value, path: &str) -> Result<&'a str, ConfigError> {
    match value.as_str() {
        Some(text) if !text.trim().is_empty() => Ok(text),
        Some(_) => Err(ConfigError::new(path, format!("`{path}` is empty; give a text or remove the key"))),
        None => Err(ConfigError::new(path, format!("`{path}` must be a text"))),
    }
}

fn parse_url(text: &str, path: &str) -> Result<Url, ConfigError> {
    let url = Url::parse(text.trim()).map_err(|error| {
        ConfigError::new(path, format!("`{path}` is no URL ({error}); it begins with https:// or http://"))
    })?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(ConfigError::new(path, format!("`{path}` must begin with https:// or http://")));
    }
    if !url.username().is_empty() || url.password().is_some() {
        let message = format!("`{path}` must not hold a user name or password; use `basic` or `headers`");
        return Err(ConfigError::new(path, message));
    }
    Ok(url)
}

fn parse_base(text: &str) -> Result<Url, ConfigError> {
    let base = parse_url(text, "base_url")?;
    let is_bare = base.path() == "/" && base.query().is_none() && base.fragment().is_none();
    if is_bare {
        Ok(base)
    } else {
        Err(ConfigError::new("base_url", "`base_url` holds scheme, host and port only; remove its path"))
    }
}

/// `url` with scheme, host and port of `base`.
fn rebase(url: &Url, base: &Url) -> Url {
    let mut rebased = base.clone();
    rebased.set_path(url.path());
    rebased.set_query(url.query());
    rebased
}

fn basic_pair(basic: &Value) -> Result<(&str, &str), ConfigError> {
    let field = |key: &str| {
        let path = format!("basic.{key}");
        match basic.get(key).filter(|value| !value.is_null()) {
            Some(value) => as_text(value, &path),
            None => Err(ConfigError::new(
                &path,
                format!("`{path}` is missing; `basic` needs user name and password"),
            )),
        }
    };
    let (username, password) = (field("username")?, field("password")?);
    if username.contains(':') {
        return Err(ConfigError::new(
            "basic.username",
            "`basic.username` must not contain a colon (RFC 7617)",
        ));
    }
    Ok((username, password))
}

/// A header value that is a secret; `path` is the key that it comes from.
pub(crate) fn secret_header(value: &str, path: &str) -> Result<HeaderValue, ConfigError> {
    let mut header = HeaderValue::from_str(value).map_err(|_| {
        ConfigError::new(
            path,
            format!("the value of `{path}` holds a line break or another illegal character"),
        )
    })?;
    header.set_sensitive(true);
    Ok(header)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::registry::build;

    #[rstest]
    #[case::near_miss(
        "slack", json!({"webhok_url": "https://h.example/s3cret"}),
        "webhok_url", "unknown key `webhok_url`; did you mean `webhook_url`?"
    )]
    #[case::nested_near_miss(
        "webhook", json!({"webhook_url": "https://h.example/", "basic": {"user": "u", "pasword": "s3cret"}}),
        "basic.user", "unknown key `basic.user`; known keys are `username`, `password`"
    )]
    #[case::missing("slack", json!({}), "webhook_url", "`webhook_url` is missing; give the address to send to")]
    #[case::cleared(
        "tines", json!({"webhook_url": null}),
        "webhook_url", "`webhook_url` is missing; give the address to send to"
    )]
    #[case::not_a_url(
        "slack", json!({"webhook_url": "s3cret"}), "webhook_url",
        "`webhook_url` is no URL (relative URL without a base); it begins with https:// or http://"
    )]
    #[case::other_scheme(
        "slack", json!({"webhook_url": "file:///s3cret"}), "webhook_url",
        "`webhook_url` must begin with https:// or http://"
    )]
    #[case::user_info(
        "webhook", json!({"webhook_url": "https://u:s3cret@h.example/"}), "webhook_url",
        "`webhook_url` must not hold a user name or password; use `basic` or `headers`"
    )]
    #[case::wrong_type("slack", json!({"webhook_url": 1}), "webhook_url", "`webhook_url` must be a text")]
    #[case::base_with_path(
        "slack", json!({"webhook_url": "https://h.example/", "base_url": "https://g.example/x"}), "base_url",
        "`base_url` holds scheme, host and port only; remove its path"
    )]
    #[case::line_break(
        "webhook", json!({"webhook_url": "https://h.example/", "headers": {"X-A": "s3cret\r\nHost: x"}}),
        "headers.X-A", "the value of `headers.X-A` holds a line break or another illegal character"
    )]
    #[case::line_break_in_name(
        "webhook", json!({"webhook_url": "https://h.example/", "headers": {"X\r\nA": "s3cret"}}),
        "headers.X\r\nA", r"`X\r\nA` is no legal header name"
    )]
    #[case::host(
        "tines", json!({"webhook_url": "https://h.example/", "headers": {"HOST": "s3cret"}}),
        "headers.HOST", "header `HOST` is set by the client; remove it"
    )]
    #[case::content_length(
        "webhook", json!({"webhook_url": "https://h.example/", "headers": {"Content-Length": "3"}}),
        "headers.Content-Length", "header `Content-Length` is set by the client; remove it"
    )]
    #[case::two_credentials(
        "webhook",
        json!({"webhook_url": "https://h.example/", "bearer": "s3cret", "basic": {"username": "u", "password": "p"}}),
        "bearer", "`basic` and `bearer` exclude each other; give one of them"
    )]
    #[case::method(
        "webhook", json!({"webhook_url": "https://h.example/", "method": "GET"}),
        "method", "`method` must be `POST`, `PUT` or `PATCH`"
    )]
    #[case::unknown_type(
        "slak", json!({}), "", "unknown destination type `slak`; did you mean `slack`?"
    )]
    fn errors_name_path_and_way_out_and_no_secret(
        #[case] kind: &str,
        #[case] config: Value,
        #[case] path: &str,
        #[case] message: &str,
    ) {
        let error = build(kind, &config).unwrap_err();
        assert_eq!((error.path.as_str(), error.message.as_str()), (path, message));
        assert!(!format!("{error} {error:?}").contains("s3cret"));
    }
}
