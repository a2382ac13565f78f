//! Ten rules that attack the server or hang; none costs more than its own pairs of rule and event.

use std::net::TcpListener;

use serde_json::Value;

use crate::harness::{Server, Site, okta_event, text};

const CONFIG: &str = "
python: { workers: 2, rule_timeout: 1s, memory_max: 256MiB, sandbox: best_effort }
sources:
  - { id: okta, type: http, log_types: [Okta.SystemLog] }
";
const SECRET: &str = "the-secret-of-the-environment";
const KEY: &str = "the-key-of-the-data-directory";

/// Rule id, attack, and how the title of its one error alert begins.
fn attacks(site: &Site, port: u16) -> Vec<(&'static str, String, &'static str)> {
    let key = site.data_dir().join("secret.key").display().to_string();
    let data = site.data_dir().display().to_string();
    vec![
        ("Bad.Loop", "while True:\n        pass".into(), "TimeoutError('rule took longer than 1s')"),
        (
            "Bad.Allocate",
            // Pages that nobody touches count against the limit too, and cost a busy machine no time.
            "x = []\n    while True:\n        x.append(bytes(1 << 24))".into(),
            "MemoryError",
        ),
        ("Bad.Exit", "os._exit(7)".into(), "WorkerDied('the worker ended with exit status 7')"),
        ("Bad.Socket", format!("socket.create_connection(('127.0.0.1', {port}), 1)"), "PermissionError("),
        ("Bad.Write", format!("open('{data}/planted', 'w').write('x')"), "PermissionError("),
        ("Bad.ReadKey", format!("print(open('{key}').read())"), "PermissionError("),
        (
            "Bad.Environment",
            format!(
                "for value in os.environ.values():\n        if '{SECRET}' in value:\n            return True\n    \
                 open('/proc/%d/environ' % os.getppid(), 'rb').read()"
            ),
            "PermissionError(",
        ),
        ("Bad.Kill", "os.kill(os.getppid(), 9)".into(), "PermissionError("),
        ("Bad.Process", "subprocess.run(['/bin/true'])".into(), "PermissionError("),
    ]
}

#[test]
fn hostile_and_hanging_rules_cost_only_themselves() {
    let site = Site::new(CONFIG);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let attacks = attacks(&site, listener.local_addr().unwrap().port());
    for (id, attack, _) in &attacks {
        let python = format!(
            "import os, socket, subprocess\ndef rule(event):\n    {attack}\n    return True\n\
             def title(event):\n    return 'escaped'\n"
        );
        site.rule(id, "", &python);
    }
    // Explodes on one line, and is the last of all rules.
    site.rule(
        "Zz.Regex",
        "",
        "import re\nPATTERN = re.compile(r'(a+)+b$')\ndef rule(event):\n    \
         return bool(PATTERN.match(event['displayMessage']))\ndef dedup(event):\n    return event['uuid']\n",
    );
    site.rule("Good.Healthy", "", "def rule(event):\n    return True\ndef dedup(event):\n    return 'all'\n");
    let server = site.start_with(|command| command.env("E2E_SECRET", SECRET));
    site.write("margay-data/secret.key", KEY);

    let mut lines = ["aab", "aab", "aab"].map(event);
    lines[0] = event(&"a".repeat(60));
    server.send_events(&lines);
    server.wait_evaluated(3);

    for (id, _, title) in &attacks {
        check_contained(&server, id, title, 3);
    }
    check_contained(&server, "Zz.Regex", "TimeoutError('rule took longer than 1s')", 1);
    assert_eq!(server.alerts_of("ALERT", "Zz.Regex").len(), 2, "the lines after the exploding one");
    assert_eq!(event_count(&server, "Good.Healthy"), "3");
    assert_eq!(server.alerts("SYSTEM_ERROR"), Vec::<Value>::new(), "nothing is out of service");

    server.send_events(&[event("aaab")]);
    server.wait_evaluated(4);
    assert_eq!(event_count(&server, "Good.Healthy"), "4");
    assert_eq!(server.alerts_of("ALERT", "Zz.Regex").len(), 3);

    assert!(listener.accept().is_err(), "no connection came");
    assert!(!site.data_dir().join("planted").exists());
    let log = site.log();
    assert!(!log.contains(SECRET) && !log.contains(KEY), "a secret is in the log");
    assert_eq!(server.request("GET", "/readyz", &[], None).status, 200);
    assert_eq!(server.terminate(), Some(0));
}

fn event(message: &str) -> Value {
    let mut event = okta_event("", "user@example.com", "LOCKED OUT");
    event["uuid"] = Value::from(uuid());
    event["displayMessage"] = Value::from(message);
    event
}

fn uuid() -> String {
    use std::sync::atomic::{AtomicU32, Ordering};
    static NEXT: AtomicU32 = AtomicU32::new(0);
    format!("event-{}", NEXT.fetch_add(1, Ordering::Relaxed))
}

/// One error alert with this title, no alert of a match.
fn check_contained(server: &Server, id: &str, title: &str, count: u64) {
    let errors = server.alerts_of("DETECTION_ERROR", id);
    assert_eq!(errors.len(), 1, "{id}: {errors:?}");
    let alert = &errors[0];
    assert_eq!(alert["type"], "RULE_ERROR");
    assert!(text(&alert["title"]).starts_with(title), "{id}: {}", alert["title"]);
    assert_eq!(alert["dedup"].as_str(), title.split('(').next(), "{id}");
    assert_eq!(alert["eventCount"].to_string(), count.to_string(), "{id}");
    assert_eq!(alert["severity"], "HIGH");
    assert!(alert["context"]["error"].is_string(), "{id}: {}", alert["context"]);
    assert!(server.alerts_of("ALERT", id).iter().all(|alert| alert["title"] != "escaped"), "{id} escaped");
}

fn event_count(server: &Server, id: &str) -> String {
    let alerts = server.alerts_of("ALERT", id);
    assert_eq!(alerts.len(), 1, "{id}");
    alerts[0]["eventCount"].to_string()
}
