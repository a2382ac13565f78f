//! Life of a server: lock, address, signals, reloads, broken content, tokens, switches.

use std::time::{Duration, Instant};

use serde_json::json;
use test_support::Reply;

use crate::harness::{
    Ran, Server, Site, TOKEN, allow, okta_event, signal, text, vendor, wait_at_most, wait_until,
};

const SOURCE: &str = "sources:\n  - { id: okta, type: http, log_types: [Okta.SystemLog] }\n";
const MATCH: &str = "def rule(event):\n    return True\ndef dedup(event):\n    return event['uuid']\n";

fn event(uuid: &str) -> serde_json::Value {
    okta_event(uuid, "user@example.com", "LOCKED OUT")
}

fn serve(site: &Site) -> Ran {
    Ran::from(site.margay(&["serve", "--listen", "127.0.0.1:0"]).output().unwrap())
}

#[track_caller]
fn refused(ran: &Ran, code: i32, words: &[&str]) {
    assert_eq!(ran.code, Some(code), "{ran:?}");
    for word in words {
        assert!(ran.stderr.contains(word), "`{word}` is not in {ran:?}");
    }
    assert_eq!(ran.stdout, "", "errors go to stderr");
}

#[test]
fn one_server_for_a_data_directory_and_no_stale_lock() {
    let site = Site::new(SOURCE);
    let server = site.start();
    let address = std::fs::read_to_string(site.data_dir().join("address")).unwrap();
    assert_eq!(format!("http://{address}"), format!("{}\n", server.base));
    let second = serve(&site);
    refused(&second, 3, &[&format!("in use by process {}", server.pid())]);
    assert_eq!(std::fs::read_to_string(site.data_dir().join("address")).unwrap(), address, "untouched");
    assert_eq!(server.request("GET", "/readyz", &[], None).status, 200);
    server.kill();
    let server = site.start();
    let new_address = std::fs::read_to_string(site.data_dir().join("address")).unwrap();
    assert_eq!(format!("http://{new_address}"), format!("{}\n", server.base));
    assert_eq!(server.terminate(), Some(0));
}

#[test]
fn signals_count_from_the_moment_the_server_is_ready() {
    let site = Site::new(SOURCE);
    // A server that is not listening for signals yet would die of them; several tries, as it is a race.
    for _ in 0..4 {
        assert_eq!(site.start().terminate(), Some(0));
        let server = site.start();
        signal(server.pid(), "HUP");
        wait_printed(&server, "margay reloaded: 0 items, 0 invalid");
        assert_eq!(server.terminate(), Some(0));
    }
}

#[test]
fn sigterm_finishes_what_is_accepted() {
    let taker = vendor();
    taker.always(Reply::ok().delay(Duration::from_millis(50)));
    let site = Site::new(&format!(
        "{}{SOURCE}destinations:\n  - {{ name: taker, type: webhook, config: {{ webhook_url: \"{}\" }}, severities: [HIGH] }}\n",
        allow(&[&taker]),
        taker.url("/")
    ));
    site.rule("Each", "", MATCH);
    let server = site.start();
    let events: Vec<_> = (0..20).map(|number| event(&number.to_string())).collect();
    server.send_events(&events);
    assert_eq!(server.terminate(), Some(0));
    assert_eq!(taker.count(), 20, "every delivery was made before the end");
    let server = site.start();
    assert_eq!(server.evaluated(), 20);
    server.wait_delivered();
    assert_eq!(server.alerts("ALERT").len(), 20);
    assert_eq!(taker.count(), 20, "nothing is sent twice");
}

#[test]
fn what_sigterm_leaves_goes_on_at_the_next_start() {
    let hanging = vendor();
    hanging.always(Reply::hang());
    let site = Site::new(&format!(
        "shutdown_timeout: 1s\n{}{SOURCE}destinations:\n  - {{ name: taker, type: webhook, config: {{ webhook_url: \"{}\" }}, severities: [HIGH] }}\n",
        allow(&[&hanging]),
        hanging.url("/")
    ));
    site.rule("Each", "", MATCH);
    let server = site.start();
    server.send_events(&[event("1")]);
    wait_until("the attempt is under way", || hanging.count() == 1);
    let start = Instant::now();
    assert_eq!(server.terminate(), Some(0));
    assert!(start.elapsed() < Duration::from_secs(5), "the end took {:?}", start.elapsed());
    hanging.always(Reply::ok());
    let _server = site.start();
    wait_at_most(Duration::from_secs(5), "the delivery is sent again within 5 s of ready", || {
        hanging.count() == 2
    });
    let keys: Vec<_> =
        hanging.requests().iter().map(|one| one.header("idempotency-key").unwrap().to_owned()).collect();
    assert_eq!(keys[0], keys[1]);
}

/// Waits for a line on stdout that contains this.
fn wait_printed(server: &Server, part: &str) -> String {
    let mut found = None;
    wait_until(&format!("`{part}` is printed"), || {
        found = server.printed().into_iter().find(|line| line.contains(part));
        found.is_some()
    });
    found.unwrap()
}

#[test]
fn sighup_reads_everything_again_and_a_bad_configuration_changes_nothing() {
    let site = Site::new(SOURCE);
    site.rule("First", "", MATCH);
    let server = site.start();
    server.send_events(&[event("1")]);
    server.wait_evaluated(1);
    site.rule("Second", "", MATCH);
    site.rule("Broken", "", "def rule(event:\n");
    site.write(
        "margay.yaml",
        &format!("{SOURCE}  - {{ id: more, type: http, log_types: [Okta.SystemLog] }}\n"),
    );
    signal(server.pid(), "HUP");
    let line = wait_printed(&server, "margay reloaded");
    assert_eq!(line, "margay reloaded: 2 items, 1 invalid");
    server.send_events(&[event("2")]);
    assert_eq!(server.send("more", event("3").to_string()).status, 200, "the new source is open");
    server.wait_evaluated(3);
    assert_eq!(server.alerts_of("ALERT", "First").len(), 3);
    assert_eq!(server.alerts_of("ALERT", "Second").len(), 2, "the new rule runs");

    site.write("margay.yaml", "sources:\n  - { id: okta, type: http, log_typs: [Okta.SystemLog] }\n");
    signal(server.pid(), "HUP");
    let line = wait_printed(&server, "margay reload failed");
    assert!(line.starts_with("margay reload failed: ") && line.contains("log_types"), "{line}");
    server.send_events(&[event("4")]);
    assert_eq!(server.send("more", event("5").to_string()).status, 200, "the old configuration stands");
    server.wait_evaluated(5);
    assert_eq!(server.alerts_of("ALERT", "Second").len(), 4);
    assert_eq!(server.terminate(), Some(0));
}

#[test]
fn a_destination_that_a_reload_removes_gets_nothing_more() {
    let gone = vendor();
    gone.always(Reply::status(503).header("Retry-After", "2"));
    let site = Site::new(&format!(
        "{}{SOURCE}destinations:\n  - {{ name: gone, type: webhook, config: {{ webhook_url: \"{}\" }}, severities: [HIGH] }}\n",
        allow(&[&gone]),
        gone.url("/")
    ));
    site.rule("Each", "", MATCH);
    let server = site.start();
    server.send_events(&[event("1")]);
    wait_until("the first attempt failed", || gone.count() == 1);
    let alert = server.alerts("ALERT").remove(0);
    site.write("margay.yaml", SOURCE);
    signal(server.pid(), "HUP");
    wait_printed(&server, "margay reloaded: 1 items, 0 invalid");
    wait_until("the delivery is cancelled", || server.deliveries(&alert)[0]["state"] == "cancelled");
    server.send_events(&[event("2")]);
    server.wait_evaluated(2);
    let newest = server.alerts("ALERT").remove(0);
    let page = server.get_json(&format!("/alerts/{}/deliveries", text(&newest["id"])));
    assert_eq!(page["results"], json!([]));
    assert_eq!(page["routing"]["scenario"], "none");
    assert_eq!(gone.count(), 1);
}

#[test]
fn a_bad_configuration_ends_with_2_and_names_the_key_and_the_near_miss() {
    let site = Site::new("");
    for (config, words) in [
        ("sorces: []\n", &["sorces", "did you mean `sources`"][..]),
        (
            "destinations:\n  - { name: a, type: webhook, config: { webhok_url: \"https://example.com\" } }\n",
            &["destinations[0].config.webhok_url", "did you mean `webhook_url`"],
        ),
        ("destinations:\n  - { name: a, type: slak, config: {} }\n", &["destinations[0].type", "slack"]),
        (
            "destinations:\n  - { name: a, type: slack, config: { webhook_url: \"https://example.com\" } }\n  - { name: a, type: slack, config: { webhook_url: \"https://example.com\" } }\n",
            &["destinations[1].name", "used twice"],
        ),
        (
            "destinations:\n  - { name: a, type: slack, severities: [high], config: { webhook_url: \"https://example.com\" } }\n",
            &["destinations[0].severities[0]", "upper case"],
        ),
        (
            "sources:\n  - { id: http, type: http, log_types: [Okta.SystemLog] }\n",
            &["sources[0].id", "reserved"],
        ),
        ("python: { rule_timeout: soon }\n", &["python.rule_timeout", "soon"]),
        ("log: { level: infoo }\n", &["log.level", "did you mean `info`?"]),
        ("egress: { allow: [\"not an address\"] }\n", &["egress.allow[0]"]),
        (
            "sources:\n  - { id: a, type: http, log_types: [Okta.SystemLog], auth: { type: bearer, token: \"${E2E_NOT_SET}\" } }\n",
            &["sources[0].auth.token", "E2E_NOT_SET"],
        ),
        ("a: [\n", &["margay.yaml"]),
    ] {
        site.write("margay.yaml", config);
        refused(&serve(&site), 2, words);
    }
    assert!(!site.data_dir().exists(), "nothing was made");
    site.write("margay.yaml", SOURCE);
    refused(&site.run(&["serve", "--config", "nowhere.yaml"]), 2, &["nowhere.yaml"]);
    let short = site.margay(&["serve"]).env("MARGAY_BOOTSTRAP_TOKEN", "fifteen-chars--").output().unwrap();
    let short = Ran::from(short);
    refused(&short, 2, &["MARGAY_BOOTSTRAP_TOKEN", "16"]);
    assert!(!short.stderr.contains("fifteen-chars--"), "the secret is not repeated");
    refused(&site.run(&["serve", "--listen", "nowhere"]), 2, &["nowhere"]);
}

#[test]
fn broken_content_does_not_keep_the_rest_from_running() {
    let site = Site::new(&format!("content: [content, nowhere]\n{SOURCE}"));
    site.rule("Healthy", "", MATCH);
    site.rule("Syntax", "", "def rule(event):\n    return True +\n");
    site.rule("Helper", "", "from helper_that_is_missing import help\ndef rule(event):\n    return True\n");
    site.rule("Twin", "", MATCH);
    site.write("content/rules/twin_again.yml", "AnalysisType: rule\nRuleID: Twin\nFilename: twin.py\nEnabled: true\nSeverity: Low\nLogTypes: [Okta.SystemLog]\n");
    site.write("content/rules/unreadable.yml", "AnalysisType: rule\nRuleID: [unclosed\n");
    let server = site.start();
    server.send_events(&[event("1")]);
    server.wait_evaluated(1);
    assert_eq!(server.alerts_of("ALERT", "Healthy").len(), 1);
    assert!(server.alerts_of("ALERT", "Twin").len() <= 1, "one of two with the same id at most");
    let errors = server.alerts_of("DETECTION_ERROR", "Helper");
    assert_eq!(errors.len(), 1);
    assert!(text(&errors[0]["title"]).contains("helper_that_is_missing"), "{}", errors[0]);
    assert!(server.alerts_of("ALERT", "Syntax").is_empty());
    let log = site.log();
    for word in ["Twin", "Syntax", "helper_that_is_missing", "nowhere", "unreadable.yml"] {
        assert!(log.contains(word), "the log does not speak of `{word}`:\n{log}");
    }
    assert_eq!(server.request("GET", "/readyz", &[], None).status, 200);
}

#[test]
fn tokens_are_made_listed_and_revoked_beside_a_running_server() {
    let site = Site::new(SOURCE);
    // Without a server as well.
    let early = site.run(&["token", "create", "--name", "early"]);
    assert_eq!(early.code, Some(0), "{early:?}");
    let server = site.start();
    let made = site.run(&["token", "create", "--name", "ci", "--role", "AnalystReadOnly"]);
    assert_eq!(made.code, Some(0), "{made:?}");
    assert_eq!(made.stdout.lines().count(), 1, "only the token on stdout: {made:?}");
    let token = made.stdout.trim();
    let status = |token: &str| server.request("GET", "/alerts", &[("X-API-Key", token)], None).status;
    assert_eq!(status(early.stdout.trim()), 200);
    assert_eq!(status(token), 200, "valid at once");
    let list = site.run(&["token", "list"]);
    assert_eq!(list.code, Some(0));
    for word in ["early", "ci", "AnalystReadOnly", "bootstrap"] {
        assert!(list.stdout.contains(word), "`{word}` is not in {}", list.stdout);
    }
    assert!(!list.stdout.contains(token) && !list.stdout.contains(TOKEN), "tokens are shown once");
    let revoked = site.run(&["token", "revoke", "ci"]);
    assert_eq!(revoked.code, Some(0), "{revoked:?}");
    wait_at_most(Duration::from_secs(3), "the token is refused", || status(token) == 401);
    assert_eq!(status(TOKEN), 200);
    let unknown = site.run(&["token", "revoke", "nobody"]);
    assert_ne!(unknown.code, Some(0));
    assert!(unknown.stderr.contains("nobody"), "{unknown:?}");
    let role = site.run(&["token", "create", "--name", "x", "--role", "King"]);
    assert_eq!(role.code, Some(2), "{role:?}");
    assert!(role.stderr.contains("King") && role.stderr.contains("Analyst"), "{role:?}");
    for file in ["margay.db", "margay.db-wal"] {
        let bytes = std::fs::read(site.data_dir().join(file)).unwrap_or_default();
        let is_stored = bytes.windows(TOKEN.len()).any(|window| window == TOKEN.as_bytes());
        assert!(!is_stored, "{file} holds a token in clear");
    }
}

#[test]
fn a_switched_off_detection_is_followed_within_a_second() {
    let site = Site::new(SOURCE);
    site.rule("Switched", "", MATCH).rule("Other", "", MATCH);
    let server = site.start();
    let mut sent = 0;
    let mut matches_now = || {
        sent += 1;
        server.send_events(&[event(&sent.to_string())]);
        server.wait_evaluated(sent);
        let newest = server.list("/alerts?detection-id=Switched&limit=1");
        newest.first().is_some_and(|alert| text(&alert["dedup"]) == sent.to_string())
    };
    assert!(matches_now());
    for (command, matches) in [("disable", false), ("enable", true)] {
        let ran = site.run(&["detection", command, "Switched"]);
        assert_eq!(ran.code, Some(0), "{ran:?}");
        wait_at_most(Duration::from_secs(3), &format!("`{command}` is followed"), || {
            matches_now() == matches
        });
        let list = site.run(&["detection", "list"]);
        assert_eq!(list.code, Some(0), "{list:?}");
        assert!(list.stdout.contains("Switched") && list.stdout.contains("Other"), "{list:?}");
    }
    let unknown = site.run(&["detection", "disable", "Nothing"]);
    assert_ne!(unknown.code, Some(0), "{unknown:?}");
    assert!(unknown.stderr.contains("Nothing"), "{unknown:?}");

    // What an operator said outlives a restart.
    assert_eq!(site.run(&["detection", "disable", "Switched"]).code, Some(0));
    server.kill();
    let server = site.start();
    let before = server.alerts_of("ALERT", "Switched").len();
    server.send_events(&[event("last")]);
    wait_until("the last event is evaluated", || {
        server.list("/alerts?detection-id=Other&limit=1")[0]["dedup"] == "last"
    });
    assert_eq!(server.alerts_of("ALERT", "Switched").len(), before);
}

#[test]
fn destinations_are_listed_and_tested() {
    let [good, bad] = [vendor(), vendor()];
    bad.always(Reply::status(403).body("go away"));
    let site = Site::new(&format!(
        "{}{SOURCE}destinations:
  - {{ name: good, type: slack, config: {{ webhook_url: \"{}\" }} }}
  - {{ name: bad, type: webhook, config: {{ webhook_url: \"{}\" }} }}
",
        allow(&[&good, &bad]),
        good.url("/services/very-secret"),
        bad.url("/very-secret")
    ));
    let list = site.run(&["destination", "list"]);
    assert_eq!(list.code, Some(0), "{list:?}");
    for word in ["good", "slack", "bad", "webhook"] {
        assert!(list.stdout.contains(word), "{list:?}");
    }
    assert!(!list.stdout.contains("very-secret"), "{list:?}");
    let ran = site.run(&["destination", "test", "good"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_eq!(good.requests()[0].json()["attachments"][0]["title"], "This is a Test Alert");
    let _server = site.start();
    let ran = site.run(&["destination", "test", "bad"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(format!("{}{}", ran.stdout, ran.stderr).contains("go away"), "{ran:?}");
    let body = bad.requests()[0].json();
    assert_eq!((&body["id"], &body["alertId"]), (&json!("Test.Alert"), &json!("Test.Alert")));
    assert_eq!(body["severity"], "INFO");
    assert_eq!(bad.count(), 1, "a test is sent once");
    let unknown = site.run(&["destination", "test", "nobody"]);
    assert_ne!(unknown.code, Some(0));
    assert!(unknown.stderr.contains("nobody"), "{unknown:?}");
}
