//! The table of destination types: one line each.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use crate::config::{ConfigError, ConfigReader};
use crate::destination::Destination;
use crate::{
    asana, aws, blinkops, discord, github, incidentio, jira, mindflow, msteams, opsgenie, pagerduty, pubsub,
    rapid7, servicenow, slack, slack_bot, splunk, tines, torq, webhook,
};

/// One destination type.
#[derive(Debug)]
pub struct TypeEntry {
    /// The word in configuration, API and links.
    pub kind: &'static str,
    /// The name people know.
    pub label: &'static str,
    /// One sentence.
    pub description: &'static str,
    /// Where its guide is, relative to the documentation's root.
    pub docs_url: &'static str,
    /// JSON Schema of `config`; secrets are marked `writeOnly`.
    pub config_schema: fn() -> Value,
    /// How fast the vendor wants to be called, where it says so.
    pub pace: Pace,
    build: BuildFn,
}

/// The vendor's own pace, taken when the configuration says nothing. Sources: `destinations.md` §4.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// So many requests in so much time.
    pub rate: Option<(u32, Duration)>,
    /// Requests at the same time.
    pub concurrency: Option<usize>,
}

/// The vendor says nothing.
const ANY: Pace = Pace { rate: None, concurrency: None };

const fn per_second(count: u32) -> Pace {
    Pace { rate: Some((count, Duration::from_secs(1))), ..ANY }
}

const fn per_minute(count: u32) -> Pace {
    Pace { rate: Some((count, Duration::from_secs(60))), ..ANY }
}

const fn at_a_time(count: usize) -> Pace {
    Pace { concurrency: Some(count), ..ANY }
}

pub(crate) type BuildFn = fn(ConfigReader<'_>) -> Result<Arc<dyn Destination>, ConfigError>;

#[rustfmt::skip]
static REGISTRY: &[TypeEntry] = &[
    TypeEntry { kind: asana::KIND, label: "Asana", description: "A task in one Asana project or several.", docs_url: "docs/destinations/asana.md", config_schema: asana::schema, pace: at_a_time(4), build: asana::build },
    TypeEntry { kind: blinkops::KIND, label: "Blink Ops", description: "Starts a Blink automation with the alert as JSON.", docs_url: "docs/destinations/blinkops.md", config_schema: blinkops::schema, pace: ANY, build: blinkops::build },
    TypeEntry { kind: discord::KIND, label: "Discord", description: "A message in one Discord channel or thread, by a webhook.", docs_url: "docs/destinations/discord.md", config_schema: discord::schema, pace: per_minute(30), build: discord::build },
    TypeEntry { kind: github::KIND, label: "GitHub", description: "An issue in a GitHub repository.", docs_url: "docs/destinations/github.md", config_schema: github::schema, pace: at_a_time(1), build: github::build },
    TypeEntry { kind: incidentio::KIND, label: "incident.io", description: "An alert event of an HTTP alert source.", docs_url: "docs/destinations/incidentio.md", config_schema: incidentio::schema, pace: ANY, build: incidentio::build },
    TypeEntry { kind: jira::cloud::KIND, label: "Jira Cloud", description: "An issue in a Jira Cloud project.", docs_url: "docs/destinations/jira_cloud.md", config_schema: jira::cloud::schema, pace: ANY, build: jira::cloud::build },
    TypeEntry { kind: jira::data_center::KIND, label: "Jira Data Center", description: "An issue in a project of a Jira Data Center site.", docs_url: "docs/destinations/jira_datacenter.md", config_schema: jira::data_center::schema, pace: ANY, build: jira::data_center::build },
    TypeEntry { kind: mindflow::KIND, label: "Mindflow", description: "Starts a Mindflow playbook with the alert as JSON.", docs_url: "docs/destinations/mindflow.md", config_schema: mindflow::schema, pace: ANY, build: mindflow::build },
    TypeEntry { kind: msteams::KIND, label: "Microsoft Teams", description: "A card in one Teams channel or chat, by a Workflows webhook.", docs_url: "docs/destinations/msteams.md", config_schema: msteams::schema, pace: per_minute(30), build: msteams::build },
    TypeEntry { kind: opsgenie::KIND, label: "OpsGenie", description: "An alert in Opsgenie or Jira Service Management.", docs_url: "docs/destinations/opsgenie.md", config_schema: opsgenie::schema, pace: ANY, build: opsgenie::build },
    TypeEntry { kind: pagerduty::KIND, label: "PagerDuty", description: "Triggers an incident of a PagerDuty service.", docs_url: "docs/destinations/pagerduty.md", config_schema: pagerduty::schema, pace: per_minute(100), build: pagerduty::build },
    TypeEntry { kind: pubsub::KIND, label: "Google Pub/Sub", description: "A message of a Google Pub/Sub topic.", docs_url: "docs/destinations/pubsub.md", config_schema: pubsub::schema, pace: ANY, build: pubsub::build },
    TypeEntry { kind: rapid7::KIND, label: "Rapid7", description: "Starts a Rapid7 InsightConnect workflow with the alert as JSON.", docs_url: "docs/destinations/rapid7.md", config_schema: rapid7::schema, pace: ANY, build: rapid7::build },
    TypeEntry { kind: servicenow::KIND, label: "ServiceNow", description: "A record of a ServiceNow table, or a call of a scripted endpoint.", docs_url: "docs/destinations/servicenow.md", config_schema: servicenow::schema, pace: ANY, build: servicenow::build },
    TypeEntry { kind: slack::KIND, label: "Slack", description: "A message in one Slack channel, by an incoming webhook.", docs_url: "docs/destinations/slack.md", config_schema: slack::schema, pace: per_second(1), build: slack::build },
    TypeEntry { kind: slack_bot::KIND, label: "Slack Bot", description: "A message in one Slack channel or several, by a bot.", docs_url: "docs/destinations/slack_bot.md", config_schema: slack_bot::schema, pace: per_second(1), build: slack_bot::build },
    TypeEntry { kind: aws::sns::KIND, label: "Amazon SNS", description: "A message of an Amazon SNS topic.", docs_url: "docs/destinations/sns.md", config_schema: aws::sns::schema, pace: ANY, build: aws::sns::build },
    TypeEntry { kind: splunk::KIND, label: "Splunk", description: "An event by the HTTP Event Collector.", docs_url: "docs/destinations/splunk.md", config_schema: splunk::schema, pace: ANY, build: splunk::build },
    TypeEntry { kind: aws::sqs::KIND, label: "Amazon SQS", description: "A message of an Amazon SQS queue.", docs_url: "docs/destinations/sqs.md", config_schema: aws::sqs::schema, pace: ANY, build: aws::sqs::build },
    TypeEntry { kind: tines::KIND, label: "Tines", description: "Starts a Tines story with the alert as JSON.", docs_url: "docs/destinations/tines.md", config_schema: tines::schema, pace: ANY, build: tines::build },
    TypeEntry { kind: torq::KIND, label: "Torq", description: "Starts a Torq workflow with the alert as JSON.", docs_url: "docs/destinations/torq.md", config_schema: torq::schema, pace: ANY, build: torq::build },
    TypeEntry { kind: webhook::KIND, label: "Custom Webhook", description: "The alert as JSON to any HTTP address.", docs_url: "docs/destinations/webhook.md", config_schema: webhook::schema, pace: ANY, build: webhook::build },
];

/// All destination types, by type word.
pub fn registry() -> &'static [TypeEntry] {
    REGISTRY
}

/// One destination type, or `None`.
pub fn find_type(kind: &str) -> Option<&'static TypeEntry> {
    REGISTRY.iter().find(|entry| entry.kind == kind)
}

/// Checks `config` and makes the destination; secrets must be in clear.
///
/// # Errors
///
/// When the type is unknown, a key is unknown, missing or wrong; the error never holds a value.
pub fn build(kind: &str, config: &Value) -> Result<Arc<dyn Destination>, ConfigError> {
    let entry = find_type(kind).ok_or_else(|| ConfigError::new("", unknown_type(kind)))?;
    (entry.build)(ConfigReader::open(&(entry.config_schema)(), config)?)
}

fn unknown_type(kind: &str) -> String {
    let near = REGISTRY
        .iter()
        .map(|entry| (strsim::damerau_levenshtein(entry.kind, kind), entry.kind))
        .filter(|(distance, _)| *distance <= 2)
        .min_by_key(|(distance, _)| *distance);
    match near {
        Some((_, known)) => format!("unknown destination type `{kind}`; did you mean `{known}`?"),
        None => {
            let known: Vec<String> = REGISTRY.iter().map(|entry| format!("`{}`", entry.kind)).collect();
            format!("unknown destination type `{kind}`; known types are {}", known.join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn has_secret(schema: &Value) -> bool {
        let inside = schema.get("properties").and_then(Value::as_object);
        schema["writeOnly"] == true || inside.is_some_and(|keys| keys.values().any(has_secret))
    }

    #[test]
    fn every_type_is_described_and_keeps_its_credentials_secret() {
        for entry in registry() {
            let schema = (entry.config_schema)();
            assert_eq!(schema["type"], "object", "{}", entry.kind);
            assert_eq!(schema["additionalProperties"], false, "{}", entry.kind);
            assert!(has_secret(&schema), "{}", entry.kind);
            assert!(schema["properties"]["base_url"].get("writeOnly").is_none(), "{}", entry.kind);
            assert!(entry.description.ends_with('.') && !entry.label.is_empty());
        }
        assert!(registry().is_sorted_by_key(|entry| entry.kind));
    }
}
