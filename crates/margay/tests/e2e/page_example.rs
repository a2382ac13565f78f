//! The worked example of the reference product's page on alert destinations, from raw log to message.
//!
//! Source: docs.panther.com, "Alert Destinations", sections "Destination example" and "Destination schema".

use serde_json::{Value, json};
use test_support::Receiver;

use crate::harness::{Server, Site, allow, okta_event, text, vendor};

/// The rule as the page prints it.
const RULE: &str = include_str!("testdata/okta_user_locked_out.py");
const RULE_KEYS: &str = "DisplayName: Okta User Locked Out\nSeverity: Low\nTags: [Okta, Identity]\n\
    Runbook: Verify IPs and ask the user.\n";
const BY_CONFIGURATION: &str = "def rule(event):\n    return True\n\
    def title(event):\n    return 'Sign-in trouble of ' + event['actor']['alternateId']\n";

/// What the page's payload table and example list, with the alert context.
const PAYLOAD_KEYS: [&str; 13] = [
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

struct Vendors {
    general: Receiver,
    alerts: Receiver,
    tines: Receiver,
    webhook: Receiver,
}

impl Vendors {
    fn new() -> Vendors {
        Vendors { general: vendor(), alerts: vendor(), tines: vendor(), webhook: vendor() }
    }

    /// How many messages each got: general, alerts, tines, webhook.
    fn counts(&self) -> [usize; 4] {
        [self.general.count(), self.alerts.count(), self.tines.count(), self.webhook.count()]
    }

    fn config(&self) -> String {
        let [general, alerts, tines, webhook] =
            [&self.general, &self.alerts, &self.tines, &self.webhook].map(|vendor| vendor.url("/hook"));
        let allow = allow(&[&self.general, &self.alerts, &self.tines, &self.webhook]);
        format!(
            "{allow}
sources:
  - {{ id: okta, type: http, log_types: [Okta.SystemLog] }}
destinations:
  - {{ name: dev-general, type: slack, config: {{ webhook_url: \"{general}\" }}, alert_types: [RULE] }}
  - {{ name: dev-alert-destinations, type: slack, config: {{ webhook_url: \"{alerts}\" }}, alert_types: [RULE] }}
  - {{ name: tines-okta-user-lock-out, type: tines, config: {{ webhook_url: \"{tines}\" }}, alert_types: [RULE] }}
  - {{ name: audit, type: webhook, config: {{ webhook_url: \"{webhook}\" }}, severities: [LOW, MEDIUM] }}
"
        )
    }
}

#[test]
fn a_locked_out_user_reaches_the_slack_channel_and_the_tines_story_and_nobody_else() {
    let vendors = Vendors::new();
    let site = Site::new(&vendors.config());
    site.rule("Okta.User.LockedOut", RULE_KEYS, RULE);
    site.rule("Okta.User.Trouble", "Severity: Medium\n", BY_CONFIGURATION);
    let server = site.start();

    server.send_events(&[okta_event("1", "username@example.com", "LOCKED OUT")]);
    server.wait_evaluated(1);
    server.wait_delivered();
    // The second rule names nobody: its alert goes by the configuration of the destinations.
    assert_eq!(vendors.counts(), [0, 1, 1, 1]);

    let alert = server.alerts_of("ALERT", "Okta.User.LockedOut").remove(0);
    assert_eq!(alert["title"], "username@example.com is locked out.");
    assert_eq!(alert["severity"], "LOW");
    check_routing(&server, &alert);
    check_slack(&server, &vendors.alerts.requests()[0].json(), &alert);
    check_tines(&server, &vendors.tines, &alert);
    check_webhook(&server, &vendors.webhook.requests()[0].text());

    server.send_events(&[
        okta_event("2", "somebody@example.com", "LOCKED OUT"),
        okta_event("3", "username@example.com", "INVALID_CREDENTIALS"),
    ]);
    server.wait_evaluated(3);
    server.wait_delivered();
    let [general, alerts, tines, _] = vendors.counts();
    assert_eq!([general, alerts, tines], [1, 1, 1]);
    let message = vendors.general.requests()[0].json();
    assert_eq!(message["attachments"][0]["title"], "somebody@example.com is locked out.");
    assert_eq!(server.alerts_of("ALERT", "Okta.User.LockedOut").len(), 2);
}

fn check_routing(server: &Server, alert: &Value) {
    let page = server.get_json(&format!("/alerts/{}/deliveries", text(&alert["id"])));
    let routing = &page["routing"];
    assert_eq!((&routing["scenario"], &routing["warnings"]), (&json!("dynamic"), &json!([])));
    for line in routing["explanation"].as_array().unwrap() {
        let is_named = line["reason"] == "named by `destinations()` of the rule";
        assert_eq!(line["chosen"], is_named, "{line}");
    }
    let deliveries = server.deliveries(alert);
    let names: Vec<_> = deliveries.iter().map(|delivery| text(&delivery["displayName"])).collect();
    assert_eq!(names, ["dev-alert-destinations", "tines-okta-user-lock-out"]);
    for delivery in deliveries {
        assert_eq!(delivery["state"], "delivered", "{delivery}");
        assert_eq!(delivery["trigger"], "auto");
        assert_eq!(delivery["attempts"][0]["statusCode"].to_string(), "200", "{delivery}");
    }
}

/// As the page's picture: title, link, runbook, severity and alert context.
fn check_slack(server: &Server, message: &Value, alert: &Value) {
    let attachment = &message["attachments"][0];
    assert_eq!(attachment["title"], "username@example.com is locked out.");
    let link = format!("{}/console/alerts/{}?source=slack", server.base, text(&alert["id"]));
    let fields = attachment["fields"].as_array().unwrap();
    let field = |title: &str| {
        let field = fields.iter().find(|field| field["title"] == title);
        text(&field.unwrap_or_else(|| panic!("no field `{title}` in {message}"))["value"])
    };
    assert!(fields.iter().any(|field| text(&field["value"]).contains(&link)), "{message}");
    assert_eq!(field("Runbook"), "Verify IPs and ask the user.");
    assert_eq!(field("Severity"), "LOW");
    let context = field("Alert Context");
    assert!(
        context.contains(r#""actor": "User Name""#) && context.contains(r#""id": "00u1abcd""#),
        "{context}"
    );
    let page = server.request("GET", link.strip_prefix(&server.base).unwrap(), &[], None);
    assert_eq!(page.status, 200, "the link leads somewhere");
}

fn check_tines(server: &Server, tines: &Receiver, alert: &Value) {
    let request = tines.requests().remove(0);
    let payload = request.json();
    check_payload(&request.text());
    assert_eq!(payload["alertContext"], json!({"actor": "User Name", "id": "00u1abcd"}));
    assert_eq!(payload["id"], "Okta.User.LockedOut");
    assert_eq!(payload["name"], "Okta User Locked Out");
    assert_eq!(payload["alertId"], alert["id"]);
    assert_eq!(payload["createdAt"], alert["createdAt"]);
    assert_eq!(payload["tags"], json!(["Okta", "Identity"]));
    assert_eq!(payload["runbook"], "Verify IPs and ask the user.");
    assert_eq!(payload["description"], Value::Null);
    let delivery = server.deliveries(alert).remove(1);
    assert_eq!(request.header("x-alert-id"), alert["id"].as_str());
    assert_eq!(request.header("x-delivery-id"), delivery["id"].as_str());
    assert_eq!(request.header("idempotency-key"), delivery["id"].as_str());
    assert!(request.header("content-type").unwrap().starts_with("application/json"));
}

fn check_webhook(server: &Server, body: &str) {
    check_payload(body);
    let payload: Value = serde_json::from_str(body).unwrap();
    assert_eq!(payload["id"], "Okta.User.Trouble");
    assert_eq!(payload["title"], "Sign-in trouble of username@example.com");
    assert_eq!(payload["severity"], "MEDIUM");
    assert_eq!(payload["type"], "RULE");
    assert_eq!(payload["alertContext"], json!({}));
    assert_eq!(payload["runbook"], "");
    assert_eq!(payload["tags"], json!([]));
    let alert_id = text(&payload["alertId"]);
    assert_eq!(alert_id.len(), 32);
    assert!(alert_id.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')));
    let link = format!("{}/console/alerts/{alert_id}?source=webhook", server.base);
    assert_eq!(payload["link"], link.as_str());
}

/// All keys, in the page's order, with the page's types.
fn check_payload(body: &str) {
    let payload: Value = serde_json::from_str(body).unwrap();
    let keys: Vec<&str> = payload.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(keys, PAYLOAD_KEYS);
    assert!(is_aws_date_time(&text(&payload["createdAt"])), "{}", payload["createdAt"]);
    assert!(payload["alertContext"].is_object() && payload["tags"].is_array());
}

/// The page's grammar: `YYYY-MM-DDThh:mm:ss.sssZ`; 1 to 9 digits of a second, seconds and digits optional,
/// an offset compulsory, either `Z` or `±hh:mm` with optional seconds.
fn is_aws_date_time(text: &str) -> bool {
    let Some((date, time)) = text.split_once('T') else { return false };
    let date: Vec<&str> = date.split('-').collect();
    let date_fits = matches!(&date[..], [year, month, day]
        if number(year, 4, 9999) && number(month, 2, 12) && number(day, 2, 31));
    let Some(at) = time.find(['Z', '+', '-']) else { return false };
    let (clock, offset) = time.split_at(at);
    let (clock, digits) =
        clock.split_once('.').map_or((clock, None), |(clock, digits)| (clock, Some(digits)));
    let digits_fit = digits.is_none_or(|digits| {
        (1..=9).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit())
    });
    let has_seconds = clock.matches(':').count() == 2;
    date_fits
        && clock_fits(clock)
        && digits_fit
        && (digits.is_none() || has_seconds)
        && (offset == "Z" || (offset.starts_with(['+', '-']) && clock_fits(&offset[1..])))
}

fn clock_fits(clock: &str) -> bool {
    match &clock.split(':').collect::<Vec<_>>()[..] {
        [hours, minutes] => number(hours, 2, 23) && number(minutes, 2, 59),
        [hours, minutes, seconds] => number(hours, 2, 23) && number(minutes, 2, 59) && number(seconds, 2, 59),
        _ => false,
    }
}

fn number(text: &str, length: usize, max: u32) -> bool {
    text.len() == length
        && text.bytes().all(|byte| byte.is_ascii_digit())
        && text.parse().is_ok_and(|number: u32| number <= max)
}

#[test]
fn the_grammar_check_knows_right_from_wrong() {
    for right in [
        "2020-10-13T03:35:24Z",
        "2022-04-26T03:17:32.099054303Z",
        "2020-10-13T03:35Z",
        "2020-10-13T03:35:24.5+02:00",
        "2020-10-13T03:35:24-07:00:30",
    ] {
        assert!(is_aws_date_time(right), "{right}");
    }
    for wrong in [
        "2020-10-13 03:35:24Z",
        "2020-10-13T03:35:24",
        "2020-10-13T03:35.5Z",
        "2020-10-13T03:35:24.Z",
        "2020-10-13T03:35:24.0123456789Z",
        "2020-10-13T03:35:24+0200",
        "2020-13-13T03:35:24Z",
        "2020-10-13T03:35:24ZZ",
    ] {
        assert!(!is_aws_date_time(wrong), "{wrong}");
    }
}
