//! Jira Cloud: an account's e-mail and API token.
//!
//! Scoped tokens work at `api.atlassian.com` only: after a 401 the site is asked for its id and the attempt
//! is made there once.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::future::BoxFuture;
use http::{Method, header};
use serde_json::{Value, json};
use url::Url;

use super::{Assignee, Jira, below, common_schema, read_common};
use crate::config::{ConfigError, ConfigReader, base_url_schema, merge_properties, secret_header};
use crate::destination::{Attempt, Calls, Conversation, ConversationSender, Destination, Outgoing};
use crate::http_types::HttpRequest;

pub(crate) const KIND: &str = "jira_cloud";
const GATEWAY: &str = "https://api.atlassian.com/";
const SEARCH: &str = "/rest/api/3/search/jql";

struct JiraCloud {
    jira: Jira,
    gateway: Url,
}

pub(crate) fn schema() -> Value {
    let mut schema = json!({
        "type": "object",
        "additionalProperties": false,
        "required": ["org_domain", "project_key", "user_name", "api_key"],
        "properties": {
            "org_domain": {
                "type": "string", "format": "uri", "title": "Site", "description": "https://TEAM.atlassian.net",
            },
            "user_name": {"type": "string", "title": "E-mail", "description": "Of the account that the token belongs to."},
            "api_key": {
                "type": "string", "writeOnly": true, "title": "API token",
                "description": "Ends after a year at most; scoped tokens need read:jira-work and write:jira-work.",
            },
            "assignee_id": {"type": "string", "title": "Assignee", "description": "Account id."},
            "base_url": base_url_schema(),
        },
    });
    merge_properties(&mut schema, common_schema());
    schema
}

pub(crate) fn build(mut config: ConfigReader<'_>) -> Result<Arc<dyn Destination>, ConfigError> {
    let site = config.site_url("org_domain")?;
    let user_name = config.required_text("user_name")?.trim();
    if user_name.contains(':') {
        return Err(ConfigError::new("user_name", "`user_name` must not contain a colon (RFC 7617)"));
    }
    let token = config.required_secret("api_key")?.trim();
    let encoded = STANDARD.encode(format!("{user_name}:{token}"));
    let authorization = secret_header(&format!("Basic {encoded}"), "api_key")?;
    let assignee = config.text("assignee_id")?.map(|id| Assignee::AccountId(id.to_owned()));
    let jira = read_common(&config, site, authorization, assignee, SEARCH)?;
    let gateway = config.vendor_url(GATEWAY)?;
    let mut secrets = config.into_secrets();
    secrets.add(&encoded);
    Ok(ConversationSender::wrap(KIND, JiraCloud { jira, gateway }, secrets))
}

impl Conversation for JiraCloud {
    fn converse<'a>(
        &'a self,
        calls: &'a Calls<'a>,
        out: &'a Outgoing,
    ) -> BoxFuture<'a, Result<Attempt, Attempt>> {
        Box::pin(async move {
            let first = self.jira.attempt(calls, &self.jira.site, KIND_IN_LINK, out).await;
            let is_refused = matches!(&first, Ok(attempt) | Err(attempt) if attempt.status_code == Some(401));
            if !is_refused {
                return first;
            }
            match self.gateway_of_site(calls).await? {
                Some(api) => self.jira.attempt(calls, &api, KIND_IN_LINK, out).await,
                None => first,
            }
        })
    }
}

/// How links in issues name their origin, as the reference product does.
const KIND_IN_LINK: &str = "jira";

impl JiraCloud {
    /// The root of this site's API at the gateway, when the site tells its id.
    async fn gateway_of_site(&self, calls: &Calls<'_>) -> Result<Option<Url>, Attempt> {
        let url = below(&self.jira.site, "/_edge/tenant_info");
        let mut request = HttpRequest::json_text(Method::GET, url, String::new());
        request.headers.remove(header::CONTENT_TYPE);
        let reply = calls.send(request).await?;
        let body: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
        let is_id = |id: &&str| !id.is_empty() && id.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
        let id = body.get("cloudId").and_then(Value::as_str).filter(is_id);
        Ok(id.map(|id| below(&self.gateway, &format!("/ex/jira/{id}"))))
    }
}
