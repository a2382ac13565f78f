//! Entries of what is done on the machine itself: by the command line, past the API and its roles, or by the
//! server for its configuration.

use jiff::{Timestamp, Unit};
use serde_json::{Value, json};
use store::NewAuditEntry;

use super::redact::shown;

/// Longest name of a user of the operating system that is kept, in characters.
const NAME_CHARS_MAX: usize = 200;

/// Something that was done on the machine itself.
#[derive(Clone, Debug)]
pub struct SystemAction {
    /// `actionName`.
    pub name: &'static str,
    /// `actionDescription`: one line without a period.
    pub description: &'static str,
    /// Words of the command, such as `token create`.
    pub command: &'static str,
    /// The user of the operating system.
    pub user: String,
    /// Who the user was before `sudo`, as the environment has it.
    pub sudo_user: Option<String>,
    /// What was given.
    pub input: Value,
    /// What was there before; null when that is nothing or unknown.
    pub before: Value,
    /// What is there now; null when that is nothing.
    pub after: Value,
    /// Why it failed.
    pub error: Option<String>,
}

impl SystemAction {
    /// The entry, without secrets.
    pub fn into_entry(self, now: Timestamp) -> NewAuditEntry {
        let SystemAction { name, description, command, user, sudo_user, input, before, after, error } = self;
        // To the microsecond, as those of the API.
        let at = now.round(Unit::Microsecond).unwrap_or(now);
        let user: String = user.chars().take(NAME_CHARS_MAX).collect();
        let actor_id = format!("system:{user}");
        let result = if error.is_some() { "FAILED" } else { "SUCCEEDED" };
        let mut details = json!({ "command": command });
        for (key, value) in [("before", before), ("after", after)] {
            if !value.is_null() {
                details[key] = shown(&value);
            }
        }
        if let Some(sudo_user) = sudo_user {
            details["sudoUser"] = Value::String(sudo_user.chars().take(NAME_CHARS_MAX).collect());
        }
        let attributes = json!({ "email": null, "emailVerified": false, "roleId": null, "roleName": null });
        let entry = json!({
            "actionName": name,
            "actionDescription": description,
            "actionResult": result,
            "actionParams": { "dynamic": { "input": shown(&input) }, "static": {} },
            "actionDetails": details,
            "actor": { "id": actor_id, "type": "SYSTEM", "name": user, "attributes": attributes },
            "errors": error.map(|message| json!([{ "message": super::entry::cut(&message) }])),
            "sourceIP": null,
            "XForwardedFor": [],
            "userAgent": format!("margay/{}", env!("CARGO_PKG_VERSION")),
            "timestamp": at.to_string(),
            "pantherVersion": env!("CARGO_PKG_VERSION"),
        });
        NewAuditEntry {
            at,
            action: name.to_owned(),
            actor_id,
            result: result.to_owned(),
            entry: entry.to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_masked_and_empty_parts_left_out() {
        let action = SystemAction {
            name: "CREATE_ALERT_DESTINATION",
            description: "Made a destination",
            command: "destination create",
            user: "root".to_owned(),
            sudo_user: Some("mira".to_owned()),
            input: json!({ "type": "slack", "config": { "webhook_url": "https://hooks.example/canary" } }),
            before: Value::Null,
            after: json!({ "id": "x" }),
            error: None,
        };
        let at = "2026-03-01T11:00:00.123456789Z".parse().unwrap();
        let entry = action.into_entry(at);
        assert_eq!((&*entry.action, &*entry.actor_id), ("CREATE_ALERT_DESTINATION", "system:root"));
        let text: Value = serde_json::from_str(&entry.entry).unwrap();
        assert_eq!(text["timestamp"], entry.at.to_string());
        assert_eq!(text["actor"]["type"], "SYSTEM");
        let details = json!({ "command": "destination create", "after": { "id": "x" }, "sudoUser": "mira" });
        assert_eq!(text["actionDetails"], details);
        assert!(!entry.entry.contains("canary"), "{}", entry.entry);
    }
}
