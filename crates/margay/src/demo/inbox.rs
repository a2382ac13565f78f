//! A local stand-in for the tools that alerts go to: answers like Slack, Tines and a webhook receiver,
//! and shows everything on one page.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use model::json::Json;
use serde_json::Value;
use tokio::sync::watch;

/// Messages kept for the page.
const MESSAGES_MAX: usize = 500;
/// No message of ours is larger.
const BODY_BYTES_MAX: usize = 1 << 20;

/// One received message.
#[derive(Clone, Debug)]
pub(super) struct Message {
    /// `slack`, `tines` or `webhook`.
    pub(super) tool: String,
    /// Title of the alert.
    pub(super) title: String,
    /// Severity of the alert, as the message shows it.
    pub(super) severity: String,
    /// The whole body.
    body: String,
}

/// The inbox: messages by delivery, so that a repeated delivery shows once.
#[derive(Clone)]
pub(super) struct Inbox {
    messages: Arc<Mutex<BTreeMap<u64, Message>>>,
    count: watch::Sender<u64>,
}

impl Inbox {
    /// Binds a free port on loopback and serves.
    pub(super) async fn start() -> std::io::Result<(Inbox, SocketAddr)> {
        let inbox = Inbox { messages: Arc::default(), count: watch::Sender::new(0) };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let router = Router::new()
            .route("/", get(show))
            .route("/{tool}", post(receive))
            .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
            .with_state(inbox.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Ok((inbox, address))
    }

    /// Tells each new number of messages.
    pub(super) fn subscribe(&self) -> watch::Receiver<u64> {
        self.count.subscribe()
    }

    /// All messages after the first `skip`, oldest first.
    pub(super) fn messages_after(&self, skip: u64) -> Vec<Message> {
        let messages = self.messages.lock().expect("no holder of this lock panics");
        messages.range(skip..).map(|(_, message)| message.clone()).collect()
    }

    fn add(&self, message: Message) {
        let mut messages = self.messages.lock().expect("no holder of this lock panics");
        let number = *self.count.borrow();
        messages.insert(number, message);
        if messages.len() > MESSAGES_MAX {
            messages.pop_first();
        }
        drop(messages);
        self.count.send_replace(number + 1);
    }
}

async fn receive(
    State(inbox): State<Inbox>,
    Path(tool): Path<String>,
    _: HeaderMap,
    body: Bytes,
) -> Response {
    let Ok(Json(value)) = serde_json::from_slice::<Json>(&body) else {
        return (StatusCode::BAD_REQUEST, "invalid_payload").into_response();
    };
    let (title, severity) = match tool.as_str() {
        "slack" => slack_headline(&value),
        "tines" | "webhook" => (text(&value["title"]), text(&value["severity"])),
        _ => return (StatusCode::NOT_FOUND, "no_service").into_response(),
    };
    let pretty = serde_json::to_string_pretty(&value).unwrap_or_default();
    let status = if tool == "tines" { StatusCode::CREATED } else { StatusCode::OK };
    inbox.add(Message { tool, title, severity, body: pretty });
    (status, "ok").into_response()
}

fn slack_headline(value: &Value) -> (String, String) {
    let attachment = &value["attachments"][0];
    let severity = attachment["fields"]
        .as_array()
        .into_iter()
        .flatten()
        .find(|field| field["title"] == "Severity")
        .map_or_else(String::new, |field| text(&field["value"]));
    (text(&attachment["title"]), severity)
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

async fn show(State(inbox): State<Inbox>) -> Html<String> {
    let mut rows = String::new();
    for message in inbox.messages_after(0).iter().rev() {
        rows.push_str(&format!(
            "<details><summary><b class=\"{tool}\">{tool}</b> <i>{severity}</i> {title}</summary><pre>{body}</pre></details>\n",
            tool = escape(&message.tool),
            severity = escape(&message.severity),
            title = escape(&message.title),
            body = escape(&message.body),
        ));
    }
    Html(PAGE.replace("{{count}}", &inbox.count.borrow().to_string()).replace("{{rows}}", &rows))
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

const PAGE: &str = r#"<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta http-equiv="refresh" content="3"><title>Margay demo inbox</title>
<style>
body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #1d2733; }
details { border: 1px solid #d6dde5; border-radius: 6px; margin: .5rem 0; padding: .5rem .8rem; }
summary { cursor: pointer; } summary i { color: #9a3412; margin: 0 .5rem; font-style: normal; }
b { display: inline-block; min-width: 5rem; } b.slack { color: #4a154b; } b.tines { color: #5b4bd6; } b.webhook { color: #0f766e; }
pre { overflow-x: auto; background: #f5f7fa; padding: .8rem; border-radius: 4px; }
</style></head><body>
<h1>Inbox of the demonstration</h1>
<p>What Slack, Tines and a webhook receiver would have got: {{count}} messages, newest first.</p>
{{rows}}
</body></html>
"#;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_escapes_what_alerts_say() {
        assert_eq!(escape("<script>\"&"), "&lt;script&gt;&quot;&amp;");
    }

    #[test]
    fn a_slack_message_shows_title_and_severity() {
        let message = serde_json::json!({"attachments": [{"title": "t", "fields": [{"title": "Severity", "value": "HIGH"}]}]});
        assert_eq!(slack_headline(&message), ("t".to_owned(), "HIGH".to_owned()));
    }
}
