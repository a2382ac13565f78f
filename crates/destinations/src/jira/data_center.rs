//! Jira Data Center: a site of one's own and a personal access token.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use serde_json::{Value, json};

use super::{Assignee, Jira, common_schema, read_common};
use crate::config::{ConfigError, ConfigReader, merge_properties, secret_header};
use crate::destination::{Attempt, Calls, Conversation, ConversationSender, Destination, Outgoing};
use crate::transport::{self, transport_schema};

pub(crate) const KIND: &str = "jira_datacenter";
const SEARCH: &str = "/rest/api/2/search";

struct JiraDataCenter(Jira);

pub(crate) fn schema() -> Value {
    let mut schema = json!({
        "type": "object",
        "additionalProperties": false,
        "required": ["base_url", "project_key", "personal_access_token"],
        "properties": {
            "base_url": {
                "type": "string", "format": "uri", "title": "Site",
                "description": "Address of the site, with its context path if it has one: https://jira.example/jira",
            },
            "personal_access_token": {
                "type": "string", "writeOnly": true, "title": "Personal access token",
                "description": "Of an account that may create issues; Jira 8.14 or newer.",
            },
            "assignee_name": {"type": "string", "title": "Assignee", "description": "User name."},
        },
    });
    merge_properties(&mut schema, common_schema());
    merge_properties(&mut schema, transport_schema());
    schema
}

pub(crate) fn build(mut config: ConfigReader<'_>) -> Result<Arc<dyn Destination>, ConfigError> {
    let site = config.own_site_url("base_url")?;
    let token = config.required_secret("personal_access_token")?.trim();
    let authorization = secret_header(&format!("Bearer {token}"), "personal_access_token")?;
    let assignee = config.text("assignee_name")?.map(|name| Assignee::Name(name.to_owned()));
    let jira = read_common(&config, site, authorization, assignee, SEARCH)?;
    let transport = transport::read(&mut config)?;
    Ok(ConversationSender::wrap_with(KIND, JiraDataCenter(jira), config.into_secrets(), transport))
}

impl Conversation for JiraDataCenter {
    fn converse<'a>(
        &'a self,
        calls: &'a Calls<'a>,
        out: &'a Outgoing,
    ) -> BoxFuture<'a, Result<Attempt, Attempt>> {
        Box::pin(async move { self.0.attempt(calls, &self.0.site, KIND, out).await })
    }
}
