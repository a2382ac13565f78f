//! What each destination sends, byte by byte.

use destinations::{Outgoing, Texts, Verdict};
use model::{AlertType, Severity};
use serde_json::{Value, json};
use std::sync::Arc;
use test_support::{Received, Receiver, sample_alert};

use crate::{attempt, outbound, outgoing, outgoing_of, sender};

/// Request line, headers but `host`, and body, as a text.
fn golden(request: &Received) -> String {
    let mut headers: Vec<String> = request
        .headers
        .iter()
        .filter(|(name, _)| *name != "host")
        .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()))
        .collect();
    headers.sort();
    let body = serde_json::to_string_pretty(&request.json()).unwrap();
    format!("{} {}\n{}\n\n{body}", request.method, request.path, headers.join("\n"))
}

async fn sent(kind: &str, config: Value, out: &Outgoing) -> (Received, Verdict) {
    let receiver = Receiver::start().await;
    let mut config = config;
    config["base_url"] = Value::from(receiver.url(""));
    let attempt = sender(kind, &config).attempt(&outbound(), out).await;
    (receiver.requests().remove(0), attempt.verdict)
}

#[tokio::test]
async fn webhook_sends_the_generic_payload() {
    let config = json!({"webhook_url": "https://hooks.example/in?key=1"});
    let (request, verdict) = sent("webhook", config, &outgoing()).await;
    assert_eq!(verdict, Verdict::delivered());
    insta::assert_snapshot!(golden(&request), @r##"
    POST /in?key=1
    accept: application/json
    content-length: 475
    content-type: application/json
    idempotency-key: 7c5f1a4e-0b7e-5d58-9a38-0e2f4c9d1b11
    user-agent: Margay
    x-alert-id: 7cf7a7e872d96b619d3a0c8e698c2f94
    x-delivery-id: 7c5f1a4e-0b7e-5d58-9a38-0e2f4c9d1b11

    {
      "id": "Okta.Login.Strange",
      "createdAt": "2026-03-01T10:00:00.5Z",
      "severity": "HIGH",
      "type": "RULE",
      "link": "https://siem.example/console/alerts/b90c?source=webhook",
      "title": "Strange login of mallory@example.com",
      "name": "Strange Okta login",
      "alertId": "7cf7a7e872d96b619d3a0c8e698c2f94",
      "alertContext": {
        "actor": "mallory@example.com",
        "ip": "203.0.113.7"
      },
      "description": "Somebody logged in from where nobody works.",
      "runbook": "Ask the user.",
      "tags": [
        "Okta",
        "Identity"
      ],
      "version": "v1"
    }
    "##);
    assert!(request.text().starts_with(r#"{"id":"Okta.Login.Strange","createdAt":"#), "compact");
}

#[tokio::test]
async fn webhook_sends_method_headers_and_credentials() {
    let config = json!({
        "webhook_url": "https://hooks.example/in", "method": "PUT",
        "headers": {"X-Team": "blue", "Content-Type": "application/vnd.alert+json", "X-None": null},
        "basic": {"username": "margay", "password": "pass:word"},
    });
    let (request, _) = sent("webhook", config, &outgoing()).await;
    assert_eq!(request.method, "PUT");
    assert_eq!(request.header("authorization"), Some("Basic bWFyZ2F5OnBhc3M6d29yZA=="));
    assert_eq!(request.header("x-team"), Some("blue"));
    assert_eq!(request.header("x-none"), None);
    assert_eq!(request.header("content-type"), Some("application/vnd.alert+json"));

    let config = json!({"webhook_url": "https://hooks.example/in", "method": "PATCH", "bearer": "tok-1"});
    let (request, _) = sent("webhook", config, &outgoing()).await;
    assert_eq!(request.method, "PATCH");
    assert_eq!(request.header("authorization"), Some("Bearer tok-1"));
}

#[tokio::test]
async fn tines_sends_the_generic_payload_and_its_headers() {
    let config = json!({
        "webhook_url": "https://tenant.tines.com/webhook/path/secret", "headers": {"Authorization": "s3cret"},
    });
    let (request, verdict) = sent("tines", config, &outgoing()).await;
    assert_eq!(verdict, Verdict::delivered());
    insta::assert_snapshot!(golden(&request), @r##"
    POST /webhook/path/secret
    accept: application/json
    authorization: s3cret
    content-length: 475
    content-type: application/json
    idempotency-key: 7c5f1a4e-0b7e-5d58-9a38-0e2f4c9d1b11
    user-agent: Margay
    x-alert-id: 7cf7a7e872d96b619d3a0c8e698c2f94
    x-delivery-id: 7c5f1a4e-0b7e-5d58-9a38-0e2f4c9d1b11

    {
      "id": "Okta.Login.Strange",
      "createdAt": "2026-03-01T10:00:00.5Z",
      "severity": "HIGH",
      "type": "RULE",
      "link": "https://siem.example/console/alerts/b90c?source=webhook",
      "title": "Strange login of mallory@example.com",
      "name": "Strange Okta login",
      "alertId": "7cf7a7e872d96b619d3a0c8e698c2f94",
      "alertContext": {
        "actor": "mallory@example.com",
        "ip": "203.0.113.7"
      },
      "description": "Somebody logged in from where nobody works.",
      "runbook": "Ask the user.",
      "tags": [
        "Okta",
        "Identity"
      ],
      "version": "v1"
    }
    "##);
}

#[tokio::test]
async fn slack_sends_one_attachment() {
    let config = json!({"webhook_url": "https://hooks.slack.com/services/T0/B0/secret"});
    let (request, verdict) = sent("slack", config, &outgoing()).await;
    assert_eq!(verdict, Verdict::delivered());
    insta::assert_snapshot!(golden(&request), @r##"
    POST /services/T0/B0/secret
    accept: application/json
    content-length: 576
    content-type: application/json
    user-agent: Margay

    {
      "attachments": [
        {
          "fallback": "Strange login of mallory@example.com",
          "color": "#cb2e2e",
          "title": "Strange login of mallory@example.com",
          "title_link": "https://siem.example/console/alerts/b90c?source=webhook",
          "fields": [
            {
              "value": "<https://siem.example/console/alerts/b90c?source=webhook|Open in Margay>",
              "short": false
            },
            {
              "title": "Runbook",
              "value": "Ask the user.",
              "short": false
            },
            {
              "title": "Severity",
              "value": "HIGH",
              "short": true
            },
            {
              "title": "Alert Context",
              "value": "```\n{\n  \"actor\": \"mallory@example.com\",\n  \"ip\": \"203.0.113.7\"\n}\n```",
              "short": false
            }
          ],
          "mrkdwn_in": [
            "fields"
          ]
        }
      ]
    }
    "##);
}

#[tokio::test]
async fn slack_speaks_the_reference_wording_when_asked() {
    let mut alert = sample_alert();
    alert.severity = Severity::Critical;
    alert.context.clear();
    let mut out = outgoing_of(alert);
    out.texts = Arc::new(Texts { product_name: "Margay".to_owned(), compat: true });
    let config = json!({"webhook_url": "https://hooks.slack.com/services/T0/B0/secret"});
    let (request, _) = sent("slack", config, &out).await;
    insta::assert_snapshot!(golden(&request), @r##"
    POST /services/T0/B0/secret
    accept: application/json
    content-length: 400
    content-type: application/json
    user-agent: Margay

    {
      "attachments": [
        {
          "fallback": "Strange login of mallory@example.com",
          "color": "#425a70",
          "title": "Strange login of mallory@example.com",
          "fields": [
            {
              "value": "<https://siem.example/console/alerts/b90c?source=webhook|Click here to view in the Panther UI>",
              "short": false
            },
            {
              "title": "Runbook",
              "value": "Ask the user.",
              "short": false
            },
            {
              "title": "Severity",
              "value": "CRITICAL",
              "short": true
            }
          ],
          "mrkdwn_in": [
            "fields"
          ]
        }
      ]
    }
    "##);
}

#[tokio::test]
async fn slack_texts_stay_within_the_limits() {
    let mut alert = sample_alert();
    alert.runbook = Some("<".repeat(3000));
    alert.context.insert("long".to_owned(), Value::from("&".repeat(200_000)));
    let mut out = outgoing_of(alert);
    out.title = "ä".repeat(2000);
    let config = json!({"webhook_url": "https://hooks.slack.com/services/T0/B0/secret"});
    let (request, _) = sent("slack", config, &out).await;
    let attachment = request.json()["attachments"][0].clone();
    assert_eq!(attachment["title"].as_str().unwrap().chars().count(), 1024);
    for field in attachment["fields"].as_array().unwrap() {
        assert!(field["value"].as_str().unwrap().chars().count() <= 2000);
    }
    assert!(attachment["fields"][1]["value"].as_str().unwrap().ends_with("&lt;…"));
    assert!(attachment["fields"][3]["value"].as_str().unwrap().ends_with("…\n```"));
}

#[tokio::test]
async fn payload_has_all_keys_when_nothing_is_set() {
    let mut alert = sample_alert();
    (alert.detection_name, alert.description, alert.runbook, alert.detection_version) =
        (None, None, None, None);
    alert.context.clear();
    alert.tags.clear();
    alert.created_at = "2026-03-01T10:00:00Z".parse().unwrap();
    let receiver = Receiver::start().await;
    attempt("webhook", &receiver, &outgoing_of(alert.clone())).await;
    insta::assert_snapshot!(receiver.requests()[0].text(), @r##"{"id":"Okta.Login.Strange","createdAt":"2026-03-01T10:00:00Z","severity":"HIGH","type":"RULE","link":"https://siem.example/console/alerts/b90c?source=webhook","title":"Strange login of mallory@example.com","name":null,"alertId":"7cf7a7e872d96b619d3a0c8e698c2f94","alertContext":{},"description":null,"runbook":"","tags":[],"version":null}"##);

    alert.alert_type = AlertType::SystemError;
    alert.detection_id = "ALERT_DELIVERY".into();
    attempt("webhook", &receiver, &outgoing_of(alert)).await;
    let payload = receiver.requests()[1].json();
    assert_eq!((&payload["id"], &payload["name"]), (&json!("ALERT_DELIVERY"), &json!("ALERT_DELIVERY")));
}

#[tokio::test]
async fn created_at_follows_the_grammar_of_the_reference() {
    let receiver = Receiver::start().await;
    let times = [
        "2020-10-13T03:35:24Z",
        "2022-04-26T03:17:32.099054303Z",
        "2026-03-01T10:00:00.5Z",
        "1999-12-31T23:59:59.000000001Z",
    ];
    for time in times {
        let mut alert = sample_alert();
        alert.created_at = time.parse().unwrap();
        attempt("webhook", &receiver, &outgoing_of(alert)).await;
    }
    for (request, time) in receiver.requests().iter().zip(times) {
        let payload = request.json();
        let written = payload["createdAt"].as_str().unwrap();
        assert!(is_aws_date_time(written), "{written}");
        assert_eq!(written, time);
    }
}

/// `YYYY-MM-DDThh:mm[:ss[.1*9DIGIT]](Z / (+/-)hh:mm[:ss])`.
fn is_aws_date_time(text: &str) -> bool {
    fn matches(text: &str, shape: &str) -> bool {
        text.len() == shape.len()
            && text
                .bytes()
                .zip(shape.bytes())
                .all(|(c, s)| if s == b'9' { c.is_ascii_digit() } else { c == s })
    }
    let Some((minute, rest)) = text.split_at_checked(16) else {
        return false;
    };
    let Some(at) = rest.find(['Z', '+', '-']) else {
        return false;
    };
    let (seconds, offset) = rest.split_at(at);
    let (whole, fraction) = seconds.split_once('.').unwrap_or((seconds, "0"));
    let digits = fraction.len() <= 9 && !fraction.is_empty() && fraction.bytes().all(|c| c.is_ascii_digit());
    matches(minute, "9999-99-99T99:99")
        && (matches(whole, ":99") || seconds.is_empty())
        && digits
        && (offset == "Z" || matches(&offset[1..], "99:99") || matches(&offset[1..], "99:99:99"))
}
