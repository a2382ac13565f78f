//! GitHub: one issue in a repository.
//!
//! GitHub cuts slow requests off while the issue may exist all the same, so an attempt after another one
//! first looks for an issue that carries the alert's id. Sources: `destinations.md` §4.7;
//! <https://docs.github.com/rest/issues/issues#create-an-issue>,
//! <https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api>.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use http::{HeaderName, HeaderValue, Method, StatusCode, header};
use serde_json::{Value, json};
use url::Url;

use crate::config::{ConfigError, ConfigReader, base_url_schema, secret_header};
use crate::destination::{
    Attempt, Calls, Conversation, ConversationSender, Destination, Outgoing, Reason, RenderError, Verdict,
};
use crate::http_types::{HttpReply, HttpRequest};
use crate::text::{Unit, cut, escaped, facts, link_text, markdown, one_line, pretty_context, unfenced};

pub(crate) const KIND: &str = "github";

const API: &str = "https://api.github.com/";
const VERSION: HeaderValue = HeaderValue::from_static("2022-11-28");
const ACCEPT: HeaderValue = HeaderValue::from_static("application/vnd.github+json");
/// As the API's error texts say.
const TITLE_CHARS_MAX: usize = 256;
const BODY_CHARS_MAX: usize = 65_536;
/// A secondary limit is to be respected for at least so long.
const SECONDARY_LIMIT_WAIT: Duration = Duration::from_secs(60);
/// While access is refused, somebody has to act.
const ACCESS_STEP: Duration = Duration::from_secs(15 * 60);

struct GitHub {
    issues_url: Url,
    authorization: HeaderValue,
    labels: Vec<String>,
    assignees: Vec<String>,
}

pub(crate) fn schema() -> Value {
    json!({
        "type": "object",
        "additionalProperties": false,
        "required": ["repo_name", "token"],
        "properties": {
            "repo_name": {
                "type": "string", "title": "Repository", "pattern": "^[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+$",
                "description": "`owner/repository`.",
            },
            "token": {
                "type": "string", "writeOnly": true, "title": "Token",
                "description": "Classic token with `repo`, or fine-grained token with write access to issues.",
            },
            "labels": {"type": "array", "items": {"type": "string"}, "title": "Labels"},
            "assignees": {"type": "array", "items": {"type": "string"}, "title": "Assignees"},
            "api_path": {
                "type": "string", "title": "API path",
                "description": "`/api/v3` for GitHub Enterprise Server, together with `base_url`.",
            },
            "base_url": base_url_schema(),
        },
    })
}

pub(crate) fn build(mut config: ConfigReader<'_>) -> Result<Arc<dyn Destination>, ConfigError> {
    let repository = config.required_text("repo_name")?.trim();
    let is_part = |part: &str| {
        let is_legal = |c: char| c.is_ascii_alphanumeric() || "_.-".contains(c);
        !part.is_empty() && part.chars().all(is_legal) && !matches!(part, "." | "..")
    };
    if !repository.split_once('/').is_some_and(|(owner, name)| is_part(owner) && is_part(name)) {
        return Err(ConfigError::new("repo_name", "`repo_name` must be of the form `owner/repository`"));
    }
    let token = config.required_secret("token")?.trim();
    let authorization = secret_header(&format!("Bearer {token}"), "token")?;
    let api_path = config.text("api_path")?.unwrap_or_default().trim_matches('/');
    let mut issues_url = config.vendor_url(API)?;
    let separator = if api_path.is_empty() { "" } else { "/" };
    issues_url.set_path(&format!("/{api_path}{separator}repos/{repository}/issues"));
    let owned = |texts: Vec<&str>| texts.into_iter().map(str::to_owned).collect();
    let github = GitHub {
        issues_url,
        authorization,
        labels: owned(config.texts("labels")?),
        assignees: owned(config.texts("assignees")?),
    };
    Ok(ConversationSender::wrap(KIND, github, config.into_secrets()))
}

impl Conversation for GitHub {
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
            let mut reply = self.create(calls, out, true).await?;
            let has_extras = !self.labels.is_empty() || !self.assignees.is_empty();
            let is_refused = matches!(reply.status, StatusCode::UNPROCESSABLE_ENTITY | StatusCode::FORBIDDEN);
            if has_extras && is_refused && limit_wait(&reply).is_none() {
                // Labels and assignees need more rights than issues do; the issue matters more.
                reply = self.create(calls, out, false).await?;
            }
            Ok(judge(&reply))
        })
    }
}

impl GitHub {
    /// Creates the issue; a moved repository is followed once, on the same host.
    async fn create(
        &self,
        calls: &Calls<'_>,
        out: &Outgoing,
        with_extras: bool,
    ) -> Result<HttpReply, Attempt> {
        let request = self.issue(out, with_extras)?;
        let reply = calls.send(request.clone()).await?;
        let Some(target) = moved(&reply, &request.url) else { return Ok(reply) };
        calls.send(HttpRequest { url: target, ..request }).await
    }

    fn issue(&self, out: &Outgoing, with_extras: bool) -> Result<HttpRequest, RenderError> {
        let title = cut(&one_line(&out.title), TITLE_CHARS_MAX, Unit::Chars);
        let mut body = json!({"title": title, "body": body(out)});
        for (key, entries) in [("labels", &self.labels), ("assignees", &self.assignees)] {
            if with_extras && !entries.is_empty() {
                body[key] = json!(entries);
            }
        }
        let mut request = HttpRequest::json(Method::POST, self.issues_url.clone(), &body)?;
        self.add_headers(&mut request);
        Ok(request)
    }

    fn add_headers(&self, request: &mut HttpRequest) {
        request.headers.insert(header::AUTHORIZATION, self.authorization.clone());
        request.headers.insert(header::ACCEPT, ACCEPT);
        request.headers.insert(HeaderName::from_static("x-github-api-version"), VERSION);
    }

    /// The issue that an earlier attempt made, if it did.
    async fn find(&self, calls: &Calls<'_>, out: &Outgoing) -> Result<Option<Attempt>, Attempt> {
        let mut url = self.issues_url.clone();
        url.query_pairs_mut()
            .append_pair("state", "all")
            .append_pair("sort", "created")
            .append_pair("direction", "desc")
            .append_pair("since", &model::format_aws_date_time(out.created_at))
            .append_pair("per_page", "100");
        let mut request = HttpRequest::json_text(Method::GET, url, String::new());
        request.headers.remove(header::CONTENT_TYPE);
        self.add_headers(&mut request);
        let reply = calls.send(request).await?;
        if !reply.status.is_success() {
            return Err(judge(&reply));
        }
        // A list that is longer than what is read is no JSON any more: look for the marker in the text.
        let marker = marker(out);
        let Ok(Value::Array(issues)) = serde_json::from_slice(&reply.body) else { return Ok(None) };
        let found = issues.iter().find(|issue| {
            issue.get("body").and_then(Value::as_str).is_some_and(|text| text.contains(&marker))
        });
        Ok(found.map(|issue| {
            Attempt::of_reply(&reply, delivered(issue)).with_remedy("an earlier attempt made the issue")
        }))
    }
}

/// What finds the issue again.
fn marker(out: &Outgoing) -> String {
    format!("<!-- alert-id: {} -->", out.alert.id)
}

fn body(out: &Outgoing) -> String {
    let mut text = String::new();
    for fact in facts(&out.alert) {
        let value = escaped(&unmentioned(&fact.value), 1200, Unit::Chars, markdown);
        text.push_str(&format!("**{}:** {value}\n", fact.label));
    }
    let link = escaped(&link_text(&out.texts), 200, Unit::Chars, markdown);
    text.push_str(&format!("\n[{link}]({})\n", out.link));
    let marker = marker(out);
    if let Some(context) = pretty_context(&out.alert, BODY_CHARS_MAX, Unit::Chars) {
        let used = Unit::Chars.measure(&text) + marker.len() + 60;
        let context = cut(&unfenced(&context), BODY_CHARS_MAX.saturating_sub(used), Unit::Chars);
        text.push_str(&format!("\n**AlertContext:**\n\n```json\n{context}\n```\n"));
    }
    text.push_str(&format!("\n{marker}"));
    text
}

/// Breaks up `@name` and `#1`, which would notify people and link issues; addresses of mail stay whole.
fn unmentioned(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut before = ' ';
    for character in text.chars() {
        out.push(character);
        if matches!(character, '@' | '#') && !before.is_alphanumeric() {
            out.push('\u{200b}');
        }
        before = character;
    }
    out
}

fn delivered(issue: &Value) -> Verdict {
    Verdict::Delivered {
        remote_id: issue.get("number").and_then(Value::as_u64).map(|number| format!("#{number}")),
        remote_url: issue.get("html_url").and_then(Value::as_str).and_then(|url| Url::parse(url).ok()),
    }
}

fn judge(reply: &HttpReply) -> Attempt {
    let of = |verdict| Attempt::of_reply(reply, verdict);
    if let Some(after) = limit_wait(reply) {
        return of(Verdict::Retry { reason: Reason::Throttled, after: Some(after) });
    }
    let slow = Verdict::Retry { reason: Reason::Unauthorized, after: Some(ACCESS_STEP) };
    match reply.status.as_u16() {
        200..=299 => of(delivered(&serde_json::from_slice(&reply.body).unwrap_or_default())),
        401 => of(slow).with_remedy("the token is wrong, expired or revoked: give a new one"),
        403 => of(slow).with_remedy("the token lacks write access to issues of this repository"),
        404 => of(slow).with_remedy("`repo_name` is wrong, or the token has no access to the repository"),
        410 => of(Verdict::GiveUp { reason: Reason::Configuration })
            .with_remedy("turn issues on in the repository's settings"),
        429 => of(Verdict::Retry { reason: Reason::Throttled, after: Some(SECONDARY_LIMIT_WAIT) }),
        _ => of(Verdict::from_status(reply)),
    }
}

/// How long a rate limit lasts, when this reply tells of one.
fn limit_wait(reply: &HttpReply) -> Option<Duration> {
    if !matches!(reply.status.as_u16(), 403 | 429) {
        return None;
    }
    if let Some(after) = reply.retry_after() {
        return Some(after);
    }
    let number = |name: &str| -> Option<i64> { reply.headers.get(name)?.to_str().ok()?.trim().parse().ok() };
    if number("x-ratelimit-remaining") == Some(0) {
        let seconds = number("x-ratelimit-reset")?.saturating_sub(reply.received_at.as_second());
        let wait = Duration::from_secs(u64::try_from(seconds).unwrap_or(1).max(1));
        return Some(wait.min(crate::RETRY_AFTER_MAX));
    }
    reply.text().contains("secondary rate limit").then_some(SECONDARY_LIMIT_WAIT)
}

/// Where a renamed or moved repository is now, on the same host.
fn moved(reply: &HttpReply, from: &Url) -> Option<Url> {
    if !matches!(reply.status.as_u16(), 301 | 307 | 308) {
        return None;
    }
    let target = from.join(reply.headers.get(header::LOCATION)?.to_str().ok()?).ok()?;
    (target.origin() == from.origin()).then_some(target)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn log_text_mentions_nobody() {
        assert_eq!(
            unmentioned("@acme/all a@b.example #7 x#7"),
            "@\u{200b}acme/all a@b.example #\u{200b}7 x#7"
        );
    }
}
