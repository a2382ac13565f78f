//! What people do with alerts over the API: comments, words, and the history of it all.

use serde_json::{Value, json};

use crate::harness::{Server, Site, okta_event, text};

fn site() -> Site {
    let site = Site::new("sources:\n  - { id: okta, type: http, log_types: [Okta.SystemLog] }\n");
    site.rule("Any", "", "def rule(event):\n    return True\ndef dedup(event):\n    return event['uuid']\n");
    site
}

/// The ids of two alerts.
fn two_alerts(server: &Server) -> [String; 2] {
    server.send_events(&[okta_event("1", "a@example.com", "X"), okta_event("2", "b@example.com", "X")]);
    server.wait_evaluated(2);
    let alerts = server.alerts("ALERT");
    [text(&alerts[0]["id"]), text(&alerts[1]["id"])]
}

#[test]
fn comments_are_written_edited_and_survive_a_restart() {
    let site = site();
    let server = site.start();
    let [alert, other] = two_alerts(&server);
    let form = |body: &str, format: &str| json!({"alertId": alert, "body": body, "format": format});
    let written = server.change("POST", "/alert-comments", &form("On it", "PLAIN_TEXT"));
    assert_eq!(written.status, 200, "{}", written.body);
    let comment = written.json();
    let id = text(&comment["id"]);
    assert_eq!(
        (&comment["alertId"], &comment["body"], &comment["createdBy"]["type"], &comment["updatedAt"]),
        (&json!(alert), &json!("On it"), &json!("api-token"), &Value::Null)
    );
    server.change("POST", "/alert-comments", &form("<b>Done</b>", "HTML"));

    let edited = server.change("POST", &format!("/alert-comments/{id}"), &form("On it now", "PLAIN_TEXT"));
    assert_eq!((edited.status, &edited.json()["body"]), (200, &json!("On it now")));
    assert!(edited.json()["updatedBy"].is_object());
    let foreign = json!({"alertId": other, "body": "x", "format": "HTML"});
    assert_eq!(server.change("POST", &format!("/alert-comments/{id}"), &foreign).status, 404);
    for (body, status) in [
        (json!({"alertId": "no", "body": "x", "format": "HTML"}), 404),
        (form("", "HTML"), 400),
        (form(&"x".repeat(16_385), "HTML"), 400),
        (form("x", "MARKDOWN"), 400),
        (json!({"alertId": alert, "body": 1, "format": "HTML"}), 400),
        (json!({"body": "x", "format": "HTML"}), 400),
    ] {
        let answer = server.change("POST", "/alert-comments", &body);
        assert_eq!(answer.status, status, "{}", answer.body);
        assert!(!text(&answer.json()["message"]).is_empty());
    }
    drop(server);

    let server = site.start();
    let list = format!("/alert-comments?alert-id={alert}");
    let bodies = |page: &Value| -> Vec<String> {
        page["results"].as_array().unwrap().iter().map(|comment| text(&comment["body"])).collect()
    };
    assert_eq!(bodies(&server.get_json(&list)), ["On it now", "<b>Done</b>"]);
    let first = server.get_json(&format!("{list}&limit=1"));
    let second = server.get_json(&format!("{list}&limit=1&cursor={}", text(&first["next"])));
    assert_eq!((bodies(&first), bodies(&second)), (vec!["On it now".into()], vec!["<b>Done</b>".into()]));
    assert_eq!(second["next"], Value::Null);
    assert_eq!(server.get_json(&format!("/alert-comments/{id}"))["body"], "On it now");
    assert_eq!(server.list(&format!("/alert-comments?alert-id={other}")), [Value::Null; 0]);
}

#[test]
fn every_change_of_an_alert_is_in_its_history() {
    let site = site();
    let server = site.start();
    let [alert, other] = two_alerts(&server);
    let one = format!("/alerts/{alert}");
    let change = |body: Value| {
        let answer = server.change("PATCH", &one, &body);
        assert_eq!(answer.status, 200, "{}", answer.body);
    };
    change(json!({"status": "TRIAGED", "assignee": "mira"}));
    change(json!({"quality": "FALSE_POSITIVE", "contextTags": ["vpn", "known-host_1"]}));
    change(json!({"status": "TRIAGED"}));
    let both = json!({"ids": [alert, other], "status": "CLOSED", "quality": ""});
    assert_eq!(server.change("PATCH", "/alerts", &both).status, 204);

    let shown = server.get_json(&one);
    assert_eq!((&shown["contextTags"], &shown["quality"]), (&json!(["vpn", "known-host_1"]), &Value::Null));
    let steps: Vec<Value> = server
        .list(&format!("{one}/history"))
        .into_iter()
        .map(|step| {
            assert_eq!(step["actor"]["type"], "api-token");
            assert!(text(&step["at"]).ends_with('Z'));
            json!([step["field"], step["before"], step["after"]])
        })
        .collect();
    let expected = json!([
        ["status", "OPEN", "TRIAGED"],
        ["assignee", null, "mira"],
        ["quality", null, "FALSE_POSITIVE"],
        ["contextTags", "", "vpn, known-host_1"],
        ["status", "TRIAGED", "CLOSED"],
        ["quality", "FALSE_POSITIVE", null],
    ]);
    assert_eq!(json!(steps), expected);
    assert_eq!(server.list(&format!("/alerts/{other}/history")).len(), 1);
    for body in [
        json!({"quality": "GOOD"}),
        json!({"contextTags": ["Upper"]}),
        json!({"contextTags": [""]}),
        json!({"contextTags": ["x".repeat(31)]}),
        json!({"contextTags": vec!["x"; 11]}),
        json!({"contextTags": "x"}),
    ] {
        assert_eq!(server.change("PATCH", &one, &body).status, 400, "{body}");
    }
    assert_eq!(server.list(&format!("{one}/history")).len(), 6, "what is refused leaves no trace");
}
