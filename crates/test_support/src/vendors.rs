//! What each vendor's documentation demands of a request: method, path, headers, keys, lengths.
//!
//! The numbers stand here once more on purpose: they come from the vendors' pages and not from the code that
//! they check. Sources: `destinations.md` §4 and the pages that it names.

use serde_json::Value;

use crate::Received;

/// Everything in which a request to this destination type differs from what the vendor accepts; empty when
/// it would be taken.
///
/// # Panics
///
/// When there are no rules for `kind`.
pub fn vendor_problems(kind: &str, request: &Received) -> Vec<String> {
    let mut check = Check { request, body: request_json(request), problems: Vec::new() };
    match kind {
        "asana" => asana(&mut check),
        "blinkops" => generic(&mut check, 5_000_000),
        "discord" => discord(&mut check),
        "github" => github(&mut check),
        "incidentio" => incidentio(&mut check),
        "jira_cloud" | "jira_datacenter" => jira(&mut check),
        "mindflow" | "rapid7" | "tines" | "torq" | "webhook" => generic(&mut check, usize::MAX),
        "msteams" => msteams(&mut check),
        "opsgenie" => opsgenie(&mut check),
        "pagerduty" => pagerduty(&mut check),
        "pubsub" => pubsub(&mut check),
        "servicenow" => servicenow(&mut check),
        "slack" => slack(&mut check),
        "slack_bot" => slack_bot(&mut check),
        "splunk" => splunk(&mut check),
        other => panic!("no rules for the destination type `{other}`"),
    }
    check.problems
}

fn request_json(request: &Received) -> Value {
    serde_json::from_slice(&request.body).unwrap_or(Value::Null)
}

struct Check<'a> {
    request: &'a Received,
    body: Value,
    problems: Vec<String>,
}

/// How a length is counted.
#[derive(Clone, Copy)]
enum Count {
    Chars,
    Utf16,
    Bytes,
}

impl Check<'_> {
    fn demand(&mut self, holds: bool, problem: impl Into<String>) {
        if !holds {
            self.problems.push(problem.into());
        }
    }

    fn post(&mut self, path: &str) {
        let (method, sent) = (self.request.method.clone(), self.request.path.clone());
        self.demand(method == "POST", format!("method is {method}"));
        self.demand(sent.split('?').next() == Some(path), format!("path is {sent}, not {path}"));
        let is_json =
            self.request.header("content-type").is_some_and(|value| value.starts_with("application/json"));
        self.demand(is_json, "content-type is not application/json");
        self.demand(self.body.is_object(), "the body is no JSON object");
    }

    fn header(&mut self, name: &str, begins: &str) {
        let fits = self.request.header(name).is_some_and(|value| value.starts_with(begins));
        self.demand(fits, format!("header {name} does not begin with `{begins}`"));
    }

    /// The text at a JSON pointer: there, not blank, and within the limit.
    fn text(&mut self, pointer: &str, max: usize, count: Count) {
        let Some(text) = self.body.pointer(pointer).and_then(Value::as_str).map(str::to_owned) else {
            return self.demand(false, format!("{pointer} is no text"));
        };
        self.demand(!text.trim().is_empty(), format!("{pointer} is blank"));
        let length = length(&text, count);
        self.demand(length <= max, format!("{pointer} has {length}, more than {max}"));
    }

    fn texts_below(&mut self, pointer: &str, key: &str, max: usize, count: Count) {
        let entries = self.body.pointer(pointer).and_then(Value::as_array).map_or(0, Vec::len);
        for index in 0..entries {
            self.text(&format!("{pointer}/{index}{key}"), max, count);
        }
    }
}

fn length(text: &str, count: Count) -> usize {
    match count {
        Count::Chars => text.chars().count(),
        Count::Utf16 => text.encode_utf16().count(),
        Count::Bytes => text.len(),
    }
}

/// The thirteen keys of the generic payload, in their order.
fn generic(check: &mut Check<'_>, bytes_max: usize) {
    let path = check.request.path.split('?').next().unwrap_or_default().to_owned();
    check.post(&path);
    payload(check, "");
    check.demand(check.request.body.len() <= bytes_max, format!("the body is larger than {bytes_max} bytes"));
}

fn payload(check: &mut Check<'_>, pointer: &str) {
    let wanted = [
        "id",
        "createdAt",
        "severity",
        "type",
        "link",
        "title",
        "name",
        "alertId",
        "alertContext",
        "description",
        "runbook",
        "tags",
        "version",
    ];
    let keys: Vec<String> = check
        .body
        .pointer(pointer)
        .and_then(Value::as_object)
        .map(|map| map.keys().cloned().collect())
        .unwrap_or_default();
    check.demand(keys == wanted, format!("{pointer} has the keys {keys:?}"));
}

/// <https://developers.asana.com/reference/createtask>
fn asana(check: &mut Check<'_>) {
    check.post("/api/1.0/tasks");
    check.header("authorization", "Bearer ");
    check.text("/data/name", 1024, Count::Chars);
    check.text("/data/notes", 65_535, Count::Bytes);
    let projects = check.body.pointer("/data/projects").and_then(Value::as_array).map_or(0, Vec::len);
    check.demand(projects > 0, "a task without projects needs a workspace");
}

/// <https://discord.com/developers/docs/resources/message#embed-object-embed-limits>
fn discord(check: &mut Check<'_>) {
    let path = check.request.path.clone();
    check.demand(path.starts_with("/api/v10/webhooks/"), format!("path {path} has no version"));
    check.demand(path.contains("wait=true"), "without wait=true a lost message gives no error");
    check.header("user-agent", "DiscordBot (http");
    check.text("/embeds/0/title", 256, Count::Utf16);
    check.text("/embeds/0/description", 4096, Count::Utf16);
    check.text("/embeds/0/footer/text", 2048, Count::Utf16);
    check.texts_below("/embeds/0/fields", "/name", 256, Count::Utf16);
    check.texts_below("/embeds/0/fields", "/value", 1024, Count::Utf16);
    let embed = check.body.pointer("/embeds/0").cloned().unwrap_or_default();
    let fields = embed["fields"].as_array().cloned().unwrap_or_default();
    check.demand(fields.len() <= 25, "more than 25 fields");
    let counted = [&embed["title"], &embed["description"], &embed["footer"]["text"]];
    let of_fields = fields.iter().flat_map(|field| [&field["name"], &field["value"]]);
    let texts = counted.into_iter().chain(of_fields).filter_map(Value::as_str);
    let total: usize = texts.map(|text| length(text, Count::Utf16)).sum();
    check.demand(total <= 6000, format!("the embed has {total} characters, more than 6000"));
    let mentions = check.body.pointer("/allowed_mentions/parse").and_then(Value::as_array).map(Vec::len);
    check.demand(mentions == Some(0), "mentions are not switched off");
}

/// <https://docs.github.com/rest/issues/issues#create-an-issue>
fn github(check: &mut Check<'_>) {
    check.post("/repos/acme/alerts/issues");
    check.header("authorization", "Bearer ");
    check.header("accept", "application/vnd.github+json");
    check.header("x-github-api-version", "2022-11-28");
    check.header("user-agent", "");
    check.text("/title", 256, Count::Chars);
    check.text("/body", 65_536, Count::Chars);
}

/// <https://api-docs.incident.io/tag/Alert-Events-V2>
fn incidentio(check: &mut Check<'_>) {
    check.post("/v2/alert_events/http/01ABCDEF");
    check.header("authorization", "Bearer ");
    check.text("/title", 1000, Count::Chars);
    check.text("/deduplication_key", 255, Count::Chars);
    check.text("/description", 100_000, Count::Chars);
    check.demand(check.body["status"] == "firing", "status is not firing");
    payload(check, "/metadata");
    check.demand(check.request.body.len() <= 512 * 1024, "the body is larger than 512 KiB");
}

/// <https://developer.atlassian.com/cloud/jira/platform/rest/v2/api-group-issues/>
fn jira(check: &mut Check<'_>) {
    let prefix = if check.request.path.starts_with("/jira/") { "/jira" } else { "" };
    check.post(&format!("{prefix}/rest/api/2/issue"));
    check.text("/fields/summary", 255, Count::Utf16);
    check.text("/fields/description", 32_767, Count::Utf16);
    check.text("/fields/project/key", 255, Count::Chars);
    check.text("/fields/issuetype/name", 255, Count::Chars);
    check.texts_below("/fields/labels", "", 255, Count::Chars);
    let summary = check.body.pointer("/fields/summary").and_then(Value::as_str).unwrap_or_default();
    let is_one_line = !summary.contains(['\n', '\r']);
    check.demand(is_one_line, "the summary holds a line break");
    let labels = check.body.pointer("/fields/labels").and_then(Value::as_array).cloned().unwrap_or_default();
    let has_space = labels.iter().filter_map(Value::as_str).any(|label| label.contains(' '));
    check.demand(!has_space, "a label holds a space");
}

/// <https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/connectors-using>
fn msteams(check: &mut Check<'_>) {
    let path = check.request.path.split('?').next().unwrap_or_default().to_owned();
    check.post(&path);
    check.demand(check.request.body.len() <= 20 * 1024, "the body is larger than 20 KiB");
    let content = check.body.pointer("/attachments/0/content").cloned().unwrap_or_default();
    check.demand(content["type"] == "AdaptiveCard", "no Adaptive Card");
    check.text("/attachments/0/content/body/0/text", 4000, Count::Utf16);
    check.texts_below("/attachments/0/content/body/1/facts", "/value", 4000, Count::Utf16);
}

/// <https://docs.opsgenie.com/docs/alert-api#create-alert>
fn opsgenie(check: &mut Check<'_>) {
    check.post("/v2/alerts");
    check.header("authorization", "GenieKey ");
    check.text("/message", 130, Count::Chars);
    check.text("/alias", 512, Count::Chars);
    check.text("/description", 15_000, Count::Chars);
    check.text("/entity", 512, Count::Chars);
    check.text("/source", 100, Count::Chars);
    check.texts_below("/tags", "", 50, Count::Chars);
    let tags = check.body["tags"].as_array().map_or(0, Vec::len);
    check.demand(tags <= 20, format!("{tags} tags, more than 20"));
    let details = check.body["details"].as_object().cloned().unwrap_or_default();
    let total: usize = details
        .iter()
        .map(|(key, value)| key.len() + length(value.as_str().unwrap_or(""), Count::Chars))
        .sum();
    check.demand(total <= 8000 && details.values().all(Value::is_string), "details are too long or no texts");
    let priority = check.body["priority"].as_str().unwrap_or_default().to_owned();
    check.demand(["P1", "P2", "P3", "P4", "P5"].contains(&priority.as_str()), "no such priority");
}

/// <https://developer.pagerduty.com/docs/send-alert-event>
fn pagerduty(check: &mut Check<'_>) {
    check.post("/v2/enqueue");
    check.text("/routing_key", 32, Count::Chars);
    check.text("/dedup_key", 255, Count::Chars);
    check.text("/payload/summary", 1024, Count::Chars);
    check.text("/payload/source", 1024, Count::Chars);
    let severity = check.body.pointer("/payload/severity").and_then(Value::as_str).unwrap_or_default();
    let is_known = ["critical", "error", "warning", "info"].contains(&severity);
    check.demand(is_known, "no such severity");
    let timestamp = check.body.pointer("/payload/timestamp").and_then(Value::as_str).unwrap_or_default();
    let is_whole = !timestamp.contains('.');
    check.demand(is_whole, "the timestamp has a fraction");
    payload(check, "/payload/custom_details");
    check.demand(check.request.body.len() <= 512_000, "the event is larger than 512 KB");
}

/// <https://cloud.google.com/pubsub/docs/reference/rest/v1/PubsubMessage>
fn pubsub(check: &mut Check<'_>) {
    check.post("/v1/projects/acme-siem/topics/alerts:publish");
    check.header("authorization", "Bearer ");
    check.text("/messages/0/data", 10_000_000, Count::Bytes);
    let attributes = check.body.pointer("/messages/0/attributes").and_then(Value::as_object).cloned();
    for (key, value) in attributes.unwrap_or_default() {
        let fits = value.as_str().is_some_and(|text| !text.is_empty() && text.len() <= 1024);
        check.demand(fits && key.len() <= 256, format!("attribute {key} is blank or too long"));
    }
    let message = check.body.pointer("/messages/0").cloned().unwrap_or_default();
    let sets_outputs = message.get("messageId").is_some() || message.get("publishTime").is_some();
    check.demand(!sets_outputs, "messageId and publishTime are set by the server");
    check.demand(check.request.body.len() <= 10_485_760, "the request is larger than 10 MB");
}

/// <https://www.servicenow.com/docs/bundle/zurich-api-reference/page/integrate/inbound-rest/concept/c_TableAPI.html>
fn servicenow(check: &mut Check<'_>) {
    check.post("/api/now/table/incident");
    check.header("authorization", "Basic ");
    check.text("/short_description", 160, Count::Chars);
    check.text("/description", 4000, Count::Chars);
    check.text("/correlation_id", 100, Count::Chars);
    check.text("/urgency", 1, Count::Chars);
    check.text("/impact", 1, Count::Chars);
}

/// <https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks>
fn slack(check: &mut Check<'_>) {
    let path = check.request.path.clone();
    check.post(&path);
    check.text("/attachments/0/title", 1024, Count::Chars);
    check.text("/attachments/0/fallback", 1024, Count::Chars);
    let fields = check.body.pointer("/attachments/0/fields").and_then(Value::as_array).cloned();
    for field in fields.unwrap_or_default() {
        let value = field["value"].as_str().unwrap_or_default();
        check.demand(length(value, Count::Chars) <= 2000, "a field is longer than 2000 characters");
    }
}

/// <https://docs.slack.dev/reference/methods/chat.postMessage>
fn slack_bot(check: &mut Check<'_>) {
    check.post("/api/chat.postMessage");
    check.header("authorization", "Bearer xoxb-");
    check.text("/channel", 80, Count::Chars);
    check.text("/text", 4000, Count::Chars);
    check.text("/blocks/0/text/text", 150, Count::Chars);
    check.text("/blocks/1/text/text", 3000, Count::Chars);
    let blocks = check.body["blocks"].as_array().cloned().unwrap_or_default();
    check.demand(blocks.len() <= 50, "more than 50 blocks");
    let texts = blocks.iter().filter_map(|block| block.pointer("/text/text")).filter_map(Value::as_str);
    let lengths: Vec<usize> = texts.map(|text| length(text, Count::Chars)).collect();
    check.demand(lengths.iter().all(|length| *length <= 3000), "a block is longer than 3000 characters");
    check.demand(lengths.iter().sum::<usize>() <= 10_000, "the blocks together are too long");
}

/// <https://docs.splunk.com/Documentation/Splunk/latest/Data/FormateventsforHTTPEventCollector>
fn splunk(check: &mut Check<'_>) {
    check.post("/services/collector/event");
    check.header("authorization", "Splunk ");
    payload(check, "/event");
    let fields = check.body["fields"].as_object().cloned().unwrap_or_default();
    check.demand(fields.values().all(Value::is_string), "`fields` is not flat");
    check.demand(check.request.body.len() <= 1_000_000, "the event is larger than 1 MB");
}
