//! The alerts of the bench: the same texts for both servers.

use std::ops::Range;

use serde::{Deserialize, Serialize};
use serde_json::json;

/// The rule that matches.
pub(crate) const RULE: &str = "Bench.Login.Strange";
const DESCRIPTION: &str = "Somebody logged in from a place where nobody of this company works or lives.";
const RUNBOOK: &str = "Ask the user by another way than mail; when it was not them, end all sessions.";
const PREFIX: &str = "bench-";
const DIGITS: usize = 8;

/// What a match is to the door: its outputs without the event.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct Match {
    /// Names the alert; no two matches share it.
    pub(crate) dedup: String,
    pub(crate) title: String,
    pub(crate) description: String,
    pub(crate) runbook: String,
    pub(crate) actor: String,
    pub(crate) ip: String,
    /// Where it goes; `None` for everywhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) destinations: Option<Vec<String>>,
}

impl Match {
    fn new(number: usize, destination: Option<&str>) -> Match {
        let dedup = name(number);
        Match {
            title: format!("Strange login {dedup}"),
            dedup,
            description: DESCRIPTION.to_owned(),
            runbook: RUNBOOK.to_owned(),
            actor: format!("user{}@example.com", number % 50),
            ip: format!("203.0.113.{}", number % 250),
            destinations: destination.map(|name| vec![name.to_owned()]),
        }
    }

    /// The event that matched, as the pipeline makes them.
    pub(crate) fn event(&self) -> String {
        let Match { dedup, actor, ip, .. } = self;
        format!(
            r#"{{"uuid":"{dedup}","published":"2026-01-02T03:04:05.678Z","eventType":"user.session.start","version":"0","severity":"INFO","displayMessage":"User login to Okta","actor":{{"id":"00u1abcd","type":"User","alternateId":"{actor}","displayName":"User Name"}},"client":{{"ipAddress":"{ip}","userAgent":{{"rawUserAgent":"Mozilla/5.0","os":"Linux","browser":"FIREFOX"}},"zone":"null","device":"Computer"}},"outcome":{{"result":"SUCCESS"}},"transaction":{{"type":"WEB","id":"Y1234"}},"p_log_type":"Okta.SystemLog","p_row_id":"{dedup}","p_source_id":"okta"}}"#
        )
    }
}

/// What alert `number` is called.
pub(crate) fn name(number: usize) -> String {
    format!("{PREFIX}{number:0DIGITS$}")
}

/// What the first alert in a body is called.
pub(crate) fn find_name(body: &[u8]) -> Option<String> {
    let start = body.windows(PREFIX.len()).position(|part| part == PREFIX.as_bytes())?;
    let name = body.get(start..start + PREFIX.len() + DIGITS)?;
    String::from_utf8(name.to_vec()).ok()
}

/// Matches as the door takes them, for one destination or for all.
pub(crate) fn to_margay(numbers: Range<usize>, destination: Option<&str>) -> String {
    let matches: Vec<Match> = numbers.map(|number| Match::new(number, destination)).collect();
    json!(matches).to_string()
}

/// The same alerts as Alertmanager takes them.
pub(crate) fn to_alertmanager(numbers: Range<usize>) -> String {
    let alert = |found: Match| {
        json!({
            "labels": {"alertname": RULE, "severity": "high", "dedup": found.dedup},
            "annotations": {
                "title": found.title, "description": found.description, "runbook": found.runbook,
                "actor": found.actor, "ip": found.ip,
            },
        })
    };
    let alerts: Vec<_> = numbers.map(|number| alert(Match::new(number, None))).collect();
    json!(alerts).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_servers_are_sent_names_that_the_receiver_finds() {
        for body in [to_margay(7..8, None), to_alertmanager(7..8)] {
            assert_eq!(find_name(body.as_bytes()), Some(name(7)));
        }
        assert_eq!(find_name(b"{}"), None);
        assert_eq!(find_name(b"bench-0001"), None);
    }

    #[test]
    fn the_door_reads_what_is_sent() {
        let matches: Vec<Match> = serde_json::from_str(&to_margay(3..5, Some("dead"))).unwrap();
        let dedups: Vec<&str> = matches.iter().map(|found| found.dedup.as_str()).collect();
        assert_eq!(dedups, ["bench-00000003", "bench-00000004"]);
        assert_eq!(matches[0].destinations.as_deref(), Some(["dead".to_owned()].as_slice()));
        serde_json::from_str::<serde_json::Value>(&matches[0].event()).unwrap();
    }
}
