//! Asana: one task in one project or several.
//!
//! A personal token cannot give a task an id of ours, so an attempt after another one first looks for a task
//! whose notes name the alert. Sources: `destinations.md` §4.3;
//! <https://developers.asana.com/reference/createtask>, <https://developers.asana.com/docs/rate-limits>.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use http::{HeaderValue, Method, header};
use serde_json::{Value, json};
use url::Url;

use crate::config::{ConfigError, ConfigReader, base_url_schema, secret_header};
use crate::destination::{
    Attempt, Calls, Conversation, ConversationSender, Destination, Outgoing, Reason, RenderError, Verdict,
};
use crate::http_types::{HttpReply, HttpRequest};
use crate::text::{Unit, cut, long_text, one_line};

pub(crate) const KIND: &str = "asana";

const TASKS: &str = "https://app.asana.com/api/1.0/tasks";
/// Neither limit is published; these are what text fields and the web page take.
const NAME_CHARS_MAX: usize = 1024;
const NOTES_BYTES_MAX: usize = 65_535;

struct Asana {
    tasks_url: Url,
    authorization: HeaderValue,
    project_gids: Vec<String>,
}

pub(crate) fn schema() -> Value {
    json!({
        "type": "object",
        "additionalProperties": false,
        "required": ["personal_access_token", "project_gids"],
        "properties": {
            "personal_access_token": {
                "type": "string", "writeOnly": true, "title": "Personal access token",
                "description": "Of a person or a service account who may add tasks to the projects.",
            },
            "project_gids": {
                "type": "array", "items": {"type": "string", "pattern": "^[0-9]+$"}, "minItems": 1, "title": "Projects",
                "description": "Ids of the projects, all in one workspace: the number in the project's address.",
            },
            "base_url": base_url_schema(),
        },
    })
}

pub(crate) fn build(mut config: ConfigReader<'_>) -> Result<Arc<dyn Destination>, ConfigError> {
    let token = config.required_secret("personal_access_token")?.trim();
    let authorization = secret_header(&format!("Bearer {token}"), "personal_access_token")?;
    let projects = config.texts("project_gids")?;
    if projects.is_empty() {
        return Err(ConfigError::new("project_gids", "`project_gids` needs at least one project's id"));
    }
    for (index, gid) in projects.iter().enumerate() {
        if !gid.chars().all(|character| character.is_ascii_digit()) {
            let path = format!("project_gids[{index}]");
            let message = format!("`{path}` must be a number: the one in the project's address");
            return Err(ConfigError::new(path, message));
        }
    }
    let project_gids = projects.into_iter().map(str::to_owned).collect();
    let asana = Asana { tasks_url: config.vendor_url(TASKS)?, authorization, project_gids };
    Ok(ConversationSender::wrap(KIND, asana, config.into_secrets()))
}

impl Conversation for Asana {
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
            let reply = calls.send(self.task(out)?).await?;
            Ok(judge(&reply))
        })
    }
}

impl Asana {
    fn task(&self, out: &Outgoing) -> Result<HttpRequest, RenderError> {
        let mut url = self.tasks_url.clone();
        url.query_pairs_mut().append_pair("opt_fields", "gid,permalink_url");
        let body = json!({"data": {
            "name": cut(&one_line(&out.title), NAME_CHARS_MAX, Unit::Chars),
            "projects": self.project_gids,
            "notes": long_text(out, NOTES_BYTES_MAX, Unit::Bytes),
        }});
        let mut request = HttpRequest::json(Method::POST, url, &body)?;
        request.headers.insert(header::AUTHORIZATION, self.authorization.clone());
        Ok(request)
    }

    /// The task that an earlier attempt made, if it did: its notes hold the link with the alert's id.
    async fn find(&self, calls: &Calls<'_>, out: &Outgoing) -> Result<Option<Attempt>, Attempt> {
        let mut url = self.tasks_url.clone();
        url.query_pairs_mut()
            .append_pair("project", &self.project_gids[0])
            .append_pair("modified_since", &model::format_aws_date_time(out.created_at))
            .append_pair("opt_fields", "notes,permalink_url")
            .append_pair("limit", "100");
        let mut request = HttpRequest::json_text(Method::GET, url, String::new());
        request.headers.remove(header::CONTENT_TYPE);
        request.headers.insert(header::AUTHORIZATION, self.authorization.clone());
        let reply = calls.send(request).await?;
        if !reply.status.is_success() {
            return Err(judge(&reply));
        }
        let body: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
        let tasks = body.get("data").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let names_alert = |task: &&Value| {
            task.get("notes")
                .and_then(Value::as_str)
                .is_some_and(|notes| notes.contains(out.alert.id.as_str()))
        };
        let found = tasks.iter().find(names_alert);
        Ok(found.map(|task| {
            Attempt::of_reply(&reply, delivered(task)).with_remedy("an earlier attempt made the task")
        }))
    }
}

fn delivered(task: &Value) -> Verdict {
    let text = |key: &str| task.get(key).and_then(Value::as_str);
    Verdict::Delivered {
        remote_id: text("gid").map(str::to_owned),
        remote_url: text("permalink_url").and_then(|url| Url::parse(url).ok()),
    }
}

fn judge(reply: &HttpReply) -> Attempt {
    let of = |verdict| Attempt::of_reply(reply, verdict);
    match reply.status.as_u16() {
        200..=299 => {
            let body: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
            of(delivered(body.get("data").unwrap_or(&Value::Null)))
        }
        401 => of(Verdict::from_status(reply)).with_remedy("the token is wrong or revoked: give a new one"),
        403 => of(Verdict::from_status(reply))
            .with_remedy("the token's owner may not add tasks to one of `project_gids`"),
        404 => of(Verdict::GiveUp { reason: Reason::Configuration })
            .with_remedy("one of `project_gids` does not exist or is not shared with the token's owner"),
        _ => of(Verdict::from_status(reply)),
    }
}
