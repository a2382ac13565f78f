//! What goes through the client: one request, one reply. Neither prints what it holds.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use jiff::Timestamp;
use url::Url;

use crate::destination::RenderError;

/// No `Retry-After` is honoured beyond this.
pub const RETRY_AFTER_MAX: Duration = Duration::from_secs(3600);

/// One HTTP request, ready to be sent.
#[derive(Clone)]
pub struct HttpRequest {
    /// Method.
    pub method: Method,
    /// `http` or `https`; often a secret as a whole.
    pub url: Url,
    /// All headers but `Host`, `Content-Length` and `User-Agent`, which the client sets.
    pub headers: HeaderMap,
    /// The body as sent.
    pub body: Bytes,
}

impl HttpRequest {
    /// A JSON request with `Content-Type` and `Accept`; the body is compact.
    ///
    /// # Errors
    ///
    /// When `body` cannot be written as JSON.
    pub fn json(method: Method, url: Url, body: &impl serde::Serialize) -> Result<HttpRequest, RenderError> {
        let body = serde_json::to_string(body)
            .map_err(|error| RenderError::new(format!("body is no JSON: {error}")))?;
        Ok(HttpRequest::json_text(method, url, body))
    }

    /// A JSON request whose body was written already.
    pub(crate) fn json_text(method: Method, url: Url, body: String) -> HttpRequest {
        let json = HeaderValue::from_static("application/json");
        let headers = HeaderMap::from_iter([(header::CONTENT_TYPE, json.clone()), (header::ACCEPT, json)]);
        HttpRequest { method, url, headers, body: body.into() }
    }

    /// Sets one header from an id of ours.
    ///
    /// # Errors
    ///
    /// When `value` holds a character that no header may have.
    pub fn set_header(&mut self, name: &'static str, value: &str) -> Result<(), RenderError> {
        let value = HeaderValue::from_str(value).map_err(|_| {
            RenderError::new(format!("the value of header `{name}` holds an illegal character"))
        })?;
        self.headers.insert(HeaderName::from_static(name), value);
        Ok(())
    }
}

impl fmt::Debug for HttpRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HttpRequest({} {}, {} bytes)", self.method, place(&self.url), self.body.len())
    }
}

/// What came back.
#[derive(Clone)]
pub struct HttpReply {
    /// Status.
    pub status: StatusCode,
    /// Headers.
    pub headers: HeaderMap,
    /// The body, or its first [`crate::REPLY_BYTES_MAX`] bytes.
    pub body: Bytes,
    /// Whether the body ended regularly; `false` when it broke off or took too long.
    pub complete: bool,
    /// When the head of the reply came.
    pub received_at: Timestamp,
}

impl HttpReply {
    /// `Retry-After` of any reply, at most [`RETRY_AFTER_MAX`]; `None` when absent, unreadable or zero.
    pub fn retry_after(&self) -> Option<Duration> {
        let value = self.headers.get(header::RETRY_AFTER)?.to_str().ok()?;
        stdx::retry_after(value, self.received_at, RETRY_AFTER_MAX).filter(|delay| !delay.is_zero())
    }

    /// The body as text; bytes that are no UTF-8 are replaced.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

impl fmt::Debug for HttpReply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HttpReply({}, {} bytes)", self.status, self.body.len())
    }
}

/// All of a URL that may be shown: scheme, host and port.
pub(crate) fn place(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    match url.port() {
        Some(port) => format!("{}://{host}:{port}", url.scheme()),
        None => format!("{}://{host}", url.scheme()),
    }
}
