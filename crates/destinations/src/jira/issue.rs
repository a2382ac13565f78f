//! The fields of an issue: wiki markup, lengths, and what may be left out when Jira refuses it.

use serde_json::{Map, Value, json};

use super::{Assignee, Jira};
use crate::destination::Outgoing;
use crate::http_types::HttpReply;
use crate::text::{Unit, cut, escaped, facts, link_text, one_line, pretty_context};

/// "Summary can't exceed 255 characters."
const SUMMARY_CHARS_MAX: usize = 255;
/// "It exceeds the allowed limit of 32767 characters."
const DESCRIPTION_CHARS_MAX: usize = 32_767;
/// Fields that a project's screens may lack; without them the issue is still worth having.
const OPTIONAL: [&str; 2] = ["labels", "assignee"];

/// The fields of one issue.
pub(super) struct Fields(Map<String, Value>);

/// The label that finds the issue of an alert again.
pub(super) fn alert_label(out: &Outgoing) -> String {
    format!("alert-{}", out.alert.id)
}

impl Fields {
    pub(super) fn of(jira: &Jira, source: &'static str, out: &Outgoing) -> Fields {
        let mut labels = jira.labels.clone();
        labels.push(alert_label(out));
        let fields = json!({
            "project": {"key": jira.project_key},
            "issuetype": {"name": jira.issue_type},
            "summary": cut(&one_line(&out.title), SUMMARY_CHARS_MAX, Unit::Utf16),
            "description": description(source, out),
            "labels": labels,
        });
        let Value::Object(mut fields) = fields else { unreachable!("the literal is an object") };
        if let Some(assignee) = &jira.assignee {
            let assignee = match assignee {
                Assignee::AccountId(id) => json!({"id": id}),
                Assignee::Name(name) => json!({"name": name}),
            };
            fields.insert("assignee".to_owned(), assignee);
        }
        Fields(fields)
    }

    pub(super) fn json(&self) -> &Map<String, Value> {
        &self.0
    }

    /// Leaves out the optional fields that the reply complains about, when it complains about nothing else.
    pub(super) fn drop_refused(&mut self, reply: &HttpReply) -> bool {
        let body: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
        let Some(errors) = body.get("errors").and_then(Value::as_object) else { return false };
        let is_optional = |field: &String| OPTIONAL.contains(&field.as_str()) && self.0.contains_key(field);
        if errors.is_empty() || !errors.keys().all(is_optional) {
            return false;
        }
        for field in errors.keys() {
            self.0.remove(field);
        }
        true
    }
}

/// Wiki markup within the limit; the context gives way.
fn description(source: &'static str, out: &Outgoing) -> String {
    let alert = &*out.alert;
    let mut text = String::new();
    for fact in facts(alert) {
        text.push_str(&format!("*{}:* {}\n", fact.label, escaped(&fact.value, 1200, Unit::Utf16, wiki)));
    }
    let rule = escaped(alert.detection_id.as_str(), 500, Unit::Utf16, wiki);
    text.push_str(&format!("*Rule ID:* {rule}\n*Alert ID:* {}\n", alert.id));
    let mut link = out.link.clone();
    link.set_query(Some(&format!("source={source}")));
    let words = escaped(&link_text(&out.texts), 200, Unit::Utf16, wiki);
    text.push_str(&format!("[{words}|{link}]\n"));
    let Some(context) = pretty_context(alert, DESCRIPTION_CHARS_MAX, Unit::Utf16) else { return text };
    let used = Unit::Utf16.measure(&text) + 60;
    let room = DESCRIPTION_CHARS_MAX.saturating_sub(used);
    let context = cut(&unclosed(&context), room, Unit::Utf16);
    text.push_str(&format!("*AlertContext:*\n{{code:JSON}}\n{context}\n{{code}}\n"));
    text
}

/// Breaks up what would end the code block.
fn unclosed(text: &str) -> String {
    text.replace("{code", "{\u{200b}code").replace("{noformat", "{\u{200b}noformat")
}

/// Escapes what wiki markup reads as markup.
fn wiki(character: char) -> Option<&'static str> {
    Some(match character {
        '\\' => r"\\",
        '{' => r"\{",
        '}' => r"\}",
        '[' => r"\[",
        ']' => r"\]",
        '*' => r"\*",
        '_' => r"\_",
        '|' => r"\|",
        '!' => r"\!",
        '^' => r"\^",
        '~' => r"\~",
        '#' => r"\#",
        _ => return None,
    })
}
