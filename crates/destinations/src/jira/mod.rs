//! Jira: one issue, in Cloud or in Data Center.
//!
//! Both speak REST version 2, whose texts are wiki markup. The alert's id becomes a label, by which an attempt
//! after another one looks before it makes a second issue; the index lags behind, so it waits a minute first.
//! Sources: `destinations.md` §4.10 and §4.11;
//! <https://developer.atlassian.com/cloud/jira/platform/rest/v2/api-group-issues/>,
//! <https://developer.atlassian.com/cloud/jira/platform/rate-limiting/>,
//! <https://developer.atlassian.com/server/jira/platform/rest/>.

pub(crate) mod cloud;
pub(crate) mod data_center;
mod issue;

use std::time::Duration;

use http::{HeaderValue, Method, StatusCode, header};
use jiff::civil;
use serde_json::{Value, json};
use url::Url;

use crate::config::{ConfigError, ConfigReader};
use crate::destination::{Attempt, Calls, Outgoing, Reason, RenderError, Verdict};
use crate::http_types::{HttpReply, HttpRequest};
use issue::{Fields, alert_label};

/// No search before so long after the first attempt: the index is not up to date sooner.
const INDEX_LAG: Duration = Duration::from_secs(60);
/// While credentials are refused, somebody has to act.
const ACCESS_STEP: Duration = Duration::from_secs(15 * 60);

/// Who gets the issue: Cloud knows people by account id, Data Center by name.
#[derive(Clone, Debug)]
enum Assignee {
    AccountId(String),
    Name(String),
}

/// What both kinds have in common.
struct Jira {
    /// The site, without a slash at its end; issues are looked at below it.
    site: Url,
    authorization: HeaderValue,
    project_key: String,
    issue_type: String,
    assignee: Option<Assignee>,
    labels: Vec<String>,
    /// Path of the search below the API's root.
    search_path: &'static str,
}

/// The keys that both kinds have, as JSON Schema.
fn common_schema() -> Value {
    json!({
        "project_key": {
            "type": "string", "title": "Project key", "pattern": "^[A-Z][A-Z0-9_]+$",
            "description": "The letters before the number of its issues, such as SEC.",
        },
        "issue_type": {"type": "string", "default": "Task", "title": "Issue type"},
        "labels": {
            "type": "array", "items": {"type": "string", "pattern": "^\\S+$"}, "title": "Labels",
            "description": "Without spaces.",
        },
    })
}

fn read_common(
    config: &ConfigReader<'_>,
    site: Url,
    authorization: HeaderValue,
    assignee: Option<Assignee>,
    search_path: &'static str,
) -> Result<Jira, ConfigError> {
    let project_key = config.required_text("project_key")?.trim().to_owned();
    let mut characters = project_key.chars();
    let begins_well = characters.next().is_some_and(|character| character.is_ascii_uppercase());
    if !begins_well || !characters.all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_') {
        let message = "`project_key` must be upper-case letters, digits and `_`: what stands before the number of its issues";
        return Err(ConfigError::new("project_key", message));
    }
    let labels = config.texts("labels")?;
    if let Some(index) = labels.iter().position(|label| label.contains(char::is_whitespace)) {
        let path = format!("labels[{index}]");
        let message = format!("`{path}` holds a space, which Jira does not allow in labels");
        return Err(ConfigError::new(path, message));
    }
    let issue_type = config.text("issue_type")?.unwrap_or("Task").to_owned();
    let labels = labels.into_iter().map(str::to_owned).collect();
    Ok(Jira { site, authorization, project_key, issue_type, assignee, labels, search_path })
}

impl Jira {
    /// One attempt through the API whose root is `api`.
    async fn attempt(
        &self,
        calls: &Calls<'_>,
        api: &Url,
        source: &'static str,
        out: &Outgoing,
    ) -> Result<Attempt, Attempt> {
        if out.earlier_attempts > 0 {
            if let Some(wait) = lag_left(out) {
                let verdict = Verdict::Retry { reason: Reason::Unavailable, after: Some(wait) };
                let message = "an earlier attempt may have made the issue; Jira can be asked in a minute";
                return Ok(Attempt::without_reply(verdict, message));
            }
            if let Some(found) = self.find(calls, api, out).await? {
                return Ok(found);
            }
        }
        let mut fields = Fields::of(self, source, out);
        let mut reply = calls.send(self.create(api, &fields)?).await?;
        if reply.status == StatusCode::BAD_REQUEST && fields.drop_refused(&reply) {
            reply = calls.send(self.create(api, &fields)?).await?;
        }
        Ok(self.judge(&reply))
    }

    fn create(&self, api: &Url, fields: &Fields) -> Result<HttpRequest, RenderError> {
        let url = below(api, "/rest/api/2/issue");
        let mut request = HttpRequest::json(Method::POST, url, &json!({"fields": fields.json()}))?;
        request.headers.insert(header::AUTHORIZATION, self.authorization.clone());
        Ok(request)
    }

    /// The issue that an earlier attempt made, if it did.
    async fn find(&self, calls: &Calls<'_>, api: &Url, out: &Outgoing) -> Result<Option<Attempt>, Attempt> {
        let jql = format!("project = \"{}\" AND labels = \"{}\"", self.project_key, alert_label(out));
        let body = json!({"jql": jql, "fields": ["summary"], "maxResults": 2});
        let mut request = HttpRequest::json(Method::POST, below(api, self.search_path), &body)?;
        request.headers.insert(header::AUTHORIZATION, self.authorization.clone());
        let reply = calls.send(request).await?;
        if !reply.status.is_success() {
            return Err(self.judge(&reply));
        }
        let body: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
        let found = body.pointer("/issues/0").map(|issue| self.delivered(issue));
        Ok(found.map(|verdict| {
            Attempt::of_reply(&reply, verdict).with_remedy("an earlier attempt made the issue")
        }))
    }

    fn delivered(&self, issue: &Value) -> Verdict {
        let key = issue.get("key").and_then(Value::as_str);
        Verdict::Delivered {
            remote_id: key.map(str::to_owned),
            remote_url: key.map(|key| below(&self.site, &format!("/browse/{key}"))),
        }
    }

    fn judge(&self, reply: &HttpReply) -> Attempt {
        let of = |verdict| Attempt::of_reply(reply, verdict);
        let slow = Verdict::Retry { reason: Reason::Unauthorized, after: Some(ACCESS_STEP) };
        match reply.status.as_u16() {
            200..=299 => of(self.delivered(&serde_json::from_slice(&reply.body).unwrap_or_default())),
            401 => of(slow).with_remedy("the credentials are wrong, expired or revoked: give new ones"),
            403 => of(slow).with_remedy("the account may not create issues in this project"),
            404 => of(Verdict::GiveUp { reason: Reason::Configuration }).with_remedy(
                "the project does not exist or the account cannot see it: correct `project_key`",
            ),
            400 => match refused_setting(reply) {
                Some(remedy) => of(Verdict::GiveUp { reason: Reason::Configuration }).with_remedy(remedy),
                None => of(Verdict::from_status(reply)),
            },
            429 => of(Verdict::Retry {
                reason: Reason::Throttled,
                after: reply.retry_after().or_else(|| reset_wait(reply)),
            }),
            _ => of(Verdict::from_status(reply)),
        }
    }
}

/// What to do about a field that comes from the settings and that Jira refuses.
fn refused_setting(reply: &HttpReply) -> Option<&'static str> {
    let body: serde_json::Value = serde_json::from_slice(&reply.body).ok()?;
    let errors = body.get("errors")?.as_object()?;
    if errors.contains_key("project") {
        return Some("the project is gone or has another key now: correct `project_key`");
    }
    let remedy = "the project has no such type of issue, or it needs more fields: correct `issue_type`";
    errors.contains_key("issuetype").then_some(remedy)
}

/// `path` below a site that may have a path of its own.
fn below(site: &Url, path: &str) -> Url {
    let mut url = site.clone();
    url.set_path(&format!("{}{path}", site.path().trim_end_matches('/')));
    url
}

/// How long the search index still has to catch up with the first attempt.
fn lag_left(out: &Outgoing) -> Option<Duration> {
    let passed = Duration::try_from(out.at.duration_since(out.created_at)).unwrap_or_default();
    INDEX_LAG.checked_sub(passed).filter(|left| !left.is_zero())
}

/// `X-RateLimit-Reset`: ISO 8601 without seconds, such as `2026-03-01T10:05Z`.
fn reset_wait(reply: &HttpReply) -> Option<Duration> {
    let text = reply.headers.get("x-ratelimit-reset")?.to_str().ok()?.trim().trim_end_matches('Z');
    let reset = text.parse::<civil::DateTime>().ok()?.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp();
    let wait = Duration::try_from(reset.duration_since(reply.received_at)).ok()?;
    Some(wait.min(crate::RETRY_AFTER_MAX)).filter(|wait| !wait.is_zero())
}
