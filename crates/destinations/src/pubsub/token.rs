//! Access tokens: fetched when needed, kept until a minute before their end.
//!
//! Sources: <https://developers.google.com/identity/protocols/oauth2/service-account>,
//! <https://cloud.google.com/iam/docs/reference/sts/rest/v1/TopLevel/token>,
//! <https://cloud.google.com/iam/docs/reference/credentials/rest/v1/projects.serviceAccounts/generateAccessToken>.

use std::sync::Mutex;
use std::time::Duration;

use http::{HeaderName, HeaderValue, Method, header};
use jiff::Timestamp;
use serde_json::{Value, json};
use url::Url;
use url::form_urlencoded::Serializer;

use super::credentials::{Credentials, SubjectSource};
use crate::config::secret_header;
use crate::destination::{Attempt, Calls, Reason, RenderError, Verdict};
use crate::http_types::{HttpReply, HttpRequest};

const SCOPE: &str = "https://www.googleapis.com/auth/pubsub";
const JWT_SECONDS: i64 = 3600;
/// A token is renewed so long before its end.
const EARLY: Duration = Duration::from_secs(60);
/// What a token service does not tell the life of lives so long.
const LIFE_DEFAULT: u64 = 600;
/// A token file is no larger.
const TOKEN_FILE_BYTES_MAX: u64 = 64 * 1024;
const ACCESS_STEP: Duration = Duration::from_secs(15 * 60);

/// Gives tokens for one set of credentials.
pub(super) struct TokenSource {
    credentials: Credentials,
    kept: Mutex<Option<(String, Timestamp)>>,
}

#[derive(serde::Serialize)]
struct Claims<'a> {
    iss: &'a str,
    scope: &'static str,
    aud: &'a str,
    iat: i64,
    exp: i64,
}

impl TokenSource {
    pub(super) fn new(credentials: Credentials) -> TokenSource {
        TokenSource { credentials, kept: Mutex::default() }
    }

    /// Lets the kept token go.
    pub(super) fn forget(&self) {
        *self.kept.lock().expect("no holder of this lock panics") = None;
    }

    /// The kept token, to be masked in replies.
    pub(super) fn kept(&self) -> Option<String> {
        self.kept.lock().expect("no holder of this lock panics").as_ref().map(|(token, _)| token.clone())
    }

    /// The kept token, or a new one.
    pub(super) async fn token(&self, calls: &Calls<'_>, now: Timestamp) -> Result<String, Attempt> {
        let kept = self.kept.lock().expect("no holder of this lock panics").clone();
        if let Some((token, until)) = kept
            && now < until
        {
            return Ok(token);
        }
        let (token, life) = self.fetch(calls, now).await?;
        let until = now.saturating_add(life.saturating_sub(EARLY)).unwrap_or(now);
        *self.kept.lock().expect("no holder of this lock panics") = Some((token.clone(), until));
        Ok(token)
    }

    async fn fetch(&self, calls: &Calls<'_>, now: Timestamp) -> Result<(String, Duration), Attempt> {
        match &self.credentials {
            Credentials::ServiceAccount { client_email, key, key_id, audience, token_url } => {
                let iat = now.as_second();
                let claims =
                    Claims { iss: client_email, scope: SCOPE, aud: audience, iat, exp: iat + JWT_SECONDS };
                let mut head = jsonwebtoken::Header::new(jsonwebtoken::Algorithm::RS256);
                head.kid.clone_from(key_id);
                let assertion = jsonwebtoken::encode(&head, &claims, key)
                    .map_err(|_| RenderError::new("the service account's key does not sign"))?;
                let form = [
                    ("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"),
                    ("assertion", assertion.as_str()),
                ];
                Ok(read_token(&calls.send(form_request(token_url, &form)).await?)?)
            }
            Credentials::External { audience, subject_token_type, source, token_url, impersonation_url } => {
                let subject = subject_token(calls, source).await?;
                let form = [
                    ("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"),
                    ("requested_token_type", "urn:ietf:params:oauth:token-type:access_token"),
                    ("audience", audience),
                    ("scope", "https://www.googleapis.com/auth/cloud-platform"),
                    ("subject_token_type", subject_token_type),
                    ("subject_token", &subject),
                ];
                let (token, life) = read_token(&calls.send(form_request(token_url, &form)).await?)?;
                match impersonation_url {
                    Some(url) => impersonate(calls, url, &token, now).await,
                    None => Ok((token, life)),
                }
            }
        }
    }
}

/// No `Authorization` may go along: it can make the exchange fail.
fn form_request(url: &Url, form: &[(&str, &str)]) -> HttpRequest {
    let body = Serializer::new(String::new()).extend_pairs(form).finish();
    let mut request = HttpRequest::json_text(Method::POST, url.clone(), body);
    let form = HeaderValue::from_static("application/x-www-form-urlencoded");
    request.headers.insert(header::CONTENT_TYPE, form);
    request
}

fn read_token(reply: &HttpReply) -> Result<(String, Duration), Box<Attempt>> {
    let body: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
    let token = body.get("access_token").and_then(Value::as_str);
    match token.filter(|_| reply.status.is_success()) {
        Some(token) => {
            let life = body.get("expires_in").and_then(Value::as_u64).unwrap_or(LIFE_DEFAULT);
            Ok((token.to_owned(), Duration::from_secs(life)))
        }
        None => Err(Box::new(refused(reply))),
    }
}

/// The token service said no; its reply is shown only as far as it is an error that Google describes.
fn refused(reply: &HttpReply) -> Attempt {
    let body: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
    let word = body.get("error").and_then(Value::as_str).unwrap_or("no token");
    let verdict = match reply.status.as_u16() {
        400 | 401 | 403 => Verdict::Retry { reason: Reason::Unauthorized, after: Some(ACCESS_STEP) },
        200..=299 => Verdict::Retry { reason: Reason::UnexpectedReply, after: None },
        _ => Verdict::from_status(reply),
    };
    let message = format!("Google's token service answered {} `{word}`", reply.status);
    Attempt::new(verdict, Some(reply.status.as_u16()), message)
        .with_remedy("the key may be deleted or this machine's clock wrong: give new `credentials`")
}

async fn impersonate(
    calls: &Calls<'_>,
    url: &Url,
    token: &str,
    now: Timestamp,
) -> Result<(String, Duration), Attempt> {
    let mut request = HttpRequest::json(Method::POST, url.clone(), &json!({"scope": [SCOPE]}))?;
    let bearer = secret_header(&format!("Bearer {token}"), "credentials")
        .map_err(|_| RenderError::new("the exchanged token is no legal header value"))?;
    request.headers.insert(header::AUTHORIZATION, bearer);
    let reply = calls.send(request).await?;
    let body: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
    let Some(token) = body.get("accessToken").and_then(Value::as_str) else { return Err(refused(&reply)) };
    let end = body.get("expireTime").and_then(Value::as_str).and_then(|text| text.parse::<Timestamp>().ok());
    let life = end.and_then(|end| Duration::try_from(end.duration_since(now)).ok());
    Ok((token.to_owned(), life.unwrap_or(Duration::from_secs(LIFE_DEFAULT))))
}

async fn subject_token(calls: &Calls<'_>, source: &SubjectSource) -> Result<String, Attempt> {
    let (text, field) = match source {
        SubjectSource::File { path, field } => (read_file(path).await?, field),
        SubjectSource::Url { url, headers, field } => {
            let mut request = HttpRequest::json_text(Method::GET, url.clone(), String::new());
            request.headers.remove(header::CONTENT_TYPE);
            for (name, value) in headers {
                let illegal = || RenderError::new("`credential_source.headers` holds an illegal header");
                let name: HeaderName = name.parse().map_err(|_| illegal())?;
                request.headers.insert(name, secret_header(value, "credentials").map_err(|_| illegal())?);
            }
            let reply = calls.send(request).await?;
            if !reply.status.is_success() {
                return Err(refused(&reply));
            }
            (reply.text(), field)
        }
    };
    let Some(field) = field else { return Ok(text.trim().to_owned()) };
    let body: Value = serde_json::from_str(&text).unwrap_or_default();
    match body.get(field).and_then(Value::as_str) {
        Some(token) => Ok(token.to_owned()),
        None => Err(no_subject(&format!("its source gave no field `{field}`"))),
    }
}

async fn read_file(path: &std::path::Path) -> Result<String, Attempt> {
    // A link could lead out of the folder that the operator opened.
    let metadata = tokio::fs::symlink_metadata(path).await.map_err(|error| no_subject(&error.to_string()))?;
    if !metadata.is_file() || metadata.len() > TOKEN_FILE_BYTES_MAX {
        return Err(no_subject("its file is no regular file or too large"));
    }
    tokio::fs::read_to_string(path).await.map_err(|error| no_subject(&error.to_string()))
}

fn no_subject(problem: &str) -> Attempt {
    let verdict = Verdict::Retry { reason: Reason::Unauthorized, after: Some(ACCESS_STEP) };
    Attempt::without_reply(verdict, format!("the token to exchange cannot be had: {problem}"))
}
