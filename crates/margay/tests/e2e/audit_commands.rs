//! What the command line sends and restores, in the audit log; and the log itself among the sources.

use serde_json::{Value, json};
use test_support::Reply;

use crate::audit::{done, entries};
use crate::harness::{Site, allow, okta_event, text, vendor, wait_until};

const SOURCE: &str = "sources:\n  - { id: okta, type: http, log_types: [Okta.SystemLog] }\n";

#[test]
fn what_the_command_line_sends_and_restores_is_on_record() {
    let [good, bad] = [vendor(), vendor()];
    bad.always(Reply::status(403).body("go away"));
    let config = format!(
        "secrets: {{ key_file: keys }}\n{}{SOURCE}destinations:
  - {{ name: good, type: webhook, config: {{ webhook_url: \"{}\" }} }}
  - {{ name: bad, type: webhook, config: {{ webhook_url: \"{}\" }} }}
",
        allow(&[&good, &bad]),
        good.url("/very-secret"),
        bad.url("/very-secret")
    );
    let site = Site::new(&config);
    site.rule("Every.Event", "", "def rule(event):\n    return True\n");
    let server = site.start();
    server.send_events(&[okta_event("1", "a@example.com", "X")]);
    wait_until("the alert", || !server.alerts("ALERT").is_empty());
    let alert = text(&server.alerts("ALERT")[0]["id"]);
    done(&site, &["alert", "send", &alert, "--to", "good"]);
    done(&site, &["destination", "test", "good"]);
    assert_eq!(site.run(&["destination", "test", "bad"]).code, Some(1));
    let file = site.path().join("all.mgb");
    done(&site, &["backup", file.to_str().unwrap()]);

    let all: Vec<Value> = entries(&site, &[]).into_iter().map(|entry| entry["entry"].clone()).collect();
    let find = |command: &str| -> Vec<&Value> {
        all.iter().filter(|entry| entry["actionDetails"]["command"] == command).collect()
    };
    let sent = find("alert send");
    assert_eq!((sent.len(), &sent[0]["actionName"]), (1, &json!("CREATE_ALERT_DELIVERY")));
    assert_eq!(sent[0]["actionParams"]["dynamic"]["input"], json!({ "id": alert, "to": ["good"] }));
    assert_eq!(sent[0]["actionDetails"]["after"]["deliveries"].as_array().unwrap().len(), 1);
    let tests = find("destination test");
    let results: Vec<&Value> = tests.iter().map(|entry| &entry["actionResult"]).collect();
    assert_eq!(results, ["SUCCEEDED", "FAILED"]);
    assert!(tests.iter().all(|entry| entry["actionName"] == "SEND_TEST_ALERT"));
    assert_eq!(tests[1]["actionParams"]["dynamic"]["input"]["displayName"], "bad");
    assert!(tests[1]["errors"][0]["message"].is_string(), "{}", tests[1]);
    assert!(!json!(all).to_string().contains("very-secret"));
    drop(server);

    let other = Site::new(&config);
    std::fs::copy(site.path().join("keys"), other.path().join("keys")).unwrap();
    done(&other, &["restore", file.to_str().unwrap()]);
    let restored = entries(&other, &[]);
    assert_eq!(restored.len(), all.len() + 1);
    let newest = &restored.last().unwrap()["entry"];
    assert_eq!(
        (&newest["actionName"], &newest["actionDetails"]["command"]),
        (&json!("RESTORE_BACKUP"), &json!("restore"))
    );
    assert_eq!(newest["actor"]["type"], "SYSTEM");
    done(&other, &["audit", "verify"]);
}

#[test]
fn the_audit_log_is_among_the_sources_while_it_makes_events() {
    let site = Site::new(SOURCE);
    let lists = |expected: bool| {
        let listed = done(&site, &["source", "list"]);
        assert_eq!(listed.contains("Audit log"), expected, "{listed}");
        let server = site.start();
        let query = "{ sources(input: {}) { edges { node { integrationId integrationLabel logTypes isEditable } } } }";
        let answer = server.change("POST", "/public/graphql", &json!({ "query": query })).json();
        let nodes =
            answer["data"]["sources"]["edges"].as_array().unwrap_or_else(|| panic!("{answer}")).clone();
        let found = nodes.iter().find(|edge| edge["node"]["integrationId"] == "audit");
        assert_eq!(found.is_some(), expected, "{answer}");
        if let Some(found) = found {
            let node = json!({
                "integrationId": "audit", "integrationLabel": "Audit log", "logTypes": ["Panther.Audit"],
                "isEditable": false,
            });
            assert_eq!(found["node"], node);
        }
        let one = "{ source(id: \"audit\") { integrationType isHealthy } }";
        let one = server.change("POST", "/public/graphql", &json!({ "query": one })).json();
        assert_eq!(one["data"]["source"].is_object(), expected, "{one}");
        server.terminate();
    };
    lists(false);
    site.write("margay.yaml", &format!("audit: {{ events: true }}\n{SOURCE}"));
    lists(true);
}
