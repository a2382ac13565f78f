//! Amazon SNS: one message of a topic, the generic payload for programs and a readable text for mails.
//!
//! A FIFO topic drops a repeat within five minutes; elsewhere subscribers tell doubles by `alertId`.
//! Sources: `destinations.md` §4.1;
//! <https://docs.aws.amazon.com/sns/latest/api/API_Publish.html>.

use std::sync::Arc;

use aws_sdk_sns::Client;
use aws_sdk_sns::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_sns::operation::publish::{PublishError, PublishOutput};
use futures_util::future::BoxFuture;
use serde_json::{Value, json};
use tokio::sync::OnceCell;

use super::{Access, access_schema, group_id, in_time, judge, read_access};
use crate::config::{ConfigError, ConfigReader, merge_properties};
use crate::destination::{
    Attempt, Calls, Conversation, ConversationSender, Destination, Outgoing, Reason, Verdict,
};
use crate::payload::bounded_payload;
use crate::text::{Unit, long_text, one_line};

pub(crate) const KIND: &str = "sns";

/// All texts of a message together; what is left is for names and ids.
const MESSAGE_BYTES_MAX: usize = 261_000;
/// Less than 100 characters.
const SUBJECT_CHARS_MAX: usize = 99;
/// Bytes of payload and of mail, tried in this order until the message fits.
const BUDGETS: [(usize, usize); 5] =
    [(usize::MAX, usize::MAX), (usize::MAX, 8_000), (200_000, 8_000), (100_000, 4_000), (20_000, 4_000)];

struct Sns {
    topic_arn: String,
    access: Access,
    client: OnceCell<Client>,
}

pub(crate) fn schema() -> Value {
    let mut schema = json!({
        "type": "object",
        "additionalProperties": false,
        "required": ["topic_arn"],
        "properties": {
            "topic_arn": {
                "type": "string", "title": "Topic", "pattern": "^arn:[a-z-]+:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_.-]+$",
                "description": "ARN of the topic; a FIFO topic's name ends with .fifo.",
            },
        },
    });
    merge_properties(&mut schema, access_schema());
    schema
}

pub(crate) fn build(mut config: ConfigReader<'_>) -> Result<Arc<dyn Destination>, ConfigError> {
    let arn = config.required_text("topic_arn")?.trim();
    let Some(region) = region_of(arn) else {
        let message = "`topic_arn` must be the ARN of a topic: arn:aws:sns:REGION:ACCOUNT:NAME";
        return Err(ConfigError::new("topic_arn", message));
    };
    let access = read_access(&mut config, Some(region))?;
    let sns = Sns { topic_arn: arn.to_owned(), access, client: OnceCell::new() };
    Ok(ConversationSender::wrap(KIND, sns, config.into_secrets()))
}

/// The region of a topic's ARN; `None` when it is none.
fn region_of(arn: &str) -> Option<&str> {
    let parts: Vec<&str> = arn.split(':').collect();
    let ["arn", partition, "sns", region, account, name] = parts[..] else { return None };
    let is_account = account.len() == 12 && account.chars().all(|c| c.is_ascii_digit());
    let is_name = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "_-.".contains(c));
    let is_region = !region.is_empty() && region.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    (partition.starts_with("aws") && is_account && is_name && is_region).then_some(region)
}

impl Conversation for Sns {
    fn converse<'a>(
        &'a self,
        calls: &'a Calls<'a>,
        out: &'a Outgoing,
    ) -> BoxFuture<'a, Result<Attempt, Attempt>> {
        Box::pin(in_time(calls, "SNS", Box::pin(self.send(calls, out))))
    }
}

impl Sns {
    async fn send(&self, calls: &Calls<'_>, out: &Outgoing) -> Result<Attempt, Attempt> {
        let make = || async { Client::new(&self.access.sdk_config(calls.net()).await) };
        let client = self.client.get_or_init(make).await;
        let mut reply = self.publish(client, out, subject(out)).await;
        if let Err(error) = &reply
            && is_about_subject(error)
        {
            reply = self.publish(client, out, Some(plain_subject(out))).await;
        }
        let reply = reply.map_err(|error| judge(&error))?;
        match reply.message_id() {
            Some(id) => {
                let verdict = Verdict::Delivered { remote_id: Some(id.to_owned()), remote_url: None };
                Ok(Attempt::new(verdict, Some(200), format!("message {id}")))
            }
            None => {
                let verdict = Verdict::Retry { reason: Reason::UnexpectedReply, after: None };
                Ok(Attempt::new(verdict, Some(200), "SNS gave no message id".to_owned()))
            }
        }
    }

    async fn publish(
        &self,
        client: &Client,
        out: &Outgoing,
        subject: Option<String>,
    ) -> Result<PublishOutput, SdkError<PublishError>> {
        let mut request = client
            .publish()
            .topic_arn(&self.topic_arn)
            .set_subject(subject)
            .message_structure("json")
            .message(message(out));
        if self.topic_arn.ends_with(".fifo") {
            let alert = &*out.alert;
            request = request.message_group_id(group_id(alert)).message_deduplication_id(alert.id.as_str());
        }
        request.send().await
    }
}

/// The texts by protocol, as one JSON text within the limit; mails lose their context first.
fn message(out: &Outgoing) -> String {
    let write = |(payload, mail)| {
        let default = bounded_payload(out, payload);
        json!({"default": default, "email": long_text(out, mail, Unit::Bytes)}).to_string()
    };
    let mut written = String::new();
    for budget in BUDGETS {
        written = write(budget);
        if written.len() <= MESSAGE_BYTES_MAX {
            break;
        }
    }
    written
}

/// The title on one line; none at all rather than an empty one, which is refused.
fn subject(out: &Outgoing) -> Option<String> {
    let title = one_line(&out.title);
    if title.chars().count() <= SUBJECT_CHARS_MAX {
        return Some(title).filter(|title| !title.is_empty());
    }
    let kept: String = title.chars().take(SUBJECT_CHARS_MAX - 3).collect();
    Some(format!("{kept}..."))
}

/// What is sent when SNS does not like the title.
fn plain_subject(out: &Outgoing) -> String {
    let product = if out.texts.compat { "Panther" } else { &out.texts.product_name };
    let plain = |character: &char| character.is_ascii_graphic() || *character == ' ';
    format!("New {product} Alert").chars().filter(plain).take(SUBJECT_CHARS_MAX).collect()
}

fn is_about_subject(error: &SdkError<PublishError>) -> bool {
    let meta = error.as_service_error().map(ProvideErrorMetadata::meta);
    meta.is_some_and(|meta| {
        meta.code().is_some_and(|code| code.starts_with("InvalidParameter"))
            && meta.message().is_some_and(|message| message.contains("Subject"))
    })
}
