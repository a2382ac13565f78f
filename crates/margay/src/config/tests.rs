//! What the file may say, and how it is refused.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rstest::rstest;
use serde_json::json;

use super::{Config, ConfigError, Environment, load, validate};

fn read_in(base: &Path, text: &str) -> Result<Config, ConfigError> {
    let environment = Environment::from([("TOKEN".to_owned(), "from-environment".to_owned())]);
    validate::validate(load::parse(text)?, base, None, &environment)
}

fn read(text: &str) -> Result<Config, ConfigError> {
    read_in(Path::new("/etc/margay"), text)
}

fn webhook(config: &str) -> String {
    format!("destinations:\n  - {{ name: hook, type: webhook, config: {config} }}\n")
}

#[rstest]
#[case::first_delay("delivery: { retry: { first_delay: 0s } }", "delivery.retry.first_delay", "`10ms`")]
#[case::delay_max("delivery: { retry: { delay_max: 9ms } }", "delivery.retry.delay_max", "`10ms`")]
#[case::age_max("delivery: { retry: { age_max: 0s } }", "delivery.retry.age_max", "at least")]
#[case::timeout("delivery: { timeout: 0s }", "delivery.timeout", "at least")]
#[case::alert_events("retention: { alert_events: 0d }", "retention.alert_events", "at least")]
#[case::failures("retention: { failures: 0s }", "retention.failures", "at least")]
#[case::audit("retention: { audit: 0s }", "retention.audit", "at least")]
#[case::audit_source(
    "{ audit: { events: true }, sources: [{ id: audit, type: http, log_types: [A.B] }] }",
    "sources[0].id",
    "choose another id"
)]
#[case::journal("journal: { size_max: 1MB }", "journal.size_max", "`1MiB`")]
#[case::journal_zero("journal: { size_max: \"0\" }", "journal.size_max", "`1MiB`")]
#[case::rule_timeout("python: { rule_timeout: 0s }", "python.rule_timeout", "`10ms`")]
#[case::longer_first("delivery: { retry: { first_delay: 1h } }", "delivery.retry.first_delay", "(15m)")]
#[case::shorter_max("delivery: { retry: { delay_max: 500ms } }", "delivery.retry.delay_max", "(1s)")]
#[case::silence(
    "sources: [{ id: a, type: http, log_types: [A.B], no_data_alarm: 14m }]",
    "sources[0].no_data_alarm",
    "`15m`"
)]
#[case::silent_seconds(
    "sources: [{ id: a, type: http, log_types: [A.B], no_data_alarm: 20m 1s }]",
    "sources[0].no_data_alarm",
    "whole minutes"
)]
#[case::level("log: { level: infoo }", "log.level", "did you mean `info`?")]
fn illegal_values_name_their_path_and_the_limit(#[case] text: &str, #[case] path: &str, #[case] word: &str) {
    let error = read(text).unwrap_err();
    assert_eq!(error.path, path, "{error}");
    assert!(error.message.contains(word), "{error}");
}

#[test]
fn the_smallest_legal_values_pass() {
    let config = read(
        "journal: { size_max: 1MiB }\n\
         delivery: { timeout: 1ms, retry: { first_delay: 10ms, delay_max: 10ms, age_max: 1ms } }\n\
         log: { level: \"info,delivery=debug\" }\n\
         retention: { alert_events: 1s, failures: 1s, audit: 1s }\n",
    )
    .unwrap();
    assert_eq!(config.journal_size_max, 1 << 20);
    assert_eq!(config.retention.failures, Duration::from_secs(1));
    assert_eq!(config.retention.audit, Duration::from_secs(1));
}

#[test]
fn a_destination_is_checked_against_what_it_takes_from_the_default() {
    let text = "delivery: { retry: { first_delay: 30s, delay_max: 1m } }\n\
                destinations:\n  - name: hook\n    type: webhook\n    config: { webhook_url: \"https://h.example\" }\n    \
                delivery: { retry: { delay_max: 10s } }\n";
    let error = read(text).unwrap_err();
    assert_eq!(error.path, "destinations[0].delivery.retry.delay_max", "{error}");
    assert!(error.message.contains("(30s)") && error.message.contains("(10s)"), "{error}");
}

#[rstest]
#[case::name("python3.11", "python3.11")]
#[case::relative("venv/bin/python", "/etc/margay/venv/bin/python")]
#[case::dot("./python", "/etc/margay/./python")]
#[case::absolute("/usr/bin/python3", "/usr/bin/python3")]
fn an_interpreter_with_a_slash_is_relative_to_the_file(#[case] written: &str, #[case] meant: &str) {
    let config = read(&format!("python: {{ executable: {written} }}")).unwrap();
    assert_eq!(config.python.executable.as_os_str(), PathBuf::from(meant).as_os_str());
}

#[test]
fn names_of_destinations_have_no_control_characters() {
    for name in [r"a\nb", r"a\tb", r"a\x7fb", "a<b", ""] {
        let text = webhook("{ webhook_url: \"https://h.example\" }")
            .replace("name: hook", &format!("name: \"{name}\""));
        let error = read(&text).unwrap_err();
        assert_eq!(error.path, "destinations[0].name", "{name}");
        assert!(!error.message.contains(char::is_control), "{error:?}");
    }
}

#[test]
fn secrets_come_from_files_at_any_depth() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("password"), "pass${word}\n").unwrap();
    std::fs::write(folder.path().join("url"), "https://h.example/s3cret").unwrap();
    let config = "{ webhook_url_file: url, basic: { username: margay, password_file: password }, \
                    headers: { X-Token: \"${TOKEN}\", X-Key_file: literal } }";
    let config = read_in(folder.path(), &webhook(config)).unwrap();
    let masked = &config.destinations[0].masked_config;
    let mask = "********";
    assert_eq!(
        *masked,
        json!({
            "webhook_url": mask, "basic": {"username": "margay", "password": mask},
            "headers": {"X-Token": mask, "X-Key_file": mask},
        })
    );
}

#[rstest]
#[case::both(
    "{ webhook_url: \"https://h.example\", basic: { username: u, password: p, password_file: password } }",
    "destinations[0].config.basic.password_file",
    "keep one"
)]
#[case::both_the_other_way_round(
    "{ webhook_url: \"https://h.example\", basic: { username: u, password_file: password, password: p } }",
    "destinations[0].config.basic.password",
    "keep one"
)]
#[case::missing_file(
    "{ webhook_url: \"https://h.example\", basic: { username: u, password_file: nowhere } }",
    "destinations[0].config.basic.password_file",
    "cannot read"
)]
#[case::no_path(
    "{ webhook_url: \"https://h.example\", bearer_file: 5 }",
    "destinations[0].config.bearer_file",
    "path of a file"
)]
#[case::no_secret(
    "{ webhook_url: \"https://h.example\", basic: { username_file: password, password: p } }",
    "destinations[0].config.basic.username_file",
    "unknown key"
)]
fn secret_files_are_refused(#[case] config: &str, #[case] path: &str, #[case] word: &str) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("password"), "p").unwrap();
    let error = read_in(folder.path(), &webhook(config)).unwrap_err();
    assert_eq!(error.path, path, "{error}");
    assert!(error.message.contains(word), "{error}");
}

#[test]
fn the_vendors_pace_is_taken_when_the_file_says_nothing() {
    let slack = "destinations:\n  - { name: a, type: slack, config: { webhook_url: 'https://h.example/x' }";
    let rate_of =
        |text: &str| read(text).unwrap().destinations[0].policy.rate.map(|rate| rate.interval().as_millis());
    assert_eq!(rate_of(&format!("{slack} }}\n")), Some(1000));
    assert_eq!(rate_of(&format!("{slack}, delivery: {{ rate: 30/min }} }}\n")), Some(2000));
    assert_eq!(rate_of(&format!("{slack}, delivery: {{ rate: none }} }}\n")), None);
    assert_eq!(rate_of(&format!("delivery: {{ rate: none }}\n{slack} }}\n")), None);
    assert_eq!(rate_of(&format!("delivery: {{ timeout: 3s }}\n{slack} }}\n")), Some(1000));
}
