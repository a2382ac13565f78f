//! Amazon SQS: the generic payload as one message of a queue.
//!
//! A FIFO queue drops a repeat within five minutes; elsewhere consumers tell doubles by `alertId`.
//! Sources: `destinations.md` §4.2;
//! <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html>.

use std::sync::Arc;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::MessageAttributeValue;
use futures_util::future::BoxFuture;
use serde_json::{Value, json};
use tokio::sync::OnceCell;
use url::Url;

use super::{Access, access_schema, group_id, in_time, judge, read_access};
use crate::config::{ConfigError, ConfigReader, merge_properties};
use crate::destination::{
    Attempt, Calls, Conversation, ConversationSender, Destination, Outgoing, Reason, Verdict,
};
use crate::payload::bounded_payload;

pub(crate) const KIND: &str = "sqs";

/// Queues take 256 KiB unless they were made with more, attributes included.
const BODY_BYTES_MAX: usize = 261_000;

struct Sqs {
    queue_url: String,
    is_fifo: bool,
    access: Access,
    client: OnceCell<Client>,
}

pub(crate) fn schema() -> Value {
    let mut schema = json!({
        "type": "object",
        "additionalProperties": false,
        "required": ["queue_url"],
        "properties": {
            "queue_url": {
                "type": "string", "format": "uri", "title": "Queue URL",
                "description": "https://sqs.REGION.amazonaws.com/ACCOUNT/NAME; a FIFO queue's name ends with .fifo.",
            },
        },
    });
    merge_properties(&mut schema, access_schema());
    schema
}

pub(crate) fn build(mut config: ConfigReader<'_>) -> Result<Arc<dyn Destination>, ConfigError> {
    let queue_url = config.own_site_url("queue_url")?;
    if queue_url.path().len() < 2 {
        let message = "`queue_url` must be the whole address: https://sqs.REGION.amazonaws.com/ACCOUNT/NAME";
        return Err(ConfigError::new("queue_url", message));
    }
    let region = region_of(&queue_url);
    let access = read_access(&mut config, region.as_deref())?;
    let is_fifo = queue_url.path().ends_with(".fifo");
    let sqs = Sqs { queue_url: queue_url.to_string(), is_fifo, access, client: OnceCell::new() };
    Ok(ConversationSender::wrap(KIND, sqs, config.into_secrets()))
}

/// `sqs.eu-central-1.amazonaws.com` tells the region, other hosts do not.
fn region_of(url: &Url) -> Option<String> {
    let mut labels = url.host_str()?.split('.');
    let is_aws = url.host_str()?.contains(".amazonaws.com") && labels.next()? == "sqs";
    labels.next().filter(|_| is_aws).map(str::to_owned)
}

impl Conversation for Sqs {
    fn converse<'a>(
        &'a self,
        calls: &'a Calls<'a>,
        out: &'a Outgoing,
    ) -> BoxFuture<'a, Result<Attempt, Attempt>> {
        Box::pin(in_time(calls, "SQS", Box::pin(self.send(calls, out))))
    }
}

impl Sqs {
    async fn send(&self, calls: &Calls<'_>, out: &Outgoing) -> Result<Attempt, Attempt> {
        let make = || async { Client::new(&self.access.sdk_config(calls.net()).await) };
        let client = self.client.get_or_init(make).await;
        let alert = &*out.alert;
        let mut request = client.send_message().queue_url(&self.queue_url).message_body(body(out));
        let attributes = [
            ("alertId", alert.id.as_str()),
            ("severity", alert.severity.as_str()),
            ("type", alert.alert_type.as_str()),
        ];
        for (name, value) in attributes {
            let value = MessageAttributeValue::builder().data_type("String").string_value(value).build();
            if let Ok(value) = value {
                request = request.message_attributes(name, value);
            }
        }
        if self.is_fifo {
            request = request.message_group_id(group_id(alert)).message_deduplication_id(alert.id.as_str());
        }
        let reply = request.send().await.map_err(|error| judge(&error))?;
        match reply.message_id() {
            Some(id) => {
                let verdict = Verdict::Delivered { remote_id: Some(id.to_owned()), remote_url: None };
                Ok(Attempt::new(verdict, Some(200), format!("message {id}")))
            }
            None => {
                let verdict = Verdict::Retry { reason: Reason::UnexpectedReply, after: None };
                Ok(Attempt::new(verdict, Some(200), "SQS gave no message id".to_owned()))
            }
        }
    }
}

/// SQS refuses two characters that JSON allows.
fn body(out: &Outgoing) -> String {
    bounded_payload(out, BODY_BYTES_MAX).replace(['\u{fffe}', '\u{ffff}'], "\u{fffd}")
}
