//! Slack by a bot: one message in each of its channels.
//!
//! Slack answers 200 to nearly everything; the word in `error` decides. Several channels are several messages:
//! when some were posted and others were not, an attempt after this one posts to the others only, as far as
//! this process remembers, and says so. With a signing secret the message has a menu for the alert's status;
//! `receive` reads what Slack sends when somebody uses it, `slack_actions` says how. Sources: `destinations.md` §4.18;
//! <https://docs.slack.dev/reference/methods/chat.postMessage>,
//! <https://docs.slack.dev/reference/block-kit/blocks>.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use futures_util::future::BoxFuture;
use http::{HeaderValue, Method, header};
use model::{DeliveryId, Severity};
use serde_json::{Value, json};
use url::Url;

use crate::config::{ConfigError, ConfigReader, base_url_schema, secret_header};
use crate::destination::{
    Attempt, Calls, Conversation, ConversationSender, Destination, Outgoing, Reason, RenderError, Verdict,
};
use crate::http_types::{HttpReply, HttpRequest};
use crate::inbound::{Inbound, InboundRefusal, Place, StatusRequest};
use crate::slack::escape_character;
use crate::slack_actions::{self, SigningSecret};
use crate::text::{Unit, cut, escaped, facts, link_text, one_line, pretty_context, unfenced};

pub(crate) const KIND: &str = "slack_bot";

const POST_MESSAGE: &str = "https://slack.com/api/chat.postMessage";
/// <https://docs.slack.dev/reference/block-kit/blocks/header-block>
const HEADER_CHARS_MAX: usize = 150;
/// <https://docs.slack.dev/reference/block-kit/blocks/section-block>
const SECTION_CHARS_MAX: usize = 3000;
/// All blocks together; Slack refuses messages from about 13,000 characters on.
const BLOCKS_CHARS_MAX: usize = 10_000;
/// What notifications and screen readers show.
const TEXT_CHARS_MAX: usize = 4000;
/// Deliveries whose posted channels are remembered.
const REMEMBERED_MAX: usize = 1000;

struct SlackBot {
    url: Url,
    authorization: HeaderValue,
    channels: Vec<String>,
    /// Proves what comes back; without it messages have no menu.
    signing: Option<SigningSecret>,
    /// Channels that have the message of a delivery which is not through yet.
    posted: Mutex<HashMap<DeliveryId, Vec<Posted>>>,
}

#[derive(Clone)]
struct Posted {
    asked_for: String,
    channel: String,
    ts: String,
}

pub(crate) fn schema() -> Value {
    json!({
        "type": "object",
        "additionalProperties": false,
        "required": ["bot_token", "channels"],
        "properties": {
            "bot_token": {
                "type": "string", "writeOnly": true, "title": "Bot token",
                "description": "Begins with xoxb-; needs the scope chat:write, and chat:write.public for channels that the bot did not join.",
            },
            "signing_secret": {
                "type": "string", "writeOnly": true, "title": "Signing secret",
                "description": "Slack app, Basic Information. With it messages have a menu that sets the alert's status; needs the app's Interactivity, with the request URL that the page of this destination shows once it is saved: this server's external_url, /destinations/, the destination's id, /callback.",
            },
            "channels": {
                "type": "array", "items": {"type": "string"}, "minItems": 1, "title": "Channels",
                "description": "Ids such as C024BE91L (they outlive a new name), or names such as #alerts.",
            },
            "base_url": base_url_schema(),
        },
    })
}

pub(crate) fn build(mut config: ConfigReader<'_>) -> Result<Arc<dyn Destination>, ConfigError> {
    let token = config.required_secret("bot_token")?.trim();
    if !token.starts_with("xoxb-") {
        return Err(ConfigError::new(
            "bot_token",
            "`bot_token` must be a bot token, which begins with `xoxb-`: Slack app, OAuth & Permissions",
        ));
    }
    let authorization = secret_header(&format!("Bearer {token}"), "bot_token")?;
    let signing = config.secret("signing_secret")?.map(SigningSecret::new);
    let channels: Vec<String> = config.texts("channels")?.into_iter().map(|c| c.trim().to_owned()).collect();
    if channels.is_empty() {
        return Err(ConfigError::new("channels", "`channels` needs at least one channel's id"));
    }
    let url = config.vendor_url(POST_MESSAGE)?;
    let bot = SlackBot { url, authorization, channels, signing, posted: Mutex::default() };
    Ok(ConversationSender::wrap(KIND, bot, config.into_secrets()))
}

impl Conversation for SlackBot {
    fn converse<'a>(
        &'a self,
        calls: &'a Calls<'a>,
        out: &'a Outgoing,
    ) -> BoxFuture<'a, Result<Attempt, Attempt>> {
        Box::pin(async move {
            let mut done = self.recall(&out.delivery_id);
            let mut last = None;
            for channel in &self.channels {
                if done.iter().any(|posted| posted.asked_for == *channel) {
                    continue;
                }
                let outcome = self.post(calls, channel, out).await;
                match outcome {
                    Ok((reply, posted)) => {
                        done.push(posted);
                        last = Some(reply);
                    }
                    Err(failed) => {
                        let note = self.remember(out, done, channel);
                        return Err(if note.is_empty() { failed } else { failed.with_remedy(&note) });
                    }
                }
            }
            Ok(delivered(&done, last.as_ref()))
        })
    }

    fn receive(&self, inbound: &Inbound<'_>) -> Result<Option<StatusRequest>, InboundRefusal> {
        let missing =
            "this destination has no `signing_secret`, so that nothing proves what comes from Slack";
        let signing = self.signing.as_ref().ok_or(InboundRefusal::NotExpected(missing))?;
        signing.check(inbound)?;
        slack_actions::read(inbound.body)
    }

    fn answer<'a>(
        &'a self,
        calls: &'a Calls<'a>,
        request: &'a StatusRequest,
        problem: Option<&'a str>,
    ) -> BoxFuture<'a, Result<Attempt, Attempt>> {
        Box::pin(async move {
            let Place { channel, message } = &request.place;
            let text = slack_actions::told(request, problem);
            let body = json!({"channel": channel, "thread_ts": message, "text": text});
            let reply = calls.send(self.call(&body)?).await?;
            match is_ok(&reply) {
                true => Ok(Attempt::of_reply(&reply, Verdict::delivered())),
                false => Err(judge(&reply, &error_word(&reply), channel)),
            }
        })
    }
}

impl SlackBot {
    /// Posts to one channel; a message that Slack finds malformed is sent once more as plain text.
    async fn post(
        &self,
        calls: &Calls<'_>,
        channel: &str,
        out: &Outgoing,
    ) -> Result<(HttpReply, Posted), Attempt> {
        let mut reply = calls.send(self.request(channel, out, true)?).await?;
        if is_about_message(&reply) {
            reply = calls.send(self.request(channel, out, false)?).await?;
        }
        let body: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
        let text = |key: &str| body.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        if is_ok(&reply) {
            let posted = Posted { asked_for: channel.to_owned(), channel: text("channel"), ts: text("ts") };
            return Ok((reply, posted));
        }
        Err(judge(&reply, &text("error"), channel))
    }

    fn request(&self, channel: &str, out: &Outgoing, with_blocks: bool) -> Result<HttpRequest, RenderError> {
        let title = escaped(&one_line(&out.title), TEXT_CHARS_MAX / 2, Unit::Chars, escape_character);
        let text = format!("{} {title} <{}|{}>", dot(out.alert.severity), out.link, link_text(&out.texts));
        let mut body = json!({
            "channel": channel,
            "text": cut(&text, TEXT_CHARS_MAX, Unit::Chars),
            "unfurl_links": false,
            "metadata": {
                "event_type": "alert", "event_payload": {"alertId": out.alert.id.as_str()},
            },
        });
        if with_blocks {
            body["blocks"] = blocks(out, self.signing.is_some());
        }
        self.call(&body)
    }

    fn call(&self, body: &Value) -> Result<HttpRequest, RenderError> {
        let mut request = HttpRequest::json(Method::POST, self.url.clone(), body)?;
        request.headers.insert(header::AUTHORIZATION, self.authorization.clone());
        let utf8 = HeaderValue::from_static("application/json; charset=utf-8");
        request.headers.insert(header::CONTENT_TYPE, utf8);
        Ok(request)
    }

    fn recall(&self, id: &DeliveryId) -> Vec<Posted> {
        self.posted.lock().expect("no holder of this lock panics").remove(id).unwrap_or_default()
    }

    /// Keeps what was posted for the next attempt; says where the message is already.
    fn remember(&self, out: &Outgoing, done: Vec<Posted>, failed: &str) -> String {
        if done.is_empty() {
            return String::new();
        }
        let names: Vec<String> = done.iter().map(|posted| format!("`{}`", posted.asked_for)).collect();
        let mut posted = self.posted.lock().expect("no holder of this lock panics");
        if posted.len() >= REMEMBERED_MAX {
            posted.clear();
        }
        posted.insert(out.delivery_id.clone(), done);
        format!("posted to {} already, not to `{failed}`", names.join(", "))
    }
}

fn delivered(done: &[Posted], last: Option<&HttpReply>) -> Attempt {
    let ids: Vec<String> = done.iter().map(|posted| format!("{}/{}", posted.channel, posted.ts)).collect();
    let verdict = Verdict::Delivered { remote_id: Some(ids.join(",")), remote_url: None };
    match last {
        Some(reply) => {
            let message = format!("posted to {} channels", done.len());
            Attempt::new(verdict, Some(reply.status.as_u16()), message)
        }
        None => Attempt::without_reply(verdict, "every channel has the message already"),
    }
}

/// The message as blocks: title, facts, context, a button, and a menu for the status; within the limits of
/// each and of all. A test alert is stored nowhere and has no status.
fn blocks(out: &Outgoing, with_menu: bool) -> Value {
    let alert = &*out.alert;
    let title = format!("{} {}", dot(alert.severity), one_line(&out.title));
    let mut lines = Vec::new();
    for fact in facts(alert) {
        let value = escaped(&fact.value, 700, Unit::Chars, escape_character);
        lines.push(format!("*{}:* {value}", fact.label));
    }
    let text = cut_lines(&lines, SECTION_CHARS_MAX);
    let mut used = HEADER_CHARS_MAX + Unit::Chars.measure(&text);
    let mut blocks = vec![
        json!({"type": "header", "text": {"type": "plain_text", "text": cut(&title, HEADER_CHARS_MAX, Unit::Chars)}}),
        json!({"type": "section", "text": {"type": "mrkdwn", "text": text}}),
    ];
    used += 200;
    let room = BLOCKS_CHARS_MAX.saturating_sub(used).min(SECTION_CHARS_MAX) - 10;
    if let Some(context) = pretty_context(alert, SECTION_CHARS_MAX, Unit::Chars) {
        let context = escaped(&unfenced(&context), room, Unit::Chars, escape_character);
        let text = format!("```\n{context}\n```");
        blocks.push(json!({"type": "section", "text": {"type": "mrkdwn", "text": text}}));
    }
    let mut elements = vec![json!({
        "type": "button", "action_id": "open_alert", "url": out.link.as_str(),
        "text": {"type": "plain_text", "text": cut(&link_text(&out.texts), 75, Unit::Chars)},
    })];
    let mut actions = json!({"type": "actions"});
    if with_menu && !out.test {
        elements.push(slack_actions::status_menu());
        actions["block_id"] = Value::from(slack_actions::block_id(&alert.id));
    }
    actions["elements"] = Value::Array(elements);
    blocks.push(actions);
    Value::Array(blocks)
}

/// As many whole lines as fit.
fn cut_lines(lines: &[String], max: usize) -> String {
    let mut text = String::new();
    for line in lines {
        if Unit::Chars.measure(&text) + Unit::Chars.measure(line) + 1 > max {
            break;
        }
        text.push_str(line);
        text.push('\n');
    }
    text
}

fn dot(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "🔴",
        Severity::Medium => "🟠",
        Severity::Low => "🟡",
        Severity::Info => "🔵",
    }
}

fn is_ok(reply: &HttpReply) -> bool {
    let body: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
    body.get("ok") == Some(&Value::Bool(true))
}

fn error_word(reply: &HttpReply) -> String {
    let body: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
    body.get("error").and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// Whether Slack dislikes this message rather than the token or the channel.
fn is_about_message(reply: &HttpReply) -> bool {
    matches!(
        error_word(reply).as_str(),
        "invalid_blocks"
            | "invalid_blocks_format"
            | "msg_blocks_too_long"
            | "msg_too_long"
            | "metadata_too_large"
            | "invalid_metadata_format"
            | "invalid_metadata_schema"
            | "metadata_must_be_sent_from_app"
            | "attachment_payload_limit_exceeded"
            | "too_many_attachments"
    )
}

fn judge(reply: &HttpReply, word: &str, channel: &str) -> Attempt {
    let after = reply.retry_after();
    let of = |verdict| Attempt::of_reply(reply, verdict);
    let wrong = Verdict::GiveUp { reason: Reason::Configuration };
    match word {
        "ratelimited" | "rate_limited" | "message_limit_exceeded" => {
            of(Verdict::Retry { reason: Reason::Throttled, after })
        }
        "internal_error" | "fatal_error" | "service_unavailable" | "request_timeout" | "team_added_to_org"
        | "org_login_required" => of(Verdict::Retry { reason: Reason::Unavailable, after }),
        "channel_not_found" => {
            of(wrong).with_remedy(&format!("the channel `{channel}` does not exist, or the bot cannot see it: correct `channels` or invite the bot"))
        }
        "not_in_channel" => of(wrong).with_remedy(&format!("invite the bot to `{channel}`, or give it the scope chat:write.public")),
        "is_archived" => of(wrong).with_remedy(&format!("the channel `{channel}` is archived: choose another one")),
        "invalid_auth" | "not_authed" | "account_inactive" | "token_revoked" | "token_expired" => {
            of(Verdict::GiveUp { reason: Reason::Unauthorized })
                .with_remedy("the token is wrong or revoked: install the app again and give its new `bot_token`")
        }
        "missing_scope" | "no_permission" | "not_allowed_token_type" | "access_denied" => {
            of(Verdict::GiveUp { reason: Reason::Unauthorized })
                .with_remedy("the bot lacks the scope chat:write: add it and install the app again")
        }
        "" => of(if reply.status.is_success() {
            Verdict::GiveUp { reason: Reason::UnexpectedReply }
        } else {
            Verdict::from_status(reply)
        }),
        word if word.starts_with("restricted_action") || word == "ekm_access_denied" => {
            of(wrong).with_remedy("a workspace policy forbids the bot to post here")
        }
        _ => of(wrong),
    }
}
