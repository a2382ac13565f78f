//! The menu in messages of the Slack bot, and what Slack sends when somebody uses it.
//!
//! Slack signs each request with the app's signing secret, over a time that must be near. Sources:
//! `destinations.md` §4.18; <https://docs.slack.dev/authentication/verifying-requests-from-slack>,
//! <https://docs.slack.dev/reference/interaction-payloads/block_actions-payload>.

use hmac::{Hmac, KeyInit, Mac};
use jiff::SignedDuration;
use model::{AlertId, AlertStatus};
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::Sha256;
use url::form_urlencoded;

use crate::inbound::{Inbound, InboundRefusal, Place, StatusRequest};
use crate::slack::escape_character;
use crate::text::{Unit, escaped};

const STATUS_ACTION: &str = "alert_status";
const BLOCK_PREFIX: &str = "alert/";
/// A request whose time is farther away is one that somebody kept.
const CLOCK_DIFFERENCE_MAX: SignedDuration = SignedDuration::from_mins(5);
/// Longest reason in the thread.
const PROBLEM_CHARS_MAX: usize = 500;
/// Status and its word in Slack. Source: `destinations.md` §1.
const STATUSES: [(AlertStatus, &str); 4] = [
    (AlertStatus::Open, "Open"),
    (AlertStatus::Triaged, "Triaged"),
    (AlertStatus::Resolved, "Resolved"),
    (AlertStatus::Closed, "Invalid"),
];

/// The app's signing secret.
pub(crate) struct SigningSecret(Vec<u8>);

impl SigningSecret {
    /// As Slack shows it.
    pub(crate) fn new(secret: &str) -> SigningSecret {
        SigningSecret(secret.trim().as_bytes().to_vec())
    }

    /// Whether Slack signed this, not long ago.
    pub(crate) fn check(&self, inbound: &Inbound<'_>) -> Result<(), InboundRefusal> {
        let header = |name: &str| inbound.headers.get(name).and_then(|value| value.to_str().ok());
        let forged = |why| Err(InboundRefusal::Forged(why));
        let (Some(time), Some(signature)) =
            (header("x-slack-request-timestamp"), header("x-slack-signature"))
        else {
            return forged("the headers X-Slack-Request-Timestamp and X-Slack-Signature are missing");
        };
        let at = time.parse().ok().and_then(|second| jiff::Timestamp::from_second(second).ok());
        if at.is_none_or(|at| inbound.now.duration_since(at).abs() > CLOCK_DIFFERENCE_MAX) {
            return forged("the time in X-Slack-Request-Timestamp is more than 5 minutes away");
        }
        let Some(signature) = signature.strip_prefix("v0=").and_then(|hex| hex::decode(hex).ok()) else {
            return forged("X-Slack-Signature is not of the form v0=HEX");
        };
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).expect("HMAC takes keys of any length");
        for part in [b"v0:", time.as_bytes(), b":", inbound.body] {
            mac.update(part);
        }
        // Compares in constant time.
        mac.verify_slice(&signature)
            .or_else(|_| forged("X-Slack-Signature is not that of this destination's `signing_secret`"))
    }
}

/// The menu that sets the status.
pub(crate) fn status_menu() -> Value {
    let text = |text: &str| json!({"type": "plain_text", "text": text});
    let options: Vec<Value> =
        STATUSES.iter().map(|(status, word)| json!({"text": text(word), "value": status.as_str()})).collect();
    json!({
        "type": "static_select", "action_id": STATUS_ACTION,
        "placeholder": text("Update Status"), "options": options,
    })
}

/// The id of the block with the menu: it says which alert.
pub(crate) fn block_id(alert: &AlertId) -> String {
    format!("{BLOCK_PREFIX}{alert}")
}

#[derive(Deserialize)]
struct Payload {
    #[serde(rename = "type")]
    payload_type: String,
    user: Option<Named>,
    container: Option<Container>,
    #[serde(default)]
    actions: Vec<Action>,
}

#[derive(Deserialize)]
struct Named {
    id: String,
}

#[derive(Deserialize)]
struct Container {
    channel_id: String,
    message_ts: String,
}

#[derive(Deserialize)]
struct Action {
    action_id: String,
    #[serde(default)]
    block_id: String,
    selected_option: Option<SelectedOption>,
}

#[derive(Deserialize)]
struct SelectedOption {
    value: String,
}

/// What a body whose signature is right asks for; `None` when nothing, such as the press of a link button.
pub(crate) fn read(body: &[u8]) -> Result<Option<StatusRequest>, InboundRefusal> {
    let malformed = |what: String| InboundRefusal::Malformed(what);
    let payload = form_urlencoded::parse(body)
        .find_map(|(key, value)| (key == "payload").then_some(value))
        .ok_or_else(|| malformed("the form field `payload` is missing".to_owned()))?;
    let payload: Payload = serde_json::from_str(&payload)
        .map_err(|error| malformed(format!("`payload` is not as expected: {error}")))?;
    if payload.payload_type != "block_actions" {
        return Ok(None);
    }
    let Some(action) = payload.actions.iter().find(|action| action.action_id == STATUS_ACTION) else {
        return Ok(None);
    };
    let missing = |what: &str| malformed(format!("`payload` has no {what}"));
    let alert_id = action.block_id.strip_prefix(BLOCK_PREFIX).ok_or_else(|| missing("alert"))?;
    let option = action.selected_option.as_ref().ok_or_else(|| missing("selected option"))?;
    let status: AlertStatus = option
        .value
        .parse()
        .map_err(|error| malformed(format!("the selected option is no status: {error}")))?;
    let person = payload.user.ok_or_else(|| missing("user"))?.id;
    let Container { channel_id, message_ts } = payload.container.ok_or_else(|| missing("container"))?;
    let place = Place { channel: channel_id, message: message_ts };
    Ok(Some(StatusRequest { alert_id: AlertId::from(alert_id), status, person, place }))
}

/// What is said in the thread of the message: who did what, or why it did not work.
pub(crate) fn told(request: &StatusRequest, problem: Option<&str>) -> String {
    let id = &request.person;
    let is_id = !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let person = if is_id { format!("<@{id}>") } else { "Somebody".to_owned() };
    let word = STATUSES.iter().find(|(known, _)| *known == request.status).map_or("", |(_, word)| word);
    match problem {
        None => format!("{person} set the status to *{word}*."),
        Some(problem) => {
            let problem = escaped(problem, PROBLEM_CHARS_MAX, Unit::Chars, escape_character);
            format!("{person} asked for the status *{word}*, but it was not set: {problem}.")
        }
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderMap;
    use rstest::rstest;

    use super::*;

    /// The sample of Slack's documentation.
    const SECRET: &str = "8f742231b10e8888abcd99yyyzzz85a5";
    const TIME: &str = "1531420618";
    const BODY: &str = "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c";
    const SIGNATURE: &str = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503";

    fn check(
        secret: &str,
        headers: &[(&'static str, &str)],
        body: &str,
        second: i64,
    ) -> Result<(), InboundRefusal> {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.insert(*name, value.parse().unwrap());
        }
        let now = jiff::Timestamp::from_second(second).unwrap();
        SigningSecret::new(secret).check(&Inbound { headers: &map, body: body.as_bytes(), now })
    }

    #[test]
    fn the_sample_of_the_documentation_is_taken() {
        let headers = [("x-slack-request-timestamp", TIME), ("x-slack-signature", SIGNATURE)];
        assert_eq!(check(SECRET, &headers, BODY, 1_531_420_618), Ok(()));
        assert_eq!(check(SECRET, &headers, BODY, 1_531_420_618 + 300), Ok(()));
    }

    #[rstest]
    #[case::late(SECRET, TIME, SIGNATURE, BODY, 301)]
    #[case::early(SECRET, TIME, SIGNATURE, BODY, -301)]
    #[case::other_secret("other", TIME, SIGNATURE, BODY, 0)]
    #[case::other_body(SECRET, TIME, SIGNATURE, "payload={}", 0)]
    #[case::other_time(SECRET, "1531420619", SIGNATURE, BODY, 0)]
    #[case::short(SECRET, TIME, "v0=a2114d57", BODY, 0)]
    #[case::no_hex(SECRET, TIME, "v0=zz", BODY, 0)]
    #[case::no_version(
        SECRET,
        TIME,
        "a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503",
        BODY,
        0
    )]
    #[case::no_time(SECRET, "soon", SIGNATURE, BODY, 0)]
    #[case::far_time(SECRET, "99999999999999", SIGNATURE, BODY, 0)]
    fn everything_else_is_forged(
        #[case] secret: &str,
        #[case] time: &str,
        #[case] signature: &str,
        #[case] body: &str,
        #[case] late: i64,
    ) {
        let headers = [("x-slack-request-timestamp", time), ("x-slack-signature", signature)];
        let found = check(secret, &headers, body, 1_531_420_618 + late);
        assert!(matches!(found, Err(InboundRefusal::Forged(_))), "{found:?}");
        assert!(matches!(check(secret, &headers[..1], body, 1_531_420_618), Err(InboundRefusal::Forged(_))));
        assert!(matches!(check(secret, &headers[1..], body, 1_531_420_618), Err(InboundRefusal::Forged(_))));
    }

    fn form(payload: &Value) -> Vec<u8> {
        form_urlencoded::Serializer::new(String::new())
            .append_pair("payload", &payload.to_string())
            .finish()
            .into_bytes()
    }

    fn menu_used(value: &str) -> Value {
        json!({
            "type": "block_actions",
            "user": {"id": "U061F7AUR", "username": "ada", "team_id": "T0001"},
            "container": {"type": "message", "message_ts": "1405894322.002768", "channel_id": "C024BE91L"},
            "message": {"text": "left out"},
            "actions": [{
                "type": "static_select", "action_id": "alert_status", "block_id": "alert/b90c",
                "selected_option": {"text": {"type": "plain_text", "text": "Invalid"}, "value": value},
            }],
        })
    }

    #[test]
    fn the_menu_asks_for_a_status() {
        for (status, word) in STATUSES {
            let request = read(&form(&menu_used(status.as_str()))).unwrap().unwrap();
            assert_eq!((request.alert_id.as_str(), request.status), ("b90c", status));
            assert_eq!(told(&request, None), format!("<@U061F7AUR> set the status to *{word}*."));
        }
        let mut request = read(&form(&menu_used("CLOSED"))).unwrap().unwrap();
        request.person = "U1> <!channel".to_owned();
        assert_eq!(
            told(&request, Some("no <alert>")),
            "Somebody asked for the status *Invalid*, but it was not set: no &lt;alert&gt;."
        );
    }

    #[test]
    fn other_actions_ask_for_nothing() {
        let mut link = menu_used("OPEN");
        link["actions"][0] = json!({"type": "button", "action_id": "open_alert", "block_id": "alert/b90c"});
        assert_eq!(read(&form(&link)), Ok(None));
        assert_eq!(read(&form(&json!({"type": "view_submission"}))), Ok(None));
    }

    #[test]
    fn what_cannot_be_read_is_refused() {
        let mut wrong = vec![menu_used("DONE")];
        for (path, value) in [
            ("/actions/0/block_id", json!("b90c")),
            ("/actions/0/selected_option", Value::Null),
            ("/user", Value::Null),
            ("/container", Value::Null),
        ] {
            let mut payload = menu_used("OPEN");
            *payload.pointer_mut(path).unwrap() = value;
            wrong.push(payload);
        }
        let mut bodies: Vec<Vec<u8>> = wrong.iter().map(form).collect();
        bodies.extend([
            b"".to_vec(),
            b"payload".to_vec(),
            b"payload=%7B".to_vec(),
            b"{}".to_vec(),
            vec![0xff; 9],
        ]);
        for body in bodies {
            let found = read(&body);
            assert!(matches!(found, Err(InboundRefusal::Malformed(_))), "{found:?}");
        }
    }
}
